"""Records of a company's months, put into a relay's database as it stands: sessions evenly over a time, and a long audit log."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar

import sqlalchemy as sa

from common.protocol.identity import Role
from common.protocol.messages import Mode, ToAnyone, ToGroup
from common.protocol.reasons import Why
from relay.core.records import AuditEntry, GroupRecord, PersonRecord, RequestRecord, RequestState, SessionRecord
from relay.store import chain, rows, tables
from tests.support.people import account, participant

T = TypeVar("T")

PEOPLE: Final = 60
HELPERS: Final = [account(1000 + number, Role.HELPER, f"Helper {number}") for number in range(6)]
USERS: Final = [account(2000 + number, Role.USER, f"User {number}") for number in range(PEOPLE)]
DESK: Final = GroupRecord(
    name="Desk",
    created_at=HELPERS[0].created_at,
    members=frozenset({HELPERS[0].identifier}),
    restricted=True,
    askers=frozenset({USERS[7].identifier}),
)
FORMULA: Final = '=HYPERLINK("http://example.org","x")'
_BATCH: Final = 5000


def session(number: int, granted_at: datetime) -> tuple[RequestRecord, SessionRecord]:
    """The session of this number, over, and its request: every tenth was cut, every third was asked of the group Desk."""
    user, helper = USERS[number % PEOPLE], HELPERS[number % len(HELPERS)]
    why = Why.CUT if number % 10 == 0 else Why.HELPER_ENDED
    ended_at = granted_at + timedelta(minutes=5)
    request = RequestRecord(
        identifier=f"{number:032x}",
        state=RequestState.OVER,
        user=participant(user),
        to=ToGroup(group=DESK.name) if number % 3 == 0 else ToAnyone(),
        mode=Mode.CONTROL,
        topic=FORMULA if number % 7 == 0 else 'A printer, and "quotes"\nand 日本語',
        asked_at=granted_at - timedelta(minutes=1),
        waiting_since=granted_at - timedelta(minutes=1),
        over_at=ended_at,
        why=why,
    )
    made = SessionRecord(
        identifier=f"{number:031x}f",
        request=request.identifier,
        user=participant(user),
        helper=participant(helper),
        mode=Mode.CONTROL,
        granted_at=granted_at,
        active_at=granted_at + timedelta(seconds=2),
        ended_at=ended_at,
        why=why,
        up=number,
        down=0,
    )
    return request, made


def fill(database: Path, *, sessions: int, audit_rows: int, begin: datetime, end: datetime) -> None:
    """`sessions` granted from `begin` to before `end`, and `audit_rows` about them, behind those that are there."""
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(database)))
    step = (end - begin) / max(1, sessions)
    with engine.begin() as connection:
        people = [
            PersonRecord(identifier=one.person, name=one.name, created_at=one.created_at) for one in (*USERS, *HELPERS)
        ]
        connection.execute(sa.insert(tables.people), [rows.person_row(one) for one in people])
        connection.execute(sa.insert(tables.accounts), [rows.account_row(one) for one in (*USERS, *HELPERS)])
        connection.execute(sa.insert(tables.groups), rows.group_row(DESK))
        for table, inside in ((tables.memberships, DESK.members), (tables.askers, DESK.askers)):
            connection.execute(sa.insert(table), [{"group": DESK.name, "account": one} for one in sorted(inside)])
        for numbers in batched(range(sessions), _BATCH):
            made = [session(number, begin + number * step) for number in numbers]
            connection.execute(sa.insert(tables.requests), [rows.request_row(one) for one, _ in made])
            connection.execute(sa.insert(tables.sessions), [rows.session_row(one) for _, one in made])
        log = tables.audit
        last = connection.execute(
            sa.select(log.c.number, log.c.digest).order_by(log.c.number.desc()).limit(1)
        ).one_or_none()
        number, previous = (last.number, last.digest) if last is not None else (0, chain.START)
        for batch in batched(_entries(audit_rows, sessions, begin, step), _BATCH):
            linked = chain.extend(batch, number=number, previous=previous)
            connection.execute(sa.insert(log), [rows.audit_row(row) for row in linked])
            number, previous = linked[-1].number, linked[-1].digest
    engine.dispose()


def _entries(count: int, sessions: int, begin: datetime, step: timedelta) -> Iterator[AuditEntry]:
    entry = AuditEntry(at=begin, actor="relay", event="session.over", subject="", facts={"why": "cut", "up": 1})
    for number in range(count):
        about = number * sessions // count
        yield replace(entry, at=begin + about * step, subject=f"{about:031x}f")


def batched(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of `size`, the last one of what is left (itertools has it from Python 3.12 on)."""
    left = iter(values)
    while batch := list(itertools.islice(left, size)):
        yield batch
