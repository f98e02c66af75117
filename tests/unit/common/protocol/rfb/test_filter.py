"""The filter's promise, branch by branch: what a helper's viewer says, and what of it a VNC server gets to hear."""

import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.protocol.messages import Mode
from common.protocol.reading import ProtocolViolationError
from common.protocol.rfb import encodings as enc
from common.protocol.rfb.client_messages import KeyEvent, QemuKeyEvent
from common.protocol.rfb.filter import PAUSE_KEY, Box, ClientFilter, PointerMoved, StopKey
from common.protocol.rfb.input_way import MAX_HELD, Passed
from common.protocol.rfb.pixels import PixelFormat
from common.protocol.rfb.state import FENCE_REQUEST, FENCE_SYNC_NEXT, Owed, StreamState
from tests.support.rfb import (
    BGR8,
    RGB16,
    RGB32,
    byte_by_byte,
    client_cut,
    continuous,
    fence,
    key,
    pieces,
    pointer,
    qemu_key,
    request,
    set_encodings,
    set_pixel_format,
)

A, B = 0x61, 0x62
SYNC = FENCE_REQUEST | FENCE_SYNC_NEXT
OFF = continuous(0, 0, 0, 0, 0)
HARMLESS = [set_pixel_format(RGB16), set_encodings(7, 0), request(), request(incremental=0)]


def started(
    mode: Mode = Mode.CONTROL, *, agreed: bool = True, stop_key: StopKey = PAUSE_KEY
) -> tuple[ClientFilter, StreamState]:
    """Behind ServerInit; where `agreed`, fences, continuous updates and QEMU's keys are listed and announced."""
    state = StreamState()
    state.started(640, 480, PixelFormat.parse(RGB32))
    client = ClientFilter(state=state, mode=mode, stop_key=stop_key)
    if agreed:
        client.feed(set_encodings(enc.FENCE, enc.CONTINUOUS_UPDATES, enc.QEMU_KEY))
        state.fence_seen(FENCE_REQUEST, b"")
        state.end_seen()
        state.qemu_key_announced = True
    return client, state


def server_gets(client: ClientFilter, data: bytes) -> bytes:
    return b"".join(item for item in client.feed(data) if isinstance(item, bytes))


def heard(passed: list[Passed]) -> bytes:
    """All of it is for the server."""
    return b"".join(one for one in passed if isinstance(one, bytes))


# what passes in which mode


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("message", HARMLESS)
def test_looking_needs_these_in_both_modes(mode: Mode, message: bytes) -> None:
    """Pixel format, encodings and requests go on."""
    client, _ = started(mode)
    assert server_gets(client, message) == message


@pytest.mark.parametrize("message", [key(A), key(A, 0), qemu_key(A, 30), pointer(1, 2, 1)])
def test_input_goes_on_in_control_mode_only(message: bytes) -> None:
    """Keys of both kinds, pointer and clipboard: whole in control mode, not a byte of them in view mode."""
    client, _ = started(Mode.CONTROL)
    assert server_gets(client, message) == message
    client, _ = started(Mode.VIEW)
    assert server_gets(client, message + request()) == request()


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize(
    "message",
    [b"\x08\2\0\0", b"\x09\1\0\0", b"\x0d", b"\xfa\0\1\2", struct.pack(">BxHHBx", 251, 9, 9, 0), b"\xff\1\0\0"],
)
def test_what_changes_the_server_goes_on_in_no_mode(mode: Mode, message: bytes) -> None:
    """Scaling, locking out, shutting down, resizing, listening: dropped whole."""
    client, _ = started(mode)
    assert server_gets(client, message + request()) == request()


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("data", [b"\x01", b"\x07", b"\x7f", b"\x82", b"\xfc", b"\xfe", struct.pack(">Bxxxi", 6, -4)])
def test_an_unknown_length_ends_the_session(mode: Mode, data: bytes) -> None:
    """In both modes; it is never skipped."""
    client, _ = started(mode)
    with pytest.raises(ProtocolViolationError):
        client.feed(data)


