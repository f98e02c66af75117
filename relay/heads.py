"""Heads of the audit log: noted every hour, signed by the CA, and put where whoever can write the database cannot change them.

One that cannot be signed now waits, in the order of their numbers; one that the CA refuses is kept as that, and asked for no more.
"""

import asyncio
import os
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import replace
from logging import INFO, LogRecord
from logging.handlers import SysLogHandler
from pathlib import Path
from typing import Final, Protocol

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
UNTOLD: Final = 1000
"""Signed heads that could not be put anywhere yet are kept in memory up to so many; those in the database are never lost."""
_SENDING: Final = 5.0  # seconds

SignHead = Callable[[int, bytes], Awaitable[bytes]]
"""Asks the CA: the signed document. Raises HeadRefusedError, NotSignedError."""


class NotSignedError(Exception):
    """Not now: the CA does not answer."""


class HeadRefusedError(Exception):
    """The CA has signed a later one, or another of this number."""


class Publish(Protocol):
    """Puts a signed head somewhere. Raises OSError."""

    def __call__(self, head: CheckedHead) -> None: ...


class HeadKeeper:
    """`root`: the organisation's, DER. `places`: where signed heads go."""

    def __init__(
        self, *, store: Store, sign: SignHead, root: bytes, places: tuple[Publish, ...], clock: WallClock, every: float
    ) -> None:
        self._store = store
        self._sign = sign
        self._root = root
        self._places = places
        self._clock = clock
        self._every = every
        self._untold: deque[tuple[Publish, CheckedHead]] = deque(maxlen=UNTOLD)
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
        for _ in range(len(self._untold)):
            place, head = self._untold.popleft()
            await self._tell(place, head)
        return waits or bool(self._untold)

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
            for place in self._places:
                await self._tell(place, head)
        return False

    async def _tell(self, place: Publish, head: CheckedHead) -> None:
        try:
            async with asyncio.timeout(_SENDING):
                await asyncio.to_thread(place, head)
        except OSError as error:  # a TimeoutError is one
            self._complain("audit_head_not_published", error)
            self._untold.append((place, head))

    def _complain(self, event: str, error: Exception) -> None:
        trouble = f"{event}: {error}"
        if trouble != self._trouble:
            log.warning(event, error=str(error) or repr(error))
        self._trouble = trouble


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

    def __call__(self, head: CheckedHead) -> None:
        """On the disk when this returns."""
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, head.document + b"\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class SyslogOfHeads:
    """A line each by the system's log, or another computer's: number, digest and signature are in it. `address`: a socket's path, or HOST:PORT (UDP)."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
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
