"""Somebody is erased from the records: no file of the store has the name, and the chain still verifies."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from common.host.byte_search import file_has, forms
from common.protocol.identity import Role
from common.protocol.messages import Mode, Request, ToAnyone, ToGroup
from common.protocol.reasons import Why
from relay.core import requests
from relay.core.records import (
    ERASED,
    AccountRecord,
    AuditEntry,
    Erasure,
    GroupRecord,
    Participant,
    PersonRecord,
    RequestRecord,
    RequestState,
    SessionRecord,
)
from relay.core.storing import Unit, erase_person
from relay.store import erasing, leavings, mentions, reading
from relay.store.sql import SqlStore
from tests.support.clock import START
from tests.support.people import ANNA, BEN, HANA, account, participant, put_account, uri
from tests.support.stores import store_in

NAME: Final = "花子 Ölmüller-Yamada"
OLD: Final = "花子 Yamada before"
COLLEAGUE: Final = "Peregrin Longbottom"  # stood in a topic of theirs, and nowhere else
GONE: Final = account(77, Role.USER, NAME)
END: Final = AuditEntry(at=START + timedelta(days=9), actor="operator:root", event=ERASED, subject=GONE.person)


Work = Callable[[Unit], None]


def asked(number: int, of: AccountRecord, topic: str, **changes: object) -> RequestRecord:
    """A request that is over, with this topic."""
    message = Request(request=f"{number:032x}", to=ToAnyone(), mode=Mode.VIEW, topic=topic)
    record = requests.ask(user=known(of), message=message, now=START).life.request
    return replace(record, state=RequestState.OVER, over_at=START, why=Why.CANCELLED, **changes)  # type: ignore[arg-type]


def fill(unit: Unit) -> None:
    """The one who goes, others, and what they wrote, in all places that have one."""
    for one in (ANNA, BEN, HANA):
        put_account(unit, one)
    person = PersonRecord(
        identifier=GONE.person, name=NAME, created_at=START, external_id="4711", note=f"{NAME}s note", left_at=START
    )
    unit.put_person(person)
    unit.put_account(replace(GONE, name=OLD))
    unit.put_group(GroupRecord(name="Desk", created_at=START, askers=frozenset({GONE.identifier})))
    unit.audit(AuditEntry(at=START, actor=uri(GONE), event="account.renewed", subject=GONE.identifier))


def fill_more(unit: Unit) -> None:
    """Under the new name."""
    unit.put_account(replace(GONE, disabled_at=START))
    unit.put_request(asked(1, GONE, f"{COLLEAGUE} has my keys", inventory={"computer": f"pc-of-{NAME}"}, note=NAME))
    unit.put_request(asked(2, ANNA, f"as {NAME} had it"))
    unit.put_request(asked(3, BEN, "a printer"))
    session = SessionRecord(
        identifier="5" * 32, request=f"{1:032x}", user=known(GONE), helper=known(HANA), mode=Mode.VIEW,
        granted_at=START, ended_at=START, why=Why.HELPER_ENDED,
    )  # fmt: skip
    unit.put_session(session)
    for facts in ({"user": uri(GONE), "to": f"group:Team {NAME}"}, {"helper": uri(HANA)}, {"user": uri(GONE)}):
        unit.audit(AuditEntry(at=START, actor="relay", event="request.over", subject="x", facts=dict(facts)))


def known(one: AccountRecord) -> Participant:
    """At one end of something, with a certificate that has no name in it."""
    return replace(participant(one), certificate=one.identifier[-4:])


async def erased(store: SqlStore) -> Erasure:
    """Erase the one, and see to the files."""
    done = await erase_person(store, GONE.person, (GONE.identifier,), END)
    assert await store.clear()
    return done


def with_any(folder: Path, *texts: str) -> list[str]:
    """The files in which one of these texts stands."""
    wanted = [form for text in texts for form in forms(text)]
    return [path.name for path in sorted(folder.iterdir()) if file_has(path, wanted)]


async def test_no_byte_is_left(tmp_path: Path) -> None:
    """Of any name that they had, and of what they wrote; others keep theirs, and the chain says what is gone."""
    store = await store_in(tmp_path / "relay.db")
    try:
        await store.write(fill)
        await store.write(fill_more)
        before = await store.audit_rows()
        assert [bool(with_any(tmp_path, one)) for one in (NAME, OLD, COLLEAGUE)] == [True] * 3
        done = await erased(store)
        assert with_any(tmp_path, NAME, OLD, COLLEAGUE, "4711") == []
        assert (set(done.names), done.requests, done.sessions, done.beside, done.others) == ({NAME, OLD}, 1, 1, 2, 1)
        assert done.rows == (2,)
        verdict = await store.verify_audit()
        assert (verdict.holds, verdict.rows, verdict.erased) == (True, 5, 1)
        after = await store.audit_rows()
        assert [row.digest for row in after[:4]] == [row.digest for row in before]
        assert (after[1].entry.facts, after[1].erased) == ({}, True)
        assert after[4].entry == replace(END, facts={"rows": "2"})
        topics = {
            int(one.identifier, 16): (one.user.name, one.topic, one.note) for one in await store.requests(limit=9)
        }
        assert topics == {1: ("", "", ""), 2: ("Anna", "", ""), 3: ("Ben", "a printer", "")}
        [session] = await store.sessions(limit=9)
        assert (session.user.name, session.helper.name) == ("", "Hana")
        [person] = [one for one in await store.people() if one.identifier == GONE.person]
        assert (person.erased, person.external_id, person.left_at) == (True, None, START)
        assert [group.askers for group in await store.groups()] == [frozenset()]
        again = await erased(store)
        assert (again.names, again.rows, again.beside) == ((), (), 0)
    finally:
        await store.close()


async def test_pages_that_were_split(tmp_path: Path) -> None:
    """Rows that moved between pages as the tables grew leave no copy, whoever wrote between them."""
    store = await store_in(tmp_path / "relay.db")
    try:
        await store.write(fill)
        for begin in range(0, 600, 50):

            def some(unit: Unit, begin: int = begin) -> None:
                for number in range(begin, begin + 50):
                    of = GONE if number % 7 == 0 else ANNA
                    record = asked((number * 7919) % 1000 + 1000, of, NAME * 3 if of is GONE else "x" * (number % 300))
                    unit.put_request(record)

            await store.write(some)
        await erased(store)
        assert with_any(tmp_path, NAME) == []
        assert (await store.verify_audit()).holds
    finally:
        await store.close()


async def test_a_reader_that_does_not_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said that the files could not be emptied; once it has gone they are. Whoever writes meanwhile waits."""
    path = tmp_path / "relay.db"
    store = await store_in(path)
    try:
        await store.write(fill)
        with closing(sqlite3.connect(path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM people").fetchone()
            await store.write(fill_more)
            assert not await asyncio_clear(store, patience=0.3, monkeypatch=monkeypatch)
            assert with_any(tmp_path, NAME)
            reader.execute("COMMIT")
        await erased(store)
        assert with_any(tmp_path, NAME) == []
    finally:
        await store.close()


async def asyncio_clear(store: SqlStore, *, patience: float, monkeypatch: pytest.MonkeyPatch) -> bool:
    """As `SqlStore.clear`, with less patience."""
    whole = leavings.clear
    with monkeypatch.context() as patched:
        patched.setattr(leavings, "clear", lambda database: whole(database, patience=patience))
        return await store.clear()


async def test_somebody_whom_older_records_know(tmp_path: Path) -> None:
    """Who had not left there yet is out, and what was open is over."""
    store = await store_in(tmp_path / "relay.db")
    try:
        await store.write(fill)
        await store.write(lambda unit: unit.put_person(PersonRecord(identifier="p", name="x", created_at=START)))
        request = replace(
            asked(1, GONE, ""), state=RequestState.WAITING, over_at=None, why=None, to=ToGroup(group="Desk")
        )
        await store.write(lambda unit: unit.put_request(request))
        await erased(store)
        assert await store.open_requests() == []
        [one] = await store.requests(limit=9)
        assert (one.state, one.why, one.user.name) == (RequestState.OVER, Why.DISABLED, "")
        assert not [one for one in await store.accounts() if one.identifier == GONE.identifier and one.enabled]
    finally:
        await store.close()


async def gone_called(tmp_path: Path, *names: str, then: Work) -> tuple[Erasure, SqlStore]:
    """Records of somebody with these names, one after the other, and what `then` writes; they are erased."""
    store = await store_in(tmp_path / "relay.db")
    await store.write(lambda unit: put_account(unit, ANNA))
    for name in names:
        await store.write(lambda unit, name=name: put_account(unit, replace(GONE, name=name)))  # type: ignore[misc]
        await store.write(
            lambda unit: unit.audit(AuditEntry(at=START, actor=uri(GONE), event="e", subject=GONE.identifier))
        )
    await store.write(then)
    return await erase_person(store, GONE.person, (GONE.identifier,), END), store


async def test_what_only_looks_like_a_name(tmp_path: Path) -> None:
    """Identifiers, URIs, keys, words of the protocol and longer words of others stay, whatever the person was called."""
    kept: list[dict[str, str | int | None]] = [
        {"why": "helper-ended", "helper": uri(HANA), "user": "user"},
        {"session": "ed0ada1b" * 4, "serial": "0EDADA"},
        {"to": f"helper:{uri(HANA)}"},
        {"to": "group:小林 desk"},
        {"Ed": "x", "role": "helper"},
        {"added": f"{ANNA.identifier} {HANA.identifier}", "fault": "Ed"},
    ]
    gone: list[dict[str, str | int | None]] = [{"to": "group:Ed"}, {"before": "林 desk"}]

    def then(unit: Unit) -> None:
        for facts in (*kept, *gone):
            unit.audit(AuditEntry(at=START, actor="operator:ed", event="user.ada", subject="ed0ada1b" * 4, facts=facts))
        unit.audit(AuditEntry(at=START, actor="operator:ed", event="group.added", subject="Ada and friends"))
        unit.put_request(asked(1, ANNA, "小林さん edited the Users' adapter, see x-ed-1", inventory={"Ed": "pc_ed"}))

    done, store = await gone_called(tmp_path, "Ed", "Ada", "Helper", "User", "林", then=then)
    try:
        rows = await store.audit_rows()
        assert [row.entry.facts for row in rows if row.entry.event == "user.ada" and not row.erased] == kept
        assert [row.entry.subject for row in rows if row.entry.event == "group.added"] == [""]
        assert len(done.rows) == 3
        assert {row.entry.actor for row in rows if row.entry.event != "e"} == {"operator:ed", "operator:root"}
        assert done.others == 0
        assert (await store.verify_audit()).holds
    finally:
        await store.close()


async def test_however_it_was_written(tmp_path: Path) -> None:
    """In texts of others, in another case or width, and with or without the space in a Japanese name."""
    texts = ["ask ÖLMÜLLER", "o\u0308lmu\u0308ller's pc", "鈴木花子の席", "鈴木\u3000花子", "nothing of them"]

    def then(unit: Unit) -> None:
        for number, text in enumerate(texts):
            unit.put_request(asked(number, ANNA, text))
        unit.audit(AuditEntry(at=START, actor="operator:x", event="group.added", subject="鈴木花子チーム"))

    done, store = await gone_called(tmp_path, "Ölmüller", "鈴木 花子", then=then)
    try:
        assert done.others == 4
        assert [one.topic for one in await store.requests(limit=9) if one.topic] == ["nothing of them"]
        assert len(done.rows) == 1
    finally:
        await store.close()


async def test_an_operator_who_erased_somebody(tmp_path: Path) -> None:
    """The row that confirms an erasure stays whole when its operator is erased later: the chain still holds."""

    def then(unit: Unit) -> None:
        unit.audit(AuditEntry(at=START, actor="operator:x", event="group.added", subject="Ann's team"))

    done, store = await gone_called(tmp_path, "Ann", then=then)
    try:
        assert len(done.rows) == 1
        by_ann = replace(END, actor="operator:ann", subject=ANNA.person)
        await erase_person(store, ANNA.person, (ANNA.identifier,), by_ann, ["Team"])
        await erase_person(store, GONE.person, (GONE.identifier,), END, ["ann", "Ann"])
        confirming = [row for row in await store.audit_rows() if row.entry.event == ERASED]
        assert not any(row.erased for row in confirming)
        assert [row.entry.actor for row in confirming] == ["operator:root", "operator:ann", "operator:root"]
        assert (await store.verify_audit()).holds
    finally:
        await store.close()


async def test_together_with_what_others_write(tmp_path: Path) -> None:
    """What stands in the same transaction before it is erased too, and nothing of it is written behind it."""
    store = await store_in(tmp_path / "relay.db")
    try:
        await store.write(fill)
        where = await store.mentions(GONE.person, (GONE.identifier,))
        await asyncio.gather(
            store.write(fill_more),
            store.write(lambda unit: unit.erase_person(GONE.person, (GONE.identifier,), END, where)),
            store.write(lambda unit: unit.put_request(asked(9, BEN, "later"))),
        )
        assert await store.clear()
        assert with_any(tmp_path, NAME, OLD, COLLEAGUE) == []
        assert (await store.verify_audit()).holds
        assert {one.topic for one in await store.requests(limit=9)} == {"", "a printer", "later"}
    finally:
        await store.close()


async def test_many_portions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows and requests are looked through portion by portion, to the last one, and each statement writes so many at most."""
    monkeypatch.setattr(mentions, "PART", 7)
    monkeypatch.setattr(erasing, "_AT_ONCE", 3)

    def then(unit: Unit) -> None:
        for number in range(40):
            text = NAME if number % 4 == 3 else "nothing"
            unit.put_request(asked(number, ANNA, text))
            unit.audit(AuditEntry(at=START, actor="operator:x", event="group.added", subject=text))

    done, store = await gone_called(tmp_path, NAME, then=then)
    try:
        assert (done.others, len(done.rows)) == (10, 10)
        assert await store.clear()
        assert with_any(tmp_path, NAME) == []
        assert (await store.verify_audit()).erased == 10
    finally:
        await store.close()


async def test_verified_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that are erased while a reader walks along them are no damage: what confirms them stands behind where it began."""
    monkeypatch.setattr(reading, "PART", 10)

    def then(unit: Unit) -> None:
        for _ in range(50):
            unit.audit(AuditEntry(at=START, actor="operator:x", event="group.added", subject="Ann's team"))

    _, store = await gone_called(tmp_path, "Somebody", then=then)
    try:
        async with reading.open_reader(tmp_path / "relay.db") as reader:
            last_number, calls = reader.last_number, 0

            async def and_then() -> int:
                nonlocal calls
                number = await last_number()
                calls += 1
                if calls == 1:
                    await erase_person(store, GONE.person, (GONE.identifier,), END, ["Ann"])
                return number

            monkeypatch.setattr(reader, "last_number", and_then)
            verdict = await reader.verify()
            assert (verdict.holds, verdict.erased, verdict.unconfirmed) == (True, 50, frozenset())
            assert calls == 2
    finally:
        await store.close()
