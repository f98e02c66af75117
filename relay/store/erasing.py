"""Erasing a person from the records: no name of theirs stays in any row, and nothing that they or others wrote where a name of theirs stands.

What names nobody stays: identifiers, certificates' fingerprints and serials, times, reasons, byte counts. Rows of the audit log keep
their digests; those that say a name (group names and old rows may) say nothing any more.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from common.protocol.reasons import Why
from relay.core.records import Erasure, RequestState
from relay.store import tables

_PERSON: Final = {"name": "", "external_id": None, "department": "", "email": "", "note": ""}
_ACCOUNT: Final = {"name": "", "languages": [], "skills": []}
_REQUEST: Final = {"user_name": "", "topic": "", "note": "", "inventory": {}}
_COMPUTER: Final = {"computer_name": "", "system": "", "version": ""}
_EMPTY_TEXTS: Final = {"topic": "", "note": "", "inventory": {}}
_AT_ONCE: Final = 500


def erase(connection: sa.Connection, *, person: str, accounts: Sequence[str], at: datetime) -> Erasure:
    """Do it, in the transaction that `connection` is in; `rows` are those of the audit log that say nothing any more. Again, it finds nothing.

    Whoever older records still know as somebody who may come in has left, at this time. What others wrote is left where their
    request is still open.
    """
    names = _names(connection, person, accounts)
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
        names=names,
        requests=asked,
        sessions=sum(sides),
        beside=beside,
        others=_others(connection, names, mine),
        rows=_rows(connection, names),
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


def stands_in(name: str, text: str) -> bool:
    """Whether the name stands in it, in whichever case; not inside a longer word, where a script has spaces between words."""
    wanted, within = name.casefold(), text.casefold()
    place = within.find(wanted)
    while place >= 0:
        around = (within[place - 1 : place] if place else "", within[place + len(wanted) : place + len(wanted) + 1])
        edges = (wanted[0], wanted[-1])
        if not any(_goes_on(edge, beyond) for edge, beyond in zip(edges, around, strict=True)):
            return True
        place = within.find(wanted, place + 1)
    return False


def _goes_on(edge: str, beyond: str) -> bool:
    """Whether these two are of one word: letters that have two cases are written together."""
    return edge.upper() != edge and beyond.isalpha() and beyond.upper() != beyond


def _names(connection: sa.Connection, person: str, accounts: Sequence[str]) -> tuple[str, ...]:
    """All that the person is or was called, anywhere in the records."""
    everywhere = (
        (tables.people.c.name, tables.people.c.identifier, [person]),
        (tables.accounts.c.name, tables.accounts.c.identifier, accounts),
        (tables.requests.c.user_name, tables.requests.c.user_account, accounts),
        (tables.sessions.c.user_name, tables.sessions.c.user_account, accounts),
        (tables.sessions.c.helper_name, tables.sessions.c.helper_account, accounts),
        (tables.audit_names.c.name, tables.audit_names.c.account, accounts),
    )
    found: set[str] = set()
    for name, whose, mine in everywhere:
        found.update(connection.execute(sa.select(name).distinct().where(whose.in_(mine))).scalars())
    return tuple(sorted(found - {""}))


def _others(connection: sa.Connection, names: Iterable[str], mine: Sequence[str]) -> int:
    """What others have written where one of these names stands goes: topic, note and the computer's details of such a request."""
    table = tables.requests
    texts = (table.c.topic, table.c.note, sa.cast(table.c.inventory, sa.Text))
    found: set[str] = set()
    for name in names:
        statement = sa.select(table.c.identifier, table.c.topic, table.c.note, table.c.inventory).where(
            table.c.user_account.not_in(mine),
            table.c.state == RequestState.OVER.value,
            sa.or_(*(_holds(text, name) for text in texts)),
        )
        for row in connection.execute(statement):
            if any(stands_in(name, text) for text in (row.topic, row.note, *_texts(row.inventory))):
                found.add(row.identifier)
    for some in _portions(sorted(found)):
        connection.execute(sa.update(table).where(table.c.identifier.in_(some)).values(_EMPTY_TEXTS))
    return len(found)


def _rows(connection: sa.Connection, names: Iterable[str]) -> tuple[int, ...]:
    """The numbers of the rows of the audit log in which one of these names stands; from now on they say nothing."""
    table = tables.audit
    texts = (table.c.actor, table.c.subject, sa.cast(table.c.facts, sa.Text))
    found: dict[int, dict[str, Any]] = {}
    for name in names:
        statement = sa.select(table.c.number, table.c.actor, table.c.subject, table.c.facts).where(
            table.c.erased.is_(sa.false()), sa.or_(*(_holds(text, name) for text in texts))
        )
        for row in connection.execute(statement):
            said = found.get(row.number, {"wanted": row.number, "actor": row.actor, "subject": row.subject})
            told = {what for what in ("actor", "subject") if stands_in(name, said[what])}
            if told or any(stands_in(name, text) for text in _texts(row.facts)):
                found[row.number] = {**said, **dict.fromkeys(told, "")}
    if found:
        change = sa.update(table).where(table.c.number == sa.bindparam("wanted"))
        values = {"facts": {}, "erased": True, "actor": sa.bindparam("actor"), "subject": sa.bindparam("subject")}
        connection.execute(change.values(values), list(found.values()))
    return tuple(sorted(found))


def _holds(text: sa.ColumnElement[str], name: str) -> sa.ColumnElement[bool]:
    """Whether it may stand there, as it is or as JSON writes it; the database knows less of letters than `stands_in`."""
    forms = dict.fromkeys((name, json.dumps(name)[1:-1]))
    lowered = sa.func.lower(text)
    return sa.or_(
        *(text.contains(form, autoescape=True) for form in forms),
        *(lowered.contains(form.lower(), autoescape=True) for form in forms),
    )


def _texts(facts: Mapping[str, Any]) -> list[str]:
    return [part for pair in facts.items() for part in pair if isinstance(part, str)]


def _portions(values: Sequence[str]) -> Iterable[Sequence[str]]:
    return (values[begin : begin + _AT_ONCE] for begin in range(0, len(values), _AT_ONCE))
