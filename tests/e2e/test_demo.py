"""`make demo` keeps its word: it checks itself, and Ctrl-C leaves nothing running."""

import secrets
import signal
import sys
from pathlib import Path

from deploy.demo.programs import MARK, Run, until

HOUSE = Path(__file__).parents[2]


async def test_the_demo_checks_itself(tmp_path: Path) -> None:
    """With --check it says what it saw and exits 0."""
    run = Run.new(tmp_path, PYTHONPATH=str(HOUSE), TMPDIR=str(tmp_path))
    told = await run.command(sys.executable, "-m", "deploy.demo", "--check", within=100)
    assert told.count("  ok  ") >= 5
    assert run.survivors() == []


async def test_ctrl_c_leaves_nothing_running(tmp_path: Path) -> None:
    """SIGINT while the session runs: exit code 0, no process, no file."""
    folder = tmp_path / "demo"
    folder.mkdir()
    run = Run.new(tmp_path, PYTHONPATH=str(HOUSE), TMPDIR=str(folder), **{MARK: secrets.token_hex(8)})
    async with run.program("demo", sys.executable, "-u", "-m", "deploy.demo") as demo:
        assert await until(lambda: any("http://127.0.0.1:" in line for line in demo.lines), within=60), demo.tail()
        demo.process.send_signal(signal.SIGINT)
        assert await demo.ended() == 0
    assert run.survivors() == []
    assert list(folder.iterdir()) == []
