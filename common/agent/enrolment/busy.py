"""Too many ask for a certificate at once, says the relay: when to ask again, and doing so."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final, TypeVar

from common.host.errors import TasukiError

_UNSAID: Final = 60.0  # seconds, where the relay does not say when
_LONGEST: Final = 3600.0

T = TypeVar("T")


class EnrolmentBusyError(TasukiError):
    """It is no use to ask again for `wait` seconds."""

    def __init__(self, *, address: str, retry_after: float, now: datetime) -> None:
        """`retry_after`: as the relay said, 0 where it did not. The sentence tells the time of this computer's clock."""
        self.wait = min(retry_after or _UNSAID, _LONGEST)
        again = (now + timedelta(seconds=self.wait)).astimezone()
        super().__init__("enrolment_busy", address=address, at=f"{again:%H:%M:%S}")


class EnrolmentWaitsError(EnrolmentBusyError):
    """An operator has to say yes first: to the key with these words."""

    def __init__(self, *, address: str, retry_after: float, now: datetime, words: str, name: str, login: str) -> None:
        """`name` and `login` are what the operator reads."""
        super().__init__(address=address, retry_after=retry_after, now=now)
        self.code = "enrolment_waits"
        self.facts = {"words": words, "name": name, "login": login}


async def until_answered(
    attempt: Callable[[], Awaitable[T]],
    *,
    busy: Callable[[EnrolmentBusyError], None],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> T:
    """What `attempt` gives; it is tried again for as long as the relay is busy, each time told to `busy` first."""
    while True:
        try:
            return await attempt()
        except EnrolmentBusyError as error:
            busy(error)
            await sleep(error.wait)
