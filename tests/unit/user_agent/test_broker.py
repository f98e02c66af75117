"""The broker against a VNC server that says what a test wants: login, filter, acknowledgements, ends."""

import asyncio
import socket
from collections.abc import Callable

import pytest

from common.host.errors import TasukiError, sentence
from common.protocol.messages import Mode
from common.protocol.reasons import Why
from common.protocol.rfb.filter import Box
from tests.support.rfb import (
    BELL,
    client_cut,
    key,
    pointer,
    rectangle,
    request,
    server_cut,
    server_init,
    set_encodings,
    set_pixel_format,
    update,
)
from tests.support.rfb_link import CHALLENGE, Connection, RecordingLink, fake_server, turns
from tests.support.started_broker import Started, attached, streaming
from user_agent import broker
from user_agent.broker import Broker

A = 0x61


async def test_the_first_connection_is_made_ahead() -> None:
    """While the helper's viewer comes; nothing of it is told before a stream is wanted, which takes it."""
    async with attached() as started:
        connection = await started.server.next()
        await connection.let_in()
        await turns()
        assert started.link.told == []
        started.broker.stream_started(1)
        await started.link.until_sent(server_init())
        started.broker.stream_started(2)  # the next one has a connection of its own
        await (await started.server.next()).let_in()
        await started.link.until("ready", 2)


async def test_a_connection_made_ahead_that_is_of_no_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody wanted it in time, the server hung up, the picture was stopped, the session broke: it goes, and the stream makes its own."""

    def paused(started: Started) -> None:
        started.broker.pause_changed(True)
        started.broker.pause_changed(False)

    ends: dict[str, Callable[[Started, Connection], None]] = {
        "late": lambda _started, _connection: None,
        "hung up": lambda _started, connection: connection.writer.close(),
        "stopped": lambda started, _connection: paused(started),
        "interrupted": lambda started, _connection: started.broker.interrupted(),
    }
    for name, end in ends.items():
        monkeypatch.setattr(broker, "AHEAD", 0.1 if name == "late" else 60.0)
        async with attached() as started:
            connection = await started.server.next()
            await connection.let_in()
            await turns()
            end(started, connection)
            if name != "hung up":
                await connection.hung_up_on()
            await turns()
            started.broker.stream_started(1)
            await (await started.server.next()).let_in()
            await started.link.until_sent(server_init())


async def test_a_login_under_way_is_not_given_up_for_another_stream() -> None:
    """The viewer opens its stream again meanwhile: some servers count a login that was broken off as a wrong password."""
    async with attached() as started:
        connection = await started.server.next()
        started.broker.stream_started(1)
        await turns()
        started.broker.stream_started(2)
        await connection.let_in()
        await connection.hung_up_on()
        await (await started.server.next()).let_in()
        await started.link.until("ready", 2)


async def test_a_session_that_ends_takes_along_what_was_made_ahead() -> None:
    """Also where the login is still under way."""
    async with attached() as started:
        connection = await started.server.next()
        started.broker.close()
        await connection.let_in()
        await connection.hung_up_on()


async def test_the_stream_is_ready_before_its_first_byte() -> None:
    """Then ServerInit, then what the screen is."""
    async with streaming() as (started, _):
        assert started.link.told == [("ready", 1), ("rfb", server_init()), ("screen", (640, 480, "desk"))]


async def test_both_directions_are_filtered() -> None:
    """Keys in control mode, none in view mode; the server's clipboard never."""
    async with streaming(Mode.VIEW) as (started, connection):
        started.broker.rfb_received(key(A) + pointer(3, 4) + client_cut(b"x") + request())
        await connection.hears(request())
        assert started.link.points == [(3, 4)]
        connection.writer.write(server_cut(b"secret") + BELL)
        await started.link.until_sent(server_init() + BELL)
        started.broker.mode_changed(Mode.CONTROL)
        started.broker.rfb_received(key(A))
        await connection.hears(key(A))
        connection.writer.write(server_cut(b"a secret still") + BELL)
        await started.link.until_sent(BELL)
        started.broker.mode_changed(Mode.VIEW)
        await connection.hears(key(A, 0))


async def test_what_was_dropped_is_consumed_too() -> None:
    """Every byte of the helper's is acknowledged once."""
    async with streaming(Mode.VIEW) as (started, _):
        started.broker.rfb_received(key(A) + request())
        started.broker.rfb_received(key(A)[:3])
        assert started.link.acknowledged == 8 + 10 + 3


async def test_a_server_that_takes_nothing_stops_the_acknowledgements() -> None:
    """And taking it again lets them go on."""
    async with streaming() as (started, connection):
        text = key(A) * 125_000
        for _ in range(4):
            started.broker.rfb_received(text)
        await turns()
        assert started.link.acknowledged < 4 * len(text)
        for _ in range(4):
            await connection.hears(text)
        await started.link.until_acknowledged(4 * len(text))


