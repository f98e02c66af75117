"""What both agents' command lines take, and how they begin: a window must not wait for what only commands need."""

import os
import signal
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click

from common.host.click_layout import set_short_helps
from common.host.typed import ORDER_LIMIT, TypedName
from common.host.words import _, current_language
from common.protocol.identity import Role

F = TypeVar("F", bound=Callable[..., Any])


class LaterGroup(click.Group):
    """Its commands are loaded when one is asked for."""

    def __init__(self, *args: Any, load: Callable[[], Iterable[click.Command]], **options: Any) -> None:
        super().__init__(*args, **options)
        self._load = load

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All of them."""
        self._fill()
        return super().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """That one."""
        self._fill()
        return super().get_command(ctx, cmd_name)

    def _fill(self) -> None:
        if not self.commands:
            for command in self._load():
                self.add_command(command)
            if current_language() == "ja":
                set_short_helps(self)


def end_on_signal() -> None:
    """SIGTERM ends the program with 0, also before its loop runs and takes the signal over (common.net.loop).

    At once: nothing has begun that wants an end, and an exception would come up in the middle of an import, or of Qt.
    """
    signal.signal(signal.SIGTERM, lambda _number, _frame: os._exit(0))


def shared_options(role: Role) -> Callable[[F], F]:
    """--folder, --json, --proxy, --proxy-login, --verbose."""
    options = [
        click.option(
            "--folder",
            type=click.Path(path_type=Path, file_okay=False),
            envvar=f"TASUKI_{role.value.upper()}_FOLDER",
            help=_(
                "The agent's own folder, where its identity lies; by default the place for settings of this system."
            ),
        ),
        click.option("--json", "as_json", is_flag=True, help=_("Print events for scripts, one JSON object a line.")),
        click.option(
            "--proxy",
            type=TypedName(ORDER_LIMIT),
            default="",
            metavar="URL",
            help=_(
                "The proxy to the relay (http://, https://, socks5://, socks5h://), or “direct”, or the address of a PAC file. Else the environment decides, or this computer's setting."
            ),
        ),
        click.option(
            "--proxy-login",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help=_("For a proxy that asks: its first line is the user name, its second the password."),
        ),
        click.option("--verbose", is_flag=True, help=_("Log what happens, not only what goes wrong.")),
    ]

    def decorate(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def given(context: click.Context) -> dict[str, Any]:
    """The options that were given before a command's name, as defaults of the command."""
    default = click.core.ParameterSource.DEFAULT
    return {name: value for name, value in context.params.items() if context.get_parameter_source(name) is not default}
