"""End-to-end TLS over legs in memory, with certificates of a real CA: who is let in, what passes, and how it ends."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from OpenSSL import SSL

from common.net import e2e, tls
from common.net.certificates import Identity, RevocationList, VerifiedPeer
from common.net.e2e import MESSAGE_LIMIT, EndToEnd, Lost
from common.protocol.identity import Role
from tests.support.ca import Organisation


def now() -> datetime:
    """The real time: OpenSSL looks at it too."""
    return datetime.now(UTC)


class MemoryLeg:
    """What EndToEnd uses of a WebSocket: messages wait until the test carries them over."""

    def __init__(self) -> None:
        self.sent: deque[bytes] = deque()
        self.closed_with: int | None = None
        self.aborted = False
        self.reading = True
        self.buffered = 0

    def send(self, payload: bytes) -> None:
        assert 0 < len(payload) <= MESSAGE_LIMIT
        if self.closed_with is None and not self.aborted:
            self.sent.append(payload)

    def close(self, code: int) -> None:
        self.closed_with = code

    def abort(self) -> None:
        self.aborted = True

    def pause(self) -> None:
        self.reading = False

    def resume(self) -> None:
        self.reading = True


_standing: dict[tuple[bytes, Role], Identity] = {}


def standing(organisation: Organisation, role: Role) -> Identity:
    """The organisation's `user one` or `helper one`: names are unique, so each is made once."""
    key = (organisation.root, role)
    if key not in _standing:
        _standing[key] = organisation.person(role, f"{role.value} one")
    return _standing[key]


class Side:
    """One agent: its end, its leg, and what it was told."""

    def __init__(
        self,
        organisation: Organisation,
        role: Role,
        *,
        identity: Identity | None = None,
        crl: RevocationList | None = None,
        root: bytes | None = None,
        clock: timedelta = timedelta(),
    ) -> None:
        self.leg = MemoryLeg()
        self.peer: VerifiedPeer | None = None
        self.data = bytearray()
        self.lost_how: list[tuple[Lost, str]] = []
        self.flow: list[str] = []
        self.end = EndToEnd(
            role=role,
            identity=identity or standing(organisation, role),
            root_der=root or organisation.root,
            crl=crl or organisation.crl(),
            now=lambda: now() + clock,
            leg=self.leg,  # type: ignore[arg-type]
            listener=self,
        )

    def secured(self, peer: VerifiedPeer) -> None:
        assert self.peer is None
        self.peer = peer

    def received(self, data: bytes) -> None:
        assert self.peer is not None
        assert data
        self.data += data

    def lost(self, how: Lost, detail: str) -> None:
        self.lost_how.append((how, detail))

    def paused(self) -> None:
        self.flow.append("paused")

    def resumed(self) -> None:
        self.flow.append("resumed")

    @property
    def ended(self) -> Lost | None:
        """How it was told that it is over, at most once."""
        assert len(self.lost_how) <= 1
        return self.lost_how[0][0] if self.lost_how else None


@pytest.fixture(scope="module")
def organisation(tmp_path_factory: pytest.TempPathFactory) -> Organisation:
    """One CA for the module."""
    return Organisation(tmp_path_factory.mktemp("ca"), now=now)


@pytest.fixture(params=["whole", "bytewise"])
def size(request: pytest.FixtureRequest) -> int | None:
    """How much of a message arrives at once."""
    return None if request.param == "whole" else 1


def carry(one: Side, other: Side, size: int | None = None) -> None:
    """Let every message arrive, cut into pieces of `size` as a relay may cut them; then the ends of the legs."""
    while one.leg.sent or other.leg.sent:
        for source, sink in ((one, other), (other, one)):
            while source.leg.sent and sink.leg.reading:
                message = source.leg.sent.popleft()
                for at in range(0, len(message), size or len(message)):
                    sink.end.message(message[at : at + (size or len(message))])
    for source, sink in ((one, other), (other, one)):
        if source.leg.closed_with is not None or source.leg.aborted:
            sink.end.leg_closed()


async def turn() -> None:
    """Let the loop come to the end of its turn."""
    await asyncio.sleep(0)


