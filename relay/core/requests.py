"""A request's life, from asking to over, with the session that it has meanwhile.

A Life is a value. `step` gives its machine one input and returns a Transition: the life after it, what to write and what
to do; nothing has changed until the caller adopts the new life, which it does after the commit. So a commit that fails leaves
everything as it was. Inputs that are late but legal have transitions that do nothing, or refuse.

waiting → granted → active → over, and from granted or active back to waiting by a transfer. Between spliced and over lies *cut*:
the legs are gone, and the agents have a moment to say why. It is not stored.

Who may do what was asked before (relay.core.permissions). Nothing here ever grants by a timer.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import assert_never

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
    RequestTimes,
    SayOver,
    SayWaiting,
    Transition,
    Unlisted,
)
from relay.core.queue import describe
from relay.core.records import AuditEntry, Participant, RequestRecord, RequestState, SessionRecord
from relay.core.request_inputs import Input, Inputs
from relay.core.tickets import Side


@dataclass
class _Draft:
    """A transition under way."""

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


_builder: TypeMachineBuilder[Inputs, _Draft] = TypeMachineBuilder(Inputs, _Draft)
_waiting = _builder.state("waiting")
_granted = _builder.state("granted")
_active = _builder.state("active")
_cut = _builder.state("cut")
_over = _builder.state("over")


@_waiting.upon(Inputs.asked_again).loop()
def _take_up(_: Inputs, draft: _Draft, tickets_per_session: int) -> None:
    del tickets_per_session
    draft.life = replace(draft.life, away_since=None)
    draft.effects.append(SayWaiting())


@_waiting.upon(Inputs.reworded).loop()
def _reword(_: Inputs, draft: _Draft, topic: str, now: datetime) -> None:
    draft.life = replace(draft.life, request=replace(draft.request, topic=topic))
    draft.changed = True
    draft.log(now, draft.request.user.uri, "request.reworded")
    draft.effects.append(Listed())


@_waiting.upon(Inputs.user_left).loop()
def _hold(_: Inputs, draft: _Draft, now: datetime) -> None:
    draft.life = replace(draft.life, away_since=now)


@_waiting.upon(Inputs.accepted).to(_granted)
def _grant(_: Inputs, draft: _Draft, helper: Participant, session: str, now: datetime) -> None:
    old = draft.request
    record = SessionRecord(
        identifier=session, request=old.identifier, user=old.user, helper=helper, mode=old.mode, granted_at=now
    )
    draft.become(replace(old, state=RequestState.GRANTED, session=session), record)
    draft.log(now, helper.uri, "request.granted", session=session, user=old.user.uri, mode=old.mode)
    draft.effects += [Unlisted(Why.TAKEN), Grant(Side.USER), Grant(Side.HELPER)]


@_waiting.upon(Inputs.declined).loop()
def _decline(_: Inputs, draft: _Draft, helper: Participant, now: datetime) -> None:
    request = replace(draft.request, declined=draft.request.declined | {helper.account})
    draft.life = replace(draft.life, request=request)
    draft.changed = True
    draft.log(now, helper.uri, "request.declined")
    draft.effects.append(NotFor(helper.account))


@_waiting.upon(Inputs.declined_by_all).to(_over)
def _declined_by_all(_: Inputs, draft: _Draft, actor: str, note: str, now: datetime) -> None:
    _finish(draft, actor, Why.DECLINED, now, note)


@_granted.upon(Inputs.asked_again).loop()
def _grant_again(_: Inputs, draft: _Draft, tickets_per_session: int) -> None:
    # An agent sends a request again for as long as it has not heard of a session: this one was lost on the way.
    if draft.live.spliced_at is None:
        _new_ticket(draft, Side.USER, tickets_per_session)


@_granted.upon(Inputs.ticket_wanted).loop()
def _ticket_wanted(_: Inputs, draft: _Draft, side: Side, tickets_per_session: int) -> None:
    _new_ticket(draft, side, tickets_per_session)


def _new_ticket(draft: _Draft, side: Side, tickets_per_session: int) -> None:
    session = draft.live
    had = session.retickets_user if side is Side.USER else session.retickets_helper
    if session.spliced_at is not None:
        draft.effects.append(Refuse(Code.NOT_NOW))
        return
    if had >= tickets_per_session:
        draft.effects.append(Refuse(Code.TOO_MANY))
        return
    session = (
        replace(session, retickets_user=had + 1) if side is Side.USER else replace(session, retickets_helper=had + 1)
    )
    draft.life = replace(draft.life, session=session)
    draft.effects.append(Grant(side))


@_granted.upon(Inputs.spliced).loop()
def _spliced(_: Inputs, draft: _Draft, now: datetime) -> None:
    # Written with the next transition: a splice changes nothing that anybody decides by after a restart.
    draft.life = replace(draft.life, session=replace(draft.live, spliced_at=now))


@_granted.upon(Inputs.activated).to(_active)
def _activate(_: Inputs, draft: _Draft, now: datetime) -> None:
    draft.become(replace(draft.request, state=RequestState.ACTIVE), replace(draft.live, active_at=now))
    draft.log(
        now, draft.request.user.uri, "request.active", session=draft.live.identifier, helper=draft.live.helper.uri
    )


@_granted.upon(Inputs.legs_over).to(_cut)
@_active.upon(Inputs.legs_over).to(_cut)
def _legs_over(_: Inputs, draft: _Draft, why: Why, up: int, down: int, now: datetime) -> None:
    draft.life = replace(draft.life, cut=Cut(at=now, why=why, up=up, down=down))


@_cut.upon(Inputs.legs_over).loop()
def _legs_over_too(_: Inputs, draft: _Draft, why: Why, up: int, down: int, now: datetime) -> None:
    """What the relay has seen itself stands before what an agent knows no more of."""
    cut = draft.life.cut
    if cut is not None and cut.actor != RELAY:
        draft.life = replace(draft.life, cut=Cut(at=now, why=why, up=up, down=down))


@_granted.upon(Inputs.parted).to(_cut)
@_active.upon(Inputs.parted).to(_cut)
def _part(_: Inputs, draft: _Draft, actor: str, why: Why, now: datetime) -> None:
    draft.life = replace(draft.life, cut=Cut(at=now, why=why, actor=actor))


@_granted.upon(Inputs.session_ended).to(_over)
@_active.upon(Inputs.session_ended).to(_over)
@_cut.upon(Inputs.session_ended).to(_over)
@_waiting.upon(Inputs.ended).to(_over)
@_granted.upon(Inputs.ended).to(_over)
@_active.upon(Inputs.ended).to(_over)
@_cut.upon(Inputs.ended).to(_over)
def _end(_: Inputs, draft: _Draft, actor: str, why: Why, now: datetime) -> None:
    _finish(draft, actor, why, now)


@_waiting.upon(Inputs.cancelled).to(_over)
@_granted.upon(Inputs.cancelled).to(_over)
def _cancel(_: Inputs, draft: _Draft, now: datetime) -> None:
    _finish(draft, draft.request.user.uri, Why.CANCELLED, now)


@_active.upon(Inputs.cancelled).to(_over)
def _cancel_session(_: Inputs, draft: _Draft, now: datetime) -> None:
    _finish(draft, draft.request.user.uri, Why.USER_ENDED, now)


@_cut.upon(Inputs.cancelled).to(_over)
def _cancel_remains(_: Inputs, draft: _Draft, now: datetime) -> None:
    """The user gives up what was cut already, to ask again: that did not end it."""
    _finish(draft, draft.request.user.uri, draft.life.cut.why if draft.life.cut is not None else Why.CUT, now)


# Also before the user's agent has said that both are connected: the helper's agent knows that a moment earlier.
@_granted.upon(Inputs.transferred).to(_waiting)
@_active.upon(Inputs.transferred).to(_waiting)
def _transfer(_: Inputs, draft: _Draft, helper: Participant, to: To, note: str, now: datetime) -> None:
    facts = draft.close_session(Why.TRANSFERRED, now)
    draft.become(
        replace(
            draft.request,
            state=RequestState.WAITING,
            session=None,
            to=to,
            note=note,
            mode=Mode.VIEW,  # the next helper may look, until the person says otherwise
            waiting_since=now,
            declined=frozenset({helper.account}),
        )
    )
    draft.log(now, helper.uri, "request.transferred", **{**facts, "to": describe(to)})
    draft.effects += [Listed(), SayWaiting()]


@_waiting.upon(Inputs.renewed).loop()
@_granted.upon(Inputs.renewed).loop()
@_active.upon(Inputs.renewed).loop()
@_cut.upon(Inputs.renewed).loop()
def _renew(_: Inputs, draft: _Draft, participant: Participant, now: datetime) -> None:
    def present(old: Participant) -> Participant:
        return participant if old.account == participant.account else old

    request, session = draft.request, draft.life.session
    if session is not None:
        session = draft.session = replace(session, user=present(session.user), helper=present(session.helper))
    draft.life = replace(draft.life, request=replace(request, user=present(request.user)), session=session)
    draft.changed = True
    draft.log(now, participant.uri, "request.renewed", certificate=participant.certificate)


@_over.upon(Inputs.asked_again).loop()
def _say_over(_: Inputs, draft: _Draft, tickets_per_session: int) -> None:
    del tickets_per_session
    draft.effects.append(SayOver(draft.request.why or Why.FAILED))


def _refuse(code: Code) -> Callable[..., None]:
    def refuse(_: Inputs, draft: _Draft, *_args: object, **_named: object) -> None:
        draft.effects.append(Refuse(code))

    return refuse


def _nothing(_: Inputs, _draft: _Draft, *_args: object, **_named: object) -> None:
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
for _state in (_waiting, _over):
    _state.upon(Inputs.legs_over).loop()(_nothing)
for _state in (_waiting, _cut, _over):
    _state.upon(Inputs.parted).loop()(_nothing)
for _state in (_waiting, _over):
    _state.upon(Inputs.session_ended).loop()(_nothing)
_waiting.upon(Inputs.transferred).loop()(_refuse(Code.NOT_NOW))
for _state in (_cut, _over):
    _state.upon(Inputs.transferred).loop()(_refuse(Code.TOO_LATE))
_over.upon(Inputs.renewed).loop()(_nothing)
_over.upon(Inputs.cancelled).loop()(_nothing)
_over.upon(Inputs.ended).loop()(_nothing)

_Machine = _builder.build()
_STATES = {
    RequestState.WAITING: _waiting,
    RequestState.GRANTED: _granted,
    RequestState.ACTIVE: _active,
    RequestState.OVER: _over,
}


def _finish(draft: _Draft, actor: str, why: Why, now: datetime, note: str = "") -> None:
    waited = draft.request.state is RequestState.WAITING
    facts = draft.close_session(why, now)
    draft.become(replace(draft.request, state=RequestState.OVER, session=None, over_at=now, why=why))
    draft.log(now, actor, "request.over", **{"why": why, **facts})
    if waited:
        draft.effects.append(Unlisted(why))
    draft.effects.append(SayOver(why, note))


def ask(*, user: Participant, message: Request, now: datetime) -> Transition:
    """A new request waits."""
    record = RequestRecord(
        identifier=message.request,
        state=RequestState.WAITING,
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
    return Transition(life=Life(request=record), changed=True, entries=(entry,), effects=(Listed(), SayWaiting()))


def step(life: Life, happened: Input) -> Transition:
    """What becomes of `life` by what has happened."""
    draft = _Draft(life)
    happened(_Machine(draft, _cut if life.cut is not None else _STATES[life.request.state]))
    return Transition(
        life=draft.life,
        changed=draft.changed,
        session=draft.session,
        entries=tuple(draft.entries),
        effects=tuple(draft.effects),
    )


def deadline(life: Life, times: RequestTimes) -> tuple[datetime, Why] | None:
    """When the present state runs out, and what it is over for then; None where it lasts."""
    if life.cut is not None:
        return life.cut.at + timedelta(seconds=times.reason), life.cut.why
    state = life.request.state
    match state:
        case RequestState.WAITING:
            until = life.request.waiting_since + timedelta(seconds=times.waiting), Why.EXPIRED
            if life.away_since is None:
                return until
            return min(until, (life.away_since + timedelta(seconds=times.user_away), Why.USER_GONE))
        case RequestState.GRANTED:
            if life.session is None:
                return None
            return life.session.granted_at + timedelta(seconds=times.granted), Why.GRANT_EXPIRED
        case RequestState.ACTIVE | RequestState.OVER:
            return None
        case _:
            assert_never(state)


def tick(life: Life, now: datetime, times: RequestTimes) -> Transition | None:
    """The transition that time makes, if it is time for one."""
    due = deadline(life, times)
    if due is None or now < due[0]:
        return None
    actor = RELAY if life.cut is None else life.cut.actor
    return step(life, lambda machine: machine.ended(actor, due[1], now))
