"""What can happen to a request: the inputs of its machine (relay.core.requests)."""

from datetime import datetime
from typing import Protocol

from common.protocol.messages import To
from common.protocol.reasons import Why
from relay.core.records import Person
from relay.core.tickets import Side


class Inputs(Protocol):
    """What can happen to a request."""

    def asked_again(self, limit: int) -> None:
        """The user's agent has sent the request again; it may have `limit` new tickets."""

    def reworded(self, topic: str, now: datetime) -> None:
        """The user says otherwise what it is about."""

    def renewed(self, person: Person, now: datetime) -> None:
        """The user or the helper, by the account, has another certificate from now on."""

    def user_left(self, now: datetime) -> None:
        """The connection that the user asked on is lost."""

    def accepted(self, helper: Person, session: str, now: datetime) -> None:
        """A helper who may takes it."""

    def declined(self, helper: Person, now: datetime) -> None:
        """A helper who may does not take it, and others are left."""

    def declined_by_all(self, actor: str, note: str, now: datetime) -> None:
        """The named helper, or the last one left, does not take it."""

    def ticket_wanted(self, side: Side, limit: int) -> None:
        """A side asks for a new ticket, and may have `limit` of them."""

    def spliced(self, now: datetime) -> None:
        """Both legs are there."""

    def activated(self, now: datetime) -> None:
        """Both HELLOs were exchanged."""

    def legs_over(self, why: Why, up: int, down: int, now: datetime) -> None:
        """The dataplane has no leg of the session any more."""

    def session_ended(self, actor: str, why: Why, now: datetime) -> None:
        """Somebody ended the session, or says why it ended."""

    def transferred(self, helper: Person, to: To, note: str, now: datetime) -> None:
        """The helper hands it on to `to`, which was checked."""

    def cancelled(self, now: datetime) -> None:
        """The user wants it no more."""

    def ended(self, actor: str, why: Why, now: datetime) -> None:
        """It ends, whatever it is at: an operator, a disabled account, a newer request, a time that ran out."""
