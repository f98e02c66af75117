"""A relay that keeps revocations back, tells two stories, spoils what it carries, cuts it, or speaks for others.

The session ends, or never begins, and whom it concerns reads how.
"""

import asyncio
import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from common.protocol.identity import Role
from deploy.demo.organisation import EnrolledPerson
from tests.e2e.hostile_play import TIMING, Cast, accept, ended, play, profile_of, watching
from tests.e2e.hostile_relay import Lies, Message
from tests.support.ca import Organisation as OtherOrganisation

# revocation


@dataclass
class OtherList(Lies):
    """Gives these agents this list of revoked certificates, and never a newer one."""

    lists: dict[str, bytes]

    async def to_agent(self, who: str, message: Message) -> Iterable[Message]:
        """In welcome."""
        if who in self.lists and message["type"] == "crl":
            return []
        if who in self.lists and message["type"] == "welcome":
            message["crl"] = base64.b64encode(self.lists[who]).decode()
        return [message]


def revocation_list(cast: Cast, *, number: int, until: timedelta, revoked: Iterable[int] = ()) -> bytes:
    """A list that the CA's key has signed, and that holds `until` from now."""
    folder, now = cast.stage.office.folder / "ca", datetime.now(UTC)
    key = serialization.load_pem_private_key((folder / "root-key.pem").read_bytes(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    root = x509.load_pem_x509_certificate((folder / "root.pem").read_bytes())
    builder = x509.CertificateRevocationListBuilder().issuer_name(root.subject).last_update(now - timedelta(days=2))
    for serial in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now - timedelta(days=1))
        builder = builder.add_revoked_certificate(entry.build())
    builder = builder.next_update(now + until).add_extension(x509.CRLNumber(number), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


async def newcomer(cast: Cast, role: Role, name: str) -> EnrolledPerson:
    """Somebody whose computer has never seen a list."""
    person = await cast.stage.office.enrol(role.value, name)
    (person.folder / "agent.toml").write_text(TIMING)
    return person


async def test_a_withheld_list(cast: Cast, tmp_path: Path) -> None:
    """None at all, garbage, another CA's: who has no list of their own does not even come online."""
    mei = await newcomer(cast, Role.HELPER, "Mei Abe")
    other = OtherOrganisation(tmp_path, now=lambda: datetime.now(UTC)).crl().der
    for given in (b"", b"nonsense", other):
        async with play(cast, OtherList({"mei": given})) as on:
            program = await mei.start("serve", "--viewer", "none", *await on.node.way("mei"), program="hostile-mei")
            on.programs["mei"] = program
            assert (await program.event("offline"))["code"] == "relay_not_ours"
            assert profile_of(mei).crl is None


@pytest.mark.parametrize("side", list(Role))
async def test_a_list_that_is_too_old(cast: Cast, side: Role) -> None:
    """Past its nextUpdate it says nothing: no session, and the person reads that nobody can know who was revoked."""
    person = await newcomer(cast, side, f"Nao Endo {side}")
    user, helper = (person, cast.taro) if side is Role.USER else (cast.hanako, person)
    stale = revocation_list(cast, number=1, until=timedelta(hours=-1))
    async with play(cast, OtherList({"user" if side is Role.USER else "helper": stale})) as on:
        helping = await on.serve(helper, "helper")
        asking = await on.ask(user, "user", "--to", helper.name)
        await accept(helping)
        careful, other = (asking, helping) if side is Role.USER else (helping, asking)
        told = await ended(careful, "unverified", code="revocations_unknown")
        assert "list of revoked certificates" in told["text"]
        event = await other.event("ended")
        assert event["text"]
        on.nothing_was_shown()


async def test_a_list_rolled_back(cast: Cast) -> None:
    """Who has seen that Jiro is revoked goes on knowing it, whatever older list the relay gives afterwards."""
    emi = await newcomer(cast, Role.USER, "Emi Kato")
    number = int((datetime.now(UTC) + timedelta(days=1)).timestamp())
    serial = profile_of(cast.jiro).certificate.serial
    newer = revocation_list(cast, number=number, until=timedelta(hours=20), revoked=[serial])
    async with play(cast, OtherList({"emi": newer})) as on:
        listing = await emi.start("helpers", *await on.node.way("emi"), program="hostile-emi")
        on.programs["emi"] = listing
        assert await listing.ended() == 0
    assert profile_of(emi).crl is not None
    async with play(cast) as on:
        jiro = await on.serve(cast.jiro, "jiro")
        asking = await on.ask(emi, "emi", "--to", cast.jiro.name)
        await accept(jiro)
        told = await ended(asking, "revoked", code="peer_unverified")
        assert "revoked" in told["text"]
        event = await jiro.event("ended")  # what the other side says of it, where that comes in time
        assert (event["why"], event.get("code")) in {("revoked", None), ("not_accepted", "peer_refused_us")}
        on.nothing_was_shown()


# what each side is told


class TwoStories(Lies):
    """Tells the helper something else than the user."""

    def __init__(self, about: str) -> None:
        self.about = about
        self.request = ""

    async def to_relay(self, who: str, message: Message) -> Iterable[Message]:
        """What the user asked for, or the id that the helper knows."""
        if message["type"] == "request":
            self.request = message["request"]
            if self.about == "offer":
                message["mode"] = "control"
        return [self._renamed(message, "e" * 32, self.request) if who == "taro" else message]

    async def to_agent(self, who: str, message: Message) -> Iterable[Message]:
        """What the helper is told."""
        if who != "taro":
            return [message]
        if message["type"] == "granted" and self.about in {"mode", "session"}:
            message[self.about] = "control" if self.about == "mode" else "d" * 32
        return [self._renamed(message, self.request, "e" * 32)]

    def _renamed(self, message: Message, old: str, new: str) -> Message:
        if self.about != "request" or not old:
            return message
        renamed: Message = json.loads(json.dumps(message).replace(old, new))
        return renamed


@pytest.mark.parametrize("about", ["offer", "mode", "session", "request"])
async def test_two_stories(cast: Cast, about: str) -> None:
    """Mode, session, request: what either side was told must be the same, and the first thing they tell each other is that."""
    async with play(cast, TwoStories(about)) as on:
        taro = await on.serve(cast.taro, "taro")
        user = await on.ask(cast.hanako, "hanako", "--to", cast.taro.name)
        await accept(taro)
        told = [(await program.event("ended"))["why"] for program in (taro, user)]
        assert "tampered" in told, told
        assert set(told) <= {"tampered", "cut"}
        on.nothing_was_shown()


# in the middle of a session


@dataclass
class Spoil(Lies):
    """Does this to the pictures on their way to the helper, once it is told to."""

    kind: str
    spoiling: bool = False
    honest: int = 0  # bytes of payload that reached the helper as they were sent
    held: bytes = b""

    async def to_agent(self, who: str, message: Message) -> Iterable[Message]:
        """No word of an end."""
        return [message] if message["type"] not in {"ended", "over"} else []

    async def leg(self, who: str, payload: bytes, *, up: bool) -> Iterable[bytes]:
        """Once, and from then on all is as it was sent."""
        if who != "taro" or up:
            return [payload]
        if not self.spoiling:
            self.honest += len(payload)
            return [payload]
        if self.kind == "reorder" and not self.held:
            self.held = payload
            return []
        self.spoiling = False
        match self.kind:
            case "drop":
                return []
            case "duplicate":
                self.honest += len(payload)
                return [payload, payload]
            case "reorder":
                return [payload, self.held]
            case "truncate":
                return [payload[:-7]]
            case "flip":
                return [payload[:50] + bytes([payload[50] ^ 1]) + payload[51:]]
            case _:
                return [b"\x17\x03\x03\x00\x20" + bytes(32), payload]


@pytest.mark.parametrize("kind", ["drop", "duplicate", "reorder", "truncate", "flip", "insert"])
async def test_spoilt_bytes(cast: Cast, kind: str) -> None:
    """The viewer gets what the user's side sent, in order, up to the first byte that was touched, and then nothing."""
    lies = Spoil(kind)
    async with play(cast, lies) as on:
        taro = await on.serve(cast.taro, "taro")
        user = await on.ask(cast.hanako, "hanako", "--to", cast.taro.name, screen=True)
        await accept(taro)
        await user.event("connected")
        viewer = await watching(cast, taro)
        before, lies.honest, lies.spoiling = lies.honest, 0, True
        assert before > 100_000
        viewer.say(b"\x03\x00" + bytes(4) + viewer.size[0].to_bytes(2, "big") + viewer.size[1].to_bytes(2, "big"))
        rest = await asyncio.wait_for(viewer.reader.read(-1), 20)
        assert len(rest) <= lies.honest
        told = await ended(taro, "protocol")
        assert told["text"] == "One of the programs sent something that is not allowed. The session was ended."
        await ended(user, "protocol", "cut")
        await viewer.close()


@dataclass
class KeepApart(Spoil):
    """Gives nobody a way back."""

    apart: bool = False

    async def to_agent(self, who: str, message: Message) -> Iterable[Message]:
        """No word of an end, nor a ticket."""
        return [] if self.apart and message["type"] == "granted" else await super().to_agent(who, message)


@pytest.mark.parametrize("politely", [False, True])
async def test_a_cut_stream(cast: Cast, politely: bool) -> None:
    """Without a BYE of the other side it was cut, however politely: it is tried again, and nobody reads that somebody ended it."""
    lies = KeepApart("nothing")
    async with play(cast, lies) as on:
        taro = await on.serve(cast.taro, "taro")
        user = await on.ask(cast.hanako, "hanako", "--to", cast.taro.name, screen=True)
        await accept(taro)
        session = (await user.event("connected"))["session"]
        viewer = await watching(cast, taro)
        lies.apart = True
        on.node.cut_legs(politely=politely)
        for program in (taro, user):
            await program.event("interrupted", session=session)
        for who, program in (("taro", taro), ("hanako", user)):
            on.node.say(who, {"type": "error", "about": "ticket", "code": "no_such_session", "session": session})
            told = await ended(program, "cut")
            assert (told["by"], told["text"]) == (None, "The connection was cut. Ask again.")
        assert (await user.event("over"))["lost"]
        assert await asyncio.wait_for(viewer.reader.read(-1), 20) == b""
        await viewer.close()


@pytest.mark.parametrize("whom", ["hanako", "taro"])
async def test_an_end_that_nobody_wished(cast: Cast, whom: str) -> None:
    """A relay can always end a session, and says why as it likes; the other side is not told that a person did."""
    async with play(cast, Spoil("nothing")) as on:
        taro = await on.serve(cast.taro, "taro")
        user = await on.ask(cast.hanako, "hanako", "--to", cast.taro.name, screen=True)
        await accept(taro)
        session = (await user.event("connected"))["session"]
        viewer = await watching(cast, taro)
        why = "helper_ended" if whom == "hanako" else "user_ended"
        on.node.say(whom, {"type": "ended", "session": session, "why": why})
        told, other = (user, taro) if whom == "hanako" else (taro, user)
        await ended(told, why)
        assert (await ended(other, "cut"))["by"] is None
        assert await asyncio.wait_for(viewer.reader.read(-1), 20) == b""
        await viewer.close()


NEVER = {
    "request": "c" * 32,
    "session": "d" * 32,
    "ticket": "A" * 22,
    "legs": [["127.0.0.1", 1]],
    "peer": {"uri": "tasuki://example/helper/0", "name": "Taro Yamada"},
    "mode": "control",
    "to": {"kind": "anyone"},
}


class Nonsense(Lies):
    """Answers a request with an error that no relay knows."""

    async def to_relay(self, who: str, message: Message) -> Iterable[Message]:
        """Keep the request."""
        return [] if message["type"] == "request" else [message]


async def test_errors_and_ends_out_of_nowhere(cast: Cast) -> None:
    """An unknown error code is a sentence, not a crash; sessions and requests that are not ours are nobody's."""
    async with play(cast, Nonsense()) as on:
        await on.serve(cast.taro, "taro")
        user = await on.ask(cast.hanako, "hanako", "--to", cast.taro.name)
        request = (await on.node.saw("hanako", "request"))["request"]
        on.node.say("hanako", {"type": "granted", **NEVER})
        on.node.say("hanako", {"type": "ended", "session": "a" * 32, "why": "user_ended"})
        on.node.say("hanako", {"type": "over", "request": "b" * 32, "why": "declined"})
        on.node.say("hanako", {"type": "error", "about": "request", "code": "out_of_its_mind", "request": request})
        assert await user.ended() == 1
        log = user.log.read_text()
        assert "The relay does not accept this program (out_of_its_mind)" in log
        assert "Traceback" not in log
        on.nothing_was_shown()
        assert on.node.upgrades["hanako", "/v1/leg"] == 0


async def test_a_request_that_is_said_to_be_over(cast: Cast) -> None:
    """Nobody comes, and the person reads why: what the relay says is all that can be known of a request."""
    async with play(cast, Nonsense()) as on:
        await on.serve(cast.taro, "taro")
        user = await on.ask(cast.hanako, "hanako", "--to", cast.taro.name)
        request = (await on.node.saw("hanako", "request"))["request"]
        on.node.say(
            "hanako", {"type": "over", "request": request, "why": "declined", "note": "No\x1b[2J\nnever"}
        )  # no message
        on.node.say("hanako", {"type": "over", "request": request, "why": "declined", "note": "No\nnever"})
        over = await user.event("over")
        assert (over["why"], over["lost"]) == ("declined", False)
        assert over["text"].startswith("The helper cannot take the request now.")
        assert await user.ended() == 1
        on.nothing_was_shown()
