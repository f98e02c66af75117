"""A helper holds Ctrl, Shift, Q and button 1 in a real session, and somebody is killed: nothing is down, all is as it was."""

import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.demo.programs import Program
from tests.support.desktops import happens
from tests.support.held import PROMISED, Eye, lives, looking
from tests.support.organisation import Stage, connected
from tests.support.processes import children, vnc_server
from tests.support.rfb import key, pointer
from tests.support.rfb_viewer import TestViewer

CONTROL, SHIFT, Q, KANJI = 0xFFE3, 0xFFE1, ord("Q"), 0x1006F22
HELD = (CONTROL, SHIFT, Q, KANJI)  # the last needs a spare keycode
BY_NETWORK = 2.0  # seconds, where only the network tells


@pytest.fixture(scope="module")
def eye(stage: Stage) -> Iterator[Eye]:
    """On the user's desktop."""
    before = os.environ.get("XAUTHORITY")
    os.environ["XAUTHORITY"] = str(stage.desktop.cookie)
    try:
        with looking(stage.desktop.display) as found:
            yield found
    finally:
        if before is None:
            del os.environ["XAUTHORITY"]
        else:
            os.environ["XAUTHORITY"] = before


@dataclass
class Held:
    """A session in which a helper holds keys."""

    user: Program
    helper: Program
    keeper: int
    releaser: int
    server: int


@contextlib.asynccontextmanager
async def holding(stage: Stage, eye: Eye, server: str) -> AsyncIterator[Held]:
    """Everything is down from here on."""
    settings = stage.user.folder / "agent.toml"
    settings.write_text(f'[programs]\nserver = "{server}"\n', encoding="utf-8")
    try:
        async with stage.helping("--viewer", "none") as helper, stage.asking(mode="control") as user:
            await connected(user, helper)
            told = await helper.event("viewer")
            password = Path(told["password_file"]).read_text(encoding="ascii").strip()
            stage.secrets.append(password)
            viewer = await TestViewer.login(told["port"], password)
            await viewer.raw_update()
            viewer.say(pointer(5, 5), *(key(keysym) for keysym in HELD), pointer(5, 5, 1))
            await happens("all is down", lambda: len(eye.keys()) == len(HELD) and eye.buttons() == {1})
            (keeper,), (releaser,) = children(user.pid, "", "keeper/main.py"), children(user.pid, "releaser")
            shown = vnc_server(user.pid) or children(keeper, "X0tigervnc", "X0tigervnc")[0]
            try:
                yield Held(user, helper, keeper, releaser, shown)
            finally:
                with contextlib.suppress(ConnectionError):
                    await viewer.close()
    finally:
        settings.unlink()


def kill(*pids: int) -> float:
    """All in one moment; when."""
    began = time.monotonic()
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    return began


def nothing_is_down(eye: Eye, began: float, promised: float) -> None:
    """Neither key nor button."""
    eye.after(began, "nothing is down", lambda: not eye.keys() and not eye.buttons(), allowed=5 * promised)


async def all_is_as_it_was(eye: Eye, before: dict[str, object], held: Held) -> None:
    """Keyboard, repeat, screen saver and the rest; and no releaser is left."""
    await happens("the map is back", lambda: eye.settings() == before)
    await happens("the releaser has ended", lambda: not lives(held.releaser))


@pytest.mark.parametrize("server", ["x11vnc", "x0vncserver"])
@pytest.mark.parametrize("killed", ["agent", "keeper", "both", "server", "all below the keeper"])
async def test_who_shows_the_screen_is_killed(stage: Stage, eye: Eye, killed: str, server: str) -> None:
    """The user's agent, its keeper, both, the VNC server, all of these: within 500 ms (2.5 s allowed)."""
    before = eye.settings()
    async with holding(stage, eye, server) as held:
        whom = {
            "agent": (held.user.pid,),
            "keeper": (held.keeper,),
            "both": (held.user.pid, held.keeper),
            "server": (held.server,),
            "all below the keeper": (held.user.pid, held.keeper, held.server),
        }
        began = kill(*whom[killed])
        nothing_is_down(eye, began, PROMISED)
        await all_is_as_it_was(eye, before, held)
        await held.helper.event("ended", within=30)


async def test_the_releaser_is_killed(stage: Stage, eye: Eye) -> None:
    """What is held is let go at once; the session goes on with another one."""
    before = eye.settings()
    async with holding(stage, eye, "x11vnc") as held:
        began = kill(held.releaser)
        nothing_is_down(eye, began, PROMISED)
        await happens("another", lambda: children(held.user.pid, "releaser") not in ([], [held.releaser]))
        await held.user.tell("stop")
        await held.user.event("ended")
        await all_is_as_it_was(eye, before, held)


async def test_a_clean_stop(stage: Stage, eye: Eye) -> None:
    """The person stops it."""
    before = eye.settings()
    async with holding(stage, eye, "x0vncserver") as held:
        began = time.monotonic()
        await held.user.tell("stop")
        nothing_is_down(eye, began, PROMISED)
        await held.user.event("ended")
        await all_is_as_it_was(eye, before, held)


async def test_the_agent_stops(stage: Stage, eye: Eye) -> None:
    """SIGSTOP: after 5 s nothing is down."""
    before = eye.settings()
    async with holding(stage, eye, "x11vnc") as held:
        began = time.monotonic()
        os.kill(held.user.pid, signal.SIGSTOP)
        nothing_is_down(eye, began, 5.0)
        os.kill(held.user.pid, signal.SIGCONT)
        await held.user.tell("stop")
        await all_is_as_it_was(eye, before, held)


async def test_the_helper_s_agent_is_killed(stage: Stage, eye: Eye) -> None:
    """The network tells: within 2 s (10 allowed)."""
    before = eye.settings()
    async with holding(stage, eye, "x11vnc") as held:
        began = kill(held.helper.pid)
        nothing_is_down(eye, began, BY_NETWORK)
        await held.user.tell("stop")
        await all_is_as_it_was(eye, before, held)


async def test_the_relay_is_killed(stage: Stage, eye: Eye) -> None:
    """Likewise."""
    before = eye.settings()
    async with holding(stage, eye, "x11vnc") as held:
        began = time.monotonic()
        stage.office.relay.kill()
        nothing_is_down(eye, began, BY_NETWORK)
        await stage.office.relay.ended()
        await stage.office.start_relay()
        await held.user.tell("stop")
        await all_is_as_it_was(eye, before, held)
