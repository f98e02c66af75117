"""Why can't I connect: the steps at a real relay, and where each of them fails."""

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from common.agent.composition import Agent
from common.agent.diagnosis import Check, DiagnosisStep, NotCheckedError, StepState, diagnose, fresh_account, report
from common.agent.settings import AgentSettings, NetworkSection
from common.agent.views import MatchingView
from common.host.errors import TasukiError
from common.protocol.identity import Role
from common.protocol.matching_client import MatchingPhase
from deploy.demo.organisation import EnrolledPerson, Organisation, organisation
from deploy.demo.ports import free_port
from deploy.demo.programs import Run
from tests.support.organisation import run_now

WAY = ["certificate", "proxy", "name", "tcp", "connect", "tls", "http", "matching", "clock", "account"]


class House:
    """An organisation with one user."""

    office: Organisation
    user: EnrolledPerson


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A relay and a CA that run, and a user who is enrolled."""
    stack = contextlib.AsyncExitStack()
    made = House()

    async def build(folder: Path) -> None:
        made.office = await stack.enter_async_context(organisation(Run.new(folder)))
        made.user = await made.office.enrol("user", "Anna")

    run_now(build(tmp_path_factory.mktemp("house")))
    yield made
    run_now(stack.aclose())


def agent_of(house: House, **environ: str) -> Agent:
    """The user's agent."""
    return Agent.open(role=Role.USER, folder=house.user.folder, environ=environ)


def states(steps: list[DiagnosisStep]) -> dict[str, StepState]:
    """How each step stands."""
    return {step.key: step.state for step in steps}


async def test_all_is_well(house: House) -> None:
    """Every step is good, each was waiting and running before, and the account was accepted."""
    told: list[DiagnosisStep] = []
    agent = agent_of(house)
    steps = await diagnose(agent, told.append, account=fresh_account(agent))
    assert [step.key for step in steps] == WAY
    assert states(steps) == {**dict.fromkeys(WAY, StepState.GOOD), "connect": StepState.SKIPPED}
    assert [step.state for step in told[: len(WAY)]] == [StepState.WAITING] * len(WAY)
    for key in ("name", "tcp", "tls", "http", "matching"):
        seen = [step.state for step in told if step.key == key]
        assert seen[-2:] == [StepState.RUNNING, StepState.GOOD], key
    assert "Anna" in steps[0].detail
    assert steps[-1].detail == "Connected to the relay as Anna."


async def test_a_running_agent_is_asked_instead(house: House) -> None:
    """What its own connection says counts; without one, nobody is put aside to find out."""
    agent = agent_of(house)
    view = MatchingView(phase=MatchingPhase.RETRYING, problem=TasukiError("account_disabled"))
    for live, state in (
        (view, StepState.BAD),
        (MatchingView(phase=MatchingPhase.DIALLING), StepState.SKIPPED),
        (MatchingView(phase=MatchingPhase.ONLINE, name="Anna"), StepState.GOOD),
    ):
        steps = await diagnose(agent, live=lambda live=live: live)  # type: ignore[misc]
        assert states(steps)["account"] is state
    assert states(await diagnose(agent))["account"] is StepState.SKIPPED


async def test_a_relay_that_does_not_listen(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """On none of its ports. The step that failed says so, what comes behind it is skipped, the program's own checks are made all the same."""

    async def good() -> str:
        return "x11vnc"

    async def bad() -> str:
        raise TasukiError("no_screen")

    async def senseless() -> str:
        raise NotCheckedError("not here")

    agent = agent_of(house)
    nobody = [(agent.profile.relay_host, free_port()) for _ in range(2)]
    monkeypatch.setattr(type(agent.profile), "relay_addresses", nobody)
    own = [Check(key=key, title=key, run=run) for key, run in (("a", good), ("b", bad), ("c", senseless))]
    steps = await diagnose(agent, checks=own)
    found = states(steps)
    assert [found[key] for key in ("name", "tcp", "tls", "account")] == [
        StepState.GOOD, StepState.BAD, StepState.SKIPPED, StepState.SKIPPED,
    ]  # fmt: skip
    assert [found[key] for key in "abc"] == [StepState.GOOD, StepState.BAD, StepState.SKIPPED]
    assert "[bad] b: There is no screen" in report(steps)


async def test_a_proxy_that_is_not_there(house: House) -> None:
    """It is named with the variable that named it, and without its password; then the direct route is shown."""
    agent = agent_of(house, https_proxy=f"http://anna:geheim@127.0.0.1:{free_port()}", ALL_PROXY="gopher://x")
    steps = await diagnose(agent)
    assert states(steps)["tls"] is StepState.GOOD
    assert states(steps)["connect"] is StepState.SKIPPED
    [proxy] = [step.detail for step in steps if step.key == "proxy"]
    assert proxy.endswith(", then directly (https_proxy)")
    assert "geheim" not in report(steps)


async def test_a_proxy_that_was_demanded_is_the_only_route(house: House) -> None:
    """Where it is not there, nothing else is tried."""
    agent = agent_of(house)
    settings = AgentSettings(network=NetworkSection(proxy=f"http://127.0.0.1:{free_port()}"))
    assert states(await diagnose(agent.changed(settings)))["tcp"] is StepState.BAD


async def test_a_variable_that_is_no_proxy_is_named_and_passed_over(house: House) -> None:
    """The next one counts; the program goes on."""
    steps = await diagnose(agent_of(house, https_proxy="gopher://x"))
    [proxy] = [step for step in steps if step.key == "proxy"]
    assert proxy.state is StepState.GOOD
    assert "What https_proxy says was not used" in proxy.detail
    assert states(steps)["tls"] is StepState.GOOD


async def test_where_the_choice_of_the_way_comes_from(house: House) -> None:
    """An option, or the settings; a wrong address is told at its step."""
    option = replace(agent_of(house), proxy="direct").changed(AgentSettings())
    [found] = [step.detail for step in await diagnose(option) if step.key == "proxy"]
    assert found == "directly (--proxy)"
    wrong = agent_of(house).changed(AgentSettings(network=NetworkSection(proxy="http://:x")))
    assert states(await diagnose(wrong))["proxy"] is StepState.BAD


async def test_a_wrong_clock(house: House) -> None:
    """It is told by how much, and the account is looked at all the same."""
    online = MatchingView(phase=MatchingPhase.ONLINE, name="Anna")
    steps = await diagnose(agent_of(house), live=lambda: online, now=lambda: time.time() + 7230)
    [clock] = [step for step in steps if step.key == "clock"]
    assert (clock.state, "2 hours" in clock.detail) == (StepState.BAD, True)
    assert states(steps)["account"] is StepState.GOOD


async def test_nobody_is_enrolled(tmp_path: Path) -> None:
    """The first step says what to do, and no other is gone."""
    agent = Agent.open(role=Role.USER, folder=tmp_path, environ=os.environ)
    steps = await diagnose(agent)
    assert [step.state for step in steps] == [StepState.BAD] + [StepState.SKIPPED] * (len(WAY) - 1)


async def test_a_bug_in_a_check_hides_no_other(house: House) -> None:
    """It counts as bad, and the log has it."""

    async def broken() -> str:
        raise ZeroDivisionError

    steps = await diagnose(agent_of(house), checks=[Check(key="x", title="x", run=broken)])
    assert steps[-1].state is StepState.BAD
