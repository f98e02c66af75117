"""Writes what a transition changed, and sees to what could not be written: what starts something is refused, what ends
something is owed.

A session that is over is over, whether the disk is full or not. What is owed is written before anything later, in its
order, and tried again by a timer. What the store refuses for what it is, and would refuse for ever, is set aside: logged and
counted, and the audit log says that it is missing.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from common.host.background import Background
from common.protocol.clock import Timer
from relay.core.life import RELAY, Transition
from relay.core.records import AuditEntry, SessionRecord
from relay.core.storing import StoreUnavailableError, Unit, WriteRefusedError
from relay.matching.services import Services

log = structlog.get_logger()

Work = Callable[[Unit], None]

OWED = 10_000
"""More than this is dropped, oldest first: the disk has been full for a long time."""


@dataclass(frozen=True, kw_only=True)
class _Record:
    """A unit of work, and the identifier of what it is about, for the log. `notice`: it only says that another is missing."""

    work: Work
    subject: str
    notice: bool = False


def writing(transition: Transition, check: Callable[[Unit, Transition], None] | None = None) -> Work | None:
    """The unit of work that writes this transition, after `check`; None where there is nothing to write."""
    if not (transition.changed or transition.session or transition.entries):
        return None

    def work(unit: Unit) -> None:
        if check is not None:
            check(unit, transition)
        if transition.changed:
            unit.put_request(transition.life.request)
        if transition.session is not None:
            unit.put_session(transition.session)
        for entry in transition.entries:
            unit.audit(entry)

    return work


class TransitionRecorder:
    """Between matching and the store."""

    def __init__(self, services: Services, background: Background) -> None:
        self._services = services
        self._background = background
        self._owed: deque[_Record] = deque()
        self._paying = asyncio.Lock()
        self._timer: Timer | None = None
        self.refused = 0
        """How many units of work were set aside."""
        self.lost = 0
        """How many were dropped, because too many were owed."""

    @property
    def owing(self) -> int:
        """How many units of work could not be written yet."""
        return len(self._owed)

    async def write(self, work: Work, *, required: bool, subject: str) -> None:
        """Write what is owed, then this. Where it is required it raises what the work raises, and StoreError.

        Where it is not, it is owed while the store cannot be written, and set aside where the store refuses it.
        """
        record = _Record(work=work, subject=subject)
        try:
            await self._pay()
            await self._services.store.write(work)
        except StoreUnavailableError:
            if required:
                raise
            self._owe(record)
        except WriteRefusedError as error:
            if required:
                raise
            self._set_aside(record, error)

    async def _pay(self) -> None:
        """Write what is owed, in its order; whoever comes meanwhile waits. Raises StoreUnavailableError."""
        if not self._owed and not self._paying.locked():
            return
        async with self._paying:
            while self._owed:
                record = self._owed.popleft()
                try:
                    await self._services.store.write(record.work)
                except StoreUnavailableError:
                    self._owed.appendleft(record)
                    self._try_later()
                    raise
                except Exception as error:  # noqa: BLE001  (it can never be written: nobody else is to wait for that)
                    self._set_aside(record, error)

    async def record(
        self,
        transition: Transition,
        *,
        required: bool,
        check: Callable[[Unit, Transition], None] | None = None,
    ) -> None:
        """As `write`, for a transition. `check` runs first, in the same transaction, and may raise."""
        work = writing(transition, check)
        if work is not None:
            await self.write(work, required=required, subject=transition.life.request.identifier)

    async def write_change(self, change: Work, entry: AuditEntry) -> None:
        """A change of what no request is about, with its audit row. Raises what `change` raises, and StoreError."""

        def work(unit: Unit) -> None:
            change(unit)
            unit.audit(entry)

        await self.write(work, required=True, subject=entry.subject)

    async def session_bytes(self, session: SessionRecord) -> None:
        """Byte counts that came after the session's end: no transition, so no audit row."""
        await self.write(lambda unit: unit.put_session(session), required=False, subject=session.identifier)

    def _set_aside(self, record: _Record, error: Exception) -> None:
        """It is never tried again; that it is missing is owed to the audit log."""
        fault = str(error) if isinstance(error, WriteRefusedError) else type(error).__name__
        log.error("record_refused", subject=record.subject, fault=fault)
        if record.notice:
            return
        self.refused += 1
        entry = AuditEntry(
            at=self._services.clock.now(),
            actor=RELAY,
            event="record.refused",
            subject=record.subject,
            facts={"fault": fault},
        )
        self._owe(_Record(work=lambda unit: unit.audit(entry), subject=record.subject, notice=True))

    def _owe(self, record: _Record) -> None:
        self._owed.append(record)
        if len(self._owed) > OWED:
            self.lost += 1
            log.error("record_lost_for_room", subject=self._owed.popleft().subject)
        self._try_later()

    def _try_later(self) -> None:
        if self._owed and self._timer is None:
            self._timer = self._services.clock.call_later(self._services.timing.store_probe, self._again)

    def _again(self) -> None:
        self._timer = None
        self._background.spawn(self._try_again())

    async def _try_again(self) -> None:
        with contextlib.suppress(StoreUnavailableError):
            await self._pay()

    def stop(self) -> None:
        """No more tries by the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
