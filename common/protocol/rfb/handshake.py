"""RFB before ServerInit (RFC 6143, 7.1 and 7.2): the client's face to a VNC server, the server's face to a viewer.

Both are dialogues: generators that yield bytes to send, or None while they wait for bytes in their stream. `Talk` drives
one. The rules of the versions are in one place here: SecurityResult never comes for None in 3.3 and 3.7, always in 3.8,
always for VncAuth; its reason only in 3.8.
"""

import re
from collections.abc import Generator
from enum import Enum, StrEnum
from typing import Final, Generic, TypeAlias, TypeVar

from common.protocol.reading import ByteStream, ProtocolViolationError, Reading, TruncatedError
from common.protocol.rfb import vncauth

T = TypeVar("T")

Dialogue: TypeAlias = Generator[bytes | None, None, T]

NONE: Final = 1
VNC_AUTH: Final = 2
MAX_REASON: Final = 4096
SHARED: Final = b"\x01"

_VERSION_LENGTH: Final = 12
_RESULT_OK: Final = 0
_RESULT_TOO_MANY: Final = 2


class Version(Enum):
    """The three protocol versions that exist; every other number means one of them."""

    V3_3 = b"RFB 003.003\n"
    V3_7 = b"RFB 003.007\n"
    V3_8 = b"RFB 003.008\n"


class LoginProblem(StrEnum):
    """Why a VNC server did not let us in."""

    WRONG_PASSWORD = "wrong_password"  # noqa: S105
    TOO_MANY_TRIES = "too_many_tries"
    NO_USABLE_SECURITY = "no_usable_security"  # neither VncAuth, nor None where no password was given
    REFUSED = "refused"  # before any security: the reason says why


class LoginError(Exception):
    """The VNC server did not let us in. `reason` is the server's own text, made printable; it may be empty."""

    def __init__(self, problem: LoginProblem, reason: str = "") -> None:
        super().__init__(f"{problem}: {reason}" if reason else str(problem))
        self.problem = problem
        self.reason = reason


class Talk(Generic[T]):
    """A running dialogue: `start`, then `feed` what comes, and send what both return."""

    def __init__(self, dialogue: Dialogue[T], stream: ByteStream) -> None:
        self._dialogue = dialogue
        self._stream = stream
        self._result: list[T] = []

    @property
    def done(self) -> bool:
        """Whether the dialogue has come to its end; bytes behind it are left in the stream."""
        return bool(self._result)

    @property
    def result(self) -> T:
        """What it came to; only when `done`."""
        return self._result[0]

    def start(self) -> bytes:
        """What to send before anything has come. Raises what the dialogue raises."""
        out = b""
        while not self.done:
            try:
                said = next(self._dialogue)
            except StopIteration as stop:
                self._result.append(stop.value)
            else:
                if said is None:
                    break
                out += said
        return out

    def feed(self, data: bytes) -> bytes:
        """What to send, now that `data` has come. Raises what the dialogue raises."""
        self._stream.feed(data)
        return self.start()

    def feed_eof(self) -> bytes:
        """The other side has closed. Raises TruncatedError or what the dialogue makes of it."""
        self._stream.feed_eof()
        return self.start()


def authenticate(stream: ByteStream, password: bytes | None) -> Dialogue[Version]:
    """The client's face: be let in by a VNC server. ClientInit is what it waits for next.

    VncAuth is chosen wherever it is offered, also among types that claim more (UltraVNC's 17 and 117, TightVNC's 16):
    those unlock messages whose length nobody can know. None is taken only where `password` is None.
    Raises LoginError, ProtocolViolationError.
    """
    version = yield from _read_version(stream)
    yield version.value
    if version is Version.V3_3:
        chosen = yield from _dictated_type(stream, password)
    else:
        chosen = yield from _chosen_type(stream, password)
        yield bytes([chosen])
    if chosen == VNC_AUTH:
        challenge = yield from stream.read_exactly(vncauth.CHALLENGE_LENGTH)
        yield vncauth.response(password or b"", challenge)
    if chosen == VNC_AUTH or version is Version.V3_8:
        yield from _read_result(stream, version)
    return version


def log_in(stream: ByteStream, password: bytes | None) -> Dialogue[Version]:
    """`authenticate`, then ask for a shared desktop. ServerInit is what comes next. Raises what `authenticate` raises."""
    version = yield from authenticate(stream, password)
    # Exclusive use would throw the user's other viewers out, so shared is asked for whatever the helper's viewer wants.
    yield SHARED
    return version


