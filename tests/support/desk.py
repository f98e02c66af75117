"""A desk on a fake clock and a null store, and agents that talk to it without a network: transcripts of matching."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

from common.net.certificates import Identity
from common.net.websocket import WebSocket
from common.net.websocket_api import State
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
from relay.bus.inprocess import InProcessBus
from relay.core.records import Account
from relay.core.storing import Store
from relay.core.tickets import Side, TicketTable
from relay.store.null import NullStore
from relay.web.desk import Desk
from relay.web.matching import MatchingListener
from relay.web.numbers import DeskNumbers
from tests.support.ca import Organisation
from tests.support.clock import FakeClock

M = TypeVar("M")
RELAY = "relay.example"
LEGS = [("relay.example", 443), ("relay.example", 80)]


class FakeWebSocket:
    """What a listener needs of common.net.websocket.WebSocket."""

    def __init__(self) -> None:
        self.state = State.OPEN
        self.heard = 0
        self.sent: list[FromRelay] = []
        self.closed: tuple[int, str] | None = None
        self.pings = 0
        self.paused = False
        self.aborted = False

    def send(self, payload: str) -> None:
        """Decoded, as an agent does."""
        if self.state is State.OPEN:
            self.sent.append(decode_from_relay(payload))

    def ping(self) -> None:
        """Counted."""
        self.pings += 1

    def close(self, code: int = 1000, reason: str = "") -> None:
        """The first verdict counts."""
        if self.state is State.OPEN:
            self.state = State.CLOSED
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
    """Notes what it is told to end. A session in `legs` has a leg."""

    def __init__(self) -> None:
        self.ended: list[tuple[str, Why]] = []
        self.unparked: list[tuple[str, Side]] = []
        self.legs: set[str] = set()

    def end(self, session: str, why: Why) -> bool:
        """Noted."""
        self.ended.append((session, why))
        return session in self.legs

    def unpark(self, session: str, side: Side) -> None:
        """Noted."""
        self.unparked.append((session, side))


class Agent:
    """One connection of an agent."""

    def __init__(self, house: "House", identity: Identity | None) -> None:
        self.house = house
        self.identity = identity
        self.ws = FakeWebSocket()
        self.identified = 0
        self.open = cast("WebSocket", self.ws)
        self.listener: MatchingListener = house.desk.listener("192.0.2.1", identified=self._count)
        self.listener.opened(self.open)

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
        self.listener.message(self.open, payload)

    def cut(self) -> None:
        """The connection is lost."""
        self.ws.state = State.CLOSED
        self.listener.closed(self.open, 1006, "the connection was cut")

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


class House:
    """The desk, everything around it, and people with accounts and real certificates."""

    def __init__(self, folder: Path, *, numbers: DeskNumbers | None = None, store: Store | None = None) -> None:
        self.organisation = Organisation(folder)
        self.clock: FakeClock = self.organisation.clock
        self.numbers = numbers or DeskNumbers()
        self.store: Any = store or NullStore()
        self.dataplane = FakeDataplane()
        self.tickets = TicketTable(random=os.urandom)
        self.desk = self.make_desk()

    def make_desk(self) -> Desk:
        """A desk as after a restart of the relay: nothing of the old one but the store."""
        self.dataplane = FakeDataplane()
        self.tickets = TicketTable(random=os.urandom)
        return Desk(
            store=self.store,
            tickets=self.tickets,
            dataplane=self.dataplane,
            bus=InProcessBus(),
            authority_root=self.organisation.root,
            organisation="Example",
            relay=RELAY,
            legs=LEGS,
            numbers=self.numbers,
            clock=self.clock,
            random=os.urandom,
        )

    async def start(self) -> None:
        """With a revocation list."""
        await self.desk.start()
        await self.desk.crl_changed(self.organisation.crl().der)

    async def restart(self) -> None:
        """As after a kill: the old desk is never told."""
        self.desk._office.stop()
        self.desk = self.make_desk()
        await self.start()

    async def settle(self) -> None:
        """Everything that was set going is done."""
        await self.desk._office.tasks.settle()

    async def advance(self, seconds: float) -> None:
        """Time passes, and what it sets going is done."""
        self.clock.advance(seconds)
        await self.settle()

    async def person(self, role: Role, name: str) -> tuple[Account, Identity]:
        """An account with a certificate."""
        account = await self.desk.add_account(role=role, name=name, by="operator:test")
        return account, self.organisation.person(role, name, account.identifier)

    async def agent(self, role: Role, name: str, *, watch: bool = False) -> Agent:
        """A new person, connected."""
        _, identity = await self.person(role, name)
        return await self.connect(identity, watch=watch)

    async def connect(self, identity: Identity, *, watch: bool = False) -> Agent:
        """This person's agent, identified; what it was sent until then is forgotten."""
        agent = Agent(self, identity)
        agent.identify()
        await self.settle()
        agent.the(Welcome)
        agent.ws.sent[:] = [one for one in agent.ws.sent if not isinstance(one, Hello | Welcome)]
        if watch:
            agent.say(Watch(on=True))
            await self.settle()
        return agent

    async def granted(self, user: Agent, helper: Agent, to: To, *, request: str = "a" * 32) -> Granted:
        """The user asks, the helper accepts; the user's `granted`."""
        user.say(Request(request=request, to=to, mode=Mode.CONTROL))
        await self.settle()
        helper.say(Accept(request=request))
        await self.settle()
        return user.the(Granted)

    async def active(self, user: Agent, helper: Agent, to: To, *, request: str = "a" * 32) -> str:
        """A session that runs; its id."""
        granted = await self.granted(user, helper, to, request=request)
        self.dataplane.legs.add(granted.session)
        for side in Side:
            ticket = (user if side is Side.USER else helper).the(Granted).ticket
            assert self.tickets.take(ticket, self.clock.monotonic()) is not None
        self.desk.spliced(granted.session)
        user.say(Active(session=granted.session))
        await self.settle()
        return granted.session

    async def events(self) -> list[str]:
        """The names in the audit log, of requests only."""
        rows = await self.desk.audit_rows()
        return [row.entry.event for row in rows if row.entry.event.startswith("request.")]


@asynccontextmanager
async def house_in(
    folder: Path, *, numbers: DeskNumbers | None = None, make_store: Callable[[], Store] = NullStore
) -> AsyncIterator[House]:
    """A started house; at the end its audit chain must hold."""
    house = House(folder, numbers=numbers, store=make_store())
    await house.start()
    try:
        yield house
        await house.settle()
        assert (await house.desk.verify_audit()).holds
    finally:
        await house.desk.stop()
