"""`tasuki-user` with windows: everything is put together here, and lives as long as the program.

The first window shows itself before anything is loaded that it does not need: see `common.ui.application.engine`.
"""

import asyncio
import contextlib
import os
import sys
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
from common.host.log import setup
from common.protocol.identity import Role
from common.ui import application
from common.ui.language import Speech
from common.ui.notices import Notices
from common.ui.opening import Opening
from common.ui.theme import Scheme, Theme
from user_agent.servers.base import Host
from user_agent.ui.main_window import MainWindow
from user_agent.ui.tray import UserTray

if TYPE_CHECKING:
    from common.agent.composition import Agent
    from user_agent.ui.desk import Desk

NAME = "tasuki-user"
NEEDS = ("user_agent.face", "common.agent.diagnosis", "user_agent.checks", "user_agent.servers.choice")


def main(*, folder: Path | None, as_json: bool, proxy: str, verbose: bool, line: str, hidden: bool) -> int:
    """Run the program to its end: its exit code. `hidden`: begin beside the clock, where there is a place."""
    setup(json=as_json, level="info" if verbose else "warning", now=False)
    app = application.make(NAME)
    program = Program(
        app=app,
        folder=folder,
        environ=os.environ,
        platform=sys.platform,
        argv=sys.argv,
        events=Events(json=as_json),
        proxy=proxy,
        line=line,
        hidden=hidden,
    )
    return application.run(program.run)


class Program:
    """One start of the program."""

    def __init__(
        self,
        *,
        app: QApplication,
        folder: Path | None,
        environ: Mapping[str, str],
        platform: str,
        argv: list[str],
        events: Events,
        proxy: str = "",
        line: str = "",
        hidden: bool = False,
    ) -> None:
        self._app = app
        self._line = line
        self._hidden = hidden
        self._host = Host(environ=environ, platform=platform)
        self._events = events
        self._autostart = Autostart(Role.USER, platform, environ, _start_again(Path(argv[0]).absolute(), folder))
        self._speech = Speech(app)
        self._theme = Theme(app)
        self._opening = Opening(
            role=Role.USER,
            folder=folder,
            environ=environ,
            proxy=proxy,
            line=line,
            places=places(Role.USER, platform, environ, Path(argv[0]).absolute()),
            needs=NEEDS,
            hindered=self._hindered,
        )
        self._only = application.OnlyOne(self._opening.folder)
        self._desk: Desk | None = None
        self._main: MainWindow | None = None

    async def run(self) -> int:
        """To its end. A second start shows the first, and ends at once."""
        if not self._only.first(self._line):
            return 0
        self._only.called.connect(self._called)
        try:
            main, tray = self._begin()
            agent = await self._opening.agent()
            if agent is not None:
                await self._live(agent, main, tray)
        finally:
            self._only.close()
            self._opening.close()
        return 0

    def _called(self, line: str) -> None:
        if self._opening.show(line):
            return
        if self._desk is not None:
            self._desk.choose("show")
        elif self._main is not None:
            self._main.bring()

    def _hindered(self) -> None:
        if self._main is not None:
            self._main.hide()

    def _begin(self) -> tuple[MainWindow, UserTray]:
        """The main window and the tray, shown at once where this computer is enrolled; they work once there is a desk."""
        folder = self._opening.folder
        with contextlib.suppress(TasukiError):  # told when the agent is opened
            self._look(read(folder))
        self._main = main = MainWindow(colours=lambda: self._theme.colours)
        self._theme.changed.connect(main.update)
        tray = UserTray()
        if is_enrolled(folder):
            self._show(main, tray)
        return main, tray

    def _show(self, main: MainWindow, tray: UserTray) -> None:
        if not (self._hidden and tray.available):
            main.bring()

    async def _live(self, agent: "Agent", main: MainWindow, tray: UserTray) -> None:
        from common.agent.drafts import Drafts
        from user_agent.face import Face
        from user_agent.stop_keys import chosen
        from user_agent.ui.attention import Attention
        from user_agent.ui.desk import Desk, Outcome
        from user_agent.ui.hotkey.choice import hotkey_for
        from user_agent.ui.session_face import SessionFace
        from user_agent.ui.side_windows import SideWindows

        self._look(agent.settings)
        stop = chosen(agent.settings.hotkey.stop, self._host.platform)
        hotkey = hotkey_for(stop, platform=self._host.platform, environ=self._host.environ)
        face = SessionFace(app=self._app, hotkey=hotkey)
        told = Face(self._events)
        notices = Notices(tray.icon)
        attention = Attention(
            notices=notices,
            settings=agent.settings.window,
            looks_here=lambda: self._app.activeWindow() is not None,
        )
        drafts = await asyncio.to_thread(Drafts, agent.profile.folder)
        tray.show()
        if not main.isVisible():
            self._show(main, tray)
        application.settle()
        opened: Agent | None = agent
        try:
            while opened is not None:
                side = SideWindows(
                    agent=opened, host=self._host, autostart=self._autostart, speech=self._speech, theme=self._theme
                )
                self._desk = Desk(
                    agent=opened,
                    host=self._host,
                    told=told,
                    main=main,
                    tray=tray,
                    face=face,
                    side=side,
                    attention=attention,
                    drafts=drafts,
                )
                notices.clicked.connect(self._desk.choose)
                outcome = await self._desk.run()
                notices.clicked.disconnect(self._desk.choose)
                await side.close()
                opened = await self._opening.agent() if outcome is Outcome.REOPEN else None
        finally:
            face.close()
            tray.hide()
            main.hide()

    def _look(self, settings: AgentSettings) -> None:
        """Language and colours, as the settings say."""
        self._speech.use(settings.language)
        self._theme.use(Scheme(settings.window.theme))


def _start_again(program: Path, folder: Path | None) -> tuple[str, ...]:
    """The command that the desktop starts this with, when a person logs in."""
    return command_of(program, ["--hidden", *([] if folder is None else ["--folder", str(folder.absolute())])])
