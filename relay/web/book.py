"""The book of requests: every one that is not over, one step at a time.

A step is made, written, adopted and only then told, with the life locked meanwhile: the first accept wins because the
second one's step begins where the first one's ended.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog
from automat import NoTransition

from common.protocol.reasons import Why
from relay.core import requests
from relay.core.life import RELAY, Life, Step
from relay.core.ports import Timer
from relay.core.records import RequestRecord, State
from relay.core.request_inputs import Inputs
from relay.core.storing import Unit
from relay.web.recorder import Recorder
from relay.web.services import Services
from relay.web.tasks import Tasks

if TYPE_CHECKING:
    from relay.web.matching import MatchingListener

log = structlog.get_logger()

RECENT = 10_000
"""So many requests that are over are remembered, for those who come too late."""


@dataclass(eq=False)
class Page:
    """One request. `bound` is the connection that its user asked on, while it lasts."""

    life: Life
    bound: "MatchingListener | None" = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    timer: Timer | None = None


Tell = Callable[[Inputs], None]


class KnownRequestError(Exception):
    """A new request has the identifier of one that was there before."""

    def __init__(self, record: RequestRecord) -> None:
        super().__init__(record.identifier)
        self.record = record


def _not_known(unit: Unit, step: Step) -> None:
    known = unit.request(step.life.request.identifier)
    if known is not None:
        raise KnownRequestError(known)


class Book:
    """All pages, by request, by session and by the user's account. `after` does what a step wants done."""

    def __init__(self, services: Services, *, recorder: Recorder, tasks: Tasks, after: Callable[[Step], None]) -> None:
        self._services = services
        self._recorder = recorder
        self._tasks = tasks
        self._after = after
        self._pages: dict[str, Page] = {}
        self._by_session: dict[str, str] = {}
        self._by_user: dict[str, str] = {}
        self._recent: OrderedDict[str, Why] = OrderedDict()

    def __len__(self) -> int:
        return len(self._pages)

    def __iter__(self) -> Iterator[Page]:
        """All of them, as they are now."""
        return iter(tuple(self._pages.values()))

    def page(self, request: str) -> Page | None:
        """The request's page, unless it is over."""
        return self._pages.get(request)

    def of_session(self, session: str) -> Page | None:
        """The page whose live session this is."""
        return self._pages.get(self._by_session.get(session, ""))

    def of_user(self, account: str) -> Page | None:
        """The one open request of this account."""
        return self._pages.get(self._by_user.get(account, ""))

    def was_over(self, request: str) -> bool:
        """Whether it was over lately."""
        return request in self._recent

    async def open(self, step: Step, *, bound: "MatchingListener | None") -> None:
        """A new request. Raises KnownRequestError and StoreUnavailableError; there is no page then."""
        request = step.life.request
        page = Page(step.life, bound=bound)
        self._pages[request.identifier] = page
        self._by_user[request.user.account] = request.identifier
        async with page.lock:
            try:
                await self._recorder.record(step, required=True, check=_not_known)
            except BaseException:
                self._close(page, Why.FAILED)
                raise
            self._adopt(page, step)

    def restore(self, life: Life) -> None:
        """A request that waited when the relay was stopped, as the store has it."""
        page = Page(life)
        self._pages[life.request.identifier] = page
        self._by_user[life.request.user.account] = life.request.identifier
        self._arm(page)

    async def act(self, page: Page, tell: Tell, *, required: bool = False) -> Step:
        """Make the step, write it, adopt it, and do what it wants. Raises StoreUnavailableError where it is `required`."""
        async with page.lock:
            return await self._act(page, tell, required=required)

    async def act_if(self, page: Page, choose: Callable[[Life], Tell | None], *, required: bool = False) -> Step | None:
        """As `act`, with an input chosen by the life as it is when its turn has come; None: no step."""
        async with page.lock:
            tell = choose(page.life)
            return None if tell is None else await self._act(page, tell, required=required)

    async def _act(self, page: Page, tell: Tell, *, required: bool) -> Step:
        try:
            step = requests.step(page.life, tell)
        except NoTransition:
            log.exception("request_without_transition", request=page.life.request.identifier)
            now = self._services.clock.now()
            step = requests.step(page.life, lambda machine: machine.ended(RELAY, Why.FAILED, now))
        await self._recorder.record(step, required=required)
        self._adopt(page, step)
        return step

    def _adopt(self, page: Page, step: Step) -> None:
        if page.life.session is not None:
            self._by_session.pop(page.life.session.identifier, None)
        page.life = step.life
        if step.life.session is not None:
            self._by_session[step.life.session.identifier] = step.life.request.identifier
        if step.life.request.state is State.OVER:
            self._close(page, step.life.request.why or Why.FAILED)
        else:
            self._arm(page)
        self._after(step)

    def _close(self, page: Page, why: Why) -> None:
        request = page.life.request
        if self._pages.get(request.identifier) is not page:
            return
        del self._pages[request.identifier]
        if self._by_user.get(request.user.account) == request.identifier:
            del self._by_user[request.user.account]
        self._recent[request.identifier] = why
        if len(self._recent) > RECENT:
            self._recent.popitem(last=False)
        self._disarm(page)

    def _arm(self, page: Page) -> None:
        """One timer for the present deadline."""
        self._disarm(page)
        due = requests.deadline(page.life, self._services.times)
        if due is not None:
            left = (due[0] - self._services.clock.now()).total_seconds()
            page.timer = self._services.clock.call_later(max(0.0, left), lambda: self._due(page))

    @staticmethod
    def _disarm(page: Page) -> None:
        if page.timer is not None:
            page.timer.cancel()
            page.timer = None

    def _due(self, page: Page) -> None:
        page.timer = None
        self._tasks.spawn(self._tick(page))

    async def _tick(self, page: Page) -> None:
        async with page.lock:
            step = requests.tick(page.life, self._services.clock.now(), self._services.times)
            if step is not None:
                await self._recorder.record(step, required=False)
                self._adopt(page, step)
            elif page.life.request.state is not State.OVER and page.timer is None:
                self._arm(page)  # the wall clock was set back, or the life has changed meanwhile

    def stop(self) -> None:
        """No more timers."""
        for page in self:
            self._disarm(page)
