"""Several addresses of the relay: the first on which it can be spoken to. One request is sent, on one of them."""

import asyncio
import functools
import math
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeAlias, TypeVar

from common.host.errors import TasukiError
from common.net.dial import STAGES, DialError

T = TypeVar("T")

STAGGER: Final = 2.0  # seconds until the next address is tried beside those under way
ONE_BY_ONE: Final = math.inf
"""A stagger: the next address is tried when the one before has failed."""

_ORDER: Final = tuple(STAGES)

Claim: TypeAlias = Callable[[], None]
Attempt: TypeAlias = Callable[[str, int, Claim, float], Awaitable[T]]
"""Host, port, what is called before the request is sent, seconds."""


class OvertakenError(Exception):
    """Another address was faster: nothing is sent on this one."""


class Race:
    """Who sends the request: the first that claims it, for ever."""

    def __init__(self) -> None:
        self.taken: object = None

    def claim(self, runner: object) -> None:
        """Raises OvertakenError for every claim but the first."""
        if self.taken is not None:
            raise OvertakenError
        self.taken = runner


async def first_address(
    addresses: Sequence[tuple[str, int]],
    attempt: Attempt[T],
    *,
    deadline: float,
    stagger: float = STAGGER,
    race: Race | None = None,
) -> T:
    """What `attempt` brings on the first address that is so far, within `deadline` seconds in all.

    The next address is tried when one has failed, and beside it after `stagger` seconds: some networks drop what goes to
    a port without a word. `attempt` calls its claim once outer TLS is done; the others are given up then. Raises what the
    attempt raised that had the claim (`race.taken` says whether one had); else the TasukiError that led furthest.
    """
    race = race or Race()
    running: dict[asyncio.Future[T], object] = {}
    waiting = list(addresses)
    loop = asyncio.get_running_loop()
    end = loop.time() + deadline
    failed: list[TasukiError] = []
    try:
        while running or (waiting and not race.taken and loop.time() < end):
            if waiting and not race.taken:
                host, port = waiting.pop(0)
                runner = object()
                share = 1 + (len(waiting) if stagger == ONE_BY_ONE else 0)
                coming = attempt(host, port, functools.partial(race.claim, runner), (end - loop.time()) / share)
                running[asyncio.ensure_future(coming)] = runner
            patience = stagger if waiting and not race.taken and stagger != ONE_BY_ONE else None
            done, _ = await asyncio.wait(running, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                runner = running.pop(task)
                try:
                    return await task
                except OvertakenError:
                    continue
                except TasukiError as error:
                    if race.taken is runner:
                        raise
                    failed.append(error)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    if not failed:
        raise TasukiError("relay_unreachable", address="", detail="no address")
    raise max(failed, key=lambda error: _ORDER.index(error.stage) if isinstance(error, DialError) else -1)
