"""A relay that lies about people, certificates and lists: no session, and a sentence for the right person."""

import asyncio
import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from common.agent.enrolment.profile import Profile
from common.net.certificates import make_csr, new_key
from common.protocol.identity import Role
from deploy.demo.programs import ProgramError
from tests.e2e.hostile_play import Cast, Play, accept, ended, peer_of, play, profile_of
from tests.e2e.hostile_relay import Lies, Message, Socket
from tests.support.ca import Organisation as OtherOrganisation

# another helper than the one who was chosen


@dataclass
class OtherHelper(Lies):
    """Hanako asks for one helper; the relay gives her request to another, and tells her that it is the one she chose."""

    chosen: dict[str, str]
    given: dict[str, str]

    async def to_relay(self, who: str, message: Message) -> Iterable[Message]:
        """Ask for the other one."""
        if who == "hanako" and message["type"] == "request":
            message["to"] = {"kind": "helper", "uri": self.given["uri"]}
        return [message]

    async def to_agent(self, who: str, message: Message) -> Iterable[Message]:
        """Say that it is the one she chose."""
        if who == "hanako" and message["type"] in {"waiting", "granted"}:
            message["to"] = {"kind": "helper", "uri": self.chosen["uri"]}
            if message["type"] == "granted":
                message["peer"] = self.chosen
        return [message]


async def test_another_helper_than_the_chosen_one(cast: Cast) -> None:
    """Jiro comes in Taro's place: his certificate says who he is, and Hanako reads both names."""
    async with play(cast, OtherHelper(peer_of(cast.taro), peer_of(cast.jiro))) as on:
        await on.serve(cast.taro, "taro")
        jiro = await on.serve(cast.jiro, "jiro")
        user = await on.ask(cast.hanako, "hanako", "--to", cast.taro.name)
        await accept(jiro)
        told = await ended(user, "wrong_peer", code="name_differs")
        assert cast.taro.name in told["text"]
        assert cast.jiro.name in told["text"]
        await ended(jiro, "wrong_peer")
        assert (await user.event("over"))["code"] == "name_differs"
        assert await user.ended() == 1
        on.nothing_was_shown()


class Renamed(Lies):
    """The list shows Jiro under Taro's name, and no Taro."""

    async def to_agent(self, who: str, message: Message) -> Iterable[Message]:
        """Hanako's list."""
        if who == "hanako" and message["type"] == "helpers":
            others = [one for one in message["set"] if one.get("name") != "Taro Yamada"]
            message["set"] = [{**one, "name": one["name"].replace("Jiro Sato", "Taro Yamada")} for one in others]
        return [message]


async def test_a_helper_renamed_in_the_list(cast: Cast) -> None:
    """Hanako clicks "Taro Yamada", whose address is Jiro's: the name in the certificate gives it away."""
    async with play(cast, Renamed()) as on:
        jiro = await on.serve(cast.jiro, "jiro")
        user = await on.ask(cast.hanako, "hanako", "--to", cast.taro.name)
        await accept(jiro)
        told = await ended(user, "wrong_peer", code="name_differs")
        assert "You chose Taro Yamada, but the certificate says Jiro Sato" in told["text"]
        await ended(jiro, "wrong_peer")
        on.nothing_was_shown()


@dataclass
class OtherPeer(Lies):
    """Whoever takes the request, Hanako is told that it is this one."""

    peer: dict[str, str]

    async def to_agent(self, who: str, message: Message) -> Iterable[Message]:
        """The grant's peer."""
        if who == "hanako" and message["type"] == "granted":
            message["peer"] = self.peer
        return [message]


async def test_who_was_not_chosen_is_called_by_the_certificate(cast: Cast) -> None:
    """With --anyone the relay says Taro and it is Jiro: Hanako is asked about Jiro, and says no."""
    async with play(cast, OtherPeer(peer_of(cast.taro))) as on:
        jiro = await on.serve(cast.jiro, "jiro")
        user = await on.ask(cast.hanako, "hanako", "--anyone")
        await accept(jiro)
        question = await user.event("question", kind="allow")
        assert question["peer"] == {**peer_of(cast.jiro)}
        await user.tell("deny")
        await ended(user, "refused")
        await ended(jiro, "refused")
        on.nothing_was_shown()


class FalseTransfer(OtherHelper):
    """As above, and Hanako is told that the chosen helper took the request and passed it on."""

    async def to_agent(self, who: str, message: Message) -> Iterable[Message]:
        """A session that never was, its transfer, then the other helper's."""
        if who == "hanako" and message["type"] == "granted":
            never = {**message, "session": "0" * 32, "peer": self.chosen, "ticket": "A" * 22}
            return [never, {"type": "ended", "session": "0" * 32, "why": "transferred"}, message]
        return await super().to_agent(who, message)


