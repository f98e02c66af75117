"""A request's life, from asking to over, with the session that it has meanwhile.

A Life is a value. `step` gives its machine one input and returns a Transition: the life after it, what to write and what
to do; nothing has changed until the caller adopts the new life, which it does after the commit. So a commit that fails leaves
everything as it was. Inputs that are late but legal have transitions that do nothing, or refuse.

waiting → granted → active → over, and from granted or active back to waiting by a transfer. Between waiting and granted lies
*probing* (relay.core.probing), from active on *interrupted* (relay.core.breaks). *Cut* lies before over: the legs are gone, and the
agents have a moment to say why. Of these the store knows *interrupted* alone.

Who may do what was asked before (relay.core.permissions). Nothing here ever grants by a timer.
"""

from dataclasses import replace
from datetime import datetime

from common.protocol.messages import Code, Mode, Request, To
from common.protocol.reasons import NOT_NOW, Why
from relay.core import breaks, probing
from relay.core.life import (
    Life,
    Listed,
    NotFor,
    SayOver,
    SayWaiting,
    Transition,
)
from relay.core.queue import describe
from relay.core.records import AuditEntry, Participant, RequestRecord, RequestState
from relay.core.request_draft import (
    BUILDER,
    UNASKED,
    WITH_SESSION,
    Draft,
    active,
    broken,
    cut,
    granted,
    interrupted,
    lost,
    nothing,
    over,
    refuse,
    state_of,
    waiting,
)
from relay.core.request_draft import probing as probing_state
from relay.core.request_inputs import Input, Inputs

_ = breaks, probing  # what lies there belongs to the same machine


@waiting.upon(Inputs.asked_again).loop()
@probing_state.upon(Inputs.asked_again).loop()
def _take_up(_: Inputs, draft: Draft) -> None:
    was_away, unreachable = draft.life.away_since is not None, draft.life.unreachable
    draft.life = replace(draft.life, away_since=None, unreachable=False)
    if unreachable or (was_away and draft.request.call_back_until is not None):
        draft.effects.append(Listed())  # helpers see that it can be taken now
    draft.effects.append(SayWaiting())


@waiting.upon(Inputs.reworded).loop()
@probing_state.upon(Inputs.reworded).loop()
def _reword(_: Inputs, draft: Draft, topic: str, now: datetime) -> None:
    draft.life = replace(draft.life, request=replace(draft.request, topic=topic))
    draft.changed = True
    draft.log(now, draft.request.user.uri, "request.reworded")
    draft.effects.append(Listed())


@waiting.upon(Inputs.left_as_call_back).loop()
@probing_state.upon(Inputs.left_as_call_back).loop()
def _leave_as_call_back(_: Inputs, draft: Draft, until: datetime, now: datetime) -> None:
    draft.life = replace(draft.life, request=replace(draft.request, call_back_until=until))
    draft.changed = True
    draft.log(now, draft.request.user.uri, "request.call_back", until=until.isoformat())
    draft.effects.append(Listed())


@waiting.upon(Inputs.user_left).loop()
@probing_state.upon(Inputs.user_left).loop()
def _hold(_: Inputs, draft: Draft, now: datetime) -> None:
    draft.life = replace(draft.life, away_since=now)
    if draft.request.call_back_until is not None:
        draft.effects.append(Listed())  # helpers see that it cannot be taken now


@waiting.upon(Inputs.accepted).to(granted)
def _grant(
    _: Inputs,
    draft: Draft,
    helper: Participant,
    session: str,
    resumable: bool,
    now: datetime,
    *,
    most: Mode = Mode.CONTROL,
) -> None:
    draft.grant(helper, session, resumable=resumable, now=now, most=most)


