"""Logging in to an HTTP proxy (RFC 9110 section 11): what it offers, read; Basic (RFC 7617) and Digest (RFC 7616), written.

Pure: randomness comes in. A proxy is no friend: what it says is limited by the response's head, and only what is understood counts.
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

NEGOTIATE: Final = "negotiate"
NTLM: Final = "ntlm"
DIGEST: Final = "digest"
BASIC: Final = "basic"
STRONGEST_FIRST: Final = (NEGOTIATE, NTLM, DIGEST, BASIC)

_NAME: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_QUOTED: Final = r'"(?:[^"\\]|\\.)*"'
_SCHEME: Final = re.compile(rf"[\s,]*({_NAME})")
_PARAMETER: Final = re.compile(rf"[\s,]*({_NAME})\s*=\s*({_QUOTED}|[^\s,\"]*)")
_TOKEN68: Final = re.compile(r"[ \t]+([A-Za-z0-9._~+/-]+=*)[ \t]*(?=,|$)")
_KNOWN_HASHES: Final = {"MD5": "md5", "SHA-256": "sha256", "SHA-512-256": "sha512_256"}
_HASHES: Final = {name: one for name, one in _KNOWN_HASHES.items() if one in hashlib.algorithms_available}
_ALGORITHMS: Final = ("SHA-512-256", "SHA-256", "MD5")  # the strongest first


@dataclass(frozen=True, kw_only=True)
class Login:
    """A person's name at a proxy, and the password. Never shown as a whole.

    `least`: the scheme in which it was accepted; it is shown in none that is weaker. Empty: in any. It makes no other login of it.
    """

    username: str
    password: str = field(default="", repr=False)
    least: str = field(default="", compare=False)

    @property
    def schemes(self) -> tuple[str, ...]:
        """In which it may be shown, the strongest first."""
        return STRONGEST_FIRST[: STRONGEST_FIRST.index(self.least) + 1] if self.least else STRONGEST_FIRST


@dataclass(frozen=True, kw_only=True)
class Challenge:
    """One way of logging in that is offered. `scheme` is in lower case; `token` is base64, `parameters` have lower-case names."""

    scheme: str
    token: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)


class LoginImpossibleError(ValueError):
    """What is offered cannot be answered: an unknown algorithm, or a login that the scheme cannot carry."""


def read_challenges(values: Iterable[str]) -> tuple[Challenge, ...]:
    """The challenges of all Proxy-Authenticate headers, in their order. One header may hold several; what makes no sense ends it."""
    return tuple(challenge for value in values for challenge in _challenges(value))


def _challenges(value: str) -> Iterable[Challenge]:
    at = 0
    while (scheme := _SCHEME.match(value, at)) is not None:
        parameters: dict[str, str] = {}
        at, token = scheme.end(), ""
        if (found := _TOKEN68.match(value, at)) is not None:
            token, at = found[1], found.end()
        else:
            while (pair := _PARAMETER.match(value, at)) is not None:
                parameters.setdefault(pair[1].lower(), _plain(pair[2]))
                at = pair.end()
        yield Challenge(scheme=scheme[1].lower(), token=token, parameters=parameters)
        if not re.match(r"\s*(,|$)", value[at:]):
            return


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text


def offered(challenges: Iterable[Challenge], scheme: str) -> Challenge | None:
    """The challenge of this scheme; of several Digests the strongest that can be answered. None where it is not offered."""
    found = [challenge for challenge in challenges if challenge.scheme == scheme]
    if scheme != DIGEST:
        return found[0] if found else None
    known = [challenge for challenge in found if _algorithm(challenge)[0] in _HASHES]
    return min(known, key=lambda one: _ALGORITHMS.index(_algorithm(one)[0]), default=None)


def basic(login: Login) -> str:
    """The header's value. Raises LoginImpossibleError: the name has a colon."""
    if ":" in login.username:
        raise LoginImpossibleError("a name with a colon")
    return "Basic " + base64.b64encode(f"{login.username}:{login.password}".encode()).decode()


def digest(challenge: Challenge, login: Login, *, method: str, target: str, nonce: str) -> str:
    """The header's value. `nonce` is this side's own: hex digits, new for each answer. Raises LoginImpossibleError."""
    said = challenge.parameters
    name, session = _algorithm(challenge)
    realm, theirs = said.get("realm", ""), said.get("nonce", "")
    qops = {one.strip().lower() for one in said.get("qop", "").split(",")} - {""}
    if name not in _HASHES or not theirs or (qops and "auth" not in qops):
        raise LoginImpossibleError("this kind of Digest")
    opaque = said.get("opaque", "")
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in login.username + realm + theirs + opaque):
        raise LoginImpossibleError("control characters")

    def hashed(text: str) -> str:
        try:
            return hashlib.new(_HASHES[name], text.encode(), usedforsecurity=False).hexdigest()
        except ValueError as error:  # a system's policy may forbid what its library has
            raise LoginImpossibleError("this kind of hash, here") from error

    person = hashed(f"{login.username}:{realm}:{login.password}")
    if session:
        person = hashed(f"{person}:{theirs}:{nonce}")
    asked = hashed(f"{method}:{target}")
    counted = f"{theirs}:00000001:{nonce}:auth" if qops else theirs
    fields = [
        f"username={_quoted(login.username)}",
        f"realm={_quoted(realm)}",
        f"nonce={_quoted(theirs)}",
        f"uri={_quoted(target)}",
        f'response="{hashed(f"{person}:{counted}:{asked}")}"',
    ]
    if "algorithm" in said:
        fields.append(f"algorithm={name}{'-sess' if session else ''}")
    if "opaque" in said:
        fields.append(f"opaque={_quoted(opaque)}")
    if qops or session:
        fields.append(f'cnonce="{nonce}"')
    if qops:
        fields += ["qop=auth", "nc=00000001"]
    return "Digest " + ", ".join(fields)


def is_stale(challenge: Challenge | None) -> bool:
    """Whether a Digest was refused for its nonce alone: name and password were right, or not looked at."""
    return challenge is not None and challenge.parameters.get("stale", "").lower() == "true"


def _algorithm(challenge: Challenge) -> tuple[str, bool]:
    """Its name, and whether it is a session's."""
    name = challenge.parameters.get("algorithm", "MD5").upper()
    return name.removesuffix("-SESS"), name.endswith("-SESS")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
