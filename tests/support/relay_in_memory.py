"""The relay's matching on a fake clock and a null store, and agents that talk to it without a network: transcripts."""

import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from common.net.certificates import Identity
from common.net.websocket_api import WebSocketState
from common.protocol.computer_claim import NOT_SAID, ComputerClaim
from common.protocol.identity import Role, matching_challenge
from common.protocol.messages import (
    Accept,
    Active,
    FromAgent,
    FromRelay,
    Granted,
    Hello,
    Identify,
    Mode,
    Request,
    To,
    Watch,
    Welcome,
    decode_from_relay,
    encode,
)
from common.protocol.reasons import Why
from relay.admin.enrolment import EnrolmentService
from relay.admin.service import AdminService
from relay.app import heartbeats
from relay.core.leg_messages import (
    CloseSession,
    DropPair,
    FromLegs,
    HoldTicket,
    PairBytes,
    PairEnded,
    PairJoined,
    TicketHeld,
    TicketShown,
    ToLegs,
)
from relay.core.records import AccountRecord
from relay.core.storing import Store
from relay.core.tickets import LegSlot, TicketTable
from relay.matching.agent_connection import MatchingListener
from relay.matching.service import MatchingService
from relay.matching.services import Services
from relay.settings import DeskSection, RelayLimits, RelayTiming
from relay.store.null import NullStore
from tests.support.ca import Organisation
from tests.support.clock import FakeClock
from tests.support.erased import ErasedInMemory

M = TypeVar("M")
RELAY = "relay.example"
OTHER_NAME = "moved.example"
LEGS = [("relay.example", 443), ("relay.example", 80)]


class FakeWebSocket:
    """relay.matching.ports.AgentSocket, without a network."""

    def __init__(self) -> None:
        self.state = WebSocketState.OPEN
        self.heard = 0
        self.sent: list[FromRelay] = []
        self.closed: tuple[int, str] | None = None
        self.pings = 0
        self.paused = False
        self.aborted = False

    @property
    def is_open(self) -> bool:
        """Until it is closed."""
        return self.state is WebSocketState.OPEN

    def send(self, payload: str) -> None:
        """Decoded, as an agent does."""
        if self.state is WebSocketState.OPEN:
            self.sent.append(decode_from_relay(payload))

    def ping(self) -> None:
        """Counted."""
        self.pings += 1

    def close(self, code: int = 1000, reason: str = "") -> None:
        """The first verdict counts."""
        if self.state is WebSocketState.OPEN:
            self.state = WebSocketState.CLOSED
            self.closed = (code, reason)

    def abort(self) -> None:
        """Cut."""
        self.aborted = True

    def pause(self) -> None:
        """Read no more."""
        self.paused = True

    def resume(self) -> None:
        """Read on."""
        self.paused = False


class FakeDataplane:
    """Holds tickets, and notes what it is told to drop and to end. `hear` is matching's."""

    def __init__(self, *, clock: FakeClock, lifetime: float) -> None:
        self.tickets = TicketTable(lifetime=lifetime)
        self.given: list[HoldTicket] = []
        self.dropped: list[str] = []
        self.ended: list[tuple[str, Why]] = []
        self.holding = True  # else it answers no ticket: `hold` does
        self.hear: Callable[[FromLegs], None]
        self._clock = clock

    def order(self, message: ToLegs) -> None:
        """As the real one, but that it answers at once."""
        match message:
            case HoldTicket():
                self.given.append(message)
                if self.holding:
                    self.hold(message)
            case DropPair():
                self.tickets.revoke(message.session)
                self.dropped.append(message.session)
            case CloseSession():
                self.tickets.revoke(message.session)
                self.ended.append((message.session, message.why))

    def hold(self, message: HoldTicket) -> None:
        """The ticket is good, and matching hears so."""
        slot = LegSlot(message.session, message.side, message.pair)
        self.tickets.hold(message.digest, slot, self._clock.monotonic())
        self.hear(TicketHeld(session=message.session, digest=message.digest))

    def take(self, ticket: str) -> LegSlot | None:
        """Somebody shows it."""
        slot = self.tickets.take(ticket, self._clock.monotonic())
        if slot is not None:
            self.hear(TicketShown(session=slot.session, pair=slot.pair, side=slot.side))
        return slot

    def spliced(self, session: str, *, pair: int = 0) -> None:
        """Both legs are here."""
        self.tickets.revoke(session)
        self.hear(PairJoined(session=session, pair=pair))

    def over(self, session: str, why: Why, up: int, down: int, *, pair: int = 0) -> None:
        """No leg is left."""
        self.hear(PairBytes(session=session, pair=pair, up=up, down=down))
        self.hear(PairEnded(session=session, pair=pair, why=why))


