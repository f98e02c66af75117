"""When computers were last here: never older in the store than promised, and written seldom."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from common.protocol.computer_claim import ComputerClaim
from common.protocol.identity import Role
from relay.matching.computers import AT_ONCE
from relay.store.null import NullStore
from tests.support.relay_in_memory import relay_in_memory

PROMISED = timedelta(minutes=5)


class CountingStore(NullStore):
    """It counts its transactions."""

    def __init__(self) -> None:
        super().__init__()
        self.writes = 0

    async def write(self, work: Any) -> Any:
        """See Store."""
        self.writes += 1
        return await super().write(work)


async def test_at_most_five_minutes_old(tmp_path: Path) -> None:
    """Of who is here, of who has left since, and after the relay has stopped; hundreds are one transaction."""
    store = CountingStore()
    async with relay_in_memory(tmp_path, make_store=lambda: store) as relay:
        here, _ = await relay.person(Role.USER, "Anna")
        left, _ = await relay.person(Role.USER, "Ben")
        agents = [
            await relay.connect(relay.organisation.person(Role.USER, one.name, one.identifier)) for one in (here, left)
        ]
        writes = store.writes
        for _ in range(10):
            await relay.advance(60)
            [certificate] = await store.certificates(here.identifier)
            assert relay.clock.now() - certificate.seen_at <= PROMISED
        assert store.writes - writes == 2
        agents[1].cut()
        gone = relay.clock.now()
        await relay.advance(PROMISED.total_seconds())
        [certificate] = await store.certificates(left.identifier)
        assert certificate.seen_at == gone
        await relay.advance(100)
        await relay.matching.stop()
        [certificate] = await store.certificates(here.identifier)
        assert certificate.seen_at == relay.clock.now()


async def test_what_it_says_of_itself_is_written_once(tmp_path: Path) -> None:
    """Coming back changes nothing; a newer version is written at once."""
    store = CountingStore()
    async with relay_in_memory(tmp_path, make_store=lambda: store) as relay:
        anna, _ = await relay.person(Role.USER, "Anna")
        identity = relay.organisation.person(Role.USER, "Anna", anna.identifier)
        versions = []
        for version in ("1.0", "1.0", "1.1"):
            before = store.writes
            agent = await relay.connect(identity, computer=ComputerClaim(name="PC", version=version))
            await relay.settle()
            agent.cut()
            [certificate] = await store.certificates(anna.identifier)
            versions.append((certificate.version, certificate.computer, store.writes - before))
        assert versions == [("1.0", 1, 1), ("1.0", 1, 0), ("1.1", 1, 1)]


async def test_a_store_that_fails_loses_nothing(tmp_path: Path) -> None:
    """What could not be written is written once it can be again; one transaction never has more than a few hundred."""
    assert AT_ONCE <= 500
    store = NullStore()
    async with relay_in_memory(tmp_path, make_store=lambda: store) as relay:
        anna, _ = await relay.person(Role.USER, "Anna")
        agent = await relay.connect(relay.organisation.person(Role.USER, "Anna", anna.identifier))
        await relay.settle()
        relay.clock.advance(100)
        agent.cut()
        gone = relay.clock.now()
        store.broken = True
        await relay.advance(300)
        store.broken = False
        await relay.advance(relay.timing.store_probe + 1)
        [certificate] = await store.certificates(anna.identifier)
        assert certificate.seen_at == gone