def secured(organisation: Organisation, size: int | None = None) -> tuple[Side, Side]:
    """A user's and a helper's end, through with the handshake."""
    user, helper = Side(organisation, Role.USER), Side(organisation, Role.HELPER)
    user.end.start()
    helper.end.start()
    carry(user, helper, size)
    assert user.peer is not None
    assert helper.peer is not None
    return user, helper


async def test_both_learn_who_the_other_is(organisation: Organisation, size: int | None) -> None:
    """Names, roles and leaves come out of the certificates; bytes pass both ways."""
    user, helper = secured(organisation, size)
    assert user.peer is not None
    assert helper.peer is not None
    assert (user.peer.name, user.peer.role) == ("helper one", Role.HELPER)
    assert (helper.peer.name, helper.peer.role) == ("user one", Role.USER)
    assert helper.end.peer == helper.peer
    user.end.write(b"screen")
    helper.end.write(b"key")
    await turn()
    carry(user, helper, size)
    assert (bytes(helper.data), bytes(user.data)) == (b"screen", b"key")


async def test_what_is_written_in_one_turn_is_one_message(organisation: Organisation) -> None:
    """Joined, never waiting for more, and never more than 64 KiB in one."""
    user, helper = secured(organisation)
    for _ in range(10):
        user.end.write(b"x" * 100)
    assert not user.leg.sent
    await turn()
    assert len(user.leg.sent) == 1
    user.end.write(b"y" * 200_000)
    await turn()
    assert [len(message) > 60_000 for message in user.leg.sent] == [False, True, True, True, False]
    carry(user, helper)
    assert bytes(helper.data) == b"x" * 1000 + b"y" * 200_000


async def test_a_full_leg_is_written_to_no_more(organisation: Organisation) -> None:
    """What is written meanwhile waits here as plaintext, and goes out when the leg has taken everything."""
    user, helper = secured(organisation)
    user.end.leg_paused()
    user.end.write(b"a" * 100_000)
    await turn()
    assert not user.leg.sent
    user.end.leg_resumed()
    carry(user, helper)
    assert len(helper.data) == 100_000
    assert user.flow == ["paused", "resumed"]
    user.end.write(b"b")
    await turn()
    carry(user, helper)
    assert helper.data.endswith(b"b")


async def test_a_leg_that_fills_up_in_the_middle_stops_the_flush(organisation: Organisation) -> None:
    """The rest follows later, and `resumed` comes only when nothing waits any more."""
    user, _ = secured(organisation)
    send = user.leg.send

    def full_after_one(payload: bytes) -> None:
        send(payload)
        user.end.leg_paused()

    user.leg.send = full_after_one  # type: ignore[method-assign]
    user.end.write(b"a" * 150_000)
    await turn()
    assert len(user.leg.sent) == 1
    user.end.leg_resumed()
    assert len(user.leg.sent) == 2
    assert user.flow == ["paused", "paused"]
    user.leg.send = send  # type: ignore[method-assign]
    user.end.leg_resumed()
    assert len(user.leg.sent) == 3
    assert user.flow[-1] == "resumed"


async def test_closing_delivers_what_was_written_first(organisation: Organisation) -> None:
    """Then close_notify: the other end hears that it ended, and was not cut. The closer hears nothing."""
    user, helper = secured(organisation)
    user.end.leg_paused()
    user.end.write(b"bye")
    user.end.close()
    user.end.close()
    user.end.write(b"too late")
    carry(user, helper)
    assert bytes(helper.data) == b"bye"
    assert helper.ended is Lost.ENDED
    assert user.ended is None
    assert (user.leg.closed_with, helper.leg.closed_with) == (1000, 1000)


async def test_a_leg_that_goes_away_is_a_cut(organisation: Organisation) -> None:
    """No close_notify came. Everything that had come was delivered before."""
    user, helper = secured(organisation)
    user.end.write(b"half")
    await turn()
    user.leg.abort()
    user.end.leg_closed()
    carry(user, helper)
    assert bytes(helper.data) == b"half"
    assert helper.ended is Lost.CUT
    assert user.ended is Lost.CUT


