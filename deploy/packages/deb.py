"""A Debian package of the PyInstaller folder: /opt/tasuki, commands, menu entries, icons. Nothing starts by itself.

It depends on what the programs load from outside their folder, as ldd says, by the Debian packages that hold it.
"""

import gzip
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from deploy.packages import sbom

HERE = Path(__file__).resolve().parent
HOUSE = HERE.parents[1]
PLACE = "opt/tasuki"
PROGRAMS = ("tasuki-user", "tasuki-helper")

# What no ldd sees: certificates of public relays, where fonts are, letters, and a VNC server for whoever asks for help.
BESIDES = ("ca-certificates", "fontconfig-config", "fonts-dejavu-core | fonts-noto-core | fonts-liberation")
RECOMMENDED = ("x11vnc | tigervnc-scraping-server | wayvnc", "fonts-noto-cjk", "xdg-utils")

CONTROL = """\
Package: tasuki
Version: {version}
Architecture: {architecture}
Maintainer: Tasuki <tasuki@localhost>
Section: net
Priority: optional
Installed-Size: {size}
Depends: {depends}
Recommends: {recommends}
Description: Remote support through a relay that cannot read it
 Two programs: tasuki-user asks for help and shows this screen to the helper
 that was chosen; tasuki-helper has the queue of those who ask. Pictures and
 keys are encrypted from end to end, and the person at the screen decides.
"""


def build(folder: Path, icons: Path, out: Path, *, version: str) -> Path:
    """The package of `folder` (PyInstaller's, with both programs), written into `out`; its path."""
    architecture = _said("dpkg", "--print-architecture").strip()
    root = out / "deb"
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(folder, root / PLACE, symlinks=True)
    commands = root / "usr/bin"
    commands.mkdir(parents=True)
    for program in PROGRAMS:
        (commands / program).symlink_to(f"/{PLACE}/{program}")
        _copy(HERE / f"{program}.desktop", root / f"usr/share/applications/{program}.desktop")
    for picture in icons.glob("tasuki-*.png"):
        pixels = picture.stem.rpartition("-")[2]
        _copy(picture, root / f"usr/share/icons/hicolor/{pixels}x{pixels}/apps/tasuki.png")
    papers = root / "usr/share/doc/tasuki"
    papers.mkdir(parents=True)
    others = f"What comes along in /{PLACE} is listed in {sbom.FILE} there; its licences are in {sbom.FOLDER}/.\n\n"
    (papers / "copyright").write_text(others + (HOUSE / "LICENSE").read_text(encoding="utf-8"), encoding="utf-8")
    with gzip.GzipFile(papers / "changelog.gz", "wb", mtime=0) as file:
        file.write(f"tasuki ({version}) stable; urgency=medium\n".encode())
    _modes(root)
    size = sum(path.stat().st_size for path in root.rglob("*") if path.is_file() and not path.is_symlink()) // 1024
    control = root / "DEBIAN/control"
    control.parent.mkdir()
    control.write_text(
        CONTROL.format(
            version=version,
            architecture=architecture,
            size=size,
            depends=", ".join([*dependencies(root / PLACE), *BESIDES]),
            recommends=", ".join(RECOMMENDED),
        ),
        encoding="utf-8",
    )
    package = out / f"tasuki_{version}_{architecture}.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Zxz", "--build", str(root), str(package)], check=True)
    shutil.rmtree(root)
    return package


def dependencies(folder: Path) -> list[str]:
    """The Debian packages of what the programs in `folder` load from outside it, the C library with its version."""
    outside: set[str] = set()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.open("rb").read(4) == b"\x7fELF":
            said = _said("ldd", str(path), environ={"LD_LIBRARY_PATH": f"{folder}/_internal"})
            outside |= set(loaded(said, inside=str(folder)))
    packages = {owner for path in outside for owner in _owners(path)}
    return sorted(_with_version(name) if name == "libc6" else name for name in packages)


def loaded(said: str, *, inside: str) -> Iterable[str]:
    """The libraries that ldd found outside the folder. Raises SystemExit where one is missing altogether."""
    for line in said.splitlines():
        if match := re.fullmatch(r"\s*(\S+) => not found", line):
            raise SystemExit(f"no library {match[1]} on this machine: install it before you build the package")
        match = re.match(r"\s*(?:\S+ => )?(/\S+) \(0x", line)
        if match and not match[1].startswith(inside):
            yield match[1]


def _owners(path: str) -> list[str]:
    """The packages that hold this library; Debian knows it by its path with or without /usr."""
    real = os.path.realpath(path)
    for name in dict.fromkeys((path, real, real.removeprefix("/usr"), f"/usr{real}")):
        done = subprocess.run(["dpkg-query", "--search", name], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return [line.partition(":")[0] for line in done.stdout.splitlines()]
    raise SystemExit(f"{path} belongs to no package: it cannot be depended on")


def _with_version(name: str) -> str:
    version = _said("dpkg-query", "--show", "--showformat=${Version}", name)
    return f"{name} (>= {re.split(r'[-+~]', version)[0]})"


def _said(*command: str, environ: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C.UTF-8", **(environ or {})}
    )
    return done.stdout


def _copy(source: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, to)


def _modes(root: Path) -> None:
    """What is in a package is readable by all and writable by root, whatever the umask here."""
    for path in root.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
