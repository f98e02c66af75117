"""Whoever would be asked, and whether any of them is there: as a value, and in words for the windows and the command line. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from enum import StrEnum
from typing import Final

from common.agent.desk import group_hours_text, hours_text
from common.agent.views import MatchingView
from common.host.words import _, ngettext, one_line
from common.protocol.desk import Desk
from common.protocol.matching_memory import Listed
from common.protocol.messages import GroupEntry, HelperEntry, Status, To, ToGroup, ToHelper

_ORDER: Final = {Status.AVAILABLE: 0, Status.BUSY: 1, Status.AWAY: 2}


class Presence(StrEnum):
    """The best that can be said of those who would be asked."""

    UNKNOWN = "unknown"  # the list has not come, or the relay does not tell
    AVAILABLE = "available"
    BUSY = "busy"  # somebody is there, and nobody has time just now
    AWAY = "away"
    NOBODY = "nobody"  # none of them is connected


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Those who would be asked. `name`: the helper's or the group's; empty where it is anyone."""

    presence: Presence = Presence.UNKNOWN
    name: str = ""
    is_group: bool = False
    available: int = 0
    openings: tuple[tuple[float, float], ...] | None = None  # of the group; None: it has no hours of its own

    def hours_text(self, desk: Desk | None, now: float, zone: tzinfo | None = None) -> str:
        """When somebody is there: by the group's own hours, else by the desk's. As common.agent.desk.hours_text."""
        if self.openings is not None:
            return group_hours_text(self.name, list(self.openings), now, zone)
        return hours_text(desk, now, zone)

    @property
    def comes(self) -> bool:
        """Whether somebody is there who takes it sooner or later: only then is a place in the queue a promise."""
        return self.presence in {Presence.AVAILABLE, Presence.BUSY}

    @property
    def nobody(self) -> bool:
        """Whether waiting here and now leads to nothing, as far as can be known."""
        return self.presence in {Presence.AWAY, Presence.NOBODY}

    @property
    def text(self) -> str:
        """What a person reads; empty where nothing is known."""
        if self.name and self.is_group:
            return self._of_group()
        return self._of_helper() if self.name else self._of_anyone()

    def _of_helper(self) -> str:
        texts = {
            Presence.AVAILABLE: _("{name} is there."),
            Presence.BUSY: _("{name} is busy just now."),
            Presence.AWAY: _("{name} is away just now."),
            Presence.NOBODY: _("{name} is not here now."),
        }
        return texts.get(self.presence, "").format(name=self.name)

    def _of_group(self) -> str:
        texts = {
            Presence.AVAILABLE: ngettext(
                "{count} helper of the group {group} is there.",
                "{count} helpers of the group {group} are there.",
                self.available,
            ),
            Presence.BUSY: _("The helpers of the group {group} are busy just now."),
            Presence.AWAY: _("The helpers of the group {group} are away just now."),
            Presence.NOBODY: _("Nobody of the group {group} is here now."),
        }
        return texts.get(self.presence, "").format(count=self.available, group=self.name)

    def _of_anyone(self) -> str:
        texts = {
            Presence.AVAILABLE: ngettext("{count} helper is there.", "{count} helpers are there.", self.available),
            Presence.BUSY: _("All helpers are busy just now."),
            Presence.AWAY: _("All helpers are away just now."),
            Presence.NOBODY: _("No helper is here now."),
        }
        return texts.get(self.presence, "").format(count=self.available)


def asked_of(to: To, view: MatchingView, *, name: str = "") -> Asked:
    """Those whom a request to `to` goes to. `name`: of the helper, where the list does not have that one."""
    match to:
        case ToHelper(uri=uri):
            found = next((one for one in view.helpers if isinstance(one, HelperEntry) and one.uri == uri), None)
            presence = _seen(found.status) if found is not None else _unless_told(view)
            return Asked(presence=presence, name=one_line(found.name if found is not None else name))
        case ToGroup(group=group):
            return _of_group(group, view)
        case _:
            there = Counter(one.status for one in view.helpers if isinstance(one, HelperEntry))
            presence = _best(there) if there else _unless_told(view)
            known = view.listed or presence is Presence.AVAILABLE
            return Asked(presence=presence if known else Presence.UNKNOWN, available=there[Status.AVAILABLE])


def asked_now(view: MatchingView) -> Asked | None:
    """Those whom the open request goes to; None where there is none."""
    request = view.request
    return None if request is None else asked_of(request.to, view, name=request.name or "")


def sorted_listed(listed: Sequence[Listed]) -> tuple[Listed, ...]:
    """As a list shows them: groups by name, then helpers: who is available first, then by name."""
    groups = sorted((one for one in listed if isinstance(one, GroupEntry)), key=lambda one: one.group.casefold())
    helpers = sorted(
        (one for one in listed if isinstance(one, HelperEntry)),
        key=lambda one: (_ORDER[one.status], one.name.casefold(), one.uri),
    )
    return *groups, *helpers


def _of_group(group: str, view: MatchingView) -> Asked:
    found = next((one for one in view.helpers if isinstance(one, GroupEntry) and one.group == group), None)
    if found is None:
        presence = _unless_told(view)
    elif found.available:
        presence = Presence.AVAILABLE
    elif found.busy is None or found.away is None:
        presence = Presence.UNKNOWN  # an older relay
    else:
        presence = Presence.BUSY if found.busy else Presence.AWAY if found.away else Presence.NOBODY
    available = found.available if found is not None else 0
    openings = tuple(found.open) if found is not None and found.open is not None else None
    return Asked(presence=presence, name=one_line(group), is_group=True, available=available, openings=openings)


def _unless_told(view: MatchingView) -> Presence:
    return Presence.NOBODY if view.listed else Presence.UNKNOWN


def _best(there: Counter[Status]) -> Presence:
    return _seen(min(there, key=_ORDER.__getitem__))


def _seen(status: Status) -> Presence:
    return Presence(status.value)
