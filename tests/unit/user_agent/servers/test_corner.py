"""The mark in the first corner of a picture, as a VNC server sends it: whole, in pieces, beside anything else, or not at all."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from common.protocol.rfb.pixels import TRUE_COLOUR
from user_agent.servers.corner import SIDE, SQUARE, SQUARES, Corner, Mark, squares

SIZE = (100, 50)
NONCE = bytes(range(1, 250, 31))
MARK = Mark(squares(NONCE), SIZE)


def pixel(white: bool, *, off: int = 0) -> bytes:
    """Blue, green, red, nothing; `off` from pure."""
    return bytes([255 - off if white else off] * 3 + [0x5A])


def lines(bits: tuple[bool, ...], *, off: int = 0) -> list[bytes]:
    """The rows of the corner."""
    return [
        b"".join(pixel(bits[row // SQUARE * SQUARES + column // SQUARE], off=off) for column in range(SIDE))
        for row in range(SIDE)
    ]


def update(*rectangles: tuple[int, int, int, int, bytes], encoding: int = 0) -> bytes:
    """A FramebufferUpdate."""
    parts = [struct.pack(">HHHHi", x, y, w, h, encoding) + content for x, y, w, h, content in rectangles]
    return struct.pack(">BxH", 0, len(parts)) + b"".join(parts)


def greeting(size: tuple[int, int] = SIZE, name: bytes = b"desk") -> bytes:
    """ServerInit."""
    return struct.pack(">HH", *size) + TRUE_COLOUR.encode() + struct.pack(">I", len(name)) + name


def after(*said: bytes, mark: Mark = MARK) -> Corner:
    """One that has heard all this."""
    corner = Corner(mark)
    for words in said:
        corner.feed(words)
    return corner


def whole(bits: tuple[bool, ...] = MARK.bits, *, off: int = 0) -> bytes:
    """The corner in one rectangle."""
    return update((0, 0, SIDE, SIDE, b"".join(lines(bits, off=off))))


@given(cuts=st.lists(st.integers(0, 5000), max_size=6), nonce=st.binary(min_size=8, max_size=8).filter(any))
def test_found_however_it_comes(cuts: list[int], nonce: bytes) -> None:
    """In any pieces, beside colours, bells and cut texts, after a picture without it."""
    mark = Mark(squares(nonce), SIZE)
    colours = struct.pack(">BxHH", 1, 0, 2) + bytes(12)
    cut_text = struct.pack(">B3xI", 3, 5) + b"hello"
    said = greeting() + b"\2" + colours + whole(squares(bytes(8))) + cut_text + whole(mark.bits)
    corner, at = Corner(mark), 0
    for cut in [*sorted(cuts), len(said)]:
        corner.feed(said[at:cut])
        at = max(at, cut)
    assert corner.found
    assert not corner.hopeless


def test_in_many_rectangles_of_which_some_lie_elsewhere() -> None:
    """Row by row, some wider than the corner, some beside it."""
    rows = [(0, at, SIDE + 4, 1, line + bytes(16)) for at, line in enumerate(lines(MARK.bits))]
    beside = (SIDE, 3, 2, 2, bytes(16))
    below = (3, SIDE, 2, 2, bytes(16))
    assert after(greeting(), update(*rows[:7], beside), update(*rows[7:], below)).found


def test_few_colours_are_near_enough() -> None:
    """A server of few colours is a little off; grey is neither."""
    assert after(greeting(), whole(off=40)).found
    assert not after(greeting(), whole(off=70)).found


def test_every_square_counts() -> None:
    """One that is wrong is enough."""
    for place in range(SQUARES * SQUARES):
        bits = tuple(bit ^ (at == place) for at, bit in enumerate(MARK.bits))
        corner = after(greeting(), whole(bits))
        assert not corner.found
        assert corner.wants_more


def test_asked_again_and_again() -> None:
    """The format only once; not before the desktop is there, nor while an answer is due."""
    corner = Corner(MARK)
    assert not corner.wants_more
    corner.feed(greeting())
    assert corner.wants_more
    first = corner.question()
    assert not corner.wants_more
    corner.feed(whole(squares(bytes(8))))
    assert corner.wants_more
    ask = struct.pack(">BBHHHH", 3, 0, 0, 0, SIDE, SIDE)
    assert corner.question() == ask
    assert first == b"\0\0\0\0" + TRUE_COLOUR.encode() + struct.pack(">BxHi", 2, 1, 0) + ask


def test_hopeless() -> None:
    """Another size, another encoding, out of the picture, an unknown message: nothing more is read."""
    content = b"".join(lines(MARK.bits))
    for said in (
        greeting((101, 50)),
        greeting() + update((0, 0, SIDE, SIDE, content), encoding=7),
        greeting() + update((90, 0, SIDE, SIDE, content)),
        greeting() + b"\x7f",
    ):
        corner = after(said)
        assert corner.hopeless
        corner.feed(whole())
        assert not corner.found
