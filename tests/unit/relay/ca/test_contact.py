"""Whether relay and CA reach each other: by questions of the relay's own, which need nobody who wants a certificate."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator

import msgspec
import pytest
from structlog.testing import capture_logs

from relay.ca.client import AuthorityClient
from relay.ca.contact import Contact
from relay.ca.process import CaServer
from tests.support.ca import Organisation
from tests.support.clock import START, FakeClock
from tests.support.front import until


@pytest.fixture
def organisation(tmp_path):  # type: ignore[no-untyped-def]
    """An organisation with a CA."""
    return Organisation(tmp_path)


@contextlib.asynccontextmanager
async def knocking(organisation: Organisation) -> AsyncIterator[AuthorityClient]:
    """A relay's client that asks all the time, and gives a letter 0.2 s."""
    client = AuthorityClient(folder=organisation.mailbox, random=os.urandom, poll=0.005, deadline=0.2)
    client.contact = Contact(now=organisation.now)
    task = asyncio.create_task(client.keep_knocking(every=0.01))
    try:
        yield client
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@contextlib.asynccontextmanager
async def serving(organisation: Organisation) -> AsyncIterator[None]:
    """The CA turns every few milliseconds."""
    server = CaServer(ca=organisation.ca, clock=organisation.now)

    async def turn() -> None:
        while True:
            with contextlib.suppress(OSError):
                server.turn()
            await asyncio.sleep(0.005)

    task = asyncio.create_task(turn())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_ca_that_goes_and_comes(organisation: Organisation) -> None:
    """It is silent only once a letter lay there its whole time; it answers, and both are said once."""
    with capture_logs() as logs:
        async with knocking(organisation) as client:
            contact = client.contact
            await until(lambda: not contact.answering)
            assert (contact.usable, contact.clock_ahead) == (True, None)
            assert contact.silent_for >= 0.2
            async with serving(organisation):
                await until(lambda: contact.clock_ahead is not None)
                assert contact.answering
            await until(lambda: not contact.answering)
    events = [entry["event"] for entry in logs if entry["event"] != "crl_signed"]
    assert events == ["ca_silent", "ca_answers_again", "ca_silent"]
    await asyncio.sleep(0.1)
    assert not list((organisation.mailbox / "requests").iterdir())


def test_a_mailbox_that_goes_while_a_letter_lies_there() -> None:
    """The letter stays without an answer, and that is soon seen to be the mailbox's fault; back again, it may be the CA's."""
    contact = Contact()
    contact.mailbox_works()
    contact.unanswered()
    assert not contact.answering
    contact.mailbox_failed(FileNotFoundError())
    assert (contact.usable, contact.answering) == (False, True)
    contact.unanswered()
    contact.mailbox_works()
    assert (contact.usable, contact.answering) == (True, False)
    contact.answered()
    assert contact.answering


@pytest.mark.parametrize("part", ["requests", "answers"])
async def test_a_mailbox_that_is_gone_is_no_fault_of_the_ca(organisation: Organisation, part: str) -> None:
    """Also where only the answers cannot be read; both are well once it is back."""
    async with serving(organisation), knocking(organisation) as client:
        contact = client.contact
        await until(lambda: contact.clock_ahead is not None)
        (organisation.mailbox / part).rename(organisation.mailbox / "away")
        await until(lambda: not contact.usable)
        await asyncio.sleep(0.5)
        assert (contact.usable, contact.answering, contact.clock_ahead) == (False, True, None)
        (organisation.mailbox / "away").rename(organisation.mailbox / part)
        await until(lambda: contact.usable and contact.clock_ahead is not None)
        assert contact.answering


async def test_a_ca_that_does_not_know_the_question(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of an older version refuses it: it is there, and its clock is not known."""
    monkeypatch.setattr("relay.ca.client.Knock", lambda: msgspec.Raw(b'{"kind":"never-heard-of"}'))
    async with serving(organisation), knocking(organisation) as client:
        await asyncio.sleep(0.5)
        assert (client.contact.answering, client.contact.clock_ahead) == (True, None)
        assert client.contact.silent_for < 0.4


def test_clocks_that_differ() -> None:
    """The relay's is ahead, or behind; by how much is known as long as the CA answers."""
    clock = FakeClock()
    contact = Contact(now=clock.now, seconds=clock.monotonic)
    contact.its_clock(START.timestamp() - 90)
    assert contact.clock_ahead == pytest.approx(90)
    contact.its_clock(START.timestamp() + 7200)
    assert contact.clock_ahead == pytest.approx(-7200)
    contact.unanswered()
    assert contact.clock_ahead is None
    clock.advance(5)
    assert contact.silent_for == 5
    contact.answered()
    assert contact.silent_for == 0
