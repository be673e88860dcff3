"""A client of the feed: the class of docs/live.md, as it is printed there, and scenes of a scan.

    feed.py docs/live.md ENDPOINT scan.npy SCENE [CERTIFICATE SERVER-CERTIFICATE]
"""
import itertools
import re
import sys
import time
import types

try:
    import msgpack
    import numpy
    import zmq
except ImportError as missing:
    print("SKIPPED: Debian's python3-zmq, python3-msgpack and python3-numpy are needed:", missing)
    sys.exit(77)

document, endpoint, file, scene = sys.argv[1:5]
exec(re.search(r"```python\n(import.*?)```", open(document).read(), re.S).group(1))
if scene == "try":
    sys.exit(0)

spectra = numpy.load(file, mmap_mode="r")
rows, columns, channels = spectra.shape
spectra = spectra.reshape(-1, channels)
feed = Feed(endpoint, *sys.argv[5:])


def announce():
    feed.scan(channels, spectra.dtype, shape=[rows, columns], axis=[350.0, 0.5], title="from Python")


def row(number, count=1):
    feed.pixels(columns * number, spectra[columns * number:columns * (number + count)])


def garbage():
    """Each breaks one sentence of proto/feed.md and is no scan; none may end anything."""
    send = feed.socket.send_multipart
    pack = msgpack.packb
    send([b""])
    send([b"\xdd\xff\xff\xff\xff"])  # an array of four thousand million
    send([b"\x00" * 10000])
    send([pack([1, 2, 3])])
    send([pack({"t": "pixels"}), b"1234"])
    send([pack({"t": "pixels", "first": -1}), spectra[0].tobytes()])
    send([pack({"t": "pixels", "first": 0}), b"123"])
    send([pack({"t": "pixels", "first": 0})])
    send([pack({"t": "pixels", "first": 2**63}), spectra[0].tobytes()])
    send([pack({"t": "end"}), b"", b"more"])
    send([pack({"t": "pixels", "first": 0}), spectra[0].tobytes(), b"a low loss that nobody announced"])


def broken_scans():
    """A scan each, but nobody knows what kind."""
    send = feed.socket.send_multipart
    pack = msgpack.packb
    send([pack({"t": "scan", "channels": 0, "dtype": "float32"})])
    send([pack({"t": "scan", "channels": 10**9, "dtype": "float32"})])
    send([pack({"t": "scan", "channels": 5, "dtype": "complex64"})])
    send([pack({"t": "scan", "channels": 5, "dtype": "uint8", "shape": [0, 3]})])
    send([pack({"t": "scan", "channels": 5, "dtype": "uint8", "shape": [2**20, 2**20]})])
    send([pack({"t": "scan", "channels": 5, "dtype": "uint8", "axis": [1, -1]})])
    low_loss = {"channels": 5, "dtype": "uint8", "axis": [1, 1]}  # without 0 eV
    send([pack({"t": "scan", "channels": 5, "dtype": "uint8", "low_loss": low_loss})])
    send([pack({"t": "scan", "channels": 5, "dtype": "uint8", "low_loss": 5})])
    send([pack({"t": "scan", "channels": 5, "dtype": "uint8"}), b"more"])


if scene == "scans":
    broken_scans()
    row(0)  # of none
    announce()  # whole
    row(0, 5)
    garbage()
    row(5, 7)
    feed.end()
    announce()  # a late start, a hole, and twice the same
    row(1)
    row(1)
    row(3)
    feed.end()
    announce()  # aborted, and armed again
    row(0)
    feed.end(aborted=True)
    announce()
    row(0)
    announce()  # while the one before is on
    row(10)
    broken_scans()  # so is the first of these: what follows is not of the scan that was on
    row(0)
    feed.end()
elif scene == "pauses":  # no scan is announced; two rows, a pause, what is left of that scan, and a whole one
    header = {"t": "pixels", "channels": channels, "dtype": str(spectra.dtype)}
    for number in [0, 1, None, 2, 3, *range(rows)]:
        if number is None:
            time.sleep(4)
            continue
        values = spectra[columns * number:columns * (number + 1)].tobytes()
        feed.socket.send_multipart([msgpack.packb({**header, "first": columns * number}), values])
elif scene == "in-a-row":  # no scan is announced; three of them, each numbered from 0, without a pause
    header = {"t": "pixels", "channels": channels, "dtype": str(spectra.dtype)}
    for number in 3 * list(range(rows)):
        values = spectra[columns * number:columns * (number + 1)].tobytes()
        feed.socket.send_multipart([msgpack.packb({**header, "first": columns * number}), values])
