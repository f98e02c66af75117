"""Legs and the splice, over real sockets: tickets, `ready`, payload both ways, and every end."""

import asyncio
import os
import time

import pytest

from common.protocol.reasons import Why
from common.protocol.tickets import digest, new_ticket
from relay.core.leg_messages import CloseSession, DropPair, TicketHeld, TicketShown
from relay.core.tickets import LegSlot, Side
from tests.support.front import Client, frame, front, open_leg, open_pair, until, upgrade

SESSION = "5" * 32


async def refused(client: Client) -> bytes:
    """The whole answer to a leg that is refused, but for its date."""
    answer = await client.rest()
    return b"\r\n".join(line for line in answer.split(b"\r\n") if not line.startswith(b"Date"))


async def test_two_legs_are_spliced_and_payload_goes_both_ways() -> None:
    """Both get `ready`; what one sends the other gets, whatever its frames; the bytes are counted."""
    async with front() as running:
        user, helper = await open_pair(running, SESSION)
        user.send_frame(2, b"u" * 60_000)
        got = b""
        while len(got) < 60_000:
            opcode, payload = await helper.frame()
            assert opcode == 2
            got += payload
        assert got == b"u" * 60_000
        helper.send_frame(2, b"h" * 10, fin=False)
        helper.send_frame(0, b"i" * 10)
        got = b""
        while len(got) < 20:
            got += (await user.frame())[1]
        assert got == b"h" * 10 + b"i" * 10
        user.send_frame(8, b"\x03\xe8")
        assert await helper.close_code() == 1000
        assert await user.close_code() == 1000
        assert await running.events.told.get() == ("over", SESSION, Why.USER_GONE, 60_000, 20)


async def test_payload_passes_on_before_its_frame_is_whole() -> None:
    """The beginning of a frame is at the other side while the rest has not been sent."""
    async with front() as running:
        user, helper = await open_pair(running, SESSION)
        whole = frame(2, b"x" * 50_000)
        user.send(whole[:1000])
        opcode, payload = await helper.frame()
        assert opcode == 2
        assert payload == b"x" * (1000 - 8)
        user.send(whole[1000:])
        got = len(payload)
        while got < 50_000:
            got += len((await helper.frame())[1])


async def test_bad_tickets_get_the_same_answer() -> None:
    """Never issued, used, expired, replaced, of a side that is taken or a session that is over: the same 403 in every byte."""
    async with front() as running:
        good = running.ticket(SESSION, Side.USER)
        user = await open_leg(running, good)
        revoked = running.ticket("6" * 32, Side.USER)
        running.dataplane.order(DropPair(session="6" * 32))
        replaced = running.ticket("7" * 32, Side.HELPER)
        running.ticket("7" * 32, Side.HELPER)
        expired = new_ticket(os.urandom)
        long_ago = time.monotonic() - running.timing.ticket
        running.dataplane._tickets.hold(digest(expired), LegSlot("8" * 32, Side.USER), long_ago)
        helper = await open_leg(running, running.ticket(SESSION, Side.HELPER))
        for leg in (user, helper):
            assert await leg.frame() == (1, b"ready")
        taken = running.ticket(SESSION, Side.USER)  # its side is there already
        answers = set()
        for ticket in ("A" * 22, good, replaced, expired, taken, revoked, good[:-1], "", "\xe9", None):
            client = await Client.connect(running.port)
            client.send(upgrade("/v1/leg", "tasuki.leg.v1", ticket=ticket))
            answers.add(await refused(client))
        assert len(answers) == 1
        assert answers.pop().startswith(b"HTTP/1.1 403 Forbidden\r\n")
        user.send_frame(2, b"and the session goes on")
        assert await helper.frame() == (2, b"and the session goes on")


async def test_an_expired_ticket_is_refused() -> None:
    """A ticket is good for its time and no longer."""
    async with front(timing={"ticket": 0.05}) as running:
        ticket = running.ticket(SESSION, Side.USER)
        await asyncio.sleep(0.06)
        client = await Client.connect(running.port)
        client.send(upgrade("/v1/leg", "tasuki.leg.v1", ticket=ticket))
        assert (await client.answer())[0] == 403