async def test_closing_before_the_handshake_is_done(organisation: Organisation) -> None:
    """Nothing was promised: the other end sees a cut."""
    user, helper = Side(organisation, Role.USER), Side(organisation, Role.HELPER)
    helper.end.start()
    helper.end.write(b"early")
    helper.end.close()
    carry(user, helper)
    assert user.ended is Lost.CUT
    assert helper.ended is None


def shake(user: Side, helper: Side) -> None:
    """A handshake that may fail."""
    user.end.start()
    helper.end.start()
    carry(user, helper)


async def test_a_revoked_helper_is_refused_before_a_byte_passes(organisation: Organisation, size: int | None) -> None:
    """The user's side says why in an alert; the helper's, whose handshake was done before, hears that it was refused."""
    identity = organisation.person(Role.HELPER, f"revoked {size}")
    serial = x509.load_der_x509_certificate(identity.leaf).serial_number
    crl = organisation.revoke(f"{serial:x}")
    user, helper = Side(organisation, Role.USER, crl=crl), Side(organisation, Role.HELPER, identity=identity)
    user.end.start()
    helper.end.start()
    carry(user, helper, size)
    assert user.lost_how == [(Lost.UNVERIFIED, "revoked")]
    assert user.peer is None
    assert helper.ended is Lost.REFUSED
    assert not user.data
    assert not helper.data


async def test_a_revoked_user_is_refused_by_the_helper(organisation: Organisation) -> None:
    """The other way round, in the client's role."""
    identity = organisation.person(Role.USER, "revoked user")
    serial = x509.load_der_x509_certificate(identity.leaf).serial_number
    crl = organisation.revoke(f"{serial:x}")
    user, helper = Side(organisation, Role.USER, identity=identity), Side(organisation, Role.HELPER, crl=crl)
    shake(user, helper)
    assert helper.lost_how == [(Lost.UNVERIFIED, "revoked")]
    assert user.ended is Lost.REFUSED


async def test_nothing_known_about_revocation_lets_nobody_in(organisation: Organisation) -> None:
    """An end without a list refuses everybody."""
    user, helper = Side(organisation, Role.USER), Side(organisation, Role.HELPER)
    user.end._crl = None
    shake(user, helper)
    assert user.lost_how == [(Lost.UNVERIFIED, "no_crl")]


@pytest.mark.parametrize("roles", [(Role.USER, Role.USER), (Role.HELPER, Role.HELPER)])
async def test_a_role_is_played_by_its_certificate_only(organisation: Organisation, roles: tuple[Role, Role]) -> None:
    """A user's certificate does not make a helper, nor a helper's a user."""
    user = Side(organisation, Role.USER, identity=organisation.person(roles[0], f"twin {roles[0].value} 1"))
    helper = Side(organisation, Role.HELPER, identity=organisation.person(roles[1], f"twin {roles[1].value} 2"))
    shake(user, helper)
    assert Lost.UNVERIFIED in {user.ended, helper.ended}
    assert user.peer is None or helper.peer is None
    assert not user.data
    assert not helper.data


async def test_another_organisation_is_refused(organisation: Organisation, tmp_path: Path) -> None:
    """Another root: each side for itself."""
    other = Organisation(tmp_path, name="Example", now=now)
    user, helper = Side(organisation, Role.USER), Side(other, Role.HELPER)
    shake(user, helper)
    assert helper.ended is Lost.UNVERIFIED
    assert user.ended is Lost.REFUSED
    trusting = Side(other, Role.HELPER, root=organisation.root, crl=organisation.crl())
    user = Side(organisation, Role.USER)
    shake(user, trusting)
    assert user.ended is Lost.UNVERIFIED
    assert trusting.ended is Lost.REFUSED


async def test_our_own_clock_counts(organisation: Organisation) -> None:
    """An end whose clock is two months ahead finds every certificate expired."""
    user, helper = Side(organisation, Role.USER, clock=timedelta(days=60)), Side(organisation, Role.HELPER)
    shake(user, helper)
    assert user.lost_how == [(Lost.UNVERIFIED, "expired")]


