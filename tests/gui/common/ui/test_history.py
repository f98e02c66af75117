"""Recent sessions: found, chosen, exported as they are shown; a note is kept while it is typed."""

import asyncio
from collections.abc import Callable

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from common.agent.history import Record
from common.ui.application import once
from common.ui.history import HistoryWindow
from common.ui.history_model import HistoryColumn
from common.ui.language import Speech
from common.ui.theme import Theme
from tests.support.records import LOOKED, LOST, RECORDS, SHORT, but


@pytest.fixture
def window(qtbot: QtBot, speech: Speech, theme: Theme) -> HistoryWindow:
    """A helper's, shown, with three sessions."""
    made = HistoryWindow(notes=True)
    qtbot.addWidget(made)
    made.render(RECORDS)
    made.show()
    return made


def rows(window: HistoryWindow, column: HistoryColumn = HistoryColumn.WHO) -> list[str]:
    """What a column shows."""
    model = window.table.model()
    return [str(model.index(row, column).data()) for row in range(model.rowCount())]


async def test_the_newest_is_first_and_chosen(window: HistoryWindow) -> None:
    """Its details are shown at once."""
    assert rows(window) == ["<b>Bold</b> breaking", "佐藤 花子", "Hanako Sato"]
    assert window.chosen == SHORT


async def test_columns_are_sorted_by_what_they_mean(window: HistoryWindow) -> None:
    """How long is a number, not a text."""
    window.table.sortByColumn(HistoryColumn.LASTED, window.table.horizontalHeader().sortIndicatorOrder().AscendingOrder)
    assert rows(window, HistoryColumn.LASTED) == ["9 s", "12 min 34 s", "1 h 6 min"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("hanako", ["Hanako Sato"]),
        ("花子", ["佐藤 花子"]),
        ("printer EMPTY", ["Hanako Sato"]),
        ("monday", ["Hanako Sato"]),
        ("example", ["<b>Bold</b> breaking", "佐藤 花子", "Hanako Sato"]),
        ("nobody", []),
    ],
)
async def test_a_search_finds_every_word_in_any_case(window: HistoryWindow, text: str, found: list[str]) -> None:
    """In names, topics, notes and the organisation."""
    window.search.setText(text)
    assert rows(window) == found
    assert window.empty.isVisible() == (not found)
    assert window.export.isEnabled() == bool(found)


async def test_details_follow_the_search_and_the_language(window: HistoryWindow, speech: Speech) -> None:
    """Who is found is shown."""
    window.search.setText("printer")
    assert window.chosen == LOOKED
    speech.use("ja")
    await asyncio.sleep(0)
    assert "利用者が終了しました。" in rows(window, HistoryColumn.END)


async def test_new_records_keep_what_is_chosen(window: HistoryWindow) -> None:
    """A session that ends meanwhile moves nobody."""
    window.table.selectRow(2)
    assert window.chosen == LOOKED
    window.render([but(SHORT, session="4" * 32), *RECORDS])
    assert window.chosen == LOOKED
    assert len(rows(window)) == 4


async def test_a_note_is_kept_a_moment_after_the_last_key(window: HistoryWindow, qtbot: QtBot) -> None:
    """Without any button."""
    assert window.note is not None
    heard = asyncio.ensure_future(once(window.note_changed))
    await asyncio.sleep(0)
    qtbot.keyClicks(window.note.edit, "Restarted")
    assert await heard == (SHORT.session, "Restarted")


@pytest.mark.parametrize(
    "leave",
    [
        lambda window: window.table.selectRow(2),
        lambda window: window.close(),
        lambda window: window.search.setText("printer"),
    ],
)
async def test_a_note_is_kept_when_it_is_left(
    window: HistoryWindow, qtbot: QtBot, leave: Callable[[HistoryWindow], None]
) -> None:
    """For the session that it was typed for, once."""
    assert window.note is not None
    kept: list[tuple[str, str]] = []
    window.note_changed.connect(lambda session, text: kept.append((session, text)))
    qtbot.keyClicks(window.note.edit, "Restarted")
    leave(window)
    assert kept == [(SHORT.session, "Restarted")]


async def test_records_that_come_while_a_note_is_typed_do_not_take_it(window: HistoryWindow, qtbot: QtBot) -> None:
    """What is on the disk is older than what stands there."""
    assert window.note is not None
    qtbot.keyClicks(window.note.edit, "Restarted")
    window.render(RECORDS)
    assert window.note.edit.toPlainText() == "Restarted"
    window.note.settle()
    window.render([but(SHORT, note="Restarted"), LOST, LOOKED])
    assert window.note.edit.toPlainText() == "Restarted"
    assert rows(window, HistoryColumn.NOTE)[0] == "Restarted"


async def test_what_is_shown_is_exported(window: HistoryWindow) -> None:
    """Where the person says, asked by a dialog that blocks nothing."""
    window.search.setText("example")
    window.search.setText("hanako")
    asked: list[tuple[str, tuple[Record, ...]]] = []
    window.export_wanted.connect(lambda path, records: asked.append((path, records)))
    window.export.click()
    dialog = window.findChild(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    assert dialog.isVisible()
    dialog.fileSelected.emit("/tmp/sessions.csv")
    dialog.close()
    assert asked == [("/tmp/sessions.csv", (LOOKED,))]


async def test_details_are_copied_as_text(window: HistoryWindow) -> None:
    """All that is known of the session."""
    window.search.setText("printer")
    window.copy.click()
    text = QGuiApplication.clipboard().text()
    for word in ("Hanako Sato", "Example Support", "12 min 34 s", "Look and control", "Drum cleaned", LOOKED.topic):
        assert word in text


async def test_a_user_has_no_notes(qtbot: QtBot, speech: Speech, theme: Theme) -> None:
    """Neither a field nor a column."""
    window = HistoryWindow(notes=False)
    qtbot.addWidget(window)
    window.render(RECORDS)
    assert window.note is None
    assert window.table.model().columnCount() == HistoryColumn.NOTE


async def test_an_empty_history_says_so(qtbot: QtBot, speech: Speech, theme: Theme) -> None:
    """No table of nothing."""
    window = HistoryWindow(notes=True)
    qtbot.addWidget(window)
    window.render([])
    assert not window.export.isEnabled()
    assert window.empty.text() == "There was no session yet."


async def test_how_it_ended_and_the_note_share_what_is_left(window: HistoryWindow) -> None:
    """Neither is squeezed by the other: where all does not fit, each has half."""
    window.resize(900, 500)
    window.render([but(LOST, note="A long note, which says what was done already and what is left to do. " * 3)])
    header = window.table.horizontalHeader()
    left = window.table.viewport().width() - sum(header.sectionSize(one) for one in range(HistoryColumn.END))
    end, note = (header.sectionSize(one) for one in (HistoryColumn.END, HistoryColumn.NOTE))
    wanted = window.table.sizeHintForColumn(HistoryColumn.END)
    assert end >= min(wanted, left // 2) - 4
    assert note >= left // 2 - 4
