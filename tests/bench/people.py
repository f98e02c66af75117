"""A company's people by CSV: taken over by the relay, a line for each from the CA; the same again, and a list of broken lines.

    python -m tests.bench.people [--people 5060] [--runs 5]

Real programs in a folder of their own: `tasuki-relay person import`, `person export`, `tasuki-ca code --from`, beside a relay that
serves. Measured are the clock and the CPU of the commands and of the relay.
"""

import argparse
import contextlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from common.host.table_file import format_table
from tests.support.relay_program import LOOPBACK, run, serving

SECONDS, CPU = 120.0, 30.0
"""What the whole may take, for 5,060 people."""
FAMILIES = [
    "佐藤",
    "鈴木",
    "高橋",
    "田中",
    "伊藤",
    "渡辺",
    "山本",
    "中村",
    "小林",
    "加藤",
    "吉田",
    "山田",
    "佐々木",
    "山口",
    "松本",
]
GIVEN = ["太郎", "花子", "一郎", "次郎", "三郎", "恵子", "幸子", "洋子", "明", "誠", "浩", "進", "健", "翔", "葵"]


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One run: seconds of the clock and of the CPU (commands and relay), and how many lines were made."""

    seconds: float
    cpu: float
    lines: int


def staff(count: int, *, department: str = "") -> str:
    """A list of so many people, 225 names among them: most have namesakes, in other departments."""
    rows = [
        (
            f"{number:05}",
            f"{FAMILIES[number % 15]} {GIVEN[number // 15 % 15]}",
            "user+helper" if number % 85 == 0 else "user",
            department or f"第{number // 225 + 1}課",
            f"{number}@example.org",
            "Desk" if number % 85 == 0 else "",
        )
        for number in range(count)
    ]
    return format_table(("external_id", "name", "roles", "department", "email", "groups"), rows)


@contextlib.contextmanager
def organisation(folder: Path) -> Iterator[tuple[Path, int]]:
    """A relay that serves, and its process id."""
    run(folder, "init", "--organisation", "example", "--host", LOOPBACK, "--port", "8443")
    path = folder / "relay.toml"
    ports = 'matching_port = 0\nvnc_port = 0\nmetrics_port = -1\naddresses = ["127.0.0.1"]\n'
    path.write_text(path.read_text(encoding="utf-8").replace("matching_port = 8443\n", ports), encoding="utf-8")
    with serving(folder) as relay:
        run(folder, "group", "add", "Desk")
        yield folder, relay.process.pid
        relay.end()


def cpu_of(pid: int) -> float:
    """Seconds of the CPU that this process has used, and our children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") + ended.ru_utime + ended.ru_stime


def enrol_everybody(folder: Path, pid: int, people: str) -> Measured:
    """Take them over, and make a line for each account."""
    list_file, new, lines = folder / "staff.csv", folder / "new.csv", folder / "lines.csv"
    list_file.write_text(people, encoding="utf-8")
    began, busy = time.monotonic(), cpu_of(pid)
    run(folder, "person", "import", str(list_file), "--sync")
    new.write_text(run(folder, "person", "export", "--not-enrolled", "--days", "14").stdout, encoding="utf-8")
    ca("code", "--from", str(new), "--days", "14", "--out", str(lines), folder=folder)
    seconds, cpu = time.monotonic() - began, cpu_of(pid) - busy
    return Measured(seconds=seconds, cpu=cpu, lines=len(lines.read_text(encoding="utf-8").splitlines()) - 1)


def ca(*words: str, folder: Path) -> str:
    """A command of the CA in this folder."""
    command = [sys.executable, "-m", "relay.ca.cli", *words, "--folder", str(folder / "ca")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"})
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout


def main() -> int:
    """Exit code 1 where the median of the runs takes longer than promised."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=5060)
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    found = []
    for _ in range(asked.runs):
        with tempfile.TemporaryDirectory() as place, organisation(Path(place) / "relay") as (folder, pid):
            measured = enrol_everybody(folder, pid, staff(asked.people))
            again = json.loads(run(folder, "person", "import", str(folder / "staff.csv"), "--json").stdout)
            print(f"{measured}; again: {again['unchanged']} as they are", flush=True)
            found.append(measured)
    seconds, cpu = median(one.seconds for one in found), median(one.cpu for one in found)
    print(f"{asked.people} people: {seconds:.1f} s (at most {SECONDS:.0f}), {cpu:.1f} s of CPU (at most {CPU:.0f})")
    return 0 if seconds <= SECONDS and cpu <= CPU else 1


if __name__ == "__main__":
    sys.exit(main())
