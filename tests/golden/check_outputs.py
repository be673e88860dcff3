"""Opens the files of a made-up run with the programs that users open them with.

    check_outputs.py MAKE_OUTPUTS FOLDER

Needs Debian's python3-hyperspy and python3-tifffile; without them it is skipped (status 77).
HyperSpy brings h5py and pandas.
"""
import csv
import json
import logging
import subprocess
import sys

try:
    import h5py
    import numpy as np
    import tifffile
    import hyperspy.api as hs
except ImportError as error:
    print("SKIPPED:", error)
    sys.exit(77)

logging.getLogger("hyperspy").setLevel(logging.ERROR)
make, folder = sys.argv[1:]
subprocess.run([make, folder], check=True)

with open(folder + "/store/store.json") as file:
    store = json.load(file)
shape = [axis["size"] for axis in store["description"]["image"]["navigation"]]
names = store["description"]["model"]["classes"]
values = np.fromfile(folder + "/store/values", "<f4").reshape(-1, len(names))
states = np.fromfile(folder + "/store/states", "u1")
values[states != 1] = np.nan
names = [name for name in names if not name.endswith(" eV")]  # a column that is no probability
want = values.T[:len(names)].reshape([len(names)] + shape)
with open(folder + "/report.json") as file:
    report = json.load(file)
found = [e["symbol"] for e in report["elements"] if e["found"]]
assert sorted(found) == ["Mn", "O", "Ti"], found

maps, pixels = hs.load(folder + "/maps.hspy")
notes = json.loads(maps.metadata.General.notes)
assert isinstance(maps, hs.signals.Signal2D), maps
assert maps.axes_manager.navigation_axes[0].name == "Element"
assert [(a.name, a.units, a.scale, a.offset) for a in maps.axes_manager.signal_axes] == [
    ("x", "nm", 1.5, 3.0), ("y", "nm", 1.5, 3.0)], maps.axes_manager
assert np.array_equal(maps.data, want, equal_nan=True)
assert notes["elements"] == names and sorted(notes["found"]) == sorted(found), notes
assert sorted(maps.metadata.Sample.elements) == sorted(found)
assert np.isnan(maps.inav[names.index("Si")].data).all()
assert np.array_equal(pixels.data, states.reshape(shape))

with tifffile.TiffFile(folder + "/maps.tif") as tiff:
    labels = tiff.imagej_metadata["Labels"]
    assert tiff.is_imagej and tiff.imagej_metadata["unit"] == "nm", tiff.imagej_metadata
    assert [label.split()[0] for label in labels] == names, labels
    assert np.array_equal(tiff.asarray(), want, equal_nan=True)
    across = tiff.pages[0].tags["XResolution"].value
    assert abs(across[1] / across[0] - 1.5) < 1e-6, across

# A NeXus viewer follows `default` to an NXdata group, whose attributes name its signal and axes.
with h5py.File(folder + "/maps.nxs") as file:
    group = file
    while "default" in group.attrs:
        group = group[group.attrs["default"]]
    assert group.attrs["NX_class"] == "NXdata", dict(group.attrs)
    assert list(group.attrs["axes"]) == ["element", "y", "x"], list(group.attrs["axes"])
    signal = group[group.attrs["signal"]]
    assert np.array_equal(signal[()], want, equal_nan=True)
    for i, name in enumerate(group.attrs["axes"]):
        assert group.attrs[name + "_indices"] == i and len(group[name]) == signal.shape[i]
    assert list(group["element"].asstr()) == names
    assert np.array_equal(group["x"], 3 + 1.5 * np.arange(shape[1])), group["x"][()]
    assert group["x"].attrs["units"] == "nm"
    assert np.array_equal(file["entry/pixel_states/state"], states.reshape(shape))
    other = file["entry/other_edges/energy"]
    assert other.attrs["units"] == "eV" and "energy_shift" not in file["entry"]
    assert np.array_equal(other, values[:, len(names)].reshape(shape), equal_nan=True)
    spectrum = file["entry/mean_spectrum"]
    assert len(spectrum["energy"]) == len(spectrum["counts"])
    assert spectrum["energy"].attrs["units"] == "eV"
    assert file["entry/process/program"].asstr()[()] == "eelstream"

with open(folder + "/maps.csv", newline="") as file:
    rows = list(csv.DictReader(file))
assert list(rows[0]) == ["y", "x", "y_nm", "x_nm", "state"] + names + ["other_eV"], list(rows[0])
assert [(int(r["y"]), int(r["x"])) for r in rows] == list(np.ndindex(*shape))
table = np.array([[float(r[n] or "nan") for n in names] for r in rows])
assert np.allclose(table, values[:, :len(names)], rtol=1e-5, atol=0, equal_nan=True)
assert [r["state"] == "value" for r in rows] == list(states == 1)

print("maps.hspy, maps.nxs, maps.csv and maps.tif read as they were written:", maps)
