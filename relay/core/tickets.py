"""The tickets of legs: 128 random bits for one session and one side, known to the data plane by their SHA-256 only.

Taking a ticket out of the table is the atomic step: of two connections that show the same one, one gets the leg. An
expired, used, revoked, replaced or invented ticket are all the same to whoever asks: None. What tells the user's ticket
from the helper's is the slot that the table holds, never anything the agent says. Nothing here outlives the process.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from common.protocol.tickets import digest


class Side(StrEnum):
    """Which end of a session a leg is."""

    USER = "user"
    HELPER = "helper"

    @property
    def other(self) -> "Side":
        """The end it is to be spliced with."""
        return Side.HELPER if self is Side.USER else Side.USER


class LegSlot(NamedTuple):
    """What a ticket is good for: one side of one pair of legs of one session."""

    session: str
    side: Side
    pair: int = 0


@dataclass(frozen=True, slots=True)
class _Entry:
    slot: LegSlot
    until: float


class TicketTable:
    """The tickets that were given out and not yet used. `now` is monotonic seconds, from whatever clock the caller keeps."""

    def __init__(self, *, lifetime: float) -> None:
        self._lifetime = lifetime
        self._entries: dict[bytes, _Entry] = {}  # in the order they were issued, hence in the order they expire
        self._by_side: dict[tuple[str, Side], bytes] = {}

    def hold(self, key: bytes, slot: LegSlot, now: float) -> None:
        """The ticket of this digest is good for `lifetime` seconds. An older one for the same side of the same session dies."""
        self._forget_expired(now)
        self._forget(slot.session, slot.side)
        self._entries[key] = _Entry(slot, now + self._lifetime)
        self._by_side[slot.session, slot.side] = key

    def take(self, ticket: str, now: float) -> LegSlot | None:
        """The slot of this ticket, which is then used up; None for anything that is no good, whatever the reason."""
        entry = self._entries.pop(digest(ticket), None)
        if entry is None:
            return None
        del self._by_side[entry.slot.session, entry.slot.side]
        return entry.slot if now < entry.until else None

    def revoke(self, session: str) -> None:
        """The tickets of this session, of either side, are good no longer."""
        for side in Side:
            self._forget(session, side)

    def _forget(self, session: str, side: Side) -> None:
        key = self._by_side.pop((session, side), None)
        if key is not None:
            del self._entries[key]

    def _forget_expired(self, now: float) -> None:
        """Drop what expired, so that tickets nobody uses do not pile up."""
        while self._entries:
            key, entry = next(iter(self._entries.items()))
            if now < entry.until:
                return
            del self._entries[key]
            del self._by_side[entry.slot.session, entry.slot.side]
