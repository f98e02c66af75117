"""A relay that takes fifty orders a second while its PostgreSQL is restarted: whoever was told that it was done can rely on it."""

import asyncio
import contextlib
import signal
import time
from pathlib import Path

from relay.admin.client import ask
from relay.admin.orders import AddGroup, ListGroups, OrderError
from relay.folder import control_socket, open_folder
from relay.store.reading import open_reader
from tests.support.postgresql import PostgreSQL
from tests.support.relay_program import health, serving, stored_at
from tests.support.stores import store_in

RATE = 50  # orders a second
WELL = 10.0  # seconds until /healthz says so; a busy machine has five times that


class Operators:
    """Who adds groups all the time, and what they were told."""

    def __init__(self, folder: Path) -> None:
        self._socket = control_socket(folder)
        self.done: set[str] = set()
        self.refused: set[str] = set()

    async def order_on(self) -> None:
        """Until cancelled; what was ordered by then is waited for."""
        async with asyncio.TaskGroup() as orders:
            began, number = time.monotonic(), 0
            with contextlib.suppress(asyncio.CancelledError):
                while True:
                    orders.create_task(self._order(f"group {number}"))
                    number += 1
                    await asyncio.sleep(max(0.0, began + number / RATE - time.monotonic()))

    async def _order(self, name: str) -> None:
        try:
            await ask(self._socket, AddGroup(name=name))
        except OrderError as error:
            if error.code != "order_unwritable":
                raise
            self.refused.add(name)
        else:
            self.done.add(name)


async def test_restarts_of_its_database(folder: Path, fresh: PostgreSQL) -> None:
    """By a shutdown and as by a power cut: what was done is there with its audit row, once; the relay is well again by itself."""
    stored_at(folder, fresh.relays_url)
    await (await store_in(fresh.relays_url, migrated_by=fresh.url)).close()
    with serving(folder) as relay:
        operators = Operators(folder)
        ordering = asyncio.ensure_future(operators.order_on())
        for number in (signal.SIGINT, signal.SIGQUIT):
            before = len(operators.done)
            async with asyncio.timeout(5 * WELL):
                while len(operators.done) < before + 20:  # noqa: ASYNC110 -- whoever is told has no event for it
                    await asyncio.sleep(0.05)
            await asyncio.to_thread(fresh.stop, number)
            await asyncio.sleep(0.3)
            await asyncio.to_thread(fresh.start)
            began = time.monotonic()
            while await asyncio.to_thread(health, relay.port, folder / "root.pem") != (200, "ok"):
                assert time.monotonic() - began < 5 * WELL
                await asyncio.sleep(0.05)
        ordering.cancel()
        await ordering
        there = {group["name"] for group in await ask(control_socket(folder), ListGroups())}
        async with open_reader(open_folder(folder).database) as reader:
            verdict = await reader.verify()
        assert operators.done <= there <= operators.done | operators.refused
        assert verdict.holds
        audited = fresh.run_sql("SELECT subject FROM audit WHERE event = 'group.added'").splitlines()
        assert sorted(audited) == sorted(there)
        assert set(fresh.run_sql("SELECT name FROM groups").splitlines()) == there
        assert "Traceback" not in relay.end()
