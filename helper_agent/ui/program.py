"""`tasuki-helper` without a subcommand: the helper's windows. The queue is imported here; what is behind it only once there is an agent."""

import time
from functools import partial
from typing import TYPE_CHECKING

from common.protocol.identity import Role
from common.ui import program
from helper_agent.ui.queue_window import QueueWindow
from helper_agent.ui.tray import HelperTray

if TYPE_CHECKING:
    from common.agent.composition import Agent
    from common.agent.drafts import Drafts
    from helper_agent.ui.controller import HelperController


class HelperProgram(program.WindowProgram[QueueWindow, HelperTray]):
    """See WindowProgram."""

    role = Role.HELPER
    name = "tasuki-helper"
    needs = ("helper_agent.terminal", "helper_agent.app", "common.agent.diagnosis", "helper_agent.checks")
    prints = False

    def main_window(self) -> QueueWindow:
        """The queue."""
        return QueueWindow(now=time.time)

    def tray(self) -> HelperTray:
        """The helper's."""
        return HelperTray()

    def controller(self, agent: "Agent", main: QueueWindow, tray: HelperTray, drafts: "Drafts") -> "HelperController":
        """The helper's."""
        from helper_agent.ui.controller import HelperController

        return HelperController(
            agent=agent, context=self.context, main=main, tray=tray, drafts=drafts, events=self.events
        )


main = partial(program.run, HelperProgram)
"""What the command line calls (common.agent.cli)."""
