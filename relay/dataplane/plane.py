"""All the sessions that have legs on this node."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from common.host.log import get_logger
from common.net.serving import ServedConnection
from common.protocol.clock import Clock
from common.protocol.reasons import Why
from relay.core.tickets import LegSlot, Side, TicketTable
from relay.dataplane.events import NullEvents, SessionEvents
from relay.dataplane.legs import ServedLeg
from relay.dataplane.splices import SessionLegs
from relay.settings import RelayLimits, RelayTiming

log = get_logger()


@dataclass
class DataplaneCounts:
    """Counts since the start, for metrics."""

    legs: int = 0
    spliced: int = 0
    ended: Counter[Why] = field(default_factory=Counter)
    up: int = 0  # payload bytes of sessions that are over
    down: int = 0


class Dataplane:
    """Takes tickets for legs, pairs legs, ends sessions, reports."""

    def __init__(
        self,
        *,
        tickets: TicketTable,
        clock: Clock,
        limits: RelayLimits,
        timing: RelayTiming,
    ) -> None:
        self._tickets = tickets
        self._clock = clock
        self._limits = limits
        self._timing = timing
        self._events: SessionEvents = NullEvents()
        self._sessions: dict[str, SessionLegs] = {}
        self._unreported = 0  # what is to be reported in a later turn of the loop
        self._quiet = asyncio.Event()
        self.counts = DataplaneCounts()

    def report_to(self, events: SessionEvents) -> None:
        """Who hears of sessions from now on."""
        self._events = events

    # for matching

    def end(self, session: str, why: Why) -> bool:
        """End it: its tickets are dead at once, its legs are closed, what is under way is delivered first.

        True where it had a leg; `SessionEvents.over` follows, in a later turn of the loop, with this reason. False
        where it had none, and then nothing is reported.
        """
        self._tickets.revoke(session)
        legs = self._sessions.get(session)
        if legs is None:
            return False
        legs.end(why)
        return True

    def unpark(self, session: str, side: Side) -> None:
        """Close that side's leg if it is parked: its agent has asked for a new ticket, so the leg is of no use to it."""
        legs = self._sessions.get(session)
        if legs is not None:
            legs.unpark(side)

    def sessions(self) -> list[str]:
        """The sessions that have at least one leg."""
        return list(self._sessions)

    def held_by_all(self) -> int:
        """Bytes that all splices together hold now."""
        return sum(legs.held for legs in self._sessions.values())

    async def stop(self, why: Why = Why.RELAY_STOPPED) -> None:
        """End all sessions, and return when every end is reported."""
        for session in self.sessions():
            self.end(session, why)
        while self._unreported:
            self._quiet.clear()
            await self._quiet.wait()

    # for the public port

    def take(self, ticket: str) -> LegSlot | None:
        """Use up a ticket. Call this only for a request that will be answered with the upgrade if it is good."""
        return self._tickets.take(ticket, self._clock.monotonic())

    def attach(self, slot: LegSlot, connection: ServedConnection) -> ServedLeg:
        """A leg on a connection whose upgrade was just answered. Bytes that came glued to the request go to the leg."""
        legs = self._sessions.get(slot.session) or SessionLegs(
            session=slot.session, listener=self, clock=self._clock, timing=self._timing
        )
        leg = ServedLeg(
            slot=slot,
            connection=connection,
            listener=legs,
            clock=self._clock,
            limits=self._limits,
            timing=self._timing,
        )
        connection.become(leg)
        if connection.secured:  # else it went while its upgrade was written
            self._sessions[slot.session] = legs
            self.counts.legs += 1
            legs.join(leg)
        return leg

    # from the sessions

    def spliced(self, session: SessionLegs) -> None:
        """Both legs are here: no ticket of it is good any more."""
        self._tickets.revoke(session.session)
        self.counts.spliced += 1
        log.info("session_spliced", session=session.session)
        self._report_later(lambda: self._events.spliced(session.session))

    def forgotten(self, session: SessionLegs) -> None:
        """It has no leg, and may come again."""
        self._sessions.pop(session.session, None)

    def over(self, session: SessionLegs, why: Why) -> None:
        """It is over."""
        self._tickets.revoke(session.session)
        self._sessions.pop(session.session, None)
        up, down = session.traffic
        log.info("session_legs_over", session=session.session, why=why.value, up=up, down=down)
        self.counts.ended[why] += 1
        self.counts.up += up
        self.counts.down += down
        self._report_later(lambda: self._events.over(session.session, why, up, down))

    def _report_later(self, report: Callable[[], None]) -> None:
        self._unreported += 1
        self._clock.call_later(0, lambda: self._report(report))

    def _report(self, report: Callable[[], None]) -> None:
        try:
            report()
        finally:
            self._unreported -= 1
            if not self._unreported:
                self._quiet.set()
