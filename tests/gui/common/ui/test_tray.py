"""The icon beside the clock: its menu speaks the language, and it shows what goes on."""

import asyncio
from typing import get_args

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QSystemTrayIcon
from pytestqt.qtbot import QtBot

from common.host.words import current_language
from common.ui.app_icon import IconState
from common.ui.language import Speech
from common.ui.tray import MenuEntry, Tray


def made() -> tuple[Tray, list[str]]:
    """A tray of three entries, and what is chosen in it."""
    tray = Tray(
        name="Tasuki",
        entries=[
            MenuEntry(key="open", text=lambda: f"Open {current_language()}"),
            MenuEntry(key=""),
            MenuEntry(key="quit", text=lambda: "Quit"),
        ],
    )
    chosen: list[str] = []
    tray.chosen.connect(chosen.append)
    return tray, chosen


async def test_an_entry_tells_its_key(qtbot: QtBot, speech: Speech) -> None:
    """Each entry tells its own; a click on the icon is the first one's."""
    tray, chosen = made()
    actions = [action for action in tray.icon.contextMenu().actions() if not action.isSeparator()]
    for action in actions:
        action.trigger()
    tray.icon.activated.emit(QSystemTrayIcon.ActivationReason.Trigger)
    tray.icon.activated.emit(QSystemTrayIcon.ActivationReason.Context)
    assert chosen == ["open", "quit", "open"]


async def test_the_menu_follows_the_language(speech: Speech) -> None:
    """Its words are asked for anew."""
    tray, _chosen = made()
    first = tray.icon.contextMenu().actions()[0]
    assert first.text() == "Open en"
    speech.use("ja")
    await asyncio.sleep(0)
    assert first.text() == "Open ja"


async def test_what_goes_on_is_shown(speech: Speech) -> None:
    """Each state has a picture and a tool tip of its own."""
    tray, _chosen = made()
    seen: list[tuple[QImage, str]] = []
    for state in get_args(IconState):
        tray.set_state(state)
        picture = tray.icon.icon().pixmap(32, 32).toImage()
        assert all(picture != other for other, _ in seen)
        assert all(tray.icon.toolTip() != other for _, other in seen)
        assert tray.icon.toolTip().startswith("Tasuki: ")
        seen.append((picture, tray.icon.toolTip()))


async def test_entries_can_be_greyed_and_hidden(speech: Speech) -> None:
    """What cannot be done now is not offered."""
    tray, _chosen = made()
    action = tray.icon.contextMenu().actions()[2]
    tray.set_enabled("quit", False)
    assert not action.isEnabled()
    tray.set_visible("quit", False)
    assert not action.isVisible()


async def test_it_can_be_shown_where_there_is_no_place_for_it(speech: Speech) -> None:
    """A desktop without a tray is one without a tray, no error."""
    tray, _chosen = made()
    assert not tray.available
    tray.show()
    tray.hide()
