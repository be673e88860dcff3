#!/usr/bin/env python3
"""Makes torch.h5: a small network trained for some steps by PyTorch, for tests/test_torch.c.

The file is a checkpoint as lib/nn/checkpoint.c reads it, with more beside: inputs, labels, and what
PyTorch makes of them - logits and gradients of the first step, the loss of every step, weights and
running averages afterwards, and the probabilities of the trained network in use.

Needs python3-torch and python3-h5py (Debian 12: PyTorch 1.13). Usage: make_torch_golden.py torch.h5
"""
import sys

import h5py
import numpy as np
import torch
import torch.nn.functional as F

INPUTS, WIDTH, CHANNELS, STRIDES = 203, 11, (6, 16, 10, 19), (4, 3, 2, 1)
HIDDEN, PROJECTED, DENSE, CLASSES = 7, 5, 18, 4
ROWS, STEPS, RATE, NORM = 16, 10, 1e-3, 0.25

torch.manual_seed(1)
random = np.random.default_rng(1)


def draw(*shape):
    scale = 1 / np.sqrt(np.prod(shape[:-1])) if len(shape) > 1 else 0.3
    return random.normal(0, scale, shape)


def first_weights():
    weights, channels, steps = {}, 1, INPUTS
    for i, (out, stride) in enumerate(zip(CHANNELS, STRIDES), 1):
        weights[f"conv{i}.weight"] = draw(WIDTH, channels, out)
        weights[f"conv{i}.gain"] = 1 + draw(out)
        weights[f"conv{i}.bias"] = draw(out)
        channels, steps = out, -(-steps // stride)
    for way in ("forward", "backward"):
        weights[f"lstm.{way}.weight"] = draw(channels + HIDDEN, 4 * HIDDEN)
        weights[f"lstm.{way}.bias"] = draw(4 * HIDDEN)
    for name, shape in (("project", (2 * HIDDEN, PROJECTED)), ("dense", (steps * PROJECTED, DENSE)),
                        ("output", (DENSE, CLASSES))):
        weights[f"{name}.weight"] = draw(*shape)
        weights[f"{name}.bias"] = draw(shape[1])
    return {name: value.astype(np.float32) for name, value in weights.items()}


def forward(w, x, statistics, training):
    """Logits (rows, classes). statistics: of each convolution, read in use, replaced in training."""
    y = x[:, None, :]
    for i, stride in enumerate(STRIDES):
        n = f"conv{i + 1}"
        y = F.conv1d(y, w[f"{n}.weight"].permute(2, 1, 0), stride=stride, padding=WIDTH // 2)
        if training:
            statistics[i] = (y.mean((0, 2)).detach(), y.var((0, 2), unbiased=False).detach())
        y = F.batch_norm(y, *(s.clone() for s in statistics[i]), w[f"{n}.gain"], w[f"{n}.bias"],
                         training=training)
        y = F.leaky_relu(y, 0.01)
    features = y.shape[1]
    flat = []
    for way in ("forward", "backward"):
        matrix, bias = w[f"lstm.{way}.weight"], w[f"lstm.{way}.bias"]
        flat += [matrix[:features].T, matrix[features:].T, bias, torch.zeros_like(bias)]
    zeros = torch.zeros(2, len(x), HIDDEN)
    h = torch.lstm(y.permute(0, 2, 1), (zeros, zeros), flat, True, 1, 0.0, training, True, True)[0]
    y = F.leaky_relu(h @ w["project.weight"] + w["project.bias"], 0.01).flatten(1)
    y = F.leaky_relu(y @ w["dense.weight"] + w["dense.bias"], 0.01)
    return y @ w["output.weight"] + w["output.bias"]


def main(path):
    first = first_weights()
    weights = {n: torch.tensor(v, requires_grad=True) for n, v in first.items()}
    x = torch.tensor(random.normal(0, 1, (ROWS, INPUTS)).astype(np.float32))
    labels = random.choice([0, 1, 255], (ROWS, CLASSES), p=[0.5, 0.3, 0.2]).astype(np.uint8)
    counted = torch.tensor(labels <= 1)
    target = torch.tensor((labels == 1).astype(np.float32))
    adam = torch.optim.Adam(weights.values(), RATE)
    running = [(torch.zeros(c), torch.ones(c)) for c in CHANNELS]
    losses, norms = [], []
    for step in range(STEPS):
        statistics = [None] * len(STRIDES)
        logits = forward(weights, x, statistics, True)
        loss = F.binary_cross_entropy_with_logits(logits[counted], target[counted])
        adam.zero_grad()
        loss.backward()
        if step == 0:
            first_logits = logits.detach().numpy().copy()
            gradients = {n: w.grad.numpy().copy() for n, w in weights.items()}
        norms.append(float(torch.nn.utils.clip_grad_norm_(weights.values(), NORM)))
        adam.step()
        losses.append(loss.item())
        running = [tuple(old + (new - old) / (step + 1) for old, new in zip(*pair))
                   for pair in zip(running, statistics)]
    with torch.no_grad():
        p = torch.sigmoid(forward(weights, x, list(running), False)).numpy()
    print(f"losses {losses[0]:.4f} to {losses[-1]:.4f}, gradient norms {norms[0]:.3f} to "
          f"{norms[-1]:.3f}, p {p.min():.3f} to {p.max():.3f}")

    with h5py.File(path, "w") as file:
        def text(name, value):
            file[name] = np.array(value.encode(), dtype=f"S{len(value) + 1}")

        def floats(group, tensors):
            for name, value in tensors.items():
                file[f"{group}/{name}"] = np.asarray(value, np.float32)

        text("format", "eelstream checkpoint 1")
        text("note", f"PyTorch {torch.__version__}")
        file["shape"] = np.array([INPUTS, WIDTH, *CHANNELS, *STRIDES, HIDDEN, PROJECTED, DENSE,
                                  CLASSES], np.uint64)
        file["steps"] = np.zeros(1, np.uint64)
        file["averaged"] = np.zeros(1, np.uint64)
        floats("weights", first)
        for moment in ("first", "second"):
            for name, value in first.items():
                file.create_dataset(f"adam/{moment}/{name}", value.shape, "<f4")
        for i, channels in enumerate(CHANNELS, 1):
            file[f"running/conv{i}.mean"] = np.zeros(channels)
            file[f"running/conv{i}.variance"] = np.ones(channels)
        file["torch/x"], file["torch/labels"] = x.numpy(), labels.reshape(-1)
        file["torch/logits"], file["torch/p"] = first_logits, p
        file["torch/losses"] = np.array(losses)
        file["torch/rate"], file["torch/norm"] = np.array([RATE]), np.array([NORM])
        floats("torch/gradients", gradients)


main(sys.argv[1])
