"""Who says which way to go, in which order, and what is remembered."""

from dataclasses import replace

import pytest

from common.agent.proxy_resolver import ASKED_AGAIN, REMEMBERED, ProxyResolver
from common.host.errors import TasukiError
from common.protocol.proxies import ProxyRoute, ProxyUrl
from common.protocol.proxy_bypass import Bypass
from common.protocol.system_proxies import DETECT, SystemProxy

A, B = ProxyUrl.parse("http://a:1"), ProxyUrl.parse("http://b:2")
SAID_A, SAID_B = (replace(proxy, by_network=True) for proxy in (A, B))
"""By a PAC file that comes without TLS."""


class House:
    """A computer in some network, whose environment names proxies."""

    def __init__(self, named: str = "a:1,b:2", *, own: str = "", system: SystemProxy | None = None) -> None:
        self.network = "home"
        self.time = 0.0
        self.environ = {"https_proxy": named}
        self.system = system
        self.asked: list[str] = []  # of the system, and of PAC files
        self.script: tuple[ProxyRoute, ...] | TasukiError = (A, None)
        self.resolver = ProxyResolver(
            environ=self.environ,
            own=own,
            system=self._ask,
            script=self._run,
            network=lambda: self.network,
            now=lambda: self.time,
        )

    async def _ask(self, _host: str, _port: int) -> SystemProxy | None:
        self.asked.append("system")
        return self.system

    async def _run(self, url: str, _host: str, _port: int) -> tuple[ProxyRoute, ...]:
        self.asked.append(url)
        if isinstance(self.script, TasukiError):
            raise self.script
        return self.script

    async def worked(self, route: ProxyRoute) -> None:
        """It was dialled, and led there."""
        await self.routes()
        self.resolver.worked("relay", 443, route)

    async def routes(self, host: str = "relay") -> list[ProxyRoute]:
        """To the relay."""
        return list(await self.resolver.to(host, 443))


async def test_the_own_setting_and_then_the_environment() -> None:
    """The own setting may change while everything runs."""
    house = House("a:1", own="direct")
    assert await house.routes() == [None]
    house.resolver.own = "http://b:2"
    assert await house.routes() == [B]
    house.resolver.own = ""
    assert await house.routes() == [A, None]


@pytest.mark.parametrize("own", ["http://:x", "gopher://x"])
async def test_a_wrong_setting_of_our_own_is_an_error_at_once(own: str) -> None:
    """Whoever set it can be told."""
    house = House(own=own)
    with pytest.raises(TasukiError) as raised:
        house.resolver.check()
    assert raised.value.code == "proxy_address_wrong"
    with pytest.raises(TasukiError):
        await house.routes()


@pytest.mark.parametrize("named", ["gopher://x", ""])
async def test_there_is_always_a_route(named: str) -> None:
    """Whatever a variable holds."""
    assert await House(named).routes() == [None]


async def test_what_worked_comes_first_in_the_same_network() -> None:
    """In another nothing is known of it, nor where networks cannot be told apart, nor of another address."""
    house = House()
    await house.worked(None)
    assert await house.routes() == [None, A, B]
    assert await house.routes("other") == [A, B, None]
    house.network = "office"
    house.resolver.logins.persons(A, accepted=False)
    assert await house.routes() == [A, B, None]
    assert house.resolver.logins.of_the_person(A) is None  # it may be another proxy of that name
    house.network = ""
    await house.worked(None)
    assert await house.routes() == [A, B, None]


async def test_what_worked_is_remembered_for_a_while() -> None:
    """A proxy that did not answer once is tried first again, however often the other route was gone meanwhile."""
    house = House()
    for _ in range(3):
        await house.worked(None)
        assert await house.routes() == [None, A, B]
        house.time += REMEMBERED / 2.5
    assert await house.routes() == [A, B, None]


async def test_what_is_named_no_longer_is_not_tried() -> None:
    """Nor remembered."""
    house = House()
    await house.worked(B)
    house.environ["https_proxy"] = "a:1"
    assert await house.routes() == [A, None]


PAC = "http://conf/proxy.pac"
FAILED = TasukiError("proxy_script_failed", place=PAC, detail="HTTP 404")


async def test_the_system_is_asked_where_nobody_else_says_anything() -> None:
    """Directly comes behind what it says; hosts that it leaves out are reached without."""
    house = House("", system=SystemProxy(source="GNOME", routes=(B,), bypass=Bypass.parse("*.corp")))
    assert await house.routes() == [B, None]
    assert (await house.resolver.choose("relay", 443)).source == "GNOME"
    assert await house.routes("relay.corp") == [None]
    house.environ["https_proxy"] = "a:1"
    assert await house.routes() == [A, None]
    house.resolver.own = "direct"
    assert await house.routes() == [None]
    assert await House("", system=None).routes() == [None]
    assert await House("", system=SystemProxy(source="GNOME")).routes() == [None]


async def test_its_answer_counts_for_a_while_in_the_same_network() -> None:
    """And in another it is asked anew."""
    house = House("", system=SystemProxy(source="macOS", pac=PAC))
    for _ in range(3):
        assert await house.routes() == [SAID_A, None]
    assert house.asked == ["system", PAC]
    house.time += ASKED_AGAIN
    await house.routes()
    assert house.asked == ["system", PAC] * 2
    house.network = "office"
    await house.routes()
    assert house.asked == ["system", PAC] * 3


async def test_a_pac_file_that_a_variable_names() -> None:
    """It is read as it is meant; directly is tried too. What cannot be had is said, and passed over."""
    house = House(PAC)
    house.script = (B,)
    assert await house.routes() == [SAID_B, None]
    house = House(PAC)
    house.script = FAILED
    choice = await house.resolver.choose("relay", 443)
    assert choice.routes == (None,)
    assert [one.source for one in choice.passed_over] == ["https_proxy"]
    await house.routes()
    assert house.asked == [PAC]


async def test_a_pac_file_that_was_demanded() -> None:
    """It alone says which routes there are, and where it cannot be had that is the error."""
    house = House(own=PAC)
    house.script = (B,)
    assert await house.routes() == [SAID_B]
    house.resolver.check()
    house = House(own=PAC)
    house.script = FAILED
    for _ in range(2):
        with pytest.raises(TasukiError) as raised:
            await house.routes()
        assert raised.value.code == "proxy_script_failed"


async def test_what_is_only_looked_for_is_not_missed() -> None:
    """Most networks have no file to be detected."""
    house = House("", system=SystemProxy(source="Windows", pac=DETECT, routes=(B,)))
    house.script = FAILED
    choice = await house.resolver.choose("relay", 443)
    assert (choice.routes, choice.passed_over) == ((B, None), ())
