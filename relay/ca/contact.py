"""Whether relay and CA reach each other, as the relay sees it: what came of the last letter, for metrics and the log."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from common.host.clock import utc_now
from common.host.log import get_logger
from common.protocol.clock import WallClock

log = get_logger()


class Contact:
    """Told by whoever puts letters into the mailbox. At first all is taken to be well."""

    def __init__(self, *, now: WallClock = utc_now, seconds: Callable[[], float] = time.monotonic) -> None:
        """`seconds`: a clock that never jumps."""
        self._now = now
        self._seconds = seconds
        self._answered_at = seconds()
        self._clock_ahead: float | None = None
        self.usable = True
        """Whether the last letter could be put into the mailbox, and answers be looked for there."""
        self._answering = True

    @property
    def answering(self) -> bool:
        """Whether the last letter was answered. Where the mailbox cannot be used, nothing can be said against the CA."""
        return self._answering or not self.usable

    @property
    def silent_for(self) -> float:
        """Seconds since the CA's last answer; before the first, since this was made."""
        return self._seconds() - self._answered_at

    @property
    def clock_ahead(self) -> float | None:
        """By how many seconds the relay's clock is ahead of the CA's; None where that is not known now."""
        return self._clock_ahead if self.usable and self._answering else None

    def mailbox_works(self) -> None:
        """A letter lies there."""
        if not self.usable:
            log.info("mailbox_usable_again")
        self.usable = True

    def mailbox_failed(self, error: OSError) -> None:
        """It could not be put there, or answers not be looked for."""
        if self.usable:
            log.warning("mailbox_fails", error=str(error))
        self.usable = False

    def answered(self) -> None:
        """By a certificate, a refusal or a word."""
        if not self._answering:
            log.info("ca_answers_again")
        self._answering = self.usable = True
        self._answered_at = self._seconds()

    def unanswered(self) -> None:
        """A letter lay there its whole time. Where the mailbox itself cannot be used, that says nothing of the CA."""
        if not self.usable:
            return
        if self._answering:
            log.warning("ca_silent")
        self._answering = False

    def its_clock(self, its: float) -> None:
        """What the CA's clock said (Unix seconds) a moment ago."""
        self._clock_ahead = (self._now() - datetime.fromtimestamp(0, UTC)).total_seconds() - its
