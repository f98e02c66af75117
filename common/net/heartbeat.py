"""Whether a WebSocket's peer still lives: a ping every so often, and an abort once too many stayed without an answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from common.protocol.clock import Clock, Timer


@dataclass(frozen=True, kw_only=True)
class Pulse:
    """Seconds between pings, while nobody waits for the peer and while somebody does (`awaited`), by how much of that each one
    varies, and how long after a ping without any answer it is over (`pong`).
    """

    ping: float
    ping_jitter: float
    pong: float
    awaited: float | None = None


def _never() -> bool:
    return False


class Pinged(Protocol):
    """What a heartbeat needs of a WebSocket."""

    @property
    def is_open(self) -> bool:
        """Whether messages go both ways."""

    @property
    def heard(self) -> int:
        """Bytes received so far."""

    def ping(self) -> None:
        """Send a ping; the pong shows in `heard`."""

    def abort(self) -> None:
        """Cut the connection now."""


class Heartbeat:
    """Pings `ws` while it is open. Anything received counts as an answer. Aborts `ws` (closed with 1006) when dead.

    It stops by itself when `ws` is not open any more, at the next ping that would be due.
    """

    def __init__(
        self,
        *,
        ws: Pinged,
        clock: Clock,
        random: Callable[[], float],
        pulse: Pulse,
        awaited: Callable[[], bool] = _never,
    ) -> None:
        """`random` gives floats in [0, 1). `awaited`: whether somebody waits for what this peer does."""
        self._ws = ws
        self._clock = clock
        self._random = random
        self._pulse = pulse
        self._awaited = awaited
        self._heard = 0
        self._asked: float | None = None  # when the first ping went out that nothing was heard after
        self._next = 0.0  # when the next ping is due
        self._timer: Timer | None = None

    def start(self) -> None:
        """From now on."""
        self._heard = self._ws.heard
        self._asked = None
        self._next = self._clock.monotonic() + self._interval()
        self._schedule()

    def stop(self) -> None:
        """No more pings."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def look(self) -> None:
        """`awaited` may have changed: the next ping comes sooner where it has."""
        if self._timer is None:
            return
        sooner = self._clock.monotonic() + self._interval()
        if sooner < self._next:
            self._next = sooner
            self.stop()
            self._schedule()

    def _interval(self) -> float:
        pulse = self._pulse
        every = pulse.awaited if pulse.awaited is not None and self._awaited() else pulse.ping
        return every * (1.0 + pulse.ping_jitter * (2.0 * self._random() - 1.0))

    def _schedule(self) -> None:
        now, at = self._clock.monotonic(), self._next
        if self._asked is not None:
            given_up = self._asked + self._pulse.pong
            at = given_up if at <= now else min(at, given_up)
        self._timer = self._clock.call_later(max(0.0, at - now), self._beat)

    def _beat(self) -> None:
        self._timer = None
        if not self._ws.is_open:
            return
        now = self._clock.monotonic()
        if self._ws.heard != self._heard:
            self._heard, self._asked = self._ws.heard, None
        if self._asked is not None and now >= self._asked + self._pulse.pong:
            self._ws.abort()
            return
        if self._asked is None and now >= self._next:
            self._asked, self._next = now, now + self._interval()
            self._ws.ping()
        self._schedule()
