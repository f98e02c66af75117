"""The life of a session at one agent, from `granted` to its end: told what happened, it returns what to do.

The leg, its ticket, the peer and the person's answer; what goes on inside, once connected, is the channel's
(channel_session), and how it is found back after an interruption, session_comeback's. Every wait has a deadline: there is one
timer, set anew at every step, and another for an interruption.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from automat import TypeMachineBuilder

from common.protocol.identity import Role
from common.protocol.messages import Code, Granted
from common.protocol.reasons import Why
from common.protocol.sayers import NOT_OPENED
from common.protocol.session_comeback import Comeback
from common.protocol.session_effects import (
    AskPerson,
    AskTicket,
    Attach,
    DialLeg,
    DropLeg,
    Ending,
    Finish,
    Greet,
    Interrupt,
    Secure,
    SessionEffect,
    TakeUp,
)
from common.protocol.session_timing import SessionTiming
from common.protocol.timers import SetTimer, StopTimer

NEW_TICKETS: Final = 3
"""How many new tickets a session may ask for, before it is spliced."""


class SessionPhase(StrEnum):
    """Where a session is."""

    DIALLING = "dialling"  # to the relay
    JOINING = "joining"  # the leg is there; its partner is not yet
    SECURING = "securing"  # end-to-end TLS
    ASKING = "asking"  # user's side: may this helper come in?
    GREETING = "greeting"  # waiting for the other side's HELLO (a helper waits here while the user is asked)
    CONNECTED = "connected"
    INTERRUPTED = "interrupted"  # the connection was lost, and it is tried to come back
    ENDED = "ended"


class _SessionInputs(Protocol):
    """Inputs of the machine."""

    def start(self) -> list[SessionEffect]:
        """Open it."""

    def opened(self) -> list[SessionEffect]:
        """The leg is open; its ticket is spent."""

    def ticket_spent(self, ending: Ending) -> list[SessionEffect]:
        """No leg came of the ticket, or the lonely leg was lost: another ticket is needed. `ending`: if there is none."""

    def granted(self, granted: Granted) -> list[SessionEffect]:
        """A ticket came."""

    def ready(self) -> list[SessionEffect]:
        """The leg's partner is there."""

    def verified(self) -> list[SessionEffect]:
        """The peer is the one that was expected."""

    def unknown(self) -> list[SessionEffect]:
        """The peer is somebody whom the person did not choose by name."""

    def allow(self) -> list[SessionEffect]:
        """The person says yes."""

    def connected(self) -> list[SessionEffect]:
        """Both HELLOs were exchanged."""

    def interrupted(self, ending: Ending) -> list[SessionEffect]:
        """The leg is gone without a BYE, and both sides come back after that."""

    def resumed(self) -> list[SessionEffect]:
        """They have."""

    def cut(self, ending: Ending) -> list[SessionEffect]:
        """The leg is gone without a BYE, or the other side did not accept us: perhaps the relay says why."""

    def over(self, ending: Ending) -> list[SessionEffect]:
        """It ends."""

    def timer(self) -> list[SessionEffect]:
        """The timer rang."""


@dataclass(kw_only=True)
class _SessionCore:
    """What the machine knows."""

    role: Role
    grant: Granted
    timing: SessionTiming
    phase: SessionPhase = SessionPhase.DIALLING
    new_tickets: int = 0
    cut: Ending | None = None

    def dial(self) -> list[SessionEffect]:
        self.phase = SessionPhase.DIALLING
        return [SetTimer(self.timing.dial), DialLeg(self.grant)]

    def enter(self, phase: SessionPhase, seconds: float, *effects: SessionEffect) -> list[SessionEffect]:
        self.phase = phase
        return [SetTimer(seconds), *effects]

    def finish(self, ending: Ending) -> list[SessionEffect]:
        self.phase = SessionPhase.ENDED
        return [StopTimer(), Finish(ending)]


