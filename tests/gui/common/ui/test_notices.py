"""Notices and the tone: told where they can be, and never in the way."""

import asyncio
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

from common.ui.application import once
from common.ui.notices import RATE, Notices, samples


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
    clicked: list[str] = []
    notices.clicked.connect(clicked.append)
    notices.show("A message", "<b>Hello</b> & more", key="chat")
    notices.show("It has ended", "x" * 9999, key="summary")
    icon.messageClicked.emit()
    assert clicked == ["summary"]
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
