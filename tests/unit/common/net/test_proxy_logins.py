"""Which login is shown to which proxy, and how often a person is asked."""

import asyncio
from dataclasses import replace

import pytest

from common.net.proxy_logins import MOST_IN_VAIN, MOST_REFUSED, ProxyLogins
from common.protocol.proxies import ProxyUrl
from common.protocol.proxy_login import Login

A, B = ProxyUrl.parse("http://a:1"), ProxyUrl.parse("http://b:2")
ANNA, OTTO = Login(username="anna", password="1"), Login(username="otto", password="2")


class Ring:
    """A keyring with what it holds."""

    def __init__(self, **held: Login) -> None:
        self.held: dict[str, Login | None] = {f"http://{name}:1": login for name, login in held.items()}
        self.asked: list[str] = []

    async def load(self, proxy: str) -> Login | None:
        """What is held."""
        self.asked.append(proxy)
        return self.held.get(proxy)

    def keep(self, proxy: str, login: Login | None) -> None:
        """Hold this."""
        self.held[proxy] = login


async def test_what_a_person_gave_comes_first() -> None:
    """Then what stands in the URL, then a file's, then the keyring's; each for its own proxy."""
    ring = Ring(a=Login(username="kept"))
    logins = ProxyLogins(load=ring.load, keep=ring.keep)
    named = ProxyUrl.parse("http://otto:2@a:1")
    assert await logins.of(A) == Login(username="kept")
    assert await logins.of(named) == OTTO
    assert await logins.of(B) is None
    logins.give(A, ANNA)
    assert await logins.of(A) == await logins.of(named) == ANNA
    assert await ProxyLogins(everywhere=OTTO).of(B) == OTTO
    assert ring.asked == ["http://a:1", "http://b:2"]


async def test_what_was_refused_is_not_shown_again() -> None:
    """The next best is; what a person says once more is tried once more."""
    logins = ProxyLogins(everywhere=OTTO)
    logins.give(A, ANNA)
    logins.refused(A, ANNA)
    assert await logins.of(A) == OTTO
    logins.refused(A, OTTO)
    assert await logins.of(A) is None
    assert logins.was_refused(A)
    assert not logins.was_refused(B)
    logins.give(A, ANNA)
    assert await logins.of(A) == ANNA


async def test_nobody_is_asked_for_ever() -> None:
    """Accounts get locked. What is right begins it anew."""
    logins = ProxyLogins()
    for number in range(MOST_REFUSED):
        assert logins.may_ask(A)
        wrong = Login(username="anna", password=str(number))
        logins.refused(A, wrong)
        logins.refused(A, wrong)
    assert not logins.may_ask(A)
    assert logins.may_ask(B)
    logins.accepted(A, ANNA)
    assert logins.may_ask(A)


async def test_the_same_wrong_password_typed_again_counts_again() -> None:
    """A directory counts it too."""
    logins = ProxyLogins()
    for _ in range(MOST_REFUSED):
        assert logins.may_ask(A)
        logins.give(A, ANNA)
        logins.refused(A, ANNA)
    assert not logins.may_ask(A)


async def test_a_right_password_makes_no_wrong_one_right() -> None:
    """The file's old one is not shown at every second connection."""
    ring = Ring()
    logins = ProxyLogins(everywhere=OTTO, load=ring.load, keep=ring.keep)
    named = ProxyUrl.parse("http://eva:old@a:1")
    for wrong in (Login(username="eva", password="old"), OTTO):
        assert await logins.of(named) == wrong
        logins.refused(named, wrong)
    logins.give(named, ANNA)
    for _ in range(3):
        assert await logins.of(named) == ANNA
        logins.accepted(named, ANNA)
    logins.refused(named, ANNA)
    assert await logins.of(named) is None


async def test_what_was_accepted_comes_first() -> None:
    """Also before what is named before it and was never tried; not before what a person says now."""
    logins = ProxyLogins(everywhere=OTTO)
    named = ProxyUrl.parse("http://eva:2@a:1")
    logins.accepted(A, OTTO)
    assert await logins.of(named) == OTTO
    logins.give(A, ANNA)
    assert await logins.of(named) == ANNA


async def test_a_files_login_is_for_proxies_that_were_named_here() -> None:
    """Not for those that the network names, even where one of that name took it; what a person types for them is theirs."""
    logins = ProxyLogins(everywhere=OTTO)
    logins.accepted(A, OTTO)
    announced = replace(A, by_network=True)
    assert await logins.of(announced) is None
    assert await logins.of(A) == OTTO
    logins.give(announced, ANNA)
    assert await logins.of(announced) == ANNA


async def test_the_way_in_which_it_was_accepted_is_the_weakest() -> None:
    """It is kept in the keyring; a person who types it once more allows any."""
    ring = Ring(a=replace(OTTO, least="ntlm"))
    logins = ProxyLogins(load=ring.load, keep=ring.keep)
    found = await logins.of(A)
    assert found is not None
    assert found.schemes == ("negotiate", "ntlm")
    logins.give(A, OTTO)
    found = await logins.of(A)
    assert found is not None
    assert found.schemes[-1] == "basic"
    logins.accepted(A, OTTO, "digest")
    kept = ring.held["http://a:1"]
    assert kept is not None
    assert (kept, kept.least) == (OTTO, "digest")
    found = await logins.of(A)
    assert found is not None
    assert found.least == "digest"


async def test_what_worked_is_kept_and_what_is_wrong_forgotten() -> None:
    """What stands in a URL or in a file is kept there already."""
    ring = Ring(a=OTTO)
    logins = ProxyLogins(everywhere=Login(username="file"), load=ring.load, keep=ring.keep)
    logins.accepted(B, Login(username="file"))
    assert ring.held == {"http://a:1": OTTO}
    await ProxyLogins(load=ring.load).of(A)
    logins = ProxyLogins(load=ring.load, keep=ring.keep)
    assert await logins.of(A) == OTTO
    logins.refused(A, OTTO)
    assert ring.held == {"http://a:1": None}
    logins.give(A, ANNA)
    assert ring.held == {"http://a:1": None}
    logins.accepted(A, ANNA)
    assert ring.held == {"http://a:1": ANNA}
    assert logins.is_proved(A, ANNA)
    assert not logins.is_proved(B, ANNA)


async def test_the_keyring_is_asked_once_however_long_it_takes() -> None:
    """A person who unlocks it is asked once; whoever gave up waiting finds the answer the next time."""
    answer: asyncio.Future[Login | None] = asyncio.get_running_loop().create_future()
    asked: list[str] = []

    async def load(proxy: str) -> Login | None:
        asked.append(proxy)
        return await answer

    logins = ProxyLogins(load=load)
    assert await logins.of(A, load=False) is None
    for _ in range(3):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(logins.of(A), 0.01)
    answer.set_result(ANNA)
    assert await logins.of(A) == ANNA
    assert asked == ["http://a:1"]


def test_another_network_has_another_proxy() -> None:
    """Of the same name: what was shown in vain at the one is shown there."""
    logins = ProxyLogins(everywhere=ANNA, now=lambda: 0.0)
    for _ in range(MOST_IN_VAIN):
        assert not logins.rests(A, ANNA)
        logins.shown_in_vain(A, ANNA)
    assert logins.rests(A, ANNA)
    logins.another_network()
    assert not logins.rests(A, ANNA)
