"""Which screen a window is on, asked in the one way that frees no screen."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QWidget
from pytestqt.qtbot import QtBot

from common.ui import screens
from common.ui.screens import screen_of

HOUSE = Path(__file__).parents[4]
ROOMS = ("common/ui", "user_agent/ui", "helper_agent/ui", "tests/gui", "tests/support")
OF_X = {"display", "opened"}  # python-xlib's displays have screens too

LIVES = """
import gc, sys
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from common.ui.screens import screen_of

app = QApplication(["tasuki-test"])
for _ in range(200):
    window = QWidget()
    window.itself, window.kept = window, screen_of(window)
    del window
    gc.collect()
QLabel("Aa").grab()
print(len(app.screens()))
"""


def asked(path: Path) -> Iterator[str]:
    """Where a window is asked for its screen."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "screen":
            whose = ast.unparse(node.func.value).rpartition(".")[2].strip("_")
            if whose not in OF_X and not node.args:
                yield f"{path.relative_to(HOUSE)}:{node.lineno} {ast.unparse(node)}"


def test_no_window_is_asked_for_its_screen() -> None:
    """PySide would free the screen with the window."""
    paths = [path for room in ROOMS for path in (HOUSE / room).rglob("*.py")]
    assert len(paths) > 100
    assert [found for path in paths for found in asked(path)] == []


def test_screens_outlive_windows(tmp_path: Path) -> None:
    """Also those that hold themselves, whose screen somebody keeps: in a process of its own, which would fall."""
    environ = {"PYTHONPATH": str(HOUSE), "QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", LIVES], env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr


class Screen:
    """One that is not there."""

    def __init__(self, *area: int) -> None:
        self.area = QRect(*area)

    def geometry(self) -> QRect:
        """In units."""
        return self.area


LEFT: Any = Screen(0, 0, 1000, 800)
RIGHT: Any = Screen(1000, 0, 1600, 900)


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    """The right one is the first of the desktop's."""

    class Two:
        @staticmethod
        def screens() -> list[Screen]:
            return [RIGHT, LEFT]

        @staticmethod
        def primaryScreen() -> Any:
            return RIGHT

        @staticmethod
        def screenAt(point: QPoint) -> Screen | None:
            return next((screen for screen in (LEFT, RIGHT) if screen.area.contains(point)), None)

    monkeypatch.setattr(screens, "QGuiApplication", Two)


@pytest.mark.parametrize(
    ("x", "y", "on"),
    [(10, 10, LEFT), (700, 0, LEFT), (900, 0, RIGHT), (-3000, 0, LEFT), (50, 5000, LEFT), (9000, 9000, RIGHT)],
)
def test_it_is_where_its_middle_is(qtbot: QtBot, two: None, x: int, y: int, on: Any) -> None:
    """Or where that is nearest to."""
    window = QWidget()
    qtbot.addWidget(window)
    window.setGeometry(QRect(QPoint(x, y), QSize(400, 300)))
    window.show()
    assert screen_of(window) is on
    inside = QWidget(window)
    assert screen_of(inside) is on


def test_before_it_is_shown_it_is_where_it_will_be(qtbot: QtBot, two: None) -> None:
    """On the desktop's first screen, over its parent, or where it was put."""
    window = QWidget()
    qtbot.addWidget(window)
    assert screen_of(window) is RIGHT
    dialog = QDialog(window, Qt.WindowType.Dialog)
    assert screen_of(dialog) is RIGHT
    window.move(10, 10)
    assert screen_of(window) is LEFT
    window.show()
    assert screen_of(dialog) is LEFT


def test_the_one_screen_is_everybodys(qtbot: QtBot) -> None:
    """The real one of these tests."""
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    assert screen_of(window) is QGuiApplication.primaryScreen()
