"""The agent's standing connection to the relay's matching endpoint: it comes back by itself, and remembers what was asked.

`view` is a frozen value to render; `on_change` gets each new one. What the relay says about requests and sessions goes,
as the messages of common.protocol.messages, to every subscriber. What to do when is decided in
common.protocol.matching_client; here it is done.
"""

import asyncio
import os
import random as _random
from collections.abc import Callable
from typing import assert_never

from common.agent.matching.link import MatchingLink
from common.agent.matching.ports import Connect, Listeners, MatchingEvent, MatchingProfile
from common.agent.matching.problems import is_hopeless, possible, problem_of
from common.agent.views import MatchingView
from common.host.clock import LoopClock
from common.host.errors import TasukiError
from common.host.log import get_logger
from common.host.typed import typed
from common.net.certificates import CertificateError
from common.net.connect import connect_websocket
from common.protocol.backoff import Backoff
from common.protocol.clock import Clock, Timer
from common.protocol.matching_client import (
    Credentials,
    Dial,
    Emit,
    Hang,
    MatchingClient,
    MatchingEffect,
    MatchingPhase,
    MatchingTiming,
    SendMessage,
    TakeCrl,
)
from common.protocol.matching_memory import MatchingMemory, OnlineMessage, RequestOpenError, SessionPlan
from common.protocol.messages import (
    Active,
    Cancel,
    Decline,
    End,
    Ended,
    Error,
    FromAgent,
    Granted,
    Helpers,
    InvalidMessageError,
    Mode,
    Over,
    Request,
    Requests,
    Status,
    To,
    Transfer,
    Waiting,
    decode_from_relay,
)
from common.protocol.proxies import ProxyUrl
from common.protocol.reasons import Why
from common.protocol.texts import TEXT_LIMIT
from common.protocol.tickets import new_id
from common.protocol.timers import SetTimer, StopTimer


class Matching:
    """Drives the connection. Runs on the loop's one thread; every method may be called at any moment.

    `agent` names the program and its version to the relay. `proxy` is asked at every dialling, for the relay's host and port.
    """

    def __init__(
        self,
        *,
        profile: MatchingProfile,
        agent: str,
        proxy: Callable[[str, int], ProxyUrl | None] = lambda _host, _port: None,
        on_change: Callable[[MatchingView], None] = lambda _: None,
        clock: Clock | None = None,
        random: Callable[[], float] = _random.random,
        random_bytes: Callable[[int], bytes] = os.urandom,
        connect: Connect = connect_websocket,
        timing: MatchingTiming | None = None,
        backoff: Backoff | None = None,
    ) -> None:
        self.profile = profile
        self.view = MatchingView(name=profile.name, organisation=profile.organisation)
        self._clock = clock or LoopClock()
        self._random_bytes = random_bytes
        self._memory = MatchingMemory(role=profile.role, organisation=profile.organisation)
        self._client = MatchingClient(
            relay=profile.relay_name,
            agent=agent,
            credentials=self._credentials,
            memory=self._memory,
            backoff=backoff or Backoff(random=random),
            timing=timing,
        )
        self.link = MatchingLink(
            profile=profile,
            proxy=proxy,
            connect=connect,
            clock=self._clock,
            random=random,
            opened=lambda: self._do(self._client.connected()),
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
        self._log = get_logger(component="matching")

    # for programs

    @property
    def clock_skew(self) -> float:
        """Seconds that this computer's clock is ahead of the relay's, as the last hello said; only for a sentence."""
        return self._client.skew

    def start(self) -> None:
        """Connect, and stay connected. While it waits for the next try: try now."""
        self._do(self._client.start())

    async def stop(self) -> None:
        """Close, and stay closed."""
        task = self.link.dialling
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
        self, *, to: To, mode: Mode, name: str | None = None, topic: str = "", inventory: dict[str, str] | None = None
    ) -> str:
        """User: ask for help; the request's id. Sent now or once online, and again after every reconnect while it waits.

        `name` is that of the helper whom the person clicked, for a ToHelper (and only then): the certificate must have it.
        Raises TasukiError: `request_open` while another request is open; `text_too_long`, `text_not_utf8` (the topic);
        `group_unknown`, `helper_unknown` where nobody can be called so.
        """
        request, topic = new_id(self._random_bytes), typed(topic, limit=TEXT_LIMIT)
        message = Request(request=request, to=possible(to), mode=mode, topic=topic, inventory=inventory or {})
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

    def cancel(self) -> None:
        """User: take the open request back."""
        message = self._memory.cancel()
        if message is not None:
            self._say_or_keep(message)

    def accept(self, request: str) -> bool:
        """Helper: take it. False while not online."""
        return self._say(self._memory.accept(request))

    def decline(self, request: str, why: str = "") -> bool:
        """Helper: not mine. False while not online. Raises TasukiError (`text_too_long`, `text_not_utf8`)."""
        return self._say(Decline(request=request, why=typed(why, limit=TEXT_LIMIT)))

    def transfer(self, request: str, to: To, note: str = "") -> bool:
        """Helper: hand an active session's request on. False while not online. Raises TasukiError as `request` does."""
        return self._say(Transfer(request=request, to=possible(to), note=typed(note, limit=TEXT_LIMIT)))

    def active(self, session: str) -> None:
        """User: both HELLOs of a session were exchanged; said at the next connection where it cannot be said now."""
        self._say_or_keep(Active(session=session))

    def end(self, session: str, why: Why) -> None:
        """A session of ours is over; said at the next connection where it cannot be said now."""
        self._say_or_keep(self._memory.end(session, why))

    def send(self, message: FromAgent) -> bool:
        """Any other message; False, and not sent, while not online."""
        return self._say(message)

    # for the link

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
                    self._set_timer(seconds)
                case StopTimer():
                    self._set_timer(None)
                case TakeCrl(der):
                    self._take_crl(der)
                case _:
                    assert_never(effect)
        self._show()

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

    def _emit(self, message: OnlineMessage) -> None:
        match message:
            case Helpers():
                pass  # the view shows the list
            case Waiting() | Requests() | Granted() | Over() | Ended() | Error():
                self._listeners.tell(message)
            case _:
                assert_never(message)

    def _show(self) -> None:
        client, memory = self._client, self._memory
        phase = client.phase
        state = (client.trouble, client.refused, self._unreached)
        if state != self._trouble:
            self._trouble = state
            self._problem = self._what_is_wrong() if client.trouble else None
        view = MatchingView(
            phase=phase,
            account=client.welcome.account if client.welcome else "",
            name=self.profile.name,
            organisation=self.profile.organisation,
            problem=self._problem,
            refused=client.refused,
            clock_skew=client.skew,
            status=memory.status,
            helpers=memory.helpers,
            requests=memory.requests,
            request=memory.open,
            waits=client.welcome.waiting if client.welcome else None,
        )
        if view == self.view:
            return
        self.view = view
        self._wake(view)
        self._watchers.tell(view)

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
