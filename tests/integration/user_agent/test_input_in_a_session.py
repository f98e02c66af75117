"""A helper's keys and pointer from a viewer into real programs, past real VNC servers, which show the picture and no more."""

import asyncio
import contextlib
import os
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from common.host.computer import Computer
from common.host.errors import TasukiError
from common.host.x11 import open_display
from common.protocol.messages import Mode
from helper_agent.viewer_front import ViewerFront
from tests.support.desktops import bare_desktop, happens, running, wait_for, xdotool
from tests.support.fields import Field, qt, random_text, xterm
from tests.support.rfb import key, pointer
from tests.support.rfb_channel import JoinedSession
from tests.support.rfb_viewer import TestViewer
from user_agent.broker import Broker
from user_agent.input.keysyms import keysym_of
from user_agent.input.opening import open_x11
from user_agent.input.xkb import Xkb
from user_agent.servers.monitors import named
from user_agent.sharing import Sharing
from user_agent.stop_keys import chosen

CONTROL, SHIFT = 0xFFE3, 0xFFE1
SERVERS = ["x11vnc", "x0vncserver"]


@pytest.fixture
def display(tmp_path: Path) -> Iterator[str]:
    with bare_desktop(tmp_path) as found:
        yield found


@dataclass
class Live:
    """A session that shows a display."""

    broker: Broker
    session: JoinedSession
    viewer: TestViewer
    front: ViewerFront
    lost: list[TasukiError] = field(default_factory=list)


@contextlib.asynccontextmanager
async def live(
    display: str, server: str, folder: Path, *, mode: Mode = Mode.CONTROL, screen: str = ""
) -> AsyncIterator[Live]:
    """The display shown as the agent shows it, from choosing the server to putting everything back."""
    lost: list[TasukiError] = []
    computer = Computer(environ={**os.environ, "DISPLAY": display}, platform="linux")
    sharing = Sharing(
        computer=computer,
        wanted=server,
        running=None,
        stop_key=chosen("", "linux").key.filtered,
        journal=folder / "journal",
        random=os.urandom,
        open_desktop=open_x11,
        on_input_lost=lost.append,
        on_shared=lambda _: None,
        on_problem=lost.append,
    )
    wanted = await asyncio.to_thread(named, computer, screen)
    kind = await sharing.server(wanted)
    async with sharing.session(kind, () if wanted is None else (wanted,), lost=lambda: None) as broker:
        front = ViewerFront(random=os.urandom)
        session = JoinedSession(user=broker, helper=front, mode=mode)
        offer = await front.offer()
        viewer = await TestViewer.login(offer.port, offer.password)
        await viewer.raw_update()
        try:
            yield Live(broker, session, viewer, front, lost)
        finally:
            await viewer.close()
            session.close()
    await sharing.close()
    assert not lost


def keyboard(display: str) -> tuple[bytes, bytes]:
    """The whole map, and the controls, key repeat among them."""
    opened = open_display(display)
    try:
        return Xkb(opened).map()[8:], Xkb(opened).controls()
    finally:
        opened.close()


def repeats(display: str) -> tuple[int, bytes]:
    """Whether keys are repeated, altogether and each."""
    opened = open_display(display)
    try:
        told = opened.get_keyboard_control()
        return int(told.global_auto_repeat), bytes(told.auto_repeats)
    finally:
        opened.close()


def down(display: str) -> tuple[list[int], int]:
    """Keys and buttons that the X server has as held."""
    opened = open_display(display)
    try:
        bits = bytes(opened.query_keymap())
        keys = [code for code in range(8, 256) if bits[code >> 3] & 1 << (code & 7)]
        return keys, opened.screen().root.query_pointer().mask & 0x1F00
    finally:
        opened.close()


def xset(display: str) -> bytes:
    """Key repeat, pointer, screen saver, DPMS, as a person sees them."""
    return subprocess.run(["xset", "-display", display, "q"], capture_output=True, check=True, timeout=10).stdout


def lay_out(display: str, layout: str) -> None:
    subprocess.run(["setxkbmap", "-display", display, layout], check=True, timeout=10)


def two_monitors(display: str) -> None:
    for name, place, output in (("left", "300/80x768/200+0+0", "screen"), ("right", "724/190x768/200+300+0", "none")):
        subprocess.run(["xrandr", "--display", display, "--setmonitor", name, place, output], check=True, timeout=10)


def stroke(viewer: TestViewer, *keysyms: int) -> None:
    viewer.say(*(key(one) for one in keysyms), *(key(one, 0) for one in reversed(keysyms)))


async def write(viewer: TestViewer, place: Field, text: str) -> None:
    """Key by key, as a viewer does, and all of it arrives."""
    for character in text:
        stroke(viewer, keysym_of(character))
    got, _ = await asyncio.to_thread(place.all_of, len(text))
    assert got == text


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize(("program", "layout"), [(qt, "de"), (xterm, "us,ru")])
async def test_characters_of_every_script_arrive(
    display: str,
    tmp_path: Path,
    server: str,
    program: Callable[[str, Path], contextlib.AbstractContextManager[Field]],
    layout: str,
) -> None:
    """Two hundred at random; afterwards map and key repeat are byte for byte what they were."""
    lay_out(display, layout)
    with program(display, tmp_path) as place:
        before = keyboard(display), repeats(display)
        async with live(display, server, tmp_path) as now:
            await write(now.viewer, place, random_text(200, seed=21))
            assert not now.session.helper.unpressed_keys
        assert (keyboard(display), repeats(display)) == before


