"""What people and their desktops write into the variables that name a proxy, where only a proxy leads out."""

import asyncio

import pytest

from tests.rooms.conftest import World
from tests.support.rooms import gateways
from tests.support.rooms.people import Person, Room
from tests.support.squid_settings import ALLOWED, USER

PROXY = {
    "upper case": {"HTTPS_PROXY": "http://{where}"},
    "for all": {"ALL_PROXY": "http://{where}"},
    "scheme in upper case": {"https_proxy": "HTTP://{where}"},
    "no scheme": {"https_proxy": "{where}"},
    "slash": {"https_proxy": "http://{where}/"},
    "path": {"https_proxy": "http://{where}/foo?bar"},
    "quotes": {"https_proxy": '"http://{where}"'},
    "typographic quotes": {"https_proxy": "“http://{where}”"},
    "spaces": {"https_proxy": "  http://{where} "},
    "as in Windows": {"https_proxy": "http={where};https={where}"},
    "as in Windows with schemes": {"https_proxy": "http=http://{where};https=http://{where};ftp=nowhere:1"},
    "a list": {"https_proxy": "http://{where},http://{where}"},
    "the first is none that we know": {"https_proxy": "ftp://{where}", "all_proxy": "http://{where}"},
}
LOGIN = {
    "as it is": {"https_proxy": f"http://{USER}:{gateways.PASSWORD}@{{where}}"},
    "no scheme": {"https_proxy": f"{USER}:{gateways.PASSWORD}@{{where}}/"},
    "in quotes": {"https_proxy": f"'http://{USER}:{gateways.PASSWORD}@{{where}}'"},
}
SOCKS = {
    "as GNOME writes it": {"all_proxy": "socks://{where}/"},
    "for https": {"https_proxy": "socks5h://{where}"},
    "in upper case": {"ALL_PROXY": "SOCKS5H://{where}"},
    "as in Windows": {"https_proxy": "socks={where}"},
}
VARIABLES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")


def written(person: Person, values: dict[str, str], where: str) -> None:
    """Nothing else is in the person's environment."""
    for name in VARIABLES:
        person.site.environ.pop(name, None)
    person.site.environ.update({name: value.format(where=where) for name, value in values.items()})


async def each_is_understood(room: Room, forms: dict[str, dict[str, str]], port: int) -> None:
    """Both reach the relay with each of them; there is no other way out."""

    async def tries(person: Person) -> list[str]:
        failed = []
        for form, values in forms.items():
            written(person, values, f"{person.site.gateway_address}:{port}")
            said = await person.says("status")
            failed += [f"{person.role}, {form}: {said.text}"] if said.code else []
        return failed

    failed = await asyncio.gather(*(tries(person) for person in (room.user, room.helper)))
    assert not [one for person in failed for one in person]
    print(f"{len(forms)} forms, both sides")


@pytest.mark.long
async def test_a_proxy(world: World) -> None:
    """Read as it is meant."""
    async with world.room() as room:
        await room.enrol()
        async with gateways.squid(room.user.site, *ALLOWED), gateways.squid(room.helper.site, *ALLOWED):
            await each_is_understood(room, PROXY, gateways.PROXY_PORT)
            async with room.session():
                print(room.row())


@pytest.mark.long
async def test_a_password_with_every_sign(world: World) -> None:
    """Umlauts, blanks, colons, at and per cent signs as they are."""
    async with world.room() as room:
        await room.enrol()
        one, other = ([*gateways.login(site, "basic", gateways.PASSWORD)] for site in room.sites)
        async with gateways.squid(room.user.site, *one), gateways.squid(room.helper.site, *other):
            await each_is_understood(room, LOGIN, gateways.PROXY_PORT)


@pytest.mark.long
async def test_socks(world: World) -> None:
    """Likewise."""
    async with world.room() as room:
        await room.enrol()
        async with gateways.microsocks(room.user.site), gateways.microsocks(room.helper.site):
            await each_is_understood(room, SOCKS, gateways.SOCKS_PORT)


@pytest.mark.long
@pytest.mark.parametrize("language", ["en", "ja"])
async def test_one_that_nobody_understands(world: World, language: str) -> None:
    """It is named with its variable, and does not stand in the way."""
    async with world.room() as room:
        await room.enrol()
        for person in (room.user, room.helper):
            written(person, {"https_proxy": "gopher://proxy:70"}, "")
            said = await person.says("status", language=language)
            assert not said.code, said.text
            said = await person.says("check", language=language)
            print(said.text)
            assert "https_proxy" in said.text
            assert "gopher" not in said.text or "://" in said.text
