"""Lines and places in them."""

from dataclasses import replace
from datetime import timedelta

from common.protocol.messages import Mode, Request, To, ToAnyone, ToGroup, ToHelper
from relay.core import requests
from relay.core.queue import CALL_BACK, Queue, describe, line_of, lines_of, lines_of_helper
from relay.core.records import RequestRecord
from tests.support.clock import START
from tests.support.people import ANNA, HANA, participant, uri


def record(letter: str, to: To, second: int) -> RequestRecord:
    """A waiting request asked at that second."""
    message = Request(request=letter * 32, to=to, mode=Mode.VIEW)
    return requests.ask(user=participant(ANNA), message=message, now=START + timedelta(seconds=second)).life.request


def test_lines() -> None:
    """A named helper, a group and anyone are lines of their own; a helper serves the own name first."""
    assert line_of(ToHelper(uri="u")) == ("helper", "u")
    assert line_of(ToGroup(group="g")) == ("group", "g")
    assert line_of(ToAnyone()) == ("anyone", "")
    assert lines_of(ToGroup(group="g")) == (("group", "g"), (f"{CALL_BACK}group", "g"))
    lines = [("helper", "u"), ("group", "g"), ("anyone", "")]
    assert lines_of_helper("u", ["g"]) == [*lines, *((f"{CALL_BACK}{kind}", target) for kind, target in lines)]
    assert [describe(to) for to in (ToHelper(uri="u"), ToGroup(group="g"), ToAnyone())] == [
        "helper:u",
        "group:g",
        "anyone",
    ]


def test_positions() -> None:
    """Who asked first is first, each line for itself; who leaves makes room."""
    queue = Queue()
    for letter, to, second in (("b", ToAnyone(), 2), ("a", ToAnyone(), 1), ("c", ToHelper(uri=uri(HANA)), 0)):
        queue.add(record(letter, to, second))
    assert [queue.position(letter * 32) for letter in "abcd"] == [1, 2, 1, None]
    assert queue.line(("anyone", "")) == ["a" * 32, "b" * 32]
    assert queue.line(("group", "x")) == []
    queue.remove("a" * 32)
    queue.remove("a" * 32)
    assert queue.position("b" * 32) == 1
    assert (queue.length(("helper", uri(HANA))), queue.length(("anyone", "")), queue.length(("group", "x"))) == (
        1,
        1,
        0,
    )
    assert queue.position("a" * 32) is None
    queue.remove("b" * 32)
    assert queue.line(("anyone", "")) == []


def test_moving_keeps_the_time_of_asking() -> None:
    """A request put into another line stands there by when it was asked, and nowhere twice."""
    queue = Queue()
    first = record("a", ToAnyone(), 1)
    queue.add(first)
    queue.add(record("b", ToGroup(group="g"), 2))
    queue.add(replace(first, to=ToGroup(group="g")))
    assert queue.line(("group", "g")) == ["a" * 32, "b" * 32]
    assert queue.length(("anyone", "")) == 0
