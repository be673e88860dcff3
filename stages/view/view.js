// The page of a run: asks for what is new, again and again, and shows it.
import {MapView, mapHue, lineHue} from "./maps.js";
import {drawDrift, drawSpectrum, fine} from "./plots.js";
import {$, edgeName, showHead, showLegend, showList, showNumbers, showStages, text} from "./panel.js";

const MAPS_MAX = 24, RETRY_MS = 1000;

let now = null;          // the newest header, with .states, .planes and .mean as arrays
let rgb = [null, null, null], chosenByHand = false;
let firm = null, hovered = null; // pixels: {row, column}
let pixel = null;        // what the server said of the one that is shown
let log = true, zoom = null, zoomed = null;
let plot = null;
const tiles = new Map(); // class to {figure, view}
const composite = new MapView($("composite").querySelector("canvas"), {framed: true, pick});

// ---- what comes from the server: the length of a JSON text, the text, then arrays (view_frame.c)

function unpack(buffer) {
    const view = new DataView(buffer), length = view.getUint32(0, true);
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
    let at = 4 + length + (-length & 3);
    const cells = header.cell_rows * header.cell_columns;
    if (!header.news) return header;
    header.mean.counts = new Float32Array(buffer, at, header.mean.channels);
    at += 4 * header.mean.channels;
    header.states = new Uint8Array(buffer, at, cells);
    at += cells;
    header.planes = new Map(header.planes.map(c => { const p = new Uint8Array(buffer, at, cells); at += cells; return [c, p]; }));
    return header;
}

const wanted = () => {
    const list = new Set(rgb.filter(c => c !== null));
    if (now) for (const c of now.classes) if (c.found) list.add(c.index);
    return [...list].slice(0, MAPS_MAX);
};

async function ask() {
    const query = new URLSearchParams({after: now ? now.seq : 0});
    const list = wanted();
    if (now && list.length) query.set("planes", list);
    const reply = await fetch(`frame?${query}`, {cache: "no-store"});
    if (!reply.ok) throw new Error(reply.status === 401 ? "needs its token: open the whole address again" : `answered ${reply.status}`);
    const header = unpack(await reply.arrayBuffer());
    if (header.waiting) return;
    if (header.news) take(header);
    else if (now) Object.assign(now, {...header, news: undefined, planes: now.planes, mean: now.mean, states: now.states});
    showRun();
}

async function follow() {
    for (;;) {
        try {
            await ask();
            delete $("link").dataset.lost;
            text($("link"), now && now.over ? "the run is over; this page stays while eelstream serves it" : "");
        } catch (error) {
            $("link").dataset.lost = "";
            text($("link"), error instanceof TypeError ? "eelstream does not serve this page any more: what is shown is the last that came" : `eelstream ${error.message}`);
            await new Promise(done => setTimeout(done, RETRY_MS));
        }
        await new Promise(requestAnimationFrame); // a hidden page asks for nothing
    }
}

function take(header) {
    const other = now && (now.run !== header.run || now.picture !== header.picture);
    const foundBefore = now ? now.classes.filter(c => c.found).map(c => c.index).join() : "";
    now = header;
    let hue = 0;
    for (const c of now.classes.slice().sort((a, b) => (a.onset_ev || 1e9) - (b.onset_ev || 1e9))) c.hue = c.found ? hue++ : -1;
    const outside = at => at && (at.row >= now.rows || at.column >= now.columns); // of a scan that turned out shorter
    if (other || outside(firm) || outside(hovered)) { pixel = null; firm = hovered = null; }
    const found = now.classes.filter(c => c.found);
    if (!chosenByHand && found.map(c => c.index).join() !== foundBefore) {
        rgb = chooseThree(found);
    }
    showMaps(found);
    showInspect();
    if (firm && pixel && pixel.state === "missing") inspect(firm); // it may have come meanwhile
}

// Three maps that say most together: much contrast, and little of what is chosen already.
function chooseThree(found) {
    const left = found.filter(c => now.planes.has(c.index) && c.onset_ev), chosen = [];
    const contrast = c => c.share * (1 - c.share) + .001;
    while (chosen.length < 3 && left.length) {
        const worth = c => contrast(c) * chosen.reduce((w, d) => w * (1.02 - likeness(now.planes.get(c.index), now.planes.get(d.index))), 1);
        left.sort((a, b) => worth(b) - worth(a));
        chosen.push(left.shift());
    }
    chosen.sort((a, b) => a.onset_ev - b.onset_ev);
    return [0, 1, 2].map(k => chosen[k] ? chosen[k].index : null);
}

// How alike two maps are, also if one is the other's negative: their correlation without its sign.
function likeness(p, q) {
    let n = 0, a = 0, b = 0, aa = 0, bb = 0, ab = 0;
    for (let i = 0; i < p.length; i++) {
        if (p[i] === 255 || q[i] === 255) continue;
        n++; a += p[i]; b += q[i]; aa += p[i] * p[i]; bb += q[i] * q[i]; ab += p[i] * q[i];
    }
    const spread = Math.sqrt((n * aa - a * a) * (n * bb - b * b));
    return spread > 0 ? Math.abs(n * ab - a * b) / spread : 0;
}

