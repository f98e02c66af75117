"""A relay that lies while a session is interrupted: it comes back to nobody but the two who had it, and shows no more than they agreed to."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from deploy.demo.check import TERMINAL
from deploy.demo.organisation import EnrolledPerson
from deploy.demo.programs import Program, until
from tests.e2e.hostile_play import HANDSHAKE, TIMING, Cast, Play, accept, cast_of, ended, peer_of, play, watching
from tests.e2e.hostile_relay import Lies, Message, Socket
from tests.support.organisation import Stage, stage_fixture
from tests.support.rfb import key, pointer
from tests.support.rfb_viewer import TestViewer

BACK = 30.0  # seconds: many times what is promised, for a loaded machine
SETTLED = 1.0  # seconds without another leg: the newest ticket was shown
UNHEARD = 1.0  # seconds after which a key that passes would have arrived


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """At this relay an interrupted session is waited for as long as by default."""
    yield from stage_fixture(tmp_path_factory.mktemp("stage"))


@pytest.fixture(scope="module")
def cast(stage: Stage) -> Cast:
    """Two users and two helpers."""
    return cast_of(stage)


@dataclass
class Interrupted:
    """Hanako's session with Taro, and the viewer that it began with."""

    on: Play
    user: Program
    taro: Program
    session: str
    request: str
    viewer: TestViewer

    async def begin(self) -> None:
        """Both lose the connection. From now on every byte of a leg is counted anew."""
        self.on.node.carried.clear()
        self.on.node.cut_legs(politely=False)
        for program in (self.user, self.taro):
            await program.event("interrupted", session=self.session)

    async def back(self) -> list[str]:
        """Both are, with these modes, the user's first; the viewer is shown the screen."""
        modes = [(await one.event("resumed", within=BACK))["mode"] for one in (self.user, self.taro)]
        await self.viewer.raw_update()
        return modes

    def no_picture_passed(self, carried: Counter[str] | None = None) -> None:
        """No leg has carried more than a handshake and a goodbye since the break."""
        counts = list((self.on.node.carried if carried is None else carried).values())
        assert max(counts, default=0) < HANDSHAKE, counts

    async def closed(self) -> None:
        """The viewer was shown nothing more, and is hung up on."""
        assert await asyncio.wait_for(self.viewer.reader.read(-1), BACK) == b""


@contextlib.asynccontextmanager
async def session(cast: Cast, lies: Lies, *, mode: str = "view") -> AsyncIterator[Interrupted]:
    """One that runs through a relay which is honest so far."""
    async with play(cast, lies) as on:
        taro = await on.serve(cast.taro, "taro")
        user = await on.ask(cast.hanako, "hanako", "--to", cast.taro.name, mode=mode, screen=True)
        request = (await accept(taro))["request"]
        told = await user.event("connected")
        viewer = await watching(cast, taro)
        try:
            yield Interrupted(on, user, taro, told["session"], request, viewer)
        finally:
            await viewer.close()


# somebody else in the helper's place


@dataclass
class Handed(Lies):
    """From when it lies, these agents' legs go to each other and not to the real relay, and `quiet` tells the real relay nothing.

    `carried`: bytes of payload by agent, which that agent has sent.
    """

    partner: Mapping[str, str]
    quiet: str
    lying: bool = False
    legs: dict[str, Socket] = field(default_factory=dict)
    carried: Counter[str] = field(default_factory=Counter)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def to_relay(self, who: str, message: Message) -> Iterable[Message]:
        """The real relay hears nothing of what the other one accepts, or does not know."""
        return [] if who == self.quiet and message["type"] in {"accept", "end"} else [message]

    async def take_leg(self, socket: Socket) -> bool:
        """Join it to its partner; who has none waits."""
        if not self.lying:
            return False
        socket.accept()
        self.legs[socket.who] = socket
        self.news.set()
        other = self.partner.get(socket.who)
        while other is not None and other not in self.legs:
            self.news.clear()
            await self.news.wait()
        if other is not None:
            socket.send("ready")
        while (payload := await socket.receive()) is not None:
            self.carried[socket.who] += len(payload)
            if other is not None:
                self.legs[other].send(payload)
        return True

    async def settled(self, who: str) -> None:
        """Wait until a leg of this agent's has been there for a while: both sides ask for tickets, and the newest counts."""
        leg: Socket | None = None
        async with asyncio.timeout(BACK):
            while leg is None or leg is not self.legs.get(who):
                leg = self.legs.get(who)
                await asyncio.sleep(SETTLED)


