"""A stream over several connections: the picture is stopped, the viewer stays, and the screen comes again over another one."""

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator

import pytest

from common.protocol.messages import Mode
from common.protocol.reasons import Why
from common.protocol.rfb import encodings as enc
from tests.support.rfb import (
    BELL,
    END_OF_CONTINUOUS,
    RGB32,
    client_cut,
    continuous,
    fence,
    key,
    pointer,
    rectangle,
    request,
    server_init,
    set_encodings,
    set_pixel_format,
    update,
)
from tests.support.rfb_link import CHALLENGE, Connection, turns
from tests.support.started_broker import Started, attached, streaming
from user_agent import vnc_stream
from user_agent.broker import Broker

A = 0x61
FORMAT = set_pixel_format(RGB32)
EVERYTHING = request(incremental=0)
RECT = rectangle(enc.RAW, bytes(128))
LAST = rectangle(enc.LAST_RECT, width=0, height=0)
LARGE = update(rectangle(enc.RAW, bytes(640 * 480 * 4), width=640, height=480))
INIT = server_init()


async def again(started: Started, *, init: bytes = INIT) -> Connection:
    """The picture may be shown: the next connection, logged in to."""
    started.broker.go_on("test")
    connection = await started.server.next()
    await connection.let_in(init=init)
    return connection


def stop(started: Started) -> None:
    started.broker.stop_picture("test")


async def quiet(started: Started) -> None:
    """Nothing is connected to, and nothing was told but what was taken."""
    sent = started.link.sent
    await turns(20)
    assert started.server.connections.empty()
    assert started.link.sent == sent
    assert not started.link.failures


async def test_nothing_comes_of_a_connection_that_was_stopped() -> None:
    """Neither what was on its way nor what comes: it is hung up on, and no other is made."""
    async with streaming() as (started, connection):
        connection.writer.write(BELL * 100)
        stop(started)
        connection.writer.write(BELL)
        assert await connection.hung_up_on() == b""
        await quiet(started)
        assert started.link.sent == INIT


async def test_the_server_gets_to_read_what_lets_go() -> None:
    """Also where it is busy writing: a connection that is reset would take the releases with it."""
    async with streaming() as (started, connection):
        started.broker.rfb_received(key(A) + pointer(5, 6, 1))
        await connection.hears(key(A) + pointer(5, 6, 1))
        started.broker.pause_reading()
        connection.writer.write(bytes(4_000_000))  # more than a socket takes
        await turns()
        stop(started)
        await asyncio.wait_for(connection.writer.drain(), 5)
        assert await connection.hung_up_on() == key(A, 0) + pointer(5, 6, 0)


async def test_it_goes_on_over_another_connection() -> None:
    """Without a word to the helper's side; the server hears what the viewer had wished for, and shows all."""
    async with streaming() as (started, first):
        wishes = set_encodings(enc.TIGHT, enc.RAW) + request(1, 2, 3, 4)
        started.broker.rfb_received(wishes)
        await first.hears(wishes)
        told = len(started.link.told)
        stop(started)
        connection = await again(started, init=server_init(name=b"again"))
        await connection.hears(FORMAT + set_encodings(enc.TIGHT, enc.RAW) + EVERYTHING)
        connection.writer.write(update(RECT))
        await started.link.until_sent(INIT + update(RECT))
        assert [what for what, _ in started.link.told[told:]] == ["rfb"]
        started.broker.rfb_received(key(A) + request())
        await connection.hears(key(A) + request())


async def test_what_is_said_meanwhile_is_taken_and_not_sent() -> None:
    """Requests, keys, anything; the last wishes count, and no request is sent again."""
    async with streaming() as (started, _):
        stop(started)
        said = request() + key(A) + client_cut(b"x") + set_encodings(enc.RAW) + pointer(1, 2, 1) + EVERYTHING
        started.broker.rfb_received(said)
        assert started.link.acknowledged == len(said)
        connection = await again(started)
        await connection.hears(FORMAT + set_encodings(enc.RAW) + EVERYTHING)
        started.broker.rfb_received(key(A))
        await connection.hears(key(A))


