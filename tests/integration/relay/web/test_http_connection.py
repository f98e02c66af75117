"""Every rule of the front's table, by the bytes: what is sent, what must come back, and that a session beside it goes on."""

import asyncio
import socket
import ssl

import pytest
from OpenSSL import SSL

from common.protocol.reasons import Why
from relay.core.leg_messages import CloseSession
from relay.core.tickets import Side
from relay.web.responses import HttpResponse
from relay.web.routes import HttpRequest
from tests.support.clock import CountingClock
from tests.support.front import (
    LOOPBACK,
    Client,
    RunningFront,
    frame,
    front,
    hello,
    open_leg,
    open_pair,
    table,
    until,
    upgrade,
)

GET = b"GET /a HTTP/1.1\r\nHost: relay\r\n"


async def status_of(running: RunningFront, *data: bytes) -> int:
    """The status that this request gets, and that the connection closes after it."""
    client = await Client.connect(running.port)
    for part in data:
        client.send(part)
    status, headers, _ = await client.answer()
    assert headers["connection"] == "close"
    assert await client.rest() == b""
    return status


# from accept to a complete request


async def test_a_connection_that_says_nothing_is_cut() -> None:
    """Before the handshake: no byte, and nothing comes back."""
    async with front(timing={"request": 0.1}) as running:
        client = await Client.connect(running.port, tls=False)
        assert await client.rest() == b""


async def test_a_handshake_that_drips_is_cut() -> None:
    """The deadline is absolute: bytes do not move it."""
    async with front(timing={"request": 0.2}) as running:
        client = await Client.connect(running.port, tls=False)
        client.send(b"\x16\x03\x01\x02\x00")
        began = asyncio.get_running_loop().time()
        ended = asyncio.ensure_future(client.rest())
        while not ended.done():
            client.send(b"\x01")
            await asyncio.wait([ended], timeout=0.02)
        assert asyncio.get_running_loop().time() - began < 5


async def test_a_head_that_drips_is_408() -> None:
    """Each byte in time, the head not."""
    async with front(timing={"request": 0.2}) as running:
        client = await Client.connect(running.port)
        answered = asyncio.ensure_future(client.answer())
        for byte in GET * 100:
            client.send(bytes((byte,)))
            await asyncio.wait([answered], timeout=0.01)
            if answered.done():
                break
        assert (await answered)[0] == 408
        assert await client.rest() == b""


async def test_a_secured_connection_that_asks_nothing_is_closed() -> None:
    """Closed by TLS, without an answer to nothing."""
    async with front(timing={"request": 0.2}) as running:
        client = await Client.connect(running.port)
        assert await client.rest() == b""


