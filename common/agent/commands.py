"""What both agents' command lines share: `enrol`, `status`, `check`, and how a command's coroutine is run."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, cast

import click

from common.agent.composition import Agent
from common.agent.desk import KnownDesk, telephone_text
from common.agent.diagnosis import Check, DiagnosisStep, StepState, diagnose, fresh_account
from common.agent.enrolment.busy import until_answered
from common.agent.enrolment.enrol import enrol
from common.agent.enrolment.line_file import read_text
from common.agent.matching.problems import clocks_differ
from common.agent.options import shared_options
from common.agent.proxy_keyring import kept_logins
from common.host.clock import utc_now
from common.host.command import Events
from common.host.errors import TasukiError, UsageError, for_operators, sentence
from common.host.files import FolderLock, private_folder
from common.host.log import setup
from common.host.typed import ORDER_LIMIT, TypedName
from common.host.words import Language, _, one_line, set_language
from common.net import loop
from common.net.tls import OuterTrust
from common.net.websocket import WebSocket
from common.protocol.enrolment import EnrolmentLine, InvalidEnrolmentError, format_address
from common.protocol.enrolment_text import TEXT_LIMIT, find_line
from common.protocol.identity import Role
from common.protocol.wire import MATCHING_PATH, MATCHING_SUBPROTOCOL

Main = Callable[[Agent, Events], Coroutine[Any, Any, int | None]]


def run(
    role: Role,
    main: Main,
    *,
    folder: Path | None,
    as_json: bool,
    proxy: str,
    verbose: bool,
    proxy_login: Path | None = None,
    alone: bool = True,
) -> int:
    """Run a command on the one loop: its exit code. `alone`: no other agent may work in the folder meanwhile.

    Raises TasukiError, which `common.host.command.run` makes one line and an exit code of.
    """
    setup(json=as_json, level="info" if verbose else "warning")
    loop.install()
    agent = Agent.open(role=role, folder=folder, environ=os.environ, proxy=proxy, logins=kept_logins(proxy_login))
    if agent.settings.language:
        set_language(cast("Language", agent.settings.language))
    events = Events(json=as_json)
    try:
        if not alone:
            return loop.run(lambda: main(agent, events))
        with FolderLock(private_folder(agent.profile.folder)):
            return loop.run(lambda: main(agent, events))
    except UsageError:
        raise
    except TasukiError as error:
        error.besides = _telephone(agent)
        raise


def _telephone(agent: Agent) -> str:
    """What a user can do where the program cannot help."""
    return telephone_text(KnownDesk(agent.profile.folder).read())


@contextlib.asynccontextmanager
async def beside(*tasks: "asyncio.Task[Any]") -> AsyncIterator[None]:
    """These run while the block does: its end is theirs, and a bug in one is raised then."""
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception) and not isinstance(outcome, TasukiError):
                raise outcome


def read_line(text: str) -> EnrolmentLine:
    """The enrolment line as it was given: itself, `-` for stdin, or a file that holds it.

    Raises UsageError `enrolment_line_wrong`.
    """
    try:
        if text == "-":
            return _read_stdin()
        if not text.startswith("tasuki-enrol:") and Path(text).is_file():
            text = read_text(Path(text))
        return find_line(text)
    except (
        InvalidEnrolmentError,
        OSError,
        ValueError,
    ) as error:  # what is no line may also be no file's name that can be
        raise UsageError("enrolment_line_wrong", detail=str(error)) from error


def _read_stdin() -> EnrolmentLine:
    """The line that comes in there, in whatever text; from a terminal as soon as it is whole. Raises InvalidEnrolmentError."""
    text = ""
    while len(text) < TEXT_LIMIT and (more := sys.stdin.readline(ORDER_LIMIT)):
        text += more
        if sys.stdin.isatty():
            with contextlib.suppress(InvalidEnrolmentError):
                return find_line(text)
    return find_line(text)


def add_enrol(group: click.Group, role: Role) -> None:
    """The command `enrol LINE`."""

    @group.command(
        "enrol", help=_("Enrol this computer by the line that the operator gave you (- reads it from stdin).")
    )
    @click.argument("line", type=TypedName(ORDER_LIMIT))
    @click.option("--replace", is_flag=True, help=_("Also where this computer is enrolled with another organisation."))
    @shared_options(role)
    def enrol_command(line: str, replace: bool, **options: Any) -> int:
        """One certificate for this role."""
        parsed = read_line(line)
        return run(role, lambda agent, events: _enrol(agent, events, parsed, replace=replace), **options)


async def _enrol(agent: Agent, events: Events, line: EnrolmentLine, *, replace: bool) -> int:
    profile = agent.profile
    agent.routes.check()
    outcome = await until_answered(
        lambda: enrol(profile, line, clock=utc_now, routes=agent.routes, replace=replace),
        busy=lambda error: _tell_problem(events, error),
    )
    events.tell(
        "enrolled",
        _("This computer is enrolled with {organisation} as {name}.").format(
            organisation=one_line(profile.organisation_name), name=profile.name
        )
        + "\n"
        + profile.key_place,
        name=profile.name,
        organisation=profile.organisation,
        uri=str(profile.uri),
        relay=format_address(profile.relay_host, profile.relay_port),
        not_after=profile.not_after.isoformat(),
    )
    if outcome.clock_off is not None:
        _tell_problem(events, clocks_differ(outcome.clock_off.total_seconds(), utc_now()))
    return 0


def _tell_problem(events: Events, problem: TasukiError) -> None:
    text = sentence(problem)
    events.tell("problem", text, code=problem.code, text=text)


def add_status(
    group: click.Group, role: Role, lacks: Callable[[Agent], TasukiError | None] = lambda _agent: None
) -> None:
    """The command `status`. `lacks`: what this computer lacks of what the program needs; it may take a moment."""

    @group.command("status", help=_("Say who this computer is enrolled as, and whether the relay can be reached."))
    @shared_options(role)
    def status_command(**options: Any) -> int:
        """Exit code 0 where it is enrolled and the relay answers."""
        return run(role, lambda agent, events: _status(agent, events, lacks), alone=False, **options)


async def _status(agent: Agent, events: Events, lacks: Callable[[Agent], TasukiError | None]) -> int:
    profile = agent.profile
    lack = await asyncio.to_thread(lacks, agent)
    address = format_address(profile.relay_host, profile.relay_port)
    problem = await _reach(agent)
    until = profile.not_after.astimezone().strftime("%Y-%m-%d %H:%M")
    lines = [
        _("This computer is enrolled with {organisation} as {name}.").format(
            organisation=one_line(profile.organisation_name), name=profile.name
        ),
        _("The certificate is valid until {until}; it is renewed by itself.").format(until=until),
        profile.key_place,
        _("The relay at {address} answers.").format(address=address) if problem is None else sentence(problem),
        *([for_operators(lack)] if lack is not None else []),
    ]
    events.tell(
        "status",
        "\n".join(lines),
        name=profile.name,
        organisation=profile.organisation,
        uri=str(profile.uri),
        relay=address,
        not_after=profile.not_after.isoformat(),
        reachable=problem is None,
        code=problem.code if problem is not None else None,
        text=sentence(problem) if problem is not None else "",
        lacks=None if lack is None else {"code": lack.code, "text": for_operators(lack)},
    )
    return 0 if problem is None else 1


def add_check(
    group: click.Group,
    role: Role,
    checks: Callable[..., Sequence[Check]] = lambda _agent: (),
    own_options: Callable[[Callable[..., int]], Callable[..., int]] = lambda command: command,
) -> None:
    """The command `check`. `checks` are the program's own, besides the way to the relay: of the agent, and what `own_options` give."""

    @group.command("check", help=_("Go each step of the way to the relay by itself, and say which one fails."))
    @own_options
    @shared_options(role)
    def check_command(
        folder: Path | None, as_json: bool, proxy: str, proxy_login: Path | None, verbose: bool, **own: Any
    ) -> int:
        """Exit code 0 where nothing is wrong."""

        async def main(agent: Agent, events: Events) -> int:
            return await _check(agent, events, checks(agent, **own))

        shared: dict[str, Any] = {"proxy": proxy, "proxy_login": proxy_login, "verbose": verbose}
        return run(role, main, alone=False, folder=folder, as_json=as_json, **shared)


