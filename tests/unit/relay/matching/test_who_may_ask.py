"""Groups that only some may ask: what each user sees, may ask, and is helped by."""

import math
from pathlib import Path

import pytest

from common.protocol.identity import Role
from common.protocol.messages import (
    Code,
    Error,
    Granted,
    GroupEntry,
    HelperEntry,
    Helpers,
    Over,
    Requests,
    To,
    ToAnyone,
    ToGroup,
    ToHelper,
    Transfer,
    Waiting,
)
from common.protocol.reasons import Why
from relay.matching.helper_list import HelperList
from tests.support.clock import FakeClock
from tests.support.relay_in_memory import Agent, RelayInMemory, relay_in_memory

BY = "operator:test"
PAYROLL = ToGroup(group="Payroll")


def listed(agent: Agent) -> set[str]:
    """Names in the list, after all of its messages."""
    names: dict[str, str] = {}
    for message in agent.heard(Helpers):
        if message.reset:
            names.clear()
        for one in message.set:
            key, name = (one.uri, one.name) if isinstance(one, HelperEntry) else (one.group, one.group)
            names[key] = name
        for gone in message.gone:
            del names[gone]
    return set(names.values())


def account(agent: Agent) -> str:
    """Whose agent this is."""
    return agent.listener.identified.participant.account


def uri(agent: Agent) -> str:
    """And by the certificate."""
    return agent.listener.identified.participant.uri


async def people(relay: RelayInMemory) -> tuple[Agent, Agent, Agent, Agent]:
    """Anna, who may ask Payroll, and Ben, who may not; Hana, who answers for it alone, and Hiro, who is in no group."""
    anna, ben = [await relay.agent(Role.USER, name) for name in ("Anna", "Ben")]
    hana, hiro = [await relay.agent(Role.HELPER, name, watch=True) for name in ("Hana", "Hiro")]
    await relay.admin.add_group("Payroll", by=BY)
    await relay.admin.change_members("Payroll", add=[account(hana)], by=BY)
    await relay.admin.group_rules.change_askers("Payroll", add=[account(anna)], by=BY)
    for user in (anna, ben):
        relay.hub.watch(user.listener, True)
    await relay.advance(1)
    await relay.advance(1)
    return anna, ben, hana, hiro


async def test_lists_show_whom_one_may_ask(tmp_path: Path) -> None:
    """A change of the rules is seen at once by whoever watches; helpers see all of their colleagues."""
    async with relay_in_memory(tmp_path) as relay:
        anna, ben, hana, hiro = await people(relay)
        assert listed(anna) == {"Payroll", "Hana", "Hiro"}
        assert listed(ben) == {"Hiro"}
        assert listed(hiro) == {"Payroll", "Hana", "Hiro"}
        await relay.admin.group_rules.change_askers("Payroll", add=[account(ben)], remove=[account(anna)], by=BY)
        await relay.advance(1)
        assert listed(anna) == {"Hiro"}
        assert listed(ben) == {"Payroll", "Hana", "Hiro"}
        await relay.admin.change_members("Payroll", add=[account(hiro)], by=BY)
        await relay.advance(1)
        assert listed(anna) == set()
        await relay.admin.group_rules.change("Payroll", restricted=False, by=BY)
        await relay.advance(1)
        assert listed(anna) == listed(ben) == {"Payroll", "Hana", "Hiro"}
        await relay.admin.remove_group("Payroll", by=BY)
        await relay.advance(1)
        assert listed(anna) == listed(ben) == {"Hana", "Hiro"}
        hana.cut()
        await relay.advance(1)
        assert listed(ben) == {"Hiro"}


async def test_requests_are_refused(tmp_path: Path) -> None:
    """Whoever asks for what is in nobody's list is refused: an agent that knows nothing of all this is, too."""
    async with relay_in_memory(tmp_path) as relay:
        anna, ben, hana, _ = await people(relay)
        targets: list[To] = [PAYROLL, ToHelper(uri=uri(hana))]
        for number, to in enumerate(targets):
            ben.say(relay.request(to, request=f"{number:032x}"))
            await relay.settle()
            assert ben.heard(Error)[-1] == Error(about="request", code=Code.NOT_ALLOWED, request=f"{number:032x}")
        assert ben.heard(Waiting) == []
        anna.say(relay.request(PAYROLL))
        await relay.settle()
        assert anna.the(Waiting).position == 1


