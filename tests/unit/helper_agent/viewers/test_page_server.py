"""The viewer page's server: this user, this Host, this Origin, this token, and nothing else."""

import asyncio
import base64
import contextlib
import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from helper_agent.viewers import page_server
from helper_agent.viewers.page_server import RFB, STATE, PagePlace, PageServer

TOKEN = "the-token"
opened: list["Socket"] = []


@dataclass(frozen=True)
class Offer:
    """Where the front listens."""

    port: int
    password: str


typed: list[str] = []  # what an input method composed


@contextlib.asynccontextmanager
async def served(tmp_path: Path) -> AsyncIterator[tuple[PageServer, list[str]]]:
    """A page server before a front that sends everything back; and the wishes that it hears."""
    (tmp_path / "index.html").write_text("<p>page</p>")
    (tmp_path / "page.js").write_text("1")
    (tmp_path / "lib").mkdir(exist_ok=True)
    (tmp_path / "lib" / "deep.js").write_text("2")
    (tmp_path.parent / "outside").write_text("secret")

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            writer.write(data)
        await shut(writer)

    front = await asyncio.start_server(echo, "127.0.0.1", 0)
    wishes: list[str] = []

    async def open_front() -> Offer:
        return Offer(port=front.sockets[0].getsockname()[1], password="onetime1")

    typed.clear()
    server = PageServer(token=TOKEN, open_front=open_front, act=wishes.append, typed=typed.append, folder=tmp_path)
    server.listen()
    try:
        yield server, wishes
    finally:
        for socket in opened:
            await shut(socket.writer)
        opened.clear()
        await server.close()
        front.close()


async def shut(writer: asyncio.StreamWriter) -> None:
    """Close it, whatever became of it."""
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def ask(server: PageServer, head: str) -> tuple[int, dict[str, str], bytes]:
    """Send a head, read to the end: status, headers, body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(server.authority.rpartition(":")[2]))
    writer.write(head.replace("\n", "\r\n").encode())
    answer = await reader.read()
    await shut(writer)
    above, _, body = answer.partition(b"\r\n\r\n")
    lines = above.decode().split("\r\n")
    return int(lines[0].split()[1]), dict(line.lower().split(": ", 1) for line in lines[1:]), body


def get(server: PageServer, path: str, **headers: str) -> str:
    """A GET with the right Host unless told."""
    named = {"Host": server.authority, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return f"GET {path} HTTP/1.1\n" + "".join(f"{name}: {value}\n" for name, value in named.items()) + "\n"


async def test_files_and_their_policy(tmp_path: Path) -> None:
    """The page is there, with a policy that lets it talk to this port only, and nothing is kept."""
    async with served(tmp_path) as (server, _):
        status, headers, body = await ask(server, get(server, "/"))
        assert (status, body) == (200, b"<p>page</p>")
        policy = headers["content-security-policy"]
        assert policy.startswith(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        )
        assert f"connect-src ws://{server.authority};" in policy
        assert headers["cache-control"] == "no-store"
        assert "set-cookie" not in headers
        assert (await ask(server, get(server, "/lib/deep.js")))[1]["content-type"].startswith("text/javascript")
        assert (await ask(server, get(server, "/page.js").replace("GET", "HEAD", 1)))[2] == b""


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/absent", 404),
        ("/../outside", 404),
        ("/lib/../../outside", 404),
        ("//outside", 404),
        ("/lib", 404),
        ("/rfb", 404),
    ],
)
async def test_nothing_else_is_served(tmp_path: Path, path: str, status: int) -> None:
    """What is not a file of the page is not there, whatever the path looks like."""
    async with served(tmp_path) as (server, _):
        assert (await ask(server, get(server, path)))[0] == status


async def test_foreign_names_and_pages_are_refused(tmp_path: Path) -> None:
    """Another Host, another Origin, another method, a body, a broken head."""
    async with served(tmp_path) as (server, _):
        port = server.authority.rpartition(":")[2]
        assert (await ask(server, get(server, "/", Host=f"localhost:{port}")))[0] == 403
        assert (await ask(server, get(server, "/", Host="evil.example")))[0] == 403
        assert (await ask(server, get(server, "/", Origin="http://evil.example")))[0] == 403
        assert (await ask(server, get(server, "/", Origin=f"http://{server.authority}")))[0] == 200
        assert (await ask(server, get(server, "/").replace("GET", "POST", 1)))[0] == 405
        assert (await ask(server, get(server, "/", Content_Length="3") + "abc"))[0] == 400
        assert (await ask(server, "GET / HTTP/1.1\nHost : x\n\n"))[0] == 400


def upgrade(server: PageServer, path: str, *protocols: str, origin: str | None = "own") -> str:
    """A WebSocket's opening."""
    headers = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        "Sec-WebSocket-Protocol": ", ".join(protocols),
    }
    if origin is not None:
        headers["Origin"] = f"http://{server.authority}" if origin == "own" else origin
    return get(server, path, **headers)


