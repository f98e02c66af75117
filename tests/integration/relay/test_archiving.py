"""Rows of the audit log go into files that verify by themselves, while a real relay runs and a real CA signs."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from deploy.demo.organisation import Organisation, organisation
from deploy.demo.programs import Run, until
from tests.support.relay_program import run


def first_and_last(folder: Path) -> tuple[int, int]:
    """Of the rows that are there."""
    with closing(sqlite3.connect(folder / "relay.db")) as connection:
        found: tuple[int, int] = connection.execute("SELECT min(number), max(number) FROM audit").fetchone()
        return found


def verdict(folder: Path) -> dict[str, object]:
    """Of `audit verify`."""
    told: dict[str, object] = json.loads(run(folder, "audit", "verify", "--json").stdout)
    return told


async def grown(office: Organisation, *names: str) -> None:
    """Groups are added, a head behind them is signed, and one more row comes."""
    for name in names:
        await office.command("group", "add", name)
    _, last = first_and_last(office.folder)

    def signed() -> bool:
        return int(str(verdict(office.folder)["signed"])) >= last

    assert await until(signed, within=60)
    await office.command("group", "add", f"{names[-1]} too")


async def test_segments(tmp_path: Path) -> None:
    """One after the other, by themselves and together; what was changed in one is found, and the rest of the log still holds."""
    async with organisation(Run.new(tmp_path), settings={"audit": {"heads_every": 1}}) as office:
        folder = office.folder
        files = [tmp_path / "one", tmp_path / "two"]
        await grown(office, "Desk", "Attic")
        told = run(folder, "audit", "archive", str(files[0]))
        assert "verify there" in told.stdout
        assert files[0].stat().st_mode & 0o777 == 0o600
        assert first_and_last(folder)[0] == 1
        files[0].unlink()
        assert "gone from the records" in run(folder, "audit", "archive", str(files[0]), "--remove").stdout
        begins, _ = first_and_last(folder)
        assert begins > 2
        assert verdict(folder)["archived"] == begins - 1
        assert (
            "There is nothing"
            in run(folder, "audit", "archive", str(tmp_path / "x"), "--until", "2026-01-01", code=1).stderr
        )
        await grown(office, "Cellar")
        run(folder, "audit", "archive", str(files[1]), "--remove")
        assert first_and_last(folder)[0] > begins
        assert verdict(folder)["holds"] is True
        assert "audit.archived" in run(folder, "audit", "show").stdout
        each = [word for file in files for word in ("--segment", str(file))]
        assert run(folder, "audit", "verify", *each).stdout.count("hold together") == 2
        assert "does not follow" in run(folder, "audit", "verify", *each[2:], *each[:2], code=1).stderr
        assert "is there already" in run(folder, "audit", "archive", str(files[0]), code=1).stderr
        for old, new in ((b"Desk", b"Disk"), (b'"kind"', b'"kint"'), (b"Attic", b"Attics")):
            changed = tmp_path / "changed"
            changed.write_bytes(files[0].read_bytes().replace(old, new, 1))
            assert "not what was archived" in run(folder, "audit", "verify", "--segment", str(changed), code=1).stderr
        lines = files[0].read_bytes().splitlines(keepends=True)
        for some in (lines[:-1], lines[:-2] + lines[-1:], [*lines, lines[-2]], lines[1:]):
            changed.write_bytes(b"".join(some))
            assert "not what was archived" in run(folder, "audit", "verify", "--segment", str(changed), code=1).stderr
        # the records go on
        await office.enrol("user", "Anna")
        assert verdict(folder)["holds"] is True
