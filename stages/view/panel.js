// What the page says in words and numbers.
import {STATES, STATE_COLOUR, lineHue} from "./maps.js";
import {short} from "./plots.js";

export const $ = id => document.getElementById(id);
const whole = new Intl.NumberFormat("en").format;
const STATE_WORDS = {
    missing: "not yet measured", poison: "given up (poison)", overrun: "dropped: machine too slow",
    "source-gap": "lost by the source", "decode-error": "unreadable", cancelled: "cancelled",
};
const sub = edge => edge.replace(/\d/g, d => "₀₁₂₃₄₅₆₇₈₉"[d]); // "L₂,₃"
export const edgeName = c => c.onset_ev ? `${c.name} ${sub(c.edge)}` : "other edges";

export function text(element, words) {
    if (element.textContent !== words) element.textContent = words;
}

export function time(s) {
    if (s === null || !(s >= 0)) return "–";
    if (s < 1) return "< 1 s";
    if (s < 90) return `${Math.round(s)} s`;
    if (s < 5400) return `${Math.round(s / 60)} min`;
    return `${(s / 3600).toFixed(1)} h`;
}

const size = a => a.units ? `${short(a.size * Math.abs(a.scale))} ${a.units}` : null;

function stateOf(h) {
    if (!h.ended) return h.pixels === h.counts.missing ? "waiting" : "measuring";
    return h.counts.value === h.pixels ? "complete" : "incomplete";
}

export function showHead(h) {
    const [rows, columns] = h.axes;
    const line = h.rows > 1 ? `rows of ${whole(h.columns)} pixels` : ""; // its end is not known
    const shape = h.open ? line : h.rows > 1 ? `${whole(h.columns)} × ${whole(h.rows)} pixels` : `${whole(h.columns)} pixel${h.columns > 1 ? "s" : ""}`;
    const real = h.open ? "" : h.rows > 1 ? size(columns) && size(rows) && `${size(columns)} × ${size(rows)}` : size(columns);
    const parts = [shape, real, h.pictures > 1 && `picture ${h.picture + 1} of ${h.pictures}`, h.beam_kev && `${+h.beam_kev.toPrecision(4)} kV`, h.file];
    const state = stateOf(h), done = h.ended ? h.counts.value : h.pixels - h.counts.missing;
    const percent = h.open ? 0 : 100 * done / h.pixels; // of an open scan nobody knows
    text($("title"), h.title || h.file || "eelstream");
    text($("subtitle"), parts.filter(Boolean).join("  ·  "));
    text($("state"), state);
    $("state").dataset.state = $("bar").dataset.state = state;
    const soFar = `${whole(done)} pixels so far, how many there will be is not known`;
    text($("done"), h.open ? soFar : `${whole(done)} of ${whole(h.pixels)} pixels, ${percent < 100 ? Math.floor(percent) : 100} %`);
    $("bar").setAttribute("aria-valuenow", Math.floor(percent));
    $("bar").firstElementChild.style.width = `${percent}%`;
    document.title = `${state === "measuring" && !h.open ? `${Math.floor(percent)} % ` : ""}${h.title || h.file} – eelstream`;
    text($("model"), `network ${h.model}, eelstream ${h.version}`);
}

export function showLegend(h) {
    const list = $("legend");
    if (!list.children.length) {
        for (const s of STATES) {
            if (s === "value") continue;
            const item = document.createElement("li"), box = document.createElement("i");
            if (STATE_COLOUR[s]) box.style.setProperty("--hue", STATE_COLOUR[s]);
            else box.className = s;
            item.append(box, document.createElement("span"));
            item.dataset.state = s;
            list.append(item);
        }
    }
    for (const item of list.children) {
        const n = h.open && item.dataset.state === "missing" ? 0 : h.counts[item.dataset.state];
        item.dataset.some = n;
        text(item.lastChild, `${STATE_WORDS[item.dataset.state]}${n ? `: ${whole(n)}` : ""}`);
    }
}