async def test_a_malformed_upgrade_does_not_use_up_the_ticket() -> None:
    """The ticket is taken only by a request that is otherwise good."""
    async with front() as running:
        ticket = running.ticket(SESSION, Side.USER)
        for wrong, status in (
            (upgrade("/v1/leg", "something.else", ticket=ticket), 400),
            (upgrade("/v1/leg", "tasuki.leg.v1", ticket=ticket).replace(b"Version: 13", b"Version: 12"), 426),
            (upgrade("/v1/leg", "tasuki.leg.v1", ticket=ticket, extra="Origin: https://x\r\n"), 403),
        ):
            client = await Client.connect(running.port)
            client.send(wrong)
            assert (await client.answer())[0] == status
        (await open_leg(running, ticket)).writer.close()


async def test_of_two_legs_with_one_ticket_one_wins() -> None:
    """A thousand times two requests at once, both connections already secured: one 101 and the one 403, every time."""
    losers = set()
    async with front(limits={"unauthenticated_per_address": 100_000, "unauthenticated_total": 100_000}) as running:
        for start in range(0, 1000, 50):
            tickets = [running.ticket(f"{number:032x}", Side.USER) for number in range(start, start + 50)]
            clients = await asyncio.gather(*(Client.connect(running.port) for _ in range(100)))
            for number, client in enumerate(clients):
                client.send(upgrade("/v1/leg", "tasuki.leg.v1", ticket=tickets[number // 2]))
            answers = [await client.answer() for client in clients]
            for number in range(50):
                (first, _, _), (second, headers, text) = sorted(answers[2 * number : 2 * number + 2], key=status_of)
                assert (first, second) == (101, 403)
                losers.add((tuple((name, value) for name, value in headers.items() if name != "date"), text))
            for client in clients:
                client.writer.transport.abort()
    assert len(losers) == 1


def status_of(answer: tuple[int, dict[str, str], bytes]) -> int:
    """An answer's status."""
    return answer[0]


async def test_a_byte_before_ready_ends_the_leg() -> None:
    """Also one that came glued to the request."""
    async with front() as running:
        client = await open_leg(running, running.ticket(SESSION, Side.USER))
        client.send_frame(9, b"early")
        assert await client.close_code() == 1002
        assert await running.events.told.get() == ("over", SESSION, Why.PROTOCOL, 0, 0)
        glued = await Client.connect(running.port)
        ticket = running.ticket("7" * 32, Side.HELPER)
        glued.send(upgrade("/v1/leg", "tasuki.leg.v1", ticket=ticket) + frame(2, b"early"))
        assert (await glued.answer())[0] == 101
        assert await glued.close_code() == 1002


async def test_a_partner_that_does_not_come() -> None:
    """A leg waits its time; then the session is over."""
    async with front(timing={"parked": 0.05}) as running:
        client = await open_leg(running, running.ticket(SESSION, Side.USER))
        assert await client.close_code() == 1000
        assert await running.events.told.get() == ("over", SESSION, Why.NEVER_JOINED, 0, 0)


async def test_a_parked_leg_that_breaks_may_come_again() -> None:
    """Losing a leg that waits is not the end: with a new ticket the session still begins."""
    async with front() as running:
        first = await open_leg(running, running.ticket(SESSION, Side.USER))
        first.writer.close()
        await until(lambda: not running.dataplane.sessions())
        await open_pair(running, SESSION)


async def test_a_newer_leg_takes_the_place_of_one_that_waits() -> None:
    """The agent got a new ticket because its first connection hangs."""
    async with front() as running:
        older = await open_leg(running, running.ticket(SESSION, Side.USER))
        running.ticket(SESSION, Side.HELPER)  # the other side's is no matter of this one
        newer = await open_leg(running, running.ticket(SESSION, Side.USER))
        assert await older.close_code() == 1000
        helper = await open_leg(running, running.ticket(SESSION, Side.HELPER))
        assert await newer.frame() == (1, b"ready")
        assert await helper.frame() == (1, b"ready")


async def test_a_leg_given_up_is_closed() -> None:
    """A new ticket of a side closes the leg of it that waits."""
    async with front() as running:
        leg = await open_leg(running, running.ticket(SESSION, Side.USER))
        running.ticket(SESSION, Side.USER)
        assert await leg.close_code() == 1000
        assert running.dataplane.sessions() == []


async def test_a_silent_pair_is_ended() -> None:
    """Silence counts from the last byte of either side."""
    async with front(timing={"silent": 0.2}) as running:
        user, helper = await open_pair(running, SESSION)
        loop = asyncio.get_running_loop()
        await asyncio.sleep(0.1)
        user.send_frame(2, b"still here")
        spoke = loop.time()
        assert await helper.close_code() == 1000
        assert loop.time() - spoke >= 0.19
        assert await running.events.told.get() == ("over", SESSION, Why.SILENT, 10, 0)


async def test_ending_a_session_kills_its_tickets() -> None:
    """The reason that was told is the one reported, also where nothing is left; a ticket of the session opens nothing any more."""
    async with front() as running:
        user, helper = await open_pair(running, SESSION)
        ticket = running.ticket(SESSION, Side.USER)
        for _ in range(2):
            running.dataplane.order(CloseSession(session=SESSION, why=Why.OPERATOR_ENDED))
        assert await user.close_code() == 1000
        assert await helper.close_code() == 1000
        assert await running.events.told.get() == ("over", SESSION, Why.OPERATOR_ENDED, 0, 0)
        assert await running.events.told.get() == ("over", SESSION, Why.OPERATOR_ENDED, None, None)
        late = await Client.connect(running.port)
        late.send(upgrade("/v1/leg", "tasuki.leg.v1", ticket=ticket))
        assert (await late.answer())[0] == 403


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (frame(1, b"text"), 1003),
        (frame(2, b"x", masked=False), 1002),
        (frame(2, b"x" * 65_537), 1009),
        (frame(2, b"x" * 65_536, fin=False) + frame(0, b"y"), 1009),
        (frame(0, b"continues nothing"), 1002),
        (frame(2, b"x", fin=False) + frame(2, b"y"), 1002),
        (frame(3, b"x"), 1002),
        (frame(9, b"x" * 126), 1002),
        (frame(9, b"x", fin=False), 1002),
        (b"\xc2\x80\0\0\0\0", 1002),
        (frame(9) * 11, 1008),
        (frame(10) * 11, 1008),
    ],
)
async def test_frames_against_the_rules(wrong: bytes, code: int) -> None:
    """The leg is closed with the code that says what was wrong, its partner is told 1000, the reason is PROTOCOL."""
    async with front() as running:
        user, helper = await open_pair(running, SESSION)
        user.send(wrong)
        assert await user.close_code() == code
        assert await helper.close_code() == 1000
        assert (await running.events.told.get())[2] is Why.PROTOCOL


async def test_pings_are_answered() -> None:
    """With the same payload, and the other side hears nothing of it."""
    async with front() as running:
        user, helper = await open_pair(running, SESSION)
        user.send_frame(9, b"are you there")
        assert await user.frame() == (10, b"are you there")
        user.send_frame(2, b"x")
        assert await helper.frame() == (2, b"x")


async def test_what_is_under_way_is_delivered_first() -> None:
    """One side sends and goes at once: the other gets all of it, then the close."""
    async with front() as running:
        user, helper = await open_pair(running, SESSION)
        for _ in range(100):
            user.send_frame(2, b"z" * 65_536)
        user.send_frame(8, b"\x03\xe8")
        got = 0
        while True:
            opcode, payload = await helper.frame()
            if opcode == 8:
                break
            got += len(payload)
        assert got == 100 * 65_536
        assert await running.events.told.get() == ("over", SESSION, Why.USER_GONE, got, 0)


async def test_a_connection_that_breaks_ends_the_session() -> None:
    """No close frame, no close of TLS: the other side is told all the same."""
    async with front() as running:
        user, helper = await open_pair(running, SESSION)
        helper.writer.transport.abort()
        assert await user.close_code() == 1000
        assert await running.events.told.get() == ("over", SESSION, Why.HELPER_GONE, 0, 0)


async def test_stopping_ends_all_sessions() -> None:
    """The relay stops: every session is over with that reason before `stop` returns."""
    async with front() as running:
        await open_pair(running, SESSION)
        await open_leg(running, running.ticket("8" * 32, Side.USER))
        await running.dataplane.stop()
        told = {(await running.events.told.get())[:3] for _ in range(2)}
        assert told == {("over", SESSION, Why.RELAY_STOPPED), ("over", "8" * 32, Why.RELAY_STOPPED)}


async def test_a_ticket_is_held_before_it_is_shown() -> None:
    """Matching hears of both, in this order and never from inside its own call."""
    async with front() as running:
        ticket = running.ticket(SESSION, Side.USER)
        assert running.events.all == []
        await open_leg(running, ticket)
        await until(lambda: len(running.events.all) == 2)
        assert running.events.all == [
            TicketHeld(session=SESSION, digest=digest(ticket)),
            TicketShown(session=SESSION, pair=0, side=Side.USER),
        ]


async def test_a_dropped_pair_makes_room_for_the_next() -> None:
    """Its legs close at once, its bytes are counted; the next pair of the session is joined as if there had been none."""
    async with front() as running:
        user, helper = await open_pair(running, SESSION)
        user.send_frame(2, b"12345")
        assert await helper.frame() == (2, b"12345")
        running.dataplane.order(DropPair(session=SESSION))
        assert await user.close_code() == await helper.close_code() == 1000
        assert await running.events.told.get() == ("over", SESSION, Why.REPLACED, 5, 0)
        legs = [await open_leg(running, running.ticket(SESSION, side, pair=1)) for side in Side]
        assert [await leg.frame() for leg in legs] == [(1, b"ready")] * 2
        assert await running.events.told.get() == ("spliced", SESSION)
        running.dataplane.order(DropPair(session="9" * 32))  # of which there is nothing


async def test_a_ticket_of_a_newer_pair_ends_the_older() -> None:
    """Also where nobody said so: of two attempts at one session the last one counts."""
    async with front() as running:
        old = running.ticket(SESSION, Side.HELPER)
        user = await open_leg(running, running.ticket(SESSION, Side.USER))
        running.ticket(SESSION, Side.USER, pair=1)
        assert await user.close_code() == 1000
        assert await running.events.told.get() == ("over", SESSION, Why.REPLACED, 0, 0)
        late = await Client.connect(running.port)
        late.send(upgrade("/v1/leg", "tasuki.leg.v1", ticket=old))
        assert (await late.answer())[0] == 403


async def test_a_leg_that_answers_no_ping_is_lost() -> None:
    """Its connection stands and nothing comes of it: its side is gone, while the other one answered and is told."""
    async with front(timing={"leg_ping": 0.2, "pong": 0.4}) as running:
        user, helper = await open_pair(running, SESSION)
        for _ in range(3):
            assert await user.frame() == (9, b"")
            user.send_frame(10)
        opcode, _ = await user.frame()
        while opcode == 9:
            user.send_frame(10)
            opcode, _ = await user.frame()
        assert opcode == 8
        assert await running.events.told.get() == ("over", SESSION, Why.HELPER_GONE, 0, 0)
        assert await helper.frame() == (9, b"")


async def test_a_leg_that_is_stalled_is_not_taken_for_dead() -> None:
    """One that does not read cannot answer, and one that is not read from is not heard."""
    async with front(timing={"leg_ping": 1.0, "pong": 1.0}) as running:
        user, helper = await open_pair(running, SESSION)
        helper.reader._transport.pause_reading()  # type: ignore[attr-defined]
        sent = 400  # more than all buffers hold between the two
        user.send(frame(2, b"x" * 65_000) * sent)
        await until(lambda: running.held(SESSION) > 0)
        await asyncio.sleep(3)
        assert running.events.told.empty()
        helper.reader._transport.resume_reading()  # type: ignore[attr-defined]
        got = 0
        while got < sent * 65_000:
            opcode, payload = await helper.frame()
            got += len(payload) if opcode == 2 else 0
