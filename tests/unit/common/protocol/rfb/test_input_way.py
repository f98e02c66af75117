"""Input by both ways: whatever keeps it from the server keeps it from the desktop, and what is held is let go there too."""

from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.protocol.messages import Mode
from common.protocol.rfb import encodings as enc
from common.protocol.rfb.client_messages import KeyEvent, PointerEvent
from common.protocol.rfb.filter import PAUSE_KEY, Box, ClientFilter, Pointed, PointerMoved, StopKey
from common.protocol.rfb.input_way import MAX_HELD, Passed, ReleaseAll, messages
from common.protocol.rfb.pixels import PixelFormat
from common.protocol.rfb.state import FENCE_REQUEST, FENCE_SYNC_NEXT, StreamState
from tests.support.rfb import (
    RGB16,
    RGB32,
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

A, B, SHIFT = 0x61, 0x62, 0xFFE1


class Played:
    """A filter, and what a server or a desktop makes of what it passes on: what was pressed, and what is held now."""

    def __init__(self, mode: Mode = Mode.CONTROL, *, to_desktop: bool, stop_key: StopKey = PAUSE_KEY) -> None:
        state = StreamState()
        state.started(640, 480, PixelFormat.parse(RGB32))
        self.client = ClientFilter(state=state, mode=mode, stop_key=stop_key, to_desktop=to_desktop)
        self.client.feed(set_encodings(enc.FENCE, enc.CONTINUOUS_UPDATES, enc.QEMU_KEY))
        state.fence_seen(FENCE_REQUEST, b"")
        state.end_seen()
        state.qemu_key_announced = True
        self.state = state
        self.to_desktop = to_desktop
        self.pressed: list[int] = []
        self.keys: set[int] = set()
        self.buttons = 0
        self.clicks = 0  # buttons that went down, all of them
        self.place = (0, 0)

    def say(self, *data: bytes) -> None:
        self.hear(self.client.feed(b"".join(data)))

    def hear(self, passed: Iterable[object]) -> None:
        for one in passed:
            if isinstance(one, bytes):
                assert not self.to_desktop or one[0] not in {4, 5, 255}
                self._message(one)
            else:
                assert self.to_desktop or isinstance(one, PointerMoved)
                self._event(one)

    def _message(self, data: bytes) -> None:
        if data[0] == 4:
            self._key(int.from_bytes(data[4:8], "big"), bool(data[1]))
        if data[0] == 255:
            self._key(int.from_bytes(data[4:8], "big"), bool(data[3]))
        if data[0] == 5:
            self._point(data[1], int.from_bytes(data[2:4], "big"), int.from_bytes(data[4:6], "big"))

    def _event(self, event: object) -> None:
        match event:
            case KeyEvent(down=down, keysym=keysym):
                self._key(keysym, down)
            case PointerEvent(buttons=buttons, x=x, y=y):
                self._point(buttons, x, y)
            case ReleaseAll():
                self.keys.clear()
                self.buttons = 0
            case _:
                assert isinstance(event, PointerMoved)

    def _key(self, keysym: int, down: bool) -> None:
        if down:
            self.pressed.append(keysym)
            self.keys.add(keysym)
        else:
            self.keys.discard(keysym)

    def _point(self, buttons: int, x: int, y: int) -> None:
        self.clicks |= buttons
        self.buttons, self.place = buttons, (x, y)


Playing = Callable[..., Played]
GUARDS: dict[str, Callable[[ClientFilter], list[object]]] = {
    "view": lambda client: [*client.set_mode(Mode.VIEW)],
    "question": lambda client: [*client.question_open(True)],
    "pause": lambda client: [*client.stop()],
    "viewer gone": lambda client: [*client.viewer_gone()],
}


@pytest.fixture(params=["to the server", "into the desktop"])
def played(request: pytest.FixtureRequest) -> Playing:
    def made(mode: Mode = Mode.CONTROL, *, stop_key: StopKey = PAUSE_KEY) -> Played:
        return Played(mode, to_desktop=request.param == "into the desktop", stop_key=stop_key)

    return made


def test_input_goes_on_in_control_mode(played: Playing) -> None:
    """Keys of both kinds, and the pointer with every button and both wheels."""
    place = played()
    place.say(key(A), qemu_key(B, 48), pointer(3, 4, 0xFF))
    assert place.pressed == [A, B]
    assert (place.buttons, place.place) == (0xFF, (3, 4))
    place.say(qemu_key(B, 48, 0), key(A, 0), pointer(3, 4))
    assert not place.keys
    assert not place.buttons


@pytest.mark.parametrize("guard", ["view", "question", "pause"])
def test_no_input_goes_on_behind_a_guard(played: Playing, guard: str) -> None:
    """Not a key, not a button, not a move; a button that was held at the viewer is no press later."""
    place = played()
    place.hear(GUARDS[guard](place.client))
    place.say(key(A), qemu_key(B, 48), pointer(3, 4, 1), client_cut(b"x"))
    assert not place.pressed
    assert (place.clicks, place.place) == (0, (0, 0))
    place.hear(place.client.set_mode(Mode.CONTROL))
    place.hear(place.client.question_open(False))
    if place.client.stopped:
        place.client.go_on()
    place.say(pointer(3, 4, 1))
    assert not place.clicks
    place.say(pointer(3, 4, 0), pointer(3, 4, 1), key(A))
    assert (place.clicks, place.pressed) == (1, [A])


@pytest.mark.parametrize("guard", GUARDS)
def test_what_is_held_is_let_go_first(played: Playing, guard: str) -> None:
    """Keys and buttons, at every guard."""
    place = played()
    place.say(key(SHIFT), key(A), qemu_key(B, 48), pointer(5, 6, 0b101))
    assert place.keys
    place.hear(GUARDS[guard](place.client))
    assert not place.keys
    assert not place.buttons


@pytest.mark.parametrize("message", [key(A), qemu_key(A, 30), pointer(1, 2, 1)])
def test_a_message_under_way_when_the_mode_changes(played: Playing, message: bytes) -> None:
    """It is dropped, at every byte it may be cut at, in both directions."""
    for at in range(1, len(message)):
        for before, after in ((Mode.VIEW, Mode.CONTROL), (Mode.CONTROL, Mode.VIEW)):
            place = played(before)
            place.say(message[:at])
            place.hear(place.client.set_mode(after))
            place.say(message[at:])
            assert not place.pressed
            assert not place.clicks


def test_nothing_is_pressed_over_the_bar(played: Playing) -> None:
    """The pointer moves there; a drag that began elsewhere goes on."""
    place = played()
    place.client.cover([Box(100, 0, 50, 10)])
    place.say(pointer(110, 5, 1), pointer(300, 300, 1))
    assert (place.clicks, place.place) == (0, (300, 300))
    place.say(pointer(300, 300, 0), pointer(300, 300, 1), pointer(110, 5, 0b11))
    assert place.buttons == 1


def test_a_window_that_comes_ends_what_waits_for_the_desktop() -> None:
    """It was let through before it was known that there is a window; what a server has got, it has done."""
    for to_desktop in (True, False):
        client = ClientFilter(state=StreamState(), mode=Mode.CONTROL, to_desktop=to_desktop)
        client.feed(pointer(1, 2, 1))
        one, two = Box(0, 0, 10, 10), Box(5, 5, 10, 10)
        ends: list[Passed] = [ReleaseAll()] if to_desktop else []
        assert client.cover([one, two]) == ends
        assert client.cover([two, one]) == client.cover([one]) == client.cover([]) == []
        assert client.cover([two]) == ends
        assert client.cover([Box(6, 6, 9, 9)]) == []  # it covers nothing that was not covered
        assert client.cover([Box(6, 6, 10, 9)]) == ends
        assert client.feed(pointer(50, 50, 1)) == ([PointerEvent(0, 50, 50)] if to_desktop else [pointer(50, 50, 1)])


def test_nothing_is_typed_into_the_bar(played: Playing) -> None:
    """What is held is let go; keys go on once the keyboard is elsewhere."""
    place = played()
    place.say(key(A))
    place.hear(place.client.cover_keyboard(True))
    assert not place.keys
    assert not place.client.types
    place.say(key(B), qemu_key(B, 48), pointer(6, 6, 4))
    assert (place.pressed, place.clicks) == ([A], 4)
    place.hear(place.client.cover_keyboard(False))
    assert place.client.types
    place.say(key(B))
    assert place.pressed == [A, B]


@pytest.mark.parametrize("event", [key(0xFF13), key(0xFF6B), qemu_key(0xFF13, 1), qemu_key(0, 0xC6)])
def test_the_stop_hotkeys_last_key_is_swallowed(played: Playing, event: bytes) -> None:
    """By whatever name."""
    place = played()
    place.say(event, key(A))
    assert place.pressed == [A]


def test_held_keys_are_bounded(played: Playing) -> None:
    """The one held longest is let go."""
    place = played()
    place.say(*(key(1000 + number) for number in range(MAX_HELD + 1)))
    assert place.keys == set(range(1001, 1001 + MAX_HELD))


@pytest.mark.parametrize("second", [qemu_key(B, 30), qemu_key(B, 30, 0)])
def test_a_key_that_is_called_otherwise_leaves_nothing_held(played: Playing, second: bytes) -> None:
    """One of QEMU's keys, by another keysym than it went down by: the first one comes up, whatever a receiver goes by."""
    place = played()
    place.say(qemu_key(A, 30), second)
    assert A not in place.keys
    place.hear(place.client.set_mode(Mode.VIEW))
    assert not place.keys


@given(
    st.lists(
        st.sampled_from(
            [
                key(A),
                key(A, 0),
                key(SHIFT),
                qemu_key(A, 30),
                qemu_key(B, 30),
                qemu_key(A, 30, 0),
                qemu_key(B, 30, 0),
                pointer(1, 1, 3),
                pointer(2, 2),
                request(),
            ]
        ),
        max_size=30,
    ),
    st.lists(st.sampled_from(["view", "control", "ask", "answer", "pause", "go on", "here", "there"]), max_size=30),
    st.booleans(),
)
def test_whatever_happens_nothing_stays_held(messages: list[bytes], happenings: list[str], to_desktop: bool) -> None:
    """After the last change to view mode."""
    place = Played(Mode.VIEW, to_desktop=to_desktop)
    client = place.client
    acts: dict[str, Callable[[], Iterable[object]]] = {
        "view": lambda: client.set_mode(Mode.VIEW),
        "control": lambda: client.set_mode(Mode.CONTROL),
        "ask": lambda: client.question_open(True),
        "answer": lambda: client.question_open(False),
        "pause": client.stop,
        "go on": lambda: [client.go_on()],
        "here": lambda: client.cover_keyboard(True),
        "there": lambda: client.cover_keyboard(False),
    }
    for number, message in enumerate(messages):
        place.say(message)
        if number < len(happenings):
            for passed in acts[happenings[number]]():
                if (
                    not isinstance(passed, bytes) or passed[0] != 0
                ):  # what the next server hears first is not one message
                    place.hear([passed])
    place.hear(client.set_mode(Mode.VIEW))
    assert not place.keys
    assert not place.buttons


# into the desktop alone


def test_the_server_hears_the_rest() -> None:
    """Of what asks for the picture all goes there, as before, and of input nothing."""
    place = Played(to_desktop=True)
    rest = [set_pixel_format(RGB16), request(), continuous(1), fence(FENCE_REQUEST, b"x")]
    assert place.client.feed(rest[0] + key(A) + rest[1] + pointer(1, 2) + rest[2] + rest[3]) == [
        rest[0],
        KeyEvent(True, A),
        rest[1],
        PointerEvent(0, 1, 2),
        rest[2],
        rest[3],
    ]


def test_what_waits_is_forgotten_also_where_nothing_is_held() -> None:
    """A key that was pressed and let go may still wait to be pressed: at every guard the desktop hears the one word."""
    for guard in GUARDS.values():
        assert guard(Played(to_desktop=True).client) == [ReleaseAll()]
    assert Played(to_desktop=True).client.cover_keyboard(True) == [ReleaseAll()]
    assert Played(to_desktop=True).client.set_mode(Mode.CONTROL) == []
    assert Played(to_desktop=True).client.question_open(False) == []


def test_keys_of_qemu_need_no_agreement() -> None:
    """No server reads them."""
    state = StreamState()
    state.started(640, 480, PixelFormat.parse(RGB32))
    client = ClientFilter(state=state, mode=Mode.CONTROL, to_desktop=True)
    assert client.feed(qemu_key(A, 30)) == [KeyEvent(True, A)]


def test_a_key_comes_up_by_the_name_by_which_it_went_down() -> None:
    """The viewer may have let go of Shift meanwhile, and calls it otherwise; pressed anew it is another key."""
    place = Played(to_desktop=True)
    assert place.client.feed(qemu_key(0x41, 30) + qemu_key(A, 30, 0)) == [KeyEvent(True, 0x41), KeyEvent(False, 0x41)]
    assert place.client.feed(qemu_key(A, 30) + qemu_key(A, 30) + qemu_key(0x41, 30)) == [
        KeyEvent(True, A),
        KeyEvent(True, A),
        KeyEvent(False, A),
        KeyEvent(True, 0x41),
    ]
    assert place.client.feed(key(0x41, 0)) == [KeyEvent(False, 0x41)]


def test_what_was_let_go_of_is_forgotten() -> None:
    """A key that comes up behind it comes up by the viewer's name for it."""
    place = Played(to_desktop=True)
    place.client.feed(qemu_key(0x41, 30))
    assert place.client.question_open(True) == [ReleaseAll()]
    place.client.question_open(False)
    assert place.client.feed(qemu_key(A, 30, 0)) == [KeyEvent(False, A)]


def test_what_is_for_the_server() -> None:
    """The bytes, joined, in order."""
    assert messages([b"a", ReleaseAll(), KeyEvent(True, A), PointerMoved(1, 2), b"b"]) == b"ab"


def test_input_is_no_message_that_a_fence_is_in_step_with() -> None:
    """The server does not hear it: it counts the next message that it does hear."""
    place = Played(to_desktop=True)
    place.client.feed(fence(FENCE_REQUEST | FENCE_SYNC_NEXT, b"x") + key(A) + pointer(1, 1))
    assert place.state.in_step
    place.client.feed(request())
    assert not place.state.in_step


def test_where_the_helper_has_the_pointer() -> None:
    """Known while the helper may have it; each message counts, also one about the same place: who floods does not rest."""
    client = ClientFilter(state=StreamState(), mode=Mode.CONTROL, to_desktop=True)
    assert client.pointed is None
    client.feed(pointer(5, 6, 0))
    assert client.pointed == Pointed(5, 6, 1)
    client.feed(pointer(5, 6, 0) * 3)
    assert client.pointed == Pointed(5, 6, 4)
    client.question_open(True)
    client.feed(pointer(7, 7, 0))
    assert client.pointed is None
    client.question_open(False)
    assert client.pointed == Pointed(5, 6, 4)
    client.set_mode(Mode.VIEW)
    assert client.pointed is None
    client.set_mode(Mode.CONTROL)
    assert client.pointed == Pointed(5, 6, 4)
