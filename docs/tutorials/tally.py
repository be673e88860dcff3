#!/usr/bin/python3
"""tally - counts between two energies, pixel by pixel: tally.c in Python, speaking proto/wire.md.

Needs Debian's python3-zmq and python3-msgpack. W numbers are sentences of proto/wire.md.
"""
import argparse
import array
import os
import sys

import msgpack
import zmq

TYPES = {"u8": "B", "i8": "b", "u16": "H", "i16": "h", "u32": "I", "i32": "i", "u64": "Q", "i64": "q",
         "f32": "f", "f64": "d"}
WINDOW_BYTES, WINDOW_BLOCKS = 16 << 20, 64  # credit: so much may be on its way to us


def options():
    parser = argparse.ArgumentParser(prog="eelstream tally-py", description="Counts between two energies.")
    parser.add_argument("--from", dest="low", type=float, required=True, metavar="EV")
    parser.add_argument("--to", dest="high", type=float, required=True, metavar="EV")
    # what the launcher says to every stage
    parser.add_argument("--in", dest="upstream", required=True, metavar="connect:ENDPOINT")
    parser.add_argument("--run", default="0" * 32)
    parser.add_argument("--name", default="tally-py")
    for ignored in ("--status", "--credit", "--hang"):
        parser.add_argument(ignored, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if not chosen.upstream.startswith("connect:"):  # W2: after a stage of which one process runs
        parser.error("--in: this sink stands after a stage that is not written xN")
    return chosen


class Link:
    """The receiving end of one link: a DEALER at the custodian's ROUTER (W1 to W4)."""

    def __init__(self, endpoint, run, name):
        self.run = bytes.fromhex(run)
        instance = b"\1" + os.urandom(15)  # W3
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.setsockopt(zmq.ROUTING_ID, instance)
        for option, value in ((zmq.SNDHWM, 0), (zmq.RCVHWM, 0), (zmq.LINGER, 2000), (zmq.HEARTBEAT_IVL, 1000),
                              (zmq.HEARTBEAT_TIMEOUT, 3000)):
            self.socket.setsockopt(option, value)
        self.socket.connect(endpoint)
        self.send("H", inst=instance, name=name, role="r", px=0, cr=WINDOW_BYTES, cb=WINDOW_BLOCKS, bs=[])  # W12-W15

    def send(self, kind, **keys):
        self.socket.send(msgpack.packb({"t": kind, "v": 1, "sid": self.run, **keys}))

    def messages(self):
        while True:
            header, *frames = self.socket.recv_multipart()
            message = msgpack.unpackb(header)
            if message.get("sid") == self.run or message["t"] == "R":  # W9, W17
                yield message, frames


def spectra(block, payload):
    """Rows of a data block (W19, W20)."""
    values = array.array(TYPES[block["dt"]], payload)
    for row in range(block["n"]):
        yield block["px"] + row, values[row * block["ch"]:(row + 1) * block["ch"]]


def tally(block, payload, low, high):
    start, step = block["ax"]
    inside = [c for c in range(block["ch"]) if low <= start + c * step <= high]
    for pixel, counts in spectra(block, payload):
        print(f"{pixel},{sum(counts[c] for c in inside):.1f}")


def main():
    chosen = options()
    link = Link(chosen.upstream[len("connect:"):], chosen.run, chosen.name)
    done, received, total = set(), 0, None
    for message, frames in link.messages():
        kind = message["t"]
        if kind == "B" and message["k"] == "e":  # W24: the end, which may come before blocks do
            total = message["px"]
        elif kind == "B":
            if message["b"] not in done:  # W30: it may come again
                done.add(message["b"])
                received += message["n"]
                if message["k"] == "d":
                    tally(message, frames[0], chosen.low, chosen.high)
                else:  # W23: these pixels will never have a value
                    for pixel in range(message["px"], message["px"] + message["n"]):
                        print(f"{pixel},{message['why']}")
                sys.stdout.flush()
            link.send("A", bs=[message["b"]])  # W28: the result is durable, as durable as stdout is
        elif kind == "R":  # W40: another stage failed and says the words itself
            return 0 if message["code"] == 0 else 1
        elif kind == "Q":  # W38: all blocks up to the end are durable
            break
    if received != total:
        print(f"tally-py: {received} of {total} pixels arrived", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
