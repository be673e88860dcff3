// Axes with round numbers, and what is drawn between them: a spectrum, the energy axis along the scan.

export const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// Makes the canvas as fine as the screen; returns its context in CSS pixels, and its size.
export function fine(canvas, height) {
    const ratio = Math.min(window.devicePixelRatio || 1, 3);
    const w = canvas.clientWidth, h = height || canvas.clientHeight;
    if (canvas.width !== Math.round(w * ratio) || canvas.height !== Math.round(h * ratio)) {
        canvas.width = Math.round(w * ratio);
        canvas.height = Math.round(h * ratio);
    }
    const g = canvas.getContext("2d");
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, w, h);
    return [g, w, h];
}

// Round numbers between low and high: at most about `count` of them.
export function ticks(low, high, count) {
    if (!(high > low)) return [];
    const rough = (high - low) / Math.max(count, 1), power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find(f => f * power >= rough * 0.999);
    const list = [];
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++)
        list.push(+(i * step).toPrecision(12));
    return list;
}

const decades = (low, high) => {
    const list = [];
    for (let e = Math.floor(Math.log10(low)); 10 ** e <= high; e++)
        for (const f of [1, 2, 5]) if (f * 10 ** e >= low && f * 10 ** e <= high) list.push(f * 10 ** e);
    return list.length > 7 ? list.filter(v => Math.log10(v) % 1 === 0) : list;
};

export function short(v) {
    const a = Math.abs(v);
    if (a >= 1e9) return `${+(v / 1e9).toPrecision(3)} G`;
    if (a >= 1e6) return `${+(v / 1e6).toPrecision(3)} M`;
    if (a >= 1e4) return `${+(v / 1e3).toPrecision(3)} k`;
    return String(+v.toPrecision(4));
}

const FONT = '12px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';

// The frame of a plot: place = {left, right, top, bottom}, and x(), y() from values to the screen.
export function frame(canvas, {x: [x0, x1], y: [y0, y1], log, xLabel, yLabel, height, top = 26}) {
    const [g, w, h] = fine(canvas, height);
    const yTicks = log ? decades(y0, y1) : ticks(y0, y1, (h - 60) / 38);
    g.font = FONT;
    const wide = Math.max(...yTicks.map(v => g.measureText(short(v)).width), 10);
    const place = {left: wide + 30, right: w - 12, top, bottom: h - 40};
    const x = v => place.left + (v - x0) / (x1 - x0) * (place.right - place.left);
    const level = v => log ? Math.log(Math.max(v, y0 / 10)) : v;
    const y = v => place.bottom - (level(v) - level(y0)) / (level(y1) - level(y0)) * (place.bottom - place.top);
    g.lineWidth = 1;
    g.strokeStyle = css("--grid");
    g.fillStyle = css("--soft");
    g.textAlign = "right";
    g.textBaseline = "middle";
    for (const v of yTicks) {
        g.beginPath(); g.moveTo(place.left, Math.round(y(v)) + .5); g.lineTo(place.right, Math.round(y(v)) + .5); g.stroke();
        g.fillText(short(v), place.left - 6, y(v));
    }
    g.textAlign = "center";
    g.textBaseline = "top";
    for (const v of ticks(x0, x1, (place.right - place.left) / 75)) {
        g.beginPath(); g.moveTo(Math.round(x(v)) + .5, place.bottom); g.lineTo(Math.round(x(v)) + .5, place.bottom + 4); g.stroke();
        g.fillText(short(v), x(v), place.bottom + 7);
    }
    g.strokeStyle = css("--line");
    g.strokeRect(place.left + .5, place.top + .5, place.right - place.left - 1, place.bottom - place.top - 1);
    g.fillText(xLabel, (place.left + place.right) / 2, place.bottom + 23);
    g.save();
    g.translate(11, (place.top + place.bottom) / 2);
    g.rotate(-Math.PI / 2);
    g.textBaseline = "middle";
    g.fillText(yLabel, 0, 0);
    g.restore();
    return {g, w, h, place, x, y};
}

// Names above their lines, moved apart so that none covers another.
function placeNames(g, marks, x, place) {
    const rows = [];
    for (const mark of marks) {
        const width = g.measureText(mark.name).width + 6;
        mark.at = Math.min(Math.max(x(mark.ev), place.left + width / 2), place.right - width / 2);
        mark.row = 0;
        while (rows[mark.row] > mark.at - width / 2) mark.row++;
        rows[mark.row] = mark.at + width / 2;
    }
    return rows.length;
}

