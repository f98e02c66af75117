"""The agent's standing connection to the relay's matching endpoint: it comes back by itself, and remembers what was asked.

`view` is a frozen value to render; `on_change` gets each new one. What the relay says about requests and sessions goes,
as the messages of common.protocol.messages, to every subscriber. What to do when is decided in
common.protocol.matching_client; here it is done.
"""

import asyncio
import os
import random as _random
import time
from collections.abc import Callable

from common.agent.matching_problems import is_hopeless, problem_of
from common.agent.matching_types import Account, Connect, Connection, Listeners, MatchingEvent, reactor_clock
from common.agent.views import MatchingView
from common.host.errors import TasukiError
from common.host.log import get_logger
from common.net.certificates import CertificateError
from common.net.connect import connect_websocket
from common.net.heartbeat import Heartbeat
from common.net.tls import OuterTrust
from common.net.websocket import WebSocket
from common.net.websocket_api import Clock, CloseCode
from common.protocol.backoff import Backoff
from common.protocol.matching_client import (
    Credentials,
    Dial,
    Effect,
    Emit,
    Hang,
    MatchingClient,
    MatchingTiming,
    Phase,
    Send,
    SetTimer,
    StopTimer,
    TakeCrl,
)
from common.protocol.matching_memory import MatchingMemory, OpenRequest, RequestOpenError, SessionPlan
from common.protocol.messages import (
    SUBPROTOCOL,
    Active,
    Cancel,
    Decline,
    End,
    FromAgent,
    FromRelay,
    Granted,
    InvalidMessageError,
    Mode,
    Request,
    Status,
    To,
    Transfer,
    decode_from_relay,
    encode,
)
from common.protocol.proxies import ProxyUrl
from common.protocol.reasons import Why
from common.protocol.tickets import new_id

__all__ = ["Matching", "MatchingEvent", "MatchingView", "OpenRequest", "Phase", "SessionPlan"]

TARGET = "/v1/matching"
DIAL_SECONDS = 20.0


