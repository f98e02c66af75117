"""Certificates: what a good chain is, and every way in which one is not."""

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given
from hypothesis import strategies as st

from common.net.certificates import (
    CertificateError,
    Fault,
    Identity,
    chain_from_pem,
    chain_to_pem,
    check_signature,
    key_from_pem,
    key_to_pem,
    make_csr,
    new_key,
    organisation_of,
    public_key,
    read_csr,
    root_fingerprint,
    spki_sha256,
    verify_chain,
    verify_issued,
)
from common.protocol.identity import Role
from relay.ca.issuing import make_root
from tests.support.ca import Organisation
from tests.support.clock import START

URI = "tasuki://Example/user/00000000-0000-4000-8000-000000000001"
USAGE = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


@pytest.fixture
def organisation(tmp_path: Path) -> Organisation:
    """An organisation with a CA."""
    return Organisation(tmp_path)


def refusal(call: Callable[..., object], *arguments: object) -> Fault:
    """Why `call` refuses."""
    with pytest.raises(CertificateError) as caught:
        call(*arguments)
    return caught.value.code


class Forge:
    """A root of its own that signs whatever it is told to."""

    def __init__(self, organisation: str = "Example") -> None:
        self.key: CertificateIssuerPrivateKeyTypes = new_key()
        self.root = make_root(self.key, organisation=organisation, now=START, serial=1)

    def leaf(
        self,
        *extensions: tuple[x509.ExtensionType, bool],
        names: tuple[str, ...] = ("Anna",),
        key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey | None = None,
        without: type[x509.ExtensionType] | None = None,
    ) -> bytes:
        """A user's certificate but for what is given."""
        parts: dict[type[x509.ExtensionType], tuple[x509.ExtensionType, bool]] = {
            x509.BasicConstraints: (x509.BasicConstraints(ca=False, path_length=None), True),
            x509.KeyUsage: (USAGE, True),
            x509.ExtendedKeyUsage: (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
            x509.SubjectAlternativeName: (
                x509.SubjectAlternativeName([x509.UniformResourceIdentifier(URI)]),
                False,
            ),
        }
        parts.update({type(extension): (extension, critical) for extension, critical in extensions})
        if without is not None:
            del parts[without]
        root = x509.load_der_x509_certificate(self.root)
        builder = (
            x509.CertificateBuilder()
            .issuer_name(root.subject)
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name) for name in names]))
            .public_key(key or new_key().public_key())
            .serial_number(2)
            .not_valid_before(START - timedelta(days=1))
            .not_valid_after(START + timedelta(days=30))
        )
        for extension, critical in parts.values():
            builder = builder.add_extension(extension, critical)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def refused(self, *extensions: tuple[x509.ExtensionType, bool], names: tuple[str, ...] = ("Anna",)) -> Fault:
        """Why such a certificate is refused."""
        return refusal(lambda: verify_issued([self.leaf(*extensions, names=names)], self.root))


def test_a_good_chain_says_who_it_is(organisation: Organisation) -> None:
    """URI, name, role, serial and key come out, with and without the root at the end of the chain."""
    person = organisation.person(Role.HELPER, "Hana")
    for chain in (person.chain, person.chain[:1]):
        peer = verify_chain(chain, organisation.root, crl=organisation.crl(), now=START, role=Role.HELPER)
        assert (peer.name, peer.role, peer.uri.organisation) == ("Hana", Role.HELPER, "Example")
        assert peer.spki_sha256 == spki_sha256(person.key)
        assert peer.leaf == person.leaf
        assert (peer.not_before, peer.not_after) == (START - timedelta(days=1), START + timedelta(days=30))


def test_the_organisation_has_a_name_of_its_own(tmp_path: Path) -> None:
    """In any script, in the root and in each certificate; where there is none, the short one of URIs is read."""
    organisation = Organisation(tmp_path, display_name="さくら学園 (Sakura)")
    person = organisation.person(Role.USER)
    peer = verify_chain(person.chain, organisation.root, crl=organisation.crl(), now=START)
    assert (peer.organisation_name, peer.uri.organisation) == ("さくら学園 (Sakura)", "Example")
    assert organisation_of(organisation.root) == "さくら学園 (Sakura)"
    plain = Organisation(tmp_path / "other")
    peer = verify_chain(plain.person(Role.USER).chain, plain.root, crl=plain.crl(), now=START)
    assert peer.organisation_name == organisation_of(plain.root) == "Example"


