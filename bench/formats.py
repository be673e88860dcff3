#!/usr/bin/python3
"""Makes docs/formats.md: what can be read, and what becomes of the files of peers.

    bench/formats.py build/release/eelstream ../shared/data > docs/formats.md

Every file under the folder is shown to `eelstream info`; what it says is counted by folder and
ending. Whether the values are right is the business of tests/test_peer_files.c, which compares each
with what HyperSpy reads (tests/golden/peer_files.csv).
"""

import collections
import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile

SKIP = {"md", "png", "json", "doc", "pdf"}  # documents, pictures and tables beside the data

HEAD = """# Formats

`eelstream info FILE` says what a file holds and which of its signals is taken; `eelstream map`,
`identify`, `convert` and every other command read the same files. Formats are told by content, not by
name. `eelstream info --formats` prints this list:

%s

## What a file must say

- **The energy axis** must be in eV, keV or meV and uniform. Where a file gives numbers without a unit,
  `--axis eV` (keV, meV) states the unit. Where it gives none, `--axis 400:0.5` states the energy of the
  first channel and the step, in eV; this also replaces what a file says. Channels that are counted from 0 are no energies.
- **The order of dimensions** is known from all but two formats. A NumPy array has the energy last, unless
  `--axes` says otherwise. A TIFF stack always needs it: `--axes Eyx` for one page per energy, `--axes yxE`
  for one page per row of spectra, `--axes t,y,x,E` for longer names. A HyperSpy stack of pictures (Signal2D), one per energy, takes `--axis`.

<!-- elsewhere -->

      eelstream map stack.tif --axes Eyx --axis 400:0.5 -o maps
      eelstream map cube.npy --axis 400:0.5 -o maps

- **More than two pixel axes** (time, momentum, …) are kept through to the results. `--select t=3` takes one
  index of an axis by its name or its number, the slowest being 0; several stand apart by commas.

## What is read, and how much memory it takes

A block of spectra at a time, whatever the size of the file. HDF5 is read by hyperslabs, chunked and
compressed or not. Where the energy is the slowest dimension (dm3, dm4, dm5, npy, ripple, TIFF), planes are
turned in pieces of 32 MiB. Compressed TIFF pages are unpacked strip by strip. A NumPy array in Fortran order is
read with its axes as NumPy has them, a plane of at most 256 MiB at a time; one whose energy lies between pixel axes is refused.
So are ndata files that were compressed by another program.

## Files of peers

What happens to the files that microscopes and the tests of other programs brought along (this table is made
by `bench/formats.py`). Of every file that is read, shape, type, energy axis and every value, to the last bit,
are compared with HyperSpy's (`tests/golden/peer_files.csv`, %d files; %d of these are digitised curves that are
put on even steps). None differs.

| files | ending | read | refused | why |
|---|---|---|---|---|
"""

REASONS = [  # in the words of the reader
    (r"X-rays|X-ray|EDS", "X-ray spectra"), (r"cathodolum|CL spec|CL line|in nm|in µm|in um", "light, axis in nm or µm"),
    (r"complex or RGB|are RGB|are complex|are packed complex", "complex or RGB values"), (r"yes/no", "yes/no values"),
    (r"no axis is in eV|without unit|in channels|is in |it has no depth", "no axis in eV"),
    (r"signal axes", "images"), (r"no plain numbers|lists of", "no numbers"),
    (r"no known layout", "HDF5 of no known layout"), (r"SIGNALTYPE", "no EELS by its SIGNALTYPE"),
    (r"no known format|is XML|is JSON|all zeros", "no spectra"), (r"after|three or more|no numbers|one number", "tables, not one spectrum"),
    (r"--ax", "needs --axis"), (r"row \d+|rebinn", "energies out of order"), (r"truncated|damaged|ends at", "truncated"),
]


def reason(words):
    for pattern, text in REASONS:
        if re.search(pattern, words):
            return text
    return words


def look(eelstream, path):
    """'read' or the reason to refuse."""
    done = subprocess.run([eelstream, "info", "--json", path], capture_output=True, text=True)
    if done.returncode == 0:
        return "read"
    return reason(done.stderr.strip().split(path + ": ", 1)[-1])


def paths(data, scratch):
    """(name below data, file to open); archives of one file are unpacked."""
    for folder, _, files in os.walk(data):
        for file in files:
            path = os.path.join(folder, file)
            name = os.path.relpath(path, data)
            ending = file.lower().rsplit(".", 1)[-1]
            if name.startswith(("tables_", "elnes")) or ending in SKIP or "/" not in name:
                continue
            if ending == "raw":
                continue  # it is read through the .rpl beside it
            if ending == "zip":
                with zipfile.ZipFile(path) as archive:
                    path = archive.extract(archive.namelist()[0], scratch)
            yield name, path


def table(eelstream, data):
    groups = collections.defaultdict(collections.Counter)
    with tempfile.TemporaryDirectory() as scratch:
        for name, path in paths(data, scratch):
            top = name.split("/")[0]
            if top.startswith("readertest_"):
                top = top[len("readertest_"):] + " " + "/".join(name.split("/")[1:-1])
            groups[top.strip(), name.lower().rsplit(".", 1)[-1]][look(eelstream, path)] += 1
    for (top, ending), seen in sorted(groups.items()):
        refused = sum(seen.values()) - seen["read"]
        why = "; ".join("%s (%d)" % item for item in seen.most_common() if item[0] != "read")
        yield "| %s | %s | %d | %d | %s |" % (top, ending, seen["read"], refused, why)


def main():
    eelstream, data = sys.argv[1:3]
    listed = json.loads(subprocess.run([eelstream, "info", "--formats", "--json"], check=True,
                                       capture_output=True, text=True).stdout)
    formats = "| name | endings | what |\n|---|---|---|\n" + "\n".join(
        "| %(name)s | %(endings)s | %(what)s |" % f for f in listed)
    golden = os.path.join(os.path.dirname(__file__), "..", "tests", "golden", "peer_files.csv")
    with open(golden) as file:
        verdicts = collections.Counter(line.split(";")[0] for line in file)
    compared = verdicts["read"] + verdicts["rebinned"]
    sys.stdout.write(HEAD % (formats, compared, verdicts["rebinned"]))
    for line in table(eelstream, data):
        print(line)


if __name__ == "__main__":
    main()
