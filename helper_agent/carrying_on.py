"""A viewer's stream over a break of the connection: the viewer stays, and another stream of the user's is joined to its own.

What the user's broker does with another connection to the VNC server, the helper's side does here with another stream of the
broker's (docs/decisions/0020): ServerInit is kept from the viewer, the other side hears what the viewer had told the one before.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from common.protocol.rfb.filter import ClientFilter
from common.protocol.rfb.server_filter import ServerFilter
from common.protocol.rfb.state import StreamState

ANNOUNCEMENT: Final = 8.0  # seconds for the other stream to announce again what the one before had announced


class CarryingOn:
    """One viewer's. `send` is towards the user; `joined` and `lost` are called once after each `begin`.

    Between `cut` and `joined` what the viewer says waits with its owner, unless `away`: then it is noted by the filter.
    """

    def __init__(
        self,
        *,
        state: StreamState,
        client: ClientFilter,
        server: ServerFilter,
        send: Callable[[bytes], None],
        joined: Callable[[], None],
        lost: Callable[[], None],
    ) -> None:
        self._state = state
        self._client = client
        self._server = server
        self._send = send
        self._joined = joined
        self._lost = lost
        self._lost_track = False
        self._deadline: asyncio.TimerHandle | None = None
        self.away = False  # there is no stream
        self.joining = False  # there is one, which has not announced yet what the viewer counts on

    @property
    def possible(self) -> bool:
        """Whether the viewer can stay; else it must be opened again."""
        return not (self._lost_track or self._state.tied)

    def cut(self) -> bytes:
        """The stream ends here. What the viewer must get to be between two messages."""
        if self.away:  # it has not come back since: the viewer is where it was left
            return b""
        self._wait(None)
        self._client.stop()  # what it holds the user's side lets go by itself
        self.away, self.joining = True, False
        rest = self._server.cut() if self._state.initialised and not self._lost_track else None
        self._lost_track = rest is None
        return rest or b""

    def answers(self) -> bytes:
        """What the viewer waits for while there is no stream."""
        return self._server.answers() if self.away and not self._lost_track else b""

    def begin(self) -> None:
        """Another stream follows, from its ServerInit on."""
        self.away, self.joining = False, True
        self._server.begin_again()
        self._wait(ANNOUNCEMENT)

    def look(self) -> None:
        """Something of it came, while it joins."""
        if self._state.tied:
            self._give_up()
        elif self._client.stopped:
            if self._server.initialised:
                self._send(self._client.go_on())
                if self._client.all_announced:
                    self._join()
        elif self._client.all_announced:
            self._join()
        elif self._state.shown:
            self._give_up()

    def close(self) -> None:
        """Nothing is called any more."""
        self._wait(None)

    def _join(self) -> None:
        self._wait(None)
        self.joining = False
        if rest := self._client.joined():
            self._send(rest)
        self._joined()

    def _give_up(self) -> None:
        """The viewer would misunderstand what comes."""
        self._wait(None)
        self.joining, self._lost_track = False, True
        self._lost()

    def _wait(self, seconds: float | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None if seconds is None else asyncio.get_running_loop().call_later(seconds, self._give_up)
