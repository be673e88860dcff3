#!/usr/bin/env python3
"""`eelstream map` from end to end on a generated spectrum image, beside as many processes of bare inference.

usage: bench/bench_map.py [--build build/release] [--size 256] [--channels 2048] [--workers N] [--cores N] [--rounds 3] [--json]

Spectra per second of the whole command (with start, pictures and files), processor time of each stage, what all
stages cost beside bare inference, the most memory each process had resident (`map --costs`), and the time until the
first result was stored: medians over rounds.

A run costs something for each spectrum and something whatever their number: six programs start, a model is read,
memory is touched for the first time, pictures are drawn. So each round maps the image and its first quarter: the
difference tells the cost of a spectrum, what is left is told in milliseconds. Both together, divided by the spectra
of this image, are told too.

The run has --cores processors, as many as workers unless it is told otherwise: one worker with two processors is no
measure of what one processor does, since the other stages then have the second.

Bare inference is measured in each round on the same processors, in as many processes side by side as there are workers:
where two of them share the units of one core, both are slower, and what the pipeline loses is its rate as a share of theirs. It is
the network alone; what `infer` does with each spectrum before that (the logarithm of its ratio to a background, the
sum of spectra) counts as cost of the pipeline. Needs python3-h5py.
"""
import argparse, json, os, shutil, statistics, subprocess, sys, tempfile, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import make_image

BATCH = 32  # spectra that `infer` takes at once: EEL_RECOGNISER_AT_ONCE


def confined(args):
    """To the first of the processors that this process may use."""
    return lambda: os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:args.cores])


def run(args, image, folder):
    """One run: spectra, spectra/s, seconds to the first result, and of each stage (processes, processor us, MiB)."""
    out = os.path.join(folder, "maps")
    shutil.rmtree(out, ignore_errors=True)
    command = [f"{args.build}/eelstream", "map", image, "-o", out, "--json", "--workers", str(args.workers), "--costs"]
    first_s, start = None, time.monotonic()
    values = os.path.join(out, "store", "values")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=confined(args))
    while first_s is None and process.poll() is None:  # then nothing disturbs the run any more
        if os.path.exists(values) and os.stat(values).st_blocks > 0:
            first_s = time.monotonic() - start
        time.sleep(0.01)
    pixels = json.loads(process.communicate()[0])["pixels"]["total"]
    seconds = time.monotonic() - start
    with open(os.path.join(out, "costs.json")) as file:
        stages = {s["stage"]: (s["processes"], 1e6 * s["cpu_s"], s["mib"]) for s in json.load(file)["stages"]}
    return {"pixels": pixels, "seconds": seconds, "first_s": first_s, "stages": stages}


def median(runs, value):
    return statistics.median(value(r) for r in runs)


def bare(args, processes):
    """That many processes side by side: microseconds of a processor for a spectrum, spectra per second together."""
    command = [f"{args.build}/bench_infer", "--json", "--batch", str(BATCH), "--model",
               f"{args.build}/share/eelstream/models/core-loss-20.h5"]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=confined(args)) for _ in range(processes)]
    told = [json.loads(process.communicate()[0]) for process in started]
    return (sum(1e6 / t["spectra_per_s"] for t in told) / processes, sum(t["wall_per_s"] for t in told))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--channels", type=int, default=2048)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--cores", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    workers = args.workers = args.workers or args.cores or os.cpu_count()
    args.cores = args.cores or workers
    whole, quarter, alone = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        image, part = (make_image.make(os.path.join(folder, f"{size}.hspy"), size, size, args.channels)
                       for size in (args.size, args.size // 2))
        for _ in range(args.rounds):
            whole.append(run(args, image, folder))
            quarter.append(run(args, part, folder))
            alone.append(bare(args, workers))
    pixels, seconds = whole[0]["pixels"], median(whole, lambda r: r["seconds"])
    going_s = seconds - median(quarter, lambda r: r["seconds"])
    bare_us, bare_rate = (statistics.median(values) for values in zip(*alone))
    stages = {}
    for name, (processes, _, _) in whole[-1]["stages"].items():
        us, part_us = (median(runs, lambda r: r["stages"].get(name, (0, 0, 0))[1]) for runs in (whole, quarter))
        each_us = (us - part_us) / (pixels - quarter[0]["pixels"])
        stages[name] = {"processes": processes, "us": round(each_us, 2), "fixed_ms": round(1e-3 * (us - each_us * pixels)),
                        "whole_us": round(us / pixels, 2), "mib": round(median(whole, lambda r: r["stages"].get(name, (0, 0, 0))[2]))}

    def beside(key, left_out=()):
        return round(sum(s[key] for name, s in stages.items() if name not in left_out) - bare_us, 1)

    answer = {"workers": workers, "cores": args.cores, "pixels": pixels, "channels": args.channels, "spectra_per_s": round(pixels / seconds),
              "going_spectra_per_s": round((pixels - quarter[0]["pixels"]) / going_s), "seconds": round(seconds, 2), "first_result_s": round(median(whole, lambda r: r["first_s"] or 0), 2),
              "bare_inference_us": round(bare_us, 1), "infer_us": stages["infer"]["us"],
              "overhead_us": beside("us", ["writer"]), "overhead_with_writer_us": beside("us"),
              "overhead_whole_us": beside("whole_us", ["writer"]), "overhead_whole_with_writer_us": beside("whole_us"),
              "bare_spectra_per_s": round(bare_rate), "of_bare": round(pixels / seconds / bare_rate, 3),
              "mib": sum(s["mib"] for s in stages.values()), "stages": stages}
    if args.json:
        print(json.dumps(answer))
        return
    print("{workers} workers on {cores} processors: {pixels} spectra of {channels} channels in {seconds} s: {spectra_per_s} spectra/s, {going_spectra_per_s} without "
          "start and end; first result after {first_result_s} s".format(**answer))
    print(f"{'stage':10} {'processes':>9} {'us/spectrum':>12} {'start and end, ms':>18} {'MiB at most':>12}")
    for name, s in stages.items():
        print(f"{name:10} {s['processes']:9d} {s['us']:12.1f} {s['fixed_ms']:18d} {s['mib']:12d}")
    print("bare inference {bare_inference_us} us, inside the pipeline {infer_us} us; all stages beside bare inference "
          "{overhead_us} us, with the writer {overhead_with_writer_us} us; with start and end {overhead_whole_us} and "
          "{overhead_whole_with_writer_us} us; {mib} MiB in all".format(**answer))
    print("{workers} processes of bare inference side by side: {bare_spectra_per_s} spectra/s, of which this is "
          "{of_bare}".format(**answer))


if __name__ == "__main__":
    main()