@pytest.mark.parametrize("name", ["a\u202eb", "a\nb", " a", "x" * 101, "a\u200bb"])
def test_a_name_that_is_none_is_not_shown(name: str) -> None:
    """Whoever has signed it: the short one is read instead."""
    root = make_root(new_key(), organisation="Example", now=START, serial=1, display_name=name)
    assert organisation_of(root) == "Example"


def test_either_role_may_come_where_none_is_named(organisation: Organisation) -> None:
    """Matching takes users and helpers."""
    crl = organisation.crl()
    for role, name in ((Role.USER, "Anna"), (Role.HELPER, "Hana")):
        assert verify_chain(organisation.person(role, name).chain, organisation.root, crl=crl, now=START).role is role


def test_the_wrong_role_is_refused(organisation: Organisation) -> None:
    """A user is no helper."""
    person = organisation.person(Role.USER)
    crl = organisation.crl()
    why = refusal(lambda: verify_chain(person.chain, organisation.root, crl=crl, now=START, role=Role.HELPER))
    assert why is Fault.WRONG_ROLE


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (START - timedelta(days=1, seconds=1), Fault.NOT_YET_VALID),
        (START - timedelta(days=1), None),
        (START + timedelta(days=30), None),
        (START + timedelta(days=30, seconds=1), Fault.EXPIRED),
    ],
)
def test_both_ends_of_validity_count_to_the_second(tmp_path: Path, now: datetime, why: Fault | None) -> None:
    """Valid from 24 hours back to 30 days ahead, both moments included."""
    organisation = Organisation(tmp_path)
    person = organisation.person()
    organisation.clock.advance((now - START).total_seconds())
    crl = organisation.crl()
    if why is None:
        assert verify_chain(person.chain, organisation.root, crl=crl, now=now)
    else:
        assert refusal(lambda: verify_chain(person.chain, organisation.root, crl=crl, now=now)) is why


def test_a_revoked_certificate_is_refused_and_its_neighbour_is_not(organisation: Organisation) -> None:
    """The list names serials."""
    anna, ben = organisation.person(name="Anna"), organisation.person(name="Ben")
    crl = organisation.revoke("Anna")
    assert refusal(lambda: verify_chain(anna.chain, organisation.root, crl=crl, now=START)) is Fault.REVOKED
    assert verify_chain(ben.chain, organisation.root, crl=crl, now=START).name == "Ben"


def test_an_empty_list_is_a_list_and_none_is_not(organisation: Organisation) -> None:
    """Nothing revoked is fine; nothing known is refused."""
    person = organisation.person()
    crl = organisation.crl()
    assert len(crl) == 0
    assert crl
    assert verify_chain(person.chain, organisation.root, crl=crl, now=START)
    assert refusal(lambda: verify_chain(person.chain, organisation.root, crl=None, now=START)) is Fault.NO_CRL


def test_an_old_list_is_refused(organisation: Organisation) -> None:
    """A relay that withholds lists gets nobody in once the last one is over."""
    person = organisation.person()
    crl = organisation.crl()
    last = START + timedelta(days=1)
    assert verify_chain(person.chain, organisation.root, crl=crl, now=last)
    late = last + timedelta(seconds=1)
    assert refusal(lambda: verify_chain(person.chain, organisation.root, crl=crl, now=late)) is Fault.CRL_STALE


def test_revoked_is_said_rather_than_stale(organisation: Organisation) -> None:
    """An old list still says whom it names."""
    person = organisation.person()
    crl = organisation.revoke("Anna")
    late = START + timedelta(days=2)
    assert refusal(lambda: verify_chain(person.chain, organisation.root, crl=crl, now=late)) is Fault.REVOKED


def test_another_organisations_root_is_refused(organisation: Organisation, tmp_path: Path) -> None:
    """Same name, other root: with its own root in the chain, with ours, and with none."""
    other = Organisation(tmp_path / "other")
    stranger = other.person()
    for chain in (stranger.chain, (stranger.leaf, organisation.root), (stranger.leaf,)):
        assert refusal(verify_issued, chain, organisation.root) is Fault.WRONG_ROOT


def test_a_root_that_names_another_organisation_is_refused() -> None:
    """The URI's organisation is the root's."""
    forge = Forge("Elsewhere")
    assert refusal(lambda: verify_issued([forge.leaf()], forge.root)) is Fault.WRONG_ORGANISATION


