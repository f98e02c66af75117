"""Dialling: direct, and through proxies that behave in every way that proxies do."""

import asyncio
import re
import socket

import pytest

from common.net import dial as dial_module
from common.net.dial import DialError, DialStep, dial, format_address
from common.net.eyeballs import Address, resolve
from common.net.proxy_logins import ProxyLogins
from common.protocol.proxies import ProxyUrl
from deploy.demo.ports import free_port
from tests.support.pki import Root
from tests.support.servers import answering, forward, read_head, serving


async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say hello, then echo."""
    writer.write(b"hello")
    while data := await reader.read(1000):
        writer.write(data)


async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Never answer."""
    await reader.read()


def http_proxy(port: int, *, scheme: str = "http", user: str | None = None, password: str | None = None) -> ProxyUrl:
    """A proxy on loopback."""
    return ProxyUrl(scheme=scheme, host="127.0.0.1", port=port, username=user, password=password)


async def hello(sock: socket.socket) -> bytes:
    """The first bytes from the other end."""
    return await asyncio.get_running_loop().sock_recv(sock, 100)


async def failure(
    port: int, proxy: ProxyUrl | None = None, *, host: str = "127.0.0.1", deadline: float = 5
) -> DialError:
    """The error that dialling ends in."""
    with pytest.raises(DialError) as caught:
        await dial(host, port, proxy=proxy, deadline=deadline)
    return caught.value


async def test_an_address_that_is_known() -> None:
    """It is tried before the name is looked up; where it leads nowhere any more the name is."""
    async with serving(greet) as port:
        dialled = await dial("nowhere.invalid", port, known="127.0.0.1")
        assert await hello(dialled.sock) == b"hello"
        assert [(step.stage, step.detail) for step in dialled.story.steps] == [
            ("name", "127.0.0.1"),
            ("tcp", f"127.0.0.1:{port}"),
        ]
        dialled.close()
        dialled = await dial("127.0.0.1", port, known="127.1.2.3")
        assert await hello(dialled.sock) == b"hello"
        dialled.close()


async def test_a_direct_way() -> None:
    """The socket is connected, does not block, and the story says name and TCP."""
    async with serving(greet) as port:
        dialled = await dial("127.0.0.1", port)
        assert await hello(dialled.sock) == b"hello"
        assert dialled.sock.gettimeout() == 0
        assert dialled.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert [step.stage for step in dialled.story.steps] == ["name", "tcp"]
        assert dialled.story.steps[1].detail == f"127.0.0.1:{port}"
        assert dialled.rest == b""
        dialled.close()


async def test_ipv6_literals_are_dialled_and_shown_in_brackets() -> None:
    """Without brackets in, with brackets in every text."""
    assert format_address("::1", 443) == "[::1]:443"
    assert format_address("relay.example", 443) == "relay.example:443"
    async with serving(greet, host="::1") as port:
        dialled = await dial("::1", port)
        assert dialled.story.steps[1].detail == f"[::1]:{port}"
        dialled.close()


async def test_nobody_there() -> None:
    """A refused connection says what the system says; an unknown name says the name."""
    port = free_port()
    error = await failure(port)
    assert (error.code, error.stage) == ("relay_unreachable", "tcp")
    assert error.facts["detail"] in {"Connection refused", "Connection refused."}  # Windows' own words end with a point
    assert f"127.0.0.1:{port}" in str(error)
    error = await failure(port, host="name.invalid")
    assert (error.code, error.stage) == ("relay_name_unknown", "name")


