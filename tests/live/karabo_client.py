"""A client of the Karabo bridge, from its description: github.com/European-XFEL/karabo-bridge-py,
docs/protocol.rst. It watches until a run has ended and checks what it gets: sentences of proto/karabo.md.

    karabo_client.py ENDPOINT maps.csv                          maps.csv: what the last maps must be
    karabo_client.py ENDPOINT maps.csv docs/live.md FEED scan.npy    the run is fed from here, in two halves
"""
import csv
import re
import sys

try:
    import msgpack
    import numpy
    import zmq
except ImportError as missing:
    print("SKIPPED: Debian's python3-zmq, python3-msgpack and python3-numpy are needed:", missing)
    sys.exit(77)

SOURCE, ROWS, COLUMNS = "EELSTREAM/MAPS", 12, 32
STATES = ["missing", "value", "poison", "overrun", "source-gap", "decode-error", "cancelled"]


def next_train(socket):
    socket.send(b"next")
    if not socket.poll(120000):
        sys.exit("no answer in two minutes")
    parts = socket.recv_multipart()
    assert len(parts) > 2 and len(parts) % 2 == 0, f"{len(parts)} frames"
    data, about = {}, {}
    for header, payload in zip(parts[::2], parts[1::2]):
        header = msgpack.unpackb(header)
        assert header["source"] == SOURCE
        if header["content"] == "msgpack":
            data.update(msgpack.unpackb(payload))
            about = header["metadata"]
        else:
            assert header["content"] == "array"
            data[header["path"]] = numpy.frombuffer(payload, header["dtype"]).reshape(header["shape"])
    return data, about


def check(data, about, before):
    assert about["source"] == SOURCE and about["timestamp.tid"] > before  # K3
    assert abs(float(about["timestamp.sec"] + "." + about["timestamp.frac"]) - about["timestamp"]) < 1e-3
    assert len(about["timestamp.frac"]) == 18
    assert sum(data["counts." + state] for state in STATES) == data["pixels"] == ROWS * COLUMNS  # K4
    states, oxygen = data["states"], data["probability.O"]  # K5
    assert states.shape == oxygen.shape == (ROWS, COLUMNS) and data["step"] == 1
    assert states.dtype == numpy.uint8 and oxygen.dtype == numpy.float32
    assert numpy.array_equal(numpy.isnan(oxygen), states != STATES.index("value"))
    assert numpy.isnan(data["probability.B"]).all()  # not observable
    assert data["mean.spectrum"].dtype == numpy.float32 and data["mean.spectrum"].ndim == 1


def watch(socket, last, until):
    """Trains until one has it, each checked."""
    while True:
        data, about = next_train(socket)
        check(data, about, last)
        last = about["timestamp.tid"]
        if until(data):
            return data, last


def feed_halves(socket, document, endpoint, file):
    """The second half is sent when the maps of the first were seen."""
    space = {}
    exec(re.search(r"```python\n(import.*?)```", open(document).read(), re.S).group(1), space)
    spectra = numpy.load(file).reshape(ROWS * COLUMNS, -1)
    feed = space["Feed"](endpoint)
    half = len(spectra) // 2
    feed.scan(spectra.shape[1], spectra.dtype, shape=[ROWS, COLUMNS], axis=[350.0, 0.5])
    feed.pixels(0, spectra[:half])
    data, last = watch(socket, 0, lambda data: data["counts.value"] == half)
    assert not data["ended"] and (data["states"].reshape(-1)[half:] == STATES.index("missing")).all()
    feed.pixels(half, spectra[half:])
    feed.end()
    return last


def nonsense(endpoint):
    """Nobody is answered who asks so, and nothing comes of it."""
    socket = zmq.Context.instance().socket(zmq.DEALER)
    socket.connect(endpoint)
    for question in ([b""], [b"next"], [b"", b"last"], [b""] * 10, [b"x"] * 3, [b"", b"next", b"next"]):
        socket.send_multipart(question)
    return socket


def main():
    endpoint, expected, *feed = sys.argv[1:]
    socket = zmq.Context.instance().socket(zmq.REQ)
    socket.connect(endpoint)
    other = nonsense(endpoint)
    socket.linger = 0
    last = feed_halves(socket, *feed) if feed else 0
    data, last = watch(socket, last, lambda data: data["ended"])
    with open(expected) as file:
        want = [float(row["O"]) for row in csv.DictReader(file)]
    assert numpy.abs(data["probability.O"].reshape(-1) - want).max() <= 0.5 / 254 + 1e-6
    assert data["found.O"] == 1 and data["found.B"] == 0
    assert not other.poll(0)  # K2
    other.close(linger=0)


if len(sys.argv) > 1:  # without words it only tries what it needs
    main()
