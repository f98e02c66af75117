"""Getting a TCP connection to a host: directly (happy eyeballs), through an HTTP proxy (CONNECT), or through SOCKS5.

Under one deadline, with a story of how far it got. TLS, and what is spoken inside, come after: see tls and connect.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from common.host.errors import TasukiError
from common.host.sentences import marked
from common.host.system_errors import meaning
from common.host.words import Language, _
from common.net.eyeballs import connect_first, first_to_connect, resolve
from common.net.proxy_connect import HungUpError, LoginWantedError, ProxyConnection, RefusedError, connect_through
from common.net.proxy_logins import ProxyLogins
from common.net.socks5 import SocksLoginError, SocksRefusedError, socks_connect
from common.net.tunnel import TlsTunnel
from common.protocol.proxies import ProxyUrl
from common.protocol.proxy_login import STRONGEST_FIRST
from common.protocol.reading import ProtocolViolationError

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
_CERTIFICATES: Final = {
    9: marked("it is not valid yet"),
    10: marked("it has expired"),
    62: marked("it is another name's"),
    64: marked("it is another name's"),  # an IP address
}
"""OpenSSL's X509_V_ERR codes."""
KNOWN_PATIENCE: Final = 3.0  # seconds for an address that is known, until the name is looked up all the same
SOCKS_STAGGER: Final = 1.0  # seconds until a SOCKS proxy is asked for the relay's next address beside the one before


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
        self.authority = ""  # who made the certificate of what answered, where that is not the organisation

    def called(self, code: str, **facts: object) -> "DialError":
        """The same failure by another name: what it is was found out later."""
        error = DialError(code, stage=self.stage, story=self.story, via=self.via, **facts)
        error.authority, error.__cause__ = self.authority, self.__cause__
        return error

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
        self.authority = ""  # see DialError

    def done(self, stage: DialStage, detail: str, *, then: DialStage) -> None:
        """`stage` worked; `then` is next."""
        at = asyncio.get_running_loop().time() - self._began
        self.steps = (*self.steps, DialStep(stage=stage, detail=detail, at=at))
        self.stage = then
        self._on_done(self.steps[-1], then)

    def error(self, code: str, **facts: object) -> DialError:
        """The error that says that it ended at the present stage."""
        error = DialError(code, stage=self.stage, story=self.steps, via=self._via, **facts)
        error.authority = self.authority
        return error


@dataclass(kw_only=True)
class Dialled:
    """A connected, non-blocking socket with TCP_NODELAY. Give it to `connect.open_tls`, or close it."""

    sock: socket.socket
    host: str
    port: int
    proxy: ProxyUrl | None
    rest: bytes  # what came glued behind the proxy's answer: the first bytes from the relay
    story: Story
    logins: ProxyLogins  # with which another can be dialled

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
    logins: ProxyLogins | None = None,
    story: Story | None = None,
    known: str = "",
    deadline: float = DEADLINE,
) -> Dialled:
    """A connection to `host` (a name or an IP literal without brackets), within `deadline` seconds in all.

    With an http or https proxy the name is resolved by the proxy, with socks5h too. `story` is where it is told how far it
    got. `logins`: what a proxy may be told; without, only what stands in its URL. `known`: an IP address of the host's that led there
    lately, tried before its name is looked up; for a connection without a proxy. Raises DialError.
    """
    story = story or Story(proxy)
    logins = logins or ProxyLogins()
    address = format_address(host, port)
    try:
        async with asyncio.timeout(deadline):
            if proxy is None:
                sock = await _known_tcp(story, known, port) if known else None
                sock = sock or await _tcp(story, host, port, then="tls")
                return Dialled(sock=sock, host=host, port=port, proxy=None, rest=b"", story=story, logins=logins)
            way = _http_proxy if proxy.scheme in {"http", "https"} else _socks_proxy
            sock, rest = await way(story, host, port, proxy, logins)
            return Dialled(sock=sock, host=host, port=port, proxy=proxy, rest=rest, story=story, logins=logins)
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


async def _known_tcp(story: Story, known: str, port: int) -> socket.socket | None:
    """By an address that is known; None where it leads nowhere any more."""
    try:
        async with asyncio.timeout(KNOWN_PATIENCE):
            sock, address = await connect_first(await resolve(known, port))
    except (OSError, TimeoutError):
        return None
    story.done("name", known, then="tcp")
    story.done("tcp", format_address(address.ip, port), then="tls")
    return sock


