#!/usr/bin/env python3
"""How long from a pixel that is sent to the same pixel in the live map, at a microscope's pace.

usage: bench/bench_latency.py [--build build/release] [--rates 100,1000,8000] [--seconds 10] [--channels 2048] [--json]

`eelstream live feed` maps a scan that a process of its own sends at each rate, one spectrum a message but at most a
message a millisecond; another waits at the run's tap (proto/tap.md). A pixel's latency is the time from just before its
message is sent until a message of the tap that shows it has been received and unpacked. The first second is left
out: in its first quarter the run finds out how fast spectra come. Needs python3-zmq, python3-msgpack and python3-numpy.
"""
import argparse, glob, json, multiprocessing, os, subprocess, tempfile, time

import msgpack
import numpy as np
import zmq

COLUMNS, WARM_UP_S, WAIT_S = 100, 1.0, 60


def feed(endpoint, rate, pixels, channels, sent):
    """Sends the pixels at the rate and notes when."""
    spectra = np.random.default_rng(1).poisson(
        2000 * np.linspace(1, 890 / 380, channels) ** -2.9, (64, channels)).astype(np.uint16)
    socket = zmq.Context().socket(zmq.PUSH)
    socket.connect(endpoint)
    socket.send(msgpack.packb({"t": "scan", "channels": channels, "dtype": "uint16", "axis": [380.0, 510.0 / channels],
                               "shape": [pixels // COLUMNS, COLUMNS]}))
    many = max(1, rate // 1000)
    start = time.monotonic()
    for first in range(0, pixels, many):
        time.sleep(max(0, start + first / rate - time.monotonic()))
        at = [(first + i) % 64 for i in range(min(many, pixels - first))]
        sent[first:first + len(at)] = [time.monotonic()] * len(at)
        socket.send_multipart([msgpack.packb({"t": "pixels", "first": first}), spectra[at].tobytes()])
    socket.send(msgpack.packb({"t": "end"}))
    socket.close()


def watch(folder, pixels, seen):
    """Notes when each pixel is in a message of the tap for the first time. Returns how many messages came."""
    deadline = time.monotonic() + WAIT_S
    while not (taps := glob.glob(f"{folder}/eelstream-*/tap")):
        if time.monotonic() > deadline:
            raise SystemExit("bench_latency: the run has no tap")
        time.sleep(0.01)
    socket = zmq.Context().socket(zmq.SUB)
    socket.set(zmq.CONFLATE, 1)
    socket.set(zmq.RCVTIMEO, 1000 * WAIT_S)
    socket.subscribe(b"")
    socket.connect(f"ipc://{taps[0]}")
    messages = 0
    while True:
        now = msgpack.unpackb(socket.recv(), max_bin_len=1 << 27)
        there = np.frombuffer(now["states"], np.uint8).reshape(now["cell_rows"], now["cell_columns"]).ravel() != 0
        messages += 1
        seen[there & (seen == 0)] = time.monotonic()
        if now["ended"]:
            return messages


def measure(args, rate):
    pixels = max(int(rate * args.seconds) // COLUMNS, 1) * COLUMNS
    with tempfile.TemporaryDirectory() as folder:
        endpoint = f"ipc://{folder}/feed"
        run = subprocess.Popen([f"{args.build}/eelstream", "live", "feed", endpoint, "--scans", "1", "--on-overrun",
                                "drop-newest", "-o", f"{folder}/maps", "--formats", "csv"],
                               env=dict(os.environ, XDG_RUNTIME_DIR=folder), stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)
        sent = multiprocessing.Array("d", pixels, lock=False)
        sender = multiprocessing.Process(target=feed, args=(endpoint, rate, pixels, args.channels, sent))
        sender.start()
        seen = np.zeros(pixels)
        messages = watch(folder, pixels, seen)
        sender.join()
        words = run.communicate()[1]
        if run.returncode:
            raise SystemExit(f"bench_latency: the run failed or lost pixels: {words.strip()[-300:]}")
    sent = np.array(sent)
    ms = 1e3 * (seen - sent)[int(rate * WARM_UP_S):]
    return {"rate": rate, "pixels": pixels, "p50_ms": round(float(np.percentile(ms, 50)), 1),
            "p99_ms": round(float(np.percentile(ms, 99)), 1), "worst_ms": round(float(ms.max()), 1),
            "messages_per_s": round(messages / args.seconds, 1)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--rates", default="100,1000,8000")
    parser.add_argument("--seconds", type=float, default=6)  # at most 65536 pixels: larger maps are thinned
    parser.add_argument("--channels", type=int, default=2048)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if not args.json:
        print("pixel sent to pixel in the live map\nspectra/s   p50 ms   p99 ms  worst ms  messages/s")
    for rate in (int(r) for r in args.rates.split(",")):
        row = measure(args, rate)
        if args.json:
            print(json.dumps(row), flush=True)
        else:
            print("{rate:9d} {p50_ms:8.1f} {p99_ms:8.1f} {worst_ms:9.1f} {messages_per_s:11.1f}".format(**row), flush=True)


if __name__ == "__main__":
    main()
