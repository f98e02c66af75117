"""Where the names of somebody who is to be erased stand: looked for beside the writer, in portions, so that its transaction only has to write.

Only what people have written is looked at: topics, notes, computers' details, and in the audit log names of groups and texts. Identifiers,
URIs, keys and words of a fixed vocabulary say nothing of anybody, whatever they look like.
"""

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, Protocol, TypeVar

import sqlalchemy as sa

from relay.core.name_search import NameSearch
from relay.core.records import ERASED, Mentions
from relay.store import tables

T = TypeVar("T")

PART: Final = 1000
"""Rows that one transaction reads, and one turn looks through."""

_IDENTIFIER: Final = re.compile(
    r"(?:tasuki://\S+|operator:\S*|relay|[0-9a-fA-F]{8,}(?:-[0-9a-fA-F]{4,})*|[0-9:.+TZ-]+)"
)
_FIXED: Final = frozenset(
    {
        *("why", "mode", "most", "role", "serial", "session", "helper", "user", "interruption", "seconds", "asked_by"),
        *("changed", "added", "removed", "other", "rows", "row", "found", "turn", "found_turn"),
        *("fault", "file", "digest", "first", "last"),
    }
)
"""Facts that never hold what somebody has written."""
_TARGETS: Final = ("helper:", "group:", "anyone")
"""How a fact `to` begins (relay.core.queue.describe)."""

_NAMES: Final = (
    (tables.people.c.name, tables.people.c.identifier, True),
    (tables.accounts.c.name, tables.accounts.c.identifier, False),
    (tables.requests.c.user_name, tables.requests.c.user_account, False),
    (tables.sessions.c.user_name, tables.sessions.c.user_account, False),
    (tables.sessions.c.helper_name, tables.sessions.c.helper_account, False),
    (tables.audit_names.c.name, tables.audit_names.c.account, False),
)
"""Where somebody is called something, by whose identifier; whether that is the person's own."""


class ReadAll(Protocol):
    """As a store reads: one statement, in a transaction of its own."""

    async def __call__(self, statement: sa.Select[Any], read: Callable[[sa.RowMapping], T], /) -> Sequence[T]:
        """Each row as `read` makes it."""


async def find(read: ReadAll, *, person: str, accounts: Sequence[str], names: Iterable[str]) -> Mentions:
    """What is to be erased with this person. `names`: further ones that they had. Raises StoreUnavailableError."""
    called = set(names)
    for statement in names_of(person, accounts):
        called.update(await read(statement, lambda row: str(row["name"])))
    called -= {""}
    [newest] = await read(sa.select(sa.func.max(tables.requests.c.asked_at).label("at")), lambda row: row["at"])
    search = NameSearch(called)
    requests = await _requests(read, search, accounts) if search else ()
    rows, subjects, last = await _rows(read, search)
    return Mentions(
        names=tuple(sorted(called)), requests=requests, asked_until=newest, rows=rows, subjects=subjects, last=last
    )


def names_of(person: str, accounts: Sequence[str]) -> list[sa.Select[Any]]:
    """Statements for all that the person is or was called, anywhere in the records."""
    return [
        sa.select(name.label("name")).distinct().where(whose.in_([person] if own else list(accounts)))
        for name, whose, own in _NAMES
    ]


def request_statement(accounts: Sequence[str]) -> sa.Select[Any]:
    """Of requests of others, what is looked at."""
    table = tables.requests
    chosen = sa.select(table.c.identifier, table.c.topic, table.c.note, table.c.inventory)
    return chosen.where(table.c.user_account.not_in(accounts)).order_by(table.c.identifier)


def row_statement() -> sa.Select[Any]:
    """Of rows of the audit log, what is looked at. A row that confirms others is never cleared: it holds identifiers and numbers alone."""
    table = tables.audit
    chosen = sa.select(table.c.number, table.c.subject, table.c.facts)
    return chosen.where(table.c.erased.is_(sa.false()), table.c.event != ERASED).order_by(table.c.number)


def in_request(search: NameSearch, row: Mapping[str, Any]) -> bool:
    """Whether a name stands in what was written there."""
    details = row["inventory"].values() if isinstance(row["inventory"], dict) else ()
    return any(search(text) for text in (row["topic"], row["note"], *details) if isinstance(text, str))


def in_subject(search: NameSearch, row: Mapping[str, Any]) -> bool:
    """Whether a name stands in what it is about: a group's name may have it."""
    return _in_text(search, row["subject"])


def in_facts(search: NameSearch, row: Mapping[str, Any]) -> bool:
    """Whether a name stands in a fact that somebody has written."""
    facts = row["facts"] if isinstance(row["facts"], dict) else {}
    return any(
        _in_text(search, _target(value) if key == "to" else value)
        for key, value in facts.items()
        if key not in _FIXED and isinstance(value, str)
    )


def _in_text(search: NameSearch, text: str) -> bool:
    if all(_IDENTIFIER.fullmatch(word) for word in text.split()):
        return False
    return search(text)


def _target(text: str) -> str:
    """The group's name, where it is one."""
    kind = next((one for one in _TARGETS if text.startswith(one)), "")
    if kind == "group:":
        return text.removeprefix(kind)
    return "" if kind else text


async def _requests(read: ReadAll, search: NameSearch, accounts: Sequence[str]) -> tuple[str, ...]:
    found: list[str] = []
    statement, last = request_statement(accounts).limit(PART), ""
    while part := await read(statement.where(tables.requests.c.identifier > last), dict):
        last = part[-1]["identifier"]
        mine = await asyncio.to_thread(lambda part=part: [one for one in part if in_request(search, one)])  # type: ignore[misc]
        found += [one["identifier"] for one in mine]
    return tuple(found)


async def _rows(read: ReadAll, search: NameSearch) -> tuple[tuple[int, ...], frozenset[int], int]:
    """Numbers of rows, of those the ones whose subject goes too, and up to which row was looked."""
    [last] = await read(sa.select(sa.func.max(tables.audit.c.number).label("last")), lambda row: row["last"] or 0)
    if not search:
        return (), frozenset(), last
    found: list[int] = []
    subjects: set[int] = set()
    begin, number = 0, tables.audit.c.number
    while part := await read(row_statement().where(number > begin, number <= last).limit(PART), dict):
        begin = part[-1]["number"]
        mine, about = await asyncio.to_thread(told, search, part)
        found += mine
        subjects |= about
    return tuple(found), frozenset(subjects), last


def told(search: NameSearch, part: Sequence[Mapping[str, Any]]) -> tuple[list[int], set[int]]:
    """Of these rows the numbers of those in which a name stands, and of those where it does in the subject."""
    about = {one["number"] for one in part if in_subject(search, one)}
    return [one["number"] for one in part if one["number"] in about or in_facts(search, one)], about
