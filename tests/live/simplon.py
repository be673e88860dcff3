"""A DECTRIS detector as its stream sees it, from the vendor's descriptions of stream versions 2 and 1.

    simplon.py VERSION ENDPOINT scan.npy SCENE

The images are those of a spectrometer: the spectra of the scan, spread over some of the rows, with a
gap between two chips. Sources: github.com/dectris/documentation, stream_v2/README.md and
cbor/dectris-compression-tag.md; SIMPLON API reference, "stream", for version 1. Nothing here is shared
with eelstream.
"""
import json
import struct
import sys

try:
    import bitshuffle
    import cbor2
    import lz4.block
    import numpy
    import zmq
    from zmq.utils.monitor import recv_monitor_message
except ImportError as missing:
    print("SKIPPED: Debian's python3-cbor2, python3-lz4, bitshuffle, python3-zmq and python3-numpy are "
          "needed:", missing)
    sys.exit(77)

ROWS, GAP, NOISE = 10, (4, 5), (0, 9)  # of an image; between two chips; that are not to be summed
LEFT, RIGHT = 1, 9
AXIS = [350.0, 0.5]
TAGS = {"uint8": 64, "uint16": 69, "uint32": 70}


def bslz4(values):
    """Blocks of 2048 values, or of the size that bitshuffle chooses."""
    block = 2048 if values.itemsize == 2 else 8192 // values.itemsize
    return (struct.pack(">QI", values.nbytes, block * values.itemsize) +
            bitshuffle.compress_lz4(values.reshape(-1), block).tobytes())


def bare_lz4(values):
    return lz4.block.compress(values, store_size=False)


def framed_lz4(values):
    raw = values.tobytes()
    packed = struct.pack(">QI", len(raw), 4096)
    for first in range(0, len(raw), 4096):
        plain = raw[first:first + 4096]
        block = bare_lz4(plain)
        block = plain if len(block) >= len(plain) else block
        packed += struct.pack(">I", len(block)) + block
    return packed


