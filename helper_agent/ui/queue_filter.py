"""Which of the waiting requests are shown: the helper's filter. Pure, no Qt."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from common.protocol.matching_memory import place_in_line
from common.protocol.messages import RequestEntry, ToAnyone, ToGroup, ToHelper
from helper_agent.views import NumberedRequest


class Audience(StrEnum):
    """Whom a request asks."""

    EVERY = "every"  # no filter
    ME = "me"  # this helper, by name
    ANYONE = "anyone"
    GROUP = "group"


@dataclass(frozen=True, kw_only=True)
class QueueFilter:
    """What is let through. `text`: words that must all occur somewhere in the request, in any case."""

    whom: Audience = Audience.EVERY
    group: str = ""
    text: str = ""

    def take(self, requests: Iterable[NumberedRequest]) -> list[NumberedRequest]:
        """Those that are let through, who waits longest first and call backs behind them. Two of the same moment always stand in the same order."""
        words = self.text.casefold().split()
        passed = (one for one in requests if self._whom(one.entry) and _has(one.entry, words))
        return sorted(passed, key=lambda one: place_in_line(one.entry))

    def _whom(self, entry: RequestEntry) -> bool:
        match self.whom:
            case Audience.EVERY:
                return True
            case Audience.GROUP:
                return isinstance(entry.to, ToGroup) and entry.to.group == self.group
            case Audience.ME | Audience.ANYONE:
                return whom(entry) is self.whom
            case _:
                assert_never(self.whom)


def whom(entry: RequestEntry) -> Audience:
    """Whom this request asks. A list shows a helper no request that names another one."""
    match entry.to:
        case ToHelper():
            return Audience.ME
        case ToGroup():
            return Audience.GROUP
        case ToAnyone():
            return Audience.ANYONE
        case _:
            assert_never(entry.to)


def groups(requests: Sequence[NumberedRequest]) -> list[str]:
    """The groups that somebody asks, in the order of their names."""
    return sorted({one.entry.to.group for one in requests if isinstance(one.entry.to, ToGroup)})


def _has(entry: RequestEntry, words: list[str]) -> bool:
    if not words:
        return True
    group = entry.to.group if isinstance(entry.to, ToGroup) else ""
    text = "\n".join((entry.user.name, entry.topic, entry.note, group, *entry.inventory.values())).casefold()
    return all(word in text for word in words)
