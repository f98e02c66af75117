"""Messages from a viewer: their lengths, and that they are made anew as they were."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.protocol.reading import ByteStream, Parse, ProtocolViolationError, Reading
from common.protocol.rfb.client_messages import (
    ClientFence,
    ClientMessage,
    EnableContinuousUpdates,
    FramebufferUpdateRequest,
    Ignored,
    KeyEvent,
    PointerEvent,
    QemuKeyEvent,
    SetEncodings,
    SetPixelFormat,
    read_body,
)
from common.protocol.rfb.limits import MAX_FENCE, MAX_SKIPPED
from common.protocol.rfb.pixels import PixelFormat
from tests.support.rfb import (
    RGB16,
    byte_by_byte,
    client_cut,
    continuous,
    fence,
    key,
    pointer,
    qemu_key,
    request,
    set_encodings,
    set_pixel_format,
)

PASSED = [
    (set_pixel_format(RGB16), SetPixelFormat(PixelFormat.parse(RGB16))),
    (set_encodings(), SetEncodings(())),
    (set_encodings(7, -313), SetEncodings((7, -313))),
    (request(1, 2, 3, 4), FramebufferUpdateRequest(True, 1, 2, 3, 4)),
    (request(1, 2, 3, 4, incremental=0), FramebufferUpdateRequest(False, 1, 2, 3, 4)),
    (key(0xFF0D), KeyEvent(True, 0xFF0D)),
    (key(0x41, 0), KeyEvent(False, 0x41)),
    (pointer(10, 20, 0x81), PointerEvent(0x81, 10, 20)),
    (continuous(1, 1, 2, 3, 4), EnableContinuousUpdates(True, 1, 2, 3, 4)),
    (continuous(0, 1, 2, 3, 4), EnableContinuousUpdates(False, 1, 2, 3, 4)),
    (fence(0x80000004, b"abc"), ClientFence(0x80000004, b"abc")),
    (qemu_key(0x41, 30), QemuKeyEvent(True, 0x41, 30)),
    (qemu_key(0x41, 30, 0), QemuKeyEvent(False, 0x41, 30)),
]

IGNORED = [
    (client_cut(b"caf\xe9"), 6),
    (client_cut(b""), 6),
    (b"\x08\2\0\0", 8),
    (b"\x09\1\0\0", 9),
    (b"\x0a\1\0\2\0\3", 10),
    (struct.pack(">BxxxI", 11, 5) + b"hello", 11),
    (struct.pack(">BxxxI", 11, 0xFFFFFFFF), 11),
    (struct.pack(">BxxxI", 11, 0xFFFFFFFE), 11),
    (struct.pack(">BxxxI", 11, 0xFFFFFFFD), 11),
    (struct.pack(">BxxxI", 11, 100_000) + bytes(100_000), 11),
    (fence(0, bytes(MAX_FENCE + 1)), 248),
    (b"\x0d", 13),
    (b"\x0f\1\0\0", 15),
    (b"\x14", 20),
    (b"\x15\1", 21),
    (b"\x50\1\0\0", 80),
    (b"\xfa\0\1\2", 250),
    (struct.pack(">BxHHBx", 251, 640, 480, 2) + bytes(32), 251),
    (struct.pack(">BxHHBx", 251, 640, 480, 0), 251),
    (struct.pack(">BBH", 253, 0x81, 4) + b"abcd", 253),
    (struct.pack(">BB", 253, 0x01) + struct.pack("<H", 4) + b"abcd", 253),
    (b"\xff\1\0\0", 255),
    (b"\xff\1\0\1", 255),
    (b"\xff\1\0\2" + bytes(6), 255),
]

# Types whose length nobody knows: 1 colour map, 7 file transfer, 127 and 254 VMware, 130-136 TightVNC 1, 252 TightVNC 2.
KNOWN = {0, 2, 3, 4, 5, 6, 8, 9, 10, 11, 13, 15, 20, 21, 80, 150, 248, 250, 251, 253, 255}


def read_client_message(stream: ByteStream) -> Reading[ClientMessage]:
    """Its type, then the rest."""
    (kind,) = yield from stream.read_exactly(1)
    return (yield from read_body(kind, stream))


def read(data: bytes, *, whole: bool = True) -> tuple[ClientMessage, bytes]:
    """The first message, and what is behind it."""
    stream = ByteStream()
    reading = Parse(read_client_message(stream))
    for piece in [data] if whole else byte_by_byte(data):
        stream.feed(piece)
        reading.step()
    return reading.result, stream.take()


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(("data", "message"), PASSED)
def test_what_may_go_on_is_parsed_and_made_anew(data: bytes, message: ClientMessage, whole: bool) -> None:
    """Every field survives, and the message ends where it ends."""
    assert read(data + b"!" * whole, whole=whole) == (message, b"!" * whole)
    assert not isinstance(message, Ignored)
    assert message.encode() == data


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(("data", "kind"), IGNORED)
def test_what_never_goes_on_has_a_known_length(data: bytes, kind: int, whole: bool) -> None:
    """The next message begins right behind it."""
    assert read(data + b"!" * whole, whole=whole) == (Ignored(kind), b"!" * whole)


@pytest.mark.parametrize(("data", "_message"), [*PASSED, *IGNORED])
def test_a_message_is_not_there_before_its_last_byte(data: bytes, _message: object) -> None:
    """Cut anywhere, it waits."""
    for end in range(len(data)):
        stream = ByteStream()
        stream.feed(data[:end])
        assert not Parse(read_client_message(stream)).step()


@pytest.mark.parametrize("kind", sorted(set(range(256)) - KNOWN))
def test_every_other_type_ends_the_session(kind: int) -> None:
    """At its first byte: no length is guessed."""
    with pytest.raises(ProtocolViolationError):
        read(bytes([kind]))


@pytest.mark.parametrize(
    "data",
    [
        struct.pack(">BxxxI", 6, MAX_SKIPPED + 1),
        struct.pack(">Bxxxi", 6, -20),
        struct.pack(">BxxxI", 11, MAX_SKIPPED + 1),
        struct.pack(">BxxxI", 11, 0xFFFFFFFC),
        b"\xff\2",
        b"\xff\x80",
        set_pixel_format(bytes(16)),
    ],
)
def test_lengths_out_of_bounds_end_the_session(data: bytes) -> None:
    """At the head, before any of it is waited for."""
    with pytest.raises(ProtocolViolationError):
        read(data)


@pytest.mark.parametrize(
    "data",
    [
        set_encodings(*range(0xFFFF)),
        fence(0, bytes(MAX_FENCE)),
    ],
)
def test_the_bounds_themselves_are_allowed(data: bytes) -> None:
    """As long as may be."""
    message, rest = read(data)
    assert not isinstance(message, Ignored)
    assert (message.encode(), rest) == (data, b"")


def test_a_clipboard_is_left_out_as_it_comes() -> None:
    """None of it is held, and the next message is read."""
    stream = ByteStream()
    parse = Parse(read_client_message(stream))
    stream.feed(struct.pack(">BxxxI", 6, 1_000_001))
    stream.feed(bytes(1_000_000))
    assert not parse.step()
    assert len(stream) == 0
    stream.feed(b"\0" + key(0x41))
    assert parse.step()
    assert parse.result == Ignored(6)
    after = Parse(read_client_message(stream))
    assert after.step()
    assert after.result == KeyEvent(True, 0x41)


def test_gibibytes_are_no_violation() -> None:
    """Whatever a length says that can be one."""
    stream = ByteStream()
    stream.feed(struct.pack(">BxxxI", 6, MAX_SKIPPED) + bytes(1 << 20))
    assert not Parse(read_client_message(stream)).step()
    assert len(stream) == 0


@given(st.sampled_from([*PASSED, *IGNORED]), st.binary(max_size=30))
def test_padding_does_not_go_on(example: tuple[bytes, object], junk: bytes) -> None:
    """Whatever is behind a message belongs to the next one."""
    data, _ = example
    assert read(data + junk)[1] == junk
