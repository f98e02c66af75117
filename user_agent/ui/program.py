"""`tasuki-user` without a subcommand: the user's windows. The main one is imported here; what is behind it only once there is an agent."""

from functools import partial
from typing import TYPE_CHECKING

from common.protocol.identity import Role
from common.ui import program
from user_agent.ui.main_window import MainWindow
from user_agent.ui.tray import UserTray

if TYPE_CHECKING:
    from common.agent.composition import Agent
    from common.agent.drafts import Drafts
    from user_agent.ui.controller import UserController


class UserProgram(program.WindowProgram[MainWindow, UserTray]):
    """See WindowProgram."""

    role = Role.USER
    name = "tasuki-user"
    needs = ("user_agent.terminal", "common.agent.diagnosis", "user_agent.checks", "user_agent.servers.choice")
    prints = True

    def main_window(self) -> MainWindow:
        """Its list paints by itself, and again in other colours."""
        theme = self.context.theme
        main = MainWindow(colours=lambda: theme.colours)
        theme.changed.connect(main.update)
        return main

    def tray(self) -> UserTray:
        """The user's."""
        return UserTray()

    def controller(self, agent: "Agent", main: MainWindow, tray: UserTray, drafts: "Drafts") -> "UserController":
        """The user's."""
        from user_agent.ui.controller import UserController

        return UserController(
            agent=agent, context=self.context, main=main, tray=tray, drafts=drafts, events=self.events
        )


main = partial(program.run, UserProgram)
"""What the command line calls (common.agent.cli)."""
