"""A relay in this process, on loopback, with its records on disk; and agents' own matching connections to it."""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from twisted.internet import reactor

from common.agent.matching.matching import Matching
from common.host.clock import LoopClock
from common.net.certificates import Identity, RevocationList, load_crl, verify_issued
from common.net.connect import connect_websocket
from common.net.host_list import HostList, load_hosts
from common.net.server_tls import RelayTls
from common.net.tls import OuterTrust
from common.net.websocket import WebSocket
from common.protocol.identity import Role
from relay.admin.service import AdminService
from relay.app import heartbeats
from relay.core.admission import Gate
from relay.dataplane import Dataplane
from relay.matching.service import MatchingService
from relay.matching.services import Services
from relay.settings import RelayLimits, RelayTiming
from relay.store.sql import SqlStore
from relay.web.exchange import Budget
from relay.web.factory import ConnectionFactory
from relay.web.public_port import PublicPort, RequestCounts
from tests.support.ca import Organisation
from tests.support.erased import ErasedInMemory
from tests.support.front import LOOPBACK, hang_up, until
from tests.support.pki import Root
from tests.support.stores import store_in


class Member:
    """common.agent.matching.matching's Account of somebody enrolled: what a profile on disk would say."""

    def __init__(self, *, role: Role, name: str, identity: Identity, root: bytes, port: int) -> None:
        self.role = role
        self.name = name
        self.identity = identity
        self.root = root
        self.organisation = self.organisation_name = "Example"
        self.relay_host = LOOPBACK
        self.relay_port = port
        self.crl: RevocationList | None = None

    def accept_crl(self, der: bytes) -> RevocationList:
        """Keep it, if it is good."""
        self.crl = load_crl(der, self.root, minimum=self.crl.number if self.crl else 0)
        return self.crl

    def accept_hosts(self, document: bytes) -> HostList:
        """None is sent here."""
        return load_hosts(document, self.root)

    def pass_over(self, host: str) -> None:
        """There is one name."""


class RelayOnLoopback:
    """Store, matching, dataplane and public port. `outer` is the root of the port's own certificate, which is of no organisation."""

    def __init__(self, folder: Path, store: SqlStore) -> None:
        clock = LoopClock()
        listening: Any = reactor
        limits, timing = RelayLimits(), RelayTiming()
        self.organisation = Organisation(folder, now=lambda: datetime.now(UTC))
        self.dataplane = Dataplane(clock=clock, limits=limits, timing=timing)
        self.store = store
        self.matching = MatchingService(
            Services(
                store=store,
                to_legs=self.dataplane.order,
                authority_root=self.organisation.root,
                organisation="Example",
                relay=LOOPBACK,
                legs=[(LOOPBACK, 1)],
                limits=limits,
                timing=timing,
                clock=clock,
                random=os.urandom,
                start_heartbeat=heartbeats(timing, clock),
            )
        )
        self.admin = AdminService(self.matching.hub, ErasedInMemory())
        self.dataplane.report_to(self.matching.heard)
        self.counts = RequestCounts()
        public_port = PublicPort(
            legs=self.dataplane,
            matching=self.matching.listener,
            routes={},
            clock=clock,
            limits=limits,
            timing=timing,
            bodies=Budget(total=limits.request_bodies),
            counts=self.counts,
        )
        gate = Gate(per_address=100_000, total=100_000, early_drop=1.0, random=random.random)
        self.outer = Root(folder)
        files = self.outer.server(LOOPBACK)
        tls = RelayTls(certificate=files.certificate, key=files.key)
        self.factory = ConnectionFactory(public_port=public_port, gate=gate, tls=tls.connection)
        self._listening: Any = listening.listenTCP(0, self.factory, interface=LOOPBACK)
        self.port: int = self._listening.getHost().port

    async def member(self, role: Role, name: str) -> Member:
        """A new account, enrolled."""
        [account] = (await self.admin.people.add(roles=[role], name=name, by="operator:test")).accounts
        identity = self.organisation.person(role, name, account.identifier)
        return Member(role=role, name=name, identity=identity, root=self.organisation.root, port=self.port)

    def uri(self, member: Member) -> str:
        """This person's URI, as it stands in lists."""
        return str(verify_issued(member.identity.chain, member.root).uri)

    def agent(self, member: Member) -> Matching:
        """This person's connection, as the agents have it; not started."""

        async def connect(host: str, port: int, **how: Any) -> WebSocket:
            return await connect_websocket(host, port, **how | {"trust": OuterTrust(root_der=self.outer.der)})

        return Matching(profile=member, agent="test/1", connect=connect)

    async def stop(self) -> None:
        """Everything ends, and nothing is left."""
        await self.dataplane.stop()
        await self.matching.stop()
        await hang_up()
        await self._listening.stopListening().asFuture(asyncio.get_running_loop())
        self.factory.polling.abort()
        for connection in list(self.factory.open):
            connection.abortConnection()
        await until(lambda: not self.factory.open)


@asynccontextmanager
async def relay_on_loopback(folder: Path) -> AsyncIterator[RelayOnLoopback]:
    """A relay that is stopped at the end; its audit chain must hold."""
    store = await store_in(folder / "relay.db", group_commit=RelayTiming().group_commit)
    try:
        relay = RelayOnLoopback(folder, store)
        await relay.matching.start()
        await relay.matching.crl_changed(relay.organisation.crl().der)
        try:
            yield relay
        finally:
            await relay.stop()
        assert (await store.verify_audit()).holds
        assert await store.open_sessions() == []
    finally:
        await store.close()


class Heard:
    """What an agent's matching connection told, to wait for."""

    def __init__(self, matching: Matching) -> None:
        self.events: list[Any] = []
        matching.subscribe(self.events.append)

    async def first(self, kind: type[Any], such: Callable[[Any], bool] = lambda _: True) -> Any:
        """The first event of this type."""
        found: list[Any] = []

        def there() -> bool:
            found[:] = [one for one in self.events if isinstance(one, kind) and such(one)]
            return bool(found)

        await until(there)
        return found[0]