@pytest.mark.parametrize("server", SERVERS)
async def test_the_persons_settings_stay(display: str, tmp_path: Path, server: str) -> None:
    """Keyboard, key repeat and the pointer's, in view mode, in control mode, with keys pressed, and after."""

    def settings() -> tuple[object, ...]:
        return keyboard(display), repeats(display), xset(display)

    before = settings()
    async with live(display, server, tmp_path, mode=Mode.VIEW) as now:
        assert settings() == before
        now.session.set_mode(Mode.CONTROL)
        stroke(now.viewer, ord("a"))
        await now.viewer.raw_update()
        await asyncio.sleep(0.5)
        assert settings() == before
        now.session.set_mode(Mode.VIEW)
        await asyncio.sleep(0.5)
        assert settings() == before
    assert settings() == before


@pytest.mark.parametrize("server", SERVERS)
async def test_chords_buttons_and_both_wheels(display: str, tmp_path: Path, server: str) -> None:
    """As they are pressed."""
    control, shift = Qt.KeyboardModifier.ControlModifier.value, Qt.KeyboardModifier.ShiftModifier.value
    with qt(display, tmp_path) as place:
        async with live(display, server, tmp_path) as now:
            stroke(now.viewer, CONTROL, SHIFT, ord("T"))
            await happens("the chord is heard", lambda: len(place.heard()) == 3)
            assert (place.heard()[-1].key, place.heard()[-1].modifiers) == (ord("T"), control | shift)
    argv = ["stdbuf", "-oL", "xev", "-geometry", "400x300+100+100", "-event", "button"]
    with running(argv, tmp_path, display=display) as listener:
        wait_for("xev", lambda: xdotool(display, "getactivewindow", "getwindowname") == "Event Tester")
        async with live(display, server, tmp_path) as now:
            for number in range(8):
                now.viewer.say(pointer(200, 200, 1 << number), pointer(200, 200, 0))
            await happens("all are let go", lambda: listener.said().count("ButtonRelease") >= 8)
            assert all(f"button {number}," in listener.said() for number in range(1, 9))


ENDS: dict[str, Callable[[Live], None]] = {
    "view": lambda now: now.session.set_mode(Mode.VIEW),
    "pause": lambda now: now.session.pause(True),
    "question": lambda now: now.broker.question_open(True),
    "our own window has the keyboard": lambda now: now.broker.cover_keyboard(True),
    "the viewer is closed": lambda now: now.viewer.writer.close(),
    "the session ends": lambda now: now.session.close(),
}


@pytest.mark.parametrize("server", SERVERS)
async def test_nothing_stays_down(display: str, tmp_path: Path, server: str) -> None:
    """Whatever ends input, with modifiers, a letter, one that is lent, and a button held."""
    for what, end in ENDS.items():
        async with live(display, server, tmp_path) as now:
            now.viewer.say(*(key(one) for one in (CONTROL, SHIFT, ord("Q"), 0x1006F22)), pointer(900, 700, 1))
            await happens("all is down", lambda: len(down(display)[0]) == 4 and bool(down(display)[1]))
            end(now)
            await happens(f"{what}: nothing is down", lambda: down(display) == ([], 0))
            with contextlib.suppress(OSError):  # where the session has ended
                now.viewer.say(key(ord("x")))
            await asyncio.sleep(0.05)
            assert down(display) == ([], 0)


async def test_what_cannot_be_pressed_is_told_to_the_helper(display: str, tmp_path: Path) -> None:
    """And the rest is pressed."""
    with xterm(display, tmp_path) as place:
        async with live(display, "x11vnc", tmp_path) as now:
            stroke(now.viewer, 0xFFFFFF)
            await write(now.viewer, place, "a")
            assert now.session.helper.unpressed_keys == [("", 0xFFFFFF)]


async def test_one_screen_of_two(display: str, tmp_path: Path) -> None:
    """The framebuffer's first pixel is that screen's; the pointer does not leave it."""
    two_monitors(display)
    async with live(display, "x11vnc", tmp_path, screen="724x768+300+0") as now:
        now.viewer.say(pointer(10, 20))
        await happens("the pointer", lambda: xdotool(display, "getmouselocation").startswith("x:310 y:20"))
        now.viewer.say(pointer(5000, 5000))
        await happens("the pointer", lambda: xdotool(display, "getmouselocation").startswith("x:1023 y:767"))
    async with live(display, "x11vnc", tmp_path, screen="300x768+0+0") as now:
        now.viewer.say(pointer(5000, 50))
        await happens("the pointer", lambda: xdotool(display, "getmouselocation").startswith("x:299 y:50"))
