"""What a run starts never outlives it."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from deploy.demo.programs import DIES_WITH_US, Run, until

STARTER = """
import asyncio, sys
from pathlib import Path
from deploy.demo.programs import Run

async def main():
    program = await Run.new(Path(sys.argv[1])).start("sleeper", "sleep", "600")
    print(program.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.mark.skipif(not DIES_WITH_US, reason="setpriv of util-linux")
async def test_programs_end_with_whoever_was_killed(tmp_path: Path) -> None:
    """SIGKILL leaves nobody to end them: the kernel does."""
    run = Run.new(tmp_path, PYTHONPATH=str(Path(__file__).parents[3]))
    starter = await asyncio.create_subprocess_exec(
        sys.executable, "-c", STARTER, str(tmp_path), env=dict(run.environ), stdout=asyncio.subprocess.PIPE
    )
    assert starter.stdout is not None
    sleeper = int(await starter.stdout.readline())
    name = Path("/proc") / str(sleeper) / "comm"
    assert await until(lambda: name.read_text() == "sleep\n", within=5)
    os.kill(starter.pid, signal.SIGKILL)
    await starter.wait()
    assert await until(lambda: not [line for line in run.survivors() if line.startswith(str(sleeper))], within=5)
