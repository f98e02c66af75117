"""All the sessions that have legs on this node."""

import asyncio
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import assert_never

from common.host.log import get_logger
from common.net.app_transport import AppTransport
from common.protocol.clock import Clock
from common.protocol.reasons import Why
from relay.core.leg_messages import (
    CloseSession,
    DropPair,
    FromLegs,
    HearLegs,
    HoldTicket,
    PairBytes,
    PairEnded,
    PairJoined,
    TicketHeld,
    TicketShown,
    ToLegs,
)
from relay.core.tickets import LegSlot, TicketTable
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

    def __init__(self, *, clock: Clock, limits: RelayLimits, timing: RelayTiming) -> None:
        self._tickets = TicketTable(lifetime=timing.ticket)
        self._clock = clock
        self._limits = limits
        self._timing = timing
        self._tell: HearLegs = _nobody_hears
        self._sessions: dict[str, SessionLegs] = {}
        self._unreported: deque[FromLegs] = deque()  # each in a later turn of the loop
        self._quiet = asyncio.Event()
        self.counts = DataplaneCounts()

    def report_to(self, hear: HearLegs) -> None:
        """Who hears of sessions from now on."""
        self._tell = hear

    # for matching

    def order(self, message: ToLegs) -> None:
        """What matching says. What there is to answer comes later, to whoever hears."""
        match message:
            case HoldTicket():
                self._hold(message)
            case DropPair():
                self._end(message.session, Why.REPLACED)
            case CloseSession():
                legs = self._sessions.get(message.session)
                self._end(message.session, message.why)
                if legs is None:
                    self._report(PairEnded(session=message.session, pair=0, why=message.why))
            case _:
                assert_never(message)

    def _hold(self, message: HoldTicket) -> None:
        legs = self._sessions.get(message.session)
        if legs is not None and legs.pair != message.pair:
            self._end(message.session, Why.REPLACED)
        elif legs is not None and legs.spliced:
            return  # PairJoined is on its way: that pair needs no ticket any more
        elif legs is not None:
            legs.unpark(message.side)
        slot = LegSlot(message.session, message.side, message.pair)
        self._tickets.hold(message.digest, slot, self._clock.monotonic())
        self._report(TicketHeld(session=message.session, digest=message.digest))

    def _end(self, session: str, why: Why) -> None:
        """Its tickets are dead at once, its legs are closed, what is under way is delivered first."""
        self._tickets.revoke(session)
        legs = self._sessions.get(session)
        if legs is not None:
            legs.end(why)

    def sessions(self) -> list[str]:
        """The sessions that have at least one leg."""
        return list(self._sessions)

    def held_by_all(self) -> int:
        """Bytes that all splices together hold now."""
        return sum(legs.held for legs in self._sessions.values())

    async def stop(self, why: Why = Why.RELAY_STOPPED) -> None:
        """End all sessions, and return when every end is reported."""
        for session in self.sessions():
            self._end(session, why)
        while self._unreported:
            self._quiet.clear()
            await self._quiet.wait()

    # for the public port

    def take(self, ticket: str) -> LegSlot | None:
        """Use up a ticket. Call this only for a request that will be answered with the upgrade if it is good."""
        return self._tickets.take(ticket, self._clock.monotonic())

    def attach(self, slot: LegSlot, connection: AppTransport) -> ServedLeg:
        """A leg on a connection whose upgrade was just answered. PairBytes that came glued to the request go to the leg."""
        legs = self._sessions.get(slot.session) or SessionLegs(
            session=slot.session, pair=slot.pair, listener=self, clock=self._clock, timing=self._timing
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
            self._report(TicketShown(session=slot.session, pair=slot.pair, side=slot.side))
            legs.join(leg)
        return leg

    # from the sessions

    def spliced(self, session: SessionLegs) -> None:
        """Both legs are here: no ticket of it is good any more."""
        self._tickets.revoke(session.session)
        self.counts.spliced += 1
        log.info("session_spliced", session=session.session)
        self._report(PairJoined(session=session.session, pair=session.pair))

    def forgotten(self, session: SessionLegs) -> None:
        """It has no leg, and may come again."""
        self._sessions.pop(session.session, None)

    def over(self, session: SessionLegs, why: Why) -> None:
        """The pair is over."""
        self._tickets.revoke(session.session)
        self._sessions.pop(session.session, None)
        up, down = session.traffic
        log.info("session_legs_over", session=session.session, why=why.value, up=up, down=down)
        self.counts.ended[why] += 1
        self.counts.up += up
        self.counts.down += down
        self._report(PairBytes(session=session.session, pair=session.pair, up=up, down=down))
        self._report(PairEnded(session=session.session, pair=session.pair, why=why))

    def _report(self, message: FromLegs) -> None:
        self._unreported.append(message)
        self._clock.call_later(0, self._report_next)

    def _report_next(self) -> None:
        try:
            self._tell(self._unreported.popleft())
        finally:
            if not self._unreported:
                self._quiet.set()


def _nobody_hears(message: FromLegs) -> None:
    del message