async def test_a_transfer_that_nobody_made(cast: Cast) -> None:
    """Hanako named Taro and said --yes: Jiro is still asked about, by his own name."""
    async with play(cast, FalseTransfer(peer_of(cast.taro), peer_of(cast.jiro))) as on:
        await on.serve(cast.taro, "taro")
        jiro = await on.serve(cast.jiro, "jiro")
        user = await on.ask(cast.hanako, "hanako", "--to", cast.taro.name, "--yes")
        await accept(jiro)
        question = await user.event("question", kind="allow")
        assert question["peer"]["name"] == cast.jiro.name
        await user.tell("deny")
        await user.event("ended", why="refused")
        await ended(jiro, "refused")
        on.nothing_was_shown()


# legs


@dataclass
class Mirror(Lies):
    """These agents' legs get their own bytes back, and nobody hears from the relay that it is over."""

    mirrored: set[str]

    async def to_agent(self, who: str, message: Message) -> Iterable[Message]:
        """No word of an end."""
        return [message] if message["type"] not in {"ended", "over"} else []

    async def take_leg(self, socket: Socket) -> bool:
        """Reflect."""
        if socket.who not in self.mirrored:
            return False
        socket.accept()
        socket.send("ready")
        while (payload := await socket.receive()) is not None:
            socket.send(payload)
        return True


async def test_reflected_legs(cast: Cast) -> None:
    """A helper that meets itself says so at once; a user's agent, which waits to be spoken to, hears nothing and gives up."""
    async with play(cast, Mirror({"hanako", "taro"})) as on:
        taro = await on.serve(cast.taro, "taro")
        user = await on.ask(cast.hanako, "hanako", "--to", cast.taro.name)
        await accept(taro)
        await ended(taro, "protocol")
        await ended(user, "user_not_opened")
        on.nothing_was_shown()


class Crossed(Lies):
    """Two users' legs are joined to each other, two helpers' likewise."""

    def __init__(self) -> None:
        self.legs: dict[str, Socket] = {}
        self.all_here = asyncio.Event()
        self.partner = {"hanako": "ken", "ken": "hanako", "taro": "jiro", "jiro": "taro"}

    async def to_agent(self, who: str, message: Message) -> Iterable[Message]:
        """No word of an end."""
        return [message] if message["type"] not in {"ended", "over"} else []

    async def take_leg(self, socket: Socket) -> bool:
        """Join it to its partner."""
        self.legs[socket.who] = socket
        socket.accept()
        if len(self.legs) == 4:
            self.all_here.set()
        await self.all_here.wait()
        socket.send("ready")
        while (payload := await socket.receive()) is not None:
            self.legs[self.partner[socket.who]].send(payload)
        return True


async def test_user_to_user_and_helper_to_helper(cast: Cast) -> None:
    """Neither two users nor two helpers can have a session: their certificates and their part in TLS forbid it."""
    async with play(cast, Crossed()) as on:
        taro, jiro = await on.serve(cast.taro, "taro"), await on.serve(cast.jiro, "jiro")
        hanako = await on.ask(cast.hanako, "hanako", "--to", cast.taro.name)
        ken = await on.ask(cast.ken, "ken", "--to", cast.jiro.name)
        await accept(taro)
        await accept(jiro)
        for helper in (taro, jiro):
            await ended(helper, "protocol", "cut")
        for user in (hanako, ken):
            await ended(user, "user_not_opened", "cut")
        on.nothing_was_shown()


@dataclass
class Forged(Lies):
    """The helper's leg brings something that no peer sent."""

    payload: str | bytes

    async def take_leg(self, socket: Socket) -> bool:
        """`ready`, then this."""
        if socket.who != "taro":
            return False
        socket.accept()
        socket.send("ready")
        socket.send(self.payload)
        while await socket.receive() is not None:
            pass
        return True


@pytest.mark.parametrize(
    "payload",
    [
        b"RFB 003.008\n" + bytes(100),  # a screen in clear
        "ready",  # text, where only binary belongs
        b"\x01\x00\x00\x02{}",  # the channel in clear
        b"\x15\x03\x03\x00\x02\x02\x00",  # a forged TLS alert: close_notify, fatal
    ],
)
async def test_there_is_no_way_round_the_encryption(cast: Cast, payload: str | bytes) -> None:
    """What comes in clear ends it, and nothing of it reaches a viewer."""
    async with play(cast, Forged(payload)) as on:
        taro = await on.serve(cast.taro, "taro")
        user = await on.ask(cast.hanako, "hanako", "--to", cast.taro.name)
        await accept(taro)
        await ended(taro, "protocol", "cut", "wrong_peer")
        await user.tell("stop")
        on.nothing_was_shown()


# what was said once, said again


