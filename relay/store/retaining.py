"""What is kept for so many days only, and rows of the audit log that lie in a file: a part at a time, so that nobody waits long."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from relay.core.records import Kept, RequestState
from relay.store import tables

_EMPTY: Final[Mapping[Kept, Mapping[str, Any]]] = {
    Kept.TOPICS: {"topic": ""},
    Kept.NOTES: {"note": ""},
    Kept.COMPUTERS: {"inventory": {}},
}


def forget(connection: sa.Connection, kind: Kept, *, before: datetime, limit: int) -> int:
    """Empty that in at most `limit` requests that were over before this; how many."""
    table = tables.requests
    [(name, empty)] = _EMPTY[kind].items()
    there = table.c[name] != empty if empty == "" else sa.cast(table.c[name], sa.Text) != json.dumps(empty)
    old = (
        sa.select(table.c.identifier)
        .where(table.c.asked_at < before, table.c.over_at < before, table.c.state == RequestState.OVER.value, there)
        .limit(limit)
    )
    found = list(connection.execute(old).scalars())
    if found:
        connection.execute(sa.update(table).where(table.c.identifier.in_(found)).values(_EMPTY[kind]))
    return len(found)


def remove_rows(connection: sa.Connection, *, up_to: int, limit: int) -> int:
    """Remove at most `limit` rows of the audit log, the oldest first; how many. The database refuses those that are not archived."""
    table = tables.audit
    first = connection.execute(sa.select(sa.func.min(table.c.number))).scalar()
    if first is None or first > up_to:
        return 0
    last = min(up_to, first + limit - 1)
    connection.execute(sa.delete(table).where(table.c.number <= last))
    return int(last - first + 1)
