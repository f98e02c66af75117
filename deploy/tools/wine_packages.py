"""What the packages for Windows are built and installed with, on Wine, beside what deploy/tools/wine.py makes.

    wine_packages.py [--out FOLDER]      both programs and their installers, into dist/windows; a quarter of an hour

Each part is made once for all clones, in the same cache, by a lock or a hash: a Windows Python with the tools of
packages and nothing else; Inno Setup's compiler, as npm's `innosetup` carries it; and a Wine that runs programs of 32
bits too, as Inno's are. Debian has that one for i386 alone: its packages are unpacked, not installed, so that the
system keeps one architecture, and lie beside links to the installed Wine. It needs `libc6-i386` (prepare.py).
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Final

HOUSE: Final = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(HOUSE))

from deploy.packages import installer, parts  # noqa: E402 -- it may run as a file by itself
from deploy.packages.__main__ import told  # noqa: E402
from deploy.tools import fetch_novnc, wine  # noqa: E402

LOCKS: Final = tuple(HOUSE / "deploy" / "requirements" / f"{name}.txt" for name in ("package", "webengine"))
# Wine's own of i386, in the version of the installed one; and what its fonts and windows load.
WINE_PARTS: Final = ("wine32", "libwine")
LIBRARIES: Final = (
    *("libfreetype6", "libfontconfig1", "libpng16-16", "libbrotli1", "libexpat1", "libuuid1", "zlib1g", "libgcc-s1"),
    *("libx11-6", "libxext6", "libxcb1", "libxau6", "libxdmcp6", "libbsd0", "libmd0"),
)
BUILD_TIME: Final = 1800.0  # seconds; six minutes on two quiet cores
COMPILE_TIME: Final = 900.0


def on_windows(path: Path) -> str:
    """An absolute path as programs there see it: Z: is the whole of Linux."""
    return str(PureWindowsPath("Z:", *path.parts))


@dataclass(frozen=True)
class BothBits:
    """A Wine that runs programs of 32 and of 64 bits."""

    folder: Path

    @property
    def program(self) -> str:
        """What starts one."""
        return str(self.folder / "usr" / "lib" / "wine" / "wine64")

    def environ(self, prefix: Path, *, locale: str = wine.LOCALES[0]) -> dict[str, str]:
        """What it is started with. A screen is the caller's: Inno's programs want one, also when they are silent."""
        return {
            **wine.environ_of(wine.set_up(), prefix, locale=locale),
            "LD_LIBRARY_PATH": str(self.folder / "libraries"),
            "WINEDLLPATH": str(self.folder / "usr" / "lib" / "i386-linux-gnu" / "wine"),
        }

    def make_prefix(self, into: Path, environ: Mapping[str, str]) -> Path:
        """A prefix of one's own with Windows' libraries of both. `environ` is added. Raises WineError."""
        prefix = wine.copy_prefix(wine.set_up(), into)
        (prefix / ".update-timestamp").unlink(missing_ok=True)
        # by the installed one, which takes Windows' own libraries of 32 bits as they are; ours would need them already
        wine.run([wine.PROGRAM, "wineboot", "-u"], environ={**self.environ(prefix), **environ})
        return prefix


def tools() -> Path:
    """The folder with a `py/cp311/python.exe` that has PyInstaller and QtWebEngine. Raises WineError."""
    base = wine.set_up()

    def make(made: Path) -> None:
        shutil.copytree(base / "py", made / "py", ignore=shutil.ignore_patterns("site-packages"))
        uv = HOUSE / ".cache" / "lock" / "bin" / "uv"
        target = wine.python_of(made).parent / "Lib" / "site-packages"
        install = [str(uv), "--quiet", "pip", "install", "--require-hashes", "--only-binary", ":all:", *wine.PLATFORM]
        locks = (word for lock in LOCKS for word in ("--requirements", str(lock)))
        wine.run([*install, "--link-mode", "copy", "--target", str(target), *locks])

    locked = b"".join(lock.read_bytes() for lock in LOCKS)
    return _once("package-python", wine.PYTHON_SHA256.encode() + locked, make)


def compiler() -> Path:
    """Inno Setup's ISCC.exe. Raises WineError."""

    def make(made: Path) -> None:
        try:
            installer.unpack_compiler(made)
        except fetch_novnc.FetchError as error:
            raise wine.WineError(str(error)) from error

    return installer.compiler_in(_once("innosetup", installer.INNO_SHA256.encode(), make))