async def test_replayed_tickets(cast: Cast) -> None:
    """A ticket that was shown is worth nothing, to the relay's own node as to anybody; an old grant opens nothing."""
    async with play(cast) as on:
        taro = await on.serve(cast.taro, "taro")
        user = await on.ask(cast.hanako, "hanako", "--to", cast.taro.name)
        await accept(taro)
        await user.event("connected")
        await taro.event("connected")
        old = {who: await on.node.saw(who, "granted") for who in ("taro", "hanako")}
        cast.stage.secrets += [grant["ticket"] for grant in old.values()]
        for grant in old.values():
            assert await on.node.show_ticket(grant["ticket"]) == 403
        await user.tell("chat still here")
        await taro.event("chat", text="still here")
        await user.tell("stop")
        await ended(taro, "user_ended")
        assert await user.ended() == 0
        legs = {who: on.node.upgrades[who, "/v1/leg"] for who in old}
        assert legs == {"taro": 1, "hanako": 1}
        # told again to both, with something behind it that shows when it was read
        on.node.say("taro", old["taro"])
        fresh = {"request": "f" * 32, "user": peer_of(cast.ken), "to": {"kind": "anyone"}, "mode": "view", "since": 0.0}
        on.node.say("taro", {"type": "requests", "set": [fresh]})
        await taro.event("request", request="f" * 32)
        user = await on.ask(cast.hanako, "hanako", "--to", cast.taro.name)
        request = (await user.event("waiting"))["request"]
        on.node.say("hanako", old["hanako"])
        on.node.say("hanako", {"type": "waiting", "request": request, "position": 7, "to": old["hanako"]["to"]})
        await user.event("waiting", position=7)
        await user.tell("stop")
        assert (await user.event("over"))["why"] == "cancelled"
        assert await user.ended() == 0
        assert {who: on.node.upgrades[who, "/v1/leg"] for who in old} == legs


async def test_a_replayed_signature(cast: Cast) -> None:
    """It was made for one connection's nonce: at any other it is refused."""
    async with play(cast) as on:
        await on.serve(cast.taro, "taro")
        answer = await on.node.identify_again(await on.node.saw("taro", "identify"))
        assert answer == {"type": "refused", "reason": "bad_signature"}


class OtherName(Lies):
    """Says that it is another relay, at which the agent's signature could be used."""

    async def to_agent(self, who: str, message: Message) -> Iterable[Message]:
        """Hello."""
        return [{**message, "relay": "other.example"} if message["type"] == "hello" else message]


async def test_a_signature_for_another_relay(cast: Cast) -> None:
    """The agent signs for the relay of its enrolment line and no other; its person reads that this is not theirs."""
    async with play(cast, OtherName()) as on:
        program = await cast.taro.start("serve", "--viewer", "none", *await on.node.way("taro"), program="hostile-taro")
        on.programs["taro"] = program
        assert (await program.event("offline"))["code"] == "relay_not_ours"
        assert all(message["type"] != "identify" for _, message in on.node.heard)


# enrolment


class OtherKey(Lies):
    """Puts a request for its own key in the place of the agent's."""

    def __init__(self) -> None:
        self.csr = base64.b64encode(make_csr(new_key())).decode()

    async def body(self, who: str, payload: bytes, *, up: bool) -> bytes:
        """The request."""
        return json.dumps({**json.loads(payload), "csr": self.csr}).encode() if up else payload


@dataclass
class OtherCertificate(Lies):
    """Answers with a certificate that is not the agent's."""

    chain: Iterable[bytes]

    async def body(self, who: str, payload: bytes, *, up: bool) -> bytes:
        """The answer."""
        if up:
            return payload
        return json.dumps(
            {**json.loads(payload), "chain": [base64.b64encode(one).decode() for one in self.chain]}
        ).encode()


async def enrol(cast: Cast, on: Play, line: str, folder: Path) -> str:
    """`tasuki-user enrol`, by way of the hostile relay: what it says on stderr when it fails."""
    with pytest.raises(ProgramError) as failed:
        await cast.stage.run.command("tasuki-user", "enrol", line, "--folder", folder, *await on.node.way("new"))
    assert not Profile.open(role=Role.USER, folder=folder).enrolled
    return str(failed.value)


async def test_a_swapped_certificate_request(cast: Cast, tmp_path: Path) -> None:
    """The CA sees that the proof is for another key; the code is not used up, and serves an honest enrolment afterwards."""
    line = await cast.stage.office.account("user", "Rin Mori")
    async with play(cast, OtherKey()) as on:
        said = await enrol(cast, on, line, tmp_path / "rin")
        assert "it was changed on the way" in said
    await cast.stage.run.command("tasuki-user", "enrol", line, "--folder", tmp_path / "rin")
    assert Profile.open(role=Role.USER, folder=tmp_path / "rin").name == "Rin Mori"


async def test_a_swapped_certificate(cast: Cast, tmp_path: Path) -> None:
    """Somebody else's, or another organisation's: nothing is kept, and the sentence says so."""
    line = await cast.stage.office.account("user", "Sora Ueda")
    async with play(cast, OtherCertificate(profile_of(cast.ken).identity.chain)) as on:
        assert "is not the certificate that was asked for" in await enrol(cast, on, line, tmp_path / "sora")
    other = OtherOrganisation(tmp_path / "other", name="example", now=lambda: datetime.now(UTC))
    async with play(cast, OtherCertificate(other.person().chain)) as on:
        said = await enrol(cast, on, line, tmp_path / "sora")
        assert "does not come from the organisation in the enrolment line" in said
    await cast.stage.run.command("tasuki-user", "enrol", line, "--folder", tmp_path / "sora")
