"""What was typed and not sent yet."""

import asyncio
from pathlib import Path

import pytest

from common.agent.drafts import FILE, KEPT, LIMIT, Drafts


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
    assert (tmp_path / "agent" / FILE).stat().st_mode & 0o777 == 0o600


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
    """It counts as empty, and is written anew."""
    (tmp_path / FILE).write_bytes(content)
    drafts = Drafts(tmp_path)
    drafts.set("topic", "printer")
    await drafts.flush()
    assert Drafts(tmp_path).get("topic") == "printer"


async def test_a_disk_that_takes_nothing(tmp_path: Path) -> None:
    """Typing goes on."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    drafts = Drafts(tmp_path / "file")
    drafts.set("topic", "printer")
    await drafts.flush()
    assert drafts.get("topic") == "printer"
