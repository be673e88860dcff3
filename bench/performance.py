#!/usr/bin/env python3
"""Run every benchmark and write docs/performance.md: what was measured here and how far the goals are.

usage: bench/performance.py [--build build/release] [--output docs/performance.md] [--quick]

On a quiet machine about seven minutes. Absolute times belong to the machine that is named; the ratios were measured
side by side in one run. What is not installed (PyTorch, HyperSpy, h5py) leaves its rows out, by name.
"""
import argparse, json, os, subprocess, sys, time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def lines(command):
    print(" ".join(command), "…", file=sys.stderr, flush=True)
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode and not done.stdout:
        print(f"  left out: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else 'failed'}", file=sys.stderr)
        return []
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def machine():
    with open("/proc/cpuinfo") as file:
        info = dict(line.split(":", 1) for line in file if ":" in line)
    info = {key.strip(): value.strip() for key, value in info.items()}
    wide = "AVX-512" if "avx512f" in info.get("flags", "") else "AVX2"
    return f"{info.get('model name', 'unknown')} (family {info.get('cpu family', '?')}), {os.cpu_count()} cores, {wide}"


def table(head, rows):
    out = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(out + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]) + "\n"


def goal(rows, what, prototype, least, best, value, higher=True):
    if value is None:
        rows.append((what, prototype, least, best, "not measured", ""))
        return
    at_least = value >= least if higher else value <= least
    reached = "no" if not at_least else "the goal" if (value >= best if higher else value <= best) else "yes"
    rows.append((what, prototype, least, best, f"{value:.3g}" if value < 1000 else f"{value:.0f}", reached))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--output", default=os.path.join(ROOT, "docs", "performance.md"))
    parser.add_argument("--quick", action="store_true")
    args = parser.parse_args()
    b, py, load = args.build, ["/usr/bin/python3"], os.getloadavg()[0]
    short = ["--seconds", "0.3"] if args.quick else []
    gemm = lines([f"{b}/bench_gemm", "--json"] + short)
    infer = lines([f"{b}/bench_infer", "--json", "--model", f"{b}/share/eelstream/models/core-loss-20.h5"] + short)
    torch = lines(py + [f"{ROOT}/bench/compare_torch.py", "--build", b, "--json"] + (["--rounds", "1"] if args.quick else []))
    train = lines([f"{b}/bench_train", "--json"])
    training = lines(py + [f"{ROOT}/bench/compare_training.py", "--build", b, "--json"] + (["--rounds", "1"] if args.quick else []))
    synth = lines([f"{b}/bench_synth", "--json"])
    latency = lines(py + [f"{ROOT}/bench/bench_latency.py", "--build", b, "--json"] + (["--seconds", "4"] if args.quick else []))
    link = lines([f"{b}/bench_link", "--json", "--hops", "1"])
    paced = lines([f"{b}/bench_link", "--json", "--rate", "8000", "--rows", "128", "--spectra", "40000"])
    size = "128" if args.quick else "256"
    maps = [lines(py + [f"{ROOT}/bench/bench_map.py", "--build", b, "--json", "--size", size, "--workers", str(w), "--cores", str(c)])
            for w, c in ((1, 1), (1, 2), (2, 2))]
    maps = [m[0] for m in maps if m]
    on = {(m["workers"], m["cores"]): m for m in maps}
    hyperspy = lines(py + [f"{ROOT}/bench/compare_hyperspy.py", "--build", b, "--json"])

    rows = []
    ratio = {r["batch"]: r["ratio"] for r in torch[0]["rows"]} if torch else {}
    share = next((r["of_peak"] for r in infer if r["batch"] == 64), None)
    one, two = on.get((1, 1)), on.get((2, 2))
    goal(rows, "network, one core, batch 64, against PyTorch with one thread", 1.8, 2.5, 4, ratio.get(64))
    goal(rows, "share of the core's fp32 peak, whole network", 0.65, 0.8, 1.0, share)
    goal(rows, "batch 1 against PyTorch", 12, 15, 30, ratio.get(1))
    goal(rows, "`map` end to end on two cores, 2048 channels, spectra/s", "–", 8000, 16000, two and two["spectra_per_s"])
    goal(rows, "all stages but `writer` beside bare inference, µs for each spectrum", "9–19", 12.5, 6, one and one["overhead_us"], False)
    goal(rows, "… two workers on two cores", "–", 12.5, 6, two and two["overhead_us"], False)
    goal(rows, "… two workers, with start and end, over 65,536 spectra", "–", 12.5, 6, two and two["overhead_whole_us"], False)
    goal(rows, "pixel sent to pixel in the live map at 1,000 spectra/s, p99, ms", "–", 100, 30,
         next((l["p99_ms"] for l in latency if l["rate"] == 1000), None), False)
    goal(rows, "resident memory, all stages together, MiB", "38–70 each", 512, 256, two and two["mib"], False)
    goal(rows, "training on two cores against PyTorch with one process per core", "–", 1.5, 3, training[0]["ratio"] if training else None)
    goal(rows, "two workers on two cores against one on one, end to end, of twice the rate", "–", 0.9, 0.95,
         one and two and two["spectra_per_s"] / one["spectra_per_s"] / 2)
    goal(rows, "… without start and end", "–", 0.9, 0.95, one and two and two["going_spectra_per_s"] / one["going_spectra_per_s"] / 2)
    more = on.get((1, 2))
    goal(rows, "… end to end, against one that has both cores", "–", 0.9, 0.95, more and two and two["spectra_per_s"] / more["spectra_per_s"] / 2)
    out = [f"""# Performance

Made by `bench/performance.py` on {time.strftime("%Y-%m-%d")}; the load of the machine was {load:.1f} when it began.
Machine: {machine()}. Absolute numbers hold for it alone; ratios were measured side by side in this run.

## What was to be reached

""", table(("measure", "prototype", "at least", "goal", "here", "reached"), rows)]
    if gemm:
        head = gemm[0]
        out += [f"""
## The core, and the network on it

Multiply-adds in registers {head['fma_peak']:.0f} GFLOP/s, OpenBLAS's large product {head['openblas_large']:.0f}. `bench_gemm`, by processor time:

""", table(("product", "rows", "inputs", "outputs", "bfloat16 pairs", "bfloat16 tiles", "float32", "OpenBLAS", "gradient", "gradient, OpenBLAS"),
           [(g["product"], g["m"], g["k"], g["n"], g["pairs"], g["tiles"], g["own"], g["openblas"], g["own_outer"], g["openblas_outer"]) for g in gemm[1:]])]
    out += ["\n`bench_infer`, the network that ships:\n\n",
            table(("batch", "spectra/s", "GFLOP/s", "ms a batch", "of the peak"),
                  [(i["batch"], i["spectra_per_s"], i["gflops"], i["ms"], i["of_peak"]) for i in infer])]
    if torch:
        out += [f"\nThe same weights in PyTorch {torch[0]['torch_version']}, one thread each, in turns (`bench/compare_torch.py`); with products "
                f"of float32, too, the probabilities are at most {torch[0]['apart']:.1e} apart:\n\n",
                table(("batch", "eelstream, spectra/s", "PyTorch, spectra/s", "ratio", "float32, spectra/s", "ratio"),
                      [(r["batch"], r["eelstream"], r["torch"], r["ratio"], r["float32"], r["float32_ratio"]) for r in torch[0]["rows"]])]
    out += ["\n## From file to maps\n"]
    for m in maps:
        out += [f"\n`bench/bench_map.py --workers {m['workers']} --cores {m['cores']}`: {m['pixels']} spectra of {m['channels']} channels (uint16) in {m['seconds']} s, "
                f"{m['spectra_per_s']} spectra/s with start, files and pictures, {m['going_spectra_per_s']} without them; the first result was stored after {m['first_result_s']} s. "
                f"Bare inference, as many processes side by side, does {m['bare_spectra_per_s']} spectra/s, of which this is {m['of_bare']}; it "
                f"costs {m['bare_inference_us']} µs a spectrum, in the pipeline {m['infer_us']} µs. All stages but `writer` cost "
                f"{m['overhead_us']} µs beside it for each spectrum, with `writer` {m['overhead_with_writer_us']} µs; with start and end, over all "
                f"these spectra, {m['overhead_whole_us']} and {m['overhead_whole_with_writer_us']} µs.\n\n",
                table(("stage", "processes", "CPU µs per spectrum", "start and end, ms", "MiB at most"),
                      [(name, s["processes"], round(s["us"], 1), s["fixed_ms"], s["mib"]) for name, s in m["stages"].items()])]
    if latency:
        out += ["\n## Live\n\n`bench/bench_latency.py`: from before a pixel is sent until a viewer of the run has it in its map, after the first second.\n\n",
                table(("spectra/s", "p50, ms", "p99, ms", "worst, ms", "maps told a second"),
                      [(l["rate"], l["p50_ms"], l["p99_ms"], l["worst_ms"], l["messages_per_s"]) for l in latency])]
    out += ["\n## Links\n\n`bench_link`: 2048 float32 per spectrum, ipc; the last row is paced at 8,000 spectra/s over one and four hops.\n\n",
            table(("rows in a block", "hops", "spectra/s", "MB/s", "CPU µs per spectrum and hop"),
                  [(l["rows"], l["hops"], l["spectra_per_s"], l["mb_per_s"], l["cpu_us_per_hop"]) for l in link + paced])]
    out += ["\n## Training, drawing and reading\n\n",
            table(("training", "spectra/s"), [(f"{t.get('threads', '?')} threads", t.get("spectra_per_s")) for t in train]), "\n",
            table(("drawing, one core", "spectra/s", "a pool of edges, s"), [(s["kind"], s["spectra_per_s"], s["pool_s"]) for s in synth])]
    if training:
        t = training[0]
        out += [f"\nThe same training in PyTorch {t['torch_version']}, {t['cores']} processes with a core each: {t['torch']} spectra/s, eelstream "
                f"{t['eelstream']}, ratio {t['ratio']} (`bench/compare_training.py`).\n"]
    if hyperspy:
        h = hyperspy[0]
        out += [f"\nReading and resampling {h['pixels']} spectra of 2048 channels: HyperSpy {h['hyperspy_s']} s, `reader` and `calibrate` {h['eelstream_s']} s, "
                f"ratio {h['ratio']} (`bench/compare_hyperspy.py`).\n"]
    with open(os.path.join(ROOT, "bench", "performance-notes.md")) as file:
        out += ["\n", file.read()]
    with open(args.output, "w") as file:
        file.write("".join(out))


if __name__ == "__main__":
    main()
