"""The keeper on Linux and macOS. On Linux it is a subreaper, whose children die with it; macOS has neither.

Loaded by main.py as a file of its own, standard library only. It has one thread: PR_SET_PDEATHSIG, which its children get,
follows the thread that forked them.
"""

import base64
import contextlib
import ctypes
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any, Protocol

if sys.platform == "win32":
    raise ImportError("windows.py is the one for Windows")

GRACE = 1.0  # seconds between SIGTERM and SIGKILL
TAIL = 4096  # bytes of a program's output that are kept
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


class _Commands(Protocol):
    table: dict[str, Callable[..., None]]

    def obey(self, line: bytes) -> None: ...


class PosixKeeper:
    """The keeper on Linux and macOS: one selector over its stdin, its children's output and SIGCHLD."""

    def __init__(self, commands: _Commands, emit: Callable[..., None], processes: Any) -> None:
        """`processes`: the module process_table, which lies beside this one."""
        self._commands = commands
        commands.table |= {"start": self._start, "stop": self._stop}
        self._emit = emit
        self._processes = processes
        self._selector = selectors.DefaultSelector()
        self._programs: dict[int, str] = {}  # process id → id
        self._outputs: dict[str, int] = {}  # id → the read end of its output
        self._tails: dict[str, bytes] = {}
        self._kill_at: list[tuple[float, set[int]]] = []
        self._buffer = b""
        self._ended = False
        self._prctl: Any = ctypes.CDLL(None, use_errno=True).prctl if sys.platform == "linux" else None

    def run(self) -> None:
        """Serve until the input ends (or SIGTERM), then end every program."""
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
        self._emit("ready")
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
            self._commands.obey(line)

    def _start(self, *, id: str, argv: list[str], env: dict[str, str] | None, stdin: str) -> None:  # noqa: A002  # as on the wire
        name = id
        me, prctl = os.getpid(), self._prctl

        def in_child() -> None:
            # Ignored here, or by a shell that started the agent in the background: a program would ignore them for ever.
            for changed in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGPIPE):
                signal.signal(changed, signal.SIG_DFL)
            if prctl is not None:
                prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
                if os.getppid() != me:
                    os._exit(127)

        read, write = os.pipe()
        try:
            process = subprocess.Popen(
                argv,
                env=env,
                stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
                stdout=write,
                stderr=write,
                start_new_session=True,
                preexec_fn=in_child,  # noqa: PLW1509 -- this process has one thread
            )
        except (OSError, subprocess.SubprocessError) as error:
            os.close(read)
            self._emit("failed", id=name, detail=getattr(error, "strerror", None) or str(error))
            return
        finally:
            os.close(write)
        if process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.write(base64.b64decode(stdin))
                process.stdin.close()
        process.returncode = 0  # this loop reaps; Popen must not
        os.set_blocking(read, False)
        self._programs[process.pid] = name
        self._outputs[name], self._tails[name] = read, b""
        self._selector.register(read, selectors.EVENT_READ, lambda _, name=name: self._read_output(name))
        self._emit("started", id=name, pid=process.pid)

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
            self._emit(
                "exited",
                id=name,
                code=code if code >= 0 else None,
                signal=-code if code < 0 else None,
                output=self._tails.pop(name).decode("utf-8", "replace"),
            )

    def _stop(self, *, id: str) -> None:  # noqa: A002  # as on the wire
        for pid, name in self._programs.items():
            if name == id:
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
