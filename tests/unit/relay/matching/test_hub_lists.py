"""The lists that agents watch."""

from pathlib import Path

from common.protocol.identity import Role
from common.protocol.messages import (
    GroupEntry,
    HelperEntry,
    Helpers,
    Mode,
    Request,
    Requests,
    SetStatus,
    Status,
    ToAnyone,
    ToGroup,
    ToHelper,
    Waiting,
    Watch,
)
from common.protocol.reasons import Why
from tests.support.relay_in_memory import Agent, RelayInMemory, relay_in_memory


def uri(agent: Agent) -> str:
    """Whose agent this is."""
    return agent.listener.identified.participant.uri


def entry(agent: Agent, name: str, status: Status = Status.AVAILABLE, waiting: int = 0) -> HelperEntry:
    """A helper as users see it."""
    return HelperEntry(uri=uri(agent), name=name, status=status, waiting=waiting)


async def asking(relay: RelayInMemory, name: str, number: int, to: ToAnyone | ToGroup | ToHelper) -> Agent:
    """A user who asks."""
    user = await relay.agent(Role.USER, name)
    user.say(Request(request=f"{number:032x}", to=to, mode=Mode.VIEW))
    await relay.settle()
    return user


async def test_helpers_come_and_go(tmp_path: Path) -> None:
    """The whole list first; then only what changes, at most once a second; who left is gone."""
    async with relay_in_memory(tmp_path) as relay:
        hana = await relay.agent(Role.HELPER, "Hana")
        user = await relay.agent(Role.USER, "Anna", watch=True)
        assert user.ws.sent == [Helpers(reset=True, set=[entry(hana, "Hana")])]
        user.forget()
        hiro = await relay.agent(Role.HELPER, "Hiro")
        hana.say(SetStatus(status=Status.AWAY))
        await relay.settle()
        assert user.ws.sent == []
        await relay.advance(1)
        assert user.ws.sent == [Helpers(set=[entry(hiro, "Hiro"), entry(hana, "Hana", Status.AWAY)])]
        user.forget()
        hana.cut()
        await relay.advance(1)
        assert user.ws.sent == [Helpers(gone=[uri(hana)])]
        user.forget()
        await relay.advance(10)
        assert user.ws.sent == []


async def test_a_helper_sees_the_colleagues(tmp_path: Path) -> None:
    """Who watches the queue also gets the list of those whom a session can be handed to, kept true like a user's."""
    async with relay_in_memory(tmp_path) as relay:
        hana = await relay.agent(Role.HELPER, "Hana", watch=True)
        assert hana.the(Helpers) == Helpers(reset=True, set=[entry(hana, "Hana")])
        hana.forget()
        hiro = await relay.agent(Role.HELPER, "Hiro")
        await relay.advance(1)
        assert hana.the(Helpers).set == [entry(hiro, "Hiro")]
        hana.say(Watch(on=False))
        await relay.settle()
        hana.forget()
        hiro.cut()
        await relay.advance(2)
        assert hana.ws.sent == []


async def test_nothing_runs_while_nothing_changes(tmp_path: Path) -> None:
    """A thousand who watch cost no timer but their heartbeat's, and one for all that writes when they were last here."""
    async with relay_in_memory(tmp_path) as relay:
        _, identity = await relay.person(Role.USER, "Anna")
        await relay.connect(identity, watch=True)
        await relay.advance(5)
        assert relay.clock.waiting == 1 + 1


async def test_long_lists_come_in_batches(tmp_path: Path) -> None:
    """Fifty entries a message, a message a second, the first at once and marked as the beginning."""
    async with relay_in_memory(tmp_path) as relay:
        for number in range(120):
            relay.hub.helper_list.put(GroupEntry(group=f"group {number}"))
        user = await relay.agent(Role.USER, "Anna", watch=True)
        assert [(one.reset, len(one.set)) for one in user.heard(Helpers)] == [(True, 50)]
        await relay.advance(1)
        await relay.advance(1)
        assert [(one.reset, len(one.set)) for one in user.heard(Helpers)] == [(True, 50), (False, 50), (False, 20)]


async def test_watching_again_and_again_is_no_flood(tmp_path: Path) -> None:
    """The list begins anew, but not more than once a second."""
    async with relay_in_memory(tmp_path) as relay:
        await relay.agent(Role.HELPER, "Hana")
        user = await relay.agent(Role.USER, "Anna", watch=True)
        user.say(*[Watch(on=True), Watch(on=False)] * 5, Watch(on=True))
        await relay.settle()
        assert len(user.heard(Helpers)) == 1
        await relay.advance(1)
        assert [one.reset for one in user.heard(Helpers)] == [True, True]
        await relay.advance(2)
        assert len(user.heard(Helpers)) == 2


async def test_who_does_not_read_gets_no_lists(tmp_path: Path) -> None:
    """While its output waits unread a connection gets none, and afterwards only how it is then."""
    async with relay_in_memory(tmp_path) as relay:
        user = await relay.agent(Role.USER, "Anna", watch=True)
        hana = await relay.agent(Role.HELPER, "Hana", watch=True)
        await relay.advance(1)
        user.forget()
        hana.forget()
        for agent in (user, hana):
            agent.listener.paused(agent.ws)
        hana.say(SetStatus(status=Status.AWAY))
        await asking(relay, "Ben", 1, ToAnyone())
        await relay.advance(5)
        hana.say(SetStatus(status=Status.AVAILABLE))
        await relay.advance(5)
        assert user.ws.sent == hana.ws.sent == []
        for agent in (user, hana):
            agent.listener.resumed(agent.ws)
        await relay.advance(1)
        assert user.ws.sent == [Helpers(set=[entry(hana, "Hana")])]
        assert [one.user.name for one in hana.the(Requests).set] == ["Ben"]