// s = {start, step, counts}; marks = [{ev, name, hue, strong}] by energy; view = [from, to] in eV or null.
export function drawSpectrum(canvas, s, marks, view, log) {
    const last = s.start + s.step * (s.counts.length - 1);
    const seen = i => s.counts[i] !== null && !Number.isNaN(s.counts[i]);
    let a = 0, b = s.counts.length - 1;
    while (a < b && !seen(a)) a++;
    while (b > a && !seen(b)) b--;
    const span = view || [s.start + a * s.step, s.start + b * s.step];
    const from = Math.max(a, Math.floor((span[0] - s.start) / s.step)), to = Math.min(b, Math.ceil((span[1] - s.start) / s.step));
    let low = Infinity, high = -Infinity;
    for (let i = from; i <= to; i++) {
        const v = s.counts[i];
        if (!seen(i) || (log && !(v > 0))) continue;
        low = Math.min(low, v);
        high = Math.max(high, v);
    }
    if (!(high > -Infinity)) [low, high] = log ? [1, 10] : [0, 1];
    if (log) { low = Math.max(low, high / 1e6) * .85; high *= 1.25; }
    else { low = view ? low - .06 * (high - low) : Math.min(0, low); high += .08 * (high - low || 1); }

    marks = marks.filter(m => m.ev >= span[0] && m.ev <= span[1]).sort((m, n) => m.ev - n.ev);
    const probe = canvas.getContext("2d");
    probe.font = `600 ${FONT}`;
    const guess = {left: 60, right: canvas.clientWidth - 12};
    const rows = placeNames(probe, marks, v => guess.left + (v - span[0]) / (span[1] - span[0]) * (guess.right - guess.left), guess);
    const f = frame(canvas, {x: span, y: [low, high], log, xLabel: "Energy loss (eV)", yLabel: s.label, top: 10 + 16 * Math.max(rows, 1)});
    const {g, place} = f;
    placeNames(g, marks, f.x, place);
    for (const mark of marks) {
        const x = Math.round(f.x(mark.ev)) + .5;
        g.strokeStyle = g.fillStyle = mark.hue;
        g.globalAlpha = mark.strong ? 1 : .55;
        g.lineWidth = mark.strong ? 1.5 : 1;
        g.setLineDash(mark.strong ? [] : [4, 4]);
        g.beginPath(); g.moveTo(x, place.top); g.lineTo(x, place.bottom); g.stroke();
        g.setLineDash([]);
        g.globalAlpha = 1;
        g.font = `${mark.strong ? 650 : 400} ${FONT}`;
        g.textAlign = "center";
        g.textBaseline = "bottom";
        g.fillText(mark.name, mark.at, place.top - 3 - 15 * (rows - 1 - mark.row));
    }
    g.save();
    g.beginPath(); g.rect(place.left, place.top, place.right - place.left, place.bottom - place.top); g.clip();
    g.strokeStyle = css("--curve");
    g.lineWidth = 1.3;
    g.lineJoin = "round";
    g.beginPath();
    let drawing = false;
    for (let i = Math.max(from - 1, a); i <= Math.min(to + 1, b); i++) {
        if (!seen(i)) { drawing = false; continue; }
        const x = f.x(s.start + i * s.step), y = f.y(s.counts[i]);
        drawing ? g.lineTo(x, y) : g.moveTo(x, y);
        drawing = true;
    }
    g.stroke();
    g.restore();
    return {...f, span, whole: [s.start, last], toEv: px => span[0] + (px - place.left) / (place.right - place.left) * (span[1] - span[0])};
}

// d = {element, edge, edge_ev, onset_ev, first, pixels, shifts}; exposure in s or null.
export function drawDrift(canvas, d, exposure) {
    const per = d.pixels * (exposure || 1), end = d.total * (exposure || 1), at = i => Math.min((i + .5) * per, end);
    const values = d.shifts.filter(v => v !== null).map(v => d.edge_ev + v);
    const middle = d.edge_ev, reach = Math.max(1.5, ...values.map(v => Math.abs(v - middle) * 1.25));
    const f = frame(canvas, {
        x: [0, end], y: [middle - reach, middle + reach], top: 8,
        xLabel: exposure ? "Time in the scan (s)" : "Pixels in scan order", yLabel: "Energy (eV)",
    });
    const {g, place} = f;
    g.strokeStyle = css("--soft");
    g.setLineDash([5, 4]);
    g.beginPath(); g.moveTo(place.left, f.y(middle)); g.lineTo(place.right, f.y(middle)); g.stroke();
    g.setLineDash([]);
    g.strokeStyle = g.fillStyle = css("--accent");
    g.lineWidth = 1.5;
    g.beginPath();
    let drawing = false;
    d.shifts.forEach((v, i) => {
        if (v === null) { drawing = false; return; }
        drawing ? g.lineTo(f.x(at(i)), f.y(middle + v)) : g.moveTo(f.x(at(i)), f.y(middle + v));
        drawing = true;
    });
    g.stroke();
    d.shifts.forEach((v, i) => {
        if (v === null) return;
        g.beginPath(); g.arc(f.x(at(i)), f.y(middle + v), 2.2, 0, 7); g.fill();
    });
}