async def grant_to(it: Interrupted, cast: Cast, who: str, program: Program, **more: object) -> None:
    """Offer Hanako's request to this helper, who takes it and is granted the session that is interrupted."""
    node = it.on.node
    hanako, granted = peer_of(cast.hanako), await node.saw("hanako", "granted")
    to = {"kind": "anyone"}
    await node.saw(who, "requests")  # the real relay's list, which would take it away again
    offered = {"request": it.request, "user": hanako, "to": to, "mode": "control", "since": 0.0}
    node.say(who, {"type": "requests", "set": [offered]})
    await accept(program)
    await node.saw(who, "accept")
    told = {"request": it.request, "session": it.session, "ticket": "A" * 22, "legs": granted["legs"]}
    node.say(who, {"type": "granted", **told, "peer": hanako, "mode": "view", "to": to, **more})


async def test_another_helper(cast: Cast) -> None:
    """Jiro, of the same organisation, is given Hanako's session with Taro: his certificate says who he is, and all three read it."""
    lies = Handed({"hanako": "jiro", "jiro": "hanako"}, quiet="jiro")
    async with session(cast, lies) as it:
        jiro = await it.on.serve(cast.jiro, "jiro")
        lies.lying = True
        await it.begin()
        await lies.settled("hanako")
        await grant_to(it, cast, "jiro", jiro)
        told = await ended(it.user, "wrong_peer", code="name_differs")
        assert cast.taro.name in told["text"]
        assert cast.jiro.name in told["text"]
        for program in (jiro, it.taro):
            await ended(program, "wrong_peer")
        await it.closed()
        it.no_picture_passed(lies.carried)
        assert not [event for event in jiro.events if event["event"] in {"connected", "viewer"}]
        assert await it.user.ended() == 1


@pytest.mark.parametrize("interruption", [0, 1])
async def test_the_helper_without_the_secret(cast: Cast, interruption: int) -> None:
    """Taro's own certificate in another run of his program, which the relay calls a new session or one that goes on: neither is this one."""
    lies = Handed({"hanako": "again", "again": "hanako"}, quiet="again")
    async with session(cast, lies) as it:
        lies.lying = True
        await it.begin()
        it.taro.kill()
        again = await it.on.serve(cast.taro, "again")
        await lies.settled("hanako")
        await grant_to(it, cast, "again", again, interruption=interruption)
        told = await ended(it.user, "tampered")
        assert told["text"].startswith("The two sides were told different things on the way.")
        await ended(again, "tampered")
        await it.closed()
        it.no_picture_passed(lies.carried)
        assert not [event for event in again.events if event["event"] in {"connected", "viewer"}]


# what was said once, said again


class Recorded(Lies):
    """Records what comes to one agent while a session is taken up again, and at the next time says it again instead of the peer."""

    def __init__(self, victim: str) -> None:
        self.victim = victim
        self.recording = self.playing = False
        self.record: list[bytes] = []

    async def to_agent(self, who: str, message: Message) -> Iterable[Message]:
        """The real relay's end comes to nobody."""
        return [] if self.playing and message["type"] in {"ended", "over"} else [message]

    async def leg(self, who: str, payload: bytes, *, up: bool) -> Iterable[bytes]:
        """Listen."""
        if self.recording and who == self.victim and not up:
            self.record.append(payload)
        return [payload]

    async def take_leg(self, socket: Socket) -> bool:
        """Say it again."""
        if not self.playing or socket.who != self.victim:
            return False
        socket.accept()
        socket.send("ready")
        for payload in self.record:
            socket.send(payload)
        while await socket.receive() is not None:
            pass
        return True


@pytest.mark.parametrize("victim", ["hanako", "taro"])
async def test_a_replayed_resumption(cast: Cast, victim: str) -> None:
    """Handshake, HELLO with its proof and all: it was for another handshake, and this one does not come about."""
    lies = Recorded(victim)
    async with session(cast, lies) as it:
        lies.recording = True
        await it.begin()
        assert await it.back() == ["view", "view"]
        lies.recording, lies.playing = False, True
        assert sum(map(len, lies.record)) > 1000
        await it.begin()
        await ended(it.user if victim == "hanako" else it.taro, "protocol")
        it.on.node.cut_legs(politely=False)
        other = it.taro if victim == "hanako" else it.user
        await other.tell("quit" if victim == "hanako" else "stop")
        await other.event("ended")
        await it.closed()
        it.no_picture_passed()


class OldTickets(Lies):
    """Instead of a new ticket everybody gets their first one once more."""

    def __init__(self) -> None:
        self.first: dict[str, str] = {}
        self.replaying = False
        self.replayed: Counter[str] = Counter()

    async def to_agent(self, who: str, message: Message) -> Iterable[Message]:
        """Grants."""
        if message["type"] == "granted":
            self.first.setdefault(who, message["ticket"])
            if self.replaying:
                self.replayed[who] += 1
                message["ticket"] = self.first[who]
        return [message]


