"""How the screen is shown, one session after the other: what was set holds in the broker, and a server that ends is told of."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from common.host.computer import Computer
from common.host.errors import TasukiError
from common.protocol.messages import Mode
from common.protocol.rfb.filter import Box
from tests.support.played_desktop import SHOWN, PlayedDesktop
from tests.support.rfb import key, pointer, qemu_key, request
from tests.support.rfb_link import Connection, FakeServer, RecordingLink, fake_server, turns
from user_agent.broker import Broker
from user_agent.input.ports import DesktopInput, OpenDesktop, ShownDesktop
from user_agent.servers.base import ScreenChoice, TcpAddress
from user_agent.servers.choice import KINDS
from user_agent.servers.foreign import ForeignServer
from user_agent.sharing import Sharing
from user_agent.stop_keys import chosen
from user_agent.views import SharedScreen

A = 0x61
SCREEN = ScreenChoice(name="left", x=0, y=0, width=640, height=480)


def no_desktop(display: str, **_: object) -> DesktopInput:
    raise AssertionError(f"{display} is nobody's to open")


@dataclass
class Place:
    """What is shared, and what it told."""

    server: FakeServer
    sharing: Sharing
    over: "asyncio.Future[TasukiError]"
    shown: list[SharedScreen | None]
    problems: list[TasukiError]
    stopped: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    @contextlib.asynccontextmanager
    async def session(self, mode: Mode = Mode.CONTROL) -> AsyncIterator[tuple[Broker, Connection]]:
        """One session, its viewer connected."""
        async with self.sharing.session(None, (SCREEN,), lost=lambda: self.lost.append("lost")) as broker:
            broker.attached(RecordingLink(), mode)
            broker.stream_started(1)
            connection = await self.server.next()
            await connection.let_in()
            await turns(20)
            yield broker, connection
            broker.close()


@contextlib.asynccontextmanager
async def place(folder: Path, *, stop: str = "", open_desktop: OpenDesktop = no_desktop) -> AsyncIterator[Place]:
    """A VNC server that runs already, and all that is needed to share it. `stop`: as in the settings."""
    async with fake_server() as server:
        over: asyncio.Future[TasukiError] = asyncio.get_running_loop().create_future()
        shown: list[SharedScreen | None] = []
        problems: list[TasukiError] = []

        async def ended() -> TasukiError:
            return await asyncio.shield(over)

        async def stopped() -> None:
            made.stopped.append("stopped")

        played: Any = server
        played.over, played.stop = ended, stopped
        played.desktop = lambda _computer, _screen: None
        sharing = Sharing(
            computer=Computer(environ={}, platform="linux"),
            wanted="",
            running=played,
            stop_key=chosen(stop, "linux").key.filtered,
            journal=folder / "journal",
            random=os.urandom,
            open_desktop=open_desktop,
            on_input_lost=problems.append,
            on_shared=shown.append,
            on_problem=problems.append,
        )
        made = Place(server, sharing, over, shown, problems)
        await sharing.begin()
        try:
            yield made
        finally:
            await sharing.close()
            over.cancel()


@pytest.mark.parametrize(
    ("setting", "keysym", "scan_code"),
    [("", 0xFF13, 0xC6), ("ScrollLock", 0xFF14, 0x46), ("Ctrl+Shift+F9", 0xFFC6, 0x43)],
)
async def test_the_stop_key_of_the_settings_never_reaches_the_server(
    tmp_path: Path, setting: str, keysym: int, scan_code: int
) -> None:
    """By neither of its names, whatever is held down with it; every other key does, the usual stop key among them."""
    other = 0xFF14 if setting != "ScrollLock" else 0xFF13
    async with place(tmp_path, stop=setting) as shared, shared.session() as (broker, connection):
        broker.rfb_received(key(keysym) + key(keysym, 0) + key(other) + key(other, 0) + key(A))
        await connection.hears(key(other) + key(other, 0) + key(A))
        broker.rfb_received(qemu_key(0, scan_code) + qemu_key(0, scan_code, 0) + request())
        await connection.hears(request())


async def test_another_stop_key_holds_from_the_next_session_on(tmp_path: Path) -> None:
    """The hotkey of a session is taken when it begins, so what is filtered must not change in its middle."""
    async with place(tmp_path) as shared:
        async with shared.session() as (broker, connection):
            shared.sharing.set_stop_key(chosen("ScrollLock", "linux").key.filtered)
            broker.rfb_received(key(0xFF13) + key(A))
            await connection.hears(key(A))
        async with shared.session() as (broker, connection):
            broker.rfb_received(key(0xFF14) + key(0xFF13) + key(A))
            await connection.hears(key(0xFF13) + key(A))


async def test_a_bug_in_the_watch_ends_the_session_too(tmp_path: Path) -> None:
    """A session whose server nobody watches any more would show nothing, and say nothing."""
    async with place(tmp_path) as shared:
        async with shared.session():
            shared.over.set_exception(KeyError("a bug"))
            await turns(20)
            assert shared.lost == ["lost"]
        assert [problem.code for problem in shared.problems] == ["vnc_server_failed"]


async def test_what_is_covered_stays_covered_in_the_next_session(tmp_path: Path) -> None:
    """Now and later: the helper presses nothing there."""
    async with place(tmp_path) as shared:
        shared.sharing.cover([Box(0, 0, 100, 100)])
        for _ in range(2):
            async with shared.session() as (broker, connection):
                broker.rfb_received(pointer(50, 50, 1) + pointer(50, 50) + pointer(200, 200, 1) + key(A))
                said = await connection.reader.readuntil(key(A))
                assert said.endswith(pointer(200, 200, 1) + key(A))
                assert pointer(50, 50, 1) not in said


async def test_a_window_that_has_the_keyboard_keeps_it_from_the_helper(tmp_path: Path) -> None:
    """In the session that runs, where what is held is let go, and in the next, until the keyboard is elsewhere."""
    async with place(tmp_path) as shared:
        async with shared.session() as (broker, connection):
            broker.rfb_received(key(A))
            await connection.hears(key(A))
            shared.sharing.cover_keyboard(True)
            await connection.hears(key(A, 0))
            broker.rfb_received(key(A) + request())
            await connection.hears(request())
        async with shared.session() as (broker, connection):
            broker.rfb_received(key(A) + request())
            await connection.hears(request())
            shared.sharing.cover_keyboard(False)
            broker.rfb_received(key(A))
            await connection.hears(key(A))


async def test_what_is_shown_is_told(tmp_path: Path) -> None:
    """The server's name and the screen at once, its size with the first picture, and None at the end."""
    async with place(tmp_path) as shared:
        async with shared.session():
            pass
        assert shared.shown == [
            SharedScreen(server="fake", screen=SCREEN),
            SharedScreen(server="fake", screen=SCREEN, width=640, height=480),
            None,
        ]
        assert shared.stopped == ["stopped"]
        assert shared.lost == []


