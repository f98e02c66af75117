"""The frames of a leg after `ready`: headers are read, payload is passed on as it arrives. Pure.

A library that gives out whole messages holds a 64 KiB frame until its last byte: 260 ms on a slow uplink, and twice the CPU
at small frames. Here a read of the network goes in, and the unmasked payload that it brought comes out; where one frame
ends and another begins means nothing to the agents. RFC 6455 section 5.
"""

import struct
from dataclasses import dataclass, field

from common.protocol.wire import LEG_READY

try:
    from websockets.speedups import apply_mask
except ImportError:  # pragma: no cover — a platform without the compiled part
    from websockets.utils import apply_mask

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
_CONTINUATION = 0
_FIN = 0x80
_MASKED = 0x80
_MAX_CONTROL = 125

PROTOCOL_ERROR, UNSUPPORTED, POLICY, TOO_BIG = 1002, 1003, 1008, 1009


class FrameError(Exception):
    """A rule of the frames was broken: close with `code`."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(slots=True)
class Received:
    """What one read brought: payload in order, and control frames (PING, PONG, CLOSE) with theirs."""

    payload: list[bytes] = field(default_factory=list)
    control: list[tuple[int, bytes]] = field(default_factory=list)
    frames: int = 0
    """So many were begun."""


class FrameReader:
    """One leg's incoming frames."""

    __slots__ = ("_closed", "_in_message", "_left", "_limit", "_mask", "_message", "_partial")

    def __init__(self, *, limit: int) -> None:
        """`limit`: bytes of a message, in however many frames."""
        self._limit = limit
        self._partial = b""  # the beginning of a header, or of a control frame, that was cut
        self._left = 0  # bytes of the data frame under way that have not come
        self._mask = b""  # turned so that it fits the next of them
        self._message = 0  # bytes of the message under way
        self._in_message = False  # its last frame has not come
        self._closed = False

    def feed(self, data: bytes, received: Received, *, most: int) -> bytes:
        """Add what `data` brings to `received`, until that holds `most` frames: what was not looked at comes back.

        Raises FrameError. Nothing behind a CLOSE counts.
        """
        if self._partial:
            data = self._partial + data
            self._partial = b""
        view = memoryview(data)
        at, end = 0, len(data)
        while at < end and not self._closed:
            if self._left:
                step = min(self._left, end - at)
                received.payload.append(apply_mask(view[at : at + step], self._mask))
                at += step
                self._left -= step
                if self._left:
                    turn = step & 3
                    self._mask = self._mask[turn:] + self._mask[:turn]
                continue
            if received.frames >= most:
                return data[at:]
            size = self._begin(data, at, end, received)
            if not size:
                self._partial = data[at:]
                break
            received.frames += 1
            at += size
        return b""

    def _begin(self, data: bytes, at: int, end: int, received: Received) -> int:
        """Read a header (and a control frame's payload) at `at`: how many bytes that took, 0 where it is not all here."""
        if end - at < 2:
            return 0
        first, second = data[at], data[at + 1]
        opcode, length, size = first & 0x0F, second & 0x7F, 6
        if first & 0x70:
            raise FrameError(PROTOCOL_ERROR, "a reserved bit is set")
        if not second & _MASKED:
            raise FrameError(PROTOCOL_ERROR, "a frame is not masked")
        if opcode >= CLOSE:
            return self._control(data, at, end, received)
        if opcode != BINARY or self._in_message:
            self._check_opcode(opcode)
        if length == 126:
            size = 8
        elif length == 127:
            size = 14
        if end - at < size:
            return 0
        if length == 126:
            length = data[at + 2] << 8 | data[at + 3]
        elif length == 127:
            length = int.from_bytes(data[at + 2 : at + 10], "big")
        self._message += length
        if self._message > self._limit:
            raise FrameError(TOO_BIG, "a message is too long")
        self._in_message = not first & _FIN
        if not self._in_message:
            self._message = 0
        self._left = length
        self._mask = data[at + size - 4 : at + size]
        return size

    def _check_opcode(self, opcode: int) -> None:
        if opcode == TEXT:
            raise FrameError(UNSUPPORTED, "a text frame, where all is binary")
        if opcode not in {_CONTINUATION, BINARY} or (opcode == _CONTINUATION) is not self._in_message:
            raise FrameError(PROTOCOL_ERROR, "a frame of a kind that cannot come here")

    def _control(self, data: bytes, at: int, end: int, received: Received) -> int:
        first, length = data[at], data[at + 1] & 0x7F
        opcode = first & 0x0F
        if opcode not in {CLOSE, PING, PONG} or not first & _FIN or length > _MAX_CONTROL:
            raise FrameError(PROTOCOL_ERROR, "a control frame against the rules")
        size = 6 + length
        if end - at < size:
            return 0
        received.control.append((opcode, apply_mask(data[at + 6 : at + size], data[at + 2 : at + 6])))
        self._closed = opcode == CLOSE
        return size


def header(opcode: int, length: int) -> bytes:
    """The header of an unmasked frame with FIN (RFC 6455 section 5.2)."""
    if length < 126:
        return bytes((_FIN | opcode, length))
    if length < 65536:
        return struct.pack("!BBH", _FIN | opcode, 126, length)
    return struct.pack("!BBQ", _FIN | opcode, 127, length)


def close_frame(code: int, reason: str = "") -> bytes:
    """A close frame; the reason is cut to what a control frame holds."""
    payload = struct.pack("!H", code) + reason.encode()[: _MAX_CONTROL - 2]
    return header(CLOSE, len(payload)) + payload


READY = header(TEXT, len(LEG_READY)) + LEG_READY.encode()
