"""`tasuki-helper`: enrol this computer, see who asks for help, take requests."""

import os
import sys
from collections.abc import Iterable
from typing import Any, NoReturn

import click

from common.agent.options import LaterGroup, end_on_signal, given, shared_options
from common.agent.spoken import speak_as_set
from common.host import command as console
from common.host.screen import load_windows
from common.host.words import _
from common.protocol.identity import Role

speak_as_set(Role.HELPER, sys.argv, os.environ)  # before the texts below are looked up


def _commands() -> Iterable[click.Command]:
    from helper_agent.commands import commands

    return commands.commands.values()


@click.group(
    cls=LaterGroup,
    load=_commands,
    help=_(
        "Help others: see who asks, take a request, and have the user's screen in a viewer. "
        "Without a command it opens a window."
    ),
    invoke_without_command=True,
)
@click.option("--enrol", "line", default="", metavar="LINE", help=_("The operator's line, for the first start."))
@click.option("--hidden", is_flag=True, help=_("Begin without a window, beside the clock."))
@shared_options(Role.HELPER)
@click.pass_context
def main_group(context: click.Context, /, line: str, hidden: bool, **options: Any) -> int:
    """The windows, or the group that the subcommands hang on; what was said before a command counts for it too."""
    if context.invoked_subcommand is not None:
        context.default_map = {context.invoked_subcommand: given(context)}
        return 0
    windows = load_windows("helper_agent.ui.program", environ=os.environ)
    result: int = windows.main(line=line, hidden=hidden, **options)
    return result


def main() -> NoReturn:
    """The console script."""
    end_on_signal()
    console.run(main_group)