async def test_a_tunnel_opens_and_glued_bytes_are_kept() -> None:
    """What the proxy sent in one piece with its consent is the relay's, and so is what comes later."""
    asked: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await read_head(reader))
        writer.write(b"HTTP/1.1 100 Wait\r\n\r\nHTTP/1.0 200 Connection established\r\nVia: x\r\n\r\nglued")
        writer.write(await reader.read(100))
        await reader.read()

    async with serving(proxy) as port:
        dialled = await dial("relay.example", 443, proxy=http_proxy(port))
        assert dialled.rest == b"glued"
        await asyncio.get_running_loop().sock_sendall(dialled.sock, b"ping")
        assert await hello(dialled.sock) == b"ping"
        dialled.close()
    assert asked[0].startswith(b"CONNECT relay.example:443 HTTP/1.1\r\nHost: relay.example:443\r\n")
    assert [step.stage for step in dialled.story.steps] == ["name", "tcp", "connect"]
    assert dialled.story.steps[2].detail == "200 Connection established"


async def test_an_ipv6_relay_is_asked_for_in_brackets() -> None:
    """Where PySocks would have refused."""
    asked: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await read_head(reader))
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await reader.read()

    async with serving(proxy) as port:
        (await dial("2001:db8::1", 443, proxy=http_proxy(port))).close()
    assert asked[0].startswith(b"CONNECT [2001:db8::1]:443 HTTP/1.1\r\n")


BASIC = b'HTTP/1.1 407 Auth\r\nProxy-Authenticate: Basic realm="x"\r\nContent-Length: 2\r\n\r\nno'


