"""The computers that there are, and the one that was stolen: out at once, and nobody else with it."""

from pathlib import Path

import pytest

from common.protocol.computer_claim import ComputerClaim
from common.protocol.identity import Role
from common.protocol.messages import Code, Ended, Refused, ToAnyone
from common.protocol.reasons import Why
from relay.admin.orders import OrderError
from relay.core.records import AccountRecord, RevocationRecord
from relay.matching.revocations import NotRevokedError
from relay.store.null import NullStore
from tests.support.relay_in_memory import Agent, RelayInMemory, relay_in_memory

BY = "operator:test"
LAPTOP = ComputerClaim(name="Laptop-7", system="Windows 11", version="0.1.0")


async def silent(_record: RevocationRecord) -> None:
    """A CA that does not answer."""
    raise NotRevokedError("unavailable")


async def at(relay: RelayInMemory, account: AccountRecord, claim: ComputerClaim) -> Agent:
    """An agent of this account on a computer that it says is this one."""
    agent = Agent(relay, relay.organisation.person(account.role, account.name, account.identifier))
    agent.identify(computer=claim)
    await relay.settle()
    return agent


async def refused(relay: RelayInMemory, which: str, who: str = "") -> OrderError:
    """Why it is not done."""
    with pytest.raises(OrderError) as caught:
        await relay.admin.computers.revoke(which, who=who, by=BY)
    assert str(caught.value)
    return caught.value


async def test_each_computer_by_what_its_agent_says(tmp_path: Path) -> None:
    """Name, system, version, whose, and when it was last here; a number that stays; who says nothing has a version at least."""
    async with relay_in_memory(tmp_path) as relay:
        anna, _ = await relay.person(Role.USER, "Anna")
        hana, _ = await relay.person(Role.HELPER, "Hana")
        laptop = await at(relay, anna, LAPTOP)
        old = Agent(relay, relay.organisation.person(Role.HELPER, "Hana", hana.identifier))
        old.identify(agent="tasuki-helper/0.0.9")
        await relay.settle()
        laptop.cut()
        relay.clock.advance(60)
        first, second = await relay.admin.computers.all()
        assert (first.number, first.name, first.system, first.version) == (1, "Laptop-7", "Windows 11", "0.1.0")
        assert (first.person_name, first.role, first.connected) == ("Anna", Role.USER, False)
        assert (second.number, second.name, second.version, second.connected) == (2, "", "0.0.9", True)
        assert second.seen_at == relay.clock.now()
        assert [one.number for one in await relay.admin.computers.all(who="Hana")] == [2]
        with pytest.raises(OrderError, match="Nobody"):
            await relay.admin.computers.all(who="Nobody")


async def test_a_renewed_certificate_is_on_the_same_computer(tmp_path: Path) -> None:
    """One line for both, and both are out."""
    async with relay_in_memory(tmp_path) as relay:
        anna, _ = await relay.person(Role.USER, "Anna")
        first = relay.organisation.person(Role.USER, "Anna", anna.identifier)
        await relay.enrolment.enrolled(first.leaf, computer=LAPTOP)
        relay.clock.advance(1)
        second = relay.organisation.person(Role.USER, "Anna", anna.identifier)
        await relay.enrolment.enrolled(second.leaf, renews=first.leaf)
        [one] = await relay.admin.computers.all()
        assert (one.number, one.name, one.serial) == (
            1,
            "Laptop-7",
            (await relay.store.certificates(anna.identifier))[-1].serial,
        )
        relay.hub.revocations.by(silent)
        await relay.admin.computers.revoke("1", by=BY)
        for identity in (first, second):
            again = Agent(relay, identity)
            again.identify()
            assert again.the(Refused).reason == Code.CERTIFICATE_REVOKED
            assert relay.enrolment.is_barred(identity.leaf)
        third = relay.organisation.person(Role.USER, "Anna", anna.identifier)
        await relay.enrolment.enrolled(third.leaf, renews=second.leaf)  # the CA had made it a moment before
        assert relay.enrolment.is_barred(third.leaf)
        assert len(await relay.store.owed_revocations()) == 1


