"""Details of this computer that spare the helper questions: short strings by key, shown to the person before they are sent.

Read with the standard library alone, and nothing of the person's files. What cannot be known is left out.
"""

import asyncio
import contextlib
import os
import platform as machine
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from common.host.computer import Computer
from common.host.computer_details import ROOT, read_fields, system_name
from common.host.version import VERSION
from common.host.words import _
from common.protocol.texts import TEXT_LIMIT
from user_agent.servers.base import ScreenChoice
from user_agent.servers.monitors import find

KEYS: Final = (
    "system", "desktop", "computer", "processor", "memory", "disk", "screens", "language", "uptime", "tasuki",
)  # fmt: skip
"""All there may be, in the order in which they are shown."""
PATIENCE: Final = 5.0  # seconds for a program of the system's

_GIB: Final = 1 << 30


async def details(computer: Computer, *, withheld: Iterable[str] = ()) -> dict[str, str]:
    """What `read` finds, gathered in a thread."""
    return await asyncio.to_thread(lambda: read(computer, screens=find(computer), withheld=withheld))


def read(
    computer: Computer, *, screens: tuple[ScreenChoice, ...] = (), withheld: Iterable[str] = (), root: Path = ROOT
) -> dict[str, str]:
    """The details, in the order of KEYS, but for those `withheld`. It waits for the disk. `root` is where /proc and /etc are."""
    readers: dict[str, Callable[[], str]] = {
        "system": lambda: system_name(computer.platform, root),
        "desktop": lambda: _desktop(computer.environ),
        "computer": machine.node,
        "processor": lambda: _processor(computer, root),
        "memory": lambda: _memory(computer.platform, root),
        "disk": lambda: _disk(computer),
        "screens": lambda: ", ".join(f"{one.width}×{one.height} {one.name}".strip() for one in screens),
        "language": lambda: _language(computer),
        "uptime": lambda: _uptime(computer.platform, root),
        "tasuki": lambda: VERSION,
    }
    unwanted = set(withheld)
    found: dict[str, str] = {}
    for key in KEYS:
        if key in unwanted:
            continue
        with contextlib.suppress(OSError, ValueError, AttributeError, subprocess.SubprocessError):
            text = _plain(readers[key]())
            if text:
                found[key] = text
    return found


def _plain(text: str) -> str:
    """On one line, of printable characters, and no longer than the protocol takes."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())[:TEXT_LIMIT]


def _desktop(environ: Mapping[str, str]) -> str:
    named = environ.get("XDG_CURRENT_DESKTOP", ""), environ.get("XDG_SESSION_TYPE", "")
    return ", ".join(one for one in named if one)


def _processor(computer: Computer, root: Path) -> str:
    if computer.platform == "win32":
        name = computer.environ.get("PROCESSOR_IDENTIFIER", "")
    elif computer.platform == "darwin":
        name = _said(["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"])
    else:
        fields = read_fields(root / "proc/cpuinfo", ":")
        name = fields.get("model name") or fields.get("Model") or ""
    return f"{name or machine.machine()}, {os.cpu_count() or 1}×"


def _memory(platform: str, root: Path) -> str:
    if platform == "win32":
        return f"{_windows_memory() / _GIB:.1f} GiB"
    if platform == "darwin":
        return f"{_physical_memory() / _GIB:.1f} GiB"
    fields = read_fields(root / "proc/meminfo", ":")
    total, free = (int(fields[name].split()[0]) * 1024 / _GIB for name in ("MemTotal", "MemAvailable"))
    return _free(f"{total:.1f}", f"{free:.1f}")


def _disk(computer: Computer) -> str:
    home = computer.environ.get("USERPROFILE" if computer.platform == "win32" else "HOME") or "/"
    usage = shutil.disk_usage(home)
    return _free(f"{usage.total / _GIB:.0f}", f"{usage.free / _GIB:.0f}")


def _free(total: str, free: str) -> str:
    return _("{total} GiB ({free} GiB free)").format(total=total, free=free)


def _language(computer: Computer) -> str:
    if computer.platform == "darwin" and not computer.environ.get("LANG"):
        return _said(["/usr/bin/defaults", "read", "-g", "AppleLocale"])
    if computer.platform == "win32":
        return _windows_language()
    named = (computer.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return next((one for one in named if one), "")


def _uptime(platform: str, root: Path) -> str:
    if platform == "linux":
        seconds = float((root / "proc/uptime").read_text(encoding="ascii").split()[0])
    else:
        seconds = _since_boot()
    days, rest = divmod(int(seconds), 86400)
    return f"{f'{days} d ' if days else ''}{rest // 3600:02}:{rest % 3600 // 60:02}"


def _since_boot() -> float:
    """In seconds, on Windows and macOS. There `time.monotonic` stands still while a Mac sleeps (mach_absolute_time)."""
    if sys.platform == "win32":
        return time.monotonic()
    return time.clock_gettime(time.CLOCK_MONOTONIC)


def _said(command: list[str]) -> str:
    return subprocess.run(
        command, capture_output=True, check=True, timeout=PATIENCE, encoding="utf-8", errors="replace"
    ).stdout.strip()


def _physical_memory() -> int:
    if sys.platform == "win32":
        raise OSError
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _windows_memory() -> int:
    if sys.platform != "win32":
        raise OSError
    import ctypes

    class MemoryStatus(ctypes.Structure):
        _fields_ = (
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            ("total", ctypes.c_ulonglong),
            ("rest", ctypes.c_ulonglong * 6),
        )

    status = MemoryStatus(length=ctypes.sizeof(MemoryStatus))
    if not ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
        raise ctypes.WinError()
    return int(status.total)


def _windows_language() -> str:
    if sys.platform != "win32":
        raise OSError
    import ctypes

    name = ctypes.create_unicode_buffer(85)  # LOCALE_NAME_MAX_LENGTH
    ctypes.windll.kernel32.GetUserDefaultLocaleName(name, len(name))
    return name.value
