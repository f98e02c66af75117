"""The queue: requests that wait, in lines. A line is what they were asked of: one helper, one group, or anyone.

Within a line who asked first is first, also after a transfer into it.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable
from datetime import datetime
from typing import assert_never

from common.protocol.messages import To, ToAnyone, ToGroup, ToHelper
from relay.core.records import RequestRecord

Line = tuple[str, str]
"""What a line is for: ("helper", URI), ("group", name) or ("anyone", "")."""


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


def describe(to: To) -> str:
    """The target in one word, for a log: "helper:URI", "group:NAME" or "anyone"."""
    return ":".join(line_of(to)).removesuffix(":")


def lines_of_helper(uri: str, groups: Iterable[str]) -> list[Line]:
    """The lines that a helper serves: asked by name first."""
    return [("helper", uri), *(("group", group) for group in groups), ("anyone", "")]


class Queue:
    """All lines. A request is in it while, and only while, it waits."""

    def __init__(self) -> None:
        self._lines: dict[Line, list[tuple[datetime, str]]] = {}
        self._standing: dict[str, tuple[Line, datetime]] = {}

    def add(self, record: RequestRecord) -> None:
        """It waits, in the line of its target; one that already stands somewhere leaves there."""
        self.remove(record.identifier)
        line = line_of(record.to)
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
