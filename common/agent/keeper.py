"""The keeper: a small process that holds every program an agent starts, and leaves nothing behind when the agent goes.

It runs by itself (`python -I -S keeper.py`, or a packaged program with ARGUMENT), standard library only, one thread:
PR_SET_PDEATHSIG, which its children get, follows the thread that forked them. The agent talks to it over its stdin, one JSON object a line; the end of
that input, however it came about, means: end everything, put settings back, remove what was registered, within 2 s.

    in:  {"do": "start", "id", "argv", "env", "cwd", "stdin"}   {"do": "stop", "id"}   {"do": "at_end", "argv"}
         {"do": "remove", "path"}: at the end   {"do": "discard", "path"}: now
         {"do": "restore_file", "path"}   {"do": "put_back", "path", "owner"}: what keeper_journal has written down
    out: {"event": "ready"}   {"event": "started", "id", "pid"}   {"event": "failed", "id", "detail"}
         {"event": "exited", "id", "code", "signal", "output"}    {"event": "done", "about"}

Restores happen in the reverse order of their registration, after the programs have gone.
"""

import base64
import contextlib
import ctypes
import importlib
import importlib.util
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

ARGUMENT = "--keeper"  # a packaged program with this alone is its own keeper: there is no python to start there
GRACE = 1.0  # seconds between SIGTERM and SIGKILL
AT_END_TIME = 0.4  # seconds that one command may take at the end
TAIL = 4096  # bytes of a program's output that are kept
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def emit(event: str, **facts: object) -> None:
    """Tell the agent. It may have gone: then nobody listens, and the work goes on."""
    with contextlib.suppress(OSError):
        data = json.dumps({"event": event, **facts}).encode() + b"\n"
        while data:
            data = data[os.write(1, data) :]


def remove(path: str) -> None:
    """Remove a file or a whole folder; what is not there is fine."""
    if os.path.isdir(path) and not os.path.islink(path):  # noqa: PTH112, PTH114 -- pathlib is slow to load
        shutil.rmtree(path, ignore_errors=True)
        return
    with contextlib.suppress(OSError):
        os.unlink(path)  # noqa: PTH108


class AtEnd:
    """What is to be put back at the end, in reverse order; common to every platform."""

    def __init__(self) -> None:
        self._steps: list[Callable[[], None]] = []
        self._paths: list[str] = []

    def add(self, step: Callable[[], None]) -> None:
        """Do `step` at the end."""
        self._steps.append(step)

    def remove(self, path: str) -> None:
        """Remove `path` at the very end."""
        self._paths.append(path)

    def discard(self, path: str) -> None:
        """Remove `path` now; the end has nothing to do with it any more."""
        remove(path)
        self._paths = [other for other in self._paths if other != path]

    def put_back(self, path: str, owner: str) -> None:
        """Put back what the journal at `path` holds at the end, where this keeper's agent has written it."""
        journal = beside("keeper_journal")
        registry = journal.windows_registry()
        if registry is not None:
            self._steps.append(lambda: journal.put_back(path, registry, owner=owner))

    def restore_file(self, path: str) -> None:
        """Remember what the file holds now, or that it is absent."""
        try:
            with open(path, "rb") as file:  # noqa: PTH123
                content = file.read()
            mode = os.stat(path).st_mode & 0o7777  # noqa: PTH116
        except FileNotFoundError:
            self._steps.append(lambda: remove(path))
            return
        self._steps.append(lambda: _write(path, content, mode))

    def command(self, argv: list[str]) -> None:
        """Run `argv` at the end."""
        self._steps.append(lambda: _run(argv))

    def obey(self, command: dict[str, Any]) -> None:
        """A command that is the same on every platform."""
        match command["do"]:
            case "remove":
                self.remove(command["path"])
            case "discard":
                self.discard(command["path"])
            case "restore_file":
                self.restore_file(command["path"])
            case "put_back":
                self.put_back(command["path"], command["owner"])
            case "at_end":
                self.command(command["argv"])

    def run(self) -> None:
        """Put everything back; one step's failure does not stop the others."""
        for step in reversed(self._steps):
            with contextlib.suppress(Exception):
                step()
        for path in self._paths:
            remove(path)
        self._steps.clear()
        self._paths.clear()


def _write(path: str, content: bytes, mode: int) -> None:
    beside = path + ".tasuki"
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    os.replace(beside, path)  # noqa: PTH105


def _run(argv: list[str]) -> None:
    subprocess.run(argv, timeout=AT_END_TIME, check=False, stdin=subprocess.DEVNULL, capture_output=True)


