"""`make demo` keeps its word: it checks itself, and Ctrl-C leaves nothing running."""

import secrets
import signal
import sys
from functools import partial
from pathlib import Path

from deploy.demo.programs import MARK, Run, until
from tests.support.desktops import bare_desktop, xdotool

HOUSE = Path(__file__).parents[2]


async def test_the_demo_checks_itself(tmp_path: Path) -> None:
    """With --check it says what it saw and exits 0."""
    run = Run.new(tmp_path, PYTHONPATH=str(HOUSE), TMPDIR=str(tmp_path))
    told = await run.command(sys.executable, "-m", "deploy.demo", "--check", within=100)
    assert told.count("  ok  ") >= 5
    assert run.survivors() == []


async def test_the_demo_with_windows(tmp_path: Path) -> None:
    """Where there is a screen it opens both programs, goes along with what happens, in the person's language, and leaves nothing."""
    folder = tmp_path / "demo"
    folder.mkdir()
    with bare_desktop(tmp_path, size=(1280, 1024)) as display:
        shown = {"PYTHONPATH": str(HOUSE), "TMPDIR": str(folder), "DISPLAY": display, "LC_ALL": "ja_JP.UTF-8"}
        run = Run.new(tmp_path, **shown, **{MARK: secrets.token_hex(8)})
        async with run.program("demo", sys.executable, "-u", "-m", "deploy.demo") as demo:
            assert await until(lambda: any(line.startswith("1.") for line in demo.lines), within=60), demo.tail()
            assert any("助けを頼む" in line for line in demo.lines)
            for title in ("Hanako Suzuki", "Tasuki – 依頼"):
                assert await until(partial(_shows, display, title), within=20), title
            demo.process.send_signal(signal.SIGINT)
            assert await demo.ended(within=30) == 0
    assert run.survivors() == []
    assert list(folder.iterdir()) == []


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


def _shows(display: str, title: str) -> bool:
    return bool(xdotool(display, "search", "--onlyvisible", "--name", title))
