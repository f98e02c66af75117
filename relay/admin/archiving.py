"""Rows of the audit log go from the records once a file has them, up to one whose head the CA has signed."""

from common.host.log import get_logger
from relay.admin.orders import OrderError
from relay.admin.store_faults import order_error
from relay.core.records import AuditEntry, SegmentRecord
from relay.core.storing import StoreError, Unit
from relay.matching.hub import Hub

log = get_logger()

PART = 2000
"""Rows that go in one transaction."""


class ArchiveService:
    """On the hub of a matching service."""

    def __init__(self, hub: Hub) -> None:
        self._services = hub.services

    async def archived(self, first: int, last: int, digest: str, *, by: str) -> int:
        """Rows `first` to `last` are in a file, and `digest` (hex) is the last one's: remove them, how many.

        The log's last row stays. Raises OrderError (order_not_signed: no signed head is that row's; order_unwritable, order_refused).
        """
        store = self._services.store
        try:
            head = next((one for one in await store.heads() if one.number == last), None)
            end = await store.audit_end()
            if head is None or head.document is None or head.digest.hex() != digest or end is None or last >= end[0]:
                raise OrderError("order_not_signed", number=last)
            segment = SegmentRecord(first=first, last=last, digest=head.digest, at=self._services.clock.now())
            entry = AuditEntry(
                at=segment.at, actor=by, event="audit.archived", subject=str(last), facts={"first": first, "last": last}
            )

            def note(unit: Unit) -> None:
                unit.put_segment(segment)
                unit.audit(entry)

            await store.write(note)
            log.info("ordered", order=entry.event, by=by, subject=entry.subject)
            count = 0
            while part := await store.write(lambda unit: unit.remove_audit(up_to=last, limit=PART)):
                count += part
        except StoreError as error:
            raise order_error(error, writing=True) from None
        return count