def test_set_encodings_is_rewritten() -> None:
    """What is not on the allow-list never reaches the server, and the state knows what was left."""
    client, state = started(agreed=False)
    assert server_gets(client, set_encodings(5, 7, -309, 16, -1063131698)) == set_encodings(7, 16)
    assert state.listed == {7, 16}


def test_set_pixel_format_reaches_the_state() -> None:
    """The other direction must measure by it."""
    client, state = started()
    client.feed(set_pixel_format(BGR8))
    assert state.format == PixelFormat.parse(BGR8)


def test_set_pixel_format_in_step_with_a_fence() -> None:
    """The fence counts for the very next message only."""
    client, state = started()
    client.feed(fence(SYNC, b"x") + set_pixel_format(BGR8))
    assert state.format == PixelFormat.parse(RGB32)
    state.fence_seen(0, b"x")
    assert state.format == PixelFormat.parse(BGR8)
    client.feed(fence(SYNC, b"y") + request() + set_pixel_format(RGB16))
    assert state.format == PixelFormat.parse(RGB16)


@pytest.mark.parametrize(
    ("message", "encoding"),
    [
        (fence(0, b"abc"), enc.FENCE),
        (continuous(1), enc.CONTINUOUS_UPDATES),
        (continuous(0), enc.CONTINUOUS_UPDATES),
        (qemu_key(A, 30), enc.QEMU_KEY),
    ],
)
def test_extensions_need_both_sides(message: bytes, encoding: int) -> None:
    """Listed by the viewer and announced by the server, else dropped: a server that does not know them would hang up."""
    client, state = started(agreed=False)
    client.feed(set_encodings(encoding))
    assert server_gets(client, message + request()) == request()
    state.fence_seen(FENCE_REQUEST, b"")
    state.end_seen()
    state.qemu_key_announced = True
    assert server_gets(client, message) == message
    client.feed(set_encodings(0))
    assert server_gets(client, message + request()) == request()


@pytest.mark.parametrize("message", [fence(0, b"abc"), continuous(1)])
def test_extensions_for_looking_pass_in_view_mode(message: bytes) -> None:
    """They change nothing for the user."""
    client, _ = started(Mode.VIEW)
    assert server_gets(client, message) == message


@pytest.mark.parametrize("length", [0, 1, 1_500_000])
@pytest.mark.parametrize("mode", list(Mode))
def test_no_cut_text_ever_passes(mode: Mode, length: int) -> None:
    """In no mode, of no length; what is behind it does what it does. Clipboards cross by the channel's own frames."""
    client, _ = started(mode)
    assert client.feed(client_cut(bytes(length)) + request()) == [request()]


# pointing


def test_a_helper_who_looks_points() -> None:
    """Pointer messages in view mode come out as places, clicks too; in control mode they do not."""
    client, _ = started(Mode.VIEW)
    assert client.feed(pointer(10, 20) + request() + pointer(11, 21, 1)) == [
        PointerMoved(10, 20),
        request(),
        PointerMoved(11, 21, pressed=True),
    ]
    client.set_mode(Mode.CONTROL)
    assert client.feed(pointer(1, 2)) == [pointer(1, 2)]


@pytest.mark.parametrize("mode", list(Mode))
def test_nobody_points_while_a_question_is_open_or_the_user_has_paused(mode: Mode) -> None:
    """Neither as input nor as a place to show."""
    client, _ = started(mode)
    client.question_open(True)
    assert client.feed(pointer(1, 2)) == []
    client.question_open(False)
    client.stop()
    assert client.feed(pointer(1, 2)) == []


# stopping input


@pytest.mark.parametrize("stop", ["view", "question", "pause"])
def test_what_is_held_is_let_go_when_input_stops(stop: str) -> None:
    """Keys, the latest first, of both kinds, and all buttons, where the pointer last was."""
    client, _ = started()
    client.feed(key(0xFFE3) + key(A) + qemu_key(B, 48) + key(0x63) + key(0x63, 0) + pointer(5, 6, 0b101))
    acts: dict[str, Callable[[], list[Passed]]] = {
        "view": lambda: client.set_mode(Mode.VIEW),
        "question": lambda: client.question_open(True),
        "pause": client.stop,
    }
    released = acts[stop]
    assert heard(released()) == qemu_key(B, 48, 0) + key(A, 0) + key(0xFFE3, 0) + pointer(5, 6, 0)
    assert heard(released()) == b""


