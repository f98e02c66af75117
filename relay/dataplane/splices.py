"""One pair of legs of a session on this node, and what goes between them."""

from collections.abc import Callable
from typing import Protocol, assert_never

from common.protocol.clock import Clock, Timer
from common.protocol.reasons import Why
from relay.core.pairing import Effects, EndLegs, Forget, Pairing, Replace, Splice, StopWaiting, Wait
from relay.core.tickets import Side
from relay.dataplane.legs import ServedLeg
from relay.settings import RelayTiming


class SessionLegsListener(Protocol):
    """Who is told what becomes of the pair: whoever keeps all sessions."""

    def spliced(self, session: "SessionLegs") -> None:
        """Both legs are here."""

    def forgotten(self, session: "SessionLegs") -> None:
        """It has no leg, and may come again."""

    def over(self, session: "SessionLegs", why: Why) -> None:
        """It is over. Its legs are closing."""


class SessionLegs:
    """Carries out what the pairing decides."""

    def __init__(
        self, *, session: str, pair: int, listener: SessionLegsListener, clock: Clock, timing: RelayTiming
    ) -> None:
        self.session = session
        self.pair = pair
        self.legs: dict[Side, ServedLeg] = {}
        self._pairing = Pairing()
        self._listener = listener
        self._clock = clock
        self._timing = timing
        self._timer: Timer | None = None  # of the wait, then of the silence
        self._heard = 0.0

    @property
    def spliced(self) -> bool:
        """Whether both legs are here."""
        return self._pairing.spliced

    @property
    def traffic(self) -> tuple[int, int]:
        """Payload bytes that came from the user's side, and from the helper's."""
        user, helper = (self.legs.get(side) for side in (Side.USER, Side.HELPER))
        return user.received if user is not None else 0, helper.received if helper is not None else 0

    @property
    def held(self) -> int:
        """Bytes that came from one side and that the network has not taken to the other."""
        return sum(leg.connection.unsent for leg in self.legs.values())

    # what happens

    def join(self, leg: ServedLeg) -> None:
        """A leg is here."""
        side = leg.slot.side
        effects = self._pairing.joined(side)
        older = self.legs.get(side)
        self.legs[side] = leg
        self._carry_out(effects, older=older)

    def unpark(self, side: Side) -> None:
        """That side's agent has given up the leg it had, if it still waits."""
        if side in self.legs and not self.spliced:
            leg = self.legs.pop(side)
            self._carry_out(self._pairing.lost(side))
            leg.close()

    def end(self, why: Why) -> None:
        """Somebody who may say so ends it."""
        self._carry_out(self._pairing.end(why))

    def payload(self, leg: ServedLeg, parts: list[bytes]) -> None:
        """Pass on what one read of `leg` brought, as one frame."""
        length = sum(map(len, parts))
        leg.received += length
        self._heard = self._clock.monotonic()
        if leg.partner is not None:
            leg.partner.send(parts, length)

    def violated(self, leg: ServedLeg) -> None:
        """`leg` broke a rule."""
        if self.legs.get(leg.slot.side) is leg:
            self._carry_out(self._pairing.end(Why.PROTOCOL))

    def lost(self, leg: ServedLeg) -> None:
        """`leg` ended its stream, or broke."""
        side = leg.slot.side
        if self.legs.get(side) is leg:
            if not self.spliced:
                del self.legs[side]
            self._carry_out(self._pairing.lost(side))

    # what to do

    def _carry_out(self, effects: Effects, *, older: ServedLeg | None = None) -> None:
        for effect in effects:
            match effect:
                case Wait():
                    self._start(self._timing.parked, self._waited)
                case StopWaiting():
                    self._stop()
                case Replace():
                    if older is not None:
                        older.close(reason="replaced")
                case Splice():
                    self._splice()
                case Forget():
                    self._stop()
                    self._listener.forgotten(self)
                case EndLegs(why):
                    self._stop()
                    for leg in self.legs.values():
                        leg.close(reason=why.value)
                    self._listener.over(self, why)
                case _:
                    assert_never(effect)

    def _splice(self) -> None:
        user, helper = self.legs[Side.USER], self.legs[Side.HELPER]
        user.feeds(helper)
        helper.feeds(user)
        self._heard = self._clock.monotonic()
        self._start(self._watch_every, self._listen)
        self._listener.spliced(self)
        user.ready()
        helper.ready()

    def _start(self, seconds: float, call: Callable[[], None]) -> None:
        self._stop()
        self._timer = self._clock.call_later(seconds, call)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _waited(self) -> None:
        self._timer = None
        self._carry_out(self._pairing.waited())

    @property
    def _watch_every(self) -> float:
        return min(self._timing.silent, self._timing.leg_ping, self._timing.pong) / 2

    def _listen(self) -> None:
        """The silence may be over its time, or a leg dead; every read would move a timer, so the timer looks when the last one was."""
        self._timer = None
        now = self._clock.monotonic()
        if now - self._heard >= self._timing.silent:
            self.end(Why.SILENT)
            return
        for leg in tuple(self.legs.values()):
            if not leg.look(now):
                self.lost(leg)
                return
        left = self._heard + self._timing.silent - now
        self._timer = self._clock.call_later(min(left, self._watch_every), self._listen)
