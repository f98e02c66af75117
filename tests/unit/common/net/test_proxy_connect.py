"""CONNECT with a login, against a proxy that answers by a script: what is asked on which connection."""

import asyncio
import base64
import socket
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from common.net import proxy_connect
from common.net.proxy_connect import LoginWantedError, ProxyConnection, RefusedError, connect_through
from common.net.proxy_logins import IN_VAIN, ProxyLogins
from common.net.proxy_tokens import TokenError
from common.protocol.proxies import ProxyUrl
from common.protocol.proxy_login import Login
from common.protocol.reading import ProtocolViolationError

PROXY = ProxyUrl.parse("http://proxy:3128")
ANNA = Login(username="anna", password="s3cret")
OPEN = b"HTTP/1.1 200 OK\r\n\r\n"


def wants(*challenges: str, keeps: bool = True, status: int = 407) -> bytes:
    """A refusal with a page."""
    lines = [f"HTTP/1.1 {status} No", *(f"Proxy-Authenticate: {one}" for one in challenges), "Content-Length: 4"]
    return "\r\n".join([*lines, *([] if keeps else ["Connection: close"]), "", "page"]).encode()


@dataclass
class Scripted:
    """Answers one request after the other. `asked`: which connection, and its login."""

    answers: list[bytes]
    asked: list[tuple[int, str]] = field(default_factory=list)
    opened: int = 0
    closed: int = 0

    async def open(self) -> ProxyConnection:
        """Another connection."""
        self.opened += 1
        return _Line(self, self.opened)


@dataclass
class _Line:
    script: Scripted
    number: int
    waiting: list[bytes] = field(default_factory=list)

    async def send(self, data: bytes) -> None:
        lines = data.decode().split("\r\n")
        login = next((line.partition(": ")[2] for line in lines if line.startswith("Proxy-Auth")), "")
        self.script.asked.append((self.number, login))
        self.waiting.append(self.script.answers.pop(0) if self.script.answers else b"")

    async def receive(self, _limit: int) -> bytes:
        await asyncio.sleep(0)
        return self.waiting.pop(0) if self.waiting else b""

    def as_socket(self) -> socket.socket:
        raise NotImplementedError

    def close(self) -> None:
        self.script.closed += 1


class Tokens:
    """Those of some scheme: each said in its turn; an empty one fails."""

    def __init__(
        self, *said: bytes, wrong: bool = False, forbidden: bool = False, instead: bool = False, again: bool = False
    ) -> None:
        """`again`: it can be asked for any number of logins."""
        self.every, self.said = list(said) if again else [], list(said)
        self.wrong, self.forbidden, self.instead = wrong, forbidden, instead
        self.heard: list[bytes] = []

    async def step(self, token: bytes) -> bytes:
        """The next."""
        self.heard.append(token)
        if not self.said:
            raise TokenError(wrong_password=self.wrong, forbidden=self.forbidden)
        return self.said.pop(0)

    def close(self) -> None:
        """Nothing is held."""
        self.said = list(self.every)


def _person(had: dict[str, list[Tokens]]) -> Callable[..., list[Tokens]]:
    def of(scheme: str, _host: str, *, ticket_only: bool) -> list[Tokens]:
        return had.get(f"{'ticket' if ticket_only else 'person'} {scheme}", [])

    return of


@pytest.fixture
def tickets(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Tokens]]:
    """What this computer has: "person SCHEME" and "login SCHEME"."""
    had: dict[str, list[Tokens]] = {}
    monkeypatch.setattr(proxy_connect, "Tokens", Tokens)
    monkeypatch.setattr(proxy_connect, "of_the_person", _person(had))
    monkeypatch.setattr(proxy_connect, "of_login", lambda scheme, _host, _login: had.get(f"login {scheme}", []))
    return had


async def go(script: Scripted, logins: ProxyLogins | None = None, proxy: ProxyUrl = PROXY) -> bytes:
    """The bytes behind the consent. Raises what connect_through does."""
    connection, rest, _response = await connect_through(
        "relay", 443, proxy, logins=logins or ProxyLogins(), open_connection=script.open
    )
    connection.close()
    assert script.opened == script.closed
    return rest


