"""Both faces of the handshake, as transcripts: what comes in, what must go out."""

import struct

import pytest

from common.protocol.reading import ByteStream, Parse, ProtocolViolationError, TruncatedError
from common.protocol.rfb import vncauth
from common.protocol.rfb.handshake import (
    MAX_REASON,
    LoginError,
    LoginProblem,
    Talk,
    Version,
    ViewerLogin,
    greet_viewer,
    log_in,
    read_client_init,
)
from tests.support.rfb import byte_by_byte

CHALLENGE = bytes(range(16))
ANSWER = vncauth.response(b"secret", CHALLENGE)
OK = b"\0\0\0\0"
FAILED = b"\0\0\0\1"


def text(reason: bytes) -> bytes:
    return struct.pack(">I", len(reason)) + reason


def client(said: bytes, password: bytes | None = b"secret", *, whole: bool = True) -> tuple[Talk[Version], bytes]:
    """Everything the client's face says to a server that says `said`."""
    stream = ByteStream()
    talk = Talk(log_in(stream, password), stream)
    out = talk.start()
    for piece in [said] if whole else byte_by_byte(said):
        out += talk.feed(piece)
    return talk, out


def viewer(said: bytes, *, whole: bool = True) -> tuple[Talk[ViewerLogin], bytes]:
    """Everything the server's face says to a viewer that says `said`."""
    stream = ByteStream()
    talk = Talk(greet_viewer(stream, password=b"secret", challenge=CHALLENGE), stream)
    out = talk.start()
    for piece in [said] if whole else byte_by_byte(said):
        out += talk.feed(piece)
    return talk, out


SERVERS = [
    # 3.3: dictated type; a result only for VncAuth
    (b"RFB 003.003\n" + b"\0\0\0\2" + CHALLENGE + OK, b"RFB 003.003\n" + ANSWER + b"\1", Version.V3_3),
    (b"RFB 003.006\n" + b"\0\0\0\2" + CHALLENGE + OK, b"RFB 003.003\n" + ANSWER + b"\1", Version.V3_3),
    # 3.7 and 3.8: VncAuth wherever it is offered
    (b"RFB 003.007\n" + b"\1\2" + CHALLENGE + OK, b"RFB 003.007\n\2" + ANSWER + b"\1", Version.V3_7),
    (b"RFB 003.008\n" + b"\3\x11\x75\2" + CHALLENGE + OK, b"RFB 003.008\n\2" + ANSWER + b"\1", Version.V3_8),
    (b"RFB 003.008\n" + b"\2\1\2" + CHALLENGE + OK, b"RFB 003.008\n\2" + ANSWER + b"\1", Version.V3_8),
    (b"RFB 003.889\n" + b"\2\x1e\2" + CHALLENGE + OK, b"RFB 003.008\n\2" + ANSWER + b"\1", Version.V3_8),
    (b"RFB 004.001\n" + b"\1\2" + CHALLENGE + OK, b"RFB 003.008\n\2" + ANSWER + b"\1", Version.V3_8),
    (b"RFB 005.000\n" + b"\1\2" + CHALLENGE + OK, b"RFB 003.008\n\2" + ANSWER + b"\1", Version.V3_8),
]


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(("said", "answered", "version"), SERVERS)
def test_a_login_to_every_version(said: bytes, answered: bytes, version: Version, whole: bool) -> None:
    """The login is right for each version, however the bytes come, and ends with a shared ClientInit."""
    talk, out = client(said, whole=whole)
    assert out == answered
    assert talk.done
    assert talk.result is version


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        (b"RFB 003.003\n" + b"\0\0\0\1", b"RFB 003.003\n\1"),
        (b"RFB 003.007\n" + b"\1\1", b"RFB 003.007\n\1\1"),
        (b"RFB 003.008\n" + b"\1\1" + OK, b"RFB 003.008\n\1\1"),
    ],
)
def test_none_has_a_result_only_in_3_8(said: bytes, answered: bytes) -> None:
    """A server without a password is let in by ourselves only where no password was given."""
    talk, out = client(said, None)
    assert talk.done
    assert out == answered


def test_none_in_3_8_waits_for_the_result() -> None:
    """Not done, and no ClientInit, before SecurityResult has come."""
    talk, out = client(b"RFB 003.008\n" + b"\1\1", None)
    assert not talk.done
    assert out == b"RFB 003.008\n\1"


def test_vncauth_waits_for_the_result_in_every_version() -> None:
    """Not done before SecurityResult, in 3.3 and 3.7 as well."""
    assert not client(b"RFB 003.003\n" + b"\0\0\0\2" + CHALLENGE)[0].done
    assert not client(b"RFB 003.007\n" + b"\1\2" + CHALLENGE)[0].done


def test_without_a_password_vncauth_is_answered_with_an_empty_one() -> None:
    """An empty password is a password."""
    assert client(b"RFB 003.003\n" + b"\0\0\0\2" + CHALLENGE, None)[1].endswith(vncauth.response(b"", CHALLENGE))


