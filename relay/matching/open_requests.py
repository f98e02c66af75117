"""Every request that is not over, one transition at a time.

A transition is made, written, adopted and only then announced, with the request locked meanwhile: the first accept wins
because the second one's transition begins where the first one's ended.
"""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import structlog
from automat import NoTransition

from common.host.background import Background
from common.protocol.clock import Timer
from common.protocol.messages import To
from common.protocol.reasons import Why
from relay.core import request_ends, requests
from relay.core.life import RELAY, Life, Transition
from relay.core.records import Participant, RequestRecord, RequestState
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
    """One request. `bound` is the connection that its user asked on, while it lasts; `features` what the agent on the last one understands.

    None: it has not been here since the relay was started. `named`: whom it was asked of, and by which name, where that is a helper who
    was named. `asked`: the one that was bound when the last probe went out.
    """

    life: Life
    bound: AgentConnection | None = None
    features: frozenset[str] | None = None
    asked: AgentConnection | None = None
    named: tuple[To, str] | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    timer: Timer | None = None

    def bind(self, connection: AgentConnection) -> None:
        """Its user asks on this one now."""
        self.bound, self.features = connection, connection.features

    @property
    def called(self) -> str:
        """The name by which its helper was chosen; empty where nobody was, where it was handed on since, or where nobody knows any more."""
        return self.named[1] if self.named is not None and self.named[0] == self.life.request.to else ""

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
        self._call_backs: set[str] = set()
        self._probed: set[str] = set()
        self._recent: OrderedDict[str, Why] = OrderedDict()
        self.made = 0
        self.ended: Counter[Why] = Counter()

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[OpenRequest]:
        """All of them, as they are now."""
        return iter(tuple(self._open.values()))

    @property
    def call_backs(self) -> int:
        """How many of them were left as call backs, and no session has come of them."""
        return len(self._call_backs)

    def find(self, identifier: str) -> OpenRequest | None:
        """The request, unless it is over."""
        return self._open.get(identifier)

    def of_session(self, session: str) -> OpenRequest | None:
        """The request whose live session this is."""
        return self._open.get(self._by_session.get(session, ""))

    def of_user(self, account: str) -> OpenRequest | None:
        """The one open request of this account."""
        return self._open.get(self._by_user.get(account, ""))

    def probed_by(self, account: str) -> list[OpenRequest]:
        """Those that this helper wants, whose users' agents have not answered yet."""
        probed = [(one, one.life.probed) for one in map(self._open.get, self._probed) if one is not None]
        return [one for one, by in probed if by is not None and by.helper.account == account]

    def was_over(self, identifier: str) -> bool:
        """Whether it was over lately."""
        return identifier in self._recent

    async def check_new(self, identifier: str) -> None:
        """Before anything makes room for a new request: raises KnownRequestError where the store has that identifier."""
        record = await self._services.store.write(lambda unit: unit.request(identifier))
        if record is not None:
            raise KnownRequestError(record)

    async def open(self, transition: Transition, *, bound: AgentConnection | None, called: str = "") -> None:
        """A new request; of a helper who is shown as `called`, where one was named. Raises KnownRequestError and StoreUnavailableError; it is not open then."""
        made = OpenRequest(transition.life)
        if bound is not None:
            made.bind(bound)
        if called:
            made.named = (transition.life.request.to, called)
        self._put(made)
        async with made.lock:
            try:
                await self._recorder.record(transition, required=True, check=_not_known)
            except BaseException:
                self._close(made, Why.FAILED)
                raise
            self.made += 1
            self._adopt(made, transition)

    def restore(self, life: Life) -> None:
        """A request that waited, or whose session is interrupted, when the relay was started: as the store has it."""
        made = OpenRequest(life)
        self._put(made)
        if life.session is not None:
            self._by_session[life.session.identifier] = made.identifier
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

    async def withdraw(self, request: OpenRequest, certificate: str) -> None:
        """The agent with this certificate is gone: if it wants the request, it wants it no longer."""

        def choose(life: Life) -> Input | None:
            helper = None if life.probed is None else life.probed.helper
            if helper is None or helper.certificate != certificate:
                return None
            return lambda machine: machine.withdrawn(helper.account)

        await self.apply_if(request, choose)

    async def end_helper(self, gone: Callable[[Participant], bool], why: Why) -> None:
        """A helper may not stay: what it has ends, what it wants it does not get, be that granted at this very moment."""
        now = self._services.clock.now()

        def choose(life: Life) -> Input | None:
            if life.session is not None and gone(life.session.helper):
                return request_ends.without_helper(life, RELAY, why, now)
            helper = None if life.probed is None else life.probed.helper
            if helper is not None and gone(helper):
                return lambda machine: machine.withdrawn(helper.account)
            return None

        for request in self:
            if request.lock.locked() or choose(request.life) is not None:
                await self.apply_if(request, choose)

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
        self._count(request)

    def _adopt(self, request: OpenRequest, transition: Transition) -> None:
        if request.life.session is not None:
            self._by_session.pop(request.life.session.identifier, None)
        request.life = transition.life
        if (
            request.bound is None and request.life.request.state is RequestState.WAITING
        ):  # perhaps again, since just now
            away_since = request.life.away_since or self._services.clock.now()
            request.life = replace(request.life, away_since=away_since)
        if transition.life.session is not None:
            self._by_session[transition.life.session.identifier] = request.identifier
        if transition.life.request.state is RequestState.OVER:
            why = transition.life.request.why or Why.FAILED
            self.ended[why] += 1
            self._close(request, why)
        else:
            self._count(request)
            self._arm(request)
        self._after(transition)

    def _count(self, request: OpenRequest) -> None:
        if request.life.probed is None:
            self._probed.discard(request.identifier)
        else:
            self._probed.add(request.identifier)
        if request.life.request.call_back_until is None:
            self._call_backs.discard(request.identifier)
        else:
            self._call_backs.add(request.identifier)

    def _close(self, request: OpenRequest, why: Why) -> None:
        identifier, account = request.identifier, request.life.request.user.account
        if self._open.get(identifier) is not request:
            return
        del self._open[identifier]
        self._call_backs.discard(identifier)
        self._probed.discard(identifier)
        if self._by_user.get(account) == identifier:
            del self._by_user[account]
        self._recent[identifier] = why
        if len(self._recent) > RECENT:
            self._recent.popitem(last=False)
        self._disarm(request)

    def _arm(self, request: OpenRequest) -> None:
        """One timer for the present deadline."""
        self._disarm(request)
        due = request_ends.next_at(request.life, self._services.timing)
        if due is not None:
            left = (due - self._services.clock.now()).total_seconds()
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
            transition = request_ends.tick(request.life, self._services.clock.now(), self._services.timing)
            if transition is not None:
                await self._recorder.record(transition, required=False)
                self._adopt(request, transition)
            elif request.life.request.state is not RequestState.OVER and request.timer is None:
                self._arm(request)  # the wall clock was set back, or the life has changed meanwhile

    def stop(self) -> None:
        """No more timers."""
        for request in self:
            self._disarm(request)