elif scene == "microscope":  # DigitalMicrograph's code of the page; the beam goes on while it waits
    code = re.search(r"```python\n(import time\n.*?)```", open(document).read(), re.S).group(1)
    filling, scanned = numpy.zeros((channels, rows, columns), spectra.dtype), iter(numpy.ndindex(rows, columns, 2))
    half = channels // 2

    def expose(_):
        for y, x, part in itertools.islice(scanned, 13):
            values = slice(half * part, channels if part else half)
            filling[values, y, x] = spectra[columns * y + x, values]

    front = types.SimpleNamespace(GetNumArray=lambda: filling,
                                  GetDimensionCalibration=lambda axis, kind: (350.0, 0.5, "eV"))
    sys.modules["DigitalMicrograph"] = types.SimpleNamespace(GetFrontImage=lambda: front)
    sys.modules["time"] = types.SimpleNamespace(sleep=expose)
    exec(code)
elif scene == "odd":  # what nobody can read is named, each with its reason; a long title ends between two characters
    pack = msgpack.packb
    feed.socket.send_multipart([pack({"t": "scan", "channels": 5, "dtype": "complex64"})])
    row(0)  # of that
    feed.scan(channels, spectra.dtype, shape=[rows, columns], axis=[350.0, 0.5], title=126 * "a" + "\u00e9")
    feed.socket.send_multipart([pack({"t": "pixels", "first": 0}), bytes((64 << 20) + 4 * channels)])
    row(0, rows)
    feed.end()
elif scene == "waiting":  # a scan is announced, and its first pixels, which say what they are, take their time
    announce()
    time.sleep(3)
    header = {"t": "pixels", "channels": channels, "dtype": str(spectra.dtype), "first": 0}
    feed.socket.send_multipart([msgpack.packb(header), spectra.tobytes()])
elif scene == "silent":  # no scan is announced, and after two rows nothing comes
    header = {"t": "pixels", "channels": channels, "dtype": str(spectra.dtype)}
    for number in range(2):
        values = spectra[columns * number:columns * (number + 1)].tobytes()
        feed.socket.send_multipart([msgpack.packb({**header, "first": columns * number}), values])
elif scene.startswith("companion"):  # energies that are off by 12 eV, as the low loss beside them says
    low_loss = (1e5 * numpy.exp(-(numpy.arange(-30, 30, 0.25) - 12.0) ** 2)).astype("uint32")
    feed.scan(channels, spectra.dtype, shape=[rows, columns], axis=[362.0, 0.5],
              low_loss={"channels": len(low_loss), "dtype": "uint32", "axis": [-30.0, 0.25]})
    for number in range(rows):
        values = spectra[columns * number:columns * (number + 1)]
        if scene == "companion_lost" and number in (0, 5):
            feed.pixels(columns * number, values)
        elif scene == "companion_lost" and number == 7:  # without a peak
            feed.pixels(columns * number, values, numpy.ones_like(low_loss))
        elif number % 2:
            feed.pixels(columns * number, values, numpy.tile(low_loss, (columns, 1)))
        else:  # one for all
            feed.pixels(columns * number, values, low_loss)
    feed.end()
elif scene == "whole":
    announce()
    row(0, rows)
    feed.end()
elif scene == "triple":  # no scan is announced; three of them are one message
    header = {"t": "pixels", "channels": channels, "dtype": str(spectra.dtype), "first": 0}
    feed.socket.send_multipart([msgpack.packb(header), 3 * spectra.tobytes()])
elif scene == "lost":  # one whose announcement cannot be read, one of which no pixel comes, and a whole one
    feed.scan(channels, spectra.dtype, shape=[rows, columns], axis=[350.0, 0.5], beam_kev=0)
    row(0, rows)
    feed.end()
    announce()
    feed.end()
    announce()
    row(0, rows)
    feed.end()
elif scene == "many":  # six whole scans, faster than they can be mapped
    for scan in range(6):
        announce()
        row(0, rows)
        feed.end()
elif scene == "misfits":  # between whole scans some that no network can be asked about
    for axis in [2000.0, 0.5], None, [-5000.0, 0.5], None:
        if axis:
            feed.scan(channels, spectra.dtype, shape=[rows, columns], axis=axis)
        else:
            announce()
        row(0, rows)
        feed.end()
    feed.scan(1, spectra.dtype, shape=[2], axis=[350.0, 0.5])
    feed.pixels(0, spectra[:2, :1])
    feed.end()
elif scene == "without":  # energies that nobody knows, between whole scans
    for known in {}, {"axis": [350.0, 0.5]}, {}, {"axis": [350.0, 0.5]}:
        feed.scan(channels, spectra.dtype, shape=[rows, columns], **known)
        row(0, rows)
        feed.end()
elif scene == "open":  # of unknown length
    feed.scan(channels, spectra.dtype, axis=[350.0, 0.5])
    feed.pixels(0, spectra[:40])
    feed.end()
feed.close()
