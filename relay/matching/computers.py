"""On which computers agents are: what each says of its own, and when it was last here. Written rarely, and many at a time."""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice

from common.host.background import Background
from common.protocol.clock import Timer
from relay.core.records import CertificateRecord
from relay.matching.authentication import Identified
from relay.matching.connections import Connections
from relay.matching.recorder import TransitionRecorder, Work
from relay.matching.services import Services

AT_ONCE = 500
"""Certificates whose time is written in one unit of work: others' are not to wait for thousands."""
LEFT_LIMIT = 100_000
"""Certificates whose agents have left since the last writing. Of more the oldest are as seen as they were written before."""


class Computers:
    """Told who comes and goes. The store knows of each that is here within `timing.seen`."""

    def __init__(
        self, services: Services, *, connections: Connections, recorder: TransitionRecorder, background: Background
    ) -> None:
        self._services = services
        self._connections = connections
        self._recorder = recorder
        self._background = background
        self._told: dict[str, CertificateRecord] = {}  # as it was written, by fingerprint
        self._left: dict[str, datetime] = {}
        self._timer: Timer | None = None
        self._writing: asyncio.Task[None] | None = None

    def arrived(self, who: Identified) -> None:
        """Written at once where nobody knew so since the start, which nearly nobody's is; else with the others."""
        now = who.certificate(self._services.clock.now())
        before = self._told.get(now.fingerprint)
        self._left.pop(now.fingerprint, None)
        self._begin()
        if before is None or _said(before) != _said(now):
            self._told[now.fingerprint] = now
            writing = self._recorder.write(lambda unit: unit.put_certificate(now), required=False, subject=now.account)
            self._background.spawn(writing)

    def left(self, who: Identified) -> None:
        """Its connection is gone."""
        self._left[who.participant.certificate] = self._services.clock.now()
        self._begin()
        if len(self._left) > LEFT_LIMIT:
            del self._left[next(iter(self._left))]

    def forget(self, certificate: str) -> None:
        """It is revoked: should it come back after all, it is as one that was never here."""
        self._told.pop(certificate, None)

    async def write(self) -> None:
        """When those who are here, or have left, were last here. What cannot be written now is written the next time."""
        now = self._services.clock.now()
        seen = self._left | {one.identified.participant.certificate: now for one in self._connections}
        self._left = {}
        entries = iter(seen.items())
        for part in _parts(entries):
            await self._recorder.write(_noting(part), required=False, subject="computers")

    def stop(self) -> None:
        """No more writing by itself."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _begin(self) -> None:
        if self._timer is None:
            self._timer = self._services.clock.call_later(self._services.timing.seen, self._again)

    def _again(self) -> None:
        self._timer = None
        if len(self._connections):
            self._begin()
        if self._writing is None or self._writing.done():
            self._writing = self._background.spawn(self.write())


def _noting(seen: Mapping[str, datetime]) -> Work:
    return lambda unit: unit.note_seen(seen)


def _said(record: CertificateRecord) -> tuple[str, str, str]:
    return record.computer_name, record.system, record.version


def _parts(entries: Iterator[tuple[str, datetime]]) -> Iterator[dict[str, datetime]]:
    while part := dict(islice(entries, AT_ONCE)):
        yield part
