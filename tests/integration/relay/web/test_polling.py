"""Matching and legs as requests and answers, byte by byte, and what strangers and bad lines make of it."""

import asyncio
import json
import os

import pytest

from relay.core.tickets import Side
from tests.support.front import Client, RunningFront, frame, front, open_leg, until

SESSION = "8" * 32


def post(path: str, body: bytes = b"", **headers: str) -> bytes:
    """One request; an underscore in a header's name is a hyphen."""
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"POST {path} HTTP/1.1\r\nHost: relay\r\nContent-Length: {len(body)}\r\n{lines}\r\n".encode() + body


class Polled:
    """A connection without upgrades, on as many connections of the network as a test likes."""

    def __init__(self, running: RunningFront, key: str) -> None:
        self.running = running
        self.key = key
        self.sent = 0
        self.got = 0

    @classmethod
    async def matching(cls, running: RunningFront) -> "Polled":
        """Not identified."""
        return cls(running, await opened(running, post("/v1/matching")))

    @classmethod
    async def leg(cls, running: RunningFront, side: Side) -> "Polled":
        """Parked."""
        ticket = running.ticket(SESSION, side)
        return cls(running, await opened(running, post("/v1/leg", Authorization=f"Bearer {ticket}")))

    def asking(self, path: str, position: int, body: bytes = b"") -> bytes:
        """The request."""
        return post(path, body, Authorization=f"Bearer {self.key}", Tasuki_Position=str(position))

    async def ask(self, path: str, position: int, body: bytes = b"") -> tuple[int, dict[str, str], bytes]:
        """On a connection of its own."""
        client = await Client.connect(self.running.port)
        client.send(self.asking(path, position, body))
        return await answer(client)

    async def up(self, data: bytes) -> None:
        """The next bytes."""
        status, headers, _ = await self.ask("/v1/up", self.sent, data)
        self.sent += len(data)
        assert (status, headers["tasuki-position"]) == (200, str(self.sent))

    async def down(self) -> bytes:
        """The next long answer."""
        status, _, body = await self.ask("/v1/down", self.got)
        assert status == 200
        self.got += len(body)
        return body


async def opened(running: RunningFront, request: bytes) -> str:
    """The key."""
    client = await Client.connect(running.port)
    client.send(request)
    status, headers, body = await answer(client)
    assert (status, headers["cache-control"]) == (200, "no-store, no-transform")
    return str(json.loads(body)["key"])


async def answer(client: Client) -> tuple[int, dict[str, str], bytes]:
    """With a length, or in chunks."""
    status, headers, body = await client.answer()
    while headers.get("transfer-encoding") == "chunked":
        size = int(await client.reader.readline(), 16)
        body += await client.reader.readexactly(size)
        await client.reader.readexactly(2)
        if not size:
            break
    return status, headers, body


async def joined(running: RunningFront) -> tuple[Polled, Client]:
    """The user's leg without upgrades, the helper's with one; both have read `ready`."""
    user = await Polled.leg(running, Side.USER)
    helper = await open_leg(running, running.ticket(SESSION, Side.HELPER))
    assert await helper.frame() == (1, b"ready")
    assert await user.down() == b"\x81\x05ready"
    return user, helper


async def test_a_byte_at_a_time() -> None:
    """Each in a post of its own, on a connection of its own: whole frames come out."""
    async with front() as running:
        agent = await Polled.matching(running)
        assert running.dialled == ["relay"]
        assert await agent.down() == b"\x81\x05hello"
        for byte in frame(1, b"me"):
            await agent.up(bytes((byte,)))
        assert await agent.down() == b"\x81\x02me"


async def test_a_request_in_drops() -> None:
    """The head and the body of a post, a byte at a time."""
    async with front() as running:
        agent = await Polled.matching(running)
        client = await Client.connect(running.port)
        for byte in agent.asking("/v1/up", 0, frame(1, b"x")):
            client.send(bytes((byte,)))
            await asyncio.sleep(0)
        assert (await client.answer())[0] == 200
        assert await agent.down() == b"\x81\x05hello\x81\x01x"


