#!/usr/bin/env python3
"""`eelstream map` from end to end on a generated spectrum image, beside as many processes of bare inference.

usage: bench/bench_map.py [--build build/release] [--size 256] [--channels 2048] [--workers N] [--json]

Spectra per second of the whole command (with start, pictures and files), processor time per spectrum of each
stage, what all stages cost beside bare inference, the most memory each process had resident (VmHWM), and the
time until the first result was stored. Bare inference is measured before and after, in as many processes
side by side as there are workers: where two of them share the units of one core, both are slower, and what the
pipeline loses is its rate as a share of theirs. Needs python3-h5py.
"""
import argparse, json, os, shutil, subprocess, sys, tempfile, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import make_image

TICK = os.sysconf("SC_CLK_TCK")
BATCH = 24  # spectra that `infer` takes at once: EEL_RECOGNISER_AT_ONCE


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


def look(pid):
    """(name, processor seconds, MiB resident at most) of a process, None when it has gone."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            words = file.read().split(b"\0")
        with open(f"/proc/{pid}/status") as file:
            peak = next((int(l.split()[1]) / 1024 for l in file if l.startswith("VmHWM")), None)
    except OSError:
        return None
    if peak is None or not words[0]:
        return None
    return words[0].decode().replace("eelstream", "").strip("/ -") or "eelstream", (int(fields[11]) + int(fields[12])) / TICK, peak


def run(args, image, folder):
    """One run: its report, seconds, per process (stage, processor seconds, MiB), seconds to the first result."""
    out = os.path.join(folder, "maps")
    shutil.rmtree(out, ignore_errors=True)
    command = [f"{args.build}/eelstream", "map", image, "-o", out, "--json"]
    if args.workers:
        command += ["--workers", str(args.workers)]
    seen, first_s, start = {}, None, time.monotonic()
    values = os.path.join(out, "store", "values")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    while process.poll() is None:
        for pid in children(process.pid):
            seen[pid] = look(pid) or seen.get(pid)
        if first_s is None and os.path.exists(values) and os.stat(values).st_blocks > 0:
            first_s = time.monotonic() - start
        time.sleep(0.02)
    report = json.loads(process.stdout.read())
    return report, time.monotonic() - start, [s for s in seen.values() if s], first_s


def bare(args, processes):
    """That many processes side by side: microseconds of a processor for a spectrum, spectra per second together."""
    command = [f"{args.build}/bench_infer", "--json", "--batch", str(BATCH), "--model",
               f"{args.build}/share/eelstream/models/core-loss-20.h5"]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(processes)]
    told = [json.loads(process.communicate()[0]) for process in started]
    return (sum(1e6 / t["spectra_per_s"] for t in told) / processes, sum(t["wall_per_s"] for t in told))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--channels", type=int, default=2048)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    workers = args.workers or os.cpu_count()
    with tempfile.TemporaryDirectory() as folder:
        image = make_image.make(os.path.join(folder, "image.hspy"), args.size, args.size, args.channels)
        before = bare(args, workers)
        report, seconds, processes, first_s = run(args, image, folder)
        bare_us, bare_rate = ((a + b) / 2 for a, b in zip(before, bare(args, workers)))
    pixels = report["pixels"]["total"]
    stages = {}
    for name, cpu_s, mib in processes:
        stage = stages.setdefault(name, {"processes": 0, "cpu_us": 0.0, "mib": 0.0})
        stage["processes"] += 1
        stage["cpu_us"] += 1e6 * cpu_s / pixels
        stage["mib"] += mib
    infer_us = stages.get("infer", {"cpu_us": 0})["cpu_us"]
    writer_us = stages.get("writer", {"cpu_us": 0})["cpu_us"]
    beside_us = sum(s["cpu_us"] for s in stages.values()) - writer_us - bare_us
    answer = {"pixels": pixels, "channels": args.channels, "spectra_per_s": round(pixels / seconds),
              "seconds": round(seconds, 2), "first_result_s": first_s and round(first_s, 2),
              "bare_inference_us": round(bare_us, 1), "infer_us": round(infer_us, 1),
              "overhead_us": round(beside_us, 1), "overhead_with_writer_us": round(beside_us + writer_us, 1),
              "bare_spectra_per_s": round(bare_rate), "of_bare": round(pixels / seconds / bare_rate, 3),
              "mib": round(sum(s["mib"] for s in stages.values())), "stages": stages}
    if args.json:
        print(json.dumps(answer))
        return
    print("{pixels} spectra of {channels} channels in {seconds} s: {spectra_per_s} spectra/s; first result after "
          "{first_result_s} s".format(**answer))
    print(f"{'stage':10} {'processes':>9} {'CPU us/spectrum':>16} {'MiB at most':>12}")
    for name, s in stages.items():
        print(f"{name:10} {s['processes']:9d} {s['cpu_us']:16.1f} {s['mib']:12.0f}")
    print("bare inference {bare_inference_us} us, inside the pipeline {infer_us} us; beside bare inference "
          "{overhead_us} us, with the writer {overhead_with_writer_us} us; {mib} MiB in all".format(**answer))
    print(f"{workers} processes of bare inference side by side: {{bare_spectra_per_s}} spectra/s, of which this is "
          "{of_bare}".format(**answer))


if __name__ == "__main__":
    main()
