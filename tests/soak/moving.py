"""The relay moves to another name with many agents: each comes back, through every step, without a new line."""

import tempfile
import time
from pathlib import Path

from deploy.demo.organisation import organisation
from deploy.demo.programs import Run


async def soak_move(count: int) -> None:
    """Raises AssertionError where one of them is left behind."""
    from tests.support.moving import move  # the loop is there by now

    with tempfile.TemporaryDirectory() as folder:
        async with organisation(Run.new(Path(folder))) as office:
            began = time.monotonic()
            await move(office, count, impostor=True)
            print(f"{count} agents have moved, in {time.monotonic() - began:.0f} s")
