"""How one side of an interrupted session finds back: told what happened, it returns what to do.

A ticket from matching, a leg, its partner, the end-to-end TLS and both HELLOs; whatever fails is tried again after a pause. When
it is too late is decided elsewhere (session_life), and so is who may come back (channel_resume).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from automat import TypeMachineBuilder

from common.protocol.messages import Granted
from common.protocol.session_effects import AskTicket, DialLeg, DropLeg, Ending, Greet, Secure, SessionEffect
from common.protocol.session_timing import SessionTiming
from common.protocol.timers import SetTimer, StopTimer

TICKETS: Final = 10
"""How many tickets there are for one interruption. After the last one there are the grants that the other side brings."""
HURRIED: Final = 5
"""Of these so many may be asked for before their pause is over: a network that comes and goes must leave some for later."""
PATIENCE: Final = 10.0
"""Seconds at most for a ticket, and for a leg: shorter than in a first try, for the next may find another way."""
FIRST_PAUSE: Final = 0.25
TICKET_PAUSE: Final = 30.0
"""Seconds: the pause doubles with each ticket that was asked for, so that ten of them last."""


class _ComebackInputs(Protocol):
    """Inputs of the machine."""

    def start(self) -> list[SessionEffect]:
        """The connection was lost. The other side may have asked already: its grant may be under way."""

    def hurry(self) -> list[SessionEffect]:
        """Try now."""

    def granted(self, granted: Granted) -> list[SessionEffect]:
        """A ticket came."""

    def opened(self) -> list[SessionEffect]:
        """The leg is open."""

    def ready(self) -> list[SessionEffect]:
        """Its partner is there."""

    def verified(self) -> list[SessionEffect]:
        """The peer is the one from before."""

    def failed(self, ending: Ending) -> list[SessionEffect]:
        """Nothing came of this try."""

    def timer(self) -> list[SessionEffect]:
        """The timer rang."""


@dataclass(kw_only=True)
class _ComebackCore:
    """What the machine knows."""

    timing: SessionTiming
    asked: int = 0  # tickets that this side has asked for in this interruption, whether or not the relay heard of it
    counted: int = 0  # of these by the relay, as the newest grant says
    before: int | None = None  # while a wish is under way: what the newest grant before it said
    vain: int = 0  # tries in a row
    doubted: bool = False  # the network has changed since the leg, which waits for its partner, was opened
    joined: bool = False  # our side was there; whoever is missing is the other
    last: Ending | None = None

    def ask(self) -> list[SessionEffect]:
        self.joined = False
        self.before = None
        return [DropLeg(), SetTimer(min(self.timing.dial, PATIENCE)), AskTicket()]

    def rest(self, ending: Ending | None) -> list[SessionEffect]:
        self.last = ending or self.last
        self.vain += 1
        self.before = None
        if self.asked >= TICKETS:
            return [DropLeg(), StopTimer()]
        by_tickets = min(FIRST_PAUSE * 2.0**self.asked, TICKET_PAUSE)
        by_tries = min(FIRST_PAUSE * 2.0 ** min(self.vain, 16), self.timing.resume_pause)
        return [DropLeg(), SetTimer(max(by_tickets, by_tries))]


def _machine() -> Callable[[_ComebackCore], _ComebackInputs]:
    builder = TypeMachineBuilder(_ComebackInputs, _ComebackCore)
    fresh = builder.state("fresh")
    asking = builder.state("asking")
    dialling = builder.state("dialling")
    joining = builder.state("joining")
    securing = builder.state("securing")
    greeting = builder.state("greeting")
    resting = builder.state("resting")
    under_way = (asking, dialling, joining, securing, greeting)

    @fresh.upon(_ComebackInputs.start).to(resting)
    def begin(_: _ComebackInputs, core: _ComebackCore) -> list[SessionEffect]:  # noqa: ARG001  # the input's shape
        return [DropLeg(), SetTimer(FIRST_PAUSE)]

    @resting.upon(_ComebackInputs.timer).to(asking)
    def ask(_: _ComebackInputs, core: _ComebackCore) -> list[SessionEffect]:
        return core.ask()

    for state in (asking, dialling, resting):  # what is under way goes the way that was

        @state.upon(_ComebackInputs.hurry).to(asking)
        def ask_now(_: _ComebackInputs, core: _ComebackCore) -> list[SessionEffect]:
            return core.ask()

    @joining.upon(_ComebackInputs.hurry).loop()
    def doubt(_: _ComebackInputs, core: _ComebackCore) -> list[SessionEffect]:
        # It may be fine, and must not speak before `ready`: it has a little longer, and then there is another.
        if core.doubted:
            return []
        core.doubted = True
        return [SetTimer(min(core.timing.join, PATIENCE))]

    for state in (*under_way, resting):  # also where the other side has asked: the ticket before is dead

        @state.upon(_ComebackInputs.granted).to(dialling)
        def dial(_: _ComebackInputs, core: _ComebackCore, granted: Granted) -> list[SessionEffect]:
            core.joined = False
            core.before = None
            return [DropLeg(), SetTimer(min(core.timing.dial, PATIENCE)), DialLeg(granted)]

    @dialling.upon(_ComebackInputs.opened).to(joining)
    def join(_: _ComebackInputs, core: _ComebackCore) -> list[SessionEffect]:
        core.joined, core.doubted = True, False
        return [SetTimer(core.timing.join)]

    @joining.upon(_ComebackInputs.ready).to(securing)
    def secure(_: _ComebackInputs, core: _ComebackCore) -> list[SessionEffect]:
        return [SetTimer(core.timing.secure), Secure()]

    @securing.upon(_ComebackInputs.verified).to(greeting)
    def greet(_: _ComebackInputs, core: _ComebackCore) -> list[SessionEffect]:
        return [SetTimer(core.timing.secure), Greet()]

    for state in under_way:

        @state.upon(_ComebackInputs.failed).to(resting)
        def rest(_: _ComebackInputs, core: _ComebackCore, ending: Ending) -> list[SessionEffect]:
            return core.rest(ending)

        @state.upon(_ComebackInputs.timer).to(resting)
        def too_slow(_: _ComebackInputs, core: _ComebackCore) -> list[SessionEffect]:
            return core.rest(None)

    # Late but legal: what was under way while a step was taken.
    for state in (securing, greeting):
        state.upon(_ComebackInputs.hurry).loop().returns([])
    for state in (asking, joining, securing, greeting, resting):
        state.upon(_ComebackInputs.opened).loop().returns([])
    for state in (asking, dialling, securing, greeting, resting):
        state.upon(_ComebackInputs.ready).loop().returns([])
    for state in (asking, dialling, joining, greeting, resting):
        state.upon(_ComebackInputs.verified).loop().returns([])
    resting.upon(_ComebackInputs.failed).loop().returns([])
    return builder.build()


_new_comeback = _machine()


class Comeback:
    """One interruption's. Every method returns what to do, in order."""

    def __init__(self, *, timing: SessionTiming) -> None:
        self._core = _ComebackCore(timing=timing)
        self._life = _new_comeback(self._core)

    def asked(self) -> None:
        """A ticket was asked for (after AskTicket)."""
        self._core.asked += 1
        self._core.before = self._core.counted

    @property
    def alone(self) -> bool:
        """Whether this side had found back, and the other had not."""
        return self._core.joined

    @property
    def last(self) -> Ending | None:
        """What stood in the way of the last try that failed for a reason that is known."""
        return self._core.last

    def start(self) -> list[SessionEffect]:
        """The connection was lost."""
        return self._life.start()

    def hurry(self) -> list[SessionEffect]:
        """Try now, also where something is under way by a network that has changed: as long as there are tickets enough for that."""
        return self._life.hurry() if self._core.asked < HURRIED else []

    def granted(self, granted: Granted) -> list[SessionEffect]:
        """A ticket came: asked for by either side. One that the relay gave before it heard of our wish is dead.

        What the relay has counted tells that, and not what this side has: a wish can get lost or be refused, and the count with it.
        """
        self._core.counted = granted.asked
        return [] if granted.asked == self._core.before else self._life.granted(granted)

    def opened(self) -> list[SessionEffect]:
        """The leg is open."""
        return self._life.opened()

    def ready(self) -> list[SessionEffect]:
        """Its partner is there."""
        return self._life.ready()

    def verified(self) -> list[SessionEffect]:
        """The peer is the one from before."""
        return self._life.verified()

    def failed(self, ending: Ending) -> list[SessionEffect]:
        """Nothing came of this try."""
        return self._life.failed(ending)

    def timer(self) -> list[SessionEffect]:
        """The timer rang."""
        return self._life.timer()
