"""The agent's standing connection to the relay's matching endpoint: it comes back by itself, and remembers what was asked.

`view` is a frozen value to render; `on_change` gets each new one. What the relay says about requests and sessions goes,
as the messages of common.protocol.messages, to every subscriber. common.protocol.matching_client decides; here it is done.
One room, though a large one: a short method for each thing that programs ask of it, and what carries the effects out.
"""

import asyncio
import os
import random as _random
from collections.abc import Callable
from typing import Final, assert_never

from common.agent.matching.link import MatchingLink
from common.agent.matching.ports import Connect, Listeners, MatchingEvent, MatchingProfile
from common.agent.matching.problems import check_clock, is_hopeless, possible, problem_of, wait_before_next
from common.agent.matching.viewing import Absence, view_of
from common.agent.views import MatchingView
from common.host.clock import LoopClock
from common.host.errors import TasukiError
from common.host.log import get_logger
from common.host.typed import typed
from common.net.certificates import CertificateError
from common.net.connect import connect_websocket
from common.net.proxy_routes import DIRECT, ProxyRoutes
from common.protocol.backoff import Backoff
from common.protocol.clock import Clock, Timer
from common.protocol.computer_claim import ComputerClaim
from common.protocol.desk import Desk
from common.protocol.matching_client import Credentials, MatchingClient, MatchingPhase, MatchingTiming
from common.protocol.matching_effects import (
    Dial,
    Emit,
    ExpectLeg,
    Hang,
    MatchingEffect,
    RenewCertificate,
    SendMessage,
    TakeCrl,
    TakeHosts,
)
from common.protocol.matching_memory import MatchingMemory, OnlineMessage, RequestOpenError, SessionPlan
from common.protocol.messages import (
    Active,
    Cancel,
    Decline,
    End,
    Ended,
    Error,
    Feature,
    FromAgent,
    Granted,
    Helpers,
    InvalidMessageError,
    Mode,
    Over,
    Recorded,
    Request,
    Requests,
    Status,
    Ticket,
    To,
    Transfer,
    Waiting,
    Yours,
    decode_from_relay,
)
from common.protocol.reasons import Why
from common.protocol.texts import TEXT_LIMIT
from common.protocol.tickets import new_id
from common.protocol.timers import SetTimer, StopTimer

RENEWS_AFTER: Final = 2.0
"""Seconds from `renew_now` to the renewal, at least."""


