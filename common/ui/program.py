"""One start of a program with windows: the main one and the icon beside the clock at once, then an agent, and the controller behind both.

The first window shows itself before anything is loaded that it does not need: see `common.ui.application.engine`. An
agent's own program says what its windows are; what it says last, `controller`, may load whatever it likes.
"""

import asyncio
import contextlib
import sys
from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

from PySide6.QtWidgets import QApplication

from common.agent.autostart import Autostart, command_of
from common.agent.enrolment.folder import is_enrolled
from common.agent.enrolment.line_file import places
from common.agent.settings import AgentSettings, read
from common.host.command import Events
from common.host.computer import Computer, this_computer
from common.host.errors import TasukiError
from common.host.log import get_logger, setup
from common.protocol.identity import Role
from common.ui import application
from common.ui.language import Speech
from common.ui.opening import Opening
from common.ui.theme import Scheme, Theme
from common.ui.tray import Tray
from common.ui.window import Window

if TYPE_CHECKING:
    from common.agent.composition import Agent
    from common.agent.drafts import Drafts

log = get_logger(component="window")

MainT = TypeVar("MainT", bound=Window)
TrayT = TypeVar("TrayT", bound=Tray)


class RunEnd(Enum):
    """Why a controller has ended."""

    QUIT = auto()
    REOPEN = auto()  # settings have changed that an agent is made with


class RunsAgent(Protocol):
    """What is behind the windows: common.ui.controller.AgentController."""

    def show(self) -> None:
        """What there is, in front: the program was started a second time."""

    async def run(self) -> RunEnd:
        """Until the person quits, or the agent must be made anew. Raises TasukiError where it cannot work."""


@dataclass(frozen=True, kw_only=True)
class ProgramContext:
    """What windows are made with besides an agent, as long as the program runs."""

    app: QApplication
    computer: Computer
    autostart: Autostart
    speech: Speech
    theme: Theme


class WindowProgram(ABC, Generic[MainT, TrayT]):
    """One start. Both windows live as long as it does; they work while there is a controller."""

    role: ClassVar[Role]
    name: ClassVar[str]
    needs: ClassVar[tuple[str, ...]]  # modules that `controller` imports, loaded before there is an agent
    prints: ClassVar[
        bool
    ]  # whether the same is told in a terminal as by the headless agent, also where no script asked

    def __init__(
        self,
        *,
        app: QApplication,
        computer: Computer,
        folder: Path | None,
        argv: list[str],
        events: Events | None = None,
        proxy: str = "",
        proxy_login: Path | None = None,
        line: str = "",
        hidden: bool = False,
    ) -> None:
        """`folder` None: the person's own place. `events`: where it is told what happens; None: nowhere. `hidden`: begin
        beside the clock, where there is a place.
        """
        program = Path(argv[0]).absolute()
        again = ["--hidden", *([] if folder is None else ["--folder", str(folder.absolute())])]
        start = command_of(self.role, program, again)
        self.context = ProgramContext(
            app=app,
            computer=computer,
            autostart=Autostart(self.role, computer.platform, computer.environ, start),
            speech=Speech(app),
            theme=Theme(app),
        )
        self._line = line
        self._hidden = hidden
        self.events = events
        self._opening = Opening(
            role=self.role,
            folder=folder,
            environ=computer.environ,
            proxy=proxy,
            proxy_login=proxy_login,
            line=line,
            places=places(self.role, computer.platform, computer.environ, program, windows=computer.windows.folder),
            needs=self.needs,
            hindered=self._hindered,
        )
        self._only = application.OnlyOne(self._opening.folder)
        self._controller: RunsAgent | None = None
        self._main: MainT | None = None

    @abstractmethod
    def main_window(self) -> MainT:
        """The main window. It is not shown yet."""

    @abstractmethod
    def tray(self) -> TrayT:
        """The icon beside the clock."""

    @abstractmethod
    def controller(self, agent: "Agent", main: MainT, tray: TrayT, drafts: "Drafts") -> RunsAgent:
        """What is behind the windows. Raises TasukiError where it cannot work."""

    async def run(self) -> int:
        """To its end: the exit code. A second start shows the first, and ends at once."""
        if not self._only.first(self._line):
            return 0
        self._only.called.connect(self._called)
        try:
            with contextlib.suppress(TasukiError):  # told when the agent is opened
                self._look(read(self._opening.folder))
            main, tray = self.main_window(), self.tray()
            self._main = main
            if is_enrolled(self._opening.folder):
                self._show(main, tray)
            try:
                await self._live(main, tray)
            finally:
                tray.hide()
                main.hide()
        finally:
            self._only.close()
            self._opening.close()
        return 0

    async def _live(self, main: MainT, tray: TrayT) -> None:
        """One agent after the other, until the person leaves."""
        new = True
        while (agent := await self._opening.agent()) is not None:
            tray.show()
            if new and not main.isVisible():
                self._show(main, tray)
            try:
                end = await self._work(agent, main, tray, settle=new)
            except TasukiError as problem:
                log.warning("cannot_work", error_code=problem.code)
                tray.hide()
                if not await self._opening.say(problem):
                    return
                new = True
            else:
                if end is RunEnd.QUIT:
                    return
                new = False  # wherever the window is, it stays there

    async def _work(self, agent: "Agent", main: MainT, tray: TrayT, *, settle: bool) -> RunEnd:
        from common.agent.drafts import Drafts

        self._look(agent.settings)
        drafts = await asyncio.to_thread(partial(Drafts, agent.profile.folder, owner=agent.profile.owner))
        controller = self._controller = self.controller(agent, main, tray, drafts)
        if settle:
            application.settle()
        try:
            return await controller.run()
        finally:
            self._controller = None

    def _called(self, line: str) -> None:
        if self._opening.show(line):
            return
        if self._controller is not None:
            self._controller.show()
        elif self._main is not None:
            self._main.bring()

    def _hindered(self) -> None:
        if self._main is not None:
            self._main.hide()

    def _show(self, main: MainT, tray: TrayT) -> None:
        if not (self._hidden and tray.available):
            main.bring()

    def _look(self, settings: AgentSettings) -> None:
        """Language, colours and letters, as the settings say."""
        self.context.speech.use(settings.language)
        self.context.theme.use(Scheme(settings.window.theme))
        self.context.theme.use_large(settings.window.large_letters)


def run(
    program: type[WindowProgram[Any, Any]],
    *,
    folder: Path | None,
    as_json: bool,
    proxy: str,
    proxy_login: Path | None,
    verbose: bool,
    line: str,
    hidden: bool,
) -> int:
    """Run it to its end, as the command line says (common.agent.cli): the exit code."""
    setup(json=as_json, level="info" if verbose else "warning", now=False)
    made = program(
        app=application.make(program.name),
        computer=this_computer(),
        folder=folder,
        argv=sys.argv,
        events=Events(json=as_json) if as_json or program.prints else None,
        proxy=proxy,
        proxy_login=proxy_login,
        line=line,
        hidden=hidden,
    )
    return application.run(made.run)
