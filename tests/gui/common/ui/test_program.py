"""One start of a program: what is shown when, one controller after the other, and the end."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest
from PySide6.QtWidgets import QApplication

from common.agent.composition import Agent
from common.agent.drafts import Drafts
from common.agent.enrolment.profile import Profile
from common.host.computer import Computer
from common.host.errors import TasukiError
from common.host.files import private_folder
from common.protocol.identity import Role
from common.ui.enrolment import EnrolmentWindow
from common.ui.language import Speech
from common.ui.program import RunEnd, RunsAgent, WindowProgram
from common.ui.startup_error import StartupErrorWindow
from common.ui.theme import Theme
from common.ui.tray import MenuEntry, Tray
from common.ui.window import Window
from tests.support.ca import Organisation


class ExampleTray(Tray):
    """Beside a clock that is there, or not."""

    there = False

    def __init__(self) -> None:
        super().__init__(name="Example", entries=[MenuEntry(key="show", text=lambda: "Show")])

    @property
    def available(self) -> bool:
        """As the test says."""
        return self.there


@dataclass
class ExampleController:
    """Ends as the test says."""

    agent: Agent
    end: "asyncio.Future[RunEnd]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    shown: int = 0

    def show(self) -> None:
        """Counted."""
        self.shown += 1

    async def run(self) -> RunEnd:
        """Until the test ends it."""
        return await self.end


class Example(WindowProgram[Window, ExampleTray]):
    """A program with nothing in it."""

    role = Role.USER
    name = "tasuki-example"
    needs: ClassVar[tuple[str, ...]] = ()
    prints = True

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.controllers: list[ExampleController] = []
        self.main, self.icon = Window(), ExampleTray()

    def main_window(self) -> Window:
        """The one."""
        return self.main

    def tray(self) -> ExampleTray:
        """The one."""
        return self.icon

    def controller(self, agent: Agent, main: Window, tray: ExampleTray, drafts: Drafts) -> RunsAgent:
        """One more."""
        self.controllers.append(ExampleController(agent))
        return self.controllers[-1]


async def until(so: Callable[[], Any]) -> Any:
    """Turns of the loop until it is so."""
    async with asyncio.timeout(10):
        while not (found := so()):  # noqa: ASYNC110 -- a window sets no event
            await asyncio.sleep(0.005)
    return found


def seen(kind: type[Any]) -> Any:
    """The window of this kind that can be seen."""
    return next((one for one in QApplication.topLevelWidgets() if isinstance(one, kind) and one.isVisible()), None)


@pytest.fixture
def enrolled(tmp_path: Path) -> Path:
    """A folder with an identity."""
    person = Organisation(tmp_path).person()
    folder = private_folder(tmp_path / "agent")
    Profile.open(role=Role.USER, folder=folder).save(
        key=person.key, chain=person.chain, relay="relay.example", port=8443
    )
    return folder


@contextlib.asynccontextmanager
async def started(
    app: QApplication, folder: Path, *, hidden: bool = False, tray: bool = False
) -> AsyncIterator[tuple[Example, "asyncio.Task[int]"]]:
    """On its way."""
    computer = Computer(environ={"HOME": str(folder)}, platform="linux")
    program = Example(app=app, computer=computer, folder=folder, argv=["tasuki-example"], hidden=hidden)
    program.icon.there = tray
    work = asyncio.ensure_future(program.run())
    try:
        yield program, work
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        for window in (program.main, program.icon):
            window.deleteLater()
        await asyncio.sleep(0)


async def test_the_main_window_is_there_before_the_agent(
    app: QApplication, enrolled: Path, speech: Speech, theme: Theme
) -> None:
    """The icon comes with the agent; at the end nothing is left, and the exit code is 0."""
    async with started(app, enrolled) as (program, work):
        await until(program.main.isVisible)
        assert program.controllers == []
        await until(lambda: program.controllers)
        assert program.icon.icon.isVisible()
        assert program.controllers[0].agent.profile.name == "Anna"
        program.controllers[0].end.set_result(RunEnd.QUIT)
        assert await work == 0
        assert not program.main.isVisible()
        assert not program.icon.icon.isVisible()


@pytest.mark.parametrize("tray", [True, False])
async def test_hidden_it_begins_beside_the_clock_if_there_is_a_place(
    app: QApplication, enrolled: Path, speech: Speech, theme: Theme, tray: bool
) -> None:
    """Without one nobody would find it again."""
    async with started(app, enrolled, hidden=True, tray=tray) as (program, _):
        await until(lambda: program.controllers)
        assert program.main.isVisible() is not tray


async def test_reopening_makes_another_agent(app: QApplication, enrolled: Path, speech: Speech, theme: Theme) -> None:
    """Read from the disk anew; a window that was put away stays away."""
    async with started(app, enrolled) as (program, work):
        await until(lambda: program.controllers)
        program.main.hide()
        (enrolled / "agent.toml").write_text('[network]\nproxy = "direct"\n', encoding="utf-8")
        program.controllers[0].end.set_result(RunEnd.REOPEN)
        await until(lambda: len(program.controllers) == 2)
        assert program.controllers[1].agent.settings.network.proxy == "direct"
        assert not program.main.isVisible()
        assert not work.done()


async def test_what_keeps_a_controller_from_working_is_said(
    app: QApplication, enrolled: Path, speech: Speech, theme: Theme
) -> None:
    """It is tried again when the person says so, with the window there again, and given up with the window that says it."""
    async with started(app, enrolled) as (program, work):
        await until(lambda: program.controllers)
        program.controllers[0].end.set_exception(TasukiError("no_viewer", name="tigervnc"))
        said = await until(lambda: seen(StartupErrorWindow))
        assert not program.main.isVisible()
        said.again.click()
        await until(lambda: len(program.controllers) == 2)
        assert program.main.isVisible()
        program.controllers[1].end.set_exception(TasukiError("no_viewer", name="tigervnc"))
        said = await until(lambda: seen(StartupErrorWindow))
        said.close()
        assert await work == 0


async def test_a_second_start_shows_the_first(app: QApplication, enrolled: Path, speech: Speech, theme: Theme) -> None:
    """Its controller knows what; before there is one it is the main window."""
    async with started(app, enrolled, hidden=True, tray=True) as (program, _):
        await until(lambda: program._main)
        program._called("")
        assert program.main.isVisible()
        await until(lambda: program.controllers)
        program._called("")
        assert program.controllers[0].shown == 1


async def test_the_first_start_hides_the_main_window(
    app: QApplication, tmp_path: Path, speech: Speech, theme: Theme
) -> None:
    """There is nothing to be done in it before this computer is enrolled; who leaves leaves the program."""
    async with started(app, private_folder(tmp_path / "new")) as (program, work):
        enrolment = await until(lambda: seen(EnrolmentWindow))
        assert not program.main.isVisible()
        enrolment.close()
        assert await work == 0
        assert program.controllers == []
