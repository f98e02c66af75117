"""Heads of the audit log: noted every hour, signed by the CA, and put where whoever can write the database cannot change them.

One that cannot be signed now waits, in the order of their numbers; one that the CA refuses is kept as that, and asked for no more.
Up to which number each place was told lies in a file of the relay's: what was not told is told after a restart, and something twice rather
than never.
"""

import asyncio
import errno
import os
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from logging import INFO, LogRecord
from logging.handlers import SysLogHandler
from pathlib import Path
from typing import Final, Protocol

import msgspec

from common.host.files import write_private
from common.host.log import get_logger
from common.net.audit_head import CheckedHead, load_head
from common.net.certificates import CertificateError
from common.protocol.clock import WallClock
from relay.core.records import HeadRecord
from relay.core.storing import Store, StoreError
from relay.settings import AuditSection

log = get_logger()

AGAIN: Final = 60.0
"""Seconds until heads that wait are tried again, at most."""
AT_ONCE: Final = 100
"""Signed heads that one place is told in a turn at most."""
TOLD: Final = "heads-told"
"""In the relay's folder: for each place the number of the last head that it was told."""
_SENDING: Final = 5.0  # seconds

SignHead = Callable[[int, bytes], Awaitable[bytes]]
"""Asks the CA: the signed document. Raises HeadRefusedError, NotSignedError."""


class NotSignedError(Exception):
    """Not now: the CA does not answer."""


class HeadRefusedError(Exception):
    """The CA has signed a later one, or another of this number."""


class Publish(Protocol):
    """Puts a signed head somewhere. Raises OSError. `key` tells it from other places, also after a restart."""

    @property
    def key(self) -> str: ...

    def __call__(self, head: CheckedHead) -> None: ...


class HeadKeeper:
    """`root`: the organisation's, DER. `places`: where signed heads go; `told`: the file that says what each has."""

    def __init__(
        self,
        *,
        store: Store,
        sign: SignHead,
        root: bytes,
        places: tuple[Publish, ...],
        told: Path,
        clock: WallClock,
        every: float,
    ) -> None:
        self._store = store
        self._sign = sign
        self._root = root
        self._places = places
        self._clock = clock
        self._every = every
        self._file = told
        self._told = _read_told(told)
        self._trouble = ""

    async def keep(self) -> None:
        """Note, have signed, and tell, until cancelled."""
        while True:
            waits = True
            try:
                waits = await self.turn()
            except StoreError as error:
                self._complain("audit_head_not_noted", error)
            await asyncio.sleep(min(self._every, AGAIN) if waits else self._every)

    async def turn(self) -> bool:
        """Once; whether something is left to be done soon. Raises StoreError."""
        await self._note()
        waits = await self._have_signed()
        untold = [place for place in self._places if await self._tell_all(place)]
        return waits or bool(untold)

    async def _note(self) -> None:
        """The log's end, where it has grown since the last one."""
        [*_, last] = [None, *await self._store.heads(newest=True)]
        end = await self._store.audit_end()
        if end is None or (last is not None and last.number >= end[0]):
            return
        number, digest = end
        record = HeadRecord(number=number, digest=digest, at=self._clock())
        await self._store.write(lambda unit: unit.put_head(record))

    async def _have_signed(self) -> bool:
        for record in await self._store.heads(waiting=True):
            try:
                head = load_head(await self._sign(record.number, record.digest), self._root)
                if (head.number, head.digest) != (record.number, record.digest):
                    raise NotSignedError("another head was signed")  # noqa: TRY301  (as one that is none)
            except HeadRefusedError as error:
                log.error("audit_head_refused", number=record.number, why=str(error))  # noqa: TRY400
                refused = replace(record, refused=str(error)[:30])
                await self._store.write(lambda unit, refused=refused: unit.put_head(refused))  # type: ignore[misc]
                continue
            except (NotSignedError, CertificateError) as error:
                self._complain("audit_head_waits", error)
                return True
            signed = replace(record, document=head.document)
            await self._store.write(lambda unit, signed=signed: unit.put_head(signed))  # type: ignore[misc]
            self._trouble = ""
            log.info("audit_head_signed", number=head.number)
        return False

    async def _tell_all(self, place: Publish) -> bool:
        """Tell this place what it was not told yet, in the order of the numbers; whether something is left. Raises StoreError."""
        part = await self._store.heads(signed_after=self._told.get(place.key, 0), limit=AT_ONCE)
        for record in part:
            try:
                await self._tell(place, load_head(record.document or b"", self._root))
            except CertificateError as error:  # whoever verifies finds out as well
                log.error("audit_head_damaged", number=record.number, error=str(error))  # noqa: TRY400
            except OSError as error:  # a TimeoutError is one
                self._complain("audit_head_not_published", error)
                return True
            self._told[place.key] = record.number
            await self._remember()
        return len(part) == AT_ONCE

    async def _tell(self, place: Publish, head: CheckedHead) -> None:
        async with asyncio.timeout(_SENDING):
            await asyncio.to_thread(place, head)

    async def _remember(self) -> None:
        try:
            await asyncio.to_thread(write_private, self._file, msgspec.json.encode(self._told))
        except OSError as error:  # then it is told once more after a restart
            self._complain("audit_heads_told_not_kept", error)

    def _complain(self, event: str, error: Exception) -> None:
        trouble = f"{event}: {error}"
        if trouble != self._trouble:
            log.warning(event, error=str(error) or repr(error))
        self._trouble = trouble