async def test_a_viewer_that_does_not_wait_gets_nothing_unasked() -> None:
    """It asks, and gets everything."""
    async with streaming() as (started, _):
        stop(started)
        connection = await again(started)
        await connection.hears(FORMAT)
        started.broker.rfb_received(request(1, 2, 3, 4))
        await connection.hears(EVERYTHING)


async def test_an_update_is_ended_where_it_is_cut() -> None:
    """Behind its last whole rectangle; the viewer stays."""
    async with streaming() as (started, connection):
        started.broker.rfb_received(set_encodings(enc.LAST_RECT))
        connection.writer.write(update(RECT, RECT)[:-1])
        await started.link.until_sent(update(RECT, count=2))
        stop(started)
        assert started.link.sent == INIT + update(RECT, count=2) + LAST
        (await again(started)).writer.write(BELL)
        await started.link.until_sent(LAST + BELL)


async def test_a_viewer_that_has_lost_its_place_is_opened_again() -> None:
    """It keeps what it has until the picture may be shown again; then the stream is over, and nothing is connected to."""
    async with streaming() as (started, connection):
        connection.writer.write(update(RECT, RECT)[:-1])
        await started.link.until_sent(update(RECT, count=2))
        stop(started)
        await quiet(started)
        sent = started.link.sent
        started.broker.rfb_received(request() + fence(1 << 31, b"x"))
        assert not any(what == "over" for what, _ in started.link.told)
        started.broker.go_on("test")
        await started.link.until("over")
        assert started.link.sent == sent
        await quiet(started)
        started.broker.stream_started(2)
        await (await started.server.next()).let_in()
        await started.link.until("ready", 2)


@contextlib.asynccontextmanager
async def in_a_large_update(*, one_look: bool) -> AsyncIterator[tuple[Started, Connection]]:
    """The viewer has a part of a rectangle that is too large to be held; the picture is stopped."""
    async with streaming() as (started, connection):
        started.server.one_look = one_look
        connection.writer.write(LARGE[:-1000])
        await started.link.until_sent(LARGE[1:-1000])
        stop(started)
        yield started, connection


async def test_a_server_that_looks_only_once_comes_to_the_end_of_its_message() -> None:
    """Nothing that begins behind it is passed on; the viewer stays."""
    async with in_a_large_update(one_look=True) as (started, connection):
        started.broker.rfb_received(request() + key(A))
        connection.writer.write(LARGE[-1000:] + update(RECT))
        assert await connection.hung_up_on() == b""
        assert started.link.sent == INIT + LARGE
        await (await again(started)).hears(FORMAT + EVERYTHING)


async def test_any_other_server_does_not() -> None:
    """It may look again for the rest."""
    async with in_a_large_update(one_look=False) as (started, connection):
        connection.writer.write(LARGE[-1000:])
        assert await connection.hung_up_on() == b""
        assert started.link.sent == INIT + LARGE[:-1000]
        started.broker.go_on("test")
        await started.link.until("over")


async def test_a_message_that_does_not_end_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is waited for only so long."""
    monkeypatch.setattr(vnc_stream, "TO_THE_END", 0.02)
    async with in_a_large_update(one_look=True) as (started, connection):
        assert await connection.hung_up_on() == b""
        assert started.link.sent == INIT + LARGE[:-1000]
        started.broker.go_on("test")
        await started.link.until("over")


async def test_going_on_does_not_wait_for_the_message() -> None:
    """The picture is wanted back at once: the viewer is opened again."""
    async with in_a_large_update(one_look=True) as (started, connection):
        started.broker.go_on("test")
        await started.link.until("over")
        assert await connection.hung_up_on() == b""


async def test_a_server_that_ends_while_it_is_waited_for() -> None:
    """It would have been hung up on."""
    async with in_a_large_update(one_look=True) as (started, connection):
        connection.writer.close()
        await quiet(started)
        started.broker.go_on("test")
        await started.link.until("over")


async def test_a_second_reason_while_it_is_waited_for() -> None:
    """Nothing is stopped twice."""
    async with in_a_large_update(one_look=True) as (started, connection):
        started.broker.stop_picture("other")
        connection.writer.write(LARGE[-1000:])
        assert await connection.hung_up_on() == b""
        assert started.link.sent == INIT + LARGE
        started.broker.go_on("test")
        await quiet(started)
        started.broker.go_on("other")
        await (await started.server.next()).let_in()


async def test_every_reason_must_be_gone() -> None:
    """The person's pause is one of them."""
    async with streaming() as (started, connection):
        stop(started)
        assert await connection.hung_up_on() == b""
        started.broker.pause_changed(True)
        started.broker.go_on("test")
        started.broker.go_on("never was")
        await quiet(started)
        started.broker.pause_changed(False)
        await (await started.server.next()).let_in()


