"""Sessions of a user on Windows: the picture, a key, and every way to end, with each VNC server; the helper is on Linux, in a browser.

After each the person's registry is what it was, value for value, and no program is left.
"""

import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from common.agent.keeper.journal import FILE as JOURNAL
from deploy.demo.ports import free_port
from tests.support import stand_ins
from tests.support.organisation import run_now
from tests.support.wine import JAPANESE, WESTERN, Windows
from tests.support.wine_sessions import WITHIN, Office, Registry, kill, none_left, office_fixture, programs_of

KEY = r"HKEY_CURRENT_USER\Software\TightVNC\Server"
PORTS = [free_port() for _ in range(3)]
# What would let others in or keep the helper out, kinds that a session writes otherwise, and values that it does not know.
THEIRS = rf"""
"RfbPort"=dword:{PORTS[0]:08x}
"LoopbackOnly"=dword:00000001
"AcceptHttpConnections"=dword:00000000
"AllowLoopback"=dword:00000000
"BlockRemoteInput"=dword:00000001
"DisconnectAction"=dword:00000001
"ExtraPorts"="{PORTS[1]}:640x480+0+0,{PORTS[2]}:64x48+0+0"
"IpAccessControl"="127.0.0.1-127.0.0.1:1"
"Password"=hex:01,02,03,04,05,06,07,08
"NeverShared"="not a number"
"LogLevel"=hex(b):05,00,00,00,00,00,00,00
"VideoClasses"=hex(7):41,00,00,00,42,00,00,00,00,00
"相談"="役立つ"
"""

western = pytest.mark.parametrize("windows", [WESTERN], indirect=True, ids=["cp1252"])
japanese = pytest.mark.parametrize("windows", [JAPANESE], indirect=True, ids=["cp932"])
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Everything but the user."""
    yield from office_fixture(tmp_path_factory.mktemp("office"))


@dataclass(frozen=True, kw_only=True)
class Theirs:
    """What the person has in the registry."""

    registry: Registry
    values: str

    async def untouched(self) -> bool:
        """Whether it is what it was."""
        return await self.registry.values() == self.values


@pytest.fixture
def theirs(windows: Windows, tmp_path: Path) -> Iterator[Theirs]:
    """It is there again, value for value, and no program is, when the test is over."""
    registry = Registry(windows=windows, key=KEY, folder=tmp_path)
    run_now(registry.set(THEIRS))
    before = run_now(registry.values())
    assert set(THEIRS.splitlines()) <= set(before.splitlines())
    theirs = Theirs(registry=registry, values=before)
    yield theirs
    left = run_now(theirs.untouched())
    run_now(registry.delete())
    assert left
    run_now(none_left(windows))


@pytest.fixture
def tightvnc(windows: Windows, theirs: Theirs) -> Iterator[stand_ins.StandIn]:
    """TightVNC, installed."""
    installed = stand_ins.tightvnc(windows)
    yield installed
    installed.remove()


@asynccontextmanager
async def running(
    windows: Windows, server: stand_ins.StandIn, *argv: str, environ: dict[str, str] | None = None
) -> AsyncIterator[frozenset[int]]:
    """The person's own server, which listens; its process id, as a set."""
    process = server.start(*argv, environ=environ)
    try:
        await server.says("listens on")
        yield frozenset({process.pid})
    finally:
        for pid, line in programs_of(windows).items():
            if server.path.name in line:
                os.kill(pid, signal.SIGKILL)
        process.wait()


@western
async def test_tightvnc(windows: Windows, office: Office, tightvnc: stand_ins.StandIn) -> None:
    """The picture and keys, whatever the person has set; one port of loopback alone is open; stopped, nothing is left."""
    user = await office.user("Hanako Suzuki", server="TightVNC")
    async with office.helping() as helper, office.asking(windows, user) as asking:
        await office.shown_and_typed(await office.connected(asking, helper), "by tightvnc")
        (where,) = (line for line in tightvnc.log() if line.startswith("listens on"))
        assert where.startswith("listens on 127.0.0.1:")
        assert int(where.rpartition(":")[2]) not in PORTS
        await asking.tell("stop")
        await helper.event("ended")
        assert await asking.ended(within=WITHIN) == 0
        assert not (user.folder / JOURNAL).exists()
    assert not [line for line in tightvnc.log() if line.startswith(("box", "locks"))]


