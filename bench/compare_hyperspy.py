#!/usr/bin/env python3
"""Reading a spectrum image and putting it on the network's axis: HyperSpy and eelstream, in turns.

usage: bench/compare_hyperspy.py [FILE] [--build build/release] [--rounds 3] [--json]

HyperSpy loads the file and interpolates every spectrum onto 0.2 eV channels between its first and last energy, by
numpy's linear interpolation. eelstream's time is that of its stages `reader` and `calibrate` in `eelstream map`, as the
report tells it; its resampling conserves counts, which takes more. Without FILE a spectrum image of 128 x 128
pixels, 2048 channels, uint16 is made. Needs python3-hyperspy and python3-h5py (Debian 12: HyperSpy 1.7.3).
"""
import argparse, json, os, statistics, subprocess, sys, tempfile, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))


def hyperspy_seconds(path):
    import hyperspy.api as hs
    import numpy as np
    start = time.perf_counter()
    signal = hs.load(path)
    axis = signal.axes_manager[-1].axis
    to = np.arange(axis[0], axis[-1], 0.2)
    rows = signal.data.reshape(-1, len(axis))
    out = np.empty((len(rows), len(to)), np.float32)
    for i, row in enumerate(rows):
        out[i] = np.interp(to, axis, row)
    return time.perf_counter() - start, len(rows)


def own_seconds(args, path, folder):
    done = subprocess.run([f"{args.build}/eelstream", "map", path, "-o", f"{folder}/maps", "--force", "--json"],
                          capture_output=True, text=True, check=True)
    stages = {s["stage"]: s["seconds"] for s in json.loads(done.stdout)["stages"]}
    return stages["reader"] + stages["calibrate"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", nargs="?")
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = args.file
        if not path:
            import make_image
            path = make_image.make(os.path.join(folder, "image.hspy"), 128, 128, 2048)
        theirs, own = [], []
        for _ in range(args.rounds):
            seconds, pixels = hyperspy_seconds(path)
            theirs.append(seconds)
            own.append(own_seconds(args, path, folder))
    answer = {"pixels": pixels, "hyperspy_s": round(statistics.median(theirs), 3),
              "eelstream_s": round(statistics.median(own), 3)}
    answer["ratio"] = round(answer["hyperspy_s"] / answer["eelstream_s"], 1)
    print(json.dumps(answer) if args.json else
          "{pixels} spectra read and resampled: HyperSpy {hyperspy_s} s, eelstream {eelstream_s} s, ratio {ratio}".format(**answer))


if __name__ == "__main__":
    main()
