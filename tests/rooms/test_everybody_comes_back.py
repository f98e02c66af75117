"""A relay that is started anew, with forty agents at it: how long it takes until they are all back."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from common.agent.matching.matching import Matching
from common.agent.views import MatchingView
from common.protocol.identity import Role
from common.protocol.matching_client import MatchingPhase
from deploy.demo.organisation import Organisation, organisation
from deploy.demo.programs import Run, until
from tests.support.catalogue import compile_texts
from tests.support.raw_agents import Issuing
from tests.support.relay_on_loopback import Member

AGENTS = 40
AWAY = 25.0  # seconds: long enough that everybody waits as long as they ever do between two tries
PROMISED = 10.0  # seconds on average, from when the relay serves again
PATIENCE = 60.0


@dataclass
class Someone:
    """An agent's matching, and since when it is online; None while it is not."""

    member: Member
    online: float | None = None
    lost: int = 0
    matching: Matching = field(init=False)

    def __post_init__(self) -> None:
        self.matching = Matching(profile=self.member, agent="test/1", on_change=self._changed)

    def _changed(self, view: MatchingView) -> None:
        if view.phase is not MatchingPhase.ONLINE:
            self.lost += self.online is not None
            self.online = None
        elif self.online is None:
            self.online = time.monotonic()


@asynccontextmanager
async def everybody(office: Organisation) -> AsyncIterator[list[Someone]]:
    """All online: half of them users."""
    issuing = Issuing(office.folder, organisation="example")
    people = []
    for number in range(AGENTS):
        role = (Role.USER, Role.HELPER)[number % 2]
        person = await issuing.person(role, f"{role.value.title()} {number}")
        name = f"{role.value.title()} {number}"
        member = Member(role=role, name=name, identity=person.identity, root=issuing.root, port=office.ports[0])
        people.append(Someone(member))
    try:
        for one in people:
            one.matching.start()
        assert await until(lambda: all(one.online for one in people), within=PATIENCE)
        yield people
    finally:
        await asyncio.gather(*(one.matching.stop() for one in people))


@pytest.mark.long
@pytest.mark.parametrize("kill", [False, True], ids=["ended", "killed"])
async def test_within_ten_seconds_on_average(tmp_path: Path, *, kill: bool) -> None:
    """However the relay went, and though it was away for a while; nobody is lost a second time by the crowd."""
    compile_texts()
    run = Run.new(tmp_path)
    with capture_logs():  # of forty agents
        async with organisation(run) as office, everybody(office) as people:
            if kill:
                office.relay.kill()
            await office.relay.end()
            await asyncio.sleep(AWAY)
            assert not any(one.online for one in people)
            await office.start_relay()
            served = time.monotonic()
            assert await until(lambda: all(one.online for one in people), within=PATIENCE)
            took = [one.online - served for one in people if one.online is not None]
            print(
                f"{AGENTS} agents: {statistics.mean(took):.1f} s on average, {max(took):.1f} s the last ({PROMISED} s)"
            )
            assert statistics.mean(took) <= PROMISED
            assert [one.lost for one in people] == [1] * AGENTS