class Agent:
    """One connection of an agent."""

    def __init__(self, relay: "RelayInMemory", identity: Identity | None, *, host: str = RELAY) -> None:
        self.identity = identity
        self.ws = FakeWebSocket()
        self.identified = 0
        self.welcome: Welcome | None = None
        self.listener: MatchingListener = relay.matching.listener("192.0.2.1", host=host, identified=self._count)
        self.listener.opened(self.ws)

    def _count(self) -> None:
        self.identified += 1

    def identify(self, *, signed_for: str = RELAY, **changes: object) -> None:
        """Answer hello."""
        hello = self.the(Hello)
        assert self.identity is not None
        fields: dict[str, Any] = {
            "chain": list(self.identity.chain),
            "signature": self.identity.sign(matching_challenge(signed_for, hello.nonce)),
        } | changes
        self.say(Identify(**fields))

    def say(self, *messages: FromAgent) -> None:
        """Send them."""
        for message in messages:
            self.raw(encode(message))

    def raw(self, payload: str | bytes) -> None:
        """Send anything."""
        self.listener.message(self.ws, payload)

    def cut(self) -> None:
        """The connection is lost."""
        self.ws.state = WebSocketState.CLOSED
        self.listener.closed(self.ws, 1006, "the connection was cut")

    def heard(self, kind: type[M]) -> list[M]:
        """The messages of this type since the last `forget`."""
        return [one for one in self.ws.sent if isinstance(one, kind)]

    def the(self, kind: type[M]) -> M:
        """The one message of this type since the last `forget`."""
        [found] = self.heard(kind)
        return found

    def forget(self) -> None:
        """What was sent so far does not matter."""
        self.ws.sent.clear()


