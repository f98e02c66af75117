"""A slow line that loses packets, as a process of its own: two TUN devices in two namespaces, and the line between them.

    line.py NAMESPACE DEVICE NAMESPACE DEVICE DELAY LOSS KILOBITS

DELAY is in seconds each way, LOSS a part of 1, KILOBITS a second each way. What waits is bounded as in a home's modem; the rest
is dropped. It prints `{"event": "ready"}` and runs until it is ended.
"""

import ctypes
import fcntl
import heapq
import json
import os
import random
import select
import struct
import sys
import time

QUEUE = 64 * 1024  # bytes that wait for the line
CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000


def tun(namespace: str, device: str) -> int:
    """A new TUN device there; its descriptor. This process is in that namespace afterwards."""
    there = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    if ctypes.CDLL(None, use_errno=True).setns(there, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), f"cannot go into {namespace}")
    os.close(there)
    made = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(made, TUNSETIFF, struct.pack("16sH22x", device.encode(), IFF_TUN | IFF_NO_PI))
    return made


class Way:
    """One direction."""

    def __init__(self, source: int, target: int, *, delay: float, loss: float, rate: float) -> None:
        """`rate`: bytes a second."""
        self.source = source
        self._target, self._delay, self._loss, self._rate = target, delay, loss, rate
        self._free = 0.0  # when the line has sent what waits
        self._flying: list[tuple[float, int, bytes]] = []
        self._number = 0

    def take(self) -> None:
        """What came in."""
        while True:
            try:
                packet = os.read(self.source, 65536)
            except BlockingIOError:
                return
            now = time.monotonic()
            self._free = max(self._free, now)
            if (self._free - now) * self._rate > QUEUE:
                continue
            self._free += len(packet) / self._rate
            if random.random() >= self._loss:
                self._number += 1
                heapq.heappush(self._flying, (self._free + self._delay, self._number, packet))

    def give(self) -> float:
        """What has arrived; seconds until the next one."""
        now = time.monotonic()
        while self._flying and self._flying[0][0] <= now:
            try:
                os.write(self._target, heapq.heappop(self._flying)[2])
            except OSError:
                continue  # the device is down: lost
        return self._flying[0][0] - now if self._flying else 1.0


def main(one: str, one_device: str, other: str, other_device: str, delay: str, loss: str, kilobits: str) -> None:
    """Until it is ended."""
    ends = tun(one, one_device), tun(other, other_device)
    ways = [
        Way(source, target, delay=float(delay), loss=float(loss), rate=float(kilobits) * 125)
        for source, target in (ends, ends[::-1])
    ]
    print(json.dumps({"event": "ready"}), flush=True)
    while True:
        readable, _, _ = select.select(ends, [], [], max(0.0005, min(way.give() for way in ways)))
        for way in ways:
            if way.source in readable:
                way.take()


if __name__ == "__main__":
    main(*sys.argv[1:])
