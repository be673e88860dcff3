#!/usr/bin/env python3
"""Score `eelstream identify` on labelled real spectra, by the measures of Kong et al. 2022.

usage: bench/score_real.py CATALOG.csv [--eelstream build/release/eelstream] [--model M.h5] [--csv OUT] [--all]

CATALOG.csv lists files relative to itself with the edges inside their recorded range (columns
file, kind, elements, label_authority, use_min_eV, use_max_eV, duplicate_of, notes). Left out: reader tests,
duplicates, digitised and absorption spectra, simulated ones, files whose labels are somebody's guess,
and files whose axis is known to be uncalibrated, by up to 36 eV (--all keeps these last two). Carbon that is not labelled
counts neither way: it may be the support film.
"""
import argparse, csv, json, os, subprocess, sys

LEFT_OUT = ("readertest", "Mn_Classifier", "MnEdgeNet", "ML_XAS")


def chosen(row, everything):
    if row["kind"] not in ("single spectrum", "spectrum image") or not row["elements"] or row["duplicate_of"]:
        return False
    if row["file"].startswith(LEFT_OUT) or "XAS" in row["notes"] or "SIMULATED" in row["notes"]:
        return False
    if row["file"].endswith("hdf5") or "same spectrum as" in row["notes"]:
        return False
    if not everything:
        if "uncalibrated files" in row["notes"] and "cal" not in os.path.basename(row["file"]).lower():
            return False
        if "no label in repo" in row["notes"] or "label weak" in row["notes"] or "_deconv" in row["file"]:
            return False
    return True


def ask(program, model, folder, row):
    command = [program, "identify", "--json", os.path.join(folder, row["file"])]
    if model:
        command += ["--model", model]
    if row.get("use_min_eV") and row.get("use_max_eV"):
        command += ["--window", f'{row["use_min_eV"]}:{row["use_max_eV"]}']
    done = subprocess.run(command, capture_output=True, text=True)
    return (json.loads(done.stdout) if done.returncode == 0 else None), done.stderr.strip()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("catalog")
    parser.add_argument("--eelstream", default="build/release/eelstream")
    parser.add_argument("--model")
    parser.add_argument("--csv")
    parser.add_argument("--all", action="store_true")
    args = parser.parse_args()
    with open(args.catalog, newline="") as file:
        rows = list(csv.DictReader(file))
    folder = os.path.dirname(args.catalog)

    table, precision, recall, f1, exact, recognised = [], 0, 0, 0, 0, 0
    for row in rows:
        if not chosen(row, args.all):
            continue
        answer, words = ask(args.eelstream, args.model, folder, row)
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
        precision, recall, f1 = precision + p, recall + r, f1 + (2 * p * r / (p + r) if p + r else 0)
        exact += real == found
        recognised += r == 1
        table.append((row["file"], " ".join(sorted(real)), " ".join(sorted(found)), "" if real == found else "x",
                      f'{answer.get("other", 0):.2f}'))

    n = len(table)
    if n == 0:
        sys.exit("no labelled spectra could be read")
    width = max(len(t[0]) for t in table)
    for t in table:
        print(f"{t[0]:<{width}}  {t[1]:<14} {t[2]:<18} {t[3]:<2} {t[4]}")
    print(f"\nspectra {n}  exact {exact / n:.3f}  recognition {recognised / n:.3f}  precision {precision / n:.3f}"
          f"  recall {recall / n:.3f}  F1 {f1 / n:.3f}")
    if args.csv:
        with open(args.csv, "w", newline="") as file:
            csv.writer(file).writerows([("file", "labelled", "found", "wrong", "other")] + table)


if __name__ == "__main__":
    main()
