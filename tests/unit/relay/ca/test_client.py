"""The relay's side of the mailbox: answers, deadlines, bounds, and lists that only ever get newer."""

import asyncio
import contextlib
import os
import threading
import uuid
from pathlib import Path

import pytest

from common.host.errors import TasukiError
from common.net.certificates import make_csr, new_key
from common.net.revocation import RevocationList
from common.protocol.certificate_requests import CertificateRequest, Refusal, RelayCertificateRequest, RevokeRequest
from common.protocol.identity import Role
from deploy.demo.programs import until
from relay.ca.client import AuthorityClient, AuthorityRefusedError, AuthorityUnavailableError
from relay.ca.mailbox import Mailbox
from relay.ca.process import CaServer
from tests.support.ca import Organisation, enrol_request
from tests.support.hostile_files import HOSTILE, put_hostile


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
    server = CaServer(ca=organisation.ca, clock=organisation.now)

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
    assert await until(lambda: not list((organisation.mailbox / "requests").iterdir()), within=10, every=0.005)


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


async def test_a_revocation_waits_for_no_stranger(organisation: Organisation) -> None:
    """However many enrol at this moment."""
    full = AuthorityClient(folder=organisation.mailbox, random=os.urandom, poll=0.005, at_once=0)
    with pytest.raises(AuthorityUnavailableError) as caught:
        await full.submit(RelayCertificateRequest(csr=b"x"))
    assert caught.value.code == Refusal.BUSY
    account = str(uuid.uuid4())
    organisation.person(Role.USER, "Anna", account)
    async with serving(organisation):
        assert await full.revoke(RevokeRequest(account=account)) == 1


async def test_without_a_ca_there_is_an_end(organisation: Organisation) -> None:
    """After the deadline the request is taken back."""
    client = AuthorityClient(folder=organisation.mailbox, random=os.urandom, deadline=0.03, poll=0.005)
    with pytest.raises(AuthorityUnavailableError) as caught:
        await client.submit(RelayCertificateRequest(csr=b"x"))
    assert (caught.value.code, caught.value.status) == (Refusal.UNAVAILABLE, 503)
    assert await until(lambda: not list((organisation.mailbox / "requests").iterdir()), within=10, every=0.005)


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


@pytest.mark.timeout(30)
@pytest.mark.parametrize("kind", HOSTILE)
async def test_traps_in_the_mailbox_hold_nobody(organisation: Organisation, client: AuthorityClient, kind: str) -> None:
    """The last good list counts, the loop goes on, and a request that meets one is `unavailable`."""
    first = await client.crl()
    assert first is not None
    ours = organisation.folder.parent / "ours"
    ours.write_text("ours")
    for name in ("crl.der", f"answers/{'01' * 16}.json"):
        (organisation.mailbox / name).unlink(missing_ok=True)
        put_hostile(kind, organisation.mailbox / name, ours)
    trapped = AuthorityClient(folder=organisation.mailbox, random=lambda count: b"\1" * count, poll=0.005)
    with pytest.raises(AuthorityUnavailableError):
        await trapped.submit(RelayCertificateRequest(csr=b"x"))
    assert await client.crl() is first
    organisation.ca.publish_new_crl()
    newest = await client.crl()
    assert newest is not None
    assert newest.number > first.number


@pytest.mark.timeout(30)
async def test_a_mailbox_that_hangs_holds_nobody(organisation: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a network's disk does: requests end as if nobody answered, the list stays, and all of it works again afterwards."""
    client = AuthorityClient(folder=organisation.mailbox, random=os.urandom, deadline=0.5, poll=0.005, step=0.1)
    crl = await client.crl()
    disk = threading.Event()
    good = Mailbox.crl
    with monkeypatch.context() as patch:
        patch.setattr(Mailbox, "crl", lambda box: disk.wait() and good(box))
        assert await client.crl() is crl
        for _ in range(3):
            with pytest.raises(AuthorityUnavailableError):
                await client.submit(RelayCertificateRequest(csr=b"x"))
            assert await client.crl() is crl
        disk.set()
    assert await until(lambda: not list((organisation.mailbox / "requests").iterdir()), within=10, every=0.005)
    async with serving(organisation):
        while True:
            with contextlib.suppress(AuthorityUnavailableError):
                assert await client.submit(RelayCertificateRequest(csr=make_csr(new_key())))
                break


@pytest.mark.timeout(30)
async def test_a_request_that_was_written_too_late_is_taken_back(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk hung in the midst of it, and whoever asked has been told that nobody answered."""
    client = AuthorityClient(folder=organisation.mailbox, random=os.urandom, step=0.1)
    disk, written = threading.Event(), threading.Event()
    good = Mailbox.submit

    def submit(box: Mailbox, letter: str, request: CertificateRequest) -> None:
        disk.wait()
        good(box, letter, request)
        written.set()

    monkeypatch.setattr(Mailbox, "submit", submit)
    with pytest.raises(AuthorityUnavailableError):
        await client.submit(RelayCertificateRequest(csr=b"x"))
    disk.set()
    assert await asyncio.to_thread(written.wait, 10)
    assert await until(lambda: not list((organisation.mailbox / "requests").iterdir()), within=10, every=0.005)


async def test_without_a_mailbox_nothing_works_and_says_so(tmp_path: Path) -> None:
    """503 for agents, a sentence for the operator."""
    client = AuthorityClient(folder=tmp_path / "none", random=os.urandom)
    with pytest.raises(AuthorityUnavailableError):
        await client.submit(RelayCertificateRequest(csr=b"x"))
    with pytest.raises(TasukiError) as caught:
        await client.root()
    assert caught.value.code == "ca_mailbox"
    with pytest.raises(TasukiError):
        await client.crl()


async def test_a_newer_list_is_told_and_an_older_or_broken_one_is_not(
    organisation: Organisation, client: AuthorityClient
) -> None:
    """The first at once; afterwards only higher numbers with the root's signature."""
    told: asyncio.Queue[RevocationList] = asyncio.Queue()
    watching = asyncio.create_task(client.watch(told.put_nowait, every=0.005))
    old = organisation.ca.mailbox.crl()
    first = await told.get()
    assert old is not None
    organisation.person()
    organisation.ca.registrar.revoker.revoke("Anna")
    organisation.ca.publish_new_crl()
    second = await told.get()
    assert (len(first), len(second)) == (0, 1)
    path = organisation.mailbox / "crl.der"
    for bad in (old, b"", b"garbage", old[:-1]):
        path.write_bytes(bad)
        current = await client.crl()
        assert current is not None
        assert current.number == second.number
    path.unlink()
    path.mkdir()
    assert await client.crl() is current
    path.rmdir()
    organisation.ca.publish_new_crl()
    assert (await told.get()).number > second.number
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    assert told.empty()


async def test_the_root_is_read_once(organisation: Organisation, client: AuthorityClient) -> None:
    """A root that changes under a running relay is not believed."""
    assert await client.root() == organisation.root
    (organisation.mailbox / "root.pem").unlink()
    assert await client.root() == organisation.root