async def test_anyone_is_whom_one_would_see(tmp_path: Path) -> None:
    """Nobody else sees the request, and an accept of it is refused; the helper who may gets it."""
    async with relay_in_memory(tmp_path) as relay:
        _, ben, hana, hiro = await people(relay)
        for one in (hana, hiro):
            one.forget()
        ben.say(relay.request(ToAnyone()))
        await relay.settle()
        assert hana.heard(Requests) == []
        assert [one.user.name for one in hiro.the(Requests).set] == ["Ben"]
        hana.say(relay.accept())
        await relay.settle()
        assert hana.the(Error).code == Code.NOT_ALLOWED
        hiro.say(relay.accept())
        await relay.settle()
        assert ben.the(Granted).peer.name == "Hiro"


async def test_no_hand_over_to_whom_the_user_may_not_ask(tmp_path: Path) -> None:
    """It is refused, and the session goes on; the same to somebody whom the user may ask is done."""
    async with relay_in_memory(tmp_path) as relay:
        anna, ben, hana, hiro = await people(relay)
        await relay.active(ben, hiro, ToAnyone())
        for to in (PAYROLL, ToHelper(uri=uri(hana))):
            hiro.forget()
            hiro.say(Transfer(request="a" * 32, to=to))
            await relay.settle()
            assert hiro.the(Error) == Error(about="transfer", code=Code.NOT_FOR_USER, request="a" * 32)
        assert len(relay.admin.live_sessions()) == 1
        await relay.active(anna, hiro, ToAnyone(), request="b" * 32)
        hiro.say(Transfer(request="b" * 32, to=PAYROLL))
        await relay.settle()
        assert anna.heard(Waiting)[-1].to == PAYROLL


async def test_who_may_ask_no_longer_waits_for_nobody(tmp_path: Path) -> None:
    """The request is over at once, and says so; one of a user who still may waits on."""
    async with relay_in_memory(tmp_path) as relay:
        anna, ben, hana, _ = await people(relay)
        await relay.admin.group_rules.change_askers("Payroll", add=[account(ben)], by=BY)
        anna.say(relay.request(PAYROLL))
        ben.say(relay.request(ToHelper(uri=uri(hana)), request="b" * 32))
        await relay.settle()
        await relay.admin.group_rules.change_askers("Payroll", remove=[account(anna)], by=BY)
        await relay.settle()
        assert anna.the(Over).why is Why.DECLINED
        assert ben.heard(Over) == []
        await relay.admin.group_rules.change_askers("Payroll", remove=[account(ben)], by=BY)
        await relay.settle()
        assert ben.the(Over).why is Why.DECLINED


async def test_rules_outlive_the_relay(tmp_path: Path) -> None:
    """They are in the store."""
    async with relay_in_memory(tmp_path) as relay:
        anna, *_ = await people(relay)
        await relay.restart()
        [group] = relay.admin.groups()
        assert (group.restricted, group.askers) == (True, frozenset({account(anna)}))


class Watcher:
    """A connection that takes what it is sent."""

    full = False

    def __init__(self) -> None:
        self.texts: list[str] = []

    def send(self, message: object) -> None:
        """Lists are sent as text."""
        raise AssertionError(message)

    def send_text(self, text: str) -> None:
        """Keep it."""
        self.texts.append(text)


@pytest.mark.parametrize("classes", [1, 12])
def test_a_change_is_encoded_once_for_a_class(classes: int) -> None:
    """However many watch: as many messages are made as there are classes that see it, and none where nobody does."""
    clock, groups = FakeClock(), [f"Group {number}" for number in range(classes)]
    helper_list = HelperList(clock=clock, list_every=1.0, list_batch=50)
    for group in groups:
        helper_list.put(GroupEntry(group=group), frozenset({group}))
    watchers = [Watcher() for _ in range(240)]
    for number, one in enumerate(watchers):
        helper_list.watch(one, True, frozenset({groups[number % classes]}))
    assert helper_list.encoded == 240  # each has its own beginning
    clock.advance(2)
    helper_list.put(GroupEntry(group="All", available=1))
    clock.advance(1)
    assert helper_list.encoded - 240 == classes
    assert all(len(one.texts) == 2 for one in watchers)
    clock.advance(2)
    helper_list.put(GroupEntry(group=groups[0], available=2), frozenset({groups[0]}))
    clock.advance(1)
    assert helper_list.encoded - 240 == classes + 1
    assert sum(len(one.texts) == 3 for one in watchers) == math.ceil(240 / classes)
    assert all("Group 0" not in text for one in watchers[1:classes] for text in one.texts)
