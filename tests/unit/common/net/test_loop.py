"""The one loop, in processes of its own: exit codes, signals, and that everything is cleaned up."""

import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.marks import needs

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


@needs("kill")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_as_asked(number: signal.Signals) -> None:
    """`finally` clauses run, and the exit code is 0."""
    with running(WAITING.format(slow=False)) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out, err) == (0, "cleaning up\n", "")


@needs("kill")
def test_sigint_ends_it_in_the_background_too() -> None:
    """A shell starts its background jobs with SIGINT ignored; the program takes it all the same."""
    program = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n" + WAITING.format(slow=False)
    with running(program) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out, err) == (0, "cleaning up\n", "")


@needs("kill")
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


RESET = """
import asyncio, socket, struct, sys
from common.net.loop import new_loop

async def pair():
    listener = socket.create_server(("127.0.0.1", 0))
    near = socket.create_connection(listener.getsockname())
    far, _ = listener.accept()
    listener.close()
    near.setblocking(False)
    return near, far

def reset(far):
    near_has_sent = far.recv(10)
    far.sendall(b"last words")
    far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    far.close()

async def main():
    loop = asyncio.get_running_loop()
    for paused in (False, True):
        near, far = await pair()
        heard = []
        ended = asyncio.Event()
        def read():  # a little at a time, as Twisted does
            try:
                heard.append(near.recv(4))
            except OSError as error:
                heard.append(type(error).__name__)
                assert loop.remove_reader(near)
                ended.set()
        near.send(b"x")
        if not paused:
            loop.add_reader(near, read)
        reset(far)
        if paused:
            await asyncio.sleep(0.05)
            loop.add_reader(near, read)
        async with asyncio.timeout(10):
            await ended.wait()
        print(heard)
        near.close()
    # somebody writes before what was given up is known
    near, far = await pair()
    told = []
    def write():
        told.append("write")
        loop.remove_writer(near.fileno())
    def read_once():
        told.append("read")
        if len(told) == 1:
            near.recv(1)
            loop.call_soon(loop.add_writer, near.fileno(), write)
        elif told.count("read") == 3:
            loop.remove_reader(near.fileno())
    loop.add_reader(near.fileno(), read_once)
    near.send(b"x")
    reset(far)
    async with asyncio.timeout(10):
        while not {"read", "write"} <= set(told) or told.count("read") < 3:
            await asyncio.sleep(0)
    print(loop.remove_reader(near.fileno()), loop.remove_writer(near.fileno()))
    near.close()
    # a number that comes again is not the one that was given up
    near, far = await pair()
    number = near.fileno()
    loop.add_reader(number, lambda: (near.recv(4), loop.remove_reader(number), near.close()))
    near.send(b"x")
    reset(far)
    while near.fileno() != -1:
        await asyncio.sleep(0)
    again, far = await pair()
    print(again.fileno() == number)
    came = asyncio.Event()
    loop.add_reader(again.fileno(), lambda: (again.recv(4), came.set()))
    far.send(b"here")
    async with asyncio.timeout(10):
        await came.wait()
    loop.remove_reader(again.fileno())
    again.close(), far.close()

loop = new_loop()
print(type(loop).__name__)
loop.run_until_complete(main())
loop.close()
"""


@needs("uvloop")
def test_a_reset_is_told_until_it_was_seen() -> None:
    """What came before it is read first, piece by piece; a reader that was paused hears of it too, and so does a writer."""
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", RESET],
        cwd=HOUSE,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    heard = "[b'last', b' wor', b'ds', 'ConnectionResetError']\n"
    assert done.stdout == f"UvLoop\n{heard}{heard}False False\nTrue\n"
