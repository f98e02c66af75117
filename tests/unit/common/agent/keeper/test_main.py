"""The keeper leaves nothing behind, whatever its programs do and however the agent dies."""

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from common.agent.keeper import client as keeper_client
from common.agent.keeper.client import LONGEST_BASE, Keeper, plain_base, short_base
from common.agent.keeper.process_table import descendants, shared_memory
from common.host.errors import TasukiError
from tests.support.marks import needs


def linux(call: str) -> pytest.MarkDecorator:
    """It asks the kernel of Linux."""
    return pytest.mark.skipif(sys.platform != "linux", reason=f"not on Windows: {call}")


NOTHING = [sys.executable, "-c", ""]
SLEEPING = [sys.executable, "-c", "import time; time.sleep(600)"]

# A program that ignores SIGTERM and has a double-forked child of its own session that ignores it too.
STUBBORN = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    with open(sys.argv[1] + ".new", "w") as file:
        file.write(f"{os.getpid()} {os.getppid()}")
    os.rename(sys.argv[1] + ".new", sys.argv[1])
time.sleep(600)
"""

AGENT = """
import asyncio, sys
from pathlib import Path
from common.agent.keeper.client import Keeper

async def main():
    keeper = await Keeper.launch()
    folder = await keeper.temporary_folder()
    (folder / "secret").write_text("x")
    program = await keeper.start([sys.executable, "-c", sys.argv[2], sys.argv[1]])
    print(keeper.pid, program.pid, folder, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


def alive(pid: int) -> bool:
    """Whether the process runs (a zombie does not)."""
    if sys.platform == "win32":
        process = ctypes.windll.kernel32.OpenProcess(0x100000, False, pid)  # SYNCHRONIZE
        runs = bool(process) and ctypes.windll.kernel32.WaitForSingleObject(process, 0) == 258  # WAIT_TIMEOUT
        ctypes.windll.kernel32.CloseHandle(process)
        return runs
    try:
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
    except OSError:
        return False
    return state not in {b"Z", b"X"}


def eventually(condition: Callable[[], bool], seconds: float) -> float:
    """Wait for a fact about other processes, of which nothing tells us; returns how long it took."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < seconds, "it did not come about in time"
        time.sleep(0.01)
    return time.monotonic() - start


async def test_program_starts_and_its_exit_is_told() -> None:
    """A program's exit code and the end of its output reach the agent."""
    keeper = await Keeper.launch()
    program = await keeper.start([sys.executable, "-c", "print('seen'); raise SystemExit(7)"])
    how = await program.wait()
    assert (how.code, how.signal, how.output.splitlines()) == (7, None, ["seen"])
    await keeper.close()


async def test_stdin_is_handed_over() -> None:
    """What a program is to read on stdin arrives there, with its end."""
    keeper = await Keeper.launch()
    program = await keeper.start([sys.executable, "-c", "print(input()[::-1])"], stdin=b"drowssap\n")
    assert (await program.wait()).output.splitlines() == ["password"]
    await keeper.close()


async def test_a_program_that_is_not_there_is_an_error() -> None:
    """A command that does not exist raises an error for a person, and the keeper goes on."""
    keeper = await Keeper.launch()
    with pytest.raises(TasukiError) as caught:
        await keeper.start(["/nowhere/at-all"])
    assert caught.value.code == "program_failed"
    assert (await (await keeper.start(NOTHING)).wait()).code == 0
    await keeper.close()


@linux("/proc/self/status")
async def test_programs_ignore_no_signal_that_their_agent_ignores() -> None:
    """A shell's background job ignores SIGINT and SIGQUIT, `nohup` SIGHUP; a VNC server would do so for its whole life."""
    numbers = (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGPIPE)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        keeper = await Keeper.launch()
        program = await keeper.start(["grep", "SigIgn", "/proc/self/status"])
        ignored = int((await program.wait()).output.split()[1], 16)
        assert [number for number in numbers if ignored >> number - 1 & 1] == []
        await keeper.close()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@needs("signal.SIGKILL")
async def test_stop_ends_a_program_that_ignores_the_signal() -> None:
    """A program that ignores SIGTERM is killed within the grace; others run on."""
    keeper = await Keeper.launch()
    ignoring = "import signal, time; signal.signal(15, 1); print('up', flush=True); time.sleep(600)"
    other = await keeper.start(SLEEPING)
    program = await keeper.start([sys.executable, "-c", ignoring])
    how = await asyncio.wait_for(program.stop(), 5)
    assert how.signal in {signal.SIGKILL, signal.SIGTERM}
    assert alive(other.pid)
    await keeper.close()
    assert not alive(other.pid)


SEGMENT = """
import ctypes, time
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
for size in (4096, 8192):
    libc.shmat(libc.shmget(0, size, 0o1600), None, 0)
print("up", flush=True)
time.sleep(600)
"""


ATTACHED = """
import ctypes, sys, time
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
for segment in sys.argv[1:]:
    assert libc.shmat(int(segment), None, 0) not in (None, ctypes.c_void_p(-1).value)
print("attached", flush=True)
time.sleep(600)
"""


def segments(creator: int) -> int:
    """How many segments of System V shared memory there are of this process."""
    return len(shared_memory().get(creator, []))


@linux("shmget")
async def test_shared_memory_of_a_killed_program_is_released() -> None:
    """Whoever killed it; another program's stays. One that is still attached, as an X server is, has it until it lets go."""
    keeper = await Keeper.launch()
    first, second = await keeper.start([sys.executable, "-c", SEGMENT]), await keeper.start(SLEEPING)
    third = await keeper.start([sys.executable, "-c", SEGMENT])
    await asyncio.to_thread(eventually, lambda: segments(first.pid) == segments(third.pid) == 2, 10)
    names = map(str, shared_memory()[first.pid])
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", ATTACHED, *names, stdout=asyncio.subprocess.PIPE)
    assert other.stdout is not None
    assert await other.stdout.readline() == b"attached\n"
    os.kill(first.pid, signal.SIGKILL)
    await first.wait()
    other.kill()
    await other.wait()
    assert (segments(first.pid), segments(third.pid)) == (0, 2)
    os.kill(keeper.pid, signal.SIGTERM)
    await second.wait()
    await keeper.close()
    assert segments(third.pid) == 0


@needs("os.fork")
async def test_close_ends_everything(tmp_path: Path) -> None:
    """close() returns when programs, double-forked and TERM-ignoring ones too, are gone, and its folders too."""
    keeper = await Keeper.launch()
    file = tmp_path / "file"
    file.write_text("x")
    keeper.remove_at_end(file)
    keeper.remove_at_end(tmp_path / "absent")
    folder = await keeper.temporary_folder()
    assert folder.stat().st_mode & 0o777 == 0o700
    mark = tmp_path / "mark"
    await keeper.start([sys.executable, "-c", STUBBORN, str(mark)])
    eventually(mark.exists, 10)
    kept = descendants(keeper.pid)
    assert len(kept) >= 2
    start = time.monotonic()
    await keeper.close()
    print(f"everything gone after {time.monotonic() - start:.2f} s (promised: 2)")
    assert not [pid for pid in kept if alive(pid)]
    assert not file.exists()
    assert not folder.exists()
    await keeper.close()


@needs("os.fork")
@pytest.mark.parametrize("end", ["SIGKILL", "SIGTERM", "SIGINT"])
def test_nothing_is_left_when_the_agent_dies(tmp_path: Path, end: str) -> None:
    """An agent killed in any way leaves no process and no folder."""
    mark = tmp_path / "mark"
    agent = subprocess.Popen(
        [sys.executable, "-c", AGENT, str(mark), STUBBORN],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert agent.stdout is not None
    keeper, program, folder = agent.stdout.readline().split()
    eventually(mark.exists, 10)
    kept = descendants(int(keeper)) | {int(keeper), int(program)}
    assert len(kept) >= 3
    agent.send_signal(signal.Signals[end])
    agent.wait()
    agent.stdout.close()
    took = eventually(lambda: not any(alive(pid) for pid in kept), 10)
    print(f"everything gone after {took:.2f} s (promised: 2)")
    assert not Path(folder).exists()


@needs("signal.SIGKILL")
async def test_children_die_with_a_killed_keeper() -> None:
    """Where the keeper itself is killed, its children die with it, and the agent hears that they ended."""
    keeper = await Keeper.launch()
    program = await keeper.start(SLEEPING)
    os.kill(keeper.pid, signal.SIGKILL)
    await asyncio.wait_for(program.wait(), 5)
    eventually(lambda: not alive(program.pid), 5)
    with pytest.raises(TasukiError):
        await keeper.start(NOTHING)
    await keeper.close()


async def test_what_is_discarded_is_gone_at_once_and_forgotten(tmp_path: Path) -> None:
    """A session's folder goes with the session; what comes to lie in its place afterwards is not the keeper's."""
    keeper = await Keeper.launch()
    folder = await keeper.temporary_folder()
    (folder / "secret").write_text("x")
    await keeper.discard(folder)
    assert not folder.exists()
    await keeper.discard(folder)
    folder.mkdir()
    await keeper.close()
    assert folder.exists()
    folder.rmdir()
    with pytest.raises(TasukiError):
        await keeper.discard(tmp_path)


@needs("signal.SIGSTOP")
async def test_a_keeper_that_does_nothing_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped, as by a debugger: what was wished for fails in time, and once it goes on nothing is left running."""
    monkeypatch.setattr(keeper_client, "ANSWER_TIMEOUT", 0.2)
    keeper = await Keeper.launch()
    os.kill(keeper.pid, signal.SIGSTOP)
    with pytest.raises(TasukiError) as caught:
        await keeper.start(SLEEPING)
    assert caught.value.code == "program_failed"
    with pytest.raises(TasukiError) as caught:
        await keeper.discard(tmp_path / "absent")
    assert caught.value.code == "keeper_failed"
    os.kill(keeper.pid, signal.SIGCONT)
    await asyncio.to_thread(eventually, lambda: not descendants(keeper.pid), 5)
    await keeper.close()


async def test_a_start_that_is_cancelled_leaves_no_program() -> None:
    """Whether the keeper was quicker or not: what was cancelled before it was told of is ended."""
    keeper = await Keeper.launch()
    before = descendants(keeper.pid)  # on Windows the console that it has for its programs
    for argv in (SLEEPING, ["/nowhere/at-all"]):
        starting = asyncio.ensure_future(keeper.start(argv))
        await asyncio.sleep(0)
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
    assert (await (await keeper.start(NOTHING)).wait()).code == 0
    eventually(lambda: descendants(keeper.pid) == before, 5)
    await keeper.close()


PACKAGED = """
import sys
from common.agent.keeper import main as keeper
if sys.argv[1:] == [keeper.ARGUMENT]:
    loaded = {name.partition(".")[0] for name in sys.modules}
    assert not loaded & {"twisted", "PySide6", "OpenSSL", "asyncio", "msgspec"}, loaded
    keeper.main()
"""


@needs("exec of a script")
async def test_a_packaged_program_is_its_own_keeper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There sys.executable is the program, and no python: it runs the keeper from its own modules, and loads little."""
    program = tmp_path / "program"
    (tmp_path / "main.py").write_text(PACKAGED)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{tmp_path}/main.py" "$@"\n')
    program.chmod(0o755)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(program))
    monkeypatch.setenv("PYTHONPATH", str(Path(keeper_client.__file__).parents[3]))
    keeper = await Keeper.launch()
    await keeper.put_back_at_end(tmp_path / "journal")
    assert (await (await keeper.start(NOTHING)).wait()).code == 0
    await keeper.close()


@needs("socket.AF_UNIX")
def test_sockets_have_room_in_temporary_folders(tmp_path: Path) -> None:
    """A base whose path is long, absent or not ours to write is passed over: VNC servers break on long sockets' paths."""
    long = tmp_path / ("x" * LONGEST_BASE)
    long.mkdir()
    assert short_base("", str(long), str(tmp_path / "absent"), "/var/tmp") == Path("/var/tmp")
    assert short_base(str(long)) == Path("/tmp")


def test_temporary_folders_of_windows_have_plain_names(tmp_path: Path) -> None:
    """A user name in kanji, or with a space, is in no path that a program of the ANSI code page is given, where that can be."""
    named, public = tmp_path / "助け手 a", tmp_path / "Public"
    named.mkdir()
    public.mkdir()
    assert plain_base(str(tmp_path), {}) == tmp_path
    assert plain_base(str(named), {}, short=lambda _: str(public)) == public
    assert plain_base(str(named), {"PUBLIC": str(public)}, short=str) == public
    assert plain_base(str(named), {"PUBLIC": str(tmp_path / "absent")}, short=str) == named


AS_ON_WINDOWS = """
import importlib.util, sys
def load(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
keeper = load("keeper", {keeper!r})
at_end = keeper.AtEnd()
load("keeper_windows", {windows!r}).WindowsKeeper(keeper.Commands(at_end), keeper.emit, keeper.beside("process_table")).run()
at_end.run()
"""


async def test_the_windows_keeper_knows_the_same_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its Job it runs here too: programs start, exit, are stopped, and folders are removed."""
    script = tmp_path / "as_on_windows.py"
    windows = keeper_client.KEEPER.with_name("windows.py")
    script.write_text(AS_ON_WINDOWS.format(keeper=str(keeper_client.KEEPER), windows=str(windows)))
    monkeypatch.setattr(keeper_client, "KEEPER", script)
    keeper = await Keeper.launch()
    how = await (await keeper.start([sys.executable, "-c", "print(input()); raise SystemExit(3)"], stdin=b"in")).wait()
    assert (how.code, how.output.splitlines()) == (3, ["in"])
    with pytest.raises(TasukiError):
        await keeper.start(["/nowhere/at-all"])
    await keeper.put_back_at_end(tmp_path / "journal")
    folder, early = await keeper.temporary_folder(), await keeper.temporary_folder()
    await keeper.discard(early)
    assert not early.exists()
    stopped = await keeper.start(SLEEPING)
    await asyncio.wait_for(stopped.stop(), 5)
    left = await keeper.start(SLEEPING)
    await keeper.close()
    assert not folder.exists()
    eventually(lambda: not alive(left.pid), 5)
