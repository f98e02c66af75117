"""A session's legs in its request's machine: tickets for them, joined, lost, and taken up again.

What is said of a pair that is not the present one changes nothing but the count of bytes. A session that both agents can take up
again (`resumable`) outlives its legs: *lost* for a moment, in which somebody may say that it is over, then *interrupted* until
the user's agent says that both are connected once more.
"""

from dataclasses import replace
from datetime import datetime

from common.protocol.messages import Code, Mode
from common.protocol.reasons import Why
from relay.core.life import RELAY, Cut, DropLegs, Grant, Legs, Refuse
from relay.core.records import RequestState, SessionRecord
from relay.core.request_draft import (
    UNASKED,
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
)
from relay.core.request_inputs import Inputs, LegsOver, TicketLimits
from relay.core.tickets import Side

# tickets


def _asked(session: SessionRecord, side: Side) -> int:
    return session.retickets_user if side is Side.USER else session.retickets_helper


def _count(draft: Draft, side: Side, most: int) -> bool:
    """Count one more new ticket of this side; False where it may not have it."""
    session = draft.live
    asked = _asked(session, side)
    if asked >= most:
        draft.effects.append(Refuse(Code.TOO_MANY))
        return False
    if side is Side.USER:
        session = replace(session, retickets_user=asked + 1)
    else:
        session = replace(session, retickets_helper=asked + 1)
    draft.life = replace(draft.life, session=session)
    return True


def _next_pair(draft: Draft, side: Side) -> None:
    """New tickets for both, of a next pair: whatever there is of the present one ends."""
    legs = draft.life.legs
    if legs.joined:
        draft.effects.append(DropLegs(draft.live.identifier))
    draft.life = replace(draft.life, cut=None, legs=Legs(pair=legs.pair + 1, back=legs.back))
    draft.effects += [Grant(side), Grant(side.other)]


@granted.upon(Inputs.asked_again).loop()
def _grant_again(_: Inputs, draft: Draft) -> None:
    # An agent sends a request again for as long as it has not heard of a session: this one was lost on the way. Once
    # for each connection (relay.matching.handlers), so that nothing has to be counted.
    _tell_again(_, draft, Side.USER)


@granted.upon(Inputs.told_again).loop()
def _tell_again(_: Inputs, draft: Draft, side: Side) -> None:
    if draft.live.spliced_at is None:
        draft.effects.append(Grant(side))


@granted.upon(Inputs.ticket_wanted).loop()
@broken.upon(Inputs.ticket_wanted).to(granted)
def _ticket_before(_: Inputs, draft: Draft, side: Side, tickets: TicketLimits, now: datetime) -> None:
    del now
    spent = draft.life.legs.spent
    if spent and not draft.live.resumable:
        draft.effects.append(Refuse(Code.NOT_NOW))  # a second way in
    elif _count(draft, side, tickets.before):
        if spent:
            _next_pair(draft, side)
        else:
            draft.effects.append(Grant(side))


@active.upon(Inputs.ticket_wanted).to(interrupted)
@lost.upon(Inputs.ticket_wanted).to(interrupted)
def _come_back(_: Inputs, draft: Draft, side: Side, tickets: TicketLimits, now: datetime) -> None:
    if not draft.live.resumable:
        draft.effects.append(Refuse(Code.NOT_NOW))
        return
    session, cut_off = draft.live, draft.life.cut
    who = session.user if side is Side.USER else session.helper
    _interrupt(draft, who.uri, Why.CUT if cut_off is None else cut_off.why, now)
    _ticket_again(_, draft, side, tickets, now)


@interrupted.upon(Inputs.ticket_wanted).loop()
def _ticket_again(_: Inputs, draft: Draft, side: Side, tickets: TicketLimits, now: datetime) -> None:
    del now
    if not _count(draft, side, tickets.interrupted):
        return
    legs = draft.life.legs
    draft.life = replace(draft.life, legs=replace(legs, back=legs.back | {side}))
    if legs.spent:
        _next_pair(draft, side)
    else:
        draft.effects.append(Grant(side))


# joined


@granted.upon(Inputs.spliced).loop()
@interrupted.upon(Inputs.spliced).loop()
def _spliced(_: Inputs, draft: Draft, pair: int, now: datetime) -> None:
    # Written with the next transition: a splice changes nothing that anybody decides by after a restart.
    legs, session = draft.life.legs, draft.live
    if pair == legs.pair:
        session = replace(session, spliced_at=session.spliced_at or now)
        draft.life = replace(draft.life, session=session, legs=replace(legs, joined=True, spent=True))


@granted.upon(Inputs.activated).to(active)
@broken.upon(Inputs.activated).to(lost)
def _activate(_: Inputs, draft: Draft, now: datetime) -> None:
    cut_off, session = draft.life.cut, draft.live
    request = replace(draft.request, state=RequestState.ACTIVE, call_back_until=None)
    draft.become(request, replace(session, active_at=now))
    draft.life = replace(draft.life, cut=cut_off)
    draft.log(now, request.user.uri, "request.active", session=session.identifier, helper=session.helper.uri)


@interrupted.upon(Inputs.activated).to(active)
def _resume(_: Inputs, draft: Draft, now: datetime) -> None:
    session = draft.live
    since = session.interrupted_at
    if not draft.life.legs.joined or since is None:
        draft.effects.append(Refuse(Code.NOT_NOW))  # without legs there was no HELLO
        return
    draft.keep(replace(session, interrupted_at=None))
    facts = {"session": session.identifier, "helper": session.helper.uri}
    seconds = round((now - since).total_seconds())
    draft.log(now, session.user.uri, "request.resumed", **facts, interruption=session.interruptions, seconds=seconds)


