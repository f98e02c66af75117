"""The queue: requests that wait, in lines. A line is what they were asked of: one helper, one group, or anyone.

Within a line who asked first is first, also after a transfer into it.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable
from datetime import datetime
from typing import Final, assert_never

from common.protocol.messages import To, ToAnyone, ToGroup, ToHelper
from relay.core.records import RequestRecord

Line = tuple[str, str]
"""What a line is for: ("helper", URI), ("group", name) or ("anyone", ""); of call backs with CALL_BACK before the kind."""

CALL_BACK: Final = "call back "


def line_of(to: To) -> Line:
    """The line that a request of this target stands in."""
    match to:
        case ToHelper():
            return "helper", to.uri
        case ToGroup():
            return "group", to.group
        case ToAnyone():
            return "anyone", ""
        case _:
            assert_never(to)


def lines_of(to: To) -> tuple[Line, Line]:
    """Both lines of this target: of those who wait, and of the call backs, which nobody who waits counts."""
    kind, target = line_of(to)
    return (kind, target), (f"{CALL_BACK}{kind}", target)


def standing_in(record: RequestRecord) -> Line:
    """The line that this request stands in."""
    waiting, call_backs = lines_of(record.to)
    return waiting if record.call_back_until is None else call_backs


def describe(to: To) -> str:
    """The target in one word, for a log: "helper:URI", "group:NAME" or "anyone"."""
    return ":".join(line_of(to)).removesuffix(":")


def lines_of_helper(uri: str, groups: Iterable[str]) -> list[Line]:
    """The lines that a helper serves: asked by name first, then their call backs."""
    targets: list[To] = [ToHelper(uri=uri), *(ToGroup(group=group) for group in groups), ToAnyone()]
    both = [lines_of(to) for to in targets]
    return [*(waiting for waiting, _ in both), *(call_backs for _, call_backs in both)]


class Queue:
    """All lines. A request is in it while, and only while, it waits."""

    def __init__(self) -> None:
        self._lines: dict[Line, list[tuple[datetime, str]]] = {}
        self._standing: dict[str, tuple[Line, datetime]] = {}

    def add(self, record: RequestRecord) -> None:
        """It waits, in the line of its target; one that already stands somewhere leaves there."""
        self.remove(record.identifier)
        line = standing_in(record)
        insort(self._lines.setdefault(line, []), (record.asked_at, record.identifier))
        self._standing[record.identifier] = (line, record.asked_at)

    def remove(self, request: str) -> None:
        """It waits no longer. Nothing happens where it did not."""
        if request not in self._standing:
            return
        line, asked_at = self._standing.pop(request)
        waiting = self._lines[line]
        del waiting[bisect_left(waiting, (asked_at, request))]
        if not waiting:
            del self._lines[line]

    def standing(self, request: str) -> Line | None:
        """The line that it stands in; None where it does not wait."""
        found = self._standing.get(request)
        return None if found is None else found[0]

    def position(self, request: str) -> int | None:
        """The position in its line, from 1; None where it does not wait."""
        if request not in self._standing:
            return None
        line, asked_at = self._standing[request]
        return bisect_left(self._lines[line], (asked_at, request)) + 1

    def line(self, line: Line) -> list[str]:
        """Who stands in this line, first first."""
        return [request for _, request in self._lines.get(line, ())]

    def length(self, line: Line) -> int:
        """How many stand in this line."""
        return len(self._lines.get(line, ()))
