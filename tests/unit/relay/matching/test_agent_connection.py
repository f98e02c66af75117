"""One matching connection: how it begins, what ends it."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from common.net.certificates import new_key
from common.protocol.identity import Role
from common.protocol.messages import (
    Accept,
    Active,
    Cancel,
    Code,
    Crl,
    Decline,
    Error,
    Granted,
    Hello,
    Identify,
    Mode,
    Over,
    Refused,
    Request,
    Requests,
    SetStatus,
    Status,
    ToAnyone,
    ToGroup,
    Transfer,
    Watch,
    Welcome,
)
from relay.matching import agent_connection
from relay.matching.handlers import Handlers
from relay.settings import RelayLimits
from tests.support.ca import Organisation
from tests.support.relay_in_memory import Agent, RelayInMemory, connected, relay_in_memory


async def test_hello_identify_welcome(tmp_path: Path) -> None:
    """Hello with a nonce of its own, the relay's name and time; welcome with account, name and the revocation list."""
    async with relay_in_memory(tmp_path) as relay:
        account, identity = await relay.person(Role.USER, "Anna")
        agents = [Agent(relay, identity), Agent(relay, identity)]
        first, second = (agent.the(Hello) for agent in agents)
        assert first.nonce != second.nonce
        assert (first.relay, first.time) == ("relay.example", relay.clock.now().timestamp())
        agents[0].identify()
        welcome = agents[0].the(Welcome)
        assert (welcome.account, welcome.name, welcome.organisation) == (account.identifier, "Anna", "Example")
        assert welcome.ports == [443, 80]
        assert welcome.crl == relay.hub.crl.der  # type: ignore[union-attr]
        assert agents[0].identified == 1
        assert connected(relay.matching, Role.USER) == 1
        await relay.settle()
        [certificate] = await relay.store.certificates(account.identifier)
        assert certificate.not_after > relay.clock.now()


async def test_nobody_waits_for_identify_for_ever(tmp_path: Path) -> None:
    """Ten seconds after the upgrade, whatever else was said, it is over."""
    async with relay_in_memory(tmp_path) as relay:
        agent = Agent(relay, None)
        agent.say(Watch(on=True))
        assert agent.the(Error) == Error(about="watch", code=Code.NOT_NOW)
        await relay.advance(9.9)
        assert agent.ws.closed is None
        await relay.advance(0.2)
        assert agent.ws.closed is not None
        assert agent.ws.closed[0] == 1008
        assert relay.clock.waiting == 0


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ("signature", Code.BAD_SIGNATURE),
        ("another relay", Code.BAD_SIGNATURE),
        ("another nonce", Code.BAD_SIGNATURE),
        ("another root", Code.BAD_CERTIFICATE),
        ("nonsense", Code.BAD_CERTIFICATE),
        ("revoked", Code.CERTIFICATE_REVOKED),
        ("expired", Code.CERTIFICATE_EXPIRED),
        ("disabled", Code.ACCOUNT_DISABLED),
        ("unknown", Code.NO_ACCOUNT),
        ("another role", Code.NO_ACCOUNT),
        ("stale list", Code.BUSY),
        ("no list", Code.BUSY),
        ("not started", Code.BUSY),
    ],
)
async def test_refused(tmp_path: Path, wrong: str, code: Code) -> None:
    """Each thing that can be wrong with an agent has its code, ends the connection, and lets nobody in."""
    async with relay_in_memory(tmp_path) as relay:
        account, identity = await relay.person(Role.USER, "Anna")
        changes: dict[str, object] = {}
        match wrong:
            case "signature":
                changes["signature"] = b"x" * 70
            case "another nonce":
                other = Agent(relay, identity)
                nonce = other.the(Hello).nonce
                other.cut()
                changes["signature"] = identity.sign(b"tasuki-matching-1\0\0\x0drelay.example" + nonce)
            case "another root":
                (tmp_path / "other").mkdir()
                identity = Organisation(tmp_path / "other").person(Role.USER, "Anna", account.identifier)
            case "nonsense":
                changes["chain"] = [b"x", b"y"]
            case "revoked":
                await relay.matching.crl_changed(relay.organisation.revoke(account.identifier).der)
            case "expired":
                relay.clock.advance(31 * 86400)
                await relay.matching.crl_changed(relay.organisation.crl().der)
            case "disabled":
                await relay.admin.access.disable_account(account.identifier, by="operator:test")
            case "unknown":
                identity = relay.organisation.person(Role.USER, "Ben")
            case "another role":
                identity = relay.organisation.person(Role.HELPER, "Anna helper", account.identifier)
            case "stale list":
                relay.clock.advance(86400 * 2)
            case "no list":
                relay.hub.crl = None
            case "not started":
                relay.hub.started = False
            case _:
                assert wrong == "another relay"
        agent = Agent(relay, identity)
        agent.identify(signed_for="other.example" if wrong == "another relay" else "relay.example", **changes)
        assert agent.the(Refused).reason == code
        assert agent.ws.closed == (1008, code)
        assert not agent.heard(Welcome)
        assert agent.identified == 0
        assert connected(relay.matching, Role.USER) == 0