def test_the_root_itself_is_nobody(organisation: Organisation) -> None:
    """A chain of the root alone is no person's."""
    assert refusal(lambda: verify_issued([organisation.root], organisation.root)) is Fault.MALFORMED


def test_a_leaf_signs_nobody(organisation: Organisation) -> None:
    """A certificate issued by somebody's leaf is refused, however the chain is put together."""
    person = organisation.person()
    forge = Forge()
    forge.key = person.key
    forge.root = person.leaf
    minted = forge.leaf()
    assert refusal(lambda: verify_issued([minted, organisation.root], organisation.root)) is Fault.WRONG_ROOT
    chain = [minted, person.leaf, organisation.root]
    assert refusal(lambda: verify_issued(chain, organisation.root)) is Fault.TOO_LONG
    assert refusal(lambda: verify_issued([minted, person.leaf], organisation.root)) is Fault.WRONG_ROOT


def test_an_empty_chain_and_garbage_are_malformed(organisation: Organisation) -> None:
    """No certificate, no DER, half a DER, too much of it."""
    leaf = organisation.person().leaf
    for chain in ([], [b""], [b"\x30\x82"], [leaf[:-1]], [leaf + b"\0"], [b"\x30" * 20_000]):
        assert refusal(verify_issued, chain, organisation.root) is Fault.MALFORMED


@pytest.mark.filterwarnings("ignore")  # the library warns of serial numbers and names that it still reads
def test_a_flipped_bit_anywhere_is_refused(organisation: Organisation) -> None:
    """Nothing in a certificate is outside the signature (but for the padding of the signature's own bit string)."""
    leaf = organisation.person().leaf
    signed = x509.load_der_x509_certificate(leaf).tbs_certificate_bytes
    for at in range(len(leaf)):
        for bit in (1, 0x20, 0x80):
            broken = bytearray(leaf)
            broken[at] ^= bit
            with contextlib.suppress(CertificateError):
                verify_issued([bytes(broken)], organisation.root)
                assert x509.load_der_x509_certificate(bytes(broken)).tbs_certificate_bytes == signed
            with contextlib.suppress(CertificateError):
                public_key(bytes(broken))


@given(st.binary(max_size=400))
def test_no_bytes_make_reading_fail_in_another_way(data: bytes) -> None:
    """Garbage is a CertificateError, never a surprise."""
    for call in (read_csr, public_key, key_from_pem, chain_from_pem):
        with pytest.raises(CertificateError):
            call(data)


def uris(*texts: str) -> x509.SubjectAlternativeName:
    """A subject alternative name of URIs."""
    return x509.SubjectAlternativeName([x509.UniformResourceIdentifier(text) for text in texts])


@pytest.mark.parametrize(
    ("extension", "critical", "why"),
    [
        (uris("https://example.org/"), False, Fault.MALFORMED),
        (uris("tasuki://Example/operator/00000000-0000-4000-8000-000000000001"), False, Fault.MALFORMED),
        (uris(URI, URI), False, Fault.MALFORMED),
        (x509.SubjectAlternativeName([x509.DNSName("relay.example")]), False, Fault.MALFORMED),
        (
            x509.SubjectAlternativeName([x509.UniformResourceIdentifier(URI), x509.DNSName("relay.example")]),
            False,
            Fault.MALFORMED,
        ),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False, Fault.WRONG_ROLE),
        (
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
            False,
            Fault.WRONG_ROLE,
        ),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]), False, Fault.WRONG_ROLE),
        (x509.BasicConstraints(ca=True, path_length=None), True, Fault.MALFORMED),
        (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True, Fault.MALFORMED),
    ],
)
def test_what_a_persons_certificate_may_not_say(extension: x509.ExtensionType, critical: bool, why: Fault) -> None:
    """Signed by the right root, and refused all the same."""
    assert Forge().refused((extension, critical)) is why


def test_an_unknown_extension_that_is_not_critical_does_no_harm() -> None:
    """RFC 5280, 4.2: it may be ignored."""
    forge = Forge()
    extension = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    assert verify_issued([forge.leaf((extension, False))], forge.root).name == "Anna"


@pytest.mark.parametrize(
    "missing", [x509.BasicConstraints, x509.KeyUsage, x509.ExtendedKeyUsage, x509.SubjectAlternativeName]
)
def test_every_extension_must_be_there(missing: type[x509.ExtensionType]) -> None:
    """A missing extension is no permission."""
    forge = Forge()
    assert refusal(lambda: verify_issued([forge.leaf(without=missing)], forge.root)) is Fault.MALFORMED