async def test_nothing_is_told_unasked(tickets: dict[str, list[Tokens]]) -> None:
    """Not even where a login is there."""
    script = Scripted([OPEN + b"glued"])
    assert await go(script, ProxyLogins(everywhere=ANNA)) == b"glued"
    assert script.asked == [(1, "")]


@pytest.mark.parametrize(("keeps", "connection"), [(True, 1), (False, 2)])
async def test_basic_on_the_same_connection_or_on_another(
    tickets: dict[str, list[Tokens]], keeps: bool, connection: int
) -> None:
    """As the proxy says."""
    script, logins = Scripted([wants('Basic realm="x"', keeps=keeps), OPEN]), ProxyLogins(everywhere=ANNA)
    await go(script, logins)
    assert script.asked == [(1, ""), (connection, "Basic YW5uYTpzM2NyZXQ=")]
    assert logins.is_proved(PROXY, ANNA)


@pytest.mark.parametrize("status", [401, 407])
async def test_a_wrong_password_is_shown_once(tickets: dict[str, list[Tokens]], status: int) -> None:
    """In the strongest way alone, and never again."""
    offer = ['Digest realm="x", nonce="n"', 'Basic realm="x"']
    script, logins = (
        Scripted([wants(*offer), wants(*offer, status=status), wants(*offer)]),
        ProxyLogins(everywhere=ANNA),
    )
    for _again in range(2):
        with pytest.raises(LoginWantedError) as raised:
            await go(script, logins)
        assert raised.value.refused
    assert [login.partition(" ")[0] for _, login in script.asked] == ["", "Digest", ""]
    assert "s3cret" not in repr(raised.value)


async def test_a_stale_nonce_has_a_second_try(tickets: dict[str, list[Tokens]]) -> None:
    """One."""
    fresh, stale = wants('Digest nonce="1"'), wants('Digest nonce="2", stale=true')
    script = Scripted([fresh, stale, OPEN])
    await go(script, ProxyLogins(everywhere=ANNA))
    assert ['nonce="1"' in login for _, login in script.asked] == [False, True, False]
    logins = ProxyLogins(everywhere=ANNA)
    with pytest.raises(LoginWantedError) as raised:
        await go(Scripted([fresh, stale, stale]), logins)
    assert raised.value.unusable
    assert await logins.of(PROXY) == ANNA


async def test_what_nobody_judges_is_shown_three_times_in_ten_minutes(tickets: dict[str, list[Tokens]]) -> None:
    """At however many tries to connect; then it rests, until ten minutes after the first, or until a person says it once more."""
    offer, now = wants('Digest nonce="1", stale=true'), 0.0
    logins = ProxyLogins(everywhere=ANNA, now=lambda: now)

    async def shown() -> int:
        script = Scripted([offer, offer, offer])
        with pytest.raises(LoginWantedError) as raised:
            await go(script, logins)
        assert raised.value.unusable
        return len(script.asked) - 1

    assert [await shown() for _ in range(5)] == [2, 2, 2, 0, 0]
    now = IN_VAIN - 1
    assert await shown() == 0
    now = IN_VAIN
    assert [await shown() for _ in range(4)] == [2, 2, 2, 0]
    logins.give(PROXY, ANNA)
    assert await shown() == 2
    logins = ProxyLogins(everywhere=ANNA, now=lambda: now)
    tickets["login ntlm"] = [Tokens()]
    for _ in range(4):  # nothing was shown: that harms nobody, and is tried as often as anybody connects
        script = Scripted([wants("NTLM")])
        with pytest.raises(LoginWantedError):
            await go(script, logins)
    assert not logins.rests(PROXY, ANNA)


async def test_a_ticket_comes_before_a_password(tickets: dict[str, list[Tokens]]) -> None:
    """And goes on where it is continued."""
    more = base64.b64encode(b"more").decode()
    script = Scripted([wants("Negotiate", 'Basic realm="x"'), wants(f"Negotiate {more}"), OPEN])
    tokens = Tokens(b"one", b"two")
    tickets["person negotiate"] = [tokens]
    await go(script, ProxyLogins(everywhere=ANNA))
    said = [base64.b64encode(one).decode() for one in (b"one", b"two")]
    assert script.asked == [(1, ""), (1, f"Negotiate {said[0]}"), (1, f"Negotiate {said[1]}")]
    assert tokens.heard == [b"", b"more"]


