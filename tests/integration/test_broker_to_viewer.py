"""Real VNC servers and viewers, with broker, channel core and viewer front between them. Absence is proved by order."""

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageGrab

from common.host.errors import TasukiError
from common.protocol.messages import Mode
from common.protocol.reasons import Why
from helper_agent.viewer_front import Offer, ViewerFront
from tests.support.desktops import (
    EVENT_TESTER,
    LISTENER,
    TERMINAL,
    TYPEWRITER,
    Desktop,
    VncServer,
    bare_desktop,
    desktop,
    difference,
    happens,
    running,
    x0vncserver,
    x11vnc,
    xdotool,
)
from tests.support.rfb import client_cut, key, pointer, request, set_encodings
from tests.support.rfb_channel import JoinedSession
from tests.support.rfb_viewer import TestViewer
from user_agent.broker import Broker
from user_agent.servers.base import TcpAddress, UnixAddress
from user_agent.servers.foreign import ForeignServer

SHIFT = 0xFFE1


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    with desktop(tmp_path_factory.mktemp("desktop")) as found:
        yield found


@pytest.fixture(scope="module", params=["x11vnc", "x11vnc-unix", "x0vncserver"])
def server(place: Desktop, request: pytest.FixtureRequest) -> Iterator[VncServer]:
    starting = {
        "x11vnc": lambda: x11vnc(place.display, place.folder),
        "x11vnc-unix": lambda: x11vnc(place.display, place.folder, unix=True),
        "x0vncserver": lambda: x0vncserver(place.display, place.folder),
    }
    with starting[request.param]() as found:
        yield found


