"""A CA on a small disk that gets full and gets room again, as a process of its own (tests.support.small_disk): what each command does.

python -m tests.integration.ca_full_disk_process FOLDER
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from common.net.certificates import chain_from_pem
from common.net.revocation import load_crl
from tests.support.small_disk import SmallDisk


def command(folder: Path, *words: str) -> list[str]:
    """Of tasuki-ca."""
    return [sys.executable, "-m", "relay.ca.cli", words[0], "--folder", str(folder / "ca"), *words[1:]]


def run(folder: Path, *words: str) -> tuple[int, list[str]]:
    """Exit code, and what it says on stderr."""
    done = subprocess.run(command(folder, *words), capture_output=True, text=True, check=False)
    return done.returncode, done.stderr.splitlines()


def numbers(folder: Path) -> tuple[int, int]:
    """Number and length of the list in the mailbox."""
    root = chain_from_pem((folder / "ca" / "root.pem").read_bytes())[0]
    crl = load_crl((folder / "mailbox" / "crl.der").read_bytes(), root)
    return crl.number, len(crl)


def listed(folder: Path) -> list[str]:
    """The names that the CA knows."""
    done = subprocess.run(command(folder, "list", "--all", "--json"), capture_output=True, text=True, check=True)
    return sorted(json.loads(row)["name"] for row in done.stdout.splitlines())


def main(folder: Path) -> None:
    """Everything, in one go."""
    disk = SmallDisk(folder)
    mailbox = str(folder / "mailbox")
    names = ("--organisation", "Example", "--relay", "relay.example")
    disk.fill()
    seen: dict[str, Any] = {"init, full": run(folder, "init", "--mailbox", mailbox, *names)}
    disk.clear()
    seen["init"] = run(folder, "init", "--mailbox", mailbox, *names)
    seen["code"] = run(folder, "code", "--role", "user", "--name", "Anna")
    serving = subprocess.Popen(command(folder, "serve"), stderr=subprocess.PIPE, text=True)
    assert serving.stderr is not None
    while "crl_signed" not in serving.stderr.readline():
        pass
    disk.fill()
    before = numbers(folder)
    seen["code, full"] = run(folder, "code", "--role", "user", "--name", "Ben")
    seen["revoke, full"] = run(folder, "revoke", "Anna")
    seen["list, full"] = listed(folder)
    seen["runs on"] = serving.poll() is None
    seen["the list is whole"] = numbers(folder) == before
    disk.clear()
    seen["revoke"] = run(folder, "revoke", "Anna")
    seen["code again"] = run(folder, "code", "--role", "user", "--name", "Ben")
    seen["list"] = listed(folder)
    seen["newer"] = numbers(folder)[0] > before[0]
    serving.terminate()
    log = serving.communicate(timeout=20)[1]
    seen["tracebacks"] = log.count("Traceback")
    seen["halves"] = [path.name for path in (folder / "ca").rglob(".*.*")]
    print(json.dumps(seen))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