async def test_after_a_ticket_that_is_not_taken_the_password_is(tickets: dict[str, list[Tokens]]) -> None:
    """On another connection: the first one belongs to whom was refused. The password was not looked at before."""
    offer = ["Negotiate", "NTLM", 'Basic realm="x"']
    script = Scripted([wants(*offer), wants(*offer), wants(*offer), OPEN])
    tickets["person negotiate"] = [Tokens(b"one")]
    tickets["login negotiate"] = [Tokens()]
    tickets["login ntlm"] = [Tokens(b"first")]
    await go(script, ProxyLogins(everywhere=ANNA))
    assert [(number, login.partition(" ")[0]) for number, login in script.asked] == [
        (1, ""),
        (1, "Negotiate"),
        (2, "NTLM"),
        (3, "Basic"),
    ]


async def test_ntlm_needs_its_connection(tickets: dict[str, list[Tokens]]) -> None:
    """A password that NTLM has shown and the proxy refused is wrong; where the proxy closed in between nobody knows."""
    more = base64.b64encode(b"more").decode()
    for keeps, refused in ((True, True), (False, False)):
        tickets["login ntlm"] = [Tokens(b"one", b"two")]
        script = Scripted([wants("NTLM"), wants(f"NTLM {more}", keeps=keeps), wants("NTLM")])
        with pytest.raises(LoginWantedError) as raised:
            await go(script, ProxyLogins(everywhere=ANNA))
        assert (raised.value.refused, raised.value.unusable) == (refused, not refused)
        assert len(script.asked) == 2 + refused


async def test_a_password_that_somebody_else_has_refused(tickets: dict[str, list[Tokens]]) -> None:
    """The key distribution centre: it is not shown to the proxy in another way."""
    tickets["login negotiate"] = [Tokens(wrong=True)]
    script, logins = Scripted([wants("Negotiate", 'Basic realm="x"')]), ProxyLogins(everywhere=ANNA)
    with pytest.raises(LoginWantedError) as raised:
        await go(script, logins)
    assert raised.value.refused
    assert len(script.asked) == 1


async def test_without_a_login_the_offers_are_told(tickets: dict[str, list[Tokens]]) -> None:
    """Each once."""
    with pytest.raises(LoginWantedError) as raised:
        await go(Scripted([wants("Hawk", 'Basic realm="x", Hawk')]))
    assert raised.value.schemes == ("hawk", "basic")
    assert not raised.value.refused


async def test_a_rule_after_the_login_is_no_wrong_password(tickets: dict[str, list[Tokens]]) -> None:
    """403 comes to whom the proxy knows."""
    logins = ProxyLogins(everywhere=ANNA)
    with pytest.raises(RefusedError) as raised:
        await go(Scripted([wants('Basic realm="x"'), b"HTTP/1.1 403 Rule\r\n\r\n"]), logins)
    assert raised.value.response.said == "403 Rule"
    assert logins.is_proved(PROXY, ANNA)


async def test_several_connections_show_a_wrong_password_once(tickets: dict[str, list[Tokens]]) -> None:
    """Those that come beside it wait, and see that it is wrong."""
    logins, offer = ProxyLogins(everywhere=ANNA), wants('Basic realm="x"')
    scripts = [Scripted([offer, offer]) for _ in range(3)]
    results = await asyncio.gather(*(go(script, logins) for script in scripts), return_exceptions=True)
    assert all(isinstance(result, LoginWantedError) and result.refused for result in results)
    assert sum(len(script.asked) for script in scripts) == 3 + 1


MORE = base64.b64encode(b"more").decode()


def schemes(script: Scripted) -> list[str]:
    """In which ways something was shown, one after the other."""
    return [login.partition(" ")[0] for _, login in script.asked if login]


async def test_a_logon_that_was_refused_is_not_shown_again(tickets: dict[str, list[Tokens]]) -> None:
    """Neither in another way, nor at the next connections, nor by those beside it, until the network is another."""
    offer = wants("Negotiate", "NTLM")
    for scheme in ("negotiate", "ntlm"):
        tickets[f"person {scheme}"] = [Tokens(b"one", b"two", again=True)]
    logins = ProxyLogins()
    scripts = [Scripted([offer, wants(f"Negotiate {MORE}"), offer]) for _ in range(3)]
    results = await asyncio.gather(*(go(script, logins) for script in scripts), return_exceptions=True)
    assert all(isinstance(result, LoginWantedError) for result in results)
    assert sorted(map(schemes, scripts)) == [[], [], ["Negotiate"] * 2]
    logins.another_network()
    script = Scripted([offer, wants(f"Negotiate {MORE}"), OPEN])
    await go(script, logins)
    assert schemes(script) == ["Negotiate"] * 2


