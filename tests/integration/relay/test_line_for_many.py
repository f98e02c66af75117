"""A line for many, with real agents, relay and CA: who comes waits, the operator says yes to the words, and they are in."""

import json
import time
from pathlib import Path

import pytest

from common.agent.composition import Agent
from common.agent.enrolment.busy import EnrolmentWaitsError
from common.agent.enrolment.enrol import enrol
from common.agent.enrolment.profile import Profile
from common.host.clock import utc_now
from common.host.errors import TasukiError, plain, sentence
from common.protocol.enrolment import EnrolmentLine
from common.protocol.identity import Role
from deploy.demo.organisation import organisation
from deploy.demo.programs import Run
from tests.bench.many import SECONDS, enrol_many
from tests.support.moving import all_online, at_work

MACHINES = 60  # small form of make bench's 5,060


async def waits(profile: Profile, line: EnrolmentLine) -> EnrolmentWaitsError:
    """The words that are shown."""
    with pytest.raises(EnrolmentWaitsError) as caught:
        await enrol(profile, line, clock=utc_now)
    return caught.value


async def test_from_waiting_to_matching(tmp_path: Path) -> None:
    """Named by the words; a program that was started anew has the same ones; a no is a no; who is in has a person at the relay."""
    run = Run.new(tmp_path)
    async with organisation(run) as office:
        ca = ("--folder", office.folder / "ca")
        line = EnrolmentLine.parse((await run.command("tasuki-ca", "code", *ca, "--many", "--count", "3")).split()[0])
        assert line.many
        folders = [tmp_path / name for name in ("first", "second")]
        profiles = [Agent.open(role=Role.USER, folder=folder, environ={}).profile for folder in folders]
        told = [await waits(profile, line) for profile in profiles]
        words = [str(one.facts["words"]) for one in told]
        assert len(set(words)) == 2
        for text in (sentence(told[0]), plain(told[0]), sentence(told[0], "ja")):
            assert words[0] in text
        again = Agent.open(role=Role.USER, folder=folders[0], environ={}).profile
        assert (await waits(again, line)).facts["words"] == words[0]
        listed = [json.loads(one) for one in (await run.command("tasuki-ca", "waiting", *ca, "--json")).splitlines()]
        assert [one["words"] for one in listed] == words
        assert {(one["address"], one["twice"]) for one in listed} == {("127.0.0.1", True)}  # both claim the same login
        assert "0" in await run.command("tasuki-ca", "yes", *ca, "--all", "--network", "127.0.0.0/8")
        await run.command("tasuki-ca", "yes", *ca, *words[0].split())
        await run.command("tasuki-ca", "no", *ca, *words[1].split())
        outcome = await enrol(again, line, clock=utc_now)
        with pytest.raises(TasukiError) as refused:
            await enrol(profiles[1], line, clock=utc_now)
        assert refused.value.code == "enrolment_said_no"
        async with at_work([folders[0]]) as members:
            await all_online(members)
            [person] = [json.loads(one) for one in (await office.command("person", "list", "--json")).splitlines()]
            assert (person["name"], person["external_id"]) == (outcome.certificate.name, listed[0]["login"])


async def test_the_program_waits_and_goes_on_by_itself(tmp_path: Path) -> None:
    """`tasuki-user enrol` shows the words and asks again; after the yes it is enrolled, without being given the line again."""
    run = Run.new(tmp_path)
    async with organisation(run) as office:
        ca = ("--folder", office.folder / "ca")
        line = (await run.command("tasuki-ca", "code", *ca, "--many", "--count", "1")).split()[0]
        agent = await run.start("waits", "tasuki-user", "enrol", line, "--folder", tmp_path / "agent", "--json")
        try:
            told = await agent.event("problem", code="enrolment_waits", within=30)
            [one] = [json.loads(row) for row in (await run.command("tasuki-ca", "waiting", *ca, "--json")).splitlines()]
            assert one["words"] in told["text"]
            await run.command("tasuki-ca", "yes", *ca, *one["words"].split())
            assert (await agent.event("enrolled", within=90))["name"] == one["name"]
            assert await agent.ended() == 0
        finally:
            await agent.end()


async def test_an_office_from_one_address(tmp_path: Path) -> None:
    """Sixty machines; in the time that the whole company may take in proportion, five times over."""
    began = time.monotonic()
    measured = await enrol_many(tmp_path, MACHINES)
    print(f"{measured} after {time.monotonic() - began:.1f} s")
    assert measured.enrolled == MACHINES
    assert measured.seconds < max(30.0, 5 * SECONDS * MACHINES / 5060)
