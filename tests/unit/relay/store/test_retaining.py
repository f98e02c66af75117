"""What is kept for so many days only, and rows of the audit log that may go."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from common.protocol.messages import Mode, Request, ToAnyone
from common.protocol.reasons import Why
from relay.core import requests
from relay.core.records import AuditEntry, HeadRecord, Kept, RequestRecord, RequestState, SegmentRecord
from relay.core.storing import ConflictError, Unit
from relay.store.sql import SqlStore
from tests.support.clock import START
from tests.support.people import ANNA, participant, put_account
from tests.support.stores import store_in


def request(number: int, *, over: bool = True) -> RequestRecord:
    """One that was over so many days after the start."""
    message = Request(request=f"{number:032x}", to=ToAnyone(), mode=Mode.VIEW, topic="t", inventory={"system": "x"})
    at = START + timedelta(days=number)
    record = replace(requests.ask(user=participant(ANNA), message=message, now=at).life.request, note="n")
    return replace(record, state=RequestState.OVER, over_at=at, why=Why.CANCELLED) if over else record


async def test_texts_go_by_kind(tmp_path: Path) -> None:
    """Of requests that were over before a day, a part at a time; one that is open keeps everything."""
    store = await store_in(tmp_path / "relay.db")
    try:
        await store.write(lambda unit: put_account(unit, ANNA))
        for one in (*(request(number) for number in range(1, 6)), request(0, over=False)):
            await store.write(lambda unit, one=one: unit.put_request(one))  # type: ignore[misc]
        before = START + timedelta(days=4)
        counts = [await store.write(lambda unit: unit.forget(Kept.TOPICS, before=before, limit=2)) for _ in range(3)]
        assert counts == [2, 1, 0]
        assert await store.write(lambda unit: unit.forget(Kept.COMPUTERS, before=before, limit=9)) == 3
        assert await store.write(lambda unit: unit.forget(Kept.NOTES, before=START, limit=9)) == 0
        found = {int(one.identifier, 16): one for one in await store.requests(limit=9)}
        assert {number for number, one in found.items() if not one.topic} == {1, 2, 3}
        assert {number for number, one in found.items() if not one.inventory} == {1, 2, 3}
        assert {one.note for one in found.values()} == {"n"}
    finally:
        await store.close()


async def grown(path: Path, rows: int = 10) -> SqlStore:
    """A store with so many rows in its log."""
    store = await store_in(path)

    def work(unit: Unit) -> None:
        for number in range(rows):
            unit.audit(AuditEntry(at=START, actor="a", event="e", subject=str(number)))

    await store.write(work)
    return store


async def signed(store: SqlStore, number: int, *, document: bytes | None = b"{}", digest: bytes | None = None) -> None:
    """The CA has signed this row's head, and rows to it lie in a file."""
    [row] = await store.audit_rows(after=number - 1, limit=1)
    kept = digest or row.digest
    await store.write(
        lambda unit: unit.put_head(HeadRecord(number=number, digest=row.digest, at=START, document=document))
    )
    segment = SegmentRecord(first=1, last=number, digest=kept, at=START)
    await store.write(lambda unit: unit.put_segment(segment))


async def test_rows_go_up_to_an_archived_one(tmp_path: Path) -> None:
    """In parts; the log goes on behind them with its numbers, and verifies; also where it was cut short."""
    store = await grown(tmp_path / "relay.db")
    try:
        await signed(store, 6)
        for part, left in ((4, [5, 6, 7, 8, 9, 10]), (9, [7, 8, 9, 10]), (9, [7, 8, 9, 10])):
            await store.write(lambda unit, part=part: unit.remove_audit(up_to=6, limit=part))  # type: ignore[misc]
            assert [row.number for row in await store.audit_rows()] == left
            verdict = await store.verify_audit()
            assert (verdict.holds, verdict.rows, verdict.archived) == (True, 10, left[0] - 1)
        await store.write(lambda unit: unit.audit(AuditEntry(at=START, actor="a", event="e", subject="s")))
        assert (await store.verify_audit()).rows == 11
    finally:
        await store.close()


@pytest.mark.parametrize("how", ["not archived", "not signed", "another digest", "the last row"])
async def test_rows_that_stay(tmp_path: Path, how: str) -> None:
    """Those in no file, those whose head is not signed, or is another, and the last one."""
    store = await grown(tmp_path / "relay.db")
    try:
        if how != "not archived":
            number = 10 if how == "the last row" else 6
            other = bytes(32) if how == "another digest" else None
            await signed(store, number, document=None if how == "not signed" else b"{}", digest=other)
        with pytest.raises(ConflictError):
            await store.write(lambda unit: unit.remove_audit(up_to=10, limit=99))
        assert len(await store.audit_rows()) == 10
    finally:
        await store.close()


async def test_a_beginning_that_is_missing(tmp_path: Path) -> None:
    """Whoever takes the first rows away without a signed segment is found out, as is one who writes the segment alone."""
    path = tmp_path / "relay.db"
    store = await grown(path)
    try:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("DROP TRIGGER audit_no_delete")
            connection.execute("DELETE FROM audit WHERE number < 5")
        verdict = await store.verify_audit()
        assert (verdict.holds, verdict.broken_at) == (False, 1)
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("INSERT INTO audit_segments SELECT 4, 1, previous, at FROM audit WHERE number = 5")
        assert not (await store.verify_audit()).holds
    finally:
        await store.close()
