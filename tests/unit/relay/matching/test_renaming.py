"""Certificates with a name that is no longer their owner's: when their agents renew, who is shown, and what is revoked."""

from pathlib import Path

from common.net.certificates import Identity, new_key, verify_issued
from common.protocol.identity import Role
from common.protocol.messages import (
    Accept,
    Cancel,
    End,
    Error,
    Feature,
    Granted,
    GroupEntry,
    Helpers,
    Over,
    RenewNow,
    Requests,
    To,
    ToAnyone,
    Waiting,
    Watch,
)
from common.protocol.notices import CaNotices, decode_notices
from common.protocol.reasons import Why
from relay.ca.notices import NoticeBoard
from relay.core.records import RevocationRecord
from relay.store.null import NullStore
from tests.support.ca import Organisation, identity, renew_request
from tests.support.relay_in_memory import Agent, RelayInMemory, relay_in_memory
from tests.support.transcripts import ask, by_name

EVERY = [Feature.MOST.value, Feature.RENEW.value, Feature.RESUME.value]  # `here` would have to be answered


def notices(relay: RelayInMemory) -> CaNotices:
    """What the CA has to tell now."""
    ca = relay.organisation
    return decode_notices(NoticeBoard(folder=ca.ca.authority.folder, clock=ca.now).document())


async def rename(relay: RelayInMemory, agent: Agent, name: str) -> None:
    """At the CA, whose notices the relay then has."""
    relay.organisation.ca.registrar.rename(agent.listener.identified.participant.account, name)
    relay.matching.notices_changed(notices(relay))
    await relay.settle()


def renew(organisation: Organisation, old: Agent) -> Identity:
    """As its agent does."""
    assert old.identity is not None
    key = new_key()
    return identity(organisation.ca.authority.answer(renew_request(old.identity, key)), key)


async def back(relay: RelayInMemory, old: Agent, *, watch: bool = False) -> Agent:
    """Its agent renews, hangs up and comes back; the CA's notices follow."""
    new = renew(relay.organisation, old)
    relay.matching.notices_changed(notices(relay))
    old.cut()
    await relay.settle()
    agent = await relay.connect(new, watch=watch, features=EVERY)
    await relay.settle()
    return agent


def shown(agent: Agent) -> dict[str, str]:
    """The helpers in the lists that came, by URI."""
    found: dict[str, str] = {}
    for message in agent.heard(Helpers):
        found |= {one.uri: one.name for one in message.set if not isinstance(one, GroupEntry)}
    return found


def revoking(relay: RelayInMemory) -> list[RevocationRecord]:
    """A CA that is asked to revoke."""
    asked: list[RevocationRecord] = []

    async def revoke(record: RevocationRecord) -> None:
        asked.append(record)

    relay.hub.revocations.by(revoke)
    return asked


async def test_who_has_nothing_open_renews_at_once(tmp_path: Path) -> None:
    """Once; the list shows the name of the certificate that is connected, and the old certificate is revoked as superseded."""
    async with relay_in_memory(tmp_path) as relay:
        asked = revoking(relay)
        user = await relay.agent(Role.USER, "Anna", watch=True, features=EVERY)
        helper = await relay.agent(Role.HELPER, "Hana", features=EVERY)
        await relay.advance(1)
        await rename(relay, helper, "Hana Berg")
        assert helper.heard(RenewNow) == [RenewNow()]
        relay.matching.notices_changed(notices(relay))
        assert len(helper.heard(RenewNow)) == 1
        assert not user.heard(RenewNow)
        await relay.advance(1)
        assert list(shown(user).values()) == ["Hana"]
        assert helper.identity is not None
        serial = verify_issued(helper.identity.chain, relay.organisation.root).serial
        helper = await back(relay, helper)
        await relay.advance(1)
        assert list(shown(user).values()) == ["Hana Berg"]
        [owed] = asked
        assert (int(owed.serial, 16), owed.superseded) == (serial, True)
        assert not helper.heard(RenewNow)
        assert "certificate.superseded" in [row.entry.event for row in await relay.store.audit_rows()]
        relay.matching.notices_changed(notices(relay))
        await relay.settle()
        assert len(asked) == 1


async def test_a_session_goes_on_under_the_old_name(tmp_path: Path) -> None:
    """Neither side is asked to renew in it; once it is over both who were renamed are, and only then are the certificates revoked."""
    async with relay_in_memory(tmp_path) as relay:
        asked = revoking(relay)
        user = await relay.agent(Role.USER, "Anna", features=EVERY)
        helper = await relay.agent(Role.HELPER, "Hana", watch=True, features=EVERY)
        session = await relay.active(user, helper, by_name(helper))
        await rename(relay, user, "Anna Berg")
        await rename(relay, helper, "Hana Berg")
        assert not user.heard(RenewNow)
        assert not helper.heard(RenewNow)
        helper = await back(relay, helper, watch=True)  # it was due, say
        assert not asked
        assert [one.identifier for one in relay.admin.live_sessions()] == [session]
        helper.say(End(session=session, why=Why.HELPER_ENDED))
        await relay.settle()
        assert user.heard(RenewNow) == [RenewNow()]
        assert len(asked) == 1
        await back(relay, user)
        assert len(asked) == 2


