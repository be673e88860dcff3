#!/usr/bin/env python3
"""Score `eelstream identify` on labelled real spectra, by the measures of Kong et al. 2022.

usage: bench/score_real.py CATALOG.csv [--set labelled|weak|foreign] [--model M.h5] [--axis-error EV] [--csv OUT]

CATALOG.csv lists files relative to itself with the edges inside their recorded range (columns
file, kind, elements, other_edges, use_min_eV, use_max_eV, duplicate_of, notes). Three sets, none of them
trained on:
  labelled  the default, which docs/results.md reports; without what the next one has
  weak      labels that are somebody's guess, axes known to be uncalibrated (by up to 36 eV), digitised,
            deconvolved and absorption spectra
  foreign   measured spectra with edges outside the twenty only: nothing is to be found
Reader tests, duplicates and simulated spectra are in none. Carbon that is not labelled counts neither
way: it may be the support film. Besides the paper's measures, the mean log loss of a spectrum: the sum of
-ln p(what is true) over the elements whose edge it could show; it tells networks apart that are right as often.
"""
import argparse, csv, json, math, os, subprocess, sys

LEFT_OUT = ("readertest", "Mn_Classifier", "MnEdgeNet", "ML_XAS")
P_LEAST = 1e-6  # of the log loss


def measured(row):
    """A spectrum somebody recorded, once."""
    return (row["kind"] in ("single spectrum", "spectrum image") and not row["duplicate_of"]
            and not row["file"].startswith("readertest") and "SIMULATED" not in row["notes"]
            and "same spectrum as" not in row["notes"])


def chosen(row):
    """Is it one of the labelled set?"""
    if not measured(row) or not row["elements"] or row["file"].endswith("hdf5"):
        return False
    if row["file"].startswith(LEFT_OUT) or "XAS" in row["notes"]:
        return False
    if "uncalibrated files" in row["notes"] and "cal" not in os.path.basename(row["file"]).lower():
        return False
    return not ("no label in repo" in row["notes"] or "label weak" in row["notes"] or "_deconv" in row["file"])


SETS = {
    "labelled": chosen,
    "weak": lambda row: bool(measured(row) and row["elements"] and not row["file"].endswith("hdf5") and not chosen(row)),
    "foreign": lambda row: bool(measured(row) and not row["elements"] and row["other_edges"]),
}


def options(args, row):
    """Of `identify` and `map`: the network, the axis, and the part of the spectrum that the row names."""
    chosen = ["--model", args.model] if args.model else []
    if args.axis_error is not None:
        chosen += ["--axis-error", args.axis_error]
    if row.get("use_min_eV") and row.get("use_max_eV"):
        chosen += ["--window", f'{row["use_min_eV"]}:{row["use_max_eV"]}']
    return chosen


def parser_for(description, sets):
    """What the programs that score on a catalog ask for alike."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("catalog")
    if sets:
        parser.add_argument("--set", choices=sets, default="labelled")
    parser.add_argument("--eelstream", default="build/release/eelstream")
    parser.add_argument("--model")
    parser.add_argument("--axis-error")
    return parser


def ask(args, folder, row):
    command = [args.eelstream, "identify", "--json", os.path.join(folder, row["file"]), *options(args, row)]
    done = subprocess.run(command, capture_output=True, text=True)
    return (json.loads(done.stdout) if done.returncode == 0 else None), done.stderr.strip()


def log_loss(real, probabilities):
    loss = 0
    for element, p in probabilities.items():
        if p is not None and (element != "C" or "C" in real):
            loss -= math.log(max(p if element in real else 1 - p, P_LEAST))
    return loss


def main():
    parser = parser_for(__doc__, SETS)
    parser.add_argument("--csv")
    args = parser.parse_args()
    with open(args.catalog, newline="") as file:
        rows = list(csv.DictReader(file))
    folder = os.path.dirname(args.catalog)

    table, sums = [], dict.fromkeys(("exact", "recognition", "precision", "recall", "F1", "log loss"), 0)
    for row in rows:
        if not SETS[args.set](row):
            continue
        answer, words = ask(args, folder, row)
        if answer is None:
            print(f"not read: {words}", file=sys.stderr)
            continue
        real = {edge.split("_")[0] for edge in row["elements"].split(";")} & set(answer["elements"])
        found = set(answer["present"])
        if "C" not in real:
            found.discard("C")
        right = len(real & found)
        p = right / len(found) if found else float(not real)
        r = right / len(real) if real else 1.0
        scores = (real == found, r == 1, p, r, 2 * p * r / (p + r) if p + r else 0, log_loss(real, answer["elements"]))
        for name, score in zip(sums, scores):
            sums[name] += score
        table.append((row["file"], " ".join(sorted(real)), " ".join(sorted(found)), "" if real == found else "x",
                      f"{scores[-1]:.2f}", f'{answer.get("other", 0):.2f}',
                      answer.get("axis_hint", {}).get("words", "")))

    n = len(table)
    if n == 0:
        sys.exit("no labelled spectra could be read")
    width = max(len(t[0]) for t in table)
    for t in table:
        print(f"{t[0]:<{width}}  {t[1]:<14} {t[2]:<18} {t[3]:<2} {t[4]:>6} {t[5]} {t[6]}".rstrip())
    print(f"\nspectra {n}  " + "  ".join(f"{name} {value / n:.3f}" for name, value in sums.items()))
    if args.csv:
        with open(args.csv, "w", newline="") as file:
            csv.writer(file).writerows([("file", "labelled", "found", "wrong", "log loss", "other", "axis hint")] + table)


if __name__ == "__main__":
    main()
