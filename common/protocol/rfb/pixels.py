"""PIXEL_FORMAT and ServerInit (RFC 6143, 7.3.2 and 7.4): what the length of every rectangle depends on."""

import struct
from typing import Final

import msgspec

from common.protocol.reading import ProtocolViolationError

FORMAT_LENGTH: Final = 16
SERVER_INIT_LENGTH: Final = 24  # without the name
MAX_NAME: Final = 16 * 1024

_FORMAT = struct.Struct(">BBBBHHHBBB3x")


class PixelFormat(msgspec.Struct, frozen=True):
    """How a pixel is laid out. Field order is the wire's."""

    bits_per_pixel: int
    depth: int
    big_endian: int
    true_colour: int
    red_max: int
    green_max: int
    blue_max: int
    red_shift: int
    green_shift: int
    blue_shift: int

    @classmethod
    def parse(cls, raw: bytes) -> "PixelFormat":
        """From its 16 bytes. Raises ProtocolViolationError for a format that no program means.

        A maximum of 0 or a shift out of the pixel has crashed servers and viewers, so neither side ever sees one.
        """
        bits, depth, endian, true, *colours = _FORMAT.unpack(raw)
        if bits not in {8, 16, 32} or not 1 <= depth <= bits:
            raise ProtocolViolationError(f"a pixel format of {bits} bits with depth {depth}")
        if true:
            for maximum, shift in zip(colours[:3], colours[3:], strict=True):
                if maximum == 0 or maximum & (maximum + 1) or maximum.bit_length() + shift > bits:
                    raise ProtocolViolationError(f"a colour of maximum {maximum} at bit {shift} of {bits}")
        return cls(bits, depth, int(bool(endian)), int(bool(true)), *colours)

    def encode(self) -> bytes:
        """Its 16 bytes."""
        return _FORMAT.pack(
            self.bits_per_pixel,
            self.depth,
            self.big_endian,
            self.true_colour,
            self.red_max,
            self.green_max,
            self.blue_max,
            self.red_shift,
            self.green_shift,
            self.blue_shift,
        )

    @property
    def pixel_bytes(self) -> int:
        """Bytes of a PIXEL."""
        return self.bits_per_pixel // 8

    @property
    def tight_bytes(self) -> int:
        """Bytes of a TPIXEL: Tight sends 3 bytes where the colours fill exactly three."""
        maxima = {self.red_max, self.green_max, self.blue_max}
        if self.bits_per_pixel == 32 and self.depth == 24 and self.true_colour and maxima == {255}:
            return 3
        return self.pixel_bytes


TRUE_COLOUR: Final = PixelFormat(32, 24, 0, 1, 255, 255, 255, 16, 8, 0)


def parse_server_init(raw: bytes) -> tuple[int, int, PixelFormat, int]:
    """Width, height, format and length of the name, from ServerInit's first 24 bytes. Raises ProtocolViolationError."""
    width, height = struct.unpack_from(">HH", raw)
    length = int.from_bytes(raw[20:24], "big")
    if length > MAX_NAME:
        raise ProtocolViolationError(f"a desktop name of {length} bytes")
    return width, height, PixelFormat.parse(raw[4:20]), length
