"""Messages from a viewer to a server: parsed, never copied. What goes on is made anew from the parsed value.

Three kinds: those that may go on (a struct each, with `encode`), those of known length that never do (`Ignored`), and all
others, whose length nobody can know for certain: they end the session, because RFB cannot resynchronise.
"""

import struct
from collections.abc import Callable
from typing import Final, TypeAlias

import msgspec

from common.protocol.reading import ByteStream, ProtocolViolationError, Reading
from common.protocol.rfb.limits import MAX_FENCE, MAX_SKIPPED
from common.protocol.rfb.pixels import FORMAT_LENGTH, PixelFormat

_REQUEST = struct.Struct(">BBHHHH")
_KEY = struct.Struct(">BB2xI")
_POINTER = struct.Struct(">BBHH")
_FENCE = struct.Struct(">B3xIB")
_QEMU_KEY = struct.Struct(">BBHII")


class SetPixelFormat(msgspec.Struct, frozen=True):
    """Type 0."""

    format: PixelFormat

    def encode(self) -> bytes:
        """20 bytes."""
        return b"\0\0\0\0" + self.format.encode()


class SetEncodings(msgspec.Struct, frozen=True):
    """Type 2."""

    encodings: tuple[int, ...]

    def encode(self) -> bytes:
        """4 + 4n bytes."""
        count = len(self.encodings)
        return struct.pack(f">BxH{count}i", 2, count, *self.encodings)


class FramebufferUpdateRequest(msgspec.Struct, frozen=True):
    """Type 3."""

    incremental: bool
    x: int
    y: int
    width: int
    height: int

    def encode(self) -> bytes:
        """10 bytes."""
        return _REQUEST.pack(3, self.incremental, self.x, self.y, self.width, self.height)


class KeyEvent(msgspec.Struct, frozen=True):
    """Type 4."""

    down: bool
    keysym: int

    def encode(self) -> bytes:
        """8 bytes."""
        return _KEY.pack(4, self.down, self.keysym)


class PointerEvent(msgspec.Struct, frozen=True):
    """Type 5, always 6 bytes: -316, which makes it wider, is never agreed. Bit n of `buttons` is button n + 1."""

    buttons: int
    x: int
    y: int

    def encode(self) -> bytes:
        """6 bytes."""
        return _POINTER.pack(5, self.buttons, self.x, self.y)


class EnableContinuousUpdates(msgspec.Struct, frozen=True):
    """Type 150."""

    on: bool
    x: int
    y: int
    width: int
    height: int

    def encode(self) -> bytes:
        """10 bytes."""
        return _REQUEST.pack(150, self.on, self.x, self.y, self.width, self.height)


class ClientFence(msgspec.Struct, frozen=True):
    """Type 248."""

    flags: int
    payload: bytes

    def encode(self) -> bytes:
        """9 + n bytes, n at most 64."""
        return _FENCE.pack(248, self.flags, len(self.payload)) + self.payload


class QemuKeyEvent(msgspec.Struct, frozen=True):
    """Type 255, subtype 0. Once -258 is agreed, TigerVNC's viewer sends this and never KeyEvent."""

    down: bool
    keysym: int
    keycode: int  # XT scan code, as QEMU writes it

    def encode(self) -> bytes:
        """12 bytes."""
        return _QEMU_KEY.pack(255, 0, self.down, self.keysym, self.keycode)


class Ignored(msgspec.Struct, frozen=True):
    """A message of known length that never goes on, in no mode."""

    type: int


ClientMessage: TypeAlias = (
    SetPixelFormat
    | SetEncodings
    | FramebufferUpdateRequest
    | KeyEvent
    | PointerEvent
    | EnableContinuousUpdates
    | ClientFence
    | QemuKeyEvent
    | Ignored
)
Body: TypeAlias = Callable[[ByteStream], Reading[ClientMessage]]

# Whole length in bytes of what never goes on and needs no state.
FIXED_AND_IGNORED: Final = {
    8: 4,  # SetScale
    9: 4,  # SetServerInput: would lock the user's own keyboard
    10: 6,  # SetSW
    13: 1,  # KeepAlive
    15: 4,  # PalmVNC SetScaleFactor
    20: 1,  # RequestSession
    21: 2,  # SetSession
    80: 4,  # NotifyPluginStreaming: would switch the server's decoding
    250: 4,  # xvp: shut down, reboot, reset
}


