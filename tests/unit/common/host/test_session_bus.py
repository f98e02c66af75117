"""A session bus that is there is used as it is; where none is, none is started."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from common.host.session_bus import NONE, VARIABLE, launch_none, socket_path
from tests.support.marks import needs


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {VARIABLE: NONE}),
        ({VARIABLE: ""}, {VARIABLE: NONE}),
        ({VARIABLE: "autolaunch:"}, {VARIABLE: NONE}),
        ({VARIABLE: "autolaunch:scope=x"}, {VARIABLE: NONE}),
        ({VARIABLE: "unix:path=/x,guid=1"}, {VARIABLE: "unix:path=/x,guid=1"}),
        ({VARIABLE: "unix:path=/x;autolaunch:"}, {VARIABLE: "unix:path=/x"}),
        ({VARIABLE: NONE}, {VARIABLE: NONE}),
    ],
)
def test_what_is_named_stays(before: dict[str, str], after: dict[str, str]) -> None:
    """A named bus, but not the order to launch one."""
    environ = {**before, "DISPLAY": ":7"}
    launch_none(environ, platform="linux")
    assert environ == {**after, "DISPLAY": ":7"}


@needs("socket.AF_UNIX")
def test_the_bus_of_the_runtime_folder_is_found_without_a_name(tmp_path: Path) -> None:
    """As libdbus finds it; a file of that name is none."""
    environ = {"XDG_RUNTIME_DIR": str(tmp_path), VARIABLE: "autolaunch:"}
    with socket.socket(socket.AF_UNIX) as bus:
        bus.bind(str(tmp_path / "bus"))
        launch_none(environ, platform="linux")
    assert environ == {"XDG_RUNTIME_DIR": str(tmp_path)}
    (tmp_path / "bus").unlink()
    (tmp_path / "bus").touch()
    launch_none(environ, platform="linux")
    assert environ[VARIABLE] == NONE


def test_other_systems_have_their_own_ways() -> None:
    """launchd on macOS; on Windows nobody asks."""
    for platform in ("win32", "darwin"):
        environ: dict[str, str] = {}
        launch_none(environ, platform=platform)
        assert environ == {}


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("unix:path=/x,guid=1", "/x"),
        ("unix:abstract=/tmp/y%2d1,guid=1", "\0/tmp/y-1"),
        ("tcp:host=localhost;unix:path=/x", "/x"),
        ("unix:tmpdir=/tmp", None),
        ("nonsense", None),
        (NONE, None),
        ("", None),
    ],
)
def test_its_socket_is_found(address: str, path: str | None) -> None:
    """Of the kinds that can be connected to; nothing is started to find one."""
    assert socket_path({VARIABLE: address}, platform="linux") == path
    assert socket_path({VARIABLE: address}, platform="win32") is None


@needs("socket.AF_UNIX")
def test_its_socket_in_the_runtime_folder_is_found(tmp_path: Path) -> None:
    """Where no address is named."""
    environ = {"XDG_RUNTIME_DIR": str(tmp_path)}
    assert socket_path(environ, platform="linux") is None
    with socket.socket(socket.AF_UNIX) as bus:
        bus.bind(str(tmp_path / "bus"))
        assert socket_path(environ, platform="linux") == str(tmp_path / "bus")
        assert socket_path({**environ, VARIABLE: NONE}, platform="linux") is None


ASKS = """
from common.ui import application
application.make("asks")
from PySide6.QtDBus import QDBusConnection
print(QDBusConnection.sessionBus().isConnected())
"""


@needs("dbus_bus_get")
@pytest.mark.parametrize("bus", [False, True])
def test_nothing_is_launched_for_a_program_with_windows(tmp_path: Path, bus: bool) -> None:
    """`dbus-launch` on the path is not called where there is no bus; one that is there is connected to."""
    launch, called = tmp_path / "dbus-launch", tmp_path / "called"
    launch.write_text(f"#!/bin/sh\ntouch {called}\nexit 1\n", encoding="utf-8")
    launch.chmod(0o755)
    environ = {name: value for name, value in os.environ.items() if name not in {VARIABLE, "XDG_RUNTIME_DIR"}}
    environ |= {"PATH": f"{tmp_path}:{os.environ['PATH']}", "DISPLAY": ":7", "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", ASKS]
    if bus:
        command = ["dbus-run-session", "--", *command]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    assert done.stdout == f"{bus}\n"
    assert not called.exists()