async def test_a_repeat_has_no_effect() -> None:
    """A post that comes again is answered as before; one behind a gap is 409, and so is a word that cannot be."""
    async with front() as running:
        user, helper = await joined(running)
        first, second = frame(2, b"first"), frame(2, b"second")
        await user.up(first)
        for position, body in ((0, first), (0, first[:3]), (2, first[2:] + second)):
            status, headers, _ = await user.ask("/v1/up", position, body)
            assert status == 200
        assert headers["tasuki-position"] == str(len(first + second))
        assert [await helper.frame(), await helper.frame()] == [(2, b"first"), (2, b"second")]
        for path, position in (("/v1/up", 10_000), ("/v1/down", 10_000)):
            assert (await user.ask(path, position, b"x" if path == "/v1/up" else b""))[0] == 409
        client = await Client.connect(running.port)
        client.send(post("/v1/up", b"x", Authorization=f"Bearer {user.key}", Tasuki_Position="-1"))
        assert (await client.answer())[0] == 409


async def test_a_lost_answer_comes_again() -> None:
    """Whoever has not said that it came, gets it again; what was said to have come is kept no longer."""
    async with front() as running:
        user, helper = await joined(running)
        helper.send_frame(2, b"picture")
        client = await Client.connect(running.port)
        client.send(user.asking("/v1/down", user.got))
        await client.reader.readuntil(b"picture")
        client.writer.transport.abort()
        assert await user.down() == b"\x82\x07picture"
        helper.send_frame(2, b"more")
        assert await user.down() == b"\x82\x04more"
        assert (await user.ask("/v1/down", 0))[0] == 409


async def test_a_newer_question_ends_the_older() -> None:
    """One long answer at a time: the older one ends without a byte."""
    async with front() as running:
        user, helper = await joined(running)
        older = await Client.connect(running.port)
        older.send(user.asking("/v1/down", user.got))
        newer = asyncio.ensure_future(user.down())
        status, _, body = await answer(older)
        assert (status, body) == (200, b"")
        helper.send_frame(2, b"for the newer")
        assert await newer == b"\x82\x0dfor the newer"


async def test_an_answer_ends() -> None:
    """After its time where nothing comes, so long after the first byte, and at 64 KiB."""
    async with front(timing={"polled_answer": 0.1, "polled_linger": 0.05}) as running:
        user, helper = await joined(running)
        assert await user.down() == b""
        helper.send_frame(2, b"a")
        assert await user.down() == b"\x82\x01a"
        data = os.urandom(200_000)
        for at in range(0, len(data), 50_000):
            helper.send_frame(2, data[at : at + 50_000])
        sizes: list[int] = []
        while sum(sizes) < len(data):
            sizes.append(len(await user.down()))
        assert max(sizes) <= 65_536
        assert len(sizes) < 20


async def test_wrong_keys() -> None:
    """None, an invented one, a ticket; and a ticket that was exchanged opens nothing more."""
    async with front() as running:
        ticket = running.ticket(SESSION, Side.USER)
        for token in ("", "x", "A" * 22, ticket):
            for path in ("/v1/up", "/v1/down"):
                client = await Client.connect(running.port)
                client.send(post(path, Authorization=f"Bearer {token}", Tasuki_Position="0"))
                assert (await client.answer())[0] == 403
        await opened(running, post("/v1/leg", Authorization=f"Bearer {ticket}"))
        client = await Client.connect(running.port)
        client.send(post("/v1/leg", Authorization=f"Bearer {ticket}"))
        assert (await client.answer())[0] == 403


async def test_the_fronts_rules_hold() -> None:
    """An Origin, a post that is too long, a body in drops, an answer that nobody takes."""
    async with front(timing={"request": 0.2}) as running:
        agent = await Polled.matching(running)
        for path in ("/v1/matching", "/v1/leg", "/v1/up", "/v1/down"):
            client = await Client.connect(running.port)
            client.send(post(path, Origin="https://example.org"))
            assert (await client.answer())[0] == 403
        assert (await agent.ask("/v1/up", 0, bytes(65_537)))[0] == 413
        client = await Client.connect(running.port)
        client.send(agent.asking("/v1/up", 0, bytes(1000))[:-990])
        assert (await client.answer())[0] == 408


