"""Build the package of this system: the PyInstaller folder with an SBOM and the licences, and on Debian a .deb of it.

python -m deploy.packages [--out FOLDER]
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from common.agent.composition import VERSION
from deploy.packages import deb, sbom

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
    applications = [path / "Contents" / "Resources" for path in out.glob("*.app")]
    sbom.write(lists, [out / "tasuki", *applications], version=VERSION)
    print(out / "tasuki")
    if sys.platform == "linux" and shutil.which("dpkg-deb"):
        print(deb.build(out / "tasuki", icons, out, version=VERSION))


if __name__ == "__main__":
    main()
