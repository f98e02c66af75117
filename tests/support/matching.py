"""A desk behind a real front door on loopback, with its records on disk; and agents' own matching connections to it."""

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from twisted.internet import reactor

from common.agent.matching import Matching
from common.net.certificates import Identity, RevocationList, load_crl, read_identity
from common.net.connect import connect_websocket
from common.net.server_tls import RelayTls
from common.net.tls import OuterTrust
from common.net.websocket import WebSocket
from common.protocol.identity import Role
from relay.bus.inprocess import InProcessBus
from relay.clock import ReactorClock
from relay.core.admission import Gate
from relay.core.tickets import TicketTable
from relay.dataplane import Dataplane
from relay.settings import Limits, Timing
from relay.store.sql import SqlStore, open_store
from relay.web.asgi import Budget
from relay.web.desk import Desk
from relay.web.door import Door
from relay.web.front import House, Tally
from relay.web.numbers import DeskNumbers
from tests.support.ca import Organisation
from tests.support.front import LOOPBACK, hang_up, hello, until
from tests.support.pki import Root


class Member:
    """common.agent.matching's Account of somebody enrolled: what a profile on disk would say."""

    def __init__(self, *, role: Role, name: str, identity: Identity, root: bytes, port: int) -> None:
        self.role = role
        self.name = name
        self.identity = identity
        self.root = root
        self.organisation = "Example"
        self.relay_name = self.relay_host = LOOPBACK
        self.relay_port = port
        self.crl: RevocationList | None = None

    def accept_crl(self, der: bytes) -> RevocationList:
        """Keep it, if it is good."""
        self.crl = load_crl(der, self.root, minimum=self.crl.number if self.crl else 0)
        return self.crl


class Relay:
    """Store, desk, dataplane and door. `outer` is the root of the door's own certificate, which is of no organisation."""

    def __init__(self, folder: Path, store: SqlStore, numbers: DeskNumbers) -> None:
        clock: Any = reactor
        limits, timing = Limits(), Timing()
        self.organisation = Organisation(folder, now=lambda: datetime.now(UTC))
        tickets = TicketTable(random=os.urandom)
        self.dataplane = Dataplane(tickets=tickets, clock=clock, limits=limits, timing=timing)
        self.store = store
        self.desk = Desk(
            store=store,
            tickets=tickets,
            dataplane=self.dataplane,
            bus=InProcessBus(),
            authority_root=self.organisation.root,
            organisation="Example",
            relay=LOOPBACK,
            legs=[(LOOPBACK, 1)],
            numbers=numbers,
            clock=ReactorClock(clock),
            random=os.urandom,
        )
        self.dataplane.report_to(self.desk)
        house = House(
            legs=self.dataplane,
            matching=self.desk.listener,
            application=hello,
            clock=clock,
            now=time.time,
            limits=limits,
            timing=timing,
            bodies=Budget(total=limits.request_bodies),
            tally=Tally(),
        )
        gate = Gate(per_address=100_000, total=100_000, early_drop=1.0, random=random.random)
        self.outer = Root(folder)
        files = self.outer.server(LOOPBACK)
        tls = RelayTls(certificate=files.certificate, key=files.key)
        self.door = Door(house=house, gate=gate, tls=tls.connection)
        self._listening: Any = clock.listenTCP(0, self.door, interface=LOOPBACK)
        self.port: int = self._listening.getHost().port

    async def member(self, role: Role, name: str) -> Member:
        """A new account, enrolled."""
        account = await self.desk.add_account(role=role, name=name, by="operator:test")
        identity = self.organisation.person(role, name, account.identifier)
        return Member(role=role, name=name, identity=identity, root=self.organisation.root, port=self.port)

    def uri(self, member: Member) -> str:
        """This person's URI, as it stands in lists."""
        return str(read_identity(member.identity.leaf)[0])

    def matching(self, member: Member) -> Matching:
        """This person's connection, as the agents have it; not started."""

        async def connect(host: str, port: int, **how: Any) -> WebSocket:
            return await connect_websocket(host, port, **how | {"trust": OuterTrust(root_der=self.outer.der)})

        return Matching(profile=member, agent="test/1", connect=connect)

    async def stop(self) -> None:
        """Everything ends, and nothing is left."""
        await self.dataplane.stop()
        await self.desk.stop()
        await hang_up()
        await self._listening.stopListening().asFuture(asyncio.get_running_loop())
        for connection in list(self.door.open):
            connection.abortConnection()
        await until(lambda: not self.door.open)


@asynccontextmanager
async def relay_in(folder: Path, *, numbers: DeskNumbers | None = None) -> AsyncIterator[Relay]:
    """A relay that is stopped at the end; its audit chain must hold."""
    store = await open_store(folder / "relay.db")
    try:
        relay = Relay(folder, store, numbers or DeskNumbers())
        await relay.desk.start()
        await relay.desk.crl_changed(relay.organisation.crl().der)
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