@waiting.upon(Inputs.declined).loop()
@probing_state.upon(Inputs.declined).loop()
def _decline(_: Inputs, draft: Draft, helper: Participant, now: datetime) -> None:
    request, probed = replace(draft.request, declined=draft.request.declined | {helper.account}), draft.life.probed
    mine = probed is not None and probed.helper.account == helper.account  # who wanted it has thought again
    draft.life = replace(draft.life, request=request, probed=None if mine else probed)
    draft.changed = True
    draft.log(now, helper.uri, "request.declined")
    draft.effects.append(NotFor(helper.account))


@waiting.upon(Inputs.declined_by_all).to(over)
@probing_state.upon(Inputs.declined_by_all).to(over)
def _declined_by_all(_: Inputs, draft: Draft, actor: str, note: str, now: datetime) -> None:
    draft.finish(actor, Why.DECLINED, now, note)


@granted.upon(Inputs.session_ended).to(over)
@broken.upon(Inputs.session_ended).to(over)
@active.upon(Inputs.session_ended).to(over)
@lost.upon(Inputs.session_ended).to(over)
@interrupted.upon(Inputs.session_ended).to(over)
@cut.upon(Inputs.session_ended).to(over)
@waiting.upon(Inputs.ended).to(over)
@probing_state.upon(Inputs.ended).to(over)
@granted.upon(Inputs.ended).to(over)
@broken.upon(Inputs.ended).to(over)
@active.upon(Inputs.ended).to(over)
@lost.upon(Inputs.ended).to(over)
@interrupted.upon(Inputs.ended).to(over)
@cut.upon(Inputs.ended).to(over)
def _end(_: Inputs, draft: Draft, actor: str, why: Why, now: datetime) -> None:
    draft.finish(actor, why, now)


@granted.upon(Inputs.put_back).to(waiting)
@broken.upon(Inputs.put_back).to(waiting)
@cut.upon(Inputs.put_back).to(waiting)
def _put_back(_: Inputs, draft: Draft, actor: str, why: Why, now: datetime) -> None:
    helper = draft.live.helper.account
    facts = draft.close_session(why, now)
    draft.become(replace(draft.request, state=RequestState.WAITING, session=None))
    not_now = {**draft.life.not_now, helper: now} if why in NOT_NOW else draft.life.not_now
    draft.life = replace(draft.life, put_backs=draft.life.put_backs + 1, not_now=not_now)
    draft.log(now, actor, "request.put_back", **{"why": why, **facts})
    draft.effects += [Listed(), SayWaiting()]


@waiting.upon(Inputs.suits_again).loop()
@probing_state.upon(Inputs.suits_again).loop()
def _suit_again(_: Inputs, draft: Draft, helpers: frozenset[str]) -> None:
    left = {account: at for account, at in draft.life.not_now.items() if account not in helpers}
    draft.life = replace(draft.life, not_now=left)
    draft.effects.append(Listed())


@waiting.upon(Inputs.cancelled).to(over)
@probing_state.upon(Inputs.cancelled).to(over)
@granted.upon(Inputs.cancelled).to(over)
@broken.upon(Inputs.cancelled).to(over)
def _cancel(_: Inputs, draft: Draft, now: datetime) -> None:
    draft.finish(draft.request.user.uri, Why.CANCELLED, now)


@active.upon(Inputs.cancelled).to(over)
@lost.upon(Inputs.cancelled).to(over)
@interrupted.upon(Inputs.cancelled).to(over)
def _cancel_session(_: Inputs, draft: Draft, now: datetime) -> None:
    draft.finish(draft.request.user.uri, Why.USER_ENDED, now)


@cut.upon(Inputs.cancelled).to(over)
def _cancel_remains(_: Inputs, draft: Draft, now: datetime) -> None:
    """The user gives up what was cut already, to ask again: that did not end it."""
    draft.finish(draft.request.user.uri, draft.life.cut.why if draft.life.cut is not None else Why.CUT, now)


# Also before the user's agent has said that both are connected: the helper's agent knows that a moment earlier.
@granted.upon(Inputs.transferred).to(waiting)
@active.upon(Inputs.transferred).to(waiting)
@interrupted.upon(Inputs.transferred).to(waiting)
def _transfer(_: Inputs, draft: Draft, helper: Participant, to: To, note: str, now: datetime) -> None:
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