async def test_strangers_are_counted_as_if_their_connections_stayed() -> None:
    """So many of one address and no more; who is identified has no place, and who asks for nothing loses it."""
    async with front(
        limits={"unauthenticated_per_address": 6, "early_drop": 1.0}, timing={"polled_silent": 0.5}
    ) as running:
        client = await Client.connect(running.port)
        statuses = []
        for _ in range(8):
            client.send(post("/v1/matching"))
            statuses.append((await client.answer())[0])
        assert statuses == [200] * 5 + [503] * 3
        assert len(running.factory.polling) == 5
        running.listeners[0].identified()
        client.send(post("/v1/matching"))
        assert (await client.answer())[0] == 200
        await until(lambda: not len(running.factory.polling))
        assert {await listener.closed_with for listener in running.listeners} == {1006}
        assert running.gate.inside == 1


async def repeat(client: Client, agent: Polled) -> None:
    """Something that this agent has sent before."""
    client.send(agent.asking("/v1/up", 0, frame(2, b"x")))
    assert (await client.answer())[0] == 200


async def test_a_gateways_connection_carries_others_too() -> None:
    """An agent whose requests come on many of them has none cut that brings another agent's answer."""
    async with front() as running:
        user, helper = await Polled.leg(running, Side.USER), await Polled.leg(running, Side.HELPER)
        for one in (user, helper):
            assert await one.down() == b"\x81\x05ready"
        await user.up(frame(2, b"x"))
        shared = await Client.connect(running.port)
        await repeat(shared, user)
        assert await helper.down() == frame(2, b"x", masked=False)
        shared.send(helper.asking("/v1/down", helper.got))
        for _ in range(6):
            await repeat(await Client.connect(running.port), user)
        await user.up(frame(2, b"y"))
        status, _, body = await answer(shared)
        assert (status, body[-1:]) == (200, b"y")
        await repeat(shared, helper)


async def test_connections_of_one_agent_are_few() -> None:
    """The fifth is the end of the oldest: at once where it carries nothing, else once its answer is out."""
    async with front() as running:
        user, helper = await joined(running)
        await user.up(frame(2, b"x"))
        idle, busy = await Client.connect(running.port), await Client.connect(running.port)
        await repeat(idle, user)
        busy.send(user.asking("/v1/down", user.got))
        for _ in range(3):
            await repeat(await Client.connect(running.port), user)
        assert await idle.rest() == b""
        await repeat(await Client.connect(running.port), user)
        helper.send(frame(2, b"y"))
        status, _, body = await answer(busy)
        assert (status, body[-1:]) == (200, b"y")
        assert await busy.rest() == b""


async def test_strangers_take_no_place_of_a_ticket() -> None:
    """However many there are that have not said who they are: a leg has its own."""
    async with front(limits={"polled_connections": 2}) as running:
        for _ in range(3):
            await Polled.matching(running)
        await Polled.leg(running, Side.USER)


async def test_keys_are_of_a_bounded_number() -> None:
    """One more is 503, and takes no ticket; the places of those who are gone are free."""
    async with front(limits={"polled_connections": 1}) as running:
        ticket = running.ticket(SESSION, Side.USER)
        agent = await Polled.matching(running)
        running.listeners[0].identified()
        client = await Client.connect(running.port)
        client.send(post("/v1/leg", Authorization=f"Bearer {ticket}"))
        assert (await client.answer())[0] == 503
        assert (await agent.ask("/v1/up", 0))[0] == 200
        client.send(post("/v1/leg", Authorization=f"Bearer {ticket}"))
        assert (await client.answer())[0] == 200


