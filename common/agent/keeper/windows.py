"""The keeper on Windows: a Job with kill-on-close holds it and all that it starts.

Loaded by main.py as a file of its own, standard library only. When this process ends, in whatever way, the Job's last
handle closes and Windows ends every process in it. Threads read, because a pipe cannot be selected there.
"""

import base64
import contextlib
import ctypes
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any, Protocol, Self

KILL_ON_JOB_CLOSE = 0x2000
EXTENDED_LIMIT_INFORMATION = 9
TAIL = 4096
GRACE = 1.0  # seconds for a program to close in good order
LAST_WORDS = 0.2  # seconds for what a program printed to arrive, where one that it started holds its output open
WM_CLOSE = 0x10
MESSAGE_ONLY = -3  # HWND_MESSAGE: the parent of windows that are not seen
PROCESS_TERMINATE = 0x1
CREATE_NO_WINDOW = 0x0800_0000  # subprocess's, which has it on Windows only


class _ProcessTable(Protocol):
    def descendants(self, ancestor: int) -> set[int]: ...


class _Commands(Protocol):
    table: dict[str, Callable[..., None]]

    def obey(self, line: bytes) -> None: ...


class _BasicLimits(ctypes.Structure):
    """JOBOBJECT_BASIC_LIMIT_INFORMATION."""

    _fields_ = (
        ("PerProcessUserTimeLimit", ctypes.c_int64),
        ("PerJobUserTimeLimit", ctypes.c_int64),
        ("LimitFlags", ctypes.c_uint32),
        ("MinimumWorkingSetSize", ctypes.c_size_t),
        ("MaximumWorkingSetSize", ctypes.c_size_t),
        ("ActiveProcessLimit", ctypes.c_uint32),
        ("Affinity", ctypes.c_size_t),
        ("PriorityClass", ctypes.c_uint32),
        ("SchedulingClass", ctypes.c_uint32),
    )


class _ExtendedLimits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION."""

    _fields_ = (
        ("BasicLimitInformation", _BasicLimits),
        ("IoInfo", ctypes.c_uint64 * 6),
        ("ProcessMemoryLimit", ctypes.c_size_t),
        ("JobMemoryLimit", ctypes.c_size_t),
        ("PeakProcessMemoryUsed", ctypes.c_size_t),
        ("PeakJobMemoryUsed", ctypes.c_size_t),
    )


def enter_job(kernel32: Any) -> int:
    """Put this process into a new Job with kill-on-close; the handle must stay open. Raises OSError."""
    kernel32.CreateJobObjectW.restype = ctypes.c_void_p
    kernel32.GetCurrentProcess.restype = ctypes.c_void_p
    job = kernel32.CreateJobObjectW(None, None)
    limits = _ExtendedLimits()
    limits.BasicLimitInformation.LimitFlags = KILL_ON_JOB_CLOSE
    handle = ctypes.c_void_p(job)
    done = job and kernel32.SetInformationJobObject(
        handle, EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), ctypes.sizeof(limits)
    )
    if not done or not kernel32.AssignProcessToJobObject(handle, ctypes.c_void_p(kernel32.GetCurrentProcess())):
        raise OSError("the Job could not be made")
    return int(job)


def windows_of(user32: Any, pid: int) -> list[int]:
    """The handles of this process's windows, those that are never seen among them."""
    user32.FindWindowExW.restype = ctypes.c_void_p
    found: list[int] = []
    for parent in (None, ctypes.c_void_p(MESSAGE_ONLY)):
        window = None
        while window := user32.FindWindowExW(parent, ctypes.c_void_p(window), None, None):
            owner = ctypes.c_uint32()
            user32.GetWindowThreadProcessId(ctypes.c_void_p(window), ctypes.byref(owner))
            if owner.value == pid:
                found.append(window)
    return found


def close_windows(pid: int) -> bool:
    """Tell each window of this process to close; False where it has none."""
    if sys.platform != "win32":
        return False
    user32: Any = ctypes.WinDLL("user32")
    windows = windows_of(user32, pid)
    for window in windows:
        user32.PostMessageW(ctypes.c_void_p(window), WM_CLOSE, None, None)
    return bool(windows)


