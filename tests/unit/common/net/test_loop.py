"""The one loop, in processes of its own: exit codes, signals, and that everything is cleaned up."""

import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[4]
PRELUDE = """
import asyncio, sys
from common.net.loop import install, run
loop = install()
from twisted.internet import reactor
"""


@contextmanager
def running(program: str) -> Iterator[subprocess.Popen[str]]:
    """A Python process with `program` behind the prelude."""
    source = PRELUDE + textwrap.dedent(program)
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", source],
        cwd=HOUSE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def outcome(program: str) -> tuple[int, str, str]:
    """Exit code, output and errors of a program that ends by itself."""
    with running(program) as process:
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err


@pytest.mark.parametrize(("result", "code"), [("None", 0), ("0", 0), ("3", 3)])
def test_the_result_is_the_exit_code(result: str, code: int) -> None:
    """None is 0."""
    program = f"""
    async def main():
        assert asyncio.get_running_loop() is loop is install()
        await asyncio.sleep(0)
        return {result}
    sys.exit(run(main))
    """
    assert outcome(program) == (code, "", "")


def test_the_reactor_runs_on_the_loop() -> None:
    """Timers, threads and shutdown triggers of Twisted's work; a task left behind is ended."""
    program = """
    from twisted.internet.threads import deferToThread
    from common.net.bridge import as_future
    left = []
    async def behind():
        try:
            await asyncio.Event().wait()
        finally:
            print("ended")
    async def main():
        left.append(asyncio.ensure_future(behind()))
        reactor.addSystemEventTrigger("before", "shutdown", lambda: print("shut down"))
        assert reactor.running
        fired = asyncio.Event()
        reactor.callLater(0.01, fired.set)
        await fired.wait()
        print(await as_future(deferToThread(lambda: "thread")))
    sys.exit(run(main))
    """
    assert outcome(program) == (0, "thread\nended\nshut down\n", "")


def test_an_exception_is_raised() -> None:
    """A bug is a traceback, after the cleaning up; a task that cancels itself was not ended by a signal."""
    program = """
    async def main():
        reactor.addSystemEventTrigger("before", "shutdown", lambda: print("shut down"))
        raise ZeroDivisionError
    sys.exit(run(main))
    """
    code, out, err = outcome(program)
    assert (code, out) == (1, "shut down\n")
    assert "ZeroDivisionError" in err
    code, _, err = outcome("async def main():\n    raise asyncio.CancelledError\nsys.exit(run(main))")
    assert code == 1
    assert "CancelledError" in err


WAITING = """
async def main():
    try:
        print("waiting", flush=True)
        await asyncio.Event().wait()
    finally:
        print("cleaning up", flush=True)
        if len(sys.argv) > 1 or {slow}:
            await asyncio.Event().wait()
sys.exit(run(main))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_as_asked(number: signal.Signals) -> None:
    """`finally` clauses run, and the exit code is 0."""
    with running(WAITING.format(slow=False)) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out, err) == (0, "cleaning up\n", "")


def test_a_second_signal_ends_it_at_once() -> None:
    """Where the cleaning up hangs."""
    with running(WAITING.format(slow=True)) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.readline() == "cleaning up\n"
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        assert process.returncode == -signal.SIGTERM


def test_without_uvloop_a_selector_loop_does() -> None:
    """uvloop is an extra of Linux's; the programs are the same on another loop."""
    program = """
    import common.net.loop as module
    real = module.importlib.import_module
    def no_uvloop(name):
        raise ImportError(name)
    module.importlib.import_module = no_uvloop
    made = module.new_loop()
    assert isinstance(made, asyncio.SelectorEventLoop)
    made.close()
    module.importlib.import_module = real
    """
    assert outcome(program) == (0, "", "")


LATE = """
import asyncio, sys
from common.net.loop import install, new_loop, run_bare

async def main():
    assert "twisted.internet" not in sys.modules
    install(asyncio.get_running_loop())
    from twisted.internet import reactor
    later = asyncio.get_running_loop().create_future()
    reactor.addSystemEventTrigger("after", "shutdown", print, "shut down")
    reactor.callLater(0, later.set_result, "called")
    print(reactor.running, await later, flush=True)
    return 3

loop = new_loop()
asyncio.set_event_loop(loop)
sys.exit(run_bare(loop, main))
"""
NEVER = """
import asyncio, sys
from common.net.loop import new_loop, run_bare

async def main():
    print("no reactor", flush=True)

loop = new_loop()
asyncio.set_event_loop(loop)
sys.exit(run_bare(loop, main))
"""


@pytest.mark.parametrize(("program", "said"), [(LATE, (3, "True called\nshut down\n")), (NEVER, (0, "no reactor\n"))])
def test_a_loop_can_run_before_its_reactor_is_there(program: str, said: tuple[int, str]) -> None:
    """Installed later it runs at once, and is shut down in order; it may also never come."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], cwd=HOUSE, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert (done.returncode, done.stdout) == said
