"""A network from elsewhere, with classes of its own, gives here what it gives there.

    check_import.py BUILD IMPORT_WEIGHTS FOLDER

A random PyTorch network of the architecture, with batch normalisation in use, is converted from its
state dict, from HDF5 and, where python3-onnx is there, from ONNX; its probabilities are compared with those that the model file gives here.
Needs python3-torch and python3-h5py, else 77.
"""
import json
import os
import shutil
import subprocess
import sys

try:
    import h5py
    import numpy as np
    import torch
    from torch import nn
except ImportError as error:
    print("SKIPPED:", error)
    sys.exit(77)

build, converter, folder = sys.argv[1:]
CLASSES, INPUTS, ROWS = ["Ti", "La", "O", "other"], 4679, 8
STRIDES, CHANNELS, WIDTH, HIDDEN, PROJECTED, DENSE = (4, 4, 2, 4), (5, 6, 7, 8), 11, 9, 4, 10
eelstream = os.path.join(build, "eelstream")


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        channels, steps = 1, INPUTS
        for i, (out, stride) in enumerate(zip(CHANNELS, STRIDES), 1):
            setattr(self, f"conv{i}", nn.Conv1d(channels, out, WIDTH, stride, padding=WIDTH // 2))
            setattr(self, f"bn{i}", nn.BatchNorm1d(out))
            channels, steps = out, -(-steps // stride)
        self.lstm = nn.LSTM(channels, HIDDEN, batch_first=True, bidirectional=True)
        self.project = nn.Linear(2 * HIDDEN, PROJECTED)
        self.dense = nn.Linear(steps * PROJECTED, DENSE)
        self.output = nn.Linear(DENSE, len(CLASSES))

    def forward(self, x):
        x = x[:, None]
        for i in range(1, 5):
            x = nn.functional.leaky_relu(getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(x)))
        x = nn.functional.leaky_relu(self.project(self.lstm(x.transpose(1, 2))[0]))
        x = nn.functional.leaky_relu(self.dense(x.flatten(1)))
        return torch.sigmoid(self.output(x))


def convert(weights, model, *more):
    return subprocess.run([sys.executable, converter, weights, model, *more], capture_output=True, text=True)


def answers(model, x):
    told = subprocess.run([os.path.join(build, "net_answers"), model], input=x.tobytes(),
                          capture_output=True, check=True).stdout
    return np.frombuffer(told, np.float32).reshape(len(x), -1)


def weights_of(model):
    with h5py.File(model, "r") as file:
        return {name: item[()].tobytes() for name, item in file["weights"].items()}


def refused(words, done):
    assert done.returncode == 1 and words in done.stderr and done.stderr.count("\n") == 1, done.stderr


shutil.rmtree(folder, ignore_errors=True)
os.makedirs(folder)
os.chdir(folder)
torch.manual_seed(5)
network = Network()
for name, value in network.state_dict().items():  # as if it had been trained
    if "running_var" in name or name.startswith("bn") and name.endswith("weight"):
        value.uniform_(0.5, 2)
    elif value.is_floating_point():
        value.normal_(0, 1.5 / max(1, value[0].numel()) ** 0.5 if value.dim() > 1 else 0.3)
network.eval()
x = torch.randn(ROWS, INPUTS)
with torch.no_grad():
    expected = network(x).numpy()

torch.save(network.state_dict(), "weights.pt")
with h5py.File("weights.h5", "w") as file:
    for name, value in network.state_dict().items():
        file[name] = value.numpy()
of = ["--classes", ",".join(CLASSES)]
for weights, model in ("weights.pt", "mine.h5"), ("weights.h5", "again.h5"):
    done = convert(weights, model, *of, "--edge", "La=M4,5@832")
    assert done.returncode == 0, done.stderr
assert weights_of("mine.h5") == weights_of("again.h5"), "the two ways give different weights"

# Of ONNX as PyTorch exports it, with batch normalisation folded in or not.
try:
    import onnx  # noqa: F401
except ImportError as error:
    print("SKIPPED: ONNX:", error)
else:
    from torch.onnx import TrainingMode
    for name, training in ("folded", TrainingMode.EVAL), ("kept", TrainingMode.PRESERVE):
        torch.onnx.export(network, x[:1], name + ".onnx", training=training)
        done = convert(name + ".onnx", name + ".h5", *of, "--edge", "La=M4,5@832")
        assert done.returncode == 0, done.stderr
        assert np.abs(answers(name + ".h5", x.numpy()) - expected).max() < 1e-4, name + ": another answer than PyTorch's"
    assert "BatchNormalization" in str(onnx.load("kept.onnx").graph.node), "nothing was kept"
    torch.onnx.export(network, x[:1], "loose.onnx", do_constant_folding=False)
    refused("computes the weights of LSTM", convert("loose.onnx", "odd.h5", *of))
    refused("has strides", convert("kept.onnx", "odd.h5", *of, "--strides", "4,4,4,4"))
    refused("weights.onnx", convert("weights.onnx", "odd.h5", *of))
    torch.onnx.export(nn.Sequential(nn.Linear(4, 4), nn.Tanh()), torch.zeros(1, 4), "odd.onnx")
    refused("holds Tanh", convert("odd.onnx", "odd.h5", *of))

found = answers("mine.h5", x.numpy())
print("PyTorch  ", expected[0], "\neelstream", found[0], "\nfarthest apart", np.abs(found - expected).max())
assert np.abs(found - expected).max() < 1e-4, "another answer than PyTorch's"
assert np.ptp(expected, axis=0).min() > 0.01, "the answers are too alike to show anything"

# The programs take it: its elements, its edges.
subprocess.run([eelstream, "synth", "--phantom", "phantom.hspy"], check=True)
subprocess.run([eelstream, "map", "phantom.hspy", "-o", "maps", "--force", "--model", "mine.h5"], check=True)
subprocess.run([eelstream, "verify", "maps"], check=True)
elements = json.load(open("maps/report.json"))["elements"]
assert [e["symbol"] for e in elements] == CLASSES[:-1], elements
assert [(e["edge"], e["onset_ev"]) for e in elements] == [("L2,3", 456), ("M4,5", 832), ("K", 532)], elements

# What is no such network, and what no program here could name, is refused in a line.
refused("output.weight has lengths", convert("weights.pt", "odd.h5", "--classes", "Ti,La,O"))
refused("--edge La: expected a class", convert("weights.pt", "odd.h5", *of, "--edge", "La"))
refused("has no conv1.weight", convert("phantom.hspy", "odd.h5", *of))
assert not os.path.exists("odd.h5")
done = convert("weights.pt", "odd.h5", *of)
assert done.returncode == 0, done.stderr
refused("class 1 is 'La', whose edge the file does not say",
        subprocess.run([eelstream, "identify", "--model", "odd.h5", "phantom.hspy"], capture_output=True, text=True))