async def test_replayed_tickets(cast: Cast) -> None:
    """They open nothing, at the real relay's either; both agents ask for others, and are back with the first that are good."""
    lies = OldTickets()
    async with session(cast, lies) as it:
        cast.stage.secrets += lies.first.values()
        lies.replaying = True
        await it.begin()
        for ticket in lies.first.values():
            assert await it.on.node.show_ticket(ticket) == 403
        assert await until(lambda: min(lies.replayed[who] for who in ("hanako", "taro")) > 1, within=BACK)
        it.no_picture_passed()
        lies.replaying = False
        assert await it.back() == ["view", "view"]
        await it.user.tell("stop")
        await ended(it.taro, "user_ended")


# what both were told


class Greater(Lies):
    """Whatever was agreed on, the grants say control."""

    async def to_agent(self, who: str, message: Message) -> Iterable[Message]:
        """The mode."""
        return [{**message, "mode": "control"} if message["type"] == "granted" else message]


@pytest.mark.parametrize("when", ["before", "meanwhile"])
async def test_an_older_mode(cast: Cast, when: str) -> None:
    """Hanako gave control, and took it back: before the break, or while nobody could hear it. The relay's word changes nothing."""
    desktop = cast.stage.desktop
    async with session(cast, Greater(), mode="control") as it:
        click = (pointer(*TERMINAL, 1), pointer(*TERMINAL, 0))
        it.viewer.say(*click, *(key(ord(letter), down) for letter in f"given{when[0]}" for down in (1, 0)))
        it.viewer.say(key(0xFF0D), key(0xFF0D, 0))
        await desktop.has_typed(f"given{when[0]}\n")
        if when == "before":
            await it.user.tell("view")
            await it.taro.event("mode", mode="view")
        it.on.node.cut_legs(politely=False)
        await it.user.event("interrupted")
        if when == "meanwhile":
            await it.user.tell("view")
        assert await it.back() == ["view", "view"]
        before = desktop.typed.read_text(encoding="utf-8")
        it.viewer.say(*click, *(key(ord(letter), down) for letter in "taken" for down in (1, 0)))
        it.viewer.say(key(0xFF0D), key(0xFF0D, 0))
        await it.viewer.raw_update()
        await asyncio.sleep(UNHEARD)
        assert desktop.typed.read_text(encoding="utf-8") == before
        await it.user.tell("stop")
        await ended(it.taro, "user_ended")


@dataclass
class OtherSession(Lies):
    """From when it lies, grants for this agent are of another session."""

    whose: str
    lying: bool = False

    async def to_agent(self, who: str, message: Message) -> Iterable[Message]:
        """Its id."""
        if self.lying and who == self.whose and message["type"] == "granted":
            message["session"] = "d" * 32
        return [message]


@pytest.fixture
def short(cast: Cast) -> Iterator[None]:
    """Who is interrupted does not wait long."""
    people: list[EnrolledPerson] = [cast.hanako, cast.taro]
    files: list[Path] = [person.folder / "agent.toml" for person in people]
    for file in files:
        file.write_text(f"{TIMING}resume = 3.0\n")
    yield
    for file in files:
        file.write_text(TIMING)


@pytest.mark.usefixtures("short")
async def test_another_sessions_id_for_the_user(cast: Cast) -> None:
    """It opens nothing: no leg goes out for it, and when the time is over each side says that the other did not come back."""
    lies = OtherSession("hanako")
    async with session(cast, lies) as it:
        lies.lying = True
        await it.begin()
        legs = it.on.node.upgrades["hanako", "/v1/leg"]
        for program in (it.user, it.taro):
            told = await ended(program, "cut", code="other_not_back")
            assert "other" in told["text"]
        assert it.on.node.upgrades["hanako", "/v1/leg"] == legs
        await it.closed()
        it.no_picture_passed()


@pytest.mark.usefixtures("short")
async def test_another_sessions_id_for_the_helper(cast: Cast) -> None:
    """He opens it as a new one beside; where both meet, Hanako's HELLO says that they were told different things."""
    lies = OtherSession("taro")
    async with session(cast, lies) as it:
        lies.lying = True
        await it.begin()
        whys = ("tampered", "cut")  # his interrupted one asks for tickets as well, and each makes the one before void
        told = await it.user.event("ended")
        assert told["why"] in whys
        assert told["text"].endswith(".")
        for _ in ("the other one", "the one that was interrupted"):
            await it.taro.event("ended")
        await it.closed()
        assert len([event for event in it.taro.events if event["event"] == "connected"]) == 1
        it.no_picture_passed()
