"""The mailbox: the folder through which relay and CA talk, and all that either needs to know of the other.

    requests/ID.json   from the relay, by a rename; ID is 32 hex digits
    answers/ID.json    the CA's answer to it, by a rename; then the request is removed
    crl.der, root.pem, hosts.json, notices.json  from the CA

A request that was not answered when the CA was killed is there when it comes back; one that was answered but not yet
removed gets the same answer again. Neither side trusts what it finds: the other may have been broken into, and can then
put anything there and swap folders meanwhile. So everything is done relative to a folder that was opened as no link,
only plain files of a bounded size are read, and a folder with any number of entries is gone through in portions.
Every method may have to wait for another computer's disk: call it in a `DeadlineThread`.
"""

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from common.host.errors import TasukiError
from common.host.untrusted_files import open_untrusted_folder, read_untrusted
from common.net.certificates import chain_from_pem, chain_to_pem
from common.net.revocation import CRL_LIMIT
from common.protocol.certificate_requests import MailboxAnswer, MailboxRequest, Refusal
from common.protocol.notices import NOTICES_LIMIT
from common.protocol.reading import UNDECODABLE
from common.protocol.relay_hosts import DOCUMENT_LIMIT
from relay.ca.folder_scan import FolderScan, remove_entry

FILE_MODE: Final = 0o640
"""A group that relay and CA share may read; there is no secret in a mailbox."""
FOLDER_MODE: Final = 0o700
ANSWER_LIMIT: Final = 128 * 1024
ROOT_LIMIT: Final = 64 * 1024
SCANNED: Final = 10_000
"""Entries of one folder that are looked at in one turn; the next turn goes on behind them."""
REQUESTS: Final = "requests"
ANSWERS: Final = "answers"
_HEX: Final = frozenset("0123456789abcdef")

_requests: msgspec.json.Decoder[MailboxRequest] = msgspec.json.Decoder(MailboxRequest)
_answers: msgspec.json.Decoder[MailboxAnswer] = msgspec.json.Decoder(MailboxAnswer)


