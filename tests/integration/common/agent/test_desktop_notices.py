"""The desktop's notices over a real session bus: replaced and not piled up, withdrawn, and shown again by who comes next."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from common.agent import desktop_notices
from common.agent.desktop_notices import DesktopNotices
from common.agent.notice import DEFAULT, Notice
from common.net import session_bus
from tests.support.desktops import happens, running
from tests.support.notice_daemon import notice_daemon
from tests.support.session_bus import bus_in


@dataclass
class Told:
    """What came back."""

    acted: list[tuple[str, str, str]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


@contextlib.asynccontextmanager
async def notices(folder: Path) -> AsyncIterator[tuple[DesktopNotices, Told]]:
    """Of a program on the bus in `folder`."""
    told = Told()
    made = DesktopNotices(
        socket=str(folder / "bus"),
        name="Tasuki",
        entry="tasuki-helper",
        picture=None,
        on_action=lambda key, action, token: told.acted.append((key, action, token)),
        on_gone=told.gone.append,
        on_failed=lambda notice: told.failed.append(notice.title),
        rests=(0.1,),
    )
    try:
        yield made, told
    finally:
        await made.close()


@contextlib.asynccontextmanager
async def bus(folder: Path) -> AsyncIterator[str]:
    """A session bus; its address."""
    argv, address = bus_in(folder)
    with running(argv, folder):
        await happens("the bus listens", (folder / "bus").exists)
        yield address


def about(title: str, *, key: str = "requests", take: str = "") -> Notice:
    """A notice; with a button where there is somebody to take."""
    actions = ((f"take:{take}", "Take it"),) if take else ()
    return Notice(key=key, title=title, text="", actions=actions, stays=True)


async def test_one_takes_the_place_of_the_other(tmp_path: Path) -> None:
    """Under the same key there is always one, of which the last counts; others stand beside it."""
    async with bus(tmp_path) as address, notice_daemon(address) as daemon, notices(tmp_path) as (made, _told):
        made.show(about("Hanako asks"))
        await daemon.titles("Hanako asks")
        for count in range(2, 50):
            made.show(about(f"{count} people ask"))
        made.show(about("A message", key="chat"))
        await daemon.titles("49 people ask", "A message")
        assert len(daemon.calls) <= 4, daemon.calls
        assert daemon.calls[1][0] == 1
        made.withdraw("requests")
        await daemon.titles("A message")
        for count in range(desktop_notices.MOST + 5):
            made.show(about(f"{count}", key=f"{count}"))
        await daemon.titles(*(f"{count}" for count in range(5, desktop_notices.MOST + 5)))
        await made.close()
        await daemon.titles()


async def test_what_the_person_does_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A button; a button of what was replaced is none, and one that was pressed too quickly only opens."""
    monkeypatch.setattr(desktop_notices, "DEAF", 0.0)
    async with bus(tmp_path) as address, notice_daemon(address) as daemon, notices(tmp_path) as (made, told):
        made.show(about("Hanako asks", take="1"))
        await daemon.titles("Hanako asks")
        made.show(about("Jiro asks", take="2"))
        await daemon.titles("Jiro asks")
        await daemon.choose(99, "take:2")
        await daemon.choose(1, "take:1")
        await daemon.choose(1, "take:2", token="leave")
        await daemon.choose(1, DEFAULT)
        await happens("both came", lambda: len(told.acted) == 2)
        assert told.acted == [("requests", "take:2", "leave"), ("requests", DEFAULT, "")]
        monkeypatch.setattr(desktop_notices, "DEAF", 60.0)
        await daemon.choose(1, "take:2")
        await happens("it came", lambda: len(told.acted) == 3)
        assert told.acted[-1] == ("requests", DEFAULT, "")
        await daemon.put_away(1)
        await happens("it is gone", lambda: told.gone == ["requests"])
        assert not made.stands("requests")


async def test_who_shows_them_ends_and_comes_again(tmp_path: Path) -> None:
    """What stands is shown again, under numbers of the new one; what was withdrawn meanwhile is not."""
    async with bus(tmp_path) as address, notices(tmp_path) as (made, told):
        async with notice_daemon(address) as daemon:
            made.show(about("Hanako asks", take="1"))
            made.show(about("A message", key="chat"))
            await daemon.titles("Hanako asks", "A message")
        made.withdraw("chat")
        async with notice_daemon(address) as daemon:
            await daemon.titles("Hanako asks")
            await asyncio.sleep(desktop_notices.DEAF)
            await daemon.choose(1, "take:1")
            await happens("it came", lambda: len(told.acted) == 1)
        assert told.failed == []


async def test_where_nobody_shows_them_it_is_told_otherwise(tmp_path: Path) -> None:
    """No bus, nobody on it, somebody who hangs: each is heard of, and tried again with the next."""
    async with notices(tmp_path) as (made, told):
        made.show(about("No bus"))
        await happens("it failed", lambda: told.failed == ["No bus"])
        assert not made.stands("requests")
        async with bus(tmp_path) as address:
            made.show(about("Nobody"))
            await happens("it failed", lambda: told.failed == ["No bus", "Nobody"])
            async with notice_daemon(address) as daemon:
                made.show(about("Somebody"))
                await daemon.titles("Somebody")
        assert told.failed == ["No bus", "Nobody"]


async def test_one_who_hangs_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop goes on, the notice is told otherwise after the deadline, and the program's end waits no longer than it may."""
    monkeypatch.setattr(session_bus, "DEADLINE", 1.0)
    async with bus(tmp_path) as address, notice_daemon(address) as daemon, notices(tmp_path) as (made, told):
        daemon.hangs = True
        made.show(about("Hanako asks"))
        await happens("it failed", lambda: told.failed == ["Hanako asks"], patience=5)
        made.show(about("Jiro asks"))
        began = asyncio.get_running_loop().time()
        await made.close()
        assert asyncio.get_running_loop().time() - began < 2 * desktop_notices.LAST_WORDS


async def test_the_bus_goes_and_comes(tmp_path: Path) -> None:
    """What comes later is shown there."""
    async with notices(tmp_path) as (made, told):
        async with bus(tmp_path) as address, notice_daemon(address) as daemon:
            made.show(about("Before"))
            await daemon.titles("Before")
        (tmp_path / "bus").unlink(missing_ok=True)
        await asyncio.sleep(0.3)
        async with bus(tmp_path) as address, notice_daemon(address) as daemon:
            made.show(about("A message", key="chat"))
            await daemon.titles("Before", "A message")
        assert told.failed == []
