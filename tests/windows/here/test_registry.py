"""The person's registry, by Windows' own calls."""

import uuid
from pathlib import Path

from common.agent.keeper.journal import Value, put_back, windows_registry, write_down

TEXT, BINARY, NUMBER = 1, 3, 4  # REG_SZ, REG_BINARY, REG_DWORD
MINE = {"Port": Value(5900, NUMBER), "Password": Value(b"\x00\xff", BINARY), "Name": Value("机", TEXT)}
NAMES = (*MINE, "Absent")


def test_the_real_registry(tmp_path: Path) -> None:
    """Numbers, bytes and texts by Windows' own calls; the values of a key that was not there go again."""
    registry, journal = windows_registry(), str(tmp_path / "journal")
    assert registry is not None
    key = rf"Software\Tasuki tests\{uuid.uuid4()}"
    for name, value in MINE.items():
        assert registry.read(key, name) is None
        registry.write(key, name, value)
    write_down(journal, registry, key, NAMES, owner="one")
    for name in NAMES:
        registry.write(key, name, Value(1, NUMBER))
    assert put_back(journal, registry, owner="one")
    assert {name: registry.read(key, name) for name in NAMES} == {**MINE, "Absent": None}
    for name in NAMES:
        registry.delete(key, name)
        registry.delete(rf"{key}\none", name)
        assert registry.read(key, name) is None