def _read_told(path: Path) -> dict[str, int]:
    """What each place was told; nothing where that is not known: then all is told again."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, int])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        log.warning("audit_heads_told_unreadable", error=str(error))
        return {}


def places(settings: AuditSection, folder: Path) -> tuple[Publish, ...]:
    """Where the settings want signed heads."""
    found: list[Publish] = []
    if settings.heads_file:
        found.append(FileOfHeads(folder / settings.heads_file))
    if settings.heads_syslog:
        found.append(SyslogOfHeads(settings.heads_syslog))
    return tuple(found)


class FileOfHeads:
    """A line of JSON each, at the end of a file of its owner's. Raises OSError."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._busy = threading.Lock()  # one that took too long may still write

    @property
    def key(self) -> str:
        """See Publish."""
        return f"file:{self._path}"

    def __call__(self, head: CheckedHead) -> None:
        """On the disk when this returns; where it is not, nothing of it is left there. What somebody else left without an end stays a line of its own."""
        with self._busy:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            try:
                size = os.fstat(descriptor).st_size
                torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
                line = (b"\n" if torn else b"") + head.document + b"\n"
                try:
                    if os.write(descriptor, line) != len(line):
                        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._path))  # noqa: TRY301
                    os.fsync(descriptor)
                except OSError:
                    os.ftruncate(descriptor, size)
                    raise
            finally:
                os.close(descriptor)


class SyslogOfHeads:
    """A line each by the system's log, or another computer's: number, digest and signature are in it. `address`: a socket's path, or HOST:PORT (UDP)."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self.key = f"syslog:{address}"
        self._address: str | tuple[str, int] = address if address.startswith("/") else (host.strip("[]"), int(port))

    def __call__(self, head: CheckedHead) -> None:
        """As far as it can be known, it was taken. Raises OSError."""
        handler = _Strict(address=self._address, facility=SysLogHandler.LOG_AUTHPRIV)
        handler.ident = "tasuki-relay: "
        try:
            text = f"audit head {head.number} {head.digest.hex()} {head.document.decode()}"
            handler.emit(LogRecord("tasuki", INFO, "", 0, text, None, None))
        finally:
            handler.close()


class _Strict(SysLogHandler):
    """One that raises what fails instead of printing it."""

    def handleError(self, record: LogRecord) -> None:  # noqa: N802  (its name there)
        del record
        raise  # noqa: PLE0704  (called while what failed is handled)
