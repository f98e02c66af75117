"""`tasuki-user`: enrol this computer, see the helpers, ask for help."""

import asyncio
import contextlib
import os
import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from common.agent.commands import add_enrol, add_status, given, run, shared_options
from common.agent.composition import Agent
from common.host import command as console
from common.host.command import Events, lines_of
from common.host.errors import TasukiError, UsageError
from common.host.screen import load_windows
from common.host.words import _
from common.protocol.identity import Role
from common.protocol.messages import GroupEntry, HelperEntry, Mode
from user_agent.app import UserApp
from user_agent.face import Face
from user_agent.servers.running import Running, parse_address, read_password
from user_agent.views import Wish


@click.group(
    help=_(
        "Ask for help: a helper you choose sees your screen, and controls it only if you say so. "
        "Without a command it opens a window."
    ),
    invoke_without_command=True,
)
@click.option("--enrol", "line", default="", metavar="LINE", help=_("The operator's line, for the first start."))
@click.option("--hidden", is_flag=True, help=_("Begin without a window, beside the clock."))
@shared_options(Role.USER)
@click.pass_context
def main_group(context: click.Context, /, line: str, hidden: bool, **options: Any) -> int:
    """The windows, or the group that the subcommands hang on; what was said before a command counts for it too."""
    if context.invoked_subcommand is not None:
        context.default_map = {context.invoked_subcommand: given(context)}
        return 0
    windows = load_windows("user_agent.ui.program", environ=os.environ)
    result: int = windows.main(line=line, hidden=hidden, **options)
    return result


add_enrol(main_group, Role.USER)
add_status(main_group, Role.USER)


@main_group.command("helpers", help=_("List the helpers and groups that can be asked now."))
@shared_options(Role.USER)
def helpers_command(**options: Any) -> int:
    """One list, then the end."""
    return run(Role.USER, _helpers, **options)


async def _helpers(agent: Agent, events: Events) -> int:
    async with UserApp(agent=agent, environ=os.environ, platform=sys.platform) as app:
        await app.online()
        listed = await app.listed()
    helpers = [entry for entry in listed if isinstance(entry, HelperEntry)]
    groups = [entry for entry in listed if isinstance(entry, GroupEntry)]
    lines = [f"{entry.name}  ({_status_text(entry)})" for entry in helpers]
    lines += [
        _("Group {group}: {count} available").format(group=entry.group, count=entry.available) for entry in groups
    ]
    events.tell(
        "helpers",
        "\n".join(lines) or _("Nobody can be asked now. Try again later."),
        helpers=[
            {
                "uri": entry.uri,
                "name": entry.name,
                "status": entry.status.value,
                "languages": entry.languages,
                "skills": entry.skills,
                "waiting": entry.waiting,
            }
            for entry in helpers
        ],
        groups=[{"group": entry.group, "available": entry.available, "waiting": entry.waiting} for entry in groups],
    )
    return 0


def _status_text(entry: HelperEntry) -> str:
    words = {"available": _("available"), "busy": _("busy"), "away": _("away")}
    known = ", ".join([*entry.languages, *entry.skills])
    return f"{words[entry.status.value]}; {known}" if known else words[entry.status.value]


@main_group.command("ask", help=_("Ask for help, and show this screen to whoever takes it."))
@click.option("--to", "helper", default="", metavar="NAME", help=_("The helper of this name."))
@click.option("--group", default="", metavar="GROUP", help=_("Any helper of this group."))
@click.option("--anyone", is_flag=True, help=_("Whoever is free first."))
@click.option(
    "--mode",
    type=click.Choice([mode.value for mode in Mode]),
    required=True,
    help=_("What the helper may do: look, or look and control."),
)
@click.option("--topic", default="", help=_("What it is about. The relay's operators can read this."))
@click.option(
    "--yes", is_flag=True, help=_("With --group or --anyone: let in whoever takes the request, without asking.")
)
@click.option("--again", default=0, metavar="N", help=_("After a loss ask again by itself, so many times."))
@click.option("--server", default="", metavar="HOST:PORT", help=_("Show this VNC server, which runs already."))
@click.option(
    "--password-file", type=click.Path(path_type=Path, dir_okay=False), help=_("Its password, on the first line.")
)
@shared_options(Role.USER)
def ask_command(  # noqa: PLR0917 -- click calls it by name
    helper: str,
    group: str,
    anyone: bool,
    mode: str,
    topic: str,
    yes: bool,
    again: int,
    server: str,
    password_file: Path | None,
    **options: Any,
) -> int:
    """From the wish to its end; exit code 0 where somebody ended it, as people do."""
    if bool(helper) + bool(group) + anyone != 1:
        raise UsageError("ask_whom")
    if password_file is not None and not server:
        raise UsageError("password_without_server")
    running = Running(address=parse_address(server), password=read_password(password_file)) if server else None
    wish = Wish(helper=helper, group=group, anyone=anyone, mode=Mode(mode), topic=topic)
    return run(
        Role.USER, lambda agent, events: _ask(agent, events, wish, yes=yes, again=again, running=running), **options
    )


async def _ask(agent: Agent, events: Events, wish: Wish, *, yes: bool, again: int, running: Running | None) -> int:
    face = Face(events)
    app = UserApp(
        agent=agent,
        environ=os.environ,
        platform=sys.platform,
        yes=yes,
        running=running,
        on_change=face.changed,
        on_event=face.happened,
        on_problem=face.problem,
    )
    face.app = app
    async with app, _beside(face, agent):
        while True:
            ending = await app.ask(wish)
            face.over(ending)
            if not ending.lost:
                return 0 if ending.as_asked else 1
            again -= 1
            if again < 0 and not await face.decided():
                return 1


@contextlib.asynccontextmanager
async def _beside(face: Face, agent: Agent) -> Any:
    """Lines are listened to, and the certificate is renewed, while the block runs."""
    tasks: list[asyncio.Task[Any]] = [asyncio.create_task(face.listen(lines_of())), agent.renewing()]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception) and not isinstance(outcome, TasukiError):
                raise outcome


def main() -> NoReturn:
    """The console script."""
    console.run(main_group)
