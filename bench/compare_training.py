#!/usr/bin/env python3
"""Training the network in PyTorch, one process per core, and in eelstream with as many threads, in turns.

usage: bench/compare_training.py [--build build/release] [--rounds 3] [--seconds 3] [--json]

The same layers, batch normalisation, dropout, gradient clipping and Adam on the same numbers: shards of 64 spectra, random
inputs and labels. Each process of PyTorch trains alone, without exchanging gradients, which is to its favour. Spectra
per second of processor time, times the number of cores, so a busy machine changes little; the ratio of the
medians. Needs python3-torch.
"""
import argparse, json, os, statistics, subprocess, sys, time

os.environ["OMP_NUM_THREADS"] = "1"
import multiprocessing
import torch

# eel_net_shape_default (lib/nn/net.c), 33 classes as in bench_train
INPUTS, WIDTH, CHANNELS, STRIDES, HIDDEN, PROJECTED, DENSE, CLASSES = 4679, 11, (16, 32, 32, 48), (4, 4, 2, 4), 72, 32, 192, 33
SHARD = 64


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        layers, channels, steps = [], 1, INPUTS
        for out, stride in zip(CHANNELS, STRIDES):
            layers += [torch.nn.Conv1d(channels, out, WIDTH, stride, WIDTH // 2, bias=False), torch.nn.BatchNorm1d(out),
                       torch.nn.LeakyReLU(0.01)]
            channels, steps = out, -(-steps // stride)
        self.convolve = torch.nn.Sequential(*layers)
        self.lstm = torch.nn.LSTM(channels, HIDDEN, batch_first=True, bidirectional=True)
        self.project = torch.nn.Linear(2 * HIDDEN, PROJECTED)
        self.dense = torch.nn.Linear(steps * PROJECTED, DENSE)
        self.dropout = torch.nn.Dropout(0.2)
        self.output = torch.nn.Linear(DENSE, CLASSES)
        self.leaky = torch.nn.LeakyReLU(0.01)

    def forward(self, x):
        y = self.lstm(self.convolve(x[:, None, :]).permute(0, 2, 1))[0]
        y = self.leaky(self.project(y)).flatten(1)
        return self.output(self.dropout(self.leaky(self.dense(y))))


def train(seconds, results):
    torch.set_num_threads(1)
    torch.manual_seed(1)
    net = Net().train()
    adam = torch.optim.Adam(net.parameters(), 1e-3)
    loss_of = torch.nn.BCEWithLogitsLoss()
    x, labels = torch.randn(SHARD, INPUTS), (torch.rand(SHARD, CLASSES) < 0.1).float()

    def step():
        adam.zero_grad(set_to_none=True)
        loss = loss_of(net(x), labels)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1)
        adam.step()

    step()
    start, steps = time.process_time(), 0
    while time.process_time() - start < seconds:
        step()
        steps += 1
    results.put(steps * SHARD / (time.process_time() - start))


def torch_rate(cores, seconds):
    results = multiprocessing.Queue()
    processes = [multiprocessing.Process(target=train, args=(seconds, results)) for _ in range(cores)]
    for process in processes:
        process.start()
    rate = sum(results.get() for _ in processes)
    for process in processes:
        process.join()
    return rate


def own_rate(args, cores):
    done = subprocess.run([f"{args.build}/bench_train", "--json", "--threads", str(cores), "--seconds", str(args.seconds)],
                          capture_output=True, text=True, check=True)
    last = json.loads(done.stdout.splitlines()[-1])
    return last["spectra_per_s"] / last["cores"] * last["threads"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    cores = min(2, os.cpu_count())
    rates = [(own_rate(args, cores), torch_rate(cores, args.seconds)) for _ in range(args.rounds)]
    own, theirs = (statistics.median(r[i] for r in rates) for i in (0, 1))
    answer = {"cores": cores, "torch_version": torch.__version__, "eelstream": round(own), "torch": round(theirs),
              "ratio": round(own / theirs, 2)}
    if args.json:
        print(json.dumps(answer))
    else:
        print("training on {cores} cores, spectra/s by processor time: eelstream {eelstream}, PyTorch {torch_version} {torch}, "
              "ratio {ratio}".format(**answer))


if __name__ == "__main__":
    sys.exit(main())
