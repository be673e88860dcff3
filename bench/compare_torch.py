#!/usr/bin/env python3
"""The shipped network in PyTorch and in eelstream, one thread each, in turns on the same machine.

usage: bench/compare_torch.py [--build build/release] [--model M.h5] [--rounds 5] [--json]

Prints spectra per second of both for batches of 1, 8, 64 and 256, the ratio of the medians, the same with
eelstream's products of float32 instead of bfloat16, and how far the probabilities of float32 are apart (at
most 1e-4, or exit status 1). PyTorch runs its own conv1d, batch-wise LSTM
and dense layers with the weights of the model file, compiled by torch.jit.trace and in inference mode; the
best of the two is what counts against us. Needs python3-torch and python3-h5py (Debian 12: PyTorch 1.13).
"""
import argparse, json, os, statistics, subprocess, sys, tempfile, time

os.environ["OMP_NUM_THREADS"] = "1"
import h5py
import numpy as np
import torch

BATCHES = (1, 8, 64, 256)


class Net(torch.nn.Module):
    def __init__(self, path):
        super().__init__()
        with h5py.File(path, "r") as file:
            shape = [int(n) for n in file["shape"][:]]
            w = {n: torch.tensor(d[:]) for n, d in file["weights"].items()}
        self.inputs, self.width, self.strides, self.classes = shape[0], shape[1], shape[6:10], shape[13]
        hidden, features = shape[10], shape[5]
        self.convs = torch.nn.ModuleList()
        for i, stride in enumerate(self.strides, 1):
            weight = w[f"conv{i}.weight"].permute(2, 1, 0).contiguous()
            conv = torch.nn.Conv1d(weight.shape[1], weight.shape[0], self.width, stride, self.width // 2)
            conv.weight.data, conv.bias.data = weight, w[f"conv{i}.bias"]
            self.convs.append(conv)
        self.lstm = torch.nn.LSTM(features, hidden, batch_first=True, bidirectional=True)
        for way, suffix in (("forward", ""), ("backward", "_reverse")):
            matrix, bias = w[f"lstm.{way}.weight"], w[f"lstm.{way}.bias"]
            for name, value in (("weight_ih", matrix[:features].T.contiguous()),
                                ("weight_hh", matrix[features:].T.contiguous()), ("bias_ih", bias),
                                ("bias_hh", torch.zeros_like(bias))):
                getattr(self.lstm, f"{name}_l0{suffix}").data = value
        self.dense = torch.nn.ModuleList()
        for name in ("project", "dense", "output"):
            layer = torch.nn.Linear(*w[f"{name}.weight"].shape)
            layer.weight.data, layer.bias.data = w[f"{name}.weight"].T.contiguous(), w[f"{name}.bias"]
            self.dense.append(layer)
        self.leaky = torch.nn.LeakyReLU(0.01)

    def forward(self, x):
        y = x[:, None, :]
        for conv in self.convs:
            y = self.leaky(conv(y))
        y = self.lstm(y.permute(0, 2, 1))[0]
        y = self.leaky(self.dense[0](y)).flatten(1)
        return torch.sigmoid(self.dense[2](self.leaky(self.dense[1](y))))


def torch_rate(net, x, seconds):
    with torch.inference_mode():
        net(x)
        start, calls = time.process_time(), 0
        while time.process_time() - start < seconds:
            net(x)
            calls += 1
        return calls * len(x) / (time.process_time() - start)


def own_rate(args, batch, seconds, *options):
    done = subprocess.run([f"{args.build}/bench_infer", "--json", "--model", args.model, "--batch", str(batch),
                           "--seconds", str(seconds), *options], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["spectra_per_s"]


def compare_answers(args, net):
    x = np.random.default_rng(1).normal(0, 1, (64, net.inputs)).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        x.tofile(f"{folder}/x")
        subprocess.run([f"{args.build}/bench_infer", "--model", args.model, "--batch", "8", "--seconds", "0.01",
                        "--single-precision", "--inputs", f"{folder}/x", "--outputs", f"{folder}/p"], check=True, capture_output=True)
        own = np.fromfile(f"{folder}/p", np.float32).reshape(64, net.classes)
    with torch.inference_mode():
        return float(np.abs(net(torch.tensor(x)).numpy() - own).max())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--model")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    args.model = args.model or f"{args.build}/share/eelstream/models/core-loss-20.h5"
    torch.set_num_threads(1)
    net = Net(args.model).eval()
    apart = compare_answers(args, net)
    rows = []
    for batch in BATCHES:
        x = torch.randn(batch, net.inputs)
        kinds = [net, torch.jit.trace(net, x)]
        rates = [(own_rate(args, batch, args.seconds), max(torch_rate(k, x, args.seconds / 2) for k in kinds),
                  own_rate(args, batch, args.seconds, "--single-precision")) for _ in range(args.rounds)]
        own, theirs, exact = (statistics.median(r[i] for r in rates) for i in (0, 1, 2))
        rows.append({"batch": batch, "eelstream": round(own), "torch": round(theirs), "ratio": round(own / theirs, 2),
                     "float32": round(exact), "float32_ratio": round(exact / theirs, 2)})
    if args.json:
        print(json.dumps({"torch_version": torch.__version__, "apart": apart, "rows": rows}))
    else:
        print(f"PyTorch {torch.__version__}, one thread each, spectra/s by processor time; apart {apart:.1e}")
        for row in rows:
            print("batch {batch:4d}   eelstream {eelstream:8d}   PyTorch {torch:8d}   ratio {ratio:6.2f}   "
                  "float32 {float32:8d}   ratio {float32_ratio:6.2f}".format(**row))
    return apart > 1e-4


if __name__ == "__main__":
    sys.exit(main())
