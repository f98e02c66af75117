"""Gives out tickets: an agent is told of one once the data plane holds it, so that no leg comes too early."""

from collections.abc import Callable

import msgspec

from common.protocol.messages import Granted
from common.protocol.tickets import digest, new_ticket
from relay.core.leg_messages import HoldTicket, SendToLegs, TicketHeld, TicketShown
from relay.core.records import Participant
from relay.core.tickets import Side


class Grants:
    """The grants that are under way, and the tickets that nobody has shown yet. `send` says it to the person, where connected."""

    def __init__(
        self,
        *,
        to_legs: SendToLegs,
        send: Callable[[Participant, Granted], object],
        random: Callable[[int], bytes],
    ) -> None:
        self._to_legs = to_legs
        self._send = send
        self._random = random
        self._waiting: dict[bytes, tuple[Participant, Granted]] = {}  # by the ticket's digest
        # by session: the newest of each side and the pair it is good for, until it is shown
        self._given: dict[str, dict[Side, tuple[int, bytes]]] = {}

    def give(self, to: Participant, granted: Granted, *, side: Side, pair: int) -> None:
        """Make a ticket for this side, and send `granted` with it once it is held. The side's older one is dead."""
        ticket = new_ticket(self._random)
        key = digest(ticket)
        given = self._given.setdefault(granted.session, {})
        if side in given:
            self._waiting.pop(given[side][1], None)
        given[side] = (pair, key)
        self._waiting[key] = (to, msgspec.structs.replace(granted, ticket=ticket))
        self._to_legs(HoldTicket(session=granted.session, pair=pair, side=side, digest=key))

    def held(self, message: TicketHeld) -> None:
        """The data plane holds it; a newer one may have taken its place meanwhile."""
        waiting = self._waiting.pop(message.digest, None)
        if waiting is not None:
            self._send(*waiting)

    def shown(self, message: TicketShown) -> None:
        """A leg of this side is there. Of an older pair: then the newest ticket is still to be shown."""
        given = self._given.get(message.session, {})
        if message.side in given and given[message.side][0] == message.pair:
            del given[message.side]

    def unused(self, session: str, side: Side) -> bool:
        """Whether this side has a ticket that nobody has shown yet: perhaps it never arrived."""
        return side in self._given.get(session, {})

    def forget(self, session: str) -> None:
        """Its tickets are dead."""
        for _, key in self._given.pop(session, {}).values():
            self._waiting.pop(key, None)
