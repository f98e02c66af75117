"""Networks that let a session through: both people stand in such a one, are enrolled from there, and the picture comes."""

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import pytest

from tests.rooms.conftest import World
from tests.support.rooms import gateways
from tests.support.rooms.network import HOST, RELAY, RELAY_V6, Site
from tests.support.squid_settings import ALLOWED

Build = Callable[[Site], AbstractAsyncContextManager[object]]


@dataclass(frozen=True, kw_only=True)
class Way:
    """How a site gets out, and what the name server knows."""

    name: str
    build: Build
    long: bool = False
    names: tuple[str, ...] = ()


@contextlib.asynccontextmanager
async def nothing(_site: Site) -> AsyncIterator[None]:
    """No gateway's doing."""
    yield


def ruled(change: Callable[[Site], object]) -> Build:
    """A gateway that only loads rules, or an address."""

    @contextlib.asynccontextmanager
    async def build(site: Site) -> AsyncIterator[None]:
        change(site)
        yield

    return build


@contextlib.asynccontextmanager
async def logged_in(site: Site, kind: str) -> AsyncIterator[None]:
    """squid that wants a name and a password in one of these ways; they stand in the proxy's address."""
    password = gateways.PASSWORD if kind == "basic" else gateways.SIMPLE
    async with gateways.squid(site, *gateways.login(site, kind, password)) as url:
        site.environ["https_proxy"] = gateways.with_login(url, password)
        yield


@contextlib.asynccontextmanager
async def pac_of_gnome(site: Site) -> AsyncIterator[None]:
    """A PAC file that GNOME's settings alone name."""
    async with gateways.pac_file(site) as url, gateways.desktop_setting(site, mode="auto", autoconfig_url=url):
        yield


@contextlib.asynccontextmanager
async def set_in_gnome(site: Site) -> AsyncIterator[None]:
    """A proxy that GNOME's settings alone name."""
    where = f"{site.gateway_address}:{gateways.PROXY_PORT}"
    async with (
        gateways.squid(site, *ALLOWED, set_here=False),
        gateways.desktop_setting(site, mode="manual", https=where),
    ):
        yield


@contextlib.asynccontextmanager
async def pac_on_the_disk(site: Site) -> AsyncIterator[None]:
    """A PAC file's place on this computer, where a proxy's address belongs."""
    async with gateways.pac_file(site):
        [file] = (site.run.folder / f"pac-{site.number}").glob("*.pac")
        site.environ["https_proxy"] = file.as_uri()
        yield


@contextlib.asynccontextmanager
async def wpad(site: Site) -> AsyncIterator[None]:
    """GNOME is set to find the proxy by itself."""
    async with gateways.found_by_name(site), gateways.desktop_setting(site, mode="auto"):
        yield


@contextlib.asynccontextmanager
async def pac_of_a_variable(site: Site) -> AsyncIterator[None]:
    """A PAC file's address, where a proxy's belongs."""
    async with gateways.pac_file(site) as url:
        site.environ["https_proxy"] = url
        yield


def black_hole_of_v6(site: Site) -> None:
    """IPv6 at the PC, and nothing that it sends comes through."""
    gateways.only_v6(site, keep_v4=True)
    site.filter("table ip6 hole { chain through { type filter hook forward priority 0; policy drop;\n}\n}\n")


def first_addresses_dead(site: Site) -> None:
    """Two of three addresses of the relay answer nobody."""
    site.filter(
        "table inet dead { chain through { type filter hook forward priority 0; policy accept;\n"
        "ip daddr { 203.0.113.66, 203.0.113.67 } drop\n}\n}\n"
    )