def test_nothing_is_let_go_where_nothing_is_held() -> None:
    """Also after everything was released by the viewer."""
    client, _ = started()
    client.feed(key(A) + key(A, 0) + qemu_key(A, 30) + qemu_key(A, 30, 0) + pointer(5, 6, 1) + pointer(5, 6, 0))
    assert heard(client.set_mode(Mode.VIEW)) == b""


def test_what_is_held_stays_held_where_input_goes_on() -> None:
    """Control again, a question that closes: not a release."""
    client, _ = started()
    client.feed(key(A) + pointer(5, 6, 1))
    assert heard(client.set_mode(Mode.CONTROL)) == b""
    assert heard(client.question_open(False)) == b""
    assert heard(client.viewer_gone()) == key(A, 0) + pointer(5, 6, 0)


def test_input_stays_off_until_every_reason_is_gone() -> None:
    """View mode, question and pause are three locks on one door."""
    client, _ = started(Mode.VIEW)
    client.question_open(True)
    client.stop()
    assert server_gets(client, key(A)) == b""
    client.set_mode(Mode.CONTROL)
    assert server_gets(client, key(A) + client_cut(b"x")) == b""
    client.question_open(False)
    assert server_gets(client, key(A) + pointer(1, 1, 1)) == b""
    client.go_on()
    assert server_gets(client, key(A)) == key(A)


def test_a_question_alone_stops_input() -> None:
    """In control mode."""
    client, _ = started()
    client.question_open(True)
    assert server_gets(client, key(A) + qemu_key(A, 30) + pointer(1, 1, 1) + client_cut(b"x")) == b""
    client.question_open(False)
    assert server_gets(client, key(B)) == key(B)


@pytest.mark.parametrize("message", [key(A), qemu_key(A, 30), pointer(1, 2, 1)])
def test_a_message_under_way_when_the_mode_changes(message: bytes) -> None:
    """Dropped either way, at every byte it may be cut at; the next one is decided anew."""
    for at in range(1, len(message)):
        client, _ = started(Mode.VIEW)
        assert client.feed(message[:at]) == []
        client.set_mode(Mode.CONTROL)
        assert client.feed(message[at:] + key(B)) == [key(B)]
        client, _ = started(Mode.CONTROL)
        client.feed(message[:at])
        client.set_mode(Mode.VIEW)
        assert server_gets(client, message[at:] + key(B)) == b""


def test_a_button_held_in_view_mode_is_no_press_later() -> None:
    """Nor is one held while input was stopped: it must be let go first."""
    client, _ = started(Mode.VIEW)
    client.feed(pointer(1, 1, 1))
    client.set_mode(Mode.CONTROL)
    assert server_gets(client, pointer(2, 2, 0b11)) == pointer(2, 2, 0b10)
    assert server_gets(client, pointer(2, 2, 0)) == pointer(2, 2, 0)
    assert server_gets(client, pointer(3, 3, 1)) == pointer(3, 3, 1)
    client.question_open(True)
    client.question_open(False)
    assert server_gets(client, pointer(4, 4, 1)) == pointer(4, 4, 0)
    assert server_gets(client, pointer(4, 4, 0) + pointer(4, 4, 1)) == pointer(4, 4, 0) + pointer(4, 4, 1)


def test_a_button_let_go_while_input_was_stopped() -> None:
    """It may be pressed at once afterwards."""
    client, _ = started()
    client.feed(pointer(1, 1, 1))
    client.set_mode(Mode.VIEW)
    client.feed(pointer(1, 1, 0))
    client.set_mode(Mode.CONTROL)
    assert server_gets(client, pointer(1, 1, 1)) == pointer(1, 1, 1)


