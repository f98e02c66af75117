"""Who speaks to the relay under fuzz: agents, strangers, whoever asks for pages, and legs. Each has an address of its own.

Every fuzzer says what its grammar gives, a batch at a time, waits for the last answer of each and notes how long it took.
"""

import asyncio
import contextlib
import random
from typing import Final

from common.net.certificates import Identity
from common.protocol.identity import Role
from common.protocol.messages import Feature, Here, encode
from tests.fuzz.frames import BINARY, Frames
from tests.fuzz.heads import Asked, Heads
from tests.fuzz.matching_grammar import MatchingGrammar, Piece, request_place, session_place
from tests.fuzz.target import GOODBYE, PATIENCE, FuzzError, Heard, Target, batches, cut, gone, heard_in
from tests.support.front import LOOPBACK, client_context, upgrade
from tests.support.raw_agents import RawLink, RawPerson, identify

PAGES: Final = (20, 150)  # requests on one connection
MATCHING: Final = ("/v1/matching", "tasuki.matching.v1")
LEG: Final = ("/v1/leg", "tasuki.leg.v1")


class AgentFuzzer:
    """Somebody of the cast, with a certificate that is good."""

    def __init__(self, target: Target, *, seed: str, me: int, person: RawPerson, quota: int) -> None:
        self._target = target
        self._me = me
        self._identity = person.identity
        self._helper = person.role is Role.HELPER
        self._address = f"127.0.1.{me + 1}"
        self._quota = quota
        self._grammar = MatchingGrammar(seed, me=me, cast=target.cast)
        self._marks = 0
        self._mark = ""
        self._marked = asyncio.Event()
        self._hello: Heard | None = None
        self._in = asyncio.Event()

    async def run(self) -> None:
        """Until so many messages and frames were sent."""
        while self._quota > 0:
            await self._stay()

    async def _stay(self) -> None:
        target, tally = self._target, self._target.tally
        self._in.clear()
        link = await RawLink.open(target.port, upgrade(*MATCHING), heard=self._hear, address=self._address)
        tally.connections["agents"] += 1
        link.over.add_done_callback(lambda _: self._marked.set())
        async with asyncio.timeout(PATIENCE):
            self._link = link
            await self._in.wait()
        for portion in batches(self._grammar.stay(), self._grammar.random):
            if not await self._say(link, portion):
                break
        else:
            self._send(link, [self._grammar.last()])
        await gone(link)
        tally.closed[link.code] += 1

    async def _say(self, link: RawLink, portion: list[Piece]) -> bool:
        """A portion and its mark: whether the connection is still there afterwards."""
        self._marks += 1
        self._mark, mark = self._grammar.mark(self._marks)
        self._marked.clear()
        began = asyncio.get_running_loop().time()
        self._send(link, [*portion, mark])
        try:
            async with asyncio.timeout(PATIENCE):
                await self._marked.wait()
        except TimeoutError as error:
            raise FuzzError(f"no answer in {PATIENCE} s to a message of person {self._me}") from error
        self._target.tally.took("matching", began)
        if link.over.done():
            link.over.result()  # raises what was wrong with an answer
            return False
        return True

    def _send(self, link: RawLink, pieces: list[Piece]) -> None:
        data = self._target.places.fill(b"".join(piece.data for piece in pieces))
        for part in cut(data, self._grammar.random):
            link.send(part)
        count = sum(piece.count for piece in pieces)
        self._target.tally.sent["agents"] += count
        self._quota -= count

    def _hear(self, opcode: int, payload: bytes) -> None:
        if opcode != 1:
            return
        heard, target = heard_in(payload), self._target
        target.tally.answers[f"{heard.type} {heard.code}".strip()] += 1
        match heard.type:
            case "error" if heard.request == self._mark:
                self._marked.set()
            case "hello":
                hello = {"relay": heard.relay, "nonce": heard.nonce}
                asyncio.get_running_loop().call_soon(self._identify, hello)
            case "welcome":
                self._in.set()
            case "refused":
                raise FuzzError(f"person {self._me} was refused: {heard.code}")
            case "waiting" if not self._helper:
                target.places.put(request_place(self._me), heard.request)
            case "probe":
                here = encode(Here(request=heard.request)).encode()
                self._link.send(self._grammar.frames.message(here, masked=False))
            case "granted":
                target.places.put(session_place(self._me), heard.session)
                self._granted(heard)
            case _:
                pass  # counted

    def _identify(self, hello: dict[str, str]) -> None:
        frames = self._grammar.frames
        self._link.send(frames.message(identify(self._identity, hello, features=list(Feature)).encode(), masked=False))

    def _granted(self, heard: Heard) -> None:
        target = self._target
        if not self._helper:
            target.half[heard.session] = heard.ticket
        elif heard.session in target.half:
            target.pairs.append((target.half.pop(heard.session), heard.ticket))
        while len(target.half) > 100:
            del target.half[next(iter(target.half))]


