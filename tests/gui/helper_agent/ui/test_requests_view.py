"""The list that is clicked in while it changes."""

import asyncio

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem
from pytestqt.qtbot import QtBot

from common.ui.application import once
from common.ui.language import Speech
from common.ui.theme import Theme
from helper_agent.ui.requests_model import UNDER, RequestColumn
from helper_agent.ui.requests_view import RequestsView
from tests.support.waiting import NOW, request_id, waiting

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def shown(qtbot: QtBot, speech: Speech, theme: Theme) -> RequestsView:
    """Ten who wait."""
    view = RequestsView(stillness=0)
    qtbot.addWidget(view)
    view.resize(900, 600)
    view.render([waiting(number) for number in range(1, 11)], NOW)
    view.show()
    return view


def place(view: RequestsView, row: int) -> QPoint:
    """The middle of a row."""
    index = view.model().index(row, RequestColumn.TOPIC)
    return view.visualRect(index).center()


async def test_enter_and_delete_are_about_the_chosen_one(shown: RequestsView, qtbot: QtBot) -> None:
    """Where none is chosen Enter chooses, so that it is seen who will be taken, and Delete does nothing."""
    told: list[tuple[str, str]] = []
    shown.accepted.connect(lambda request: told.append(("accept", request)))
    shown.declined.connect(lambda request: told.append(("decline", request)))
    qtbot.keyClick(shown, Qt.Key.Key_Delete)
    assert shown.request == ""
    qtbot.keyClick(shown, Qt.Key.Key_Return)
    assert told == []
    assert shown.request == request_id(1)
    qtbot.keyClick(shown, Qt.Key.Key_Down)
    qtbot.keyClick(shown, Qt.Key.Key_Enter)
    qtbot.keyClick(shown, Qt.Key.Key_Delete)
    assert told == [("accept", request_id(2)), ("decline", request_id(2))]


async def test_the_selection_stays_with_its_request(shown: RequestsView) -> None:
    """Whatever comes and goes around it, also where all begins anew."""
    heard: list[str] = []
    shown.choose(request_id(5))
    shown.chosen.connect(heard.append)
    shown.render([waiting(number) for number in (3, 5, 9, 12)], NOW)
    assert shown.request == request_id(5)
    shown.render([waiting(number) for number in range(400) if number % 2 or number == 5], NOW)
    shown.render([waiting(number) for number in range(400)], NOW)
    assert (shown.request, heard) == (request_id(5), [])
    assert [index.row() for index in shown.selectionModel().selectedRows()] == [5]


async def test_nobody_is_chosen_in_the_place_of_who_goes(shown: RequestsView, qtbot: QtBot) -> None:
    """Enter a moment too late takes nobody; it goes on from where the keyboard was."""
    taken: list[str] = []
    shown.accepted.connect(taken.append)
    shown.choose(request_id(5))
    shown.render([waiting(number) for number in range(1, 11) if number != 5], NOW)
    qtbot.keyClick(shown, Qt.Key.Key_Return)
    assert (shown.request, taken) == (request_id(6), [])


async def test_the_last_one_goes(shown: RequestsView) -> None:
    """Nothing is left to stand on."""
    shown.choose(request_id(10))
    shown.render([waiting(1)], NOW)
    assert shown.request == ""
    shown.choose(request_id(1))
    shown.render([], NOW)
    assert shown.request == ""
    shown.choose(request_id(1))
    shown.begin()
    assert shown.request == ""


async def test_rows_stand_still_while_a_button_is_down(shown: RequestsView, qtbot: QtBot) -> None:
    """And until a double click can no longer come of it."""
    qtbot.mousePress(shown.viewport(), LEFT, pos=place(shown, 4))
    shown.render([waiting(number) for number in range(3, 11)], NOW)
    assert shown.model().rowCount() == 10
    qtbot.mouseRelease(shown.viewport(), LEFT, pos=place(shown, 4))
    assert shown.model().rowCount() == 10
    await once(shown._still.timeout)
    assert (shown.model().rowCount(), shown.request) == (8, request_id(5))


