"""One RFB stream on the user's side: the two filters, and the connections to the VNC server, of which it has one at a time.

While the picture is stopped it has none. The viewer stays: it keeps a still picture, and the stream goes on over another
connection as if nothing had been (docs/decisions/0020).
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from common.agent.session.ports import LocalLink
from common.protocol.reading import ProtocolViolationError
from common.protocol.reasons import Why
from common.protocol.rfb.filter import ClientFilter, PointerMoved
from common.protocol.rfb.input_way import Passed, ReleaseAll, messages
from common.protocol.rfb.server_filter import ServerFilter
from common.protocol.rfb.state import StreamState
from user_agent.area.guard import AreaGate
from user_agent.session_input import SessionInput
from user_agent.vnc_connection import VncConnection

TO_THE_END: Final = 1.0  # seconds for the end of a message that shows nothing new
DESKTOP_GLANCE: Final = 0.01  # seconds between two looks whether the desktop takes more
ANNOUNCEMENT: Final = 5.0  # seconds for a server to announce again what it had announced before


class VncStream:
    """From the helper's wish for it to its end. `fail(why, detail)` is called once, at the first thing that ends the session.

    `desktop` takes the input that the filter gives as events.
    """

    def __init__(
        self,
        *,
        n: int,
        link: LocalLink,
        state: StreamState,
        client: ClientFilter,
        server: ServerFilter,
        gate: AreaGate,
        on_screen: Callable[[int, int], None],
        fail: Callable[[Why, str], None],
        desktop: SessionInput | None = None,
    ) -> None:
        self.client = client
        self.server = server
        self._n = n
        self._link = link
        self._gate = gate
        self._state = state
        self._on_screen = on_screen
        self._fail = fail
        self._desktop = desktop
        self._connection: VncConnection | None = None
        self._ended = asyncio.Event()  # the connection, by us
        self._begun = False  # the helper knows that it is there
        self._joining = False  # the server has not heard yet what the viewer wishes
        self._listening = False  # the filter takes what the helper says
        self._early: list[bytes] = []  # the helper's bytes until then; the window bounds them
        self._unacknowledged = 0
        self._screen: tuple[int, int, bytes] = (0, 0, b"")
        self._held_back = False
        self._stopping = False
        self._lost_track = False  # the viewer has a part of what nothing completes, or counts on what is no more
        self._deadline: asyncio.TimerHandle | None = None
        self._closed = False
        self._again: asyncio.TimerHandle | None = None  # looks whether the desktop takes more

    async def live(self, connection: VncConnection) -> None:
        """Show what comes of this connection, which is logged in, until the picture is stopped.

        The helper is told that the stream is ready just before its first byte.
        """
        self._connection = connection
        self._ended.clear()
        if self._begun:
            self._joining, self._listening = True, False
            self.server.begin_again()
        else:
            self._begun = True
            self._link.stream_ready(self._n)
            connection.hold_back(self._held_back)
        connection.start(received=self._from_server, lost=self._server_lost, drained=self._acknowledge)
        if not self._joining:
            self._listen()
        await self._ended.wait()

    @property
    def over(self) -> bool:
        """Whether it cannot go on over another connection: its viewer must be opened again."""
        return self._lost_track or self._state.tied

    def from_helper(self, data: bytes) -> None:
        """Bytes of the helper's viewer."""
        if not self._listening or self._waits_for_desktop():
            self._early.append(data)
            return
        if self._closed:
            return
        try:
            passed = self.client.feed(data)
        except ProtocolViolationError as error:
            self._end(Why.UNFILTERABLE, str(error))
            return
        for item in passed:
            if isinstance(item, PointerMoved):
                self._link.pointer(item.x, item.y)
        self.pass_on([item for item in passed if not isinstance(item, PointerMoved)])
        if self._connection is None and not self._lost_track and (answers := self.server.answers()):
            self._link.send_rfb(answers)
        self._unacknowledged += len(data)
        self._acknowledge()

    def pass_on(self, passed: Sequence[Passed]) -> None:
        """What the filter lets through, to where it belongs. Without a server there is no picture, and nothing is pressed."""
        self.to_server(messages(passed))
        if self._desktop is None:
            return
        for one in passed:
            if isinstance(one, ReleaseAll) or not (isinstance(one, bytes) or self._connection is None):
                self._desktop.put_in(one)

    @property
    def types(self) -> bool:
        """Whether what the helper types would be pressed now."""
        return self.client.types and self._connection is not None

    def to_server(self, data: bytes) -> None:
        """What the server is to get; nothing before the login is done."""
        if self._connection is not None:
            self._connection.write(data)

    def stop(self, *, to_the_end: bool) -> None:
        """Not one pixel more. `to_the_end`: but for the rest of a message that cannot be cut, if it ends soon."""
        if self._connection is None:
            return
        if self._stopping:
            if not to_the_end:
                self._cut()
            return
        self.pass_on(self.client.stop())
        self._stopping = True
        self.server.finish()
        if to_the_end and not self.server.may_cut:
            self._wait(TO_THE_END, self._cut)
        else:
            self._cut()

    def go_on(self) -> None:
        """The picture may be shown again: `live` is called with another connection as soon as this one is closed."""
        if self._stopping:
            self._cut()

    def hold_back(self, on: bool) -> None:
        """Stop reading the server, or read on. What comes before the first picture of a connection is never held back."""
        self._held_back = on
        if self._connection is not None and not self._joining:
            self._connection.hold_back(on)

    def close(self) -> None:
        """Let go of what the helper holds down, and hang up."""
        if self._closed:
            return
        self.pass_on(self.client.viewer_gone())
        self._closed = True
        if self._again is not None:
            self._again.cancel()
            self._again = None
        self._early.clear()
        self._hang_up()

    def _hang_up(self) -> None:
        self._wait(None)
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
        self._ended.set()

    def _wait(self, seconds: float | None, then: Callable[[], None] = lambda: None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None if seconds is None else asyncio.get_running_loop().call_later(seconds, then)

    def _cut(self) -> None:
        """The connection to the server ends here; the viewer is left between two messages, where that is possible."""
        self._stopping = self._joining = False
        self._hang_up()
        rest = self.server.cut()
        if rest is None or self._lost_track:
            self._lost_track = True
        elif rest:
            self._link.send_rfb(rest)
        self._listen()
        self._acknowledge()

    def _not_carried_on(self) -> None:
        """The viewer would misunderstand what comes: it must be opened again."""
        self._lost_track = True
        self._hang_up()

    def _end(self, why: Why, detail: str) -> None:
        if not self._closed:
            self.close()
            self._fail(why, detail)

    def _acknowledge(self) -> None:
        """The helper's bytes are consumed once the server takes what came of them; without a server nothing came of them."""
        stuck = self._connection is not None and self._connection.stuck
        if self._unacknowledged and not stuck:
            count, self._unacknowledged = self._unacknowledged, 0
            self._link.consumed(count)

    def _server_lost(self) -> None:
        if self._stopping:
            self._cut()
        elif self._gate.opens():  # else it has stopped the picture
            self._end(Why.SERVER_GONE, "the VNC server has closed the connection")

    def _waits_for_desktop(self) -> bool:
        """Whether what the helper says has to wait, unacknowledged: the desktop takes less than the helper sends."""
        if self._desktop is not None and self._desktop.stuck and not (self._closed or self._again):
            self._again = asyncio.get_running_loop().call_later(DESKTOP_GLANCE, self._look_at_desktop)
        return self._again is not None

    def _look_at_desktop(self) -> None:
        self._again = None
        if self._listening and not self._closed:
            self._listen()

    def _listen(self) -> None:
        self._listening = True
        early, self._early = self._early, []
        for data in early:
            self.from_helper(data)

    def _from_server(self, data: bytes) -> None:
        if self._closed or not self._gate.opens():
            return
        try:
            data = self.server.feed(data)
        except ProtocolViolationError as error:
            self._end(Why.UNFILTERABLE, f"from the VNC server: {error}")
            return
        if self._state.initialised and not self._gate.fits(self._state.width, self._state.height):
            self._lost_track = True  # what came with the size does not go to the viewer, who misses it
            self._gate.doubt()
            return
        if data:
            self._link.send_rfb(data)
        self._tell_screen()
        if self._stopping and self.server.may_cut:
            self._cut()
        elif self._joining:
            self._join()

    def _join(self) -> None:
        """Another connection: the server hears what the viewer had told the one before, then what it says now.

        It must first announce all that the viewer counts on: one in continuous updates asks for nothing, and a fence that is
        lost is waited for without end.
        """
        if self._state.tied:
            self._not_carried_on()
        elif self.client.stopped:
            if self.server.initialised:
                self.to_server(self.client.go_on())
                if self.client.all_announced:
                    self._joined()
                else:
                    self._wait(ANNOUNCEMENT, self._not_carried_on)
        elif self.client.all_announced:
            self._joined()
        elif self._state.shown:
            self._not_carried_on()

    def _joined(self) -> None:
        self._wait(None)
        self._joining = False
        self.to_server(self.client.joined())
        self._listen()
        self.hold_back(self._held_back)

    def _tell_screen(self) -> None:
        screen = (self._state.width, self._state.height, self._state.name)
        if screen != self._screen:
            self._screen = screen
            self._on_screen(screen[0], screen[1])
            self._link.screen(screen[0], screen[1], _text(screen[2]))


def _text(name: bytes) -> str:
    """A desktop's name: UTF-8 by the RFC, Latin-1 by habit; printable."""
    try:
        text = name.decode()
    except UnicodeDecodeError:
        text = name.decode("latin-1")
    return "".join(character if character.isprintable() else " " for character in text)
