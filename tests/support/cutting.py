"""A relay, or a proxy before it, that cuts the connection anywhere on the way: with FIN or with RST, in the same breath.

Every dialogue is a list of what is read and written. Run once whole, it counts what it writes; then it is cut before,
in the middle of, or directly behind each of these writes, or behind it with TLS's goodbye in the same bytes.
"""

import contextlib
import socket
import ssl
import struct
import threading
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha1
from typing import Final, Protocol

from tests.support.pki import ServerFiles

_PATIENCE: Final = 10.0  # seconds for the other side to close too
_WEBSOCKET: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Part(StrEnum):
    """Where a write is cut."""

    BEFORE = "before"
    MIDDLE = "middle"
    AFTER = "after"
    GOODBYE = "goodbye"  # after, with close_notify behind it


@dataclass(frozen=True)
class Cut:
    """The write (by its number) at which the connection ends, and how."""

    write: int
    part: Part
    reset: bool


class _CutHere(Exception):  # noqa: N818  # it ends a dialogue, as asked
    """The dialogue is over."""


class Talk(Protocol):
    """A connection on one layer: the socket's bytes, or what is inside TLS."""

    def read(self) -> bytes: ...
    def write(self, data: bytes) -> None: ...


@dataclass
class Wire:
    """The socket. It counts what is written, and cuts there."""

    sock: socket.socket
    cut: Cut | None
    writes: int = 0
    goodbye: Callable[[], bytes] = field(default=lambda: b"")

    def read(self) -> bytes:
        """Some bytes. Raises OSError at the end."""
        data = self.sock.recv(65536)
        if not data:
            raise ConnectionError
        return data

    def write(self, data: bytes) -> None:
        """All of it, unless it is cut here."""
        here = self.cut is not None and self.cut.write == self.writes
        self.writes += 1
        if not here or self.cut is None:
            self.sock.sendall(data)
            return
        kept = {Part.BEFORE: b"", Part.MIDDLE: data[: len(data) // 2], Part.AFTER: data}
        sent = kept.get(self.cut.part)
        self.sock.sendall(data + self.goodbye() if sent is None else sent)
        raise _CutHere


class Tls:
    """A server's TLS over another talk."""

    def __init__(self, below: Talk, wire: Wire, context: ssl.SSLContext) -> None:
        self._below = below
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_side=True)
        done = False
        while not done:
            self._in.write(below.read())
            with contextlib.suppress(ssl.SSLWantReadError):
                self._tls.do_handshake()
                done = True
                if below is wire:
                    wire.goodbye = self._goodbye
            self._flush()

    def read(self) -> bytes:
        """Some plaintext."""
        while True:
            with contextlib.suppress(ssl.SSLWantReadError):
                return self._tls.read(65536)
            self._in.write(self._below.read())

    def write(self, data: bytes) -> None:
        """One record."""
        self._tls.write(data)
        self._flush()

    def _flush(self) -> None:
        if data := self._out.read():
            self._below.write(data)

    def _goodbye(self) -> bytes:
        with contextlib.suppress(ssl.SSLError):
            self._tls.unwrap()
        return self._out.read()


def _head(talk: Talk) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += talk.read()
    return data


def _relay(talk: Talk) -> None:
    """Answer one request, piece by piece: an upgrade and a first message, or a page of JSON."""
    head = _head(talk)
    if b"Upgrade: websocket" in head:
        lines = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
        accept = b64encode(sha1(lines[b"Sec-WebSocket-Key"] + _WEBSOCKET, usedforsecurity=False).digest())
        talk.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n")
        protocol = lines[b"Sec-WebSocket-Protocol"]
        talk.write(b"Connection: Upgrade\r\nSec-WebSocket-Accept: %b\r\n" % accept)
        talk.write(b"Sec-WebSocket-Protocol: %b\r\n\r\n" % protocol + b"\x81\x02{}")
        talk.write(b"\x81\x05hello")
    else:
        if length := next((line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), b""):
            left = int(length.split(b":")[1]) - len(head.partition(b"\r\n\r\n")[2])
            while left > 0:
                left -= len(talk.read())
        talk.write(b"HTTP/1.1 503 Away\r\nContent-Type: application/json\r\n")
        talk.write(b"Content-Length: 13\r\nConnection: close\r\n\r\n")
        talk.write(b'{"code"')
        talk.write(b":null}")


def _http_proxy(talk: Talk) -> None:
    _head(talk)
    talk.write(b"HTTP/1.1 200 Go on\r\n")
    talk.write(b"\r\n")


def _socks_proxy(talk: Talk) -> None:
    talk.read()
    talk.write(b"\x05\x02")
    talk.read()  # name and password
    talk.write(b"\x01\x00")
    talk.read()
    talk.write(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50")


class Cutter:
    """Listens on loopback, in a thread. `way` is how it is reached: direct, http, https, socks5."""

    def __init__(self, way: str, files: ServerFiles, *, newest: bool = True) -> None:
        self.cut: Cut | None = None
        self.writes = 0  # of the last dialogue
        self.left_open = 0  # connections that the other side did not close
        self._way = way
        self._context = files.context()
        if not newest:
            self._context.maximum_version = ssl.TLSVersion.TLSv1_2
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Listen no more."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            with sock:
                sock.settimeout(_PATIENCE)
                self._one(sock, self.cut)

    def _one(self, sock: socket.socket, cut: Cut | None) -> None:
        wire = Wire(sock, cut)
        with contextlib.suppress(_CutHere, OSError, ssl.SSLError):
            if cut is None or cut.write >= 0:  # else cut as soon as it is accepted
                self._talk(wire)
        self.writes = wire.writes
        if cut is not None and cut.reset:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        with contextlib.suppress(OSError):  # it is cut already
            sock.shutdown(socket.SHUT_WR)
        try:
            while sock.recv(65536):
                pass
        except TimeoutError:
            self.left_open += 1
        except OSError:
            pass

    def _talk(self, wire: Wire) -> None:
        talk: Talk = wire
        if self._way == "https":
            talk = Tls(talk, wire, self._context)
        if self._way in {"http", "https"}:
            _http_proxy(talk)
        elif self._way == "socks5":
            _socks_proxy(talk)
        _relay(Tls(talk, wire, self._context))
