"""The list of the erased: written by the relay's user, one at a time, and brought into records that are older."""

import os
import threading
from pathlib import Path

import pytest

from common.host.errors import TasukiError, sentence
from relay.core.erased import ErasedPerson, decode_erased, encode_erased, merged
from relay.core.records import AuditEntry
from relay.core.storing import StoreUnavailableError, Unit
from relay.erased_list import LOCK, ErasedList, bring, path_in, put, read
from relay.store.null import NullStore
from tests.support.clock import START
from tests.support.people import ANNA, BEN, put_account

ONE = ErasedPerson(person=ANNA.person, accounts=(ANNA.identifier,), at=1.0)


def other(number: int) -> ErasedPerson:
    """Somebody else."""
    return ErasedPerson(person=f"{number:08x}-0000-4000-8000-000000000000", accounts=(), at=2.0)


def test_what_is_not_cleared_yet(tmp_path: Path) -> None:
    """Is kept as that, also beside an older entry of the same person; a list of before says nothing of it."""
    erased = ErasedList(tmp_path)
    erased.add(ErasedPerson(person=ONE.person, accounts=(), at=3.0, cleared=False))
    erased.add(ONE)
    assert [(one.accounts, one.at, one.cleared) for one in erased.read()] == [((ANNA.identifier,), 1.0, False)]
    erased.cleared()
    assert [one.cleared for one in erased.read()] == [True]
    erased.owe({ONE.person})
    assert [one.cleared for one in read(path_in(tmp_path))] == [False]
    assert decode_erased(encode_erased([ONE])) == (ONE,)
    assert b"cleared" not in encode_erased([ONE])
    assert merged([ONE], [ONE]) == (ONE,)


def test_several_at_a_time(tmp_path: Path) -> None:
    """Nobody is lost where several add somebody at the same moment."""
    threads = [
        threading.Thread(target=lambda number=number: ErasedList(tmp_path).add(other(number))) for number in range(16)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join(timeout=30)
    assert len(ErasedList(tmp_path).read()) == 16


@pytest.mark.skipif(os.geteuid() != 0, reason="as root alone")
def test_another_user(tmp_path: Path) -> None:
    """Who is not the folder's user is refused, the relay itself is not; what root has to write there is the folder's user's."""
    tmp_path.chmod(0o755)
    os.chown(tmp_path, 12345, 12345)
    with pytest.raises(TasukiError) as caught:
        ErasedList(tmp_path).check()
    assert caught.value.code == "order_erase_other_user"
    assert "12345" in sentence(caught.value)
    ErasedList(tmp_path, relay=True).check()
    assert list(tmp_path.iterdir()) == []
    ErasedList(tmp_path).add(ONE)
    assert {path.name: path.stat().st_uid for path in tmp_path.iterdir()} == {"erased.json": 12345, LOCK: 12345}


async def records(*accounts: str) -> NullStore:
    """With Anna and Ben."""

    def fill(unit: Unit) -> None:
        for one in (ANNA, BEN):
            put_account(unit, one)
        unit.audit(AuditEntry(at=START, actor="a", event="e", subject=" ".join(accounts)))

    store = NullStore()
    await store.write(fill)
    return store


async def test_brought_into_older_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the start; where the files cannot be cleared the start goes on, and the next one tries again, though nobody is known any more."""
    put(tmp_path, [ONE])
    erased, store = ErasedList(tmp_path), await records()
    asked: list[str] = []

    async def clear() -> bool:
        asked.append("clear")
        raise StoreUnavailableError("no room")

    with monkeypatch.context() as patched:
        patched.setattr(store, "clear", clear)
        assert await bring(store, erased, clock=lambda: START) == 1
        assert [one.name for one in await store.people()] == ["", "Ben"]
        assert [one.cleared for one in erased.read()] == [False]
        assert await bring(store, erased, clock=lambda: START) == 0
    assert asked == ["clear"] * 2
    assert await bring(store, erased, clock=lambda: START) == 0
    assert [one.cleared for one in erased.read()] == [True]
    assert await bring(store, ErasedList(tmp_path / "none"), clock=lambda: START) == 0
    rows = [row.entry.actor for row in await store.audit_rows() if row.entry.event == "person.erased"]
    assert rows == ["relay"]


async def test_a_kill_before_the_files_were_cleared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is on the list before anything is erased that they are still to be."""
    put(tmp_path, [ONE])
    erased, store = ErasedList(tmp_path), await records()

    async def write(_work: object) -> None:
        raise StoreUnavailableError("killed")

    monkeypatch.setattr(store, "write", write)
    with pytest.raises(StoreUnavailableError):
        await bring(store, erased, clock=lambda: START)
    assert [one.cleared for one in erased.read()] == [False]
