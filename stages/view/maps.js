// The maps: colours, cells to the screen, axes with physical units, scale bars, and choosing a pixel.
import {css, fine, ticks, short} from "./plots.js";

export const NO_VALUE = 255;
export const STATES = ["missing", "value", "poison", "overrun", "source-gap", "decode-error", "cancelled"];

// Pale, so that none of them is a colour of a map; "missing" shows the hatched ground.
export const STATE_COLOUR = {
    poison: "#ffb3e1", overrun: "#ffe1ad", "source-gap": "#b5d6ff", "decode-error": "#d8caff", cancelled: "#d3d7dd",
};

// One hue per element: on the dark ground of a map, and for lines on the page in each scheme.
const HUES = [
    ["#ff6b5e", "#d03427"], ["#45c8f1", "#0a78a3"], ["#ffd45e", "#8f6a00"], ["#74d98a", "#1b7d36"],
    ["#c78bf0", "#7c36b0"], ["#ff9f45", "#b35600"], ["#5d94ff", "#2355c4"], ["#f274bb", "#b02a78"],
];
const light = window.matchMedia("(prefers-color-scheme: light)");
export const mapHue = i => HUES[i % HUES.length][0];
export const lineHue = i => HUES[i % HUES.length][light.matches ? 1 : 0];

const rgb = hex => [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16));
const PALE = STATES.map(s => STATE_COLOUR[s] ? rgb(STATE_COLOUR[s]) : null);

// 0 … 254 to a colour: almost black, to the hue, and a little beyond to white at certainty.
function scale(hue) {
    const top = rgb(hue), table = new Uint8ClampedArray(3 * 256);
    for (let v = 0; v < 255; v++) {
        const t = v / 254, glow = Math.max(0, t - .85) / .15 * .22;
        for (let k = 0; k < 3; k++) table[3 * v + k] = (12 + (top[k] - 12) * t ** .9) * (1 - glow) + 255 * glow;
    }
    return table;
}

// Paints cells into an image of one point each; `layers` = [plane, hue] or three of [plane].
class Painter {
    constructor() { this.cells = document.createElement("canvas"); this.tables = {}; }

    paint(header, states, layers) {
        const w = header.cell_columns, h = header.cell_rows, n = w * h;
        if (this.cells.width !== w || this.cells.height !== h || !this.image) {
            this.cells.width = w;
            this.cells.height = h;
            this.image = new ImageData(w, h);
        }
        const out = this.image.data, single = layers.length === 1;
        const table = single && (this.tables[layers[0].hue] ||= scale(layers[0].hue));
        const planes = layers.map(l => l.plane);
        for (let i = 0, o = 0; i < n; i++, o += 4) {
            const state = states[i], pale = PALE[state];
            out[o + 3] = state === 0 ? 0 : 255;
            if (pale) {
                out[o] = pale[0]; out[o + 1] = pale[1]; out[o + 2] = pale[2];
            } else if (single) {
                const v = planes[0] ? planes[0][i] : NO_VALUE;
                out[o] = table[3 * v]; out[o + 1] = table[3 * v + 1]; out[o + 2] = table[3 * v + 2];
            } else {
                for (let k = 0; k < 3; k++) {
                    const v = planes[k] ? planes[k][i] : 0;
                    out[o + k] = 12 + (v === NO_VALUE ? 0 : v) * 243 / 254;
                }
            }
        }
        this.cells.getContext("2d").putImageData(this.image, 0, 0);
    }
}

function hatch(g, x, y, w, h) {
    g.save();
    g.beginPath(); g.rect(x, y, w, h); g.clip();
    g.fillStyle = css("--hatch-a");
    g.fillRect(x, y, w, h);
    g.strokeStyle = css("--hatch-b");
    g.lineWidth = 3;
    g.beginPath();
    for (let d = -h; d < w; d += 8.5) { g.moveTo(x + d, y + h); g.lineTo(x + d + h, y); }
    g.stroke();
    g.restore();
}

