"""Stand-ins for UltraVNC's and TightVNC's servers on Wine, compiled from tests/windows/stand_ins and laid where the real ones are."""

import functools
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path, PureWindowsPath
from typing import Final

from deploy.demo.programs import until
from deploy.tools import wine
from tests.support.wine import HOUSE, Windows

SOURCES: Final = HOUSE / "tests" / "windows" / "stand_ins"
ULTRAVNC: Final = "1.6.4.0"
DESKTOPS: Final = "STAND_IN_DESKTOPS"
"""The environment variable with the ports of the VNC servers that a stand-in carries on to (stand_in.h)."""
WITHOUT_PIPE: Final = "STAND_IN_WITHOUT_PIPE"
RESOURCES: Final = "x86_64-w64-mingw32-windres"


class StandIn:
    """A program that is installed on a Windows."""

    def __init__(self, windows: Windows, folder: str, program: str) -> None:
        self._windows = windows
        self.path = windows.prefix / "drive_c" / "Program Files" / folder / program
        self._log = self.path.with_name("log.txt")
        self._read = 0

    @property
    def on_windows(self) -> str:
        """Its path there."""
        return str(PureWindowsPath("C:\\", *self.path.relative_to(self._windows.prefix / "drive_c").parts))

    def start(self, *argv: str, environ: Mapping[str, str] | None = None) -> "subprocess.Popen[bytes]":
        """Start it as the person would. Whoever starts it ends it."""
        return subprocess.Popen(
            [wine.PROGRAM, str(self.path), *argv],
            env={**self._windows.environ, **(environ or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def log(self) -> list[str]:
        """What it and all others of its kind wrote down since `forget`, without their process ids."""
        return [re.sub(r"^\d+ ", "", line) for line in self._lines()[self._read :]]

    async def says(self, text: str, *, within: float = 30) -> None:
        """Wait until it has written this down."""
        assert await until(lambda: any(text in line for line in self.log()), within=within), self.log()

    def remove(self) -> None:
        """Not installed any more. It must have ended."""
        shutil.rmtree(self.path.parent)

    def forget(self) -> None:
        """Begin anew."""
        self._read = len(self._lines())

    def _lines(self) -> list[str]:
        return self._log.read_text(encoding="utf-8", errors="replace").splitlines() if self._log.exists() else []


def ultravnc(windows: Windows, version: str = ULTRAVNC) -> StandIn:
    """winvnc.exe of this version, instead of any other that is there."""
    known = f"-DNUMBER={version.replace('.', '')}"
    return _installed(windows, "uvnc bvba/UltraVNC", "winvnc.exe", version, "UltraVNC", known)


def tightvnc(windows: Windows) -> StandIn:
    """tvnserver.exe 2.8."""
    return _installed(windows, "TightVNC", "tvnserver.exe", "2.8.85.0", "TightVNC")


def _installed(windows: Windows, folder: str, program: str, version: str, product: str, *definitions: str) -> StandIn:
    made = StandIn(windows, folder, program)
    made.path.parent.mkdir(parents=True, exist_ok=True)
    made.path.write_bytes(_compiled(program, version, product, *definitions))
    return made


@functools.cache
def _compiled(program: str, version: str, product: str, *definitions: str) -> bytes:
    """The program; compiling takes longer than a test of it."""
    with tempfile.TemporaryDirectory() as folder:
        resource, made = Path(folder) / "version.o", Path(folder) / program
        named = (f"-DVERSION={version.replace('.', ',')}", f'-DPRODUCT=\\"{product}\\"')
        wine.run([RESOURCES, *named, "-O", "coff", str(SOURCES / "version.rc"), str(resource)])
        with_it = (str(SOURCES / "stand_in.c"), str(resource), *definitions, "-mwindows")
        libraries = ("-lws2_32", "-ladvapi32", "-lshell32")
        wine.compile_for_windows((SOURCES / program).with_suffix(".c"), made, *with_it, *libraries)
        return made.read_bytes()