async def test_a_server_that_ends_by_itself_ends_the_session(tmp_path: Path) -> None:
    """The person reads why."""
    async with place(tmp_path) as shared, shared.session():
        shared.over.set_result(TasukiError("vnc_server_ended", program="x"))
        await turns(20)
        assert [problem.code for problem in shared.problems] == ["vnc_server_ended"]
        assert shared.lost == ["lost"]


async def test_a_running_server_has_no_kind(tmp_path: Path) -> None:
    """Nothing is chosen where nothing is started."""
    async with place(tmp_path) as shared:
        assert await shared.sharing.server() is None


def test_only_this_agents_own_x_display_is_named() -> None:
    """By servers that show one, with the place of the screen that is shown alone; input for all others goes through them."""
    computer = Computer(environ={"DISPLAY": ":7"}, platform="linux")
    right = ScreenChoice(name="right", x=640, y=10, width=320, height=200)
    for kind in KINDS:
        whole, alone = kind.desktop(computer, None), kind.desktop(computer, right)
        if kind.name in {"x11vnc", "x0vncserver"}:
            assert whole == ShownDesktop(":7")
            assert alone == ShownDesktop(":7", (640, 10), (320, 200))
        else:
            assert whole is alone is None
    foreign: Any = ForeignServer(address=TcpAddress(host="127.0.0.1", port=5900), password="")
    assert foreign.desktop(computer, None) is None


async def test_a_session_has_its_desktop_until_it_is_closed_again(tmp_path: Path) -> None:
    """Input goes there and not to the server; the session's end waits for it."""
    played = PlayedDesktop()
    played.may_open.set()
    played.may_close.set()
    async with place(tmp_path, open_desktop=played.open) as shared:
        shown: Any = shared.server
        shown.desktop = lambda _computer, screen: SHOWN if screen is SCREEN else None
        async with shared.session() as (broker, connection):
            broker.rfb_received(key(A) + request())
            await connection.hears(request())
            await played.until(lambda: played.calls == [("open",), ("key", A, True)])
            played.opened[0].told["on_failed"](OverflowError("too much"))
            assert [problem.code for problem in shared.problems] == ["input_overrun"]
        assert played.calls[-1] == ("close",)
