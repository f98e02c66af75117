"""Notices and the tone: told where they can be, and never in the way."""

import asyncio
import os
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

from common.agent import desktop_notices
from common.agent.notice import DEFAULT
from common.ui import notices as notices_module
from common.ui.application import once
from common.ui.notices import LEAVE, RATE, Notices, samples
from tests.support.desktops import happens, running
from tests.support.marks import needs
from tests.support.notice_daemon import notice_daemon
from tests.support.session_bus import bus_in


class Icon(QObject):
    """A tray's icon that can show notices."""

    messageClicked = Signal()  # noqa: N815 -- Qt's own name

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[tuple[str, str]] = []

    def isVisible(self) -> bool:
        """It is."""
        return True

    def icon(self) -> QIcon:
        """Any."""
        return QIcon()

    def showMessage(self, title: str, text: str, icon: QIcon) -> None:
        """Keep it."""
        self.shown.append((title, text))


class Beep(QObject):
    """Counts."""

    beeped = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.times = 0

    def __call__(self) -> None:
        self.times += 1
        self.beeped.emit()


async def test_a_notice_is_shown_and_tells_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last one's key comes back when the person clicks on it; nothing in it is markup."""
    monkeypatch.setattr(QSystemTrayIcon, "supportsMessages", lambda: True)
    icon = Icon()
    notices = Notices(icon)  # type: ignore[arg-type]
    clicked: list[tuple[str, str]] = []
    notices.acted.connect(lambda key, action: clicked.append((key, action)))
    notices.show("A message", "<b>Hello</b> & more", key="chat")
    notices.show("It has ended", "x" * 9999, key="summary")
    icon.messageClicked.emit()
    assert clicked == [("summary", DEFAULT)]
    assert icon.shown[0] == ("A message", "‹b›Hello‹/b› ＆ more")
    assert len(icon.shown[1][1]) == 500


async def test_without_a_place_for_notices_nothing_happens() -> None:
    """No tray, no notice, no error."""
    Notices(None).show("A message", "Hello")
    Notices(QSystemTrayIcon()).show("A message", "Hello")


async def test_the_window_blinks_in_the_task_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    """With every notice, but for a window that is hidden, which has no entry there."""
    blinking: list[QWidget] = []
    monkeypatch.setattr(QApplication, "alert", blinking.append)
    window = QWidget()
    notices = Notices(None, window=window)
    notices.show("A message", "Hello")
    assert blinking == []
    window.show()
    notices.show("A message", "Hello")
    assert blinking == [window]
    window.deleteLater()


async def test_the_systems_own_badge_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows' task bar and the Dock, by Qt; where there is a session bus Qt's way leads nowhere, and is not gone."""
    counts: list[int] = []
    monkeypatch.setattr(QGuiApplication, "setBadgeNumber", lambda _app, number: counts.append(number))
    Notices(None).count(3)
    assert counts == [3]


@needs("dbus_bus_get")
async def test_the_desktop_shows_it_where_it_can(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its buttons and the window's leave to come forward; else it stands beside the icon."""
    monkeypatch.setattr(QSystemTrayIcon, "supportsMessages", lambda: True)
    monkeypatch.setattr(desktop_notices, "DEAF", 0.0)
    monkeypatch.setattr(notices_module, "LASTS", 100)
    argv, address = bus_in(tmp_path)
    icon = Icon()
    notices = Notices(icon, socket=str(tmp_path / "bus"))  # type: ignore[arg-type]
    heard: list[tuple[str, str, str | None]] = []
    notices.acted.connect(lambda key, action: heard.append((key, action, os.environ.get(LEAVE))))
    with running(argv, tmp_path):
        await happens("the bus listens", (tmp_path / "bus").exists)
        async with notice_daemon(address) as daemon:
            notices.show("Hanako asks", "Printer", key="requests", actions=[("take", "Take it")], stays=True)
            await daemon.titles("Hanako asks")
            assert notices.stands("requests")
            await daemon.choose(1, "take", token="leave")
            await happens("it came back", lambda: heard == [("requests", "take", "leave")])
            await happens("the leave is over", lambda: LEAVE not in os.environ)
            notices.withdraw("requests")
            await daemon.titles()
        notices.show("Nobody shows it", "", key="requests")
        await happens("it stands there", lambda: icon.shown == [("Nobody shows it", "")])
        await notices.close()


async def test_the_tone_goes_to_a_player(tmp_path: Path) -> None:
    """The first player that is here gets all of the tone on its input, one at a time."""
    heard = tmp_path / "heard"
    code = f"import sys, pathlib; pathlib.Path({str(heard)!r}).write_bytes(sys.stdin.buffer.read())"
    beep = Beep()
    notices = Notices(None, players=[("no-such-player",), (sys.executable, "-c", code)], beep=beep)
    notices.sound()
    playing = notices._playing
    assert playing is not None
    notices.sound()
    assert notices._playing is playing
    await once(playing.finished)
    assert heard.read_bytes() == samples()
    assert beep.times == 0
    assert notices._playing is None


@pytest.mark.parametrize("players", [[], [(sys.executable, "-c", "raise SystemExit(1)")]])
async def test_the_systems_beep_stands_in(players: list[tuple[str, ...]]) -> None:
    """No player, or one that fails: the system beeps."""
    beep = Beep()
    notices = Notices(None, players=players, beep=beep)
    waiting = asyncio.ensure_future(once(beep.beeped))
    await asyncio.sleep(0)
    notices.sound()
    await waiting
    assert beep.times == 1


async def test_a_player_that_cannot_be_started_is_none(tmp_path: Path) -> None:
    """A broken program is as good as none."""
    broken = tmp_path / "player"
    broken.write_text("#!/no/such/interpreter\n")
    broken.chmod(0o755)
    beep = Beep()
    notices = Notices(None, players=[(str(broken),)], beep=beep)
    waiting = asyncio.ensure_future(once(beep.beeped))
    await asyncio.sleep(0)
    notices.sound()
    await waiting
    assert notices._playing is None


def test_the_tone_is_short_and_not_loud() -> None:
    """Less than half a second, and far from full scale."""
    values = memoryview(samples()).cast("h")
    assert 0.1 < len(values) / RATE < 0.5
    assert max(map(abs, values)) < 32767 // 3
