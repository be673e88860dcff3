#!/usr/bin/env python3
"""The mean of two networks, one of which was trained on from the other: weights and statistics half and half.

usage: average.py FIRST.h5 SECOND.h5 OUT.h5

Such a mean often is better than both (Wortsman et al., "Model soups", ICML 2022, arXiv 2203.05482). Calibrate it
afterwards: eelstream run calibrate.flow OUT.h5. Its training record is that of SECOND, with `averaged_with`.
"""
import hashlib, json, shutil, sys

import h5py
import numpy

KEPT = ("axis", "calibration", "edges", "threshold")  # of SECOND


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    first, second, out = sys.argv[1:]
    shutil.copy(second, out)
    with h5py.File(first) as a, h5py.File(out, "r+") as b:
        def average(name, data):
            if not isinstance(data, h5py.Dataset) or data.dtype.kind != "f" or name.split("/")[0] in KEPT:
                return
            if name not in a or a[name].shape != data.shape:
                sys.exit(f"{first}: {name} is not that of {second}")
            data[...] = (a[name][()] + data[()]) / 2

        b.visititems(average)
        record = json.loads(b["training"].asstr()[()])
        with open(first, "rb") as file:
            record["averaged_with"] = hashlib.sha256(file.read()).hexdigest()
        del b["training"]  # its text has the length of the old one
        b["training"] = numpy.bytes_(json.dumps(record, indent=1))


if __name__ == "__main__":
    main()
