"""`sessions list` and `audit …` of what was: read page by page by this process, whatever the relay does meanwhile."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from common.host.errors import TasukiError
from common.host.words import _
from common.net.audit_head import CheckedHead, load_head
from common.net.certificates import CertificateError, chain_from_pem
from common.protocol.messages import ToGroup
from common.protocol.reasons import Why
from relay.admin.history import check_group, person_and_accounts, reading
from relay.commands.asked import PAGE, span
from relay.commands.shared import moment, print_json, print_row, session_line
from relay.commands.tables import table_in
from relay.core.history import Cursor, SessionEntry, SessionFilter, Span
from relay.core.records import AuditRow, HeadRecord, Verdict
from relay.folder import RelayFolder, open_folder
from relay.store.reading import Reader

SESSION_COLUMNS: Final = (
    *("session", "request", "granted", "active", "ended", "seconds", "why", "mode"),
    *("user", "helper", "group", "topic", "bytes_up", "bytes_down", "interruptions", "user_uri", "helper_uri"),
    *("last_mode", "mode_changes"),
)
AUDIT_COLUMNS: Final = ("number", "at", "actor", "event", "subject", "facts", "names", "erased", "digest")
Known = Mapping[tuple[str, str], str]
"""Names by account and digest, where they still are."""


def list_sessions(
    folder: Path,
    *,
    since: date | None,
    until: date | None,
    who: str | None,
    group: str | None,
    ended: Why | None,
    page: int | None,
    after: Cursor | None,
    table: Path | None,
    as_json: bool,
) -> None:
    """A page, and what the next one is behind; or with `table` all of them. Raises TasukiError (order_…, relay_store_…)."""

    async def read() -> None:
        async with reading(open_folder(folder).database) as reader:
            wanted = SessionFilter(
                span=span(since, until),
                accounts=None if who is None else (await person_and_accounts(reader, who))[1],
                group=None if group is None else await check_group(reader, group),
                why=ended,
            )
            if table is not None:
                await _sessions_table(reader, wanted, table)
                return
            found, following = await reader.sessions(wanted, limit=page or PAGE, after=after)
        for entry in found:
            one = session_builtins(entry)
            print_row(one, session_line(one), as_json=as_json)
        if following is None:
            return
        if as_json:
            print_json({"next": str(following)})
        else:
            click.echo(_("There are more:  --after {place}").format(place=following), err=True)

    asyncio.run(read())


def show_audit(
    folder: Path,
    *,
    since: date | None,
    until: date | None,
    after: int,
    limit: int | None,
    table: Path | None,
    as_json: bool,
) -> None:
    """The rows wanted, oldest first, at most `limit`. Raises TasukiError (relay_store_…)."""

    async def read() -> None:
        async with reading(open_folder(folder).database) as reader:
            if table is None:
                await _audit_rows(reader, span(since, until), after, limit, as_json=as_json)
            else:
                await _audit_table(reader, span(since, until), after, limit, table)

    asyncio.run(read())


def verify_audit(folder: Path, *, kept: Path | None = None) -> Verdict:
    """Walk the chain, and hold it against the heads that the CA has signed, and those `kept` elsewhere. Raises TasukiError (relay_store_…, heads_unreadable)."""
    opened = open_folder(folder)

    async def read() -> Verdict:
        async with reading(opened.database) as reader:
            return await verified(reader, _root_of(opened), kept)

    return asyncio.run(read())


async def verified(reader: Reader, root: bytes | None, kept: Path | None = None) -> Verdict:
    """The same of an open reader; without a root no signature is looked at. Raises TasukiError (heads_unreadable), StoreError."""
    records = await reader.heads()
    documents = [one.document for one in records if one.document is not None]
    wanted = {one.number: one.digest for one in records if one.document is not None}
    false: list[int] = []
    if root is not None:
        false += [one.number for one in records if one.document is not None and not _is_head(one, root)]
    broken: list[int] = []
    for head in _kept_heads(kept, root, broken) if kept is not None and root is not None else []:
        if wanted.get(head.number, head.digest) != head.digest:
            false.append(head.number)
        wanted.setdefault(head.number, head.digest)
    verdict = await reader.verify(wanted)
    if false:
        verdict = replace(verdict, false_head=min([*false, verdict.false_head or false[0]]))
    return replace(
        verdict,
        signed=max(wanted, default=0) if documents or kept else 0,
        heads_waiting=sum(one.waits for one in records),
        heads_refused=sum(one.refused is not None for one in records),
        broken_lines=tuple(broken),
    )


def _is_head(record: HeadRecord, root: bytes) -> bool:
    try:
        head = load_head(record.document or b"", root)
    except CertificateError:
        return False
    return (head.number, head.digest) == (record.number, record.digest)


def _kept_heads(file: Path, root: bytes, broken: list[int]) -> Iterator[CheckedHead]:
    """Numbers of lines that are no signed head (one was cut off when a disk was full) go into `broken`. Raises TasukiError (heads_unreadable): none is one."""
    first: CertificateError | None = None
    good = False
    try:
        with file.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    head = load_head(line.strip(), root)
                except CertificateError as error:
                    first = first or error
                    broken.append(number)
                    continue
                good = True
                yield head
    except OSError as error:
        raise TasukiError("heads_unreadable", path=file, line=0, detail=error.strerror) from error
    if first is not None and not good:
        raise TasukiError("heads_unreadable", path=file, line=broken[0], detail=first) from first


def _root_of(folder: RelayFolder) -> bytes | None:
    try:
        return chain_from_pem(folder.root.read_bytes())[0]
    except (OSError, CertificateError):
        return None


def session_builtins(entry: SessionEntry) -> dict[str, Any]:
    """In JSON's types: the session's own fields, and of its request `to` and `topic`."""
    return {
        **msgspec.to_builtins(entry.session),
        "to": msgspec.to_builtins(entry.to),
        "topic": entry.topic,
    }


def audit_builtins(row: AuditRow, known: Known) -> dict[str, Any]:
    """In JSON's types. `names`: by account, None for one that was erased."""
    entry: dict[str, Any] = msgspec.to_builtins(row.entry)
    names = {account: known.get((account, digest)) for account, digest in row.names.items()}
    return {"number": row.number, **entry, "names": names, "erased": row.erased, "digest": row.digest.hex()}


