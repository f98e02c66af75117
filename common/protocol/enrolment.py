"""The enrolment line, and the proof that an agent sends with its first certificate request.

CODE never leaves the two ends (the CA that made it, the agent it was handed to): the relay in between sees an id and a
proof over the agent's key, both made with it.
"""

import base64
import binascii
import hashlib
import hmac
import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import idna

from common.protocol.identity import Role

DEFAULT_PORT: Final = 443
SECOND_PORT: Final = 80
"""Where a relay on the default port listens too, unless it says otherwise."""
PORTS_LIMIT: Final = 4
_CODE_SIZE: Final = 16
CODE_LENGTH: Final = 26
PREFIX: Final = "tasuki-enrol"
ALONE: Final = "1"
MANY: Final = "2"
VERSIONS: Final = (ALONE, MANY)
"""Of a line for one, and of a line for many."""
ROOT_LENGTH: Final = 43  # characters of base64url
_HOST: Final = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[A-Za-z0-9_-]{1,63}(?<!-))*")


class InvalidEnrolmentError(ValueError):
    """Not an enrolment line. The text says what is wrong and never quotes the code."""


class NewerLineError(InvalidEnrolmentError):
    """A line of a version that is not known here."""


class SeveralLinesError(InvalidEnrolmentError):
    """A text with more than one line: which of them is meant nobody can know."""


@dataclass(frozen=True, kw_only=True, repr=False)
class EnrolmentLine:
    """`tasuki-enrol:1:CODE:ROOT:HOST[:PORT]`. `code` is upper-case base32; `root` the SHA-256 of the root's DER, 32 bytes.

    `many`: a line for many, `tasuki-enrol:2:…`, with which one waits until an operator says yes.
    """

    code: str
    root: bytes
    host: str
    port: int = DEFAULT_PORT
    many: bool = False

    @classmethod
    def parse(cls, text: str) -> "EnrolmentLine":
        """The line as it was pasted: spaces and line breaks in it do not count. Raises InvalidEnrolmentError."""
        prefix, _, rest = "".join(text.split()).partition(":")
        version, _, rest = rest.partition(":")
        if prefix != PREFIX:
            raise InvalidEnrolmentError(f"an enrolment line starts with {PREFIX}:")
        if version not in VERSIONS:
            raise NewerLineError("this enrolment line is for a newer version of Tasuki")
        code, _, rest = rest.partition(":")
        root, _, address = rest.partition(":")
        host, port = parse_address(address)
        return cls(code=check_code(code), root=_decode_root(root), host=host, port=port, many=version == MANY)

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Where the relay is tried, in this order."""
        return [(self.host, port) for port in ports_of(self.port)]

    def __str__(self) -> str:
        root = base64.urlsafe_b64encode(self.root).rstrip(b"=").decode()
        return f"{PREFIX}:{MANY if self.many else ALONE}:{self.code}:{root}:{format_address(self.host, self.port)}"

    format = __str__

    def __repr__(self) -> str:
        return f"EnrolmentLine(host={self.host!r}, port={self.port})"


def new_code(random_bytes: bytes) -> str:
    """A code out of 16 random bytes."""
    if len(random_bytes) != _CODE_SIZE:
        raise ValueError(f"a code is made of {_CODE_SIZE} bytes")
    return base64.b32encode(random_bytes).rstrip(b"=").decode()


def check_code(code: str) -> str:
    """The code in its one spelling (upper case). Raises InvalidEnrolmentError."""
    _code_bytes(code)
    return code.upper()


def _code_bytes(code: str) -> bytes:
    if len(code) != CODE_LENGTH:
        raise InvalidEnrolmentError(f"the code has {CODE_LENGTH} characters; some are missing or too many")
    try:
        data = base64.b32decode(code.upper() + "=" * 6)
    except binascii.Error:
        raise InvalidEnrolmentError("the code has letters A to Z and digits 2 to 7 only") from None
    if new_code(data) != code.upper():
        raise InvalidEnrolmentError("the code's last character is wrong")
    return data


def _decode_root(text: str) -> bytes:
    try:
        root = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        root = b""
    if len(root) != hashlib.sha256().digest_size:
        raise InvalidEnrolmentError("the part after the code is damaged: it must have 43 characters")
    return root


def account_id(code: str) -> str:
    """What names the enrolment without giving the code away: hex of HMAC-SHA256(CODE, "id"). CODE is its 16 bytes."""
    return hmac.new(_code_bytes(code), b"id", hashlib.sha256).hexdigest()


def proof(code: str, role: Role, spki_sha256: bytes) -> bytes:
    """That the holder of CODE made this key: HMAC-SHA256(CODE, "tasuki-enrol-1" 0 ‖ role ‖ 0 ‖ SHA-256 of the key's SPKI)."""
    text = b"tasuki-enrol-1\0" + role.value.encode() + b"\0" + spki_sha256
    return hmac.new(_code_bytes(code), text, hashlib.sha256).digest()


def check_proof(code: str, role: Role, spki_sha256: bytes, given: bytes) -> bool:
    """Whether `given` is that proof, compared in constant time."""
    return hmac.compare_digest(proof(code, role, spki_sha256), given)


def claims_proof(code: str, role: Role, spki_sha256: bytes, claims: Sequence[str]) -> bytes:
    """That the holder of CODE, a line's for many, made this key and claims just this: name, login, computer.

    HMAC-SHA256(CODE, "tasuki-enrol-many-1" 0 ‖ role ‖ 0 ‖ SHA-256 of the key's SPKI ‖ for each claim its length (u16) and itself, UTF-8).
    """
    said = b"".join(len(one).to_bytes(2) + one for one in (claim.encode() for claim in claims))
    text = b"tasuki-enrol-many-1\0" + role.value.encode() + b"\0" + spki_sha256 + said
    return hmac.new(_code_bytes(code), text, hashlib.sha256).digest()


def check_claims_proof(code: str, role: Role, spki_sha256: bytes, claims: Sequence[str], given: bytes) -> bool:
    """Whether `given` is that proof, compared in constant time."""
    return hmac.compare_digest(claims_proof(code, role, spki_sha256, claims), given)


def parse_address(text: str, *, default_port: int = DEFAULT_PORT) -> tuple[str, int]:
    """`HOST[:PORT]`, an IPv6 address in brackets. The host comes back as `host_name` has it. Raises InvalidEnrolmentError."""
    if text.startswith("["):
        host, closed, rest = text[1:].partition("]")
        if not closed or (rest and not rest.startswith(":")) or not _is_ipv6(host):
            raise InvalidEnrolmentError("an IPv6 address stands in brackets: [2001:db8::1]:443")
        separator, port = rest[:1], rest[1:]
    else:
        host, separator, port = text.partition(":")
    host = host_name(host)
    if not separator:
        return host, default_port
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and 1 <= int(port) <= 65535):
        raise InvalidEnrolmentError("the port is a number from 1 to 65535")
    return host, int(port)


