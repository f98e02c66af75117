"""Whether a WebSocket's peer still lives: a ping every so often, and an abort once too many stayed without an answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from common.protocol.clock import Clock, Timer


@dataclass(frozen=True, kw_only=True)
class Pulse:
    """Seconds between pings, by how much of that each one varies, and after how many unanswered ones it is over."""

    ping: float
    ping_jitter: float
    missed_pings: int


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

    def __init__(self, *, ws: Pinged, clock: Clock, random: Callable[[], float], pulse: Pulse) -> None:
        """`random` gives floats in [0, 1)."""
        self._ws = ws
        self._clock = clock
        self._random = random
        self._pulse = pulse
        self._heard = 0
        self._unanswered = 0
        self._timer: Timer | None = None

    def start(self) -> None:
        """From now on."""
        self._heard = self._ws.heard
        self._unanswered = 0
        self._schedule()

    def stop(self) -> None:
        """No more pings."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _schedule(self) -> None:
        spread = 1.0 + self._pulse.ping_jitter * (2.0 * self._random() - 1.0)
        self._timer = self._clock.call_later(self._pulse.ping * spread, self._beat)

    def _beat(self) -> None:
        self._timer = None
        if not self._ws.is_open:
            return
        if self._ws.heard != self._heard:
            self._unanswered = 0
        self._heard = self._ws.heard
        if self._unanswered >= self._pulse.missed_pings:
            self._ws.abort()
            return
        self._unanswered += 1
        self._ws.ping()
        self._schedule()
