"""Why can't I connect? Each step of the way to the relay, gone on its own and told in plain words.

The way is a connection of its own, which leaves before it says who it is: a running agent is not disturbed. A step that
cannot be reached because an earlier one failed is skipped.
"""

import asyncio
import platform
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from common.agent.composition import Agent
from common.agent.matching.problems import clocks_differ, is_wrong
from common.agent.views import MatchingView
from common.host.clock import utc_now
from common.host.errors import TasukiError, for_operators, sentence
from common.host.log import get_logger
from common.host.version import VERSION
from common.host.words import _, one_line, reason_sentence, sentences
from common.net.addresses import ONE_BY_ONE
from common.net.dial import DialError, DialStage, DialStep, Story
from common.net.tls import OuterTrust
from common.net.websocket import WebSocket
from common.protocol.chosen_routes import OWN
from common.protocol.matching_client import MatchingPhase
from common.protocol.messages import Hello, InvalidMessageError, decode_from_relay
from common.protocol.proxies import ProxyRoute
from common.protocol.reasons import Why
from common.protocol.wire import MATCHING_PATH, MATCHING_SUBPROTOCOL

PATIENCE: Final = 10.0  # seconds for the relay's first word, and for the account to be accepted

log = get_logger(component="diagnosis")


class StepState(StrEnum):
    """How a step stands."""

    WAITING = "waiting"
    RUNNING = "running"
    GOOD = "good"
    BAD = "bad"
    SKIPPED = "skipped"


@dataclass(frozen=True, kw_only=True)
class DiagnosisStep:
    """One step: what was looked at, how it stands, and what was found (a sentence, or facts for whoever looks after networks)."""

    key: str
    state: StepState
    title: str
    detail: str = ""


class NotCheckedError(Exception):
    """A check that makes no sense here; its text says why."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """A step of its own. `run` returns what it found, or raises TasukiError or NotCheckedError."""

    key: str
    title: str
    run: Callable[[], Awaitable[str]]


async def diagnose(
    agent: Agent,
    on_step: Callable[[DiagnosisStep], None] = lambda _: None,
    *,
    live: Callable[[], MatchingView] | None = None,
    account: Callable[[], Awaitable[str]] | None = None,
    checks: Sequence[Check] = (),
    now: Callable[[], float] = time.time,
) -> list[DiagnosisStep]:
    """Go every step; `on_step` gets each as it stands, all of them waiting first. The steps as they ended.

    Whether the account is accepted is seen from `live`, the view of an agent that runs in this process; `account` finds it
    out where none runs anywhere. `checks` are the program's own, and are made in any case.
    """
    return await _Diagnosis(agent, on_step, live=live, account=account, checks=checks, now=now).run()


def fresh_account(agent: Agent) -> Callable[[], Awaitable[str]]:
    """For `account`: connect as this agent, once. Only where no other agent of this folder runs: it would be put aside."""

    async def run() -> str:
        matching = agent.matching(on_change=lambda _: None)
        matching.start()
        try:
            await matching.online(min(PATIENCE, agent.settings.timing.online))
            return _accepted(matching.view)
        finally:
            await matching.stop()

    return run


def report(steps: Sequence[DiagnosisStep]) -> str:
    """All of it as text to hand on. There is no secret in it: neither a proxy's password nor a key or code."""
    head = f"Tasuki {VERSION}, {platform.platform()}, {utc_now():%Y-%m-%d %H:%M} UTC"
    lines = [f"[{step.state.value}] {step.title}: {one_line(step.detail)}".rstrip(": ") for step in steps]
    return "\n".join([head, *lines]) + "\n"


