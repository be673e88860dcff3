#!/usr/bin/python3
"""Writes the golden messages of proto/wire.md with another msgpack than the program's.

Each file holds what the message means, a line "---", and its header frame as hex. A file bad-*
holds, instead of a meaning, what the refusal must say. tests/test_wire.c decodes them all.
"""
import os
import msgpack

HERE = os.path.dirname(os.path.abspath(__file__))
RUN = bytes.fromhex("00112233445566778899aabbccddeeff")
INSTANCE = bytes.fromhex("a1" * 16)


def head(letter, **keys):
    return {"t": letter, "v": 1, "sid": RUN, **keys}


def write(name, meaning, message):
    body = message if isinstance(message, bytes) else msgpack.packb(message, use_bin_type=True)
    text = body.hex()
    lines = [text[i:i + 96] for i in range(0, len(text), 96)]
    with open(os.path.join(HERE, name + ".txt"), "w") as f:
        f.write("\n".join(meaning) + "\n---\n" + "\n".join(lines) + "\n")


def block(**changes):
    keys = head("B", b=7, k="d", px=896, n=128, ch=2048, dt="f32", ax=[-20.5, 0.25], sd=0,
                us={"reader": 1500, "calibrate": 2750})
    keys.update(changes)
    return {key: value for key, value in keys.items() if value is not None}


hello = head("H", inst=INSTANCE, name="infer.2", role="r", px=0, cr=64 << 20, cb=4, bs=[7, 300])
write("hello-receiver", ["hello", "instance a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", "name infer.2",
                         "role receiver", "expects 0", "window 67108864 bytes 4 blocks",
                         "numbers 7 300"], hello)
write("hello-custodian", ["hello", "instance a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", "name infer.2",
                          "role custodian", "expects 65536", 'description {"elements":["Fe"]}'],
      head("H", inst=INSTANCE, name="infer.2", role="c", px=65536, meta='{"elements":["Fe"]}'))
write("welcome-custodian", ["welcome", "instance a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
                            "name calibrate", "role custodian", "expects 65536",
                            "description {}"],
      head("W", inst=INSTANCE, name="calibrate", role="c", px=65536, meta="{}"))
write("welcome-memory", ["welcome", "instance a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", "name calibrate",
                         "role custodian", "expects 65536", "description {}", "memory /proc/123/fd/9"],
      head("W", inst=INSTANCE, name="calibrate", role="c", px=65536, meta="{}", mem="/proc/123/fd/9"))
write("block-data", ["block 7 data", "pixels 896 to 1023", "shape 128 x 2048 f32",
                     "axis -20.5 eV step 0.25 eV", "side 0", "work reader 1500",
                     "work calibrate 2750"], block())
write("block-side", ["block 7 data", "pixels 896 to 1023", "shape 128 x 20 u8",
                     "axis -20.5 eV step 0.25 eV", "side 640"],
      block(ch=20, dt="u8", sd=640, us={}))
write("block-in-memory", ["block 7 data", "pixels 896 to 1023", "shape 128 x 2048 f32",
                          "axis -20.5 eV step 0.25 eV", "side 0", "place 1048768 use 5000000000"],
      {**{k: v for k, v in block().items() if k != "us"}, "at": [1048768, 5000000000], "us": {}})
write("block-tombstone", ["block 8 tombstone", "pixels 1024 to 4096", "why source-gap"],
      head("B", b=8, k="x", px=1024, n=3073, why="source-gap"))
write("block-end", ["block 0 end", "total 65536"], head("B", b=0, k="e", px=65536))
write("ack", ["ack", "numbers 1 2 70000 5000000000"], head("A", bs=[1, 2, 70000, 5000000000]))
write("nack", ["nack 7", "text payload of 3 bytes"], head("N", b=7, text="payload of 3 bytes"))
write("keepalive", ["keepalive", "window 16777216 bytes 1 blocks"],
      head("K", cr=16 << 20, cb=1))
write("keepalive-maps", ["keepalive", "window 16777216 bytes 1 blocks", "maps"],
      head("K", cr=16 << 20, cb=1, mem=True))
