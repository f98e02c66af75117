"""What can happen to a request: the inputs of its machine (relay.core.requests)."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeAlias

from common.protocol.messages import To
from common.protocol.reasons import Why
from relay.core.records import Participant
from relay.core.tickets import Side


class Inputs(Protocol):
    """What can happen to a request."""

    def asked_again(self, tickets_per_session: int) -> None:
        """The user's agent has sent the request again; it may have so many new tickets."""

    def reworded(self, topic: str, now: datetime) -> None:
        """The user says otherwise what it is about."""

    def renewed(self, participant: Participant, now: datetime) -> None:
        """The user or the helper, by the account, has another certificate from now on."""

    def user_left(self, now: datetime) -> None:
        """The connection that the user asked on is lost."""

    def accepted(self, helper: Participant, session: str, now: datetime) -> None:
        """A helper who may takes it."""

    def declined(self, helper: Participant, now: datetime) -> None:
        """A helper who may does not take it, and others are left."""

    def declined_by_all(self, actor: str, note: str, now: datetime) -> None:
        """The named helper, or the last one left, does not take it."""

    def ticket_wanted(self, side: Side, tickets_per_session: int) -> None:
        """A side asks for a new ticket, and may have so many of them."""

    def spliced(self, now: datetime) -> None:
        """Both legs are there."""

    def activated(self, now: datetime) -> None:
        """Both HELLOs were exchanged."""

    def legs_over(self, why: Why, up: int, down: int, now: datetime) -> None:
        """The dataplane has no leg of the session any more."""

    def session_ended(self, actor: str, why: Why, now: datetime) -> None:
        """Somebody ended the session, or says why it ended."""

    def parted(self, actor: str, why: Why, now: datetime) -> None:
        """An agent says that the session ended, and that it does not know more: the other one, or the legs, may."""

    def transferred(self, helper: Participant, to: To, note: str, now: datetime) -> None:
        """The helper hands it on to `to`, which was checked."""

    def cancelled(self, now: datetime) -> None:
        """The user wants it no more."""

    def ended(self, actor: str, why: Why, now: datetime) -> None:
        """It ends, whatever it is at: an operator, a disabled account, a newer request, a time that ran out."""


Input: TypeAlias = Callable[[Inputs], None]
"""One thing that happened: it calls one of the inputs on the machine that it is given."""
