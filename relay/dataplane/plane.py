"""All the sessions that have legs on this node."""

from twisted.internet.interfaces import IProtocol, IReactorTime

from common.net.serving import ServedConnection
from common.protocol.reasons import Why
from relay.core.tickets import Place, Side, TicketTable
from relay.dataplane.events import NullEvents, SessionEvents
from relay.settings import Limits, Timing


class Dataplane:
    """Takes tickets for legs, pairs legs, ends sessions, reports."""

    def __init__(
        self, *, tickets: TicketTable, clock: IReactorTime, limits: Limits, timing: Timing, events: SessionEvents | None = None
    ) -> None:
        self._tickets = tickets
        self._clock = clock
        self._limits = limits
        self._timing = timing
        self._events: SessionEvents = events or NullEvents()

    def report_to(self, events: SessionEvents) -> None:
        """Who hears of sessions from now on."""
        self._events = events

    # for the desk

    def end(self, session: str, why: Why) -> bool:
        """End it: its tickets are dead at once, its legs are closed, what is under way is delivered first.

        True where it had a leg; `SessionEvents.over` follows, in a later turn of the loop, with this reason. False
        where it had none, and then nothing is reported.
        """
        raise NotImplementedError

    def unpark(self, session: str, side: Side) -> None:
        """Close that side's leg if it is parked: its agent has asked for a new ticket, so the leg is of no use to it."""
        raise NotImplementedError

    def is_spliced(self, session: str) -> bool:
        """Whether both legs are here (then there are no new tickets for this session)."""
        raise NotImplementedError

    def sessions(self) -> list[str]:
        """The sessions that have at least one leg."""
        raise NotImplementedError

    def traffic(self, session: str) -> tuple[int, int] | None:
        """Payload bytes so far (up, down), or None where the session has no leg."""
        raise NotImplementedError

    async def stop(self, why: Why = Why.RELAY_STOPPED) -> None:
        """End all sessions, and return when every leg is closed and every end reported."""
        raise NotImplementedError

    # for the front door

    def take(self, ticket: str) -> Place | None:
        """Use up a ticket. Call this only for a request that will be answered with the upgrade if it is good."""
        return self._tickets.take(ticket, self._clock.seconds())

    def attach(self, place: Place, connection: ServedConnection) -> IProtocol:
        """A leg on a connection whose upgrade was just answered; the connection's bytes go to what is returned."""
        raise NotImplementedError
