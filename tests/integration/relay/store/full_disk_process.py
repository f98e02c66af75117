"""A process in a mount namespace of its own: a store on a small disk that fills up and gets room again. Prints what it saw.

unshare --mount python -m tests.integration.relay.store.full_disk_process sqlite|postgresql FOLDER
"""

import asyncio
import contextlib
import itertools
import json
import os
import pwd
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from relay.core.records import AuditEntry
from relay.core.storing import StoreUnavailableError, Unit
from relay.store.sql import SqlStore
from tests.support.clock import START, FakeClock
from tests.support.postgresql import NAME, postgresql
from tests.support.small_disk import SmallDisk
from tests.support.stores import store_in


@contextlib.asynccontextmanager
async def store_on(kind: str, folder: Path, clock: FakeClock) -> AsyncIterator[SqlStore]:
    """A store whose data lies on the disk at `folder`."""
    async with contextlib.AsyncExitStack() as stack:
        database: Path | str = folder / "relay.db"
        if kind == "postgresql":
            server = stack.enter_context(postgresql())
            data = folder / "tablespace"
            data.mkdir(mode=0o700)
            if os.geteuid() == 0:
                os.chown(data, pwd.getpwnam("postgres").pw_uid, -1)
            server.run_sql(f"CREATE TABLESPACE small LOCATION '{data}'", database="postgres")
            server.run_sql(f"ALTER DATABASE {NAME} SET TABLESPACE small", database="postgres")
            database = server.url
        store = await store_in(database, clock=clock)
        stack.push_async_callback(store.close)
        yield store


def logs(number: int) -> Callable[[Unit], None]:
    """A unit of work that takes a page or so."""
    facts: dict[str, str | int | None] = {"words": os.urandom(2000).hex()}
    return lambda unit: unit.audit(AuditEntry(at=START, actor="a", event="e", subject=str(number), facts=facts))


async def main(kind: str, folder: Path) -> None:
    """Everything, in one go."""
    clock, disk = FakeClock(), SmallDisk(folder)
    async with store_on(kind, folder, clock) as store:

        async def probed() -> bool:
            clock.advance(5)
            await asyncio.sleep(0)
            if store._writer._probing._task is not None:
                await store._writer._probing._task
            return store.writable

        numbers = itertools.count(1)
        written = 20
        for _ in range(written):
            await store.write(logs(next(numbers)))
        if kind == "sqlite":  # its log begins anew, and has room for some more than the disk has
            with contextlib.closing(sqlite3.connect(folder / "relay.db")) as connection:
                connection.execute("PRAGMA wal_checkpoint(RESTART)")
        disk.fill()
        with contextlib.suppress(StoreUnavailableError):
            while written < 5000:
                await store.write(logs(next(numbers)))
                written += 1
        seen: dict[str, object] = {"noticed": not store.writable, "reads": len(await store.audit_rows(limit=10_000))}
        seen["while full"] = [await probed() for _ in range(3)]
        disk.free(16 * 1024)
        seen["with a little room"] = [await probed() for _ in range(2)]
        disk.clear()
        seen["with room"] = [await probed() for _ in range(2)]
        seen["timers"] = clock.waiting
        await store.write(logs(next(numbers)))
        verdict = await store.verify_audit()
        seen |= {"written": written + 1, "rows": verdict.rows, "holds": verdict.holds}
    print(json.dumps(seen))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
