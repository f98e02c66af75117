"""What the relay's rooms say to each other: why a certificate is not kept."""

from enum import StrEnum


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