async def test_no_stream_begins_while_the_picture_is_stopped() -> None:
    """The helper's viewer waits in its login; then it is as if nothing had been."""
    async with attached() as started:
        made_ahead = await started.server.next()
        stop(started)
        await made_ahead.let_in()
        await made_ahead.hung_up_on()
        started.broker.stream_started(1)
        started.broker.rfb_received(request())
        await quiet(started)
        connection = await again(started)
        await started.link.until_sent(INIT)
        assert started.link.told[0] == ("ready", 1)
        await connection.hears(request())


async def test_stopped_in_the_middle_of_a_login() -> None:
    """The login is not given up, since some servers count that as a wrong password; nothing comes of it."""
    async with attached() as started:
        started.broker.stream_started(1)
        connection = await started.server.next()
        connection.writer.write(b"RFB 003.008\n")
        await turns()
        stop(started)
        connection.writer.write(b"\1\2" + CHALLENGE + b"\0\0\0\0" + INIT)
        assert len(await connection.hung_up_on()) == 12 + 1 + 16 + 1
        assert started.link.told == []
        await again(started)
        await started.link.until("ready", 1)


async def test_stopped_and_going_on_within_a_login() -> None:
    """Nothing was asked for on that connection: it is used."""
    async with attached() as started:
        started.broker.stream_started(1)
        connection = await started.server.next()
        stop(started)
        started.broker.go_on("test")
        await connection.let_in()
        await started.link.until_sent(INIT)
        await quiet(started)


async def test_stopped_before_server_init_is_whole() -> None:
    """The viewer gets the next one."""
    async with attached() as started:
        started.broker.stream_started(1)
        connection = await started.server.next()
        await connection.let_in(init=INIT[:-1])
        await started.link.until("ready", 1)
        await turns()
        stop(started)
        connection = await again(started, init=server_init(800, 600))
        await started.link.until_sent(server_init(800, 600))
        started.broker.rfb_received(EVERYTHING)
        await connection.hears(FORMAT + request(0, 0, 800, 600, incremental=0))


async def test_on_and_off_and_on() -> None:
    """However fast, at most one connection is used, and the last word counts."""
    async with streaming() as (started, first):
        for _ in range(20):
            stop(started)
            started.broker.go_on("test")
        assert await first.hung_up_on() == b""
        for _ in range(3):
            stop(started)
            await turns(2)
            started.broker.go_on("test")
            await turns(2)
        connection = await started.server.next()
        await connection.let_in()
        await connection.hears(FORMAT)
        started.broker.rfb_received(EVERYTHING)
        await connection.hears(EVERYTHING)
        await quiet(started)
        stop(started)
        await turns()
        started.broker.rfb_received(EVERYTHING)
        started.broker.go_on("test")
        await turns(2)
        stop(started)
        connection = await started.server.next()
        await connection.let_in()
        assert await connection.hung_up_on() == b""
        await quiet(started)


async def test_a_server_that_cannot_be_reached_again() -> None:
    """The person reads why, and the session ends with the true reason."""
    async with streaming() as (started, _):
        stop(started)
        started.broker.go_on("test")
        connection = await started.server.next()
        connection.writer.write(b"RFB 003.008\n\1\2" + CHALLENGE + b"\0\0\0\1\0\0\0\3bad")
        await started.link.until("failed", Why.SERVER_GONE)
        assert [problem.code for problem in started.problems] == ["server_password_wrong"]


async def test_a_server_that_ends_behind_its_login() -> None:
    """Before the stream has it: it is told all the same."""
    async with streaming() as (started, _):
        stop(started)
        started.broker.go_on("test")
        connection = await started.server.next()
        connection.writer.write(b"RFB 003.008\n\1\2" + CHALLENGE + b"\0\0\0\0")
        connection.writer.close()
        await started.link.until("failed", Why.SERVER_GONE)


