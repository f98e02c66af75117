"""The user's half of a session on Windows itself, by the VNC servers that are installed there, and Windows' own TCP table.

On a runner of .github/workflows/packages.yml these are UltraVNC and TightVNC; on Wine their stand-ins
(tests/windows/test_installed_servers.py). No relay runs on Windows: the other end is a record of what a helper would get.
"""

import asyncio
import os
import socket
import struct
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from common.agent.keeper.client import Keeper
from common.agent.keeper.journal import FILE
from common.agent.keeper.process_table import descendants
from common.agent.keeper.socket_owner import listener_is_descendant
from common.host.computer import this_computer
from common.host.errors import TasukiError
from common.protocol.messages import Mode
from deploy.demo.programs import until
from tests.support.rfb import RGB32, request, set_encodings, set_pixel_format
from tests.support.rfb_link import RecordingLink
from user_agent.broker import Broker
from user_agent.checks import checks
from user_agent.servers import tightvnc
from user_agent.servers.base import ServerKind
from user_agent.servers.starting import start
from user_agent.servers.tightvnc import TightVncServer
from user_agent.servers.ultravnc import UltraVncServer

RAW = 0
HEADER = 24  # bytes of ServerInit before the name


def settings() -> dict[str, object]:
    """What TightVNC's key holds of this person; nothing elsewhere than on Windows."""
    found: dict[str, object] = {}
    if sys.platform == "win32":
        import winreg

        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, tightvnc.KEY) as key:
                for number in range(winreg.QueryInfoKey(key)[1]):
                    name, *value = winreg.EnumValue(key, number)
                    found[name] = value
        except FileNotFoundError:
            return {}
    return found


def covered(data: bytes) -> int:
    """Pixels of the raw rectangles in whole FramebufferUpdates of 32 bits a pixel; the last one may still be on its way."""
    at = pixels = 0
    while at + 4 <= len(data):
        kind, count = struct.unpack_from(">BxH", data, at)
        assert kind == 0
        at += 4
        for _ in range(count):
            if at + 12 > len(data):
                return pixels
            _x, _y, width, height, encoding = struct.unpack_from(">HHHHi", data, at)
            assert encoding == RAW
            at += 12 + width * height * 4
            if at <= len(data):
                pixels += width * height
    return pixels


@pytest.mark.timeout(180)
@pytest.mark.parametrize("kind", [UltraVncServer(), TightVncServer()], ids=lambda kind: kind.name)
async def test_a_session(kind: ServerKind, tmp_path: Path) -> None:
    """Started, known as ours by the system, its whole picture sent on; ended, nothing of it runs and the settings are as before."""
    computer = this_computer()
    assert kind.program(computer) is not None, f"{kind.name} is not installed"
    before = settings()
    link, problems = RecordingLink(), list[TasukiError]()
    keeper = await Keeper.launch()
    alone = await asyncio.to_thread(descendants, keeper.pid)  # Windows starts the window of a console that nobody sees
    try:
        server = await start(kind, computer=computer, keeper=keeper, random=os.urandom, journal=tmp_path / FILE)
        broker = Broker(server=server, login_patience=30, on_problem=problems.append)
        try:
            broker.attached(link, Mode.VIEW)
            broker.stream_started(1)
            assert await until(lambda: len(link.sent) >= HEADER or problems != [], within=60)
            assert problems == []
            width, height = struct.unpack_from(">HH", link.sent)
            begins = HEADER + int(struct.unpack_from(">I", link.sent, 20)[0])
            asked = request(0, 0, width, height, incremental=0)
            broker.rfb_received(set_pixel_format(RGB32) + set_encodings(RAW) + asked)
            assert await until(
                lambda: covered(link.sent[begins:]) >= width * height or problems != [], within=60, every=0.5
            )
            assert problems == []
            assert link.failures == []
        finally:
            broker.close()
            await server.stop()
        assert await asyncio.to_thread(descendants, keeper.pid) == alone
    finally:
        await keeper.close()
    assert settings() == before


@pytest.mark.timeout(180)
@pytest.mark.parametrize("name", ["ultravnc", "tightvnc"])
async def test_what_check_says(name: str, tmp_path: Path) -> None:
    """`tasuki-user check` on this computer, but for the way to the relay: each server starts and answers."""
    agent: Any = SimpleNamespace(
        settings=SimpleNamespace(programs=SimpleNamespace(server=name)), profile=SimpleNamespace(folder=tmp_path)
    )
    told = {check.key: await check.run() for check in checks(agent, this_computer()) if check.key != "screens"}
    assert told["server"].lower() == name
    assert told["start"]


async def test_another_program() -> None:
    """A listener that the keeper has not started is not ours: asked of the real table, with its real owners."""
    keeper = await Keeper.launch()
    try:
        with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
            assert not await asyncio.to_thread(listener_is_descendant, client, keeper.pid)
    finally:
        await keeper.close()
