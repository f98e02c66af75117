"""The windows beside the user's main one: opened when they are wanted, filled from the disk, written back to it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel

from common.agent.diagnosis import DiagnosisStep, StepState
from common.agent.history import History
from common.agent.proxy_resolver import ProxyResolver
from common.agent.settings import AgentSettings, read
from common.agent.views import MatchingView
from common.protocol.identity import Role
from common.protocol.proxies import ProxyUrl
from common.protocol.proxy_login import Login
from common.ui import side_windows as module
from common.ui.language import Speech
from common.ui.settings_values import AUTOSTART
from common.ui.theme import Theme
from tests.support.program_context import program_context
from tests.support.records import LOOKED, LOST
from user_agent.ui.side_windows import UserSideWindows

SETTINGS = AgentSettings()
VIEW = MatchingView(name="Hana")  # how the connection stands


@dataclass
class Profile:
    """What the windows ask of one."""

    folder: Path
    organisation: str = "x"
    organisation_name: str = "x"


@dataclass(frozen=True)
class Agent:
    """common.agent.composition.Agent, without a network."""

    profile: Profile
    settings: AgentSettings = SETTINGS

    def changed(self, settings: AgentSettings) -> "Agent":
        """The same with other settings."""
        return replace(self, settings=settings)

    environ: dict[str, str] = field(default_factory=dict)
    routes: ProxyResolver = field(default_factory=lambda: ProxyResolver(environ={}))


@dataclass
class Place:
    """The windows, and what they told."""

    side: UserSideWindows
    folder: Path
    told: list[tuple[Any, ...]]

    async def until(self, so: Callable[[], Any]) -> None:
        """Turns of the loop until it is so."""
        async with asyncio.timeout(10):
            while not so():  # noqa: ASYNC110 -- a window sets no event
                await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def beside(folder: Path, speech: Speech, theme: Theme) -> AsyncIterator[Place]:
    """Until the block is left; then none of them is."""
    agent: Any = Agent(Profile(folder))
    context = program_context(folder, speech, theme, role=Role.USER)
    side = UserSideWindows(agent=agent, context=context, live=lambda: VIEW, clipboard=lambda: None)
    told: list[tuple[Any, ...]] = []
    for name in ("again_wanted", "saved", "dialog_open", "problem"):
        getattr(side, name).connect(lambda *values, name=name: told.append((name, *values)))
    try:
        yield Place(side, folder, told)
    finally:
        await side.close()
        assert not any(window.isVisible() for window in side.windows)
        await asyncio.sleep(0)


async def test_recent_sessions_are_read_each_time(tmp_path: Path, speech: Speech, theme: Theme) -> None:
    """And exported where the person says; what cannot be written is said."""
    async with beside(tmp_path, speech, theme) as place:
        place.side.show_recent()
        await place.until(lambda: place.side._recent is not None and place.side._recent.isVisible())
        recent = place.side._recent
        assert recent is not None
        History(tmp_path).add(LOOKED)
        place.side.show_recent()
        await asyncio.sleep(0)
        target = tmp_path / "sessions.csv"
        recent.export_wanted.emit(str(target), (LOOKED,))
        await place.until(target.exists)
        assert "Hanako Sato" in target.read_text(encoding="utf-8-sig")
        recent.export_wanted.emit(str(tmp_path / "no" / "where.csv"), (LOOKED,))
        await place.until(
            lambda: recent.banner.isVisible() and "where.csv" in recent.banner.findChildren(QLabel)[0].text()
        )


async def test_a_summary_asks_again_where_it_was_lost(tmp_path: Path, speech: Speech, theme: Theme) -> None:
    """One window for the last session; it goes when another begins."""
    async with beside(tmp_path, speech, theme) as place:
        place.side.show_summary(LOOKED, lost=False)
        summary = place.side._summary
        assert summary is not None
        assert not summary.again.isVisible()
        place.side.show_summary(LOST, lost=True)
        assert place.side._summary is summary
        summary.again.click()
        assert place.told == [("again_wanted",)]
        place.side.show_summary(LOOKED, lost=False)
        place.side.hide_summary()
        assert not summary.isVisible()


async def test_settings_are_written_and_told(tmp_path: Path, speech: Speech, theme: Theme) -> None:
    """The file changes, autostart is no key of it; a helper may not work in the dialog while it is open."""
    async with beside(tmp_path, speech, theme) as place:
        place.side.show_settings()
        await place.until(lambda: place.side._settings is not None)
        dialog = place.side._settings
        assert dialog is not None
        place.side.show_settings()  # the same one comes to the front
        await asyncio.sleep(0)
        assert place.side._settings is dialog
        dialog.saved.emit({"hotkey.stop": "ScrollLock", AUTOSTART: True})
        await place.until(lambda: ("saved", read(tmp_path), {"hotkey.stop"}) in place.told)
        assert read(tmp_path).hotkey.stop == "ScrollLock"
        assert list((tmp_path / ".config" / "autostart").iterdir()) != []
        await place.until(lambda: place.side._settings is None)
        assert [one for one in place.told if one[0] == "dialog_open"] == [("dialog_open", True), ("dialog_open", False)]


async def test_a_proxys_password_goes_into_no_file(tmp_path: Path, speech: Speech, theme: Theme) -> None:
    """It is given to whoever logs in to proxies; the address stays."""
    async with beside(tmp_path, speech, theme) as place:
        place.side.show_settings()
        await place.until(lambda: place.side._settings is not None)
        dialog = place.side._settings
        assert dialog is not None
        dialog.saved.emit({"network.proxy": "http://anna:S3cret@proxy:3128"})
        await place.until(lambda: ("saved", read(tmp_path), {"network.proxy"}) in place.told)
        assert "S3cret" not in (tmp_path / "agent.toml").read_text(encoding="utf-8")
        assert read(tmp_path).network.proxy == "http://proxy:3128"
        logins = place.side._agent.routes.logins
        assert await logins.of(ProxyUrl.parse("http://proxy:3128")) == Login(username="anna", password="S3cret")


async def test_settings_that_cannot_be_written_stay_open(
    tmp_path: Path, speech: Speech, theme: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dialog says why."""
    async with beside(tmp_path, speech, theme) as place:
        place.side.show_settings()
        await place.until(lambda: place.side._settings is not None)
        dialog = place.side._settings
        assert dialog is not None
        refused: list[str] = []
        monkeypatch.setattr(dialog, "refuse", refused.append)
        for number, changes in enumerate(({"window.theme": "purple"}, {"network.proxy": "gopher://anna:S3cret@x"}), 1):
            dialog.saved.emit(changes)
            await place.until(lambda: len(refused) == number)  # noqa: B023  (it is over when the next begins)
        assert "S3cret" not in "".join(refused)
        assert dialog.isVisible()
        assert not any(one[0] == "saved" for one in place.told)


