"""The server's direction: every message and rectangle measured, passed on as it comes; the clipboard only where it may cross."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.protocol.reading import ProtocolViolationError
from common.protocol.rfb import encodings as enc
from common.protocol.rfb.limits import MAX_FENCE, MAX_SKIPPED
from common.protocol.rfb.passage import HELD
from common.protocol.rfb.pixels import MAX_NAME, PixelFormat
from common.protocol.rfb.rectangles import MAX_CURSOR, SLACK
from common.protocol.rfb.server_filter import ServerFilter
from common.protocol.rfb.state import FENCE_REQUEST, StreamState
from tests.support.rfb import (
    BELL,
    BGR8,
    END_OF_CONTINUOUS,
    RGB16,
    RGB32,
    byte_by_byte,
    fence,
    pieces,
    rectangle,
    server_cut,
    server_init,
    update,
)

W, H = 8, 4  # of the support's rectangle


def started(pixels: bytes = RGB32) -> tuple[ServerFilter, StreamState]:
    state = StreamState()
    server = ServerFilter(state=state)
    init = server_init(pixels=pixels)
    assert server.feed(init) == init
    return server, state


def compact(length: int) -> bytes:
    """Tight's compact length."""
    if length < 0x80:
        return bytes([length])
    if length < 0x4000:
        return bytes([length & 0x7F | 0x80, length >> 7])
    return bytes([length & 0x7F | 0x80, length >> 7 & 0x7F | 0x80, length >> 14])