def raw_peer(organisation: Organisation, change: Callable[[SSL.Context], object]) -> SSL.Connection:
    """An OpenSSL client with a helper's certificate and whatever else the test wants."""
    identity = standing(organisation, Role.HELPER)
    context = SSL.Context(SSL.TLS_METHOD)
    context.use_certificate(x509.load_der_x509_certificate(identity.leaf))
    context.use_privatekey(identity.key)
    change(context)
    peer = SSL.Connection(context, None)
    peer.set_connect_state()
    return peer


def meet(user: Side, peer: SSL.Connection) -> None:
    """A handshake between an end and a bare OpenSSL client."""
    for _ in range(6):
        try:
            peer.do_handshake()
        except SSL.WantReadError:
            pass
        except SSL.Error:
            return
        with contextlib.suppress(SSL.WantReadError):
            user.end.message(peer.bio_read(65536))
        while user.leg.sent:
            peer.bio_write(user.leg.sent.popleft())


async def test_without_our_alpn_nothing_is_secured(organisation: Organisation) -> None:
    """OpenSSL lets such a handshake end well: the end compares by itself."""
    changes: list[Callable[[SSL.Context], object]] = [
        lambda _: None,
        lambda context: context.set_alpn_protos([b"http/1.1"]),
    ]
    for change in changes:
        user = Side(organisation, Role.USER)
        meet(user, raw_peer(organisation, change))
        assert user.lost_how == [(Lost.PROTOCOL, "ALPN was not agreed")]
        assert user.peer is None


async def test_tls_1_2_is_refused(organisation: Organisation) -> None:
    """The session's TLS is 1.3 only."""

    def old(context: SSL.Context) -> None:
        context.set_alpn_protos([b"tasuki-session/1"])
        context.set_max_proto_version(SSL.TLS1_2_VERSION)

    user = Side(organisation, Role.USER)
    meet(user, raw_peer(organisation, old))
    assert user.ended is Lost.PROTOCOL
    assert user.peer is None


async def test_a_client_without_certificate_is_refused(organisation: Organisation) -> None:
    """Mutual or not at all."""
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_alpn_protos([b"tasuki-session/1"])
    peer = SSL.Connection(context, None)
    peer.set_connect_state()
    user = Side(organisation, Role.USER)
    meet(user, peer)
    assert user.ended is Lost.PROTOCOL
    assert user.peer is None


async def test_garbage_and_text_end_it(organisation: Organisation) -> None:
    """Before the handshake and after it; a text message is a breach of the leg's rules."""
    for payload in (b"RFB 003.008\n" * 10, "ready"):
        fresh = Side(organisation, Role.USER)
        fresh.end.message(payload)
        fresh.end.message(payload)
        assert fresh.ended is Lost.PROTOCOL
        assert fresh.leg.closed_with == 1002
        user, _ = secured(organisation)
        user.end.message(payload if isinstance(payload, str) else b"\x17\x03\x03\x00\x20" + bytes(32))
        assert user.ended is Lost.PROTOCOL


async def test_a_tampered_record_ends_it(organisation: Organisation) -> None:
    """One bit changed by the relay."""
    user, helper = secured(organisation)
    user.end.write(b"a message")
    await turn()
    message = bytearray(user.leg.sent.popleft())
    message[-1] ^= 1
    helper.end.message(bytes(message))
    assert helper.ended is Lost.PROTOCOL
    assert not helper.data


async def test_a_secured_end_without_a_checked_certificate_is_no_end(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should OpenSSL ever finish without having asked, nothing is secured."""
    context = tls.session_context

    def unchecked(*arguments: Any) -> SSL.Context:
        made = context(*arguments)
        made.set_verify(SSL.VERIFY_NONE)
        return made

    user = Side(organisation, Role.USER)
    monkeypatch.setattr(e2e, "session_context", unchecked)
    helper = Side(organisation, Role.HELPER)
    shake(user, helper)
    assert helper.lost_how == [(Lost.UNVERIFIED, "no certificate was checked")]
    assert helper.peer is None
