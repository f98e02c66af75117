"""Whatever comes between: once the picture may be shown and all is quiet, the viewer shows the screen."""

import asyncio
from collections.abc import Callable

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from common.protocol.messages import Mode
from tests.support.rfb_actors import COLOURS, FORMATS, ROWS, Habit, ServerEnd, ViewerEnd
from tests.support.rfb_link import FakeServer, RecordingLink, turns
from user_agent.broker import Broker

ROUNDS = 15  # of each side taking what there is, and answering; a login and a new pixel format take eight
SOME = st.one_of(st.integers(1, 60), st.just(10_000))  # bytes


class StillLoop(asyncio.SelectorEventLoop):
    """No time passes."""

    def time(self) -> float:
        return 0.0


class PausedSession(RuleBasedStateMachine):
    """A broker between a server and a viewer; nothing moves but by a rule."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = StillLoop()
        self.rows = [0] * ROWS
        self.servers: list[ServerEnd] = []
        self.logins: list[asyncio.Future[ServerEnd]] = []
        self.reasons: set[str] = set()
        self.taken = 0  # of what the link was told

    def do(self, call: Callable[..., object], *args: object) -> None:
        async def once() -> None:
            call(*args)
            await turns()

        self.loop.run_until_complete(once())

    @initialize(habit=st.sampled_from(Habit), one_look=st.booleans())
    def begin(self, habit: Habit, one_look: bool) -> None:
        self.viewer = ViewerEnd(habit)
        self.link = RecordingLink()
        logins = self.logins

        class Scripted(Broker):
            async def _connect(self) -> ServerEnd:  # type: ignore[override]  # as a VncConnection
                logins.append(asyncio.get_running_loop().create_future())
                return await logins[-1]

        self.broker = Scripted(server=FakeServer(one_look=one_look))
        self.do(self.broker.attached, self.link, Mode.VIEW)
        self.do(self.broker.stream_started, 1)

    @rule(row=st.integers(0, ROWS - 1), colour=st.integers(0, COLOURS - 1))
    def paint(self, row: int, colour: int) -> None:
        self.rows[row] = colour
        for server in self.servers:
            server.dirty.add(row)

    @rule()
    def log_in(self) -> None:
        for login in self.logins:
            if not login.done():
                self.servers.append(ServerEnd(self.rows))
                self.do(login.set_result, self.servers[-1])

    @rule(messages=st.integers(1, 4))
    def server_reads(self, messages: int) -> None:
        for server in self.servers:
            server.read(messages)

    @rule()
    def server_sends(self) -> None:
        for server in self.servers:
            server.send()

    @rule(count=SOME)
    def from_server(self, count: int) -> None:
        for server in self.servers:
            self.do(server.deliver, count)

    @rule(count=SOME)
    def to_viewer(self, count: int) -> None:
        data = self.link.sent[self.taken : self.taken + count]
        self.taken += len(data)
        self.viewer.hear(data)

    @rule(count=SOME)
    def from_viewer(self, count: int) -> None:
        data = bytes(self.viewer.out[:count])
        del self.viewer.out[:count]
        self.do(self.broker.rfb_received, data)

    @rule(pixels=st.sampled_from(FORMATS))
    def wish(self, pixels: bytes) -> None:
        self.viewer.wish(pixels)

    @rule(why=st.sampled_from("ab"))
    def stop(self, why: str) -> None:
        self.reasons.add(why)
        self.do(self.broker.stop_picture, why)

    @rule(why=st.sampled_from("ab"))
    def go_on(self, why: str) -> None:
        self.reasons.discard(why)
        self.do(self.broker.go_on, why)

    @rule()
    def full_window(self) -> None:
        self.do(self.broker.pause_reading)

    @rule()
    def room_again(self) -> None:
        self.do(self.broker.resume_reading)

    @precondition(lambda self: not self.reasons)
    @rule()
    def all_is_quiet(self) -> None:
        self.room_again()
        for _ in range(ROUNDS):
            self.log_in()
            self.server_reads(100)
            self.server_sends()
            self.from_server(10_000)
            self.to_viewer(10_000)
            self.from_viewer(10_000)
        assert not self.link.failures
        assert not any(what == "over" for what, _ in self.link.told)
        assert self.viewer.rows == self.rows

    def teardown(self) -> None:
        try:
            self.go_on("a")
            self.go_on("b")
            self.all_is_quiet()
        finally:
            self.do(self.broker.close)
            self.loop.close()


TestPausedSession = PausedSession.TestCase
TestPausedSession.settings = settings(
    max_examples=100,
    stateful_step_count=40,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
)
