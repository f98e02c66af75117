"""A mark in the first corner of a picture: random black and white squares, and how they are found in what a VNC server sends."""

import struct
from typing import Final, NamedTuple

from common.protocol.reading import ByteStream, Parse, ProtocolViolationError, Reading
from common.protocol.rfb import encodings
from common.protocol.rfb.client_messages import FramebufferUpdateRequest, SetEncodings, SetPixelFormat
from common.protocol.rfb.limits import MAX_SKIPPED
from common.protocol.rfb.pixels import SERVER_INIT_LENGTH, TRUE_COLOUR, parse_server_init

SQUARES: Final = 8  # each way: 64 random bits
SQUARE: Final = 4  # pixels: of a picture that is scaled they would not come out black and white
SIDE: Final = SQUARES * SQUARE
WHITE, BLACK = 200, 55  # what a colour is at least, or at most: few colours, or a night light, change them a little
_PIXEL: Final = 4  # bytes, in the format that is asked for


class Mark(NamedTuple):
    """It lies at the first pixel of a picture of this size."""

    bits: tuple[bool, ...]  # its squares, row by row; True is white
    size: tuple[int, int]  # pixels


def squares(nonce: bytes) -> tuple[bool, ...]:
    """The bits of 8 bytes."""
    return tuple(bool(byte >> bit & 1) for byte in nonce for bit in range(8))


class Corner:
    """What comes of one connection, read for its first SIDE × SIDE pixels. Asked for them uncompressed, a server sends no others."""

    def __init__(self, mark: Mark) -> None:
        self._mark = mark
        self._bytes = ByteStream()
        self._parse = Parse(self._read())
        self._pixels = [bytes(_PIXEL * SIDE)] * SIDE
        self._asked = False
        self.wants_more = False  # an update has come whole, or the desktop is there
        self.found = False
        self.hopeless = False  # what it shows is of another size, or is nothing that can be read

    def feed(self, data: bytes) -> None:
        """What came."""
        if self.found or self.hopeless:
            return
        self._bytes.feed(data)
        try:
            self._parse.step()
        except ProtocolViolationError:
            self.hopeless = True

    def question(self) -> bytes:
        """Ask for the corner, whatever changed; the first time with the format that it shall come in."""
        self.wants_more = False
        ask = FramebufferUpdateRequest(incremental=False, x=0, y=0, width=SIDE, height=SIDE).encode()
        if self._asked:
            return ask
        self._asked = True
        return SetPixelFormat(TRUE_COLOUR).encode() + SetEncodings((encodings.RAW,)).encode() + ask

    def _read(self) -> Reading[None]:
        stream = self._bytes
        head = yield from stream.read_exactly(SERVER_INIT_LENGTH)
        width, height, _, length = parse_server_init(head)
        yield from stream.skip(length)
        if (width, height) != self._mark.size:
            raise ProtocolViolationError("a framebuffer of another size")
        self.wants_more = True
        while not self.found:
            (kind,) = yield from stream.read_exactly(1)
            match kind:
                case 0:  # FramebufferUpdate
                    yield from self._update(width, height)
                case 1:  # SetColourMapEntries
                    entries = yield from stream.read_exactly(5)
                    yield from stream.skip(6 * int.from_bytes(entries[3:], "big"))
                case 2:  # Bell
                    pass
                case 3:  # ServerCutText
                    text = yield from stream.read_exactly(7)
                    yield from stream.skip(min(int.from_bytes(text[3:], "big"), MAX_SKIPPED))
                case _:
                    raise ProtocolViolationError(f"server message {kind}")

    def _update(self, width: int, height: int) -> Reading[None]:
        count = int.from_bytes((yield from self._bytes.read_exactly(3))[1:], "big")
        for _ in range(count):
            x, y, w, h, encoding = struct.unpack(">HHHHi", (yield from self._bytes.read_exactly(12)))
            if encoding != encodings.RAW or x + w > width or y + h > height:
                raise ProtocolViolationError("a rectangle that was not asked for")
            for row in range(y, y + h):
                line = yield from self._bytes.read_exactly(_PIXEL * w)
                if row < SIDE and x < SIDE:
                    before = self._pixels[row]
                    self._pixels[row] = (before[: _PIXEL * x] + line + before[_PIXEL * (x + w) :])[: _PIXEL * SIDE]
        self.found = self._shows()
        self.wants_more = True

    def _shows(self) -> bool:
        for place, bit in enumerate(self._mark.bits):
            left, top = place % SQUARES * SQUARE * _PIXEL, place // SQUARES * SQUARE
            for row in self._pixels[top : top + SQUARE]:
                square = row[left : left + SQUARE * _PIXEL]
                colours = [value for at, value in enumerate(square) if at % _PIXEL != _PIXEL - 1]
                if (min(colours) < WHITE) if bit else (max(colours) > BLACK):
                    return False
        return True