async def test_a_double_click_takes_the_one_under_the_pointer(shown: RequestsView, qtbot: QtBot) -> None:
    """That of the first click, though the list changed between the two."""
    taken: list[str] = []
    shown.accepted.connect(taken.append)
    where = place(shown, 4)
    qtbot.mouseClick(shown.viewport(), LEFT, pos=where)
    shown.render([waiting(number) for number in range(3, 11)], NOW)
    qtbot.mouseDClick(shown.viewport(), LEFT, pos=where)
    assert taken == [request_id(5)]
    qtbot.mouseDClick(shown.viewport(), LEFT, pos=QPoint(10, 590))
    assert taken == [request_id(5)]


async def test_two_clicks_on_two_rows_are_no_double_click(shown: RequestsView, qtbot: QtBot) -> None:
    """Where the pointer slid to the next row in between, nobody is taken."""
    taken: list[str] = []
    shown.accepted.connect(taken.append)
    qtbot.mouseClick(shown.viewport(), LEFT, pos=place(shown, 4))
    qtbot.mouseDClick(shown.viewport(), LEFT, pos=place(shown, 5))
    assert taken == []


async def test_a_press_that_ends_elsewhere_holds_nothing_for_ever(shown: RequestsView, qtbot: QtBot) -> None:
    """As when the window goes while the button is down."""
    qtbot.mousePress(shown.viewport(), LEFT, pos=place(shown, 4))
    shown.render([], NOW)
    shown.hide()
    await once(shown._still.timeout)
    assert shown.model().rowCount() == 0


async def test_columns_have_room_for_their_words_in_both_languages(shown: RequestsView, speech: Speech) -> None:
    """Titles and fixed words."""
    for language in ("en", "ja"):
        speech.use(language)
        shown.retranslate()
        letters = shown.fontMetrics()
        for column in (RequestColumn.FOR, RequestColumn.MODE, RequestColumn.WAITING):
            wide = max(letters.horizontalAdvance(text) for text in shown._model.widest(column))
            assert shown.columnWidth(column) >= wide


async def test_a_long_name_is_shortened_by_its_own_letters(shown: RequestsView) -> None:
    """It is written bold, which is wider: cut off by the usual letters' width it would lose the sign that more follows."""
    delegate = shown.itemDelegate()
    assert isinstance(delegate, QStyledItemDelegate)
    option = QStyleOptionViewItem()
    shown.initViewItemOption(option)
    usual = option.fontMetrics.horizontalAdvance("Maximiliane")
    delegate.initStyleOption(option, shown.model().index(0, RequestColumn.WHO))
    bold = QFontMetrics(option.font).horizontalAdvance("Maximiliane")
    assert usual < option.fontMetrics.horizontalAdvance("Maximiliane") == bold


@pytest.mark.parametrize("language", ["en", "ja"])
async def test_a_topic_has_room_on_a_narrow_screen(shown: RequestsView, speech: Speech, language: str) -> None:
    """Where its own column would be too narrow to read anything, it stands under the name; and has its column again where there is room."""
    speech.use(language)
    shown.retranslate()
    line, who = shown.fontMetrics().height(), shown.model().index(0, RequestColumn.WHO)
    for width, under in (
        (1200, ""),
        (640, "The printer does not print"),
        (420, "The printer does not print"),
        (1200, ""),
    ):
        shown.resize(width, 600)
        await once_laid_out()
        assert str(who.data(UNDER)) == under
        assert shown.isColumnHidden(RequestColumn.TOPIC) == bool(under)
        assert shown.header().length() == shown.viewport().width()
        wide = RequestColumn.WHO if under else RequestColumn.TOPIC
        assert shown.columnWidth(wide) >= line * (12 if under else 18) - 1
        told = str(who.data(Qt.ItemDataRole.AccessibleTextRole)), str(who.data(Qt.ItemDataRole.ToolTipRole))
        assert all(text.startswith("Hanako Suzuki") and text.endswith(under) for text in told)


async def once_laid_out() -> None:
    """The header has passed on what changed."""
    for _ in range(4):
        await asyncio.sleep(0)


async def test_what_is_shortened_is_whole_in_its_tip(shown: RequestsView) -> None:
    """Every column's."""
    shown.render([waiting(1, "Maximiliane " * 5, topic="Everything " * 20)], NOW)
    tips = [str(shown.model().index(0, column).data(Qt.ItemDataRole.ToolTipRole)) for column in RequestColumn]
    assert tips[RequestColumn.WHO].count("Maximiliane") == 5
    assert tips[RequestColumn.TOPIC].count("Everything") == 20
