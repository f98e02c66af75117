"""Tokens are made in threads, and given back whatever becomes of them."""

import asyncio
import sys
import threading
from collections.abc import Callable

import pytest
from spnego.exceptions import SpnegoError

from common.net import proxy_tokens
from common.net.gss import GssError
from common.net.proxy_tokens import TokenError, Tokens, of_login, of_the_person
from common.protocol.proxy_login import NEGOTIATE, NTLM, Login


class Slow:
    """A context whose step waits for the test."""

    def __init__(self) -> None:
        self.stepping, self.go_on = threading.Event(), threading.Event()
        self.closed = threading.Event()

    def step(self, _token: bytes) -> bytes:
        """Wait."""
        self.stepping.set()
        assert self.go_on.wait(10)
        assert not self.closed.is_set()
        return b"token"

    def close(self) -> None:
        """Given back."""
        self.closed.set()


async def test_nothing_is_given_back_under_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """A deadline may end the waiting; the library is in the middle of it."""
    slow = Slow()
    monkeypatch.setattr(proxy_tokens, "GssContext", Slow)
    tokens = Tokens(lambda: slow)
    step = asyncio.ensure_future(tokens.step(b""))
    await asyncio.to_thread(slow.stepping.wait, 10)
    step.cancel()
    tokens.close()
    assert not slow.closed.is_set()
    slow.go_on.set()
    assert await asyncio.to_thread(slow.closed.wait, 10)


@pytest.mark.parametrize(
    ("error", "wrong"), [(GssError("no ticket"), False), (GssError("preauth", wrong_password=True), True)]
)
async def test_what_the_library_says_is_no_token(error: Exception, wrong: bool) -> None:
    """Whether the password was looked at is kept."""

    def make() -> object:
        raise error

    with pytest.raises(TokenError) as raised:
        await Tokens(make).step(b"")
    assert raised.value.wrong_password is wrong


class NativeError(Exception):
    """What a system's library raises, with its number."""

    def __init__(self, **numbers: int) -> None:
        super().__init__("no")
        vars(self).update(numbers)


@pytest.mark.parametrize(
    ("native", "wrong", "forbidden"),
    [
        (NativeError(winerror=-2146893044), True, False),  # SEC_E_LOGON_DENIED
        (NativeError(winerror=-2146893048), False, False),  # SEC_E_INVALID_TOKEN
        (NativeError(winerror=-2146893054), False, True),  # SEC_E_UNSUPPORTED_FUNCTION
        (NativeError(maj_code=851968, min_code=-1765328360), True, False),  # preauthentication failed
        (NativeError(maj_code=851968, min_code=2**32 - 1765328360), True, False),
    ],
)
async def test_the_systems_own_numbers_are_understood(native: Exception, wrong: bool, forbidden: bool) -> None:
    """A password that Windows has refused is wrong; what a policy forbids is not."""

    def make() -> object:
        raise SpnegoError(base_error=native)

    with pytest.raises(TokenError) as raised:
        await Tokens(make).step(b"")
    assert (raised.value.wrong_password, raised.value.forbidden) == (wrong, forbidden)


def test_a_proxy_of_the_networks_gets_a_ticket_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows nothing of NTLM, which Negotiate would fall back to."""
    made: list[str] = []
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(proxy_tokens, "_spnego", lambda scheme, _host, _login: made.append(scheme))
    for scheme in (NEGOTIATE, NTLM):
        of_the_person(scheme, "proxy", ticket_only=True)
    assert made == ["kerberos"]
    of_the_person(NTLM, "proxy")
    assert made == ["kerberos", "ntlm"]


@pytest.mark.parametrize("token", [b"\0", b"NTLMSSP\0\2\0\0\0", b"NTLMSSP\0\x63\0\0\0" + 40 * b"\0"])
async def test_a_proxys_broken_token_is_no_bug(token: bytes) -> None:
    """Whatever a library raises over it; other ways to the relay are tried then."""
    tokens = of_login(NTLM, "proxy", Login(username="anna", password="s3cret"))[-1]
    await tokens.step(b"")
    with pytest.raises(TokenError) as raised:
        await tokens.step(token)
    assert not raised.value.wrong_password
    tokens.close()


@pytest.mark.parametrize("scheme", [NTLM, NEGOTIATE])
async def test_ntlm_begins_without_the_password(scheme: str) -> None:
    """By pyspnego's own code, which is the last to be asked."""
    tokens = of_login(scheme, "proxy", Login(username="CORP\\anna", password="s3cret"))[-1]
    first = await tokens.step(b"")
    assert b"NTLMSSP\0\1" in first
    assert b"s3cret" not in first
    tokens.close()


@pytest.mark.skipif(sys.platform != "linux", reason="not on Windows: its logon answers by SSPI")
def test_what_a_person_has_without_a_password() -> None:
    """A ticket at most; NTLM has nothing of that kind here."""
    assert [len(of_the_person(one, "proxy")) for one in (NEGOTIATE, NTLM)] == [1, 0]


@pytest.mark.skipif(sys.platform != "linux", reason="not on Windows: SSPI knows its realm")
def test_kerberos_is_asked_for_a_name_with_its_realm_alone() -> None:
    """A name without one would be sent to whatever realm the system has by default."""
    count: Callable[[str], int] = lambda name: len(of_login(NEGOTIATE, "proxy", Login(username=name)))  # noqa: E731
    assert (count("anna"), count("anna@EXAMPLE.ORG")) == (1, 2)
