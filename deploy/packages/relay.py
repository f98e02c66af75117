"""The relay's Debian package: both programs in an environment of their own in /opt/tasuki-relay, units, users, folders.

An environment of Debian's own Python (its version is what the package depends on) with the wheels of
deploy/requirements/postgresql.txt, each by its hash, and of Tasuki what a relay needs. Nothing is built on the machine
where it is installed, nothing starts by itself: an operator makes the CA's folder and the relay's first.

    python -m deploy.packages.relay [--out FOLDER]
"""

import argparse
import compileall
import gzip
import os
import py_compile
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Final

from deploy.packages import deb

HERE = Path(__file__).resolve().parent
HOUSE = HERE.parents[1]
NAME: Final = "tasuki-relay"
PLACE: Final = "opt/tasuki-relay"
PROGRAMS: Final = {"tasuki-relay": "relay.cli", "tasuki-ca": "relay.ca.cli"}
PARTS: Final = ("common/__init__.py", "common/host", "common/net", "common/protocol", "relay")
"""Of Tasuki; what is for agents and windows stays behind."""
LOCK: Final = HOUSE / "deploy/requirements/postgresql.txt"
DESCRIPTION: Final = """\
Relay and certificate authority for remote support
 tasuki-relay brings the people of an organisation who ask for help together
 with those who give it, and passes on what it cannot read. tasuki-ca makes
 their certificates, as another user, in a folder that the relay cannot enter."""
NEXT: Final = "/usr/share/doc/tasuki-relay/README.Debian"
README: Final = """\
Tasuki's relay on Debian
========================

Nothing runs yet. Make the CA's folder, then the relay's, each as its own user, and start both:

    sudo -u tasuki-ca tasuki-ca init --folder /var/lib/tasuki-ca --mailbox /var/lib/tasuki-mailbox \\
        --organisation ORG --relay HOST
    sudo systemctl enable --now tasuki-ca
    sudo -u tasuki-relay tasuki-relay init --folder /var/lib/tasuki-relay --mailbox /var/lib/tasuki-mailbox \\
        --organisation ORG --host HOST
    sudo systemctl enable --now tasuki-relay.socket tasuki-relay

Keep a backup of the organisation's key in a safe place, and its passphrase in another; FILE where that user may write:

    sudo -u tasuki-ca tasuki-ca backup --folder /var/lib/tasuki-ca FILE

Alerts for Prometheus are in /usr/share/tasuki-relay/tasuki.rules.yml. Everything else: docs/operating.md of the sources.

Removing the package keeps /var/lib/tasuki-ca, /var/lib/tasuki-relay and /var/lib/tasuki-mailbox, purging it too: the
organisation's key is there, and without it everybody would have to be enrolled anew. Remove them by hand.
"""
POSTINST: Final = f"""\
#!/bin/sh
set -e
if [ "$1" = configure ]; then
    systemd-sysusers {NAME}.conf
    systemd-tmpfiles --create {NAME}.conf
    if [ -d /run/systemd/system ]; then
        systemctl daemon-reload
        systemctl try-restart tasuki-ca.service tasuki-relay.service
    fi
    if [ ! -e /var/lib/tasuki-relay/relay.toml ]; then
        echo "tasuki-relay: nothing runs yet; {NEXT} says how to begin."
    fi
fi
"""
PRERM: Final = """\
#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
    systemctl disable --now tasuki-relay.socket tasuki-relay.service tasuki-ca.service
fi
"""
POSTRM: Final = """\
#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
    systemctl daemon-reload
fi
"""
SYSTEMD: Final = {
    "tasuki-ca.service": "usr/lib/systemd/system/tasuki-ca.service",
    "tasuki-relay.service": "usr/lib/systemd/system/tasuki-relay.service",
    "tasuki-relay.socket": "usr/lib/systemd/system/tasuki-relay.socket",
    "tasuki.sysusers.conf": f"usr/lib/sysusers.d/{NAME}.conf",
    "tasuki.tmpfiles.conf": f"usr/lib/tmpfiles.d/{NAME}.conf",
}