async def _check(agent: Agent, events: Events, checks: Sequence[Check]) -> int:
    lock = FolderLock(agent.profile.folder)
    try:
        await asyncio.to_thread(lock.acquire)
    except TasukiError:
        account = None  # another one works there, and would be put aside
    else:
        account = fresh_account(agent)
    marks = {StepState.GOOD: "+", StepState.BAD: "!", StepState.SKIPPED: "-"}

    def tell(step: DiagnosisStep) -> None:
        if step.state in marks:
            text = f"{marks[step.state]} {step.title}: {step.detail}".rstrip(": ")
            facts = {"key": step.key, "state": step.state.value, "title": step.title, "text": step.detail}
            events.tell("step", text, **facts)

    try:
        steps = await diagnose(agent, tell, account=account, checks=checks)
    finally:
        lock.release()
    if not any(step.state is StepState.BAD for step in steps):
        return 0
    if telephone := _telephone(agent):
        events.tell("telephone", telephone, text=telephone)
    return 1


async def _reach(agent: Agent) -> TasukiError | None:
    """Go the whole way to the matching endpoint, and leave before saying who we are: a running agent is not disturbed."""
    profile = agent.profile
    try:
        ws = await agent.connect_matching(
            target=MATCHING_PATH,
            subprotocol=MATCHING_SUBPROTOCOL,
            listener=_Nobody(),
            trust=OuterTrust(root_der=profile.root),
            routes=agent.routes,
        )
    except TasukiError as error:
        return error
    ws.close()
    return None


class _Nobody:
    """Listens to nothing."""

    def opened(self, ws: WebSocket) -> None: ...
    def message(self, ws: WebSocket, payload: str | bytes) -> None: ...
    def closed(self, ws: WebSocket, code: int, reason: str) -> None: ...
    def paused(self, ws: WebSocket) -> None: ...
    def resumed(self, ws: WebSocket) -> None: ...