@western
async def test_killed(windows: Windows, office: Office, tightvnc: stand_ins.StandIn, theirs: Theirs) -> None:
    """Of an agent that dies the keeper leaves nothing (2 s; 10 allowed); where it dies too, the agent's next start puts back."""
    user = await office.user("Jiro Suzuki", server="TightVNC")
    async with office.helping() as helper:
        async with office.asking(windows, user) as asking:
            await office.connected(asking, helper)
            await tightvnc.says("listens on")
            assert not await theirs.untouched()
            asking.kill()
            await none_left(windows, within=10)
            assert await theirs.untouched()
            assert not (user.folder / JOURNAL).exists()
            await helper.event("interrupted", within=WITHIN)
        tightvnc.forget()
        async with office.asking(windows, user) as asking:
            await office.connected(asking, helper)
            await tightvnc.says("listens on")
            asking.process.send_signal(signal.SIGSTOP)  # it would only see that its keeper has gone
            kill(windows, "keeper")
            asking.kill()
            await none_left(windows, within=10)
            assert not await theirs.untouched()
            assert (user.folder / JOURNAL).exists()
            await helper.event("interrupted", within=WITHIN)
        async with office.asking(windows, user) as asking:
            await helper.event("request", within=WITHIN)
            assert await theirs.untouched()
            await asking.tell("stop")
            await asking.ended(within=WITHIN)


@western
async def test_the_persons_own(windows: Windows, office: Office, tightvnc: stand_ins.StandIn, theirs: Theirs) -> None:
    """It goes on as it was, nothing of its settings is touched, and the person is told what to close, before anybody is asked."""
    user = await office.user("Saburo Suzuki", server="TightVNC")
    async with running(windows, tightvnc, "-run") as own, office.helping() as helper:
        async with office.asking(windows, user) as asking:
            assert await asking.ended(within=WITHIN) == 1
        assert "TightVNC Server" in asking.log.read_text(encoding="utf-8")
        assert await theirs.untouched()
        assert own <= programs_of(windows).keys()
        assert not (user.folder / JOURNAL).exists()
        await helper.tell("list")
        assert (await helper.event("list"))["requests"] == []
        assert len([line for line in tightvnc.log() if line.startswith("started with -run")]) == 1


@japanese
async def test_without_a_control_pipe(windows: Windows, office: Office, tightvnc: stand_ins.StandIn) -> None:
    """A session is as with one. Meanwhile another start sees it, and disturbs nothing; afterwards the same agent can ask again."""
    user, other = await office.user("鈴木花子", server="TightVNC"), await office.user("鈴木次郎", server="TightVNC")
    without = {stand_ins.WITHOUT_PIPE: "1"}
    async with office.helping() as helper:
        async with office.asking(windows, user, environ=without) as asking:
            address = await office.connected(asking, helper)
            async with office.asking(windows, other, environ=without) as second:
                assert await second.ended(within=WITHIN) == 1
            assert "TightVNC Server" in second.log.read_text(encoding="utf-8")
            assert "終了" in second.log.read_text(encoding="utf-8")
            await office.shown_and_typed(address, "without a pipe")
            await asking.tell("stop")
            await helper.event("ended")
            assert await asking.ended(within=WITHIN) == 0
        async with office.asking(windows, user, environ=without) as asking:
            await office.connected(asking, helper)
            await asking.tell("stop")
            assert await asking.ended(within=WITHIN) == 0
    assert not [line for line in tightvnc.log() if line.startswith("box")]


@japanese
async def test_ultravnc(windows: Windows, office: Office, theirs: Theirs) -> None:
    """The picture and keys beside the person's own, which goes on; stopped and killed, nothing is left."""
    server = stand_ins.ultravnc(windows)
    settings = windows.prefix / "drive_c" / "ProgramData" / "UltraVNC" / "ultravnc.ini"
    settings.parent.mkdir()
    own_settings = (
        f"[admin]\r\nPortNumber={PORTS[0]}\r\nAutoPortSelect=0\r\nLoopbackOnly=1\r\nHTTPConnect=0\r\n".encode()
    )
    settings.write_bytes(own_settings)
    user = await office.user("鈴木三郎", server="UltraVNC")
    async with running(windows, server) as own, office.helping() as helper:
        server.forget()
        async with office.asking(windows, user) as asking:
            await office.shown_and_typed(await office.connected(asking, helper), "by ultravnc")
            (where,) = (line for line in server.log() if line.startswith("listens on"))
            assert where.startswith("listens on 127.0.0.1:")
            await asking.tell("stop")
            await helper.event("ended")
            assert await asking.ended(within=WITHIN) == 0
            await none_left(windows, but=own)
        async with office.asking(windows, user) as asking:
            await office.connected(asking, helper)
            asking.kill()
            await none_left(windows, but=own, within=10)
            assert own <= programs_of(windows).keys()
            await helper.event("interrupted", within=WITHIN)
    assert settings.read_bytes() == own_settings
    server.remove()


@japanese
@pytest.mark.long
@pytest.mark.parametrize("version", ["1.2.0.7", "1.4.3.6"])
async def test_an_older_ultravnc(windows: Windows, office: Office, theirs: Theirs, version: str) -> None:
    """The picture and keys also where its settings have to reach it another way."""
    server = stand_ins.ultravnc(windows, version)
    user = await office.user(f"鈴木四郎 {version}", server="UltraVNC")
    async with office.helping() as helper, office.asking(windows, user) as asking:
        await office.shown_and_typed(await office.connected(asking, helper), f"by {version}")
        await asking.tell("stop")
        await helper.event("ended")
        assert await asking.ended(within=WITHIN) == 0
    server.remove()
