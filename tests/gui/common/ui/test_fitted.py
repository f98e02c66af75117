"""A window is held against its screen, what gives way scrolls, and its last row stays in sight."""

import asyncio

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from common.ui.fitted import Pages, ScreenFit
from common.ui.screens import screen_of
from common.ui.scrolled import Scrolled
from common.ui.theme import Theme
from common.ui.widgets import label
from common.ui.window import Window
from tests.support.fitting import out_of_sight
from tests.support.parts import part

FIELDS = 40


class Long(Window):
    """More fields than any screen has room for, a text, and two buttons."""

    def __init__(self, fields: int = FIELDS) -> None:
        super().__init__()
        self.fields = [QLineEdit() for _ in range(fields)]
        self.text = label("words " * 30)
        self.ok, self.cancel = QPushButton("ok"), QPushButton("cancel")
        layout = QVBoxLayout(self)
        layout.addWidget(self.text)
        for field in self.fields:
            layout.addWidget(field)
        row = QHBoxLayout()
        row.addWidget(self.cancel)
        row.addWidget(self.ok)
        layout.addLayout(row)
        self.begin_words()
        self.open_at(20)


async def laid_out() -> None:
    """Layouts inside layouts pass on what changed, a turn each."""
    for _ in range(8):
        await asyncio.sleep(0)


def is_seen(widget: QWidget) -> bool:
    """All of it."""
    return widget.isVisible() and widget.visibleRegion().boundingRect() == widget.rect()


async def test_what_is_too_high_scrolls_and_the_buttons_stay(qtbot: QtBot) -> None:
    """It is as high as the screen has room for, frame included, and only the buttons are never scrolled."""
    window = Long()
    qtbot.addWidget(window)
    window.show()
    await laid_out()
    assert list(out_of_sight(window)) == []
    assert is_seen(window.ok)
    assert is_seen(window.fields[0])
    assert not is_seen(window.fields[-1])
    assert part(window, Scrolled).isAncestorOf(window.fields[-1])


async def test_where_there_is_room_nothing_scrolls(qtbot: QtBot) -> None:
    """It is as high as what stands in it, and no higher."""
    window = Long(3)
    qtbot.addWidget(window)
    window.show()
    await laid_out()
    assert part(window, Scrolled).verticalScrollBar().maximum() == 0
    high = window.height()
    window.text.setText("words " * 90)
    await laid_out()
    assert window.height() > high
    assert part(window, Scrolled).verticalScrollBar().maximum() == 0


async def test_tab_scrolls_into_sight(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keyboard alone goes through all of it, down and around, and always sees where it is."""
    monkeypatch.setattr("common.ui.scrolled.is_clicked", lambda _: False)  # another test's button may still be down
    window = Long()
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    window.fields[0].setFocus()
    await laid_out()
    for field in [*window.fields[1:], window.cancel, window.ok, window.fields[0]]:
        QTest.keyClick(window.focusWidget() or window, Qt.Key.Key_Tab)
        assert QApplication.focusWidget() is field
        assert is_seen(field)


async def test_the_keyboard_stays_where_it_was_put(qtbot: QtBot) -> None:
    """Rows get another parent while the window is made, and Qt takes the keyboard away then."""

    class Focused(Long):
        def begin_words(self) -> None:
            self.fields[1].setFocus()
            super().begin_words()

    window = Focused()
    qtbot.addWidget(window)
    assert window.focusWidget() is window.fields[1]


async def test_a_smaller_screen_makes_it_smaller_and_moves_it(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """The free part of the screen shrinks while it is open."""
    window = Long()
    qtbot.addWidget(window)
    window.show()
    await laid_out()
    window.move(QPoint(5000, 5000))
    free = QRect(50, 40, 500, 300)
    monkeypatch.setattr(ScreenFit, "free", property(lambda _: free))
    screen_of(window).availableGeometryChanged.emit(free)
    await laid_out()
    assert free.contains(window.geometry())
    assert is_seen(window.ok)


async def test_large_letters_make_it_larger_at_once(qtbot: QtBot, theme: Theme) -> None:
    """And as small as before when they go."""
    window = Long(2)
    qtbot.addWidget(window)
    window.show()
    await laid_out()
    before = window.size()
    theme.use_large(True)
    await laid_out()
    assert window.width() > before.width() * 1.3
    assert list(out_of_sight(window)) == []
    theme.use_large(False)
    await laid_out()
    assert abs(window.width() - before.width()) <= 1


async def test_buttons_wider_than_the_screen_stand_under_each_other(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None is cut off at the side."""
    monkeypatch.setattr(ScreenFit, "free", property(lambda _: QRect(0, 0, 300, 400)))
    window = Long()
    qtbot.addWidget(window)
    window.ok.setText("a button of many words, all of which are needed")
    window.show()
    await laid_out()
    assert window.ok.y() > window.cancel.y()


async def test_pages_hand_down_their_buttons(qtbot: QtBot) -> None:
    """The last row of the page that is shown stands below what is scrolled; the others' are gone."""

    class Paged(Window):
        def __init__(self) -> None:
            super().__init__()
            self.pages, self.parts = Pages(), []
            for _ in range(2):
                page, button = QWidget(), QPushButton("go")
                column = QVBoxLayout(page)
                for _ in range(FIELDS):
                    column.addWidget(QLineEdit())
                column.addWidget(button)
                self.pages.addWidget(page)
                self.parts.append((page, button))
            layout = QVBoxLayout(self)
            layout.addWidget(self.pages)
            self.begin_words()
            self.open_at(20)

    window = Paged()
    qtbot.addWidget(window)
    window.show()
    await laid_out()
    (first, one), (second, other) = window.parts
    assert is_seen(one)
    assert not other.isVisible()
    window.pages.setCurrentWidget(second)
    await laid_out()
    assert window.pages.currentWidget() is second
    assert is_seen(other)
    assert not one.isVisible()
    assert not first.isVisible()
    assert list(out_of_sight(window)) == []


async def test_a_person_may_drag_it_larger(qtbot: QtBot) -> None:
    """What the person does with a window's edges is theirs, as far as the screen goes."""
    window = Long(2)
    qtbot.addWidget(window)
    window.show()
    await laid_out()
    window.resize(window.width() + 60, window.height() + 40)
    size = window.size()
    await laid_out()
    assert window.size() == size


class Counter(QObject):
    """How often something is laid out."""

    count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() is QEvent.Type.LayoutRequest
        return False


async def test_a_window_that_nobody_touches_rests(qtbot: QtBot) -> None:
    """A longer text is laid out, a few times at most; then nothing is, else a computer works for a window that stands still."""
    window, counter = Long(), Counter()
    qtbot.addWidget(window)
    window.show()
    await laid_out()
    (scrolled,) = window.findChildren(Scrolled)
    scrolled.viewport().installEventFilter(counter)
    window.text.setText("other words " * 30)
    for _ in range(50):
        await laid_out()
    assert 1 <= counter.count <= 5
