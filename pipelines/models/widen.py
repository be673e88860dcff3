#!/usr/bin/env python3
"""A network with a larger head that says what the old one says: where a training of the larger one starts.

usage: widen.py MODEL.h5 PROJECTED DENSE OUT.h5

PROJECTED values a step and a hidden layer of DENSE instead of MODEL's. What is added is drawn at random as a
new network's would be, but leads to nothing yet: its weights into the old layers and into the output are zero
(Chen, Goodfellow & Shlens, "Net2Net", ICLR 2016, arXiv 1511.05641, has the idea).
"""
import sys

import h5py
import numpy

PROJECTED, DENSE = 11, 12  # places in `shape`, proto/model.md M2


def grown(old, rows, columns, rng):
    """`old` in the first rows and columns, zeros below it, random numbers (He et al. 2015) right of it."""
    new = numpy.zeros((rows, columns), numpy.float32)
    new[:, old.shape[1]:] = rng.normal(0, numpy.sqrt(2 / rows), (rows, columns - old.shape[1]))
    new[:old.shape[0], :old.shape[1]] = old
    return new


def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    source, projected, dense, out = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    rng = numpy.random.default_rng(1)
    with h5py.File(source) as a, h5py.File(out, "w") as b:
        for name in a:
            a.copy(name, b)
        shape = a["shape"][()]
        old_projected, old_dense = int(shape[PROJECTED]), int(shape[DENSE])
        if projected < old_projected or dense < old_dense:
            sys.exit(f"{source} has {old_projected} and {old_dense} already")
        shape[PROJECTED], shape[DENSE] = projected, dense
        b["shape"][...] = shape

        def put(name, value):
            del b[f"weights/{name}"]
            b[f"weights/{name}"] = value.astype(numpy.float32)

        def longer(name, count):
            put(name, numpy.pad(a[f"weights/{name}"][()], (0, count - a[f"weights/{name}"].shape[0])))

        units = a["weights/project.weight"].shape[0]
        put("project.weight", grown(a["weights/project.weight"][()], units, projected, rng))
        longer("project.bias", projected)
        steps = a["weights/dense.weight"].shape[0] // old_projected
        by_step = a["weights/dense.weight"][()].reshape(steps, old_projected, old_dense)
        by_step = numpy.pad(by_step, ((0, 0), (0, projected - old_projected), (0, 0)))
        put("dense.weight", grown(by_step.reshape(steps * projected, old_dense), steps * projected, dense, rng))
        longer("dense.bias", dense)
        classes = a["weights/output.weight"].shape[1]
        put("output.weight", grown(a["weights/output.weight"][()], dense, classes, rng))


if __name__ == "__main__":
    main()
