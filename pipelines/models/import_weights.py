#!/usr/bin/env python3
"""Makes a model file from a network that was trained elsewhere.

    import_weights.py WEIGHTS MODEL.h5 --classes O,Ti,La,other --edge La=M4,5@832

WEIGHTS is an HDF5 file in the layout of proto/model.md (sentences M16 to M20: PyTorch's names and
shapes; other frameworks write the same), a PyTorch state dict (.pt, .pth) or a network in ONNX
(.onnx). The result is checked by whoever reads it: eelstream identify --model MODEL.h5 SPECTRUM.

Needs Debian's python3-h5py; python3-torch for .pt only, python3-onnx for .onnx only.
"""
import argparse
import json
import os
import sys

import h5py
import numpy as np

END_EV, STEP_EV, INPUTS_MAX, NORMALISATION = 1000.0, 0.2, 4679, "log-ratio-3"
EPSILON = 1e-5  # of batch normalisation, PyTorch's default


def fail(words):
    sys.exit(f"import_weights: {words}")


PLUMBING = set("Identity Transpose Reshape Flatten Squeeze Unsqueeze Constant ConstantOfShape Shape Gather Concat Slice "
               "Cast Expand Sigmoid".split())


def gates(tensor):
    """ONNX has them in the order input, output, forget, cell."""
    i, o, f, c = np.split(tensor, 4)
    return np.concatenate([i, f, c, o])