async def test_sockets_want_token_and_origin(tmp_path: Path) -> None:
    """Without the token, with a wrong one, without an Origin or on another path: 403, and the front is not opened."""
    async with served(tmp_path) as (server, _):
        for path, name in (("/state", STATE), ("/rfb", RFB)):
            assert (await ask(server, upgrade(server, path, name)))[0] == 403
            assert (await ask(server, upgrade(server, path, name, "the-tokem")))[0] == 403
            assert (await ask(server, upgrade(server, path, name, "the-tokén")))[0] == 403
            assert (await ask(server, upgrade(server, path, name, TOKEN, origin=None)))[0] == 403
            assert (await ask(server, upgrade(server, path, name, TOKEN, origin="null")))[0] == 403
        assert (await ask(server, upgrade(server, "/", STATE, TOKEN)))[0] == 403


class Socket:
    """A minimal WebSocket client."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, server: PageServer, path: str, name: str) -> "Socket":
        """Open it, and see that our subprotocol, never the token, was chosen."""
        reader, writer = await asyncio.open_connection("127.0.0.1", int(server.authority.rpartition(":")[2]))
        writer.write(upgrade(server, path, name, TOKEN).replace("\n", "\r\n").encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        assert head.startswith("HTTP/1.1 101 ")
        assert f"sec-websocket-protocol: {name}\r\n" in head.lower()
        opened.append(cls(reader, writer))
        return opened[-1]

    def send(self, data: bytes, opcode: int) -> None:
        """One masked frame, the mask being zeros."""
        assert len(data) < 126
        self.writer.write(bytes((0x80 | opcode, 0x80 | len(data))) + bytes(4) + data)

    async def receive(self) -> tuple[int, bytes]:
        """One frame's opcode and payload."""
        first, length = await self.reader.readexactly(2)
        if length == 126:
            length = int.from_bytes(await self.reader.readexactly(2), "big")
        return first & 0x0F, await self.reader.readexactly(length)


async def test_state_goes_to_the_page_and_wishes_come_back(tmp_path: Path) -> None:
    """The present state at once, each new one, and what the helper clicked; nonsense is ignored."""
    async with served(tmp_path) as (server, wishes):
        server.show({"phase": "waiting"})
        socket = await Socket.open(server, "/state", STATE)
        assert await socket.receive() == (1, b'{"phase": "waiting"}')
        server.show({"phase": "connected"})
        assert json.loads((await socket.receive())[1]) == {"phase": "connected"}
        for text in (b"no json", b"[1]", b'{"do": 5}', b'{"do": "want_control"}'):
            socket.send(text, 1)
        server.show({"phase": "ended"})
        await socket.receive()
        socket.send(b"", 9)
        assert (await socket.receive())[0] == 10
        assert wishes == ["want_control"]
        assert server._watchers


async def test_composed_text_comes_as_it_is(tmp_path: Path) -> None:
    """One message, one text; what is none is ignored, and nothing of it is a wish."""
    async with served(tmp_path) as (server, wishes):
        socket = await Socket.open(server, "/state", STATE)
        await socket.receive()
        for text in ('{"type": "漢字\\n"}', '{"type": 5}', '{"type": null}', '{"type": "\\ud83d"}'):
            socket.send(text.encode(), 1)
        socket.send(b"", 9)
        assert (await socket.receive())[0] == 10
        assert typed == ["漢字\n", "\ud83d"]
        assert wishes == []


async def test_the_picture_is_bridged(tmp_path: Path) -> None:
    """First the password as text, then bytes both ways; a second page takes the first one's place."""
    async with served(tmp_path) as (server, _):
        one = await Socket.open(server, "/rfb", RFB)
        assert await one.receive() == (1, b'{"password": "onetime1"}')
        one.send(b"hello", 2)
        assert await one.receive() == (2, b"hello")
        two = await Socket.open(server, "/rfb", RFB)
        opcode, reason = await one.receive()
        assert (opcode, reason[:2]) == (8, (4001).to_bytes(2, "big"))
        assert (await two.receive())[0] == 1


