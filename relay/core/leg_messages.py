"""What matching and the data plane say to each other: one way each, nobody waits for an answer inside a call.

So that legs may be another process's: a message is a value that can be encoded, and whatever becomes of it comes as a message.
Messages of one direction come in their order. A *pair* is one attempt to join two legs of a session, numbered from 0:
what is said of an older one is late.
"""

from typing import Protocol, TypeAlias

import msgspec

from common.protocol.reasons import Why
from relay.core.tickets import Side


class _LegMessage(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=str.lower):
    """A message. Its tag is its class's name in lower case."""

    session: str


# matching → data plane


class HoldTicket(_LegMessage, frozen=True, kw_only=True):
    """The leg of this side may come with the ticket of this digest. Answered with TicketHeld.

    An older ticket of that side dies, and a leg of it that still waits is closed: its agent has given it up. What there is of an
    older pair ends. Of a pair that is joined already it is late, and not answered.
    """

    pair: int
    side: Side
    digest: bytes


class DropPair(_LegMessage, frozen=True, kw_only=True):
    """Its legs end and its tickets die, but the session is not over: a next pair may come. Answered with PairEnded where there was a leg."""


class CloseSession(_LegMessage, frozen=True, kw_only=True):
    """It is over: its tickets die, its legs end after what is under way was delivered. Always answered with PairEnded."""

    why: Why


ToLegs: TypeAlias = HoldTicket | DropPair | CloseSession


# data plane → matching


class TicketHeld(_LegMessage, frozen=True, kw_only=True):
    """That ticket is good from now on: its agent may be told."""

    digest: bytes


class TicketShown(_LegMessage, frozen=True, kw_only=True):
    """A leg of that side has shown its ticket, and waits."""

    pair: int
    side: Side


class PairJoined(_LegMessage, frozen=True, kw_only=True):
    """Both legs are here and got `ready`; no ticket of the session is good any more."""

    pair: int


class PairBytes(_LegMessage, frozen=True, kw_only=True):
    """Payload of this pair so far: `up` came from the user's leg, `down` from the helper's."""

    pair: int
    up: int
    down: int


class PairEnded(_LegMessage, frozen=True, kw_only=True):
    """The pair has no leg any more; its PairBytes came just before. Once for each pair that had one.

    `why`: what CloseSession said, REPLACED after DropPair, USER_GONE / HELPER_GONE (that leg's stream ended first), NEVER_JOINED (a
    partner did not come in time), SILENT, PROTOCOL (a byte before `ready`, a frame against the rules), RELAY_STOPPED.
    """

    pair: int
    why: Why


FromLegs: TypeAlias = TicketHeld | TicketShown | PairJoined | PairBytes | PairEnded


class SendToLegs(Protocol):
    """Matching's way to the data plane."""

    def __call__(self, message: ToLegs, /) -> None:
        """Send it."""


class HearLegs(Protocol):
    """The data plane's way to matching: called from the loop, one message a turn, never from inside a SendToLegs."""

    def __call__(self, message: FromLegs, /) -> None:
        """Hear it."""


def no_legs(message: ToLegs) -> None:
    """Where no data plane is: no leg ever comes (an order that is carried out while no relay runs)."""
    del message
