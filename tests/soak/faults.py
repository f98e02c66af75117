"""With --faults: one relay through every fault that is watched for, again and again in another order, each for longer.

After each it must be well by itself, with no alert but the fault's own, and at the end the audit log must hold.
"""

import asyncio
import dataclasses
import random
import statistics
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.faults import FAULTS, WatchedFault, play
from tests.support.watched_relay import PROMISED, WatchedRelay, watched_relay

LONGEST = 30.0  # seconds that a fault lasts at most, once it was seen


async def soak_faults(rounds: int, seed: int) -> int:
    """So many rounds of all faults; how many failed. Prints what it took to be well again."""
    chance = random.Random(seed)
    print(f"{rounds} rounds of {len(FAULTS)} faults, seed {seed}", flush=True)
    took: list[float] = []
    failed = 0
    with tempfile.TemporaryDirectory(prefix="tasuki-faults-") as folder:
        async with watched_relay(Path(folder)) as place:
            for number in range(rounds):
                for name in chance.sample(sorted(FAULTS), len(FAULTS)):
                    try:
                        took.append(await play(place, _longer(FAULTS[name], chance.uniform(0, LONGEST))))
                    except AssertionError as error:
                        failed += 1
                        print(f"round {number + 1}, {name}: {error}", flush=True)
                    else:
                        print(f"round {number + 1}, {name}: well again after {took[-1]:.1f} s", flush=True)
            await place.run.command("tasuki-relay", "audit", "verify", "--folder", place.folder)
    late = sum(one > PROMISED for one in took)
    print(
        f"{len(took)} mended: median {statistics.median(took):.1f} s, longest {max(took):.1f} s; {failed} failed, {late} late"
    )
    return failed + late


def _longer(fault: WatchedFault, seconds: float) -> WatchedFault:
    @asynccontextmanager
    async def inject(place: WatchedRelay) -> AsyncIterator[None]:
        async with fault.inject(place):
            if not fault.rises and "TasukiLoopLags" not in fault.alerts:  # these are over when they are seen
                await place.seen(fault.shows)
                await asyncio.sleep(seconds)
            yield

    return dataclasses.replace(fault, inject=inject)
