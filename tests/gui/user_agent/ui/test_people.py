"""The list of those who can be asked: rows, words, search, and who stays chosen while it changes."""

import time
from collections.abc import Iterable

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from common.protocol.matching_memory import Listed
from common.protocol.messages import GroupEntry, HelperEntry, Mode, Status
from common.ui.theme import LIGHT
from user_agent.ui.people import MANY, PeopleList
from user_agent.ui.people_model import FEW, PeopleModel, PeopleRole, PeopleRow, rows, runs
from user_agent.views import Wish


def helper(number: int, *, name: str = "", status: Status = Status.AVAILABLE, **more: object) -> HelperEntry:
    """One of many."""
    return HelperEntry(uri=f"tasuki://x/helper/{number}", name=name or f"H{number:05}", status=status, **more)  # type: ignore[arg-type]


def selected_of(people: PeopleList) -> PeopleRow | None:
    """Who is chosen."""
    row = people.view.currentIndex().data(PeopleRole.ROW)
    return row if isinstance(row, PeopleRow) else None


def made(qtbot: QtBot, listed: Iterable[Listed]) -> PeopleList:
    """The list with these in it."""
    people = PeopleList(colours=lambda: LIGHT)
    qtbot.addWidget(people)
    people.render(rows(tuple(listed)))
    return people


def names(people: PeopleList) -> list[str]:
    """As they stand."""
    return [people.model.index(at).data() for at in range(people.model.rowCount())]


def test_the_order_is_whoever_is_free_then_groups_then_who_is_available() -> None:
    """By name within each; whoever is free knows how many there are."""
    away, busy = helper(1, name="A", status=Status.AWAY), helper(2, name="B", status=Status.BUSY)
    late, soon = helper(3, name="d"), helper(4, name="C")
    groups = GroupEntry(group="Z"), GroupEntry(group="a")
    found = rows((away, busy, late, soon, *groups))
    assert [row.name for row in found] == ["", "a", "Z", "C", "d", "B", "A"]
    assert found[0].available == 2


def test_a_row_makes_the_wish_for_it() -> None:
    """A helper by URI, a group by name, anyone."""
    assert PeopleRow().wish(mode=Mode.VIEW, topic="x") == Wish(anyone=True, mode=Mode.VIEW, topic="x")
    assert PeopleRow(entry=GroupEntry(group="G")).wish(mode=Mode.CONTROL) == Wish(group="G", mode=Mode.CONTROL)
    assert PeopleRow(entry=helper(1)).wish(mode=Mode.VIEW) == Wish(helper="tasuki://x/helper/1", mode=Mode.VIEW)


async def test_a_row_says_in_words_what_its_colour_says(qtbot: QtBot, speech: object) -> None:
    """Status, languages, skills and how many wait, also for a screen reader."""
    busy = helper(1, name="Taro", status=Status.BUSY, languages=["ja"], skills=["Excel"], waiting=2)
    people = made(qtbot, (busy, GroupEntry(group="Desk")))
    index = people.model.index_of(busy.uri)
    told = index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert told == "Taro, Busy, 日本語 · Excel, 2 waiting"
    assert "All busy now" in people.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "Nobody available now" in people.model.index(1).data(Qt.ItemDataRole.AccessibleTextRole)
    assert names(people) == ["Whoever is free first", "Group: Desk", "Taro"]


async def test_whoever_is_chosen_stays_so_while_others_come_go_and_change(qtbot: QtBot) -> None:
    """Also where the order changes; and nobody is told of a choice that the person did not make."""
    people = made(qtbot, (helper(2), helper(4)))
    people.choose(helper(4).uri)
    for listed in (
        (helper(1), helper(2), helper(4)),
        (helper(4), helper(5)),
        (helper(4, status=Status.AWAY), helper(5), helper(6)),
        (helper(4, name="A"), *map(helper, range(10, 10 + 2 * FEW))),
        (helper(4),),
    ):
        people.render(rows(listed))
        selected = selected_of(people)
        assert selected is not None
        assert selected.key == helper(4).uri
        assert names(people)[1:] == [row.name for row in rows(listed)[1:]]


