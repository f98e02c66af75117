"""The relay's side of the mailbox: answers, deadlines, bounds, and lists that only ever get newer."""

import asyncio
import contextlib
import os
from pathlib import Path

import pytest

from common.host.errors import TasukiError
from common.net.certificates import make_csr, new_key
from common.net.revocation import RevocationList
from common.protocol.certificate_requests import Refusal, RelayCertificateRequest
from common.protocol.identity import Role
from deploy.demo.programs import until
from relay.ca.client import AuthorityClient, AuthorityRefusedError, AuthorityUnavailableError
from relay.ca.process import Server
from tests.support.ca import Organisation, enrol_request


@pytest.fixture
def organisation(tmp_path: Path) -> Organisation:
    """An organisation with a CA."""
    return Organisation(tmp_path)


@pytest.fixture
def client(organisation: Organisation) -> AuthorityClient:
    """Its relay's client."""
    return AuthorityClient(folder=organisation.mailbox, random=os.urandom, poll=0.005)


@contextlib.asynccontextmanager
async def serving(organisation: Organisation):  # type: ignore[no-untyped-def]
    """The CA turns every few milliseconds."""
    server = Server(office=organisation.office, clock=organisation.now)

    async def turn() -> None:
        while True:
            server.turn()
            await asyncio.sleep(0.005)

    task = asyncio.create_task(turn())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_an_answer_comes_back(organisation: Organisation, client: AuthorityClient) -> None:
    """Many at once, each its own, and nothing is left in the folder."""
    async with serving(organisation):
        lines = [organisation.line(name=f"Anna {number}") for number in range(10)]
        answers = await asyncio.gather(*(client.submit(enrol_request(line, Role.USER, new_key())) for line in lines))
    assert [answer.name for answer in answers] == [f"Anna {number}" for number in range(10)]
    assert not list((organisation.mailbox / "answers").iterdir())
    assert not list((organisation.mailbox / "requests").iterdir())


@pytest.mark.parametrize(
    ("refusal", "status"),
    [(Refusal.CODE_UNKNOWN, 404), (Refusal.CODE_USED, 409), (Refusal.CODE_EXPIRED, 410), (Refusal.BAD_PROOF, 403)],
)
def test_a_refusal_has_a_status(refusal: Refusal, status: int) -> None:
    """HTTP's nearest; 403 for what has none."""
    assert AuthorityRefusedError(refusal).status == status
    assert AuthorityRefusedError("something_new").status == 403


async def test_a_refusal_is_raised(organisation: Organisation, client: AuthorityClient) -> None:
    """With the CA's code."""
    async with serving(organisation):
        with pytest.raises(AuthorityRefusedError) as caught:
            await client.submit(RelayCertificateRequest(csr=b"x"))
    assert (caught.value.code, caught.value.status) == ("malformed", 400)


async def test_without_a_ca_there_is_an_end(organisation: Organisation) -> None:
    """After the deadline the request is taken back."""
    client = AuthorityClient(folder=organisation.mailbox, random=os.urandom, deadline=0.03, poll=0.005)
    with pytest.raises(AuthorityUnavailableError) as caught:
        await client.submit(RelayCertificateRequest(csr=b"x"))
    assert (caught.value.code, caught.value.status) == (Refusal.UNAVAILABLE, 503)
    assert not list((organisation.mailbox / "requests").iterdir())


async def test_a_caller_that_went_away_takes_its_request_along(
    organisation: Organisation, client: AuthorityClient
) -> None:
    """A cancelled submit leaves nothing, and its place is free again."""
    narrow = AuthorityClient(folder=organisation.mailbox, random=os.urandom, at_once=1, poll=0.005)
    task = asyncio.create_task(narrow.submit(RelayCertificateRequest(csr=b"x")))
    await asyncio.sleep(0)  # it has taken its place
    with pytest.raises(AuthorityUnavailableError) as caught:
        await narrow.submit(RelayCertificateRequest(csr=b"x"))
    assert caught.value.code == Refusal.BUSY
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await until(lambda: not list((organisation.mailbox / "requests").iterdir()), within=10, every=0.005)
    async with serving(organisation):
        assert await narrow.submit(RelayCertificateRequest(csr=make_csr(new_key())))


async def test_a_bad_answer_is_no_answer(organisation: Organisation) -> None:
    """Garbage in the answers' folder is `unavailable`."""
    client = AuthorityClient(folder=organisation.mailbox, random=lambda count: b"\1" * count, poll=0.005)
    (organisation.mailbox / "answers" / f"{'01' * 16}.json").write_text("garbage")
    with pytest.raises(AuthorityUnavailableError):
        await client.submit(RelayCertificateRequest(csr=b"x"))


async def test_without_a_mailbox_nothing_works_and_says_so(tmp_path: Path) -> None:
    """503 for agents, a sentence for the operator."""
    client = AuthorityClient(folder=tmp_path / "none", random=os.urandom)
    with pytest.raises(AuthorityUnavailableError):
        await client.submit(RelayCertificateRequest(csr=b"x"))
    with pytest.raises(TasukiError) as caught:
        client.root()
    assert caught.value.code == "ca_mailbox"
    assert client.crl() is None


async def test_a_newer_list_is_told_and_an_older_or_broken_one_is_not(
    organisation: Organisation, client: AuthorityClient
) -> None:
    """The first at once; afterwards only higher numbers with the root's signature."""
    told: asyncio.Queue[RevocationList] = asyncio.Queue()
    watching = asyncio.create_task(client.watch(told.put_nowait, every=0.005))
    old = organisation.office.mailbox.crl()
    first = await told.get()
    assert old is not None
    organisation.person()
    organisation.office.registrar.revoke("Anna")
    organisation.office.publish_new_crl()
    second = await told.get()
    assert (len(first), len(second)) == (0, 1)
    path = organisation.mailbox / "crl.der"
    for bad in (old, b"", b"garbage", old[:-1]):
        path.write_bytes(bad)
        current = client.crl()
        assert current is not None
        assert current.number == second.number
    path.unlink()
    path.mkdir()
    assert client.crl() is current
    path.rmdir()
    organisation.office.publish_new_crl()
    assert (await told.get()).number > second.number
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    assert told.empty()


def test_the_root_is_read_once(organisation: Organisation, client: AuthorityClient) -> None:
    """A root that changes under a running relay is not believed."""
    assert client.root() == organisation.root
    (organisation.mailbox / "root.pem").unlink()
    assert client.root() == organisation.root
