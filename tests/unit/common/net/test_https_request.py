"""One POST over outer TLS: every way in which an answer comes, and every way in which none does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from common.net.dial import DialError
from common.net.https_request import ANSWER_LIMIT, HttpAnswer, post_json
from common.net.tls import OuterTrust
from tests.support.pki import Root
from tests.support.servers import Handler, serving


class Relay:
    """What a test server was asked, and how it answers."""

    def __init__(self, answer: bytes, *, close: bool = False, bytewise: bool = False) -> None:
        self.head = b""
        self.body = b""
        self._answer = answer
        self._close = close
        self._bytewise = bytewise

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.head = await reader.readuntil(b"\r\n\r\n")
        self.body = await reader.readexactly(4)
        step = 1 if self._bytewise else max(1, len(self._answer))
        for at in range(0, len(self._answer), step):
            writer.write(self._answer[at : at + step])
            await writer.drain()
        if not self._close:
            await reader.read()


@asynccontextmanager
async def posted(
    folder: Path, handler: Handler, *, deadline: float = 10.0
) -> AsyncIterator["asyncio.Task[HttpAnswer]"]:
    """A POST to a server that is handled so."""
    root = Root(folder)
    async with serving(handler, tls=root.server("127.0.0.1").context()) as port:
        yield asyncio.create_task(
            post_json(
                "127.0.0.1",
                port,
                target="/api/v1/enrol",
                body=b"body",
                trust=OuterTrust(root_der=root.der),
                deadline=deadline,
            )
        )


DATE = b"Date: Sun, 01 Mar 2026 09:00:00 GMT\r\n"


@pytest.mark.parametrize("bytewise", [False, True])
@pytest.mark.parametrize(
    ("answer", "close"),
    [
        (b"HTTP/1.1 200 OK\r\n" + DATE + b"Content-Length: 2\r\n\r\n{}", False),
        (b"HTTP/1.1 200 OK\r\n" + DATE + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n", False),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n" + DATE + b"Content-Length: 2\r\n\r\n{}", False),
        (b"HTTP/1.1 200 OK\r\n" + DATE + b"Connection: close\r\n\r\n{}", True),
    ],
)
async def test_every_form_of_answer(tmp_path: Path, answer: bytes, close: bool, bytewise: bool) -> None:
    """By length, in chunks, after a 100, up to the end; also a byte at a time."""
    relay = Relay(answer, close=close, bytewise=bytewise)
    async with posted(tmp_path, relay.handle) as task:
        assert await task == HttpAnswer(status=200, date="Sun, 01 Mar 2026 09:00:00 GMT", body=b"{}")
    assert relay.head.startswith(b"POST /api/v1/enrol HTTP/1.1\r\nHost: 127.0.0.1:")
    assert relay.body == b"body"


async def test_a_refusal_is_an_answer(tmp_path: Path) -> None:
    """Status and body come back; without a Date the date is empty."""
    relay = Relay(b"HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\n[]")
    async with posted(tmp_path, relay.handle) as task:
        assert await task == HttpAnswer(status=409, date="", body=b"[]")


@pytest.mark.parametrize(
    ("answer", "close"),
    [
        (b"", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{}", True),
        (b"HTTP/1.1 200 OK\r\nContent-", True),
        (b"SSH-2.0-OpenSSH\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 40_000, False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n" + b"x" * (ANSWER_LIMIT + 1), False),
    ],
)
async def test_a_broken_answer_is_said(tmp_path: Path, answer: bytes, close: bool) -> None:
    """Cut, not HTTP, ambiguous, too large: the address and what was wrong."""
    async with posted(tmp_path, Relay(answer, close=close).handle) as task:
        with pytest.raises(DialError) as caught:
            await task
    assert (caught.value.code, caught.value.stage) == ("relay_answer_broken", "http")
    assert caught.value.facts["detail"]


async def test_silence_has_an_end(tmp_path: Path) -> None:
    """The deadline is for everything."""
    async with posted(tmp_path, Relay(b"HTTP/1.1 200 OK\r\n").handle, deadline=0.3) as task:
        with pytest.raises(DialError) as caught:
            await task
    assert caught.value.code == "relay_answer_broken"


async def test_another_root_gets_nothing(tmp_path: Path) -> None:
    """Not a byte of the request goes to who is not our relay."""
    relay = Relay(b"")
    (tmp_path / "other").mkdir()
    stranger = Root(tmp_path / "other")
    async with serving(relay.handle, tls=stranger.server("127.0.0.1").context()) as port:
        with pytest.raises(DialError) as caught:
            await post_json(
                "127.0.0.1",
                port,
                target="/",
                body=b"body",
                trust=OuterTrust(root_sha256=Root(tmp_path).sha256),
            )
    assert caught.value.stage == "tls"
    assert relay.head == b""


async def test_nobody_there(tmp_path: Path) -> None:
    """How far it got is in the error."""
    root = Root(tmp_path)
    async with serving(Relay(b"").handle) as port:
        pass
    with pytest.raises(DialError) as caught:
        await post_json("127.0.0.1", port, target="/", body=b"", trust=OuterTrust(root_der=root.der))
    assert (caught.value.code, caught.value.stage) == ("relay_unreachable", "tcp")
