"""The CA's folder: everything that must outlive the process, one small JSON file a fact, each written by a rename.

    ca.toml               settings (`relay.ca.settings`)
    root.pem, root-key.pem (0600)
    codes/ID.json         a code that was handed out; the code itself stays in it until it is used up or expired
    issued/ACCOUNT/SERIAL.json   a certificate: writing this file IS issuing it, and using up the code it names
    revoked/SERIAL.json   a revoked certificate
    listed/SERIAL.json    since when a list of revoked certificates has told of this one
    erased.json           who was erased from here, by identifiers (`relay.core.erased`)
    blocked/ACCOUNT.json  an account whose certificates were all revoked: nothing is renewed for it
    names/DIGEST.json     whose a display name is: a person's
    renamed/ACCOUNT.json  an account that may have certificates with an older name: only an index, of who was renamed
    many/ID.json          a line for many; the code itself stays in it until nobody can come with it
    asking/KEY.json       somebody who came with one, and whether the operator has said yes or no
    people/PERSON.json    the display name that a person has now, and the name that was asked for
    members/ACCOUNT.json  of which person an account is; one without is of the person who has the same UUID
    looks/                which names look so: an index of names/ (`relay.ca.look_index`)
    crl.der               the newest revocation list; its number is read from it
    audit-…               key, certificate and last head of the audit log's signatures (`relay.ca.heads`)
    hosts.json            the newest list of the relay's host names, as it is published; likewise

No fact stands in two files that must agree, so a kill at any moment leaves either the state before or the state after.
A record that is damaged takes nobody's part: a revocation and a block hold by their names alone, everything else that
needs the record fails (TasukiError `ca_record_damaged`). Disks that fail are OSError. Whoever changes anything holds `changing()`, also beside a running `serve`; nothing is kept in memory.

One room, though a large one: a kind of file has a few lines here, and nothing else knows where it lies.
"""

import contextlib
import math
import os
import re
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from common.host.errors import TasukiError
from common.host.files import FolderLock, private_folder, sync_folder, write_private
from common.host.log import get_logger
from common.protocol.identity import name_key
from relay.ca.look_index import LookIndex
from relay.ca.records import (
    AskingRecord,
    BlockedRecord,
    CodeRecord,
    IssuedRecord,
    ListedRecord,
    ManyRecord,
    MemberRecord,
    NameRecord,
    PersonNameRecord,
    RenamedRecord,
    RevokedRecord,
)
from relay.ca.written_together import TogetherWritten
from relay.core.erased import FILE as ERASED_LIST

RELAY_ACCOUNT: Final = "relay"
"""The folder in issued/ for the relay's own certificates, where an account's UUID stands for people's."""

_PARTS: Final = ("codes", "issued", "revoked", "blocked", "names", "looks")
_LATER: Final = ("people", "members", "listed", "renamed", "many", "asking")
"""Parts that a folder of an older program lacks: made where something is put there."""
_FILES: Final = (
    "ca.toml",
    "root.pem",
    "root-key.pem",
    "crl.der",
    "hosts.json",
    ERASED_LIST,
    "audit-key.pem",
    "audit.pem",
    "audit-head.json",
)
_HEX: Final = frozenset("0123456789abcdef")
_FOLDER: Final = re.compile(r"[0-9a-z-]{1,64}")
_RECORD: Final = re.compile(r"[0-9a-z-]{1,64}\.json|of-tables")

Record = TypeVar("Record", bound=msgspec.Struct)
Result = TypeVar("Result")
Damaged = Callable[[str, str, TasukiError], None]
"""Told of a record that cannot be read: the part of the folder (issued/ACCOUNT, …), its name there, and the sentence."""

log = get_logger()


