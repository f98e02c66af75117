"""The names that stand beside the audit log: who an account was called, in rows that can go.

A row of the log names people by identifier, and holds SHA-256(salt ‖ name) of what each was called then. Salt and name lie in the
table `audit_names`, one row for each name that an account has had: once that is gone nobody can tell the name, nor guess it.
"""

import re
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import sqlalchemy as sa

from relay.core.records import AuditEntry, NameBeside
from relay.store import tables

SALT: Final = 16  # random bytes
_ACCOUNT: Final = re.compile(r"(?:tasuki://[^/]{1,100}/[a-z]{1,10}/)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_AT_ONCE: Final = 500
"""Accounts that one statement asks for: databases bound how many values one may have."""


def accounts_in(entry: AuditEntry) -> frozenset[str]:
    """The identifiers in it that an account may have: of who did it, what it was done to, and each fact that is one or its URI."""
    values = (entry.actor, entry.subject, *entry.facts.values())
    found = (_ACCOUNT.fullmatch(value) for value in values if isinstance(value, str))
    return frozenset(one[1] for one in found if one is not None)


def digest(salt: bytes, name: str) -> str:
    """What a row of the log holds of a name, in hex."""
    return sha256(salt + name.encode("utf-8", "surrogatepass")).hexdigest()


def beside(account: str, name: str) -> NameBeside:
    """A name with a new salt."""
    return NameBeside(account=account, salt=secrets.token_bytes(SALT), name=name)


def is_true(one: NameBeside, kept: str) -> bool:
    """Whether it is the name whose digest was written."""
    return digest(one.salt, one.name) == kept


@dataclass(frozen=True)
class Names:
    """What accounts are called at the moment: the digest of each one's name, by identifier."""

    digests: Mapping[str, str]

    def of(self, entry: AuditEntry) -> dict[str, str]:
        """For a row of this entry: the digests of those in it."""
        return {one: self.digests[one] for one in sorted(accounts_in(entry)) if one in self.digests}


def names_now(connection: sa.Connection, entries: Iterable[AuditEntry]) -> Names:
    """What those in these entries are called in the transaction that `connection` is in. One who has no such row yet gets it."""
    wanted = sorted(frozenset[str]().union(*map(accounts_in, entries)))
    found: dict[str, str] = {}
    new: list[dict[str, Any]] = []
    for some in _portions(wanted):
        for row in connection.execute(_CALLED, {"wanted": some}):
            kept = row.digest
            if kept is None:
                made = beside(row.identifier, row.name)
                kept = digest(made.salt, made.name)
                new.append({"account": made.account, "digest": kept, "salt": made.salt, "name": made.name})
            found[row.identifier] = kept
    if new:
        connection.execute(sa.insert(tables.audit_names), new)
    return Names(found)


_CALLED: Final = (
    sa.select(tables.accounts.c.identifier, tables.accounts.c.name, tables.audit_names.c.digest)
    .outerjoin(
        tables.audit_names,
        sa.and_(
            tables.audit_names.c.account == tables.accounts.c.identifier,
            tables.audit_names.c.name == tables.accounts.c.name,
        ),
    )
    .where(tables.accounts.c.identifier.in_(sa.bindparam("wanted", expanding=True)), tables.accounts.c.name != "")
)


def _portions(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for begin in range(0, len(values), _AT_ONCE):
        yield values[begin : begin + _AT_ONCE]
