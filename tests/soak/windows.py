"""Sessions in a row between both programs with their windows: what they hold of memory must not grow."""

import tempfile
import time
from pathlib import Path

from tests.support.many_sessions import leaks, seats


async def soak_windows(rounds: int) -> int:
    """All rounds; how many of the two programs hold more at the end than in the beginning."""
    samples = []
    with tempfile.TemporaryDirectory() as name:
        async with seats(Path(name)) as both:
            for number in range(1, rounds + 1):
                began = time.monotonic()
                user, helper = await both.round()
                samples.append((user, helper))
                took = time.monotonic() - began
                print(f"round {number:5}  {took:4.1f} s  user {user}  helper {helper}", flush=True)
    wrong = 0
    for program, held in zip(("user", "helper"), zip(*samples, strict=True), strict=True):
        found = leaks(held)
        print(f"{program}: {'; '.join(found) or 'flat'}")
        wrong += bool(found)
    return wrong
