"""A relay as one file, and made again from it, on another computer and under another path: settings, root, records.

The relay's own key is not in it: a new one is made at the first start, and certified. What lies in a folder of its own under
another name in the settings (a public CA's certificate) is whoever put it there's to bring along.

Records are a file of SQLite's, or what pg_dump made of a server's (relay.store.server_copy), which goes into an empty database.
"""

import asyncio
import os
import re
import secrets
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from common.host.backup_file import BackupBrokenError, Content, check_new, pack, unpack
from common.host.clock import LoopClock, utc_now
from common.host.errors import TasukiError
from common.host.files import private_folder, sync_folder
from common.protocol.clock import WallClock
from relay import erased_list
from relay.admin.store_faults import store_failure
from relay.core.erased import FILE as ERASED
from relay.core.erased import ErasedPerson, encode_erased, merged
from relay.core.storing import StoreError
from relay.folder import RelayFolder, open_folder
from relay.store import server_copy
from relay.store.snapshot import copy_sqlite
from relay.store.sql import migrate_store, open_store

KIND: Final = "tasuki-relay"
SETTINGS: Final = "relay.toml"
ROOT: Final = "root.pem"
RECORDS: Final = "relay.db"
DUMP: Final = "relay.dump"
_DEFAULT_URL: Final = "sqlite+aiosqlite:///relay.db"
_MAILBOX: Final = re.compile(r"^mailbox\s*=.*$", re.MULTILINE)
_URL: Final = re.compile(r"^url\s*=.*$", re.MULTILINE)


def back_up(folder: RelayFolder, file: Path, *, clock: WallClock, records: bool = True) -> None:
    """Put it all into `file`, beside a running relay; the `records` of a server's may be left to another backup.

    Raises TasukiError (backup_there, backup_program_…, relay_store_…), OSError.
    """
    check_new(file)
    database = folder.database
    copy = file.with_name(f".{file.name}.{secrets.token_hex(4)}.db")
    beside = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    parts: dict[str, Content] = {SETTINGS: (folder.path / SETTINGS).read_bytes()}
    if folder.root.exists():
        parts[ROOT] = folder.root.read_bytes()
    erased = erased_list.read(erased_list.path_in(folder.path))
    if erased:
        parts[ERASED] = encode_erased(erased)
    try:
        if isinstance(database, Path):
            copy.touch(mode=0o600, exist_ok=False)
            copy_sqlite(database, copy)
            parts[RECORDS] = copy
        elif records:
            copy.touch(mode=0o600, exist_ok=False)
            with _programs():
                server_copy.dump(database, copy)
            parts[DUMP] = copy
        beside.touch(mode=0o600, exist_ok=False)
        with beside.open("wb") as opened:
            pack(opened, kind=KIND, made=clock().timestamp(), parts=parts)
            opened.flush()
            os.fsync(opened.fileno())
        check_new(file)
        beside.replace(file)
    except StoreError as error:
        raise store_failure(error) from error
    finally:
        copy.unlink(missing_ok=True)
        beside.unlink(missing_ok=True)
    sync_folder(file.absolute().parent)


def restore(
    file: Path,
    folder: Path,
    *,
    mailbox: Path | None = None,
    erased: Path | None = None,
    database: str | None = None,
    records: bool = True,
) -> float:
    """Make the relay anew in `folder`: when the backup was made (Unix seconds).

    `database`: an empty one for the records of a server's, by the address of a role that may make tables; without `records` the
    one that is in the settings has them, and is left as it is. What is there already stays: beside the CA's folder and the mailbox there may be nothing. `mailbox`: where that lies here, if not
    as before. `erased`: a list of the erased, or a newer backup that has one: whoever is on it has no name in what is restored. relay.toml comes last: without it there is no relay yet. Raises TasukiError (restore_…, backup_broken,
    backup_program_…, relay_store_…, folder_unusable), OSError.
    """
    for name in (SETTINGS, ROOT, RECORDS, ERASED):
        _check_free(folder / name)
    private_folder(folder)
    beside = Path(tempfile.mkdtemp(prefix=".restore.", dir=folder))
    try:
        with file.open("rb") as opened:
            manifest = unpack(opened, kind=KIND, folder=beside, needed=SETTINGS)
        here = RECORDS in manifest.files
        _check_database(database, dumped=DUMP in manifest.files, records=records)
        _adapt(beside / SETTINGS, mailbox=mailbox, records=here, database=database)
        made = open_folder(beside)
        if database is not None:
            _put_back(beside / DUMP, made, database)
        everybody = merged(erased_list.read(beside / ERASED), _erased_in(erased) if erased is not None else ())
        if everybody:
            if here:
                _erase(made, beside / RECORDS, everybody)
                for copy in beside.glob(f"{RECORDS}.before-*"):
                    copy.unlink()
            elif database is not None:
                _erase(made, database, everybody)
            if here or database is not None:
                everybody = tuple(msgspec.structs.replace(one, cleared=True) for one in everybody)
            erased_list.put(beside, everybody)
            (beside / ERASED).rename(folder / ERASED)
        if here and isinstance(made.database, Path):
            where = folder / made.database.relative_to(beside)
            _check_free(where)
            where.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            (beside / RECORDS).rename(where)
        if (beside / ROOT).exists() and beside in made.root.parents:
            made.root.parent.mkdir(parents=True, exist_ok=True)
            (beside / ROOT).rename(folder / made.root.relative_to(beside))
        (beside / SETTINGS).rename(folder / SETTINGS)
    except BackupBrokenError as error:
        raise TasukiError("backup_broken", path=file, detail=error) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    sync_folder(folder)
    return manifest.made