async def test_an_identity_without_its_key(tmp_path: Path) -> None:
    """Somebody else's chain, signed for by one's own key, is a bad signature."""
    async with relay_in_memory(tmp_path) as relay:
        _, identity = await relay.person(Role.USER, "Anna")
        agent = Agent(relay, replace(identity, key=new_key()))
        agent.identify()
        assert agent.the(Refused).reason == Code.BAD_SIGNATURE


@pytest.mark.parametrize("payload", ["", "{", "nonsense", b"\x00\x01", b'{"type":"watch","on":true}'])
async def test_what_is_no_json(tmp_path: Path, payload: str | bytes) -> None:
    """It ends the connection with 1007, before and after identify."""
    async with relay_in_memory(tmp_path) as relay:
        for agent in (Agent(relay, None), await relay.agent(Role.USER, "Anna")):
            agent.raw(payload)
            assert agent.ws.closed is not None
            assert agent.ws.closed[0] == 1007


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('{"type":"dance"}', Error(about="dance", code=Code.UNKNOWN_TYPE)),
        ('{"type":"welcome","account":"x"}', Error(about="welcome", code=Code.UNKNOWN_TYPE)),
        ('{"type":"watch","on":"yes"}', Error(about="watch", code=Code.MALFORMED)),
        ('{"type":"cancel","request":"ABC"}', Error(about="cancel", code=Code.MALFORMED)),
        ("[1]", Error(about="", code=Code.MALFORMED)),
        ('{"on":true}', Error(about="", code=Code.MALFORMED)),
        ('{"type":"status","status":"asleep"}', Error(about="status", code=Code.MALFORMED)),
        ('{"type":"dance\\u0000"}', Error(about="", code=Code.MALFORMED)),
        ('{"type":"' + "d" * 65 + '"}', Error(about="", code=Code.MALFORMED)),
    ],
)
async def test_what_is_no_message(tmp_path: Path, text: str, error: Error) -> None:
    """It is answered with `error`, and the connection goes on."""
    async with relay_in_memory(tmp_path) as relay:
        agent = await relay.agent(Role.USER, "Anna")
        agent.raw(text)
        assert agent.ws.sent == [error]
        assert agent.ws.closed is None