def test_a_release_of_what_is_not_held_goes_on() -> None:
    """For Shift+A some viewers press "A" and let go of "a"; the server knows both as one key."""
    client, _ = started()
    assert server_gets(client, key(0x41) + key(A, 0)) == key(0x41) + key(A, 0)


def test_held_keys_are_bounded() -> None:
    """The one held longest is let go when there are too many; every one of the rest is let go at the end."""
    client, _ = started()
    for number in range(MAX_HELD):
        client.feed(key(1000 + number))
    assert server_gets(client, key(5000)) == key(1000, 0) + key(5000)
    assert server_gets(client, key(5000)) == key(5000)
    released = heard(client.set_mode(Mode.VIEW))
    assert released == key(5000, 0) + b"".join(key(1000 + number, 0) for number in range(MAX_HELD - 1, 0, -1))


def test_the_two_kinds_of_keys_are_two() -> None:
    """A keysym and a scan code of the same number are different keys."""
    client, _ = started()
    client.feed(key(30) + qemu_key(A, 30) + key(30, 0))
    assert heard(client.set_mode(Mode.VIEW)) == qemu_key(A, 30, 0)


# Tasuki's own bar, and the hotkey


def test_nothing_is_pressed_over_the_bar() -> None:
    """Moves go on; a press does not, nor the drag that it would begin."""
    client, _ = started()
    client.cover([Box(100, 0, 50, 10), Box(0, 0, 1, 1)])
    for x, y, inside in (
        (100, 0, 1),
        (149, 9, 1),
        (0, 0, 1),
        (99, 0, 0),
        (150, 0, 0),
        (100, 10, 0),
        (149, 10, 0),
        (1, 0, 0),
    ):
        assert server_gets(client, pointer(x, y, 0)) == pointer(x, y, 0)
        assert server_gets(client, pointer(x, y, 1)) == pointer(x, y, 0 if inside else 1)
        assert server_gets(client, pointer(300, 300, 1)) == pointer(300, 300, 0 if inside else 1)
        assert server_gets(client, pointer(x, y, 0)) == pointer(x, y, 0)
    client.cover([])
    assert server_gets(client, pointer(100, 0, 1)) == pointer(100, 0, 1)


def test_a_box_has_four_sides() -> None:
    """Left and top are in it, right and bottom are not."""
    box = Box(10, 20, 5, 5)
    assert box.holds(10, 20)
    assert box.holds(14, 24)
    assert not box.holds(9, 20)
    assert not box.holds(15, 20)
    assert not box.holds(10, 19)
    assert not box.holds(10, 25)


def test_a_drag_that_began_elsewhere_may_pass_over_the_bar() -> None:
    """What was pressed outside stays pressed, another button does not join it."""
    client, _ = started()
    client.cover([Box(100, 0, 50, 10)])
    data = pointer(50, 50, 1) + pointer(110, 5, 0b11) + pointer(50, 50, 0b11) + pointer(110, 5, 0)
    assert server_gets(client, data) == pointer(50, 50, 1) + pointer(110, 5, 1) + pointer(50, 50, 1) + pointer(
        110, 5, 0
    )


@pytest.mark.parametrize("event", [key(0xFF13), key(0xFF6B), qemu_key(0xFF13, 1), qemu_key(0, 0xC6)])
def test_the_stop_hotkeys_last_key_is_swallowed(event: bytes) -> None:
    """By whatever name the viewer has for it, pressed or let go, and it is never held."""
    client, _ = started()
    release = bytearray(event)
    release[3 if event[0] == 255 else 1] = 0
    assert server_gets(client, event + bytes(release) + key(A)) == key(A)
    client.feed(key(A, 0) + event)
    assert heard(client.set_mode(Mode.VIEW)) == b""


def test_another_stop_key() -> None:
    """Only the names it was given."""
    stop = StopKey(frozenset({A}), frozenset({30}))
    client, _ = started(stop_key=stop)
    assert server_gets(client, key(A) + qemu_key(B, 30) + key(0xFF13)) == key(0xFF13)
    assert not stop.is_pressed_by(KeyEvent(True, 30))
    assert stop.is_pressed_by(QemuKeyEvent(True, A, 1))


