"""Makes peer_files.csv: what HyperSpy reads from the files under ../shared/data.

    python3 tests/golden/make_peer_files.py > tests/golden/peer_files.csv     (Debian: python3-hyperspy)

One line per file, fields apart by semicolons, the path last because it may hold anything:

    read;signal;shape;type;offset_ev;scale_ev;sum;first;middle;last;sha256;path
    refused;words that the refusal must hold;path
    rebinned;path

`signal` is the number of the signal among those of the file; `shape` has the pixels (axes of size 1
left out), slowest first, then the channels; `middle` is channel channels // 3 of pixel pixels // 2;
`sha256` is of all values in this order as float64, little-endian, each NaN as 0x7ff8000000000000.
The choice of the signal and the reasons to refuse are eelstream's own rules, applied here to what
HyperSpy found. What HyperSpy 1.7 does not read is read otherwise: text files with NumPy, EELS in
Velox files with h5py as RosettaSciIO does it.
"""

import csv
import hashlib
import logging
import io
import json
import os
import re
import sys
import warnings
import zipfile

import h5py
import numpy as np

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
import hyperspy.api as hs  # noqa: E402
from hyperspy.io import dict2signal  # noqa: E402
from hyperspy.io_plugins import msa  # noqa: E402

DATA = os.environ.get("EEL_PEER_DATA") or os.path.join(
    os.path.dirname(__file__), "..", "..", "..", "shared", "data")
UNIT_EV = {"eV": 1.0, "keV": 1000.0}


def energy_unit(units):
    """Factor to eV; 0 without a unit, None for a unit that is no energy."""
    text = str(units)
    found = re.search(r"\((.+)\)", text)
    text = found.group(1) if found else text
    if text in ("", "<undefined>", "None", "_None_"):
        return 0.0
    return UNIT_EV.get(text)


def msa_rows(path):
    """Energies and values of the rows of an msa file with XY data, or None."""
    with open(path, encoding="latin-1") as file:
        text = file.read()
    if not re.search(r"#DATATYPE\s*:\s*XY", text):
        return None
    rows = [line.replace(",", " ") for line in text.splitlines()
            if line.strip() and not line.startswith("#")]
    numbers = np.array(" ".join(rows).split(), dtype="f8")
    return numbers[0::2], numbers[1::2]


def straight(x):
    """Whether energies lie within a quarter of a channel of a straight line."""
    scale = (x[-1] - x[0]) / (len(x) - 1)
    return np.abs(x - x[0] - np.arange(len(x)) * scale).max() <= 0.25 * abs(scale)


def judge(signal, path):
    """(reason to refuse or None, axis offset, axis scale) of one HyperSpy signal."""
    kind = signal.metadata.get_item("Signal.signal_type", "")
    if signal.data.dtype.names:
        return "RGB", 0, 0
    if signal.data.dtype.kind == "c":
        return "complex", 0, 0
    if signal.data.dtype.kind == "b":
        return "yes/no", 0, 0
    if str(kind).startswith("EDS"):
        return "expected E", 0, 0
    if signal.axes_manager.signal_dimension != 1:
        return "eV", 0, 0
    axis = signal.axes_manager.signal_axes[0]
    unit = energy_unit(axis.units)
    if unit is None or (unit == 0 and not str(kind).startswith("EELS")) or axis.size < 2:
        return "eV", 0, 0
    offset, scale = axis.offset * (unit or 1), axis.scale * (unit or 1)
    rows = msa_rows(path) if path.endswith((".msa", ".txt")) else None
    x = rows[0] if rows else np.array([offset])
    if np.abs(x - offset - np.arange(len(x)) * scale).max() > scale:
        offset, scale = x[0], (x[-1] - x[0]) / (len(x) - 1)  # the header is rounded too far
    return None, offset, scale


def pick(signals, path):
    """Number of the best of the readable signals, or None."""
    def rank(i):
        _, offset, scale = judged[i]
        nav = [n for n in signals[i].axes_manager.navigation_shape if n > 1]
        n = signals[i].axes_manager.signal_axes[0].size
        low_loss = offset <= 0 <= offset + scale * (n - 1)
        return min(len(nav), 2), not low_loss, np.prod(nav), -i

    judged = [judge(signal, path) for signal in signals]
    readable = [i for i, (why, _, _) in enumerate(judged) if why is None]
    best = max(readable, key=rank) if readable else None
    return best, judged


