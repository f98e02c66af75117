"""CONNECT through an HTTP proxy, with whatever login it wants: the strongest way that it offers and that can be had here.

What was accepted before comes first; then what the person who is logged in has already (a ticket, a logon); then a name and a
password, where some were given for it. What was looked at and refused is not shown in another way, nor again: accounts get locked.
"""

import base64
import binascii
import os
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol

from common.net.proxy_logins import ProxyLogins
from common.net.proxy_tokens import TokenError, Tokens, of_login, of_the_person
from common.protocol.connect import ConnectRequest, ConnectResponse, parse_response, skip_body
from common.protocol.proxies import ProxyUrl
from common.protocol.proxy_login import (
    BASIC,
    DIGEST,
    NEGOTIATE,
    NTLM,
    STRONGEST_FIRST,
    Challenge,
    Login,
    LoginImpossibleError,
    basic,
    digest,
    is_stale,
    offered,
    read_challenges,
)
from common.protocol.reading import ByteStream, Parse, Reading, T, TruncatedError

_REQUESTS: Final = 16  # of one way through, all told
_STEPS: Final = 4  # of one exchange of tokens
_WRONG: Final = frozenset({401, 407})
"""What proxies answer to a wrong password. 401 is tinyproxy's."""
_READ: Final = 16 * 1024
_SPELT: Final = {NEGOTIATE: "Negotiate", NTLM: "NTLM"}


class ProxyConnection(Protocol):
    """To the proxy: plain, or TLS."""

    async def send(self, data: bytes) -> None: ...
    async def receive(self, limit: int) -> bytes: ...
    def as_socket(self) -> socket.socket: ...
    def close(self) -> None: ...


class HungUpError(ConnectionResetError):
    """The proxy cut the connection without a word."""


class RefusedError(Exception):
    """The proxy said no. `response` is what it said last."""

    def __init__(self, response: ConnectResponse) -> None:
        super().__init__(response.status)
        self.response = response


class LoginWantedError(RefusedError):
    """It wants a login. `schemes` it offered; `refused`: one was shown, and was wrong; `unusable`: one is there, and fits none."""

    def __init__(
        self, response: ConnectResponse, schemes: tuple[str, ...], *, refused: bool = False, unusable: bool = False
    ) -> None:
        super().__init__(response)
        self.schemes = schemes
        self.refused = refused
        self.unusable = unusable


async def connect_through(
    host: str,
    port: int,
    proxy: ProxyUrl,
    *,
    logins: ProxyLogins,
    open_connection: Callable[[], Awaitable[ProxyConnection]],
) -> tuple[ProxyConnection, bytes, ConnectResponse]:
    """The connection that leads to `host`, the bytes that came glued behind the proxy's consent, and its answer.

    `open_connection` is called at first, and where a proxy closes after it has asked for a login. Raises RefusedError, OSError,
    ProtocolViolationError.
    """
    channel = _Channel(host, port, open_connection)
    try:
        response = await channel.ask("")
        if response.status == 407:
            response = await _log_in(channel, response, proxy, logins)
        if not response.tunnel:
            raise RefusedError(response)  # noqa: TRY301  (closes like any other)
        return channel.take(), channel.stream.take(), response
    except BaseException:
        channel.close()
        raise


