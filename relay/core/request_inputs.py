"""What can happen to a request: the inputs of its machine (relay.core.requests)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

from common.protocol.messages import Mode, To
from common.protocol.reasons import Why
from relay.core.records import Participant
from relay.core.tickets import Side


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketLimits:
    """So many new tickets may one side ask for: before the session is active, and in one interruption."""

    before: int
    interrupted: int


@dataclass(frozen=True, kw_only=True, slots=True)
class LegsOver:
    """What the data plane said of a pair of legs that is no more. Bytes as in SessionRecord."""

    pair: int
    why: Why
    up: int = 0
    down: int = 0


class Inputs(Protocol):
    """What can happen to a request."""

    def asked_again(self) -> None:
        """The user's agent has sent the request again, on another connection where it is granted."""

    def reworded(self, topic: str, now: datetime) -> None:
        """The user says otherwise what it is about."""

    def left_as_call_back(self, until: datetime, now: datetime) -> None:
        """The user waits no longer in front of the screen: it stays in the queue until then, and the user is asked first."""

    def put_back(self, actor: str, why: Why, now: datetime) -> None:
        """A call back was taken, and no session came of it: it waits again."""

    def suits_again(self, helpers: frozenset[str]) -> None:
        """*Not now* was some time ago: these helpers (accounts) may take the call back again."""

    def renewed(self, participant: Participant, now: datetime) -> None:
        """The user or the helper, by the account, has another certificate from now on."""

    def user_left(self, now: datetime) -> None:
        """The connection that the user asked on is lost."""

    def accepted(
        self, helper: Participant, session: str, resumable: bool, now: datetime, *, most: Mode = Mode.CONTROL
    ) -> None:
        """A helper who may takes it, and its user's agent cannot be asked whether it is there, or need not be. `most`: no more is granted."""

    def wanted(self, helper: Participant, session: str, now: datetime) -> None:
        """A helper who may wants to take it: its user's agent is to be asked first."""

    def here(self, resumable: bool, now: datetime, *, most: Mode = Mode.CONTROL) -> None:
        """The user's agent is there: it said so, or it came back. `most`: no more is granted."""

    def not_here(self, now: datetime) -> None:
        """It did not answer in time."""

    def withdrawn(self, helper: str) -> None:
        """The helper of this account cannot take it any more: gone, or refused by the store."""

    def declined(self, helper: Participant, now: datetime) -> None:
        """A helper who may does not take it, and others are left."""

    def declined_by_all(self, actor: str, note: str, now: datetime) -> None:
        """The named helper, or the last one left, does not take it."""

    def ticket_wanted(self, side: Side, tickets: TicketLimits, now: datetime) -> None:
        """A side asks for a new ticket, and may have so many of them."""

    def told_again(self, side: Side) -> None:
        """The agent of a side whose ticket nobody has shown is back: perhaps the grant was lost. That costs it none of its tickets."""

    def mode_said(self, mode: Mode, now: datetime) -> None:
        """The user's agent, which decides it, says which mode its session has."""

    def spliced(self, pair: int, now: datetime) -> None:
        """Both legs of this pair are there."""

    def activated(self, now: datetime) -> None:
        """Both HELLOs were exchanged, at the beginning or once more."""

    def legs_over(self, legs: LegsOver, now: datetime) -> None:
        """The data plane has no leg of that pair any more."""

    def interrupted(self, why: Why, now: datetime) -> None:
        """Its legs are lost, and nobody has said that it is over: its agents may come back to it."""

    def session_ended(self, actor: str, why: Why, now: datetime) -> None:
        """Somebody ended the session, or says why it ended."""

    def parted(self, actor: str, why: Why, now: datetime) -> None:
        """An agent says that the session ended, and that it does not know more: the other one, or the legs, may."""

    def transferred(self, helper: Participant, to: To, note: str, now: datetime) -> None:
        """The helper hands it on to `to`, which was checked."""

    def retargeted(self, to: To) -> None:
        """What it was asked of is called `to` from now on: nothing else about it changes."""

    def cancelled(self, now: datetime) -> None:
        """The user wants it no more."""

    def ended(self, actor: str, why: Why, now: datetime) -> None:
        """It ends, whatever it is at: an operator, a disabled account, a newer request, a time that ran out."""


Input: TypeAlias = Callable[[Inputs], None]
"""One thing that happened: it calls one of the inputs on the machine that it is given."""
