"""Looking for a text in files."""

import codecs
import json
from pathlib import Path

import pytest

from common.host import byte_search
from common.host.byte_search import file_has, files_below, forms


@pytest.mark.parametrize("name", ["Anna Müller", "田中花子", "😀 Anna"])
def test_in_whichever_way_it_is_written(tmp_path: Path, name: str) -> None:
    """UTF-8, both UTF-16s, and JSON's escapes in either case; another name is not found."""
    path = tmp_path / "file"
    escaped = json.dumps(name)
    for written in (name.encode(), name.encode("utf-16-le"), name.encode("utf-16-be"), escaped.encode()):
        path.write_bytes(b"\0\xff" + written + b"x")
        assert file_has(path, forms(name))
        assert not file_has(path, forms("Somebody else"))
    path.write_text("".join(f"\\u{ord(one):04X}" if ord(one) > 127 else one for one in name))
    assert file_has(path, forms(name)) == (max(map(ord, name)) < 0x10000)
    path.write_bytes(codecs.BOM_UTF8 + name[:-1].encode())
    assert not file_has(path, forms(name))


def test_across_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever a piece of the file ends."""
    monkeypatch.setattr(byte_search, "_PIECE", 7)
    for place in range(20):
        path = tmp_path / "file"
        path.write_bytes(b"." * place + b"Hanako Tanaka" + b"." * 9)
        assert file_has(path, forms("Hanako Tanaka"))
        assert not file_has(path, forms("Hanako Tanake"))


def test_what_is_too_short(tmp_path: Path) -> None:
    """It would be found everywhere by chance."""
    assert forms("Li") == frozenset()
    assert forms("李") == frozenset()
    assert forms("李明")
    (tmp_path / "file").write_bytes(b"Link")
    assert not file_has(tmp_path / "file", forms("Li"))


def test_files_below(tmp_path: Path) -> None:
    """Every file, whatever is around it; nothing that only points somewhere."""
    (tmp_path / "b" / "c").mkdir(parents=True)
    for name in ("z", "b/c/d", "b/a"):
        (tmp_path / name).touch()
    (tmp_path / "link").symlink_to(tmp_path / "z")
    assert [str(path.relative_to(tmp_path)) for path in files_below(tmp_path)] == ["z", "b/a", "b/c/d"]
