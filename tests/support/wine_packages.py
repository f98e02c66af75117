"""The packages for Windows as a test has them: built, their installer compiled, and a Windows without either to install it on."""

import asyncio
import contextlib
import json
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.demo.desktop import Desktop, desktop
from deploy.demo.programs import Run, until
from deploy.packages import parts
from deploy.packages.check import wrappers
from deploy.tools import wine, wine_packages
from deploy.tools.wine_packages import BothBits
from tests.support.organisation import run_now
from tests.support.stand_ins import SOURCES, tightvnc
from tests.support.wine import WESTERN, Windows, on_windows
from tests.support.wine_sessions import PIPED

PLACE: Final = "AppData/Local/Programs/Tasuki"
PATIENCE: Final = 600.0  # seconds for an installer of 340 MB
SILENT: Final = ("/VERYSILENT", "/SUPPRESSMSGBOXES")
# Of the manifest that is in a program, by Windows' own calls.
MANIFEST: Final = """
import ctypes, json, sys

kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
for name in ("LoadLibraryExW", "FindResourceW", "LoadResource", "LockResource"):
    getattr(kernel32, name).restype = ctypes.c_void_p
AS_DATAFILE, RT_MANIFEST, FOR_THE_PROCESS = 2, 24, 1
found = {}
for path in sys.argv[1:]:
    module = ctypes.c_void_p(kernel32.LoadLibraryExW(path, None, AS_DATAFILE))
    resource = ctypes.c_void_p(kernel32.FindResourceW(module, ctypes.c_void_p(FOR_THE_PROCESS), ctypes.c_void_p(RT_MANIFEST)))
    data = kernel32.LockResource(ctypes.c_void_p(kernel32.LoadResource(module, resource)))
    found[path] = ctypes.string_at(data, kernel32.SizeofResource(module, resource)).decode()
print(json.dumps(found))
"""


@dataclass(frozen=True, kw_only=True)
class Packages:
    """Built once. `windows` has both bits and a screen; nothing of Tasuki's is installed there, and no VNC server."""

    run: Run
    screen: Desktop
    both: BothBits
    windows: Windows
    user: Path  # its program, as PyInstaller lays it
    helper: Path  # both programs, and the engine
    installers: Mapping[str, Path]  # of the folder of this name

    @property
    def environ(self) -> dict[str, str]:
        """Of whatever runs there."""
        return self.both.environ(self.windows.prefix) | self.screen.environ

    @property
    def home(self) -> Path:
        """The person's."""
        (found,) = (one for one in (self.windows.prefix / "drive_c/users").iterdir() if one.name != "Public")
        return found

    @property
    def place(self) -> Path:
        """Where it is installed."""
        return self.home / PLACE

    def shortcuts(self) -> list[Path]:
        """Of the person's menu and desktop."""
        return sorted(self.home.rglob("*.lnk"))

    def start(self, program: Path, *argv: str) -> int:
        """Run an .exe of the prefix' or of Linux' disk to its end: its exit code."""
        return subprocess.run(
            [self.both.program, on_windows(program), *argv],
            env=self.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=PATIENCE,
        ).returncode

    def install(self, *options: str, folder: str = parts.FOLDERS[0]) -> tuple[int, str]:
        """The user's, or what lies in this folder, silently: the exit code, and the log."""
        log = self.run.folder / "setup.log"
        log.unlink(missing_ok=True)
        code = self.start(self.installers[folder], *SILENT, f"/LOG={on_windows(log)}", *options)
        return code, log.read_text(encoding="utf-8-sig", errors="replace")

    async def uninstall(self) -> int:
        """The exit code, once the uninstaller has removed itself or given up."""
        code = await asyncio.to_thread(self.start, self.place / "unins000.exe", *SILENT)
        if code == 0:
            await until(lambda: not self.place.exists(), within=20)
        return code

    @contextlib.asynccontextmanager
    async def installed(self, *options: str, folder: str = parts.FOLDERS[1]) -> AsyncIterator[str]:
        """The helper's, or what lies in this folder, until the block is left, with the VNC server's stand-in; the log."""
        server = self.windows.prefix / "drive_c/Program Files/TightVNC/tvnserver.exe"
        code, log = await asyncio.to_thread(self.install, "/VNC=vnc.exe", *options, folder=folder)
        try:
            assert code == 0, log
            yield log
        finally:
            await self.uninstall()
            server.unlink(missing_ok=True)

    def manifests(self) -> dict[str, str]:
        """Of each program, by its name."""
        paths = [on_windows(path) for path in sorted(self.helper.glob("*.exe"))]
        told: dict[str, str] = json.loads(self.windows.printed("-c", MANIFEST, *paths))
        return {path.rpartition("\\")[2]: text for path, text in told.items()}

    def commands(self, into: Path, environ: Mapping[str, str], *, names: Sequence[str]) -> str:
        """A search path on which the installed commands of these names come before Linux' own."""
        given = [f"{name}={value}" for name, value in {**self.environ, **environ}.items()]
        piped = [*PIPED, "env", *given, self.both.program]
        programs = {name: [*piped, on_windows(self.place / f"{name}.exe")] for name in names}
        return f"{wrappers(into, programs)}:{self.run.environ['PATH']}"


def packages_fixture(folder: Path) -> Iterator[Packages]:
    """The body of a fixture: minutes."""
    stack = contextlib.AsyncExitStack()
    yield run_now(stack.enter_async_context(_packages(folder)))
    run_now(stack.aclose())


@contextlib.asynccontextmanager
async def _packages(folder: Path) -> AsyncIterator[Packages]:
    run = Run.new(folder)
    built = wine_packages.build(folder / "built")
    both = wine_packages.both_bits()
    async with desktop(run) as screen:
        (folder / "windows").mkdir()
        prefix = both.make_prefix(folder / "windows", screen.environ)
        windows = Windows(folder=wine.set_up(), prefix=prefix, locale=WESTERN, display=screen.display)
        try:
            environ = both.environ(prefix) | screen.environ
            installers = {one.name: wine_packages.compile_installer(both, environ, one, folder) for one in built}
            _server_installer(windows, folder)
            user, helper = built
            yield Packages(
                run=run,
                screen=screen,
                both=both,
                windows=windows,
                user=user,
                helper=helper,
                installers=installers,
            )
        finally:
            windows.end()


def _server_installer(windows: Windows, folder: Path) -> None:
    """vnc.exe in the folder, which installs TightVNC's stand-in."""
    server = tightvnc(windows)
    server.path.rename(folder / "server.exe")
    server.path.parent.rmdir()
    wine.compile_for_windows(SOURCES / "installer.c", folder / "vnc.exe", "-municode")
