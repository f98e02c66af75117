"""Debian packages of PyInstaller's folders: /opt/tasuki, commands, menu entries, icons. Nothing starts by itself.

`tasuki` is the user's program; `tasuki-helper` lays the helper's and the viewer beside it, and needs that same version.
Each depends on what its programs load from outside their folder, as ldd says, by the Debian packages that hold it.
"""

import gzip
import os
import re
import shutil
import subprocess
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.packages import sbom

HERE = Path(__file__).resolve().parent
HOUSE = HERE.parents[1]
PLACE = "opt/tasuki"

# What no ldd sees: certificates of public relays, where fonts are, letters, and a VNC server for whoever asks for help.
BESIDES = ("ca-certificates", "fontconfig-config", "fonts-dejavu-core | fonts-noto-core | fonts-liberation")
CONTROL = """\
Package: {name}
Version: {version}
Architecture: {architecture}
Maintainer: Tasuki <tasuki@localhost>
Section: net
Priority: optional
Installed-Size: {size}
Depends: {depends}
Recommends: {recommends}
Description: {description}
"""

# Ubuntu's AppArmor has to be told of a program with a sandbox (deploy/packages/apparmor). Older ones do not know how.
TOLD = "/etc/apparmor.d/tasuki-helper"
TELL = f"""\
#!/bin/sh
set -e
if [ "$1" = configure ] && [ -e /etc/apparmor.d/abi/4.0 ]; then
    cp /{PLACE}/apparmor {TOLD}
    if aa-enabled --quiet 2>/dev/null; then apparmor_parser --replace {TOLD} || true; fi
fi
"""
FORGET = f"""\
#!/bin/sh
set -e
if [ "$1" = remove ] || [ "$1" = purge ]; then
    rm -f {TOLD}
fi
"""


@dataclass(frozen=True, kw_only=True)
class DebianPackage:
    """What is said of one, and the program that it brings. `besides`: on what it depends that no ldd sees."""

    name: str
    program: str
    description: str
    besides: tuple[str, ...]
    recommended: tuple[str, ...]
    scripts: Mapping[str, str] = field(default_factory=dict)  # what dpkg runs when it is installed and removed


USER = DebianPackage(
    name="tasuki",
    program="tasuki-user",
    description="""\
Get help through a relay that cannot read it
 tasuki-user asks for help and shows this screen to the helper that was chosen.
 Pictures and keys are encrypted from end to end, and the person at the screen
 decides.""",
    besides=BESIDES,
    recommended=("x11vnc | tigervnc-scraping-server | wayvnc", "fonts-noto-cjk", "xdg-utils"),
)
HELPER = DebianPackage(
    name="tasuki-helper",
    program="tasuki-helper",
    description="""\
Help others through a relay that cannot read it
 tasuki-helper has the queue of those who ask for help with Tasuki, and shows
 the screen of the one who was taken, in its own window.""",
    besides=("tasuki (= {version})",),
    recommended=("xdg-utils",),
    scripts={"postinst": TELL, "postrm": FORGET},
)


def build(user: Path, helper: Path, icons: Path, out: Path, *, version: str) -> tuple[Path, Path]:
    """The packages of the user's folder and of the helper's, written into `out`; their paths."""
    shared = {path.relative_to(user) for path in user.rglob("*") if path.is_symlink() or not path.is_dir()}
    made = _built(USER, user, icons, out, version=version)
    return made, _built(HELPER, helper, icons, out, version=version, without=shared)


