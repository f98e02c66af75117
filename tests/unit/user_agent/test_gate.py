"""The gate before a VNC server's bytes: asked behind each read and before anything of it passes, in the broker's own course."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from common.host.errors import TasukiError
from common.protocol.messages import Mode
from tests.support.rfb import (
    BELL,
    key,
    rectangle,
    request,
    server_init,
    set_encodings,
    set_pixel_format,
    update,
)
from tests.support.rfb_link import FakeServer, RecordingLink, fake_server, turns
from user_agent.broker import PAUSE, SCREENS, Broker

RAW, DESKTOP_SIZE, LAST_RECT = 0, -223, -224
PIXELS = bytes(8 * 4 * 4)
A = 0x61


@dataclass
class Gate:
    """As an area's guard: where it is shut, the picture has been stopped."""

    open: bool = True
    size: tuple[int, int] = (640, 480)
    asked: int = 0
    doubts: int = 0
    broker: Broker | None = None
    good: list[bool] = field(default_factory=list)

    def opens(self) -> bool:
        self.asked += 1
        if not self.open:
            self.doubt()
        return self.open

    def fits(self, width: int, height: int) -> bool:
        return (width, height) == self.size

    def doubt(self) -> None:
        self.open = False
        self.doubts += 1
        assert self.broker is not None
        self.broker.stop_picture(SCREENS, at_once=True)


@dataclass
class Place:
    gate: Gate
    broker: Broker
    link: RecordingLink
    server: FakeServer
    problems: list[TasukiError]

    def again(self) -> None:
        """The area holds again."""
        self.gate.open = True
        self.broker.go_on(SCREENS)


@contextlib.asynccontextmanager
async def gated(*, one_look: bool = True) -> AsyncIterator[Place]:
    """A broker in a session of a server of which a message may be finished in a pause."""
    async with fake_server() as server:
        server.one_look = one_look
        gate, link = Gate(), RecordingLink()
        problems: list[TasukiError] = []
        broker = gate.broker = Broker(server=server, gate=gate, on_problem=problems.append)
        broker.attached(link, Mode.CONTROL)
        broker.stream_started(1)
        try:
            yield Place(gate, broker, link, server, problems)
        finally:
            broker.close()
            await turns()


async def test_every_read_is_asked_for() -> None:
    """And passes where nothing has changed."""
    async with gated() as place:
        connection = await place.server.next()
        await connection.let_in()
        await place.link.until_sent(server_init())
        before = place.gate.asked
        connection.writer.write(BELL)
        await place.link.until_sent(server_init() + BELL)
        assert place.gate.asked == before + 1


async def test_what_was_read_when_it_shuts_does_not_pass() -> None:
    """Not even the rest of a message that has begun; the connection is closed, and the viewer goes on over the next one."""
    async with gated() as place:
        connection = await place.server.next()
        await connection.let_in()
        await place.link.until_sent(server_init())
        place.broker.rfb_received(set_pixel_format() + set_encodings(RAW, DESKTOP_SIZE, LAST_RECT) + request())
        whole = update(rectangle(RAW, PIXELS), rectangle(RAW, PIXELS), count=2)
        head = len(whole) - len(rectangle(RAW, PIXELS))
        connection.writer.write(whole[:head])
        await place.link.until_sent(server_init() + whole[:head])
        place.broker.rfb_received(key(A))
        place.gate.open = False
        connection.writer.write(whole[head:])
        await connection.hung_up_on()
        ended = place.link.sent.removeprefix(server_init() + whole[:head])
        assert ended == rectangle(LAST_RECT, x=0, y=0, width=0, height=0)
        sent = place.link.sent
        place.broker.rfb_received(key(A) + request())
        await turns(20)
        assert place.server.connections.empty()
        assert place.link.sent == sent
        place.again()
        second = await place.server.next()
        await second.let_in()
        await second.hears(set_pixel_format() + set_encodings(RAW, DESKTOP_SIZE, LAST_RECT))
        second.writer.write(update(rectangle(RAW, PIXELS)))
        await place.link.until_sent(sent + update(rectangle(RAW, PIXELS)))
        assert place.link.told.count(("over", 0)) == 0


async def test_another_size_passes_nothing_of_what_came_with_it() -> None:
    """The viewer has missed a message, so it is opened again once something may be shown."""
    async with gated() as place:
        connection = await place.server.next()
        await connection.let_in()
        await place.link.until_sent(server_init())
        place.broker.rfb_received(set_pixel_format() + set_encodings(RAW, DESKTOP_SIZE, LAST_RECT) + request())
        connection.writer.write(
            update(rectangle(DESKTOP_SIZE, x=0, y=0, width=800, height=600), rectangle(RAW, PIXELS), count=2)
        )
        await connection.hung_up_on()
        assert place.gate.doubts == 1
        assert place.link.sent == server_init()
        place.again()
        await place.link.until("over")
        assert place.server.connections.empty()


async def test_a_server_that_begins_with_another_size_shows_nothing() -> None:
    """Its ServerInit does not pass."""
    async with gated() as place:
        connection = await place.server.next()
        await connection.let_in(init=server_init(800, 600))
        await connection.hung_up_on()
        assert place.link.sent == b""
        assert ("screen", (800, 600, "desk")) not in place.link.told
        place.again()
        await place.link.until("over")


async def test_a_pause_that_waits_for_the_end_of_a_message_is_cut_short() -> None:
    """The rest of it may be anything now."""
    async with gated() as place:
        connection = await place.server.next()
        await connection.let_in()
        await place.link.until_sent(server_init())
        place.broker.rfb_received(set_pixel_format() + set_encodings(RAW) + request())
        whole = update(rectangle(RAW, PIXELS), rectangle(RAW, PIXELS), count=2)
        connection.writer.write(whole[:-10])
        await place.link.until_sent(server_init() + whole[: -len(rectangle(RAW, PIXELS))])
        place.broker.stop_picture(PAUSE)
        await turns(20)
        sent = place.link.sent
        place.gate.doubt()
        await connection.hung_up_on()
        assert place.link.sent == sent


async def test_a_server_that_ends_while_it_is_shut_is_no_end() -> None:
    """Some die of a change of the screens; another is started. Also one that was still being logged in to."""
    async with gated() as place:
        first = await place.server.next()
        place.gate.open = False
        first.writer.close()
        await turns(50)
        assert not place.problems
        place.again()
        connection = await place.server.next()
        await connection.let_in()
        await place.link.until_sent(server_init())
        place.gate.open = False
        connection.writer.close()
        await turns(50)
        assert not place.link.failures
        place.again()
        await (await place.server.next()).let_in()
        await turns(50)
        assert not place.problems
        assert not place.link.failures


async def test_a_server_that_ends_while_nothing_has_changed_is_the_end() -> None:
    """As ever."""
    async with gated() as place:
        connection = await place.server.next()
        await connection.let_in()
        await place.link.until_sent(server_init())
        connection.writer.close()
        await place.link.until("failed")


async def test_both_reasons_must_go() -> None:
    """A pause that ends shows nothing while the screens are in doubt, and the other way round."""
    async with gated() as place:
        connection = await place.server.next()
        await connection.let_in()
        await place.link.until_sent(server_init())
        place.broker.pause_changed(True)
        place.gate.doubt()
        await connection.hung_up_on()
        place.broker.pause_changed(False)
        await turns(20)
        assert place.server.connections.empty()
        place.broker.pause_changed(True)
        place.again()
        await turns(20)
        assert place.server.connections.empty()
        place.broker.pause_changed(False)
        await (await place.server.next()).let_in()
