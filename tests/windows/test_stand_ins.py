"""The stand-ins behave as the sources of the real ones do: what sessions are tried with is worth nothing otherwise."""

import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from common.agent.passwords import ini_struct, obfuscated
from common.protocol.rfb.vncauth import response
from deploy.demo.ports import free_port
from deploy.demo.programs import until
from tests.support import stand_ins
from tests.support.organisation import run_now
from tests.support.stand_ins import StandIn
from tests.support.wine import WESTERN, Windows, on_windows
from tests.support.wine_sessions import Registry, programs_of

pytestmark = pytest.mark.parametrize("windows", [WESTERN], indirect=True, ids=["cp1252"])

PASSWORD = "8 lettrs"
KEY = r"HKEY_CURRENT_USER\Software\TightVNC\Server"
Started = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start(windows: Windows, tmp_path: Path) -> Iterator[Started]:
    """Starts one; at the end of the test none runs, or is installed, or has a value in the registry."""
    processes: list[subprocess.Popen[bytes]] = []
    programs: set[StandIn] = set()

    def started(program: StandIn, *argv: str, **more: dict[str, str]) -> "subprocess.Popen[bytes]":
        programs.add(program)
        processes.append(program.start(*argv, **more))
        return processes[-1]

    yield started
    for pid in programs_of(windows):
        os.kill(pid, signal.SIGKILL)
    for process in processes:
        process.wait()
    for program in programs:
        program.remove()
    run_now(Registry(windows=windows, key=KEY, folder=tmp_path).delete())


def answer(port: int) -> bytes:
    """What a client hears that comes from loopback: its login's result, or the reason why there is none."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client, client.makefile("rb") as said:
        if said.read(12) != b"RFB 003.008\n":
            return b""
        client.sendall(b"RFB 003.008\n")
        if not (count := said.read(1)[0]):
            return said.read(int.from_bytes(said.read(4)))
        if 2 not in said.read(count):
            return b"no type that is known"
        client.sendall(b"\2")
        client.sendall(response(PASSWORD.encode(), said.read(16)))
        return said.read(4)


def ini(port: int) -> bytes:
    """Settings of UltraVNC."""
    lines = ["[UltraVNC]", f"passwd={ini_struct(obfuscated(PASSWORD))}", "[admin]", f"PortNumber={port}"]
    return "\r\n".join([*lines, "AutoPortSelect=0", "LoopbackOnly=1", "HTTPConnect=0", ""]).encode()


@pytest.mark.parametrize(
    ("version", "argv", "beside", "reads"),
    [
        ("1.2.0.7", ("-inifile", "{file}", "-run"), False, False),
        ("1.2.0.7", ("-multi", "-run"), True, True),
        ("1.2.2.2", ("-inifile", "{file}", "-run"), False, True),
        ("1.4.3.6", ("-multi", "-config", "{file}", "-run"), True, False),
        ("1.4.3.6", ("-multi", "-inifile", "{file}", "-run"), False, True),
        ("1.5.0.0", ("-multi", "-config", "{file}", "-run"), False, True),
        ("1.6.4.0", ("-multi", "-inifile", "{file}", "-run"), False, False),
    ],
)
async def test_which_settings_ultravnc_reads(
    windows: Windows, tmp_path: Path, start: Started, version: str, argv: tuple[str, ...], beside: bool, reads: bool
) -> None:
    """By its version; what it does not know is a box with its usage, and nothing listens."""
    program, port = stand_ins.ultravnc(windows, version), free_port()
    file = program.path.with_name("ultravnc.ini") if beside else tmp_path / "session.ini"
    file.write_bytes(ini(port))
    start(program, *(word.format(file=on_windows(file)) for word in argv))
    await program.says(f"listens on 127.0.0.1:{port}" if reads else "box: winvnc")
    if reads:
        assert answer(port) == bytes(4)


async def test_a_second_ultravnc(windows: Windows, tmp_path: Path, start: Started) -> None:
    """Shows a box, but for -multi; -kill ends one."""
    program, files = stand_ins.ultravnc(windows), [tmp_path / "one.ini", tmp_path / "two.ini"]
    for file in files:
        file.write_bytes(ini(free_port()))
    first = start(program, "-config", on_windows(files[0]), "-run")
    await program.says("listens on")
    start(program, "-config", on_windows(files[0]), "-run")
    await program.says("box: Another instance")
    program.forget()
    second = start(program, "-multi", "-config", on_windows(files[1]), "-run")
    await program.says("listens on")
    assert start(program, "-kill").wait(20) == 0
    await program.says("closed")
    # It says so before it ends.
    assert await until(lambda: sum(process.poll() is None for process in (first, second)) == 1, within=20)


async def test_tightvnc_lets_in_whom_it_should(windows: Windows, tmp_path: Path, start: Started) -> None:
    """Loopback only where it is allowed, and not against a rule; extra ports are open; a second one, and what has no pipe, show a box."""
    program, registry = stand_ins.tightvnc(windows), Registry(windows=windows, key=KEY, folder=tmp_path)
    port, extra = free_port(), free_port()
    password = ",".join(f"{byte:02x}" for byte in obfuscated(PASSWORD))
    closed = f'"RfbPort"=dword:{port:08x}\n"LoopbackOnly"=dword:00000001\n"AcceptHttpConnections"=dword:00000000\n'
    await registry.set(f'{closed}"Password"=hex:{password}\n"ExtraPorts"="{extra}:640x480+0+0"\n')
    server = start(program, "-run")
    await program.says(f"listens on 127.0.0.1:{extra}")
    assert answer(port) == answer(extra) == b"loopback connections are not enabled"
    for values, said in (
        ('"AllowLoopback"=dword:00000001', bytes(4)),
        ('"IpAccessControl"="127.0.0.0-127.0.0.255:1"', b""),
        ('"IpAccessControl"="127.0.0.1-127.0.0.1:0,0.0.0.0-255.255.255.255:1"', bytes(4)),
    ):
        await registry.set(f"{values}\n")
        assert start(program, "-controlapp", "-reload").wait(20) == 0
        assert await until(lambda said=said: answer(port) == said, within=10), values  # type: ignore[misc] # it loads after its answer
    second = start(program, "-run")
    await program.says("box: TightVNC Server is already running")
    second.kill()  # behind its box it holds the mutex too
    second.wait()
    assert start(program, "-controlapp", "-shutdown").wait(20) == 0
    assert server.wait(20) == 0
    start(program, "-controlapp", "-shutdown")
    await program.says("box: Failed to connect")
    program.forget()
    start(program, "-run", environ={stand_ins.WITHOUT_PIPE: "1"})
    await program.says(f"listens on 127.0.0.1:{extra}")
    start(program, "-controlapp", "-shutdown")
    await program.says("box: Failed to connect")
