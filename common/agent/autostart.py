"""Starting with the desktop, for this person only: XDG autostart, the registry's Run key, or a launch agent."""

import os
import plistlib
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

from common.agent.packaged import windowed
from common.host.errors import TasukiError
from common.host.files import write_atomic
from common.protocol.identity import Role

RUN_KEY: Final = r"Software\Microsoft\Windows\CurrentVersion\Run"
_TITLES: Final = {Role.USER: "Tasuki: get help", Role.HELPER: "Tasuki: help others"}
_RESERVED: Final = '"`$\\'  # what a quoted argument of a desktop entry escapes


class RunKey(Protocol):
    """The values under RUN_KEY of HKEY_CURRENT_USER."""

    def get(self, name: str) -> str | None:
        """The value, None where there is none."""

    def set(self, name: str, value: str | None) -> None:
        """Write it, or take it away. Raises OSError."""


class Autostart:
    """Whether one program starts with the desktop. `argv` is the command that starts it; it waits for the disk."""

    def __init__(
        self,
        role: Role,
        platform: str,
        environ: Mapping[str, str],
        argv: Sequence[str],
        *,
        run_key: RunKey | None = None,
    ) -> None:
        self._role = role
        self._argv = tuple(argv)
        self._name = f"tasuki-{role.value}"
        self._path = _path(self._name, platform, environ)
        self._platform = platform
        self._run_key = run_key or (windows_run_key() if platform == "win32" else None)

    @property
    def enabled(self) -> bool:
        """Whether it starts, with this command or another."""
        if self._path is None:
            return self._run_key is not None and self._run_key.get(self._name) is not None
        try:
            content = self._path.read_bytes()
        except OSError:
            return False
        return b"\nHidden=true" not in content and b"\nX-GNOME-Autostart-enabled=false" not in content

    def set(self, on: bool) -> None:
        """From the next login on. Raises TasukiError `file_not_written`."""
        try:
            if self._path is not None:
                self._write(self._path, on)
            elif self._run_key is not None:
                self._run_key.set(self._name, _windows_command(self._argv) if on else None)
        except OSError as error:
            path = self._path or RUN_KEY
            raise TasukiError("file_not_written", path=path, detail=error.strerror) from error

    def _write(self, path: Path, on: bool) -> None:
        if not on:
            path.unlink(missing_ok=True)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, self._launch_agent() if self._platform == "darwin" else self._desktop_entry())

    def _desktop_entry(self) -> bytes:
        lines = (
            "[Desktop Entry]",
            "Type=Application",
            f"Name={_TITLES[self._role]}",
            f"Exec={_desktop_command(self._argv)}",
            "Terminal=false",
        )
        return ("\n".join(lines) + "\n").encode()

    def _launch_agent(self) -> bytes:
        label = f"org.tasuki.{self._role.value}"
        return plistlib.dumps(
            {
                "Label": label,
                "ProgramArguments": list(self._argv),
                "RunAtLoad": True,
                "ProcessType": "Interactive",  # else launchd throttles its processor time, and a session's with it
            }
        )


def command_of(role: Role, program: Path, arguments: Sequence[str]) -> tuple[str, ...]:
    """What starts the program that runs now, without a console: itself where it is packaged or a script, else Python.

    (On Windows the script that pip makes has a console.)
    """
    if getattr(sys, "frozen", False):
        return (str(windowed(program)), *arguments)
    if sys.platform != "win32" and program.name != "__main__.py" and os.access(program, os.X_OK):
        return (str(program), *arguments)
    return (str(windowed(Path(sys.executable))), "-P", "-m", f"{role.value}_agent", *arguments)


def _path(name: str, platform: str, environ: Mapping[str, str]) -> Path | None:
    home = environ.get("HOME", "")
    if platform == "darwin" and home:
        return Path(home) / "Library" / "LaunchAgents" / f"org.{name.replace('-', '.')}.plist"
    if platform == "linux":
        configured = environ.get("XDG_CONFIG_HOME", "")
        folder = Path(configured) if Path(configured).is_absolute() else Path(home) / ".config" if home else None
        return folder / "autostart" / f"{name}.desktop" if folder is not None else None
    return None


def _desktop_command(argv: Sequence[str]) -> str:
    """Quoted as the Desktop Entry Specification wants it: reserved characters escaped, then the string's own backslashes."""
    return " ".join(_desktop_argument(argument) for argument in argv)


def _desktop_argument(argument: str) -> str:
    text = argument.replace("%", "%%")
    if shlex.quote(argument) == argument:
        return text
    quoted = "".join(f"\\{one}" if one in _RESERVED else one for one in text)
    return '"' + quoted.replace("\\", "\\\\") + '"'


def _windows_command(argv: Sequence[str]) -> str:

    return subprocess.list2cmdline(argv)


class _Registry:
    """The real one."""

    def get(self, name: str) -> str | None:
        if sys.platform != "win32":
            return None
        import winreg

        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, RUN_KEY) as key:
                return str(winreg.QueryValueEx(key, name)[0])
        except OSError:
            return None

    def set(self, name: str, value: str | None) -> None:
        if sys.platform != "win32":
            return
        import winreg

        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, RUN_KEY) as key:
            if value is not None:
                winreg.SetValueEx(key, name, 0, winreg.REG_SZ, value)
                return
            try:
                winreg.DeleteValue(key, name)
            except FileNotFoundError:
                return


def windows_run_key() -> RunKey | None:
    """The registry of this computer; None where it has none."""
    return _Registry() if sys.platform == "win32" else None
