"""Requests at each point of their lives, for transcripts of the pure machine."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from common.protocol.messages import Mode, Request, ToHelper
from common.protocol.reasons import Why
from relay.core import requests
from relay.core.life import Life, Transition
from relay.core.request_inputs import Input, LegsOver, TicketLimits
from relay.settings import RelayTiming
from tests.support.clock import START
from tests.support.people import ANNA, HANA, participant, uri

ID: Final = "a" * 32
SESSION: Final = "b" * 32
TIMES: Final = RelayTiming()
TICKETS: Final = TicketLimits(before=3, interrupted=10)


def later(seconds: float) -> datetime:
    """A moment after the start."""
    return START + timedelta(seconds=seconds)


def after(life: Life, *inputs: Input) -> Life:
    """What becomes of it by all of these, one after the other."""
    for one in inputs:
        life = requests.step(life, one).life
    return life


def ended_legs(pair: int = 0, why: Why = Why.HELPER_GONE, *, up: int = 7, down: int = 9) -> Input:
    """The data plane has no leg of this pair any more."""
    return lambda machine: machine.legs_over(LegsOver(pair=pair, why=why, up=up, down=down), START)


def asked(mode: Mode = Mode.CONTROL) -> Life:
    """A request that waits."""
    message = Request(request=ID, to=ToHelper(uri=uri(HANA)), mode=mode, topic="printer")
    return requests.ask(user=participant(ANNA), message=message, now=START).life


def probed() -> Life:
    """Hana wants it, and the user's agent was asked whether it is there."""
    return after(asked(), lambda machine: machine.wanted(participant(HANA), SESSION, START))


def granted(*, resumable: bool = True) -> Life:
    """A request that Hana took."""
    return after(asked(), lambda machine: machine.accepted(participant(HANA), SESSION, resumable, START))


def spliced(*, resumable: bool = True) -> Life:
    """Both legs are there."""
    return after(granted(resumable=resumable), lambda machine: machine.spliced(0, START))


def active(*, resumable: bool = True) -> Life:
    """Both HELLOs were exchanged."""
    return after(spliced(resumable=resumable), lambda machine: machine.activated(START))


def broken() -> Life:
    """The legs of a session are lost that had not become active yet."""
    return after(spliced(), ended_legs())


def lost() -> Life:
    """The legs of an active session are lost a moment ago."""
    return after(active(), ended_legs())


def interrupted() -> Life:
    """Nobody has said that it is over."""
    return after(lost(), lambda machine: machine.interrupted(Why.HELPER_GONE, START))


def cut() -> Life:
    """An agent says that the session is over, and knows no more."""
    return after(active(), lambda machine: machine.parted(uri(HANA), Why.CUT, START))


def over() -> Life:
    """A cancelled request."""
    return after(asked(), lambda machine: machine.cancelled(START))


LIVES: Final[dict[str, Callable[[], Life]]] = {
    "waiting": asked,
    "probing": probed,
    "granted": granted,
    "broken": broken,
    "active": active,
    "lost": lost,
    "interrupted": interrupted,
    "cut": cut,
    "over": over,
}
"""A life in each state of the machine, of a session that can be taken up again."""


def events(transition: Transition) -> list[str]:
    """The names of the audit entries."""
    return [entry.event for entry in transition.entries]


def without_session(life: Life) -> Life:
    """As after a fault: the record is not there."""
    return replace(life, session=None)