async def test_what_cannot_be_opened_is_told(tmp_path: Path, speech: Speech, theme: Theme) -> None:
    """Settings that somebody has damaged by hand: neither the dialog nor the way can be gone, and the main window says why."""
    async with beside(tmp_path, speech, theme) as place:
        (tmp_path / "agent.toml").write_text("[network", encoding="utf-8")
        for show in (place.side.show_settings, place.side.show_why):
            place.told.clear()
            show()
            await place.until(lambda: place.told)
            [(what, text)] = place.told
            assert what == "problem"
            assert "agent.toml" in text
        assert place.side._settings is None


async def test_every_step_of_the_way_is_shown(
    tmp_path: Path, speech: Speech, theme: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the settings on the disk are now, with the connection that there is, and as often as it is wished."""
    went: list[tuple[str, MatchingView]] = []
    good = DiagnosisStep(key="relay", state=StepState.GOOD, title="The relay")

    async def diagnose(
        agent: Any, on_step: Callable[[DiagnosisStep], None], *, live: Any, checks: Any
    ) -> list[DiagnosisStep]:
        went.append((agent.settings.network.proxy, live()))
        assert len(checks) == 3
        on_step(good)
        return [good]

    monkeypatch.setattr(module, "diagnose", diagnose)
    async with beside(tmp_path, speech, theme) as place:
        (tmp_path / "agent.toml").write_text('[network]\nproxy = "direct"\n', encoding="utf-8")
        place.side.show_why()
        await place.until(lambda: went)
        assert went == [("direct", VIEW)]
        window = place.side._why
        assert window is not None
        assert window.isVisible()
        await place.until(lambda: not place.side._background._tasks)
        place.side.show_why()
        await place.until(lambda: len(went) == 2)
