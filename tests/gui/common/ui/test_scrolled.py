"""What is scrolled, and what is new in it."""

import asyncio

import pytest
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from common.ui.scrolled import Scrolled, reveal
from common.ui.theme import Theme
from common.ui.widgets import label


@pytest.mark.parametrize("place", ["first", "last"])
async def test_what_is_new_comes_into_sight(qtbot: QtBot, theme: Theme, place: str) -> None:
    """Once its words are laid out; and what stands in nothing that scrolls stays where it is."""
    inside = QWidget()
    lines = [label(f"Line {number}") for number in range(20)]
    layout = QVBoxLayout(inside)
    for one in lines:
        layout.addWidget(one)
    area = Scrolled(inside)
    qtbot.addWidget(area)
    area.resize(200, 120)
    area.show()
    await asyncio.sleep(0.02)
    bar, new = area.verticalScrollBar(), lines[0 if place == "first" else -1]
    bar.setValue(0 if place == "last" else bar.maximum())
    new.setText("So many words that they need more than the one line which they had before")
    reveal(new)
    async with asyncio.timeout(10):
        while new.visibleRegion().boundingRect().height() < new.heightForWidth(new.width()):  # noqa: ASYNC110 -- nothing tells
            await asyncio.sleep(0.005)
    alone = label("Alone")
    qtbot.addWidget(alone)
    alone.show()
    reveal(alone)
    await asyncio.sleep(0.02)
