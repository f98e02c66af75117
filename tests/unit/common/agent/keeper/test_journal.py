"""The person's registry values come back, whatever died in between; with a registry that is a dictionary."""

import json
import sys
from pathlib import Path

import pytest

from common.agent.keeper import journal
from common.agent.keeper.journal import DAMAGED, Value, put_back, windows_registry, write_down
from common.agent.keeper.main import AtEnd
from tests.support.private_files import is_private

KEY = r"Software\Some\Server"
TEXT, BINARY, NUMBER = 1, 3, 4  # REG_SZ, REG_BINARY, REG_DWORD


class Registry(dict[tuple[str, str], Value]):
    """Values by key and name; `refused` names cannot be written."""

    def __init__(self, **values: Value) -> None:
        super().__init__({(KEY, name): value for name, value in values.items()})
        self.refused: set[str] = set()

    def read(self, key: str, name: str) -> Value | None:
        """The value, or None."""
        return self.get((key, name))

    def write(self, key: str, name: str, value: Value) -> None:
        """Set it."""
        if name in self.refused:
            raise PermissionError(13, "Access is denied")
        self[key, name] = value

    def delete(self, key: str, name: str) -> None:
        """Remove it, if it is there."""
        self.pop((key, name), None)


MINE = {"Port": Value(5900, NUMBER), "Password": Value(b"\x00\xff", BINARY), "Name": Value("机", TEXT)}
NAMES = ("Port", "Password", "Name", "Absent")


def session(registry: Registry) -> None:
    """What a session does to the values."""
    for name in NAMES:
        registry.write(KEY, name, Value(1, NUMBER))


def test_what_was_there_comes_back(tmp_path: Path) -> None:
    """Numbers, bytes and texts, and the absence of a value; then the journal is gone, and once more does nothing."""
    registry, journal = Registry(**MINE), str(tmp_path / "journal")
    write_down(journal, registry, KEY, NAMES, owner="one")
    if sys.platform != "win32":  # there the folder says who may read it
        assert is_private(Path(journal))
    session(registry)
    assert put_back(journal, registry, owner="one")
    assert registry == Registry(**MINE)
    assert list(tmp_path.iterdir()) == []
    session(registry)
    assert not put_back(journal, registry)


def test_what_a_dead_session_left_is_put_back_before_a_new_one_looks(tmp_path: Path) -> None:
    """After a power failure the old session's values are not taken for the person's."""
    registry, journal = Registry(**MINE), str(tmp_path / "journal")
    write_down(journal, registry, KEY, NAMES, owner="dead")
    session(registry)
    write_down(journal, registry, KEY, NAMES, owner="new")
    assert registry == Registry(**MINE)
    session(registry)
    assert put_back(journal, registry)
    assert registry == Registry(**MINE)


def test_a_keeper_that_is_just_ending_leaves_a_new_session_alone(tmp_path: Path) -> None:
    """Only whoever wrote the journal puts it back, or a start that finds it."""
    registry, journal = Registry(**MINE), str(tmp_path / "journal")
    write_down(journal, registry, KEY, NAMES, owner="new")
    session(registry)
    assert not put_back(journal, registry, owner="old")
    assert registry != Registry(**MINE)
    assert put_back(journal, registry, owner="new")


def test_a_value_that_is_refused_keeps_the_journal(tmp_path: Path) -> None:
    """The others come back at once, that one at the next start."""
    registry, journal = Registry(**MINE), str(tmp_path / "journal")
    write_down(journal, registry, KEY, NAMES, owner="one")
    session(registry)
    registry.refused = {"Port"}
    with pytest.raises(PermissionError):
        put_back(journal, registry)
    assert registry == Registry(**{**MINE, "Port": Value(1, NUMBER)})
    registry.refused.clear()
    assert put_back(journal, registry)
    assert registry == Registry(**MINE)


def test_half_a_journal_changes_nothing(tmp_path: Path) -> None:
    """It was whole when it was renamed into place, so a disk damaged it: it is kept aside, for nothing else knows what was there."""
    registry, journal = Registry(**MINE), tmp_path / "journal"
    whole = json.dumps({"owner": "x", "key": KEY, "values": {"Port": {"kind": 4, "data": 5900}}})
    for text in (
        whole[:20],
        "[]",
        "{}",
        '{"key": 1, "values": {"Port": 5}}',
        '{"key": 1, "values": {"a": {"kind": 3, "bytes": "!"}}}',
    ):
        journal.write_text(text)
        assert not put_back(str(journal), registry)
        assert not journal.exists()
        assert Path(f"{journal}{DAMAGED}").read_text() == text
        assert registry == Registry(**MINE)


def test_only_windows_has_a_registry() -> None:
    """Elsewhere there is nothing to put back."""
    assert (windows_registry() is not None) == (sys.platform == "win32")


def test_the_keeper_puts_back_what_its_own_agent_has_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the end, and after what was registered later; another agent's journal stays for that one."""
    registry, mine, other = Registry(**MINE), str(tmp_path / "mine"), str(tmp_path / "other")
    monkeypatch.setattr(journal, "windows_registry", lambda: registry)
    at_end = AtEnd()
    write_down(mine, registry, KEY, NAMES, owner="me")
    at_end.put_back(mine, "me")
    session(registry)
    write_down(other, registry, KEY, NAMES, owner="somebody else")
    at_end.put_back(other, "me")
    at_end.run()
    assert registry == Registry(**MINE)
    assert [path.name for path in tmp_path.iterdir()] == ["other"]