def audit_line(one: Mapping[str, Any]) -> str:
    """The same for people: names stand behind, where they still are."""
    facts = [f"{name}={value}" for name, value in one["facts"].items()]
    names = [f"{account}: {name or _('erased')}" for account, name in one["names"].items()]
    if one["erased"]:
        facts = [f"({_('erased')})"]
    parts = [str(one["number"]), moment(one["at"]), one["actor"], one["event"], one["subject"], " ".join(facts)]
    return "  ".join([*parts, *([f"({'; '.join(names)})"] if names else [])]).rstrip()


async def _sessions_table(reader: Reader, wanted: SessionFilter, table: Path) -> None:
    with table_in(table, SESSION_COLUMNS) as write:
        async for part in reader.all_sessions(wanted):
            for entry in part:
                write(_session_cells(entry))


def _session_cells(entry: SessionEntry) -> Sequence[object]:
    one, to = entry.session, entry.to
    begun, ended = one.active_at, one.ended_at
    return (
        one.identifier,
        one.request,
        *(_local(when) for when in (one.granted_at, begun, ended)),
        round((ended - begun).total_seconds()) if begun is not None and ended is not None else None,
        None if one.why is None else one.why.value,
        one.mode.value,
        one.user.name,
        one.helper.name,
        to.group if isinstance(to, ToGroup) else None,
        entry.topic,
        one.up,
        one.down,
        one.interruptions,
        one.user.uri,
        one.helper.uri,
        None if one.last_mode is None else one.last_mode.value,
        one.mode_changes,
    )


def _local(when: datetime | None) -> str | None:
    """With the zone's distance, so that the hour that comes twice in autumn is told apart."""
    return None if when is None else when.astimezone().isoformat(" ", "seconds")


async def _audit_rows(reader: Reader, wanted: Span, after: int, limit: int | None, *, as_json: bool) -> None:
    async for row, known in _audit_wanted(reader, wanted, after, limit):
        one = audit_builtins(row, known)
        print_row(one, audit_line(one), as_json=as_json)


async def _audit_table(reader: Reader, wanted: Span, after: int, limit: int | None, table: Path) -> None:
    with table_in(table, AUDIT_COLUMNS) as write:
        async for row, known in _audit_wanted(reader, wanted, after, limit):
            write(_audit_cells(row, known))


async def _audit_wanted(
    reader: Reader, wanted: Span, after: int, limit: int | None
) -> AsyncIterator[tuple[AuditRow, Known]]:
    left = itertools.count() if limit is None else iter(range(limit))
    async for part in reader.audit(wanted, after=after):
        known = await reader.names_of(part)
        for row in part:
            if next(left, None) is None:
                return
            yield row, known


def _audit_cells(row: AuditRow, known: Known) -> Sequence[object]:
    entry = row.entry
    one = audit_builtins(row, known)
    facts, names = (msgspec.json.encode(one[what]).decode() for what in ("facts", "names"))
    erased = _("erased") if row.erased else None
    at = _local(entry.at)
    return row.number, at, entry.actor, entry.event, entry.subject, facts, names, erased, row.digest.hex()