@pytest.fixture(scope="module")
def helpers_display(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with bare_desktop(tmp_path_factory.mktemp("helper")) as display:
        yield display


class Joined:
    """A session over a real server, and what its two ends reported."""

    def __init__(
        self, server: VncServer, mode: Mode, *, password: str | None = None, login_patience: float = 15
    ) -> None:
        self.problems: list[TasukiError] = []
        self.viewers: list[bool] = []
        address = UnixAddress(path=server.path) if server.path else TcpAddress(host="127.0.0.1", port=server.port)
        self.broker = Broker(
            server=ForeignServer(address=address, password=server.password if password is None else password),
            on_problem=self.problems.append,
            login_patience=login_patience,
        )
        self.front = ViewerFront(random=os.urandom, on_viewer=self.viewers.append)
        self.session = JoinedSession(user=self.broker, helper=self.front, mode=mode)


@contextlib.asynccontextmanager
async def joined(server: VncServer, mode: Mode) -> AsyncIterator[Joined]:
    both = Joined(server, mode)
    try:
        yield both
    finally:
        await ended(both)
        assert not both.session.user.failures
        assert not both.session.helper.failures


async def ended(both: Joined) -> None:
    """End the session, and give its connections a turn of the loop to close in."""
    both.session.close()
    for _ in range(3):
        await asyncio.sleep(0)


async def click(place: Desktop, viewer: TestViewer, where: tuple[int, int], title: str) -> None:
    """Click there, and wait until the window of this title gets the keys."""
    viewer.say(pointer(*where), pointer(*where, 1), pointer(*where))
    await happens(f"{title} gets the keys", lambda: place.active() == title)


async def type_key(place: Desktop, viewer: TestViewer, character: str) -> None:
    viewer.say(key(ord(character)), key(ord(character), 0))


async def test_a_long_cut_text(place: Desktop, server: VncServer) -> None:
    """1.5 MB that a viewer says does not cross, and ends nothing; the key behind it reaches the terminal."""
    place.forget()
    async with joined(server, Mode.CONTROL) as both:
        offer = await both.front.offer()
        viewer = await TestViewer.login(offer.port, offer.password)
        await click(place, viewer, TERMINAL, TYPEWRITER)
        viewer.say(client_cut(b"x" * 1_500_000))
        await type_key(place, viewer, "b")
        await happens("b arrives", lambda: place.text() == "b")
        await viewer.close()


async def test_control_against_view_by_order(place: Desktop, server: VncServer) -> None:
    """A typed in view mode, B in control mode, C in view mode, D in control mode: the terminal gets B and D."""
    place.forget()
    async with joined(server, Mode.VIEW) as both:
        offer = await both.front.offer()
        viewer = await TestViewer.login(offer.port, offer.password)
        assert viewer.size == (800, 600)
        viewer.say(pointer(*TERMINAL), pointer(*TERMINAL, 1), pointer(*TERMINAL), client_cut(b"from view mode"))
        await type_key(place, viewer, "a")
        await happens("the pointer is shown", lambda: both.session.user.points[-1:] == [TERMINAL])
        await viewer.raw_update()  # everything before it has come through the filter
        both.session.set_mode(Mode.CONTROL)
        await viewer.raw_update()
        await click(place, viewer, TERMINAL, TYPEWRITER)
        await type_key(place, viewer, "b")
        await happens("b arrives", lambda: "b" in place.text())
        both.session.set_mode(Mode.VIEW)
        await type_key(place, viewer, "c")
        await viewer.raw_update()
        both.session.set_mode(Mode.CONTROL)
        await viewer.raw_update()
        await type_key(place, viewer, "d")
        await happens("d arrives", lambda: "d" in place.text())
        assert place.text() == "bd"
        assert both.viewers == [True]
        await viewer.close()
        await happens("the viewer is missed", lambda: both.viewers == [True, False])


async def test_going_to_view_lets_go_of_keys_and_buttons(place: Desktop, server: VncServer) -> None:
    """What the helper holds down when the user takes control away is let go on the user's screen."""
    async with joined(server, Mode.CONTROL) as both:
        offer = await both.front.offer()
        viewer = await TestViewer.login(offer.port, offer.password)
        await click(place, viewer, LISTENER, EVENT_TESTER)
        await happens("the click arrives", lambda: "ButtonRelease" in place.heard())
        place.forget()
        viewer.say(pointer(*LISTENER, 1), key(SHIFT))
        await happens("both are held", lambda: "ButtonPress" in place.heard() and "KeyPress" in place.heard())
        assert "Release" not in place.heard()
        both.session.set_mode(Mode.VIEW)
        await happens("both are let go", lambda: "ButtonRelease" in place.heard() and "KeyRelease" in place.heard())
        viewer.say(pointer(*LISTENER, 0), key(SHIFT, 0))
        await viewer.raw_update()
        assert place.heard().count("Release event") == 2
        await viewer.close()


async def test_a_viewer_that_closes_lets_go_and_the_next_gets_a_new_stream(place: Desktop, server: VncServer) -> None:
    """A held key does not stay held; the second viewer sees the desktop and types."""
    place.forget()
    async with joined(server, Mode.CONTROL) as both:
        offer = await both.front.offer()
        viewer = await TestViewer.login(offer.port, offer.password)
        await click(place, viewer, LISTENER, EVENT_TESTER)
        viewer.say(key(SHIFT))
        await happens("the key is held", lambda: "KeyPress" in place.heard())
        await viewer.close()
        await happens("the key is let go", lambda: "KeyRelease" in place.heard())
        with pytest.raises(ConnectionRefusedError):  # one offer, one viewer
            await TestViewer.login(offer.port, offer.password)
        offer = await both.front.offer()
        viewer = await TestViewer.login(offer.port, offer.password)
        await click(place, viewer, TERMINAL, TYPEWRITER)
        await type_key(place, viewer, "e")
        await happens("e arrives", lambda: "e" in place.text())
        await viewer.raw_update()
        assert both.session.user.streams == [1, 2]
        await viewer.close()


async def test_cut_texts_cross_in_no_mode(place: Desktop, server: VncServer) -> None:
    """Neither way: what a viewer says reaches no clipboard of the user's, and what is copied there no viewer."""
    async with joined(server, Mode.CONTROL) as both:
        offer = await both.front.offer()
        viewer = await TestViewer.login(offer.port, offer.password)
        await viewer.raw_update()
        for mode in (Mode.CONTROL, Mode.VIEW, Mode.CONTROL):
            both.session.set_mode(mode)
            secret = f"a secret of the user's, {mode.value}"
            for selection in ("clipboard", "primary", "buffer-cut"):
                await asyncio.to_thread(place.copy, secret, selection)
            for _ in range(5):
                viewer.say(client_cut(b"not to be pasted"))
                await viewer.raw_update()
            for selection in ("clipboard", "primary", "buffer-cut"):
                assert await asyncio.to_thread(place.clipboard, selection) == secret
        assert viewer.texts == set()
        await viewer.close()


async def test_a_pause_shows_and_takes_nothing(place: Desktop, server: VncServer) -> None:
    """Keys are dropped, no update comes; after it, both go on."""
    place.forget()
    async with joined(server, Mode.CONTROL) as both:
        offer = await both.front.offer()
        viewer = await TestViewer.login(offer.port, offer.password)
        await viewer.raw_update()
        await click(place, viewer, TERMINAL, TYPEWRITER)
        await viewer.raw_update()
        both.session.pause(True)
        await type_key(place, viewer, "f")
        waiting = asyncio.ensure_future(viewer.raw_update())
        with contextlib.suppress(TimeoutError):  # the pixel that empties the server's list of requests may still come
            await asyncio.wait_for(asyncio.shield(waiting), 1)
        if waiting.done():
            waiting = asyncio.ensure_future(viewer.raw_update())
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(asyncio.shield(waiting), 1)
        both.session.pause(False)
        await waiting
        await click(place, viewer, TERMINAL, TYPEWRITER)
        await type_key(place, viewer, "g")
        await happens("g arrives", lambda: "g" in place.text())
        assert place.text() == "g"
        await viewer.close()


@pytest.mark.parametrize("program", ["xtigervncviewer", "xtightvncviewer", "ssvncviewer"])
async def test_a_real_viewer(
    place: Desktop, server: VncServer, helpers_display: str, tmp_path: Path, program: str
) -> None:
    """The picture arrives; what is typed in view mode does not, what is typed in control mode does."""
    await asyncio.to_thread(place.focus, TERMINAL, TYPEWRITER)
    place.forget()
    async with joined(server, Mode.VIEW) as both:
        offer = await both.front.offer()
        with running(viewer_command(program, offer, tmp_path), tmp_path, display=helpers_display) as viewer:
            await happens(f"{program} shows the desktop", lambda: shows(helpers_display, place.card))
            await in_window(helpers_display, "click", "1", "key", "a")
            await happens("the pointer is shown", lambda: both.session.user.points[-1:] == [TERMINAL])
            assert difference(await asyncio.to_thread(grab, helpers_display), place.card) <= 8
            both.session.set_mode(Mode.CONTROL)
            await in_window(helpers_display, "click", "1", "key", "b")
            await happens("b arrives", lambda: "b" in place.text())
            assert place.text() == "b"
            assert viewer.process.poll() is None, viewer.said()
        await happens("the viewer is missed", lambda: both.viewers == [True, False])


async def test_vncdotool(place: Desktop, server: VncServer, tmp_path: Path) -> None:
    """It takes a picture, and types in control mode."""
    await asyncio.to_thread(place.focus, TERMINAL, TYPEWRITER)
    place.forget()
    async with joined(server, Mode.CONTROL) as both:
        offer = await both.front.offer()
        picture = tmp_path / "seen.png"
        program = str(Path(sys.executable).with_name("vncdotool"))
        argv = [program, "-s", f"127.0.0.1::{offer.port}", "-p", offer.password, "capture", str(picture)]
        argv += ["move", *map(str, TERMINAL), "click", "1", "type", "hello", "pause", "0.2"]
        await asyncio.to_thread(subprocess.run, argv, check=True, capture_output=True, timeout=60)
        await happens("hello arrives", lambda: "hello" in place.text())
        with Image.open(picture) as seen:
            assert difference(seen, place.card) <= 8


def viewer_command(program: str, offer: Offer, folder: Path) -> list[str]:
    secret = folder / "passwd"
    secret.write_bytes(
        subprocess.run(["tigervncpasswd", "-f"], input=offer.password.encode(), capture_output=True, check=True).stdout
    )
    secret.chmod(0o600)
    where = f"127.0.0.1::{offer.port}"
    if program == "xtigervncviewer":
        return [
            program,
            "-PasswordFile",
            str(secret),
            "-AlertOnFatalError=0",
            "-ReconnectOnError=0",
            "-RemoteResize=0",
            where,
        ]
    return [program, "-passwd", str(secret), where]


def window(display: str) -> dict[str, int]:
    """Where the viewer's picture is: its window without the frame. Empty while there is none."""
    for title in ("TigerVNC", "TightVNC", "Tigervnc", "Tightvnc", "Ssvnc", "Vncviewer"):
        for kind in ("--name", "--class"):
            for number in xdotool(display, "search", "--onlyvisible", kind, title).split():
                found = dict(
                    line.split("=")
                    for line in xdotool(display, "getwindowgeometry", "--shell", number).splitlines()
                    if "=" in line
                )
                if int(found.get("WIDTH", 0)) >= 780:
                    left, top = frame(display, number)
                    return {
                        "WINDOW": int(number),
                        "X": int(found["X"]) - left,
                        "Y": int(found["Y"]) - top,
                    }
    return {}


def frame(display: str, number: str) -> tuple[int, int]:
    """How wide the window manager's frame is at the left and the top, which xdotool counts twice."""
    argv = ["xprop", "-display", display, "-id", number, "_NET_FRAME_EXTENTS"]
    said = subprocess.run(argv, capture_output=True, text=True, check=False).stdout
    left, _, top, _ = map(int, said.partition("=")[2].split(",")) if "=" in said else (0, 0, 0, 0)
    return left, top


def grab(display: str) -> Image.Image:
    place = window(display)
    picture = ImageGrab.grab(xdisplay=display)
    return picture.crop((place["X"], place["Y"], place["X"] + 800, place["Y"] + 600))


def shows(display: str, card: Image.Image) -> bool:
    return bool(window(display)) and difference(grab(display), card) <= 8


async def in_window(display: str, *actions: str) -> None:
    place = window(display)
    where = [str(place["X"] + TERMINAL[0]), str(place["Y"] + TERMINAL[1])]
    await asyncio.to_thread(
        xdotool, display, "windowfocus", "--sync", str(place["WINDOW"]), "mousemove", *where, *actions
    )


async def test_a_wrong_password_of_the_server_is_told(place: Desktop, server: VncServer) -> None:
    """The person reads why, the viewer is told so in its login, and the session ends with SERVER_GONE."""
    both = Joined(server, Mode.VIEW, password="wrong")
    offer = await both.front.offer()
    with pytest.raises((PermissionError, asyncio.IncompleteReadError)):
        await TestViewer.login(offer.port, offer.password)
    assert [problem.code for problem in both.problems] == ["server_password_wrong"]
    assert [why for why, _ in both.session.user.failures] == [Why.SERVER_GONE]
    await ended(both)


async def test_a_wrong_password_of_a_viewer_is_told(place: Desktop, server: VncServer) -> None:
    """The offer stands for the right one, and is withdrawn after five wrong ones."""
    async with joined(server, Mode.VIEW) as both:
        offer = await both.front.offer()
        with pytest.raises(PermissionError, match="password is wrong"):
            await TestViewer.login(offer.port, "notright")
        assert both.session.user.streams == []
        viewer = await TestViewer.login(offer.port, offer.password)
        await viewer.close()
        offer = await both.front.offer()
        for _ in range(5):
            with pytest.raises(PermissionError):
                await TestViewer.login(offer.port, "notright")
        with pytest.raises(ConnectionRefusedError):
            await TestViewer.login(offer.port, offer.password)


async def test_a_message_of_unknown_length_ends_the_session(place: Desktop, server: VncServer) -> None:
    """UltraVNC's file transfer, whose payload a server may or may not read."""
    both = Joined(server, Mode.CONTROL)
    offer = await both.front.offer()
    viewer = await TestViewer.login(offer.port, offer.password)
    viewer.say(request(), set_encodings(0), b"\x07" + bytes(11))
    await happens("the session ends", lambda: bool(both.session.helper.failures))
    assert both.session.helper.failures[0][0] is Why.UNFILTERABLE
    await viewer.reader.read()  # to the end: it was hung up on
    await viewer.close()
    await ended(both)
