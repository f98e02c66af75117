"""Frames of a leg: whatever they are cut into, the payload comes out once, in order, and every breach has its code."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from relay.dataplane.frames import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    READY,
    FrameError,
    FrameReader,
    Received,
    close_frame,
    header,
)
from tests.support.front import frame

LIMIT = 65_536
payloads = st.one_of(st.binary(max_size=300), st.integers(0, 70_000).map(lambda length: b"\xa5" * length))


def read(data: bytes, *cuts: int) -> tuple[bytes, list[tuple[int, bytes]]]:
    """Everything that `data`, cut there, brings."""
    reader = FrameReader(limit=LIMIT)
    received = Received()
    for start, end in pairwise([0, *sorted(cuts), len(data)]):
        reader.feed(data[start:end], received, most=1 << 20)
    return b"".join(received.payload), received.control


def feed(reader: FrameReader, data: bytes) -> bytes:
    """The payload that this read brings."""
    received = Received()
    reader.feed(data, received, most=1 << 20)
    return b"".join(received.payload)


@given(st.lists(payloads.filter(lambda one: len(one) <= LIMIT), max_size=6), st.data())
def test_payload_comes_out_however_it_is_cut(parts: list[bytes], data: st.DataObject) -> None:
    """Binary frames of any length, with a ping between each two."""
    sent = b"".join(frame(BINARY, part) + frame(PING, b"p") for part in parts)
    cuts = data.draw(st.lists(st.integers(0, len(sent)), max_size=8))
    assert read(sent, *cuts) == (b"".join(parts), [(PING, b"p")] * len(parts))


def test_a_byte_at_a_time() -> None:
    """Short, medium and long headers, an empty frame, fragments with a pong between, and a close."""
    sent = (
        frame(BINARY, b"short")
        + frame(BINARY, b"m" * 126)
        + frame(BINARY, b"")
        + frame(BINARY, b"l" * 65_536)
        + frame(BINARY, b"be", fin=False)
        + frame(PONG, b"pong")
        + frame(0, b"gi", fin=False)
        + frame(0, b"n")
        + frame(CLOSE, b"\x03\xe8bye")
    )
    payload, control = read(sent, *range(len(sent)))
    assert payload == b"short" + b"m" * 126 + b"l" * 65_536 + b"begin"
    assert control == [(PONG, b"pong"), (CLOSE, b"\x03\xe8bye")]


def test_payload_is_passed_on_before_its_frame_is_whole() -> None:
    """Each read gives what it brought."""
    sent = frame(BINARY, bytes(range(256)) * 4)
    reader = FrameReader(limit=LIMIT)
    assert feed(reader, sent[:3]) == b""
    got = [feed(reader, sent[at : at + 7]) for at in range(3, len(sent), 7)]
    assert b"".join(got) == bytes(range(256)) * 4
    assert all(len(piece) == 7 for piece in got[2:-1])


def test_nothing_behind_a_close_counts() -> None:
    """In the same read or a later one."""
    reader = FrameReader(limit=LIMIT)
    assert feed(reader, frame(CLOSE) + frame(BINARY, b"late")) == b""
    assert feed(reader, frame(BINARY, b"later")) == b""


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (frame(1, b"text"), 1003),
        (frame(BINARY, b"x", masked=False), 1002),
        (frame(BINARY, b"x" * (LIMIT + 1)), 1009),
        (frame(BINARY, b"x" * LIMIT, fin=False) + frame(0, b"y"), 1009),
        (b"\x82\xff" + b"\xff" * 8 + bytes(4), 1009),
        (frame(0, b"x"), 1002),
        (frame(BINARY, b"x", fin=False) + frame(BINARY, b"y"), 1002),
        *((bytes((0x80 | opcode, 0x80, 0, 0, 0, 0)), 1002) for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)),
        *((bytes((0x82 | bit, 0x80, 0, 0, 0, 0)), 1002) for bit in (0x10, 0x20, 0x40)),
        (frame(PING, b"x", fin=False), 1002),
        (frame(PING, b"x" * 126), 1002),
    ],
)
def test_breaches(wrong: bytes, code: int) -> None:
    """Each has its code, whole or a byte at a time."""
    for cuts in ((), range(len(wrong) if len(wrong) < 300 else 0)):
        with pytest.raises(FrameError) as raised:
            read(wrong, *cuts)
        assert raised.value.code == code


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    """Whatever comes, it is payload, control, or a breach with a code."""
    codes = {1002, 1003, 1009}
    try:
        read(data)
    except FrameError as error:
        codes.remove(error.code)


@given(payloads)
def test_headers_are_as_the_library_makes_them(payload: bytes) -> None:
    """Unmasked, with FIN."""
    assert header(BINARY, len(payload)) + payload == Frame(Opcode.BINARY, payload).serialize(mask=False)


def test_close_and_ready() -> None:
    """A reason that is too long is cut; `ready` is a text frame."""
    assert close_frame(1000, "bye") == b"\x88\x05\x03\xe8bye"
    assert len(close_frame(1000, "x" * 500)) == 2 + 125
    assert READY == b"\x81\x05ready"


@pytest.mark.parametrize("payload", [b"", b"a", b"abcdef"])
def test_so_many_frames_at_once(payload: bytes) -> None:
    """What is left comes back, and brings the same when it is handed in again."""
    sent = Frame(Opcode.BINARY, payload).serialize(mask=True) * 10 + Frame(Opcode.PING, b"p").serialize(mask=True)
    reader, payloads, counts = FrameReader(limit=LIMIT), b"", []
    while sent:
        received = Received()
        sent = reader.feed(sent, received, most=4)
        payloads += b"".join(received.payload)
        counts.append(received.frames)
    assert payloads == payload * 10
    assert counts == [4, 4, 3]