@waiting.upon(Inputs.renewed).loop()
@probing_state.upon(Inputs.renewed).loop()
@granted.upon(Inputs.renewed).loop()
@broken.upon(Inputs.renewed).loop()
@active.upon(Inputs.renewed).loop()
@lost.upon(Inputs.renewed).loop()
@interrupted.upon(Inputs.renewed).loop()
@cut.upon(Inputs.renewed).loop()
def _renew(_: Inputs, draft: Draft, participant: Participant, now: datetime) -> None:
    def present(old: Participant) -> Participant:
        return participant if old.account == participant.account else old

    request, session = draft.request, draft.life.session
    if session is not None:
        session = draft.session = replace(session, user=present(session.user), helper=present(session.helper))
    draft.life = replace(draft.life, request=replace(request, user=present(request.user)), session=session)
    draft.changed = True
    if request.state is RequestState.WAITING and draft.request.user.name != request.user.name:
        draft.effects.append(Listed())  # helpers expect the name that they were shown
    draft.log(now, participant.uri, "request.renewed", certificate=participant.certificate)


@waiting.upon(Inputs.retargeted).loop()
@probing_state.upon(Inputs.retargeted).loop()
def _retarget_waiting(_: Inputs, draft: Draft, to: To) -> None:
    draft.life = replace(draft.life, request=replace(draft.request, to=to))
    draft.changed = True
    draft.effects += [Listed(), SayWaiting()]


@granted.upon(Inputs.retargeted).loop()
@broken.upon(Inputs.retargeted).loop()
@active.upon(Inputs.retargeted).loop()
@lost.upon(Inputs.retargeted).loop()
@interrupted.upon(Inputs.retargeted).loop()
@cut.upon(Inputs.retargeted).loop()
def _retarget(_: Inputs, draft: Draft, to: To) -> None:
    draft.life = replace(draft.life, request=replace(draft.request, to=to))
    draft.changed = True


@over.upon(Inputs.asked_again).loop()
def _say_over(_: Inputs, draft: Draft) -> None:
    draft.effects.append(SayOver(draft.request.why or Why.FAILED))


for _state in (*UNASKED, active, lost, interrupted, over):
    _state.upon(Inputs.put_back).loop()(nothing)
for _state in (*WITH_SESSION, over):
    _state.upon(Inputs.left_as_call_back).loop()(nothing)
    _state.upon(Inputs.suits_again).loop()(nothing)
    _state.upon(Inputs.user_left).loop()(nothing)
    _state.upon(Inputs.reworded).loop()(nothing)
    _state.upon(Inputs.accepted).loop()(refuse(Code.TOO_LATE))
    _state.upon(Inputs.declined).loop()(nothing)
    _state.upon(Inputs.declined_by_all).loop()(nothing)
for _state in (*UNASKED, over):
    _state.upon(Inputs.session_ended).loop()(nothing)
for _state in UNASKED:
    _state.upon(Inputs.transferred).loop()(refuse(Code.NOT_NOW))
for _state in (broken, lost, cut, over):
    _state.upon(Inputs.transferred).loop()(refuse(Code.TOO_LATE))
over.upon(Inputs.renewed).loop()(nothing)
over.upon(Inputs.retargeted).loop()(nothing)
over.upon(Inputs.cancelled).loop()(nothing)
over.upon(Inputs.ended).loop()(nothing)

_Machine = BUILDER.build()


def ask(*, user: Participant, message: Request, now: datetime, call_back_until: datetime | None = None) -> Transition:
    """A new request waits, as a call back where it says until when."""
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
        call_back_until=call_back_until,
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
    draft = Draft(life)
    happened(_Machine(draft, state_of(life)))
    return Transition(
        life=draft.life,
        changed=draft.changed,
        session=draft.session,
        entries=tuple(draft.entries),
        effects=tuple(draft.effects),
    )