write("probe", ["probe"], head("P"))
write("quit", ["quit"], head("Q"))
write("error", ["error -2 of aggregate", "text store: disk full"],
      head("R", stage="aggregate", code=-2, text="store: disk full", you=False))
write("error-refused", ["error -6 of map, refused", "text another run"],
      head("R", stage="map", code=-6, text="another run", you=True))
write("error-enough", ["error 0 of train", "text "],
      head("R", stage="train", code=0, text="", you=False))
write("later-keys", ["ack", "numbers 1"],
      head("A", bs=[1], crc=[1, {"of": "later"}], zz=None, **{"new": b"\x00\x01"}))

write("bad-place", ["'at' is not an array of two"], block(at=[64]))
write("bad-memory", ["'mem' is not text"], head("W", inst=INSTANCE, name="a", role="c", px=1, meta="{}", mem=9))
write("bad-long-memory", ["'mem' has 64 bytes"],
      head("W", inst=INSTANCE, name="a", role="c", px=1, meta="{}", mem="/" * 64))
write("bad-maps", ["'mem' is not true or false"], head("K", cr=1, cb=1, mem=1))
write("bad-empty", ["not one msgpack map"], b"")
write("bad-array", ["not a map"], msgpack.packb([1, 2, 3]))
write("bad-text", ["not one msgpack map"], b"GET / HTTP/1.1\r\n\r\n")
write("bad-cut", ["not one msgpack map"], msgpack.packb(hello)[:-3])
write("bad-tail", ["not one msgpack map"], msgpack.packb(hello) + b"\xc0")
write("bad-huge-array", ["not one msgpack map"], b"\x81\xa2bs\xdd\xff\xff\xff\xff\x01")
write("bad-huge-map", ["not one msgpack map"], b"\xdf\xff\xff\xff\xff\xa1t")
write("bad-deep", ["msgpack cannot read"], b"\x91" * 600 + b"\x01")
write("bad-type", ["'t' is not one of"], head("Z"))
write("bad-version", ["version 2, expected 1"], {**head("Q"), "v": 2})
write("bad-run", ["'sid' is not 16 bytes"], {**head("Q"), "sid": b"short"})
write("bad-run-text", ["'sid' is not 16 bytes"], {**head("Q"), "sid": "0123456789abcdef"})
write("bad-missing", ["'bs' is not an array"], head("A"))
write("bad-number", ["'bs' is not an array of whole numbers"], head("A", bs=[1, -2]))
write("bad-rows", ["'n' is 1048577, at most 1048576"], block(n=(1 << 20) + 1))
write("bad-channels", ["'ch' is 1048577, at most 1048576"], block(ch=(1 << 20) + 1))
write("bad-payload", ["block of 4398046511104 bytes, at most 268435456"],
      block(n=1 << 20, ch=1 << 20))
write("bad-side", ["'sd' is 268435457"], block(sd=(256 << 20) + 1))
write("bad-pixel", ["'px' is 281474976710657"], block(px=(1 << 48) + 1))
write("bad-dtype", ["'c64' is no type of values"], block(dt="c64"))
write("bad-axis", ["'ax' is not an array of two"], block(ax=[1.0]))
write("bad-axis-nan", ["'ax' is not an array of two finite"], block(ax=[float("nan"), 1.0]))
write("bad-kind", ["'k' is not one of 'dxe'"], block(k="q"))
write("bad-why", ["'why' is not a reason"], head("B", b=8, k="x", px=0, n=1, why="value"))
write("bad-work", ["work of 17 stages, at most 16"], block(us={"s%d" % i: 1 for i in range(17)}))
write("bad-name", ["'name' is not a printable name"], {**hello, "name": "infer\n2"})
write("bad-long-name", ["'name' has 48 bytes, at most 47"], {**hello, "name": "n" * 48})
write("bad-role", ["'role' is not one of 'cr'"], {**hello, "role": "x"})
write("bad-code", ["'code' is not zero or a negative"],
      head("R", stage="map", code=3, text="", you=False))