// A length that is a round number of units, a third of the width at most.
function scaleBar(g, box, axis) {
    if (!axis.units) return;
    const length = axis.size * Math.abs(axis.scale), most = length / 3.2;
    if (!(most > 0)) return;
    const power = 10 ** Math.floor(Math.log10(most)), step = power * [5, 2, 1].find(f => f * power <= most);
    const px = step / length * box.w, y = box.y + box.h - 12, x = box.x + 10;
    const words = `${short(step)} ${axis.units}`;
    g.font = '600 12px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';
    const wide = Math.max(px, g.measureText(words).width) + 12;
    g.fillStyle = "rgba(8, 10, 13, .62)";
    g.fillRect(x - 6, y - 19, wide, 27);
    g.fillStyle = "#fff";
    g.fillRect(x, y, px, 3);
    g.textAlign = "left";
    g.textBaseline = "bottom";
    g.fillText(words, x, y - 1);
}

function axes(g, box, header) {
    const [rows, columns] = header.axes, soft = css("--soft");
    const span = a => [a.offset - a.scale / 2, a.offset + a.scale * (a.size - .5)];
    const along = (a, length, apart) => {
        const [from, to] = span(a);
        return ticks(Math.min(from, to), Math.max(from, to), length / apart).map(v => [v, (v - from) / (to - from) * length]);
    };
    const name = a => `${a.name || "position"} (${a.units || "pixels"})`;
    g.font = '12px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';
    g.fillStyle = soft;
    g.strokeStyle = css("--line");
    g.lineWidth = 1;
    g.textAlign = "center";
    g.textBaseline = "top";
    const y0 = box.y + box.h, placed = along(columns, box.w, 70);
    for (const [v, at] of placed) {
        g.beginPath(); g.moveTo(box.x + at, y0); g.lineTo(box.x + at, y0 + 4); g.stroke();
        if (at > 8 && at < box.w - 8) g.fillText(short(v), box.x + at, y0 + 6);
    }
    g.fillText(name(columns), box.x + box.w / 2, y0 + 21);
    if (rows.size < 2) return;
    g.textAlign = "right";
    g.textBaseline = "middle";
    for (const [v, at] of along(rows, box.h, 38)) {
        g.beginPath(); g.moveTo(box.x, box.y + at); g.lineTo(box.x - 4, box.y + at); g.stroke();
        if (at > 6 && at < box.h - 6) g.fillText(short(v), box.x - 7, box.y + at);
    }
    g.save();
    g.translate(box.x - 42, box.y + box.h / 2);
    g.rotate(-Math.PI / 2);
    g.textAlign = "center";
    g.fillText(name(rows), 0, 0);
    g.restore();
}

function colourBar(g, box, hue, threshold) {
    const table = scale(hue), x = box.x + box.w + 8, w = 10;
    for (let i = 0; i < box.h; i++) {
        const v = Math.round((1 - i / (box.h - 1 || 1)) * 254);
        g.fillStyle = `rgb(${table[3 * v]}, ${table[3 * v + 1]}, ${table[3 * v + 2]})`;
        g.fillRect(x, box.y + i, w, 1.5);
    }
    g.font = '11px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';
    g.fillStyle = css("--soft");
    g.textAlign = "left";
    g.textBaseline = "middle";
    g.fillText("1", x + w + 4, box.y + 6);
    g.fillText("0", x + w + 4, box.y + box.h - 6);
    const y = box.y + (1 - threshold) * box.h;
    g.strokeStyle = css("--text");
    g.lineWidth = 1;
    g.beginPath(); g.moveTo(x - 2, y); g.lineTo(x + w + 2, y); g.stroke();
    if (box.h > 60) g.fillText(String(+threshold.toPrecision(2)), x + w + 4, y);
}

// One map in a figure. `pick(pixel, kind)` is told of "hover", "leave", "choose" with {row, column}.
export class MapView {
    constructor(canvas, {framed, pick}) {
        Object.assign(this, {canvas, framed, pick, painter: new Painter()});
        canvas.addEventListener("pointermove", e => e.pointerType === "mouse" && this.tell(e, "hover"));
        canvas.addEventListener("pointerleave", () => pick(null, "leave"));
        canvas.addEventListener("click", e => this.tell(e, "choose"));
        canvas.addEventListener("keydown", e => this.key(e));
    }