def read_body(kind: int, stream: ByteStream) -> Reading[ClientMessage]:
    """The message whose type byte has been read. Raises ProtocolViolationError where its length cannot be known."""
    body = _BODIES.get(kind)
    if body is not None:
        return (yield from body(stream))
    length = FIXED_AND_IGNORED.get(kind)
    if length is None:
        raise ProtocolViolationError(f"client message {kind}: its length cannot be known")
    yield from stream.read_exactly(length - 1)
    return Ignored(kind)


def _set_pixel_format(stream: ByteStream) -> Reading[ClientMessage]:
    raw = yield from stream.read_exactly(3 + FORMAT_LENGTH)
    return SetPixelFormat(PixelFormat.parse(raw[3:]))


def _set_encodings(stream: ByteStream) -> Reading[ClientMessage]:
    count = int.from_bytes((yield from stream.read_exactly(3))[1:], "big")
    raw = yield from stream.read_exactly(4 * count)
    return SetEncodings(struct.unpack(f">{count}i", raw))


def _update_request(stream: ByteStream) -> Reading[ClientMessage]:
    incremental, *rectangle = struct.unpack(">?HHHH", (yield from stream.read_exactly(9)))
    return FramebufferUpdateRequest(incremental, *rectangle)


def _key(stream: ByteStream) -> Reading[ClientMessage]:
    return KeyEvent(*struct.unpack(">?2xI", (yield from stream.read_exactly(7))))


def _pointer(stream: ByteStream) -> Reading[ClientMessage]:
    return PointerEvent(*struct.unpack(">BHH", (yield from stream.read_exactly(5))))


def _cut_text(stream: ByteStream) -> Reading[ClientMessage]:
    length = int.from_bytes((yield from stream.read_exactly(7))[3:], "big")
    if length > MAX_SKIPPED:  # a negative one means an extended clipboard, which is never agreed
        raise ProtocolViolationError(f"ClientCutText of {length} bytes")
    yield from stream.skip(length)
    return Ignored(6)


def _text_chat(stream: ByteStream) -> Reading[ClientMessage]:
    length = int.from_bytes((yield from stream.read_exactly(7))[3:], "big")
    if length not in {0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD}:  # open, close, finished: no text
        if length > MAX_SKIPPED:
            raise ProtocolViolationError(f"TextChat of {length} bytes")
        yield from stream.skip(length)
    return Ignored(11)


def _continuous_updates(stream: ByteStream) -> Reading[ClientMessage]:
    on, *rectangle = struct.unpack(">?HHHH", (yield from stream.read_exactly(9)))
    return EnableContinuousUpdates(on, *rectangle)


def _fence(stream: ByteStream) -> Reading[ClientMessage]:
    flags, length = struct.unpack(">3xIB", (yield from stream.read_exactly(8)))
    payload = yield from stream.read_exactly(length)
    return ClientFence(flags, payload) if length <= MAX_FENCE else Ignored(248)


def _set_desktop_size(stream: ByteStream) -> Reading[ClientMessage]:
    screens = (yield from stream.read_exactly(7))[5]
    yield from stream.read_exactly(16 * screens)
    return Ignored(251)


def _gii(stream: ByteStream) -> Reading[ClientMessage]:
    (subtype,) = yield from stream.read_exactly(1)
    length = int.from_bytes((yield from stream.read_exactly(2)), "big" if subtype & 0x80 else "little")
    yield from stream.read_exactly(length)
    return Ignored(253)


def _qemu(stream: ByteStream) -> Reading[ClientMessage]:
    (subtype,) = yield from stream.read_exactly(1)
    if subtype == 0:
        down, keysym, keycode = struct.unpack(">HII", (yield from stream.read_exactly(10)))
        return QemuKeyEvent(bool(down), keysym, keycode)
    if subtype != 1:
        raise ProtocolViolationError(f"QEMU message {subtype}: its length cannot be known")
    operation = int.from_bytes((yield from stream.read_exactly(2)), "big")
    if operation == 2:  # with the format to sample in
        yield from stream.read_exactly(6)
    return Ignored(255)


_BODIES: Final[dict[int, Body]] = {
    0: _set_pixel_format,
    2: _set_encodings,
    3: _update_request,
    4: _key,
    5: _pointer,
    6: _cut_text,
    11: _text_chat,
    150: _continuous_updates,
    248: _fence,
    251: _set_desktop_size,
    253: _gii,
    255: _qemu,
}
