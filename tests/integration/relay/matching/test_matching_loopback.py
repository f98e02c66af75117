"""Matching as agents have it: their own client, through TLS and the front door, to a relay with its records on disk."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from common.agent.matching.matching import Matching
from common.protocol.identity import Role
from common.protocol.matching_client import MatchingPhase
from common.protocol.messages import (
    Active,
    Code,
    End,
    Ended,
    Granted,
    Hello,
    HelperEntry,
    Identify,
    Mode,
    Over,
    Refused,
    ToHelper,
    Waiting,
    decode_from_relay,
    encode,
)
from common.protocol.reasons import Why
from relay.core.leg_messages import PairJoined
from tests.support.front import Client, until, upgrade
from tests.support.relay_in_memory import connected
from tests.support.relay_on_loopback import Heard, Member, RelayOnLoopback, relay_on_loopback

PATIENCE = 20.0


@contextlib.asynccontextmanager
async def online(relay: RelayOnLoopback, *members: Member) -> AsyncIterator[list[Matching]]:
    """Their connections, identified and watching."""
    connections = [relay.agent(member) for member in members]
    try:
        for one in connections:
            one.start()
            await one.online(PATIENCE)
            one.watch(True)
        yield connections
    finally:
        for one in connections:
            await one.stop()


async def test_from_the_list_to_the_end(tmp_path: Path) -> None:
    """The user sees the helper, asks, is accepted, both get tickets; what happened is on disk, transition by transition."""
    async with relay_on_loopback(tmp_path) as relay:
        anna, hana = await relay.member(Role.USER, "Anna"), await relay.member(Role.HELPER, "Hana")
        async with online(relay, anna, hana) as (user, helper):
            heard = [Heard(user), Heard(helper)]
            await until(lambda: bool(user.view.helpers))
            [entry] = user.view.helpers
            assert isinstance(entry, HelperEntry)
            request = user.request(to=ToHelper(uri=entry.uri), name="Hana", mode=Mode.CONTROL, topic="Drucker 🖨")
            assert (await heard[0].first(Waiting)).position == 1
            await until(lambda: bool(helper.view.requests))
            assert helper.view.requests[0].topic == "Drucker 🖨"
            helper.accept(request)
            granted = [await one.first(Granted) for one in heard]
            assert granted[0].session == granted[1].session
            relay.matching.heard(PairJoined(session=granted[0].session, pair=0))
            user.send(Active(session=granted[0].session))
            await until(lambda: any(one.active_at for one in relay.admin.live_sessions()))
            helper.send(End(session=granted[0].session, why=Why.HELPER_ENDED))
            for one in heard:
                assert (await one.first(Ended)).why is Why.HELPER_ENDED
            assert (await heard[0].first(Over)).why is Why.HELPER_ENDED
        rows = await relay.store.audit_rows()
        assert [row.entry.event for row in rows if row.entry.subject == request] == [
            "request.waiting",
            "request.granted",
            "request.active",
            "request.over",
        ]


async def test_the_same_certificate_twice(tmp_path: Path) -> None:
    """The older connection is closed with 4001 and does not come back by itself; the newer one works."""
    async with relay_on_loopback(tmp_path) as relay:
        anna = await relay.member(Role.USER, "Anna")
        async with online(relay, anna) as (older,), online(relay, anna) as (newer,):
            await until(lambda: older.view.phase is MatchingPhase.REPLACED)
            assert newer.view.phase is MatchingPhase.ONLINE
            assert connected(relay.matching, Role.USER) == 1


async def test_disabled_while_online(tmp_path: Path) -> None:
    """The agent hears why, and coming back does not help."""
    async with relay_on_loopback(tmp_path) as relay:
        anna = await relay.member(Role.USER, "Anna")
        async with online(relay, anna) as (user,):
            await relay.admin.access.disable_account(
                relay.admin.lookup.find_account("Anna").identifier, by="operator:test"
            )
            await until(lambda: user.view.refused is Code.ACCOUNT_DISABLED)


async def test_a_newer_list_reaches_everybody(tmp_path: Path) -> None:
    """Agents keep the list that the CA signed last, and the revoked one is out."""
    async with relay_on_loopback(tmp_path) as relay:
        anna, ben = await relay.member(Role.USER, "Anna"), await relay.member(Role.USER, "Ben")
        async with online(relay, anna, ben) as (_, revoked):
            crl = relay.organisation.revoke(relay.admin.lookup.find_account("Ben").identifier)
            await relay.matching.crl_changed(crl.der)
            await until(lambda: anna.crl is not None and anna.crl.number == crl.number)
            await until(lambda: revoked.view.refused is Code.CERTIFICATE_REVOKED)


async def test_bytes_of_a_stranger(tmp_path: Path) -> None:
    """Raw frames: hello first; no JSON is 1007, a message over 64 KiB 1009; a made-up identity is refused."""
    async with relay_on_loopback(tmp_path) as relay:
        for payload, code in ((b"{", 1007), (b" " * 70_000, 1009)):
            client = await Client.connect(relay.port)
            client.send(upgrade("/v1/matching", "tasuki.matching.v1"))
            assert (await client.answer())[0] == 101
            opcode, first = await client.frame()
            assert opcode == 1
            assert isinstance(decode_from_relay(first.decode()), Hello)
            client.send_frame(1, payload)
            assert await client.close_code() == code
        client = await Client.connect(relay.port)
        client.send(upgrade("/v1/matching", "tasuki.matching.v1"))
        await client.answer()
        await client.frame()
        client.send_frame(1, encode(Identify(chain=[b"x"], signature=b"y")).encode())
        refused = decode_from_relay((await client.frame())[1].decode())
        assert refused == Refused(reason=Code.BAD_CERTIFICATE)
        assert await client.close_code() == 1008


async def test_many_at_once(tmp_path: Path) -> None:
    """Sixty connections of five people come, a list goes to all of them, and they go."""
    async with relay_on_loopback(tmp_path) as relay:
        members = await asyncio.gather(*(relay.member(Role.USER, f"User {number}") for number in range(5)))
        hana = await relay.member(Role.HELPER, "Hana")
        identities = [
            Member(
                role=Role.USER,
                name=member.name,
                identity=relay.organisation.person(
                    Role.USER, member.name, relay.admin.lookup.find_account(member.name).identifier
                ),
                root=member.root,
                port=relay.port,
            )
            for member in members
            for _ in range(12)
        ]
        async with online(relay, *identities) as connections:
            assert connected(relay.matching, Role.USER) == len(identities)
            async with online(relay, hana):
                await until(lambda: all(one.view.helpers for one in connections))
        await until(lambda: connected(relay.matching, Role.USER) == 0)
