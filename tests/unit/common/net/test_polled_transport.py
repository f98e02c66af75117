"""An agent's posts and long answers, over lanes that a test answers: what goes together, what is asked again, and how it ends."""

import asyncio
from collections.abc import Callable
from typing import Any

from common.net.dial import DialError
from common.net.polled_transport import PolledTransport
from common.net.polling_lane import LaneAnswer, LaneLostError
from tests.support.front import until


class Asked:
    """One request, and what a test answers."""

    def __init__(self, target: str, position: int, body: bytes, on_body: Callable[[bytes], None]) -> None:
        self.target = target
        self.position = position
        self.body = body
        self._on_body = on_body
        self.answer: asyncio.Future[LaneAnswer] = asyncio.get_running_loop().create_future()

    def bring(self, data: bytes) -> None:
        """A piece of the answer."""
        self._on_body(data)

    def done(self, *, taken: int | None = None, status: int = 200) -> None:
        """The answer's end; `taken`: the position that it tells."""
        headers = {} if taken is None else {"tasuki-position": str(taken)}
        self.answer.set_result(LaneAnswer(status=status, headers=headers))

    def lose(self) -> None:
        """The connection breaks."""
        self.answer.set_exception(LaneLostError("cut"))


class Lane:
    """common.net.polling_lane.Lane: hands what it is asked to the test."""

    def __init__(self, relay: "Relay") -> None:
        self._relay = relay
        self.lost = False

    async def ask(
        self, target: str, *, headers: list[tuple[str, str]], body: bytes = b"", on_body: Any = None, deadline: float
    ) -> LaneAnswer:
        told = dict(headers)
        assert told["Authorization"] == "Bearer KEY"
        assert deadline > 25 or (target == "/v1/up" and not body)
        asked = Asked(target, int(told["Tasuki-Position"]), body, on_body)
        self._relay.asked[target.rpartition("/")[2]].append(asked)
        self._relay.news.set()
        try:
            return await asked.answer
        except LaneLostError:
            self.lost = True
            raise

    def cut(self) -> None:
        self.lost = True


class Relay:
    """The other end, and the WebSocket above."""

    def __init__(self, *, patience: float = 5.0) -> None:
        self.asked: dict[str, list[Asked]] = {"up": [], "down": []}
        self.news = asyncio.Event()
        self.opened = 0
        self.unreachable = False
        self.received = b""
        self.lost = 0
        self.paused: list[bool] = []
        self.transport = PolledTransport(
            key="KEY",
            lane=Lane(self),  # type: ignore[arg-type]
            open_lane=self._open,  # type: ignore[arg-type]
            random=lambda: 0.0,
            patience=patience,
        )
        self.transport.registerProducer(self, True)
        self.transport.start(received=self._take, lost=self._lose)

    async def _open(self) -> Lane:
        if self.unreachable:
            raise DialError("relay_unreachable", stage="tcp", address="a", detail="x")
        self.opened += 1
        return Lane(self)

    def _take(self, data: bytes) -> None:
        self.received += data

    def _lose(self) -> None:
        self.lost += 1
        self.news.set()

    def pauseProducing(self) -> None:
        self.paused.append(True)

    def resumeProducing(self) -> None:
        self.paused.append(False)

    async def next(self, way: str) -> Asked:
        """The next request of this way."""
        async with asyncio.timeout(5):
            while not self.asked[way]:
                self.news.clear()
                await self.news.wait()
        return self.asked[way].pop(0)

    async def is_lost(self) -> bool:
        """Once it is told."""
        async with asyncio.timeout(5):
            while not self.lost:
                self.news.clear()
                await self.news.wait()
        return self.lost == 1


async def test_what_is_written_in_one_turn_goes_together() -> None:
    """One post at a time; what is written meanwhile waits for its answer, and goes as one."""
    relay = Relay()
    for part in (b"a", b"b", b"c"):
        relay.transport.write(part)
    first = await relay.next("up")
    assert (first.position, first.body) == (0, b"abc")
    relay.transport.write(b"d")
    relay.transport.write(b"e")
    await asyncio.sleep(0)
    assert relay.asked["up"] == []
    first.done(taken=3)
    second = await relay.next("up")
    assert (second.position, second.body) == (3, b"de")
    relay.transport.abortConnection()
    assert await relay.is_lost()


