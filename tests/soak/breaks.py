"""Breaks in a row in one session of real programs: each time the picture is back, and nothing is held more at the end."""

import random
import tempfile
from pathlib import Path

from tests.support.breaks import breaking
from tests.support.many_sessions import leaks, sample
from tests.support.organisation import stage

EVERY = 10  # breaks between two looks


async def soak_breaks(breaks: int, seed: int) -> int:
    """All of them; how many of the programs hold more at the end than in the beginning."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        async with (
            stage(Path(name), settings={"limits": {"tickets_per_minute": 10_000}}) as place,
            breaking(place, mode="control") as session,
        ):
            programs = {"user": session.user, "helper": session.helper, "relay": place.office.relay}
            samples = {who: [sample(program.pid)] for who, program in programs.items()}
            for number in range(1, breaks + 1):
                lose = chance.choice((session.lose_leg, session.lose_network))
                await lose(chance.choice(("user", "helper")))
                if number % EVERY == 0:
                    for who, program in programs.items():
                        samples[who].append(sample(program.pid))
                    took = session.took[-EVERY:]
                    held = "  ".join(f"{who} {found[-1]}" for who, found in samples.items())
                    print(f"break {number:5}  back after {max(took):4.1f} s at most  {held}", flush=True)
            took = sorted(session.took)
    print(f"{breaks} breaks: back after {took[len(took) // 2]:.1f} s, at most {took[-1]:.1f} s; seed {seed}")
    wrong = 0
    for who, held_by in samples.items():
        found = leaks(held_by)
        print(f"{who}: {'; '.join(found) or 'flat'}")
        wrong += bool(found)
    return wrong
