"""Writes what a step changed, and what to do where that fails: what starts something is refused, what ends something is owed.

A session that is over is over, whether the disk is full or not. What is owed is written before anything later, in its
order, and tried again by a timer.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable

import structlog

from relay.core.life import Step
from relay.core.ports import Timer
from relay.core.records import SessionRecord
from relay.core.storing import StoreUnavailableError, Unit
from relay.web.services import Services
from relay.web.tasks import Tasks

log = structlog.get_logger()

Work = Callable[[Unit], None]

OWED = 10_000
"""More than this is dropped, oldest first: the disk has been full for a long time."""


def writing(step: Step, check: Callable[[Unit, Step], None] | None = None) -> Work | None:
    """The unit of work that writes this step, after `check`; None where there is nothing to write."""
    if not (step.changed or step.session or step.entries):
        return None

    def work(unit: Unit) -> None:
        if check is not None:
            check(unit, step)
        if step.changed:
            unit.put_request(step.life.request)
        if step.session is not None:
            unit.put_session(step.session)
        for entry in step.entries:
            unit.audit(entry)

    return work


class Recorder:
    """Between the desk and the store."""

    def __init__(self, services: Services, tasks: Tasks) -> None:
        self._services = services
        self._tasks = tasks
        self._owed: deque[Work] = deque()
        self._paying = asyncio.Lock()
        self._timer: Timer | None = None

    @property
    def owing(self) -> int:
        """How many units of work could not be written yet."""
        return len(self._owed)

    async def write(self, work: Work, *, required: bool) -> None:
        """Write what is owed, then this. Raises what the work raises, and StoreUnavailableError where it is required.

        Where it is not, it is owed now.
        """
        try:
            await self._pay()
            await self._services.store.write(work)
        except StoreUnavailableError:
            if required:
                raise
            self._owe(work)

    async def _pay(self) -> None:
        """Write what is owed, in its order; whoever comes meanwhile waits. Raises StoreUnavailableError."""
        if not self._owed and not self._paying.locked():
            return
        async with self._paying:
            while self._owed:
                work = self._owed.popleft()
                try:
                    await self._services.store.write(work)
                except StoreUnavailableError:
                    self._owed.appendleft(work)
                    self._try_later()
                    raise
                except Exception:  # it can never be written: nobody else is to wait for that
                    log.exception("record_lost")

    async def record(self, step: Step, *, required: bool, check: Callable[[Unit, Step], None] | None = None) -> None:
        """As `write`, for a step. `check` runs first, in the same transaction, and may raise."""
        work = writing(step, check)
        if work is not None:
            await self.write(work, required=required)
            for entry in step.entries:
                self._services.bus.publish("requests", f"{entry.event} {entry.subject}".encode())

    async def session_bytes(self, session: SessionRecord) -> None:
        """Byte counts that came after the session's end: no transition, so no audit row."""
        await self.write(lambda unit: unit.put_session(session), required=False)

    def _owe(self, work: Work) -> None:
        self._owed.append(work)
        if len(self._owed) > OWED:
            log.error("record_lost_for_room")
            self._owed.popleft()
        self._try_later()

    def _try_later(self) -> None:
        if self._owed and self._timer is None:
            self._timer = self._services.clock.call_later(self._services.numbers.write_again, self._again)

    def _again(self) -> None:
        self._timer = None
        self._tasks.spawn(self._try_again())

    async def _try_again(self) -> None:
        with contextlib.suppress(StoreUnavailableError):
            await self._pay()

    def stop(self) -> None:
        """No more tries by the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