@pytest.mark.parametrize(
    ("said", "problem", "reason"),
    [
        (b"RFB 003.003\n" + b"\0\0\0\0" + text(b"too many"), LoginProblem.REFUSED, "too many"),
        (b"RFB 003.008\n" + b"\0" + text(b"go\naway\x07"), LoginProblem.REFUSED, "go away"),
        (b"RFB 003.003\n" + b"\0\0\0\2" + CHALLENGE + FAILED, LoginProblem.WRONG_PASSWORD, ""),
        (b"RFB 003.007\n" + b"\1\2" + CHALLENGE + FAILED, LoginProblem.WRONG_PASSWORD, ""),
        (b"RFB 003.008\n" + b"\1\2" + CHALLENGE + FAILED + text(b"\xffno"), LoginProblem.WRONG_PASSWORD, "\ufffdno"),
        (b"RFB 003.008\n" + b"\1\2" + CHALLENGE + b"\0\0\0\2" + text(b"x"), LoginProblem.TOO_MANY_TRIES, "x"),
        (
            b"RFB 003.008\n" + b"\1\2" + CHALLENGE + FAILED + text(b"x" * MAX_REASON),
            LoginProblem.WRONG_PASSWORD,
            "x" * MAX_REASON,
        ),
        (b"RFB 003.008\n" + b"\2\1\x10", LoginProblem.NO_USABLE_SECURITY, "1, 16"),
        (b"RFB 003.003\n" + b"\0\0\0\1", LoginProblem.NO_USABLE_SECURITY, "1"),
    ],
)
def test_why_a_server_lets_nobody_in(said: bytes, problem: LoginProblem, reason: str) -> None:
    """Each refusal has its own name and the server's own words, made printable."""
    with pytest.raises(LoginError) as caught:
        client(said)
    assert (caught.value.problem, caught.value.reason) == (problem, reason)
    assert reason in str(caught.value)


def test_a_server_that_hangs_up_instead_of_giving_a_reason() -> None:
    """A missing reason is an empty one."""
    talk, _ = client(b"RFB 003.008\n" + b"\1\2" + CHALLENGE + FAILED)
    with pytest.raises(LoginError) as caught:
        talk.feed_eof()
    assert (caught.value.problem, caught.value.reason) == (LoginProblem.WRONG_PASSWORD, "")


def test_a_server_that_hangs_up_in_the_middle() -> None:
    """Anything else that is cut short is cut short."""
    talk, _ = client(b"RFB 003.008\n" + b"\1\2" + CHALLENGE)
    with pytest.raises(TruncatedError):
        talk.feed_eof()


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 400",
        b"RFB 003.008 ",
        b"RFB 002.000\n",
        b"RFB 003.003\n" + b"\0\0\1\2",
        b"RFB 003.008\n" + b"\0" + struct.pack(">I", MAX_REASON + 1),
    ],
)
def test_what_is_not_rfb(said: bytes) -> None:
    """Other protocols, versions that never were, types and reasons out of range."""
    with pytest.raises(ProtocolViolationError):
        client(said)


def test_bytes_behind_the_login_stay() -> None:
    """ServerInit that comes glued to SecurityResult is not lost."""
    stream = ByteStream()
    talk = Talk(log_in(stream, b"secret"), stream)
    talk.start()
    talk.feed(b"RFB 003.008\n\1\2" + CHALLENGE + OK + b"init")
    assert stream.take() == b"init"


VIEWERS = [
    (b"RFB 003.003\n", b"RFB 003.008\n" + b"\0\0\0\2" + CHALLENGE, Version.V3_3),
    (b"RFB 003.005\n", b"RFB 003.008\n" + b"\0\0\0\2" + CHALLENGE, Version.V3_3),
    (b"RFB 003.007\n\2", b"RFB 003.008\n" + b"\1\2" + CHALLENGE, Version.V3_7),
    (b"RFB 003.008\n\2", b"RFB 003.008\n" + b"\1\2" + CHALLENGE, Version.V3_8),
    (b"RFB 003.889\n\2", b"RFB 003.008\n" + b"\1\2" + CHALLENGE, Version.V3_8),
]


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(("said", "answered", "version"), VIEWERS)
def test_a_viewer_of_every_version(said: bytes, answered: bytes, version: Version, whole: bool) -> None:
    """VncAuth and nothing else is offered; the right password is known from a wrong one."""
    talk, out = viewer(said + ANSWER, whole=whole)
    assert out == answered
    assert talk.result.version is version
    assert talk.result.right
    talk, _ = viewer(said + bytes(16), whole=whole)
    assert not talk.result.right


def test_a_viewer_must_take_what_is_offered() -> None:
    """None, TightVNC's and UltraVNC's own types were not offered."""
    for chosen in (0, 1, 16, 17, 117):
        with pytest.raises(ProtocolViolationError):
            viewer(b"RFB 003.008\n" + bytes([chosen]))


def test_admission_and_its_refusal() -> None:
    """The reason goes along only in 3.8, and not endlessly."""
    assert ViewerLogin(version=Version.V3_3, right=True).admit() == OK
    assert ViewerLogin(version=Version.V3_3, right=False).turn_away("no") == FAILED
    assert ViewerLogin(version=Version.V3_7, right=False).turn_away("no") == FAILED
    assert ViewerLogin(version=Version.V3_8, right=False).turn_away("no") == FAILED + text(b"no")
    long = ViewerLogin(version=Version.V3_8, right=False).turn_away("x" * 9999)
    assert long == FAILED + text(b"x" * MAX_REASON)


def test_client_init_is_one_byte() -> None:
    """Whatever it says; what follows stays."""
    stream = ByteStream()
    reading = Parse(read_client_init(stream))
    assert not reading.step()
    stream.feed(b"\0rest")
    assert reading.step()
    assert stream.take() == b"rest"
