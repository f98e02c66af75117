"""What `person erase` asks before it does anything, and where it looks afterwards."""

from pathlib import Path
from typing import Any

import click
import pytest

from relay.commands.erasing import _meant, _still_there


@pytest.mark.parametrize(("others", "rows", "said"), [(0, 0, False), (3, 0, True), (0, 7, True)])
def test_it_says_how_much_of_others_goes(
    others: int, rows: int, said: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before it is done, with both counts, where there is anything; and asks by name, or by identifier once there is none."""
    asked: list[str] = []

    def confirm(text: str, **_options: Any) -> bool:
        asked.append(text)
        return False

    monkeypatch.setattr(click, "confirm", confirm)
    found = {"person": "1234", "name": "Hana", "others": others, "rows": rows}
    assert not _meant(found)
    assert not _meant({**found, "name": ""})
    assert ["Hana" in asked[0], "1234" in asked[1]] == [True, True]
    told = capsys.readouterr().err
    assert (f"{others} requests" in told and f"{rows} rows" in told) is said


def test_where_a_name_still_stands(tmp_path: Path) -> None:
    """However it is spelt there, in the folder and in a database that lies elsewhere; nothing is looked for where no name is known."""
    folder, elsewhere = tmp_path / "relay", tmp_path / "disk" / "records.db"
    folder.mkdir()
    elsewhere.parent.mkdir()
    (folder / "a").write_text("…鈴木花子…", encoding="utf-8")
    (folder / "b").write_text("ANNA BERG", encoding="utf-8")
    (folder / "c").write_text("nobody", encoding="utf-8")
    elsewhere.with_name("records.db-wal").write_text("鈴木\u3000花子", encoding="utf-16-le")
    found = _still_there(folder, elsewhere, ["鈴木 花子", "Anna Berg"])
    assert [path.name for path in found] == ["a", "b", "records.db-wal"]
    assert _still_there(folder, elsewhere, []) == []