def test_nothing_is_typed_into_the_bar() -> None:
    """What is held is let go; keys end here until the keyboard is elsewhere again; the pointer goes on."""
    client, _ = started()
    assert heard(client.cover_keyboard(False)) == b""
    client.feed(key(A) + pointer(5, 5, 1))
    assert heard(client.cover_keyboard(True)) == key(A, 0)
    assert server_gets(client, key(B) + qemu_key(B, 48) + pointer(6, 6, 1)) == pointer(6, 6, 1)
    assert heard(client.cover_keyboard(True)) == b""
    assert heard(client.cover_keyboard(False)) == b""
    assert server_gets(client, key(B)) == key(B)
    assert heard(client.cover_keyboard(False)) == b""
    assert heard(client.set_mode(Mode.VIEW)) == key(B, 0) + pointer(6, 6, 0)


# a stopped picture

DEFAULT = set_pixel_format(RGB32)
EVERYTHING = request(incremental=0)


def test_nothing_goes_on_while_the_picture_is_stopped() -> None:
    """Whatever the viewer says: the server's connection is closed, or about to be."""
    client, _ = started()
    client.stop()
    for message in WELL_FORMED:
        assert client.feed(message) == []


def test_the_next_server_hears_the_last_wishes() -> None:
    """Format and encodings, the latest of each, whether they came before or meanwhile."""
    client, _ = started(Mode.VIEW)
    client.feed(set_pixel_format(RGB16) + set_encodings(7))
    client.stop()
    assert client.go_on() == set_pixel_format(RGB16) + set_encodings(7)
    client.stop()
    client.feed(set_encodings(0, 4, 16, 7) + set_pixel_format(BGR8) + set_encodings(4, 16, 7))
    assert client.go_on() == set_pixel_format(BGR8) + set_encodings(7, 16)


def test_the_next_server_hears_the_first_ones_format() -> None:
    """Where the viewer wished for none: another server's own may be another."""
    client, _ = started(Mode.VIEW, agreed=False)
    client.stop()
    assert client.go_on() == DEFAULT


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_who_waits_gets_a_whole_picture(when: str) -> None:
    """Unasked, and in the size that the screen has then: what was asked for is never sent again."""
    client, state = started(Mode.VIEW, agreed=False)
    if when == "before":
        client.feed(request(1, 2, 3, 4))
    client.stop()
    if when == "meanwhile":
        client.feed(request(1, 2, 3, 4) + request(5, 6, 7, 8, incremental=0))
    state.width, state.height = 800, 600
    assert client.go_on() == DEFAULT + request(0, 0, 800, 600, incremental=0)
    assert server_gets(client, request()) == request()


def test_who_does_not_wait_may_be_about_to_change_its_format() -> None:
    """Nothing comes unasked; the first request asks for everything, in the format that the viewer has by then."""
    client, state = started(Mode.VIEW, agreed=False)
    client.feed(request())
    state.update_started()
    state.update_shown()
    client.stop()
    assert client.go_on() == DEFAULT
    assert server_gets(client, set_pixel_format(BGR8) + request(1, 2, 3, 4) + request(1, 2, 3, 4)) == (
        set_pixel_format(BGR8) + EVERYTHING + request(1, 2, 3, 4)
    )


def test_a_first_request_that_comes_too_late() -> None:
    """The picture is stopped again before it: what it asks for comes later."""
    client, _ = started(Mode.VIEW, agreed=False)
    client.stop()
    client.go_on()
    client.stop()
    assert client.feed(request(1, 2, 3, 4)) == []
    assert client.go_on() == DEFAULT + EVERYTHING
    assert server_gets(client, request(1, 2, 3, 4)) == request(1, 2, 3, 4)


