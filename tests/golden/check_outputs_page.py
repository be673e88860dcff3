"""The Python of docs/outputs.md does what the page says, on the files of a made-up run.

    check_outputs_page.py MAKE_OUTPUTS FOLDER PAGE

Needs Debian's python3-hyperspy, which brings h5py, and python3-pandas, else 77.
"""
import importlib.util
import logging
import os
import re
import subprocess
import sys

os.environ["MPLBACKEND"] = "Agg"
try:
    import hyperspy.api as hs
    import numpy as np
except ImportError as error:
    print("SKIPPED:", error)
    sys.exit(77)

logging.getLogger("hyperspy").setLevel(logging.ERROR)
make, folder, page = sys.argv[1:]
os.makedirs(folder, exist_ok=True)
subprocess.run([make, os.path.join(folder, "maps")], check=True)
with open(page) as file:
    blocks = re.findall(r"^```python\n(.*?)^```$", file.read(), re.M | re.S)
os.chdir(folder)
kept, absent = {}, []
for block in blocks:
    library = re.search(r"import (?:json, )?(\w+)", block).group(1)
    names = kept[library] = {}
    if importlib.util.find_spec(library) is None:
        absent.append(library)
        continue
    exec(block, names)
    print(f"ran {block.count(chr(10))} lines with {library}")
assert set(kept) == {"hyperspy", "h5py", "pandas"}, set(kept)

# The three of them speak of the same map.
ti = kept["h5py"]["ti"]
maps, elements = kept["hyperspy"]["maps"], kept["hyperspy"]["notes"]["elements"]
assert ti.shape == (12, 30) and np.isfinite(ti).any()
assert np.array_equal(maps.inav[elements.index("Ti")].data, ti, equal_nan=True)
assert np.array_equal(kept["hyperspy"]["present"], ti >= 0.5)
if absent:
    print("SKIPPED: the lines for", ", ".join(absent))
    sys.exit(77)
table = kept["pandas"]["table"].pivot(index="y", columns="x", values="Ti").to_numpy()
assert np.allclose(table, ti, rtol=1e-5, atol=0, equal_nan=True)
