"""What both agents' command lines are: windows where no command is given, else the commands, loaded when one is asked for."""

import os
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

import click

from common.agent.options import LaterGroup, end_on_signal, given, shared_options
from common.host import command
from common.host.screen import load_windows
from common.host.typed import ORDER_LIMIT, TypedName
from common.host.words import _
from common.protocol.identity import Role


def agent_group(role: Role, *, text: str, load: Callable[[], Iterable[click.Command]], windows: str) -> click.Group:
    """The group that the commands hang on. `text` is its help; `windows` names the module that opens them, by `main`."""

    @click.group(cls=LaterGroup, load=load, help=text, invoke_without_command=True)
    @click.option(
        "--enrol",
        "line",
        type=TypedName(ORDER_LIMIT),
        default="",
        metavar="LINE",
        help=_("The operator's line, for the first start."),
    )
    @click.option(
        "--version",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_say_version,
        help=_("Say which version this is, and exit."),
    )
    @click.option("--hidden", is_flag=True, help=_("Begin without a window, beside the clock."))
    @shared_options(role)
    @click.pass_context
    def group(context: click.Context, /, line: str, hidden: bool, **options: Any) -> int:
        """What was said before a command counts for it too."""
        if context.invoked_subcommand is not None:
            context.default_map = {context.invoked_subcommand: given(context)}
            return 0
        result: int = load_windows(windows, environ=os.environ).main(line=line, hidden=hidden, **options)
        return result

    return group


def _say_version(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        from common.host.version import VERSION

        click.echo(f"Tasuki {VERSION}")
        context.exit()


def run(group: click.Group) -> NoReturn:
    """What the console script does."""
    end_on_signal()
    command.run(group)
