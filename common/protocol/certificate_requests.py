"""What goes between an agent, the relay and the CA to get a certificate: bodies of `POST /api/v1/enrol` and `/renew`.

The relay passes them on as they are. Bytes are base64 in JSON. Certificates are DER, a chain has its leaf first.
"""

from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Final

import msgspec

from common.protocol.computer_claim import NOT_SAID, ComputerClaim
from common.protocol.identity import Role
from common.protocol.texts import MaybeName, Name, Word

CERTIFICATE_LIMIT: Final = 16 * 1024
"""A certificate or certificate request longer than this many bytes is malformed."""
_Der = Annotated[bytes, msgspec.Meta(min_length=1, max_length=CERTIFICATE_LIMIT)]


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """Who somebody says they are who enrols with a line for many; the proof covers both, and the computer's name."""

    name: Name
    login: Name


class EnrolRequest(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="enrol"):
    """Make me a certificate: `id` and `proof` as `common.protocol.enrolment` makes them from the code (both hex).

    `computer`: on which computer the agent runs, for the operator's list. `claims`: with a line for many, and only then. `address`: where it
    comes from, as the relay sees it; what an agent says there is not passed on.
    """

    id: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$", max_length=64)]
    role: Role
    csr: _Der
    proof: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$", max_length=64)]
    computer: ComputerClaim = NOT_SAID
    claims: Claims | None = None
    address: Word = ""


class RenewRequest(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="renew"):
    """Make me a new certificate for the old one: `signature` by the old key over `renewal_challenge(csr)`."""

    csr: _Der
    chain: Annotated[list[_Der], msgspec.Meta(min_length=1, max_length=4)]
    signature: Annotated[bytes, msgspec.Meta(min_length=1, max_length=256)]


class RelayCertificateRequest(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="relay-certificate"):
    """The relay's own certificate (mailbox only). Its host names come from the CA's settings, never from here."""

    csr: _Der


class RevokeRequest(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="revoke"):
    """Revoke all that this account has, or with `serial` one computer's certificates (mailbox only).

    `superseded`: only that certificate and those it was renewed from, for a newer one has taken their place.
    """

    account: Word
    serial: Word = ""
    superseded: bool = False


class Revoked(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="revoked"):
    """What was asked for is revoked, and stands on the next list: so many certificates were not before."""

    count: int


class Knock(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="knock"):
    """Is the CA there? (Mailbox only.) One from before there was this question refuses it, which says as well that it is there."""


class AuthorityPresent(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="here"):
    """It is. `time` is its wall clock, Unix seconds: believed for nothing but a warning that two clocks differ."""

    time: float


class SignHeadRequest(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="sign-head"):
    """Sign this head of the audit log (mailbox only): the row of this number has this digest (hex)."""

    number: Annotated[int, msgspec.Meta(ge=1, le=2**53)]
    digest: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$", max_length=64)]


class HeadSigned(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="head-signed"):
    """The signed head, as common.protocol.audit_heads has it."""

    document: bytes


CertificateRequest = EnrolRequest | RenewRequest | RelayCertificateRequest


class Issued(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="issued"):
    """The certificate. `account`, `role` and `name` are empty for the relay's own; `not_after` is Unix seconds."""

    chain: list[bytes]
    serial: Word
    not_after: float
    account: Word = ""
    role: Word = ""
    name: MaybeName = ""
    organisation: MaybeName = ""


class Root(msgspec.Struct, frozen=True, kw_only=True):
    """The organisation's root, as the relay hands it to who holds an enrolment line: `root` is DER, and counts only if it hashes to the line's ROOT."""

    root: bytes


class Refusal(StrEnum):
    """Why there is no certificate."""

    MALFORMED = "malformed"
    CODE_UNKNOWN = "code_unknown"
    CODE_USED = "code_used"
    CODE_EXPIRED = "code_expired"
    CODE_REVOKED = "code_revoked"
    BAD_PROOF = "bad_proof"
    WRONG_ROLE = "wrong_role"
    NAME_TAKEN = "name_taken"
    BAD_CERTIFICATE = "bad_certificate"
    BAD_SIGNATURE = "bad_signature"
    REVOKED = "revoked"
    TOO_OLD = "too_old"  # expired longer ago than renewal reaches
    ACCOUNT_DISABLED = "account_disabled"  # said by the relay, whose store knows
    WAITS = "waits"  # with a line for many, until an operator says yes: again after `retry_after`
    SAID_NO = "said_no"  # the operator did
    LINE_FULL = "line_full"  # as many have come with the line for many as it is for
    ADDRESS_FULL = "address_full"  # as many wait with it from one address as may
    TOO_MANY = "too_many"  # certificates of this account that are still valid
    HEAD_LOWER = "head_lower"  # a head of the audit log whose number is lower than that of the last
    HEAD_DIFFERS = "head_differs"  # another head than the one that was signed of this number
    HEAD_FAR = "head_far"  # a number that no log can have reached since the last head
    UNAVAILABLE = "unavailable"  # the CA does not answer
    BUSY = "busy"  # too many ask at once: again after `retry_after`


class NotIssued(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="refused"):
    """No certificate. `code` is a Refusal where both ends know it; `retry_after` (seconds) stands with `busy`."""

    code: Word
    retry_after: int = 0


Answer = Issued | NotIssued
"""To a CertificateRequest."""
MailboxRequest = CertificateRequest | RevokeRequest | SignHeadRequest | Knock
MailboxAnswer = Answer | Revoked | HeadSigned | AuthorityPresent
"""What lies in the mailbox."""


def renewal_challenge(csr: bytes) -> bytes:
    """What the old key signs to renew: a label of its own, and the SHA-256 of the certificate request's DER."""
    return b"tasuki-renew-1\0" + sha256(csr).digest()
