"""A certificate that is to be renewed before it is due: somebody's wish for it, and what follows."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from typing import Final

RESTS: Final = 600.0
"""Seconds between two renewals by such a wish: a relay that asks for ever gets no more certificates made than that."""


class RenewalWish:
    """Whether there is one. `then` is called once it has been granted; `seconds` is a clock that never jumps."""

    def __init__(self, *, seconds: Callable[[], float] = time.monotonic) -> None:
        self.then: Callable[[], None] = lambda: None
        self._seconds = seconds
        self._wanted = asyncio.Event()
        self._rests_until = -math.inf

    def make(self) -> None:
        """Renew, please."""
        self._wanted.set()

    @property
    def ripe(self) -> bool:
        """Whether there is one, and the last was granted long enough ago."""
        return self._wanted.is_set() and self._seconds() >= self._rests_until

    def granted(self) -> None:
        """The certificate is another one now, whoever wanted that."""
        if self._wanted.is_set():
            self._wanted.clear()
            self._rests_until = self._seconds() + RESTS
            self.then()

    async def wait(self, sleeping: Awaitable[None]) -> None:
        """Until `sleeping` is over, or a wish is ripe."""
        waiting = [asyncio.ensure_future(sleeping), asyncio.ensure_future(self._ripen())]
        try:
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for one in done:
                one.result()
        finally:
            for one in waiting:
                one.cancel()

    async def _ripen(self) -> None:
        await self._wanted.wait()
        await asyncio.sleep(max(0.0, self._rests_until - self._seconds()))