def test_continuous_updates_go_on() -> None:
    """Once the next server has announced them; nothing is asked for in them, so the whole picture is asked for at once."""
    client, state = started(Mode.VIEW)
    listed = set_encodings(enc.FENCE, enc.CONTINUOUS_UPDATES, enc.QEMU_KEY)
    client.feed(continuous(1, 1, 2, 3, 4))
    client.stop()
    state.cut()
    assert client.go_on() == DEFAULT + listed + EVERYTHING
    assert not client.all_announced
    state.fence_seen(FENCE_REQUEST, b"")
    assert not client.all_announced
    assert not state.end_seen()
    assert client.all_announced
    assert client.joined() == continuous(1, 1, 2, 3, 4)
    assert server_gets(client, continuous(0)) == continuous(0)


def test_continuous_updates_that_nobody_wishes_for() -> None:
    """The server is not told to begin."""
    client, state = started(Mode.VIEW)
    client.feed(continuous(1) + continuous(0))
    client.stop()
    state.cut()
    client.go_on()
    assert not client.all_announced
    assert client.joined() == b""


@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize("announced", [True, False])
def test_who_counts_on_continuous_updates(listed: bool, announced: bool) -> None:
    """A viewer that listed them and was told of them."""
    client, state = started(Mode.VIEW, agreed=False)
    client.feed(set_encodings(enc.CONTINUOUS_UPDATES if listed else 0))
    if announced:
        state.end_seen()
    state.cut()
    assert client.all_announced is not (listed and announced)
    state.end_seen()
    assert client.all_announced


@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize("announced", [True, False])
def test_who_counts_on_fences(listed: bool, announced: bool) -> None:
    """A viewer that listed them and was told of them."""
    client, state = started(Mode.VIEW, agreed=False)
    client.feed(set_encodings(enc.FENCE if listed else 0))
    if announced:
        state.fence_seen(FENCE_REQUEST, b"")
    state.cut()
    assert client.all_announced is not (listed and announced)
    state.fence_seen(FENCE_REQUEST, b"")
    assert client.all_announced


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_a_fence_that_is_half_said(when: str) -> None:
    """Nobody may answer it before the message that it belongs to: the next server gets both, one behind the other."""
    client, state = started(Mode.VIEW)
    if when == "before":
        client.feed(fence(SYNC, b"x"))
    client.stop()
    state.cut()
    if when == "meanwhile":
        client.feed(fence(SYNC, b"x"))
    assert state.owed() == Owed(ends=0, fences=())
    client.go_on()
    assert client.joined() == fence(SYNC, b"x")
    assert server_gets(client, set_pixel_format(BGR8)) == set_pixel_format(BGR8)
    assert state.format.encode() == RGB32
    state.fence_seen(SYNC & ~FENCE_REQUEST, b"x")
    assert state.format.encode() == BGR8


def test_continuous_updates_answer_no_request() -> None:
    """What was asked for before them, or their end, is no reason to send anything unasked: a new format may be on its way."""
    client, state = started(Mode.VIEW)
    client.feed(request() + continuous(1) + continuous(0))
    client.stop()
    state.cut()
    assert EVERYTHING not in client.go_on()
    assert server_gets(client, set_pixel_format(BGR8) + request()) == set_pixel_format(BGR8) + EVERYTHING


def test_continuous_updates_that_begin_later() -> None:
    """No request will come, so everything is asked for with them, once."""
    client, state = started(Mode.VIEW)
    client.stop()
    state.cut()
    client.go_on()
    state.end_seen()
    assert server_gets(client, continuous(0) + continuous(1) + request()) == (
        continuous(0) + continuous(1) + EVERYTHING + request()
    )


def test_answers_of_a_viewer_that_lists_no_fences_any_more() -> None:
    """They do not go on, and count all the same."""
    client, state = started(Mode.VIEW)
    assert server_gets(client, fence(0, b"first")) == fence(0, b"first")
    state.fence_seen(FENCE_REQUEST, b"old")
    state.cut()
    state.fence_seen(FENCE_REQUEST, b"new")
    assert server_gets(client, set_encodings(0) + fence(0, b"old")) == set_encodings(0)
    assert server_gets(client, set_encodings(enc.FENCE) + fence(0, b"new")) == set_encodings(enc.FENCE) + fence(
        0, b"new"
    )


