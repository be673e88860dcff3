"""Opens the files of a made-up run with the programs that users open them with.

    check_outputs.py MAKE_OUTPUTS FOLDER

Needs Debian's python3-hyperspy and python3-tifffile; without them it is skipped (status 77).
"""
import json
import logging
import subprocess
import sys

try:
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
want = values.T.reshape([len(names)] + shape)
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
print("maps.hspy and maps.tif read as they were written:", maps)
