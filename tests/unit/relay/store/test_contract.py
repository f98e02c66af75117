"""What every store keeps: one body, run over the one on SQLite and the null one."""

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from common.protocol.identity import Role
from common.protocol.messages import Mode, Request, ToAnyone, ToGroup, ToHelper
from common.protocol.reasons import Why
from relay.core import requests
from relay.core.life import Transition
from relay.core.records import (
    AuditEntry,
    CertificateRecord,
    EnrolmentRecord,
    GroupRecord,
    HeadRecord,
    PersonRecord,
    RequestState,
    RevocationRecord,
    SessionRecord,
)
from relay.core.storing import ConflictError, Store, StoreUnavailableError, Unit, erase_person
from relay.store.null import NullStore
from tests.support.clock import START
from tests.support.people import ANNA, BEN, DESK, HANA, HIRO, account, participant, put_account, uri
from tests.support.stores import store_in

LIFE = requests.ask(
    user=participant(ANNA), message=Request(request="a" * 32, to=ToAnyone(), mode=Mode.VIEW), now=START
).life
Opener = Callable[[], AbstractAsyncContextManager[Store]]


@pytest.fixture(params=["sqlite", "null"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    """A function that gives an open store, closed after use."""

    @contextlib.asynccontextmanager
    async def open_one() -> AsyncIterator[Store]:
        store: Store = NullStore() if request.param == "null" else await store_in(tmp_path / "relay.db")
        try:
            for one in (ANNA, BEN, HANA, HIRO):
                await store.write(lambda unit, one=one: put_account(unit, one))  # type: ignore[misc]
            yield store
        finally:
            await store.close()

    return open_one


def put(transition: Transition) -> Callable[[Unit], None]:
    """Write what a transition wants written."""

    def work(unit: Unit) -> None:
        if transition.changed:
            unit.put_request(transition.life.request)
        if transition.session is not None:
            unit.put_session(transition.session)
        for entry in transition.entries:
            unit.audit(entry)

    return work


def entry(number: int) -> AuditEntry:
    """Something that happened."""
    facts: dict[str, str | int | None] = {"é": "日本", "n": number, "none": None}
    return AuditEntry(at=START + timedelta(microseconds=number), actor="a", event="e", subject="s", facts=facts)


async def test_accounts(opened: Opener) -> None:
    """Accounts come back as they went in, oldest first; put again they are changed, not doubled."""
    async with opened() as store:
        changed = replace(
            HANA,
            languages=("ja", "en"),
            skills=("printers",),
            disabled_at=START + timedelta(hours=1),
            disabled_by_list=True,
        )
        await store.write(lambda unit: put_account(unit, changed))
        assert list(await store.accounts()) == [ANNA, BEN, changed, HIRO]


async def test_people(opened: Opener) -> None:
    """They come back as they went in; an external id is one person's, and so is each role; who has accounts stays."""
    async with opened() as store:
        person = PersonRecord(
            identifier="p", name="Anna", created_at=START, external_id="17", department="営業部", note="n"
        )
        await store.write(lambda unit: unit.put_person(person))
        changed = replace(person, email="anna@example.org", left_at=START + timedelta(hours=1), left_by_list=True)
        await store.write(lambda unit: unit.put_person(changed))
        assert [one for one in await store.people() if one.identifier == "p"] == [changed]
        for wrong in (
            lambda unit: unit.put_person(replace(person, identifier="q")),
            lambda unit: unit.put_account(replace(HANA, identifier="other")),
            lambda unit: unit.put_account(replace(HANA, person="nobody")),
            lambda unit: unit.remove_person(HANA.person),
        ):
            with pytest.raises(ConflictError):
                await store.write(wrong)
        twin = account(51, Role.USER, "Anna")
        await store.write(lambda unit: put_account(unit, twin))
        assert twin in await store.accounts()
        await store.write(lambda unit: unit.put_account(replace(twin, person="p")))
        await store.write(lambda unit: unit.remove_person(twin.person))
        await store.write(lambda unit: unit.remove_person(twin.person))
        assert {one.identifier for one in await store.people()} == {
            "p",
            *(one.person for one in (ANNA, BEN, HANA, HIRO)),
        }


async def test_revocations(opened: Opener) -> None:
    """Owed until they are done, oldest first; of accounts that are there."""
    async with opened() as store:
        owed = [
            RevocationRecord(
                identifier=str(number),
                account=ANNA.identifier,
                serial="1f" * number,
                asked_at=START + timedelta(number),
            )
            for number in range(3)
        ]
        for one in reversed(owed):
            await store.write(lambda unit, one=one: unit.put_revocation(one))  # type: ignore[misc]
        assert list(await store.owed_revocations()) == owed
        await store.write(lambda unit: unit.put_revocation(replace(owed[0], done_at=START)))
        assert list(await store.owed_revocations()) == owed[1:]
        with pytest.raises(ConflictError):
            await store.write(lambda unit: unit.put_revocation(replace(owed[0], account="nobody")))


async def test_groups(opened: Opener) -> None:
    """A group has exactly the members, askers and rules put last; both must be accounts; removing twice is fine."""
    async with opened() as store:
        await store.write(lambda unit: unit.put_group(DESK))
        assert list(await store.groups()) == [DESK]
        fewer = replace(DESK, members=frozenset({HIRO.identifier}))
        await store.write(lambda unit: unit.put_group(fewer))
        empty = GroupRecord(name="Attic", created_at=START)
        await store.write(lambda unit: unit.put_group(empty))
        assert list(await store.groups()) == [empty, fewer]
        with pytest.raises(ConflictError):
            await store.write(lambda unit: unit.put_group(replace(DESK, members=frozenset({"nobody"}))))
        assert list(await store.groups()) == [empty, fewer]
        ruled = replace(
            fewer,
            restricted=True,
            askers=frozenset({ANNA.identifier, BEN.identifier}),
            most=Mode.VIEW,
            hours=("Mon-Fri 09:00-17:00",),
            time_zone="Asia/Tokyo",
        )
        for one in (ruled, replace(ruled, askers=frozenset())):
            await store.write(lambda unit, one=one: unit.put_group(one))  # type: ignore[misc]
            assert list(await store.groups()) == [empty, one]
        with pytest.raises(ConflictError):
            await store.write(lambda unit: unit.put_group(replace(ruled, askers=frozenset({"nobody"}))))
        await store.write(lambda unit: unit.put_group(ruled))
        for _ in range(2):
            await store.write(lambda unit: unit.remove_group("Desk"))
        assert list(await store.groups()) == [empty]


async def test_a_group_with_another_name(opened: Opener) -> None:
    """Members, askers, rules and the requests that were asked of it are the new one's; the old one is gone; a name that is taken is a conflict."""
    async with opened() as store:
        old = GroupRecord(
            name="Desk",
            created_at=START,
            members=frozenset({HANA.identifier}),
            restricted=True,
            askers=frozenset({ANNA.identifier}),
        )
        other = GroupRecord(name="Other", created_at=START)
        asked = replace(LIFE.request, to=ToGroup(group="Desk"))

        def change(unit: Unit) -> None:
            unit.put_group(old)
            unit.put_group(other)
            unit.put_request(asked)

        await store.write(change)
        with pytest.raises(ConflictError):
            await store.write(lambda unit: unit.rename_group("Desk", replace(old, name="Other")))
        assert list(await store.groups()) == [old, other]
        new = replace(old, name="Tisch")
        await store.write(lambda unit: unit.rename_group("Desk", new))
        assert list(await store.groups()) == [other, new]
        assert [one.to for one in await store.requests(limit=9)] == [ToGroup(group="Tisch")]


async def test_enrolments_and_certificates(opened: Opener) -> None:
    """Kept by account; an account that is not there is a conflict."""
    async with opened() as store:
        enrolment = EnrolmentRecord(account=ANNA.identifier, created_at=START)
        used = replace(enrolment, used_at=START + timedelta(minutes=1))
        certificate = CertificateRecord(
            fingerprint="f" * 64, account=ANNA.identifier, serial="1f", not_after=START, seen_at=START
        )
        for one in (enrolment, used):
            await store.write(lambda unit, one=one: unit.put_enrolment(one))  # type: ignore[misc]
        await store.write(lambda unit: unit.put_certificate(certificate))
        assert list(await store.enrolments(ANNA.identifier)) == [used]
        assert list(await store.certificates(ANNA.identifier)) == [replace(certificate, computer=1)]
        assert list(await store.certificates(BEN.identifier)) == []
        with pytest.raises(ConflictError):
            await store.write(lambda unit: unit.put_enrolment(replace(enrolment, account="nobody")))


async def test_a_computer_keeps_its_number(opened: Opener) -> None:
    """Each new one gets the next, also several at once; a renewed certificate has the one before's; putting it again changes none."""
    async with opened() as store:
        first, second, third = (
            CertificateRecord(
                fingerprint=letter * 64,
                account=ANNA.identifier,
                serial=letter,
                not_after=START + timedelta(days=30 - number),
                seen_at=START,
            )
            for number, letter in enumerate("abc")
        )

        def both(unit: Unit) -> None:
            unit.put_certificate(first)
            unit.put_certificate(second)

        await store.write(both)
        await store.write(lambda unit: unit.put_certificate(replace(third, computer=2)))
        said = replace(first, computer_name="PC", system="Windows", version="1.0")
        await store.write(lambda unit: unit.put_certificate(said))
        await store.write(lambda unit: unit.put_certificate(replace(said, computer=7)))
        later = START + timedelta(minutes=4)
        await store.write(lambda unit: unit.note_seen({first.fingerprint: later, "0" * 64: later}))
        numbered = [
            replace(said, computer=1, seen_at=later),
            replace(third, computer=2),
            replace(second, computer=2),
        ]
        assert list(await store.all_certificates()) == numbered
        assert [one.serial for one in await store.certificates(ANNA.identifier)] == ["c", "b", "a"]


@pytest.mark.parametrize("to", [ToHelper(uri=uri(HANA)), ToGroup(group="Desk"), ToAnyone()])
async def test_a_request_and_its_session(opened: Opener, to: ToHelper | ToGroup | ToAnyone) -> None:
    """Every field of every state comes back; open ones are found until they are over."""
    async with opened() as store:
        message = Request(request="a" * 32, to=to, mode=Mode.CONTROL, topic="プリンタ", inventory={"os": "Debian"})
        transition = requests.ask(user=participant(ANNA), message=message, now=START)
        await store.write(put(transition))
        assert list(await store.open_requests()) == [transition.life.request]
        transition = requests.step(transition.life, lambda machine: machine.declined(participant(HIRO), START))
        await store.write(put(transition))
        assert list(await store.open_requests()) == [transition.life.request]
        transition = requests.step(
            transition.life, lambda machine: machine.accepted(participant(HANA), "b" * 32, True, START)
        )
        await store.write(put(transition))
        assert list(await store.open_sessions()) == [transition.life.session]
        assert await store.write(lambda unit: unit.request("a" * 32)) == transition.life.request
        transition = requests.step(transition.life, lambda machine: machine.session_ended("x", Why.TAMPERED, START))
        await store.write(put(transition))
        assert list(await store.open_requests()) == []
        assert list(await store.open_sessions()) == []
        assert list(await store.requests(limit=10)) == [transition.life.request]
        assert list(await store.sessions(limit=10)) == [transition.session]
        assert (await store.requests(limit=10))[0].state is RequestState.OVER
        assert list(await store.requests(limit=10, before=START)) == []
        assert list(await store.sessions(limit=10, before=START)) == []
        assert await store.write(lambda unit: unit.request("c" * 32)) is None
        assert [row.entry.event for row in await store.audit_rows()] == [
            "request.waiting",
            "request.declined",
            "request.granted",
            "request.over",
        ]


async def test_returning_commits_raising_rolls_back(opened: Opener) -> None:
    """What a unit returns comes back after the commit; when it raises nothing of it stays, and the raised thing comes out."""
    async with opened() as store:

        def fail(unit: Unit) -> None:
            unit.put_group(DESK)
            unit.audit(entry(1))
            raise LookupError("no")

        with pytest.raises(LookupError, match="no"):
            await store.write(fail)
        assert list(await store.groups()) == []
        assert list(await store.audit_rows()) == []
        assert await store.write(lambda _: 7) == 7
        assert store.writable


async def test_the_chain(opened: Opener) -> None:
    """Rows are numbered from 1, each holds the digest of the one before, and the whole verifies."""
    async with opened() as store:
        for numbers in ((1,), (2, 3)):
            entries = tuple(entry(one) for one in numbers)
            await store.write(put(Transition(life=LIFE, entries=entries)))
        found = await store.audit_rows()
        assert [row.number for row in found] == [1, 2, 3]
        assert [row.entry for row in found] == [entry(1), entry(2), entry(3)]
        assert found[0].previous == bytes(32)
        assert [row.previous for row in found[1:]] == [row.digest for row in found[:-1]]
        assert list(await store.audit_rows(after=1, limit=1)) == [found[1]]
        verdict = await store.verify_audit()
        assert (verdict.holds, verdict.rows, verdict.head) == (True, 3, found[2].digest)


async def test_names_beside_the_chain(opened: Opener) -> None:
    """A row has a digest for what each account in it was called then: the same while the name is, another after a new one."""
    async with opened() as store:
        about = AuditEntry(at=START, actor=uri(HANA), event="e", subject="s", facts={"user": uri(ANNA), "more": "x"})
        await store.write(lambda unit: unit.audit(about))

        def renamed(unit: Unit) -> None:
            unit.put_account(replace(HANA, name="Hana Two"))
            unit.audit(about)

        await store.write(renamed)
        await store.write(lambda unit: unit.audit(about))
        await store.write(lambda unit: unit.audit(replace(about, actor="relay", facts={})))
        rows = await store.audit_rows()
        assert [row.version for row in rows] == [2] * 4
        assert [set(row.names) for row in rows] == [{ANNA.identifier, HANA.identifier}] * 3 + [set()]
        hana, anna = ([row.names[one.identifier] for row in rows[:3]] for one in (HANA, ANNA))
        assert anna[0] == anna[1] == anna[2] != hana[0]
        assert hana[0] != hana[1] == hana[2]
        assert (await store.verify_audit()).holds


async def test_heads(opened: Opener) -> None:
    """By number; those that wait are told from those that were signed or refused, and the newest from all."""
    async with opened() as store:
        assert await store.audit_end() is None
        assert list(await store.heads(newest=True)) == []
        await store.write(lambda unit: unit.audit(entry(1)))
        [row] = await store.audit_rows()
        assert await store.audit_end() == (1, row.digest)
        heads = [HeadRecord(number=number, digest=bytes([number]) * 32, at=START) for number in (1, 5, 9)]
        for one in reversed(heads):
            await store.write(lambda unit, one=one: unit.put_head(one))  # type: ignore[misc]
        assert list(await store.heads()) == heads
        signed, refused = replace(heads[0], document=b"{}"), replace(heads[2], refused="head_lower")
        for one in (signed, refused):
            await store.write(lambda unit, one=one: unit.put_head(one))  # type: ignore[misc]
        assert list(await store.heads(waiting=True)) == [heads[1]]
        assert list(await store.heads(newest=True)) == [refused]
        assert list(await store.heads()) == [signed, heads[1], refused]


async def test_erased(opened: Opener) -> None:
    """No name of theirs in anything that is read; who they were with keeps theirs, and the log says that it was done."""
    async with opened() as store:
        about = AuditEntry(at=START, actor=uri(ANNA), event="e", subject="s")
        request = requests.ask(
            user=participant(ANNA),
            message=Request(request="a" * 32, to=ToAnyone(), mode=Mode.VIEW, topic="a printer"),
            now=START,
        ).life.request
        over = replace(request, state=RequestState.OVER, over_at=START, why=Why.CANCELLED)
        session = SessionRecord(
            identifier="b" * 32, request="a" * 32, user=participant(ANNA), helper=participant(HANA), mode=Mode.VIEW,
            granted_at=START, ended_at=START, why=Why.HELPER_ENDED,
        )  # fmt: skip
        await store.write(lambda unit: unit.audit(about))
        await store.write(lambda unit: unit.put_request(over))
        await store.write(lambda unit: unit.put_session(session))
        hers = CertificateRecord(
            fingerprint="f" * 64, account=ANNA.identifier, serial="1f", not_after=START, seen_at=START,
            computer=1, computer_name="Anna's", system="of Anna", version="1",
        )  # fmt: skip
        await store.write(lambda unit: unit.put_certificate(hers))
        entry = AuditEntry(at=START, actor="operator:root", event="person.erased", subject=ANNA.person)
        done = await erase_person(store, ANNA.person, (ANNA.identifier,), entry)
        assert (done.names, done.requests, done.sessions, done.beside, done.rows) == (("Anna",), 1, 1, 1, ())
        await store.clear()
        [erased] = [one for one in await store.people() if one.identifier == ANNA.person]
        assert (erased.erased, erased.left_at) == (True, START)
        assert [(one.name, one.enabled) for one in await store.accounts()] == [
            ("", False), ("Ben", True), ("Hana", True), ("Hiro", True),
        ]  # fmt: skip
        assert list(await store.certificates(ANNA.identifier)) == [
            replace(hers, computer_name="", system="", version="")
        ]
        [kept], [held] = await store.requests(limit=9), await store.sessions(limit=9)
        assert (kept.user.name, kept.topic, held.user.name, held.helper.name) == ("", "", "", "Hana")
        rows = await store.audit_rows()
        assert (rows[-1].entry, rows[-1].names) == (replace(entry, facts={}), {})
        assert (await store.verify_audit()).holds


async def test_closed(opened: Opener) -> None:
    """A closed store writes nothing."""
    async with opened() as store:
        await store.close()
        with pytest.raises(StoreUnavailableError):
            await store.write(lambda _: None)