async def test_text_on_the_picture_ends_it(tmp_path: Path) -> None:
    """The page sends bytes only."""
    async with served(tmp_path) as (server, _):
        socket = await Socket.open(server, "/rfb", RFB)
        await socket.receive()
        socket.send(b"text", 1)
        assert (await socket.receive())[0] == 8


async def test_strangers_are_hung_up_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection of another user of this computer gets no answer."""
    monkeypatch.setattr("helper_agent.viewers.page_server.peer_is_own_user", lambda _: False)
    async with served(tmp_path) as (server, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(server.authority.rpartition(":")[2]))
        writer.write(get(server, "/").replace("\n", "\r\n").encode())
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
        await shut(writer)


async def test_the_address_holds_the_token_in_its_fragment(tmp_path: Path) -> None:
    """A fragment is never sent."""
    async with served(tmp_path) as (server, _):
        assert server.address == f"http://{server.authority}/#{TOKEN}"


async def test_the_entrance_is_open_once(tmp_path: Path) -> None:
    """What a process list shows leads whoever comes first to the page, and nobody after; another one shuts it."""
    async with served(tmp_path) as (server, _):
        first = server.entrance("first", PagePlace.WINDOW)
        assert TOKEN not in first
        entrance = server.entrance("code", PagePlace.WINDOW)
        assert (await ask(server, get(server, "/enter/first")))[0] == 404
        assert (await ask(server, get(server, "/enter/cod")))[0] == 404
        assert (await ask(server, get(server, "/enter/code").replace("GET", "HEAD", 1)))[0] == 404
        status, told, page = await ask(server, get(server, entrance.partition(server.authority)[2]))
        assert status == 200
        assert told["content-type"].startswith("text/html")
        assert f"/#{TOKEN}&amp;window&amp;own" in page.decode()
        assert (await ask(server, get(server, "/enter/code")))[0] == 404


async def test_the_entrance_shuts_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while, used or not."""
    monkeypatch.setattr(page_server, "ENTRANCE_OPEN", 0.01)
    async with served(tmp_path) as (server, _):
        server.entrance("code", PagePlace.WINDOW)
        await asyncio.sleep(0.2)
        assert (await ask(server, get(server, "/enter/code")))[0] == 404
        assert (await ask(server, get(server, "/")))[0] in {200, 404}


async def test_pages_are_asked_to_begin_again(tmp_path: Path) -> None:
    """Each that is open; which of them shows the screen they know."""
    async with served(tmp_path) as (server, _):
        server.open_again()
        sockets = [await Socket.open(server, "/state", STATE) for _ in range(2)]
        for socket in sockets:
            await socket.receive()
        server.open_again()
        for socket in sockets:
            assert await socket.receive() == (1, b'{"ask": "again"}')


async def test_a_picture_that_was_asked_for(tmp_path: Path) -> None:
    """Every page is asked; what one sends piece by piece comes whole to all who wait, who ask the pages only once."""
    async with served(tmp_path) as (server, _):
        assert await server.picture() is None  # nobody shows anything
        socket = await Socket.open(server, "/state", STATE)
        await socket.receive()
        waiting = [asyncio.ensure_future(server.picture()) for _ in range(2)]
        assert await socket.receive() == (1, b'{"ask": "picture"}')
        socket.send(b'{"picture": 5}', 1)
        socket.send(b"abc", 2)
        socket.send(b"de", 2)
        assert await asyncio.gather(*waiting) == [b"abcde", b"abcde"]
        again = asyncio.ensure_future(server.picture(patience=0.05))
        assert await socket.receive() == (1, b'{"ask": "picture"}')
        assert await again is None


@pytest.mark.parametrize("size", [b'{"picture": 0}', b'{"picture": -1}', b'{"picture": 99999999999}', b'{"do": "x"}'])
async def test_bytes_that_were_not_announced_end_the_page(tmp_path: Path, size: bytes) -> None:
    """Nor is anything kept of them."""
    async with served(tmp_path) as (server, _):
        socket = await Socket.open(server, "/state", STATE)
        await socket.receive()
        socket.send(size, 1)
        socket.send(b"abc", 2)
        assert (await socket.receive())[0] == 8