BOTH_FAMILIES = (f"--host-record={HOST},{RELAY},{RELAY_V6}",)
THREE = tuple(f"--address=/{HOST}/{address}" for address in (RELAY, "203.0.113.67", "203.0.113.66"))
WAYS = [
    Way(name="nothing in the way", build=nothing),
    Way(name="a translator at home", build=ruled(lambda site: site.filter(gateways.NAT))),
    Way(
        name="443 alone",
        build=ruled(lambda site: site.forward_only("tcp dport 443 accept", "udp dport 53 accept")),
        long=True,
    ),
    Way(name="a proxy alone", build=lambda site: gateways.squid(site, *ALLOWED)),
    Way(name="a proxy with Basic", build=lambda site: logged_in(site, "basic"), long=True),
    Way(name="a proxy with Digest", build=lambda site: logged_in(site, "digest"), long=True),
    Way(name="a proxy with NTLM", build=lambda site: logged_in(site, "ntlm"), long=True),
    Way(name="a proxy with Kerberos", build=gateways.kerberos),
    Way(name="a proxy with Kerberos or NTLM", build=lambda site: logged_in(site, "negotiate ntlm"), long=True),
    Way(
        name="a proxy with Kerberos or NTLM or Basic",
        build=lambda site: logged_in(site, "negotiate ntlm basic"),
        long=True,
    ),
    Way(name="a proxy in GNOME's settings", build=set_in_gnome),
    Way(name="a PAC file in GNOME's settings", build=pac_of_gnome),
    Way(name="a PAC file that is found", build=wpad, long=True),
    Way(name="a PAC file in a variable", build=pac_of_a_variable, long=True),
    Way(name="a PAC file on the disk", build=pac_on_the_disk, long=True),
    Way(name="SOCKS", build=gateways.microsocks, long=True),
    Way(name="SOCKS as GNOME writes it", build=lambda site: gateways.microsocks(site, scheme="socks"), long=True),
    Way(
        name="SOCKS for addresses, two of three dead",
        build=lambda site: gateways.microsocks(site, scheme="socks5", names=True),
        names=THREE,
        long=True,
    ),
    Way(name="SOCKS with a login", build=lambda site: gateways.microsocks(site, login=True)),
    Way(name="Dante", build=gateways.dante, long=True),
    Way(
        name="an inspector that lets WebSocket through",
        build=lambda site: gateways.inspecting_squid(site, websocket=True),
    ),
    Way(name="another inspector", build=gateways.mitmproxy, long=True),
    Way(
        name="an inspector that takes WebSocket away",
        build=lambda site: gateways.inspecting_squid(site, websocket=False),
        long=True,
    ),
    Way(
        name="another inspector that refuses it",
        build=lambda site: gateways.mitmproxy(site, script=gateways.REFUSES_UPGRADES),
        long=True,
    ),
    Way(
        name="80 alone",
        build=ruled(lambda site: site.forward_only("tcp dport 80 accept", "udp dport 53 accept")),
        long=True,
    ),
    Way(name="what is too big is lost", build=ruled(gateways.too_big_is_lost), long=True),
    Way(name="IPv6 alone", build=ruled(gateways.only_v6), names=BOTH_FAMILIES),
    Way(name="IPv6 that leads nowhere", build=ruled(black_hole_of_v6), names=BOTH_FAMILIES, long=True),
    Way(
        name="IPv6 and a translator to IPv4",
        build=gateways.nat64,
        names=(f"--host-record={HOST},2001:db8:64::203.0.113.10",),
        long=True,
    ),
    Way(name="two dead addresses first", build=ruled(first_addresses_dead), names=THREE, long=True),
]


def param(way: Way) -> object:
    """By its name."""
    marks = [pytest.mark.long] if way.long else []
    return pytest.param(way, id=way.name.replace(" ", "-"), marks=marks)


@pytest.mark.parametrize("way", [param(way) for way in WAYS])
async def test_a_session_comes_up(world: World, way: Way) -> None:
    """Enrolled from there, asked from there, accepted from there; the picture is the desktop's."""
    async with world.room(*way.names) as room, contextlib.AsyncExitStack() as stack:
        for site in room.sites:
            await stack.enter_async_context(way.build(site))
        await room.enrol()
        async with room.session():
            print(room.row())
