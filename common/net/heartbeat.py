"""Whether a WebSocket's peer still lives: a ping every so often, and an abort once too many stayed without an answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from common.net.websocket import Clock, State, WebSocket


@dataclass(frozen=True, kw_only=True)
class Pulse:
    """Seconds between pings, by how much of that each one varies, and after how many unanswered ones it is over."""

    interval: float = 25.0
    jitter: float = 0.2
    missed: int = 3


class Heartbeat:
    """Pings `ws` while it is open. Anything received counts as an answer. Aborts `ws` (closed with 1006) when dead.

    It stops by itself when `ws` is not open any more, at the next ping that would be due.
    """

    def __init__(self, *, ws: WebSocket, clock: Clock, random: Callable[[], float], pulse: Pulse | None = None) -> None:
        """`random` gives floats in [0, 1)."""
        self._ws = ws
        self._clock = clock
        self._random = random
        self._pulse = pulse if pulse is not None else Pulse()
        self._heard = 0
        self._unanswered = 0
        self._call: Any = None

    def start(self) -> None:
        """From now on."""
        self._heard = self._ws.heard
        self._unanswered = 0
        self._schedule()

    def stop(self) -> None:
        """No more pings."""
        if self._call is not None and self._call.active():
            self._call.cancel()
        self._call = None

    def _schedule(self) -> None:
        spread = 1.0 + self._pulse.jitter * (2.0 * self._random() - 1.0)
        self._call = self._clock.callLater(self._pulse.interval * spread, self._beat)

    def _beat(self) -> None:
        self._call = None
        if self._ws.state is not State.OPEN:
            return
        if self._ws.heard != self._heard:
            self._unanswered = 0
        self._heard = self._ws.heard
        if self._unanswered >= self._pulse.missed:
            self._ws.abort()
            return
        self._unanswered += 1
        self._ws.ping()
        self._schedule()