def both_bits() -> BothBits:
    """The Wine of both. Raises WineError."""
    installed = Path(wine.PROGRAM).parent
    version = wine.run(["dpkg-query", "--show", "--showformat=${Version}", "wine64"])

    def make(made: Path) -> None:
        _unpack(made, [*(f"{name}:i386={version}" for name in WINE_PARTS), *(f"{name}:i386" for name in LIBRARIES)])
        libraries = made / "libraries"
        libraries.mkdir()
        for folder in (made / "usr/lib/i386-linux-gnu", made / "lib/i386-linux-gnu"):
            for library in folder.glob("*.so.*"):
                library.rename(libraries / library.name)
        # What Wine finds beside itself must truly lie there; Windows' own libraries are big, and may be elsewhere.
        shutil.copytree(installed, made / "usr/lib/wine", dirs_exist_ok=True)
        theirs, ours = Path("/usr/lib/x86_64-linux-gnu/wine"), made / "usr/lib/x86_64-linux-gnu/wine"
        shutil.copytree(theirs / "x86_64-unix", ours / "x86_64-unix")
        (ours / "x86_64-windows").symlink_to(theirs / "x86_64-windows")

    return BothBits(_once("wine-both", repr((version, WINE_PARTS, LIBRARIES)).encode(), make))


def build(out: Path) -> tuple[Path, Path]:
    """The folders of the user's and of the helper's programs, in `out`. Raises WineError."""
    base, python = wine.set_up(), wine.python_of(tools())
    with tempfile.TemporaryDirectory(prefix="tasuki-package-") as name:
        prefix = wine.copy_prefix(base, Path(name))
        environ = wine.environ_of(base, prefix) | {"PYTHONPATH": on_windows(HOUSE), "PYTHONUTF8": "1"}
        environ.pop("DISPLAY", None)
        command = [wine.PROGRAM, str(python), "-m", "deploy.packages", "--out", on_windows(out)]
        try:
            _run(command, environ, within=BUILD_TIME)
        finally:
            wine.end_programs(base, prefix)
    user, helper = (out / name for name in parts.FOLDERS)
    return user, helper


def compile_installer(wine_of_both: BothBits, environ: Mapping[str, str], folder: Path, out: Path) -> Path:
    """The installer of the programs in `folder`, one of those that were built, in `out`; by a prefix of both that `environ` names. Raises WineError."""
    command = [wine_of_both.program, on_windows(compiler()), *installer.arguments(folder, out, shown=on_windows)]
    _run(command, environ, within=COMPILE_TIME)
    return out / installer.NAMES[folder.name]


def _run(command: list[str], environ: Mapping[str, str], *, within: float) -> None:
    """Through pipes, which Wine's programs want. Raises WineError with the end of what it said."""
    try:
        done = subprocess.run(
            command, cwd=HOUSE, env=environ, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=within
        )
    except subprocess.TimeoutExpired as error:
        raise wine.WineError(f"{command[1]} took longer than {within:.0f} s") from error
    if done.returncode:
        said = (done.stdout + done.stderr).decode(errors="replace")
        raise wine.WineError(f"{command[1]} failed (exit code {done.returncode}): {said[-4000:]}")


def _unpack(made: Path, names: list[str]) -> None:
    """Debian packages of i386, fetched by apt with lists of its own: the system's know one architecture."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        for folder in ("lists/partial", "cache/archives/partial", "packages"):
            (scratch / folder).mkdir(parents=True)
        settings = (
            *("APT::Architectures::=amd64", "APT::Architectures::=i386", "APT::Sandbox::User=root"),
            *(f"Dir::State::Lists={scratch / 'lists'}", f"Dir::Cache={scratch / 'cache'}"),
        )
        apt = ["apt-get", "-qq", *(word for setting in settings for word in ("-o", setting))]
        # an index of i386 that is missing is no matter where the packages are in another: what is downloaded is signed for
        subprocess.run([*apt, "update"], check=False, capture_output=True)
        try:
            subprocess.run(
                [*apt, "download", *names], check=True, cwd=scratch / "packages", capture_output=True, text=True
            )
        except (OSError, subprocess.CalledProcessError) as error:
            raise wine.WineError(f"apt fetched no Wine of 32 bits: {getattr(error, 'stderr', error)}") from error
        for package in sorted((scratch / "packages").glob("*.deb")):
            wine.run(["dpkg-deb", "--extract", str(package), str(made)])


def _once(name: str, of: bytes, make: Callable[[Path], None]) -> Path:
    """A folder in the cache, as `make` has filled it for what it is made `of`."""
    folder = wine.cached().with_name(f"{name}-{hashlib.sha256(of).hexdigest()[:16]}")
    return wine.made_once(folder, lambda made, _scratch: make(made))


def main(out: Path) -> None:
    """Both, into `out`. Raises WineError."""
    built = build(out)
    both = both_bits()
    with tempfile.TemporaryDirectory(prefix="tasuki-package-") as name:
        screen = {"DISPLAY": os.environ.get("DISPLAY", "")}
        prefix = both.make_prefix(Path(name), screen)
        try:
            made = [compile_installer(both, both.environ(prefix) | screen, folder, out) for folder in built]
        finally:
            wine.end_programs(wine.set_up(), prefix)
    for path in (*built, *made):
        print(told(path))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=HOUSE / "dist" / "windows")
    try:
        main(parser.parse_args().out.resolve())
    except wine.WineError as problem:
        print(problem, file=sys.stderr)
        sys.exit(1)
