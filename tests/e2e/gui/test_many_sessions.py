"""Both programs with their windows after many short sessions: they hold no more than after a few."""

from pathlib import Path

import pytest

from tests.support.many_sessions import leaks, seats

ROUNDS = 15


@pytest.mark.timeout(300)
async def test_memory_and_descriptors_stay_flat(tmp_path: Path) -> None:
    """No descriptor, no thread and no window is left of a session. (`make soak ARGS=--windows` runs a thousand.)"""
    async with seats(tmp_path) as both:
        samples = [await both.round() for _ in range(ROUNDS)]
    for name, held in zip(("user", "helper"), zip(*samples, strict=True), strict=True):
        print(f"{name}: {held[0]}  …  {held[-1]}")
        assert not leaks(held), name