@pytest.mark.parametrize("names", [(), ("Anna", "Ben"), ("An\u202ena",), (" Anna",), ("A\u0308nna",), ("A\u200bnna",)])
def test_there_is_one_name_and_it_can_be_read(names: tuple[str, ...]) -> None:
    """No name, two, one that turns around, hides, or is not NFC."""
    assert Forge().refused(names=names) is Fault.MALFORMED


@pytest.mark.parametrize("key", [ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)])
def test_other_keys_are_refused(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> None:
    """P-256 or nothing, in certificates, requests and files."""
    forge = Forge()
    leaf = forge.leaf(key=key.public_key())
    assert refusal(lambda: verify_issued([leaf], forge.root)) is Fault.WRONG_KEY
    csr = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    assert refusal(lambda: read_csr(csr.public_bytes(serialization.Encoding.DER))) is Fault.WRONG_KEY
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    assert refusal(lambda: key_from_pem(pem)) is Fault.WRONG_KEY


def test_a_root_of_another_kind_signs_nobody() -> None:
    """An Ed25519 root's leaf does not count, signed well or not."""
    forge = Forge()
    forge.key = ed25519.Ed25519PrivateKey.generate()
    root = x509.load_der_x509_certificate(forge.root)
    leaf = (
        x509.CertificateBuilder()
        .issuer_name(root.subject)
        .subject_name(root.subject)
        .public_key(new_key().public_key())
        .serial_number(2)
        .not_valid_before(START)
        .not_valid_after(START + timedelta(days=1))
        .sign(forge.key, None)
    )
    der = leaf.public_bytes(serialization.Encoding.DER)
    assert refusal(lambda: verify_issued([der], forge.root)) is Fault.WRONG_ROOT


def test_a_request_proves_possession_of_its_key() -> None:
    """The key comes out; a request with another's signature does not pass."""
    key = new_key()
    csr = make_csr(key)
    assert spki_sha256(read_csr(csr)) == spki_sha256(key)
    broken = bytearray(csr)
    broken[-1] ^= 1
    assert refusal(lambda: read_csr(bytes(broken))) in {Fault.BAD_SIGNATURE, Fault.MALFORMED}
    assert refusal(lambda: read_csr(csr + b"\0" * 20_000)) is Fault.MALFORMED


def test_a_request_signed_with_a_weaker_hash_is_refused() -> None:
    """SHA-256 everywhere."""
    csr = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(new_key(), hashes.SHA224())
    assert refusal(lambda: read_csr(csr.public_bytes(serialization.Encoding.DER))) is Fault.BAD_SIGNATURE


def test_signatures_are_checked_against_the_certificates_key(organisation: Organisation) -> None:
    """Ours passes; another's, one over other data, and no signature at all do not."""
    anna, ben = organisation.person(name="Anna"), organisation.person(name="Ben")
    check_signature(anna.leaf, anna.sign(b"nonce"), b"nonce")
    for signature, data in ((ben.sign(b"nonce"), b"nonce"), (anna.sign(b"nonce"), b"other"), (b"", b"nonce")):
        assert refusal(check_signature, anna.leaf, signature, data) is Fault.BAD_SIGNATURE


def test_keys_and_chains_survive_pem(organisation: Organisation) -> None:
    """What is written can be read again; what is shown holds no key."""
    person = organisation.person()
    assert spki_sha256(key_from_pem(key_to_pem(person.key))) == spki_sha256(person.key)
    assert chain_from_pem(chain_to_pem(person.chain)) == person.chain
    assert "key" not in repr(person).partition("chain")[0]
    assert isinstance(person, Identity)
    assert refusal(lambda: chain_from_pem(b"-----BEGIN CERTIFICATE-----\n")) is Fault.MALFORMED


def test_the_fingerprint_is_sha_256_of_the_der(organisation: Organisation) -> None:
    """ROOT in an enrolment line."""
    digest = x509.load_der_x509_certificate(organisation.root).fingerprint(hashes.SHA256())
    assert root_fingerprint(organisation.root) == digest


def test_times_are_aware(organisation: Organisation) -> None:
    """Nobody compares a naive time by mistake."""
    peer = verify_issued(organisation.person().chain, organisation.root)
    assert peer.not_after.tzinfo is UTC
