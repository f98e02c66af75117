"""`audit archive`: rows of the audit log into a file that verifies by itself; `audit verify --segment`: such files."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO

import click
import msgspec

from common.host.errors import TasukiError
from common.host.words import _, ngettext
from common.net.audit_head import CheckedHead, load_head
from common.net.certificates import CertificateError, chain_from_pem
from relay.admin.history import reading
from relay.admin.orders import ArchiveRows
from relay.commands.asked import span
from relay.commands.shared import carry_out, print_json
from relay.commands.tables import whole_file
from relay.core.records import AuditRow, HeadRecord, Verdict
from relay.core.segments import KIND, LINE_LIMIT, SegmentEnd, SegmentHeader, decode, row_line, rows_of
from relay.folder import RelayFolder, open_folder
from relay.store import chain
from relay.store.reading import Reader


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A file that holds together. `unconfirmed`: erased rows that a later one has to name."""

    first: int
    last: int
    previous: str
    digest: str
    unconfirmed: frozenset[int]


def archive(folder: Path, target: Path, *, until: date | None, remove: bool, as_json: bool) -> None:
    """Write the segment, read it back, and have its rows go where `remove` says so.

    Raises TasukiError (audit_archive_nothing, audit_broken, audit_segment_broken, file_not_written, relay_store_…, order_…).
    """
    opened = open_folder(folder)
    if target.exists():
        raise TasukiError("backup_there", path=target)

    async def write() -> None:
        async with reading(opened.database) as reader:
            head = await _newest(reader, until)
            first, previous = await reader.beginning()
            if head is None or head.number < first:
                raise TasukiError("audit_archive_nothing")
            await _write(
                reader, target, head, SegmentHeader(kind=KIND, first=first, last=head.number, previous=previous.hex())
            )

    asyncio.run(write())
    segment = verify(opened, [target])[0]
    removed = 0
    if remove:
        removed = carry_out(folder, ArchiveRows(first=segment.first, last=segment.last, digest=segment.digest))
    if as_json:
        told = {"first": segment.first, "last": segment.last, "digest": segment.digest}
        print_json({**told, "previous": segment.previous, "removed": removed})
        return
    click.echo(
        _("Rows {first} to {last} of the audit log are in {path}, and verify there.").format(
            first=segment.first, last=segment.last, path=target
        )
    )
    if remove:
        text = ngettext("{count} row is gone from the records.", "{count} rows are gone from the records.", removed)
        click.echo(text.format(count=removed))


def verify(folder: RelayFolder, files: Sequence[Path]) -> list[Segment]:
    """Each by itself, and that each goes on where the one before ended. Raises TasukiError (audit_segment_broken, tls_files_unusable)."""
    try:
        root = chain_from_pem(folder.root.read_bytes())[0]
    except (OSError, CertificateError) as error:
        raise TasukiError("tls_files_unusable", certificate=folder.root, detail=error) from error
    found: list[Segment] = []
    for file in files:
        try:
            with file.open("rb") as opened:
                one = _read(opened, root)
        except (OSError, ValueError) as error:
            raise TasukiError(
                "audit_segment_broken", path=file, detail=getattr(error, "strerror", None) or error
            ) from error
        if found and (found[-1].last + 1, found[-1].digest) != (one.first, one.previous):
            raise TasukiError("audit_segment_broken", path=file, detail=_("it does not follow the one before"))
        found.append(one)
    return found


def tell(found: Sequence[Segment]) -> None:
    """For people."""
    for one in found:
        click.echo(
            _("Rows {first} to {last} hold together and are signed: head {head}.").format(
                first=one.first, last=one.last, head=one.digest
            )
        )
        if one.unconfirmed:
            click.echo(
                _("Rows in it that say nothing any more, and that the log behind it has to name: {count}.").format(
                    count=len(one.unconfirmed)
                )
            )


async def _newest(reader: Reader, until: date | None) -> HeadRecord | None:
    """The newest signed head behind which there is a row, and that was noted on that day at the latest."""
    end = span(None, until).end
    last = await reader.last_number()
    signed = [
        one
        for one in await reader.heads()
        if one.document is not None and one.number < last and (end is None or one.at < end)
    ]
    return signed[-1] if signed else None


async def _write(reader: Reader, target: Path, head: HeadRecord, header: SegmentHeader) -> None:
    verdict = Verdict(rows=header.first - 1, head=bytes.fromhex(header.previous))
    with whole_file(target) as file:
        file.write(msgspec.json.encode(header).decode() + "\n")
        async for part in reader.audit(after=header.first - 1):
            wanted = [row for row in part if row.number <= head.number]
            verdict = chain.verify(wanted, verdict)
            if verdict.broken_at is not None:
                raise TasukiError("audit_broken", number=verdict.broken_at)
            file.writelines(row_line(row).decode() for row in wanted)
            if len(wanted) < len(part) or verdict.rows == head.number:
                break
        if (verdict.rows, verdict.head) != (head.number, head.digest):
            raise TasukiError("audit_head_differs", number=head.number)
        file.write(msgspec.json.encode(SegmentEnd(head=head.document or b"")).decode() + "\n")


def _read(file: IO[bytes], root: bytes) -> Segment:
    """Raises ValueError where it does not hold, OSError."""
    header = decode(file.readline(LINE_LIMIT), SegmentHeader)
    if header.last < header.first:
        raise ValueError("no segment of an audit log")
    previous = bytes.fromhex(header.previous)
    if header.first == 1 and previous != chain.START:
        raise ValueError("the log does not begin so")
    count = header.last - header.first + 1
    verdict = Verdict(rows=header.first - 1, head=previous)
    for part in _parts(rows_of(_lines(file, count), previous=previous)):
        verdict = chain.verify(part, verdict)
        if verdict.broken_at is not None:
            raise ValueError(f"row {verdict.broken_at} is not what was written")
    head = _head(decode(file.readline(LINE_LIMIT), SegmentEnd), root)
    if file.read(1) or (head.number, head.digest) != (verdict.rows, verdict.head) or verdict.rows != header.last:
        raise ValueError("it does not end with the row that was signed")
    return Segment(
        first=header.first,
        last=header.last,
        previous=header.previous,
        digest=verdict.head.hex(),
        unconfirmed=verdict.unconfirmed,
    )


def _head(end: SegmentEnd, root: bytes) -> CheckedHead:
    try:
        return load_head(end.head, root)
    except CertificateError as error:
        raise ValueError(str(error)) from None


def _lines(file: IO[bytes], count: int) -> Iterator[bytes]:
    for _number in range(count):
        yield file.readline(LINE_LIMIT)


def _parts(rows: Iterator[AuditRow]) -> Iterator[list[AuditRow]]:
    part: list[AuditRow] = []
    for row in rows:
        part.append(row)
        if len(part) == chain.SPANS:
            yield part
            part = []
    yield part
