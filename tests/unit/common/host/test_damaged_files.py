"""Files that cannot be read are kept aside and told of, never written over."""

import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from common.host import damaged_files
from common.host.damaged_files import KEPT_ASIDE, OwnFile, set_aside
from common.host.errors import TasukiError
from tests.support.marks import needs

NOON = datetime(2026, 3, 4, 12, 0, 0, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> OwnFile[dict[str, int]]:
    """A file of numbers by name."""
    return OwnFile(tmp_path / "numbers.json", kind=dict[str, int], empty=dict, damaged="history_damaged")


@pytest.fixture
def nobody(tmp_path: Path) -> Iterator[Path]:
    """The same folder, ours, as somebody to whom permissions apply."""
    before = os.geteuid()
    for part in (tmp_path, *tmp_path.parents):  # how many of them are pytest's own depends on how it was started
        if part == Path(tempfile.gettempdir()):
            break
        part.chmod(0o755)
    if before == 0:
        os.chown(tmp_path, 65534, 65534)
        os.seteuid(65534)
    yield tmp_path
    os.seteuid(before)


def test_written_and_read(tmp_path: Path, file: OwnFile[dict[str, int]]) -> None:
    """Nothing is there at first; nothing is set aside."""
    assert file.read() == {}
    file.write({"a": 1})
    assert file.read() == {"a": 1}
    assert file.take_problem() is None
    assert [path.name for path in tmp_path.iterdir()] == ["numbers.json"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"a":"x"}', b"[" * 60_000])
def test_a_damaged_file_is_kept_aside(tmp_path: Path, file: OwnFile[dict[str, int]], content: bytes) -> None:
    """Byte for byte, and the person is told once where."""
    (tmp_path / "numbers.json").write_bytes(content)
    assert file.read() == {}
    problem = file.take_problem()
    assert problem is not None
    assert problem.code == "history_damaged"
    assert file.take_problem() is None
    file.write({"a": 1})
    assert file.read() == {"a": 1}
    aside = Path(str(problem.facts["aside"]))
    assert aside.parent == tmp_path
    assert aside.read_bytes() == content


def test_so_many_are_kept_and_the_first_ones(tmp_path: Path) -> None:
    """At the bound all are there; with one more the newest made room, for the first is likeliest to be worth something."""
    path = tmp_path / "numbers.json"
    for number in range(KEPT_ASIDE + 1):
        path.write_text(str(number), encoding="utf-8")
        set_aside(path, now=lambda number=number: NOON.replace(second=number))  # type: ignore[misc]
        kept = sorted(tmp_path.iterdir())
        assert len(kept) == min(number + 1, KEPT_ASIDE)
    assert [one.read_text(encoding="utf-8") for one in kept] == ["0", "1", "2", "3", str(KEPT_ASIDE)]


def test_two_in_one_second_are_two(tmp_path: Path) -> None:
    """And files of other names are none of its business."""
    path = tmp_path / "numbers.json"
    (tmp_path / "other.json.damaged-20260304-120000").touch()
    for text in "abc":
        path.write_text(text, encoding="utf-8")
        set_aside(path, now=lambda: NOON)
    names = sorted(one.name for one in tmp_path.iterdir() if one.name.startswith("numbers"))
    assert names == [f"numbers.json.damaged-20260304-120000{more}" for more in ("", "-2", "-3")]


@needs("os.seteuid")
def test_a_file_that_may_not_be_read_is_set_aside_too(nobody: Path, file: OwnFile[dict[str, int]]) -> None:
    """As one that root left there, by a command that was given with sudo."""
    (nobody / "numbers.json").touch(mode=0)
    assert file.read() == {}
    assert file.take_problem() is not None
    file.write({"a": 1})
    assert len(list(nobody.iterdir())) == 2


def test_what_cannot_even_be_set_aside_is_not_written_over(
    tmp_path: Path, file: OwnFile[dict[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And trouble that passes is no damage: too many open files, say."""
    (tmp_path / "numbers.json").write_bytes(b"{")

    def fails(_path: Path) -> Path:
        raise OSError(30, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr(damaged_files, "set_aside", fails)
        with pytest.raises(TasukiError, match="Read-only"):
            file.read()

    def crowded(_path: Path) -> bytes:
        raise OSError(24, "Too many open files")

    (tmp_path / "numbers.json").write_bytes(msgspec.json.encode({"a": 1}))
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", crowded)
        with pytest.raises(TasukiError, match="Too many"):
            file.read()
    assert file.read() == {"a": 1}
    assert len(list(tmp_path.iterdir())) == 1