async def test_a_request_is_served_by_the_certificate_that_it_was_asked_of(tmp_path: Path) -> None:
    """The helper is asked to renew when nobody waits for the old name any more; the session has that name."""
    async with relay_in_memory(tmp_path) as relay:
        user = await relay.agent(Role.USER, "Anna", features=EVERY)
        helper = await relay.agent(Role.HELPER, "Hana", watch=True, features=EVERY)
        user.say(ask(by_name(helper)))
        await relay.settle()
        await rename(relay, helper, "Hana Berg")
        assert not helper.heard(RenewNow)
        granted = await relay.granted(user, helper, by_name(helper))
        assert user.the(Granted).peer.name == "Hana"
        user.say(Cancel(request=granted.request))
        await relay.settle()
        assert helper.heard(RenewNow) == [RenewNow()]


async def test_who_waits_for_a_name_that_is_no_more_is_told(tmp_path: Path) -> None:
    """The helper came back under another name: `renamed`, which older agents read as a refusal; who asked anyone waits on."""
    async with relay_in_memory(tmp_path) as relay:
        helper = await relay.agent(Role.HELPER, "Hana", watch=True, features=EVERY)
        user = await relay.agent(Role.USER, "Anna", features=EVERY)
        older = await relay.agent(Role.USER, "Ben")
        third = await relay.agent(Role.USER, "Cleo", features=EVERY)
        asking: list[tuple[Agent, To]] = [(user, by_name(helper)), (older, by_name(helper)), (third, ToAnyone())]
        for number, (agent, to) in enumerate(asking):
            agent.say(ask(to, f"{number:x}" * 32))
        await relay.settle()
        await rename(relay, helper, "Hana Berg")
        helper = await back(relay, helper, watch=True)
        await relay.settle()
        assert user.the(Over).why is Why.RENAMED
        assert older.the(Over).why is Why.DECLINED
        assert not third.heard(Over)
        user.forget()
        user.say(ask(by_name(helper), "a" * 32))
        await relay.settle()
        assert user.the(Waiting).position == 1
        helper.say(Accept(request="a" * 32))
        await relay.settle()


async def test_a_helper_with_two_computers(tmp_path: Path) -> None:
    """The list has the present name while a certificate with it is connected; a request is offered only where its name is."""
    async with relay_in_memory(tmp_path) as relay:
        asked = revoking(relay)
        user = await relay.agent(Role.USER, "Anna", watch=True, features=EVERY)
        first = await relay.agent(Role.HELPER, "Hana", watch=True, features=EVERY)
        account = first.listener.identified.participant.account
        organisation = relay.organisation
        second = await relay.connect(organisation.person(Role.HELPER, "Hana", account), watch=True)  # does not obey
        await rename(relay, first, "Hana Berg")
        first = await back(relay, first, watch=True)
        await relay.advance(1)
        assert list(shown(user).values()) == ["Hana Berg"]
        assert len(asked) == 1
        assert second.identity is not None
        second.cut()
        second = await relay.connect(second.identity, watch=True)
        await relay.advance(1)
        user.forget()
        user.say(Watch(on=True))
        await relay.advance(1)
        assert list(shown(user).values()) == ["Hana Berg"]
        user.say(ask(by_name(first)))
        await relay.settle()
        await relay.advance(1)
        assert [len(one.set) for one in first.heard(Requests)][-1:] == [1]
        assert not any(one.set for one in second.heard(Requests))
        second.say(Accept(request="a" * 32))
        await relay.settle()
        assert second.the(Error).code == "not_allowed"
        first.cut()
        await relay.settle()
        assert user.the(Over).why is Why.RENAMED  # only the certificate with the old name is left
        await relay.advance(1)
        user.forget()
        user.say(Watch(on=True))
        await relay.advance(1)
        assert list(shown(user).values()) == ["Hana"]


async def test_an_agent_that_does_not_know_of_it_is_not_asked(tmp_path: Path) -> None:
    """It renews when it is due; then its old certificate goes, too."""
    async with relay_in_memory(tmp_path) as relay:
        asked = revoking(relay)
        helper = await relay.agent(Role.HELPER, "Hana")
        await rename(relay, helper, "Hana Berg")
        assert not helper.heard(RenewNow)
        await back(relay, helper)
        assert len(asked) == 1


async def test_what_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    """The database refuses for a moment: the old certificate is owed to be revoked all the same, once."""
    async with relay_in_memory(tmp_path) as relay:
        asked = revoking(relay)
        helper = await relay.agent(Role.HELPER, "Hana", features=EVERY)
        await rename(relay, helper, "Hana Berg")
        store = relay.store
        assert isinstance(store, NullStore)
        store.broken = True
        await back(relay, helper)
        assert not asked
        store.broken = False
        await relay.advance(relay.hub.services.timing.revocation_retry + 1)
        await relay.settle()
        assert len(asked) == 1
