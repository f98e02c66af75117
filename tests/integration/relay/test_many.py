"""Many at once, as operators do it: a list in, a list out, and enrolment lines for everybody in it."""

import csv
import io
import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from common.protocol.enrolment import EnrolmentLine
from tests.bench.people import CPU, SECONDS, ca, enrol_everybody, staff
from tests.support.relay_program import run, serving

PEOPLE = 340  # a fifteenth of the company that make bench has


def test_a_company_by_csv(folder: Path) -> None:
    """All are there, each has a line, names are unique; in the time that the whole company may take in proportion, five times over."""
    with serving(folder) as relay:
        run(folder, "group", "add", "Desk")
        measured = enrol_everybody(folder, relay.process.pid, staff(PEOPLE))
        assert measured.lines == PEOPLE + len(range(0, PEOPLE, 85))
        assert measured.seconds < 5 * SECONDS / 15
        assert measured.cpu < 5 * CPU / 15
        rows = list(csv.DictReader(io.StringIO((folder / "lines.csv").read_text(encoding="utf-8"))))
        assert {EnrolmentLine.parse(row["line"]).host for row in rows} == {"127.0.0.1"}
        users = [row["name"] for row in rows if row["role"] == "user"]
        assert len(set(users)) == PEOPLE
        assert {row["name"] for row in rows if row["role"] == "helper"} <= set(users)
        assert (folder / "lines.csv").stat().st_mode & 0o777 == 0o600
        again = json.loads(run(folder, "person", "import", str(folder / "staff.csv"), "--sync", "--json").stdout)
        assert (again["added"], again["changed"], again["left"], again["unchanged"]) == (0, 0, 0, PEOPLE)
        assert len(run(folder, "person", "list", "--not-enrolled").stdout.splitlines()) == PEOPLE
        assert run(folder, "person", "list", "--line-expired").stdout == ""
        everybody = folder / "everybody.csv"
        everybody.write_text(run(folder, "person", "export").stdout, encoding="utf-8")
        assert "0 added, 0 changed" in run(folder, "person", "import", str(everybody)).stdout


def test_every_wrong_line_of_a_file(folder: Path) -> None:
    """A dry run names 200 of them by number and reason, those that are no CSV and those that are no people; nothing is changed."""
    kinds = ("{0}", '{0},"Anna,user', "{0},,user", "{0},Anna,boss", ",Anna,user")
    lines = ["external_id,name,roles", *(kinds[number % 5].format(number) for number in range(2, 202))]
    path = folder / "broken.csv"
    path.write_text("\n".join([*lines, "1,Good,user"]), encoding="utf-8")
    for words in (("--dry-run",), ()):
        told = run(folder, "person", "import", str(path), *words, code=1)
        named = [one.partition(":")[0] for one in told.stdout.splitlines()]
        assert named == [f"Line {number}" for number in range(2, 202)]
        assert "Nothing was changed: 200 lines" in told.stderr
    assert run(folder, "person", "list").stdout == ""


def test_lines_as_files_and_pictures(folder: Path) -> None:
    """A text file for each line, a picture with a QR code; none where one cannot be made; for their owner only."""
    run(folder, "person", "add", "--role", "user", "--name", "Anna", "--external-id", "a/1")
    run(folder, "person", "add", "--role", "helper", "--role", "user", "--name", "Hana", "--external-id", "2")
    table = folder / "new.csv"
    table.write_text(run(folder, "person", "export").stdout, encoding="utf-8")
    ca("code", "--from", str(table), "--as", "files", "--out", str(folder / "lines"), folder=folder)
    names = {path.name for path in (folder / "lines").iterdir()}
    assert names == {"a_1-user.txt", "2-user.txt", "2-helper.txt"}
    for path in (folder / "lines").iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
        assert EnrolmentLine.parse(path.read_text(encoding="utf-8"))
    ca("code", "--from", str(table), "--as", "qr", "--out", str(folder / "pictures"), "--days", "3", folder=folder)
    assert {path.suffix for path in (folder / "pictures").iterdir()} == {".svg"}
    for path in (folder / "pictures").iterdir():
        assert ET.parse(path).getroot().tag.endswith("svg")
    before = ca("list", folder=folder)
    rows = table.read_text(encoding="utf-8").replace("Hana", "An\u200bna")
    table.write_text(rows, encoding="utf-8")
    with pytest.raises(RuntimeError, match=r"Line 3: .*\nLine 3: (?s:.*)No enrolment line was made"):
        ca("code", "--from", str(table), folder=folder)
    assert ca("list", folder=folder) == before
