"""Agents in the test's own process, at a relay of real processes: matching, sessions, and local sides that write down."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from common.agent.enrolment.profile import Profile
from common.agent.matching.matching import Matching
from common.agent.matching.ports import MatchingEvent
from common.agent.session.session import Session
from common.agent.views import SessionEvent, SessionView
from common.protocol.identity import Role
from common.protocol.matching_client import MatchingPhase
from common.protocol.messages import Granted, HelperEntry
from common.protocol.session_timing import SessionTiming
from deploy.demo.organisation import EnrolledPerson, Organisation
from tests.support.sessions import FakeLocal

PATIENCE = 20.0


@dataclass
class Agent:
    """One person's agent without VNC: a grant of ours starts a session by itself."""

    matching: Matching
    timing: SessionTiming
    heard: list[MatchingEvent] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    locals: list[FakeLocal] = field(default_factory=list)
    running: "list[asyncio.Task[SessionView]]" = field(default_factory=list)
    events: list[SessionEvent] = field(default_factory=list)
    _change: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    def of(cls, person: EnrolledPerson, timing: SessionTiming) -> "Agent":
        """An agent of this person's own folder; not started."""
        profile = Profile.open(role=Role(person.role), folder=person.folder)
        agent: list[Agent] = []
        matching = Matching(profile=profile, agent="test/1", on_change=lambda _: agent[0]._change.set())
        agent.append(cls(matching=matching, timing=timing))
        matching.subscribe(agent[0]._heard)
        return agent[0]

    def _heard(self, event: MatchingEvent) -> None:
        self.heard.append(event)
        self._change.set()
        if isinstance(event, Granted) and all(one.view.session != event.session for one in self.sessions):
            plan = self.matching.plan(event)
            assert plan is not None
            local = FakeLocal()
            session = Session(
                plan=plan,
                matching=self.matching,
                local=local,
                timing=self.timing,
                on_change=lambda _: self._change.set(),
                on_event=self._told,
            )
            self.sessions.append(session)
            self.locals.append(local)
            self.running.append(asyncio.ensure_future(session.run()))

    def _told(self, event: SessionEvent) -> None:
        self.events.append(event)
        self._change.set()

    async def until(self, there: Callable[[], Any]) -> Any:
        """Wait until something is so; what it is."""
        async with asyncio.timeout(PATIENCE):
            while not (found := there()):
                self._change.clear()
                waker = asyncio.get_running_loop().call_later(0.02, self._change.set)
                await self._change.wait()
                waker.cancel()
        return found

    async def online(self) -> None:
        """Be at the relay, and watch."""
        self.matching.start()
        await self.matching.online(PATIENCE)
        self.matching.watch(True)

    async def entry(self, name: str) -> HelperEntry:
        """The helper of this name, once the list has it."""

        def found() -> HelperEntry | None:
            every = (one for one in self.matching.view.helpers if isinstance(one, HelperEntry))
            return next((one for one in every if one.name == name), None)

        entry: HelperEntry = await self.until(found)
        return entry

    async def offered(self, request: str | None = None) -> str:
        """This request, or any, once the queue has it."""

        def found() -> str | None:
            return next((one.request for one in self.matching.view.requests if request in {None, one.request}), None)

        offered: str = await self.until(found)
        return offered

    async def session(self, phase: Any, number: int = 1) -> Session:
        """The session of this number, once it is in `phase`."""
        await self.until(lambda: len(self.sessions) >= number and self.sessions[number - 1].view.phase is phase)
        return self.sessions[number - 1]

    async def ended(self, number: int = 1) -> SessionView:
        """How the session of this number ended."""
        await self.until(lambda: len(self.running) >= number)
        async with asyncio.timeout(PATIENCE):
            return await self.running[number - 1]

    async def close(self) -> None:
        """Stop everything."""
        for session in self.sessions:
            session.stop()
        await asyncio.gather(*self.running, return_exceptions=True)
        await self.matching.stop()


async def offline(agent: Agent) -> None:
    """Wait until it has noticed that the relay is gone."""
    await agent.until(lambda: agent.matching.view.phase is not MatchingPhase.ONLINE)


async def people(office: Organisation, *names: tuple[str, str]) -> list[EnrolledPerson]:
    """Enrol some, by role and name."""
    return [await office.enrol(role, name) for role, name in names]  # type: ignore[arg-type]
