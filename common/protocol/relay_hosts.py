"""The relay's host names as a list that the organisation's CA signs and numbers: as text, before anybody's signature is looked at. Pure.

    {"list": JSON of RelayHosts, "signature": ECDSA P-256 with SHA-256 by the root's key, over `hosts_challenge(list)`}

Both in base64. A list has no end: who holds one keeps it until one with a higher number comes.
"""

from typing import Annotated, Final

import msgspec

from common.protocol.enrolment import DEFAULT_PORT, InvalidEnrolmentError, format_address, parse_address

HOSTS_LIMIT: Final = 8
"""Names on one list."""
DOCUMENT_LIMIT: Final = 8 * 1024
"""A signed list longer than this many bytes is malformed."""
_HIGHEST: Final = 1 << 53  # what every JSON keeps exactly

Address = tuple[str, int]
"""Host and port. The host as `common.protocol.enrolment.host_name` has it."""


class RelayHosts(msgspec.Struct, frozen=True, kw_only=True):
    """What is signed. `hosts` are HOST[:PORT], in the order in which they are tried."""

    number: Annotated[int, msgspec.Meta(ge=1, le=_HIGHEST)]
    hosts: Annotated[
        list[Annotated[str, msgspec.Meta(min_length=1, max_length=300)]],
        msgspec.Meta(min_length=1, max_length=HOSTS_LIMIT),
    ]

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Where the relay is. Raises InvalidEnrolmentError."""
        return tuple(parse_address(host) for host in self.hosts)


class SignedHosts(msgspec.Struct, frozen=True, kw_only=True):
    """A list with its signature. `list` is what `RelayHosts` decodes from: the bytes that were signed."""

    list: bytes
    signature: Annotated[bytes, msgspec.Meta(min_length=1, max_length=256)]


def encode_hosts(number: int, addresses: list[Address]) -> bytes:
    """The bytes to sign."""
    hosts = [format_address(host, port, default_port=DEFAULT_PORT) for host, port in addresses]
    return msgspec.json.encode(RelayHosts(number=number, hosts=hosts))


def hosts_challenge(encoded: bytes) -> bytes:
    """What the CA signs: a label of its own, and the list. Nothing that a CA signs otherwise (DER) begins like it."""
    return b"tasuki-hosts-1\0" + encoded


def decode_hosts(document: bytes) -> tuple[SignedHosts, RelayHosts]:
    """A document, whoever signed it. Raises ValueError where it is none (too long, not JSON, a name that no name is, one twice)."""
    if len(document) > DOCUMENT_LIMIT:
        raise ValueError("the list is too long")
    try:
        signed = msgspec.json.decode(document, type=SignedHosts)
        hosts = msgspec.json.decode(signed.list, type=RelayHosts)
        addresses = hosts.addresses
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, InvalidEnrolmentError) as error:
        raise ValueError(str(error)) from None
    if len(set(addresses)) != len(addresses):
        raise ValueError("a name stands twice")
    return signed, hosts


def encode_document(encoded: bytes, signature: bytes) -> bytes:
    """The list with its signature, as it is published."""
    return msgspec.json.encode(SignedHosts(list=encoded, signature=signature))