@pytest.mark.parametrize("words", ["a\0secret", "a\x1b[2Jsecret", "secret" * 84])
async def test_words_that_no_message_has(tmp_path: Path, words: str) -> None:
    """A text with a control character in it, or too long, is malformed: nothing is written, nothing quoted, the connection goes on."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await relay.agent(Role.USER, "Anna"), await relay.agent(Role.HELPER, "Hana")
        request = "a" * 32
        user.say(Request(request=request, to=ToAnyone(), mode=Mode.VIEW, topic="printer"))
        await relay.settle()
        rows = len(await relay.store.audit_rows())
        user.forget()
        user.say(
            Request(request=request, to=ToAnyone(), mode=Mode.VIEW, topic=words),
            Request(request=request, to=ToAnyone(), mode=Mode.VIEW, inventory={"os": words}),
            Request(request=request, to=ToAnyone(), mode=Mode.VIEW, inventory={words: "Debian"}),
            Request(request=request, to=ToGroup(group=words), mode=Mode.VIEW),
        )
        helper.say(Decline(request=request, why=words), Transfer(request=request, to=ToAnyone(), note=words))
        await relay.settle()
        assert user.ws.sent == [Error(about="request", code=Code.MALFORMED)] * 4
        assert helper.ws.sent == [Error(about=about, code=Code.MALFORMED) for about in ("decline", "transfer")]
        assert len(await relay.store.audit_rows()) == rows
        assert [one.topic for one in relay.admin.open_requests()] == ["printer"]
        assert (user.ws.closed, helper.ws.closed) == (None, None)


async def test_unknown_fields_are_ignored(tmp_path: Path) -> None:
    """A newer agent may say more."""
    async with relay_in_memory(tmp_path) as relay:
        agent = await relay.agent(Role.USER, "Anna")
        agent.raw('{"type":"watch","on":true,"colour":"red"}')
        await relay.settle()
        assert not agent.heard(Error)


async def test_identify_once(tmp_path: Path) -> None:
    """A second identify is refused by `error`, and changes nothing."""
    async with relay_in_memory(tmp_path) as relay:
        _, identity = await relay.person(Role.USER, "Anna")
        agent = Agent(relay, identity)
        agent.identify()
        agent.say(Identify(chain=list(identity.chain), signature=b""))
        await relay.settle()
        assert agent.the(Error) == Error(about="identify", code=Code.NOT_NOW)
        assert agent.ws.closed is None


async def test_roles(tmp_path: Path) -> None:
    """A helper asks for nothing, a user takes nothing."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await relay.agent(Role.USER, "Anna"), await relay.agent(Role.HELPER, "Hana")
        user.say(Accept(request="a" * 32), SetStatus(status=Status.AWAY))
        helper.say(
            Request(request="a" * 32, to=ToAnyone(), mode=Mode.VIEW),
            Cancel(request="a" * 32),
            Active(session="b" * 32),
        )
        await relay.settle()
        for agent in (user, helper):
            assert {one.code for one in agent.heard(Error)} == {Code.NOT_ALLOWED}


async def test_a_newer_connection_closes_the_older(tmp_path: Path) -> None:
    """4001 for the older; what it is told afterwards goes to the newer, and its end changes nothing."""
    async with relay_in_memory(tmp_path) as relay:
        _, identity = await relay.person(Role.HELPER, "Hana")
        older = await relay.connect(identity)
        newer = await relay.connect(identity)
        assert older.ws.closed is not None
        assert older.ws.closed[0] == 4001
        older.listener.closed(older.ws, 4001, "")
        assert connected(relay.matching, Role.HELPER) == 1
        await relay.matching.crl_changed(relay.organisation.crl().der)
        assert newer.heard(Crl)
        assert not older.heard(Crl)


async def test_two_certificates_of_one_account(tmp_path: Path) -> None:
    """Two PCs of one person live beside each other."""
    async with relay_in_memory(tmp_path) as relay:
        account, identity = await relay.person(Role.USER, "Anna")
        other = relay.organisation.person(Role.USER, "Anna", account.identifier)
        agents = [await relay.connect(identity), await relay.connect(other)]
        assert [agent.ws.closed for agent in agents] == [None, None]
        assert connected(relay.matching, Role.USER) == 2


async def _pings(relay: RelayInMemory, agent: Agent, seconds: int) -> int:
    """How many come in this time, each answered within a second."""
    before = agent.ws.pings
    for _ in range(seconds):
        known = agent.ws.pings
        await relay.advance(1)
        agent.ws.heard += agent.ws.pings - known
    return agent.ws.pings - before


async def test_heartbeat(tmp_path: Path) -> None:
    """A ping every 20 to 30 seconds; any byte is an answer; 15 s after one without any it is cut."""
    async with relay_in_memory(tmp_path) as relay:
        agent = await relay.agent(Role.USER, "Anna")
        await relay.advance(19.9)
        assert agent.ws.pings == 0
        assert 8 <= await _pings(relay, agent, 250) <= 13
        assert not agent.ws.aborted
        await relay.advance(30 + 15)
        assert agent.ws.aborted
        agent.cut()
        assert connected(relay.matching, Role.USER) == 0


async def test_a_helper_is_pinged_more_often_while_available(tmp_path: Path) -> None:
    """Every 8 to 12 seconds; else as any."""
    async with relay_in_memory(tmp_path) as relay:
        helper = await relay.agent(Role.HELPER, "Hana")
        assert await _pings(relay, helper, 120) >= 9
        helper.say(SetStatus(status=Status.AWAY))
        await _pings(relay, helper, 15)
        assert await _pings(relay, helper, 120) <= 6
        helper.say(SetStatus(status=Status.AVAILABLE))
        assert await _pings(relay, helper, 14) >= 1