def sized(payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + payload


# Each with the size of its payload at 32 bits (Tight: 24): what the parser must find out.
PAYLOADS = {
    "raw": (enc.RAW, bytes(W * H * 4)),
    "copy": (enc.COPY_RECT, struct.pack(">HH", 632, 476)),
    "rre": (enc.RRE, struct.pack(">I", 2) + bytes(4 + 2 * 12)),
    "rre none": (enc.RRE, struct.pack(">I", 0) + bytes(4)),
    "rre most": (enc.RRE, struct.pack(">I", W * H) + bytes(4 + W * H * 12)),
    "zlib": (enc.ZLIB, sized(b"x" * 77)),
    "zlib most": (enc.ZLIB, sized(bytes(2 * W * H * 4 + SLACK))),
    "zrle": (enc.ZRLE, sized(b"x" * 33)),
    "tight fill": (enc.TIGHT, b"\x80abc"),
    "tight fill and reset": (enc.TIGHT, b"\x8fabc"),
    "tight jpeg": (enc.TIGHT, b"\x90" + compact(200) + bytes(200)),
    "tight basic": (enc.TIGHT, b"\x00" + compact(50) + bytes(50)),
    "tight basic stream 3": (enc.TIGHT, b"\x31" + compact(50) + bytes(50)),
    "tight basic empty": (enc.TIGHT, b"\x00" + compact(0)),
    "tight copy": (enc.TIGHT, b"\x40\0" + compact(127) + bytes(127)),
    "tight gradient": (enc.TIGHT, b"\x40\2" + compact(128) + bytes(128)),
    "tight 2 colours": (enc.TIGHT, b"\x40\1\1" + bytes(6) + bytes(H)),
    "tight 3 colours": (enc.TIGHT, b"\x50\1\2" + bytes(9) + compact(9) + bytes(9)),
    "tight 256 colours": (enc.TIGHT, b"\x50\1\xff" + bytes(768) + compact(9) + bytes(9)),
    "tight long": (enc.TIGHT, b"\x00" + compact(16384) + bytes(16384)),
    "tight longest": (enc.TIGHT, b"\x00\xff\xff\xff" + b"\xee" * 0x3FFFFF),
    "last": (enc.LAST_RECT, b""),
    "pointer": (enc.POINTER_POSITION, b""),
    "cursor": (enc.CURSOR, bytes(W * H * 4 + H)),
    "x cursor": (enc.X_CURSOR, bytes(6 + 2 * H)),
    "qemu": (enc.QEMU_KEY, b""),
    "size": (enc.DESKTOP_SIZE, b""),
    "name": (enc.DESKTOP_NAME, sized(b"new name")),
    "extended size": (enc.EXTENDED_DESKTOP_SIZE, b"\2\0\0\0" + bytes(32)),
    "alpha": (enc.CURSOR_WITH_ALPHA, struct.pack(">i", 0) + bytes(W * H * 4)),
}


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_rectangle_of_each_kind(name: str) -> None:
    """Passed on unchanged, and the next message is found right behind it."""
    server, _ = started()
    encoding, payload = PAYLOADS[name]
    data = update(rectangle(encoding, payload))
    assert server.feed(data) == data
    assert server.feed(BELL) == BELL
    with pytest.raises(ProtocolViolationError):
        server.feed(b"\xee")


@pytest.mark.parametrize("name", [name for name, (_, payload) in PAYLOADS.items() if len(payload) < 2000])
def test_byte_by_byte(name: str) -> None:
    """However it comes, the same bytes go on."""
    server, _ = started()
    encoding, payload = PAYLOADS[name]
    data = (
        update(rectangle(encoding, payload), rectangle(encoding, payload), rectangle(enc.LAST_RECT), count=0xFFFF)
        + BELL
    )
    if encoding == enc.LAST_RECT:
        data = update(rectangle(encoding)) + BELL
    assert b"".join(server.feed(piece) for piece in byte_by_byte(data)) == data


@pytest.mark.parametrize(
    ("pixels", "encoding", "payload"),
    [
        (RGB16, enc.RAW, bytes(W * H * 2)),
        (BGR8, enc.RAW, bytes(W * H)),
        (RGB16, enc.RRE, struct.pack(">I", 2) + bytes(2 + 2 * 10)),
        (BGR8, enc.RRE, struct.pack(">I", 2) + bytes(1 + 2 * 9)),
        (RGB16, enc.TIGHT, b"\x80ab"),
        (BGR8, enc.TIGHT, b"\x80a"),
        (RGB16, enc.TIGHT, b"\x40\1\1" + bytes(4) + bytes(H)),
        (RGB16, enc.CURSOR, bytes(W * H * 2 + H)),
        (BGR8, enc.X_CURSOR, bytes(6 + 2 * H)),
        (BGR8, enc.CURSOR_WITH_ALPHA, struct.pack(">i", 0) + bytes(W * H * 4)),
    ],
)
def test_other_pixels(pixels: bytes, encoding: int, payload: bytes) -> None:
    """Lengths follow the pixel format, but for cursors with alpha."""
    server, _ = started(pixels)
    data = update(rectangle(encoding, payload)) + BELL
    assert server.feed(data) == data


def test_short_tight_data_has_no_length() -> None:
    """Below twelve bytes it comes as it is: 3, 9 and 11 against 12."""
    for width, height, pixels in ((1, 1, RGB32), (3, 1, RGB32), (11, 1, BGR8), (1, 5, RGB16)):
        server, _ = started(pixels)
        size = width * height * {RGB32: 3, RGB16: 2, BGR8: 1}[pixels]
        data = update(rectangle(enc.TIGHT, b"\0" + bytes(size), width=width, height=height)) + BELL
        assert server.feed(data) == data
    server, _ = started()
    data = update(rectangle(enc.TIGHT, b"\0\x05" + bytes(5), width=4, height=1)) + BELL
    assert server.feed(data) == data
    with pytest.raises(ProtocolViolationError):
        server.feed(b"\xee")


def test_masks_are_whole_bytes_wide() -> None:
    """Nine pixels need two bytes a row, in cursors and in Tight's two colours."""
    for encoding, payload in (
        (enc.CURSOR, bytes(9 * 4 * 4 + 8)),
        (enc.X_CURSOR, bytes(6 + 2 * 8)),
        (enc.TIGHT, b"\x40\1\1" + bytes(6) + bytes(8)),
    ):
        server, _ = started()
        data = update(rectangle(encoding, payload, width=9)) + BELL
        assert server.feed(data) == data


def test_an_empty_cursor_has_no_colours() -> None:
    """X11's cursor of no size is nothing at all."""
    server, _ = started()
    data = update(rectangle(enc.X_CURSOR, width=0, height=0), rectangle(enc.CURSOR, width=0, height=0)) + BELL
    assert server.feed(data) == data


def test_a_rectangle_goes_on_when_it_is_whole() -> None:
    """With its update's head, and no sooner; what comes behind it waits in turn."""
    server, _ = started()
    data = update(rectangle(enc.RAW, bytes(W * H * 4)), rectangle(enc.RAW, bytes(W * H * 4)))
    first = len(update(rectangle(enc.RAW, bytes(W * H * 4))))
    assert server.feed(data[: first - 1]) == b""
    assert server.feed(data[first - 1 : first + 5]) == data[:first]
    assert server.feed(data[first + 5 : -1]) == b""
    assert server.feed(data[-1:]) == data[first:]


def test_a_large_rectangle_goes_on_as_it_comes() -> None:
    """What is held is bounded."""
    server, _ = started()
    head = update(rectangle(enc.RAW, width=640, height=480))
    assert server.feed(head + bytes(HELD - 12 - 4)) == b""
    assert server.feed(b"\0") == head + bytes(HELD - 12 - 4 + 1)
    for size in (1, 1000, 65536):
        assert server.feed(bytes(size)) == bytes(size)


def test_an_update_of_several_and_one_of_none() -> None:
    """The count counts."""
    server, _ = started()
    data = update() + update(*[rectangle(enc.RAW, bytes(W * H * 4))] * 3) + BELL
    assert server.feed(data) == data
    with pytest.raises(ProtocolViolationError):
        server.feed(update() + rectangle(enc.TIGHT, x=0xEE00))


def test_until_last() -> None:
    """With 65535 rectangles, and with fewer, LastRect is the last."""
    server, _ = started()
    data = update(rectangle(enc.RAW, bytes(W * H * 4)), rectangle(enc.LAST_RECT), count=0xFFFF) + BELL
    assert server.feed(data) == data
    data = update(rectangle(enc.LAST_RECT), count=5) + BELL
    assert server.feed(data) == data


def test_65535_rectangles_without_a_last_go_on() -> None:
    """The number means "until LastRect", not a number."""
    server, _ = started()
    many = rectangle(enc.POINTER_POSITION) * 0x10001
    data = update(many, count=0xFFFF)
    assert server.feed(data) == data
    assert server.feed(rectangle(enc.LAST_RECT) + BELL) == rectangle(enc.LAST_RECT) + BELL


@pytest.mark.parametrize(
    "bad",
    [
        rectangle(enc.RAW, x=633),
        rectangle(enc.RAW, y=477),
        rectangle(enc.COPY_RECT, x=633),
        rectangle(enc.COPY_RECT, struct.pack(">HH", 633, 0)),
        rectangle(enc.COPY_RECT, struct.pack(">HH", 0, 477)),
        rectangle(enc.RRE, x=633),
        rectangle(enc.RRE, struct.pack(">I", W * H + 1)),
        rectangle(enc.ZLIB, x=633),
        rectangle(enc.ZLIB, struct.pack(">I", 2 * W * H * 4 + SLACK + 1)),
        rectangle(enc.ZRLE, struct.pack(">I", 0xFFFFFFFF)),
        rectangle(enc.TIGHT, x=633),
        rectangle(enc.TIGHT, b"\xa0"),
        rectangle(enc.TIGHT, b"\xb0"),
        rectangle(enc.TIGHT, b"\xc0"),
        rectangle(enc.TIGHT, b"\xf0"),
        rectangle(enc.TIGHT, b"\x40\3"),
        rectangle(enc.TIGHT, b"\x40\1\0"),
        rectangle(enc.CURSOR, width=MAX_CURSOR + 1),
        rectangle(enc.CURSOR, height=MAX_CURSOR + 1),
        rectangle(enc.X_CURSOR, width=MAX_CURSOR + 1),
        rectangle(enc.CURSOR_WITH_ALPHA, width=MAX_CURSOR + 1),
        rectangle(enc.CURSOR_WITH_ALPHA, struct.pack(">i", enc.TIGHT)),
        rectangle(enc.DESKTOP_NAME, struct.pack(">I", MAX_NAME + 1)),
        rectangle(5),
        rectangle(15),
        rectangle(-260),
        rectangle(-32),
    ],
)
def test_rectangles_that_no_server_may_send(bad: bytes) -> None:
    """Out of the framebuffer, longer than they can be, or in an encoding that is never agreed."""
    server, _ = started()
    with pytest.raises(ProtocolViolationError):
        server.feed(update(bad))


def test_the_largest_cursor_and_name() -> None:
    """The bounds themselves are allowed."""
    server, _ = started()
    cursor = rectangle(
        enc.CURSOR,
        bytes(MAX_CURSOR * MAX_CURSOR * 4 + MAX_CURSOR // 8 * MAX_CURSOR),
        width=MAX_CURSOR,
        height=MAX_CURSOR,
    )
    data = update(cursor, rectangle(enc.DESKTOP_NAME, sized(bytes(MAX_NAME)))) + BELL
    assert server.feed(data) == data


def test_a_desktop_that_changes_its_size() -> None:
    """The new bounds hold from the next rectangle on."""
    server, state = started()
    outer = rectangle(enc.RAW, bytes(W * H * 4), x=640)
    data = update(rectangle(enc.DESKTOP_SIZE, width=700, height=500), outer)
    assert server.feed(data) == data
    assert (state.width, state.height) == (700, 500)
    data = update(rectangle(enc.EXTENDED_DESKTOP_SIZE, bytes(4), width=648, height=480, y=1), outer)
    assert server.feed(data) == data
    assert (state.width, state.height) == (648, 480)


def test_a_wish_for_another_size_that_was_not_granted() -> None:
    """Reason "client" with a status other than zero changes nothing; with zero it does."""
    server, state = started()
    server.feed(update(rectangle(enc.EXTENDED_DESKTOP_SIZE, bytes(4), x=1, y=3, width=1, height=1)))
    assert (state.width, state.height) == (640, 480)
    server.feed(update(rectangle(enc.EXTENDED_DESKTOP_SIZE, bytes(4), x=1, y=0, width=1, height=2)))
    assert (state.width, state.height) == (1, 2)


def test_what_the_state_learns() -> None:
    """Size, name, announcements."""
    server, state = started()
    assert (state.width, state.height, state.name) == (640, 480, b"desk")
    assert not state.qemu_key_announced
    server.feed(update(rectangle(enc.QEMU_KEY), rectangle(enc.DESKTOP_NAME, sized(b"other"))))
    assert (state.qemu_key_announced, state.name) == (True, b"other")


@pytest.mark.parametrize(
    "data",
    [
        BELL,
        struct.pack(">BxHH", 1, 0, 3) + bytes(18),
        struct.pack(">BxHH", 1, 0, 0),
        END_OF_CONTINUOUS,
        fence(FENCE_REQUEST, bytes(MAX_FENCE)),
        fence(0),
    ],
)
def test_the_other_messages(data: bytes) -> None:
    """Each passed on unchanged, in one piece or byte by byte."""
    server, _ = started()
    assert server.feed(data + data + BELL) == data + data + BELL
    assert b"".join(server.feed(piece) for piece in byte_by_byte(data + BELL)) == data + BELL


@pytest.mark.parametrize("kind", sorted(set(range(256)) - {0, 1, 2, 3, 150, 248}))
def test_every_other_type_ends_the_session(kind: int) -> None:
    """UltraVNC's file transfer and chat, VMware's, anything: no length is guessed."""
    server, _ = started()
    with pytest.raises(ProtocolViolationError):
        server.feed(bytes([kind]))


def test_messages_that_are_too_long() -> None:
    """What stands within an update or before it cannot be left out; nor can what claims a negative length."""
    server, _ = started()
    with pytest.raises(ProtocolViolationError):
        server.feed(struct.pack(">BxxxI", 3, MAX_SKIPPED + 1))
    with pytest.raises(ProtocolViolationError):
        ServerFilter(state=StreamState()).feed(server_init()[:20] + struct.pack(">I", MAX_NAME + 1))


def test_fences_and_ends_reach_the_state() -> None:
    """They part old formats from new, and announce what the server can do."""
    server, state = started()
    server.feed(fence(FENCE_REQUEST))
    assert (state.fence_announced, state.continuous_announced) == (True, False)
    server.feed(END_OF_CONTINUOUS)
    assert state.continuous_announced
    server.cut()
    server.begin_again()
    assert server.feed(server_init() + BELL + END_OF_CONTINUOUS + BELL) == BELL + BELL


def test_a_new_format_from_the_next_update_on() -> None:
    """SetPixelFormat in the middle of an update does not touch the rest of it."""
    server, state = started()
    old, new = rectangle(enc.RAW, b"\xee" * (W * H * 4)), rectangle(enc.RAW, bytes(W * H))
    server.feed(update(old, count=2))
    state.format_asked(PixelFormat.parse(BGR8))
    assert server.feed(old + update(new) + BELL) == old + update(new) + BELL
    with pytest.raises(ProtocolViolationError):
        server.feed(b"\xee")


# the clipboard

CUT = server_cut(b"a password")


@pytest.mark.parametrize("length", [0, 10, 1_500_000])
def test_no_cut_text_ever_passes(length: int) -> None:
    """Of no length, wherever it is cut, and without being held; what is around it passes."""
    data = BELL + server_cut(bytes(length)) + BELL
    for size in (7, 65536, len(data)):
        server, _ = started()
        assert b"".join(server.feed(piece) for piece in pieces(data, [size])) == BELL + BELL
        assert len(server._passage._buffer) == 0


def test_a_fence_that_is_too_long_is_left_out() -> None:
    """It counts for nothing, and ends nothing."""
    server, state = started()
    data = fence(FENCE_REQUEST, bytes(MAX_FENCE + 1)) + BELL
    assert b"".join(server.feed(piece) for piece in byte_by_byte(data)) == BELL
    assert not state.fence_announced


# another connection for the same viewer

RECT = rectangle(enc.RAW, bytes(W * H * 4))
LAST = rectangle(enc.LAST_RECT, width=0, height=0)
INIT = server_init(pixels=RGB16, name=b"another name")


def again(server: ServerFilter, init: bytes = INIT) -> bytes:
    """What the viewer gets of the next connection's beginning."""
    server.begin_again()
    assert not server.initialised
    out = b"".join(server.feed(piece) for piece in byte_by_byte(init))
    assert server.initialised
    return out


def test_between_two_messages_nothing_is_missing() -> None:
    """The viewer needs nothing, nor where only a head has come, which it has not seen."""
    for under_way in (b"", BELL[:0], update(RECT)[:5], update(RECT)[:-1], CUT[:9], fence(0, b"xyz")[:-1]):
        server, _ = started()
        assert server.feed(BELL + under_way) == BELL
        assert server.may_cut
        assert server.cut() == b""
        assert again(server) + server.feed(BELL) == BELL


def test_an_update_is_ended_where_it_is_cut() -> None:
    """Behind its last whole rectangle, by LastRect, for a viewer that knows it."""
    server, state = started()
    state.listed = frozenset({enc.LAST_RECT})
    data = update(RECT, RECT, RECT)
    for size in (len(update(RECT)), len(update(RECT)) + 3, len(data) - 1):
        passed = server.feed(data[:size])
        assert len(passed) in {len(update(RECT)), len(update(RECT, RECT))}
        assert server.may_cut
        assert server.cut() == LAST
        assert again(server) + server.feed(BELL) == BELL


def test_an_update_that_nothing_ends() -> None:
    """A viewer that knows no LastRect, or has a part of a large rectangle, has lost its place."""
    server, _ = started()
    server.feed(update(RECT, RECT)[:-1])
    assert not server.may_cut
    assert server.cut() is None
    server, state = started()
    state.listed = frozenset({enc.LAST_RECT})
    server.feed(update(rectangle(enc.RAW, bytes(640 * 480 * 4), width=640, height=480))[:-1])
    assert not server.may_cut
    assert server.cut() is None
    server, _ = started()
    server.feed(update(rectangle(enc.RAW, bytes(640 * 480 * 4), width=640, height=480)))
    assert server.cut() == b""


def test_an_update_that_is_over_needs_no_end() -> None:
    """Neither one of several rectangles nor one of none."""
    server, state = started()
    state.listed = frozenset({enc.LAST_RECT})
    for data in (update(RECT, RECT), update(), update(RECT, LAST, count=0xFFFF)):
        server.feed(data)
        assert server.cut() == b""
        again(server)


def test_finish_lets_the_present_message_go_on_and_nothing_else() -> None:
    """However it comes; bytes behind it are nobody's."""
    for cut in (lambda data: [data], byte_by_byte):
        server, _ = started()
        data = update(RECT, RECT)
        first = server.feed(data[:-30])
        server.finish()
        rest = b"".join(server.feed(piece) for piece in cut(data[-30:] + BELL + update(RECT)))
        assert first + rest == data
        assert server.feed(BELL) == b""
        assert server.may_cut
        assert server.cut() == b""


def test_finish_between_two_messages() -> None:
    """Nothing comes any more."""
    server, _ = started()
    server.finish()
    assert server.feed(BELL + update(RECT)) == b""
    assert server.cut() == b""
    assert again(server) + server.feed(BELL) == BELL


def test_a_clipboard_under_way_at_the_finish() -> None:
    """It is the last that is read."""
    server, _ = started()
    server.feed(CUT[:12])
    server.finish()
    assert server.feed(CUT[12:] + BELL) == b""


def test_the_next_server_init_is_not_the_viewers() -> None:
    """Nothing of it goes on, nor does its format hold: the viewer's does."""
    server, state = started()
    assert server.cut() == b""
    assert again(server) == b""
    assert server.feed(update(RECT)) == update(RECT)
    assert (state.name, state.format) == (b"desk", PixelFormat.parse(RGB32))


def test_a_stream_that_was_cut_before_its_beginning() -> None:
    """The viewer gets the first ServerInit that comes whole."""
    state = StreamState()
    server = ServerFilter(state=state)
    assert server.feed(INIT[:-1]) == b""
    assert server.cut() == b""
    assert again(server) == INIT
    assert state.format == PixelFormat.parse(RGB16)


@pytest.mark.parametrize(
    ("listed", "told"),
    [
        ({enc.DESKTOP_SIZE}, rectangle(enc.DESKTOP_SIZE, width=800, height=600)),
        ({enc.DESKTOP_SIZE, enc.EXTENDED_DESKTOP_SIZE}, rectangle(enc.DESKTOP_SIZE, width=800, height=600)),
        (
            {enc.EXTENDED_DESKTOP_SIZE},
            rectangle(
                enc.EXTENDED_DESKTOP_SIZE,
                struct.pack(">BxxxIHHHHI", 1, 0, 0, 0, 800, 600, 0),
                width=800,
                height=600,
            ),
        ),
    ],
)
def test_another_size_is_told(listed: set[int], told: bytes) -> None:
    """By an update of our own, which answers the viewer; the new bounds hold."""
    server, state = started()
    state.listed = frozenset(listed)
    state.waits = True
    server.cut()
    assert again(server, server_init(800, 600)) == update(told)
    assert (state.width, state.height, state.tied, state.waits) == (800, 600, False, False)
    outer = update(rectangle(enc.RAW, bytes(W * H * 4), x=792))
    assert server.feed(outer) == outer
    reader, read = started()  # the helper's side understands it
    assert reader.feed(update(told)) == update(told)
    assert (read.width, read.height) == (800, 600)


@pytest.mark.parametrize("size", [(800, 480), (640, 600)])
def test_another_size_that_cannot_be_told(size: tuple[int, int]) -> None:
    """The viewer must be opened again."""
    server, state = started()
    server.cut()
    assert again(server, server_init(*size)) == b""
    assert state.tied


def test_a_name_that_is_too_long_again() -> None:
    """The next server's words have the same limits."""
    server, _ = started()
    server.cut()
    server.begin_again()
    with pytest.raises(ProtocolViolationError):
        server.feed(server_init()[:20] + struct.pack(">I", MAX_NAME + 1))


@pytest.mark.parametrize("control", [b"\x80abc", b"\x90\1x", b"\x20" + compact(50) + bytes(50)])
def test_tight_begins_anew(control: bytes) -> None:
    """The first Tight rectangle of each further connection resets all four streams; no other byte is touched."""
    server, _ = started()
    data = update(rectangle(enc.TIGHT, control), rectangle(enc.TIGHT, control))
    assert server.feed(data) == data
    reset = update(rectangle(enc.TIGHT, bytes([control[0] | 0x0F]) + control[1:]), rectangle(enc.TIGHT, control))
    for _ in range(2):
        server.cut()
        again(server)
        assert server.feed(update(RECT)) == update(RECT)
        assert server.feed(data) == reset
        assert server.feed(data) == data


def test_a_reset_that_was_cut_comes_again() -> None:
    """What the viewer never saw does not count."""
    server, _ = started()
    server.cut()
    again(server)
    data = update(rectangle(enc.TIGHT, b"\x80abc"))
    server.feed(data[:-1])
    server.cut()
    again(server)
    assert server.feed(data) == update(rectangle(enc.TIGHT, b"\x8fabc"))


@pytest.mark.parametrize(
    ("encoding", "tied"), [(enc.ZLIB, True), (enc.ZRLE, True), (enc.TIGHT, False), (enc.RAW, False)]
)
def test_what_ties_a_stream_to_its_connection(encoding: int, tied: bool) -> None:
    """Compression that runs through, and cannot begin anew."""
    payload = {enc.TIGHT: b"\x80abc", enc.RAW: bytes(W * H * 4)}.get(encoding, sized(b"x"))
    server, state = started()
    server.feed(update(rectangle(encoding, payload)))
    assert state.tied is tied


def test_what_the_viewer_is_owed() -> None:
    """Answered behind what ends its message: fences without their request bit, ends of continuous updates."""
    server, state = started()
    state.listed = frozenset({enc.LAST_RECT})
    server.feed(END_OF_CONTINUOUS + update(RECT, RECT)[:-1])
    state.end_asked()
    state.end_asked()
    state.fence_sent(FENCE_REQUEST | 5, b"abc")
    state.message_sent()
    assert server.cut() == LAST + fence(5, b"abc") + END_OF_CONTINUOUS * 2
    assert server.answers() == b""
    state.end_asked()
    assert server.answers() == END_OF_CONTINUOUS


def test_when_something_is_shown() -> None:
    """With the first rectangle that goes on, or an update of none: not with its head."""
    server, state = started()
    data = update(RECT, RECT)
    server.feed(data[: len(update(RECT)) - 1])
    assert not state.shown
    server.feed(data[len(update(RECT)) - 1 : -1])
    assert state.shown
    server, state = started()
    server.feed(update())
    assert state.shown


MESSAGES = st.lists(
    st.sampled_from(
        [BELL, CUT, fence(0, b"xyz"), update(), update(rectangle(enc.LAST_RECT), count=9)]
        + [
            update(rectangle(*PAYLOADS[name]))
            for name in PAYLOADS
            if len(PAYLOADS[name][1]) < 2000 and name not in {"size", "extended size"}
        ]
    ),
    max_size=12,
)


@given(MESSAGES, st.lists(st.integers(1, 50), min_size=1, max_size=5))
def test_any_messages_in_any_pieces(messages: list[bytes], sizes: list[int]) -> None:
    """The same bytes go on, however they are cut; all but the clipboard."""
    server, _ = started()
    data = b"".join(messages)
    passed = b"".join(message for message in messages if message is not CUT)
    assert b"".join(server.feed(piece) for piece in pieces(data, sizes)) == passed


@given(
    st.lists(st.tuples(MESSAGES, st.integers(0, 1 << 20)), min_size=1, max_size=4),
    st.lists(st.integers(1, 50), min_size=1, max_size=5),
    st.booleans(),
)
def test_wherever_it_is_cut_the_viewer_gets_whole_messages(
    connections: list[tuple[list[bytes], int]], sizes: list[int], finish: bool
) -> None:
    """Over any number of connections, cut at any byte: another parser finds the end of a message at each seam."""
    listed = frozenset({enc.LAST_RECT, enc.DESKTOP_SIZE})
    server, state = started()
    reader, read = started()
    state.listed = read.listed = listed
    for messages, at in connections:
        data = b"".join(messages)
        data = data[: at % (len(data) + 1)]
        out = b""
        for number, piece in enumerate(pieces(data, sizes)):
            if finish and number == 2:
                server.finish()
            out += server.feed(piece)
        rest = server.cut()
        assert rest is not None
        assert reader.feed(out + rest) == out + rest
        assert reader.cut() == b""
        reader.begin_again()
        reader.feed(server_init())
        server.begin_again()
        assert server.feed(server_init(pixels=BGR8)) == b""


@given(st.binary(max_size=300))
def test_garbage_is_measured_or_ends_the_session(data: bytes) -> None:
    """No other exception, and never more out than in."""
    server, _ = started()
    try:
        out = server.feed(data)
    except ProtocolViolationError:
        return
    assert data.startswith(out)
