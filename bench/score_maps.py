#!/usr/bin/env python3
"""Score `eelstream map` on labelled real spectrum images, pixel by pixel: what the noise of single pixels costs.

usage: bench/score_maps.py CATALOG.csv [--set labelled|weak] [--model M.h5] [--axis-error EV] [--markdown]

CATALOG.csv and its sets are those of score_real.py. A pixel is right when it has exactly the elements of its
file's label that its window can show; carbon that is not labelled counts neither way. A label is of the whole
file: where a specimen changes from pixel to pixel, a pixel without one of its elements counts as missing it.
"""
import collections, csv, json, os, subprocess, sys, tempfile

import score_real


def read_maps(folder):
    """Elements, thresholds, and of each pixel with a value its probabilities (None: not observable)."""
    with open(os.path.join(folder, "report.json")) as file:
        threshold = {e["symbol"]: e["threshold"] for e in json.load(file)["elements"]}
    with open(os.path.join(folder, "maps.csv"), newline="") as file:
        for row in csv.DictReader(file):
            if row["state"] == "value":
                yield {e: float(row[e]) >= threshold[e] for e in threshold if row.get(e)}


def score(args, path, row):
    """(pixels, exact, most missed, most falsely found), None when it cannot be mapped."""
    with tempfile.TemporaryDirectory() as folder:
        command = [args.eelstream, "map", path, "-o", folder + "/maps", "--formats", "csv", "--json", *score_real.options(args, row)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            print(f"not mapped: {done.stderr.strip()}", file=sys.stderr)
            return None
        labelled = {edge.split("_")[0] for edge in row["elements"].split(";")}
        pixels = exact = 0
        missed, false = collections.Counter(), collections.Counter()
        for found in read_maps(folder + "/maps"):
            wrong = {e for e, there in found.items() if there != (e in labelled)} - ({"C"} - labelled)
            pixels, exact = pixels + 1, exact + (not wrong)
            missed.update(wrong & labelled)
            false.update(wrong - labelled)
        return pixels, exact, missed, false


def words(counter, pixels):
    most = sorted(counter.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{e} {100 * n / pixels:.1f} %" for e, n in most[:3])


def main():
    parser = score_real.parser_for(__doc__, ("labelled", "weak"))
    parser.add_argument("--markdown", action="store_true")
    args = parser.parse_args()
    with open(args.catalog, newline="") as file:
        rows = [r for r in csv.DictReader(file) if r["kind"] == "spectrum image" and r["elements"] and score_real.SETS[args.set](r)]
    table = []
    for row in rows:
        answer = score(args, os.path.join(os.path.dirname(args.catalog), row["file"]), row)
        if answer and answer[0]:
            pixels, exact, missed, false = answer
            table.append((row["file"], row["elements"].replace("_", " ").replace(";", ", "), pixels, f"{exact / pixels:.3f}",
                          words(missed, pixels), words(false, pixels)))
    if not table:
        sys.exit("no labelled spectrum image could be mapped")
    head = ("spectrum image", "labelled", "pixels", "exact", "missed", "false")
    shares = [float(t[3]) for t in table]
    table.append((f"mean of {len(shares)} images", "", sum(t[2] for t in table), f"{sum(shares) / len(shares):.3f}", "", ""))
    if args.markdown:
        lines = [head, ["---"] * len(head)] + table
        print("\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines))
        return
    width = [max(len(str(t[i])) for t in [head] + table) for i in range(len(head))]
    for t in [head] + table:
        print("  ".join(f"{cell!s:<{w}}" for cell, w in zip(t, width)).rstrip())


if __name__ == "__main__":
    main()
