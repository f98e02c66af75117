"""Networks that let nobody through: both people are told what is in the way and what to do next, in their language."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import pytest

from tests.rooms.conftest import World
from tests.support.rooms import gateways
from tests.support.rooms.network import HOST, Site
from tests.support.rooms.portals import portal
from tests.support.squid_settings import ALLOWED

Build = Callable[[Site], AbstractAsyncContextManager[object]]


@dataclass(frozen=True, kw_only=True)
class Wall:
    """What is in the way, and words that tell it, in English and in Japanese."""

    name: str
    build: Build
    english: tuple[str, ...]
    japanese: tuple[str, ...]
    long: bool = False


@contextlib.asynccontextmanager
async def closed(site: Site, *rules: str) -> AsyncIterator[None]:
    """A firewall that lets names be looked up and nothing else."""
    site.forward_only("udp dport 53 accept", *rules)
    yield


@contextlib.asynccontextmanager
async def proxy_not_set(site: Site, kind: str) -> AsyncIterator[None]:
    """Out through a proxy alone, and nobody has said so; outer names are refused, or not answered, or said not to exist."""
    site.cut_off()
    async with contextlib.AsyncExitStack() as stack:
        if kind == "silent":
            site.filter("table inet deaf { chain own { type filter hook input priority 0; policy drop;\n}\n}\n")
        elif kind == "unknown":
            await stack.enter_async_context(gateways.inner_names(site))
        yield


@contextlib.asynccontextmanager
async def said_to_be(site: Site, value: str) -> AsyncIterator[None]:
    """Out through squid alone, and the variable says this of it."""
    async with gateways.squid(site, *ALLOWED) as url:
        site.environ["https_proxy"] = value.format(where=url.removeprefix("http://"))
        yield


@contextlib.asynccontextmanager
async def wants_login(site: Site, login: str) -> AsyncIterator[None]:
    """squid with Basic; what is given is nothing, or wrong."""
    async with gateways.squid(site, *gateways.login(site, "basic", gateways.SIMPLE)) as url:
        site.environ["https_proxy"] = gateways.with_login(url, login) if login else url
        yield


WALLS = [
    Wall(
        name="all dropped", build=closed, english=("443", "firewall"), japanese=("443", "ファイアウォール"), long=True
    ),
    Wall(
        name="all rejected",
        build=lambda site: closed(site, "reject with icmpx admin-prohibited"),
        english=("443", "firewall"),
        japanese=("443", "ファイアウォール"),
    ),
    Wall(
        name="a proxy nobody named, names refused",
        build=lambda site: proxy_not_set(site, "refused"),
        english=("proxy",),
        japanese=("プロキシ",),
    ),
    Wall(
        name="a proxy nobody named, names silent",
        build=lambda site: proxy_not_set(site, "silent"),
        english=("proxy",),
        japanese=("プロキシ",),
        long=True,
    ),
    Wall(
        name="a proxy nobody named, names unknown",
        build=lambda site: proxy_not_set(site, "unknown"),
        english=("proxy",),
        japanese=("プロキシ",),
        long=True,
    ),
    Wall(
        name="a proxy that says no",
        build=lambda site: gateways.squid(site, "http_access deny all"),
        english=("proxy", "403"),
        japanese=("プロキシ", "403"),
        long=True,
    ),
    Wall(
        name="a proxy that wants a login",
        build=lambda site: wants_login(site, ""),
        english=("proxy", "password"),
        japanese=("プロキシ", "パスワード"),
        long=True,
    ),
    Wall(
        name="a proxy that refuses the login",
        build=lambda site: wants_login(site, "wrong"),
        english=("proxy", "password"),
        japanese=("プロキシ", "パスワード"),
        long=True,
    ),
    Wall(
        name="a proxy that is said to be none",
        build=lambda site: said_to_be(site, "none"),
        english=("proxy",),
        japanese=("プロキシ",),
        long=True,
    ),
    Wall(
        name="a proxy that is said to speak TLS",
        build=lambda site: said_to_be(site, "https://{where}"),
        english=("proxy", "http://"),
        japanese=("プロキシ", "http://"),
        long=True,
    ),
    Wall(
        name="SOCKS for addresses and no names",
        build=lambda site: gateways.microsocks(site, scheme="socks5"),
        english=("socks5h",),
        japanese=("socks5h",),
        long=True,
    ),
    Wall(
        name="SOCKS that wants a login",
        build=lambda site: gateways.microsocks(site, login=True, given=""),
        english=("proxy", "password"),
        japanese=("プロキシ", "パスワード"),
        long=True,
    ),
    Wall(
        name="SOCKS that refuses the login",
        build=lambda site: gateways.microsocks(site, login=True, given="wrong"),
        english=("proxy", "password"),
        japanese=("プロキシ", "パスワード"),
        long=True,
    ),
    Wall(
        name="an inspector nobody trusts",
        build=lambda site: gateways.inspecting_squid(site, websocket=True, trusted=False),
        english=("Corp Inspection CA", HOST),
        japanese=("Corp Inspection CA", HOST),
    ),
    Wall(
        name="an inspector that trusts no private relay",
        build=lambda site: gateways.inspecting_squid(site, websocket=True, verifies=True),
        english=("Corp Inspection CA", HOST),
        japanese=("Corp Inspection CA", HOST),
        long=True,
    ),
    Wall(
        name="a portal that answers",
        build=lambda site: portal(site, resets=False),
        english=("sign in",),
        japanese=("サインイン",),
    ),
    Wall(
        name="a portal that resets",
        build=lambda site: portal(site, resets=True),
        english=("sign in",),
        japanese=("サインイン",),
        long=True,
    ),
]


def param(wall: Wall) -> object:
    """By its name."""
    marks = [pytest.mark.long] if wall.long else []
    return pytest.param(wall, id=wall.name.replace(" ", "-").replace(",", ""), marks=marks)


@pytest.mark.parametrize("wall", [param(wall) for wall in WALLS])
async def test_what_is_in_the_way_is_said(world: World, wall: Wall) -> None:
    """By both agents, enrolled elsewhere, with the true cause and the next step."""
    async with world.room() as room, contextlib.AsyncExitStack() as stack:
        await room.enrol()
        for site in room.sites:
            await stack.enter_async_context(wall.build(site))
        asked = [
            (person, language, words)
            for person in (room.user, room.helper)
            for language, words in (("en", wall.english), ("ja", wall.japanese))
        ]
        told = await asyncio.gather(*(person.says("status", language=language) for person, language, _ in asked))
    for (person, _language, words), said in zip(asked, told, strict=True):
        print(f"{person.role}, {said.seconds:.1f} s: {said.text.partition('.pem')[2]}")
        assert said.code == 1
        for word in words:
            assert word in said.text, (word, said.text)
