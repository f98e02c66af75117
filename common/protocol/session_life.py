"""The life of a session at one agent, from `granted` to its end: told what happened, it returns what to do.

The leg, its ticket, the peer and the person's answer; what goes on inside, once connected, is the channel's
(channel_session). Every wait has a deadline: there is one timer, set anew at every step.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol, TypeAlias

from automat import TypeMachineBuilder

from common.protocol.identity import Role
from common.protocol.messages import Granted
from common.protocol.reasons import Why

NEW_TICKETS: Final = 3
"""How many new tickets a session may ask for, before it is spliced."""


class Phase(StrEnum):
    """Where a session is."""

    DIALLING = "dialling"  # to the relay
    JOINING = "joining"  # the leg is there; its partner is not yet
    SECURING = "securing"  # end-to-end TLS
    ASKING = "asking"  # user's side: may this helper come in?
    GREETING = "greeting"  # waiting for the other side's HELLO (a helper waits here while the user is asked)
    CONNECTED = "connected"
    ENDED = "ended"


@dataclass(frozen=True, kw_only=True)
class SessionTiming:
    """Seconds (agents' settings may shorten them)."""

    dial: float = 30.0  # a leg, over all addresses; and again for each new ticket
    join: float = 65.0  # from the leg to `ready` (the relay ends a lonely leg after 60)
    secure: float = 15.0  # end-to-end TLS
    allow: float = 60.0  # the person's answer
    greet: float = 75.0  # the other side's HELLO: longer than `allow`
    want: float = 60.0  # the answer to a wish for control
    want_again: float = 10.0  # so long after a no, the next wish is refused without asking
    bye: float = 5.0  # until the leg is dropped behind a BYE
    reason: float = 2.0  # after a cut: for the relay to say why
    ping: float = 15.0
    silence: float = 60.0


@dataclass(frozen=True)
class DialLeg:
    """Open a leg with this grant's ticket, on one connection only."""

    granted: Granted


@dataclass(frozen=True)
class AskTicket:
    """Ask matching for a new ticket."""


@dataclass(frozen=True)
class DropLeg:
    """Whatever there is of the leg: close it; nothing of it is told any more."""


@dataclass(frozen=True)
class Secure:
    """Begin the end-to-end TLS."""


@dataclass(frozen=True)
class AskPerson:
    """Ask the person whether the peer may come in; say `allow` or `over`."""


@dataclass(frozen=True)
class Greet:
    """Send HELLO."""


@dataclass(frozen=True)
class Attach:
    """Both HELLOs were exchanged: the local side may begin."""


@dataclass(frozen=True)
class SetTimer:
    """Call `timer` in so many seconds; the timer set before is void."""

    seconds: float


@dataclass(frozen=True)
class StopTimer:
    """The timer set before is void."""


@dataclass(frozen=True)
class Finish:
    """It is over."""

    ending: "Ending"


Effect: TypeAlias = DialLeg | AskTicket | DropLeg | Secure | AskPerson | Greet | Attach | SetTimer | StopTimer | Finish


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How it ended. `by` is the side that ended it, None for the relay, a clock or a cut."""

    why: Why
    by: Role | None = None
    detail: str = ""  # for the log
    problem: Exception | None = None  # an expected failure, which a person reads besides the reason


class _Life(Protocol):
    """Inputs of the machine."""

    def start(self) -> list[Effect]:
        """Open it."""

    def opened(self) -> list[Effect]:
        """The leg is open; its ticket is spent."""

    def ticket_spent(self, ending: Ending) -> list[Effect]:
        """No leg came of the ticket, or the lonely leg was lost: another ticket is needed. `ending`: if there is none."""

    def granted(self, granted: Granted) -> list[Effect]:
        """A ticket came."""

    def ready(self) -> list[Effect]:
        """The leg's partner is there."""

    def verified(self) -> list[Effect]:
        """The peer is the one that was expected."""

    def unknown(self) -> list[Effect]:
        """The peer is somebody whom the person did not choose by name."""

    def allow(self) -> list[Effect]:
        """The person says yes."""

    def connected(self) -> list[Effect]:
        """Both HELLOs were exchanged."""

    def cut(self, ending: Ending) -> list[Effect]:
        """The leg is gone, without a BYE: perhaps the relay says why."""

    def over(self, ending: Ending) -> list[Effect]:
        """It ends."""

    def timer(self) -> list[Effect]:
        """The timer rang."""


@dataclass(kw_only=True)
class _Core:
    """What the machine knows."""

    role: Role
    grant: Granted
    timing: SessionTiming
    phase: Phase = Phase.DIALLING
    new_tickets: int = 0
    cut: Ending | None = None

    def dial(self) -> list[Effect]:
        self.phase = Phase.DIALLING
        return [SetTimer(self.timing.dial), DialLeg(self.grant)]

    def enter(self, phase: Phase, seconds: float, *effects: Effect) -> list[Effect]:
        self.phase = phase
        return [SetTimer(seconds), *effects]

    def finish(self, ending: Ending) -> list[Effect]:
        self.phase = Phase.ENDED
        return [StopTimer(), Finish(ending)]


def _machine() -> Callable[[_Core], _Life]:
    builder = TypeMachineBuilder(_Life, _Core)
    fresh = builder.state("fresh")
    dialling = builder.state("dialling")
    waiting = builder.state("waiting for a new ticket")
    joining = builder.state("joining")
    securing = builder.state("securing")
    asking = builder.state("asking")
    greeting = builder.state("greeting")
    connected = builder.state("connected")
    wondering = builder.state("wondering why it was cut")
    ended = builder.state("ended")

    @fresh.upon(_Life.start).to(dialling)
    def begin(_: _Life, core: _Core) -> list[Effect]:
        return core.dial()

    @waiting.upon(_Life.granted).to(dialling)
    def dial_again(_: _Life, core: _Core, granted: Granted) -> list[Effect]:
        core.grant = granted
        return core.dial()

    @dialling.upon(_Life.opened).to(joining)
    def join(_: _Life, core: _Core) -> list[Effect]:
        return core.enter(Phase.JOINING, core.timing.join)

    @dialling.upon(_Life.ticket_spent).to(waiting)
    @joining.upon(_Life.ticket_spent).to(waiting)
    def ask_ticket(_: _Life, core: _Core, ending: Ending) -> list[Effect]:  # noqa: ARG001  # the input's shape
        core.new_tickets += 1
        return core.enter(Phase.DIALLING, core.timing.dial, DropLeg(), AskTicket())

    @joining.upon(_Life.ready).to(securing)
    def secure(_: _Life, core: _Core) -> list[Effect]:
        return core.enter(Phase.SECURING, core.timing.secure, Secure())

    @securing.upon(_Life.unknown).to(asking)
    def ask(_: _Life, core: _Core) -> list[Effect]:
        return core.enter(Phase.ASKING, core.timing.allow, AskPerson())

    @securing.upon(_Life.verified).to(greeting)
    @asking.upon(_Life.allow).to(greeting)
    def greet(_: _Life, core: _Core) -> list[Effect]:
        return core.enter(Phase.GREETING, core.timing.greet, Greet())

    @greeting.upon(_Life.connected).to(connected)
    def attach(_: _Life, core: _Core) -> list[Effect]:
        core.phase = Phase.CONNECTED
        return [StopTimer(), Attach()]

    for state in (securing, asking, greeting, connected):

        @state.upon(_Life.cut).to(wondering)
        def wonder(_: _Life, core: _Core, ending: Ending) -> list[Effect]:
            core.cut = ending
            return [SetTimer(core.timing.reason)]

    @wondering.upon(_Life.timer).to(ended)
    def never_mind(_: _Life, core: _Core) -> list[Effect]:
        return core.finish(core.cut or Ending(why=Why.CUT))

    for state, role, why in (
        (dialling, None, Why.GRANT_EXPIRED),
        (waiting, None, Why.GRANT_EXPIRED),
        (joining, None, Why.NEVER_JOINED),
        (securing, None, Why.SILENT),
        (asking, Role.USER, Why.NO_ANSWER),
    ):

        @state.upon(_Life.timer).to(ended)
        def too_late(_: _Life, core: _Core, *, by: Role | None = role, reason: Why = why) -> list[Effect]:
            return core.finish(Ending(why=reason, by=by))

    @greeting.upon(_Life.timer).to(ended)
    def no_hello(_: _Life, core: _Core) -> list[Effect]:
        # A helper waits for the person's answer here; a user for nothing but the other program.
        return core.finish(Ending(why=Why.NO_ANSWER if core.role is Role.HELPER else Why.SILENT))

    for state in (fresh, dialling, waiting, joining, securing, asking, greeting, connected, wondering):

        @state.upon(_Life.over).to(ended)
        def finish(_: _Life, core: _Core, ending: Ending) -> list[Effect]:
            return core.finish(ending)

    # Late but legal: what was under way while a step was taken.
    for state in (dialling, joining, securing, asking, greeting, connected, wondering, ended):
        state.upon(_Life.granted).loop().returns([])
    for state in (fresh, dialling, waiting, joining, securing, greeting, connected, wondering, ended):
        state.upon(_Life.allow).loop().returns([])
    for state in (wondering, ended):
        for late in (_Life.cut, _Life.verified, _Life.unknown, _Life.connected, _Life.ready, _Life.ticket_spent):
            state.upon(late).loop().returns([])
    for late in (_Life.start, _Life.opened, _Life.over, _Life.timer):
        ended.upon(late).loop().returns([])
    connected.upon(_Life.timer).loop().returns([])
    return builder.build()


_new_life = _machine()


class SessionLife:
    """One session's life. Every method returns what to do, in order."""

    def __init__(self, *, role: Role, granted: Granted, timing: SessionTiming | None = None) -> None:
        self._core = _Core(role=role, grant=granted, timing=timing or SessionTiming())
        self._life = _new_life(self._core)

    @property
    def phase(self) -> Phase:
        """Where it is."""
        return self._core.phase

    def start(self) -> list[Effect]:
        """Open it."""
        return self._life.start()

    def opened(self) -> list[Effect]:
        """The leg is open."""
        return self._life.opened()

    def ticket_spent(self, ending: Ending) -> list[Effect]:
        """No leg came of the ticket, or the lonely leg was lost. `ending`: how it ends when there are no more tickets."""
        if self._core.new_tickets < NEW_TICKETS:
            return self._life.ticket_spent(ending)
        return self._life.over(ending)

    def granted(self, granted: Granted) -> list[Effect]:
        """A new ticket came."""
        return self._life.granted(granted)

    def ready(self) -> list[Effect]:
        """The leg's partner is there."""
        return self._life.ready()

    def secured(self, *, chosen: bool) -> list[Effect]:
        """The peer's certificate is good. `chosen`: it is that of the one expected by name; else a user's person is asked."""
        if chosen or self._core.role is Role.HELPER:
            return self._life.verified()
        return self._life.unknown()

    def allow(self) -> list[Effect]:
        """The person says yes; ignored unless asked."""
        return self._life.allow()

    def connected(self) -> list[Effect]:
        """Both HELLOs were exchanged."""
        return self._life.connected()

    def cut(self, ending: Ending) -> list[Effect]:
        """The leg is gone without a BYE, after `ready`."""
        return self._life.cut(ending)

    def over(self, ending: Ending) -> list[Effect]:
        """It ends; the first ending holds."""
        return self._life.over(ending)

    def timer(self) -> list[Effect]:
        """The timer rang."""
        return self._life.timer()
