"""What is remembered of networks that take upgrades away."""

from common.agent.upgrades import REMEMBERED, KnownUpgrades
from common.protocol.proxies import ProxyValue

PROXY = ProxyValue.parse("http://proxy.example:3128").routes[0]


class World:
    """A network and a clock."""

    def __init__(self) -> None:
        self.network = "192.0.2.1 192.0.2.0/255.255.255.0"
        self.time = 100.0
        self.upgrades = KnownUpgrades(network=lambda: self.network, now=lambda: self.time)


async def test_it_holds_for_that_route_in_that_network_for_a_while() -> None:
    """Then the upgrade is tried again, also where posts went through all the time."""
    world = World()
    assert not await world.upgrades.taken_away(None)
    world.upgrades.learned(PROXY, taken_away=True)
    assert await world.upgrades.taken_away(PROXY)
    assert not await world.upgrades.taken_away(None)
    world.time += REMEMBERED - 1
    world.upgrades.learned(PROXY, taken_away=True)
    assert await world.upgrades.taken_away(PROXY)
    world.time += 1
    assert not await world.upgrades.taken_away(PROXY)
    world.upgrades.learned(PROXY, taken_away=True)
    world.network = "198.51.100.1 198.51.100.0/255.255.255.0"
    assert not await world.upgrades.taken_away(PROXY)


async def test_an_upgrade_that_came_through_says_more() -> None:
    """What was remembered of that route is forgotten."""
    world = World()
    world.upgrades.learned(None, taken_away=True)
    world.upgrades.learned(None, taken_away=False)
    assert not await world.upgrades.taken_away(None)


async def test_networks_that_cannot_be_told_from_each_other_count_as_one() -> None:
    """For as long as any: posts get through everywhere."""
    world = World()
    world.network = ""
    world.upgrades.learned(None, taken_away=True)
    assert await world.upgrades.taken_away(None)
    world.time += REMEMBERED
    assert not await world.upgrades.taken_away(None)
