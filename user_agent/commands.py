"""The commands of `tasuki-user`: the agent without a window."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from common.agent.commands import add_check, add_enrol, add_status, beside, run
from common.agent.composition import Agent
from common.agent.desk import relay_time
from common.agent.diagnosis import Check
from common.agent.events import matching_events, problem_event
from common.agent.matching.problems import FINAL
from common.agent.options import shared_options
from common.agent.views import MatchingView
from common.host.command import Events, lines_of
from common.host.computer import Computer, this_computer
from common.host.errors import TasukiError, UsageError
from common.host.typed import TypedName, TypedText
from common.host.words import _
from common.protocol.identity import NAME_LIMIT, Role
from common.protocol.messages import Mode
from common.protocol.texts import TEXT_LIMIT, URI_LIMIT, WORD_LIMIT
from user_agent import inventory
from user_agent.app import UserApp
from user_agent.call_back import CallBackFile, LeftCallBack
from user_agent.checks import checks
from user_agent.listing import listing_event
from user_agent.servers.choice import why_none
from user_agent.servers.foreign import ForeignServer, parse_address, read_password
from user_agent.servers.monitors import find
from user_agent.terminal import UserTerminal, screen_facts
from user_agent.views import UserView, Wish

commands = click.Group()  # they hang on user_agent.cli's
add_enrol(commands, Role.USER)
add_status(commands, Role.USER, lambda agent: why_none(this_computer(), wanted=agent.settings.programs.server))


def _running_options(command: Callable[..., int]) -> Callable[..., int]:
    """Options `server`, `password_file` and `display`, for `_running`."""
    for option in (
        click.option(
            "--display",
            type=TypedName(WORD_LIMIT),
            default="",
            metavar="DISPLAY",
            help=_(
                "The X display that it shows, such as :0. Keys and clipboard then go there directly, which works better. It is tried first whether the server shows it."
            ),
        ),
        click.option(
            "--password-file",
            type=click.Path(path_type=Path, dir_okay=False),
            help=_("Its password, on the first line."),
        ),
        click.option(
            "--server",
            type=TypedName(URI_LIMIT),
            default="",
            metavar="HOST:PORT",
            help=_("Show this VNC server, which runs already."),
        ),
    ):
        command = option(command)
    return command


def _running(server: str, password_file: Path | None, display: str) -> ForeignServer | None:
    """The VNC server that the options name. Raises UsageError, TasukiError `password_file_unreadable`."""
    if server:
        return ForeignServer(address=parse_address(server), password=read_password(password_file), display=display)
    if display:
        raise UsageError("display_without_server")
    if password_file is not None:
        raise UsageError("password_without_server")
    return None


def _computer(display: str) -> Computer:
    """What this program may know: that X display is the person's, where one is named."""
    computer = this_computer()
    return replace(computer, environ={**computer.environ, "DISPLAY": display}) if display else computer


def _checks(agent: Agent, *, server: str, password_file: Path | None, display: str) -> tuple[Check, ...]:
    return checks(agent, _computer(display), running=_running(server, password_file, display))


add_check(commands, Role.USER, _checks, _running_options)


@commands.command("helpers", help=_("List the helpers and groups that can be asked now."))
@shared_options(Role.USER)
def helpers_command(**options: Any) -> int:
    """One list, then the end."""
    return run(Role.USER, _helpers, **options)


async def _helpers(agent: Agent, events: Events) -> int:
    before = MatchingView()

    def changed(view: UserView) -> None:
        nonlocal before
        for event in matching_events(before, view.matching):
            if event.name == "offline":  # said at once, while it is tried again
                events.tell(event.name, event.text, **event.facts)
        before = view.matching

    def problem(error: TasukiError) -> None:
        told = problem_event(error)
        events.tell(told.name, told.text, **told.facts)

    async with UserApp(
        agent=agent, computer=this_computer(), on_change=changed, on_problem=problem, on_file_problem=problem
    ) as app:
        await app.online()
        await app.listed()
        listing = listing_event(app.view.matching, relay_time(app.view.matching.clock_skew))
    events.tell(listing.name, listing.text, **listing.facts)
    return 0


