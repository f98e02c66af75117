"""PostgreSQL restarted again and again under fifty requests a second: none is lost that was said to be kept."""

import random

from tests.support.database_restarts import RATE, restarted_under_load
from tests.support.postgresql import postgresql


async def soak_database(restarts: int, seed: int) -> int:
    """So many restarts; 0, or an AssertionError names what was lost."""
    with postgresql() as server:
        load = await restarted_under_load(server, restarts=restarts, chance=random.Random(seed))
    back = sorted(load.back)
    print(
        f"{restarts} restarts under {RATE} requests a second: {len(load.kept)} kept and none of them lost, {len(load.refused)} refused; "
        f"kept again after {back[len(back) // 2]:.2f} s, at most {back[-1]:.2f} s; seed {seed}"
    )
    return 0
