"""Erasing somebody who has left: from the records, and from what this process knows of them."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Protocol

from common.host.errors import TasukiError
from common.host.log import get_logger
from relay.admin.lookup import Lookup
from relay.admin.orders import OrderError
from relay.admin.store_faults import order_error
from relay.core.erased import ErasedPerson
from relay.core.name_search import NameSearch
from relay.core.records import ERASED, AccountRecord, AuditEntry, Erasure, PersonRecord
from relay.core.storing import StoreError
from relay.matching.hub import Hub

log = get_logger()


A_DAY: Final = timedelta(days=1)
"""From when somebody has left, and the CA has answered the revocation: so long a revocation list may be on its way, and a certificate with the name be shown."""


class ListsErased(Protocol):
    """The list of the erased in the relay's folder (relay.erased_list). Each may wait for a disk, and raises TasukiError."""

    def check(self) -> None:
        """Whether this process may write it."""

    def add(self, one: ErasedPerson, /) -> None:
        """One more."""

    def cleared(self) -> None:
        """No file of the database's has any name of theirs."""


@dataclass(frozen=True, kw_only=True)
class ToErase:
    """What there is to be erased. `names`: all that the person is or was called, as far as it is known.

    `others`: requests of others in whose texts a name stands; `rows`: rows of the audit log in which one does.
    """

    person: str
    name: str
    accounts: tuple[str, ...]
    names: tuple[str, ...]
    others: int
    rows: int


@dataclass(frozen=True, kw_only=True)
class Erased:
    """What was done. `shared`: names of theirs that somebody else has too; `cleared`: nothing is left in the database's files."""

    person: str
    accounts: tuple[str, ...]
    erasure: Erasure
    shared: tuple[str, ...]
    cleared: bool


def without_names(person: PersonRecord) -> PersonRecord:
    """What is known of a person who was erased."""
    return replace(person, name="", external_id=None, department="", email="", note="")


class ErasureService:
    """On the hub of a matching service."""

    def __init__(self, hub: Hub, lookup: Lookup, erased: ListsErased) -> None:
        self._hub = hub
        self._services = hub.services
        self._lookup = lookup
        self._list = erased

    async def look(self, identifier: str, names: Sequence[str] = ()) -> ToErase:
        """What `erase` would do, if it may. Raises OrderError as that does."""
        person, accounts = await self._check(identifier)
        where = await self._services.store.mentions(identifier, accounts, names)
        return ToErase(
            person=identifier,
            name=person.name,
            accounts=accounts,
            names=where.names,
            others=len(where.requests),
            rows=len(where.rows),
        )

    async def erase(self, identifier: str, names: Sequence[str] = (), *, by: str) -> Erased:
        """No name of this person stays. Given again, it sees to the files again. `names`: what they were called as well.

        Raises OrderError (order_no_person, order_not_left, order_revocation_owed, order_writes_owed, order_erase_too_soon,
        order_erase_other_user, order_unwritable, order_refused): nothing was erased. After order_erase_waits it will be, at the next start.
        """
        person, accounts = await self._check(identifier)
        store, now = self._services.store, self._services.clock.now()
        try:
            where = await store.mentions(identifier, accounts, names)
        except StoreError as error:
            raise order_error(error, writing=True) from None
        self._hub.forget_reports(accounts)
        listed = ErasedPerson(person=identifier, accounts=accounts, at=now.timestamp(), cleared=not store.has_files)
        await self._of_list(lambda: self._list.add(listed))
        entry = AuditEntry(at=now, actor=by, event=ERASED, subject=identifier)
        try:
            erasure = await store.write(lambda unit: unit.erase_person(identifier, accounts, entry, where))
        except StoreError as error:  # the list has it done at the next start
            raise OrderError("order_erase_waits", what=identifier, detail=error) from None
        log.info("ordered", order=ERASED, by=by, subject=identifier)
        self._forget(person, self._services.directory.accounts_of(identifier))
        return Erased(
            person=identifier,
            accounts=accounts,
            erasure=erasure,
            shared=self._shared(where.names),
            cleared=await self._clear(),
        )

    async def _check(self, identifier: str) -> tuple[PersonRecord, tuple[str, ...]]:
        """Who it is, with which accounts. Raises OrderError where they may not be erased, or not yet."""
        person, accounts = self._lookup.person(identifier), self._services.directory.accounts_of(identifier)
        if person.left_at is None:
            raise OrderError("order_not_left", what=person.name)
        if any(self._hub.revocations.of(one.identifier) for one in accounts):
            raise OrderError("order_revocation_owed", what=person.name or identifier)
        if self._hub.recorder.owing:
            raise OrderError("order_writes_owed", count=self._hub.recorder.owing)
        mine = tuple(one.identifier for one in accounts)
        if not person.erased:
            try:
                revoked = await self._services.store.last_revoked(mine)
            except StoreError as error:
                raise order_error(error, writing=False) from None
            since = max(person.left_at, revoked or person.left_at)
            if self._services.clock.now() < since + A_DAY:
                raise OrderError("order_erase_too_soon", what=person.name, time=f"{since + A_DAY:%Y-%m-%d %H:%M} UTC")
        await self._of_list(self._list.check)
        return person, mine

    async def _of_list(self, step: Callable[[], None]) -> None:
        try:
            await asyncio.to_thread(step)
        except TasukiError as error:
            raise OrderError(error.code, **error.facts) from None

    async def _clear(self) -> bool:
        """It is done by now, whatever comes of the files: what is left in them is cleared at the next start."""
        try:
            done = await self._services.store.clear()
            if done:
                await asyncio.to_thread(self._list.cleared)
        except (StoreError, TasukiError) as error:
            log.warning("store_not_cleared", error=str(error))
            return False
        return done

    def _forget(self, person: PersonRecord, accounts: Sequence[AccountRecord]) -> None:
        directory = self._services.directory
        directory.put_person(without_names(person))
        for account in accounts:
            directory.put(replace(account, name="", languages=(), skills=()))

    def _shared(self, names: Sequence[str]) -> tuple[str, ...]:
        """Those that stand in what somebody else is called, and so are still to be found."""
        directory = self._services.directory
        others = [one.name for one in directory.people()]
        others += [one.name for one in directory.accounts()]
        others += [one.name for one in directory.groups()]
        return tuple(name for name in names if any(map(NameSearch([name]), others)))