@commands.command("ask", help=_("Ask for help, and show this screen to whoever takes it."))
@click.option(
    "--to", "helper", type=TypedText(URI_LIMIT), default="", metavar="NAME", help=_("The helper of this name.")
)
@click.option("--group", type=TypedText(NAME_LIMIT), default="", metavar="GROUP", help=_("Any helper of this group."))
@click.option("--anyone", is_flag=True, help=_("Whoever is free first."))
@click.option(
    "--mode",
    type=click.Choice([mode.value for mode in Mode]),
    required=True,
    help=_("What the helper may do: look, or look and control."),
)
@click.option(
    "--topic", type=TypedText(TEXT_LIMIT), default="", help=_("What it is about. The relay's operators can read this.")
)
@click.option(
    "--computer-details",
    "details",
    is_flag=True,
    help=_("Send details of this computer too, and print them first. The relay's operators can read them."),
)
@click.option(
    "--screen",
    "screens",
    type=TypedName(WORD_LIMIT),
    multiple=True,
    metavar="SCREEN",
    help=_("Show only this screen; screens lists them. Given again: the helper may go on to that one, too."),
)
@click.option(
    "--yes",
    is_flag=True,
    help=_(
        "With --group or --anyone: let in who takes the request first, without asking; for hand-overs, and where the request was left in the queue, you are asked."
    ),
)
@click.option("--again", default=0, metavar="N", help=_("After a loss ask again by itself, so many times."))
@_running_options
@shared_options(Role.USER)
def ask_command(  # noqa: PLR0917 -- click calls it by name
    helper: str,
    group: str,
    anyone: bool,
    mode: str,
    topic: str,
    details: bool,
    screens: tuple[str, ...],
    yes: bool,
    again: int,
    server: str,
    password_file: Path | None,
    display: str,
    **options: Any,
) -> int:
    """From the wish to its end; exit code 0 where somebody ended it, as people do."""
    if bool(helper) + bool(group) + anyone != 1:
        raise UsageError("ask_whom")
    running = _running(server, password_file, display)
    if screens and server:
        raise UsageError("screen_with_server")
    wish = Wish(helper=helper, group=group, anyone=anyone, mode=Mode(mode), topic=topic, screens=screens)

    async def main(agent: Agent, events: Events) -> int:
        full = replace(wish, inventory=await _details(agent, events)) if details else wish
        return await _ask(agent, events, full, yes=yes, again=again, running=running)

    return run(Role.USER, main, **options)


async def _details(agent: Agent, events: Events) -> dict[str, str]:
    """What is sent of this computer, but for what the settings withhold; printed before it is."""
    found = await inventory.details(this_computer(), withheld=agent.settings.inventory.withheld)
    lines = [f"{key}: {value}" for key, value in found.items()]
    events.tell("computer_details", "\n".join([_("Details that are sent too:"), *lines]), details=found)
    return found


@commands.command("screens", help=_("List the screens that can be shown alone."))
@shared_options(Role.USER)
def screens_command(**options: Any) -> int:
    """One list, then the end."""
    return run(Role.USER, _screens, alone=False, **options)


async def _screens(_agent: Agent, events: Events) -> int:
    found = await asyncio.to_thread(find, this_computer())
    lines = [f"{one.key}  {one.name}" for one in found]
    events.tell(
        "screens",
        "\n".join(lines) or _("Which screens there are cannot be known here."),
        screens=[screen_facts(one) for one in found],
    )
    return 0


@commands.command("callback", help=_("Go on waiting with the request that was left in the queue."))
@_running_options
@shared_options(Role.USER)
def callback_command(server: str, password_file: Path | None, display: str, **options: Any) -> int:
    """As `ask`, from where another run of the program has left it."""
    running = _running(server, password_file, display)

    async def main(agent: Agent, events: Events) -> int:
        left = CallBackFile(agent.profile).read()
        if left is None:
            raise TasukiError("no_call_back")
        return await _ask(agent, events, left.wish, yes=False, again=0, running=running, left=left)

    return run(Role.USER, main, **options)


async def _ask(
    agent: Agent,
    events: Events,
    wish: Wish,
    *,
    yes: bool,
    again: int,
    running: ForeignServer | None,
    left: LeftCallBack | None = None,
) -> int:
    terminal = UserTerminal(events)
    app = UserApp(
        agent=agent,
        computer=_computer(running.display if running is not None else ""),
        yes=yes,
        running=running,
        on_change=terminal.changed,
        on_event=terminal.happened,
        on_problem=terminal.problem,
        on_file_problem=terminal.problem,
    )
    terminal.app = app
    async with app, beside(asyncio.create_task(terminal.listen(lines_of())), agent.renewing()):
        asked = False
        while True:
            try:
                ending = await app.ask(wish, left=left, again=asked)
            except TasukiError as error:
                if not asked or error.code in FINAL:
                    raise
                # A relay or a helper who is not there yet is what a try is for, by itself or by whoever types it.
                (terminal.problem if again > 0 else terminal.not_asked)(error)
            else:
                terminal.over(ending)
                if not ending.lost:
                    return 0 if ending.as_asked else 1
            left, asked = None, True
            again -= 1
            if again < 0 and not await terminal.decided():
                return 1
