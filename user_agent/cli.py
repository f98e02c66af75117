"""`tasuki-user`: enrol this computer, see the helpers, ask for help."""

import os
import sys
from collections.abc import Iterable
from typing import NoReturn

import click

from common.agent import cli
from common.agent.spoken import speak_as_set
from common.host.words import _
from common.protocol.identity import Role

speak_as_set(Role.USER, sys.argv, os.environ)  # before the texts below are looked up


def _commands() -> Iterable[click.Command]:
    from user_agent.commands import commands

    return commands.commands.values()


main_group = cli.agent_group(
    Role.USER,
    text=_(
        "Ask for help: a helper you choose sees your screen, and controls it only if you say so. "
        "Without a command it opens a window."
    ),
    load=_commands,
    windows="user_agent.ui.program",
)


def main() -> NoReturn:
    """The console script."""
    cli.run(main_group)