class CaFolder:
    """The facts above as methods. Methods that change something are to be called inside `changing()`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._pending = TogetherWritten()
        self._looks = LookIndex(path / "looks", self._pending)

    def create(self) -> None:
        """Make the folder and its parts (0700). Raises TasukiError where that cannot be."""
        private_folder(self.path)
        for part in (*_PARTS, *_LATER):
            private_folder(self.path / part)

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """Wait for, and hold, the right to change: a few milliseconds. The system takes it back from a process that died."""
        lock = FolderLock(self.path, "changing.lock")
        lock.wait()
        try:
            yield
        finally:
            lock.release()

    def files(self) -> list[Path]:
        """All that this program has put there, and nothing that an editor or a copying hand has left beside it. Inside `changing()`."""
        found = [self.path / name for name in _FILES]
        for part in (*_PARTS, *_LATER):
            inside = sorted(self.path.joinpath(part).glob("*"))
            folders = [path for path in inside if part == "issued" and _FOLDER.fullmatch(path.name)]
            found += [path for path in inside if _RECORD.fullmatch(path.name)]
            found += [path for one in folders for path in sorted(one.glob("*")) if _RECORD.fullmatch(path.name)]
        return [path for path in found if path.is_file()]

    def together(self) -> contextlib.AbstractContextManager[None]:
        """Inside `changing()`: write all of what follows at the end, or nothing. Only names, people, codes, and what is listed; nothing is gone through meanwhile."""
        return self._pending.together()

    def sweep(self) -> None:
        """Remove halves of files that a killed process left. Only inside `changing()`: then nobody is writing one."""
        for part in (self.path, *(self.path / name for name in (*_PARTS, *_LATER)), *self._accounts()):
            for left in part.glob(".*.*"):
                with contextlib.suppress(FileNotFoundError):
                    left.unlink()

    # codes

    def put_code(self, record: CodeRecord) -> None:
        """Add or change a code."""
        self._write(("codes", record.id), record)

    def code(self, code_id: str) -> CodeRecord | None:
        """The code with this id (64 hex digits), None where there is none."""
        return self._read(("codes", code_id), CodeRecord) if _is_hex(code_id) else None

    def codes(self, damaged: Damaged | None = None) -> Iterator[CodeRecord]:
        """Every code, also used and expired ones. Those that are damaged are handed to `damaged`, or raised."""
        return self._all("codes", CodeRecord, damaged)

    def forget_code(self, code_id: str) -> None:
        """Remove a code's record."""
        (self.path / "codes" / f"{code_id}.json").unlink(missing_ok=True)

    # certificates

    def put_issued(self, record: IssuedRecord) -> None:
        """Issue: once this returns, the certificate exists and the code it names is used up."""
        folder = self.path / "issued" / record.account
        if not folder.exists():
            private_folder(folder)
            sync_folder(folder.parent)
        self._write(("issued", record.account, record.serial), record)

    def issued(self, account: str, damaged: Damaged | None = None) -> list[IssuedRecord]:
        """An account's certificates, oldest first. Those whose records are damaged are handed to `damaged`, or raised."""
        found = self._all(f"issued/{account}", IssuedRecord, damaged)
        return sorted(found, key=lambda record: (record.not_after, record.serial))

    def all_issued(self, damaged: Damaged | None = None) -> Iterator[IssuedRecord]:
        """Every certificate that was ever issued and not yet cleared away; `damaged` as for `issued`."""
        for folder in self._accounts():
            yield from self.issued(folder.name, damaged)

    def used_by(self, record: CodeRecord) -> IssuedRecord | None:
        """The certificate that used up this code; None while it may still be used."""
        return next((issued for issued in self.issued(record.account) if issued.code == record.id), None)

    def forget_issued(self, record: IssuedRecord) -> None:
        """Remove the record of a certificate that is long over."""
        (self.path / "issued" / record.account / f"{record.serial}.json").unlink(missing_ok=True)

    # revocation

    def put_revoked(self, record: RevokedRecord) -> None:
        """Revoke a certificate."""
        self._write(("revoked", record.serial), record)

    def revoked(self, serial: str) -> RevokedRecord | None:
        """Whether and when this certificate was revoked. A damaged record revokes it for ever."""
        if not _is_hex(serial):
            return None
        try:
            return self._read(("revoked", serial), RevokedRecord)
        except TasukiError as error:
            log.error("revocation_damaged", error=str(error))  # noqa: TRY400  (the sentence says it all)
            return RevokedRecord(serial=serial, account="", at=0.0, not_after=math.inf, reason="damaged")

    def all_revoked(self) -> Iterator[RevokedRecord]:
        """Every revoked certificate."""
        for name in self._names("revoked"):
            record = self.revoked(name)
            if record is not None:
                yield record

    def forget_revoked(self, serial: str) -> None:
        """Remove the record of a revoked certificate that nobody could renew any more anyway."""
        for part in ("revoked", "listed"):
            (self.path / part / f"{serial}.json").unlink(missing_ok=True)

    def put_listed(self, serials: Iterable[str], at: float) -> None:
        """A list that was signed at this time (Unix seconds) tells of these; what is known of an earlier one stays."""
        known = set(self._names("listed"))
        with self.together():
            for serial in serials:
                if serial not in known:
                    self._write_later(("listed", serial), ListedRecord(serial=serial, at=at))

    def listed(self, serial: str) -> float | None:
        """Since when a list tells of it; None where none does, and where the record is damaged."""
        try:
            record = self._read(("listed", serial), ListedRecord)
        except TasukiError as error:
            log.warning("listed_damaged", error=str(error))
            return None
        return None if record is None else record.at

    def put_blocked(self, record: BlockedRecord) -> None:
        """Renew nothing more for this account."""
        self._write(("blocked", record.account), record)

    def blocked(self, account: str) -> bool:
        """Whether the account is blocked. A damaged record blocks it."""
        try:
            return self._read(("blocked", account), BlockedRecord) is not None
        except TasukiError as error:
            log.error("block_damaged", error=str(error))  # noqa: TRY400  (the sentence says it all)
            return True

    def all_blocked(self) -> Iterator[BlockedRecord]:
        """Every block that can be read."""
        for name in self._names("blocked"):
            with contextlib.suppress(TasukiError):
                record = self._read(("blocked", name), BlockedRecord)
                if record is not None:
                    yield record

    def unblock(self, account: str) -> None:
        """Lift a block."""
        self._pending.remove(self.path / "blocked" / f"{account}.json")

    def revocations_changed(self) -> int:
        """When something was last revoked, by any process: nanoseconds, to be compared with an earlier answer. Raises OSError."""
        return (self.path / "revoked").stat().st_mtime_ns

    def put_crl(self, der: bytes) -> None:
        """Keep the newest revocation list."""
        write_private(self.path / "crl.der", der)

    def crl(self) -> bytes | None:
        """The newest revocation list, DER, as it lies there."""
        try:
            return (self.path / "crl.der").read_bytes()
        except FileNotFoundError:
            return None

    # the erased

    @property
    def erased_path(self) -> Path:
        """Where the list lies."""
        return self.path / ERASED_LIST

    def put_erased(self, data: bytes) -> None:
        """Keep the list of the erased."""
        write_private(self.erased_path, data)

    def erased(self) -> bytes | None:
        """The list of the erased, as it lies there; None where nobody was."""
        try:
            return self.erased_path.read_bytes()
        except FileNotFoundError:
            return None

    def forget_account(self, account: str) -> int:
        """Remove the records of all its certificates, also damaged ones: how many."""
        folder = self.path / "issued" / account
        found = list(folder.glob("*.json"))
        for path in found:
            path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # where something else was put there
            folder.rmdir()
        return len(found)

    def names_of(self, person: str) -> list[str]:
        """All names that were given to this person last."""
        everybodys = self._all("names", NameRecord, lambda *_: None)
        return [record.name for record in everybodys if record.account == person]

    def forget_name(self, name: str) -> None:
        """It is nobody's. Only inside `changing()`."""
        self._with_looks(lambda: self._looks.remove(name))
        (self.path / "names" / f"{_name_digest(name)}.json").unlink(missing_ok=True)

    def forget_person(self, person: str) -> bool:
        """Nothing is known any more of what they are called; whether something was."""
        path = self.path / "people" / f"{person}.json"
        there = path.exists()
        path.unlink(missing_ok=True)
        return there

    # the relay's host names

    @property
    def hosts_path(self) -> Path:
        """Where the list lies."""
        return self.path / "hosts.json"

    def put_hosts(self, document: bytes) -> None:
        """Keep the newest signed list of host names."""
        write_private(self.hosts_path, document)

    def hosts(self) -> bytes | None:
        """The newest signed list of host names, as it lies there. Raises TasukiError (ca_record_damaged)."""
        try:
            return self.hosts_path.read_bytes()
        except FileNotFoundError:
            return None
        except PermissionError as error:
            raise TasukiError("ca_record_damaged", path=self.hosts_path, detail=error.strerror) from error

    # people and names

    def put_person(self, record: PersonNameRecord) -> None:
        """Write down what a person is called from now on."""
        self._write_later(("people", record.person), record)

    def person(self, person: str) -> PersonNameRecord | None:
        """What the person is called; None where no order said so since there are people."""
        return self._read(("people", person), PersonNameRecord)

    def put_member(self, record: MemberRecord) -> None:
        """Write down of which person an account is."""
        self._write_later(("members", record.account), record)

    def person_of(self, account: str) -> str:
        """Of which person an account is."""
        record = self._read(("members", account), MemberRecord)
        return account if record is None else record.person

    def accounts_of(self, person: str) -> list[str]:
        """The accounts of a person, also one of which nothing is known but that it would have the person's UUID."""
        record = self.person(person)
        others = [] if record is None else record.accounts
        return [one for one in dict.fromkeys((person, *others)) if self.person_of(one) == person]

    def put_renamed(self, record: RenamedRecord) -> None:
        """The account may have certificates with an older name from now on."""
        self._write_later(("renamed", record.account), record)

    def renamed(self) -> list[str]:
        """Accounts that may have certificates with an older name."""
        return self._names("renamed")

    def forget_renamed(self, account: str) -> None:
        """It has none any more."""
        (self.path / "renamed" / f"{account}.json").unlink(missing_ok=True)

    def renames_changed(self) -> tuple[int, ...]:
        """What is compared to find out whether something changed about certificates with older names: nanoseconds. Raises OSError."""
        parts = [self.path / part for part in ("renamed", "revoked")]
        parts += [self.path / "issued" / account for account in self.renamed()]
        return tuple(_changed_at(part) for part in parts)

    # lines for many, and who waits

    def put_many(self, record: ManyRecord) -> None:
        """Add or change a line for many."""
        self._write_later(("many", record.id), record)

    def many(self, code_id: str) -> ManyRecord | None:
        """The line for many with this id (64 hex digits), None where there is none."""
        return self._read(("many", code_id), ManyRecord) if _is_hex(code_id) else None

    def all_many(self, damaged: Damaged | None = None) -> Iterator[ManyRecord]:
        """Every line for many."""
        return self._all("many", ManyRecord, damaged) if (self.path / "many").exists() else iter(())

    def put_asking(self, record: AskingRecord) -> None:
        """Write down who waits, or what became of it."""
        self._write_later(("asking", record.key), record)

    def asking(self, key: str) -> AskingRecord | None:
        """Who waits, or waited."""
        return self._read(("asking", key), AskingRecord)

    def asking_names(self) -> list[str]:
        """The keys of all who wait, or waited."""
        return self._names("asking") if (self.path / "asking").exists() else []

    def all_asking(self, damaged: Damaged | None = None) -> Iterator[AskingRecord]:
        """Everybody who waits, or waited."""
        return self._all("asking", AskingRecord, damaged) if (self.path / "asking").exists() else iter(())

    def forget_asking(self, key: str) -> None:
        """Somebody has waited too long."""
        (self.path / "asking" / f"{key}.json").unlink(missing_ok=True)

    def members_of(self, person: str) -> list[str]:
        """As `accounts_of`, gone through: those that are written down to be of this person."""
        everybodys = self._all("members", MemberRecord, lambda *_: None)
        return [record.account for record in everybodys if record.person == person]

    def put_name(self, name: str, account: str) -> None:
        """Write down whose a display name is."""
        self._with_looks(lambda: self._looks.put(name))  # first: there without its name it counts for nothing
        self._write(("names", _name_digest(name)), NameRecord(name=name, account=account))

    def name_owner(self, name: str) -> str | None:
        """The person that this name, or one that differs in case, width or kind of space, was given to last."""
        record = self._name(name)
        return record.account if record else None

    def names_like(self, name: str) -> list[NameRecord]:
        """Names that somebody may take for this one, other than itself, with whose they are. Only inside `changing()`."""
        alike = self._with_looks(lambda: self._looks.like(name))
        keys = {name_key(one) for one in alike} - {name_key(name)}
        return [record for key in sorted(keys) if (record := self._name(key)) is not None]

    def _name(self, name: str) -> NameRecord | None:
        return self._read(("names", _name_digest(name)), NameRecord)

    def _with_looks(self, step: Callable[[], Result]) -> Result:
        """What `step` gives, with looks/ made anew before where it is not whole: an older program left the folder, or a damaged disk."""
        if self._looks.is_whole():
            try:
                return step()
            except TasukiError as error:
                log.warning("look_index_damaged", error=str(error))
        # Those of damaged records are given to nobody anyway.
        self._looks.make([record.name for record in self._all("names", NameRecord, lambda *_: None)])
        return step()

    def _accounts(self) -> list[Path]:
        path = self.path / "issued"
        try:
            return sorted(part for part in path.iterdir() if part.is_dir())
        except FileNotFoundError as error:
            raise TasukiError("ca_record_damaged", path=path, detail=error.strerror) from error

    def _write(self, where: tuple[str, ...], record: msgspec.Struct) -> None:
        self._pending.write(self.path.joinpath(*where[:-1], f"{where[-1]}.json"), msgspec.json.encode(record))

    def _write_later(self, where: tuple[str, str], record: msgspec.Struct) -> None:
        if not (self.path / where[0]).exists():
            private_folder(self.path / where[0])
            sync_folder(self.path)
        self._write(where, record)

    def _read(self, where: tuple[str, ...], kind: type[Record]) -> Record | None:
        path = self.path.joinpath(*where[:-1], f"{where[-1]}.json")
        try:
            return msgspec.json.decode(self._pending.read(path), type=kind)
        except FileNotFoundError:
            return None
        except PermissionError as error:  # as another user's command left it
            raise TasukiError("ca_record_damaged", path=path, detail=error.strerror) from error
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise TasukiError("ca_record_damaged", path=path, detail=error) from error

    def _all(self, part: str, kind: type[Record], damaged: Damaged | None) -> Iterator[Record]:
        for name in self._names(part):
            try:
                record = self._read((*part.split("/"), name), kind)
            except TasukiError as error:
                if damaged is None:
                    raise
                damaged(part, name, error)
            else:
                if record is not None:
                    yield record

    def _names(self, part: str) -> list[str]:
        """The records in a part of the folder, in the order of their names. Raises TasukiError where the whole part is lost."""
        try:
            with os.scandir(self.path / part) as entries:
                names = sorted(entry.name for entry in entries)
        except FileNotFoundError as error:
            if part not in _PARTS:
                return []  # nothing was issued to this account, or a folder of an older program
            raise TasukiError("ca_record_damaged", path=self.path / part, detail=error.strerror) from error
        return [name.removesuffix(".json") for name in names if name.endswith(".json") and not name.startswith(".")]


def is_serial(text: str) -> bool:
    """Whether this is a certificate's number, in at most 40 hex digits."""
    return len(text) <= 40 and _is_hex(text.lower())


def _changed_at(folder: Path) -> int:
    try:
        return folder.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _is_hex(text: str) -> bool:
    return 1 <= len(text) <= 64 and _HEX.issuperset(text)


def _name_digest(name: str) -> str:
    return sha256(name_key(name).encode()).hexdigest()