// ---- maps

function showChoices() {
    const options = now.classes.filter(c => c.observable).sort((a, b) => (a.onset_ev || 1e9) - (b.onset_ev || 1e9));
    const key = options.map(c => `${c.index}${c.found}`).join();
    document.querySelectorAll("#composite select").forEach((select, k) => {
        if (select.dataset.key !== key) {
            select.dataset.key = key;
            select.replaceChildren(new Option("none", ""), ...options.map(c => new Option(c.found ? edgeName(c) : `${edgeName(c)} (not found)`, c.index)));
        }
        select.value = rgb[k] === null ? "" : rgb[k];
    });
}

function showMaps(found) {
    const two = now.columns > 1;
    $("composite").hidden = !two;
    $("tiles").hidden = !two;
    $("legend").hidden = $("keys").hidden = !two;
    text($("none"), found.length ? "" : now.ended ? "No element found." : "No element found so far.");
    $("none").hidden = found.length > 0;
    showChoices();
    if (!two) {
        $("maps").hidden = found.length > 0;
        if (!firm) { firm = {row: 0, column: 0}; inspect(firm); }
        return;
    }
    composite.show(now, now.states, rgb.map(c => ({plane: c === null ? null : now.planes.get(c)})));
    const shown = found.slice(0, MAPS_MAX).sort((a, b) => (a.onset_ev || 1e9) - (b.onset_ev || 1e9));
    for (const [index, tile] of tiles) if (!shown.some(c => c.index === index)) { tile.figure.remove(); tiles.delete(index); }
    for (const c of shown) {
        if (!tiles.has(c.index)) tiles.set(c.index, makeTile(c));
        const tile = tiles.get(c.index);
        $("tiles").append(tile.figure);
        tile.view.show(now, now.states, [{plane: now.planes.get(c.index), hue: mapHue(c.hue)}], c.threshold);
    }
    showValues();
}

function makeTile(c) {
    const figure = document.createElement("figure");
    figure.innerHTML = '<figcaption><span class="name"></span><span class="value"></span></figcaption><canvas tabindex="0" role="application" aria-describedby="keys"></canvas>';
    figure.querySelector(".name").textContent = edgeName(c);
    const canvas = figure.querySelector("canvas");
    canvas.setAttribute("aria-label", `Map of the probability of ${edgeName(c)}`);
    return {figure, view: new MapView(canvas, {framed: false, pick})};
}

const views = () => [composite, ...[...tiles.values()].map(t => t.view)];
const cellAt = p => Math.floor(p.row / now.step) * now.cell_columns + Math.floor(p.column / now.step);

function showValues() {
    const at = hovered || firm;
    for (const [index, tile] of tiles) {
        const plane = now.planes.get(index), v = at && plane ? plane[cellAt(at)] : 255;
        const share = now.classes[index].share;
        text(tile.figure.querySelector(".value"), at ? (v === 255 ? "no value" : `p = ${(v / 254).toFixed(2)}`) : `${(100 * share).toFixed(share < .1 ? 1 : 0)} % of pixels`);
    }
}

// ---- a pixel

let asking = null, next = null;

async function inspect(at) {
    next = at;
    if (asking) return; // the latest is asked for when the answer is there
    while (next) {
        asking = next;
        next = null;
        try {
            const reply = await fetch(`pixel?${new URLSearchParams({row: asking.row, column: asking.column, picture: now.picture})}`, {cache: "no-store"});
            if (reply.ok) pixel = await reply.json();
        } catch { /* follow() says what is wrong */ }
        showInspect();
    }
    asking = null;
}

function pick(at, kind) {
    if (!now) return;
    if (kind === "leave") hovered = null;
    else if (kind === "hover") hovered = at;
    else if (kind === "clear") firm = hovered = null;
    else if (kind === "choose") { firm = at; hovered = null; }
    else if (kind === "move") {
        const from = firm || hovered || {row: now.rows >> 1, column: now.columns >> 1}, inside = (v, n) => Math.min(Math.max(v, 0), n - 1);
        firm = firm || hovered ? {row: inside(from.row + at.move[0], now.rows), column: inside(from.column + at.move[1], now.columns)} : from;
        hovered = null;
    }
    const shown = hovered || firm;
    for (const v of views()) v.mark(shown && {...shown, firm: !hovered});
    if (shown) inspect(shown);
    else pixel = null;
    showValues();
    showInspect();
}

function place(p) {
    const along = (a, i) => a.units ? `${a.name || "position"} ${+(a.offset + a.scale * i).toPrecision(5)} ${a.units}` : null;
    return [along(now.axes[1], p.column), now.rows > 1 ? along(now.axes[0], p.row) : null].filter(Boolean).join(", ");
}

