#!/usr/bin/env python3
"""Score `eelstream identify` on what people make of labelled real spectra before they ask: cut out, background taken
off, smoothed, coarser, noisier, an axis a little off.

usage: bench/score_variants.py CATALOG.csv [--set labelled|weak] [--model M.h5] [--axis-error EV] [--close] [--list | --markdown]

CATALOG.csv and its sets are those of score_real.py; of a spectrum image its mean counts. A variant is asked where it can
be made: a background only taken off where there is one, and so on. An element counts where the window of the variant
can show it. Needs python3-h5py.
"""
import collections, csv, json, os, subprocess, sys, tempfile

import h5py
import numpy as np

import score_real

NOISY = 200        # counts in a channel, the mean, where noise is added
BEFORE_EV = 10     # of a window that is cut out, before its first edge
BEHIND_EV = 40     # and behind its last
GAP_EV, FIT_EV = 4, 30  # between a background's window and the edge, and its width


def read(args, path, row, folder):
    """Energies and mean counts."""
    copy = os.path.join(folder, "copy.hspy")
    done = subprocess.run([args.eelstream, "convert", path, copy], capture_output=True, text=True)
    if done.returncode:
        print(f"not read: {done.stderr.strip()}", file=sys.stderr)
        return None
    with h5py.File(copy) as file:
        group = next(iter(file["Experiments"].values()))
        counts = np.nan_to_num(group["data"][()].astype(float))
        axis = next(a.attrs for name, a in sorted(group.items()) if name.startswith("axis") and not a.attrs["navigate"])
        ev = axis["offset"] + axis["scale"] * np.arange(counts.shape[-1])
    os.remove(copy)
    counts = counts.reshape(-1, counts.shape[-1]).mean(0)
    inside = np.full(len(ev), True)
    if row.get("use_min_eV") and row.get("use_max_eV"):
        inside = (ev >= float(row["use_min_eV"])) & (ev <= float(row["use_max_eV"]))
    return ev[inside], counts[inside]


def edges(row):
    """Where the labelled edges begin, as observed."""
    return sorted(float(word.split("@")[1].split("(")[0]) for word in row["observed_eV"].split(";") if "@" in word)


def cut(ev, counts, first, last):
    inside = (ev >= first - BEFORE_EV) & (ev <= last + BEHIND_EV)
    return (ev[inside], counts[inside]) if inside.sum() > 60 else None


def subtract(ev, counts, first):
    """A power law fitted before the first edge taken off; zero before its window, as programs leave it."""
    fit = (ev > first - GAP_EV - FIT_EV) & (ev < first - GAP_EV) & (counts > 0) & (ev > 0)
    if fit.sum() < 10 or counts[fit].mean() < 0.1 * counts.max():
        return None
    power, scale = np.polyfit(np.log(ev[fit]), np.log(counts[fit]), 1)
    rest = counts - np.exp(scale) * np.maximum(ev, 1) ** power
    rest[ev < ev[fit][0]] = 0
    return (ev, rest) if rest[ev > first].sum() > 0 else None


def smooth(ev, counts):
    return ev, np.convolve(np.pad(counts, 2, mode="edge"), np.ones(5) / 5, "valid")


def coarser(ev, counts):
    n = len(ev) // 4 * 4
    return (ev[:n].reshape(-1, 4).mean(1), counts[:n].reshape(-1, 4).sum(1)) if 4 * (ev[1] - ev[0]) <= 2 and n > 200 else None


def variants(ev, counts, onsets, random):
    """Name and spectrum of each."""
    yield "as it is", (ev, counts)
    for by in (-4, 4):
        yield "axis off by 4 eV", (ev + by, counts)
    yield "channels four times as wide", coarser(ev, counts)
    if counts.min() >= 0:
        yield f"noise of {NOISY} counts", (ev, random.poisson(counts * NOISY / counts.mean()).astype(float))
    if not onsets:
        return
    first, last = onsets[0], onsets[-1]
    yield "cut out", cut(ev, counts, first, last)
    yield "first edge alone", cut(ev, counts, first, first)
    rest = subtract(ev, counts, first)
    if rest is None:
        return
    yield "background taken off", rest
    yield "… below zero cut off, smoothed", smooth(ev, np.maximum(rest[1], 0))
    yield "… and cut out", cut(*rest, first, last)
    yield "… and the first edge alone", cut(*rest, first, first)


def close(ev, counts, onsets, random):
    """Windows that begin a few eV before the first edge, as single edges are published, and end behind the last, or not."""
    yield "as it is", (ev, counts)
    for before, behind in ((3, 30), (5, 20), (5, 40), (5, np.inf), (8, 60), (12, 60), (20, 60)):
        inside = onsets and (ev >= onsets[0] - before) & (ev <= onsets[-1] + behind)
        name = f"begins {before} eV before, " + ("the rest" if np.isinf(behind) else f"ends {behind} eV behind")
        yield name, (ev[inside], counts[inside]) if onsets and inside.sum() > 40 else None


def ask(args, folder, spectra):
    """Answers to (energies, counts), None where there is none."""
    paths = [os.path.join(folder, f"{i}.txt") for i in range(len(spectra))]
    for path, spectrum in zip(paths, spectra):
        np.savetxt(path, np.transpose(spectrum), fmt="%.8g", delimiter=",", header="energy_eV,counts", comments="")
    options = score_real.options(args, {})
    done = subprocess.run([args.eelstream, "identify", "--json", *options, *paths], capture_output=True, text=True)
    told = {answer["file"]: answer for answer in map(json.loads, done.stdout.splitlines())}
    return [told.get(path) for path in paths]


def main():
    parser = score_real.parser_for(__doc__, ("labelled", "weak"))
    parser.add_argument("--close", action="store_true", help="instead: windows that begin a few eV before the first edge")
    parser.add_argument("--list", action="store_true", help="name what was not exact")
    parser.add_argument("--markdown", action="store_true")
    args = parser.parse_args()
    with open(args.catalog, newline="") as file:
        rows = [row for row in csv.DictReader(file) if score_real.SETS[args.set](row)]
    sums = collections.defaultdict(lambda: np.zeros(3))
    with tempfile.TemporaryDirectory() as folder:
        for number, row in enumerate(rows):
            spectrum = read(args, os.path.join(os.path.dirname(args.catalog), row["file"]), row, folder)
            if spectrum is None:
                continue
            make = close if args.close else variants
            made = [v for v in make(*spectrum, edges(row), np.random.default_rng(number)) if v[1] is not None]
            labelled = {edge.split("_")[0] for edge in row["elements"].split(";")}
            for (name, _), answer in zip(made, ask(args, folder, [v[1] for v in made])):
                if answer is None:
                    continue
                real = {e for e in labelled if answer["elements"].get(e) is not None}
                found = set(answer["present"]) - ({"C"} - labelled)
                sums[name] += 1, real == found, score_real.log_loss(real, answer["elements"])
                if args.list and real != found:
                    print(f'{name:32} {row["file"][-60:]:60} {" ".join(sorted(real)):12} {" ".join(sorted(found))}')
    sums["all"] = sum(sums.values())
    if args.markdown:
        print("| spectra | number | exact | log loss |\n| --- | --- | --- | --- |")
    for name, (n, exact, loss) in sums.items():
        print(f"| {name} | {n:.0f} | {exact / n:.3f} | {loss / n:.2f} |" if args.markdown else
              f"{name:32} {n:5.0f}  exact {exact / n:.3f}  log loss {loss / n:.2f}")


if __name__ == "__main__":
    main()