export function showNumbers(h) {
    text($("rate"), h.rate === null ? "–" : `${short(h.rate)} spectra/s`);
    text($("lag"), h.lag === null ? "–" : h.lag_s !== null && h.lag ? `${whole(h.lag)} spectra, ${time(h.lag_s)}` : `${whole(h.lag)} spectra`);
    text($("left"), h.ended ? "done" : time(h.left_s));
    const why = STATES.filter(s => s !== "value" && s !== "missing" && h.counts[s]);
    const n = why.reduce((sum, s) => sum + h.counts[s], 0);
    $("absent").className = n ? "some" : "";
    $("absent").replaceChildren(n ? whole(n) : "none");
    if (n) {
        const small = document.createElement("small");
        small.textContent = why.map(s => `${whole(h.counts[s])} ${STATE_WORDS[s]}`).join(", ");
        $("absent").append(small);
    }
}

const ORDER = ["reader", "ingest", "synth", "calibrate", "infer", "aggregate", "writer"];

export function showStages(h) {
    const place = s => ORDER.indexOf(s.stage) + 1 || 99;
    const rows = h.stages.slice().sort((a, b) => place(a) - place(b)).map(s => {
        const row = document.createElement("tr"), head = document.createElement("th");
        head.scope = "row";
        head.append(s.stage, Object.assign(document.createElement("small"), {textContent: s.processes > 1 ? ` × ${s.processes}` : ""}));
        const middle = document.createElement("td"), bar = document.createElement("div");
        bar.className = "shares";
        for (const kind of ["busy", "blocked"]) {
            const part = document.createElement("div");
            part.className = kind;
            part.style.width = `${s.state === "run" ? 100 * s[kind] / s.processes : 0}%`;
            bar.append(part);
        }
        bar.title = `working ${Math.round(100 * s.busy / s.processes)} % of the time, held up ${Math.round(100 * s.blocked / s.processes)} %`;
        middle.append(bar);
        const end = document.createElement("td");
        const silent = s.state === "run" && s.silent_s > 3;
        const words = {start: "starting", run: `${whole(s.pixels)}`, end: "done", fail: "failed"}[s.state];
        end.textContent = silent ? `silent for ${time(s.silent_s)}` : words;
        if (s.restarts) end.textContent += `, restarted ${s.restarts} ×`;
        if (silent || s.restarts || s.state === "fail") end.className = "bad";
        row.append(head, middle, end);
        return row;
    });
    $("stages").replaceChildren(...rows);
    $("stages").closest("div").hidden = !rows.length;
}

// Rows of the list: value 0 … 1 or null for each class; `yes` marks what counts as there.
export function showList(h, values, {title, percent, zoomed, choose}) {
    text($("list-title"), title);
    const list = $("list"), seen = h.classes.filter(c => c.observable);
    if (list.children.length !== seen.length) {
        list.replaceChildren(...seen.map(c => {
            const item = document.createElement("li");
            item.tabIndex = 0;
            item.setAttribute("role", "button");
            item.innerHTML = '<span class="name"></span><span class="track"><b></b><span class="mark"></span></span><span class="p"></span>';
            item.addEventListener("click", () => choose(+item.dataset.class));
            item.addEventListener("keydown", e => {
                if (e.key === "Enter" || e.key === " ") { e.preventDefault(); choose(+item.dataset.class); }
            });
            return item;
        }));
    }
    seen.sort((a, b) => (a.onset_ev || 1e9) - (b.onset_ev || 1e9)).forEach((c, i) => {
        const item = list.children[i], v = values ? values[c.index] : null;
        const yes = v !== null && v !== undefined && (percent ? c.found : v >= c.threshold);
        item.dataset.class = c.index;
        item.className = (yes ? "yes" : "") + (zoomed === c.index ? " zoomed" : "");
        item.style.setProperty("--hue", c.hue >= 0 ? lineHue(c.hue) : "");
        text(item.children[0], edgeName(c));
        item.children[1].firstChild.style.width = `${100 * (v || 0)}%`;
        item.children[1].lastChild.style.left = percent ? "-9px" : `${100 * c.threshold}%`;
        text(item.children[2], v === null || v === undefined ? "–" : percent ? `${(100 * v).toFixed(v < .1 ? 1 : 0)} %` : v.toFixed(v > .995 && v < 1 ? 3 : 2));
        item.title = c.onset_ev ? `${edgeName(c)}, onset ${c.onset_ev} eV: show this edge` : "an edge of none of the named elements";
    });
    const unseen = h.classes.filter(c => !c.observable).map(c => c.name).join(", ");
    text($("unseen"), unseen && `Edge not recorded: ${unseen}. This says nothing about the element.`);
}
