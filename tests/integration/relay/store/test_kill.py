"""A relay's store that is killed in the middle of writing."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from relay.settings import RelayTiming
from tests.support.stores import store_in

PROGRAM = "tests.integration.relay.store.write_for_ever"


async def killed_after(path: Path, start: int, lines: int) -> set[int]:
    """Write until so many commits were reported, kill -9; which numbers were reported."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", PROGRAM, str(path), str(start), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        seen = [await process.stdout.readline() for _ in range(lines)]
    finally:
        os.kill(process.pid, signal.SIGKILL)
        rest = await process.stdout.read()
        await process.wait()
    whole = [line for line in (b"".join(seen) + rest).split(b"\n")[:-1] if line]
    return {int(line) for line in whole}


async def test_killed_in_the_middle_of_writing(tmp_path: Path) -> None:
    """Whenever it is killed: what was reported is there, whole units only, the chain verifies, and writing goes on."""
    path = tmp_path / "relay.db"
    reported: set[int] = set()
    for run, lines in enumerate((1, 37, 150, 5)):
        reported |= await killed_after(path, run * 1_000_000, lines)
        store = await store_in(path, group_commit=RelayTiming().group_commit)
        try:
            kept = {int(one.identifier, 16) for one in await store.requests(limit=1_000_000)}
            sessions = {int(one.identifier, 16) for one in await store.sessions(limit=1_000_000)}
            verdict = await store.verify_audit()
        finally:
            await store.close()
        assert reported <= kept
        assert kept == sessions
        assert verdict.holds
        assert verdict.rows == 2 * len(kept)