def _machine() -> Callable[[_SessionCore], _SessionInputs]:
    builder = TypeMachineBuilder(_SessionInputs, _SessionCore)
    fresh = builder.state("fresh")
    dialling = builder.state("dialling")
    waiting = builder.state("waiting for a new ticket")
    joining = builder.state("joining")
    securing = builder.state("securing")
    asking = builder.state("asking")
    greeting = builder.state("greeting")
    connected = builder.state("connected")
    interrupted = builder.state("interrupted")
    wondering = builder.state("wondering why it was cut")
    ended = builder.state("ended")

    @fresh.upon(_SessionInputs.start).to(dialling)
    def begin(_: _SessionInputs, core: _SessionCore) -> list[SessionEffect]:
        return core.dial()

    @waiting.upon(_SessionInputs.granted).to(dialling)
    def dial_again(_: _SessionInputs, core: _SessionCore, granted: Granted) -> list[SessionEffect]:
        core.grant = granted
        return core.dial()

    @dialling.upon(_SessionInputs.opened).to(joining)
    def join(_: _SessionInputs, core: _SessionCore) -> list[SessionEffect]:
        return core.enter(SessionPhase.JOINING, core.timing.join)

    @dialling.upon(_SessionInputs.ticket_spent).to(waiting)
    @joining.upon(_SessionInputs.ticket_spent).to(waiting)
    def ask_ticket(_: _SessionInputs, core: _SessionCore, ending: Ending) -> list[SessionEffect]:  # noqa: ARG001  # the input's shape
        core.new_tickets += 1
        return core.enter(SessionPhase.DIALLING, core.timing.dial, DropLeg(), AskTicket())

    @joining.upon(_SessionInputs.ready).to(securing)
    def secure(_: _SessionInputs, core: _SessionCore) -> list[SessionEffect]:
        return core.enter(SessionPhase.SECURING, core.timing.secure, Secure())

    @securing.upon(_SessionInputs.unknown).to(asking)
    def ask(_: _SessionInputs, core: _SessionCore) -> list[SessionEffect]:
        return core.enter(SessionPhase.ASKING, core.timing.allow, AskPerson())

    @securing.upon(_SessionInputs.verified).to(greeting)
    @asking.upon(_SessionInputs.allow).to(greeting)
    def greet(_: _SessionInputs, core: _SessionCore) -> list[SessionEffect]:
        return core.enter(SessionPhase.GREETING, core.timing.greet, Greet())

    @greeting.upon(_SessionInputs.connected).to(connected)
    def attach(_: _SessionInputs, core: _SessionCore) -> list[SessionEffect]:
        core.phase = SessionPhase.CONNECTED
        return [StopTimer(), Attach()]

    @connected.upon(_SessionInputs.interrupted).to(interrupted)
    def interrupt(_: _SessionInputs, core: _SessionCore, ending: Ending) -> list[SessionEffect]:
        core.cut = ending
        core.phase = SessionPhase.INTERRUPTED
        return [Interrupt(core.timing.resume)]

    @interrupted.upon(_SessionInputs.resumed).to(connected)
    def take_up(_: _SessionInputs, core: _SessionCore) -> list[SessionEffect]:
        core.phase = SessionPhase.CONNECTED
        return [StopTimer(), TakeUp()]

    for state in (securing, asking, greeting, connected):

        @state.upon(_SessionInputs.cut).to(wondering)
        def wonder(_: _SessionInputs, core: _SessionCore, ending: Ending) -> list[SessionEffect]:
            core.cut = ending
            return [SetTimer(core.timing.reason)]

    @wondering.upon(_SessionInputs.timer).to(ended)
    def never_mind(_: _SessionInputs, core: _SessionCore) -> list[SessionEffect]:
        return core.finish(core.cut or Ending(why=Why.CUT))

    # A helper's agent that waits for HELLO waits for the user's answer too, but whether the user was asked it cannot know.
    for state in (dialling, waiting, securing, greeting):

        @state.upon(_SessionInputs.timer).to(ended)
        def waited_in_vain(_: _SessionInputs, core: _SessionCore) -> list[SessionEffect]:
            return core.finish(Ending(why=NOT_OPENED[core.role]))

    @joining.upon(_SessionInputs.timer).to(ended)
    def nobody_came(_: _SessionInputs, core: _SessionCore) -> list[SessionEffect]:
        return core.finish(Ending(why=Why.NEVER_JOINED))

    @asking.upon(_SessionInputs.timer).to(ended)
    def no_answer(_: _SessionInputs, core: _SessionCore) -> list[SessionEffect]:
        return core.finish(Ending(why=Why.NO_ANSWER, by=Role.USER))

    for state in (fresh, dialling, waiting, joining, securing, asking, greeting, connected, interrupted, wondering):

        @state.upon(_SessionInputs.over).to(ended)
        def finish(_: _SessionInputs, core: _SessionCore, ending: Ending) -> list[SessionEffect]:
            return core.finish(ending)

    # Late but legal: what was under way while a step was taken.
    for state in (dialling, joining, securing, asking, greeting, connected, wondering, ended):
        state.upon(_SessionInputs.granted).loop().returns([])
    for state in (fresh, dialling, waiting, joining, securing, greeting, connected, interrupted, wondering, ended):
        state.upon(_SessionInputs.allow).loop().returns([])
    for state in (wondering, ended):
        for late in (
            _SessionInputs.cut,
            _SessionInputs.interrupted,
            _SessionInputs.verified,
            _SessionInputs.unknown,
            _SessionInputs.connected,
            _SessionInputs.ready,
            _SessionInputs.ticket_spent,
        ):
            state.upon(late).loop().returns([])
    for late in (_SessionInputs.start, _SessionInputs.opened, _SessionInputs.over, _SessionInputs.timer):
        ended.upon(late).loop().returns([])
    connected.upon(_SessionInputs.timer).loop().returns([])
    return builder.build()


_new_life = _machine()


