"""Tells users of the help desk: when it is open, its telephone number, and whether a request can be left as a call back.

Openings are told as moments, not as a table: an agent needs no time zones then, and every user reads them in their own. They
reach a week ahead, so whoever stays connected hears them anew every day.
"""

from datetime import datetime, timedelta
from typing import Final

from common.protocol.clock import Clock, Timer
from common.protocol.desk import OPENINGS_LIMIT, Desk
from common.protocol.messages import DeskNow, encode
from relay.core.hours import openings
from relay.matching.connections import Connections
from relay.settings import DeskSection

AGAIN: Final = 86400.0  # seconds


class HelpDesk:
    """One relay's. Nothing is sent, and no timer runs, where the settings say no hours."""

    def __init__(self, section: DeskSection, *, clock: Clock, connections: Connections) -> None:
        self._section = section
        self._clock = clock
        self._connections = connections
        self._table, self._zone = section.table, section.zone
        self._timer: Timer | None = None

    def told(self) -> Desk | None:
        """What users are told now; None where there is nothing to tell."""
        spans = None
        if self._table:
            spans = [
                (begin.timestamp(), end.timestamp())
                for begin, end in openings(self._table, self._zone, self._clock.now())[:OPENINGS_LIMIT]
            ]
        desk = Desk(telephone=self._section.telephone, open=spans, call_back=bool(self._section.call_back))
        return None if desk == Desk() else desk

    def call_back_until(self, now: datetime) -> datetime | None:
        """How long a call back stays that is left now; None where none can be left.

        The time that the setting gives may pass by without anybody at the desk, so it stays to the end of the next opening.
        """
        if not self._section.call_back:
            return None
        until = now + timedelta(seconds=self._section.call_back)
        coming = [end for begin, end in openings(self._table, self._zone, now) if begin > now]
        return max(until, coming[0]) if coming else until

    def begin(self) -> None:
        """From now on whoever is connected hears it anew every day."""
        if self._table and self._timer is None:
            self._timer = self._clock.call_later(AGAIN, self._turn)

    def stop(self) -> None:
        """No more messages."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _turn(self) -> None:
        self._timer = None
        desk = self.told()
        if desk is not None:
            text = encode(DeskNow(desk=desk))
            for connection in self._connections:
                if not connection.is_helper:
                    connection.send_text(text)
        self.begin()