@pytest.mark.parametrize(
    ("answer", "login", "code", "said"),
    [
        (BASIC, False, "proxy_wants_password", ""),
        (b"HTTP/1.1 407 Auth\r\nConnection: close\r\n\r\n", False, "proxy_wants_password", ""),
        (
            b"HTTP/1.1 407 x\r\nProxy-Authenticate: Bearer, Hawk x=1\r\n\r\n",
            True,
            "proxy_login_unknown",
            "bearer, hawk",
        ),
        (b"HTTP/1.1 403 Forbidden\r\n\r\n<html>", False, "proxy_refused", "403 Forbidden"),
        (b"HTTP/1.1 502\r\n\r\n", False, "proxy_refused", "502"),
        (b"HTTP/1.1 101 Switching\r\n\r\n", False, "proxy_refused", "101 Switching"),
        (b"SSH-2.0-OpenSSH\r\n", False, "proxy_refused", "its answer cannot be understood"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: " + b"x" * 20_000, False, "proxy_refused", "its answer cannot be understood"),
    ],
)
async def test_refusals_are_told_apart(answer: bytes, login: bool, code: str, said: str) -> None:
    """A password wanted, a password refused, a login unknown to us, a rule of the proxy's, and no proxy at all."""
    async with serving(answering(answer)) as port:
        proxy = http_proxy(port, user="anna", password="s3cret") if login else http_proxy(port)
        error = await failure(443, proxy, host="relay.example")
    assert (error.code, error.stage) == (code, "connect")
    assert said in str(error)
    assert "s3cret" not in repr(error) + str(error)
    assert [step.stage for step in error.story] == ["name", "tcp"]


async def test_what_cannot_be_answered_is_a_refusal() -> None:
    """Here a login that no header can carry: the next route is tried, as after any other refusal."""
    async with serving(answering(BASIC)) as port:
        error = await failure(443, http_proxy(port, user="\ud800", password="s3cret"), host="relay.example")
    assert (error.code, error.stage) == ("proxy_refused", "connect")


async def test_a_name_that_is_none() -> None:
    """An empty label: as unknown as any other name, be it the relay's or a proxy's."""
    assert (await failure(443, host="relay..example")).code == "relay_name_unknown"
    proxy = ProxyUrl(scheme="http", host="proxy..example", port=3128)
    assert (await failure(443, proxy)).code == "proxy_name_unknown"


@pytest.mark.parametrize(("answer", "code"), [(b"", "proxy_hung_up"), (b"HTTP/1.1 200 OK\r\n", "proxy_refused")])
async def test_a_proxy_that_hangs_up(answer: bytes, code: str) -> None:
    """Before its answer was whole; without a word, it may want TLS."""
    async with serving(answering(answer, then_close=True)) as port:
        error = await failure(443, http_proxy(port))
        assert error.code == code
        assert (f"https://127.0.0.1:{port}" in str(error)) is (answer == b"")


async def test_a_proxy_without_tls() -> None:
    """Most are written with http://, and that is said; no name of OpenSSL's is."""
    async with serving(greet) as port:
        error = await failure(443, http_proxy(port, scheme="https"))
    assert (error.code, error.stage) == ("proxy_without_tls", "proxy")
    assert f"try http://127.0.0.1:{port}." in str(error)
    assert "WRONG" not in str(error)


async def test_a_dripping_proxy_meets_the_deadline() -> None:
    """However often it says something: the deadline is for all of it."""

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        while True:
            writer.write(b"HTTP/1.1 100 Wait\r\n\r\n")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with serving(drip) as port:
        error = await failure(443, http_proxy(port), deadline=0.2)
    assert (error.code, error.stage) == ("proxy_refused", "connect")
    assert error.facts["detail"] == "no answer in time"


async def test_a_dead_proxy_is_not_called_a_dead_relay() -> None:
    """Its own name, its own port."""
    error = await failure(443, http_proxy(free_port()))
    assert (error.code, error.stage) == ("proxy_unreachable", "tcp")
    error = await failure(443, ProxyUrl(scheme="http", host="name.invalid", port=1))
    assert (error.code, error.stage) == ("proxy_name_unknown", "name")


async def test_how_far_it_got_follows_the_sentence() -> None:
    """Each step that worked with what it found, where it stopped, and by which proxy; nothing where nothing worked."""
    async with serving(answering(b"HTTP/1.1 503 Away\r\n\r\n", then_close=True)) as port:
        proxy = http_proxy(port, user="anna", password="s3cret")
        error = await failure(443, proxy)
    assert (
        error.more("en") == f"It got as far as this: name (127.0.0.1), TCP (127.0.0.1:{port}). It stopped at: CONNECT."
    )
    assert str(error).endswith(error.more("en"))
    assert "503 Away" in str(error)
    assert "s3cret" not in str(error)
    story = (DialStep(stage="connect", detail="200 OK", at=0.1),)
    later = DialError("relay_tls_failed", stage="tls", story=story, via=proxy, address="h:1", detail="x")
    assert later.more("en") == (
        f"The way led through the proxy http://127.0.0.1:{port}. "
        "It got as far as this: CONNECT (200 OK). It stopped at: TLS to the relay."
    )
    assert not (await failure(443, host="name.invalid")).more("en")


async def test_a_proxy_that_speaks_tls(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    """An https:// proxy: CONNECT inside TLS, and bytes both ways, more than any buffer holds, until either end closes."""
    root = Root(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(root.pem))
    async with (
        serving(greet) as port,
        serving(forward, tls=root.server("127.0.0.1").context()) as proxy_port,
    ):
        proxy = http_proxy(proxy_port, scheme="https")
        dialled = await dial("127.0.0.1", port, proxy=proxy)
        assert [step.stage for step in dialled.story.steps] == ["name", "tcp", "proxy", "connect"]
        assert re.fullmatch(r"TLSv1\.[23]", dialled.story.steps[2].detail)
        loop = asyncio.get_running_loop()
        sent = bytes(range(256)) * 4096
        sending = asyncio.ensure_future(loop.sock_sendall(dialled.sock, sent))
        received = bytearray(dialled.rest)
        while len(received) < len(sent) + 5:
            received += await hello(dialled.sock)
        await sending
        assert bytes(received) == b"hello" + sent
        dialled.sock.shutdown(socket.SHUT_WR)
        assert await hello(dialled.sock) == b""
        dialled.close()


async def test_a_tls_proxy_with_a_strange_certificate_is_not_used(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """The user's password for it would go to whoever answers."""
    async with serving(forward, tls=Root(tmp_path).server("127.0.0.1").context()) as port:
        error = await failure(443, http_proxy(port, scheme="https", user="anna", password="s3cret"))
    assert (error.code, error.stage) == ("proxy_certificate_bad", "proxy")
    assert "issued by somebody" in str(error)


async def test_socks_names_that_do_not_fit_are_said_to_be_too_long() -> None:
    """PySocks would write a wrong length."""
    proxy = http_proxy(free_port(), scheme="socks5h", user="anna", password="p" * 128)
    assert (await failure(443, proxy, host="relay.example")).code == "proxy_login_too_long"


async def test_a_socks_proxy_that_never_answers_meets_the_deadline() -> None:
    """And the thread that waits for it is woken."""
    async with serving(silent) as port:
        error = await failure(443, http_proxy(port, scheme="socks5h"), deadline=0.1)
        assert error.code == "proxy_unreachable"
        assert error.facts["detail"] == "no answer in time"
    await asyncio.get_running_loop().run_in_executor(None, lambda: None)


async def test_a_dead_socks_proxy() -> None:
    """Every address of it is tried; a server of another kind is refused."""
    assert (await failure(443, http_proxy(free_port(), scheme="socks5h"))).code == "proxy_unreachable"
    async with serving(greet) as port:
        error = await failure(443, http_proxy(port, scheme="socks5h"))
    assert (error.code, error.stage) == ("proxy_refused", "connect")


async def test_with_socks5_this_pc_looks_the_name_up() -> None:
    """So an unknown one fails before the proxy hears of it, and what is said is how the proxy's address should be written."""
    port = free_port()
    error = await failure(443, http_proxy(port, scheme="socks5"), host="name.invalid")
    assert (error.code, error.stage) == ("proxy_looks_up", "name")
    assert f"socks5h://127.0.0.1:{port}" in str(error)


async def test_with_socks5_every_address_of_the_relay_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that the proxy cannot reach is no end; the story tells of one way to the proxy."""
    asked: list[str] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(3)
        writer.write(b"\x05\x00")
        target = await reader.readexactly(10)
        asked.append(socket.inet_ntoa(target[4:8]))
        writer.write((b"\x05\x00" if asked[-1].endswith(".2") else b"\x05\x04") + target[2:])
        await reader.read()

    async def found(host: str, port: int) -> list[Address]:
        if host != "relay.example":
            return await resolve(host, port)
        return [Address(socket.AF_INET, (f"192.0.2.{last}", port)) for last in (1, 2, 3)]

    monkeypatch.setattr(dial_module, "resolve", found)
    async with serving(proxy) as port:
        dialled = await dial("relay.example", 443, proxy=http_proxy(port, scheme="socks5"))
        dialled.close()
    assert asked == ["192.0.2.1", "192.0.2.2"]
    assert [step.stage for step in dialled.story.steps] == ["name", "tcp", "connect"]


async def test_a_wrong_password_is_shown_to_a_socks_proxy_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by the connections beside it, nor for the relay's other addresses, however long the proxy thinks about it."""
    shown = 0

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal shown
        await reader.readexactly(2 + 2)
        writer.write(b"\x05\x02")
        await reader.readexactly(2 + 4 + 1 + 5)
        shown += 1
        await asyncio.sleep(0.05)
        writer.write(b"\x01\x01")

    async def found(host: str, port: int) -> list[Address]:
        if host != "relay.example":
            return await resolve(host, port)
        return [Address(socket.AF_INET, (f"192.0.2.{last}", port)) for last in (1, 2, 3)]

    monkeypatch.setattr(dial_module, "resolve", found)
    monkeypatch.setattr(dial_module, "SOCKS_STAGGER", 0.01)
    logins = ProxyLogins()
    async with serving(proxy) as port:
        url = http_proxy(port, scheme="socks5", user="anna", password="wrong")
        dials = [dial("relay.example", 443, proxy=url, logins=logins, deadline=5) for _ in range(3)]
        results = await asyncio.gather(*dials, return_exceptions=True)
    assert [getattr(result, "code", "") for result in results] == ["proxy_password_wrong"] * 3
    assert shown == 1
