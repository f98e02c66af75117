"""What the relay's rooms ask of each other and of the machine they run on, as Protocols: clock, bus, dataplane."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from common.protocol.reasons import Why
from relay.core.tickets import Side


class Timer(Protocol):
    """A call that is still to come."""

    def cancel(self) -> None:
        """It does not come. Cancelling twice, or after it came, is harmless."""


class Clock(Protocol):
    """Time, told."""

    def now(self) -> datetime:
        """The wall clock, UTC: for records and for certificates."""

    def monotonic(self) -> float:
        """Seconds that never jump: for tickets and rates."""

    def call_later(self, seconds: float, call: Callable[[], None]) -> Timer:
        """Call once, that much later."""


class Bus(Protocol):
    """How relay nodes tell each other what happened. Told after the commit, in order for one topic, to every node, this one included."""

    def publish(self, topic: str, payload: bytes) -> None:
        """Tell everyone who subscribed to `topic`. Never raises for what a subscriber does."""

    def subscribe(self, topic: str, receive: Callable[[bytes], None]) -> Callable[[], None]:
        """From now on `receive` gets what is published; the returned function ends that."""


class SessionEnder(Protocol):
    """The part of the dataplane that the desk needs."""

    def end(self, session: str, why: Why) -> bool:
        """End its legs, after what is under way was delivered. True where it had one: then its end is reported, later."""

    def unpark(self, session: str, side: Side) -> None:
        """Close that side's leg if it is parked: its agent has asked for a new ticket."""
