"""What all fuzzers of a relay share: whom they speak to, what they know of it, what came of it."""

import asyncio
import contextlib
import random
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

import msgspec

from tests.fuzz.matching_grammar import Cast, Places
from tests.support.raw_agents import RawLink

BATCH: Final = (1, 24)  # pieces sent at once
GOODBYE: Final = 0.25  # seconds for the relay to close what it may not have to close
PATIENCE: Final = 20.0  # seconds: an answer that has not come by then does not come


class FuzzError(Exception):
    """The relay did not do what it must."""


@dataclass
class Tally:
    """What was sent, and what came of it."""

    sent: Counter[str] = field(default_factory=Counter)  # messages, frames and requests, by who sent them
    connections: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)  # by type and code, or by status
    closed: Counter[int | None] = field(default_factory=Counter)  # by close code
    worst: dict[str, float] = field(default_factory=dict)  # seconds to an answer, by what was asked

    def took(self, what: str, since: float) -> None:
        """An answer came now, to what was asked then."""
        self.worst[what] = max(self.worst.get(what, 0.0), asyncio.get_running_loop().time() - since)


class Heard(msgspec.Struct):
    """As much of a message from the relay as is looked at."""

    type: str
    request: str = ""
    session: str = ""
    ticket: str = ""
    code: str = ""
    nonce: str = ""
    relay: str = ""


heard_in: Final = msgspec.json.Decoder(Heard).decode
"""A message from the relay."""


@dataclass(kw_only=True)
class Target:
    """The relay under fuzz, and what all fuzzers know of it."""

    port: int
    cast: Cast
    tally: Tally = field(default_factory=Tally)
    places: Places = field(default_factory=Places)
    pairs: deque[tuple[str, str]] = field(default_factory=deque)  # tickets of both sides, never used
    half: dict[str, str] = field(default_factory=dict)  # the user's, by session


def batches(pieces: Iterable[Any], chance: random.Random) -> Iterator[list[Any]]:
    """In portions of any size."""
    left = iter(pieces)
    while portion := list(islice(left, chance.randint(*BATCH))):
        yield portion


def cut(data: bytes, chance: random.Random) -> list[bytes]:
    """Mostly in one piece, sometimes in several, which come in records of their own."""
    if chance.random() < 0.9 or len(data) < 2:
        return [data]
    at = sorted(chance.randrange(1, len(data)) for _ in range(chance.randint(1, 8)))
    return [data[begin:end] for begin, end in zip([0, *at], [*at, len(data)], strict=True) if end > begin]


async def gone(link: RawLink) -> None:
    """Let the relay say what it has to say, then cut."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(GOODBYE):
            await link.over
    link.cut()