# the head


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (GET + b"X: " + b"a" * 16_400 + b"\r\n\r\n", 431),
        (GET + b"X: " + b"a" * 200_000, 431),
        (b"GET /" + b"a" * 20_000, 431),
        (b"GET /a HTTP/1.1\nHost: relay\r\n\r\n", 400),
        (b"GET /a HTTP/1.1\r\nHost: relay\n\r\n", 400),
        (GET + b"X: a\r\n folded\r\n\r\n", 400),
        (GET + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", 400),
        (GET + b"Content-Length: 1, 1\r\n\r\nx", 400),
        (GET + b"Content-Length: +1\r\n\r\nx", 400),
        (GET + b"Content-Length: 1_0\r\n\r\nx", 400),
        (GET + b"Content-Length: 0x1\r\n\r\nx", 400),
        (GET + b"Content-Length: \r\n\r\nx", 400),
        (GET + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (GET + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (GET + b"Transfer-Encoding: gzip, chunked\r\n\r\n", 400),
        (GET + b"Host: other\r\n\r\n", 400),
        (b"GET /a HTTP/1.1\r\n\r\n", 400),
        (GET + b"X : a\r\n\r\n", 400),
        (GET + b"X: a\0b\r\n\r\n", 400),
        (GET + b"X: a\rb\r\n\r\n", 400),
        (b"GET  /a HTTP/1.1\r\nHost: relay\r\n\r\n", 400),
        (b"GET /a HTTP/2.0\r\nHost: relay\r\n\r\n", 505),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        (b"\r\n\r\nGET /a HTTP/1.1\r\nHost: relay\r\n\r\n", 400),
        (b"\x00\x01\x02\n", 400),
        (b"CONNECT relay:443 HTTP/1.1\r\nHost: relay\r\n\r\n", 400),
        (b"OPTIONS * HTTP/1.1\r\nHost: relay\r\n\r\n", 400),
    ],
)
async def test_heads_against_the_rules(head: bytes, status: int) -> None:
    """Each gets its status and the connection closes; the same when it comes a byte at a time (short ones)."""
    async with front() as running:
        assert await status_of(running, head) == status
        if len(head) < 200:
            client = await Client.connect(running.port)
            for byte in head:
                client.send(bytes((byte,)))
                await asyncio.sleep(0)
            assert (await client.answer())[0] == status


async def test_a_bare_line_feed_is_answered_at_once() -> None:
    """Not only when the head would be complete: it never will be."""
    async with front() as running:
        assert await status_of(running, b"GET /a HTTP/1.1\n") == 400


async def test_a_good_request_is_answered() -> None:
    """With a Date, and the connection stays."""
    async with front() as running:
        client = await Client.connect(running.port)
        client.send(GET + b"\r\n")
        status, headers, body = await client.answer()
        assert (status, body) == (200, b"GET /a 0")
        assert headers["date"].endswith("GMT")
        assert "connection" not in headers
        client.send(b"HEAD /a HTTP/1.1\r\nHost: relay\r\nConnection: close\r\n\r\n")
        answer = await client.rest()
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
        assert answer.endswith(b"\r\n\r\n")


async def test_http_1_0_closes() -> None:
    """An old client gets its answer, and the close it waits for."""
    async with front() as running:
        client = await Client.connect(running.port)
        client.send(b"GET /a HTTP/1.0\r\n\r\n")
        status, headers, body = await client.answer()
        assert (status, headers["connection"], body) == (200, "close", b"GET /a 0")
        assert await client.rest() == b""
        assert await status_of(running, b"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n") == 200


# the body


async def test_bodies_up_to_the_limit() -> None:
    """1 MiB is fine, by length and in chunks; a byte more is 413, announced or not."""
    async with front() as running:
        client = await Client.connect(running.port)
        size = 1 << 20
        client.send(b"POST /a HTTP/1.1\r\nHost: r\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size)
        assert (await client.answer())[2] == b"POST /a %d" % size
        chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
        client.send(b"POST /a HTTP/1.1\r\nHost: r\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk * 16 + b"0\r\n\r\n")
        assert (await client.answer())[2] == b"POST /a %d" % size
        announced = b"POST /a HTTP/1.1\r\nHost: r\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n" % (size + 1)
        assert await status_of(running, announced) == 413
        chunked = b"POST /a HTTP/1.1\r\nHost: r\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk * 17
        assert await status_of(running, chunked) == 413


async def test_a_refused_body_is_still_taken() -> None:
    """A client that sends on reads its 413 all the same: no reset throws it away."""
    async with front() as running:
        client = await Client.connect(running.port)
        client.send(b"POST /a HTTP/1.1\r\nHost: r\r\nContent-Length: 30000000\r\n\r\n" + b"x" * 10_000_000)
        assert (await client.answer())[0] == 413


async def test_a_body_that_drips_is_408() -> None:
    """It has the time of a request, and then what the least rate gives it."""
    async with front(timing={"request": 0.1}, limits={"request_body_rate": 1000}) as running:
        client = await Client.connect(running.port)
        client.send(b"POST /a HTTP/1.1\r\nHost: r\r\nContent-Length: 100000\r\n\r\n")
        answered = asyncio.ensure_future(client.answer())
        while not answered.done():
            client.send(b"x")
            await asyncio.wait([answered], timeout=0.02)
        assert (await answered)[0] == 408


async def test_a_client_that_asks_first_is_told_to_go_on() -> None:
    """Expect: 100-continue."""
    async with front() as running:
        client = await Client.connect(running.port)
        client.send(b"POST /a HTTP/1.1\r\nHost: r\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        assert (await client.answer())[0] == 100
        client.send(b"abc")
        assert (await client.answer())[2] == b"POST /a 3"


@pytest.mark.parametrize("chunk", [b"zz\r\n", b"-1\r\n", b"1" * 30 + b"\r\n", b"1\r\nxx\r\n"])
async def test_chunks_against_the_rules(chunk: bytes) -> None:
    """400, close."""
    async with front() as running:
        head = b"POST /a HTTP/1.1\r\nHost: r\r\nTransfer-Encoding: chunked\r\n\r\n"
        assert await status_of(running, head + chunk) == 400


async def test_bodies_of_all_together() -> None:
    """What all connections may hold is bounded: the one too many is told to come again."""
    async with front(limits={"request_bodies": 100_000}) as running:
        holding = await Client.connect(running.port)
        holding.send(b"POST /a HTTP/1.1\r\nHost: r\r\nContent-Length: 100000\r\n\r\n" + b"x" * 99_999)
        other = await Client.connect(running.port)
        while True:
            other.send(b"POST /a HTTP/1.1\r\nHost: r\r\nContent-Length: 2\r\n\r\nxx")
            status, _, _ = await other.answer()
            if status == 503:
                break
        holding.send(b"x")
        assert (await holding.answer())[0] == 200
        assert (
            await status_of(running, b"POST /a HTTP/1.1\r\nHost: r\r\nConnection: close\r\nContent-Length: 2\r\n\r\nxx")
            == 200
        )


# keep-alive and pipelining


async def test_pipelined_requests_are_answered_one_at_a_time_in_order() -> None:
    """A second request waits until the first is answered, whatever came in one read."""
    running_now: list[int] = []
    most: list[int] = []

    async def slow(request: HttpRequest) -> HttpResponse:
        running_now.append(1)
        most.append(len(running_now))
        await asyncio.sleep(0.01)
        running_now.pop()
        return HttpResponse(status=200, body=request.path.encode())

    async with front(routes=table(slow, *(f"/{number}" for number in range(9)))) as running:
        client = await Client.connect(running.port)
        client.send(
            b"POST /0 HTTP/1.1\r\nHost: r\r\nContent-Length: 5\r\n\r\nhello"
            + b"".join(b"GET /%d HTTP/1.1\r\nHost: r\r\n\r\n" % number for number in range(1, 9))
        )
        assert [(await client.answer())[2] for _ in range(9)] == [b"/%d" % number for number in range(9)]
        assert max(most) == 1


async def test_a_connection_serves_so_many_requests() -> None:
    """The last one says that the connection closes; what was pipelined behind it is not answered."""
    async with front(limits={"keep_alive_requests": 3}) as running:
        client = await Client.connect(running.port)
        client.send((GET + b"\r\n") * 5)
        assert "connection" not in (await client.answer())[1]
        assert "connection" not in (await client.answer())[1]
        assert (await client.answer())[1]["connection"] == "close"
        assert await client.rest() == b""


async def test_keep_alive_ends() -> None:
    """An idle connection is closed after its time, without a word."""
    async with front(timing={"keep_alive": 0.1}) as running:
        client = await Client.connect(running.port)
        client.send(GET + b"\r\n")
        await client.answer()
        assert await client.rest() == b""


async def test_an_answer_that_does_not_come_is_503() -> None:
    """The handler hangs: the client is told so, and the handler ends."""
    ended = asyncio.Event()

    async def hangs(_: HttpRequest) -> HttpResponse:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        raise AssertionError

    async with front(routes=table(hangs, "/a"), timing={"answer": 0.1}) as running:
        assert await status_of(running, GET + b"\r\n") == 503
        await ended.wait()


async def test_a_handler_that_fails_is_500() -> None:
    """Whether it fails itself, or its answer is none that HTTP/1.1 has: the client is told, and a session beside it goes on."""

    async def fails(_: HttpRequest) -> HttpResponse:
        raise RuntimeError("a bug")

    async def says_nonsense(_: HttpRequest) -> HttpResponse:
        return HttpResponse(status=200, headers=(("No Header", "a\nb"),))

    async with front(routes=table(fails, "/a") | table(says_nonsense, "/late")) as running:
        user, helper = await open_pair(running, "5" * 32)
        assert await status_of(running, GET + b"\r\n") == 500
        assert await status_of(running, b"GET /late HTTP/1.1\r\nHost: r\r\n\r\n") == 500
        user.send_frame(2, b"still here")
        assert await helper.frame() == (2, b"still here")


async def test_a_client_that_does_not_take_its_answer_is_cut() -> None:
    """The next request waits until the answer is taken, and the connection is cut after the drain time."""
    sent: list[int] = []

    async def long(_: HttpRequest) -> HttpResponse:
        sent.append(1 << 20)
        return HttpResponse(status=200, body=bytes(1 << 20))

    async with front(routes=table(long, "/a"), timing={"drain": 0.2}) as running:
        client = await Client.connect(running.port)
        client.stall()
        client.send((GET + b"\r\n") * 100)
        await until(lambda: len(running.factory.open) == 1)
        await until(lambda: not running.factory.open)
        assert sum(sent) < 64 << 20  # what the two kernels hold, not more


async def test_a_client_that_takes_its_answers_late_gets_them_all() -> None:
    """It reads nothing while many answers are owed, then everything: none is lost, and the connection stays."""

    async def long(_: HttpRequest) -> HttpResponse:
        return HttpResponse(status=200, body=bytes(1 << 20))

    async with front(routes=table(long, "/a")) as running:
        client = await Client.connect(running.port)
        client.stall()
        client.send((GET + b"\r\n") * 40)
        (connection,) = running.factory.open
        await until(lambda: connection.unsent > 0)
        client.go_on()
        assert [len((await client.answer())[2]) for _ in range(40)] == [1 << 20] * 40


async def test_paths_and_methods_that_are_not_there() -> None:
    """404 and 405 (with what would do) in JSON, before the body has come; else the connection stays. HEAD has no body."""
    async with front(routes={"/a": {"POST": hello, "GET": hello}}) as running:
        client = await Client.connect(running.port)
        client.send(b"GET /b HTTP/1.1\r\nHost: r\r\n\r\n")
        status, headers, body = await client.answer()
        assert (status, headers["content-type"], body) == (404, "application/json", b'{"detail":"Not Found"}')
        client.send(b"PUT /%61?x HTTP/1.1\r\nHost: r\r\nContent-Length: 2\r\n\r\nxx")
        status, headers, body = await client.answer()
        assert (status, headers["allow"], body) == (405, "GET, POST", b'{"detail":"Method Not Allowed"}')
        client.send(b"GET /%61?x HTTP/1.1\r\nHost: r\r\n\r\n")
        assert (await client.answer())[2] == b"GET /a 0"
        for path, status in (("/b", 404), ("/a", 405)):
            assert (
                await status_of(running, f"PUT {path} HTTP/1.1\r\nHost: r\r\nContent-Length: 9\r\n\r\n".encode())
                == status
            )
        client.send(b"HEAD /a HTTP/1.1\r\nHost: r\r\nConnection: close\r\n\r\n")
        answer = await client.rest()
        assert answer.startswith(b"HTTP/1.1 405 ")
        assert answer.endswith(b"\r\n\r\n")


# paths and origins


async def test_an_origin_has_no_business_on_v1() -> None:
    """Any Origin on /v1/* is 403, also `null`, also where there is nothing."""
    async with front() as running:
        for path in ("/v1/matching", "/v1/leg", "/v1/nothing"):
            request = upgrade(path, "tasuki.matching.v1", extra="Origin: null\r\n")
            assert await status_of(running, request) == 403


async def test_paths_under_v1() -> None:
    """An unknown one is 404; without an upgrade the known ones are 426, with another method 405, another version 426."""
    async with front() as running:
        assert await status_of(running, upgrade("/v1/nothing", "tasuki.leg.v1")) == 404
        assert await status_of(running, b"GET /v1/matching HTTP/1.1\r\nHost: r\r\n\r\n") == 426
        assert await status_of(running, b"PUT /v1/leg HTTP/1.1\r\nHost: r\r\n\r\n") == 405
        assert await status_of(running, b"GET /v1/down HTTP/1.1\r\nHost: r\r\n\r\n") == 405
        wrong = upgrade("/v1/matching", "tasuki.matching.v1")
        assert await status_of(running, wrong.replace(b"Version: 13", b"Version: 8")) == 426
        assert await status_of(running, wrong.replace(b"tasuki.matching.v1", b"other")) == 400
        assert await status_of(running, wrong.replace(b"Sec-WebSocket-Key: ", b"Sec-WebSocket-Key: x")) == 400


async def test_matching_is_a_websocket() -> None:
    """What came glued behind the request is heard; unknown until identified, and then no longer counted."""
    async with front() as running:
        client = await Client.connect(running.port)
        client.send(upgrade("/v1/matching", "tasuki.matching.v1") + frame(1, b"glued"))
        assert (await client.answer())[0] == 101
        assert await client.frame() == (1, b"hello")
        assert await client.frame() == (1, b"glued")
        assert running.gate.inside == 1
        client.send_frame(1, b"me")
        assert await client.frame() == (1, b"me")
        assert running.gate.inside == 0
        client.writer.transport.abort()
        assert await running.listeners[0].closed_with == 1006


async def test_matching_hears_which_name_was_dialled() -> None:
    """As the request's Host header has it."""
    async with front() as running:
        for host in ("Relay.Example:8443", "[2001:DB8::1]:443"):
            client = await Client.connect(running.port)
            client.send(upgrade("/v1/matching", "tasuki.matching.v1").replace(b"Host: relay", f"Host: {host}".encode()))
            assert (await client.answer())[0] == 101
        assert running.dialled == ["relay.example", "2001:db8::1"]


async def test_matching_messages_are_bounded() -> None:
    """64 KiB is fine, a byte more is 1009; a flood of pings is 1008; text that is no UTF-8 is 1007."""
    async with front() as running:
        for wrong, code in (
            (frame(1, b"x" * 65_537), 1009),
            (frame(9) * 11, 1008),
            (frame(1, b"\xff"), 1007),
            (frame(2, b"x", masked=False), 1002),
        ):
            client = await Client.connect(running.port)
            client.send(upgrade("/v1/matching", "tasuki.matching.v1"))
            await client.answer()
            client.send_frame(1, b"y" * 65_536)
            assert await client.frame() == (1, b"hello")
            assert (await client.frame())[1] == b"y" * 65_536
            client.send(wrong)
            assert await client.close_code() == code


async def test_a_matching_peer_that_does_not_read_is_not_read_from() -> None:
    """Echoes pile up to the limit; then its messages stay in the network, and when it reads, all of them are answered."""
    async with front(limits={"data_frames": 1000}) as running:
        client = await Client.connect(running.port)
        client.send(upgrade("/v1/matching", "tasuki.matching.v1"))
        await client.answer()
        await client.frame()
        client.stall()
        for _ in range(600):
            client.send_frame(1, b"z" * 60_000)
        (connection,) = running.factory.open
        for _ in range(200):
            await asyncio.sleep(0.001)
        assert connection.unsent < 300_000
        client.go_on()
        for _ in range(600):
            assert len((await client.frame())[1]) == 60_000


# unknown connections


async def test_the_cap_of_one_address() -> None:
    """Up to the cap they come in, past it they are closed; another address is let in meanwhile; places come free again."""
    async with front(limits={"unauthenticated_per_address": 8, "early_drop": 1.0}) as running:
        held = [await Client.connect(running.port) for _ in range(8)]
        with pytest.raises((ConnectionError, ssl.SSLError)):
            await Client.connect(running.port)
        other = await Client.connect(running.port, local_addr=("127.0.0.2", 0))
        other.send(GET + b"\r\n")
        assert (await other.answer())[0] == 200
        held[0].writer.transport.abort()
        await until(lambda: running.gate.inside <= 8)
        held[0] = await Client.connect(running.port)


async def test_the_cap_of_all() -> None:
    """Many addresses of 127/8: at the cap nobody unknown comes in, and a session beside it goes on."""
    async with front(limits={"unauthenticated_total": 24, "early_drop": 1.0}) as running:
        user, helper = await open_pair(running, "5" * 32)
        for number in range(24):
            await Client.connect(running.port, tls=False, local_addr=(f"127.0.1.{number + 1}", 0))
        await until(lambda: running.gate.inside >= 24)
        with pytest.raises((ConnectionError, ssl.SSLError)):
            await Client.connect(running.port, local_addr=("127.0.2.1", 0))
        user.send_frame(2, b"still here")
        assert await helper.frame() == (2, b"still here")


async def test_some_are_dropped_before_the_cap() -> None:
    """From three quarters on a newcomer's luck decides."""
    async with front(limits={"unauthenticated_total": 40}) as running:
        dropped = 0
        clients = []
        for number in range(60):
            client = await Client.connect(running.port, tls=False, local_addr=(f"127.0.3.{number + 1}", 0))
            clients.append(client)
        for _ in clients:
            await asyncio.sleep(0)
        dropped = running.gate.turned_away
        assert running.gate.inside >= 30
        assert 20 <= dropped <= 30


async def test_legs_are_known() -> None:
    """A leg's ticket says who it is: it takes no place among the unknown."""
    async with front(limits={"unauthenticated_total": 4, "early_drop": 1.0}) as running:
        for number in range(10):
            await open_leg(running, running.ticket(f"{number:032x}", Side.USER))
        assert running.gate.inside == 0


# TLS


async def test_plain_http_gets_its_answer_in_clear() -> None:
    """400, and the connection closes."""
    async with front() as running:
        client = await Client.connect(running.port, tls=False)
        client.send(b"GET / HTTP/1.1\r\nHost: relay\r\n\r\n")
        status, headers, body = await client.answer()
        assert (status, headers["connection"]) == (400, "close")
        assert b"TLS" in body
        assert await client.rest() == b""


async def test_what_is_neither_is_closed() -> None:
    """Bytes that are no TLS record and no letter: an alert at most, and the end, at once."""
    async with front() as running:
        client = await Client.connect(running.port, tls=False)
        client.send(b"\x80\x2e\x01\x00\x02" + bytes(50))
        assert (await client.rest())[:1] in {b"", b"\x15"}


def handshake(port: int, context: ssl.SSLContext) -> tuple[str | None, str, str | None]:
    """Version, cipher and ALPN protocol of a handshake by Python's ssl."""
    with socket.create_connection((LOOPBACK, port), timeout=10) as plain, context.wrap_socket(plain) as tls:
        cipher = tls.cipher()
        assert cipher is not None
        return tls.version(), cipher[0], tls.selected_alpn_protocol()


def trusting() -> ssl.SSLContext:
    """A client that trusts anybody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def test_versions_of_tls() -> None:
    """1.3; 1.2 with AEAD; 1.2 without AEAD and everything older get an alert. ALPN http/1.1 where it is asked for."""
    async with front() as running:
        newest = trusting()
        newest.set_alpn_protocols(["h2", "http/1.1"])
        version, _, alpn = await asyncio.to_thread(handshake, running.port, newest)
        assert (version, alpn) == ("TLSv1.3", "http/1.1")
        older = trusting()
        older.maximum_version = ssl.TLSVersion.TLSv1_2
        version, cipher, alpn = await asyncio.to_thread(handshake, running.port, older)
        assert version == "TLSv1.2"
        assert "GCM" in cipher or "CHACHA20" in cipher
        assert alpn is None
        for ciphers in ("ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA"):
            without = trusting()
            without.maximum_version = ssl.TLSVersion.TLSv1_2
            without.set_ciphers(ciphers)
            with pytest.raises(ssl.SSLError):
                await asyncio.to_thread(handshake, running.port, without)


async def test_tls_1_1_gets_an_alert() -> None:
    """A hello that asks for TLS 1.1, as bytes."""
    async with front() as running:
        client = await Client.connect(running.port, tls=False)
        hello = b"\x03\x02" + bytes(32) + b"\0" + b"\x00\x04\xc0\x09\xc0\x0a" + b"\x01\x00"
        handshake_message = b"\x01" + len(hello).to_bytes(3, "big") + hello
        client.send(b"\x16\x03\x01" + len(handshake_message).to_bytes(2, "big") + handshake_message)
        assert (await client.rest())[:1] == b"\x15"


async def test_openssl_by_pyopenssl_is_served_too() -> None:
    """The other OpenSSL that agents have: handshake, request, answer, a clean close."""
    async with front() as running:

        def ask() -> bytes:
            context = SSL.Context(SSL.TLS_CLIENT_METHOD)
            with socket.create_connection((LOOPBACK, running.port)) as plain:
                plain.setblocking(True)
                tls = SSL.Connection(context, plain)
                tls.set_connect_state()
                tls.do_handshake()
                tls.sendall(GET + b"Connection: close\r\n\r\n")
                received = b""
                while True:
                    try:
                        received += tls.recv(4096)
                    except SSL.ZeroReturnError:
                        return received

        assert (await asyncio.to_thread(ask)).endswith(b"GET /a 0")


async def test_every_accepted_socket_has_no_delay() -> None:
    """TCP_NODELAY."""
    async with front() as running:
        await Client.connect(running.port)
        (connection,) = running.factory.open
        assert connection.tcp.getTcpNoDelay()


# closing


async def test_a_peer_that_never_closes_is_cut() -> None:
    """The answer is out and the peer just stays: after the drain time its connection is gone."""
    async with front(timing={"drain": 0.2}) as running:
        client = await Client.connect(running.port, tls=False)
        client.send(b"GET / HTTP/1.1\r\n\r\n")
        await client.answer()
        began = asyncio.get_running_loop().time()
        await until(lambda: not running.factory.open)
        assert 0.1 < asyncio.get_running_loop().time() - began < 5


async def test_a_stalled_peer_is_cut_when_its_connection_closes() -> None:
    """What it does not take is kept for the drain time, and no longer."""
    async with front(timing={"drain": 0.2}) as running:
        user, helper = await open_pair(running, "5" * 32)
        helper.stall()
        for _ in range(400):
            user.send_frame(2, b"s" * 65_536)
        await until(lambda: running.held("5" * 32) >= 10_000)
        running.dataplane.order(CloseSession(session="5" * 32, why=Why.OPERATOR_ENDED))
        assert await user.close_code() == 1000
        await until(lambda: not running.factory.open)


async def test_timers_are_taken_back() -> None:
    """A connection that is gone leaves nothing behind."""
    clock = CountingClock()
    async with front(clock=clock) as running:
        client = await Client.connect(running.port)
        client.send(GET + b"Connection: close\r\n\r\n")
        await client.answer()
        user, _ = await open_pair(running, "5" * 32)
        user.send_frame(8, b"\x03\xe8")
        await user.close_code()
    assert clock.set > 5
    assert clock.waiting == 0
