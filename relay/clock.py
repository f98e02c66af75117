"""The relay's clock: the wall for records, a steady one for everything that is due."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from relay.core.ports import Timer


def utc_now() -> datetime:
    """The wall clock, UTC."""
    return datetime.now(UTC)


class ReactorClock:
    """relay.core.ports.Clock on a reactor, so that desk and dataplane count the same seconds."""

    def __init__(self, reactor: IReactorTime) -> None:
        self._reactor = reactor

    def now(self) -> datetime:
        """The wall clock, UTC."""
        return utc_now()

    def monotonic(self) -> float:
        """The reactor's seconds, which common.net.loop makes steady."""
        return self._reactor.seconds()

    def call_later(self, seconds: float, call: Callable[[], None]) -> Timer:
        """Call once, that much later."""
        return _Call(self._reactor.callLater(max(0.0, seconds), call))


class LoopClock:
    """The same on a bare asyncio loop, for where no reactor runs."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def now(self) -> datetime:
        """The wall clock, UTC."""
        return utc_now()

    def monotonic(self) -> float:
        """The loop's seconds."""
        return self._loop.time()

    def call_later(self, seconds: float, call: Callable[[], None]) -> Timer:
        """Call once, that much later."""
        return self._loop.call_later(seconds, call)


class _Call:
    """A delayed call that may be cancelled at any time."""

    def __init__(self, call: IDelayedCall) -> None:
        self._call = call

    def cancel(self) -> None:
        if self._call.active():
            self._call.cancel()
