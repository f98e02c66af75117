"""Getting a session its leg: dialling with a ticket, and asking for another ticket. One thing at a time."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from common.agent.session.leg import ConnectLeg, LegListener, TicketSpentError, open_leg
from common.agent.session.ports import SessionMatching
from common.host.errors import TasukiError
from common.net.proxy_routes import ProxyRoutes
from common.net.tls import OuterTrust
from common.protocol.messages import Granted, Ticket


class Dialler:
    """One session's. `deadline` in seconds holds for each dialling, and for waiting until matching is online.

    `asked` is told that another ticket is asked for, `spent` that one was shown in vain, `failed` that there will be no leg.
    """

    def __init__(
        self,
        *,
        matching: SessionMatching,
        routes: ProxyRoutes,
        deadline: float,
        connect: ConnectLeg,
        asked: Callable[[], None],
        spent: Callable[[TasukiError], None],
        failed: Callable[[Exception], None],
    ) -> None:
        self._matching = matching
        self._ways = routes
        self._deadline = deadline
        self._connect = connect
        self._asked = asked
        self._spent = spent
        self._failed = failed
        self._task: asyncio.Task[None] | None = None

    def dial(self, granted: Granted, leg: LegListener) -> None:
        """Open a leg; `leg` hears of it."""
        self._start(self._dial(granted, leg))

    def ask_ticket(self, session: str, *, probe: bool = False) -> None:
        """Ask matching for a new ticket, once it is online; the answer is a grant. `probe`: the network may have gone."""
        if probe:
            self._matching.probe()
        self._start(self._ask(session))

    def cancel(self) -> None:
        """Give up what is under way (unless it is what calls)."""
        if self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()

    def _start(self, coroutine: Coroutine[Any, Any, None]) -> None:
        self._task = asyncio.ensure_future(coroutine)

    async def _dial(self, granted: Granted, leg: LegListener) -> None:
        try:
            await open_leg(
                granted,
                listener=leg,
                trust=OuterTrust(root_der=self._matching.profile.root),
                routes=self._ways,
                deadline=self._deadline,
                connect=self._connect,
            )
        except TicketSpentError as error:
            self._spent(error.problem)
        except Exception as error:  # noqa: BLE001  # an address that cannot be reached, or a bug: this one life ends
            self._failed(error)

    async def _ask(self, session: str) -> None:
        try:
            await self._matching.online(self._deadline)
        except Exception as error:  # noqa: BLE001  # matching is not there: no ticket, no session
            self._failed(error)
        else:
            self._asked()
            self._matching.send(Ticket(session=session))
