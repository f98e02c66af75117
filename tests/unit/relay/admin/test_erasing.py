"""Who may be erased, when, and what an operator hears where it cannot be done."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from common.protocol.identity import Role
from common.protocol.messages import ToAnyone
from common.protocol.reasons import Why
from relay.admin.lookup import PersonNow
from relay.admin.orders import OrderError
from relay.core.records import ERASED
from relay.core.storing import StoreUnavailableError
from relay.matching.revocations import NotRevokedError
from tests.support.relay_in_memory import RelayInMemory, relay_in_memory

BY = "operator:test"
A_DAY = 86400.0


async def refused(order: Awaitable[object]) -> str:
    """The code of the OrderError that this order ends in; its text must be a sentence."""
    with pytest.raises(OrderError) as caught:
        await order
    assert str(caught.value)
    return caught.value.code


def on_list(relay: RelayInMemory) -> list[tuple[str, bool]]:
    """Who is on the list, and whether the files are cleared."""
    return [(one.person, one.cleared) for one in relay.erased.people]


async def answered(_record: object) -> None:
    """A CA that does what it is asked."""


async def not_answered(_record: object) -> None:
    """One that does not."""
    raise NotRevokedError("unavailable")


@asynccontextmanager
async def somebody_left(tmp_path: Path) -> AsyncIterator[tuple[RelayInMemory, PersonNow]]:
    """Somebody has left just now, and the CA has answered."""
    async with relay_in_memory(tmp_path) as relay:
        relay.hub.revocations.by(answered)
        hana = await relay.admin.people.add(name="Hana", roles=list(Role), by=BY)
        await relay.admin.access.leave(hana.person.identifier, by=BY)
        await relay.settle()
        yield relay, hana


async def test_a_day_later(tmp_path: Path) -> None:
    """Not who is here, nor within a day of leaving or of the CA's answer, whatever the CA's own command says; then at once, and again."""
    async with relay_in_memory(tmp_path) as relay:
        relay.hub.revocations.by(not_answered)
        hana = await relay.admin.people.add(name="Hana", roles=[Role.USER], by=BY)
        person, erase = hana.person.identifier, relay.admin.erasing.erase
        assert await refused(erase(person, by=BY)) == "order_not_left"
        await relay.admin.access.leave(person, by=BY)
        await relay.settle()
        assert await refused(erase(person, by=BY)) == "order_revocation_owed"
        await relay.advance(A_DAY)
        relay.hub.revocations.by(answered)
        await relay.advance(relay.timing.revocation_retry + 1)
        assert await refused(erase(person, by=BY)) == "order_erase_too_soon"
        assert await refused(relay.admin.erasing.look(person)) == "order_erase_too_soon"
        assert on_list(relay) == []
        await relay.advance(A_DAY - relay.timing.revocation_retry - 10)
        assert await refused(erase(person, by=BY)) == "order_erase_too_soon"
        await relay.advance(relay.timing.revocation_retry + 10)
        found = await relay.admin.erasing.look(person, ["Hana before"])
        assert (found.names, found.name) == (("Hana", "Hana before"), "Hana")
        done = await erase(person, by=BY)
        assert (done.erasure.names, done.cleared) == (("Hana",), True)
        assert on_list(relay) == [(person, True)]
        assert (await erase(person, by=BY)).erasure.names == ()
        rows = [row for row in await relay.store.audit_rows() if row.entry.event == ERASED]
        assert [row.entry.actor for row in rows] == [BY, BY]


async def test_a_list_that_cannot_be_written(tmp_path: Path) -> None:
    """Nothing is done then, and nothing looked at."""
    async with somebody_left(tmp_path) as (relay, hana):
        await relay.advance(A_DAY)
        relay.erased.broken = True
        assert await refused(relay.admin.erasing.look(hana.person.identifier)) == "order_erase_other_user"
        assert await refused(relay.admin.erasing.erase(hana.person.identifier, by=BY)) == "order_erase_other_user"
        assert relay.admin.lookup.person(hana.person.identifier).name == "Hana"


async def test_records_that_cannot_be_written(tmp_path: Path) -> None:
    """It is on the list then, for the next start, and the operator hears that; the same again does it."""
    async with somebody_left(tmp_path) as (relay, hana):
        await relay.advance(A_DAY)
        person = hana.person.identifier
        relay.store.broken = True
        assert await refused(relay.admin.erasing.erase(person, by=BY)) == "order_erase_waits"
        assert on_list(relay) == [(person, False)]
        assert relay.admin.lookup.person(person).name == "Hana"
        relay.store.broken = False
        assert (await relay.admin.erasing.erase(person, by=BY)).cleared
        assert on_list(relay) == [(person, True)]


async def test_files_that_cannot_be_cleared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was done all the same: no order fails after that, and the list has it for the next start."""
    async with somebody_left(tmp_path) as (relay, hana):
        await relay.advance(A_DAY)

        async def clear() -> bool:
            raise StoreUnavailableError("no room")

        monkeypatch.setattr(relay.store, "clear", clear)
        done = await relay.admin.erasing.erase(hana.person.identifier, by=BY)
        assert not done.cleared
        assert relay.admin.lookup.person(hana.person.identifier).erased
        assert on_list(relay) == [(hana.person.identifier, False)]


async def test_counts_that_come_late(tmp_path: Path) -> None:
    """Byte counts of a session that has ended bring no name back."""
    async with relay_in_memory(tmp_path) as relay:
        relay.hub.revocations.by(answered)
        hana, identity = await relay.person(Role.HELPER, "Hana")
        helper = await relay.connect(identity)
        session = await relay.active(await relay.agent(Role.USER, "Anna"), helper, ToAnyone())
        await relay.admin.access.leave(hana.person, by=BY)
        await relay.settle()
        await relay.advance(A_DAY + 10)
        await relay.admin.erasing.erase(hana.person, by=BY)
        relay.dataplane.over(session, Why.CUT, 7, 8)
        await relay.settle()
        [one] = await relay.store.sessions(limit=9)
        assert (one.helper.name, one.user.name) == ("", "Anna")