class RelayInMemory:
    """Matching and what operators and agents ask of it, and people with accounts and real certificates."""

    def __init__(
        self,
        folder: Path,
        *,
        limits: RelayLimits | None = None,
        timing: RelayTiming | None = None,
        desk: DeskSection | None = None,
        store: Store | None = None,
    ) -> None:
        self.organisation = Organisation(folder)
        self.clock: FakeClock = self.organisation.clock
        self.limits = limits or RelayLimits()
        self.timing = timing or RelayTiming()
        self.desk = desk or DeskSection()
        self.store: Any = store or NullStore()
        self._make()

    def _make(self) -> None:
        """As after a restart of the relay: nothing of the old one but the store."""
        self.dataplane = FakeDataplane(clock=self.clock, lifetime=self.timing.ticket)
        self.matching = MatchingService(
            Services(
                store=self.store,
                to_legs=self.dataplane.order,
                authority_root=self.organisation.root,
                organisation="Example",
                relay=RELAY,
                other_names=[OTHER_NAME],
                legs=LEGS,
                limits=self.limits,
                timing=self.timing,
                desk=self.desk,
                clock=self.clock,
                random=os.urandom,
                start_heartbeat=heartbeats(self.timing, self.clock),
            )
        )
        self.dataplane.hear = self.matching.heard
        self.hub = self.matching.hub
        self.erased = ErasedInMemory()
        self.admin = AdminService(self.hub, self.erased)
        self.enrolment = EnrolmentService(self.hub)

    async def start(self) -> None:
        """With a revocation list."""
        await self.matching.start()
        await self.matching.crl_changed(self.organisation.crl().der)

    async def restart(self) -> None:
        """As after a kill: the old one is never told."""
        self.hub.stop()
        self._make()
        await self.start()

    async def settle(self) -> None:
        """Everything that was set going is done."""
        await self.hub.background.settle()

    async def advance(self, seconds: float) -> None:
        """Time passes, and what it sets going is done."""
        self.clock.advance(seconds)
        await self.settle()

    async def person(self, role: Role, name: str) -> tuple[AccountRecord, Identity]:
        """An account with a certificate."""
        [account] = (await self.admin.people.add(roles=[role], name=name, by="operator:test")).accounts
        return account, self.organisation.person(role, name, account.identifier)

    async def agent(self, role: Role, name: str, *, watch: bool = False, features: Sequence[str] = ()) -> Agent:
        """A new person, connected."""
        _, identity = await self.person(role, name)
        return await self.connect(identity, watch=watch, features=features)

    async def connect(
        self,
        identity: Identity,
        *,
        watch: bool = False,
        features: Sequence[str] = (),
        computer: ComputerClaim = NOT_SAID,
    ) -> Agent:
        """This person's agent, identified; what it was sent until then is forgotten."""
        agent = Agent(self, identity)
        agent.identify(features=list(features), computer=computer)
        await self.settle()
        agent.welcome = agent.the(Welcome)
        agent.ws.sent[:] = [one for one in agent.ws.sent if not isinstance(one, Hello | Welcome)]
        if watch:
            agent.say(Watch(on=True))
            await self.settle()
        return agent

    @staticmethod
    def request(to: To, *, request: str = "a" * 32) -> Request:
        """What a user says."""
        return Request(request=request, to=to, mode=Mode.CONTROL)

    @staticmethod
    def accept(*, request: str = "a" * 32) -> Accept:
        """What a helper says."""
        return Accept(request=request)

    async def granted(self, user: Agent, helper: Agent, to: To, *, request: str = "a" * 32) -> Granted:
        """The user asks, the helper accepts; the user's `granted`."""
        user.say(self.request(to, request=request))
        await self.settle()
        helper.say(self.accept(request=request))
        await self.settle()
        return user.the(Granted)

    async def joined(self, *agents: Agent, pair: int = 0) -> None:
        """Each shows the ticket of its last `granted`, and the legs are joined."""
        grants = [agent.heard(Granted)[-1] for agent in agents]
        for granted in grants:
            assert self.dataplane.take(granted.ticket) is not None
        self.dataplane.spliced(grants[0].session, pair=pair)
        await self.settle()

    async def active(self, user: Agent, helper: Agent, to: To, *, request: str = "a" * 32) -> str:
        """A session that runs; its id."""
        granted = await self.granted(user, helper, to, request=request)
        for agent in (user, helper):
            assert self.dataplane.take(agent.the(Granted).ticket) is not None
        self.dataplane.spliced(granted.session)
        user.say(Active(session=granted.session))
        await self.settle()
        return granted.session

    async def events(self) -> list[str]:
        """The names in the audit log, of requests only."""
        rows = await self.store.audit_rows()
        return [row.entry.event for row in rows if row.entry.event.startswith("request.")]


@asynccontextmanager
async def relay_in_memory(
    folder: Path,
    *,
    limits: RelayLimits | None = None,
    timing: RelayTiming | None = None,
    desk: DeskSection | None = None,
    make_store: Callable[[], Store] = NullStore,
) -> AsyncIterator[RelayInMemory]:
    """A started one; at the end its audit chain must hold."""
    relay = RelayInMemory(folder, limits=limits, timing=timing, desk=desk, store=make_store())
    await relay.start()
    try:
        yield relay
        await relay.settle()
        assert (await relay.store.verify_audit()).holds
    finally:
        await relay.matching.stop()


def connected(matching: MatchingService, role: Role) -> int:
    """How many agents of this role are identified."""
    return sum(one.identified.role is role for one in matching.hub.connections)