class Matching:
    """Drives the connection. Runs on the loop's one thread; every method may be called at any moment.

    `agent` names the program and its version to the relay. `routes` is asked at every dialling.
    """

    def __init__(
        self,
        *,
        profile: MatchingProfile,
        agent: str,
        routes: ProxyRoutes = DIRECT,
        on_change: Callable[[MatchingView], None] = lambda _: None,
        clock: Clock | None = None,
        random: Callable[[], float] = _random.random,
        random_bytes: Callable[[int], bytes] = os.urandom,
        connect: Connect = connect_websocket,
        timing: MatchingTiming | None = None,
        backoff: Backoff | None = None,
        desk: Desk | None = None,
        on_desk: Callable[[Desk | None], None] = lambda _: None,
        on_ports: Callable[[list[int]], None] = lambda _: None,
        on_leg_expected: Callable[[tuple[int, ...]], None] = lambda _: None,
        on_renewal_wanted: Callable[[], None] = lambda: None,
    ) -> None:
        """`desk`: what the relay told of the help desk another time; `on_desk` gets what it tells now, `on_ports` where it listens.

        `on_leg_expected` gets the relay's ports when a grant is likely. `on_renewal_wanted` is called where the certificate is to be
        renewed now; once it is, call `certificate_renewed`.
        """
        self.profile = profile
        self.view = MatchingView(
            name=profile.name,
            organisation=profile.organisation,
            organisation_name=profile.organisation_name,
            desk=desk,
        )
        self._clock = clock or LoopClock()
        self._random_bytes = random_bytes
        self._memory = MatchingMemory(role=profile.role, organisation=profile.organisation)
        self._client = MatchingClient(
            agent=agent,
            credentials=self._credentials,
            memory=self._memory,
            backoff=backoff or Backoff(random=random),
            timing=timing,
        )
        self._desk = desk
        self._on_desk = on_desk
        self._on_ports = on_ports
        self._on_leg_expected = on_leg_expected
        self._on_renewal_wanted = on_renewal_wanted
        self._shown: tuple[bytes, ...] = ()  # the chain that the relay has seen last
        self._renewal_timer: Timer | None = None
        self._renewal_wanted = False  # and it is time
        self._ports: list[int] = []
        self._greeting = ""  # the name of the relay's under which somebody has answered who has not proved yet to be it
        self.link = MatchingLink(
            profile=profile,
            routes=routes,
            connect=connect,
            clock=self._clock,
            random=random,
            opened=self._opened,
            received=self._received,
            closed=lambda code: self._do(self._client.lost(code)),
            failed=self._not_reached,
        )
        self._listeners: Listeners[MatchingEvent] = Listeners()
        self._watchers: Listeners[MatchingView] = Listeners()
        self._watchers.add(on_change)
        self._waiters: list[asyncio.Future[None]] = []
        self._timer: Timer | None = None
        self._unreached: TasukiError | None = None
        self._trouble: tuple[object, ...] = (None, None, None)
        self._problem: TasukiError | None = None
        self._absence = Absence(self._now)
        self._log = get_logger(component="matching")

    # for programs

    @property
    def clock_skew(self) -> float:
        """Seconds that this computer's clock is ahead of the relay's, as the last hello said; only for a sentence."""
        return self._client.skew

    @property
    def relay(self) -> str:
        """The name by which the relay was dialled last."""
        return self._client.relay

    @property
    def computer(self) -> ComputerClaim:
        """What the relay is told of this computer, from the next connection on."""
        return self._client.computer

    @computer.setter
    def computer(self, claim: ComputerClaim) -> None:
        self._client.computer = claim

    @property
    def resumes(self) -> bool:
        """Whether the relay keeps a session whose legs are lost, as the last welcome said."""
        welcome = self._client.welcome
        return welcome is not None and welcome.interrupted is not None

    @property
    def records(self) -> bool:
        """Whether the relay takes modes for the record, as the last welcome said."""
        welcome = self._client.welcome
        return welcome is not None and Feature.RECORD in welcome.features

    def start(self) -> None:
        """Connect, and stay connected. While it waits for the next try: try now."""
        self._do(self._client.start())

    def probe(self) -> None:
        """Perhaps the connection is dead: one that gives no sign of life soon is given up. Where there is none: try now."""
        if self.view.phase is MatchingPhase.ONLINE:
            self.link.probe()
        elif self.view.phase is MatchingPhase.RETRYING and not is_hopeless(self.view):
            self._do(self._client.start())

    def network_changed(self) -> None:
        """The computer has another address, or was asleep: as `probe`; what is being dialled is dialled anew."""
        self.probe()
        self._do(self._client.anew())

    def certificate_renewed(self) -> None:
        """The profile has another certificate: the relay is to see it. Sessions and the request that waits go on."""
        self._do(self._client.renewed())

    async def stop(self) -> None:
        """Close, and stay closed."""
        task = self.link.dialling
        self._renewal_wanted = False
        if self._renewal_timer is not None:
            self._renewal_timer.cancel()
            self._renewal_timer = None
        self._do(self._client.stop())
        if task is not None:
            await asyncio.gather(task, return_exceptions=True)

    async def online(self, deadline: float) -> None:
        """Wait until it is online. Raises the problem (TasukiError) after `deadline` seconds, or once it is hopeless."""
        if self.view.phase is MatchingPhase.ONLINE:
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            async with asyncio.timeout(deadline):
                await waiter
        except TimeoutError:
            raise self.view.problem or self._what_is_wrong() from None
        finally:
            self._waiters.remove(waiter)

    def subscribe(self, listener: Callable[[MatchingEvent], None]) -> Callable[[], None]:
        """`listener` gets every event from now on; call what is returned to stop that.

        A `Granted` comes again for each new ticket: a session that already runs takes it itself.
        """
        return self._listeners.add(listener)

    def plan(self, granted: Granted) -> SessionPlan | None:
        """What this side knows by itself of a session that was just granted, for `Session`. None: not ours, open nothing."""
        return self._memory.plan(granted)

    def watch(self, on: bool) -> None:
        """Keep the list (helpers for a user, requests for a helper) up to date in `view`. Remembered over reconnects."""
        self._say(self._memory.watch(on))

    def set_status(self, status: Status) -> None:
        """Helper: presence. Remembered over reconnects."""
        self._say(self._memory.set_status(status))

    def request(
        self,
        *,
        to: To,
        mode: Mode,
        name: str | None = None,
        topic: str = "",
        inventory: dict[str, str] | None = None,
        call_back: str = "",
    ) -> str:
        """User: ask for help; the request's id. Sent now or once online, and again after every reconnect while it waits.

        `call_back`: the id of a request that was left as one, perhaps by another run of the program, to go on with.
        `name` is that of the helper whom the person clicked, for a ToHelper (and only then): the certificate must have it.
        Raises TasukiError: `clocks_differ`; `request_open` while another request is open; `text_too_long`, `text_not_utf8` (the topic);
        `group_unknown`, `helper_unknown` where nobody can be called so.
        """
        check_clock(self._client.skew, self._clock.now())
        request, topic = call_back or new_id(self._random_bytes), typed(topic, limit=TEXT_LIMIT)
        message = Request(
            request=request,
            to=possible(to),
            mode=mode,
            topic=topic,
            inventory=inventory or {},
            call_back=bool(call_back),
        )
        if self._memory.open is None and (old := self._memory.give_up()) is not None:
            self._say_or_keep(old)
        try:
            self._say(self._memory.ask(message, name=name))
        except RequestOpenError:
            raise TasukiError("request_open") from None
        return request

    def change_topic(self, topic: str) -> bool:
        """User: say otherwise what the open request is about; known to the relay now or once online. False where none waits.

        Raises TasukiError (`text_too_long`, `text_not_utf8`).
        """
        message = self._memory.change_topic(typed(topic, limit=TEXT_LIMIT))
        if message is not None:
            self._say(message)
        return message is not None

    def leave_as_call_back(self) -> bool:
        """User: the open request stays in the queue while nobody waits; known to the relay now or once online. False where none waits."""
        message = self._memory.leave_as_call_back()
        if message is not None:
            self._say(message)
        return message is not None

    def cancel(self) -> None:
        """User: take the open request back."""
        message = self._memory.cancel()
        if message is not None:
            self._say_or_keep(message)

    def accept(self, request: str) -> bool:
        """Helper: take it. False while not online. Raises TasukiError (`clocks_differ`)."""
        check_clock(self._client.skew, self._clock.now())
        return self._say(self._memory.accept(request))

    def next(self) -> bool:
        """Helper: take whoever has waited longest. False while not online. Raises TasukiError (`clocks_differ`)."""
        check_clock(self._client.skew, self._clock.now())
        return self._client.phase is MatchingPhase.ONLINE and self._say(self._memory.next())

    def takes(self, request: str) -> bool:
        """Helper: whether we have asked to take it, by its name or as the next one."""
        return self._memory.takes(request)

    def decline(self, request: str, why: str = "") -> bool:
        """Helper: not mine. False while not online. Raises TasukiError (`text_too_long`, `text_not_utf8`)."""
        return self._say(Decline(request=request, why=typed(why, limit=TEXT_LIMIT)))

    def transfer(self, request: str, to: To, note: str = "") -> bool:
        """Helper: hand an active session's request on. False while not online. Raises TasukiError as `request` does."""
        return self._say(Transfer(request=request, to=possible(to), note=typed(note, limit=TEXT_LIMIT)))

    def active(self, session: str) -> None:
        """User: both HELLOs of a session were exchanged; said at the next connection where it cannot be said now."""
        self._say_or_keep(self._memory.active(session))

    def mode_now(self, session: str, mode: Mode) -> None:
        """User: the mode of a session, for the record; said until the relay has it. Nothing where this relay takes none."""
        message = self._memory.mode_now(session, mode) if self.records else None
        if message is not None:
            self._say(message)

    def interrupted(self, session: str) -> None:
        """User: a session's connection is lost, and tried again."""
        self._memory.interrupted(session)

    def end(self, session: str, why: Why) -> None:
        """A session of ours is over; said at the next connection where it cannot be said now."""
        self._say_or_keep(self._memory.end(session, why))

    def send(self, message: FromAgent) -> bool:
        """Any other message; False, and not sent, while not online. A wish for a ticket is said again after a reconnect."""
        return self._say(self._memory.wish(message) if isinstance(message, Ticket) else message)

    # for the link

    def _opened(self, host: str) -> None:
        self._greeting = host
        self._do(self._client.connected(host))

    def _received(self, payload: str | bytes) -> None:
        if isinstance(payload, bytes):
            self._do(self._client.broken())
            return
        try:
            message = decode_from_relay(payload)
        except InvalidMessageError as error:
            # A later relay may say what this version does not know; before it has proved itself that is no beginning.
            self._log.info("matching_message_ignored", about=error.about, detail=str(error))
            if self._client.phase is not MatchingPhase.ONLINE:
                self._do(self._client.broken())
            return
        self._do(self._client.received(message, self._now()))

    def _not_reached(self, error: TasukiError | None) -> None:
        self._unreached = error
        self._do(self._client.failed())

    def _now(self) -> float:
        return self._clock.now().timestamp()

    def _credentials(self) -> Credentials:
        identity = self.profile.identity
        self._shown = identity.chain
        return Credentials(chain=identity.chain, sign=identity.sign)

    def _say(self, message: FromAgent) -> bool:
        effects = self._client.send(message)
        self._do(effects)
        return bool(effects)

    def _say_or_keep(self, message: Cancel | Active | End) -> None:
        if not self._say(message):
            self._memory.keep(message)

    def _do(self, effects: list[MatchingEffect]) -> None:
        """Carry out what the client decided, then show what has changed."""
        for effect in effects:
            match effect:
                case SendMessage(message):
                    self.link.send(message)
                case Emit(message):
                    self._emit(message)
                case Dial():
                    self.link.dial()
                case Hang():
                    self.link.hang_up()
                case SetTimer(seconds):
                    waiting = self._client.phase is MatchingPhase.RETRYING
                    self._set_timer(wait_before_next(seconds, self._unreached) if waiting else seconds)
                case StopTimer():
                    self._set_timer(None)
                case TakeCrl(der):
                    self._take_crl(der)
                case TakeHosts(document):
                    self._take_hosts(document)
                case RenewCertificate():
                    self._renew_soon()
                case ExpectLeg(ports):
                    self._on_leg_expected(ports)
                case _:
                    assert_never(effect)
        self._show()
        self._judge_name()
        self._renew_if_wanted()

    def _judge_name(self) -> None:
        """Who answered under a name and then is not our relay: the next try begins with another name."""
        if not self._greeting or self._client.phase is MatchingPhase.GREETING:
            return
        host, self._greeting = self._greeting, ""
        if self._client.phase is MatchingPhase.RETRYING:
            self.profile.pass_over(host)

    def _set_timer(self, seconds: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if seconds is not None:
            self._timer = self._clock.call_later(seconds, self._rang)

    def _rang(self) -> None:
        self._timer = None
        self._do(self._client.timer())

    def _take_crl(self, der: bytes) -> None:
        try:
            self.profile.accept_crl(der)
        except CertificateError as error:
            # An older or foreign list is refused; the newest good one stays in force.
            self._log.warning("crl_refused", error_code=str(error.code))
            if self.profile.crl is None:
                self._do(self._client.broken())

    def _take_hosts(self, document: bytes) -> None:
        try:
            self.profile.accept_hosts(document)
        except CertificateError as error:
            # As with the other list: what is held stays in force.
            self._log.warning("hosts_refused", error_code=str(error.code))

    def _renew_soon(self) -> None:
        """Whoever asks as soon as the connection is there has asked by then."""
        if self._renewal_timer is None:
            self._renewal_timer = self._clock.call_later(RENEWS_AFTER, self._renewal_due)

    def _renewal_due(self) -> None:
        self._renewal_timer = None
        self._renewal_wanted = True
        self._renew_if_wanted()

    def _renew_if_wanted(self) -> None:
        """Not while the other side of something expects the certificate that it was told of."""
        if not self._renewal_wanted or self._memory.busy:
            return
        self._renewal_wanted = False
        if self.profile.identity.chain == self._shown:
            self._on_renewal_wanted()
        else:  # it was renewed since this connection began
            self.certificate_renewed()

    def _emit(self, message: OnlineMessage) -> None:
        match message:
            case Helpers():
                pass  # the view shows the list
            case Waiting() | Requests() | Yours() | Granted() | Over() | Ended() | Recorded() | Error():
                self._listeners.tell(message)
            case _:
                assert_never(message)

    def _show(self) -> None:
        client, memory = self._client, self._memory
        state = (client.trouble, client.refused, self._unreached)
        if state != self._trouble:
            self._trouble = state
            self._problem = self._what_is_wrong() if client.trouble else None
        lost = self._absence.since(client.phase)
        view = view_of(client, memory, self.profile, problem=self._problem, desk=self._told_of_desk(), lost=lost)
        if view == self.view:
            return
        self.view = view
        self._wake(view)
        self._watchers.tell(view)

    def _told_of_desk(self) -> Desk | None:
        """By this relay, else what was known before."""
        welcome = self._client.welcome
        if welcome is not None and welcome.ports != self._ports:
            self._ports = welcome.ports
            self._on_ports(welcome.ports)
        if welcome is not None and welcome.desk != self._desk:
            self._desk = welcome.desk
            self._on_desk(welcome.desk)
        return self._desk

    def _what_is_wrong(self) -> TasukiError:
        return problem_of(self._client, self.profile, self._unreached, now=self._clock.now())

    def _wake(self, view: MatchingView) -> None:
        """Answer those who wait in `online`."""
        hopeless = is_hopeless(view)
        for waiter in self._waiters:
            if waiter.done():
                continue
            if view.phase is MatchingPhase.ONLINE:
                waiter.set_result(None)
            elif hopeless and view.problem is not None:
                waiter.set_exception(view.problem)
