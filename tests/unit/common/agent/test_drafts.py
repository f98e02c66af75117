"""What was typed and not sent yet."""

import asyncio
from pathlib import Path

import pytest

from common.agent.drafts import FILE, KEPT, LIMIT, Drafts
from common.host import damaged_files
from tests.support.private_files import is_private


async def test_kept_over_a_restart(tmp_path: Path) -> None:
    """Whatever was typed last, but not what was sent."""
    drafts = Drafts(tmp_path / "agent")
    drafts.set("chat:1", "Hel")
    drafts.set("chat:1", "Hello")
    drafts.set("note:1", "two printers")
    drafts.clear("note:1")
    await drafts.flush()
    again = Drafts(tmp_path / "agent")
    assert (again.get("chat:1"), again.get("note:1"), again.get("topic")) == ("Hello", "", "")
    assert is_private(tmp_path / "agent" / FILE)


async def test_what_was_written_to_another_organisation_is_forgotten(tmp_path: Path) -> None:
    """Where the bar lies is the person's own; a file of an older version says not whose it is, and counts as ours."""
    drafts = Drafts(tmp_path)
    for key in ("chat:tasuki://x/helper/1", "topic", "bar:HDMI-1", "told-of-tray"):
        drafts.set(key, "here")
    await drafts.flush()
    mine = Drafts(tmp_path, owner="mine")
    assert mine.get("topic") == "here"
    mine.set("note:1", "two")
    await mine.flush()
    assert Drafts(tmp_path, owner="mine").get("topic") == "here"
    other = Drafts(tmp_path, owner="other")
    assert [other.get(key) for key in ("topic", "note:1", "bar:HDMI-1", "told-of-tray")] == ["", "", "here", "here"]
    other.set("topic", "printer")
    await other.flush()
    assert Drafts(tmp_path, owner="mine").get("topic") == ""


async def test_written_by_itself_and_only_when_something_changed(tmp_path: Path) -> None:
    """A moment after the first change, however long the typing goes on; nothing is written for what is there already."""
    drafts = Drafts(tmp_path, delay=0.01)
    drafts.clear("topic")
    assert drafts._timer is None
    drafts.set("topic", "printer")
    async with asyncio.timeout(10):
        while not (tmp_path / FILE).exists():
            drafts.set("topic", drafts.get("topic") + "!")
            await asyncio.sleep(0.001)
    await drafts.flush()
    await drafts.flush()
    assert Drafts(tmp_path).get("topic") == drafts.get("topic")


async def test_bounds(tmp_path: Path) -> None:
    """The oldest goes first, and none is larger than anything that is sent."""
    drafts = Drafts(tmp_path)
    for number in range(KEPT + 1):
        drafts.set(f"{number}", "x" * (LIMIT + 1))
    assert (drafts.get("0"), drafts.get("1")) == ("", "x" * LIMIT)
    await drafts.flush()


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff"])
async def test_a_damaged_file_is_no_reason_not_to_start(tmp_path: Path, content: bytes) -> None:
    """It counts as empty and is kept aside, and the person is told."""
    (tmp_path / FILE).write_bytes(content)
    drafts = Drafts(tmp_path)
    problem = drafts.take_problem()
    assert problem is not None
    assert problem.code == "drafts_damaged"
    assert drafts.take_problem() is None
    drafts.set("topic", "printer")
    await drafts.flush()
    again = Drafts(tmp_path)
    assert (again.get("topic"), again.take_problem()) == ("printer", None)
    assert [path.read_bytes() for path in tmp_path.glob(f"{FILE}.damaged-*")] == [content]


async def test_a_file_that_cannot_be_set_aside_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Typing goes on, and what was there stays."""
    (tmp_path / FILE).write_bytes(b"{")

    def fails(_path: Path) -> Path:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(damaged_files, "set_aside", fails)
    drafts = Drafts(tmp_path)
    problem = drafts.take_problem()
    assert problem is not None
    assert problem.code == "folder_unusable"
    drafts.set("topic", "printer")
    await drafts.flush()
    assert drafts.get("topic") == "printer"
    assert (tmp_path / FILE).read_bytes() == b"{"


async def test_a_disk_that_takes_nothing(tmp_path: Path) -> None:
    """Typing goes on."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    drafts = Drafts(tmp_path / "file")
    drafts.set("topic", "printer")
    await drafts.flush()
    assert drafts.get("topic") == "printer"