class ViewerLogin:
    """What came of a viewer's login: the version it speaks, and whether it knew the password."""

    def __init__(self, *, version: Version, right: bool) -> None:
        self.version = version
        self.right = right

    def admit(self) -> bytes:
        """SecurityResult: come in. ClientInit follows."""
        return _RESULT_OK.to_bytes(4, "big")

    def turn_away(self, reason: str) -> bytes:
        """SecurityResult: no, with the reason where the version has a place for it. Close after it."""
        failed = (1).to_bytes(4, "big")
        if self.version is not Version.V3_8:
            return failed
        text = reason.encode()[:MAX_REASON]
        return failed + len(text).to_bytes(4, "big") + text


def greet_viewer(stream: ByteStream, *, password: bytes, challenge: bytes) -> Dialogue[ViewerLogin]:
    """The server's face: offer VncAuth and nothing else, up to the viewer's answer.

    Two types at once would let the viewer choose: some take None, some TightVNC's own with its own messages. The
    SecurityResult is the caller's, by `admit` or `turn_away`: so a viewer can be told why the desktop is not there.
    Raises ProtocolViolationError.
    """
    yield Version.V3_8.value
    version = yield from _read_version(stream)
    if version is Version.V3_3:
        yield VNC_AUTH.to_bytes(4, "big")
    else:
        yield bytes([1, VNC_AUTH])
        (chosen,) = yield from stream.read_exactly(1)
        if chosen != VNC_AUTH:
            raise ProtocolViolationError(f"the viewer chose security type {chosen}, which was not offered")
    yield challenge
    answer = yield from stream.read_exactly(vncauth.CHALLENGE_LENGTH)
    return ViewerLogin(version=version, right=vncauth.is_right(password, challenge, answer))


def read_client_init(stream: ByteStream) -> Reading[None]:
    """The viewer's ClientInit. Its wish for exclusive use ends here."""
    yield from stream.read_exactly(1)


def _read_version(stream: ByteStream) -> Reading[Version]:
    raw = yield from stream.read_exactly(_VERSION_LENGTH)
    match = re.fullmatch(rb"RFB (\d{3})\.(\d{3})\n", raw)
    if match is None:
        raise ProtocolViolationError("no RFB version: another protocol speaks there")
    major, minor = int(match[1]), int(match[2])
    if major < 3:
        raise ProtocolViolationError(f"RFB {major}.{minor} is too old")
    # 3.4 to 3.6 are UltraVNC's names for 3.3; 3.889 is Apple's and 4.x RealVNC's for 3.8.
    if major > 3 or minor >= 8:
        return Version.V3_8
    return Version.V3_7 if minor == 7 else Version.V3_3


def _usable(offered: bytes, password: bytes | None) -> int:
    if VNC_AUTH in offered:
        return VNC_AUTH
    if NONE in offered and password is None:
        return NONE
    raise LoginError(LoginProblem.NO_USABLE_SECURITY, ", ".join(map(str, offered)))


def _dictated_type(stream: ByteStream, password: bytes | None) -> Reading[int]:
    dictated = int.from_bytes((yield from stream.read_exactly(4)), "big")
    if dictated == 0:
        raise LoginError(LoginProblem.REFUSED, (yield from _read_reason(stream)))
    if dictated > 255:
        raise ProtocolViolationError("no such security type")
    return _usable(bytes([dictated]), password)


def _chosen_type(stream: ByteStream, password: bytes | None) -> Reading[int]:
    (count,) = yield from stream.read_exactly(1)
    if count == 0:
        raise LoginError(LoginProblem.REFUSED, (yield from _read_reason(stream)))
    offered = yield from stream.read_exactly(count)
    return _usable(offered, password)


def _read_result(stream: ByteStream, version: Version) -> Reading[None]:
    result = int.from_bytes((yield from stream.read_exactly(4)), "big")
    if result == _RESULT_OK:
        return
    reason = (yield from _read_reason(stream)) if version is Version.V3_8 else ""
    problem = LoginProblem.TOO_MANY_TRIES if result == _RESULT_TOO_MANY else LoginProblem.WRONG_PASSWORD
    raise LoginError(problem, reason)


def _read_reason(stream: ByteStream) -> Reading[str]:
    """The server's text, for a person: printable and short. A server that hangs up instead of giving one has given ""."""
    try:
        length = int.from_bytes((yield from stream.read_exactly(4)), "big")
        if length > MAX_REASON:
            raise ProtocolViolationError(f"a reason of {length} bytes")
        raw = yield from stream.read_exactly(length)
    except TruncatedError:
        return ""
    text = raw.decode(errors="replace")
    return "".join(character if character.isprintable() else " " for character in text).strip()
