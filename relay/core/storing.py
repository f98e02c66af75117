"""What the relay asks of a store, whatever is behind it. relay.store has the real one and a null one.

A unit of work is a function that is handed a Unit. Returning commits, raising rolls back; what `Store.write` returned
was committed and is on the disk. The function may be called again when others in its transaction have failed, so it
does nothing but use its Unit.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar

from relay.core.records import (
    AccountRecord,
    AuditEntry,
    AuditRow,
    CertificateRecord,
    EnrolmentRecord,
    Erasure,
    GroupRecord,
    HeadRecord,
    Kept,
    Mentions,
    PersonRecord,
    RequestRecord,
    RevocationRecord,
    SegmentRecord,
    SessionRecord,
    Verdict,
)

T = TypeVar("T")


class StoreFault(StrEnum):
    """Why a store cannot be written. Labels of a metric, and rules for alerts read them: never rename one."""

    FAILING = "failing"  # it is not reached, or does not work
    FULL = "full"  # the disk
    LOCKED = "locked"  # by another program, which does not let go
    AUDIT = "audit"  # everything can be written but the audit log
    DAMAGED = "damaged"
    TAKEN = "taken"  # another relay has it
    BEHIND = "behind"  # it lacks what was written: a standby that lagged, an older copy


class StoreError(Exception):
    """A unit of work was not done; nothing of it was kept."""


class StoreUnavailableError(StoreError):
    """The store cannot be written now: unreachable, full, locked, closed. Nothing new may start; what is owed is tried again."""


class StoreDamagedError(StoreUnavailableError):
    """What the store holds is damaged. Only a backup mends that, so nothing is written from then on, and nothing tried again."""


class StoreTakenError(StoreUnavailableError):
    """Another owns what the store holds, and only one may. The text says who, as far as it is known."""


class StoreBehindError(StoreUnavailableError):
    """What was committed is missing from the database, whose log ends at row `found`; `row` was the last one written (0: there was none).

    Nothing is written until the right one is back, or an operator has said that it is lost.
    """

    def __init__(self, *, row: int, found: int, turn: int, found_turn: int) -> None:
        super().__init__(
            f"audit log: row {row} was written, row {found} is the last; turn {turn} was written, {found_turn} is the last"
        )
        self.row = row
        self.found = found
        self.turn = turn
        self.found_turn = found_turn


class DriverMissingError(StoreUnavailableError):
    """What the database's address asks for is not installed. The text names it."""


class SchemaError(StoreUnavailableError):
    """The tables are of revision `found` ("" for none), not `wanted`: `newer`, or older and not to be changed now."""

    def __init__(self, *, found: str, wanted: str, newer: bool) -> None:
        super().__init__(f"the tables are of revision {found or '(none)'}, not {wanted}")
        self.found = found
        self.wanted = wanted
        self.newer = newer


class WriteRefusedError(StoreError):
    """The store refuses what was to be written, and would refuse it again. The text names the kind of fault, no values."""


class ConflictError(WriteRefusedError):
    """Something of that name or identifier is there already, or what it refers to is not."""


class Unit(Protocol):
    """One unit of work, inside a transaction. Every `put` inserts or replaces by identifier.

    A `put` that cannot be is found out at the latest when the transaction ends, so none of them is to be caught.
    """

    def put_person(self, person: PersonRecord) -> None:
        """A conflict where another person has the `external_id`."""

    def put_people(self, people: Sequence[PersonRecord], accounts: Sequence[AccountRecord]) -> None:
        """As `put_person` and `put_account` for each, for many."""

    def remove_person(self, identifier: str) -> None:
        """A conflict where accounts are of this person still. Nothing happens where there is none."""

    def put_account(self, account: AccountRecord) -> None:
        """A conflict where its person is not there, or has another account of the role."""

    def put_group(self, group: GroupRecord) -> None:
        """The group with exactly these members and askers. A conflict where one of them is no account."""

    def remove_group(self, name: str) -> None:
        """Nothing happens where there is none."""

    def rename_group(self, name: str, group: GroupRecord) -> None:
        """`group` takes the place of the one called `name`, also in every request that was asked of it. A conflict where there is one of that name."""

    def put_enrolment(self, enrolment: EnrolmentRecord) -> None:
        """By account and time of making."""

    def put_certificate(self, certificate: CertificateRecord) -> None:
        """By fingerprint. The number of its computer is given once, and stays."""

    def note_seen(self, seen: Mapping[str, datetime]) -> None:
        """When the agents of these certificates (fingerprints) were last here. Nothing happens for one that is not there."""

    def put_revocation(self, revocation: RevocationRecord) -> None:
        """By identifier."""

    def request(self, identifier: str) -> RequestRecord | None:
        """The request, or None."""

    def put_request(self, record: RequestRecord) -> None:
        """The request as it is now."""

    def put_session(self, record: SessionRecord) -> None:
        """The session as it is now."""

    def erase_person(self, person: str, accounts: Sequence[str], entry: AuditEntry, where: Mentions) -> Erasure:
        """No name of this person, who has these accounts, stays in any row. `entry` is audited with the rows that say nothing any more.

        `where`: what `Store.mentions` has found of them.
        """

    def forget(self, kind: Kept, *, before: datetime, limit: int) -> int:
        """Empty that in at most `limit` requests that were over before this; how many."""

    def put_segment(self, segment: SegmentRecord) -> None:
        """By its last row."""

    def remove_audit(self, *, up_to: int, limit: int) -> int:
        """Remove at most `limit` rows, the oldest first; how many. Refused where they are in no segment whose head is signed, or the last."""

    def put_head(self, head: HeadRecord) -> None:
        """By number."""

    def audit(self, entry: AuditEntry) -> None:
        """Append to the audit log, in this same transaction."""


