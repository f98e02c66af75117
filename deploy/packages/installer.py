"""The installers for Windows, the user's and the helper's, by Inno Setup's compiler as npm's `innosetup` carries it, pinned by its hash.

python -m deploy.packages.installer [--out FOLDER]      on Windows, after python -m deploy.packages; on Wine: deploy/tools/wine_packages.py
"""

import argparse
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from common.host.version import VERSION
from deploy.packages import parts
from deploy.packages.__main__ import told
from deploy.tools.fetch_novnc import FetchError, fetched

HOUSE: Final = Path(__file__).resolve().parents[2]
SCRIPT: Final = Path(__file__).with_name("windows.iss")
ICONS: Final = HOUSE / "build" / "packages" / "icons"
NAMES: Final = {folder: f"{folder}-setup-{VERSION}.exe" for folder in parts.FOLDERS}
"""Of the programs in a folder of this name."""
INNO: Final = "innosetup@6.4.1"
INNO_SHA256: Final = "fc36b763a729c8964416552d733f4864ac4a4934d0a6569e20c2feb4c29b9684"


def unpack_compiler(into: Path) -> None:
    """Fetch it, and lay it into a folder: `package/bin/ISCC.exe`. Raises FetchError."""
    with tempfile.TemporaryDirectory() as name, tarfile.open(fetched(INNO, INNO_SHA256, Path(name))) as packed:
        packed.extractall(into, filter="data")


def compiler_in(folder: Path) -> Path:
    """The compiler that lies in such a folder."""
    return folder / "package" / "bin" / "ISCC.exe"


def arguments(folder: Path, out: Path, *, shown: Callable[[Path], str] = str) -> list[str]:
    """What the compiler is given for the programs in `folder`, one of `parts.FOLDERS`, the installer to be laid in `out`.

    `shown`: a path as it sees it.
    """
    given = [f"/DVersion={VERSION}", f"/DFolder={shown(folder)}", f"/DIcons={shown(ICONS)}"]
    given += ["/DHelper"] if folder.name == parts.FOLDERS[1] else []
    return ["/Qp", *given, f"/F{Path(NAMES[folder.name]).stem}", f"/O{shown(out)}", shown(SCRIPT)]


def main() -> int:
    """Compile both. Prints one line where that cannot be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=HOUSE / "dist")
    out = parser.parse_args().out.resolve()
    with tempfile.TemporaryDirectory() as name:
        try:
            unpack_compiler(Path(name))
        except FetchError as error:
            print(error, file=sys.stderr)
            return 1
        for folder, made in NAMES.items():
            subprocess.run([str(compiler_in(Path(name))), *arguments(out / folder, out)], check=True)
            print(told(out / made))
    return 0


if __name__ == "__main__":
    sys.exit(main())