class StrangerFuzzer:
    """Whoever is not let in: wrong requests, frames before `identify`, certificates of every bad kind, no TLS at all."""

    def __init__(self, target: Target, *, seed: str, number: int, odd: list[Identity], quota: int) -> None:
        self._target = target
        self._odd = odd
        self._address = f"127.0.2.{number + 1}"
        self._quota = quota
        self._grammar = MatchingGrammar(seed, me=0, cast=target.cast)
        self._heads = Heads(self._grammar.random)
        self._hello: asyncio.Future[Heard]

    async def run(self) -> None:
        """Until so many requests, messages and frames were sent."""
        while self._quota > 0:
            with contextlib.suppress(OSError, TimeoutError):  # the relay may cut it whenever it likes
                match self._grammar.random.randrange(8):
                    case 0 | 1 | 2:
                        await self._lie()
                    case 3:
                        await self._pretend()
                    case 4:
                        await self._no_tls()
                    case _:
                        await self._ask_wrongly()

    def _count(self, count: int) -> None:
        self._target.tally.sent["strangers"] += count
        self._quota -= count

    async def _open(self, asked: bytes) -> RawLink:
        self._hello = asyncio.get_running_loop().create_future()
        link = await RawLink.open(self._target.port, asked, heard=self._hear, address=self._address)
        self._target.tally.connections["strangers"] += 1
        return link

    async def _lie(self) -> None:
        """Anything but `identify`, sometimes glued to the request."""
        pieces = list(self._grammar.lie())
        said = self._target.places.fill(b"".join(piece.data for piece in pieces))
        self._count(sum(piece.count for piece in pieces))
        glued = self._grammar.random.random() < 0.3
        link = await self._open(self._heads.upgrade() + (said if glued else b""))
        if not glued:
            for piece in cut(said, self._grammar.random):
                link.send(piece)
        await gone(link)
        self._target.tally.closed[link.code] += 1

    async def _pretend(self) -> None:
        """A certificate that is none of ours, or is no good any more, or a signature of something else."""
        identity, chance = self._grammar.random.choice(self._odd), self._grammar.random
        self._count(1)
        link = await self._open(upgrade(*MATCHING))
        async with asyncio.timeout(PATIENCE):
            hello = await self._hello
        nonce = "A" * 43 + "=" if chance.random() < 0.2 else hello.nonce
        said = identify(identity, {"relay": hello.relay, "nonce": nonce}).encode()
        began = asyncio.get_running_loop().time()
        link.send(self._grammar.frames.message(said))
        async with asyncio.timeout(PATIENCE):
            await link.over
        link.cut()
        self._target.tally.took("refused", began)
        self._target.tally.closed[link.code] += 1

    async def _ask_wrongly(self) -> None:
        self._count(1)
        link = await self._open(self._heads.last())
        await gone(link)
        if link.upgraded.done():
            self._target.tally.answers[f"{link.upgraded.result()}"] += 1

    async def _no_tls(self) -> None:
        chance = self._grammar.random
        self._count(1)
        hello = b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03"
        data = chance.choice((self._heads.last(), hello, hello + chance.randbytes(4000), chance.randbytes(100), b""))
        reader, writer = await asyncio.open_connection(LOOPBACK, self._target.port, local_addr=(self._address, 0))
        self._target.tally.connections["strangers"] += 1
        try:
            writer.write(data)
            async with asyncio.timeout(GOODBYE):
                await reader.read()
        finally:
            writer.transport.abort()

    def _hear(self, opcode: int, payload: bytes) -> None:
        if opcode != 1:
            return
        heard = heard_in(payload)
        self._target.tally.answers[f"{heard.type} {heard.code}".strip()] += 1
        if heard.type == "hello" and not self._hello.done():
            self._hello.set_result(heard)
        if heard.type in {"welcome", "granted"}:
            raise FuzzError("a stranger was let in")