async def test_a_user_is_pinged_more_often_while_waiting(tmp_path: Path) -> None:
    """From the request on, to the session."""
    async with relay_in_memory(tmp_path) as relay:
        user = await relay.agent(Role.USER, "Anna")
        await _pings(relay, user, 1)
        user.say(relay.request(ToAnyone()))
        assert await _pings(relay, user, 60) >= 4
        helper = await relay.agent(Role.HELPER, "Hana")
        helper.say(relay.accept())
        await relay.settle()
        assert await _pings(relay, user, 50) >= 3
        await relay.joined(user, helper)
        user.say(Active(session=user.the(Granted).session))
        await _pings(relay, user, 15)
        assert await _pings(relay, user, 120) <= 6


async def test_too_many_messages(tmp_path: Path) -> None:
    """An agent that never stops talking is closed with 1008."""
    async with relay_in_memory(tmp_path, limits=RelayLimits(matching_messages=5)) as relay:
        agent = await relay.agent(Role.USER, "Anna")
        for _ in range(6):
            agent.say(Watch(on=False))
        assert agent.ws.closed is not None
        assert agent.ws.closed[0] == 1008


async def test_many_messages_at_once_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While earlier ones wait for the disk, no more than so many are taken; then it is read from again."""
    monkeypatch.setattr(agent_connection, "QUEUED_MESSAGES", 3)
    async with relay_in_memory(tmp_path) as relay:
        agent = await relay.agent(Role.USER, "Anna")
        agent.say(*[Watch(on=True)] * 4)
        assert agent.ws.paused
        await relay.settle()
        assert not agent.ws.paused


async def test_a_certificate_that_ends_meanwhile(tmp_path: Path) -> None:
    """An expired certificate is accepted nowhere, also not on a connection that is older."""
    async with relay_in_memory(tmp_path) as relay:
        agent = await relay.agent(Role.USER, "Anna")
        relay.clock._start += timedelta(days=31)
        agent.say(Watch(on=True))
        await relay.settle()
        assert agent.the(Refused).reason == Code.CERTIFICATE_EXPIRED
        assert agent.ws.closed is not None


async def test_a_bug_ends_one_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception of ours closes the connection it came on with 1011, and no other."""
    async with relay_in_memory(tmp_path) as relay:
        agents = [await relay.agent(Role.USER, name) for name in ("Anna", "Ben")]

        async def fail(*_: object) -> None:
            raise LookupError

        monkeypatch.setattr(Handlers, "_handle", fail)
        agents[0].say(Watch(on=True))
        await relay.settle()
        assert agents[0].ws.closed is not None
        assert agents[0].ws.closed[0] == 1011
        assert agents[1].ws.closed is None


async def test_messages_are_counted_by_type_once_they_are_handled(tmp_path: Path) -> None:
    """For metrics: also those that are refused then, but not what cannot be decoded, nor `identify`."""
    async with relay_in_memory(tmp_path) as relay:
        agent = await relay.agent(Role.USER, "Anna")
        agent.say(Watch(on=True), Watch(on=False), Accept(request="0" * 32))
        agent.raw('{"type":"watch"}')
        agent.raw('{"type":"dance"}')
        await relay.settle()
        assert relay.hub.counts.messages == {"watch": 2, "accept": 1}


