"""Revocation lists: whose counts, which are refused, and what a list says."""

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from common.net.certificates import new_key, verify_issued
from common.net.revocation import CRL_LIMIT, CertificateError, Fault, load_crl
from relay.ca.issuing import make_root
from tests.support.ca import Organisation
from tests.support.clock import START


@pytest.fixture
def organisation(tmp_path: Path) -> Organisation:
    """An organisation with a CA."""
    return Organisation(tmp_path)


def why(der: bytes, root: bytes, *, minimum: int = 0) -> Fault:
    """Why this list is refused."""
    with pytest.raises(CertificateError) as caught:
        load_crl(der, root, minimum=minimum)
    return caught.value.code


def made(*extensions: tuple[x509.ExtensionType, bool]) -> tuple[bytes, bytes]:
    """A list with these extensions, and the root that signed it."""
    key = new_key()
    root = make_root(key, organisation="Example", now=START, serial=1)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(x509.load_der_x509_certificate(root).subject)
        .last_update(START)
        .next_update(START + timedelta(days=1))
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER), root


def test_a_list_names_the_revoked(organisation: Organisation) -> None:
    """Serial by serial; the list without entries is still true as a condition."""
    serial = verify_issued(organisation.person().chain, organisation.root).serial
    empty = organisation.crl()
    assert (len(empty), bool(empty), empty.is_revoked(serial)) == (0, True, False)
    full = organisation.revoke("Anna")
    assert (len(full), full.is_revoked(serial), full.is_revoked(serial + 1)) == (1, True, False)


def test_times_and_number(organisation: Organisation) -> None:
    """thisUpdate lies a day back, nextUpdate a day ahead; every list has a higher number."""
    first, second = organisation.crl(), organisation.crl()
    assert (first.this_update, first.next_update) == (START - timedelta(days=1), START + timedelta(days=1))
    assert second.number > first.number >= int(START.timestamp())


def test_a_lower_number_is_refused_and_the_same_is_not(organisation: Organisation) -> None:
    """Rolling back gives nobody back their certificate."""
    crl = organisation.crl()
    assert load_crl(crl.der, organisation.root, minimum=crl.number).number == crl.number
    assert why(crl.der, organisation.root, minimum=crl.number + 1) is Fault.CRL_ROLLED_BACK


def test_another_roots_list_is_refused(organisation: Organisation, tmp_path: Path) -> None:
    """By its issuer's name, and where the names are equal by the signature."""
    twin, other = Organisation(tmp_path / "twin"), Organisation(tmp_path / "other", name="Other")
    assert why(twin.crl().der, organisation.root) is Fault.WRONG_ROOT
    assert why(other.crl().der, organisation.root) is Fault.WRONG_ROOT


def test_freshness_to_the_second(organisation: Organisation) -> None:
    """Both ends are included; before and after are refused."""
    crl = organisation.crl()
    for now, fault in (
        (crl.this_update - timedelta(seconds=1), Fault.NOT_YET_VALID),
        (crl.this_update, None),
        (crl.next_update, None),
        (crl.next_update + timedelta(seconds=1), Fault.CRL_STALE),
    ):
        if fault is None:
            crl.check_fresh(now)
        else:
            with pytest.raises(CertificateError) as caught:
                crl.check_fresh(now)
            assert caught.value.code is fault


def test_garbage_and_too_much_are_malformed(organisation: Organisation) -> None:
    """No DER, half of one, more than the bound, a broken root."""
    der = organisation.crl().der
    for data in (b"", b"\x30\x82", der[:-1], der + b"\0", b"\0" * (CRL_LIMIT + 1)):
        assert why(data, organisation.root) is Fault.MALFORMED
    assert why(der, b"") is Fault.MALFORMED


@pytest.mark.filterwarnings("ignore")  # the library warns of serial numbers that it still reads
def test_flipped_bits_are_refused(organisation: Organisation) -> None:
    """Whatever was changed, but for the padding of the signature's bit string, which says nothing."""
    organisation.person()
    good = organisation.revoke("Anna")
    der = good.der
    signed = x509.load_der_x509_crl(der).tbs_certlist_bytes
    for at in range(len(der)):
        for bit in (1, 0x20, 0x80):
            broken = bytearray(der)
            broken[at] ^= bit
            try:
                load_crl(bytes(broken), organisation.root)
            except CertificateError:
                continue
            assert x509.load_der_x509_crl(bytes(broken)).tbs_certlist_bytes == signed


def test_a_list_without_an_end_is_malformed() -> None:
    """RFC 5280 wants nextUpdate; without it a list would be good for ever."""
    key = new_key()
    root = make_root(key, organisation="Example", now=START, serial=1)
    der, _ = made((x509.CRLNumber(5), False))
    inner = x509.load_der_x509_crl(der).tbs_certlist_bytes
    head, update = b"\x17\x0d260301090000Z", b"\x17\x0d260302090000Z"
    assert head + update in inner
    # The library signs no such list: take nextUpdate out, mend the lengths, and sign by hand.
    body = inner.replace(head + update, head)
    content = body[2:] if body[1] < 0x80 else body[3:]
    shorter = b"\x30" + (bytes([len(content)]) if len(content) < 0x80 else bytes([0x81, len(content)])) + content
    signature = b"\x00" + key.sign(shorter, ec.ECDSA(hashes.SHA256()))
    algorithm = bytes.fromhex("300a06082a8648ce3d040302")
    whole = shorter + algorithm + b"\x03" + bytes([len(signature)]) + signature
    made_by_hand = b"\x30" + bytes([0x81, len(whole)]) + whole
    if len(whole) > 255:
        made_by_hand = b"\x30\x82" + len(whole).to_bytes(2, "big") + whole
    assert x509.load_der_x509_crl(made_by_hand).next_update_utc is None
    assert why(made_by_hand, root) is Fault.MALFORMED


def test_a_root_with_another_kind_of_key_signs_no_list() -> None:
    """RSA is not what our roots have."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example")])
    root = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(START)
        .not_valid_after(START + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    crl = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(name)
        .last_update(START)
        .next_update(START + timedelta(days=1))
        .add_extension(x509.CRLNumber(1), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.DER
    assert why(crl.public_bytes(encoding), root.public_bytes(encoding)) is Fault.WRONG_KEY


def test_a_list_without_a_number_is_malformed() -> None:
    """Without one nobody could tell old from new."""
    der, root = made()
    assert why(der, root) is Fault.MALFORMED


def test_a_list_that_may_be_partial_is_malformed() -> None:
    """A critical extension (delta list, distribution point) means that it does not hold everything."""
    der, root = made((x509.CRLNumber(5), False), (x509.DeltaCRLIndicator(4), True))
    assert why(der, root) is Fault.MALFORMED
