"""maps.tif opens in ImageJ as it was written: as an image, and as a series of images, a hyperstack.

    check_imagej.py MAKE_OUTPUTS FOLDER

Needs Debian's imagej and a Java that runs source files (default-jdk-headless), python3-numpy; else 77.
"""
import json
import os
import shutil
import subprocess
import sys

try:
    import numpy as np
except ImportError as error:
    print("SKIPPED:", error)
    sys.exit(77)

JAR = "/usr/share/java/ij.jar"
make, folder = sys.argv[1:]
program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "OpenMaps.java")
if not os.path.exists(JAR) or not shutil.which("javac"):
    print("SKIPPED: no ImageJ, or no Java that runs source files (imagej, default-jdk-headless)")
    sys.exit(77)


def check(kind):
    place = os.path.join(folder, kind)
    subprocess.run([make, place, kind], check=True)
    with open(place + "/store/store.json") as file:
        about = json.load(file)["description"]
    shape = [axis["size"] for axis in about["image"]["navigation"]]
    names = [name for name in about["model"]["classes"] if not name.endswith(" eV")]
    values = np.fromfile(place + "/store/values", "<f4").reshape(-1, len(about["model"]["classes"]))
    values[np.fromfile(place + "/store/states", "u1") != 1] = np.nan
    planes = values[:, :len(names)].reshape(-1, shape[-2], shape[-1], len(names))

    said = subprocess.run(["java", "-Djava.awt.headless=true", "-cp", JAR, program, place + "/maps.tif"],
                          capture_output=True, text=True, check=True).stdout.splitlines()
    width, height, channels, slices, frames, hyper, bits, dx, dy, unit = said[0].split()
    assert [int(height), int(width)] == shape[-2:] and bits == "32", said[0]
    assert abs(float(dx) - 1.5) < 1e-6 and dx == dy and unit == "nm", said[0]
    if kind == "series":
        assert [int(channels), int(slices) * int(frames), hyper] == [len(names), len(planes), "true"], said[0]
    pages = [line.split("\t") for line in said[1:]]
    assert len(pages) == len(names) * len(planes), len(pages)
    for i, (label, numbers) in enumerate(pages):
        assert label.split()[0] == names[i % len(names)], (i, label)
        found = np.array(numbers.split(), np.float32)
        want = planes[i // len(names), :, :, i % len(names)].ravel()
        assert np.array_equal(found, want, equal_nan=True), (i, label)
    print(f"{kind}: {len(pages)} pages of {width} x {height} read by ImageJ as they were written")


check("image")
check("series")
