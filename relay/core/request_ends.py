"""When a request's life goes on by itself: the time that runs out, and what a session's end makes of a call back."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import assert_never

from common.protocol.messages import Feature
from common.protocol.reasons import PUT_BACK, Why
from relay.core.life import RELAY, Life, RequestTimes, Transition
from relay.core.records import RequestState
from relay.core.request_draft import lost, state_of
from relay.core.request_inputs import Input
from relay.core.requests import step
from relay.core.tickets import Side

PUT_BACKS = 20
"""What was taken so often, and no session ever came of it, is over with the last one: something is wrong there."""


def _calls_back(life: Life, now: datetime) -> bool:
    """Whether it is a call back that was taken, that no session came of, and that may wait again."""
    until, session = life.request.call_back_until, life.session
    return until is not None and now < until and session is not None and life.put_backs < PUT_BACKS


def goes_back(life: Life, why: Why, now: datetime, *, features: Collection[str] = ()) -> bool:
    """Whether it waits again where its session ends so. `features`: what its user's agent understands.

    Where the helper's program was started anew before anything began, nobody has done anything yet: others may take it at once.
    """
    if why is Why.HELPER_RESTARTED and Feature.HELD in features and life.request.state is RequestState.GRANTED:
        return life.put_backs < PUT_BACKS
    return why in PUT_BACK and _calls_back(life, now)


def end_of(life: Life, actor: str, why: Why, now: datetime) -> Input:
    """What the end of its session is to it: over, or back to the queue."""
    if goes_back(life, why, now):
        return lambda machine: machine.put_back(actor, why, now)
    return lambda machine: machine.ended(actor, why, now)


def without_helper(life: Life, actor: str, why: Why, now: datetime) -> Input:
    """Its helper may not stay (disabled, revoked): over, but for a call back, to whose user that is nothing."""
    if _calls_back(life, now):
        return lambda machine: machine.put_back(actor, why, now)
    return lambda machine: machine.ended(actor, why, now)


def _not_back(life: Life) -> Why:
    """Of an interruption that nobody ended in time: which side did not come back."""
    missing = set(Side) - life.legs.back
    return (
        {Side.USER: Why.USER_NOT_BACK, Side.HELPER: Why.HELPER_NOT_BACK}[missing.pop()]
        if len(missing) == 1
        else Why.NOT_BACK
    )


def deadline(life: Life, times: RequestTimes) -> tuple[datetime, Why] | None:
    """When the present state runs out, and for what then; None where it lasts."""
    session = life.session
    if life.cut is not None:
        return life.cut.at + timedelta(seconds=times.reason), life.cut.why
    if life.probed is not None:
        return life.probed.at + timedelta(seconds=times.probe), Why.NOT_HERE
    if session is not None and session.interrupted_at is not None:
        return session.interrupted_at + timedelta(seconds=times.interrupted), _not_back(life)
    state = life.request.state
    match state:
        case RequestState.WAITING if life.request.call_back_until is not None:
            return life.request.call_back_until, Why.EXPIRED
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


def next_at(life: Life, times: RequestTimes) -> datetime | None:
    """When time does something next; None where it does not."""
    due = deadline(life, times)
    moments = [due[0]] if due is not None else []
    if life.request.state is RequestState.WAITING:
        moments += [at + timedelta(seconds=times.not_now) for at in life.not_now.values()]
    return min(moments, default=None)


def _run_out(life: Life, why: Why, now: datetime) -> Input:
    if life.probed is not None:
        return lambda machine: machine.not_here(now)
    if state_of(life) is lost:
        return lambda machine: machine.interrupted(why, now)
    return end_of(life, RELAY if life.cut is None else life.cut.actor, why, now)


def tick(life: Life, now: datetime, times: RequestTimes) -> Transition | None:
    """The transition that time makes, if it is time for one."""
    due = deadline(life, times)
    if due is not None and now >= due[0]:
        return step(life, _run_out(life, due[1], now))
    since = now - timedelta(seconds=times.not_now)
    helpers = frozenset(account for account, at in life.not_now.items() if at <= since)
    if not helpers or life.request.state is not RequestState.WAITING:
        return None
    return step(life, lambda machine: machine.suits_again(helpers))
