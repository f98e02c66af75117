"""The CA's folder: everything that must outlive the process, one small JSON file a fact, each written by a rename.

    ca.toml               settings (`relay.ca.settings`)
    root.pem, root-key.pem (0600)
    codes/ID.json         a code that was handed out; the code itself stays in it until it is used up or expired
    issued/ACCOUNT/SERIAL.json   a certificate: writing this file IS issuing it, and using up the code it names
    revoked/SERIAL.json   a revoked certificate
    blocked/ACCOUNT.json  an account whose certificates were all revoked: nothing is renewed for it
    names/DIGEST.json     whose a display name is
    crl.der               the newest revocation list; its number is read from it

No fact stands in two files that must agree, so a kill at any moment leaves either the state before or the state after.
Who changes anything holds `changing()`, also beside a running `serve`; nothing is kept in memory.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from common.host.errors import TasukiError
from common.host.files import private_folder, write_private
from common.protocol.identity import Role, name_key

RELAY_ACCOUNT: Final = "relay"
"""The folder in issued/ for the relay's own certificates, where an account's UUID stands for people's."""

_PARTS: Final = ("codes", "issued", "revoked", "blocked", "names")
_HEX: Final = frozenset("0123456789abcdef")

Record = TypeVar("Record", bound=msgspec.Struct)


class CodeRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A code that was handed out. `code` is empty once nothing can be made with it any more. Times are Unix seconds."""

    id: str
    code: str
    account: str
    role: Role
    name: str
    created: float
    expires: float
    revoked: bool = False

    def __repr__(self) -> str:
        return f"CodeRecord(id={self.id!r}, account={self.account!r})"  # never the code


class IssuedRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate. `serial` and `spki` are hex; `code` is the id of the code it used up, `renews` an older serial."""

    serial: str
    account: str
    role: str
    name: str
    not_before: float
    not_after: float
    spki: str
    certificate: bytes
    code: str = ""
    renews: str = ""


class RevokedRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A revoked certificate; `at` and `not_after` in Unix seconds."""

    serial: str
    account: str
    at: float
    not_after: float
    reason: str = ""


class BlockedRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An account for which nothing is renewed. A new code for it lifts this."""

    account: str
    at: float
    reason: str = ""


class NameRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Whose a display name is."""

    name: str
    account: str


class Folder:
    """The facts above as methods. Methods that change something are to be called inside `changing()`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def create(self) -> None:
        """Make the folder and its parts (0700). Raises TasukiError where that cannot be."""
        private_folder(self.path)
        for part in _PARTS:
            private_folder(self.path / part)

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """Wait for, and hold, the right to change: a few milliseconds. The system takes it back from a process that died."""
        try:
            descriptor = os.open(self.path / "changing.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise TasukiError("folder_unusable", folder=self.path, detail=error.strerror) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def sweep(self) -> None:
        """Remove halves of files that a killed process left. Only inside `changing()`: then nobody is writing one."""
        for part in (self.path, *(self.path / name for name in _PARTS), *self._accounts()):
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

    def codes(self) -> Iterator[CodeRecord]:
        """Every code, also used and expired ones."""
        return self._all("codes", CodeRecord)

    def forget_code(self, code_id: str) -> None:
        """Remove a code's record."""
        (self.path / "codes" / f"{code_id}.json").unlink(missing_ok=True)

    # certificates

    def put_issued(self, record: IssuedRecord) -> None:
        """Issue: once this returns, the certificate exists and the code it names is used up."""
        folder = self.path / "issued" / record.account
        if not folder.exists():
            private_folder(folder)
            _on_disk(folder.parent)
        self._write(("issued", record.account, record.serial), record)

    def issued(self, account: str) -> list[IssuedRecord]:
        """An account's certificates, oldest first."""
        found = self._all(f"issued/{account}", IssuedRecord)
        return sorted(found, key=lambda record: (record.not_after, record.serial))

    def all_issued(self) -> Iterator[IssuedRecord]:
        """Every certificate that was ever issued and not yet cleared away."""
        for folder in self._accounts():
            yield from self.issued(folder.name)

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
        """Whether and when this certificate was revoked."""
        return self._read(("revoked", serial), RevokedRecord) if _is_hex(serial) else None

    def all_revoked(self) -> Iterator[RevokedRecord]:
        """Every revoked certificate."""
        return self._all("revoked", RevokedRecord)

    def forget_revoked(self, serial: str) -> None:
        """Remove the record of a revoked certificate that nobody could renew any more anyway."""
        (self.path / "revoked" / f"{serial}.json").unlink(missing_ok=True)

    def put_blocked(self, record: BlockedRecord) -> None:
        """Renew nothing more for this account."""
        self._write(("blocked", record.account), record)

    def blocked(self, account: str) -> BlockedRecord | None:
        """Whether the account is blocked."""
        return self._read(("blocked", account), BlockedRecord)

    def unblock(self, account: str) -> None:
        """Lift a block."""
        (self.path / "blocked" / f"{account}.json").unlink(missing_ok=True)

    def put_crl(self, der: bytes) -> None:
        """Keep the newest revocation list."""
        write_private(self.path / "crl.der", der)

    def crl(self) -> bytes | None:
        """The newest revocation list, DER."""
        try:
            return (self.path / "crl.der").read_bytes()
        except FileNotFoundError:
            return None

    # names

    def put_name(self, name: str, account: str) -> None:
        """Write down whose a display name is."""
        self._write(("names", _name_digest(name)), NameRecord(name=name, account=account))

    def name_owner(self, name: str) -> str | None:
        """The account that this name, or one that looks the same, was given to last."""
        record = self._read(("names", _name_digest(name)), NameRecord)
        return record.account if record else None

    def _accounts(self) -> list[Path]:
        try:
            return sorted(part for part in (self.path / "issued").iterdir() if part.is_dir())
        except FileNotFoundError:
            return []

    def _write(self, where: tuple[str, ...], record: msgspec.Struct) -> None:
        write_private(self.path.joinpath(*where[:-1], f"{where[-1]}.json"), msgspec.json.encode(record))

    def _read(self, where: tuple[str, ...], kind: type[Record]) -> Record | None:
        path = self.path.joinpath(*where[:-1], f"{where[-1]}.json")
        try:
            return msgspec.json.decode(path.read_bytes(), type=kind)
        except FileNotFoundError:
            return None
        except msgspec.MsgspecError as error:
            raise TasukiError("ca_record_damaged", path=path, detail=error) from error

    def _all(self, part: str, kind: type[Record]) -> Iterator[Record]:
        try:
            names = sorted(entry.name for entry in os.scandir(self.path / part))
        except FileNotFoundError:
            return
        for name in names:
            if name.endswith(".json") and not name.startswith("."):
                record = self._read((*part.split("/"), name.removesuffix(".json")), kind)
                if record is not None:
                    yield record


def _on_disk(folder: Path) -> None:
    """Have a new entry of this folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_hex(text: str) -> bool:
    return 1 <= len(text) <= 64 and _HEX.issuperset(text)


def _name_digest(name: str) -> str:
    return sha256(name_key(name).encode()).hexdigest()