function marksFor(values) {
    return now.classes.filter(c => c.onset_ev && c.observable).map(c => ({
        ev: c.onset_ev, name: edgeName(c), hue: lineHue(Math.max(c.hue, 0)),
        strong: values ? values[c.index] >= c.threshold : c.found, found: c.found, index: c.index,
    })).filter(m => m.strong || m.found || m.index === zoomed).map(m => (m.found ? m : {...m, hue: lineHue(6)}));
}

// What is known of a pixel beside its probabilities.
const extras = () => [
    pixel.other_edge && `an edge of another element at ${pixel.other_edge}`,
    pixel.shift_ev !== null && `axis moved by ${pixel.shift_ev.toFixed(1)} eV`,
].filter(Boolean).join("  ·  ");

function showInspect() {
    if (!now) return;
    const at = hovered || firm, mine = at && pixel && pixel.row === at.row && pixel.column === at.column;
    $("let-go").hidden = !firm || now.columns < 2;
    const values = mine ? pixel.p : null;
    text($("inspect-title"), at ? (now.pixels > 1 ? `Pixel ${now.rows > 1 ? `column ${at.column}, row ${at.row}` : at.column}` : "Spectrum") : "Mean spectrum");
    text($("where"), at ? [place(at), mine && extras()].filter(Boolean).join("  ·  ") : now.mean.pixels ? `of ${now.mean.pixels.toLocaleString("en")} pixels${now.ended ? "" : " so far"}` : "");
    $("inspect").ariaBusy = !!at && !mine;
    if (at && !mine) return; // what is there is of another pixel: it fades until the answer comes
    const s = at ? pixel.spectrum : {start: now.mean.start_ev, step: now.mean.step, counts: now.mean.counts};
    text($("note"), at ? pixel.note : "");
    $("note").className = at && s.of !== "pixel" ? "plain" : "";
    if (s.counts) {
        plot = drawSpectrum($("spectrum"), {...s, label: at && s.of === "pixel" ? "Counts" : "Counts, mean"}, marksFor(values), zoom, log);
    } else {
        plot = null;
        fine($("spectrum"));
    }
    showList(now, at ? values : now.classes.map(c => c.share), {
        title: at ? "Probability that the edge is in this spectrum" : "Share of measured pixels with the edge",
        percent: !at, zoomed, choose: zoomTo,
    });
    $("whole").hidden = !zoom;
}

function zoomTo(index) {
    const c = now.classes[index];
    zoomed = zoomed === index || !c.onset_ev ? null : index;
    zoom = zoomed === null ? null : [c.onset_ev - 40, c.onset_ev + 90];
    showInspect();
}

// ---- the run

function showRun() {
    if (!now) return;
    showHead(now);
    showLegend(now);
    showNumbers(now);
    showStages(now);
    const d = now.drift;
    $("drift-title").closest("div").hidden = !d || now.columns < 2;
    if (d && now.columns > 1) {
        text($("drift-title"), `Energy axis along the scan: where the ${edgeName(now.classes[d.class])} edge rises`);
        drawDrift($("drift"), {...d, total: now.rows * now.columns}, now.exposure_s);
        const known = d.shifts.filter(v => v !== null), wide = known.length ? Math.max(...known) - Math.min(...known) : 0;
        text($("drift-note"), known.length ? `Steepest rise at ${d.edge_ev.toFixed(1)} eV, tabulated onset ${d.onset_ev} eV; it wanders by ${wide.toFixed(1)} eV.` : "No piece of the scan shows this edge clearly enough.");
    }
}

function redraw() {
    if (!now) return;
    for (const v of views()) v.draw();
    showInspect();
    showRun();
}

document.querySelectorAll("#composite select").forEach((select, k) => select.addEventListener("change", () => {
    chosenByHand = true;
    rgb[k] = select.value === "" ? null : +select.value;
    if (now) now.seq = 0; // its plane may not be here yet: ask at once
    showMaps(now.classes.filter(c => c.found));
}));
$("log").addEventListener("click", () => {
    log = !log;
    $("log").setAttribute("aria-pressed", log);
    showInspect();
});
$("whole").addEventListener("click", () => { zoom = zoomed = null; showInspect(); });
$("let-go").addEventListener("click", () => pick(null, "clear"));

// A part of the spectrum is chosen by drawing across it.
let drag = null;
$("spectrum").addEventListener("pointerdown", e => { if (plot) drag = plot.toEv(e.offsetX); });
$("spectrum").addEventListener("pointerup", e => {
    const to = plot && drag !== null ? plot.toEv(e.offsetX) : null;
    if (to !== null && Math.abs(to - drag) > (plot.span[1] - plot.span[0]) / 50) {
        zoom = [Math.min(drag, to), Math.max(drag, to)];
        zoomed = null;
        showInspect();
    }
    drag = null;
});
$("spectrum").addEventListener("dblclick", () => { zoom = zoomed = null; showInspect(); });

window.addEventListener("resize", redraw);
window.matchMedia("(prefers-color-scheme: light)").addEventListener("change", redraw);
follow();
