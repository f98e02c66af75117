"""What the relay asks of a store, whatever is behind it. relay.store has the real one and a null one.

A unit of work is a function that is handed a Unit. Returning commits, raising rolls back; what `Store.write` returned
was committed and is on the disk. The function may be called again when others in its transaction have failed, so it
does nothing but use its Unit.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from relay.core.records import (
    AccountRecord,
    AuditEntry,
    AuditRow,
    CertificateRecord,
    EnrolmentRecord,
    GroupRecord,
    RequestRecord,
    SessionRecord,
    Verdict,
)

T = TypeVar("T")


class StoreError(Exception):
    """A unit of work was not done; nothing of it was kept."""


class StoreUnavailableError(StoreError):
    """The store cannot be written now: unreachable, full, locked, closed. Nothing new may start; what is owed is tried again."""


class StoreDamagedError(StoreUnavailableError):
    """What the store holds is damaged. Only a backup mends that, so nothing is written from then on, and nothing tried again."""


class WriteRefusedError(StoreError):
    """The store refuses what was to be written, and would refuse it again. The text names the kind of fault, no values."""


class ConflictError(WriteRefusedError):
    """Something of that name or identifier is there already, or what it refers to is not."""


class Unit(Protocol):
    """One unit of work, inside a transaction. Every `put` inserts or replaces by identifier.

    A `put` that cannot be is found out at the latest when the transaction ends, so none of them is to be caught.
    """

    def put_account(self, account: AccountRecord) -> None:
        """A conflict where the name is taken by another account of the role."""

    def put_group(self, group: GroupRecord) -> None:
        """The group with exactly these members. A conflict where a member is no account."""

    def remove_group(self, name: str) -> None:
        """Nothing happens where there is none."""

    def put_enrolment(self, enrolment: EnrolmentRecord) -> None:
        """By account and time of making."""

    def put_certificate(self, certificate: CertificateRecord) -> None:
        """By fingerprint."""

    def request(self, identifier: str) -> RequestRecord | None:
        """The request, or None."""

    def put_request(self, record: RequestRecord) -> None:
        """The request as it is now."""

    def put_session(self, record: SessionRecord) -> None:
        """The session as it is now."""

    def audit(self, entry: AuditEntry) -> None:
        """Append to the audit log, in this same transaction."""


class Store(Protocol):
    """A store. Reading happens beside the writer and sees what was committed."""

    @property
    def writable(self) -> bool:
        """Whether the last thing written was written. A store that failed is tried again by the next unit of work, and by itself."""

    @property
    def damaged(self) -> bool:
        """Whether damage was found in what it holds: it stays unwritable then until it is opened anew."""

    async def write(self, work: Callable[[Unit], T]) -> T:
        """Do `work` and commit it. Raises what `work` raises, WriteRefusedError, or StoreUnavailableError; nothing is kept then."""

    async def close(self) -> None:
        """Finish what was handed in, then let go of everything. Later writes raise StoreUnavailableError."""

    async def accounts(self) -> Sequence[AccountRecord]:
        """All accounts, oldest first."""

    async def groups(self) -> Sequence[GroupRecord]:
        """All groups by name, with their members."""

    async def enrolments(self, account: str) -> Sequence[EnrolmentRecord]:
        """Of this account, oldest first."""

    async def certificates(self, account: str) -> Sequence[CertificateRecord]:
        """Of this account, oldest first."""

    async def open_requests(self) -> Sequence[RequestRecord]:
        """Those not over, oldest first."""

    async def requests(self, *, limit: int, before: datetime | None = None) -> Sequence[RequestRecord]:
        """The newest first."""

    async def open_sessions(self) -> Sequence[SessionRecord]:
        """Those not ended, oldest first."""

    async def sessions(self, *, limit: int, before: datetime | None = None) -> Sequence[SessionRecord]:
        """The newest first."""

    async def audit_rows(self, *, after: int = 0, limit: int = 1000) -> Sequence[AuditRow]:
        """Rows in the order of their numbers, from the one after `after`."""

    async def verify_audit(self) -> Verdict:
        """Walk the whole chain."""
