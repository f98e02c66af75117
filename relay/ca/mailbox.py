"""The mailbox: the folder through which relay and CA talk, and all that either needs to know of the other.

    requests/ID.json   from the relay, by a rename; ID is 32 hex digits
    answers/ID.json    the CA's answer to it, by a rename; then the request is removed
    crl.der, root.pem  from the CA

A request that was not answered when the CA was killed is there when it comes back; one that was answered but not yet
removed gets the same answer again. What comes from the relay is not trusted: only plain files of a bounded size count.
"""

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from common.host.errors import TasukiError
from common.net.certificates import CertificateError, chain_from_pem, chain_to_pem
from common.protocol.certificate_requests import Answer, CertificateRequest
from common.protocol.reading import UNDECODABLE

FILE_MODE: Final = 0o640
"""A group that relay and CA share may read; there is no secret in a mailbox."""
FOLDER_MODE: Final = 0o700
ANSWER_LIMIT: Final = 128 * 1024
_HEX: Final = frozenset("0123456789abcdef")

_requests: msgspec.json.Decoder[CertificateRequest] = msgspec.json.Decoder(CertificateRequest)
_answers: msgspec.json.Decoder[Answer] = msgspec.json.Decoder(Answer)


class UnreadableError(ValueError):
    """Not a request, or not an answer."""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A request that lies in the mailbox. `request` is None where it cannot be read."""

    id: str
    request: CertificateRequest | None


class Mailbox:
    """The folder. The CA's methods first, then the relay's."""

    def __init__(self, path: Path, *, request_limit: int = 128 * 1024) -> None:
        self.path = path
        self.requests = path / "requests"
        self.answers = path / "answers"
        self._limit = request_limit

    def create(self) -> None:
        """Make the folders that are missing; whose they are and who may enter is not touched where they exist."""
        try:
            for folder in (self.path, self.requests, self.answers):
                folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        except OSError as error:
            raise TasukiError("folder_unusable", folder=self.path, detail=error.strerror) from error

    def check(self) -> None:
        """Raises TasukiError (ca_mailbox) where this is no mailbox: a folder is missing, or is a link to another place."""
        for folder in (self.requests, self.answers):
            if folder.is_symlink() or not folder.is_dir():
                raise TasukiError("ca_mailbox", folder=self.path)

    # the CA's side

    def letters(self, *, at_most: int) -> Iterator[Letter]:
        """Requests that wait, the oldest first among the first `at_most` names found."""
        for name in self._names(self.requests, at_most):
            try:
                data = _read(self.requests / name, self._limit)
                yield Letter(id=name[:32], request=_requests.decode(data))
            except FileNotFoundError:
                continue  # the relay took it back
            except (UnreadableError, *UNDECODABLE):
                yield Letter(id=name[:32], request=None)

    def reply(self, letter: Letter, answer: Answer) -> None:
        """Put the answer there, then remove the request. Raises OSError where the answer cannot be written."""
        _put(self.answers / f"{letter.id}.json", msgspec.json.encode(answer))
        self.discard(letter.id)

    def discard(self, letter_id: str) -> None:
        """Remove a request."""
        _remove(self.requests / f"{letter_id}.json")

    def publish(self, *, crl: bytes, root: bytes) -> None:
        """Put list and root there for the relay. Raises OSError."""
        pem = chain_to_pem([root])
        if _or_none(self.path / "root.pem") != pem:
            _put(self.path / "root.pem", pem)
        _put(self.path / "crl.der", crl)

    def clean(self, *, before: float) -> None:
        """Remove what was written before this Unix time and nobody fetched or answered, and halves of files."""
        left = [*self.path.glob(".*.*")]
        for folder in (self.requests, self.answers):
            with contextlib.suppress(OSError):
                left += folder.iterdir()
        for path in left:
            with contextlib.suppress(OSError):
                if path.lstat().st_mtime < before:
                    _remove(path)

    # the relay's side

    def submit(self, letter_id: str, request: CertificateRequest) -> None:
        """Put a request there. Raises OSError."""
        _put(self.requests / f"{letter_id}.json", msgspec.json.encode(request))

    def fetch(self, letter_id: str) -> Answer | None:
        """The answer, which is then gone from here; None while there is none. Raises UnreadableError."""
        path = self.answers / f"{letter_id}.json"
        try:
            data = _read(path, ANSWER_LIMIT)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise UnreadableError(str(error)) from error
        _remove(path)
        try:
            return _answers.decode(data)
        except UNDECODABLE as error:
            raise UnreadableError(str(error)) from None

    def crl(self) -> bytes | None:
        """The list that is published, None where there is none yet."""
        return _or_none(self.path / "crl.der")

    def root(self) -> bytes | None:
        """The root (DER) that is published, None where there is none yet."""
        pem = _or_none(self.path / "root.pem")
        if pem is None:
            return None
        try:
            return chain_from_pem(pem)[0]
        except CertificateError as error:
            raise TasukiError("ca_mailbox", folder=self.path) from error

    def _names(self, folder: Path, at_most: int) -> list[str]:
        found: list[tuple[float, str]] = []
        try:
            entries = os.scandir(folder)
        except OSError:
            return []
        with entries:
            for entry in entries:
                stem, dot, suffix = entry.name.partition(".")
                if suffix == "json" and dot and len(stem) == 32 and _HEX.issuperset(stem):
                    with contextlib.suppress(OSError):
                        if entry.is_file(follow_symlinks=False):
                            found.append((entry.stat(follow_symlinks=False).st_mtime, entry.name))
                if len(found) >= at_most:
                    break
        return [name for _, name in sorted(found)]


def _put(path: Path, data: bytes) -> None:
    """Whole or not at all, by a rename; not forced to the disk, for nothing here must outlive a power cut. Raises OSError."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            with contextlib.suppress(OSError):  # a network's file system may know no modes
                os.fchmod(descriptor, FILE_MODE)
            file.write(data)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _read(path: Path, limit: int) -> bytes:
    """A plain file of at most `limit` bytes; never follows a link, never waits at a pipe. Raises OSError, UnreadableError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise UnreadableError("not a plain file")
        data = file.read(limit + 1)
    if len(data) > limit:
        raise UnreadableError("too large")
    return data


def _or_none(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _remove(path: Path) -> None:
    """A file, or an empty folder that somebody put where files belong. Raises OSError."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        path.rmdir()
