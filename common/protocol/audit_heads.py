"""Heads of an audit log that the CA has signed: number and digest of a row, and with them of every row before it."""

from typing import Annotated, Final

import msgspec

from common.protocol.certificate_requests import CERTIFICATE_LIMIT

DOCUMENT_LIMIT: Final = 64 * 1024
"""Bytes of a signed head."""
NUMBER_LIMIT: Final = 2**53
_Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class AuditHead(msgspec.Struct, frozen=True, kw_only=True):
    """The row of this number has this digest (hex); signed at this time (Unix seconds), of this organisation's log."""

    organisation: Annotated[str, msgspec.Meta(max_length=100)]
    number: Annotated[int, msgspec.Meta(ge=1, le=NUMBER_LIMIT)]
    digest: _Digest
    at: Annotated[float, msgspec.Meta(ge=0, le=1e12)]


class SignedHead(msgspec.Struct, frozen=True, kw_only=True):
    """`head` is what `AuditHead` decodes from: the bytes that were signed, by the key of `certificate` (DER)."""

    head: bytes
    certificate: Annotated[bytes, msgspec.Meta(min_length=1, max_length=CERTIFICATE_LIMIT)]
    signature: Annotated[bytes, msgspec.Meta(min_length=1, max_length=256)]


def head_challenge(encoded: bytes) -> bytes:
    """What is signed: a label of its own, and the head."""
    return b"tasuki-audit-head-1\0" + encoded


def encode_head(head: AuditHead) -> bytes:
    """The bytes to sign."""
    return msgspec.json.encode(head)


def encode_signed(signed: SignedHead) -> bytes:
    """One line of JSON, without its end."""
    return msgspec.json.encode(signed)


def decode_signed(document: bytes) -> tuple[SignedHead, AuditHead]:
    """A document, whoever signed it. Raises ValueError where it is none."""
    if len(document) > DOCUMENT_LIMIT:
        raise ValueError("longer than a signed head")
    try:
        signed = msgspec.json.decode(document, type=SignedHead)
        return signed, msgspec.json.decode(signed.head, type=AuditHead)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(str(error)) from None
