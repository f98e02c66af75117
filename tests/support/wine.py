"""Programs of Windows, run by Linux' tests on Wine (deploy/tools/wine.py)."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Final

from deploy.tools import wine

HOUSE: Final = Path(__file__).resolve().parents[2]
WESTERN, JAPANESE = wine.LOCALES
"""Locales whose ANSI code pages are cp1252 and cp932."""


def on_windows(path: Path) -> str:
    """An absolute path as programs there see it: Z: is the whole of Linux."""
    return str(PureWindowsPath("Z:", *path.parts))


@dataclass(frozen=True)
class Windows:
    """A prefix of one's own, with the Python that all share."""

    folder: Path
    prefix: Path
    locale: str
    display: str = ""  # the X display on which its windows are

    @property
    def environ(self) -> dict[str, str]:
        """Of a program that has the project's packages."""
        return {
            **wine.environ_of(self.folder, self.prefix, locale=self.locale),
            "PYTHONPATH": on_windows(HOUSE),
            "DISPLAY": self.display,
        }

    def command(self, *argv: str | Path) -> list[str]:
        """What Linux starts for `python ARGV…`."""
        python = wine.python_of(self.folder)
        return [wine.PROGRAM, str(python), *(on_windows(one) if isinstance(one, Path) else one for one in argv)]

    def program(self, agent: str, folder: Path, *argv: str | Path) -> list[str]:
        """What Linux starts for `tasuki-… ARGV… --folder FOLDER --json` of this package, `user_agent` or `helper_agent`.

        Its stderr may be any file: Wine itself wants a pipe.
        """
        told = self.command("-c", f"from {agent}.cli import main; main()", *argv, "--folder", folder, "--json")
        return ["bash", "-c", 'exec "$@" 2> >(exec cat >&2)', "bash", *told]

    def run(self, *argv: str | Path, stdin: bytes = b"", within: float = 60) -> subprocess.CompletedProcess[bytes]:
        """`python ARGV…` to its end, its output in bytes as it came. Raises TimeoutExpired."""
        return subprocess.run(
            self.command(*argv),
            env=self.environ,
            input=stdin,
            capture_output=True,
            check=False,
            timeout=within,
        )

    def printed(self, *argv: str | Path, within: float = 60) -> str:
        """The same, where it must end well: what it printed, in UTF-8."""
        done = self.run(*argv, within=within)
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        return done.stdout.decode().replace("\r\n", "\n")

    def end(self) -> None:
        """End what still runs, and remove the prefix."""
        wine.end_programs(self.folder, self.prefix)
        shutil.rmtree(self.prefix)


def start(into: Path, *, locale: str, display: str = "") -> Windows:
    """A Windows whose registry and files are nobody else's. Its windows are on `display`; without it they cannot be seen.

    Its services run until `end`: else each program would start them, which takes longer than most programs do.
    """
    folder = wine.set_up()
    started = Windows(folder=folder, prefix=wine.copy_prefix(folder, into), locale=locale, display=display)
    for argv in ([wine.SERVER, "--persistent"], [wine.PROGRAM, "wineboot"]):
        subprocess.run(
            argv,
            env=started.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # services keep it open
            stderr=subprocess.DEVNULL,
            check=True,
            timeout=60,
        )
    return started
