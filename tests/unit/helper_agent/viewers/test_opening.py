"""The built-in viewer in a browser's own window: asked for again while it starts, and a session that ends meanwhile."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from common.host.computer import Computer
from helper_agent.viewers import novnc, opening
from helper_agent.viewers.opening import Viewer


class Browser:
    """common.agent.keeper.client.KeptProgram, which runs until it is stopped."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()

    @property
    def exit(self) -> str | None:
        """As there."""
        return "ended" if self.ended.is_set() else None

    async def wait(self) -> None:
        """As there."""
        await self.ended.wait()

    async def stop(self) -> None:
        """As there."""
        self.ended.set()


class Keeper:
    """It starts browsers, once it may."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.may = asyncio.Event()
        self.started: list[Browser] = []

    async def temporary_folder(self) -> Path:
        """As there."""
        return self.folder

    async def discard(self, _folder: Path) -> None:
        """As there."""

    async def start(self, _command: object, *, name: str) -> Browser:
        """As there."""
        await self.may.wait()
        assert name == "browser"
        self.started.append(Browser())
        return self.started[-1]

    def running(self) -> list[Browser]:
        """Those that nobody has stopped."""
        return [one for one in self.started if one.exit is None]


class Page:
    """helper_agent.viewers.page_server.PageServer."""

    address = "http://localhost/"

    def show(self, _state: object) -> None:
        """As there."""

    async def close(self) -> None:
        """As there."""


class Place:
    """A viewer, and what came of it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.keeper = Keeper(folder)
        self.told: list[str] = []
        self.tabs = 0
        unused: Any = None
        kept: Any = self.keeper

        async def tab(*_page: object, **_how: object) -> bool:
            self.tabs += 1
            return True

        monkeypatch.setattr(opening, "STARTS", 0.1)
        monkeypatch.setattr(opening, "choose", lambda *_: None)
        monkeypatch.setattr(novnc, "new_page", lambda **_: Page())
        monkeypatch.setattr(novnc, "has_screen", lambda _: True)
        monkeypatch.setattr(novnc, "app_window", lambda *_, **__: ("browser",))
        monkeypatch.setattr(novnc, "show", tab)
        self.viewer = Viewer(
            front=unused,
            wanted="builtin",
            computer=Computer(environ={}, platform="linux"),
            keeper=kept,
            title="",
            browser=True,
            act=unused,
            tell=lambda event, _facts: self.told.append(event),
        )


@pytest.mark.parametrize("at_once", [True, False])
async def test_asked_for_twice_it_is_one_window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: bool) -> None:
    """The second takes the first one's place, also while both still start; no tab opens beside it, and it is closed with the session."""
    place = Place(tmp_path, monkeypatch)
    if not at_once:
        place.keeper.may.set()
    first = asyncio.ensure_future(place.viewer.open())
    await asyncio.sleep(0.02)
    second = asyncio.ensure_future(place.viewer.open())
    await asyncio.sleep(0.02)
    place.keeper.may.set()
    async with asyncio.timeout(5):
        await asyncio.gather(first, second)
    assert len(place.keeper.started) == 2
    assert place.keeper.running() == [place.keeper.started[1]]
    assert place.tabs == 0
    assert "viewer_closed" not in place.told
    await place.viewer.close()
    assert place.keeper.running() == []


async def test_a_session_that_ends_while_it_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No window stays, and no tab opens."""
    place = Place(tmp_path, monkeypatch)
    opened = asyncio.ensure_future(place.viewer.open())
    await asyncio.sleep(0.02)
    await place.viewer.close()
    place.keeper.may.set()
    async with asyncio.timeout(5):
        await opened
    assert len(place.keeper.started) == 1
    assert place.keeper.running() == []
    assert place.tabs == 0


async def test_a_browser_that_ends_at_once_is_a_tab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Chromium does where it is root's."""
    place = Place(tmp_path, monkeypatch)
    place.keeper.may.set()
    opened = asyncio.ensure_future(place.viewer.open())
    await asyncio.sleep(0.02)
    await place.keeper.started[0].stop()
    async with asyncio.timeout(5):
        await opened
    assert place.tabs == 1