async def test_groups(tmp_path: Path) -> None:
    """A group shows once it has members, with how many are available and how many wait; removed, it is gone."""
    async with relay_in_memory(tmp_path) as relay:
        hana = await relay.agent(Role.HELPER, "Hana")
        account = hana.listener.identified.account.identifier
        user = await relay.agent(Role.USER, "Anna", watch=True)
        await relay.admin.add_group("Desk", by="operator:test")
        await relay.advance(1)
        assert not [one for message in user.heard(Helpers) for one in message.set if isinstance(one, GroupEntry)]
        await relay.admin.change_members("Desk", add=[account], by="operator:test")
        user.forget()
        await relay.advance(1)
        assert user.the(Helpers).set == [GroupEntry(group="Desk", available=1, busy=0, away=0)]
        ben = await asking(relay, "Ben", 1, ToGroup(group="Desk"))
        await asking(relay, "Carol", 2, ToHelper(uri=uri(hana)))
        user.forget()
        await relay.advance(1)
        assert user.the(Helpers).set == [
            GroupEntry(group="Desk", available=1, waiting=1, busy=0, away=0),
            entry(hana, "Hana", waiting=1),
        ]
        hana.cut()
        user.forget()
        await relay.advance(1)
        assert user.the(Helpers).set == [GroupEntry(group="Desk", available=0, waiting=1, busy=0, away=0)]
        await relay.admin.remove_group("Desk", by="operator:test")
        user.forget()
        await relay.advance(1)
        assert user.the(Helpers).gone == ["Desk"]
        assert ben.ws.sent[-1].why is Why.DECLINED  # type: ignore[union-attr]


async def test_the_queue_of_a_helper(tmp_path: Path) -> None:
    """What one may take, oldest first; at once after a quiet second, and together within one."""
    async with relay_in_memory(tmp_path) as relay:
        hana = await relay.agent(Role.HELPER, "Hana")
        hiro = await relay.agent(Role.HELPER, "Hiro")
        await asking(relay, "Anna", 1, ToHelper(uri=uri(hiro)))
        await asking(relay, "Ben", 2, ToAnyone())
        hana.say(Watch(on=True))
        await relay.settle()
        assert [one.user.name for one in hana.the(Requests).set] == ["Ben"]
        assert hana.the(Requests).reset
        await relay.advance(2)
        hana.forget()
        await asking(relay, "Carol", 3, ToAnyone())
        assert [one.user.name for one in hana.the(Requests).set] == ["Carol"]
        hana.forget()
        dora = await asking(relay, "Dora", 4, ToAnyone())
        await asking(relay, "Emil", 5, ToHelper(uri=uri(hana)))
        dora.cut()
        assert hana.ws.sent == []
        await relay.advance(1)
        assert [one.user.name for one in hana.the(Requests).set] == ["Dora", "Emil"]


async def test_what_was_never_shown_is_not_gone(tmp_path: Path) -> None:
    """A request that came and went between two messages is not mentioned at all."""
    async with relay_in_memory(tmp_path) as relay:
        hana = await relay.agent(Role.HELPER, "Hana", watch=True)
        hana.forget()
        await asking(relay, "Anna", 1, ToAnyone())
        await relay.admin.end_request(f"{1:032x}", by="operator:test")
        await relay.advance(5)
        assert hana.ws.sent == []


async def test_joining_a_group(tmp_path: Path) -> None:
    """A helper who joins sees what waits for the group; one who leaves does not any more."""
    async with relay_in_memory(tmp_path) as relay:
        hana = await relay.agent(Role.HELPER, "Hana", watch=True)
        account = hana.listener.identified.account.identifier
        await relay.admin.add_group("Desk", by="operator:test")
        await asking(relay, "Anna", 1, ToGroup(group="Desk"))
        await relay.advance(2)
        hana.forget()
        await relay.admin.change_members("Desk", add=[account], by="operator:test")
        await relay.advance(1)
        assert [one.user.name for one in hana.the(Requests).set] == ["Anna"]
        hana.forget()
        await relay.admin.change_members("Desk", remove=[account], by="operator:test")
        await relay.advance(1)
        assert hana.heard(Requests) == [Requests(reset=True)]


async def test_places(tmp_path: Path) -> None:
    """Who waits hears a new place when it changes, not more than once a second, and only then."""
    async with relay_in_memory(tmp_path) as relay:
        users = []
        for number, name in enumerate(("Anna", "Ben", "Carol", "Dora"), start=1):
            users.append(await asking(relay, name, number, ToAnyone()))
            relay.clock.advance(0.01)
        assert [user.the(Waiting).position for user in users] == [1, 2, 3, 4]
        for user in users:
            user.forget()
        for number in (1, 2):
            await relay.admin.end_request(f"{number:032x}", by="operator:test")
        assert not users[3].heard(Waiting)
        await relay.advance(1)
        assert [user.the(Waiting).position for user in users[2:]] == [1, 2]
        for user in users:
            user.forget()
        await relay.advance(60)
        assert not users[3].heard(Waiting)
