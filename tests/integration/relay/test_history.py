"""Who helped whom, by the commands, beside a relay that runs: days, pages, CSV; and the bench's small form."""

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.bench import history as bench
from tests.bench import verifying
from tests.support.history import FORMULA, USERS, fill
from tests.support.relay_program import run

BEGIN = datetime(2026, 3, 28, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def kept(folder: Path) -> Path:
    """A folder with a session at each hour of 240, about the night in which Berlin's clocks were put forward."""
    run(folder, "migrate")
    fill(folder / "relay.db", sessions=240, audit_rows=240, begin=BEGIN, end=BEGIN + 240 * HOUR)
    return folder


def listed(folder: Path, *words: str, zone: str = "UTC") -> list[dict[str, object]]:
    """What `sessions list --json` prints."""
    lines = run(folder, "sessions", "list", *words, "--json", TZ=zone).stdout.splitlines()
    return [json.loads(line) for line in lines]


def test_days_are_the_operators(kept: Path) -> None:
    """A day begins and ends with the clocks where the command is given, and may have 23 hours."""
    for zone, first, hours in (("UTC", 24, 24), ("Asia/Tokyo", 15, 24), ("Europe/Berlin", 23, 23)):
        found = listed(kept, "--from", "2026-03-29", "--to", "2026-03-29", zone=zone)
        assert [one["up"] for one in found] == list(reversed(range(first, first + hours)))
    [line] = run(kept, "audit", "show", "--from", "2026-04-06", "--limit", "1", TZ="Asia/Tokyo").stdout.splitlines()
    assert "2026-04-06 00:00:00" in line


def test_pages_follow_each_other(kept: Path) -> None:
    """A hundred at a time; what was said as the next leads on until there is none."""
    pages: list[list[dict[str, object]]] = []
    words: tuple[str, ...] = ("--all",)
    while True:
        *found, last = listed(kept, *words)
        more = "next" in last
        pages.append(found if more else [*found, last])
        if not more:
            break
        words = ("--after", str(last["next"]))
    assert [len(page) for page in pages] == [100, 100, 40]
    assert [one["up"] for page in pages for one in page] == list(reversed(range(240)))
    assert "--after" in run(kept, "sessions", "list", "--page", "3").stderr
    assert run(kept, "sessions", "list", "--after", "x", code=2).stdout == ""
    assert run(kept, "sessions", "list", "--from", "1.4.2026", code=2).stdout == ""


def test_of_somebody(kept: Path) -> None:
    """By name or identifier, by group, by how they ended; who or what is not there is named."""
    assert [one["up"] for one in listed(kept, "--person", "User 7")] == [187, 127, 67, 7]
    assert [one["up"] for one in listed(kept, "--ended", "cut", "--page", "2")[:2]] == [230, 220]
    assert {int(str(one["up"])) % 3 for one in listed(kept, "--group", "Desk") if "up" in one} == {0}
    assert "Nobody" in run(kept, "sessions", "list", "--person", "Nobody", code=1).stderr
    assert "Nowhere" in run(kept, "sessions", "list", "--group", "Nowhere", code=1).stderr


def test_csv(kept: Path, tmp_path: Path) -> None:
    """All of them whatever a page is, read back as they were; no cell is a formula; the file is its owner's alone."""
    target = tmp_path / "out.csv"
    assert run(kept, "sessions", "list", "--csv", str(target)).stdout == ""
    assert target.stat().st_mode & 0o777 == 0o600
    with target.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["bytes_up"]) for row in rows] == list(reversed(range(240)))
    assert {row["topic"] for row in rows} == {f"'{FORMULA}", 'A printer, and "quotes"\nand 日本語'}
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row.values())
    assert (rows[-1]["user"], rows[-1]["helper"], rows[-1]["seconds"]) == ("User 0", "Helper 0", "298")
    out = run(kept, "sessions", "list", "--person", "User 7", "--csv", "-", TZ="Asia/Tokyo").stdout
    assert [row["granted"] for row in csv.DictReader(out.splitlines())][-1] == "2026-03-28 16:00:00+09:00"
    log = run(kept, "audit", "show", "--csv", "-", "--after", "230").stdout
    assert [row["number"] for row in csv.DictReader(log.splitlines())] == [str(n) for n in range(231, 241)]
    assert run(kept, "sessions", "list", "--csv", str(tmp_path / "no" / "x.csv"), code=1).stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["out.csv"]


def test_all_about_one_person(kept: Path, tmp_path: Path) -> None:
    """What is there of them in any table, and nobody else's request; somebody without any of it has empty lists."""
    target = tmp_path / "all.json"
    run(kept, "person", "add", "--role", "user", "--name", "Anna", "--department", "Sales", "--external-id", "4711")
    run(kept, "person", "change", "4711", "--note", "left-handed")
    run(kept, "person", "leave", "User 7")
    assert "User 7" in run(kept, "person", "export-all", "User 7", str(target)).stderr
    assert target.stat().st_mode & 0o777 == 0o600
    found = json.loads(target.read_text(encoding="utf-8"))
    ours = USERS[7].identifier
    assert found["person"]["left_at"] is not None
    assert [one["identifier"] for one in found["accounts"]] == [ours]
    assert len(found["requests"]) == len(found["sessions"]) == 4
    assert {one["user"]["account"] for one in (*found["requests"], *found["sessions"])} == {ours}
    assert {one["topic"] for one in found["requests"]} >= {FORMULA}
    events = [one["event"] for one in found["audit"]]
    assert events.count("session.over") == 4
    assert {"person.left", "account.disabled"} <= set(events)
    assert [one["account"] for one in found["revocations"]] == [ours]
    text = run(kept, "person", "export-all", "4711", "-").stdout
    anna = json.loads(text)
    assert (anna["person"]["note"], anna["person"]["department"]) == ("left-handed", "Sales")
    assert anna["requests"] == anna["sessions"] == anna["certificates"] == []
    assert [one["event"] for one in anna["audit"]] == ["person.added", "person.changed"]
    assert "User 7" not in text
    assert "Nobody" in run(kept, "person", "export-all", "Nobody", str(tmp_path / "x"), code=1).stderr
    assert not (tmp_path / "x").exists()


@pytest.mark.alone
async def test_verified_beside_a_session(tmp_path: Path) -> None:
    """The bench's small form: the session's round trips take hardly longer."""
    one = await verifying.measure(tmp_path, rows=20_000, times=1, seconds=3.0)
    verifying.show(one)
    assert one.verified >= 1
    assert one.rise <= 5 * verifying.RISE


def test_beside_a_relay(tmp_path: Path) -> None:
    """The bench's small form: the relay grows by little and answers meanwhile."""
    for one in bench.measure(tmp_path, sessions=5000, audit_rows=20_000, times=1):
        assert one.growth <= bench.GROWTH
        assert one.health <= max(5 * bench.HEALTH, 5 * one.idle)  # on a busy machine
        assert one.seconds <= 5 * bench.SECONDS
