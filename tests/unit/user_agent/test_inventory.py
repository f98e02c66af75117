"""Details of this computer: what is found, what is left out, and that it fits into a request."""

import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from common.host.computer import Computer
from common.protocol.messages import Mode, Request, ToAnyone, decode_from_agent, encode
from common.protocol.texts import DETAILS_LIMIT, TEXT_LIMIT, is_word
from user_agent.inventory import KEYS, details, read
from user_agent.servers.base import ScreenChoice

SCREEN = ScreenChoice(name="HDMI-1", x=0, y=0, width=1920, height=1080)


def linux(**environ: str) -> Computer:
    """A Linux desktop."""
    return Computer(environ={"HOME": "/", **environ}, platform="linux")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The files that a Linux system tells of itself in."""
    files = {
        "etc/os-release": 'NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 12"\n',
        "proc/cpuinfo": "processor : 0\nmodel name\t: A fast one\nprocessor : 1\nmodel name\t: A slow one\n",
        "proc/meminfo": "MemTotal:        8388608 kB\nMemFree: 1 kB\nMemAvailable:    4194304 kB\n",
        "proc/uptime": "180000.52 1.0\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_a_linux_desktop(root: Path) -> None:
    """Everything has words, in the order in which they are shown."""
    computer = linux(LANG="ja_JP.UTF-8", XDG_CURRENT_DESKTOP="GNOME", XDG_SESSION_TYPE="x11")
    found = read(computer, screens=(SCREEN,), root=root)
    assert tuple(found) == KEYS
    assert found["system"].startswith("Debian GNU/Linux 12 (")
    assert found["desktop"] == "GNOME, x11"
    assert found["processor"].startswith("A fast one, ")
    assert found["memory"] == "8.0 GiB (4.0 GiB free)"
    assert "GiB free" in found["disk"]
    assert found["screens"] == "1920×1080 HDMI-1"
    assert found["language"] == "ja_JP.UTF-8"
    assert found["uptime"] == "2 d 02:00"


def test_what_cannot_be_known_is_left_out(tmp_path: Path) -> None:
    """An empty system breaks nothing."""
    assert set(read(linux(), root=tmp_path)) == {"computer", "disk", "tasuki"}


def test_withheld(root: Path) -> None:
    """What the person keeps to themselves is not even read."""
    assert "computer" not in read(linux(), root=root, withheld=["computer", "something else"])


def test_a_name_that_is_no_name(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No control characters, no second line, never longer than a request may carry."""
    monkeypatch.setattr(platform, "node", lambda: "a\x1b[2J\nb" + "x" * 1000)
    assert read(linux(), root=root)["computer"] == ("a [2J b" + "x" * 1000)[:TEXT_LIMIT]


def test_it_fits_into_a_request(root: Path) -> None:
    """All of it, within the protocol's limits."""
    found = read(linux(), screens=(SCREEN,) * 40, root=root)
    message = Request(request="a" * 32, to=ToAnyone(), mode=Mode.VIEW, inventory=found)
    assert decode_from_agent(encode(message)) == message


async def test_this_computer() -> None:
    """Gathered in a thread, whatever runs here."""
    found = await details(Computer(environ={}, platform=sys.platform))
    assert {"system", "computer", "processor", "memory", "tasuki"} <= set(found)


def test_a_mac(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its own programs are asked."""

    def run(command: list[str], **_: Any) -> Any:
        return subprocess.CompletedProcess(command, 0, stdout="Apple M9\n" if "-n" in command else "ja_JP\n")

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(platform, "mac_ver", lambda: ("15.1", ("", "", ""), ""))
    asked: list[int] = []

    def since_boot(clock: int) -> float:
        asked.append(clock)
        return 90061.0

    monkeypatch.setattr(time, "clock_gettime", since_boot, raising=False)
    found = read(Computer(environ={"HOME": str(tmp_path)}, platform="darwin"), root=tmp_path)
    assert found["system"] == "macOS 15.1"
    if sys.platform != "win32":
        assert found["uptime"] == "1 d 01:01"
        assert asked == [time.CLOCK_MONOTONIC]  # which goes on while it sleeps
    assert found["processor"].startswith("Apple M9, ")
    assert found["language"] == "ja_JP"


def test_windows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What only Windows itself can say is left out elsewhere; the rest has words."""
    monkeypatch.setattr(platform, "release", lambda: "11")
    monkeypatch.setattr(platform, "version", lambda: "10.0.26100")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10 << 30, 6 << 30, 4 << 30))
    environ = {"USERPROFILE": str(tmp_path), "PROCESSOR_IDENTIFIER": "Intel64 Family 6"}
    found = read(Computer(environ=environ, platform="win32"), root=tmp_path)
    assert found["system"] == "Windows 11 (10.0.26100)"
    assert found["disk"] == "10 GiB (4 GiB free)"
    assert found["processor"].startswith("Intel64 Family 6, ")


def test_all_of_them_may_be_sent() -> None:
    """As many as a request takes, under names that it takes."""
    assert len(KEYS) <= DETAILS_LIMIT
    assert all(is_word(key) for key in KEYS)
