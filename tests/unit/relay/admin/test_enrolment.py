"""Whose certificates are kept, and whose are not."""

import os
from collections.abc import Awaitable
from pathlib import Path

import pytest

from common.protocol.certificate_requests import Claims
from common.protocol.computer_claim import ComputerClaim
from common.protocol.identity import Role
from relay.admin.orders import OrderError
from relay.core.ports import EnrolmentError, NotKept
from tests.support.ca import Organisation
from tests.support.relay_in_memory import relay_in_memory

BY = "operator:test"


async def refused(kept: Awaitable[None]) -> NotKept:
    """The code of the EnrolmentError that this ends in."""
    with pytest.raises(EnrolmentError) as caught:
        await kept
    return caught.value.code


async def test_enrolment(tmp_path: Path) -> None:
    """Prepared, then used; the certificate is kept; a renewal is a renewal. Nobody unknown or disabled gets that far."""
    async with relay_in_memory(tmp_path) as relay:
        [account] = (await relay.admin.people.add(roles=[Role.USER], name="Anna", by=BY)).accounts
        await relay.admin.people.prepare_enrolment(account.identifier, by=BY)
        relay.clock.advance(60)
        leaf = relay.organisation.person(Role.USER, "Anna", account.identifier).leaf
        await relay.enrolment.enrolled(leaf)
        [enrolment] = await relay.store.enrolments(account.identifier)
        assert enrolment.used_at == relay.clock.now()
        again = relay.organisation.person(Role.USER, "Anna", account.identifier).leaf
        await relay.enrolment.enrolled(again, renews=leaf)
        assert len(await relay.store.enrolments(account.identifier)) == 1
        assert len(await relay.store.certificates(account.identifier)) == 2
        events = [row.entry.event for row in await relay.store.audit_rows()]
        assert events[1:] == ["account.enrolment_prepared", "account.enrolled", "account.renewed"]
        stranger = relay.organisation.person(Role.USER, "Ben")
        assert await refused(relay.enrolment.enrolled(stranger.leaf)) == NotKept.NO_ACCOUNT
        wrong_role = relay.organisation.person(Role.HELPER, "Anna helper", account.identifier)
        assert await refused(relay.enrolment.enrolled(wrong_role.leaf)) == NotKept.NO_ACCOUNT
        (tmp_path / "other").mkdir()
        foreign = Organisation(tmp_path / "other").person(Role.USER, "Anna", account.identifier)
        assert await refused(relay.enrolment.enrolled(foreign.leaf)) == NotKept.BAD_CERTIFICATE
        assert await refused(relay.enrolment.enrolled(os.urandom(20))) == NotKept.BAD_CERTIFICATE
        await relay.admin.access.disable_account(account.identifier, by=BY)
        assert await refused(relay.enrolment.enrolled(leaf)) == NotKept.ACCOUNT_DISABLED
        with pytest.raises(OrderError) as caught:
            await relay.admin.people.prepare_enrolment(account.identifier, by=BY)
        assert caught.value.code == "order_account_disabled"


async def test_somebody_new_with_a_line_for_many(tmp_path: Path) -> None:
    """By the name that the CA has certified, with the login as external id where it is free; a helper never, nor without claims."""
    async with relay_in_memory(tmp_path) as relay:
        claims = Claims(name="Somebody", login="s123")
        first, second = (relay.organisation.person(Role.USER, name) for name in ("Anna", "Ben"))
        assert await refused(relay.enrolment.enrolled(first.leaf)) == NotKept.NO_ACCOUNT
        await relay.enrolment.enrolled(first.leaf, computer=ComputerClaim(name="PC"), claims=claims)
        await relay.enrolment.enrolled(second.leaf, claims=claims)
        people = {one.person.name: one for one in relay.admin.lookup.all()}
        assert {name: one.person.external_id for name, one in people.items()} == {"Anna": "s123", "Ben": None}
        assert [one.role for one in people["Anna"].accounts] == [Role.USER]
        assert (await relay.connect(first)).welcome is not None
        helper = relay.organisation.person(Role.HELPER, "Eve")
        assert await refused(relay.enrolment.enrolled(helper.leaf, claims=claims)) == NotKept.NO_ACCOUNT
        account = people["Anna"].accounts[0]
        await relay.admin.access.disable_account(account.identifier, by=BY)
        assert await refused(relay.enrolment.enrolled(first.leaf, claims=claims)) == NotKept.ACCOUNT_DISABLED


async def test_nothing_is_kept_that_cannot_be_written(tmp_path: Path) -> None:
    """The agent does not get a certificate that the relay has no record of."""
    async with relay_in_memory(tmp_path) as relay:
        [account] = (await relay.admin.people.add(roles=[Role.USER], name="Anna", by=BY)).accounts
        leaf = relay.organisation.person(Role.USER, "Anna", account.identifier).leaf
        relay.store.broken = True
        assert await refused(relay.enrolment.enrolled(leaf)) == NotKept.UNWRITABLE
        relay.store.broken, relay.store.refusing = False, True
        assert await refused(relay.enrolment.enrolled(leaf)) == NotKept.REFUSED
        assert await relay.store.certificates(account.identifier) == []
