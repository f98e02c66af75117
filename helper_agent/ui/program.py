"""`tasuki-helper` without a subcommand: the helper's windows, put together with the agent.

The first window shows itself before anything is loaded that it does not need: see `common.ui.application.engine`.
"""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from common.agent.autostart import Autostart, command_of
from common.agent.folder import is_enrolled
from common.agent.line_file import places
from common.agent.settings import AgentSettings, read
from common.host.command import Events
from common.host.errors import TasukiError
from common.host.log import get_logger, setup
from common.protocol.identity import Role
from common.ui import application
from common.ui.emblem import emblem
from common.ui.language import Speech
from common.ui.opening import Opening
from common.ui.theme import Scheme, Theme
from helper_agent.ui.queue_window import QueueWindow
from helper_agent.viewers.base import Host

if TYPE_CHECKING:
    from common.agent.composition import Agent
    from helper_agent.ui.desk import Desk

NEEDS = ("helper_agent.face", "helper_agent.app", "common.agent.diagnosis", "helper_agent.checks")

log = get_logger(component="window")


def main(*, line: str, hidden: bool, folder: Path | None, as_json: bool, proxy: str, verbose: bool) -> int:
    """Run the program to its end: its exit code. `hidden`: begin beside the clock, where there is a place."""
    setup(json=as_json, level="info" if verbose else "warning", now=False)
    program = Program(
        app=application.make("tasuki-helper"),
        folder=folder,
        environ=os.environ,
        platform=sys.platform,
        argv=sys.argv,
        events=Events(json=True) if as_json else None,
        proxy=proxy,
        line=line,
        hidden=hidden,
    )
    return application.run(program.run)


class Program:
    """One start of the program. `events`: where the same is told as by the headless agent, for scripts; None: nowhere."""

    def __init__(
        self,
        *,
        app: QApplication,
        folder: Path | None,
        environ: Mapping[str, str],
        platform: str,
        argv: list[str],
        events: Events | None = None,
        proxy: str = "",
        line: str = "",
        hidden: bool = False,
    ) -> None:
        here = Path(argv[0]).absolute()
        again = ["--hidden", *([] if folder is None else ["--folder", str(folder.absolute())])]
        self._line = line
        self._hidden = hidden
        self._events = events
        self._host = Host(environ=environ, platform=platform)
        self._autostart = Autostart(Role.HELPER, platform, environ, command_of(here, again))
        self._speech = Speech(app)
        self._theme = Theme(app)
        app.setWindowIcon(emblem())
        self._opening = Opening(
            role=Role.HELPER,
            folder=folder,
            environ=environ,
            proxy=proxy,
            line=line,
            places=places(Role.HELPER, platform, environ, here),
            needs=NEEDS,
            hindered=self._hindered,
        )
        self._only = application.OnlyOne(self._opening.folder)
        self._desk: Desk | None = None
        self._queue: QueueWindow | None = None  # shown before there is a desk

    async def run(self) -> int:
        """To its end. A second start shows the first, and ends at once."""
        if not self._only.first(self._line):
            return 0
        self._only.called.connect(self._called)
        try:
            self._begin()
            while (agent := await self._opening.agent()) is not None:
                try:
                    return await self._live(agent)
                except TasukiError as problem:
                    log.warning("cannot_work", error_code=problem.code)
                    if not await self._opening.say(problem):
                        break
        finally:
            self._only.close()
            self._opening.close()
        return 0

    def _called(self, line: str) -> None:
        if self._opening.show(line):
            return
        queue = self._desk.queue if self._desk is not None else self._queue
        if queue is not None:
            queue.bring()

    def _hindered(self) -> None:
        if self._queue is not None:
            self._queue.hide()

    def _begin(self) -> None:
        """The queue, shown at once where this computer is enrolled; it works once there is a desk."""
        folder = self._opening.folder
        with contextlib.suppress(TasukiError):  # told when the agent is opened
            self._look(read(folder))
        if is_enrolled(folder) and not self._hidden:
            self._queue = QueueWindow(now=time.time)
            self._queue.bring()

    def _look(self, settings: AgentSettings) -> None:
        """Language and colours, as the settings say."""
        self._speech.use(settings.language)
        self._theme.use(Scheme(settings.window.theme))

    async def _live(self, agent: "Agent") -> int:
        from common.agent.drafts import Drafts
        from helper_agent.ui.desk import Desk

        self._look(agent.settings)
        queue, self._queue = self._queue, None
        self._desk = Desk(
            agent=agent,
            host=self._host,
            autostart=self._autostart,
            speech=self._speech,
            theme=self._theme,
            drafts=await asyncio.to_thread(Drafts, agent.profile.folder),
            events=self._events,
            queue=queue,
        )
        application.settle()
        return await self._desk.run(hidden=self._hidden)