class _Channel:
    """Requests and answers, on one connection as long as the proxy keeps it."""

    def __init__(self, host: str, port: int, open_connection: Callable[[], Awaitable[ProxyConnection]]) -> None:
        self._request = ConnectRequest(host=host, port=port)
        self._open = open_connection
        self._connection: ProxyConnection | None = None
        self._answered: ConnectResponse | None = None
        self._left = _REQUESTS
        self._heard = False  # anything, ever
        self.stream = ByteStream()

    @property
    def target(self) -> str:
        """As the request names it."""
        return self._request.target

    async def ask(self, authorization: str) -> ConnectResponse:
        """One CONNECT, and its answer's head."""
        if not self._left:
            raise OSError("the proxy asks for one login after the other")
        self._left -= 1
        if self._connection is not None and self._answered is not None:
            await self._go_on(self._answered)
        if self._connection is None:
            self.stream = ByteStream()
            self._connection = await self._open()
        request = ConnectRequest(host=self._request.host, port=self._request.port, authorization=authorization)
        await self._connection.send(request.request_bytes())
        try:
            self._answered = await self._read(self._connection, parse_response(self.stream))
        except (TruncatedError, ConnectionError) as error:
            if not self._heard:
                raise HungUpError from error
            raise
        return self._answered

    @property
    def asked(self) -> int:
        """Requests so far."""
        return _REQUESTS - self._left

    @property
    def stays(self) -> bool:
        """The connection can take another request."""
        return self._answered is not None and self._answered.can_go_on

    def take(self) -> ProxyConnection:
        """It is the caller's now."""
        connection, self._connection = self._connection, None
        assert connection is not None  # noqa: S101  # `ask` has made one
        return connection

    def close(self) -> None:
        """Give up."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    async def _go_on(self, response: ConnectResponse) -> None:
        if not response.can_go_on:
            self.close()
            return
        assert self._connection is not None  # noqa: S101  # the caller has looked
        await self._read(self._connection, skip_body(self.stream, response))

    async def _read(self, connection: ProxyConnection, reading: Reading[T]) -> T:
        parse = Parse(reading)
        while not parse.step():
            data = await connection.receive(_READ)
            self.stream.feed(data)
            self._heard = self._heard or bool(data)
            if not data:
                self.stream.feed_eof()
        return parse.result


async def _log_in(
    channel: _Channel, response: ConnectResponse, proxy: ProxyUrl, logins: ProxyLogins
) -> ConnectResponse:
    """The answer that is no request for a login. Raises LoginWantedError."""
    login = await logins.of(proxy, load=False)
    if login is not None and logins.is_proved(proxy, login):
        return await _by_password(channel, response, proxy, logins, login)
    if logins.of_the_person(proxy):
        response = await _by_the_person(channel, response, proxy, logins)
    elif logins.of_the_person(proxy) is None:
        async with logins.alone(proxy):
            if logins.of_the_person(proxy) is not False:  # whoever was before may have seen that it is refused
                response = await _by_the_person(channel, response, proxy, logins)
    if response.status != 407:
        return response
    login = await logins.of(proxy)
    if login is None:
        raise LoginWantedError(response, _named(response), refused=logins.was_refused(proxy))
    if logins.is_proved(proxy, login):
        return await _by_password(channel, response, proxy, logins, login)
    async with logins.alone(proxy):
        now = await logins.of(proxy)
        if now is None or now != login:  # whoever was before has seen that it is wrong
            raise LoginWantedError(response, _named(response), refused=True)
        return await _by_password(channel, response, proxy, logins, now)


async def _by_the_person(
    channel: _Channel, response: ConnectResponse, proxy: ProxyUrl, logins: ProxyLogins
) -> ConnectResponse:
    """The answer to what is here without a name and a password; the first one, where there is nothing."""
    for scheme in _offered(response):
        for tokens in of_the_person(scheme, proxy.host, ticket_only=proxy.by_network):
            shown = await _exchange_tokens(channel, scheme, tokens, response)
            response = shown.response
            if shown.judged and (response.status in _WRONG or shown.wrong):
                logins.persons(proxy, accepted=False)
                return response
            if response.status != 407:
                logins.persons(proxy, accepted=True)
                return response
    return response


async def _by_password(
    channel: _Channel, response: ConnectResponse, proxy: ProxyUrl, logins: ProxyLogins, login: Login
) -> ConnectResponse:
    if logins.rests(proxy, login):
        raise LoginWantedError(response, _named(response), unusable=True)
    every, before = _offered(response), channel.asked
    schemes = [scheme for scheme in every if scheme in login.schemes]
    forbidden = False
    for scheme in schemes:
        if scheme in {NEGOTIATE, NTLM}:
            ways = [_Way(channel, scheme, tokens) for tokens in of_login(scheme, proxy.host, login)]
        else:
            ways = [_Way(channel, scheme, login)]
        for way in ways:
            if isinstance(way.by, Tokens) and way.by.instead and not forbidden:
                continue
            shown = await way.go(response)
            forbidden = shown.forbidden
            if shown.judged and (shown.response.status in _WRONG or shown.wrong):
                logins.refused(proxy, login)
                raise LoginWantedError(shown.response, _named(shown.response), refused=True)
            response = shown.response
            if response.status != 407:
                logins.accepted(proxy, login, scheme)
                return response
    if channel.asked > before:
        logins.shown_in_vain(proxy, login)
    held_back = schemes != every  # a person is asked before it is shown in a weaker way than it was accepted by
    raise LoginWantedError(response, _named(response), unusable=not held_back)


@dataclass(frozen=True, kw_only=True)
class _Shown:
    """What came of one way of logging in. `judged`: somebody looked at the password; `wrong`: and that was not the proxy;
    `forbidden`: the system makes no such tokens.
    """

    response: ConnectResponse
    judged: bool = False
    wrong: bool = False
    forbidden: bool = False


@dataclass(frozen=True)
class _Way:
    channel: _Channel
    scheme: str
    by: Tokens | Login

    async def go(self, response: ConnectResponse) -> _Shown:
        """For the answer that asked for a login."""
        if isinstance(self.by, Tokens):
            return await _exchange_tokens(self.channel, self.scheme, self.by, response)
        return await _show(self.channel, self.scheme, self.by, response)


async def _show(channel: _Channel, scheme: str, login: Login, response: ConnectResponse) -> _Shown:
    """Basic, or Digest, which has a second try where only its nonce was too old."""
    for _nonce in range(2):
        challenge = offered(read_challenges(response.challenges), scheme)
        if challenge is None:
            break
        try:
            response = await channel.ask(_authorization(challenge, login, channel.target))
        except LoginImpossibleError:
            return _Shown(response=response)
        if not (scheme == DIGEST and response.status == 407 and _stale(response)):
            return _Shown(response=response, judged=True)
    return _Shown(response=response)


def _authorization(challenge: Challenge, login: Login, target: str) -> str:
    if challenge.scheme == BASIC:
        return basic(login)
    return digest(challenge, login, method="CONNECT", target=target, nonce=os.urandom(8).hex())


async def _exchange_tokens(channel: _Channel, scheme: str, tokens: Tokens, response: ConnectResponse) -> _Shown:
    """Negotiate or NTLM, on one connection. What it began on is closed where it leads nowhere."""
    token = b""
    try:
        for step in range(_STEPS):
            try:
                said = await tokens.step(token)
            except TokenError as error:
                wrong = error.wrong_password
                if step:
                    channel.close()
                return _Shown(response=response, judged=wrong, wrong=wrong, forbidden=error.forbidden)
            if not said:
                break
            response = await channel.ask(f"{_SPELT[scheme]} {base64.b64encode(said).decode()}")
            if response.status != 407:
                return _Shown(response=response, judged=step > 0)
            challenge = offered(read_challenges(response.challenges), scheme)
            token = _decoded(challenge.token) if challenge is not None else b""
            if not token or not channel.stays:
                channel.close()
                return _Shown(response=response, judged=step > 0)
    finally:
        tokens.close()
    channel.close()
    return _Shown(response=response)


def _offered(response: ConnectResponse) -> list[str]:
    challenges = read_challenges(response.challenges)
    return [scheme for scheme in STRONGEST_FIRST if offered(challenges, scheme) is not None]


def _named(response: ConnectResponse) -> tuple[str, ...]:
    return tuple(dict.fromkeys(challenge.scheme for challenge in read_challenges(response.challenges)))


def _stale(response: ConnectResponse) -> bool:
    return is_stale(offered(read_challenges(response.challenges), DIGEST))


def _decoded(token: str) -> bytes:
    try:
        return base64.b64decode(token, validate=True)
    except binascii.Error:
        return b""