async def test_who_asks_no_more_is_lost() -> None:
    """Then the key opens nothing, and the session ends as if a connection had broken; so it does where the line is cut."""
    async with front(timing={"polled_silent": 0.2, "polled_answer": 0.2}) as running:
        user, helper = await joined(running)
        client = await Client.connect(running.port)
        client.send(user.asking("/v1/down", user.got))
        client.writer.transport.abort()
        assert (await helper.frame())[0] == 8
        await until(lambda: not len(running.factory.polling))
        assert (await user.ask("/v1/up", 0, b"x"))[0] == 403


async def test_an_empty_post_is_the_end() -> None:
    """At once, as a connection that is closed; behind a gap it is none."""
    async with front() as running:
        user, helper = await joined(running)
        await user.up(frame(2, b"last"))
        assert (await user.ask("/v1/up", user.sent + 1))[0] == 409
        assert (await user.ask("/v1/up", 0))[0] == 200
        assert await helper.frame() == (2, b"last")
        assert (await user.ask("/v1/up", user.sent))[0] == 200
        assert (await helper.frame())[0] == 8
        assert not len(running.factory.polling)
        assert (await user.ask("/v1/up", user.sent))[0] == 403


async def test_the_end_is_told_and_then_the_key_is_forgotten() -> None:
    """The close's frame first; whoever has read it hears 410 once."""
    async with front() as running:
        user, helper = await joined(running)
        helper.send_frame(8, b"\x03\xe8")
        assert (await user.down())[:1] == b"\x88"
        statuses = [(await user.ask("/v1/down", user.got))[0] for _ in range(2)]
        assert statuses == [410, 403]


async def test_a_full_leg_takes_no_post() -> None:
    """The other side reads nothing: a post is not taken, its sender is told so and posts again, and what is held has a bound."""
    async with front(timing={"polled_answer": 0.2, "polled_silent": 60.0}) as running:
        user, helper = await joined(running)
        helper.stall()
        body = frame(2, os.urandom(60_000))
        taken, sent = -1, 0
        while sent != taken:
            status, headers, _ = await user.ask("/v1/up", sent, body)
            assert status == 200
            taken, sent = sent, int(headers["tasuki-position"])
        assert running.held(SESSION) <= running.limits.held_per_session
        helper.go_on()
        got = 0
        while got < sent - 14 * (sent // len(body)):
            got += len((await helper.frame())[1])
        await user.ask("/v1/up", sent, body)


async def test_a_known_connection_serves_more_than_a_hundred() -> None:
    """A stranger's closes with the hundredth answer; one that shows a leg's key goes on, and a few carry one key at a time."""
    async with front(limits={"keep_alive_requests": 3}) as running:
        user, _helper = await joined(running)
        client = await Client.connect(running.port)
        for _ in range(6):
            client.send(user.asking("/v1/up", 0, b"\x82"))
            status, headers, _ = await client.answer()
            assert (status, headers.get("connection")) == (200, None)
        before = running.gate.inside
        others = []
        for _ in range(6):
            others.append(await Client.connect(running.port))
            others[-1].send(user.asking("/v1/up", 0, b"\x82"))
            assert (await others[-1].answer())[0] == 200
        assert await client.rest() == b""
        assert running.gate.inside == before
        others[-1].send(user.asking("/v1/up", 0, b"\x82"))
        assert (await others[-1].answer())[0] == 200


@pytest.mark.parametrize("version", ["1.0", "1.1"])
async def test_a_client_of_any_version_is_answered(version: str) -> None:
    """An old proxy speaks HTTP/1.0: the answer ends with the connection."""
    async with front(timing={"polled_linger": 0.05}) as running:
        agent = await Polled.matching(running)
        client = await Client.connect(running.port)
        client.send(agent.asking("/v1/down", 0).replace(b"HTTP/1.1", f"HTTP/{version}".encode(), 1))
        if version == "1.1":
            assert (await answer(client))[2] == b"\x81\x05hello"
        else:
            assert (await client.rest()).endswith(b"\r\n\r\n\x81\x05hello")