class Family:
    """What a program has started, held while it is ended: whoever has lost its parent is nobody's child in any later table."""

    def __init__(self, ancestor: int, process_table: _ProcessTable) -> None:
        self._handles: list[int] = []
        self._kernel32: Any = None
        self._ancestor = ancestor
        self._process_table = process_table

    def __enter__(self) -> Self:
        """Hold them: nobody is given their ids meanwhile."""
        if sys.platform == "win32":
            self._kernel32 = ctypes.WinDLL("kernel32")
            self._kernel32.OpenProcess.restype = ctypes.c_void_p
            with contextlib.suppress(OSError):
                for pid in self._process_table.descendants(self._ancestor):
                    if handle := self._kernel32.OpenProcess(PROCESS_TERMINATE, False, pid):
                        self._handles.append(handle)
        return self

    def end(self) -> None:
        """End them, where they have not ended."""
        for handle in self._handles:
            self._kernel32.TerminateProcess(ctypes.c_void_p(handle), 1)

    def __exit__(self, *_: object) -> None:
        for handle in self._handles:
            self._kernel32.CloseHandle(ctypes.c_void_p(handle))


class WindowsKeeper:
    """The same commands as on other platforms; one queue joins what the threads read."""

    def __init__(self, commands: _Commands, emit: Callable[..., None], process_table: _ProcessTable) -> None:
        self._commands = commands
        self._process_table = process_table
        commands.table |= {"start": self._start, "stop": self._stop}
        self._emit = emit
        self._queue: queue.Queue[tuple[str, Any]] = queue.Queue()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def run(self) -> None:
        """Serve until the input ends, then end everything."""
        if sys.platform == "win32":
            enter_job(ctypes.windll.kernel32)
        threading.Thread(target=self._read_input, daemon=True).start()
        self._emit("ready")
        while True:
            what, value = self._queue.get()
            if what == "end":
                break
            if what == "exited":
                name, code, output = value
                self._processes.pop(name, None)
                self._emit("exited", id=name, code=code, signal=None, output=output)
            else:
                self._commands.obey(value)
        ending = [threading.Thread(target=self._end, args=(process,)) for process in self._processes.values()]
        for thread in ending:
            thread.start()
        for thread in ending:
            thread.join()

    def _read_input(self) -> None:
        rest = b""
        with contextlib.suppress(OSError):  # the other end was cut: EINVAL, or another number
            while data := os.read(0, 65536):
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    self._queue.put(("command", line))
        self._queue.put(("end", None))

    def _stop(self, *, id: str) -> None:  # noqa: A002  # as on the wire
        if process := self._processes.get(id):
            threading.Thread(target=self._end, args=(process,), daemon=True).start()

    def _end(self, process: "subprocess.Popen[bytes]") -> None:
        """Its windows are told to close, as a person would; after a second it is ended, and what it has started."""
        with Family(process.pid, self._process_table) as family:
            if close_windows(process.pid):
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(GRACE)
            with contextlib.suppress(OSError):
                process.kill()
            family.end()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)

    def _start(self, *, id: str, argv: list[str], env: dict[str, str] | None, stdin: str) -> None:  # noqa: A002  # as on the wire
        try:
            process = subprocess.Popen(
                argv,
                env=env,
                stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                creationflags=CREATE_NO_WINDOW if sys.platform == "win32" else 0,  # a console program opens none
            )
        except OSError as error:
            self._emit("failed", id=id, detail=error.strerror or str(error))
            return
        if process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.write(base64.b64decode(stdin))
                process.stdin.close()
        self._processes[id] = process
        threading.Thread(target=self._wait, args=(id, process), daemon=True).start()
        self._emit("started", id=id, pid=process.pid)

    def _wait(self, name: str, process: "subprocess.Popen[bytes]") -> None:
        printed = bytearray()
        reading = threading.Thread(target=_read, args=(process, printed), daemon=True)
        reading.start()
        code = process.wait()
        reading.join(LAST_WORDS)
        self._queue.put(("exited", (name, code, bytes(printed).decode("utf-8", "replace"))))


def _read(process: "subprocess.Popen[bytes]", printed: bytearray) -> None:
    """Keep the end of what it prints."""
    if process.stdout is not None:
        with contextlib.suppress(OSError, ValueError):
            while data := process.stdout.read1(65536):  # type: ignore[attr-defined]
                printed[:] = (printed + data)[-TAIL:]
