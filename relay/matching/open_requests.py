"""Every request that is not over, one transition at a time.

A transition is made, written, adopted and only then announced, with the request locked meanwhile: the first accept wins
because the second one's transition begins where the first one's ended.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import structlog
from automat import NoTransition

from common.host.background import Background
from common.protocol.clock import Timer
from common.protocol.reasons import Why
from relay.core import requests
from relay.core.life import RELAY, Life, Transition
from relay.core.records import RequestRecord, RequestState
from relay.core.request_inputs import Input
from relay.core.storing import Unit
from relay.matching.ports import AgentConnection
from relay.matching.recorder import TransitionRecorder
from relay.matching.services import Services

log = structlog.get_logger()

RECENT = 10_000
"""So many requests that are over are remembered, for those who come too late."""


@dataclass(eq=False)
class OpenRequest:
    """One request. `bound` is the connection that its user asked on, while it lasts."""

    life: Life
    bound: AgentConnection | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    timer: Timer | None = None

    @property
    def identifier(self) -> str:
        """The request's."""
        return self.life.request.identifier


class KnownRequestError(Exception):
    """A new request has the identifier of one that was there before."""

    def __init__(self, record: RequestRecord) -> None:
        super().__init__(record.identifier)
        self.record = record


def _not_known(unit: Unit, transition: Transition) -> None:
    known = unit.request(transition.life.request.identifier)
    if known is not None:
        raise KnownRequestError(known)


class OpenRequests:
    """All of them, by request, by session and by the user's account. `after` does what a transition wants done."""

    def __init__(
        self,
        services: Services,
        *,
        recorder: TransitionRecorder,
        background: Background,
        after: Callable[[Transition], None],
    ) -> None:
        self._services = services
        self._recorder = recorder
        self._background = background
        self._after = after
        self._open: dict[str, OpenRequest] = {}
        self._by_session: dict[str, str] = {}
        self._by_user: dict[str, str] = {}
        self._recent: OrderedDict[str, Why] = OrderedDict()

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[OpenRequest]:
        """All of them, as they are now."""
        return iter(tuple(self._open.values()))

    def find(self, identifier: str) -> OpenRequest | None:
        """The request, unless it is over."""
        return self._open.get(identifier)

    def of_session(self, session: str) -> OpenRequest | None:
        """The request whose live session this is."""
        return self._open.get(self._by_session.get(session, ""))

    def of_user(self, account: str) -> OpenRequest | None:
        """The one open request of this account."""
        return self._open.get(self._by_user.get(account, ""))

    def was_over(self, identifier: str) -> bool:
        """Whether it was over lately."""
        return identifier in self._recent

    async def open(self, transition: Transition, *, bound: AgentConnection | None) -> None:
        """A new request. Raises KnownRequestError and StoreUnavailableError; it is not open then."""
        made = OpenRequest(transition.life, bound=bound)
        self._put(made)
        async with made.lock:
            try:
                await self._recorder.record(transition, required=True, check=_not_known)
            except BaseException:
                self._close(made, Why.FAILED)
                raise
            self._adopt(made, transition)

    def restore(self, life: Life) -> None:
        """A request that waited when the relay was stopped, as the store has it."""
        made = OpenRequest(life)
        self._put(made)
        self._arm(made)

    async def apply(self, request: OpenRequest, happened: Input, *, required: bool = False) -> Transition:
        """Make the transition, write it, adopt it, and do what it wants.

        Raises StoreUnavailableError where it is `required`; nothing has changed then.
        """
        async with request.lock:
            return await self._apply(request, happened, required=required)

    async def apply_if(
        self, request: OpenRequest, choose: Callable[[Life], Input | None], *, required: bool = False
    ) -> Transition | None:
        """As `apply`, with an input chosen by the life as it is when its turn has come; None: no transition."""
        async with request.lock:
            happened = choose(request.life)
            return None if happened is None else await self._apply(request, happened, required=required)

    async def end(self, request: OpenRequest, actor: str, why: Why) -> None:
        """It is over, whatever it is at. `actor` is for the audit log."""
        now = self._services.clock.now()
        await self.apply(request, lambda machine: machine.ended(actor, why, now))

    async def _apply(self, request: OpenRequest, happened: Input, *, required: bool) -> Transition:
        try:
            transition = requests.step(request.life, happened)
        except NoTransition:
            log.exception("request_without_transition", request=request.identifier)
            now = self._services.clock.now()
            transition = requests.step(request.life, lambda machine: machine.ended(RELAY, Why.FAILED, now))
        await self._recorder.record(transition, required=required)
        self._adopt(request, transition)
        return transition

    def _put(self, request: OpenRequest) -> None:
        self._open[request.identifier] = request
        self._by_user[request.life.request.user.account] = request.identifier

    def _adopt(self, request: OpenRequest, transition: Transition) -> None:
        if request.life.session is not None:
            self._by_session.pop(request.life.session.identifier, None)
        request.life = transition.life
        if transition.life.session is not None:
            self._by_session[transition.life.session.identifier] = request.identifier
        if transition.life.request.state is RequestState.OVER:
            self._close(request, transition.life.request.why or Why.FAILED)
        else:
            self._arm(request)
        self._after(transition)

    def _close(self, request: OpenRequest, why: Why) -> None:
        identifier, account = request.identifier, request.life.request.user.account
        if self._open.get(identifier) is not request:
            return
        del self._open[identifier]
        if self._by_user.get(account) == identifier:
            del self._by_user[account]
        self._recent[identifier] = why
        if len(self._recent) > RECENT:
            self._recent.popitem(last=False)
        self._disarm(request)

    def _arm(self, request: OpenRequest) -> None:
        """One timer for the present deadline."""
        self._disarm(request)
        due = requests.deadline(request.life, self._services.timing)
        if due is not None:
            left = (due[0] - self._services.clock.now()).total_seconds()
            request.timer = self._services.clock.call_later(max(0.0, left), lambda: self._due(request))

    @staticmethod
    def _disarm(request: OpenRequest) -> None:
        if request.timer is not None:
            request.timer.cancel()
            request.timer = None

    def _due(self, request: OpenRequest) -> None:
        request.timer = None
        self._background.spawn(self._tick(request))

    async def _tick(self, request: OpenRequest) -> None:
        async with request.lock:
            transition = requests.tick(request.life, self._services.clock.now(), self._services.timing)
            if transition is not None:
                await self._recorder.record(transition, required=False)
                self._adopt(request, transition)
            elif request.life.request.state is not RequestState.OVER and request.timer is None:
                self._arm(request)  # the wall clock was set back, or the life has changed meanwhile

    def stop(self) -> None:
        """No more timers."""
        for request in self:
            self._disarm(request)