class _Diagnosis:
    def __init__(
        self,
        agent: Agent,
        on_step: Callable[[DiagnosisStep], None],
        *,
        live: Callable[[], MatchingView] | None,
        account: Callable[[], Awaitable[str]] | None,
        checks: Sequence[Check],
        now: Callable[[], float],
    ) -> None:
        self._agent = agent
        self._on_step = on_step
        self._live = live
        self._account = account
        self._checks = checks
        self._now = now
        self._hello: Hello | None = None
        self._dialled = ""
        self._steps: dict[str, DiagnosisStep] = {}

    async def run(self) -> list[DiagnosisStep]:
        for key, title in [*self._way(), *((check.key, check.title) for check in self._checks)]:
            self._set(DiagnosisStep(key=key, state=StepState.WAITING, title=title))
        own: list[Check] = [
            Check(key="certificate", title="", run=self._certificate),
            Check(key="proxy", title="", run=self._choose_proxy),
            Check(key="http", title="", run=self._go),
            Check(key="matching", title="", run=self._relay),
            Check(key="clock", title="", run=self._clock),
            Check(key="account", title="", run=self._accepted),
        ]
        for check in own:
            if not await self._make(check) and check.key != "clock":
                break
        self._skip([key for key, _title in self._way()])
        for check in self._checks:
            await self._make(check)
        return list(self._steps.values())

    @staticmethod
    def _way() -> list[tuple[str, str]]:
        return [
            ("certificate", _("Enrolment and certificate")),
            ("proxy", _("Proxy")),
            ("name", _("Name of the relay or the proxy")),
            ("tcp", _("Connection (TCP)")),
            ("connect", _("Way through the proxy")),
            ("tls", _("Secure connection (TLS)")),
            ("http", _("Answer of the relay (HTTP)")),
            ("matching", _("The relay of the organisation")),
            ("clock", _("Clock of this computer")),
            ("account", _("Account")),
        ]

    def _set(self, step: DiagnosisStep) -> None:
        self._steps[step.key] = step
        self._on_step(step)

    def _to(self, key: str, state: StepState, detail: str = "") -> None:
        self._set(replace(self._steps[key], state=state, detail=detail))

    def _skip(self, keys: Sequence[str]) -> None:
        for key in keys:
            if self._steps[key].state in {StepState.WAITING, StepState.RUNNING}:
                self._to(key, StepState.SKIPPED)

    async def _make(self, check: Check) -> bool:
        """One step; False where it is bad."""
        self._to(check.key, StepState.RUNNING)
        try:
            detail = await check.run()
        except NotCheckedError as error:
            self._to(check.key, StepState.SKIPPED, str(error))
        except DialError as error:
            self._to(_key_of(error.stage), StepState.BAD, sentence(error))
            return False
        except TasukiError as error:
            self._to(check.key, StepState.BAD, for_operators(error))
            return False
        except Exception as error:  # a bug in one step must not hide the others
            log.exception("diagnosis_failed", step=check.key, exc_info=error)
            self._to(check.key, StepState.BAD, reason_sentence(Why.FAILED))
            return False
        else:
            self._to(check.key, StepState.GOOD, detail)
        return True

    async def _certificate(self) -> str:
        profile = self._agent.profile
        certificate = profile.certificate
        if profile.crl is not None and profile.crl.is_revoked(certificate.serial):
            raise TasukiError("certificate_revoked")
        until = certificate.not_after.astimezone().strftime("%Y-%m-%d %H:%M")
        text = _("{name}, {organisation}; valid until {until}").format(
            name=one_line(profile.name), organisation=one_line(profile.organisation_name), until=until
        )
        return text if utc_now() <= certificate.not_after else text + ". " + _("It is renewed at the next connection.")

    async def _choose_proxy(self) -> str:
        agent = self._agent
        choice = await agent.routes.choose(agent.profile.relay_host, agent.profile.relay_port)
        own = "--proxy" if agent.proxy else "agent.toml"
        source = own if choice.source == OWN else choice.source
        routes = _(", then ").join(str(route) if route else _("directly") for route in choice.routes)
        text = _("What {source} says was not used: {why}.")
        said = _("{proxy} ({source})").format(proxy=routes, source=source) if source else _("none")
        passed_over = (text.format(source=one.source, why=_(one.why)) for one in choice.passed_over)
        return sentences(said, *passed_over)

    async def _go(self) -> str:
        """The whole way, told stretch by stretch, up to the relay's first word."""
        profile = self._agent.profile
        hello: asyncio.Future[str | bytes] = asyncio.get_running_loop().create_future()
        self._to("http", StepState.WAITING)
        ws = await self._agent.connect_matching(
            stagger=ONE_BY_ONE,
            target=MATCHING_PATH,
            subprotocol=MATCHING_SUBPROTOCOL,
            listener=_First(hello),
            trust=OuterTrust(root_der=profile.root),
            routes=self._agent.routes,
            story=self._story,
        )
        try:
            async with asyncio.timeout(PATIENCE):
                first = await hello
        except TimeoutError:
            first = ""
        finally:
            ws.close()
        try:
            message = decode_from_relay(first) if isinstance(first, str) else None
        except InvalidMessageError:
            message = None
        self._hello = message if isinstance(message, Hello) else None
        self._dialled = ws.host
        if ws.status != 101:
            return _("Something on the way takes WebSocket away. Tasuki works without it, a little slower.")
        return "101"

    def _story(self, route: ProxyRoute) -> Story:
        """Another route is tried: what was said of the one before it counts no longer."""
        for key in ("name", "tcp", "connect", "tls"):
            self._to(key, StepState.WAITING)
        if route is None:
            self._to("connect", StepState.SKIPPED, _("No proxy is used."))
        self._to("name", StepState.RUNNING)
        return Story(route, on_done=self._stretch)

    def _stretch(self, stretch: DialStep, then: DialStage) -> None:
        """A part of the way worked, and the next one is under way."""
        if stretch.stage != "http":
            self._to(
                _key_of(stretch.stage),
                StepState.GOOD if stretch.stage != "proxy" else StepState.RUNNING,
                stretch.detail,
            )
            if self._steps[_key_of(then)].state is StepState.WAITING:
                self._to(_key_of(then), StepState.RUNNING)

    async def _relay(self) -> str:
        if self._hello is None or self._hello.relay != self._dialled:
            raise TasukiError("relay_not_ours", address=self._dialled)
        return self._hello.relay

    async def _clock(self) -> str:
        assert self._hello is not None  # noqa: S101  # else the step before had failed
        now = self._now()
        skew = now - self._hello.time
        if is_wrong(skew):
            raise clocks_differ(skew, datetime.fromtimestamp(now, UTC))
        return _("The same as the relay's.")

    async def _accepted(self) -> str:
        if self._live is not None:
            view = self._live()
            if view.phase is not MatchingPhase.ONLINE and view.problem is not None:
                raise view.problem
            if view.phase is not MatchingPhase.ONLINE:
                raise NotCheckedError(_("Connecting just now."))
            return _accepted(view)
        if self._account is None:
            raise NotCheckedError(
                _("Another Tasuki program of this folder is running; it says whether it is connected.")
            )
        return await self._account()


def _accepted(view: MatchingView) -> str:
    return _("Connected to the relay as {name}.").format(name=one_line(view.name))


def _key_of(stage: DialStage) -> str:
    """TLS to an https proxy is a part of the way through the proxy."""
    return "connect" if stage == "proxy" else stage


class _First:
    """Takes the first message."""

    def __init__(self, first: "asyncio.Future[str | bytes]") -> None:
        self._first = first

    def opened(self, ws: WebSocket) -> None: ...

    def message(self, ws: WebSocket, payload: str | bytes) -> None:  # noqa: ARG002
        if not self._first.done():
            self._first.set_result(payload)

    def closed(self, ws: WebSocket, code: int, reason: str) -> None:  # noqa: ARG002
        if not self._first.done():
            self._first.set_result("")

    def paused(self, ws: WebSocket) -> None: ...
    def resumed(self, ws: WebSocket) -> None: ...