class Detector:
    """With stream version 2."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.PUSH)
        self.monitor = self.socket.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED)
        self.socket.bind(endpoint)

    def wait_for_connections(self, count):
        for _ in range(count):
            recv_monitor_message(self.monitor)

    def send(self, message, flags=0):
        self.socket.send(message, flags)

    def start(self, series, images, mask=None, saturation=None, scan=None):
        more = {}
        if mask is not None:
            more["pixel_mask"] = {"threshold_1": array(mask, "bslz4")}
        if saturation is not None:
            more["saturation_value"] = saturation
        if scan is not None:
            more["user_data"] = {"note": ["of", "the", "user"], **scan}
        self.send(pack({"type": "start", "series_id": series, "series_unique_id": f"id-{series}",
                        "arm_date": cbor2.CBORTag(0, "2026-03-01T12:00:00Z"), "channels": ["threshold_1"],
                        "count_time": 0.001, "detector_description": "simulated ELA",
                        "detector_translation": [0.0, 0.0, 0.0],
                        "goniometer": {"omega": {"increment": 0.0, "start": 0.0}},
                        "incident_energy": 200000.0, "number_of_images": images, **more}))

    def image(self, series, number, frame, packing="bslz4", flags=0):
        data = {"threshold_1": array(frame, packing), "threshold_2": array(frame * 0, packing)}
        self.send(pack({"type": "image", "series_id": series, "series_unique_id": f"id-{series}",
                        "image_id": number, "real_time": [1000, 50000000],
                        "series_date": cbor2.CBORTag(0, "2026-03-01T12:00:00Z"),
                        "start_time": [number, 1000], "stop_time": [number + 1, 1000],
                        "user_data": "", "data": data}), flags)

    def end(self, series):
        self.send(pack({"type": "end", "series_id": series, "series_unique_id": f"id-{series}"}))

    def garbage(self, series, frame):
        garbage(self, series, frame)


class Legacy(Detector):
    """With stream version 1."""

    def send(self, message, flags=0):
        self.socket.send_multipart([part if isinstance(part, bytes) else json.dumps(part).encode()
                                    for part in message], flags)

    def start(self, series, images, mask=None, saturation=None, scan=None):
        about = {"htype": "dheader-1.0", "series": series, "header_detail": "basic" if mask is None else "all"}
        configuration = {"ntrigger": images, "nimages": 1, "trigger_mode": "exte", "bit_depth_image": 16,
                         "description": "simulated ELA", "x_pixels_in_detector": 1024,
                         "y_pixels_in_detector": ROWS}
        if saturation is not None:
            configuration["countrate_correction_count_cutoff"] = saturation
        message = [about, configuration]
        if mask is not None:
            shape = list(mask.shape[::-1])
            message += [{"htype": "dflatfield-1.0", "shape": shape, "type": "float32"}, bytes(4 * mask.size),
                        {"htype": "dpixelmask-1.0", "shape": shape, "type": "uint32"}, mask.tobytes(),
                        {"htype": "dcountrate_table-1.0", "shape": [2, 1], "type": "float32"}, bytes(8)]
        if scan is not None:
            message.append(scan)
        self.send(message)

    def image(self, series, number, frame, packing="bslz4", flags=0):
        encode, encoding = {"bslz4": (bslz4, f"bs{8 * frame.itemsize}-lz4<"), "lz4": (bare_lz4, "lz4<"),
                            "none": (lambda values: values.tobytes(), "<")}[packing]
        blob = encode(frame)
        self.send([{"htype": "dimage-1.0", "series": series, "frame": number, "hash": "0" * 32},
                   {"htype": "dimage_d-1.0", "shape": list(frame.shape[::-1]), "type": frame.dtype.name,
                    "encoding": encoding, "size": len(blob)}, blob,
                   {"htype": "dconfig-1.0", "start_time": number, "stop_time": number + 1, "real_time": 1}], flags)

    def end(self, series):
        self.send([{"htype": "dseries_end-1.0", "series": series}])

    def garbage(self, series, frame):
        image = {"htype": "dimage-1.0", "series": series, "frame": 3}
        data = {"htype": "dimage_d-1.0", "shape": [1024, ROWS], "type": "uint16", "encoding": "<"}
        for message in ([b""], [b"{"], [b"[1]"], [b"x" * 2000000], [{"series": -1}], [{"series": series}],
                        [b"{}"] * 40, [image], [image, {}, b"1"], [image, data, b"1"],
                        [image, {**data, "shape": [2**40, 2**40]}, b"1"],
                        [image, {**data, "shape": [16000, 16000]}, b"1"],
                        [image, {**data, "type": "float32"}, frame.tobytes()],
                        [image, {**data, "encoding": ">"}, frame.tobytes()],
                        [image, {**data, "encoding": "bs32-lz4<"}, bslz4(frame)],
                        [image, {**data, "encoding": "bs16-lz4<"}, bslz4(frame)[:-9]],
                        [image, {**data, "encoding": "lz4<"}, b"1234"],
                        [{**image, "frame": -3}, data, frame.tobytes()],
                        [{"htype": "dheader-1.0", "series": series, "header_detail": "all"}],
                        [{"htype": "dseries_end-1.0"}]):
            self.send(message)


def pack(message):
    return cbor2.dumps(cbor2.CBORTag(55799, message))


def array(frame, packing):
    values = frame.tobytes()
    if packing == "bslz4":
        values = cbor2.CBORTag(56500, ["bslz4", frame.itemsize, bslz4(frame)])
    elif packing == "lz4":
        values = cbor2.CBORTag(56500, ["lz4", 0, framed_lz4(frame)])
    return cbor2.CBORTag(40, [list(frame.shape), cbor2.CBORTag(TAGS[frame.dtype.name], values)])


def expose(spectrum, dtype="uint16", masked=True):
    """An image whose rows LEFT to before RIGHT sum to the spectrum, but for the gap."""
    frame = numpy.zeros((ROWS, len(spectrum)), dtype)
    lit = [row for row in range(LEFT, RIGHT) if row not in GAP]
    counts = spectrum.astype("int64")
    for i, row in enumerate(lit):
        frame[row] = counts // len(lit) + (counts % len(lit) > i)
    frame[list(NOISE)] = 1000
    frame[list(GAP)] = numpy.iinfo(dtype).max
    if masked:  # one row is known by its value, the other by the mask of the start message
        frame[GAP[1]] = 12345
    return frame


def gap_mask(channels):
    pixels = numpy.zeros((ROWS, channels), "uint32")
    pixels[GAP[1]] = 1
    return pixels


def garbage(detector, series, frame):
    """None of these may end anything (version 2)."""
    good = pack({"type": "image", "series_id": series, "image_id": 3, "data": {"a": array(frame, "none")}})
    image = {"type": "image", "series_id": series, "image_id": 3}

    def bad(**more):
        detector.send(pack({**image, **more}))

    def values(tag, bytes_, shape=frame.shape):
        return {"a": cbor2.CBORTag(40, [list(shape), cbor2.CBORTag(tag, bytes_)])}

    def packed(*three):
        return values(69, cbor2.CBORTag(56500, list(three)))

    detector.send(b"")
    detector.send(b"{}")
    detector.send(b"\xd9\xd9\xf7")
    detector.send(b"\xd9\xd9\xf7\xbb" + b"\xff" * 8)  # a map of more keys than there are
    detector.send(b"\xd9\xd9\xf7" + b"\x81" * 5000)   # deep
    detector.send(good[:-20])
    detector.send(pack({"series_id": series, "type": "image"}))
    detector.send(pack({"type": "picture", "series_id": series}))
    detector.send(pack({"type": "image", "image_id": 3}))
    detector.socket.send_multipart([good, good])
    bad()
    bad(data={})
    bad(data=values(69, b"123"))
    bad(data=values(81, frame.tobytes()))
    bad(data=values(69, b"", (0, 0)))
    bad(data=values(69, frame.tobytes(), (2**31, 2**31)))
    bad(data=values(69, frame.tobytes(), (16000, 16000)))
    bad(data=values(64, b"\0" * frame.size))
    bad(data=packed("zip", 2, b"123"))
    bad(data=packed("lz4", 0, b"123"))
    bad(data=packed("lz4", 0, struct.pack(">QI", frame.nbytes, 0) + b"1234"))
    bad(data=packed("lz4", 0, struct.pack(">QII", frame.nbytes, 4096, 0xffffffff) + b"1234"))
    bad(data=packed("lz4", 0, struct.pack(">QII", 2**60, 4096, 4) + b"1234"))
    bad(data=packed("bslz4", 4, b"123"))
    bad(data=packed("bslz4", 2, struct.pack(">QII", frame.nbytes, 7, 4) + b"1234"))
    bad(data=packed("bslz4", 2, struct.pack(">QII", frame.nbytes, 4096, 4) + b"1234"))
    bad(image_id=2**63, data={"a": array(frame, "none")})
    bad(image_id="three", data={"a": array(frame, "none")})


def main():
    version, endpoint, file, scene = sys.argv[1:5]
    spectra = numpy.load(file, mmap_mode="r")
    rows, columns, channels = spectra.shape
    spectra = spectra.reshape(-1, channels)
    count = len(spectra)
    detector = (Legacy if version == "1" else Detector)(endpoint)

    def images(series, first, end, packing="bslz4", dtype="uint16", flags=0):
        for number in range(first, end):
            detector.image(series, number, expose(spectra[number], dtype, scene != "shared"), packing, flags)

    about = {"scan": {"shape": [rows, columns], "axis": AXIS}, "mask": gap_mask(channels)}
    if scene == "series":
        detector.start(7, count, saturation=65534, **about)
        images(7, 0, 100)
        detector.garbage(7, expose(spectra[0]))
        images(7, 100, count)
        detector.end(7)
        detector.start(8, count, saturation=2**32 - 2, **about)
        images(8, 0, count, "lz4", "uint32")
        detector.end(8)
        detector.start(10, count, **about)  # aborted without a word, and armed again
        images(10, 0, 100)
        detector.start(11, count, **about)
        images(10, 100, 110)  # what was on its way
        detector.end(10)
        images(11, 0, 200)
        images(11, 210, count)
        detector.end(11)
        images(11, 200, 210)  # after the end
        detector.start(12, count, **about)  # aborted, and the detector says so
        images(12, 0, 64)
        detector.end(12)
    elif scene == "late":  # nobody is there when it begins
        lost = 0
        for number in range(128):
            try:
                images(3, number, number + 1, flags=zmq.NOBLOCK)
            except zmq.Again:
                lost += 1
        assert lost == 128
        open(sys.argv[5], "w").close()
        images(3, 128, count)
        detector.end(3)
        detector.start(4, count, saturation=65534, **about)
        images(4, 0, count, "none")
        detector.end(4)
    elif scene == "left":  # the rest of a series that was aborted waits for whoever connects, then comes the next
        images(5, 100, 164)
        detector.start(6, count, saturation=65534, **about)
        images(6, 0, 100)
        images(5, 164, 170)  # what was on its way
        detector.end(5)
        images(6, 100, count)
        detector.end(6)
    elif scene == "shared":  # another program takes every other message
        detector.wait_for_connections(1)
        thief = detector.context.socket(zmq.PULL)
        thief.rcvhwm = 0
        thief.connect(endpoint)
        detector.wait_for_connections(1)
        detector.end(1)  # for the one who came first
        detector.start(2, 21)  # for the other
        images(2, 0, 21)
        detector.end(2)
        detector.start(3, count)
        images(3, 0, count)
        detector.end(3)
        detector.socket.close()  # sends what is left
        taken = 0
        while taken < (26 + count) // 2 and thief.poll(20000):
            thief.recv()
            taken += 1
        thief.close(linger=0)
    elif scene == "odd":  # who filled in the appendix mistyped
        detector.start(4, count, saturation=65534, mask=gap_mask(channels),
                       scan={"shape": ["a", 8], "axis": [400.0, -1]})
        images(4, 0, count)
        detector.end(4)
    elif scene == "turned":  # images that come after later ones; the last do not
        detector.start(4, count, **about)
        for first, end in (0, 64), (96, 128), (64, 96), (128, count - 32):
            images(4, first, end)
        detector.end(4)
    elif scene == "silent":  # and then the beam stops
        detector.start(3, 100, mask=gap_mask(channels))
        images(3, 0, 64)
        sys.stdin.read()
    detector.monitor.close()
    detector.socket.close()
    detector.context.term()


if len(sys.argv) > 1:  # without words it only tries what it needs
    main()