class Store(Protocol):
    """A store. Reading happens beside the writer and sees what was committed."""

    @property
    def writable(self) -> bool:
        """Whether the last thing written was written. A store that failed is tried again by the next unit of work, and by itself."""

    @property
    def fault(self) -> StoreFault | None:
        """Why it is not writable; None where it is. DAMAGED and TAKEN stay until it is opened anew."""

    async def write(self, work: Callable[[Unit], T]) -> T:
        """Do `work` and commit it. Raises what `work` raises, WriteRefusedError, or StoreUnavailableError; nothing is kept then."""

    async def mentions(self, person: str, accounts: Sequence[str], names: Sequence[str] = ()) -> Mentions:
        """Where names of this person stand, who has these accounts and had these names as well. Takes a while, and hinders nobody. Raises StoreUnavailableError."""

    async def last_revoked(self, accounts: Sequence[str]) -> datetime | None:
        """When the CA last answered a revocation of one of these accounts; None where it never did."""

    @property
    def has_files(self) -> bool:
        """Whether its files are ours to clear."""

    async def clear(self) -> bool:
        """See to it that no file of the store's has anything that no row has any more: whether it could. Nothing is written meanwhile.

        False where readers did not let go in time, or there is no room, and where the files are a server's. Raises StoreUnavailableError.
        """

    async def taken_over(self) -> None:
        """Return once another owns what this store holds, which is never written again then. Never returns where no other can."""

    async def close(self) -> None:
        """Finish what was handed in, then let go of everything. Later writes raise StoreUnavailableError."""

    async def people(self) -> Sequence[PersonRecord]:
        """All people, oldest first."""

    async def accounts(self) -> Sequence[AccountRecord]:
        """All accounts, oldest first."""

    async def groups(self) -> Sequence[GroupRecord]:
        """All groups by name, with their members."""

    async def enrolled_accounts(self) -> frozenset[str]:
        """Accounts that have, or had, a certificate."""

    async def open_lines(self) -> Mapping[str, datetime]:
        """Until when the last enrolment line is good that nobody has used, by account."""

    async def enrolments(self, account: str) -> Sequence[EnrolmentRecord]:
        """Of this account, oldest first."""

    async def certificates(self, account: str) -> Sequence[CertificateRecord]:
        """Of this account, in the order in which they end."""

    async def all_certificates(self) -> Sequence[CertificateRecord]:
        """Of everybody, by the number of the computer, and for each in the order in which they end."""

    async def owed_revocations(self) -> Sequence[RevocationRecord]:
        """Those not done, oldest first."""

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

    async def audit_end(self) -> tuple[int, bytes] | None:
        """Number and digest of the last row; None where there is none."""

    async def heads(
        self,
        *,
        waiting: bool = False,
        newest: bool = False,
        signed_after: int | None = None,
        limit: int | None = None,
    ) -> Sequence[HeadRecord]:
        """By number: all, those that the CA is still to be asked about, the newest alone, or signed ones behind this number; at most `limit`."""

    async def verify_audit(self) -> Verdict:
        """Walk the whole chain."""


async def erase_person(
    store: Store, person: str, accounts: Sequence[str], entry: AuditEntry, names: Sequence[str] = ()
) -> Erasure:
    """Look where the names of this person stand, and erase them in one unit of work. Raises StoreError: nothing was erased."""
    where = await store.mentions(person, accounts, names)
    return await store.write(lambda unit: unit.erase_person(person, accounts, entry, where))
