"""The rows of those who wait."""

import random
import time

import pytest
from PySide6.QtCore import QModelIndex, Qt
from pytestqt.modeltest import ModelTester

from common.protocol.messages import ToGroup
from common.ui.language import Speech
from helper_agent.ui.queue_filter import QueueFilter
from helper_agent.ui.requests_model import MAX_STEPS, NUMBERED, REQUEST, RequestColumn, RequestsModel
from helper_agent.views import NumberedRequest
from tests.support.waiting import NOW, queue, request_id, waiting


def texts(model: RequestsModel, row: int) -> list[str]:
    """What a row says."""
    return [model.index(row, column).data() for column in RequestColumn]


def ids(model: RequestsModel) -> list[str]:
    """The requests, in their order."""
    return [model.index(row, 0).data(REQUEST) for row in range(model.rowCount())]


async def test_a_row_says_it_all(speech: Speech) -> None:
    """Who, whom they ask, what is the matter, what is offered, since when."""
    model = RequestsModel()
    model.render(QueueFilter().take(queue().requests), NOW)
    assert texts(model, 0) == ["Hanako Suzuki", "You", "The printer does not print", "look and control", "1 h 5 min"]
    assert texts(model, 1) == ["山田美咲", "Second floor", "Excel が開きません", "look", "25 min"]
    assert texts(model, 2)[1:3] == ["Anyone", "–"]
    assert model.index(2, 0).data(NUMBERED).number == 3
    assert model.index(2, 0).data(Qt.ItemDataRole.DecorationRole) is None
    assert QModelIndex().data() is None


async def test_time_passes_without_the_list_changing(speech: Speech) -> None:
    """Only what says how long is painted anew."""
    model = RequestsModel()
    model.render([waiting(1, since=NOW - 59)], NOW)
    changed: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last: changed.append((first.column(), last.column())))
    assert texts(model, 0)[RequestColumn.WAITING] == "just now"
    model.tick(NOW + 1)
    assert texts(model, 0)[RequestColumn.WAITING] == "1 min"
    assert changed == [(RequestColumn.WAITING, RequestColumn.WAITING)]


async def test_what_others_wrote_stays_on_its_line(speech: Speech) -> None:
    """Names and topics with line ends."""
    model = RequestsModel()
    model.render([waiting(1, "Ha\nna", topic="one\ntwo", to=ToGroup(group="a\nb"))], NOW)
    assert texts(model, 0)[:3] == ["Ha na", "a b", "one two"]


async def test_a_call_back_is_marked(speech: Speech) -> None:
    """Before what it is about; and where its user is not there now."""
    model = RequestsModel()
    model.render([waiting(1, call_back=True), waiting(2, call_back=True, here=False, topic="")], NOW)
    told = [texts(model, row)[RequestColumn.TOPIC] for row in (0, 1)]
    assert told == ["Call back: The printer does not print", "Call back (away): –"]


async def test_who_leaves_a_call_back_goes_behind_those_who_wait(speech: Speech) -> None:
    """The row goes to its new place; the others stay."""
    model, chosen = RequestsModel(), QueueFilter()
    model.render(chosen.take([waiting(1, since=NOW - 60), waiting(2, since=NOW - 30)]), NOW)
    assert ids(model) == [request_id(1), request_id(2)]
    model.render(chosen.take([waiting(1, since=NOW - 60, call_back=True), waiting(2, since=NOW - 30)]), NOW)
    assert ids(model) == [request_id(2), request_id(1)]


async def test_accepted_rows_are_being_connected(speech: Speech) -> None:
    """Until the session begins."""
    model = RequestsModel()
    model.render([waiting(1, accepted=True)], NOW)
    assert texts(model, 0)[RequestColumn.WAITING] == "connecting…"


@pytest.mark.parametrize("seed", range(4))
async def test_rows_come_and_go_one_by_one(seed: int, qtmodeltester: ModelTester) -> None:
    """Whatever comes, goes and changes, views hear of it row by row and end with what is to be shown."""
    chance = random.Random(seed)
    model = RequestsModel()
    qtmodeltester.check(model)
    resets: list[None] = []
    model.modelReset.connect(lambda: resets.append(None))
    every = [waiting(number, since=NOW - chance.randrange(4)) for number in range(40)]
    for _ in range(25):
        some = [
            waiting(one.number, since=one.entry.since if chance.random() < 0.9 else NOW, accepted=chance.random() < 0.3)
            for one in chance.sample(every, chance.randrange(40))
        ]
        shown = QueueFilter().take(some)
        model.render(shown, NOW)
        assert ids(model) == [one.entry.request for one in shown]
        assert [model.index(row, 0).data(NUMBERED) for row in range(model.rowCount())] == shown
    assert resets == []


async def test_very_much_at_once_begins_anew() -> None:
    """As when a filter is taken away: one reset costs less than hundreds of insertions."""
    model = RequestsModel()
    every = [waiting(number) for number in range(4 * MAX_STEPS)]
    resets: list[None] = []
    model.modelReset.connect(lambda: resets.append(None))
    model.render(every[::2], NOW)
    model.render(every, NOW)
    assert (len(resets), model.rowCount()) == (1, len(every))


async def test_five_thousand_cost_little() -> None:
    """Another request among them, filter included, takes far less than a turn of the loop may."""
    model = RequestsModel()
    every: list[NumberedRequest] = [waiting(number) for number in range(5000)]
    model.render(QueueFilter().take(every), NOW)
    began = time.process_time()
    model.render(QueueFilter(text="printer").take([*every, waiting(5000)]), NOW)
    took = time.process_time() - began
    print(f"{took * 1000:.0f} ms")
    assert took < 5 * 0.08
    assert model.row_of(request_id(5000)) == 5000
