"""Getting a TCP connection to a host: directly (happy eyeballs), through an HTTP proxy (CONNECT), or through SOCKS5.

Under one deadline, with a story of how far it got. TLS, and what is spoken inside, come after: see tls and connect.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from common.host.errors import TasukiError
from common.host.sentences import marked
from common.host.system_errors import meaning
from common.host.words import Language, _
from common.net.eyeballs import connect_first, resolve
from common.net.socks5 import SocksRefusedError, socks_connect
from common.net.tunnel import TlsTunnel
from common.protocol.connect import ConnectRequest, ConnectResponse, parse_response
from common.protocol.proxies import ProxyUrl
from common.protocol.reading import ByteStream, Parse, ProtocolViolationError

DialStage = Literal["name", "tcp", "proxy", "connect", "tls", "http"]

STAGES: Final[dict[DialStage, str]] = {
    "name": marked("name"),
    "tcp": marked("TCP"),
    "proxy": marked("TLS to the proxy"),
    "connect": marked("CONNECT"),
    "tls": marked("TLS to the relay"),
    "http": marked("HTTP"),
}
DEADLINE: Final = 20.0  # seconds, for everything until the relay can be spoken to
_READ: Final = 16 * 1024


@dataclass(frozen=True, kw_only=True)
class DialStep:
    """One thing that worked, and when: seconds since dialling began."""

    stage: DialStage
    detail: str  # an address, "200 Connection established", "TLSv1.3", "101"; never a secret
    at: float


class DialError(TasukiError):
    """A way to the relay that did not work: `code` as in common.host.sentences, `stage` where it stopped, `story` before that."""

    def __init__(
        self,
        code: str,
        *,
        stage: DialStage,
        story: tuple[DialStep, ...] = (),
        via: ProxyUrl | None = None,
        **facts: object,
    ) -> None:
        super().__init__(code, **facts)
        self.stage = stage
        self.story = story
        self.via = via

    def more(self, language: Language | None = None) -> str:
        """By which proxy, and how far it got: what somebody who looks after networks asks first. Empty before any step."""
        said = []
        if self.via is not None and "proxy" not in self.facts:
            said.append(_("The way led through the proxy {proxy}.", language).format(proxy=self.via))
        if self.story:
            steps = ", ".join(f"{_(STAGES[step.stage], language)} ({step.detail})" for step in self.story)
            stopped = _("It got as far as this: {steps}. It stopped at: {stage}.", language)
            said.append(stopped.format(steps=steps, stage=_(STAGES[self.stage], language)))
        return " ".join(said)


class Story:
    """How far a connection got. `stage` is what is under way; `on_done` hears of each step, and of the stage behind it."""

    def __init__(
        self, via: ProxyUrl | None = None, *, on_done: Callable[[DialStep, DialStage], None] = lambda _step, _then: None
    ) -> None:
        self._via = via
        self._on_done = on_done
        self._began = asyncio.get_running_loop().time()
        self.steps: tuple[DialStep, ...] = ()
        self.stage: DialStage = "name"

    def done(self, stage: DialStage, detail: str, *, then: DialStage) -> None:
        """`stage` worked; `then` is next."""
        at = asyncio.get_running_loop().time() - self._began
        self.steps = (*self.steps, DialStep(stage=stage, detail=detail, at=at))
        self.stage = then
        self._on_done(self.steps[-1], then)

    def error(self, code: str, **facts: object) -> DialError:
        """The error that says that it ended at the present stage."""
        return DialError(code, stage=self.stage, story=self.steps, via=self._via, **facts)


@dataclass(kw_only=True)
class Dialled:
    """A connected, non-blocking socket with TCP_NODELAY. Give it to `connect.open_tls`, or close it."""

    sock: socket.socket
    host: str
    port: int
    proxy: ProxyUrl | None
    rest: bytes  # what came glued behind the proxy's answer: the first bytes from the relay
    story: Story

    def close(self) -> None:
        """Give up the connection."""
        self.sock.close()


def format_address(host: str, port: int) -> str:
    """`host:port`, an IPv6 literal in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


async def dial(
    host: str,
    port: int,
    *,
    proxy: ProxyUrl | None = None,
    story: Story | None = None,
    deadline: float = DEADLINE,
) -> Dialled:
    """A connection to `host` (a name or an IP literal without brackets), within `deadline` seconds in all.

    With an http or https proxy the name is resolved by the proxy, with socks5h too. `story` is where it is told how far it
    got. Raises DialError.
    """
    story = story or Story(proxy)
    address = format_address(host, port)
    try:
        async with asyncio.timeout(deadline):
            if proxy is None:
                sock = await _tcp(story, host, port, then="tls")
                return Dialled(sock=sock, host=host, port=port, proxy=None, rest=b"", story=story)
            ways = {"http": _http_proxy, "https": _https_proxy, "socks5": _socks_proxy, "socks5h": _socks_proxy}
            sock, rest = await ways[proxy.scheme](story, host, port, proxy)
            return Dialled(sock=sock, host=host, port=port, proxy=proxy, rest=rest, story=story)
    except TimeoutError:
        detail = _("no answer in time")
        if proxy is None:
            raise story.error("relay_unreachable", address=address, detail=detail) from None
        if story.stage == "connect":
            raise story.error("proxy_refused", proxy=proxy, address=address, detail=detail) from None
        raise story.error("proxy_unreachable", proxy=proxy, detail=detail) from None
    except socket.gaierror as error:
        if proxy is None:
            raise story.error("relay_name_unknown", host=host) from error
        raise story.error("proxy_name_unknown", proxy=proxy) from error
    except OSError as error:
        detail = words_of(error)
        if proxy is None:
            raise story.error("relay_unreachable", address=address, detail=detail) from error
        raise story.error("proxy_unreachable", proxy=proxy, detail=detail) from error