def host_name(text: str) -> str:
    """A host as it is compared, and as DNS knows it: lower case, xn-- for other letters, no dot at the end; or an IP address.

    Raises InvalidEnrolmentError.
    """
    if ":" in text and _is_ipv6(text):
        return text.lower()
    host = text.removesuffix(".")
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except idna.IDNAError as error:
            raise InvalidEnrolmentError("the relay's name has characters that no name has") from error
    if len(host) > 253 or not _HOST.fullmatch(host):
        raise InvalidEnrolmentError("the relay's name is missing or has characters that no name has")
    return host.lower()


def ports_of(port: int, told: Iterable[int] = ()) -> tuple[int, ...]:
    """The ports of a relay to try, in this order: the enrolment line's, then those that it told, else the usual second one."""
    others = tuple(told) or ((SECOND_PORT,) if port == DEFAULT_PORT else ())
    good = (one for one in (port, *others) if 1 <= one <= 65535)
    return tuple(dict.fromkeys(good))[:PORTS_LIMIT]


def _is_ipv6(host: str) -> bool:
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return "%" not in host


def format_address(host: str, port: int, *, default_port: int = DEFAULT_PORT) -> str:
    """`HOST[:PORT]`, the port where it is not the default."""
    shown = f"[{host}]" if ":" in host else host
    return shown if port == default_port else f"{shown}:{port}"