async def test_where_the_chosen_one_is_gone_it_is_whoever_is_free(qtbot: QtBot) -> None:
    """Never the neighbour, whom nobody chose."""
    people = made(qtbot, (helper(1), helper(2), helper(3)))
    people.choose(helper(2).uri)
    people.render(rows((helper(1), helper(3))))
    selected = selected_of(people)
    assert selected is not None
    assert selected.entry is None


async def test_who_was_asked_last_time_is_chosen_again(qtbot: QtBot) -> None:
    """When the list comes, if that one is there; never later, when somebody is about to press the button."""
    people = made(qtbot, ())
    people.render(rows((), known=False))
    people.prefer(helper(2).uri)
    people.render(rows((), known=False))
    people.render(rows((helper(1), helper(2))))
    chosen = selected_of(people)
    assert chosen is not None
    assert chosen.key == helper(2).uri
    people = made(qtbot, (helper(1),))
    people.prefer(helper(3).uri)
    for listed in ((helper(1),), (helper(1), helper(3))):
        people.render(rows(listed))
        chosen = selected_of(people)
        assert chosen is not None
        assert chosen.entry is None


async def test_search_finds_every_word_in_name_language_and_skill(qtbot: QtBot) -> None:
    """The field is there where there are many; what is found first is chosen."""
    few = [helper(number) for number in range(MANY - 1)]
    people = made(qtbot, few)
    assert people.search.isHidden()
    people.render(rows([*few, helper(50, name="Taro", languages=["ja"], skills=["Printers"])]))
    assert not people.search.isHidden()
    people.search.setText("日本 print")  # QTest types Latin letters only
    assert names(people) == ["Taro"]
    selected = selected_of(people)
    assert selected is not None
    assert selected.name == "Taro"
    people.search.setText("nobody at all")
    assert names(people) == []
    assert selected_of(people) is None
    people.search.clear()
    assert len(names(people)) == MANY + 1


async def test_enter_on_a_row_asks_for_it(qtbot: QtBot) -> None:
    """The keyboard alone is enough."""
    people = made(qtbot, (helper(1), helper(2)))
    asked: list[PeopleRow] = []
    people.activated.connect(asked.append)
    qtbot.keyClick(people.view, Qt.Key.Key_Down)
    qtbot.keyClick(people.view, Qt.Key.Key_Return)
    assert [row.key for row in asked] == [helper(1).uri]


async def test_five_thousand_rows_change_within_a_moment(qtbot: QtBot) -> None:
    """A list as long as an organisation's is, changed as often as the relay may say so (once a second)."""
    many = [helper(number) for number in range(5000)]
    people = made(qtbot, many)
    people.show()
    people.choose(helper(4000).uri)
    begun = time.process_time()
    for turn in range(5):
        people.render(rows([*many[:2000], helper(2000, status=Status.BUSY, waiting=turn), *many[2001:]]))
        people.view.viewport().repaint()
    took = (time.process_time() - begun) / 5
    print(f"{took * 1000:.0f} ms")
    assert took < 5 * 0.1
    selected = selected_of(people)
    assert selected is not None
    assert selected.key == helper(4000).uri


def test_model_tells_only_what_changed(qtbot: QtBot) -> None:
    """A status that changes moves no other row and builds nothing anew."""
    model = PeopleModel()
    resets: list[None] = []
    model.modelReset.connect(lambda: resets.append(None))
    model.show(rows((helper(1), helper(2))))
    changed: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last: changed.append((first.row(), last.row())))
    model.show(rows((helper(1, waiting=3), helper(2))))
    assert changed == [(1, 1)]
    assert resets == []


def test_runs() -> None:
    """Unbroken runs, first and last."""
    assert runs([]) == []
    assert runs([1, 2, 3, 7, 9, 10]) == [(1, 3), (7, 7), (9, 10)]