    tell(event, kind) {
        const at = this.pixelAt(event.offsetX, event.offsetY);
        if (at) this.pick(at, kind);
        else if (kind === "hover") this.pick(null, "leave");
    }

    pixelAt(x, y) {
        const b = this.box, h = this.header;
        if (!b || x < b.x || y < b.y || x >= b.x + b.w || y >= b.y + b.h) return null;
        return {row: Math.floor((y - b.y) / b.h * h.rows), column: Math.floor((x - b.x) / b.w * h.columns)};
    }

    key(event) {
        const step = event.shiftKey ? 10 : 1;
        const move = {ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0]}[event.key];
        if (event.key === "Escape") this.pick(null, "clear");
        else if (event.key === "Home") this.pick({row: 0, column: 0}, "choose");
        else if (move && this.header) this.pick({move: move.map(m => m * step)}, "move");
        else return;
        event.preventDefault();
    }

    show(header, states, layers, threshold) {
        Object.assign(this, {header, threshold, layers});
        this.painter.paint(header, states, layers);
        this.draw();
    }

    // Where the picture lies: true to its physical shape, as wide as it may be.
    layout() {
        const h = this.header, [rows, columns] = h.axes, width = this.canvas.clientWidth;
        const same = rows.units === columns.units && rows.scale && columns.scale;
        let aspect = h.rows / h.columns * (same ? Math.abs(rows.scale / columns.scale) : 1);
        aspect = Math.min(Math.max(aspect, .02), 4);
        const left = this.framed ? (h.rows > 1 ? 50 : 10) : 0, right = this.framed ? 10 : 46, below = this.framed ? 40 : 2;
        const highest = this.framed ? Math.max(260, window.innerHeight * .52) : 420;
        let w = width - left - right, height = Math.max(w * aspect, 44);
        if (height > highest) { height = highest; if (h.rows > 1) w = height / aspect; }
        this.box = {x: left + (this.framed ? (width - left - right - w) / 2 : 0), y: 2, w, h: height};
        if (this.framed) this.box.x = Math.max(left, this.box.x);
        this.canvas.style.height = `${Math.round(height + 2 + below)}px`;
        return height + 2 + below;
    }

    draw() {
        if (!this.header) return;
        const height = this.layout(), [g] = fine(this.canvas, height), b = this.box;
        hatch(g, b.x, b.y, b.w, b.h);
        g.imageSmoothingEnabled = false;
        const h = this.header, part = [h.columns / (h.cell_columns * h.step), h.rows / (h.cell_rows * h.step)];
        g.drawImage(this.painter.cells, 0, 0, h.cell_columns * part[0], h.cell_rows * part[1], b.x, b.y, b.w, b.h);
        g.strokeStyle = css("--line");
        g.lineWidth = 1;
        g.strokeRect(b.x - .5, b.y - .5, b.w + 1, b.h + 1);
        if (h.rows > 1 && b.h > 70) scaleBar(g, b, h.axes[1]);
        if (this.framed) axes(g, b, h);
        else colourBar(g, b, this.layers[0].hue, this.threshold);
        if (this.cross) this.drawCross(g);
    }

    drawCross(g) {
        const h = this.header, b = this.box, {row, column, firm} = this.cross;
        const x = b.x + (column + .5) / h.columns * b.w, y = b.y + (row + .5) / h.rows * b.h;
        const rx = Math.max(b.w / h.columns / 2, 3.5), ry = Math.max(b.h / h.rows / 2, 3.5);
        for (const [colour, width] of [["rgba(0,0,0,.75)", firm ? 4 : 3], ["#fff", firm ? 2 : 1]]) {
            g.strokeStyle = colour;
            g.lineWidth = width;
            g.strokeRect(x - rx, y - ry, 2 * rx, 2 * ry);
            g.beginPath();
            for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
                g.moveTo(x + dx * (rx + 3), y + dy * (ry + 3));
                g.lineTo(x + dx * (rx + 9), y + dy * (ry + 9));
            }
            g.stroke();
        }
    }

    mark(cross) {
        this.cross = cross;
        this.draw();
    }
}
