"""Who plays with a hostile relay: agents that come to it, a tripwire in the place of a VNC server, and what must hold."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from common.agent.enrolment.profile import Profile
from common.protocol.identity import Role
from deploy.demo.organisation import EnrolledPerson
from deploy.demo.programs import Event, Program
from tests.e2e.hostile_relay import HostileRelay, Lies, hostile
from tests.support.organisation import Stage, run_now
from tests.support.rfb_viewer import TestViewer
from tests.support.vnc_door import VncDoor

HANDSHAKE = 8192  # bytes: more than an end-to-end handshake and a goodbye take, less than any picture
TIMING = "[timing]\nsecure = 3.0\nreason = 1.0\nonline = 8.0\n"


@dataclass(frozen=True)
class Cast:
    """Who plays. Hanako and Ken want help; Taro is whom Hanako chooses, Jiro somebody else."""

    stage: Stage
    hanako: EnrolledPerson
    taro: EnrolledPerson
    ken: EnrolledPerson
    jiro: EnrolledPerson


def cast_of(stage: Stage) -> Cast:
    """Everybody enrolled, at the relay while it was honest."""
    ken = run_now(stage.office.enrol("user", "Ken Ito"))
    jiro = run_now(stage.office.enrol("helper", "Jiro Sato"))
    for person in (stage.user, stage.helper, ken, jiro):
        (person.folder / "agent.toml").write_text(TIMING)
    return Cast(stage, stage.user, stage.helper, ken, jiro)


def profile_of(person: EnrolledPerson) -> Profile:
    """What is on this person's computer."""
    return Profile.open(role=Role(person.role), folder=person.folder)


def peer_of(person: EnrolledPerson) -> dict[str, str]:
    """This person as a list names them."""
    return {"uri": str(profile_of(person).uri), "name": person.name}


@dataclass
class Play:
    """One test's: the hostile relay, a tripwire in the place of Hanako's VNC server, and the agents that were started."""

    cast: Cast
    node: HostileRelay
    wire: VncDoor
    programs: dict[str, Program] = field(default_factory=dict)

    async def serve(self, person: EnrolledPerson, who: str) -> Program:
        """A helper's agent, by way of the hostile relay."""
        program = await person.start("serve", "--viewer", "none", *await self.node.way(who), program=f"hostile-{who}")
        self.programs[who] = program
        await program.event("online")
        return program

    async def ask(
        self, person: EnrolledPerson, who: str, *whom: str, mode: str = "view", screen: bool = False
    ) -> Program:
        """A user's agent, by way of the hostile relay. `screen`: show the desktop, else the tripwire."""
        what = () if screen else self.wire.options
        argv = ("ask", *whom, "--mode", mode, *what, *await self.node.way(who))
        environ = self.cast.stage.desktop.environ
        self.programs[who] = await person.start(*argv, program=f"hostile-{who}", environ=environ)
        return self.programs[who]

    def nothing_was_shown(self) -> None:
        """Nobody was connected, no viewer was let in, nobody came to the VNC server, and the legs carried no picture."""
        for who, program in self.programs.items():
            told = {event["event"] for event in program.events}
            assert not told & {"connected", "viewer", "viewer_shows", "screen"}, (who, told)
        assert self.wire.entered == 0
        assert all(count < HANDSHAKE for count in self.node.carried.values()), self.node.carried


@contextlib.asynccontextmanager
async def play(cast: Cast, lies: Lies | None = None) -> AsyncIterator[Play]:
    """A stage with a hostile relay on it; everybody goes home at the end."""
    office = cast.stage.office
    async with hostile(office.folder, office.ports[0], lies) as node, VncDoor() as wire:
        made = Play(cast, node, wire)
        try:
            yield made
        finally:
            for program in made.programs.values():
                await program.end()


async def ended(program: Program, *whys: str, code: str | None = None) -> Event:
    """How this agent's session ended: for one of these reasons, with a sentence for its person."""
    event = await program.event("ended")
    assert event["why"] in whys, event
    assert event["text"].endswith("."), event
    assert event.get("code") == code, event
    return event


async def accept(helper: Program) -> Event:
    """The helper takes the request that comes."""
    offered = await helper.event("request")
    await helper.tell(f"accept {offered['request']}")
    return offered


async def watching(cast: Cast, helper: Program) -> TestViewer:
    """The helper's viewer, logged in and shown a picture."""
    event = await helper.event("viewer")
    password = Path(event["password_file"]).read_text().strip()
    cast.stage.secrets.append(password)
    viewer = await TestViewer.login(event["port"], password)
    await viewer.raw_update()
    return viewer
