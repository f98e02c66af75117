"""The relay's names, ordered at the CA: signed, numbered, and what lines and the relay's certificate go by."""

import os
from pathlib import Path

import pytest
from cryptography import x509

from common.host.errors import TasukiError
from common.net.certificates import make_csr, new_key
from common.net.host_list import load_hosts
from common.protocol.certificate_requests import Issued, RelayCertificateRequest
from relay.ca.client import AuthorityClient
from relay.ca.hosts import AHEAD, parse_hosts
from relay.ca.opening import open_ca
from relay.ca.renewal import hosts_of
from tests.support.ca import Organisation


@pytest.fixture
def organisation(tmp_path: Path) -> Organisation:
    """Made with relay.example:8443."""
    return Organisation(tmp_path)


def certified(organisation: Organisation) -> frozenset[str]:
    """What the relay's next certificate names."""
    answer = organisation.ca.authority.answer(RelayCertificateRequest(csr=make_csr(new_key())))
    assert isinstance(answer, Issued)
    return hosts_of(x509.load_der_x509_certificate(answer.chain[0]))


def test_a_new_ca_has_signed_its_first_list(organisation: Organisation) -> None:
    """And nothing of it stands in ca.toml."""
    signed = organisation.ca.authority.names.signed()
    assert signed is not None
    assert signed.addresses == (("relay.example", 8443),)
    assert "relay.example" not in (organisation.folder / "ca.toml").read_text()
    assert certified(organisation) == {"relay.example"}


def test_lines_and_certificate_go_by_the_list(organisation: Organisation) -> None:
    """The first name with its port stands in lines; all are in the certificate, each once."""
    organisation.hosts("new.example", "relay.example:8443", "new.example:80", "192.0.2.1", "2001:DB8:0::1".join("[]"))
    line = organisation.line()
    assert (line.host, line.port) == ("new.example", 443)
    assert certified(organisation) == {"new.example", "relay.example", "192.0.2.1", "2001:db8::1"}


def test_the_number_rises_whatever_the_clock(organisation: Organisation) -> None:
    """Each list has a higher one: within a second, with the clock turned back, and where the last one is damaged."""
    numbers = [organisation.hosts(f"a{number}.example").number for number in range(3)]
    organisation.clock.advance(-86400)
    numbers.append(organisation.hosts("b.example").number)
    organisation.clock.advance(2 * 86400)
    numbers.append(organisation.hosts("c.example").number)
    assert numbers[-1] == organisation.now().timestamp()
    (organisation.folder / "hosts.json").write_bytes(b"x")
    numbers.append(
        organisation.ca.authority.names.sign(parse_hosts(["d.example"]), organisation.ca.authority._key).number
    )
    assert numbers[-1] == organisation.now().timestamp() + AHEAD + 1
    assert numbers == sorted(set(numbers))


def test_a_damaged_list_is_said_and_hinders_no_revocation(organisation: Organisation) -> None:
    """No line is made that leads nowhere; revocation lists are signed and published as ever."""
    (organisation.folder / "hosts.json").write_bytes(b"x")
    with pytest.raises(TasukiError) as caught:
        organisation.line()
    assert caught.value.code == "ca_record_damaged"
    before = (organisation.mailbox / "hosts.json").read_bytes()
    number = organisation.crl().number
    organisation.ca.publish()
    assert load_hosts((organisation.mailbox / "hosts.json").read_bytes(), organisation.root).document == before
    assert organisation.ca.authority.crl_number() == number


def test_an_older_programs_folder_goes_by_ca_toml(organisation: Organisation) -> None:
    """Until the first order; agents are told no list before."""
    (organisation.folder / "hosts.json").unlink()
    (organisation.mailbox / "hosts.json").unlink()
    path = organisation.folder / "ca.toml"
    path.write_text('relay = ["old.example", "192.0.2.1"]\nport = 8443\n' + path.read_text())
    ca = organisation.ca = open_ca(organisation.folder, clock=organisation.now, random=os.urandom)
    assert ca.authority.names.addresses() == (("old.example", 8443), ("192.0.2.1", 8443))
    assert organisation.line().host == "old.example"
    assert certified(organisation) == {"old.example", "192.0.2.1"}
    ca.publish()
    assert not (organisation.mailbox / "hosts.json").exists()
    organisation.hosts("new.example")
    assert certified(organisation) == {"new.example"}


def test_a_persons_name_is_no_name_of_the_relays(organisation: Organisation) -> None:
    """Nor the other way round."""
    organisation.line(name="help.example")
    with pytest.raises(TasukiError) as caught:
        organisation.ca.registrar.check_host("help.example")
    assert caught.value.code == "name_taken"
    organisation.hosts("new.example")
    with pytest.raises(TasukiError) as caught:
        organisation.line(name="new.example")
    assert caught.value.code == "name_taken"


@pytest.mark.parametrize(
    ("hosts", "code"), [(["a b"], "ca_bad_host"), ([f"a{n}.example" for n in range(9)], "ca_hosts_many")]
)
def test_what_no_name_is_is_refused(hosts: list[str], code: str) -> None:
    """One more than eight; a name that is none."""
    with pytest.raises(TasukiError) as caught:
        parse_hosts(hosts)
    assert caught.value.code == code
    assert len(parse_hosts([f"a{n}.example" for n in range(8)] + ["A0.EXAMPLE."])) == 8


async def test_the_relay_sees_the_newest_and_never_an_older_one(organisation: Organisation) -> None:
    """Nor a foreign one: the mailbox is anybody's."""
    client = AuthorityClient(folder=organisation.mailbox, random=os.urandom)
    first = await client.hosts()
    assert first is not None
    published = organisation.mailbox / "hosts.json"
    old = published.read_bytes()
    newer = organisation.hosts("new.example")
    organisation.ca.publish()
    assert await client.hosts() == newer
    for bad in (old, b"x"):
        published.unlink()
        published.write_bytes(bad)
        assert await client.hosts() == newer
