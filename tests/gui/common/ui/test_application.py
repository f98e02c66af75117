"""One program a person and folder; a second start raises the first; signals end it in order."""

import asyncio
import gc
import os
import signal
import sys
import weakref
from pathlib import Path

import pytest
from PySide6.QtCore import QDir, QObject, Signal
from PySide6.QtNetwork import QLocalSocket

from common.ui import application
from common.ui.application import MAX_WORD, OnlyOne, once

HOUSE = Path(__file__).parents[4]

PROGRAM = """
import asyncio, sys
from common.ui import application
application.make("tasuki-test")

async def main():
    print("running", flush=True)
    try:
        await asyncio.sleep(60)
    finally:
        await asyncio.sleep(0.01)
        print("tidied", flush=True)

sys.exit(application.run(main))
"""


async def test_a_second_start_raises_the_first(tmp_path: Path) -> None:
    """The second one learns that it is the second, and the first one hears what it said."""
    first, second = OnlyOne(tmp_path), OnlyOne(tmp_path)
    assert first.first()
    called = asyncio.ensure_future(once(first.called))
    await asyncio.sleep(0)
    assert not second.first("ask Hanako 花子")
    assert await called == "ask Hanako 花子"
    called = asyncio.ensure_future(once(first.called))
    await asyncio.sleep(0)
    assert not second.first()
    assert await called == ""
    first.close()


async def test_two_folders_are_two_programs(tmp_path: Path) -> None:
    """A user's and a helper's program of one person run side by side."""
    one, other = OnlyOne(tmp_path / "one"), OnlyOne(tmp_path / "other")
    assert one.first()
    assert other.first()
    one.close()
    other.close()


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe of Windows is gone with its process")
async def test_what_a_crash_left_is_no_hindrance(tmp_path: Path) -> None:
    """A socket that nobody listens on any more does not keep the next start away."""
    first = OnlyOne(tmp_path)
    left = Path(QDir.tempPath()) / first._name
    left.write_bytes(b"")
    assert first.first()
    first.close()
    assert not left.exists()
    again = OnlyOne(tmp_path)
    assert again.first()
    again.close()


STARTS = """
import asyncio, sys
from pathlib import Path
from common.ui import application
application.make("tasuki-test")

async def main():
    only = application.OnlyOne(Path(sys.argv[1]))
    heard = []
    only.called.connect(heard.append)
    print("ready", flush=True)
    sys.stdin.readline()
    if not only.first("word"):
        print("second", flush=True)
        return
    print("first", flush=True)
    while len(heard) < 3:
        await asyncio.sleep(0.01)
    print("called", flush=True)

sys.exit(application.run(main))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe of Windows is gone with its process")
async def test_of_starts_in_the_same_instant_one_is_the_first(tmp_path: Path) -> None:
    """After a crash four begin at once: one listens, and hears each of the others."""
    left = Path(QDir.tempPath()) / OnlyOne(tmp_path)._name
    for _ in range(3):
        left.write_bytes(b"")
        processes = [
            await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                STARTS,
                str(tmp_path),
                cwd=HOUSE,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
            for _ in range(4)
        ]
        for process in processes:
            assert process.stdout is not None
            assert await process.stdout.readline() == b"ready\n"
        said = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
        assert sorted(out for out, _ in said) == [b"first\ncalled\n", b"second\n", b"second\n", b"second\n"]
        assert [await process.wait() for process in processes] == [0] * 4


async def test_a_folder_of_no_use_is_left_to_the_windows(tmp_path: Path) -> None:
    """Where no lock can be had at all, this is the first start, and says later what is wrong."""
    (tmp_path / "file").write_bytes(b"")
    only = OnlyOne(tmp_path / "file" / "folder")
    assert only.first()
    only.close()


async def test_who_says_too_much_is_not_heard(tmp_path: Path) -> None:
    """A word without an end is cut off, and the first one goes on listening."""
    first = OnlyOne(tmp_path)
    assert first.first()
    heard: list[str] = []
    first.called.connect(heard.append)
    talker = QLocalSocket()
    talker.connectToServer(first._name)
    assert talker.waitForConnected(1000)
    gone = asyncio.ensure_future(once(talker.disconnected))
    await asyncio.sleep(0)
    talker.write(b"x" * (MAX_WORD + 1))
    await gone
    assert heard == []
    called = asyncio.ensure_future(once(first.called))
    await asyncio.sleep(0)
    assert not OnlyOne(tmp_path).first("still there?")
    assert await called == "still there?"
    first.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to send")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_in_order(number: signal.Signals) -> None:
    """What stands in `finally` is done, and the exit code is 0."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, cwd=HOUSE, env={**os.environ}, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"running\n"
    process.send_signal(number)
    assert await process.stdout.read() == b"tidied\n"
    assert await process.wait() == 0


class Teller(QObject):
    """Signals with nothing, one and two values."""

    none = Signal()
    one = Signal(str)
    two = Signal(int, str)


async def test_once_gives_what_the_signal_carried() -> None:
    """Nothing is an empty tuple, one value is itself, more are a tuple; what comes later is not waited for."""
    teller = Teller()
    for emitted, values, expected in (
        (teller.none, (), ()),
        (teller.one, ("a",), "a"),
        (teller.two, (1, "b"), (1, "b")),
    ):
        waiting = asyncio.ensure_future(once(emitted))
        await asyncio.sleep(0)
        emitted.emit(*values)
        emitted.emit(*values)
        assert await waiting == expected


async def test_once_can_be_given_up() -> None:
    """Who waits no longer is not called any more."""
    teller = Teller()
    waiting = asyncio.ensure_future(once(teller.none))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    teller.none.emit()
    assert waiting.cancelled()


async def test_what_a_session_left_goes_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where it holds itself; nobody waits for Python to look."""

    class Left:
        """Holds itself."""

        def __init__(self) -> None:
            self.own = self

    monkeypatch.setattr(application, "QUIET", 0.0)
    gone = asyncio.Event()
    gc.disable()
    try:
        left = weakref.ref(Left(), lambda _: gone.set())
        assert left() is not None
        application.tidy()
        await asyncio.wait_for(gone.wait(), 5)
    finally:
        gc.enable()
