"""`tasuki-user` with windows: everything is put together here, and lives as long as the program."""

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from PySide6.QtWidgets import QApplication

from common.agent.autostart import Autostart, command_of
from common.agent.composition import Agent
from common.agent.drafts import Drafts
from common.agent.line_file import places
from common.host.command import Events
from common.host.log import setup
from common.protocol.identity import Role
from common.ui import application
from common.ui.language import Speech
from common.ui.notices import Notices
from common.ui.opening import Opening
from common.ui.theme import Scheme, Theme
from user_agent.face import Face
from user_agent.servers.base import Host
from user_agent.stop_keys import chosen
from user_agent.ui.attention import Attention
from user_agent.ui.desk import Desk, Outcome
from user_agent.ui.hotkey.choice import hotkey_for
from user_agent.ui.main_window import MainWindow
from user_agent.ui.session_face import SessionFace
from user_agent.ui.side_windows import SideWindows
from user_agent.ui.tray import UserTray

NAME = "tasuki-user"


def main(*, folder: Path | None, as_json: bool, proxy: str, verbose: bool, line: str, hidden: bool) -> int:
    """Run the program to its end: its exit code. `hidden`: begin beside the clock, where there is a place."""
    setup(json=as_json, level="info" if verbose else "warning")
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
        self._told = Face(events)
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
        )
        self._only = application.OnlyOne(self._opening.folder)
        self._desk: Desk | None = None

    async def run(self) -> int:
        """To its end. A second start shows the first, and ends at once."""
        if not self._only.first(self._line):
            return 0
        self._only.called.connect(self._called)
        try:
            agent = await self._opening.agent()
            if agent is not None:
                await self._live(agent)
        finally:
            self._only.close()
            self._opening.close()
        return 0

    def _called(self, line: str) -> None:
        if not self._opening.show(line) and self._desk is not None:
            self._desk.choose("show")

    async def _live(self, agent: Agent) -> None:
        self._look(agent)
        stop = chosen(agent.settings.hotkey.stop, self._host.platform)
        hotkey = hotkey_for(stop, platform=self._host.platform, environ=self._host.environ)
        main = MainWindow(colours=lambda: self._theme.colours)
        tray = UserTray()
        face = SessionFace(app=self._app, hotkey=hotkey)
        notices = Notices(tray.icon)
        attention = Attention(
            notices=notices,
            settings=agent.settings.window,
            looks_here=lambda: self._app.activeWindow() is not None,
        )
        self._theme.changed.connect(main.update)
        drafts = await asyncio.to_thread(Drafts, agent.profile.folder)
        tray.show()
        if not (self._hidden and tray.available):
            main.bring()
        opened: Agent | None = agent
        try:
            while opened is not None:
                side = SideWindows(
                    agent=opened, host=self._host, autostart=self._autostart, speech=self._speech, theme=self._theme
                )
                self._desk = Desk(
                    agent=opened,
                    host=self._host,
                    told=self._told,
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

    def _look(self, agent: Agent) -> None:
        """Language and colours, as the settings say."""
        self._speech.use(agent.settings.language)
        self._theme.use(Scheme(agent.settings.window.theme))


def _start_again(program: Path, folder: Path | None) -> tuple[str, ...]:
    """The command that the desktop starts this with, when a person logs in."""
    return command_of(program, ["--hidden", *([] if folder is None else ["--folder", str(folder.absolute())])])