def words_of(error: OSError) -> str:
    """What the system says, without numbers and Python's decoration."""
    if isinstance(error, ssl.SSLError):
        return error.reason or "TLS"
    return meaning(error.errno) if error.errno else str(error) or _("no answer in time")


async def _tcp(story: Story, host: str, port: int, *, then: DialStage) -> socket.socket:
    addresses = await resolve(host, port)
    story.done("name", ", ".join(address.ip for address in addresses), then="tcp")
    sock, address = await connect_first(addresses)
    story.done("tcp", format_address(address.ip, port), then=then)
    return sock


async def _http_proxy(story: Story, host: str, port: int, proxy: ProxyUrl) -> tuple[socket.socket, bytes]:
    loop = asyncio.get_running_loop()
    sock = await _tcp(story, proxy.host, proxy.port, then="connect")
    with _closing_on_failure(sock):
        rest = await _ask_for_tunnel(
            story,
            ConnectRequest(host=host, port=port, credentials=proxy.credentials),
            proxy,
            send=lambda data: loop.sock_sendall(sock, data),
            receive=lambda: loop.sock_recv(sock, _READ),
        )
    return sock, rest


async def _https_proxy(story: Story, host: str, port: int, proxy: ProxyUrl) -> tuple[socket.socket, bytes]:
    """TLS to the proxy, and inside it CONNECT. What is returned is the near end of a socket pair."""
    sock = await _tcp(story, proxy.host, proxy.port, then="proxy")
    tunnel = await TlsTunnel.open(sock, proxy.host)
    story.done("proxy", tunnel.version, then="connect")
    try:
        rest = await _ask_for_tunnel(
            story,
            ConnectRequest(host=host, port=port, credentials=proxy.credentials),
            proxy,
            send=tunnel.send,
            receive=lambda: tunnel.receive(_READ),
        )
        return tunnel.as_socket(), rest
    except BaseException:
        tunnel.close()
        raise


async def _ask_for_tunnel(
    story: Story,
    request: ConnectRequest,
    proxy: ProxyUrl,
    *,
    send: Callable[[bytes], Awaitable[None]],
    receive: Callable[[], Awaitable[bytes]],
) -> bytes:
    """One CONNECT: the bytes that came glued behind the proxy's consent. Raises DialError."""
    address = format_address(request.host, request.port)
    stream = ByteStream()
    parse = Parse(parse_response(stream))
    try:
        await send(request.request_bytes())
        while not parse.step():
            data = await receive()
            stream.feed(data)
            if not data:
                stream.feed_eof()
    except (ProtocolViolationError, OSError) as error:
        detail = words_of(error) if isinstance(error, OSError) else _("its answer cannot be understood")
        raise story.error("proxy_refused", proxy=proxy, address=address, detail=detail) from error
    response = parse.result
    said = f"{response.status} {response.reason}".strip()
    if response.tunnel:
        story.done("connect", said, then="tls")
        return stream.take()
    raise _refusal(story, response, request, proxy, said)


def _refusal(story: Story, response: ConnectResponse, request: ConnectRequest, proxy: ProxyUrl, said: str) -> DialError:
    if response.status == 407 and response.schemes and "basic" not in response.schemes:
        return story.error("proxy_login_unknown", proxy=proxy, detail=", ".join(response.schemes))
    if response.status in {401, 407}:  # tinyproxy says 401 for a wrong password
        return story.error("proxy_password_wrong" if request.credentials else "proxy_wants_password", proxy=proxy)
    address = format_address(request.host, request.port)
    return story.error("proxy_refused", proxy=proxy, address=address, detail=said)


async def _socks_proxy(story: Story, host: str, port: int, proxy: ProxyUrl) -> tuple[socket.socket, bytes]:
    if proxy.scheme == "socks5":
        try:
            host = (await resolve(host, port))[0].ip
        except socket.gaierror as error:
            raise story.error("relay_name_unknown", host=host) from error
    addresses = await resolve(proxy.host, proxy.port)
    story.done("name", ", ".join(address.ip for address in addresses), then="tcp")
    try:
        sock = await socks_connect(addresses, host, port, proxy, connected=lambda ip: _reached(story, ip, proxy))
    except SocksRefusedError as refused:
        if refused.login:
            code = "proxy_password_wrong" if proxy.credentials else "proxy_wants_password"
            raise story.error(code, proxy=proxy) from refused
        if refused.too_long:  # found before anything was dialled
            story.stage = "connect"
            raise story.error("proxy_login_too_long", proxy=proxy) from refused
        address = format_address(host, port)
        raise story.error("proxy_refused", proxy=proxy, address=address, detail=str(refused)) from refused
    story.done("connect", "SOCKS5", then="tls")
    return sock, b""


def _reached(story: Story, ip: str, proxy: ProxyUrl) -> None:
    story.done("tcp", format_address(ip, proxy.port), then="connect")


@contextlib.contextmanager
def _closing_on_failure(sock: socket.socket) -> Iterator[None]:
    try:
        yield
    except BaseException:
        sock.close()
        raise