async def test_what_was_accepted_is_shown_before_the_logon(tickets: dict[str, list[Tokens]]) -> None:
    """Which the proxy may not know."""
    tickets["person ntlm"] = [Tokens(b"one", b"two", again=True)]
    logins = ProxyLogins(everywhere=ANNA)
    logins.accepted(PROXY, ANNA, "basic")
    script = Scripted([wants("NTLM", 'Basic realm="x"'), OPEN])
    await go(script, logins)
    assert schemes(script)[-1] == "Basic"


async def test_a_proxy_of_the_networks_gets_no_logon(tickets: dict[str, list[Tokens]]) -> None:
    """Nor the file's login."""
    tickets["person ntlm"] = [Tokens(b"one", b"two", again=True)]
    script = Scripted([wants("NTLM", 'Basic realm="x"')])
    with pytest.raises(LoginWantedError) as raised:
        await go(script, ProxyLogins(everywhere=ANNA), replace(PROXY, by_network=True))
    assert (schemes(script), raised.value.refused, raised.value.unusable) == ([], False, False)


async def test_a_password_is_shown_in_no_weaker_way_than_it_was_accepted(tickets: dict[str, list[Tokens]]) -> None:
    """Whoever stands there now and offers less gets nothing, until a person says it once more."""
    logins = ProxyLogins(everywhere=ANNA)
    await go(Scripted([wants('Digest realm="x", nonce="n"', 'Basic realm="x"'), OPEN]), logins)
    script = Scripted([wants('Basic realm="x"')])
    with pytest.raises(LoginWantedError) as raised:
        await go(script, logins)
    assert (schemes(script), raised.value.refused, raised.value.unusable) == ([], False, False)
    logins.give(PROXY, ANNA)
    script = Scripted([wants('Basic realm="x"'), OPEN])
    await go(script, logins)
    assert schemes(script) == ["Basic"]


@pytest.mark.parametrize("forbidden", [False, True])
async def test_own_code_makes_tokens_where_the_system_may_not(
    tickets: dict[str, list[Tokens]], forbidden: bool
) -> None:
    """And only there: a password that the system could not use is not shown once more."""
    tickets["login ntlm"] = [Tokens(forbidden=forbidden), Tokens(b"one", b"two", instead=True)]
    script = Scripted([wants("NTLM"), wants(f"NTLM {MORE}"), OPEN])
    if forbidden:
        await go(script, ProxyLogins(everywhere=ANNA))
    else:
        with pytest.raises(LoginWantedError):
            await go(script, ProxyLogins(everywhere=ANNA))
    assert schemes(script) == (["NTLM"] * 2 if forbidden else [])


@pytest.mark.parametrize("answers", [[b"SSH-2.0\r\n"], [wants('Basic realm="x"')[:-2]]])
async def test_broken_answers_close_the_connection(tickets: dict[str, list[Tokens]], answers: list[bytes]) -> None:
    """Whenever they come."""
    script = Scripted(answers)
    with pytest.raises(ProtocolViolationError):
        await go(script, ProxyLogins(everywhere=ANNA))
    assert script.opened == script.closed == 1


async def test_who_waited_for_another_to_try_knows_how_it_was_accepted(tickets: dict[str, list[Tokens]]) -> None:
    """The connection beside it is answered by somebody who offers less."""
    logins = ProxyLogins(everywhere=ANNA)
    logins.persons(PROXY, accepted=False)
    strong, weak = Scripted([wants('Digest realm="x", nonce="n"'), OPEN]), Scripted([wants('Basic realm="x"'), OPEN])
    results = await asyncio.gather(go(strong, logins), go(weak, logins), return_exceptions=True)
    assert results[0] == b""
    assert isinstance(results[1], LoginWantedError)
    assert schemes(weak) == []