@active.upon(Inputs.mode_said).loop()
@lost.upon(Inputs.mode_said).loop()
@interrupted.upon(Inputs.mode_said).loop()
def _say_mode(_: Inputs, draft: Draft, mode: Mode, now: datetime) -> None:
    session = draft.live
    if session.last_mode is mode:
        return  # said again: it is recorded
    draft.keep(replace(session, last_mode=mode, mode_changes=session.mode_changes + (session.last_mode is not None)))
    facts = {"session": session.identifier, "helper": session.helper.uri, "mode": mode}
    draft.log(now, session.user.uri, "request.mode", **facts)


# lost


def _lose(draft: Draft, over: LegsOver) -> bool:
    """Count the bytes; whether it was the present pair that is over."""
    session, legs = draft.live, draft.life.legs
    if over.pair == legs.pair and legs.spent and not legs.joined:
        return False  # known
    session = replace(session, up=(session.up or 0) + over.up, down=(session.down or 0) + over.down)
    draft.life = replace(draft.life, session=session)
    if over.pair != legs.pair:
        return False
    draft.life = replace(draft.life, legs=replace(legs, joined=False, spent=True))
    return True


@granted.upon(Inputs.legs_over).to(cut)
@active.upon(Inputs.legs_over).to(cut)
def _legs_over(_: Inputs, draft: Draft, legs: LegsOver, now: datetime) -> None:
    if _lose(draft, legs):
        draft.life = replace(draft.life, cut=Cut(at=now, why=legs.why))


@interrupted.upon(Inputs.legs_over).loop()
def _legs_over_at_last(_: Inputs, draft: Draft, legs: LegsOver, now: datetime) -> None:
    # Written at once: the relay may be about to stop, and nothing else of this pair will come.
    del now
    before = draft.live
    _lose(draft, legs)
    if draft.live != before:
        draft.keep(draft.live)


@broken.upon(Inputs.legs_over).loop()
@lost.upon(Inputs.legs_over).loop()
def _legs_over_again(_: Inputs, draft: Draft, legs: LegsOver, now: datetime) -> None:
    del now
    _lose(draft, legs)


@cut.upon(Inputs.legs_over).loop()
def _legs_over_too(_: Inputs, draft: Draft, legs: LegsOver, now: datetime) -> None:
    """What the relay has seen itself stands before what an agent knows no more of."""
    known = draft.life.cut
    if _lose(draft, legs) and known is not None and known.actor != RELAY:
        draft.life = replace(draft.life, cut=Cut(at=now, why=legs.why, said=known.said))


@granted.upon(Inputs.parted).to(cut)
@broken.upon(Inputs.parted).to(cut)
@active.upon(Inputs.parted).to(cut)
@lost.upon(Inputs.parted).to(cut)
@interrupted.upon(Inputs.parted).to(cut)
def _part(_: Inputs, draft: Draft, actor: str, why: Why, now: datetime) -> None:
    known = draft.life.cut
    if known is None:
        draft.life = replace(draft.life, cut=Cut(at=now, why=why, actor=actor, said=True))
    else:
        draft.life = replace(draft.life, cut=replace(known, said=True))


def _interrupt(draft: Draft, actor: str, why: Why, now: datetime) -> None:
    session = replace(
        draft.live,
        interrupted_at=now,
        interruptions=draft.live.interruptions + 1,
        retickets_user=0,
        retickets_helper=0,
    )
    draft.keep(session)
    draft.life = replace(draft.life, cut=None, legs=replace(draft.life.legs, spent=True, back=frozenset()))
    facts = {"why": why, "session": session.identifier, "helper": session.helper.uri}
    draft.log(now, actor, "request.interrupted", **facts, interruption=session.interruptions)


@active.upon(Inputs.interrupted).to(interrupted)
@lost.upon(Inputs.interrupted).to(interrupted)
def _interrupted(_: Inputs, draft: Draft, why: Why, now: datetime) -> None:
    if draft.life.legs.joined:
        draft.effects.append(DropLegs(draft.live.identifier))
    _interrupt(draft, RELAY, why, now)


# late

for _state in (*UNASKED, cut, over):
    _state.upon(Inputs.ticket_wanted).loop()(refuse(Code.NOT_NOW))
    _state.upon(Inputs.activated).loop()(nothing)
for _state in (active, lost):
    _state.upon(Inputs.activated).loop()(nothing)
for _state in (*UNASKED, broken, active, lost, cut, over):
    _state.upon(Inputs.spliced).loop()(nothing)
for _state in (*UNASKED, over):
    _state.upon(Inputs.legs_over).loop()(nothing)
for _state in (*UNASKED, cut, over):
    _state.upon(Inputs.parted).loop()(nothing)
for _state in (*UNASKED, granted, broken, interrupted, cut, over):
    _state.upon(Inputs.interrupted).loop()(nothing)
for _state in (broken, active, lost, interrupted, cut):
    _state.upon(Inputs.asked_again).loop()(nothing)
for _state in (*UNASKED, granted, broken):
    _state.upon(Inputs.mode_said).loop()(refuse(Code.NOT_NOW))
for _state in (cut, over):
    _state.upon(Inputs.mode_said).loop()(nothing)
for _state in (*UNASKED, broken, active, lost, interrupted, cut, over):
    _state.upon(Inputs.told_again).loop()(nothing)
