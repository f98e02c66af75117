"""One leg: the application protocol of a connection whose upgrade to `tasuki.leg.v1` was answered."""

from collections import deque
from typing import Protocol

from twisted.internet.interfaces import IPushProducer
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from common.net.app_transport import AppTransport
from common.protocol.clock import Clock
from relay.core.tickets import LegSlot
from relay.dataplane.frames import (
    BINARY,
    CLOSE,
    PING,
    POLICY,
    PONG,
    PROTOCOL_ERROR,
    READY,
    FrameError,
    FrameReader,
    Received,
    close_frame,
    header,
)
from relay.settings import RelayLimits, RelayTiming

NORMAL = 1000
_MANY = 8  # parts of one read


class ServedLegListener(Protocol):
    """Who is told what a leg does: whoever pairs the legs."""

    def payload(self, leg: "ServedLeg", parts: list[bytes]) -> None:
        """The leg sent this."""

    def violated(self, leg: "ServedLeg") -> None:
        """The leg broke a rule, and was told so; it is closing."""

    def lost(self, leg: "ServedLeg") -> None:
        """The leg ended its stream, or its connection broke. Told once, and not where `close` was called."""


@implementer(IPushProducer)
class ServedLeg(TwistedProtocol):
    """A leg at the relay: parked until `ready`."""

    def __init__(
        self,
        *,
        slot: LegSlot,
        connection: AppTransport,
        listener: ServedLegListener,
        clock: Clock,
        limits: RelayLimits,
        timing: RelayTiming,
    ) -> None:
        self.slot = slot
        self.connection = connection
        self._listener: ServedLegListener | None = listener
        self._clock = clock
        self._limits = limits
        self._timing = timing
        self._frames: FrameReader | None = None  # from `ready` on
        self._controls: deque[float] | None = None  # when the last control frames came
        self._pong: bytes | None = None  # owed while the output is full
        self._full = False
        self._stopped = False  # its reading, while the partner's output is full
        self._heard = clock.monotonic()
        self._pinged: float | None = None  # since when a ping is without any answer
        self.partner: ServedLeg | None = None  # where its payload goes
        self.received = 0  # bytes of payload

    # what the pair does

    def ready(self) -> None:
        """Say that the partner is here; from now on this leg may speak."""
        self._frames = FrameReader(limit=self._limits.leg_message)
        self.connection.write(READY)

    def feeds(self, partner: "ServedLeg") -> None:
        """A full output of `partner` stops the reading of this leg."""
        self.partner = partner
        partner.connection.registerProducer(self, streaming=True)

    def send(self, parts: list[bytes], length: int) -> None:
        """One frame with this payload."""
        self.connection.write(b"".join((header(BINARY, length), *parts)))

    def look(self, now: float) -> bool:
        """Whether it may still live (`now` in monotonic seconds): a leg that was not heard for long is pinged, and 15 s after that given up.

        While it is not read from, or does not read itself, nobody can say.
        """
        if self._stopped or self._full:
            self._heard, self._pinged = now, None
        elif self._pinged is not None:
            return now - self._pinged < self._timing.pong
        elif now - self._heard >= self._timing.leg_ping:
            self._pinged = now
            self.connection.write(header(PING, 0))
        return True

    def close(self, code: int = NORMAL, reason: str = "") -> None:
        """Send what is under way and a close frame, then end; the listener hears nothing of it."""
        self._listener = None
        self._hang_up(code, reason)

    def _hang_up(self, code: int, reason: str) -> None:
        self._frames = None
        self.partner = None
        self.connection.unregisterProducer()
        self.connection.write(close_frame(code, reason))
        self.connection.loseConnection()

    # from the connection

    def dataReceived(self, data: bytes) -> None:
        """Plaintext that came glued to the request."""
        self.partsReceived([data])

    def partsReceived(self, parts: list[bytes]) -> None:  # noqa: N802 — beside dataReceived
        """Plaintext of one read, a part for each TLS record: large ones are passed on without being joined."""
        listener = self._listener
        if listener is None:
            return
        self._heard, self._pinged = self._clock.monotonic(), None
        if self._frames is None:
            self._break_off(PROTOCOL_ERROR, "a byte before ready")
            return
        if len(parts) > _MANY:
            parts = [b"".join(parts)]  # copying little things costs less than handling each
        received, most = Received(), self._limits.frames_at_once
        rest: list[bytes] = []
        try:
            for part in parts:
                left = part if rest else self._frames.feed(part, received, most=most)
                if left:
                    rest.append(left)
        except FrameError as error:
            self._break_off(error.code, str(error))
            return
        if rest:
            self.connection.give_back(rest)
        if received.payload:
            listener.payload(self, received.payload)
        for opcode, payload in received.control:
            self._control(opcode, payload)

    def connectionLost(self, reason: Failure | None = None) -> None:  # noqa: ARG002 — all ends are alike
        """The peer ended its side of TLS, or the connection broke."""
        self._report_lost()

    def _control(self, opcode: int, payload: bytes) -> None:
        if opcode == CLOSE:
            self._hang_up(NORMAL, "")
            self._report_lost()
            return
        if self._too_many():
            self._break_off(POLICY, "too many control frames")
        elif opcode == PING:
            if self._full:
                self._pong = payload  # the newest is enough (RFC 6455 section 5.5.3)
            else:
                self.connection.write(header(PONG, len(payload)) + payload)

    def _too_many(self) -> bool:
        now = self._clock.monotonic()
        if self._controls is None:
            self._controls = deque(maxlen=self._limits.control_frames)
        times = self._controls
        full = len(times) == times.maxlen and now - times[0] < self._timing.control_frames
        times.append(now)
        return full

    def _break_off(self, code: int, text: str) -> None:
        listener, self._listener = self._listener, None
        self._hang_up(code, text)
        if listener is not None:
            listener.violated(self)

    def _report_lost(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.lost(self)

    # IPushProducer, for the partner's output

    def pauseProducing(self) -> None:
        """The partner's output is full: read nothing more from this leg."""
        if self.partner is not None:
            self.partner._full = True  # noqa: SLF001 — another of the same class
        self._stopped = True
        self.connection.pauseProducing()

    def resumeProducing(self) -> None:
        """The partner's output is empty."""
        if self.partner is not None:
            self.partner.drained()
        self._stopped = False
        self.connection.resumeProducing()

    def stopProducing(self) -> None:
        """The partner's connection is gone; it says so itself, by `connectionLost`."""

    def drained(self) -> None:
        """Nothing of this leg's own output is left: what was owed can be said."""
        self._full = False
        pong, self._pong = self._pong, None
        if pong is not None:
            self.connection.write(header(PONG, len(pong)) + pong)