class SessionLife:
    """One session's life. Every method returns what to do, in order."""

    def __init__(self, *, role: Role, granted: Granted, timing: SessionTiming) -> None:
        self._core = _SessionCore(role=role, grant=granted, timing=timing)
        self._life = _new_life(self._core)
        self._comeback: Comeback | None = None  # while it is interrupted
        self._interruption = 0  # so many times, as the relay counts

    @property
    def phase(self) -> SessionPhase:
        """Where it is."""
        return self._core.phase

    @property
    def interrupted(self) -> bool:
        """Whether it is tried to come back."""
        return self._comeback is not None

    def start(self) -> list[SessionEffect]:
        """Open it."""
        return self._life.start()

    def opened(self) -> list[SessionEffect]:
        """The leg is open."""
        return (self._comeback or self._life).opened()

    def ticket_spent(self, ending: Ending) -> list[SessionEffect]:
        """No leg came of the ticket, or the lonely leg was lost. `ending`: how it ends when there are no more tickets."""
        if self._comeback is not None:
            return self._comeback.failed(ending)
        if self._core.new_tickets < NEW_TICKETS:
            return self._life.ticket_spent(ending)
        return self._life.over(ending)

    def leg_lost(self, ending: Ending) -> list[SessionEffect]:
        """No leg can be had just now, or it was lost where another ticket does not help."""
        return self._comeback.failed(ending) if self._comeback is not None else self.over(ending)

    def leg_closed(self) -> list[SessionEffect]:
        """The leg is gone, before the end-to-end TLS began."""
        if self.phase is SessionPhase.JOINING:
            return self.ticket_spent(Ending(why=Why.CUT, detail="the leg was lost before its partner came"))
        return self.leg_lost(Ending(why=Why.CUT, detail="the leg was lost"))

    def no_ticket(self, code: str) -> list[SessionEffect]:
        """The relay gives none, and says why."""
        detail = f"no new ticket: {code}"
        if self._comeback is None:
            waits = self.phase is SessionPhase.DIALLING
            return self.over(Ending(why=NOT_OPENED[self._core.role], detail=detail)) if waits else []
        ending = Ending(why=Why.CUT, detail=detail)
        # What was too often for the relay's liking is counted here, too, and tried a little later.
        return self.over(ending) if code == Code.NO_SUCH_SESSION else self.leg_lost(ending)

    def granted(self, granted: Granted, *, resumes: bool = False) -> list[SessionEffect]:
        """A new ticket came. `resumes`: both sides take the session up again; then it may be the other that was interrupted."""
        effects: list[SessionEffect] = []
        known, self._interruption = self._interruption, max(self._interruption, granted.interruption)
        if resumes and self.phase is SessionPhase.CONNECTED and granted.interruption > known:
            effects = self.interrupt(Ending(why=Why.CUT, detail="the other side has lost the connection"))
        return [*effects, *(self._comeback or self._life).granted(granted)]

    def asked(self) -> None:
        """A new ticket was asked for (after AskTicket)."""
        if self._comeback is not None:
            self._comeback.asked()

    def ready(self) -> list[SessionEffect]:
        """The leg's partner is there."""
        return (self._comeback or self._life).ready()

    def secured(self, *, chosen: bool) -> list[SessionEffect]:
        """The peer's certificate is good. `chosen`: it is that of the one expected by name; else a user's person is asked.

        In an interrupted session it is the one from before.
        """
        if self._comeback is not None:
            return self._comeback.verified()
        if chosen or self._core.role is Role.HELPER:
            return self._life.verified()
        return self._life.unknown()

    def allow(self) -> list[SessionEffect]:
        """The person says yes; ignored unless asked."""
        return self._life.allow()

    def connected(self) -> list[SessionEffect]:
        """Both HELLOs were exchanged."""
        if self._comeback is None:
            return self._life.connected()
        self._comeback = None
        return self._life.resumed()

    def cut(self, ending: Ending) -> list[SessionEffect]:
        """The leg is gone without a BYE, or silent, after `ready`; or the other side did not accept us."""
        if self._comeback is not None and ending.why in {Why.CUT, Why.SILENT}:
            return self._comeback.failed(ending)
        return self.over(ending) if self._comeback is not None else self._life.cut(ending)

    def interrupt(self, ending: Ending) -> list[SessionEffect]:
        """The leg is gone without a BYE, or silent, and both sides take the session up again. `ending`: how it ends if not."""
        effects = self._life.interrupted(ending)
        if self.phase is not SessionPhase.INTERRUPTED:
            return effects
        self._comeback = Comeback(timing=self._core.timing)
        return [*effects, *self._comeback.start()]

    def hurry(self) -> list[SessionEffect]:
        """The network has changed: what is tried by the old one is tried anew. Nothing where nothing is tried."""
        return self._comeback.hurry() if self._comeback is not None else []

    def gave_up(self, problem: Exception) -> list[SessionEffect]:
        """The time for an interruption is over. `problem` says so where the other side alone was missing."""
        if self._comeback is None:
            return []
        cut, last = self._core.cut or Ending(why=Why.CUT), self._comeback.last
        why = problem if self._comeback.alone or last is None or last.problem is None else last.problem
        return self.over(Ending(why=cut.why, detail=cut.detail, problem=why))

    def over(self, ending: Ending) -> list[SessionEffect]:
        """It ends; the first ending holds."""
        self._comeback = None
        return self._life.over(ending)

    def timer(self) -> list[SessionEffect]:
        """The timer rang."""
        return (self._comeback or self._life).timer()
