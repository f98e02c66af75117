"""PostgreSQL's programs are told the address where nobody else reads it, and neither what they say nor how long they take is unbounded.

What they really do with a server: tests/integration/relay/test_backup.py.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from relay.core.storing import StoreUnavailableError
from relay.store import server_copy
from relay.store.engines import url_of
from relay.store.server_copy import ProgramFailedError, ProgramMissingError, dump, moved, put_back

USED = "postgresql+asyncpg://relay:p%40ss@db.example.org:5433/tasuki?ssl=verify-full&prepared_statement_cache_size=0"

Program = Callable[[str], Path]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Makes one that is found in the place of both of PostgreSQL's, of this shell text: where it runs."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.chdir(tmp_path)

    def made(text: str) -> Path:
        for name in ("pg_dump", "pg_restore"):
            path = tmp_path / name
            path.write_text(f"#!/bin/sh\n{text}\n")
            path.chmod(0o755)
        return tmp_path

    return made


def test_the_address(program: Program, tmp_path: Path) -> None:
    """In the environment, the password too; no word of it is on the command line. What is the driver's own is left out."""
    place = program('printf "%s\\n" "$@" > words; env > environment')
    for back in (False, True):
        put_back(tmp_path / "copy", USED) if back else dump(USED, tmp_path / "copy")
        words = (place / "words").read_text()
        assert "p@ss" not in words
        assert "example.org" not in words
        assert str(tmp_path / "copy") in words
        given = set((place / "environment").read_text().splitlines())
        assert given >= {
            "PGHOST=db.example.org", "PGPORT=5433", "PGUSER=relay", "PGPASSWORD=p@ss", "PGDATABASE=tasuki",
            "PGSSLMODE=verify-full",
        }  # fmt: skip
        assert not any("cache_size" in line for line in given)


def test_a_socket(program: Program, tmp_path: Path) -> None:
    """An address without a host has it behind the question mark."""
    place = program("env > environment")
    dump("postgresql+asyncpg://relay@/tasuki?host=/run/postgresql", tmp_path / "copy")
    assert "PGHOST=/run/postgresql" in (place / "environment").read_text().splitlines()


def test_what_it_says(program: Program, tmp_path: Path) -> None:
    """Of very much the end is kept, where the fault stands."""
    program("head -c 3000000 /dev/zero | tr '\\0' x >&2; echo the fault >&2; exit 1")
    with pytest.raises(ProgramFailedError) as raised:
        dump(USED, tmp_path / "copy")
    assert str(raised.value).endswith("xthe fault")
    assert len(str(raised.value)) < 1100


def test_how_long_it_takes(program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is ended."""
    monkeypatch.setattr(server_copy, "LONGEST", 0.2)
    program("exec sleep 60")
    with pytest.raises(ProgramFailedError):
        put_back(tmp_path / "copy", USED)


def test_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ProgramMissingError, match="pg_dump"):
        dump(USED, tmp_path / "copy")


def test_another_database() -> None:
    """Role, password and options are the relay's own; an address that is none is refused."""
    there = "postgresql+asyncpg://owner:secret@db2.example.org/other"
    with_options = (
        "postgresql+asyncpg://relay:p%40ss@db2.example.org/other?prepared_statement_cache_size=0&ssl=verify-full"
    )
    assert moved(USED, there) == with_options
    socket = moved(USED, "postgresql+asyncpg://owner@/other?host=/run/postgresql&ssl=disable")
    assert url_of(socket).query == {
        "host": "/run/postgresql",
        "prepared_statement_cache_size": "0",
        "ssl": "verify-full",
    }
    assert (url_of(socket).host, url_of(socket).username) == (None, "relay")
    assert moved("sqlite+aiosqlite:///relay.db", there) == there
    with pytest.raises(StoreUnavailableError):
        moved(USED, "nothing")
