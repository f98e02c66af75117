"""Which helpers are there, and what users are shown of them and of their groups."""

from collections import Counter
from collections.abc import Callable

import structlog

from common.protocol.clock import Timer
from common.protocol.desk import OPENINGS_LIMIT
from common.protocol.messages import GroupEntry, HelperEntry, Status, ToGroup, ToHelper
from relay.core.availability import Availability
from relay.core.hours import openings, parse_hours, zone_of
from relay.core.permissions import most_of
from relay.core.queue import Line, Queue, line_of
from relay.core.records import AccountRecord, GroupRecord, Participant
from relay.matching.desk import AGAIN
from relay.matching.helper_list import HelperList
from relay.matching.services import Services

log = structlog.get_logger()


class HelperPresence:
    """Keeps the users' list true. A helper is in it while connected, by the name in the certificate that users will check."""

    def __init__(self, services: Services, *, helper_list: HelperList, queue: Queue) -> None:
        self._services = services
        self._helper_list = helper_list
        self._queue = queue
        self._there: dict[str, tuple[Participant, Availability]] = {}
        self._left_at: dict[str, float] = {}
        self._timer: Timer | None = None

    def arrived(self, participant: Participant) -> None:
        """A helper has a connection, or another certificate is shown. Another one of the same account changes nothing but the name."""
        _, availability = self._there.get(participant.account, (participant, Availability()))
        self._there[participant.account] = (participant, availability)
        self._left_at.pop(participant.account, None)
        self._refresh(participant.account)

    def left(self, account: str) -> None:
        """The helper's last connection is lost. Status and missed requests are forgotten."""
        found = self._there.pop(account, None)
        if found is not None:
            now = self._services.clock.monotonic()
            self._left_at = {one: at for one, at in self._left_at.items() if now - at < self._services.timing.just_left}
            self._left_at[account] = now
            self._helper_list.remove(found[0].uri)
            self._refresh_groups(account)

    def change(self, account: str, change: Callable[[Availability], Availability]) -> None:
        """What the helper said, or what the relay noticed. Nothing happens where the helper is not there."""
        found = self._there.get(account)
        if found is not None:
            self._there[account] = (found[0], change(found[1]))
            self._refresh(account)

    def name(self, account: str) -> str:
        """By which users are shown the helper; empty where the helper is not there."""
        found = self._there.get(account)
        return "" if found is None else found[0].name

    def status(self, account: str) -> Status | None:
        """What users are shown; None where the helper is not there."""
        found = self._there.get(account)
        return None if found is None else found[1].shown(missed_requests=self._services.limits.missed_requests)

    def around(self) -> list[AccountRecord]:
        """Helpers who are there, or were a moment ago: a connection may be lost and come back."""
        since = self._services.clock.monotonic() - self._services.timing.just_left
        lately = [account for account, at in self._left_at.items() if at > since]
        found = (self._services.directory.account(account) for account in (*self._there, *lately))
        return [account for account in found if account is not None]

    def line_changed(self, line: Line) -> None:
        """More or fewer wait in this line."""
        kind, target = line
        if kind == "helper":
            account = self._services.directory.helper(target)
            if account is not None and account.identifier in self._there:
                self._refresh(account.identifier)
        elif kind == "group":
            self.group_changed(target)

    def group_changed(self, name: str) -> None:
        """The group was made, changed or removed, or somebody in it came or went. Groups without members are not shown."""
        group = self._services.directory.group(name)
        if group is None or not group.members:
            self._helper_list.remove(name)
            return
        audience = frozenset({name}) if group.restricted else None
        there = Counter(self.status(member) for member in group.members)
        waiting = self._queue.length(line_of(ToGroup(group=name)))
        self._helper_list.put(
            GroupEntry(
                group=name,
                available=there[Status.AVAILABLE],
                waiting=waiting,
                busy=there[Status.BUSY],
                away=there[Status.AWAY],
                most=group.most,
                open=self._open(group),
            ),
            audience,
        )

    def _open(self, group: GroupRecord) -> list[tuple[float, float]] | None:
        if not group.hours:
            return None
        try:
            table, zone = [parse_hours(line) for line in group.hours], zone_of(group.time_zone)
        except ValueError as error:  # it was good when it was ordered: the zones of this computer are others now
            log.warning("group_hours_unreadable", group=group.name, detail=str(error))
            return None
        if self._timer is None:  # hours are told for some days ahead
            self._timer = self._services.clock.call_later(AGAIN, self._turn)
        spans = openings(table, zone, self._services.clock.now())[:OPENINGS_LIMIT]
        return [(begin.timestamp(), end.timestamp()) for begin, end in spans]

    def stop(self) -> None:
        """No more of what comes every day."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _turn(self) -> None:
        self._timer = None
        for group in self._services.directory.groups():
            if group.hours:
                self.group_changed(group.name)

    def rules_changed(self) -> None:
        """Who is in which group, or who may ask one, is otherwise than before."""
        for group in self._services.directory.groups():
            self.group_changed(group.name)
        for account in self._there:
            self._refresh(account)

    def _refresh(self, account: str) -> None:
        participant, availability = self._there[account]
        record = self._services.directory.account(account)
        if record is not None:
            self._helper_list.put(
                HelperEntry(
                    uri=participant.uri,
                    name=participant.name,
                    languages=list(record.languages),
                    skills=list(record.skills),
                    status=availability.shown(missed_requests=self._services.limits.missed_requests),
                    waiting=self._queue.length(line_of(ToHelper(uri=participant.uri))),
                    most=most_of(ToHelper(uri=participant.uri), account, self._services.directory),
                ),
                self._services.directory.seen_by(account),
            )
        self._refresh_groups(account)

    def _refresh_groups(self, account: str) -> None:
        for name in self._services.directory.groups_of(account):
            self.group_changed(name)