async def test_a_post_that_is_lost_or_not_taken_goes_again() -> None:
    """From where the relay has it; at once the first time, since a kept connection may just have been closed."""
    relay = Relay()
    relay.transport.write(b"abcdef")
    (await relay.next("up")).lose()
    again = await relay.next("up")
    assert (again.position, again.body, relay.opened) == (0, b"abcdef", 2)
    again.done(taken=0)
    (await relay.next("up")).done(taken=4)
    rest = await relay.next("up")
    assert (rest.position, rest.body) == (4, b"ef")
    rest.done(status=503)
    assert (await relay.next("up")).position == 4
    relay.transport.abortConnection()
    assert await relay.is_lost()


async def test_an_answer_counts_as_far_as_it_came() -> None:
    """The next question begins behind it, whether it ended well or not."""
    relay = Relay()
    first = await relay.next("down")
    first.bring(b"ab")
    first.bring(b"c")
    first.lose()
    second = await relay.next("down")
    assert second.position == 3
    second.bring(b"d")
    second.done()
    assert (await relay.next("down")).position == 4
    assert relay.received == b"abcd"
    relay.transport.abortConnection()
    assert await relay.is_lost()


async def test_more_than_a_post_pauses_who_writes() -> None:
    """Until the relay has taken everything."""
    relay = Relay()
    relay.transport.write(bytes(65_536))
    assert relay.paused == []
    relay.transport.write(bytes(10))
    relay.transport.write(bytes(10))
    assert relay.paused == [True]
    (await relay.next("up")).done(taken=65_536)
    last = await relay.next("up")
    assert (len(last.body), relay.paused) == (20, [True])
    last.done(taken=65_556)
    await until(lambda: relay.paused == [True, False])
    relay.transport.abortConnection()
    assert await relay.is_lost()


async def test_the_relay_ends_it() -> None:
    """A key that opens nothing more is the end, not a thing to ask again."""
    for status in (403, 404, 410):
        relay = Relay()
        (await relay.next("down")).done(status=status)
        assert await relay.is_lost()
        assert relay.asked["down"] == []


async def test_a_relay_that_is_not_reached_is_lost_after_a_while() -> None:
    """Not before."""
    relay = Relay(patience=0.5)
    relay.unreachable = True
    began = asyncio.get_running_loop().time()
    (await relay.next("down")).lose()
    assert await relay.is_lost()
    assert asyncio.get_running_loop().time() - began >= 0.1


async def test_what_was_written_last_still_goes_out() -> None:
    """Closing posts it first; nothing is taken any more after that, and nothing comes."""
    relay = Relay()
    relay.transport.write(b"bye")
    relay.transport.loseConnection()
    relay.transport.write(b"more")
    post = await relay.next("up")
    assert (post.body, relay.lost) == (b"bye", 0)
    post.done(taken=3)
    assert await relay.is_lost()
    goodbye = await relay.next("up")
    assert (goodbye.position, goodbye.body) == (3, b"")
    goodbye.done(taken=3)


async def test_an_answer_that_acknowledges_too_much_is_none() -> None:
    """It is somebody else's, or a fault: asked again, and given up in the end."""
    relay = Relay(patience=0.3)
    relay.transport.write(b"abc")

    async def answer() -> None:
        while True:
            (await relay.next("up")).done(taken=1000)

    answering = asyncio.ensure_future(answer())
    assert await relay.is_lost()
    answering.cancel()


async def test_paused_it_asks_for_nothing() -> None:
    """What is under way still comes; then it waits."""
    relay = Relay()
    first = await relay.next("down")
    relay.transport.pauseProducing()
    first.bring(b"a")
    first.done()
    for _ in range(10):
        await asyncio.sleep(0)
    assert relay.asked["down"] == []
    relay.transport.resumeProducing()
    assert (await relay.next("down")).position == 1
    relay.transport.abortConnection()
    assert await relay.is_lost()