def test_what_is_wished_for_meanwhile_is_noted() -> None:
    """A beginning for the next server; an end, and a fence, for whoever answers without one."""
    client, state = started(Mode.VIEW)
    client.stop()
    state.cut()
    assert client.feed(continuous(1, 1, 2, 3, 4) + fence(FENCE_REQUEST, b"x")) == []
    assert state.owed() == Owed(ends=0, fences=((FENCE_REQUEST, b"x"),))
    assert client.joined() == continuous(1, 1, 2, 3, 4)
    assert client.feed(continuous(0)) == []
    assert state.owed() == Owed(ends=1, fences=())
    assert client.joined() == b""


def test_what_was_never_announced_is_not_noted_either() -> None:
    """Nobody owes an answer to what the viewer may not say."""
    client, state = started(Mode.VIEW, agreed=False)
    client.feed(set_encodings(enc.FENCE, enc.CONTINUOUS_UPDATES))
    client.stop()
    assert client.feed(continuous(1) + continuous(0) + fence(SYNC, b"x")) == []
    assert state.owed() == Owed(ends=0, fences=())


def test_before_the_next_server_has_announced_it() -> None:
    """It is dropped, though the server before had: this one may read it by another length."""
    client, state = started()
    client.stop()
    state.cut()
    client.go_on()
    assert server_gets(client, continuous(1) + fence(0, b"x") + qemu_key(A, 30) + key(A)) == key(A)


def test_answers_to_a_server_that_is_no_more_are_dropped() -> None:
    """The next one would take them for answers of its own."""
    client, state = started(Mode.VIEW)
    assert server_gets(client, fence(0, b"first")) == fence(0, b"first")
    state.fence_seen(FENCE_REQUEST, b"old")
    client.stop()
    state.cut()
    client.go_on()
    state.fence_seen(FENCE_REQUEST, b"new")
    assert server_gets(client, fence(0, b"old") + fence(0, b"new")) == fence(0, b"new")


def test_a_fence_is_in_step_also_while_the_picture_is_stopped() -> None:
    """With the next message that would have gone on."""
    client, state = started(Mode.VIEW)
    client.feed(fence(SYNC, b"x"))
    client.stop()
    client.feed(key(A))
    assert state.in_step
    client.feed(request())
    assert not state.in_step
    assert state.owed().fences == ((SYNC, b"x"),)


def test_stopping_lets_go_first() -> None:
    """Keys and buttons, once; what is held at the viewer is no press later."""
    client, _ = started()
    client.feed(key(A) + pointer(5, 6, 1))
    assert heard(client.stop()) == key(A, 0) + pointer(5, 6, 0)
    assert heard(client.stop()) == b""
    client.go_on()
    assert server_gets(client, pointer(5, 6, 1) + pointer(5, 6, 0) + pointer(5, 6, 1)) == (
        pointer(5, 6, 0) + pointer(5, 6, 0) + pointer(5, 6, 1)
    )


def test_changes_of_mode_while_the_picture_is_stopped() -> None:
    """They count from when it goes on."""
    client, _ = started(Mode.VIEW)
    client.stop()
    assert heard(client.set_mode(Mode.CONTROL)) == b""
    assert server_gets(client, key(A)) == b""
    client.go_on()
    assert server_gets(client, key(A)) == key(A)
    assert heard(client.stop()) == key(A, 0)
    assert heard(client.set_mode(Mode.VIEW)) == b""
    client.go_on()
    assert server_gets(client, key(B)) == b""


# the end of a viewer


def test_a_viewer_that_has_gone_leaves_nothing_behind() -> None:
    """What it held is let go, in control mode too, and what it had asked for without end is ended, once."""
    client, _ = started()
    client.feed(key(A) + continuous(1))
    assert heard(client.viewer_gone()) == key(A, 0) + OFF
    assert heard(client.viewer_gone()) == b""


def test_a_viewer_that_goes_while_the_picture_is_stopped() -> None:
    """There is no server to tell, nor anything for the next one to go on with."""
    client, _ = started()
    client.feed(continuous(1))
    client.stop()
    assert heard(client.viewer_gone()) == b""
    assert client.joined() == b""