class Matching:
    """Drives the connection. Runs on the loop's one thread; every method may be called at any moment.

    `agent` names the program and its version to the relay. `proxy` is asked at every dialling, for the relay's host and port.
    """

    def __init__(
        self,
        *,
        profile: Account,
        agent: str,
        proxy: Callable[[str, int], ProxyUrl | None] = lambda _host, _port: None,
        on_change: Callable[[MatchingView], None] = lambda _: None,
        clock: Clock | None = None,
        now: Callable[[], float] = time.time,
        random: Callable[[], float] = _random.random,
        random_bytes: Callable[[int], bytes] = os.urandom,
        connect: Connect = connect_websocket,
        timing: MatchingTiming | None = None,
        backoff: Backoff | None = None,
    ) -> None:
        self.profile = profile
        self.view = MatchingView(name=profile.name, organisation=profile.organisation)
        self._proxy = proxy
        self._clock = clock or reactor_clock()
        self._now = now
        self._random = random
        self._random_bytes = random_bytes
        self._connect = connect
        self._memory = MatchingMemory(role=profile.role, organisation=profile.organisation)
        self._client = MatchingClient(
            relay=profile.relay_name,
            agent=agent,
            credentials=self._credentials,
            memory=self._memory,
            backoff=backoff or Backoff(random=random),
            timing=timing,
        )
        self._listeners: Listeners[MatchingEvent] = Listeners()
        self._watchers: Listeners[MatchingView] = Listeners()
        self._watchers.add(on_change)
        self._waiters: list[asyncio.Future[None]] = []
        self._connection: Connection | None = None
        self._ws: WebSocket | None = None
        self._dialling: asyncio.Task[None] | None = None
        self._heartbeat: Heartbeat | None = None
        self._timer: object | None = None
        self._retry_at: float | None = None
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
        task = self._dialling
        self._do(self._client.stop())
        if task is not None:
            await asyncio.gather(task, return_exceptions=True)

    async def online(self, deadline: float) -> None:
        """Wait until it is online. Raises the problem (TasukiError) after `deadline` seconds, or once it is hopeless."""
        if self.view.phase is Phase.ONLINE:
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            async with asyncio.timeout(deadline):
                await waiter
        except TimeoutError:
            raise self.view.problem or problem_of(self._client, self.profile, self._unreached) from None
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
        Raises TasukiError("request_open") while another request is open.
        """
        request = new_id(self._random_bytes)
        message = Request(request=request, to=to, mode=mode, topic=topic, inventory=inventory or {})
        if self._memory.open is None and (old := self._memory.give_up()) is not None:
            self._say_or_keep(old)
        try:
            self._say(self._memory.ask(message, name=name))
        except RequestOpenError:
            raise TasukiError("request_open") from None
        return request

    def change_topic(self, topic: str) -> bool:
        """User: say otherwise what the open request is about; known to the relay now or once online. False where none waits."""
        message = self._memory.change_topic(topic)
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
        """Helper: not mine. False while not online."""
        return self._say(Decline(request=request, why=why))

    def transfer(self, request: str, to: To, note: str = "") -> bool:
        """Helper: hand an active session's request on. False while not online."""
        return self._say(Transfer(request=request, to=to, note=note))

    def active(self, session: str) -> None:
        """User: both HELLOs of a session were exchanged; said at the next connection where it cannot be said now."""
        self._say_or_keep(Active(session=session))

    def end(self, session: str, why: Why) -> None:
        """A session of ours is over; said at the next connection where it cannot be said now."""
        self._say_or_keep(self._memory.end(session, why))

    def send(self, message: FromAgent) -> bool:
        """Any other message; False, and not sent, while not online."""
        return self._say(message)

    # for the connection

    def opened(self, ws: WebSocket) -> None:
        """The WebSocket is open. Said before anything is received: hello may come in the same read as the handshake's end."""
        self._dialling = None
        self._ws = ws
        self._heartbeat = Heartbeat(ws=ws, clock=self._clock, random=self._random)
        self._heartbeat.start()
        self._do(self._client.connected())

    def received(self, payload: str | bytes) -> None:
        """A WebSocket message from the relay."""
        if isinstance(payload, bytes):
            self._do(self._client.broken())
            return
        try:
            message = decode_from_relay(payload)
        except InvalidMessageError as error:
            # A later relay may say what this version does not know; before it has proved itself that is no beginning.
            self._log.info("matching_message_ignored", about=error.about, detail=str(error))
            if self._client.phase is not Phase.ONLINE:
                self._do(self._client.broken())
            return
        self._do(self._client.received(message, self._now()))

    def closed(self, code: int) -> None:
        """The WebSocket is gone, and we did not hang up."""
        self._drop()
        self._do(self._client.lost(code))

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

    def _do(self, effects: list[Effect]) -> None:
        """Carry out what the client decided, then show what has changed."""
        for effect in effects:
            match effect:
                case Send(message):
                    if self._ws is not None:
                        self._ws.send(encode(message))
                case Emit(message):
                    self._emit(message)
                case Dial():
                    self._connection = Connection(opened=self.opened, received=self.received, closed=self.closed)
                    self._dialling = asyncio.ensure_future(self._dial(self._connection))
                case Hang():
                    self._hang_up()
                case SetTimer(seconds):
                    self._set_timer(seconds)
                case StopTimer():
                    self._set_timer(None)
                case TakeCrl(der):
                    self._take_crl(der)
        self._show()

    async def _dial(self, connection: Connection) -> None:
        try:
            await self._connect(
                self.profile.relay_host,
                self.profile.relay_port,
                target=TARGET,
                subprotocol=SUBPROTOCOL,
                listener=connection,
                trust=OuterTrust(root_der=self.profile.root),
                proxy=self._proxy(self.profile.relay_host, self.profile.relay_port),
                deadline=DIAL_SECONDS,
            )
        except TasukiError as error:
            self._log.info("matching_unreached", error_code=error.code, stage=getattr(error, "stage", None))
            self._not_reached(error)
        except Exception as error:  # noqa: BLE001  # a bug: said in the log, and tried again like everything
            self._log.exception("matching_dial_failed", exc_info=error)
            self._not_reached(None)

    def _not_reached(self, error: TasukiError | None) -> None:
        self._unreached = error
        self._dialling = None
        self._do(self._client.failed())

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.hang_up()
        if self._dialling is not None:
            self._dialling.cancel()
            self._dialling = None
        ws = self._ws
        self._drop()
        if ws is not None:
            ws.close(CloseCode.NORMAL)

    def _drop(self) -> None:
        self._ws = self._connection = None
        if self._heartbeat is not None:
            self._heartbeat.stop()
            self._heartbeat = None

    def _set_timer(self, seconds: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()  # type: ignore[attr-defined]
            self._timer = None
        self._retry_at = None
        if seconds is not None:
            self._timer = self._clock.callLater(seconds, self._rang)
            self._retry_at = self._now() + seconds

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

    def _emit(self, message: FromRelay) -> None:
        if isinstance(message, MatchingEvent):
            self._listeners.tell(message)

    def _show(self) -> None:
        client, memory = self._client, self._memory
        phase = client.phase
        state = (client.trouble, client.refused, self._unreached)
        if state != self._trouble:
            self._trouble = state
            self._problem = problem_of(client, self.profile, self._unreached) if client.trouble else None
        view = MatchingView(
            phase=phase,
            account=client.welcome.account if client.welcome else "",
            name=self.profile.name,
            organisation=self.profile.organisation,
            problem=self._problem,
            refused=client.refused,
            retry_at=self._retry_at if phase is Phase.RETRYING else None,
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

    def _wake(self, view: MatchingView) -> None:
        """Answer those who wait in `online`."""
        hopeless = is_hopeless(view)
        for waiter in self._waiters:
            if waiter.done():
                continue
            if view.phase is Phase.ONLINE:
                waiter.set_result(None)
            elif hopeless and view.problem is not None:
                waiter.set_exception(view.problem)
