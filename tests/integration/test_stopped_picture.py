"""A stopped picture, on real VNC servers: a helper who means harm gets not one pixel of it, an honest one has it back at once."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from common.agent.session.ports import LocalLink
from common.host.errors import TasukiError
from common.protocol.messages import Mode
from common.protocol.rfb.pixels import SERVER_INIT_LENGTH
from tests.support.desktops import happens
from tests.support.rfb import RGB32, request, set_encodings, set_pixel_format
from tests.support.rfb_channel import JoinedSession
from tests.support.screens import SHOWN_BY, Screen, shown_by
from user_agent.broker import Broker

BEFORE = "#1b3a5c"
SECRETS = ("#ff00ff", "#00ff01", "#fe0102")
MOST = 800 * 600 * 95 // 100  # some servers draw the pointer into it


def wire(colour: str) -> bytes:
    """A pixel of this colour in the format of these tests: little-endian, blue first."""
    red, green, blue = bytes.fromhex(colour[1:])
    return bytes([blue, green, red, 0])


@pytest.fixture(scope="module", params=SHOWN_BY)
def screen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screen]:
    """Each kind of server: those that we start, and some that ran before, of which nothing is known."""
    with shown_by(request.param, tmp_path_factory.mktemp("screen")) as found:
        yield found


class Greedy:
    """The local side of a helper who asks for more than is good, and takes it when it suits."""

    features: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.link: LocalLink | None = None
        self.data = bytearray()
        self.everything = bytearray()  # since the stream began
        self.total = 0
        self.unread = 0
        self.reads = True
        self.over = False

    def attached(self, link: LocalLink, mode: Mode) -> None:
        self.link = link

    def stream_started(self, n: int) -> None: ...

    def stream_over(self) -> None:
        self.over = True

    def rfb_received(self, data: bytes) -> None:
        self.data += data
        self.everything += data
        self.total += len(data)
        self.unread += len(data)
        if self.reads:
            self.read()

    def read(self, count: int = 1 << 40) -> None:
        """Say that so much was taken."""
        count = min(count, self.unread)
        self.unread -= count
        assert self.link is not None
        self.link.consumed(count)

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def mode_changed(self, mode: Mode) -> None: ...

    def pause_changed(self, on: bool) -> None: ...

    def question_open(self, on: bool) -> None: ...

    def type_text(self, text: str) -> None: ...

    def cut_off(self) -> None: ...

    def interrupted(self) -> None: ...

    def resumed(self, mode: Mode) -> None: ...

    def close(self) -> None: ...

    async def begin(self) -> None:
        """Ask for a stream, and wait for its ServerInit."""
        assert self.link is not None
        self.reads, self.over = True, False
        self.data.clear()
        self.link.start_stream()
        await happens("ServerInit comes", lambda: len(self.data) > SERVER_INIT_LENGTH)
        self.data.clear()  # a format's maxima are ff 00 ff 00
        self.everything.clear()
        self.link.send_rfb(set_pixel_format(RGB32) + set_encodings(0))

    def ask(self, times: int = 1) -> None:
        """For the whole screen, anew."""
        assert self.link is not None
        self.link.send_rfb(request(0, 0, 800, 600, incremental=0) * times)

    async def quiet(self, seconds: float = 0.7) -> None:
        """Take all that there is until nothing comes any more."""
        self.reads = True
        self.read()
        before = -1
        while before != self.total:
            before = self.total
            await asyncio.sleep(seconds)


@contextlib.asynccontextmanager
async def greedy(screen: Screen, mode: Mode) -> AsyncIterator[tuple[JoinedSession, Greedy]]:
    helper, problems = Greedy(), list[TasukiError]()
    broker = Broker(server=screen.reached(), on_problem=problems.append)
    session = JoinedSession(user=broker, helper=helper, mode=mode)
    await screen.paint(BEFORE)
    try:
        await helper.begin()
        await shown(helper, BEFORE)
        yield session, helper
    finally:
        session.close()
        await asyncio.sleep(0.05)
    assert not problems
    assert not session.user.failures
    assert not session.helper.failures


async def sees(helper: Greedy, colour: str) -> None:
    """It can see at all: now that it may, the screen comes in this colour."""
    helper.data.clear()

    def seen() -> bool:
        return helper.data.count(wire(colour)) >= MOST

    await happens("the picture comes, or the stream is over", lambda: seen() or helper.over)
    if not seen():
        await helper.begin()
        await shown(helper, colour)


async def shown(helper: Greedy, colour: str) -> None:
    """Ask until the screen has this colour: a server looks at it only now and then."""
    while helper.data.count(wire(colour)) < MOST:
        helper.data.clear()
        helper.ask()
        await helper.quiet(0.2)


@pytest.mark.parametrize(
    ("mode", "requests", "spaced"), [(Mode.VIEW, 40, 0.04), (Mode.CONTROL, 40, 0.0), (Mode.VIEW, 400, 0.0)]
)
async def test_requests_from_before_are_not_answered_with_what_is_there_later(
    screen: Screen, mode: Mode, requests: int, spaced: float
) -> None:
    """However many were asked for and not taken: of what is on the screen during the pause comes nothing; after it, it does."""
    async with greedy(screen, mode) as (session, helper):
        helper.reads = False
        for _ in range(requests if spaced else 1):
            helper.ask(1 if spaced else requests)
            await asyncio.sleep(spaced or 1)
        session.pause(True)
        helper.ask(3)
        await screen.paint(SECRETS[0])
        await asyncio.sleep(0.3)
        await helper.quiet()
        assert helper.data.count(wire(SECRETS[0])) == 0
        session.pause(False)
        await sees(helper, SECRETS[0])


@pytest.mark.parametrize("mode", list(Mode))
async def test_who_takes_it_drop_by_drop_sees_nothing_either(screen: Screen, mode: Mode) -> None:
    """Slowly enough that the server would have something to send all the time."""
    async with greedy(screen, mode) as (session, helper):
        helper.reads = False
        helper.ask(400)
        await asyncio.sleep(1)
        session.pause(True)
        seen = dict.fromkeys(SECRETS, 0)
        for colour in SECRETS:
            await screen.paint(colour)
            until = time.monotonic() + 1
            while time.monotonic() < until:
                await asyncio.sleep(0.05)
                helper.read(500_000)
                for secret in SECRETS:
                    seen[secret] += helper.data.count(wire(secret))
                helper.data.clear()
        assert seen == dict.fromkeys(SECRETS, 0)
        helper.ask()
        helper.reads = True
        helper.read()
        session.pause(False)
        await sees(helper, SECRETS[-1])


@pytest.mark.parametrize("taken", [True, False])
async def test_what_was_there_during_the_pause_alone_is_never_seen(screen: Screen, taken: bool) -> None:
    """A server may have looked at it before its connection was closed: that picture is not the first one afterwards."""
    async with greedy(screen, Mode.VIEW) as (session, helper):
        for moment in (0.0, 0.2, 0.6):
            helper.reads = taken
            helper.ask(3)
            await (helper.quiet(0.1) if taken else asyncio.sleep(0.5))
            session.pause(True)
            helper.ask()
            await screen.paint(SECRETS[0])
            await asyncio.sleep(moment)
            await screen.paint(BEFORE)
            helper.reads = True
            helper.read()
            session.pause(False)
            await sees(helper, BEFORE)
            assert helper.everything.count(wire(SECRETS[0])) == 0


async def test_fast_changes_leave_it_in_order(screen: Screen) -> None:
    """On and off and on, before a connection is there: what counts is the last word, and the picture is whole."""
    async with greedy(screen, Mode.CONTROL) as (session, helper):
        for _ in range(5):
            for _ in range(6):
                session.pause(True)
                await asyncio.sleep(0.01)
                session.pause(False)
                await asyncio.sleep(0.01)
            session.pause(True)
            helper.ask()
            await asyncio.sleep(0.1)
        helper.data.clear()
        await screen.paint(SECRETS[0])
        await helper.quiet()
        assert not helper.data
        session.pause(False)
        await sees(helper, SECRETS[0])
