"""RFB messages as bytes, packed here and not by the code under test; and splits of a stream."""

import struct
from collections.abc import Iterator

RGB32 = struct.pack(">BBBBHHHBBB3x", 32, 24, 0, 1, 255, 255, 255, 16, 8, 0)
RGB16 = struct.pack(">BBBBHHHBBB3x", 16, 16, 0, 1, 31, 63, 31, 11, 5, 0)
BGR8 = struct.pack(">BBBBHHHBBB3x", 8, 8, 0, 1, 7, 7, 3, 0, 3, 6)

VIEW_ENCODINGS = (7, 16, 6, 1, 0, -224, -239, -223, -312, -313, -258)


def server_init(width: int = 640, height: int = 480, pixels: bytes = RGB32, name: bytes = b"desk") -> bytes:
    return struct.pack(">HH", width, height) + pixels + struct.pack(">I", len(name)) + name


def set_pixel_format(pixels: bytes = RGB32) -> bytes:
    return b"\0\0\0\0" + pixels


def set_encodings(*encodings: int) -> bytes:
    return struct.pack(f">BxH{len(encodings)}i", 2, len(encodings), *encodings)


def request(x: int = 0, y: int = 0, width: int = 640, height: int = 480, *, incremental: int = 1) -> bytes:
    return struct.pack(">BBHHHH", 3, incremental, x, y, width, height)


def key(keysym: int, down: int = 1) -> bytes:
    return struct.pack(">BBxxI", 4, down, keysym)


def pointer(x: int, y: int, buttons: int = 0) -> bytes:
    return struct.pack(">BBHH", 5, buttons, x, y)


def client_cut(text: bytes) -> bytes:
    return struct.pack(">BxxxI", 6, len(text)) + text


def continuous(on: int, x: int = 0, y: int = 0, width: int = 640, height: int = 480) -> bytes:
    return struct.pack(">BBHHHH", 150, on, x, y, width, height)


def fence(flags: int, payload: bytes = b"") -> bytes:
    """The same in both directions."""
    return struct.pack(">BxxxIB", 248, flags, len(payload)) + payload


def qemu_key(keysym: int, keycode: int, down: int = 1) -> bytes:
    return struct.pack(">BBHII", 255, 0, down, keysym, keycode)


def update(*rectangles: bytes, count: int | None = None) -> bytes:
    return struct.pack(">BxH", 0, len(rectangles) if count is None else count) + b"".join(rectangles)


def rectangle(encoding: int, payload: bytes = b"", x: int = 0, y: int = 0, width: int = 8, height: int = 4) -> bytes:
    return struct.pack(">HHHHi", x, y, width, height, encoding) + payload


def server_cut(text: bytes) -> bytes:
    return struct.pack(">BxxxI", 3, len(text)) + text


BELL = b"\x02"
END_OF_CONTINUOUS = b"\x96"


def byte_by_byte(data: bytes) -> Iterator[bytes]:
    for at in range(len(data)):
        yield data[at : at + 1]


def pieces(data: bytes, sizes: list[int]) -> Iterator[bytes]:
    """`data` in pieces of these sizes, over and over."""
    at = turn = 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        yield data[at : at + size]
        at += size
        turn += 1
