"""What the relay's rooms ask of each other: the dataplane's side of a session, and why a certificate is not kept."""

from enum import StrEnum
from typing import Protocol

from common.protocol.reasons import Why
from relay.core.tickets import Side


class SessionEnder(Protocol):
    """What matching needs of the dataplane."""

    def end(self, session: str, why: Why) -> bool:
        """End its legs, after what is under way was delivered. True where it had one: then its end is reported, later."""

    def unpark(self, session: str, side: Side) -> None:
        """Close that side's leg if it is parked: its agent has asked for a new ticket."""


class NotKept(StrEnum):
    """Why the relay does not keep a certificate that the CA has issued, so that its agent does not get it."""

    NO_ACCOUNT = "no_account"
    ACCOUNT_DISABLED = "account_disabled"
    BAD_CERTIFICATE = "bad_certificate"  # not one of the CA's
    UNWRITABLE = "unwritable"
    REFUSED = "refused"  # by the store, for what it is


class EnrolmentError(Exception):
    """A certificate is not kept: `code` says why, the text is for the log."""

    def __init__(self, code: NotKept, text: str) -> None:
        super().__init__(text)
        self.code = code
