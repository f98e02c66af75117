"""All that the relay's records hold about one person, as a document in pieces: a helper's years need not fit into memory."""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import Any

import msgspec

from common.protocol.identity import IdentityUri
from common.protocol.messages import ToHelper
from relay.admin.history import directory
from relay.admin.lookup import find_person
from relay.core.history import SessionFilter
from relay.core.records import AuditRow, RequestRecord
from relay.store.reading import Reader

Piece = tuple[str, Any]
"""A member of the document and one value: its own, or a further one of its list (`LISTS`)."""

LISTS = (
    *("accounts", "names", "groups", "groups_that_may_be_asked", "enrolments", "certificates", "revocations"),
    *("requests", "requests_of_others", "sessions", "audit"),
)
"""Members of the document that are lists, in their order."""


async def about(reader: Reader, who: str, *, organisation: str, now: datetime) -> AsyncIterator[Piece]:
    """Every row that is about this person: what is written down, accounts with what belongs to them, requests, sessions, audit log.

    Of others' requests there is only what this person did about them. Values are JSON's own types.
    Raises OrderError (order_no_person, order_ambiguous), StoreError.
    """
    everybody = await directory(reader)
    person = find_person(everybody, who)
    accounts = everybody.accounts_of(person.identifier)
    mine = frozenset(one.identifier for one in accounts)
    uris = frozenset(
        str(IdentityUri(organisation=organisation, role=one.role, account=one.identifier)) for one in accounts
    )
    yield "organisation", organisation
    yield "made_at", msgspec.to_builtins(now)
    yield "person", msgspec.to_builtins(person)
    for name, values in (
        ("accounts", accounts),
        ("names", await reader.names_had(mine)),
        ("groups", [one.name for one in everybody.groups() if one.members & mine]),
        ("groups_that_may_be_asked", [one.name for one in everybody.groups() if one.askers & mine]),
        ("enrolments", await reader.enrolments(mine)),
        ("certificates", certificates := await reader.certificates(mine)),
        ("revocations", revocations := await reader.revocations(mine)),
    ):
        for value in values:
            yield name, msgspec.to_builtins(value)
    known = {person.identifier, *mine, *uris}
    known |= {one.fingerprint for one in certificates} | {one.serial for one in certificates}
    known |= {one.identifier for one in revocations}
    async for part in reader.requests_with(mine, uris):
        for request in part:
            if request.user.account in mine:
                known.add(request.identifier)
                yield "requests", msgspec.to_builtins(request)
            else:
                yield "requests_of_others", _of_another(request, mine, uris)
    async for sessions in reader.all_sessions(SessionFilter(accounts=mine)):
        for entry in sessions:
            known |= {entry.session.identifier, entry.session.request}
            yield "sessions", msgspec.to_builtins(entry.session)
    async for rows in reader.audit():
        for row in rows:
            if _concerns(row, known):
                entry = msgspec.to_builtins(row.entry)
                yield "audit", {"number": row.number, **entry, "erased": row.erased, "digest": row.digest.hex()}


def _of_another(request: RequestRecord, mine: frozenset[str], uris: frozenset[str]) -> dict[str, Any]:
    asked = isinstance(request.to, ToHelper) and request.to.uri in uris
    return {
        "identifier": request.identifier,
        "asked_at": msgspec.to_builtins(request.asked_at),
        "asked": asked,
        "declined": bool(request.declined & mine),
    }


def _concerns(row: AuditRow, known: Iterable[str]) -> bool:
    """Whether one of these stands in it: facts may hold several, with spaces between."""
    entry = row.entry
    words = {entry.actor, entry.subject}
    for value in entry.facts.values():
        if isinstance(value, str):
            words.update(value.split(" "))
    return not words.isdisjoint(known)