async def test_a_server_that_says_nonsense_again() -> None:
    """UNFILTERABLE, as from the first."""
    async with streaming() as (started, _):
        stop(started)
        await again(started, init=INIT + b"\x07")
        await started.link.until("failed", Why.UNFILTERABLE)


async def test_another_size() -> None:
    """It is told before anything of it; the viewer asks by itself, and gets everything."""
    async with streaming() as (started, _):
        started.broker.rfb_received(set_encodings(enc.DESKTOP_SIZE) + EVERYTHING)
        stop(started)
        connection = await again(started, init=server_init(800, 600))
        await started.link.until_sent(update(rectangle(enc.DESKTOP_SIZE, width=800, height=600)))
        await started.link.until("screen", (800, 600, "desk"))
        await connection.hears(FORMAT + set_encodings(enc.DESKTOP_SIZE))
        started.broker.rfb_received(request())
        await connection.hears(request(0, 0, 800, 600, incremental=0))


async def test_another_size_that_the_viewer_does_not_understand() -> None:
    """It is opened again."""
    async with streaming() as (started, _):
        started.broker.rfb_received(EVERYTHING)
        stop(started)
        connection = await again(started, init=server_init(800, 600))
        await started.link.until("over")
        assert await connection.hung_up_on() == b""
        assert started.link.sent == INIT


async def test_compression_that_cannot_begin_anew() -> None:
    """A viewer that was shown ZRLE is opened again, once the picture may be shown."""
    async with streaming() as (started, connection):
        data = update(rectangle(enc.ZRLE, struct.pack(">I", 1) + b"x"))
        connection.writer.write(data)
        await started.link.until_sent(data)
        stop(started)
        await quiet(started)
        started.broker.go_on("test")
        await started.link.until("over")
        await quiet(started)


@contextlib.asynccontextmanager
async def continuing(*, wished: bool = True) -> AsyncIterator[tuple[Started, Connection]]:
    """A viewer that was told of continuous updates, and where `wished` has begun them; then the next connection's start."""
    async with streaming(Mode.VIEW) as (started, first):
        first.writer.write(fence(1 << 31) + END_OF_CONTINUOUS)
        await started.link.until_sent(END_OF_CONTINUOUS)
        wishes = set_encodings(enc.CONTINUOUS_UPDATES, enc.FENCE)
        started.broker.rfb_received(wishes)
        if wished:
            started.broker.rfb_received(continuous(1))
        stop(started)
        connection = await again(started)
        await connection.hears(FORMAT + wishes + (EVERYTHING if wished else b""))
        yield started, connection


async def test_continuous_updates_go_on() -> None:
    """The viewer hears no second announcement; what it says before the server's is kept for then."""
    async with continuing() as (started, connection):
        sent = started.link.sent
        started.broker.rfb_received(continuous(0) + FORMAT + continuous(1))
        await turns(20)
        connection.writer.write(fence(1 << 31) + END_OF_CONTINUOUS + update(RECT))
        await connection.hears(continuous(1) + continuous(0) + FORMAT + continuous(1))
        await started.link.until_sent(update(RECT))
        assert started.link.sent == sent + fence(1 << 31) + update(RECT)


async def test_continuous_updates_that_the_viewer_has_not_begun() -> None:
    """It may, once they are announced again."""
    async with continuing(wished=False) as (started, connection):
        started.broker.rfb_received(continuous(1))
        connection.writer.write(fence(1 << 31) + END_OF_CONTINUOUS)
        await connection.hears(continuous(1) + EVERYTHING)


async def test_a_server_that_knows_no_continuous_updates_any_more() -> None:
    """An update tells so: the viewer, which asks for nothing, is opened again."""
    async with continuing() as (started, connection):
        connection.writer.write(update(RECT))
        await started.link.until("over")
        assert await connection.hung_up_on() == b""


