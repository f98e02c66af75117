"""`tasuki-helper`: enrol this computer, see who asks for help, take requests."""

import os
import sys
from collections.abc import Iterable
from typing import NoReturn

import click

from common.agent import cli
from common.agent.spoken import speak_as_set
from common.host.words import _
from common.protocol.identity import Role

speak_as_set(Role.HELPER, sys.argv, os.environ)  # before the texts below are looked up


def _commands() -> Iterable[click.Command]:
    from helper_agent.commands import commands

    return commands.commands.values()


main_group = cli.agent_group(
    Role.HELPER,
    text=_(
        "Help others: see who asks, take a request, and have the user's screen in a viewer. "
        "Without a command it opens a window."
    ),
    load=_commands,
    windows="helper_agent.ui.program",
)


def main() -> NoReturn:
    """The console script."""
    cli.run(main_group)
