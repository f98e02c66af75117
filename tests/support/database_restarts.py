"""Requests that go on being written while PostgreSQL is restarted, and what became of those that were said to be kept."""

import asyncio
import contextlib
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from common.protocol.messages import Mode, Request, ToAnyone
from relay.core import requests
from relay.core.storing import StoreUnavailableError, Unit
from relay.matching.recorder import writing
from relay.store.sql import SqlStore
from tests.support.clock import START
from tests.support.people import ANNA, participant, put_account
from tests.support.postgresql import PostgreSQL
from tests.support.stores import store_in

RATE = 50  # requests a second
PATIENCE = 60.0  # seconds until a store is well again, on a busy machine
HOW = (signal.SIGINT, signal.SIGQUIT)  # a fast shutdown, and one as by a power cut


@dataclass
class Load:
    """What was written, and what was said of it. `back`: seconds from a server that answers to the next request that is kept."""

    kept: set[int] = field(default_factory=set)
    refused: set[int] = field(default_factory=set)
    back: list[float] = field(default_factory=list)


def asks(number: int) -> Callable[[Unit], None]:
    """The unit of work of a new request."""
    message = Request(request=f"{number:032x}", to=ToAnyone(), mode=Mode.VIEW)
    work = writing(requests.ask(user=participant(ANNA), message=message, now=START))
    assert work is not None
    return work


async def restarted_under_load(server: PostgreSQL, *, restarts: int, chance: random.Random) -> Load:
    """So many restarts with `RATE` requests a second all the time. Raises AssertionError where a request that was kept is not there.

    Each is there whole (a row, and one row of the audit log), or not at all, and the chain holds.
    """
    load = Load()
    store = await store_in(server.relays_url, store_probe=0.2, group_commit=0.002, migrated_by=server.url)
    try:
        await store.write(lambda unit: put_account(unit, ANNA))
        writing_on = asyncio.ensure_future(_write(store, load))
        try:
            for number in range(restarts):
                await asyncio.sleep(chance.uniform(0.3, 1.5))
                await asyncio.to_thread(server.stop, HOW[number % len(HOW)])
                await asyncio.sleep(chance.uniform(0, 0.5))
                await asyncio.to_thread(server.start)
                load.back.append(await _next_kept(load))
        finally:
            writing_on.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await writing_on
        there = {int(one.identifier, 16) for one in await store.requests(limit=1_000_000)}
        verdict = await store.verify_audit()
    finally:
        await store.close()
    assert load.kept <= there, f"lost: {sorted(load.kept - there)[:10]}"
    assert there <= load.kept | load.refused
    assert (verdict.holds, verdict.rows) == (True, len(there))
    return load


async def _write(store: SqlStore, load: Load) -> None:
    async with asyncio.TaskGroup() as group:
        began, number = time.monotonic(), 0
        try:
            while True:
                group.create_task(_ask(store, load, number))
                number += 1
                await asyncio.sleep(max(0.0, began + number / RATE - time.monotonic()))
        except asyncio.CancelledError:
            return  # what was asked is waited for


async def _ask(store: SqlStore, load: Load, number: int) -> None:
    try:
        await store.write(asks(number))
    except StoreUnavailableError:
        load.refused.add(number)
    else:
        load.kept.add(number)


async def _next_kept(load: Load) -> float:
    began, before = time.monotonic(), len(load.kept)
    while len(load.kept) == before:
        assert time.monotonic() - began < PATIENCE
        await asyncio.sleep(0.01)
    return time.monotonic() - began
