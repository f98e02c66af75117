"""Pixel formats and ServerInit."""

import struct

import pytest

from common.protocol.reading import ProtocolViolationError
from common.protocol.rfb.pixels import MAX_NAME, TRUE_COLOUR, PixelFormat, parse_server_init
from tests.support.rfb import BGR8, RGB16, RGB32, server_init


def packed(  # one value changed at a time
    bits: int = 32, depth: int = 24, endian: int = 0, true: int = 1, maximum: int = 255, shift: int = 16
) -> bytes:
    return struct.pack(">BBBBHHHBBB3x", bits, depth, endian, true, maximum, 255, 255, shift, 8, 0)


@pytest.mark.parametrize("raw", [RGB32, RGB16, BGR8, packed(endian=1)])
def test_a_format_survives(raw: bytes) -> None:
    """What is parsed is what goes on."""
    assert PixelFormat.parse(raw).encode() == raw


def test_flags_become_one_and_padding_zero() -> None:
    """Odd ways of saying true, and bytes in the padding, do not go on."""
    raw = bytearray(RGB32)
    raw[2], raw[3], raw[13:] = 7, 9, b"xyz"
    assert PixelFormat.parse(bytes(raw)).encode() == packed(endian=1)


@pytest.mark.parametrize(
    "raw",
    [
        packed(bits=24),
        packed(bits=0, depth=0),
        packed(depth=0),
        packed(depth=33),
        packed(bits=16, depth=17),
        packed(maximum=0),
        packed(maximum=254),
        packed(shift=25),
    ],
)
def test_formats_that_nobody_means(raw: bytes) -> None:
    """Sizes that do not exist, empty or gapped colours, colours out of the pixel."""
    with pytest.raises(ProtocolViolationError):
        PixelFormat.parse(raw)


def test_limits_are_inside() -> None:
    """A colour may reach the pixel's last bit, and the depth its size."""
    assert PixelFormat.parse(packed(shift=24, depth=32)).red_shift == 24
    assert PixelFormat.parse(packed(bits=8, depth=1, true=0)).depth == 1


def test_colour_maps_have_no_colours_of_their_own() -> None:
    """Without true colour maxima and shifts mean nothing, and are not looked at."""
    assert PixelFormat.parse(packed(bits=8, depth=8, true=0, maximum=0)).pixel_bytes == 1


@pytest.mark.parametrize(
    ("raw", "size", "tight"),
    [
        (RGB32, 4, 3),
        (RGB16, 2, 2),
        (BGR8, 1, 1),
        (packed(depth=32), 4, 4),
        (packed(true=0), 4, 4),
        (packed(maximum=127), 4, 4),
        (struct.pack(">BBBBHHHBBB3x", 16, 16, 0, 1, 255, 255, 255, 8, 8, 8), 2, 2),
    ],
)
def test_sizes(raw: bytes, size: int, tight: int) -> None:
    """Tight's pixel has three bytes only where 32 bits carry exactly three full ones."""
    assert (PixelFormat.parse(raw).pixel_bytes, PixelFormat.parse(raw).tight_bytes) == (size, tight)


def test_server_init() -> None:
    """Width, height, format, length of the name."""
    assert parse_server_init(server_init(800, 600, RGB32, b"abc")[:24]) == (800, 600, TRUE_COLOUR, 3)


def test_a_name_has_a_limit() -> None:
    """The limit itself is allowed."""
    head = server_init()[:20]
    assert parse_server_init(head + struct.pack(">I", MAX_NAME))[3] == MAX_NAME
    with pytest.raises(ProtocolViolationError):
        parse_server_init(head + struct.pack(">I", MAX_NAME + 1))