def _check_database(database: str | None, *, dumped: bool, records: bool) -> None:
    if database is not None and not (dumped and records):
        raise TasukiError("restore_no_dump")
    if database is None and dumped and records:
        raise TasukiError("restore_database_needed")


def _put_back(dumped: Path, made: RelayFolder, database: str) -> None:
    """The records into that database, for the relay's role. Raises TasukiError."""
    used = str(made.database)
    try:
        asyncio.run(server_copy.check_empty(database, used=used))
        with _programs():
            server_copy.put_back(dumped, database)
        asyncio.run(migrate_store(database, timing=made.settings.timing, clock=LoopClock(), used_by=used))
    except server_copy.DatabaseNotEmptyError:
        raise TasukiError("restore_database_there") from None
    except StoreError as error:
        raise store_failure(error) from error


@contextmanager
def _programs() -> Iterator[None]:
    """PostgreSQL's own, and what is said where they cannot."""
    try:
        yield
    except server_copy.ProgramMissingError as error:
        raise TasukiError("backup_program_missing", program=error) from None
    except server_copy.ProgramFailedError as error:
        raise TasukiError("backup_program_failed", detail=error) from None


def _erased_in(file: Path) -> tuple[ErasedPerson, ...]:
    """A list of the erased, or that of a backup. Raises TasukiError (erased_list_unusable), BackupBrokenError, OSError."""
    if not tarfile.is_tarfile(file):
        return erased_list.read(file)
    with tempfile.TemporaryDirectory(prefix=".erased.") as place, file.open("rb") as opened:
        unpack(opened, kind=KIND, folder=Path(place), needed=SETTINGS)
        return erased_list.read(Path(place) / ERASED)


def _erase(folder: RelayFolder, records: Path | str, erased: Sequence[ErasedPerson]) -> None:
    """In records that are nobody's yet, brought up to date for it. Raises TasukiError (relay_store_…, restore_not_cleared)."""

    async def apply() -> None:
        clock = LoopClock()
        store = await open_store(records, timing=folder.settings.timing, clock=clock)
        try:
            count = await erased_list.apply(store, erased, clock=utc_now)
            owed = store.has_files and (count or not all(one.cleared for one in erased))
            if owed and not await erased_list.cleared(store):
                raise TasukiError("restore_not_cleared", path=folder.path.parent)
        finally:
            await store.close()

    try:
        asyncio.run(apply())
    except StoreError as error:
        raise store_failure(error) from error


def _check_free(path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise TasukiError("restore_there", path=path)


def _adapt(path: Path, *, mailbox: Path | None, records: bool, database: str | None) -> None:
    """Paths of the computer before: the mailbox and a server's database, where others are given, and a file that did not lie in the folder."""
    text = path.read_text(encoding="utf-8")
    if mailbox is not None:
        text = _said(text, _MAILBOX, "mailbox", str(mailbox.absolute()))
    path.write_text(text, encoding="utf-8")
    before = open_folder(path.parent).database
    if database is not None:
        try:
            text = _said(text, _URL, "url", server_copy.moved(str(before), database))
        except StoreError as error:
            raise store_failure(error) from error
        path.write_text(text, encoding="utf-8")
    elif records and isinstance(before, Path) and path.parent not in before.parents:
        path.write_text(_said(text, _URL, "url", _DEFAULT_URL), encoding="utf-8")


def _said(text: str, line: re.Pattern[str], key: str, value: str) -> str:
    """The settings with this key of [store]."""
    said = f"{key} = {msgspec.json.encode(value).decode()}"
    if line.search(text):
        return line.sub(lambda _: said, text, count=1)
    if "\n[store]\n" in text:
        return text.replace("\n[store]\n", f"\n[store]\n{said}\n", 1)
    return f"{text}\n[store]\n{said}\n"