def _built(
    package: DebianPackage, folder: Path, icons: Path, out: Path, *, version: str, without: Collection[Path] = ()
) -> Path:
    """The package of `folder`, but for what `without` names: another one lays that there."""
    root = out / "deb"
    shutil.rmtree(root, ignore_errors=True)
    place = root / PLACE
    for path in folder.rglob("*"):
        inside = path.relative_to(folder)
        if inside not in without and (path.is_symlink() or not path.is_dir()):
            (place / inside).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, place / inside, follow_symlinks=False)
    papers = root / "usr/share/doc" / package.name
    papers.mkdir(parents=True)
    listed = place / sbom.FILE
    if without:  # in the same place is that of the package that this one needs
        listed = papers / sbom.FILE
        shutil.copyfile(folder / sbom.FILE, listed)
    commands = root / "usr/bin"
    commands.mkdir(parents=True)
    (commands / package.program).symlink_to(f"/{PLACE}/{package.program}")
    copy(HERE / f"{package.program}.desktop", root / f"usr/share/applications/{package.program}.desktop")
    if package.scripts:
        copy(HERE / "apparmor", place / "apparmor")
    if not without:
        for picture in icons.glob("tasuki-*.png"):
            pixels = picture.stem.rpartition("-")[2]
            copy(picture, root / f"usr/share/icons/hicolor/{pixels}x{pixels}/apps/tasuki.png")
    where = f"/{listed.relative_to(root)}"
    others = f"What comes along in /{PLACE} is listed in {where}; its licences are in /{PLACE}/{sbom.FOLDER}/.\n\n"
    (papers / "copyright").write_text(others + (HOUSE / "LICENSE").read_text(encoding="utf-8"), encoding="utf-8")
    with gzip.GzipFile(papers / "changelog.gz", "wb", mtime=0) as file:
        file.write(f"{package.name} ({version}) stable; urgency=medium\n".encode())
    set_modes(root)
    return packed(
        root,
        out,
        name=package.name,
        description=package.description,
        version=version,
        depends=[*dependencies(folder, without=without), *(one.format(version=version) for one in package.besides)],
        recommends=package.recommended,
        scripts=package.scripts,
    )


def packed(
    root: Path,
    out: Path,
    *,
    name: str,
    description: str,
    version: str,
    depends: Iterable[str],
    recommends: Iterable[str],
    scripts: Mapping[str, str],
) -> Path:
    """The package of all that lies in `root`, which is gone then, written into `out`; `scripts` are what dpkg runs, by name."""
    architecture = _said("dpkg", "--print-architecture").strip()
    size = sum(path.stat().st_size for path in root.rglob("*") if path.is_file() and not path.is_symlink()) // 1024
    control = root / "DEBIAN/control"
    control.parent.mkdir()
    control.write_text(
        CONTROL.format(
            name=name,
            description=description,
            version=version,
            architecture=architecture,
            size=size,
            depends=", ".join(depends),
            recommends=", ".join(recommends),
        ),
        encoding="utf-8",
    )
    for script, text in scripts.items():
        (control.parent / script).write_text(text, encoding="utf-8")
        (control.parent / script).chmod(0o755)
    made = out / f"{name}_{version}_{architecture}.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Zxz", "--build", str(root), str(made)], check=True)
    shutil.rmtree(root)
    return made


def dependencies(folder: Path, *, without: Collection[Path] = ()) -> list[str]:
    """The Debian packages of what the programs in `folder` load from outside it, the C library with its version.

    `without`: files in it that another package answers for.
    """
    outside: set[str] = set()
    for path in sorted(folder.rglob("*")):
        if path.relative_to(folder) in without:
            continue
        if path.is_file() and not path.is_symlink() and _is_program(path):
            # what lies in libexec is started by itself, and finds none of the libraries that our programs bring for themselves
            alone = path.parent.name == "libexec"
            said = _said("ldd", str(path), environ={} if alone else {"LD_LIBRARY_PATH": f"{folder}/_internal"})
            outside |= set(loaded(said, inside=str(folder)))
    packages = {owner for path in outside for owner in _owners(path)}
    return sorted(_with_version(name) if name == "libc6" else name for name in packages)


def _is_program(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


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


def copy(source: Path, to: Path) -> None:
    """A file, with the folders that lead to it."""
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, to)


def set_modes(root: Path) -> None:
    """What is in a package is readable by all and writable by root, whatever the umask here."""
    for path in root.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