def describe(index, data, dtype, offset, scale, path):
    nav = [n for n in data.shape[:-1] if n > 1]
    rows = data.reshape(-1, data.shape[-1]).astype("f8")
    middle = rows[len(rows) // 2, rows.shape[1] // 3]
    values = np.where(np.isnan(rows), np.nan, rows).astype("<f8")
    numbers = [offset, scale, rows.sum(), rows[0, 0], middle, rows[-1, -1]]
    return ["read", str(index), "x".join(str(n) for n in nav + [data.shape[-1]]), dtype,
            *("%.17g" % value for value in numbers), hashlib.sha256(values.tobytes()).hexdigest(), path]


def hyperspy_file(path, name):
    signals = hs.load(path)
    signals = signals if isinstance(signals, list) else [signals]
    best, judged = pick(signals, path)
    if best is None:
        return ["refused", judged[0][0], name]
    _, offset, scale = judged[best]
    data = signals[best].data
    # HyperSpy has the signal axis last in the view it works on.
    axis = signals[best].axes_manager.signal_axes[0].index_in_array
    return describe(best, np.moveaxis(data, axis, -1), str(data.dtype.newbyteorder("=")), offset,
                    scale, name)


def text_file(path, name):
    rows = []
    with open(path, encoding="utf-8-sig") as file:
        for line in csv.reader(re.sub(r"[\t; ]+", ",", text.strip()) for text in file):
            try:
                rows.append((float(line[0]), float(line[1])))
            except (ValueError, IndexError):
                continue
    if len(rows) < 2:
        return ["refused", "no known format", name]
    x, y = np.array(rows).T
    if not straight(x):
        return ["rebinned", name]
    return describe(0, y, "float64", x[0], (x[-1] - x[0]) / (len(x) - 1), name)


def msa_file(path, name):
    content = msa.file_reader(path)[0]
    rows = msa_rows(path)
    if rows and len(rows[0]) != len(content["data"]):
        # HyperSpy 1.7 takes the first of several pairs in a line (RosettaSciIO takes all).
        content["data"] = rows[1]
        content["axes"][0]["size"] = len(rows[1])
    signal = dict2signal(content)
    best, judged = pick([signal], path)
    if best is None:
        return ["refused", judged[0][0], name]
    _, offset, scale = judged[0]
    x = rows[0] if rows else None
    if scale != signal.axes_manager[0].scale and not straight(x):  # not the header's axis
        return ["rebinned", name]
    return describe(0, signal.data, str(signal.data.dtype), offset, scale, name)


def has_energy(signal):
    return any(energy_unit(axis.units) for axis in signal.axes_manager._axes)


def hdf5_file(path, name):
    """EMD and NeXus: of the files of the peers only X-ray spectra have an axis in eV."""
    with h5py.File(path) as file:
        known = any("NX_class" in group.attrs for group in file.values()) or path.endswith(".emd")
    if not known and "py4DSTEM" not in path:
        return ["refused", "no known layout", name]
    try:
        signals = hs.load(path)
    except Exception:  # HyperSpy cannot read it either
        signals = []
    signals = signals if isinstance(signals, list) else [signals]
    energies = [signal for signal in signals if has_energy(signal)]
    assert all(signal.metadata.Signal.signal_type.startswith("EDS") for signal in energies), name
    return ["refused", "no EELS spectrum", name]


def velox_zip(path, name):
    """The file in an archive; of its energy ranges the first without 0 eV."""
    with zipfile.ZipFile(path) as archive:
        file = h5py.File(io.BytesIO(archive.read(archive.namelist()[0])))
    for index, group in enumerate(file["Data/EelsSpectrumImage"].values()):
        told = json.loads(group["AcquisitionMetadata"][:, 0].tobytes().rstrip(b"\0"))["Data"]
        data = group["Data"][:].transpose(2, 0, 1)  # (x, E, y) to (y, x, E)
        offset, scale = float(told["offset"]), float(told["dispersion"])
        if not offset <= 0 <= offset + scale * (data.shape[-1] - 1):
            return describe(index, data, str(data.dtype), offset, scale, name)


def main():
    lines = []
    for folder, _, files in os.walk(DATA):
        for file in files:
            path = os.path.join(folder, file)
            name = os.path.relpath(path, DATA)
            ending = file.lower().rsplit(".", 1)[-1]
            if name.startswith(("tables_", "elnes")) or name == "catalog.csv":
                continue
            with open(path, "rb") as start:
                is_msa = b"EMSA/MAS" in start.read(100)
            hspy = ending == "hspy" or (ending == "hdf5" and "rosettasciio/hspy" in name)
            if ending in ("dm3", "dm4") or hspy:
                lines.append(hyperspy_file(path, name))
            elif ending in ("emd", "nxs") or "py4DSTEM" in name:
                lines.append(hdf5_file(path, name))
            elif ending == "rpl":
                lines.append(hyperspy_file(path, name))
            elif ending == "raw":
                lines.append(["refused", "expected", name])  # it is read through its .rpl
            elif ending == "zip":
                lines.append(velox_zip(path, name))
            elif ending in ("msa", "emsa", "txt", "csv") and is_msa:
                lines.append(msa_file(path, name))
            elif ending in ("msa", "txt", "csv"):
                lines.append(text_file(path, name))
    for line in sorted(lines, key=lambda fields: fields[-1]):
        sys.stdout.write(";".join(line) + "\n")


if __name__ == "__main__":
    main()