class UnreadableError(ValueError):
    """Not a request, or not an answer."""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A request that lies in the mailbox, or the refusal that one gets which cannot be read."""

    id: str
    request: MailboxRequest | Refusal


class Mailbox:
    """The folder. The CA's methods first, then the relay's. Where nothing else is said they raise OSError."""

    def __init__(self, path: Path, *, request_limit: int = 128 * 1024) -> None:
        self.path = path
        self._limit = request_limit
        self._waiting = FolderScan(path, REQUESTS)
        self._halves = FolderScan(path)
        self._old = (FolderScan(path, REQUESTS), FolderScan(path, ANSWERS))

    def create(self) -> None:
        """Make the folders that are missing; whose they are and who may enter is not touched where they exist."""
        try:
            self.path.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
            with self._folder() as folder:
                for name in (REQUESTS, ANSWERS):
                    with contextlib.suppress(FileExistsError):
                        os.mkdir(name, FOLDER_MODE, dir_fd=folder)
        except OSError as error:
            raise TasukiError("folder_unusable", folder=self.path, detail=error.strerror) from error

    def check(self) -> None:
        """Raises OSError where this is no mailbox: a folder is missing, or is a link to another place."""
        for name in (REQUESTS, ANSWERS):
            with self._folder(name):
                pass

    # the CA's side

    def waiting(self, *, at_most: int) -> list[str]:
        """IDs of requests that wait: the oldest first among the first `at_most` that this turn came upon."""
        found = []
        for entry in self._waiting.portion(SCANNED):
            if _is_letter(entry.name) and entry.is_file(follow_symlinks=False):
                with contextlib.suppress(OSError):
                    found.append((_written(entry), entry.name[:32]))
            if len(found) >= at_most:
                break
        return [letter_id for _, letter_id in sorted(found)]

    def letter(self, letter_id: str) -> Letter | None:
        """The request with this ID; None where the relay took it back."""
        try:
            with self._folder(REQUESTS) as folder:
                data = read_untrusted(f"{letter_id}.json", limit=self._limit, folder=folder)
            return Letter(id=letter_id, request=_requests.decode(data))
        except FileNotFoundError:
            return None
        except PermissionError:
            return Letter(id=letter_id, request=Refusal.UNAVAILABLE)  # not the agent's fault
        except (OSError, *UNDECODABLE):
            return Letter(id=letter_id, request=Refusal.MALFORMED)

    def reply(self, letter: Letter, answer: MailboxAnswer) -> None:
        """Put the answer there, then remove the request."""
        with self._folder(ANSWERS) as folder:
            _put(folder, f"{letter.id}.json", msgspec.json.encode(answer))
        self.discard(letter.id)

    def publish(self, *, crl: bytes, root: bytes, hosts: bytes | None = None, notices: bytes | None = None) -> None:
        """See to it that lists, root and notices are there for the relay; a file that holds them already is left as it is."""
        files = [("root.pem", chain_to_pem([root]), ROOT_LIMIT), ("crl.der", crl, CRL_LIMIT)]
        if hosts is not None:
            files.append(("hosts.json", hosts, DOCUMENT_LIMIT))
        if notices is not None:
            files.append(("notices.json", notices, NOTICES_LIMIT))
        with self._folder() as folder:
            for name, data, limit in files:
                if _or_none(folder, name, limit) != data:
                    _put(folder, name, data)

    def clean(self, *, before: float) -> bool:
        """Remove what was written before this Unix time and nobody fetched or answered, and halves of files.

        Looks at SCANNED entries of each folder; whether all of them were seen since the last time that this said so.
        """
        scans = (self._halves, *self._old)
        for scan in scans:
            with contextlib.suppress(OSError):
                self._remove_old(scan, before)
        return not any(scan.under_way for scan in scans)

    def close(self) -> None:
        """Let go of folders that were not gone through to their end."""
        for scan in (self._waiting, self._halves, *self._old):
            scan.close()

    def _remove_old(self, scan: FolderScan, before: float) -> None:
        for entry in scan.portion(SCANNED):
            # In the mailbox itself only halves of files are ours to remove.
            if scan is not self._halves or entry.name.startswith("."):
                with contextlib.suppress(OSError):
                    if _written(entry) < before:
                        scan.remove(entry.name)

    # the relay's side

    def try_out(self) -> None:
        """Do once what the relay does: write where requests go, take it back, and enter where answers come."""
        name = f".{secrets.token_hex(16)}"  # no letter: the CA leaves it alone
        with self._folder(REQUESTS) as folder, self._folder(ANSWERS):
            _put(folder, name, b"")
            os.unlink(name, dir_fd=folder)

    def submit(self, letter_id: str, request: MailboxRequest) -> None:
        """Put a request there."""
        with self._folder(REQUESTS) as folder:
            _put(folder, f"{letter_id}.json", msgspec.json.encode(request))

    def fetch(self, letter_id: str) -> MailboxAnswer | None:
        """The answer, which is then gone from here; None while there is none. Raises UnreadableError."""
        name = f"{letter_id}.json"
        with self._folder(ANSWERS) as folder:
            try:
                return _answers.decode(read_untrusted(name, limit=ANSWER_LIMIT, folder=folder))
            except FileNotFoundError:
                return None
            except (OSError, *UNDECODABLE) as error:
                raise UnreadableError(str(error)) from None
            finally:
                with contextlib.suppress(OSError):  # then the CA removes it when its time is over
                    remove_entry(folder, name)

    def crl(self) -> bytes | None:
        """The list that is published, None where there is none yet."""
        return self._published("crl.der", CRL_LIMIT)

    def hosts(self) -> bytes | None:
        """The list of the relay's host names that is published, None where there is none."""
        return self._published("hosts.json", DOCUMENT_LIMIT)

    def notices(self) -> bytes | None:
        """What the CA has to tell, None where it tells nothing."""
        return self._published("notices.json", NOTICES_LIMIT)

    def root(self) -> bytes | None:
        """The root (DER) that is published, None where there is none yet. Raises CertificateError where it is none."""
        pem = self._published("root.pem", ROOT_LIMIT)
        return None if pem is None else chain_from_pem(pem)[0]

    def _published(self, name: str, limit: int) -> bytes | None:
        try:
            with self._folder() as folder:
                return read_untrusted(name, limit=limit, folder=folder)
        except FileNotFoundError:
            return None

    # both

    def discard(self, letter_id: str) -> None:
        """Remove a request."""
        with self._folder(REQUESTS) as folder:
            remove_entry(folder, f"{letter_id}.json")

    @contextlib.contextmanager
    def _folder(self, *name: str) -> Iterator[int]:
        descriptor = open_untrusted_folder(self.path, *name)
        try:
            yield descriptor
        finally:
            os.close(descriptor)


def _is_letter(name: str) -> bool:
    stem, _, suffix = name.partition(".")
    return suffix == "json" and len(stem) == 32 and _HEX.issuperset(stem)


def _written(entry: os.DirEntry[str]) -> float:
    """When the entry was written, Unix seconds. Whoever wrote it can date it forward, but not its last change."""
    found = entry.stat(follow_symlinks=False)
    return min(found.st_mtime, found.st_ctime)


def _put(folder: int, name: str, data: bytes) -> None:
    """Whole or not at all, by a rename; not forced to the disk, for nothing here must outlive a power cut. Raises OSError."""
    beside = _beside(name)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE, dir_fd=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            with contextlib.suppress(OSError):  # a network's file system may know no modes
                os.fchmod(descriptor, FILE_MODE)
            file.write(data)
        _rename_over(folder, beside, name)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside, dir_fd=folder)
        raise


def _rename_over(folder: int, beside: str, name: str) -> None:
    """Put the file `beside` in the place of `name`. A folder that somebody put there is moved out of the way."""
    try:
        os.rename(beside, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError as error:
        if error.errno not in {errno.EISDIR, errno.ENOTEMPTY, errno.EEXIST}:
            raise
        os.rename(name, _beside(name), src_dir_fd=folder, dst_dir_fd=folder)
        os.rename(beside, name, src_dir_fd=folder, dst_dir_fd=folder)


def _beside(name: str) -> str:
    """A name beside this one that nobody can guess."""
    return f".{name}.{secrets.token_hex(8)}"


def _or_none(folder: int, name: str, limit: int) -> bytes | None:
    """What is there, None where it is nothing that we could have put there."""
    try:
        return read_untrusted(name, limit=limit, folder=folder)
    except OSError:
        return None
