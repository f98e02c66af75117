"""A relay's folder as `init` makes it, and a real PostgreSQL."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.postgresql import PostgreSQL, postgresql
from tests.support.relay_program import LOOPBACK, run


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that `init` made, never changed afterwards."""
    folder = tmp_path_factory.mktemp("made") / "relay"
    told = run(folder, "init", "--organisation", "example", "--host", LOOPBACK, "--port", "8443").stdout
    assert "tasuki-ca serve" in told
    assert "tasuki-relay serve" in told
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy of it, on ports of its own."""
    copy = tmp_path / "relay"
    shutil.copytree(made, copy, ignore=shutil.ignore_patterns("lock"))
    settings = (copy / "relay.toml").read_text(encoding="utf-8")
    settings = settings.replace(
        "matching_port = 8443\n", 'matching_port = 0\nvnc_port = 0\nmetrics_port = -1\naddresses = ["127.0.0.1"]\n'
    )
    (copy / "relay.toml").write_text(settings, encoding="utf-8")
    authority = (copy / "ca" / "ca.toml").read_text(encoding="utf-8")
    (copy / "ca" / "ca.toml").write_text(authority.replace(str(made), str(copy)), encoding="utf-8")
    return copy


@pytest.fixture(scope="session")
def server() -> Iterator[PostgreSQL]:
    """One for all tests of a worker; whoever stops it starts it again, and whoever changes a role's settings takes that back."""
    with postgresql() as running:
        yield running


@pytest.fixture
def fresh(server: PostgreSQL) -> PostgreSQL:
    """With an empty database."""
    server.create_database()
    return server
