"""The two ends of a way through a relay, as processes of their own: what sends, what takes, what echoes, what only holds on.

A line of JSON on standard input is an order, a line of JSON on standard output its outcome:

    {"do": "connect", "ways": [WAY, …]}         → {"connected": N}
    {"do": "ready"}                             every leg has been told `ready`; → {"ready": N}
    {"do": "send", "bytes": N, "frame": N}      payload, on every way; → {"sent": N}
    {"do": "take", "bytes": N}                  payload, from every way; → {"taken": N, "seconds": S}
    {"do": "ask", "times": N, "bytes": N}       on the first way; → {"p50": SECONDS, "p99": SECONDS}
    {"do": "echo", "times": N, "bytes": N}      on the first way; → {"echoed": N}
    {"do": "probe", "seconds": S, "pause": S, "bytes": N}   on the first leg, so long; → {"trips": [SECONDS, …]}
    {"do": "reflect"}                           on the first leg, until the probe is over; → {"reflected": N}
    {"do": "close"}                             → {"closed": N}

A WAY is {"kind": "tcp" | "tls" | "page" | "leg", "port": N} and, as needed, "listen": true with "certificate": PATH, or "ticket".
Blocking sockets and Python's own ssl: the ends have only to be cheap and steady; their CPU is never counted.
"""

import base64
import json
import os
import socket
import ssl
import struct
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.bench.measure import percentile

LOOPBACK = "127.0.0.1"


class End:
    """One connection; as bytes, or as binary WebSocket messages on a leg."""

    def __init__(self, way: dict[str, Any]) -> None:
        self.leg = way["kind"] == "leg"
        self.received = bytearray()
        if way.get("listen"):
            with socket.create_server((LOOPBACK, way["port"])) as server:
                print(json.dumps({"listening": way["port"]}), flush=True)
                server.settimeout(60)
                plain = server.accept()[0]
        else:
            plain = socket.create_connection((LOOPBACK, way["port"]), timeout=60)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.settimeout(120)
        self.socket = plain if way["kind"] == "tcp" else self._secured(plain, way)
        if self.leg:
            self._upgrade(way["ticket"])
        elif way["kind"] == "page":
            self._request("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", status=200)

    @staticmethod
    def _secured(plain: socket.socket, way: dict[str, Any]) -> socket.socket:
        if way.get("listen"):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(way["certificate"])
            return context.wrap_socket(plain, server_side=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # loopback, and only the relay's CPU is of interest
        context.set_alpn_protocols(["http/1.1"])
        return context.wrap_socket(plain)

    def _upgrade(self, ticket: str) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        self._request(
            f"GET /v1/leg HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: tasuki.leg.v1\r\n"
            f"Authorization: Bearer {ticket}\r\n\r\n",
            status=101,
        )

    def _request(self, request: str, *, status: int) -> None:
        self.socket.sendall(request.encode())
        while b"\r\n\r\n" not in self.received:
            self._read()
        head, _, rest = bytes(self.received).partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 %d" % status):
            raise ConnectionError(head.splitlines()[0].decode())
        self.received = bytearray(rest)

    def ready(self) -> None:
        """Wait for the leg's `ready`."""
        if self.message() != b"ready":
            raise ConnectionError("not ready")

    def packed(self, payload: bytes) -> bytes:
        """What goes over the connection for this payload."""
        if not self.leg:
            return payload
        size = len(payload)
        if size < 126:
            head = struct.pack("!BB", 0x82, 0x80 | size)
        elif size < 65536:
            head = struct.pack("!BBH", 0x82, 0xFE, size)
        else:
            head = struct.pack("!BBQ", 0x82, 0xFF, size)
        mask = os.urandom(4)
        key = int.from_bytes(mask * (size // 4 + 1), "big") >> (8 * ((size // 4 + 1) * 4 - size))
        return head + mask + (int.from_bytes(payload, "big") ^ key).to_bytes(size, "big")

    def message(self) -> bytes:
        """The payload of the next frame."""
        while True:
            buffer = self.received
            if len(buffer) >= 2:
                size, at = buffer[1] & 0x7F, 2
                if size == 126 and len(buffer) >= 4:
                    size, at = struct.unpack_from("!H", buffer, 2)[0], 4
                elif size == 127 and len(buffer) >= 10:
                    size, at = struct.unpack_from("!Q", buffer, 2)[0], 10
                if (size < 126 or at > 2) and len(buffer) >= at + size:
                    payload = bytes(buffer[at : at + size])
                    del buffer[: at + size]
                    return payload
            self._read()

    def take(self, count: int) -> None:
        """Throw away so many payload bytes."""
        if self.leg:
            while count > 0:
                count -= len(self.message())
            return
        while count > 0:
            if self.received:
                count -= len(self.received)
                self.received.clear()
            else:
                self._read()

    def _read(self) -> None:
        data = self.socket.recv(256 * 1024)
        if not data:
            raise ConnectionError("closed")
        self.received += data


def obey(order: dict[str, Any], ends: list[End]) -> dict[str, Any]:
    """Carry out one order."""
    began = time.perf_counter()
    match order["do"]:
        case "connect":
            with ThreadPoolExecutor(16) as pool:  # as many people come at once
                ends += pool.map(End, order["ways"])
            return {"connected": len(ends)}
        case "ready":
            for end in ends:
                end.ready()
            return {"ready": len(ends)}
        case "send":
            frame = ends[0].packed(os.urandom(order["frame"]))
            for end in ends:
                for _ in range(order["bytes"] // order["frame"]):
                    end.socket.sendall(frame)
            return {"sent": order["bytes"] // order["frame"] * order["frame"]}
        case "take":
            for end in ends:
                end.take(order["bytes"])
            return {"taken": order["bytes"], "seconds": time.perf_counter() - began}
        case "ask":
            frame = ends[0].packed(os.urandom(order["bytes"]))
            seconds = []
            for _ in range(order["times"]):
                began = time.perf_counter()
                ends[0].socket.sendall(frame)
                ends[0].take(order["bytes"])
                seconds.append(time.perf_counter() - began)
            return {"p50": percentile(seconds, 0.5), "p99": percentile(seconds, 0.99)}
        case "echo":
            frame = ends[0].packed(os.urandom(order["bytes"]))
            for _ in range(order["times"]):
                ends[0].take(order["bytes"])
                ends[0].socket.sendall(frame)
            return {"echoed": order["times"]}
        case "probe":
            return {"trips": probe(ends[0], **{name: order[name] for name in ("seconds", "pause", "bytes")})}
        case "reflect":
            count = 0
            while len(message := ends[0].message()) > 1:
                ends[0].socket.sendall(ends[0].packed(message))
                count += 1
            return {"reflected": count}
        case "close":
            for end in ends:
                end.socket.close()
            count = len(ends)
            ends.clear()
            return {"closed": count}
        case other:
            raise ValueError(other)


def probe(leg: End, *, seconds: float, pause: float, bytes: int) -> list[float]:  # noqa: A002 — as in the order
    """One question after another, `pause` between them: how long each answer took. One byte ends it at the other end."""
    trips = []
    frame = leg.packed(os.urandom(bytes))
    until = time.perf_counter() + seconds
    while (began := time.perf_counter()) < until:
        leg.socket.sendall(frame)
        leg.message()
        trips.append(time.perf_counter() - began)
        time.sleep(pause)
    leg.socket.sendall(leg.packed(b"."))
    return trips


def main() -> None:
    """Read orders until there are none."""
    ends: list[End] = []
    for line in sys.stdin:
        print(json.dumps(obey(json.loads(line), ends)), flush=True)


if __name__ == "__main__":
    main()
