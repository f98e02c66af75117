"""Lists that drop down: whole, on the screen, and what is shortened says all in its tip."""

import asyncio

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from common.ui.drop_down import DropDown
from common.ui.screens import screen_of
from common.ui.theme import Theme
from tests.support.fitting import cut_lists

LONG = "Group of everybody who knows something about printers on the second floor of the old building" * 4


def dropped(qtbot: QtBot, *texts: str, wide: int = 160) -> DropDown:
    """A box with these."""
    box = DropDown()
    box.setAccessibleName("choice")
    box.addItems(list(texts))
    qtbot.addWidget(box)
    box.resize(wide, box.sizeHint().height())
    box.show()
    return box


async def test_every_row_is_whole(qtbot: QtBot, theme: Theme) -> None:
    """Few rows are seen at once, none by half."""
    box = dropped(qtbot, "one", "two", "three")
    box.showPopup()
    await asyncio.sleep(0)
    view = box.view()
    assert view.verticalScrollBar().maximum() == 0
    assert view.visualRect(view.model().index(2, 0)).bottom() < view.viewport().height()
    box.hidePopup()


async def test_the_list_is_as_wide_as_its_longest_text(qtbot: QtBot, theme: Theme) -> None:
    """Also where the box is not."""
    text = "Screen 2: 2560 × 1440 (a name that is rather long)"
    box = dropped(qtbot, "one", text, wide=100)
    box.showPopup()
    await asyncio.sleep(0)
    assert box.view().viewport().width() >= box.view().fontMetrics().horizontalAdvance(text)
    assert box.itemData(1, Qt.ItemDataRole.ToolTipRole) is None
    box.hidePopup()


async def test_what_no_screen_is_wide_enough_for_has_a_tip(qtbot: QtBot, theme: Theme) -> None:
    """The list ends at the screen's edge, wherever the box stands."""
    box = dropped(qtbot, "one", LONG)
    box.move(screen_of(box).availableGeometry().right() - 100, 50)
    assert list(cut_lists(box)) == []
    box.showPopup()
    await asyncio.sleep(0)
    assert box.itemData(1, Qt.ItemDataRole.ToolTipRole) == LONG
    assert box.itemData(0, Qt.ItemDataRole.ToolTipRole) is None
    assert screen_of(box).availableGeometry().contains(box.view().window().frameGeometry())
    box.hidePopup()


def test_a_chosen_text_that_has_no_room_is_in_the_boxs_tip(qtbot: QtBot, theme: Theme) -> None:
    """And only then."""
    box = dropped(qtbot, "one", LONG)
    for row, tip in ((1, LONG), (0, "")):
        box.setCurrentIndex(row)
        QApplication.sendEvent(box, QHelpEvent(QEvent.Type.ToolTip, QPoint(5, 5), box.mapToGlobal(QPoint(5, 5))))
        assert box.toolTip() == tip


def test_a_long_text_does_not_make_the_window_wide(qtbot: QtBot, theme: Theme) -> None:
    """The box can be narrow."""
    box = dropped(qtbot, LONG)
    assert box.minimumSizeHint().width() < box.sizeHint().width() / 4