class PosixKeeper:
    """The keeper on Linux and macOS: one selector over its stdin, its children's output and SIGCHLD."""

    def __init__(self) -> None:
        self._at_end = AtEnd()
        self._processes = beside("keeper_processes")
        self._selector = selectors.DefaultSelector()
        self._programs: dict[int, str] = {}  # process id → id
        self._outputs: dict[str, int] = {}  # id → the read end of its output
        self._tails: dict[str, bytes] = {}
        self._kill_at: list[tuple[float, set[int]]] = []
        self._buffer = b""
        self._ended = False
        self._prctl: Any = ctypes.CDLL(None, use_errno=True).prctl if sys.platform == "linux" else None

    def run(self) -> None:
        """Serve until the input ends (or SIGTERM), then leave nothing."""
        if self._prctl is not None:
            self._prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        wake_read, wake_write = os.pipe()
        os.set_blocking(wake_read, False)
        os.set_blocking(wake_write, False)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self._on_term)
        for ignored in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(ignored, signal.SIG_IGN)
        self._selector.register(0, selectors.EVENT_READ, self._read_input)
        self._selector.register(wake_read, selectors.EVENT_READ, self._drain)
        emit("ready")
        while not self._ended:
            self._turn()
        self._end_everything()

    def _on_term(self, *_: object) -> None:
        self._ended = True

    def _turn(self) -> None:
        timeout = min((moment for moment, _ in self._kill_at), default=None)
        if timeout is not None:
            timeout = max(0.0, timeout - time.monotonic())
        for key, _ in self._selector.select(timeout):
            key.data(key.fd)
        self._reap()
        now = time.monotonic()
        for moment, pids in [entry for entry in self._kill_at if entry[0] <= now]:
            self._kill_at.remove((moment, pids))
            # An id that was used again belongs to nobody of ours: only what still descends from here is hit.
            self._processes.signal_all(pids & self._processes.descendants(os.getpid()), signal.SIGKILL)

    def _drain(self, descriptor: int) -> None:
        with contextlib.suppress(BlockingIOError):
            while os.read(descriptor, 512):
                pass

    def _read_input(self, descriptor: int) -> None:
        data = os.read(descriptor, 65536)
        if not data:
            self._ended = True
            return
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            self._command(json.loads(line))

    def _command(self, command: dict[str, Any]) -> None:
        match command["do"]:
            case "start":
                self._start(command)
                return
            case "stop":
                self._stop(command["id"])
                return
            case _:
                self._at_end.obey(command)
        emit("done", about=command.get("about"))

    def _start(self, command: dict[str, Any]) -> None:
        name = command["id"]
        me, prctl = os.getpid(), self._prctl

        def in_child() -> None:
            for changed in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
                signal.signal(changed, signal.SIG_DFL)
            if prctl is not None:
                prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
                if os.getppid() != me:
                    os._exit(127)

        read, write = os.pipe()
        try:
            process = subprocess.Popen(
                command["argv"],
                env=command.get("env"),
                cwd=command.get("cwd"),
                stdin=subprocess.PIPE if command.get("stdin") else subprocess.DEVNULL,
                stdout=write,
                stderr=write,
                start_new_session=True,
                preexec_fn=in_child,  # noqa: PLW1509 -- this process has one thread
            )
        except (OSError, subprocess.SubprocessError) as error:
            os.close(read)
            emit("failed", id=name, detail=getattr(error, "strerror", None) or str(error))
            return
        finally:
            os.close(write)
        if process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.write(base64.b64decode(command["stdin"]))
                process.stdin.close()
        process.returncode = 0  # this loop reaps; Popen must not
        os.set_blocking(read, False)
        self._programs[process.pid] = name
        self._outputs[name], self._tails[name] = read, b""
        self._selector.register(read, selectors.EVENT_READ, lambda _, name=name: self._read_output(name))
        emit("started", id=name, pid=process.pid)

    def _read_output(self, name: str) -> bool:
        """Keep the end of what the program printed; False at its end."""
        try:
            data = os.read(self._outputs[name], 65536)
        except BlockingIOError:
            return False
        if not data:
            self._close_output(name)
            return False
        self._tails[name] = (self._tails[name] + data)[-TAIL:]
        return True

    def _close_output(self, name: str) -> None:
        descriptor = self._outputs.pop(name, None)
        if descriptor is not None:
            self._selector.unregister(descriptor)
            os.close(descriptor)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if os.WIFSIGNALED(status):
                self._processes.release_shared_memory(pid)
            name = self._programs.pop(pid, None)
            if name is None:
                continue
            while name in self._outputs and self._read_output(name):
                pass
            self._close_output(name)
            code = os.waitstatus_to_exitcode(status)
            emit(
                "exited",
                id=name,
                code=code if code >= 0 else None,
                signal=-code if code < 0 else None,
                output=self._tails.pop(name).decode("utf-8", "replace"),
            )

    def _stop(self, name: str) -> None:
        for pid, other in self._programs.items():
            if other == name:
                pids = self._processes.descendants(pid) | {pid}
                self._processes.signal_all(pids, signal.SIGTERM)
                self._kill_at.append((time.monotonic() + GRACE, pids))

    def _end_everything(self) -> None:
        me = os.getpid()
        self._processes.signal_all(self._processes.descendants(me), signal.SIGTERM)
        deadline = time.monotonic() + GRACE
        while self._processes.descendants(me):
            self._reap()
            if time.monotonic() >= deadline:  # again and again: a killed parent's children come up one by one
                self._processes.signal_all(self._processes.descendants(me), signal.SIGKILL)
            if time.monotonic() >= deadline + GRACE / 2:
                break  # in uninterruptible sleep: nobody can end it
            time.sleep(0.02)
        self._reap()
        self._at_end.run()


def beside(name: str) -> Any:
    """The module of this name that lies beside this one, which may run as a file by itself, or be one of a package."""
    if __package__:
        return importlib.import_module(f"{__package__}.{name}")
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), f"{name}.py")  # noqa: PTH100, PTH118, PTH120
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> None:
    """Run as the keeper of whoever holds our stdin."""
    if sys.platform == "win32":
        beside("keeper_windows").WindowsKeeper(AtEnd(), emit).run()
    else:
        PosixKeeper().run()


if __name__ == "__main__":
    main()
