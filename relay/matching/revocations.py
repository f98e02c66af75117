"""Revocations that are owed: written down with the order that asked for them, and asked of the CA until it has answered.

Who is to be revoked is out here at once, whether the CA answers or not: an account is disabled, a computer's certificates
are barred. The list of the CA is what agents go by.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import TypeAlias

import structlog

from common.host.background import Background
from common.protocol.clock import Timer
from relay.core.life import RELAY
from relay.core.records import AuditEntry, CertificateRecord, RevocationRecord
from relay.core.storing import StoreError
from relay.matching.recorder import TransitionRecorder
from relay.matching.services import Services

log = structlog.get_logger()

Revoke: TypeAlias = Callable[[RevocationRecord], Awaitable[None]]
"""Has the CA do it. Raises NotRevokedError where it has not answered, or will not."""


def same_computer(certificates: Sequence[CertificateRecord], serial: str) -> list[CertificateRecord]:
    """Those of an account that are on the computer whose certificate has this number (hex)."""
    numbers = {one.computer for one in certificates if int(one.serial, 16) == int(serial, 16)}
    return [one for one in certificates if one.computer in numbers]


class NotRevokedError(Exception):
    """The CA has not done it; it is asked again."""


class Revocations:
    """Those not done yet, oldest first. Where nobody is there who could ask the CA they stay."""

    def __init__(self, services: Services, *, recorder: TransitionRecorder, background: Background) -> None:
        self._services = services
        self._recorder = recorder
        self._background = background
        self._owed: dict[str, RevocationRecord] = {}
        self._barred: set[str] = set()
        self._revoke: Revoke | None = None
        self._timer: Timer | None = None
        self._busy = False
        self._working: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._owed)

    def of(self, account: str) -> list[RevocationRecord]:
        """What is owed for this account."""
        return [one for one in self._owed.values() if one.account == account]

    @property
    def barred(self) -> AbstractSet[str]:
        """Certificates (fingerprints) of computers that are owed to be revoked, or were since the start: the list that says so comes a moment later."""
        return self._barred

    def bar(self, certificates: Iterable[CertificateRecord]) -> None:
        """Nobody comes in with these from now on, or renews them. That they are owed to be revoked was written down."""
        self._barred |= {one.fingerprint for one in certificates}

    def whole(self, account: str) -> bool:
        """Whether all that this account has, and is given meanwhile, is owed to be revoked."""
        return any(not one.serial for one in self.of(account))

    def by(self, revoke: Revoke) -> None:
        """From now on `revoke` has it done."""
        self._revoke = revoke
        self._begin()

    async def start(self) -> None:
        """Take up what the store holds. Raises StoreUnavailableError."""
        store = self._services.store
        self._owed = {one.identifier: one for one in await store.owed_revocations()}
        for owed in self._owed.values():
            if owed.serial and not owed.superseded:
                self.bar(same_computer(await store.certificates(owed.account), owed.serial))
        self._begin()

    def owe(self, records: Iterable[RevocationRecord]) -> None:
        """These were written down."""
        self._owed |= {one.identifier: one for one in records}
        self._begin()

    def stop(self) -> None:
        """No more tries; what is under way is given up, and owed still."""
        self._revoke = None
        if self._working is not None:
            self._working.cancel()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _begin(self) -> None:
        if self._owed and self._revoke is not None and not self._busy:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            self._busy = True
            self._working = self._background.spawn(self._work())

    async def _work(self) -> None:
        try:
            tried: set[str] = set()
            while self._revoke is not None and (left := [one for one in self._owed if one not in tried]):
                tried.add(left[0])
                await self._try(self._owed[left[0]])
        finally:
            self._busy, self._working = False, None
        if self._revoke is not None and self._owed:
            self._timer = self._services.clock.call_later(self._services.timing.revocation_retry, self._again)

    async def _try(self, record: RevocationRecord) -> None:
        """One that the CA refuses keeps none of the others waiting."""
        if self._revoke is None:
            return
        try:
            await self._revoke(record)
            await self._done(record)
        except (NotRevokedError, StoreError) as error:
            log.warning("revocation_owed", account=record.account, owed=len(self._owed), error=str(error))

    def _again(self) -> None:
        self._timer = None
        self._begin()

    async def _done(self, record: RevocationRecord) -> None:
        done = replace(record, done_at=self._services.clock.now())
        entry = AuditEntry(
            at=self._services.clock.now(), actor=RELAY, event="account.revoked", subject=record.account,
            facts={"serial": record.serial},
        )  # fmt: skip
        await self._recorder.write_change(lambda unit: unit.put_revocation(done), entry)
        self._owed.pop(record.identifier, None)
        log.info("revocation_done", account=record.account)
