"""Relay and CA are lost and made anew from their backups, with many agents and 100,000 sessions in the records."""

import statistics
import tempfile
from pathlib import Path

from deploy.demo.organisation import organisation
from deploy.demo.programs import Run

SESSIONS = 100_000
LONGEST = 60.0  # seconds for both restores together


async def soak_restore(count: int) -> None:
    """Raises AssertionError where an agent or a session is left behind, or it takes too long."""
    from tests.support.restoring import lose_and_restore  # the loop is there by now

    with tempfile.TemporaryDirectory() as folder:
        async with organisation(Run.new(Path(folder))) as office:
            spans = await lose_and_restore(office, count, sessions=SESSIONS)
    slowest, middle = spans.slowest * 1000, statistics.median(spans.orders) * 1000
    print(f"{count} agents are back, {SESSIONS} sessions are there: {spans}")
    print(f"{len(spans.orders)} orders meanwhile: median {middle:.0f} ms, slowest {slowest:.0f} ms")
    assert spans.restore <= LONGEST, spans
