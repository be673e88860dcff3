"""A Karabo bridge, protocol 2.2, from its description: github.com/European-XFEL/karabo-bridge-py,
docs/protocol.rst. Nothing here is shared with eelstream.

    karabo.py ENDPOINT scan.npy SCENE
"""
import sys

try:
    import msgpack
    import numpy
    import zmq
except ImportError as missing:
    print("SKIPPED: Debian's python3-zmq, python3-msgpack and python3-numpy are needed:", missing)
    sys.exit(77)

SPECTROMETER, CAMERA = "SPEC_EXP/DET/EELS:daqOutput", "SPEC_EXP/CAM/SAMPLE"
PER_TRAIN = 4
ROWS = 10


class Bridge:
    def __init__(self, endpoint, kind=zmq.REP):
        self.context = zmq.Context()
        self.socket = self.context.socket(kind)
        self.socket.bind(endpoint)

    def answer(self, message):
        assert self.socket.recv() == b"next"
        self.socket.send_multipart(message)

    def close(self):
        self.socket.close()
        self.context.term()


def source(name, train, **arrays):
    about = {"source": name, "timestamp": 1526464869.41, "timestamp.sec": "1526464869",
             "timestamp.frac": "410000000000000000", "timestamp.tid": train, "ignored_keys": []}
    message = [msgpack.packb({"source": name, "content": "msgpack", "metadata": about}),
               msgpack.packb({"header.pulseCount": PER_TRAIN, "note": "properties"})]
    for path, array in arrays.items():
        message += [header(name, path.replace("__", "."), array.dtype, array.shape), array.tobytes()]
    return message


def header(name, path, dtype, shape):
    return msgpack.packb({"source": name, "content": "array", "path": path, "dtype": str(dtype),
                          "shape": list(shape)})


def both(train, values):
    camera = numpy.zeros((3, 5), "uint8")
    return source(CAMERA, train + 7, image__data=camera) + source(SPECTROMETER, train, data__spectra=values)


def expose(spectrum):
    frame = numpy.zeros((ROWS, len(spectrum)), "uint16")
    counts = spectrum.astype("int64")
    for row in range(1, 9):
        frame[row] = counts // 8 + (counts % 8 > row - 1)
    frame[[0, 9]] = 65535  # not to be summed
    return frame


def garbage(values):
    """None of these may end anything, or be taken for spectra."""
    good = both(10003, values)
    raw = values.tobytes()

    def one(*pair):
        return good[:2] + list(pair)

    return [[b""], [b"\xc1"], good[:-1], good[:3], one(b"", b""), one(b"\xdf\xff\xff\xff\xff", b""),
            one(b"\x00" * 70000, b""), one(msgpack.packb([1]), b""), one(msgpack.packb({"content": "mp3"}), b""),
            one(msgpack.packb({"content": "array"}), raw),
            one(header(SPECTROMETER, "data.spectra", "complex64", values.shape), raw),
            one(header(SPECTROMETER, "data.spectra", ">f4", values.shape), raw),
            one(header(SPECTROMETER, "data.spectra", "float32", []), raw),
            one(header(SPECTROMETER, "data.spectra", "float32", [1, 1, 1, 1]), raw[:4]),
            one(header(SPECTROMETER, "data.spectra", "float32", [0, 4]), raw),
            one(header(SPECTROMETER, "data.spectra", "float32", [2**40, 2**40]), raw),
            one(header(SPECTROMETER, "data.spectra", "float32", [2**27, 2**27, 2**27]), raw),
            one(header(SPECTROMETER, "data.spectra", "float32", [-4, 4]), raw),
            one(header(SPECTROMETER, "data.spectra", "float32", values.shape), raw[1:]),
            one(header(SPECTROMETER, "data.other", "float32", values.shape), raw)]


def main():
    endpoint, file, scene = sys.argv[1:4]
    spectra = numpy.load(file, mmap_mode="r")
    spectra = spectra.reshape(-1, spectra.shape[-1]).astype("float32")
    trains = spectra.reshape(-1, PER_TRAIN, spectra.shape[-1])
    bridge = Bridge(endpoint)
    if scene == "trains":  # two scans without a pause; some trains of the second were not handed out
        for number, values in enumerate(trains):
            if number == 3:
                for message in garbage(values):
                    bridge.answer(message)
            bridge.answer(both(10000 + number, values))
            if number == 10:
                bridge.answer(both(10000 + number, values))  # twice
        for number, values in enumerate(trains):
            if not 50 <= number < 55:
                bridge.answer(both(10000 + len(trains) + number, values))
    elif scene == "images":  # one spectrum in a train; the bridge is started anew, and stops answering
        for number in range(200):
            bridge.answer(source(SPECTROMETER, 500 + number, image=expose(spectra[number])))
        bridge.close()
        bridge = Bridge(endpoint)
        for number in range(64):
            bridge.answer(source(SPECTROMETER, 100 + number, image=expose(spectra[number])))
        assert bridge.socket.recv() == b"next"
        sys.stdin.read()
    elif scene == "bare":  # no REP socket, and one answer is not what a REP would send
        bridge.close()
        bridge = Bridge(endpoint, zmq.ROUTER)
        for number, values in enumerate(trains):
            client, *question = bridge.socket.recv_multipart()
            assert question == [b"", b"next"]
            bridge.socket.send_multipart([client] + [b""] * (number != 2) + both(10000 + number, values))
    bridge.close()


if len(sys.argv) > 1:  # without words it only tries what it needs
    main()