async def test_a_full_window_stops_the_reading() -> None:
    """Nothing more is read from the server until there is room."""
    async with streaming() as (started, connection):
        started.broker.pause_reading()
        connection.writer.write(BELL)
        await connection.writer.drain()
        await turns(20)
        assert started.link.sent == server_init()
        started.broker.resume_reading()
        await started.link.until_sent(server_init() + BELL)


async def test_a_login_is_not_held_back_by_an_old_streams_window() -> None:
    """Reading stops once the login is done."""
    async with attached() as started:
        started.broker.pause_reading()
        started.broker.stream_started(1)
        connection = await started.server.next()
        await connection.let_in(init=b"")
        await started.link.until("ready", 1)
        connection.writer.write(server_init())
        await turns(20)
        assert started.link.sent == b""
        started.broker.resume_reading()
        await started.link.until_sent(server_init())


async def test_a_new_stream_is_a_new_connection() -> None:
    """The old one is hung up on, what the helper held there let go."""
    async with streaming() as (started, first):
        started.broker.rfb_received(key(A))
        await first.hears(key(A))
        started.broker.stream_started(2)
        assert await first.hung_up_on() == key(A, 0)
        second = await started.server.next()
        await second.let_in()
        await started.link.until("ready", 2)
        await started.link.until_sent(server_init() + server_init())
        started.broker.rfb_received(key(A))
        await second.hears(key(A))


async def test_a_new_stream_in_the_middle_of_a_login() -> None:
    """The first login is given up; only the second is told of."""
    async with attached() as started:
        started.broker.stream_started(1)
        first = await started.server.next()
        first.writer.write(b"RFB 003.008\n")
        started.broker.stream_started(2)
        second = await started.server.next()
        await second.let_in()
        await started.link.until("ready", 2)
        assert ("ready", 1) not in started.link.told
        assert started.link.failures == []


async def test_early_bytes_wait_for_the_login() -> None:
    """They are not lost, and not acknowledged before the server is there."""
    async with attached() as started:
        started.broker.stream_started(1)
        connection = await started.server.next()
        started.broker.rfb_received(request())
        assert started.link.acknowledged == 0
        await connection.let_in()
        await connection.hears(request())
        await started.link.until_acknowledged(10)


async def test_early_bytes_that_cannot_be_filtered() -> None:
    """The first ends the session; what came behind it is nothing any more."""
    async with attached() as started:
        started.broker.stream_started(1)
        connection = await started.server.next()
        started.broker.rfb_received(b"\x07")
        started.broker.rfb_received(request())
        await connection.let_in(init=b"")
        await started.link.until("failed", Why.UNFILTERABLE)
        assert await connection.hung_up_on() == b""
        assert len(started.link.failures) == 1


async def test_server_init_glued_to_the_login() -> None:
    """Whatever comes with SecurityResult is passed on; if it is no ServerInit, the session ends once."""
    async with attached() as started:
        started.broker.stream_started(1)
        connection = await started.server.next()
        connection.writer.write(b"RFB 003.008\n\1\2" + CHALLENGE + b"\0\0\0\0" + server_init() + BELL)
        await started.link.until_sent(server_init() + BELL)
        started.broker.stream_started(2)
        connection = await started.server.next()
        started.broker.rfb_received(request())
        connection.writer.write(b"RFB 003.008\n\1\2" + CHALLENGE + b"\0\0\0\0" + server_init() + b"\x07")
        await started.link.until("failed", Why.UNFILTERABLE)
        assert len(started.link.failures) == 1


async def test_the_end_lets_go_and_hangs_up() -> None:
    """Nothing is told afterwards."""
    async with streaming() as (started, connection):
        started.broker.rfb_received(key(A) + pointer(1, 2, 1))
        told = len(started.link.told)
        started.broker.close()
        assert await connection.hung_up_on() == key(A) + pointer(1, 2, 1) + key(A, 0) + pointer(1, 2, 0)
        started.broker.rfb_received(request())
        started.broker.mode_changed(Mode.VIEW)
        started.broker.stream_started(9)
        await turns()
        assert len(started.link.told) == told


async def test_a_question_and_the_bar() -> None:
    """What they do to the filter, they do to the stream that runs and to the next."""
    async with streaming() as (started, connection):
        started.broker.rfb_received(request() + key(A))
        await connection.hears(request() + key(A))
        started.broker.question_open(True)
        await connection.hears(key(A, 0))
        started.broker.question_open(False)
        started.broker.cover([Box(0, 0, 10, 10)])
        started.broker.rfb_received(pointer(5, 5, 1))
        await connection.hears(pointer(5, 5, 0))
        started.broker.question_open(True)
        started.broker.stream_started(2)
        again = await started.server.next()
        await again.let_in()
        started.broker.rfb_received(key(A) + request())
        await again.hears(request())
        started.broker.question_open(False)
        started.broker.rfb_received(pointer(5, 5, 1))
        await again.hears(pointer(5, 5, 0))


@pytest.mark.parametrize("length", [1, 1_500_000])
async def test_no_cut_text_ever_passes(length: int) -> None:
    """In control mode, either way, and of any length; nothing ends by it."""
    async with streaming() as (started, connection):
        connection.writer.write(server_cut(bytes(length)) + BELL)
        await started.link.until_sent(server_init() + BELL)
        started.broker.rfb_received(client_cut(bytes(length)) + request())
        await connection.hears(request())
        assert started.link.failures == []


