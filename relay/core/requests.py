"""A request's life, from asking to over, with the session that it has meanwhile.

A Life is a value. `step` tells its machine what happened and returns the life after it, what to write and what to do;
nothing has changed until the caller adopts the new life, which it does after the commit. So a commit that fails leaves
everything as it was. Inputs that are late but legal have transitions that do nothing, or refuse.

waiting → granted → active → over, and from granted or active back to waiting by a transfer. Between spliced and over lies *cut*:
the legs are gone, and the agents have a moment to say why. It is not stored.

Who may do what was asked before (relay.core.permissions). Nothing here ever grants by a timer.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from automat import TypeMachineBuilder

from common.protocol.messages import Code, Mode, Request, To
from common.protocol.reasons import Why
from relay.core.life import (
    RELAY,
    Close,
    Cut,
    Effect,
    Grant,
    Life,
    Listed,
    NotFor,
    Refuse,
    SayOver,
    SayWaiting,
    Step,
    Times,
    Unlisted,
)
from relay.core.queue import describe
from relay.core.records import AuditEntry, Person, RequestRecord, SessionRecord, State
from relay.core.request_inputs import Inputs
from relay.core.tickets import Side


@dataclass
class _Core:
    """One step under way."""

    life: Life
    changed: bool = False
    session: SessionRecord | None = None
    entries: list[AuditEntry] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)

    @property
    def request(self) -> RequestRecord:
        return self.life.request

    @property
    def live(self) -> SessionRecord:
        if self.life.session is None:
            raise RuntimeError(f"a request that is {self.request.state} has a session")
        return self.life.session

    def become(self, request: RequestRecord, session: SessionRecord | None = None) -> None:
        self.life = Life(request=request, session=session)
        self.session = session or self.session
        self.changed = True

    def log(self, at: datetime, actor: str, event: str, **facts: str | int | None) -> None:
        self.entries.append(AuditEntry(at=at, actor=actor, event=event, subject=self.request.identifier, facts=facts))

    def close_session(self, why: Why, now: datetime) -> dict[str, str | int | None]:
        """The live session, if there is one, is over; the facts of it for the log."""
        session = self.life.session
        if session is None:
            return {}
        cut = self.life.cut
        if cut is not None:
            session = replace(session, up=cut.up, down=cut.down)
        self.session = replace(session, ended_at=now, why=why)
        self.effects.append(Close(self.session, why))
        return {"session": session.identifier, "helper": session.helper.uri, "up": session.up, "down": session.down}


_builder: TypeMachineBuilder[Inputs, _Core] = TypeMachineBuilder(Inputs, _Core)
_waiting = _builder.state("waiting")
_granted = _builder.state("granted")
_active = _builder.state("active")
_cut = _builder.state("cut")
_over = _builder.state("over")


@_waiting.upon(Inputs.asked_again).loop()
def _take_up(_: Inputs, core: _Core, limit: int) -> None:
    del limit
    core.life = replace(core.life, away_since=None)
    core.effects.append(SayWaiting())


@_waiting.upon(Inputs.reworded).loop()
def _reword(_: Inputs, core: _Core, topic: str, now: datetime) -> None:
    core.life = replace(core.life, request=replace(core.request, topic=topic))
    core.changed = True
    core.log(now, core.request.user.uri, "request.reworded")
    core.effects.append(Listed())


@_waiting.upon(Inputs.user_left).loop()
def _hold(_: Inputs, core: _Core, now: datetime) -> None:
    core.life = replace(core.life, away_since=now)


@_waiting.upon(Inputs.accepted).to(_granted)
def _grant(_: Inputs, core: _Core, helper: Person, session: str, now: datetime) -> None:
    old = core.request
    record = SessionRecord(
        identifier=session, request=old.identifier, user=old.user, helper=helper, mode=old.mode, granted_at=now
    )
    core.become(replace(old, state=State.GRANTED, session=session), record)
    core.log(now, helper.uri, "request.granted", session=session, user=old.user.uri, mode=old.mode)
    core.effects += [Unlisted(Why.TAKEN), Grant(Side.USER), Grant(Side.HELPER)]


@_waiting.upon(Inputs.declined).loop()
def _decline(_: Inputs, core: _Core, helper: Person, now: datetime) -> None:
    request = replace(core.request, declined=core.request.declined | {helper.account})
    core.life = replace(core.life, request=request)
    core.changed = True
    core.log(now, helper.uri, "request.declined")
    core.effects.append(NotFor(helper.account))


@_waiting.upon(Inputs.declined_by_all).to(_over)
def _declined_by_all(_: Inputs, core: _Core, actor: str, note: str, now: datetime) -> None:
    _finish(core, actor, Why.DECLINED, now, note)


@_granted.upon(Inputs.asked_again).loop()
def _grant_again(_: Inputs, core: _Core, limit: int) -> None:
    # An agent sends a request again for as long as it has not heard of a session: this one was lost on the way.
    if core.live.spliced_at is None:
        _new_ticket(core, Side.USER, limit)


@_granted.upon(Inputs.ticket_wanted).loop()
def _ticket_wanted(_: Inputs, core: _Core, side: Side, limit: int) -> None:
    _new_ticket(core, side, limit)


def _new_ticket(core: _Core, side: Side, limit: int) -> None:
    session = core.live
    had = session.retickets_user if side is Side.USER else session.retickets_helper
    if session.spliced_at is not None:
        core.effects.append(Refuse(Code.NOT_NOW))
        return
    if had >= limit:
        core.effects.append(Refuse(Code.TOO_MANY))
        return
    session = (
        replace(session, retickets_user=had + 1) if side is Side.USER else replace(session, retickets_helper=had + 1)
    )
    core.life = replace(core.life, session=session)
    core.effects.append(Grant(side))


@_granted.upon(Inputs.spliced).loop()
def _spliced(_: Inputs, core: _Core, now: datetime) -> None:
    # Written with the next transition: a splice changes nothing that anybody decides by after a restart.
    core.life = replace(core.life, session=replace(core.live, spliced_at=now))


@_granted.upon(Inputs.activated).to(_active)
def _activate(_: Inputs, core: _Core, now: datetime) -> None:
    core.become(replace(core.request, state=State.ACTIVE), replace(core.live, active_at=now))
    core.log(now, core.request.user.uri, "request.active", session=core.live.identifier, helper=core.live.helper.uri)


@_granted.upon(Inputs.legs_over).to(_cut)
@_active.upon(Inputs.legs_over).to(_cut)
def _legs_over(_: Inputs, core: _Core, why: Why, up: int, down: int, now: datetime) -> None:
    core.life = replace(core.life, cut=Cut(at=now, why=why, up=up, down=down))


@_granted.upon(Inputs.session_ended).to(_over)
@_active.upon(Inputs.session_ended).to(_over)
@_cut.upon(Inputs.session_ended).to(_over)
@_waiting.upon(Inputs.ended).to(_over)
@_granted.upon(Inputs.ended).to(_over)
@_active.upon(Inputs.ended).to(_over)
@_cut.upon(Inputs.ended).to(_over)
def _end(_: Inputs, core: _Core, actor: str, why: Why, now: datetime) -> None:
    _finish(core, actor, why, now)


@_waiting.upon(Inputs.cancelled).to(_over)
@_granted.upon(Inputs.cancelled).to(_over)
def _cancel(_: Inputs, core: _Core, now: datetime) -> None:
    _finish(core, core.request.user.uri, Why.CANCELLED, now)


@_active.upon(Inputs.cancelled).to(_over)
def _cancel_session(_: Inputs, core: _Core, now: datetime) -> None:
    _finish(core, core.request.user.uri, Why.USER_ENDED, now)


@_cut.upon(Inputs.cancelled).to(_over)
def _cancel_remains(_: Inputs, core: _Core, now: datetime) -> None:
    """The user gives up what was cut already, to ask again: that did not end it."""
    _finish(core, core.request.user.uri, core.life.cut.why if core.life.cut is not None else Why.CUT, now)


# Also before the user's agent has said that both are connected: the helper's agent knows that a moment earlier.
@_granted.upon(Inputs.transferred).to(_waiting)
@_active.upon(Inputs.transferred).to(_waiting)
def _transfer(_: Inputs, core: _Core, helper: Person, to: To, note: str, now: datetime) -> None:
    facts = core.close_session(Why.TRANSFERRED, now)
    core.become(
        replace(
            core.request,
            state=State.WAITING,
            session=None,
            to=to,
            note=note,
            mode=Mode.VIEW,  # the next helper may look, until the person says otherwise
            waiting_since=now,
            declined=frozenset({helper.account}),
        )
    )
    core.log(now, helper.uri, "request.transferred", **{**facts, "to": describe(to)})
    core.effects += [Listed(), SayWaiting()]


@_waiting.upon(Inputs.renewed).loop()
@_granted.upon(Inputs.renewed).loop()
@_active.upon(Inputs.renewed).loop()
@_cut.upon(Inputs.renewed).loop()
def _renew(_: Inputs, core: _Core, person: Person, now: datetime) -> None:
    def present(old: Person) -> Person:
        return person if old.account == person.account else old

    request, session = core.request, core.life.session
    if session is not None:
        session = core.session = replace(session, user=present(session.user), helper=present(session.helper))
    core.life = replace(core.life, request=replace(request, user=present(request.user)), session=session)
    core.changed = True
    core.log(now, person.uri, "request.renewed", certificate=person.certificate)


@_over.upon(Inputs.asked_again).loop()
def _say_over(_: Inputs, core: _Core, limit: int) -> None:
    del limit
    core.effects.append(SayOver(core.request.why or Why.FAILED))


def _refuse(code: Code) -> Callable[..., None]:
    def refuse(_: Inputs, core: _Core, *_args: object, **_named: object) -> None:
        core.effects.append(Refuse(code))

    return refuse


def _nothing(_: Inputs, _core: _Core, *_args: object, **_named: object) -> None:
    """Late but legal: it does not matter any more."""


for _state in (_granted, _active, _cut, _over):
    _state.upon(Inputs.user_left).loop()(_nothing)
    _state.upon(Inputs.reworded).loop()(_nothing)
    _state.upon(Inputs.accepted).loop()(_refuse(Code.TOO_LATE))
    _state.upon(Inputs.declined).loop()(_nothing)
    _state.upon(Inputs.declined_by_all).loop()(_nothing)
for _state in (_active, _cut):
    _state.upon(Inputs.asked_again).loop()(_nothing)
for _state in (_waiting, _active, _cut, _over):
    _state.upon(Inputs.ticket_wanted).loop()(_refuse(Code.NOT_NOW))
    _state.upon(Inputs.spliced).loop()(_nothing)
    _state.upon(Inputs.activated).loop()(_nothing)
for _state in (_waiting, _cut, _over):
    _state.upon(Inputs.legs_over).loop()(_nothing)
for _state in (_waiting, _over):
    _state.upon(Inputs.session_ended).loop()(_nothing)
_waiting.upon(Inputs.transferred).loop()(_refuse(Code.NOT_NOW))
for _state in (_cut, _over):
    _state.upon(Inputs.transferred).loop()(_refuse(Code.TOO_LATE))
_over.upon(Inputs.renewed).loop()(_nothing)
_over.upon(Inputs.cancelled).loop()(_nothing)
_over.upon(Inputs.ended).loop()(_nothing)

_Machine = _builder.build()
_STATES = {State.WAITING: _waiting, State.GRANTED: _granted, State.ACTIVE: _active, State.OVER: _over}


def _finish(core: _Core, actor: str, why: Why, now: datetime, note: str = "") -> None:
    waited = core.request.state is State.WAITING
    facts = core.close_session(why, now)
    core.become(replace(core.request, state=State.OVER, session=None, over_at=now, why=why))
    core.log(now, actor, "request.over", **{"why": why, **facts})
    if waited:
        core.effects.append(Unlisted(why))
    core.effects.append(SayOver(why, note))


def ask(*, user: Person, message: Request, now: datetime) -> Step:
    """A new request waits."""
    record = RequestRecord(
        identifier=message.request,
        state=State.WAITING,
        user=user,
        to=message.to,
        mode=message.mode,
        topic=message.topic,
        inventory=message.inventory,
        asked_at=now,
        waiting_since=now,
    )
    entry = AuditEntry(
        at=now,
        actor=user.uri,
        event="request.waiting",
        subject=record.identifier,
        facts={"to": describe(message.to), "mode": message.mode},
    )
    return Step(life=Life(request=record), changed=True, entries=(entry,), effects=(Listed(), SayWaiting()))


def step(life: Life, tell: Callable[[Inputs], None]) -> Step:
    """Tell the machine of `life` what happened, by calling one of the Inputs on what `tell` is given."""
    core = _Core(life)
    tell(_Machine(core, _cut if life.cut is not None else _STATES[life.request.state]))
    return Step(
        life=core.life,
        changed=core.changed,
        session=core.session,
        entries=tuple(core.entries),
        effects=tuple(core.effects),
    )


def deadline(life: Life, times: Times) -> tuple[datetime, Why] | None:
    """When the present state runs out, and what it is over for then; None where it lasts."""
    if life.cut is not None:
        return life.cut.at + timedelta(seconds=times.cut_grace), life.cut.why
    match life.request.state:
        case State.WAITING:
            until = life.request.waiting_since + timedelta(seconds=times.waiting), Why.EXPIRED
            if life.away_since is None:
                return until
            return min(until, (life.away_since + timedelta(seconds=times.held), Why.USER_GONE))
        case State.GRANTED if life.session is not None:
            return life.session.granted_at + timedelta(seconds=times.granted), Why.GRANT_EXPIRED
        case _:
            return None


def tick(life: Life, now: datetime, times: Times) -> Step | None:
    """The step that time makes, if it is time for one."""
    due = deadline(life, times)
    if due is None or now < due[0]:
        return None
    return step(life, lambda machine: machine.ended(RELAY, due[1], now))
