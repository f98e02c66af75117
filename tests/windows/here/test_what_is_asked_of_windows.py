"""What both agents ask of Windows by its own calls, tried on it."""

import ctypes
import errno
import importlib
import inspect
import os
import re
import socket
import sys
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt

from common.agent.autostart import Autostart
from common.agent.keeper import socket_owner
from common.agent.keeper.process_table import release_shared_memory
from common.host.computer import this_computer
from common.host.system_errors import meaning
from common.host.words import set_language
from common.net.address_changes import watch_addresses
from common.protocol.identity import Role
from common.ui import application, notices
from helper_agent.ui import engine_trial, idle, page_view, sandbox
from helper_agent.viewer_front import ViewerFront
from user_agent import inventory
from user_agent.servers import monitors, wayland
from user_agent.servers.base import UnixAddress
from user_agent.servers.connecting import connect
from user_agent.stop_keys import chosen
from user_agent.ui.hotkey.base import GlobalHotkey, Held
from user_agent.ui.hotkey.choice import hotkey_for

WORDS = re.escape(meaning(errno.EAFNOSUPPORT))


@pytest.fixture
def autostart() -> Iterator[Autostart]:
    """The real Run key, as it was before in the end."""
    made = Autostart(Role.USER, sys.platform, os.environ, (r"C:\Program Files\Tasuki\tasuki-user.exe", "--tray"))
    assert not made.enabled
    yield made
    made.set(False)


def test_starting_with_the_desktop(autostart: Autostart) -> None:
    """A value of the registry, there and gone; gone twice does no harm."""
    autostart.set(True)
    assert autostart.enabled
    autostart.set(False)
    autostart.set(False)
    assert not autostart.enabled


def test_details_of_this_computer() -> None:
    """Everything has words; nothing is left out but what only other desktops have."""
    set_language("en")
    found = inventory.read(this_computer())
    assert found["system"].startswith("Windows 10 (10.")
    assert found["memory"].endswith(" GiB")
    assert float(found["memory"].removesuffix(" GiB")) > 0.1
    assert "GiB free" in found["disk"]
    assert found["language"] in {"en-US", "ja-JP"}
    assert ":" in found["uptime"]
    assert "×" in found["processor"]
    with pytest.raises(OSError):  # noqa: PT011
        inventory._physical_memory()  # macOS' own


def test_how_long_nobody_touched_it() -> None:
    """Seconds, and never less than none."""
    seconds = idle.reader(os.environ)()
    assert seconds is not None
    assert 0 <= seconds < 50 * 86400


def key() -> GlobalHotkey:
    """The stop key of this system."""
    return hotkey_for(chosen("Pause", sys.platform), platform=sys.platform, environ=os.environ)


def test_one_program_has_the_stop_key() -> None:
    """Windows gives it to the first; the next can have it once that lets go; and it is heard."""
    first, second = key(), key()
    assert first.take() is Held.YES
    assert second.take() is Held.REFUSED
    first.let_go()
    assert second.take() is Held.YES
    heard: list[bool] = []
    second.pressed.connect(lambda: heard.append(True), Qt.ConnectionType.DirectConnection)
    ctypes.windll.user32.PostThreadMessageW(second._thread_id, 0x0312, 1, 0)  # type: ignore[attr-defined]
    second.let_go()  # the thread ends with what was posted before that
    assert heard == [True]


def test_who_runs_this() -> None:
    """Two people at one computer are two."""
    assert application._user() == os.environ["USERNAME"] != ""


def test_a_tone_is_the_systems_own() -> None:
    """No program of Linux' plays it."""
    assert inspect.signature(notices.Notices.__init__).parameters["players"].default == ()


def test_the_page_in_a_window_needs_no_sandbox_of_roots(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where QtWebEngine is there, a trial says whether it is good."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: object())
    assert not page_view.available({})
    assert not engine_trial.is_foretold()
    assert sandbox.usable({})
    assert not sandbox._is_root()


async def test_what_is_not_there_does_not_pass() -> None:
    """A trial without QtWebEngine ends at once; nothing of it is left."""
    assert not engine_trial.installed()
    assert not await engine_trial.starts({})


async def test_no_unix_sockets() -> None:
    """Each way to one is an error."""
    with pytest.raises(OSError, match=WORDS):
        await connect(UnixAddress(path=r"C:\rfb"))
    with pytest.raises(OSError, match=WORDS):
        await ViewerFront(random=bytes).offer(path=r"C:\viewer")
    with pytest.raises(OSError, match=WORDS):
        wayland._connected(this_computer())
    with pytest.raises(OSError, match=WORDS):
        socket_owner._ask_kernel(("127.0.0.1", 1), ("127.0.0.1", 2))


def test_the_monitors_of_this_desktop() -> None:
    """By name and place, the leftmost first."""
    found = monitors.find(this_computer())
    assert [one.name for one in found if not one.name or one.width <= 0 or one.height <= 0] == []
    assert found == tuple(sorted(found, key=lambda one: (one.x, one.y))) != ()


def test_what_other_systems_have() -> None:
    """Neither shared memory that outlives a program, nor the keeper of POSIX."""
    release_shared_memory(os.getpid())
    with pytest.raises(ImportError):
        importlib.import_module("common.agent.keeper.posix")


async def test_changes_of_the_network() -> None:
    """Asking for them waits for nothing, whether they ever come or not. (What is heard: test_network_changes.py.)"""
    told: list[int] = []
    end = watch_addresses(lambda: told.append(1))
    end()
    end()
    assert told == []


def test_whose_listener_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the rows of Windows' table: Wine's has the connection, and its owner is told here."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        rows = [row for row in socket_owner.windows_rows() if server.getsockname() in row[1:3]]
        assert {row[0] for row in rows} >= {2, 5}  # MIB_TCP_STATE_LISTEN, MIB_TCP_STATE_ESTAB
        for owner, ours in ((os.getpid(), True), (4, False)):
            monkeypatch.setattr(socket_owner, "windows_rows", lambda owner=owner: [(*row[:3], owner) for row in rows])
            monkeypatch.setattr(socket_owner, "descendants", lambda pid: {pid})
            assert socket_owner.listener_is_descendant(client, os.getpid()) is ours
