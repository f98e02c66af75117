"""Erasing somebody who has left: from the records, and from what this process knows of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from common.host.log import get_logger
from relay.admin.lookup import Lookup
from relay.admin.orders import OrderError
from relay.admin.store_faults import order_error
from relay.core.records import ERASED, AccountRecord, AuditEntry, Erasure, PersonRecord
from relay.core.storing import StoreError
from relay.matching.hub import Hub

log = get_logger()


@dataclass(frozen=True, kw_only=True)
class Erased:
    """What was done. `others`: names of theirs that somebody else has too; `cleared`: nothing is left in the database's files."""

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

    def __init__(self, hub: Hub, lookup: Lookup) -> None:
        self._hub = hub
        self._services = hub.services
        self._lookup = lookup

    async def erase(self, identifier: str, *, by: str) -> Erased:
        """No name of this person stays. Given again, it sees to the files again.

        Raises OrderError (order_no_person, order_not_left, order_revocation_owed, order_unwritable, order_refused).
        """
        person, accounts = self._lookup.person(identifier), self._services.directory.accounts_of(identifier)
        if person.left_at is None:
            raise OrderError("order_not_left", what=person.name)
        if any(self._hub.revocations.of(one.identifier) for one in accounts):
            raise OrderError("order_revocation_owed", what=person.name or identifier)
        if self._hub.recorder.owing:
            raise OrderError("order_writes_owed", count=self._hub.recorder.owing)
        mine = tuple(one.identifier for one in accounts)
        entry = AuditEntry(at=self._services.clock.now(), actor=by, event=ERASED, subject=identifier)
        try:
            erasure = await self._services.store.write(lambda unit: unit.erase_person(identifier, mine, entry))
            log.info("ordered", order=ERASED, by=by, subject=identifier)
            self._forget(person, accounts)
            cleared = await self._services.store.clear()
        except StoreError as error:
            raise order_error(error, writing=True) from None
        return Erased(
            person=identifier, accounts=mine, erasure=erasure, shared=self._shared(erasure.names), cleared=cleared
        )

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
        return tuple(name for name in names if any(name in other for other in others))