class _PlainConnection:
    """A connection to a proxy without TLS."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._loop = asyncio.get_running_loop()

    async def send(self, data: bytes) -> None:
        await self._loop.sock_sendall(self._sock, data)

    async def receive(self, limit: int) -> bytes:
        return await self._loop.sock_recv(self._sock, limit)

    def as_socket(self) -> socket.socket:
        return self._sock

    def close(self) -> None:
        self._sock.close()


async def _http_proxy(
    story: Story, host: str, port: int, proxy: ProxyUrl, logins: ProxyLogins
) -> tuple[socket.socket, bytes]:
    """CONNECT, over TLS to an https proxy: then what is returned is the near end of a socket pair."""
    address = format_address(host, port)

    async def open_connection() -> ProxyConnection:
        told = story if story.stage == "name" else Story(proxy)  # another one, for a login, is no news
        if proxy.scheme == "http":
            return _PlainConnection(await _tcp(told, proxy.host, proxy.port, then="connect"))
        tunnel = await TlsTunnel.open(await _tcp(told, proxy.host, proxy.port, then="proxy"), proxy.host)
        told.done("proxy", tunnel.version, then="connect")
        return tunnel

    try:
        connection, rest, response = await connect_through(
            host, port, proxy, logins=logins, open_connection=open_connection
        )
    except RefusedError as refused:
        raise _refusal(story, refused, address, proxy) from refused
    except HungUpError as error:
        raise story.error("proxy_hung_up", proxy=proxy, better=_other_scheme(proxy)) from error
    except (ProtocolViolationError, OSError, ValueError) as error:  # ValueError: what it said cannot be answered
        if story.stage == "proxy":
            raise _no_tls(story, proxy, error) from error
        if story.stage != "connect":
            raise
        detail = words_of(error) if isinstance(error, OSError) else _("its answer cannot be understood")
        raise story.error("proxy_refused", proxy=proxy, address=address, detail=detail) from error
    story.done("connect", response.said, then="tls")
    return connection.as_socket(), rest


def _no_tls(story: Story, proxy: ProxyUrl, error: Exception) -> DialError:
    """Why there is no TLS to an https proxy."""
    if isinstance(error, ssl.SSLCertVerificationError):
        detail = _CERTIFICATES.get(
            error.verify_code, marked("it was issued by somebody who is unknown to this computer")
        )
        return story.error("proxy_certificate_bad", proxy=proxy, detail=detail)
    return story.error("proxy_without_tls", proxy=proxy, better=_other_scheme(proxy))


def _other_scheme(proxy: ProxyUrl) -> str:
    return f"{'https' if proxy.scheme == 'http' else 'http'}://{proxy.where}"


def _refusal(story: Story, refused: RefusedError, address: str, proxy: ProxyUrl) -> DialError:
    if not isinstance(refused, LoginWantedError):
        return story.error("proxy_refused", proxy=proxy, address=address, detail=refused.response.said)
    if refused.schemes and not set(refused.schemes) & set(STRONGEST_FIRST):
        return story.error("proxy_login_unknown", proxy=proxy, detail=", ".join(refused.schemes))
    if refused.unusable:
        return story.error("proxy_ticket_missing", proxy=proxy, detail=", ".join(refused.schemes))
    return story.error("proxy_password_wrong" if refused.refused else "proxy_wants_password", proxy=proxy)


async def _socks_proxy(
    story: Story, host: str, port: int, proxy: ProxyUrl, logins: ProxyLogins
) -> tuple[socket.socket, bytes]:
    targets = [host]
    if proxy.scheme == "socks5":
        try:
            targets = [address.ip for address in await resolve(host, port)]
        except socket.gaierror as error:
            raise story.error("proxy_looks_up", proxy=proxy, host=host, better=f"socks5h://{proxy.where}") from error
    addresses = await resolve(proxy.host, proxy.port)
    story.done("name", ", ".join(address.ip for address in addresses), then="tcp")
    login = await logins.of(proxy, load=False)

    def reached(ip: str) -> None:
        if story.stage == "tcp":
            story.done("tcp", format_address(ip, proxy.port), then="connect")

    async def through(target: str) -> socket.socket:
        return await socks_connect(addresses, target, port, login=login, connected=reached)

    async def race() -> socket.socket:
        sure = login is None or logins.is_proved(proxy, login)
        try:
            sock, _target = await first_to_connect(targets, through, stagger=SOCKS_STAGGER if sure else DEADLINE)
        except SocksLoginError as error:
            if login is not None and not error.too_long:
                logins.refused(proxy, login)
            raise
        if login is not None:
            logins.accepted(proxy, login)
        return sock

    async def first() -> socket.socket:
        if login is None or logins.is_proved(proxy, login):
            return await race()
        async with logins.alone(proxy):  # one connection shows what was not accepted yet, for one target at a time
            if login != await logins.of(proxy, load=False):  # whoever was before has seen that it is wrong
                raise SocksLoginError
            return await race()

    try:
        try:
            sock = await first()
        except SocksLoginError:
            if login is not None or (login := await logins.of(proxy)) is None:
                raise
            sock = await first()
    except SocksLoginError as error:
        story.stage = "connect"  # also where it was found before anything was dialled
        if error.too_long:
            raise story.error("proxy_login_too_long", proxy=proxy) from error
        wrong = login is not None or logins.was_refused(proxy)
        raise story.error("proxy_password_wrong" if wrong else "proxy_wants_password", proxy=proxy) from error
    except SocksRefusedError as refused:
        address = format_address(host, port)
        raise story.error("proxy_refused", proxy=proxy, address=address, detail=str(refused)) from refused
    story.done("connect", "SOCKS5", then="tls")
    return sock, b""
