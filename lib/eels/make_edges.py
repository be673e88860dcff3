#!/usr/bin/env python3
"""Prepares the curves that make_edges fits into lib/eels/edges.txt.

    lib/eels/make_edges.py ../shared/data | build/release/make_edges lib/eels/edges.txt

Input: the computed shapes of elnes (multiple scattering with FEFF10, 2p-3d multiplets, tables), and
measured Mn and Cu L2,3 edges of Mn_Classifier_CNNs (digitised from publications) and ML_XAS_EELS
(X-ray absorption). No spectrum of the validation set is used.

Left out, and why:
  - rows whose self-consistency stopped at a charge step above 0.02: not converged;
  - O K of LaMnO3: without spin polarisation the 3d peak before the edge is lost;
  - bare atomic continua of L2,3 from Ca to Ni: such edges always have white lines;
  - MnEdgeNet: its continuum is subtracted, and it serves for validation;
  - Mn digitised a second time (duplicate_of in catalog.csv).
"""
import csv
import hashlib
import pathlib
import re
import sys

STEP_EV = 0.1
FIRST_EV, END_EV = -15.0, 200.0  # of computed shapes; beyond there is only the smooth tail
CHARGE_STEP_MAX = 0.02
HELD_OUT = 0.15  # share of the compounds of each element
WHITE_LINES = "Ca Sc Ti V Cr Mn Fe Co Ni".split()

VARIANTS = {  # endings of the identifiers of elnes
    "feff": "natural width",
    "br": "broadened, contrast x0.8",
    "d": "disordered, contrast x0.5",
    "r": "L3:L2 as published for the metal",
}


def refused(row):
    steps = [float(s) for s in re.findall(r"last charge step ([\d.]+)", row["parameters"])]
    if any(s > CHARGE_STEP_MAX for s in steps):
        return "charge step"
    if row["element"] == "O" and row["compound"] == "LaMnO3":
        return "pre-peak lost"
    if row["method"] == "table" and row["element"] in WHITE_LINES:
        return "no white lines"
    return None


def source_of(row):
    if row["method"] == "multiplet":
        terms = row["parameters"].split("; ")[:2]
        return "2p-3d multiplet, " + ", ".join(terms) if "10Dq" in terms[0] else "multiplet mixture"
    if row["method"] == "table":
        return "Chantler photoabsorption table, bare atomic continuum"
    if "proxy" in row["id"]:
        return "FEFF10 mixture, broadened: estimate of a disordered solid"
    text = "FEFF10 multiple scattering"
    if "feffpi" in row["id"]:
        text += " with empirical pi*"
    if "feffw" in row["id"]:
        text += ", axis warped to published peaks"
    return text + ", " + VARIANTS.get(row["id"].rsplit("_", 1)[-1].replace("feffpi", "feff")
                                      .replace("feffw", "feff"), "variant")


def computed(data):
    for row in csv.DictReader((data / "elnes/edges.csv").open()):
        if refused(row):
            print("left out:", row["id"], refused(row), file=sys.stderr)
            continue
        values = []
        with (data / "elnes" / row["file"]).open() as file:
            next(file)
            for line in file:
                e, eels, _ = line.split(",")
                if FIRST_EV - 0.01 < float(e) < END_EV + 0.01:
                    values.append(float(eels))
        yield {"id": row["id"], "compound": row["compound"], "element": row["element"],
               "edge": row["element"] + (" K" if row["edge"] == "K" else " L2,3"),
               "source": source_of(row), "onset": float(row["onset_eV"]), "first": FIRST_EV,
               "values": values}


def points_of(path):
    """Means of all points in steps of 0.1 eV, ascending; digitised files are unordered."""
    bins = {}
    for line in path.open(encoding="utf-8-sig"):
        try:
            e, value = map(float, line.split(",")[:2])
        except ValueError:
            continue
        bins.setdefault(round(e / STEP_EV), []).append((e, value))
    return [tuple(sum(v) / len(points) for v in zip(*points)) for _, points in sorted(bins.items())]


def resampled(points):
    """Linear interpolation; returns the first energy and the values."""
    first = points[0][0]
    values, i = [], 0
    for k in range(int((points[-1][0] - first) / STEP_EV) + 1):
        e = first + k * STEP_EV
        while points[i + 1][0] < e and i + 2 < len(points):
            i += 1
        (a, u), (b, v) = points[i], points[i + 1]
        values.append(u + (v - u) * (e - a) / (b - a))
    return first, values


def measured(path, name, compound, element, source):
    """A measured edge: the level before it subtracted, e = 0 where it first reaches 20 %."""
    start, values = resampled(points_of(path))
    level = sum(values[:8]) / 8
    values = [v - level for v in values]
    top = max(values)
    onset = start + STEP_EV * next(i for i, v in enumerate(values) if v > 0.2 * top)
    before = max(0, round((start - onset - FIRST_EV) / STEP_EV))
    skip = max(0, -round((start - onset - FIRST_EV) / STEP_EV))
    values = [0.0] * before + values[skip:]
    return {"id": name, "compound": compound, "element": element, "edge": element + " L2,3",
            "source": source, "onset": round(onset, 2), "first": FIRST_EV, "values": values}


def all_measured(data):
    twice = {row["file"] for row in csv.DictReader((data / "catalog.csv").open())
             if row["duplicate_of"]}
    states = {"Mn2": "Mn2+ (literature)", "Mn3": "Mn3+ (literature)", "Mn4": "Mn4+ (literature)",
              "mixed23": "Mn2+/Mn3+ (literature)", "mixed34": "Mn3+/Mn4+ (literature)",
              "mixed": "mixed Mn (literature)"}
    for path in sorted((data / "Mn_Classifier_CNNs/digitized").glob("*.csv")):
        if str(path.relative_to(data)) not in twice:
            yield measured(path, f"Mn_L23_{path.stem}_digitised", states[path.stem.split("_")[0]],
                           "Mn", "EELS digitised by Chatzidakis & Botton 2019, Mn_Classifier_CNNs "
                           + path.stem)
    for path in sorted((data / "ML_XAS_EELS").glob("*/*.csv")) + sorted(
            (data / "ML_XAS_EELS/Additional_Literature_Spectra").glob("*/*.csv")):
        compound = path.stem.replace(" XAS", "").replace("Cu Metal", "Cu")
        yield measured(path, f"Cu_L23_{compound}_xas", compound, "Cu",
                       f"X-ray absorption, literature, ML_XAS_EELS {path.stem}")


def hold_out(shapes):
    """Some compounds of every element that has three, by a hash, never the main one."""
    for element in {s["element"] for s in shapes}:
        own = [s["compound"] for s in shapes if s["element"] == element]
        compounds = sorted(set(own), key=lambda c: hashlib.sha256((element + c).encode()).digest())
        free = [c for c in compounds
                if own.count(c) <= 0.35 * len(own) and c != "atomic continuum"]
        count = max(1, round(HELD_OUT * len(compounds))) if len(compounds) >= 3 else 0
        for shape in shapes:
            if shape["element"] == element:
                shape["held_out"] = int(shape["compound"] in free[:count])


def main():
    data = pathlib.Path(sys.argv[1])
    shapes = list(computed(data)) + list(all_measured(data))
    hold_out(shapes)
    for s in shapes:
        fields = [s["id"], s["compound"], s["source"][:127], s["edge"], s["onset"], s["held_out"],
                  s["first"], STEP_EV, " ".join(f"{v:.6g}" for v in s["values"])]
        print(*fields, sep="\t")


if __name__ == "__main__":
    main()