async def test_a_screen_that_changes_is_told() -> None:
    """Size and name, when they change and not else."""
    async with streaming() as (started, connection):
        connection.writer.write(update(rectangle(-223, width=800, height=600)) + BELL)
        await started.link.until("screen", (800, 600, "desk"))
        name = "名前".encode()
        connection.writer.write(update(rectangle(-307, len(name).to_bytes(4, "big") + name)))
        await started.link.until("screen", (800, 600, "名前"))
        connection.writer.write(update(rectangle(-307, b"\0\0\0\3\xe9\n!")))
        await started.link.until("screen", (800, 600, "é !"))
        assert sum(what == "screen" for what, _ in started.link.told) == 4


async def test_a_viewer_that_cannot_be_filtered() -> None:
    """UNFILTERABLE, the server hung up on, and nothing of the message passed on."""
    async with streaming() as (started, connection):
        started.broker.rfb_received(set_encodings(0) + b"\x07")
        await started.link.until("failed", Why.UNFILTERABLE)
        assert await connection.hung_up_on() == b""


async def test_a_server_that_cannot_be_filtered() -> None:
    """UNFILTERABLE as well."""
    async with streaming() as (started, connection):
        connection.writer.write(b"\x07")
        await started.link.until("failed", Why.UNFILTERABLE)
        assert "from the VNC server" in started.link.failures[0][1]


async def test_a_format_before_server_init_is_a_violation() -> None:
    """Nobody can want to change what nobody knows."""
    async with attached() as started:
        started.broker.stream_started(1)
        connection = await started.server.next()
        started.broker.rfb_received(set_pixel_format())
        await connection.let_in(init=b"")
        await started.link.until("failed", Why.UNFILTERABLE)


async def test_a_server_that_ends() -> None:
    """SERVER_GONE, once."""
    async with streaming() as (started, connection):
        connection.writer.close()
        await started.link.until("failed", Why.SERVER_GONE)
        await turns()
        assert len(started.link.failures) == 1


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b"RFB 003.008\n\1\2" + CHALLENGE + b"\0\0\0\1\0\0\0\3bad", "server_password_wrong"),
        (b"RFB 003.008\n\1\2" + CHALLENGE + b"\0\0\0\2\0\0\0\0", "server_locked"),
        (b"RFB 003.008\n\1\1", "server_security"),
        (b"RFB 003.008\n\0\0\0\0\4full", "server_refused"),
        (b"SSH-2.0-OpenSSH", "server_not_vnc"),
    ],
)
async def test_a_login_that_fails(said: bytes, code: str) -> None:
    """The person reads which way, then the session ends with SERVER_GONE."""
    async with attached() as started:
        started.broker.stream_started(1)
        connection = await started.server.next()
        connection.writer.write(said)
        await started.link.until("failed", Why.SERVER_GONE)
        assert [problem.code for problem in started.problems] == [code]
        assert "{" not in sentence(started.problems[0], "en")
        assert not any(what in {"ready", "rfb"} for what, _ in started.link.told)


async def test_a_server_that_hangs_up_during_the_login() -> None:
    """A sentence of its own."""
    async with attached() as started:
        started.broker.stream_started(1)
        connection = await started.server.next()
        connection.writer.write(b"RFB 003.008\n\1\2")
        connection.writer.close()
        await started.link.until("failed", Why.SERVER_GONE)
        assert [problem.code for problem in started.problems] == ["server_hung_up"]


async def test_a_server_that_says_nothing() -> None:
    """It is waited for only so long."""
    async with attached(patience=0.05) as started:
        started.broker.stream_started(1)
        connection = await started.server.next()
        await started.link.until("failed", Why.SERVER_GONE)
        assert [problem.code for problem in started.problems] == ["server_silent"]
        assert await connection.hung_up_on() == b""


async def test_a_server_that_cannot_be_reached() -> None:
    """What connecting has found out goes to the person."""

    class Nowhere:
        name = "nowhere"
        one_look = sleeps_alone = False
        password = ""

        async def connect(self) -> socket.socket:
            raise TasukiError("server_not_ours", program=self.name)

    problems: list[TasukiError] = []
    broker = Broker(server=Nowhere(), on_problem=problems.append)
    link = RecordingLink()
    broker.attached(link, Mode.VIEW)
    broker.stream_started(1)
    await link.until("failed", Why.SERVER_GONE)
    assert [problem.code for problem in problems] == ["server_not_ours"]


async def test_calls_before_the_session_are_harmless() -> None:
    """A session that was never connected ends too."""
    async with fake_server() as server:
        broker = Broker(server=server)
        broker.stream_started(1)
        broker.rfb_received(b"x")
        broker.pause_reading()
        broker.resume_reading()
        broker.question_open(True)
        broker.pause_changed(True)
        broker.cover([])
        broker.close()
        await asyncio.sleep(0)
        assert server.connections.empty()
