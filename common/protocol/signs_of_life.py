"""Whether the other side of a channel is still there: what each says at least how often, and what a silence means.

No clock: every call carries `now`, seconds of any steady clock.
"""

from common.protocol.session_timing import SessionTiming

OLDER: float = 4.0
"""An older agent says something every 15 s only: there, and before its HELLO, a silence may be so many times as long."""


class SignsOfLife:
    """One end's. It begins with `begin`; before that nothing is due."""

    def __init__(self, timing: SessionTiming) -> None:
        self._timing = timing
        self._said: float | None = None  # when this side last said something
        self._heard = 0.0
        self._probed: float | None = None  # a sign of life is wanted sooner than usual, since then
        self.speaks = False  # the other side says something at least as often as this one
        self.silent = False  # long enough for a person to be told

    def begin(self, now: float) -> None:
        """The connection is there."""
        self._said = self._heard = now

    @property
    def begun(self) -> bool:
        """Whether there is a connection."""
        return self._said is not None

    def said(self, now: float) -> None:
        """Something went out."""
        if self._said is not None:
            self._said = now

    def heard(self, now: float) -> bool:
        """Something came. Whether that ends a silence that a person was told of."""
        self._heard, self._probed = now, None
        silent, self.silent = self.silent, False
        return silent

    def probe(self, now: float) -> bool:
        """Something has happened that may have broken the connection. Whether a sign of life is to be asked for now."""
        if self._said is None or self._probed is not None:
            return False
        self._probed = self._said = now
        return True

    def speaks_up(self, now: float) -> bool:
        """Whether it is time to say something, so that the other side hears of this one. It counts as said."""
        if self._said is None or now < self._said + self._timing.ping:
            return False
        self._said = now
        return True

    def falls_silent(self, now: float) -> bool:
        """Whether a person is to be told, from now on, that nothing is heard."""
        if self.silent or not self.speaks or now < self._heard + self._timing.quiet:
            return False
        self.silent = True
        return True

    def is_dead(self, now: float) -> bool:
        """Whether nothing will come any more."""
        return now >= self._death

    @property
    def deadline(self) -> float | None:
        """When one of these changes next."""
        if self._said is None:
            return None
        due = min(self._said + self._timing.ping, self._death)
        return min(due, self._heard + self._timing.quiet) if self.speaks and not self.silent else due

    @property
    def _death(self) -> float:
        dead = self._heard + self._timing.silence * (1.0 if self.speaks else OLDER)
        return dead if self._probed is None else min(dead, self._probed + self._timing.probe)