class PageFuzzer:
    """Requests for pages, several at once on connections that stay."""

    def __init__(self, target: Target, *, seed: str, number: int, quota: int) -> None:
        self._target = target
        self._address = f"127.0.3.{number + 1}"
        self._quota = quota
        self._random = random.Random(seed)
        self._heads = Heads(self._random)

    async def run(self) -> None:
        """Until so many requests were sent."""
        while self._quota > 0:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):  # a request may close its connection
                await self._stay()

    async def _stay(self) -> None:
        reader, writer = await asyncio.open_connection(
            LOOPBACK, self._target.port, ssl=client_context(), local_addr=(self._address, 0)
        )
        self._target.tally.connections["pages"] += 1
        try:
            requests = [self._heads.request() for _ in range(self._random.randint(*PAGES))]
            for portion in batches(requests, self._random):
                await self._ask(reader, writer, portion)
            self._count(1)
            writer.write(self._heads.last())
            async with asyncio.timeout(GOODBYE):
                while await reader.read(65536):
                    pass
        except TimeoutError:
            pass
        finally:
            writer.transport.abort()

    def _count(self, count: int) -> None:
        self._target.tally.sent["pages"] += count
        self._quota -= count

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, portion: list[Asked]) -> None:
        tally, began = self._target.tally, asyncio.get_running_loop().time()
        for piece in cut(b"".join(asked.data for asked in portion), self._random):
            writer.write(piece)
        self._count(len(portion))
        for asked in portion:
            try:
                async with asyncio.timeout(2 * PATIENCE):
                    status = await self._answer(reader, alone=asked.alone)
            except TimeoutError as error:
                raise FuzzError(f"no answer in {2 * PATIENCE} s to {asked.data[:200]!r}") from error
            tally.answers[f"{status}"] += 1
        if not any(asked.apart for asked in portion):
            tally.took("pages", began)

    @staticmethod
    async def _answer(reader: asyncio.StreamReader, *, alone: bool) -> int:
        status = 100
        while status == 100:
            head = await reader.readuntil(b"\r\n\r\n")
            status = int(head.split(b" ", 2)[1])
        _, _, behind = head.lower().partition(b"\r\ncontent-length:")
        length = int(behind.split(b"\r", 1)[0]) if behind else 0
        if not alone:
            await reader.readexactly(length)
        return status


class LegFuzzer:
    """Both legs of sessions that were granted: frames of every kind through the splice."""

    def __init__(self, target: Target, *, seed: str) -> None:
        self._target = target
        self._random = random.Random(seed)
        self._frames = Frames(self._random)
        self._ready = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            if not self._target.pairs:
                await asyncio.sleep(0.05)
                continue
            pair = self._target.pairs.pop()  # the newest: its tickets are good still
            self._target.pairs.clear()
            with contextlib.suppress(OSError, TimeoutError):
                await self._session(pair)

    async def _session(self, pair: tuple[str, str]) -> None:
        self._ready.clear()
        links = []
        try:
            for side, ticket in enumerate(pair):
                asked = upgrade(*LEG, ticket=ticket)
                links.append(
                    await RawLink.open(self._target.port, asked, heard=self._hear, address=f"127.0.4.{side + 1}")
                )
                self._target.tally.connections["legs"] += 1
            async with asyncio.timeout(1):
                await self._ready.wait()
            for _ in range(self._random.randint(1, 40)):
                link = self._random.choice(links)
                payload = self._random.randbytes(self._random.choice((0, 1, 100, 1400, 20_000, 65_536)))
                fragments = self._random.random() < 0.2
                whole, parts = self._frames.message, self._frames.fragments
                self._say(link, parts(payload, opcode=BINARY) if fragments else [whole(payload, opcode=BINARY)])
                await asyncio.sleep(0)
            self._say(self._random.choice(links), self._frames.last(self._random.randbytes(50)))
            await gone(links[0])
        finally:
            for link in links:
                link.cut()

    def _say(self, link: RawLink, frames: list[bytes]) -> None:
        self._target.tally.sent["legs"] += len(frames)
        link.send(b"".join(frames))

    def _hear(self, opcode: int, payload: bytes) -> None:
        if opcode == 1 and payload == b"ready":
            self._ready.set()
