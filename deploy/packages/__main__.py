"""Build the packages of this system: PyInstaller's folders, each with an SBOM and the licences, and on Debian a .deb of each.

At the end it says how large each of them is.

python -m deploy.packages [--out FOLDER]
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from common.host.version import VERSION
from deploy.packages import deb, parts, sbom

HERE = Path(__file__).resolve().parent
HOUSE = HERE.parents[1]
SPECS = {"linux": "linux.spec", "win32": "windows.spec", "darwin": "macos.spec"}


def main() -> None:
    """Icons, PyInstaller, SBOM, package."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=HOUSE / "dist")
    out = parser.parse_args().out.resolve()
    work = HOUSE / "build" / "packages"
    icons = work / "icons"
    subprocess.run([sys.executable, "-m", "deploy.packages.icons", str(icons)], check=True, cwd=HOUSE)
    subprocess.run(
        [
            *(sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"),
            *("--distpath", str(out), "--workpath", str(work / "pyinstaller"), str(HERE / SPECS[sys.platform])),
        ],
        check=True,
        cwd=HOUSE,
        env={**os.environ, "TASUKI_ICONS": str(icons)},
    )
    lists = work / "pyinstaller" / Path(SPECS[sys.platform]).stem
    user, helper = (out / name for name in parts.FOLDERS)
    made = [user] if sys.platform == "darwin" else [user, helper]
    applications = [out / f"{name}.app" / "Contents" / "Resources" for name in parts.NAMES.values()]
    sbom.write(lists, [*made, *(path for path in applications if path.is_dir())], version=VERSION)
    if sys.platform == "linux" and shutil.which("dpkg-deb"):
        made += deb.build(user, helper, icons, out, version=VERSION)
    for path in made:
        print(told(path))


def told(path: Path) -> str:
    """A folder's or a file's path and size, links not counted."""
    files = [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file() and not one.is_symlink()]
    return f"{path}  {sum(one.stat().st_size for one in files) / 1e6:.1f} MB"


if __name__ == "__main__":
    main()
