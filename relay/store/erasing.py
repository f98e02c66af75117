"""Erasing a person from the records: no name of theirs stays in any row, and nothing that they or others wrote where a name of theirs stands.

What names nobody stays: identifiers, certificates' fingerprints and serials, times, reasons, byte counts. Rows of the audit log keep
their digests; those that say a name (group names and old rows may) say nothing any more. Where names stand was looked for before
(relay.store.mentions); only what came since is looked at here.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, TypeVar

import sqlalchemy as sa

from common.protocol.reasons import Why
from relay.core.name_search import NameSearch
from relay.core.records import ERASED, Erasure, Mentions, RequestState
from relay.store import mentions, tables

T = TypeVar("T")

_PERSON: Final = {"name": "", "external_id": None, "department": "", "email": "", "note": ""}
_ACCOUNT: Final = {"name": "", "languages": [], "skills": []}
_REQUEST: Final = {"user_name": "", "topic": "", "note": "", "inventory": {}}
_COMPUTER: Final = {"computer_name": "", "system": "", "version": ""}
_EMPTY_TEXTS: Final = {"topic": "", "note": "", "inventory": {}}
_AT_ONCE: Final = 500


def erase(connection: sa.Connection, *, person: str, accounts: Sequence[str], at: datetime, where: Mentions) -> Erasure:
    """Do it, in the transaction that `connection` is in; `rows` are those of the audit log that say nothing any more. Again, it finds nothing.

    Whoever older records still know as somebody who may come in has left, at this time. What others wrote is left where their
    request is still open.
    """
    names = {name for one in mentions.names_of(person, accounts) for name in connection.execute(one).scalars()}
    search = NameSearch({*names, *where.names})
    people, log = tables.people, tables.audit_names
    requests, sessions = tables.requests, tables.sessions
    mine = sorted(accounts)
    _leave(connection, person, mine, at)
    connection.execute(sa.update(people).where(people.c.identifier == person).values(_PERSON))
    connection.execute(sa.update(tables.accounts).where(tables.accounts.c.identifier.in_(mine)).values(_ACCOUNT))
    connection.execute(sa.update(tables.certificates).where(tables.certificates.c.account.in_(mine)).values(_COMPUTER))
    asked = connection.execute(sa.update(requests).where(requests.c.user_account.in_(mine)).values(_REQUEST)).rowcount
    sides = [
        connection.execute(
            sa.update(sessions)
            .where(sessions.c[f"{side}_account"].in_(mine), sessions.c[f"{side}_name"] != "")
            .values({f"{side}_name": ""})
        ).rowcount
        for side in ("user", "helper")
    ]
    beside = connection.execute(sa.delete(log).where(log.c.account.in_(mine))).rowcount
    return Erasure(
        names=tuple(sorted(names - {""})),
        requests=asked,
        sessions=sum(sides),
        beside=beside,
        others=_others(connection, search, mine, where),
        rows=_rows(connection, search, where),
    )


def _leave(connection: sa.Connection, person: str, accounts: Sequence[str], at: datetime) -> None:
    people, known, requests, sessions = tables.people, tables.accounts, tables.requests, tables.sessions
    over = {"state": RequestState.OVER.value, "over_at": at, "why": Why.DISABLED.value, "session": None}
    theirs = sa.or_(sessions.c.user_account.in_(accounts), sessions.c.helper_account.in_(accounts))
    live = sa.select(sessions.c.request).where(theirs, sessions.c.ended_at.is_(None))
    concerned = sa.or_(requests.c.user_account.in_(accounts), requests.c.identifier.in_(live))
    connection.execute(sa.update(requests).where(concerned, requests.c.state != RequestState.OVER.value).values(over))
    connection.execute(
        sa.update(sessions).where(theirs, sessions.c.ended_at.is_(None)).values(ended_at=at, why=Why.DISABLED.value)
    )
    for table in (tables.memberships, tables.askers):
        connection.execute(sa.delete(table).where(table.c.account.in_(accounts)))
    connection.execute(
        sa.update(people).where(people.c.identifier == person, people.c.left_at.is_(None)).values(left_at=at)
    )
    connection.execute(
        sa.update(known).where(known.c.identifier.in_(accounts), known.c.disabled_at.is_(None)).values(disabled_at=at)
    )


def _others(connection: sa.Connection, search: NameSearch, mine: Sequence[str], where: Mentions) -> int:
    """What others have written where one of these names stands goes: topic, note and the computer's details of such a request."""
    table = tables.requests
    newer = mentions.request_statement(mine)
    if where.asked_until is not None:
        newer = newer.where(table.c.asked_at > where.asked_until)
    since = [
        row["identifier"] for row in map(dict, connection.execute(newer).mappings()) if mentions.in_request(search, row)
    ]
    count = 0
    for some in _portions([*where.requests, *since]):
        change = sa.update(table).where(
            table.c.identifier.in_(some), table.c.user_account.not_in(mine), table.c.state == RequestState.OVER.value
        )
        count += connection.execute(change.values(_EMPTY_TEXTS)).rowcount
    return count


def _rows(connection: sa.Connection, search: NameSearch, where: Mentions) -> tuple[int, ...]:
    """The numbers of the rows of the audit log in which one of these names stands; from now on they say nothing."""
    table = tables.audit
    newer = list(map(dict, connection.execute(mentions.row_statement().where(table.c.number > where.last)).mappings()))
    rows, subjects = mentions.told(search, newer)
    about = where.subjects | subjects
    found: list[int] = []
    for some in _portions(sorted({*where.rows, *rows})):
        still = sa.and_(table.c.number.in_(some), table.c.erased.is_(sa.false()), table.c.event != ERASED)
        numbers = list(connection.execute(sa.select(table.c.number).where(still)).scalars())
        for gone, values in (
            ([one for one in numbers if one in about], {"subject": ""}),
            ([one for one in numbers if one not in about], dict[str, str]()),
        ):
            if gone:
                change = sa.update(table).where(table.c.number.in_(gone))
                connection.execute(change.values(facts={}, erased=True, **values))
        found += numbers
    return tuple(sorted(found))


def _portions(values: Sequence[T]) -> Iterable[Sequence[T]]:
    return (values[begin : begin + _AT_ONCE] for begin in range(0, len(values), _AT_ONCE))
