"""The commands of `tasuki-helper`: the agent without a window."""

import asyncio
import sys
from typing import Any

import click

from common.agent.commands import add_check, add_enrol, add_status, beside, run
from common.agent.composition import Agent
from common.agent.options import shared_options
from common.host.command import Events, lines_of
from common.host.computer import this_computer
from common.host.words import _
from common.protocol.identity import Role
from helper_agent.app import HelperApp
from helper_agent.checks import checks
from helper_agent.terminal import HelperTerminal
from helper_agent.viewers.choice import NAMES

commands = click.Group()  # they hang on helper_agent.cli's
add_enrol(commands, Role.HELPER)
add_status(commands, Role.HELPER)
add_check(commands, Role.HELPER, lambda agent: checks(agent, this_computer()))


@commands.command("serve", help=_("Wait for requests; orders come in as lines (type help)."))
@click.option(
    "--viewer", default=None, type=click.Choice(NAMES), help=_("The viewer to open; else as the settings say.")
)
@click.option(
    "--no-open", is_flag=True, help=_("Tell the address of the built-in viewer's page, but do not open a browser.")
)
@click.option("--away", is_flag=True, help=_("Begin as away."))
@shared_options(Role.HELPER)
def serve_command(viewer: str | None, no_open: bool, away: bool, **options: Any) -> int:
    """Until `quit` or Ctrl-C."""
    return run(
        Role.HELPER,
        lambda agent, events: _serve(agent, events, viewer=viewer or "", browser=not no_open, away=away),
        **options,
    )


async def _serve(agent: Agent, events: Events, *, viewer: str, browser: bool, away: bool) -> int:
    terminal = HelperTerminal(events)
    app = HelperApp(
        agent=agent,
        computer=this_computer(),
        viewer=viewer,
        browser=browser,
        by_hand=True,
        on_change=terminal.changed,
        tell=terminal.tell,
    )
    terminal.app = app
    async with app:
        if away:
            terminal.order("away")
        renewing = agent.renewing()
        listening = asyncio.create_task(terminal.listen(lines_of()))
        async with beside(listening, renewing):
            if sys.stdin.isatty():
                terminal.order("help")
            await _until_quit(app, listening, renewing)
    return 0


async def _until_quit(app: HelperApp, listening: "asyncio.Task[bool]", renewing: "asyncio.Task[Any]") -> None:
    """Return at `quit`. Raises what makes serving hopeless.

    The end of stdin alone ends nothing (a service has none), nor does a relay that is not reached: it is tried again.
    """
    hopeless = asyncio.create_task(app.hopeless())
    try:
        waited = {listening, renewing, hopeless}
        while waited:
            done, waited = await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            if listening in done and listening.result():
                return
            if hopeless in done:
                raise hopeless.result()
            if renewing in done:
                raise renewing.result()
    finally:
        hopeless.cancel()
