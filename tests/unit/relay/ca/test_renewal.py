"""The relay's own certificate: made once, renewed in time, never a certificate beside a key that it does not fit."""

import asyncio
import os
import stat
from pathlib import Path

import pytest
from cryptography import x509

from common.net.certificates import CertificateError, chain_from_pem, key_to_pem, new_key, public_key, spki_sha256
from common.protocol.certificate_requests import Issued, RelayCertificateRequest
from deploy.demo.programs import until
from relay.ca.client import AuthorityClient, AuthorityUnavailableError
from relay.ca.renewal import RelayCertificate, hosts_of
from tests.support.ca import Organisation

DAY = 86400.0


class Relay:
    """A relay's two files and its CA, without the mailbox between."""

    def __init__(self, folder: Path) -> None:
        self.organisation = Organisation(folder)
        self.certificate = folder / "relay-cert.pem"
        self.key = folder / "relay-key.pem"
        self.pair = RelayCertificate(certificate=self.certificate, key=self.key, clock=self.organisation.now)

    def issue(self, request: RelayCertificateRequest) -> Issued:
        """The CA's answer."""
        answer = self.organisation.ca.authority.answer(request)
        assert isinstance(answer, Issued)
        return answer


@pytest.fixture
def relay(tmp_path: Path) -> Relay:
    """A relay without a certificate yet."""
    return Relay(tmp_path)


def test_made_once(relay: Relay) -> None:
    """A 0600 key, a chain that ends in the root; asked again the key is the same."""
    assert relay.pair.due()
    relay.pair.put(relay.issue(relay.pair.request()))
    assert not relay.pair.due()
    assert stat.S_IMODE(relay.key.stat().st_mode) == 0o600
    before = relay.key.read_bytes()
    chain = chain_from_pem(relay.certificate.read_bytes())
    assert chain[1] == relay.organisation.root
    assert spki_sha256(public_key(chain[0])) == spki_sha256(public_key(relay.issue(relay.pair.request()).chain[0]))
    assert relay.key.read_bytes() == before


def test_due_when_a_third_is_left(relay: Relay) -> None:
    """31 days in all, the day back included: due from the 20th day minus 8 hours on."""
    relay.pair.put(relay.issue(relay.pair.request()))
    relay.organisation.clock.advance(30 * DAY - 31 * DAY / 3 - 1)
    assert not relay.pair.due()
    relay.organisation.clock.advance(1)
    assert relay.pair.due()


def test_another_keys_certificate_is_never_put_in_place(relay: Relay) -> None:
    """And one that is there is replaced."""
    issued = relay.issue(relay.pair.request())
    relay.pair.put(issued)
    relay.key.write_bytes(key_to_pem(new_key()))
    assert relay.pair.due()
    with pytest.raises(CertificateError):
        relay.pair.put(issued)


def test_a_damaged_certificate_is_due(relay: Relay) -> None:
    """Rather than a relay that does not start."""
    relay.certificate.write_text("x")
    assert relay.pair.due()


async def test_a_running_relay_renews(relay: Relay) -> None:
    """When due; after a failure again; `changed` is called each time, and nothing is done meanwhile."""
    events: list[str] = []
    failures = [AuthorityUnavailableError("unavailable")]

    class Client(AuthorityClient):
        """Fails once."""

        async def submit(self, request: object) -> Issued:
            if failures:
                raise failures.pop()
            assert isinstance(request, RelayCertificateRequest)
            return relay.issue(request)

    async def sleep(seconds: float) -> None:
        events.append(f"sleep {seconds:g}")
        relay.organisation.clock.advance(seconds * 24)
        if len(events) > 25:
            raise asyncio.CancelledError

    client = Client(folder=relay.organisation.mailbox, random=os.urandom)
    with pytest.raises(asyncio.CancelledError):
        await relay.pair.keep(client, lambda: events.append("changed"), sleep=sleep)
    assert events[:3] == ["sleep 60", "changed", "sleep 3600"]
    assert events[3:].index("changed") == 19


async def test_other_names_are_asked_for_at_once(relay: Relay) -> None:
    """Once the list says so, an hour's sleep or not; where the CA has other names yet, not without end."""
    changed: list[frozenset[str]] = []
    slept: list[float] = []
    awake = asyncio.Event()

    class Client(AuthorityClient):
        """The CA itself."""

        async def submit(self, request: object) -> Issued:
            assert isinstance(request, RelayCertificateRequest)
            return relay.issue(request)

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 1:
            awake.set()
        await asyncio.Event().wait()

    def told() -> None:
        leaf = chain_from_pem(relay.certificate.read_bytes())[0]
        changed.append(hosts_of(x509.load_der_x509_certificate(leaf)))

    client = Client(folder=relay.organisation.mailbox, random=os.urandom)
    relay.pair.put(relay.issue(relay.pair.request()))
    task = asyncio.create_task(relay.pair.keep(client, told, sleep=sleep))
    await awake.wait()
    listed = relay.organisation.hosts("relay.example", "new.example", "[2001:DB8:0::1]:8443")
    relay.pair.want(listed.names)
    assert await until(lambda: len(slept) == 2, within=5)
    assert changed == [{"relay.example", "new.example", "2001:db8::1"}]
    assert not relay.pair.due()
    relay.pair.want(["not.yet.example"])
    assert await until(lambda: len(slept) == 3, within=5)
    assert (len(changed), slept[-1]) == (2, 60.0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
