"""The keeper on Windows: a Job with kill-on-close holds it and all that it starts.

Loaded by keeper.py as a file of its own, standard library only. When this process ends, in whatever way, the Job's last
handle closes and Windows ends every process in it. Threads read, because a pipe cannot be selected there.
"""

import base64
import contextlib
import ctypes
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any, Protocol

KILL_ON_JOB_CLOSE = 0x2000
EXTENDED_LIMIT_INFORMATION = 9
TAIL = 4096


class _AtEnd(Protocol):
    def obey(self, command: dict[str, Any]) -> None: ...
    def run(self) -> None: ...


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


class WindowsKeeper:
    """The same commands as on other platforms; one queue joins what the threads read."""

    def __init__(self, at_end: _AtEnd, emit: Callable[..., None]) -> None:
        self._at_end = at_end
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
                self._processes.pop(value["id"], None)
                self._emit("exited", **value)
            else:
                self._command(value)
        for process in self._processes.values():
            with contextlib.suppress(OSError):
                process.kill()
        for process in self._processes.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(1.0)
        self._at_end.run()

    def _read_input(self) -> None:
        rest = b""
        while data := os.read(0, 65536):
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self._queue.put(("command", json.loads(line)))
        self._queue.put(("end", None))

    def _command(self, command: dict[str, Any]) -> None:
        match command["do"]:
            case "start":
                self._start(command)
                return
            case "stop":
                if process := self._processes.get(command["id"]):
                    process.kill()
                return
            case _:
                self._at_end.obey(command)
        self._emit("done", about=command.get("about"))

    def _start(self, command: dict[str, Any]) -> None:
        name = command["id"]
        try:
            process = subprocess.Popen(
                command["argv"],
                env=command.get("env"),
                cwd=command.get("cwd"),
                stdin=subprocess.PIPE if command.get("stdin") else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        except OSError as error:
            self._emit("failed", id=name, detail=error.strerror or str(error))
            return
        if process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.write(base64.b64decode(command["stdin"]))
                process.stdin.close()
        self._processes[name] = process
        threading.Thread(target=self._wait, args=(name, process), daemon=True).start()
        self._emit("started", id=name, pid=process.pid)

    def _wait(self, name: str, process: "subprocess.Popen[bytes]") -> None:
        tail = b""
        if process.stdout is not None:
            while data := process.stdout.read1(65536):  # type: ignore[attr-defined]
                tail = (tail + data)[-TAIL:]
        code = process.wait()
        output = tail.decode("utf-8", "replace")
        self._queue.put(("exited", {"id": name, "code": code, "signal": None, "output": output}))
