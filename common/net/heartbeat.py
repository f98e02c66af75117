"""Whether a WebSocket's peer still lives: a ping every so often, and an abort once too many stayed without an answer."""

from collections.abc import Callable
from dataclasses import dataclass

from common.net.websocket import Clock, WebSocket


@dataclass(frozen=True, kw_only=True)
class Pulse:
    """Seconds between pings, by how much of that each one varies, and after how many unanswered ones it is over."""

    interval: float = 25.0
    jitter: float = 0.2
    missed: int = 3


class Heartbeat:
    """Pings `ws` while it is open. Anything received counts as an answer. Aborts `ws` (closed with 1006) when dead."""

    def __init__(self, *, ws: WebSocket, clock: Clock, random: Callable[[], float], pulse: Pulse | None = None) -> None:
        """`random` gives floats in [0, 1)."""

    def start(self) -> None:
        """From now on."""

    def stop(self) -> None:
        """No more pings."""
