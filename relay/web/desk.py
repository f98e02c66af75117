"""The desk: the application service of matching. The front gives it connections, the command line and REST give it orders.

Nothing here knows HTTP, TLS or SQL. It is also the dataplane's listener (relay.dataplane.events.SessionEvents).
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from common.protocol.identity import Role
from common.protocol.reasons import Why
from relay.core.ports import Bus, Clock, SessionEnder
from relay.core.records import Account, AuditRow, Group, RequestRecord, SessionRecord, Verdict
from relay.core.storing import Store
from relay.core.tickets import TicketTable
from relay.web.numbers import DeskNumbers


class DeskError(Exception):
    """An order that cannot be carried out; `code` is for programs, the text for the operator."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Desk:
    """One relay's desk. `relay` is the name that agents sign for, `legs` the public addresses given out with tickets.

    `authority_root` is the root's DER. `dataplane` may be set later, before `start`.
    """

    def __init__(
        self,
        *,
        store: Store,
        tickets: TicketTable,
        dataplane: SessionEnder | None,
        bus: Bus,
        authority_root: bytes,
        organisation: str,
        relay: str,
        legs: Sequence[tuple[str, int]],
        numbers: DeskNumbers,
        clock: Clock,
        random: Callable[[int], bytes],
    ) -> None:
        self.dataplane = dataplane

    async def start(self) -> None:
        """Take up what the store holds: no session stays open, waiting requests wait for their users to come back."""
        raise NotImplementedError

    async def stop(self) -> None:
        """End what is live (RELAY_STOPPED; waiting requests keep waiting in the store), close every matching connection (1001)."""
        raise NotImplementedError

    @property
    def ready(self) -> bool:
        """Whether new work can be taken: started, a CRL is there, and the store can be written. For /healthz."""
        raise NotImplementedError

    def listener(self, address: str, *, identified: Callable[[], None] = lambda: None) -> object:
        """A listener (common.net.websocket) for one new matching connection from `address`, which is for the log.

        `identified` is called once, when the agent has proved who it is: the front then counts it as known.
        """
        raise NotImplementedError

    async def crl_changed(self, der: bytes) -> None:
        """The CA signed a newer CRL: push it, end what the revoked certificates have. Called at start as well."""
        raise NotImplementedError

    # the dataplane's events

    def spliced(self, session: str) -> None:
        """Both legs are here and got `ready`."""

    def over(self, session: str, why: Why, up: int, down: int) -> None:
        """A session that had a leg has none any more."""

    # enrolment, for REST

    def may_renew(self, account: str) -> bool:
        """Whether this account is known and enabled."""
        raise NotImplementedError

    async def enrolled(self, leaf: bytes, *, renewed: bool = False) -> None:
        """The CA has answered an enrolment or a renewal with this certificate (DER): keep it. Raises DeskError (no_account, account_disabled)."""
        raise NotImplementedError

    # orders: `by` is who gave them ("operator:root"), for the audit log

    async def add_account(
        self, *, role: Role, name: str, languages: Sequence[str] = (), skills: Sequence[str] = (), by: str
    ) -> Account:
        """A new account. Raises DeskError (name_taken, bad_name)."""
        raise NotImplementedError

    def accounts(self) -> list[Account]:
        """All, oldest first."""
        raise NotImplementedError

    def find_account(self, name_or_identifier: str, role: Role | None = None) -> Account:
        """By identifier or by display name. Raises DeskError (no_account, ambiguous)."""
        raise NotImplementedError

    async def disable_account(self, identifier: str, *, by: str) -> Account:
        """Its live sessions and requests end, its connections close. Raises DeskError (no_account)."""
        raise NotImplementedError

    async def enable_account(self, identifier: str, *, by: str) -> Account:
        """It may come in again. Raises DeskError (no_account)."""
        raise NotImplementedError

    async def prepare_enrolment(self, identifier: str, *, by: str) -> None:
        """Note that an enrolment line is being made for this account. Raises DeskError (no_account, account_disabled)."""
        raise NotImplementedError

    async def add_group(self, name: str, *, by: str) -> Group:
        """Raises DeskError (name_taken, bad_name)."""
        raise NotImplementedError

    async def remove_group(self, name: str, *, by: str) -> None:
        """Requests that wait for it are over. Raises DeskError (no_group)."""
        raise NotImplementedError

    async def change_members(self, name: str, *, add: Sequence[str] = (), remove: Sequence[str] = (), by: str) -> Group:
        """`add` and `remove` are identifiers of helpers. Raises DeskError (no_group, no_account, not_a_helper)."""
        raise NotImplementedError

    def groups(self) -> list[Group]:
        """All, by name."""
        raise NotImplementedError

    async def sessions(self, *, limit: int = 100, before: datetime | None = None) -> list[SessionRecord]:
        """The newest first, ended ones included."""
        raise NotImplementedError

    def live_sessions(self) -> list[SessionRecord]:
        """Granted and active ones."""
        raise NotImplementedError

    async def end_session(self, session: str, *, by: str) -> None:
        """Raises DeskError (no_session)."""
        raise NotImplementedError

    async def requests(self, *, limit: int = 100, before: datetime | None = None) -> list[RequestRecord]:
        """The newest first, those that are over included."""
        raise NotImplementedError

    def open_requests(self) -> list[RequestRecord]:
        """Those not over, in the order of the queue."""
        raise NotImplementedError

    async def end_request(self, request: str, *, by: str) -> None:
        """Whatever state it is in. Raises DeskError (no_request)."""
        raise NotImplementedError

    async def audit_rows(self, *, after: int = 0, limit: int = 1000) -> list[AuditRow]:
        """Rows of the audit log, from the one after number `after`."""
        raise NotImplementedError

    async def verify_audit(self) -> Verdict:
        """Walk the audit chain."""
        raise NotImplementedError