async def test_a_server_that_says_nothing_of_continuous_updates(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is waited for only so long."""
    monkeypatch.setattr(vnc_stream, "ANNOUNCEMENT", 0.02)
    async with continuing(wished=False) as (started, connection):
        await started.link.until("over")
        assert await connection.hung_up_on() == b""


async def test_the_viewer_waits_for_nobody() -> None:
    """What only a server could answer is answered for it: before, at and during the stop."""
    async with streaming(Mode.VIEW) as (started, connection):
        connection.writer.write(fence(1 << 31) + END_OF_CONTINUOUS)
        await started.link.until_sent(END_OF_CONTINUOUS)
        sync = fence(1 << 31 | 4, b"x")
        started.broker.rfb_received(set_encodings(enc.CONTINUOUS_UPDATES, enc.FENCE) + sync + continuous(0))
        before = started.link.sent
        stop(started)
        assert started.link.sent == before + fence(4, b"x") + END_OF_CONTINUOUS
        started.broker.rfb_received(continuous(0))
        assert started.link.sent.endswith(END_OF_CONTINUOUS * 2)


async def test_stopped_again_before_it_has_gone_on() -> None:
    """While the server is waited for; what was kept is taken."""
    async with continuing() as (started, connection):
        started.broker.rfb_received(set_encodings(enc.CONTINUOUS_UPDATES))
        acknowledged = started.link.acknowledged
        stop(started)
        assert await connection.hung_up_on() == b""
        assert started.link.acknowledged > acknowledged
        await (await again(started)).hears(FORMAT + set_encodings(enc.CONTINUOUS_UPDATES) + EVERYTHING)


async def test_a_server_that_takes_nothing_is_nobodys_trouble_once_stopped() -> None:
    """What waited for it is acknowledged: the helper's side goes on."""
    async with streaming() as (started, _):
        for _ in range(4):
            started.broker.rfb_received(key(A) * 125_000)
        await turns()
        assert started.link.acknowledged < 4_000_000
        stop(started)
        assert started.link.acknowledged == 4_000_000


async def test_a_full_window_does_not_hold_up_the_beginning() -> None:
    """Of another connection: ServerInit is read; the picture behind it waits for room."""
    async with streaming() as (started, _):
        started.broker.rfb_received(EVERYTHING)
        started.broker.pause_reading()
        stop(started)
        connection = await again(started)
        await connection.hears(FORMAT + EVERYTHING)
        connection.writer.write(update(RECT))
        await turns(20)
        assert started.link.sent == INIT
        started.broker.resume_reading()
        await started.link.until_sent(update(RECT))


async def test_closed_while_the_picture_is_stopped() -> None:
    """Nothing is left that would connect."""
    async with streaming() as (started, connection):
        stop(started)
        assert await connection.hung_up_on() == b""
        started.broker.close()
        started.broker.go_on("test")
        await turns(20)
        assert started.server.connections.empty()


async def test_a_new_viewer_while_the_picture_is_stopped() -> None:
    """It gets its own stream afterwards."""
    async with streaming() as (started, _):
        stop(started)
        started.broker.stream_started(2)
        await quiet(started)
        await again(started)
        await started.link.until_sent(INIT + INIT)
        await quiet(started)


async def test_company_for_a_server_that_sleeps_alone() -> None:
    """Another connection that asks for nothing stays through every stop, and goes with the session."""
    async with attached() as started:
        started.server.sleeps_alone = True
        started.broker.stream_started(1)
        company = await started.server.next()
        await company.let_in()
        connection = await started.server.next()
        await connection.let_in()
        await started.link.until_sent(INIT)
        company.writer.write(LARGE)  # unasked, and for nobody
        for _ in range(2):
            stop(started)
            connection = await again(started)
            await connection.hears(FORMAT)
        assert started.link.sent == INIT
        started.broker.close()
        assert await company.hung_up_on() == b""


async def test_company_that_cannot_be_had() -> None:
    """The session goes on without it."""
    async with attached(patience=10) as started:
        started.server.sleeps_alone = True
        started.broker.stream_started(1)
        connection = await started.server.next()
        await connection.let_in()
        (await started.server.next()).writer.close()
        await started.link.until_sent(INIT)
        stop(started)
        await again(started)
        await quiet(started)


async def test_a_bug_ends_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not leave one that shows nothing for ever."""

    async def broken(_: Broker) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Broker, "_connect", broken)
    async with attached() as started:
        started.broker.stream_started(1)
        await started.link.until("failed", Why.FAILED)
