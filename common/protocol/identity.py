"""Who somebody is: roles, identity URIs, display names, and what a peer's certificate is compared with.

Pure values. Certificates themselves are read in common.net.certificates.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

from common.protocol.reasons import Why

NAME_LIMIT: Final = 100
NONCE_SIZE: Final = 32

_ORGANISATION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SPACES: Final = " \u3000"
# Letters by their category, blank on every screen: fillers of Hangul, and the Braille pattern without dots.
_BLANK: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0\u17b4\u17b5\u034f")


class InvalidIdentityError(ValueError):
    """An identity URI, an organisation's name or a display name that breaks a rule; the text says which rule."""


class Role(StrEnum):
    """What an account is for. An agent has one certificate for each role it plays."""

    USER = "user"
    HELPER = "helper"

    @property
    def other(self) -> "Role":
        """The role at the other end of a session."""
        return Role.HELPER if self is Role.USER else Role.USER


@dataclass(frozen=True, kw_only=True)
class IdentityUri:
    """`tasuki://ORGANISATION/ROLE/UUID`, the name in a certificate that never changes."""

    organisation: str
    role: Role
    account: str

    @classmethod
    def parse(cls, text: str) -> "IdentityUri":
        """The URI in its one spelling. Raises InvalidIdentityError."""
        scheme, separator, rest = text.partition("://")
        parts = rest.split("/")
        if scheme != "tasuki" or not separator or len(parts) != 3:
            raise InvalidIdentityError("an identity is tasuki://ORGANISATION/ROLE/UUID")
        organisation, role, account = parts
        check_organisation(organisation)
        if role not in {Role.USER, Role.HELPER}:
            raise InvalidIdentityError("the role in an identity is user or helper")
        if not _UUID.fullmatch(account):
            raise InvalidIdentityError("the account in an identity is a UUID in lower case")
        return cls(organisation=organisation, role=Role(role), account=account)

    def __str__(self) -> str:
        return f"tasuki://{self.organisation}/{self.role}/{self.account}"

    format = __str__


def check_organisation(name: str) -> str:
    """The organisation's name as it stands in URIs: letters, digits, dot, dash, underscore, at most 63. Raises InvalidIdentityError."""
    if not _ORGANISATION.fullmatch(name):
        raise InvalidIdentityError("an organisation's name is 1 to 63 letters, digits, dots, dashes or underscores")
    return name


def check_display_name(name: str) -> str:
    """The name back, when it is one that cannot look like another: NFC, nothing invisible, no control or direction marks.

    Between words stand single spaces (U+0020 or U+3000). Raises InvalidIdentityError.
    """
    if not 1 <= len(name) <= NAME_LIMIT:
        raise InvalidIdentityError(f"a name has 1 to {NAME_LIMIT} characters")
    if unicodedata.normalize("NFC", name) != name:
        raise InvalidIdentityError("a name must be in Unicode's normal form C")
    if name[0] in _SPACES or name[-1] in _SPACES or any(a in _SPACES and b in _SPACES for a, b in pairwise(name)):
        raise InvalidIdentityError("spaces stand singly and between words only")
    for character in name:
        if character not in _SPACES and (_invisible(character) or unicodedata.category(character)[0] in "CZ"):
            raise InvalidIdentityError(f"U+{ord(character):04X} cannot be seen and is not allowed in a name")
    return name


def _invisible(character: str) -> bool:
    code = ord(character)
    return character in _BLANK or 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF or 0x180B <= code <= 0x180F


def name_key(name: str) -> str:
    """What two names share when a person would take them for the same: for the check that names are unique."""
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).split())


def matching_challenge(relay: str, nonce: bytes) -> bytes:
    """What an agent signs to come in at matching: `"tasuki-matching-1" 0 ‖ length u16 ‖ relay's name ‖ nonce`.

    `relay` is the name that the agent dialled, out of its enrolment line or its signed list, never the one just received. Raises ValueError for a nonce
    that has not 32 bytes, so that no other text can be slipped under the signature.
    """
    if len(nonce) != NONCE_SIZE:
        raise ValueError(f"the nonce has {NONCE_SIZE} bytes")
    name = relay.encode()
    return b"tasuki-matching-1\0" + len(name).to_bytes(2, "big") + name + nonce


@dataclass(frozen=True, kw_only=True)
class PeerExpectation:
    """Whom this side of a session expects, from its own memory: never from what the relay says at the end.

    `uri` and `name` are those of the entry the person clicked; both None where nobody was chosen by name (then the
    person is asked with the name in the certificate).
    """

    organisation: str
    role: Role
    uri: str | None = None
    name: str | None = None

    def __post_init__(self) -> None:
        if (self.uri is None) != (self.name is None):
            raise ValueError("URI and name are compared together")

    @property
    def chosen(self) -> bool:
        """Whether somebody was chosen by name."""
        return self.uri is not None

    def check(self, uri: str, name: str) -> Why | None:
        """None when the certificate's URI and display name are the expected ones, else Why.WRONG_PEER."""
        try:
            identity = IdentityUri.parse(uri)
            check_display_name(name)
        except InvalidIdentityError:
            return Why.WRONG_PEER
        if (identity.organisation, identity.role) != (self.organisation, self.role):
            return Why.WRONG_PEER
        if self.chosen and (uri, name) != (self.uri, self.name):
            return Why.WRONG_PEER
        return None