async def test_a_stolen_laptop_is_out_though_the_ca_does_not_answer(tmp_path: Path) -> None:
    """In the middle of a session; the same person's other computer goes on; after a restart of the relay it is still out."""
    async with relay_in_memory(tmp_path) as relay:
        relay.hub.revocations.by(silent)
        hana, _ = await relay.person(Role.HELPER, "Hana")
        laptop = await at(relay, hana, LAPTOP)
        session = await relay.active(await relay.agent(Role.USER, "Anna"), laptop, ToAnyone())
        desk = await at(relay, hana, ComputerClaim(name="Desk"))
        one = await relay.admin.computers.revoke("laptop-7", by=BY)
        assert one.state == "revocation owed"
        assert Ended(session=session, why=Why.REVOKED) in laptop.heard(Ended)
        assert laptop.the(Refused).reason == Code.CERTIFICATE_REVOKED
        assert not desk.heard(Refused)
        assert [each.name for each in await relay.admin.computers.all(who="Hana")] == ["Desk"]
        states = [each.state for each in await relay.admin.computers.all(who="Hana", everything=True)]
        assert states == ["revocation owed", ""]
        assert (
            await relay.admin.computers.revoke("Laptop-7", by=BY)
        ).state == "revocation owed"  # and nothing more is owed
        assert len(await relay.store.owed_revocations()) == 1
        events = [row.entry.event for row in await relay.store.audit_rows()]
        assert events.count("computer.revoked") == 1
        await relay.restart()
        assert laptop.identity is not None
        again = Agent(relay, laptop.identity)
        again.identify()
        assert again.the(Refused).reason == Code.CERTIFICATE_REVOKED
        asked: list[RevocationRecord] = []

        async def answers(record: RevocationRecord) -> None:
            asked.append(record)

        relay.hub.revocations.by(answers)
        await relay.settle()
        assert [record.serial for record in asked] == [one.serial]
        assert await relay.store.owed_revocations() == []
        states = [each.state for each in await relay.admin.computers.all(who="Hana", everything=True)]
        assert states == ["revoked", ""]


async def test_which_one_is_meant(tmp_path: Path) -> None:
    """Two of one name, and one whose name is another's number: nothing is done, and the sentence names them."""
    async with relay_in_memory(tmp_path) as relay:
        anna, _ = await relay.person(Role.USER, "Anna")
        ben, _ = await relay.person(Role.USER, "Ben")
        for account, name in ((anna, "PC"), (ben, "pc"), (ben, "1")):
            await at(relay, account, ComputerClaim(name=name))
        for which, named in (("PC", ("#1 (PC, Anna)", "#2 (pc, Ben)")), ("1", ("#1 (PC, Anna)", "#3 (1, Ben)"))):
            error = await refused(relay, which)
            assert error.code == "order_computer_ambiguous"
            assert all(one in str(error) for one in named)
        assert (await refused(relay, "Nothing")).code == "order_no_computer"
        assert (await refused(relay, "#9")).code == "order_no_computer"
        assert (await refused(relay, "1", "Anna Other")).code == "order_no_person"
        assert await relay.store.owed_revocations() == []
        assert (await relay.admin.computers.revoke("pc", who="Ben", by=BY)).number == 2
        assert (await relay.admin.computers.revoke("#1", by=BY)).number == 1
        assert (await relay.admin.computers.revoke("1", by=BY)).number == 3  # the other one is out already


async def test_nothing_is_out_that_cannot_be_written_down(tmp_path: Path) -> None:
    """Else a restart would let it in again."""
    async with relay_in_memory(tmp_path) as relay:
        assert isinstance(relay.store, NullStore)
        anna, _ = await relay.person(Role.USER, "Anna")
        laptop = await at(relay, anna, LAPTOP)
        relay.store.broken = True
        assert (await refused(relay, "1")).code == "order_unwritable"
        assert not laptop.heard(Refused)
        assert not relay.hub.revocations.barred