# any stream in any pieces

WELL_FORMED = [
    *HARMLESS,
    key(A),
    key(A, 0),
    qemu_key(A, 30),
    pointer(1, 2),
    pointer(3, 4, 1),
    client_cut(b"text"),
    fence(SYNC, b"1"),
    continuous(1),
    continuous(0),
    b"\x08\2\0\0",
    b"\xfa\0\1\2",
    b"\xff\1\0\2" + bytes(6),
]
STREAMS = st.lists(st.sampled_from(WELL_FORMED), max_size=30)
SIZES = st.lists(st.integers(1, 40), min_size=1, max_size=5)


@given(STREAMS, SIZES, st.sampled_from(list(Mode)))
def test_pieces_do_not_matter(messages: list[bytes], sizes: list[int], mode: Mode) -> None:
    """However a stream is cut, the same comes out, in whole messages."""
    data = b"".join(messages)
    whole = started(mode)[0].feed(data)
    for cut in (pieces(data, sizes), byte_by_byte(data)):
        client, _ = started(mode)
        out = [item for piece in cut for item in client.feed(piece)]
        assert out == whole


@given(STREAMS, SIZES)
def test_no_input_comes_out_in_view_mode(messages: list[bytes], sizes: list[int]) -> None:
    """Whatever is between: not one key, pointer or clipboard."""
    client, _ = started(Mode.VIEW)
    out = b"".join(server_gets(client, piece) for piece in pieces(b"".join(messages), sizes))
    passed = []
    agreed = True  # until the first SetEncodings, which lists no extension
    for message in messages:
        agreed = agreed and message[0] != 2
        if message[0] in {0, 2, 3} or (agreed and message[0] in {150, 248}):
            passed.append(message)
    assert out == b"".join(passed)


@given(
    STREAMS,
    st.lists(st.sampled_from(["view", "control", "ask", "answer", "pause", "go on", "here", "there"]), max_size=30),
)
def test_whatever_happens_nothing_stays_held(messages: list[bytes], happenings: list[str]) -> None:
    """After the last change to view mode the server has been told of a release for each key and button that it holds."""
    client, _ = started(Mode.VIEW)
    acts: dict[str, Callable[[], list[Passed]]] = {
        "view": lambda: client.set_mode(Mode.VIEW),
        "control": lambda: client.set_mode(Mode.CONTROL),
        "ask": lambda: client.question_open(True),
        "answer": lambda: client.question_open(False),
        "pause": client.stop,
        "go on": lambda: [client.go_on()],
        "here": lambda: client.cover_keyboard(True),
        "there": lambda: client.cover_keyboard(False),
    }
    data = b""
    for number, message in enumerate(messages):
        data += server_gets(client, message)
        if number < len(happenings):
            data += heard(acts[happenings[number]]())
    data += heard(client.set_mode(Mode.VIEW))
    client.feed(key(B) + pointer(9, 9, 7))
    keys, buttons = held_at_the_end(data)
    assert not keys
    assert not buttons


LENGTHS = {0: 20, 3: 10, 4: 8, 5: 6, 150: 10, 255: 12}


def held_at_the_end(data: bytes) -> tuple[set[bytes], int]:
    """What a server believes to be held, by a reading of the bytes that shares no code with the filter."""
    keys: set[bytes] = set()
    buttons = at = 0
    while at < len(data):
        kind = data[at]
        if kind == 4:
            (keys.add if data[at + 1] else keys.discard)(data[at + 4 : at + 8])
        if kind == 5:
            buttons = data[at + 1]
        if kind == 255:
            (keys.add if data[at + 3] else keys.discard)(data[at + 8 : at + 12])
        if kind == 2:
            at += 4 + 4 * data[at + 3]
        elif kind in {6, 248}:
            at += 8 + data[at + 7] if kind == 6 else 9 + data[at + 8]
        else:
            at += LENGTHS[kind]
    return keys, buttons
