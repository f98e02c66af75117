"""How an order changes something: the change and its audit rows in one transaction, and what an operator hears where that cannot be."""

from collections import Counter
from collections.abc import Callable
from typing import Final

from common.host.log import get_logger
from relay.admin.store_faults import order_error
from relay.core.records import AuditEntry
from relay.core.storing import ConflictError, StoreError, Unit
from relay.matching.hub import Hub

log = get_logger()


LOGGED: Final = 20
"""An order about more than that, such as a list of people, has a line for each kind in the log; each has its row in the audit log."""


class Changes:
    """On the store of a matching service."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def entry(self, by: str, event: str, subject: str, **facts: str | int | None) -> AuditEntry:
        """An audit row of now. `facts` hold identifiers, never names."""
        return AuditEntry(at=self._hub.services.clock.now(), actor=by, event=event, subject=subject, facts=facts)

    async def write(self, change: Callable[[Unit], None], *entries: AuditEntry) -> None:
        """Do it, with its rows in their order. Raises ConflictError, OrderError (order_unwritable, order_refused, relay_store_damaged)."""
        *first, last = entries

        def work(unit: Unit) -> None:
            change(unit)
            for entry in first:
                unit.audit(entry)

        try:
            await self._hub.recorder.write_change(work, last)
        except ConflictError:
            raise
        except StoreError as error:
            raise order_error(error, writing=True) from None
        if len(entries) > LOGGED:
            for (event, actor), count in Counter((entry.event, entry.actor) for entry in entries).items():
                log.info("ordered", order=event, by=actor, count=count)
            return
        for entry in entries:
            log.info("ordered", order=entry.event, by=entry.actor, subject=entry.subject, **entry.facts)
