"""People, accounts and groups, as whoever has a connection reads them: the relay's own store, and a reader beside it."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa

from relay.core.records import AccountRecord, GroupRecord, PersonRecord
from relay.store import rows, tables

T = TypeVar("T")


class Fetch(Protocol):
    """Runs a statement; what `read` makes of each row. Raises StoreUnavailableError, StoreDamagedError."""

    async def __call__(self, statement: sa.Select[Any], read: Callable[[sa.RowMapping], T], /) -> Sequence[T]: ...


async def people(fetch: Fetch) -> Sequence[PersonRecord]:
    """All, oldest first."""
    return await fetch(
        sa.select(tables.people).order_by(tables.people.c.created_at, tables.people.c.identifier), rows.person_of
    )


async def accounts(fetch: Fetch) -> Sequence[AccountRecord]:
    """All, oldest first."""
    return await fetch(
        sa.select(tables.accounts).order_by(tables.accounts.c.created_at, tables.accounts.c.identifier), rows.account_of
    )


async def groups(fetch: Fetch) -> Sequence[GroupRecord]:
    """All, by name, with their members and who may ask them."""
    members, askers = await _by_group(fetch, tables.memberships), await _by_group(fetch, tables.askers)
    return await fetch(
        sa.select(tables.groups).order_by(tables.groups.c.name),
        lambda row: rows.group_of(row, members.get(row["name"], ()), askers.get(row["name"], ())),
    )


async def _by_group(fetch: Fetch, table: sa.Table) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for group, account in await fetch(sa.select(table), rows.membership_of):
        found.setdefault(group, []).append(account)
    return found
