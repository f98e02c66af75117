"""Logging in to a real squid in every way it has, by what is strongest: Kerberos with a ticket, NTLM, Digest, Basic.

The relay is not there: how far the proxy lets us is what counts, and its log says who came.
"""

import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.net.dial import DialError, dial
from common.net.proxy_logins import MOST_REFUSED, ProxyLogins
from common.protocol.proxies import ProxyUrl
from common.protocol.proxy_login import Login
from deploy.demo.programs import until
from tests.support.kerberos import PASSWORD as TICKET_PASSWORD
from tests.support.kerberos import PERSON, REALM, Realm, realm
from tests.support.proxies import PASSWORD, RunningProxy, squid
from tests.support.squid_settings import USER

HERE = Login(username=USER, password=PASSWORD)
WRONG = Login(username=USER, password="wrong")


@pytest.fixture(scope="module")
def relay() -> Iterator[int]:
    """A port that accepts and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture(scope="module")
def kerberos() -> Iterator[Realm]:
    """A realm, started once."""
    with realm() as running:
        running.log_in()
        running.log_out()
        yield running


@pytest.fixture(autouse=True)
def no_realm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whatever this computer is set to counts for nothing."""
    monkeypatch.setenv("KRB5_CONFIG", os.devnull)
    monkeypatch.setenv("KRB5CCNAME", f"FILE:{tmp_path}/none")


def enter(kerberos: Realm, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process is a person's in that realm."""
    for name, value in kerberos.environ.items():
        monkeypatch.setenv(name, value)


async def go(proxy: RunningProxy, relay: int, logins: ProxyLogins | None = None, host: str = "127.0.0.1") -> None:
    """One way through. Raises DialError."""
    url = ProxyUrl(scheme="http", host=host, port=proxy.port)
    (await dial("127.0.0.1", relay, proxy=url, logins=logins, deadline=20)).close()


def asked(proxy: RunningProxy) -> int:
    """How often it has asked for a login, or for another."""
    return sum("/407" in line for line in proxy.logged())


async def has_asked(proxy: RunningProxy, times: int) -> None:
    """So often, and not once more: squid writes it down a moment later."""
    assert await until(lambda: asked(proxy) >= times, within=10), asked(proxy)
    await asyncio.sleep(0.2)
    assert asked(proxy) == times


async def let_through(proxy: RunningProxy) -> list[str]:
    """Who was; squid writes it down when the way is closed."""
    async with asyncio.timeout(10):
        while not (lines := [line.split()[7] for line in proxy.logged() if "/200" in line]):  # noqa: ASYNC110  (another process writes it)
            await asyncio.sleep(0.02)
    return lines


@pytest.mark.parametrize("scheme", ["basic", "digest", "ntlm"])
async def test_a_name_and_a_password_open_the_way(relay: int, scheme: str) -> None:
    """By whichever way is offered. The password is not shown before the proxy has asked."""
    with squid(ports=[relay], login=True, schemes=[scheme]) as proxy:
        await go(proxy, relay, ProxyLogins(everywhere=HERE))
        with pytest.raises(DialError) as raised:
            await go(proxy, relay)
        assert raised.value.code == "proxy_wants_password"
        if scheme != "ntlm":  # whose helper believes everybody
            await has_asked(proxy, 2)
            await wrong_once(proxy, relay)


async def wrong_once(proxy: RunningProxy, relay: int) -> None:
    """A wrong password is shown once, however often it is dialled; another one may follow, and never a fourth."""
    logins, url = ProxyLogins(everywhere=WRONG), ProxyUrl(scheme="http", host="127.0.0.1", port=proxy.port)
    for number in range(1, MOST_REFUSED + 1):
        before = asked(proxy)
        for _again in range(3):
            with pytest.raises(DialError) as raised:
                await go(proxy, relay, logins)
            assert raised.value.code == "proxy_password_wrong"
        await has_asked(proxy, before + 3 + 1)  # each dialling asks without a login first; one shows it
        assert logins.may_ask(url) is (number < MOST_REFUSED)
        logins.give(url, Login(username=USER, password=f"wrong {number}"))
    logins.give(url, HERE)
    await go(proxy, relay, logins)
    assert logins.may_ask(url)


async def test_the_strongest_that_is_offered_is_taken(relay: int) -> None:
    """Digest where Basic is there too: the password itself never goes over the line."""
    with squid(ports=[relay], login=True, schemes=["basic", "digest"]) as proxy:
        await go(proxy, relay, ProxyLogins(everywhere=HERE))
        with pytest.raises(DialError):
            await go(proxy, relay, ProxyLogins(everywhere=WRONG))
        await has_asked(proxy, 1 + 2)  # the wrong one was not shown to Basic as well


async def test_a_ticket_is_used_without_a_password(
    relay: int, kerberos: Realm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is logged in is let through; who is not, and has no password, is told to log in."""
    enter(kerberos, monkeypatch)
    with squid(ports=[relay], login=True, schemes=["negotiate"], keytab=kerberos.keytab) as proxy:
        with pytest.raises(DialError) as raised:
            await go(proxy, relay, host="localhost")
        assert raised.value.code == "proxy_wants_password"
        kerberos.log_in()
        await go(proxy, relay, host="localhost")
        assert await let_through(proxy) == [f"{PERSON}@{REALM}"]
        kerberos.log_out()
        with pytest.raises(DialError) as raised:
            await go(proxy, relay, ProxyLogins(everywhere=HERE), host="localhost")
        assert raised.value.code == "proxy_ticket_missing"  # a name without its realm is nobody's there


async def test_kerberos_with_a_password(relay: int, kerberos: Realm, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name with its realm is asked for at the realm itself; a wrong password is known before the proxy sees anything."""
    enter(kerberos, monkeypatch)
    kerberos.log_out()
    with squid(ports=[relay], login=True, schemes=["negotiate", "basic"], keytab=kerberos.keytab) as proxy:
        name = f"{PERSON}@{REALM}"
        with pytest.raises(DialError) as raised:
            await go(proxy, relay, ProxyLogins(everywhere=Login(username=name, password="wrong")), host="localhost")
        assert raised.value.code == "proxy_password_wrong"
        assert asked(proxy) == 1
        await go(proxy, relay, ProxyLogins(everywhere=Login(username=name, password=TICKET_PASSWORD)), host="localhost")
        assert await let_through(proxy) == [name]


async def test_where_nothing_stronger_works_basic_does(relay: int, kerberos: Realm) -> None:
    """A password for Basic, where Negotiate and NTLM are offered to others: nobody has looked at it before."""
    schemes = ["negotiate", "basic"]
    with squid(ports=[relay], login=True, schemes=schemes, keytab=kerberos.keytab) as proxy:
        await go(proxy, relay, ProxyLogins(everywhere=HERE), host="localhost")
        assert await let_through(proxy) == [USER]