async def test_the_last_word_counts(tmp_path: Path) -> None:
    """What was said before the connection closed is done: a request that is taken back on leaving goes at once."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await relay.agent(Role.USER, "Anna"), await relay.agent(Role.HELPER, "Hana", watch=True)
        user.say(Request(request="a" * 32, to=ToAnyone(), mode=Mode.VIEW))
        await relay.advance(1.0)
        assert [entry.request for message in helper.heard(Requests) for entry in message.set] == ["a" * 32]
        helper.forget()
        user.say(Cancel(request="a" * 32))
        user.cut()
        await relay.settle()
        await relay.advance(1.0)
        assert [gone.request for message in helper.heard(Requests) for gone in message.gone] == ["a" * 32]
        assert connected(relay.matching, Role.USER) == 0


async def test_the_last_word_counts_though_its_agent_is_back_already(tmp_path: Path) -> None:
    """What was said on the older connection is done first: the new request finds the old one taken back, not in its way."""
    async with relay_in_memory(tmp_path) as relay:
        _, identity = await relay.person(Role.USER, "Anna")
        older, helper = await relay.connect(identity), await relay.agent(Role.HELPER, "Hana", watch=True)
        older.say(Request(request="a" * 32, to=ToAnyone(), mode=Mode.VIEW))
        await relay.settle()
        older.say(Watch(on=True), Cancel(request="a" * 32), Request(request="b" * 32, to=ToAnyone(), mode=Mode.VIEW))
        newer = Agent(relay, identity)
        newer.identify()
        newer.say(Request(request="c" * 32, to=ToAnyone(), mode=Mode.VIEW))
        await relay.settle()
        assert older.ws.closed is not None
        assert not newer.heard(Error)
        await relay.advance(1.0)
        assert [entry.request for message in helper.heard(Requests) for entry in message.set][-1] == "c" * 32
        assert [over.request for over in newer.heard(Over)] == ["a" * 32, "b" * 32]  # asked by a run that is gone
        newer.cut()
        await relay.settle()
        assert connected(relay.matching, Role.USER) == 0
        await relay.advance(relay.timing.user_away + 1.0)
        assert len(relay.hub.open_requests) == 0  # nothing is bound to a connection that is gone


class Gate:
    """Stands in for the handlers: the first message waits until `open`; what was handled."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.open = asyncio.Event()
        self.handled: list[str] = []

        async def handle(_handlers: Handlers, _connection: object, message: Cancel) -> None:
            await self.open.wait()
            self.handled.append(message.request[0])

        monkeypatch.setattr(Handlers, "_handle", handle)

    async def until(self, count: int) -> None:
        """So many were handled."""
        self.open.set()
        async with asyncio.timeout(10):
            while len(self.handled) < count:  # noqa: ASYNC110 -- nothing tells
                await asyncio.sleep(0)


async def test_the_order_holds_over_three_connections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the one in the middle said nothing."""
    async with relay_in_memory(tmp_path) as relay:
        _, identity = await relay.person(Role.USER, "Anna")
        gate = Gate(monkeypatch)
        oldest = await relay.connect(identity)
        oldest.say(Cancel(request="a" * 32), Cancel(request="b" * 32))
        for request in ("", "c" * 32):
            agent = Agent(relay, identity)
            agent.identify()
            if request:
                agent.say(Cancel(request=request))
        await asyncio.sleep(0)
        await gate.until(3)
        assert gate.handled == ["a", "b", "c"]


async def test_nobody_speaks_with_a_certificate_that_was_revoked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also not with what an older connection had said before."""
    async with relay_in_memory(tmp_path) as relay:
        account, identity = await relay.person(Role.USER, "Anna")
        other, gate = await relay.agent(Role.USER, "Ben"), Gate(monkeypatch)
        older = await relay.connect(identity)
        older.say(Cancel(request="a" * 32), Cancel(request="b" * 32))
        await asyncio.sleep(0)  # the first one is under way
        newer = Agent(relay, identity)
        newer.identify()
        await relay.matching.crl_changed(relay.organisation.revoke(account.identifier).der)
        other.say(Cancel(request="c" * 32))
        await gate.until(2)
        await relay.settle()
        assert sorted(gate.handled) == ["a", "c"]  # what was under way is done


async def test_nobody_speaks_for_an_account_that_was_disabled(tmp_path: Path) -> None:
    """Also not with what an older connection had said before."""
    async with relay_in_memory(tmp_path) as relay:
        account, identity = await relay.person(Role.USER, "Anna")
        older = await relay.connect(identity)
        older.say(Watch(on=True), Request(request="a" * 32, to=ToAnyone(), mode=Mode.VIEW))
        newer = Agent(relay, identity)
        newer.identify()
        relay.hub.services.directory.put(replace(account, disabled_at=relay.clock.now()))
        await relay.settle()
        assert len(relay.hub.open_requests) == 0


async def test_lost_before_identify(tmp_path: Path) -> None:
    """A connection that goes early leaves nothing behind, no timer either."""
    async with relay_in_memory(tmp_path) as relay:
        agent = Agent(relay, None)
        agent.cut()
        agent.cut()
        assert relay.clock.waiting == 0
