"""The computers on which people have Tasuki: which there are, and the one that was stolen.

A computer is the certificates that were renewed from one another, and has a number that no other ever gets. Its name, system
and version are what its agent says.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from common.protocol.identity import Role, name_key
from relay.admin.access import AccessService
from relay.admin.lookup import Lookup
from relay.admin.orders import OrderError
from relay.core.records import CertificateRecord
from relay.matching.hub import Hub

NAMED: Final = 10
"""So many computers are named to whoever has to say which one is meant."""
GONE: Final = timedelta(days=400)
"""So long after the end of a certificate a computer is not listed any more: by the CA's own setting it cannot renew it then."""
REVOKED: Final = frozenset({"revoked", "revocation owed"})
_NUMBER: Final = re.compile(r"#?([0-9]{1,9})")


@dataclass(frozen=True, kw_only=True)
class ComputerNow:
    """A computer as it is just now. `state`: "" where its certificate is good, else `revoked`, `revocation owed` or `expired`."""

    number: int
    name: str
    system: str
    version: str
    role: Role
    person: str
    person_name: str
    account: str
    serial: str
    connected: bool
    seen_at: datetime
    not_after: datetime
    state: str


class ComputersService:
    """On the hub and the store of a matching service."""

    def __init__(self, hub: Hub, lookup: Lookup, access: AccessService) -> None:
        self._hub = hub
        self._services = hub.services
        self._lookup = lookup
        self._access = access

    async def all(self, *, who: str = "", everything: bool = False) -> list[ComputerNow]:
        """By number; of one person (as an order names them), or of all. Those that are revoked, or gone for long, only with `everything`.

        Raises OrderError (order_no_person, order_ambiguous), StoreUnavailableError.
        """
        families = await self._families(who)
        found = [one for family in families if (one := self._now(family)) is not None]
        since = self._services.clock.now() - GONE
        return [one for one in found if everything or (one.state not in REVOKED and one.not_after > since)]

    async def revoke(self, which: str, *, who: str = "", by: str) -> ComputerNow:
        """Nobody comes in with this computer's certificates from now on; what it has ends at once. The CA is owed to be asked.

        `which`: its number, #NUMBER, or its name where one computer alone has it. One that is revoked already stays so, and counts
        only where no other is meant. Raises OrderError (order_no_computer, order_computer_ambiguous, and as `all`), StoreUnavailableError.
        """
        meant = [
            (family, one) for family in await self._families(who) if (one := self._now(family)) and _means(which, one)
        ]
        found = [one for one in meant if one[1].state not in REVOKED]
        if not meant:
            raise OrderError("order_no_computer", what=which)
        if not found:
            return meant[-1][1]
        if len(found) > 1:
            raise OrderError("order_computer_ambiguous", what=which, which=_told([one for _family, one in found]))
        [(family, one)] = found
        await self._access.revoke_computer(family, by=by)
        return self._now(family) or one

    async def _families(self, who: str) -> list[list[CertificateRecord]]:
        """Certificates, those of one computer together."""
        store = self._services.store
        if who:
            accounts = self._lookup.find(who).accounts
            certificates: Sequence[CertificateRecord] = [
                one for account in accounts for one in await store.certificates(account.identifier)
            ]
        else:
            certificates = await store.all_certificates()
        families: dict[tuple[str, int], list[CertificateRecord]] = {}
        for one in certificates:
            families.setdefault((one.account, one.computer), []).append(one)
        return sorted(families.values(), key=lambda family: family[0].computer)

    def _now(self, family: list[CertificateRecord]) -> ComputerNow | None:
        """None where its account is gone."""
        newest = max(family, key=lambda one: (one.not_after, one.seen_at))
        told = max(family, key=lambda one: one.seen_at)
        directory = self._services.directory
        account = directory.account(newest.account)
        if account is None:
            return None
        connected = any(self._hub.connections.of(one.fingerprint) is not None for one in family)
        return ComputerNow(
            number=newest.computer,
            name=told.computer_name,
            system=told.system,
            version=told.version,
            role=account.role,
            person=account.person,
            person_name=account.name,
            account=account.identifier,
            serial=newest.serial,
            connected=connected,
            seen_at=self._services.clock.now() if connected else told.seen_at,
            not_after=newest.not_after,
            state=self._state(newest),
        )

    def _state(self, newest: CertificateRecord) -> str:
        crl, revocations = self._hub.crl, self._hub.revocations
        if crl is not None and crl.is_revoked(int(newest.serial, 16)):
            return "revoked"
        if newest.fingerprint in revocations.barred:
            return "revocation owed" if any(one.serial for one in revocations.of(newest.account)) else "revoked"
        return "expired" if newest.not_after <= self._services.clock.now() else ""


def _means(which: str, computer: ComputerNow) -> bool:
    number = _NUMBER.fullmatch(which.strip())
    if number is not None and int(number[1]) == computer.number:
        return True
    by_name = not which.strip().startswith("#") and bool(computer.name)
    return by_name and name_key(which) == name_key(computer.name)


def _told(computers: Iterable[ComputerNow]) -> str:
    told = [f"#{one.number} ({one.name or '–'}, {one.person_name})" for one in computers]
    return "; ".join(told[:NAMED]) + (" …" if len(told) > NAMED else "")
