"""One matching connection: hello, identify, then messages one at a time; what it is sent, and how it ends.

An idle connection holds no task: only its heartbeat's timer.
"""

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from common.net.heartbeat import Heartbeat, Pulse
from common.net.websocket import WebSocket
from common.net.websocket_api import CloseCode
from common.protocol.identity import NONCE_SIZE, Role
from common.protocol.messages import (
    Code,
    Error,
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
from relay.core.ports import Clock, Timer
from relay.core.rates import Rate
from relay.web.identification import Identified, RefusedError, identify
from relay.web.office import Office

log = structlog.get_logger()


class _HeartbeatClock:
    """relay.core.ports.Clock as the heartbeat wants it, which knows Twisted's."""

    def __init__(self, clock: Clock) -> None:
        self.seconds = clock.monotonic
        self._clock = clock

    def callLater(self, delay: float, callable: Any, *args: object, **kw: object) -> "_Call":  # noqa: A002, N802
        made = _Call(lambda: callable(*args, **kw))
        made.timer = self._clock.call_later(delay, made)
        return made


class _Call:
    __slots__ = ("_call", "timer")

    def __init__(self, call: Callable[[], Any]) -> None:
        self._call: Callable[[], Any] | None = call
        self.timer: Timer | None = None

    def __call__(self) -> None:
        call, self._call = self._call, None
        if call is not None:
            call()

    def active(self) -> bool:
        return self._call is not None

    def cancel(self) -> None:
        self._call = None
        if self.timer is not None:
            self.timer.cancel()


class Owner:
    """What all connections share: the office, who does the messages of the identified, and how hearts beat."""

    def __init__(self, *, office: Office, handle: Callable[["MatchingListener", FromAgent], Awaitable[None]]) -> None:
        services, numbers = office.services, office.services.numbers
        self.office = office
        self.handle = handle
        self.clock = _HeartbeatClock(services.clock)
        self.pulse = Pulse(interval=numbers.ping, jitter=numbers.ping_spread, missed=numbers.missed_pings)

    def chance(self) -> float:
        """At random from [0, 1)."""
        return int.from_bytes(self.office.services.random(4), "big") / 2**32


class MatchingListener:
    """common.net.websocket's Listener for one agent. `address` is for the log, `on_identified` is called once."""

    __slots__ = (
        "_address",
        "_closed",
        "_gone",
        "_heartbeat",
        "_identified",
        "_messages",
        "_nonce",
        "_on_identified",
        "_owner",
        "_rate",
        "_timer",
        "_ws",
        "full",
    )

    def __init__(self, *, owner: Owner, address: str, on_identified: Callable[[], None]) -> None:
        numbers = owner.office.services.numbers
        self._owner = owner
        self._address = address
        self._on_identified = on_identified
        self._ws: WebSocket | None = None
        self._nonce = b""
        self._timer: Timer | None = None
        self._heartbeat: Heartbeat | None = None
        self._identified: Identified | None = None
        self._messages: deque[FromAgent] | None = None  # only while there are some
        self._rate = Rate(count=numbers.messages_in_10_s, seconds=10)
        self._gone = False
        self._closed = False  # by the peer, while what it said before is still being done
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

    # from the WebSocket

    def opened(self, ws: WebSocket) -> None:
        """The upgrade is answered: say hello, and wait for `identify` so long and no longer."""
        services = self._owner.office.services
        self._ws = ws
        self._nonce = services.random(NONCE_SIZE)
        self._timer = services.clock.call_later(services.numbers.identify, self._too_slow)
        self.send(Hello(nonce=self._nonce, relay=services.relay, time=services.clock.now().timestamp()))

    def message(self, ws: WebSocket, payload: str | bytes) -> None:
        """One message. What is no JSON ends the connection; what is no message of ours is answered with `error`."""
        services = self._owner.office.services
        if not self._rate.allow(services.clock.monotonic()):
            ws.close(CloseCode.POLICY, "too many messages")
            return
        if isinstance(payload, bytes):
            ws.close(CloseCode.INVALID_DATA, "messages are text")
            return
        try:
            message = decode_from_agent(payload)
        except NotJsonError:
            ws.close(CloseCode.INVALID_DATA, "not JSON")
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
            self._owner.office.tasks.spawn(self._work_off(self._messages))
            return
        self._messages.append(message)
        if len(self._messages) > services.numbers.queued_messages:
            ws.pause()

    def closed(self, ws: WebSocket, code: int, reason: str) -> None:
        """It is over."""
        del ws, reason
        if not self._gone:
            log.info("matching_closed", address=self._address, close_code=code)
        if self._messages is None:
            self._leave()
        else:
            self._closed = True

    def paused(self, ws: WebSocket) -> None:
        """What it was sent waits unread: it gets no lists meanwhile."""
        del ws
        self.full = True

    def resumed(self, ws: WebSocket) -> None:
        """It has taken everything."""
        del ws
        self.full = False
        if self._identified is not None:
            self._owner.office.takes_again(self)

    # from the desk

    def send(self, message: FromRelay) -> None:
        """Send it. Nothing happens once the connection is over."""
        self.send_text(encode(message))

    def send_text(self, text: str) -> None:
        """Send a message that was encoded already."""
        if self._ws is not None:
            self._ws.send(text)

    def refuse(self, message: FromAgent, code: Code) -> None:
        """Answer a message with `error`."""
        request = getattr(message, "request", "")
        self.send(Error(about=str(message.__struct_config__.tag), code=code, request=request))

    def replaced(self) -> None:
        """A newer connection of the same certificate has come. The office has forgotten this one."""
        self._shut(CloseCode.REPLACED, "replaced by a newer connection")

    def dismiss(self, code: Code) -> None:
        """It may not stay: its account was disabled, its certificate was revoked or has ended."""
        self.send(Refused(reason=code))
        self._shut(CloseCode.POLICY, code)

    def going_away(self) -> None:
        """The relay stops."""
        self._shut(CloseCode.GOING_AWAY, "the relay is stopping")

    # inside

    def _greet(self, message: FromAgent) -> None:
        if not isinstance(message, Identify):
            self.refuse(message, Code.NOT_NOW)
            return
        office = self._owner.office
        services = office.services
        now = services.clock.now()
        if not office.started:
            self.dismiss(Code.BUSY)
            return
        try:
            identified = identify(
                message,
                nonce=self._nonce,
                relay=services.relay,
                root=services.authority_root,
                crl=office.crl,
                directory=services.directory,
                now=now,
            )
        except RefusedError as refused:
            log.info("matching_refused", address=self._address, error_code=refused.code.value, detail=refused.detail)
            self.dismiss(refused.code)
            return
        self._identified = identified
        self._stop_timer()
        log.info("matching_identified", address=self._address, uri=identified.person.uri, agent=message.agent)
        self._on_identified()
        crl = office.crl.der if office.crl is not None else b""
        self.send(
            Welcome(
                account=identified.account.identifier,
                name=identified.person.name,
                crl=crl,
                organisation=services.organisation,
                waiting=services.times.waiting,
            )
        )
        if self._ws is not None:
            owner = self._owner
            self._heartbeat = Heartbeat(ws=self._ws, clock=owner.clock, random=owner.chance, pulse=owner.pulse)
            self._heartbeat.start()
        office.arrives(self)

    async def _work_off(self, messages: deque[FromAgent]) -> None:
        """Messages in their order, each when the one before is done."""
        try:
            while messages and not self._gone:
                message = messages[0]
                if self._owner.office.services.clock.now() > self.identified.not_after:
                    self.dismiss(Code.CERTIFICATE_EXPIRED)
                    return
                await self._owner.handle(self, message)
                messages.popleft()
        except Exception:  # a bug of ours ends this connection and no other
            log.exception("matching_message_failed", address=self._address)
            self._shut(CloseCode.INTERNAL_ERROR, "an error inside")
        finally:
            self._messages = None
        if self._closed:
            self._leave()
        if self._ws is not None:
            self._ws.resume()

    def _too_slow(self) -> None:
        self._timer = None
        log.info("matching_never_identified", address=self._address)
        self._shut(CloseCode.POLICY, "no identify in time")

    def _shut(self, code: int, reason: str) -> None:
        ws = self._ws
        self._leave()
        if ws is not None:
            ws.close(code, reason)

    def _leave(self) -> None:
        """Once: nothing is sent or done any more."""
        if self._gone:
            return
        self._gone = True
        self._stop_timer()
        self._ws = None
        if self._heartbeat is not None:
            self._heartbeat.stop()
            self._heartbeat = None
        if self._identified is not None:
            self._owner.office.leaves(self)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