def main() -> None:
    """Environment, units, package."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=HOUSE / "dist")
    out = parser.parse_args().out.resolve()
    made = build(out, version=metadata.version("tasuki"))
    print(f"{made}  {made.stat().st_size / 1e6:.1f} MB")


def build(out: Path, *, version: str) -> Path:
    """The package, written into `out`; its path."""
    root = HOUSE / "build" / "packages" / NAME
    shutil.rmtree(root, ignore_errors=True)
    _environment(root / PLACE)
    for name, to in SYSTEMD.items():
        deb.copy(HOUSE / "deploy/systemd" / name, root / to)
    deb.copy(HOUSE / "deploy/prometheus/tasuki.rules.yml", root / "usr/share/tasuki-relay/tasuki.rules.yml")
    commands = root / "usr/bin"
    commands.mkdir(parents=True)
    for program in PROGRAMS:
        (commands / program).symlink_to(f"/{PLACE}/bin/{program}")
    papers = root / "usr/share/doc" / NAME
    papers.mkdir(parents=True)
    shutil.copyfile(HOUSE / "LICENSE", papers / "copyright")
    (papers / "README.Debian").write_text(README, encoding="utf-8")
    with gzip.GzipFile(papers / "changelog.gz", "wb", mtime=0) as file:
        file.write(f"{NAME} ({version}) stable; urgency=medium\n".encode())
    deb.set_modes(root)
    here = sys.version_info
    python = f"python3 (>= {here.major}.{here.minor}), python3 (<< {here.major}.{here.minor + 1})"
    out.mkdir(parents=True, exist_ok=True)
    return deb.packed(
        root,
        out,
        name=NAME,
        description=DESCRIPTION,
        version=version,
        depends=[python, *deb.dependencies(root / PLACE), "ca-certificates", "systemd"],
        recommends=["sqlite3", "sudo"],
        scripts={"postinst": POSTINST, "prerm": PRERM, "postrm": POSTRM},
    )


def _environment(place: Path) -> None:
    """A virtual environment as it will lie in /opt/tasuki-relay, with everything in it that is ever imported."""
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    packages = place / "lib" / f"python{here}" / "site-packages"
    packages.mkdir(parents=True)
    bin_folder = place / "bin"
    bin_folder.mkdir()
    (bin_folder / "python").symlink_to(f"/usr/bin/python{here}")
    settings = {"home": "/usr/bin", "include-system-site-packages": "false", "version": here}
    (place / "pyvenv.cfg").write_text(
        "".join(f"{key} = {value}\n" for key, value in settings.items()), encoding="utf-8"
    )
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-compile", "--no-deps"]
    wheels = ["--require-hashes", "--only-binary", ":all:", "--requirement", str(LOCK), "--target", str(packages)]
    subprocess.run([sys.executable, "-m", "pip", "install", *quiet, *wheels], check=True, cwd=HOUSE)
    shutil.rmtree(packages / "bin", ignore_errors=True)  # commands of libraries, which begin with this machine's Python
    for tests in [path for path in (packages / "twisted").rglob("test") if path.is_dir()]:
        shutil.rmtree(tests)
    unwanted = shutil.ignore_patterns("__pycache__")
    for part in PARTS:
        source, to = HOUSE / part, packages / part
        if source.is_dir():
            shutil.copytree(source, to, ignore=unwanted)
        else:
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, to)
    _told(packages)
    for program, module in PROGRAMS.items():
        script = bin_folder / program
        script.write_text(
            f"#!/{PLACE}/bin/python -P\nimport sys\n\nfrom {module} import main\n\nsys.exit(main())\n", encoding="utf-8"
        )
        script.chmod(0o755)
    compiled = compileall.compile_dir(
        packages,
        quiet=1,
        workers=1,
        stripdir=str(place.parents[1]),
        prependdir="/",
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    if not compiled:
        raise SystemExit("something in the package cannot be compiled")


def _told(packages: Path) -> None:
    """Tasuki's own metadata, which says its version."""
    mine = metadata.distribution("tasuki")
    folder = packages / f"tasuki-{mine.version}.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: tasuki\nVersion: {mine.version}\n", encoding="utf-8"
    )
    (folder / "INSTALLER").write_text("dpkg\n", encoding="utf-8")


if __name__ == "__main__":
    os.umask(0o022)
    main()
