"""The dialog before a request is sent."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QRadioButton
from pytestqt.qtbot import QtBot

from common.protocol.messages import GroupEntry, HelperEntry, Mode
from tests.support.finding import find
from user_agent.servers.base import ScreenChoice
from user_agent.ui.ask import AskDialog
from user_agent.ui.people_model import PeopleRow
from user_agent.views import Wish

TARO = PeopleRow(entry=HelperEntry(uri="tasuki://x/helper/1", name="Taro"))
LEFT = ScreenChoice(name="eDP-1", x=0, y=0, width=1920, height=1080)
RIGHT = ScreenChoice(name="HDMI-1", x=1920, y=0, width=1280, height=1024)

FAR = ScreenChoice(name="DP-1", x=3200, y=0, width=1280, height=1024)


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


async def test_screens_can_be_left_out_where_there_are_several(qtbot: QtBot, speech: object) -> None:
    """Numbered as they stand; all of them unless the person says otherwise, and never none."""
    dialog, asked = opened(qtbot, PeopleRow(entry=GroupEntry(group="Desk")))
    dialog.show_screens((LEFT,))
    assert not dialog.screens.isVisible()
    dialog.show_screens((LEFT, RIGHT, FAR))
    assert dialog.screens.isVisible()
    assert [box.text() for box in dialog.screens.boxes][1] == "Screen 2: 1280 × 1024 (HDMI-1)"
    assert dialog.screens.agreed() == ()
    means = find(dialog, QLabel, "screens_means")
    told = [means.text()]
    for box in dialog.screens.boxes:
        qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))
        told.append(means.text())
    assert [text.split(",")[0] for text in told] == [
        "The helper sees all screens",
        "The helper sees one of these at a time",
        "The helper sees this screen only.",
        "Choose at least one screen.",
    ]
    assert not dialog.ask_button.isEnabled()
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert not asked
    for at in (1, 2):
        dialog.screens.boxes[at].click()
    dialog.ask_button.click()
    assert asked == [Wish(group="Desk", mode=Mode.VIEW, screens=(RIGHT.key, FAR.key))]


async def test_what_is_the_matter_is_asked_once(qtbot: QtBot) -> None:
    """In the window before: here it only goes along."""
    dialog, _asked = opened(qtbot, topic="Printer")
    assert not dialog.findChildren(QLineEdit)


async def test_a_name_is_text_and_stays_on_one_line(qtbot: QtBot) -> None:
    """Whoever gives himself a name cannot write a heading of ours."""
    dialog, _asked = opened(
        qtbot, PeopleRow(entry=HelperEntry(uri="tasuki://x/helper/1", name="<b>Taro</b>\nTrust me"))
    )
    assert "<b>Taro</b> Trust me" in dialog._title.text()
    assert dialog._title.textFormat() is Qt.TextFormat.PlainText


async def test_control_that_may_not_be_allowed(qtbot: QtBot) -> None:
    """It cannot be chosen, by click or key, and says why; what is asked is to look."""
    dialog, asked = opened(qtbot, row=PeopleRow(entry=GroupEntry(group="Interns", most=Mode.VIEW)))
    control = find(dialog, QRadioButton, "mode_control")
    assert not control.isEnabled()
    assert control.accessibleDescription() == "Your organisation allows only looking here."
    qtbot.mouseClick(control, Qt.MouseButton.LeftButton)
    qtbot.keyClick(dialog, Qt.Key.Key_C, Qt.KeyboardModifier.AltModifier)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert asked == [Wish(group="Interns", mode=Mode.VIEW)]
