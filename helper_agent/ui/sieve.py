"""Which of the waiting requests are shown: the helper's filter. Pure, no Qt."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from common.protocol.messages import RequestEntry, ToGroup, ToHelper
from helper_agent.views import Numbered


class For(StrEnum):
    """Whom a request asks."""

    EVERY = "every"  # no filter
    ME = "me"  # this helper, by name
    ANYONE = "anyone"
    GROUP = "group"


@dataclass(frozen=True, kw_only=True)
class Sieve:
    """What is let through. `text`: words that must all occur somewhere in the request, in any case."""

    whom: For = For.EVERY
    group: str = ""
    text: str = ""

    def take(self, requests: Iterable[Numbered]) -> list[Numbered]:
        """Those that are let through, who waits longest first. Two of the same moment always stand in the same order."""
        words = self.text.casefold().split()
        passed = (one for one in requests if self._whom(one.entry) and _has(one.entry, words))
        return sorted(passed, key=lambda one: (one.entry.since, one.entry.request))

    def _whom(self, entry: RequestEntry) -> bool:
        match self.whom:
            case For.EVERY:
                return True
            case For.GROUP:
                return isinstance(entry.to, ToGroup) and entry.to.group == self.group
            case wanted:
                return whom(entry) is wanted


def whom(entry: RequestEntry) -> For:
    """Whom this request asks. A list shows a helper no request that names another one."""
    if isinstance(entry.to, ToHelper):
        return For.ME
    return For.GROUP if isinstance(entry.to, ToGroup) else For.ANYONE


def groups(requests: Sequence[Numbered]) -> list[str]:
    """The groups that somebody asks, in the order of their names."""
    return sorted({one.entry.to.group for one in requests if isinstance(one.entry.to, ToGroup)})


def _has(entry: RequestEntry, words: list[str]) -> bool:
    if not words:
        return True
    group = entry.to.group if isinstance(entry.to, ToGroup) else ""
    text = "\n".join((entry.user.name, entry.topic, entry.note, group, *entry.inventory.values())).casefold()
    return all(word in text for word in words)
