"""A list of host names counts when this organisation's CA signed it, and when it is not older than the one known."""

from pathlib import Path

import msgspec
import pytest

from common.net.certificates import CertificateError, Fault
from common.net.host_list import HostList, load_hosts
from common.protocol.relay_hosts import SignedHosts
from tests.support.ca import Organisation


@pytest.fixture
def organisation(tmp_path: Path) -> Organisation:
    """Whose CA signs."""
    return Organisation(tmp_path)


def why(document: bytes, root: bytes, known: HostList | None = None) -> Fault:
    """Why it is refused."""
    with pytest.raises(CertificateError) as caught:
        load_hosts(document, root, known=known)
    return caught.value.code


def test_the_organisations_own_list_counts(organisation: Organisation) -> None:
    """Its names in their order, each once though it stands with two ports."""
    document = organisation.hosts("b.example", "a.example:8443", "b.example:80").document
    held = load_hosts(document, organisation.root)
    assert held.addresses == (("b.example", 443), ("a.example", 8443), ("b.example", 80))
    assert held.names == ("b.example", "a.example")


def test_a_foreign_or_changed_list_is_refused(organisation: Organisation, tmp_path: Path) -> None:
    """Another organisation's, also of the same name; one byte of the list, or of the signature."""
    twin = Organisation(tmp_path / "twin").hosts("evil.example").document
    assert why(twin, organisation.root) is Fault.BAD_SIGNATURE
    document = organisation.hosts("a.example").document
    signed = msgspec.json.decode(document, type=SignedHosts)
    changed = msgspec.structs.replace(signed, list=signed.list.replace(b"a.example", b"b.example"))
    assert why(msgspec.json.encode(changed), organisation.root) is Fault.BAD_SIGNATURE
    changed = msgspec.structs.replace(signed, signature=signed.signature[:-1] + bytes([signed.signature[-1] ^ 1]))
    assert why(msgspec.json.encode(changed), organisation.root) is Fault.BAD_SIGNATURE
    assert why(b"{}", organisation.root) is Fault.MALFORMED


def test_an_older_list_is_refused(organisation: Organisation) -> None:
    """A lower number, and the same number with another text; the same list again is fine."""
    old, new = organisation.hosts("a.example"), organisation.hosts("b.example")
    assert new.number > old.number
    assert why(old.document, organisation.root, new) is Fault.HOSTS_ROLLED_BACK
    assert load_hosts(new.document, organisation.root, known=new) == new
    other = HostList(document=b"another", number=new.number, addresses=())
    assert why(new.document, organisation.root, other) is Fault.HOSTS_ROLLED_BACK
