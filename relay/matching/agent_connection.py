"""One matching connection: hello, identify, then messages one at a time; what it is sent, and how it ends.

An idle connection holds no task: only its heartbeat's timer.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

import structlog

from common.protocol.clock import Timer
from common.protocol.identity import NONCE_SIZE, Role
from common.protocol.messages import (
    Code,
    Error,
    Feature,
    FromAgent,
    FromRelay,
    Hello,
    Identify,
    InvalidMessageError,
    NotJsonError,
    Refused,
    Welcome,
    decode_from_agent,
    encode,
    is_type_from_agent,
)
from common.protocol.wire import CloseCode
from relay.core.token_bucket import TokenBucket
from relay.matching.authentication import Identified, NotIdentifiedError, identify
from relay.matching.hub import Hub
from relay.matching.ports import AgentConnection, AgentSocket, RunningHeartbeat

log = structlog.get_logger()

QUEUED_MESSAGES = 32
"""So many messages of one connection wait for the one before; then it is not read from."""

Handle = Callable[[AgentConnection, FromAgent], Awaitable[None]]
"""Does what one message of an agent that has identified itself wants."""


class MatchingListener:
    """What listens to one agent's WebSocket; an AgentConnection once the agent has identified itself.

    `address` is for the log, `relay` the name of ours that was dialled, `on_identified` is called once.
    """

    __slots__ = (
        "_address",
        "_before",
        "_closed",
        "_features",
        "_gone",
        "_handle",
        "_heartbeat",
        "_hub",
        "_identified",
        "_messages",
        "_nonce",
        "_on_identified",
        "_rate",
        "_replaced",
        "_socket",
        "_timer",
        "_work",
        "full",
        "relay",
    )

    def __init__(
        self, *, hub: Hub, handle: Handle, address: str, relay: str, on_identified: Callable[[], None]
    ) -> None:
        self._hub = hub
        self._handle = handle
        self._address = address
        self.relay = relay
        self._on_identified = on_identified
        self._socket: AgentSocket | None = None
        self._nonce = b""
        self._timer: Timer | None = None
        self._heartbeat: RunningHeartbeat | None = None
        self._identified: Identified | None = None
        self._features: frozenset[str] = frozenset()
        self._messages: deque[FromAgent] | None = None  # only while there are some
        self._rate = TokenBucket(count=hub.services.limits.matching_messages, seconds=10)
        self._gone = False
        self._closed = False  # by the peer, while what it said before is still being done
        self._replaced = False
        self._work: asyncio.Task[None] | None = None
        self._before: asyncio.Task[None] | None = None  # what the connection whose place this one took still has to do
        self.full = False

    @property
    def identified(self) -> Identified:
        """Who it is; only once it has said so."""
        if self._identified is None:
            raise RuntimeError("nobody has identified themselves on this connection")
        return self._identified

    @property
    def is_helper(self) -> bool:
        """Whether this is a helper's agent."""
        return self.identified.role is Role.HELPER

    @property
    def features(self) -> frozenset[str]:
        """What its agent understands."""
        return self._features

    # from the WebSocket

    def opened(self, socket: AgentSocket) -> None:
        """The upgrade is answered: say hello, and wait for `identify` so long and no longer."""
        services = self._hub.services
        self._hub.counts.opened += 1
        self._socket = socket
        self._nonce = services.random(NONCE_SIZE)
        self._timer = services.clock.call_later(services.timing.identify, self._too_slow)
        self.send(Hello(nonce=self._nonce, relay=self.relay, time=services.clock.now().timestamp()))

    def message(self, socket: AgentSocket, payload: str | bytes) -> None:
        """One message. What is no JSON ends the connection; what is no message of ours is answered with `error`."""
        services = self._hub.services
        if not self._rate.allow(services.clock.monotonic()):
            socket.close(CloseCode.POLICY, "too many messages")
            return
        if isinstance(payload, bytes):
            socket.close(CloseCode.INVALID_DATA, "messages are text")
            return
        try:
            message = decode_from_agent(payload)
        except NotJsonError:
            socket.close(CloseCode.INVALID_DATA, "not JSON")
            return
        except InvalidMessageError as error:
            code = Code.MALFORMED if not error.about or is_type_from_agent(error.about) else Code.UNKNOWN_TYPE
            self.send(Error(about=error.about, code=code))
            return
        if self._identified is None:
            self._greet(message)
            return
        if self._messages is None:
            self._messages = deque([message])
            self._work = self._hub.background.spawn(self._work_off(self._messages))
            return
        self._messages.append(message)
        if len(self._messages) > QUEUED_MESSAGES:
            socket.pause()

    def closed(self, socket: AgentSocket, code: int, reason: str) -> None:
        """It is over."""
        del socket, reason
        self._hub.counts.closed[code] += 1
        log.debug("matching_closed", address=self._address, close_code=code)
        if self._messages is None:
            self._leave()
        else:
            self._closed = True

    def paused(self, socket: AgentSocket) -> None:
        """What it was sent waits unread: it gets no lists meanwhile."""
        del socket
        self.full = True

    def resumed(self, socket: AgentSocket) -> None:
        """It has taken everything."""
        del socket
        self.full = False
        if self._identified is not None:
            self._hub.resumed(self)

    # AgentConnection, for the other parts of matching

    def send(self, message: FromRelay) -> None:
        """Send it. Nothing happens once the connection is over."""
        self.send_text(encode(message))

    def send_text(self, text: str) -> None:
        """Send a message that was encoded already."""
        if self._socket is not None:
            self._socket.send(text)

    def refuse(self, message: FromAgent, code: Code) -> None:
        """Answer a message with `error`."""
        request, session = getattr(message, "request", ""), getattr(message, "session", "")
        self.send(Error(about=str(message.__struct_config__.tag), code=code, request=request, session=session))

    def replaced(self) -> asyncio.Task[None] | None:
        """A newer connection of the same certificate has come. The hub has forgotten this one.

        What its agent had said before is done all the same, before anything that it says on the newer one.
        """
        self._replaced = True
        self._shut(CloseCode.REPLACED, "replaced by a newer connection")
        return self._work or self._before

    def dismiss(self, code: Code) -> None:
        """It may not stay: its account was disabled, its certificate was revoked or has ended."""
        self.send(Refused(reason=code))
        self._shut(CloseCode.POLICY, code)

    def silent(self) -> None:
        """Its agent did not answer a probe: whoever answers pings there is not it."""
        self._shut(CloseCode.POLICY, "no answer to a probe")

    def look(self) -> None:
        """How often it is pinged goes by whether somebody waits for it."""
        if self._heartbeat is not None:
            self._heartbeat.look()

    def going_away(self) -> None:
        """The relay stops."""
        self._shut(CloseCode.GOING_AWAY, "the relay is stopping")

    # inside

    def _greet(self, message: FromAgent) -> None:
        if not isinstance(message, Identify):
            self.refuse(message, Code.NOT_NOW)
            return
        hub, services = self._hub, self._hub.services
        if not hub.started:
            self.dismiss(Code.BUSY)
            return
        try:
            identified = identify(
                message,
                nonce=self._nonce,
                relay=self.relay,
                root=services.authority_root,
                crl=hub.crl,
                directory=services.directory,
                now=services.clock.now(),
                barred=hub.revocations.barred,
            )
        except NotIdentifiedError as refused:
            hub.counts.refused[refused.code.value] += 1
            log.debug("matching_refused", address=self._address, error_code=refused.code.value, detail=refused.detail)
            self.dismiss(refused.code)
            return
        self._identified = identified
        self._features = frozenset(str(feature) for feature in message.features)
        self._stop_timer()
        hub.counts.identified += 1
        log.debug("matching_identified", address=self._address, uri=identified.participant.uri, agent=message.agent)
        self._on_identified()
        self.send(
            Welcome(
                account=identified.account.identifier,
                name=identified.participant.name,
                crl=hub.crl.der if hub.crl is not None else b"",
                organisation=services.organisation,
                waiting=services.timing.waiting,
                hosts=hub.hosts.document if hub.hosts is not None else b"",
                ports=services.ports,
                interrupted=services.timing.interrupted,
                sessions=hub.active_sessions(identified.participant),
                granted=hub.granted_sessions(identified.participant),
                spread=hub.spread(),
                desk=None if identified.role is Role.HELPER else hub.desk.told(),
                features=[Feature.RECORD],
            )
        )
        self._before = hub.arrived(self)
        if self._socket is not None:
            self._heartbeat = services.start_heartbeat(self._socket, lambda: hub.awaited(self))

    async def _work_off(self, messages: deque[FromAgent]) -> None:
        """Messages in their order, each when the one before is done."""
        try:
            if self._before is not None:
                await asyncio.wait({self._before})
                self._before = None
            while messages and self._may_speak():
                if self._hub.services.clock.now() > self.identified.not_after:
                    self.dismiss(Code.CERTIFICATE_EXPIRED)
                    return
                self._hub.counts.messages[str(messages[0].__struct_config__.tag)] += 1
                await self._handle(self, messages[0])
                messages.popleft()
        except Exception:  # a bug of ours ends this connection and no other
            log.exception("matching_message_failed", address=self._address)
            self._shut(CloseCode.INTERNAL_ERROR, "an error inside")
        finally:
            self._messages = self._work = None
        if self._replaced:
            self._hub.release(self)
        if self._closed:
            self._leave()
        if self._socket is not None:
            self._socket.resume()

    def _may_speak(self) -> bool:
        """Not once the relay has shut it; whose place was taken by a newer one of the same agent had spoken before."""
        if not self._gone:
            return True
        hub, who = self._hub, self.identified
        account = hub.services.directory.account(who.participant.account)
        revoked = hub.crl is not None and hub.crl.is_revoked(who.serial)
        revoked = revoked or who.participant.certificate in hub.revocations.barred
        return self._replaced and hub.started and account is not None and account.enabled and not revoked

    def _too_slow(self) -> None:
        self._timer = None
        self._hub.counts.refused["not_identified"] += 1
        log.debug("matching_refused", address=self._address, error_code="not_identified")
        self._shut(CloseCode.POLICY, "no identify in time")

    def _shut(self, code: int, reason: str) -> None:
        socket = self._socket
        self._leave()
        if socket is not None:
            socket.close(code, reason)

    def _leave(self) -> None:
        """Once: nothing is sent or done any more."""
        if self._gone:
            return
        self._gone = True
        self._stop_timer()
        self._socket = None
        if self._heartbeat is not None:
            self._heartbeat.stop()
            self._heartbeat = None
        if self._identified is not None:
            self._hub.left(self)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