def read_onnx(path, strides):
    """Layers are told by their order in the graph: the names are the exporter's."""
    import onnx
    from onnx import helper, numpy_helper
    try:
        graph = onnx.load(path).graph
    except Exception as error:  # whatever its parser raises
        fail(f"{path}: {error}")
    known = {t.name: numpy_helper.to_array(t).astype(np.float64) for t in graph.initializer}
    tensors, convolutions, linear = {}, 0, []

    def expect(node, what, found, expected):
        if found != expected:
            fail(f"{path}: {node.op_type} {node.name} has {what} {found}, expected {expected}")

    for node in graph.node:
        of = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        given = [known.get(name) for name in node.input]
        needed = {"Conv": (1,), "BatchNormalization": (1, 2, 3, 4), "LSTM": (1, 2)}.get(node.op_type, ())
        if any(given[i] is None for i in needed):
            fail(f"{path}: computes the weights of {node.op_type} {node.name}; export it with constants folded "
                 "(torch.onnx.export does unless told otherwise)")
        if node.op_type == "Conv":
            expect(node, "strides", list(of["strides"]), strides[convolutions:convolutions + 1])
            expect(node, "pads", list(of["pads"]), [given[1].shape[2] // 2] * 2)
            convolutions += 1
            tensors.update(zip((f"conv{convolutions}.weight", f"conv{convolutions}.bias"), given[1:]))
        elif node.op_type == "BatchNormalization":
            names = "weight", "bias", "running_mean", "running_var"
            tensors.update({f"bn{convolutions}.{name}": value for name, value in zip(names, given[1:])})
            tensors[f"bn{convolutions}.running_var"] += of.get("epsilon", 1e-5) - EPSILON
        elif node.op_type == "LSTM":
            expect(node, "direction", of.get("direction", b"forward").decode(), "bidirectional")
            for way, suffix in enumerate(("", "_reverse")):
                bias = np.split(given[3][way], 2) if len(given) > 3 and given[3] is not None else ()
                values = given[1][way], given[2][way], *bias
                names = "weight_ih", "weight_hh", "bias_ih", "bias_hh"
                tensors.update({f"lstm.{n}_l0{suffix}": gates(v) for n, v in zip(names, values)})
        elif node.op_type in ("Gemm", "MatMul") and given[1] is not None and len(linear) < 3:
            linear.append(("project", "dense", "output")[len(linear)])
            tensors[linear[-1] + ".weight"] = given[1] if of.get("transB") else given[1].T
            if len(given) > 2:
                tensors[linear[-1] + ".bias"] = given[2]
        elif node.op_type == "Add" and linear:
            tensors[linear[-1] + ".bias"] = given[0] if given[1] is None else given[1]
        elif node.op_type == "LeakyRelu":
            expect(node, "slope", round(of.get("alpha", 0.01), 6), 0.01)
        elif node.op_type == "Constant":
            known[node.output[0]] = numpy_helper.to_array(of["value"])
        elif node.op_type == "Transpose" and given[0] is not None:
            known[node.output[0]] = given[0].transpose(of.get("perm"))
        elif node.op_type not in PLUMBING:
            fail(f"{path}: holds {node.op_type}, which is no part of the network here")
    return tensors


def read(path, strides):
    """Tensors by name, float64."""
    if path.endswith(".onnx"):
        return read_onnx(path, strides)
    if path.endswith((".pt", ".pth")):
        import torch
        try:
            state = torch.load(path, map_location="cpu")
        except Exception as error:  # whatever it unpickles, and whatever that raises
            fail(f"{path}: {error}")
        state = state.state_dict() if hasattr(state, "state_dict") else state
        return {name: tensor.double().numpy() for name, tensor in state.items()}
    tensors = {}
    try:
        with h5py.File(path, "r") as file:
            file.visititems(lambda name, item: isinstance(item, h5py.Dataset) and
                            tensors.update({name.replace("/", "."): np.asarray(item, np.float64)}))
    except OSError as error:
        fail(f"{path}: {error}")
    return tensors


class Weights:
    def __init__(self, path, strides):
        self.path, self.tensors = path, read(path, strides)

    def get(self, name, *shape):
        """A tensor; None in `shape` is any length."""
        if name not in self.tensors:
            fail(f"{self.path}: has no {name}; it holds {', '.join(sorted(self.tensors)[:40])}")
        found = self.tensors[name]
        if len(found.shape) != len(shape) or any(w not in (None, f) for w, f in zip(shape, found.shape)):
            fail(f"{self.path}: {name} has lengths {found.shape}, expected {shape}")
        if not np.isfinite(found).all():
            fail(f"{self.path}: {name} holds what is no finite number")
        return found

    def maybe(self, name, default):
        return self.get(name, len(default)) if name in self.tensors else default


def convolution(w, i, channels):
    """(filter width, in, out) and bias, with batch normalisation folded in."""
    weight = w.get(f"conv{i}.weight", None, channels, None)  # (out, in, width)
    out = len(weight)
    bias = w.maybe(f"conv{i}.bias", np.zeros(out))
    if f"bn{i}.running_mean" in w.tensors:
        scale = w.get(f"bn{i}.weight", out) / np.sqrt(w.get(f"bn{i}.running_var", out) + EPSILON)
        bias = (bias - w.get(f"bn{i}.running_mean", out)) * scale + w.get(f"bn{i}.bias", out)
        weight = weight * scale[:, None, None]
    return weight.transpose(2, 1, 0), bias


def lstm(w, suffix, channels):
    hidden = w.get(f"lstm.weight_hh_l0{suffix}", None, None).shape[1]
    inputs = w.get(f"lstm.weight_ih_l0{suffix}", 4 * hidden, channels)
    states = w.get(f"lstm.weight_hh_l0{suffix}", 4 * hidden, hidden)
    bias = w.maybe(f"lstm.bias_ih_l0{suffix}", np.zeros(4 * hidden))
    bias = bias + w.maybe(f"lstm.bias_hh_l0{suffix}", np.zeros(4 * hidden))
    return np.concatenate([inputs.T, states.T]), bias, hidden


def convert(w, classes, strides, inputs):
    out, channels, steps, widths, counts = {}, 1, inputs, set(), []
    for i, stride in enumerate(strides, 1):
        out[f"conv{i}.weight"], out[f"conv{i}.bias"] = weight, bias = convolution(w, i, channels)
        widths.add(weight.shape[0])
        channels, steps = len(bias), -(-steps // stride)
        counts.append(channels)
    if len(widths) != 1:
        fail(f"{w.path}: filters of widths {sorted(widths)}, expected one width for all")
    for way, suffix in (("forward", ""), ("backward", "_reverse")):
        out[f"lstm.{way}.weight"], out[f"lstm.{way}.bias"], hidden = lstm(w, suffix, channels)
    project = w.get("project.weight", None, 2 * hidden)
    dense = w.get("dense.weight", None, steps * len(project))
    output = w.get("output.weight", len(classes), len(dense))
    for name, weight in (("project", project), ("dense", dense), ("output", output)):
        out[f"{name}.weight"] = weight.T
        out[f"{name}.bias"] = w.maybe(f"{name}.bias", np.zeros(len(weight)))
    return out, [inputs, widths.pop(), *counts, *strides, hidden, len(project), len(dense), len(classes)]


def edges(texts, classes):
    """La=M4,5@832: shells and onsets by class."""
    shells, onsets = [""] * len(classes), [0.0] * len(classes)
    for text in texts:
        name, _, rest = text.partition("=")
        shell, _, onset = rest.partition("@")
        try:
            i = classes.index(name)
            shells[i], onsets[i] = shell, float(onset)
        except ValueError:
            fail(f"--edge {text}: expected a class, its shell and its onset in eV: La=M4,5@832")
    return shells, onsets


def write(path, tensors, shape, classes, shells, onsets, record):
    temporary = path + ".tmp"
    with h5py.File(temporary, "w") as file:
        def text(name, value):
            file[name] = np.array(value.encode(), dtype=f"S{len(value.encode()) + 1}")

        text("format", "eelstream model 1")
        text("normalisation", NORMALISATION)
        text("training", json.dumps(record))
        file["shape"] = np.array(shape, np.uint64)
        file["axis"] = np.array([END_EV - (shape[0] - 1) * STEP_EV, STEP_EV])
        file["classes"] = np.array([c.encode() for c in classes], dtype="S16")
        file["edges/shell"] = np.array([s.encode() for s in shells], dtype="S8")
        file["edges/onset"] = np.array(onsets)
        file["threshold"] = np.full(len(classes), 0.5, np.float32)
        file["calibration/scale"] = np.ones(len(classes), np.float32)
        file["calibration/shift"] = np.zeros(len(classes), np.float32)
        for name, value in tensors.items():
            file[f"weights/{name}"] = np.ascontiguousarray(value, np.float32)
    os.replace(temporary, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("weights")
    parser.add_argument("model")
    parser.add_argument("--classes", required=True, help="names of the outputs, in their order: O,Ti,other")
    parser.add_argument("--edge", action="append", default=[],
                        help="of an output beyond the twenty elements: La=M4,5@832")
    parser.add_argument("--strides", default="4,4,2,4", help="of the four convolutions [4,4,2,4]")
    parser.add_argument("--inputs", type=int, default=INPUTS_MAX,
                        help=f"channels of 0.2 eV up to 1000 eV [{INPUTS_MAX}, from 64.4 eV]")
    parser.add_argument("--note", default="", help="where the network is from, for its training record")
    options = parser.parse_args()
    classes = options.classes.split(",")
    try:
        strides = [int(s) for s in options.strides.split(",")]
    except ValueError:
        strides = []
    if len(strides) != 4 or min(strides) < 1:
        parser.error(f"--strides: '{options.strides}', expected four whole numbers above 0")
    if not all(0 < len(c.encode()) < 16 for c in classes) or len(set(classes)) < len(classes):
        parser.error(f"--classes: '{options.classes}', expected different names of 1 to 15 bytes")
    if not 0 < options.inputs <= INPUTS_MAX:
        parser.error(f"--inputs: {options.inputs}, expected 1 to {INPUTS_MAX}")
    shells, onsets = edges(options.edge, classes)
    tensors, shape = convert(Weights(options.weights, strides), classes, strides, options.inputs)
    record = {"command": " ".join(sys.argv), "imported": os.path.basename(options.weights), "note": options.note}
    write(options.model, tensors, shape, classes, shells, onsets, record)
    print(f"{options.model}: {len(classes)} classes, {sum(v.size for v in tensors.values())} weights")


main()
