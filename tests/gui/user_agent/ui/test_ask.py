"""The dialog before a request is sent."""

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from common.protocol.messages import GroupEntry, HelperEntry, Mode
from user_agent.servers.base import ScreenChoice
from user_agent.ui.ask import AskDialog
from user_agent.ui.people_model import PeopleRow
from user_agent.views import Wish

TARO = PeopleRow(entry=HelperEntry(uri="tasuki://x/helper/1", name="Taro"))
LEFT = ScreenChoice(name="eDP-1", x=0, y=0, width=1920, height=1080)
RIGHT = ScreenChoice(name="HDMI-1", x=1920, y=0, width=1280, height=1024)


def opened(qtbot: QtBot, row: PeopleRow = TARO, topic: str = "") -> tuple[AskDialog, list[Wish]]:
    """The dialog, shown, and what it will have asked."""
    dialog = AskDialog(row=row, topic=topic)
    qtbot.addWidget(dialog)
    asked: list[Wish] = []
    dialog.asked.connect(asked.append)
    dialog.open()
    return dialog, asked


async def test_enter_asks_and_only_to_look(qtbot: QtBot) -> None:
    """Nothing more is shared than what was chosen: no details, all screens, view."""
    dialog, asked = opened(qtbot, topic=" Printer ")
    dialog.show_details({"system": "Debian"})
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert asked == [Wish(helper="tasuki://x/helper/1", mode=Mode.VIEW, topic="Printer")]
    assert not dialog.isVisible()


async def test_escape_leaves(qtbot: QtBot) -> None:
    """Nothing is asked."""
    dialog, asked = opened(qtbot)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert asked == []
    assert not dialog.isVisible()


async def test_a_click_anywhere_on_a_choice_chooses_it(qtbot: QtBot) -> None:
    """Its meaning belongs to it."""
    dialog, asked = opened(qtbot)
    card = dialog._modes[1]
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    assert card.radio.isChecked()
    dialog.ask_button.click()
    assert asked[0].mode is Mode.CONTROL


async def test_details_are_shown_before_they_are_sent(qtbot: QtBot) -> None:
    """In words; sent are the ones that were shown, and only where the person said so."""
    dialog, asked = opened(qtbot, PeopleRow())
    assert not dialog.details.isVisible()
    dialog.show_details({"system": "Debian", "memory": "16 GiB"})
    assert dialog.details.isVisible()
    assert not dialog.details.list.isVisible()
    dialog.details.box.click()
    assert dialog.details.list.isVisible()
    assert dialog.details.list.toPlainText() == "System: Debian\nMemory: 16 GiB"
    dialog.ask_button.click()
    assert asked == [Wish(anyone=True, mode=Mode.VIEW, inventory={"system": "Debian", "memory": "16 GiB"})]


async def test_a_screen_can_be_chosen_where_there_are_several(qtbot: QtBot, speech: object) -> None:
    """Numbered as they stand; all of them unless the person says otherwise."""
    dialog, asked = opened(qtbot, PeopleRow(entry=GroupEntry(group="Desk")))
    dialog.show_screens((LEFT,))
    assert not dialog.screen_box.isVisible()
    dialog.show_screens((LEFT, RIGHT))
    assert dialog.screen_box.isVisible()
    assert [dialog.screen_box.itemText(at) for at in range(3)][2] == "Screen 2: 1280 × 1024 (HDMI-1)"
    dialog.screen_box.setCurrentIndex(2)
    dialog.ask_button.click()
    assert asked == [Wish(group="Desk", mode=Mode.VIEW, screen=RIGHT.key)]


async def test_what_is_typed_is_told_for_the_draft(qtbot: QtBot) -> None:
    """At every letter."""
    dialog, _asked = opened(qtbot)
    typed: list[str] = []
    dialog.topic_changed.connect(typed.append)
    qtbot.keyClicks(dialog.topic, "ab")
    assert typed == ["a", "ab"]


async def test_a_name_is_text_and_stays_on_one_line(qtbot: QtBot) -> None:
    """Whoever gives himself a name cannot write a heading of ours."""
    dialog, _asked = opened(
        qtbot, PeopleRow(entry=HelperEntry(uri="tasuki://x/helper/1", name="<b>Taro</b>\nTrust me"))
    )
    assert "<b>Taro</b> Trust me" in dialog._title.text()
    assert dialog._title.textFormat() is Qt.TextFormat.PlainText
