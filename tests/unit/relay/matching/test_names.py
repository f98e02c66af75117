"""A relay of several names answers by the one that was dialled, if it is its own; the signed list reaches every agent."""

from pathlib import Path

import pytest

from common.net.certificates import CertificateError
from common.protocol.identity import Role
from common.protocol.messages import Accept, Code, Granted, Hello, Hosts, Mode, Refused, Request, ToAnyone, Welcome
from tests.support.relay_in_memory import OTHER_NAME, RELAY, Agent, relay_in_memory


@pytest.mark.parametrize(
    ("dialled", "answered"), [(RELAY, RELAY), (OTHER_NAME, OTHER_NAME), ("elsewhere.example", RELAY), ("", RELAY)]
)
async def test_hello_has_the_name_that_was_dialled(tmp_path: Path, dialled: str, answered: str) -> None:
    """Another relay's never: whoever dials that hangs up. What is signed for a name comes in under that one alone."""
    async with relay_in_memory(tmp_path) as relay:
        _, identity = await relay.person(Role.USER, "Anna")
        agent = Agent(relay, identity, host=dialled)
        assert agent.the(Hello).relay == answered
        agent.identify(signed_for=answered)
        assert agent.the(Welcome).ports == [443, 80]
        other = Agent(relay, identity, host=dialled)
        other.identify(signed_for=RELAY if answered == OTHER_NAME else OTHER_NAME)
        assert other.the(Refused).reason == Code.BAD_SIGNATURE


async def test_legs_are_reached_by_the_name_that_was_dialled(tmp_path: Path) -> None:
    """Each side by its own: one of the two may have no way to the other's."""
    async with relay_in_memory(tmp_path) as relay:
        _, anna = await relay.person(Role.USER, "Anna")
        _, hana = await relay.person(Role.HELPER, "Hana")
        user, helper = Agent(relay, anna, host=OTHER_NAME), Agent(relay, hana)
        user.identify(signed_for=OTHER_NAME)
        helper.identify()
        await relay.settle()
        user.say(Request(request="a" * 32, to=ToAnyone(), mode=Mode.VIEW))
        await relay.settle()
        helper.say(Accept(request="a" * 32))
        await relay.settle()
        assert {host for host, _ in user.the(Granted).legs} == {OTHER_NAME}
        assert {host for host, _ in helper.the(Granted).legs} == {RELAY}


async def test_a_newer_list_is_handed_on(tmp_path: Path) -> None:
    """In welcome, and at once to whoever is connected; an older or a foreign one to nobody."""
    async with relay_in_memory(tmp_path) as relay:
        _, identity = await relay.person(Role.USER, "Anna")
        early = Agent(relay, identity)
        early.identify()
        assert early.the(Welcome).hosts == b""
        old, new = relay.organisation.hosts("a.example"), relay.organisation.hosts("b.example")
        relay.matching.hosts_changed(new.document)
        relay.matching.hosts_changed(new.document)
        assert early.the(Hosts).signed == new.document
        for refused in (old.document, b"{}"):
            with pytest.raises(CertificateError):
                relay.matching.hosts_changed(refused)
        _, identity = await relay.person(Role.USER, "Berta")
        late = Agent(relay, identity)
        late.identify()
        assert late.the(Welcome).hosts == new.document
