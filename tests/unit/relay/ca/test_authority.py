"""The authority: who gets a certificate, who does not, and that nothing is ever issued twice."""

import concurrent.futures
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from cryptography import x509

from common.net.certificates import Identity, make_csr, new_key, verify_chain, verify_issued
from common.net.revocation import load_crl
from common.protocol.certificate_requests import (
    Answer,
    EnrolRequest,
    Issued,
    NotIssued,
    Refusal,
    RelayCertificateRequest,
    RenewRequest,
)
from common.protocol.identity import Role
from relay.ca import authority as module
from relay.ca.authority import CertificateAuthority
from relay.ca.issuing import make_root, new_serial
from tests.support.ca import Organisation, enrol_request, identity, renew_request
from tests.support.clock import START

DAY = 86400.0


@pytest.fixture
def organisation(tmp_path: Path) -> Organisation:
    """An organisation with a CA."""
    return Organisation(tmp_path)


@pytest.fixture
def authority(organisation: Organisation) -> CertificateAuthority:
    """Its CA."""
    return organisation.ca.authority


def refused(answer: Answer) -> str:
    """The code of a refusal."""
    assert isinstance(answer, NotIssued), answer
    return answer.code


def test_an_enrolment_gives_what_the_operator_wrote(
    organisation: Organisation, authority: CertificateAuthority
) -> None:
    """Account, role and name are the code's; the life is 30 days from now and a day back."""
    line, record = organisation.ca.registrar.make_code(role=Role.HELPER, name="Hana 花")
    key = new_key()
    answer = authority.answer(enrol_request(line, Role.HELPER, key))
    assert isinstance(answer, Issued)
    assert (answer.account, answer.role, answer.name) == (record.account, "helper", "Hana 花")
    assert (answer.organisation, answer.not_after) == ("Example", (START + timedelta(days=30)).timestamp())
    peer = verify_chain(answer.chain, organisation.root, crl=organisation.crl(), now=START, role=Role.HELPER)
    assert (peer.name, peer.uri.account) == ("Hana 花", record.account)
    assert answer.serial == f"{peer.serial:040x}"
    assert peer.not_before == START - timedelta(days=1)


def test_a_code_makes_one_certificate(organisation: Organisation, authority: CertificateAuthority) -> None:
    """Another key with the same code is refused, whatever it proves."""
    line = organisation.line()
    assert isinstance(authority.answer(enrol_request(line, Role.USER, new_key())), Issued)
    assert refused(authority.answer(enrol_request(line, Role.USER, new_key()))) == Refusal.CODE_USED
    assert len(list(authority.folder.all_issued())) == 1


def test_the_same_request_again_gives_the_same_certificate(
    organisation: Organisation, authority: CertificateAuthority
) -> None:
    """An answer that was lost is given again, not made again."""
    request = enrol_request(organisation.line(), Role.USER, new_key())
    assert authority.answer(request) == authority.answer(request)


def test_a_replay_with_a_swapped_request_is_refused(
    organisation: Organisation, authority: CertificateAuthority
) -> None:
    """Id and proof that a relay saw give nothing for its own key, before and after the code was used."""
    line, key = organisation.line(), new_key()
    honest = enrol_request(line, Role.USER, key)
    swapped = enrol_request(line, Role.USER, key, csr_key=new_key())
    assert refused(authority.answer(swapped)) == Refusal.BAD_PROOF
    assert isinstance(authority.answer(honest), Issued)
    assert refused(authority.answer(swapped)) == Refusal.CODE_USED


def test_a_wrong_proof_does_not_use_the_code_up(organisation: Organisation, authority: CertificateAuthority) -> None:
    """Who only knows the id cannot spoil the enrolment."""
    line, key = organisation.line(), new_key()
    bad = msgspec.structs.replace(enrol_request(line, Role.USER, key), proof="0" * 64)
    assert refused(authority.answer(bad)) == Refusal.BAD_PROOF
    assert isinstance(authority.answer(enrol_request(line, Role.USER, key)), Issued)


def test_the_role_is_the_codes(organisation: Organisation, authority: CertificateAuthority) -> None:
    """A user's code makes no helper, proven or not, and remains good."""
    line, key = organisation.line(Role.USER), new_key()
    assert refused(authority.answer(enrol_request(line, Role.HELPER, key))) == Refusal.WRONG_ROLE
    relabelled = msgspec.structs.replace(enrol_request(line, Role.USER, key), role=Role.HELPER)
    assert refused(authority.answer(relabelled)) == Refusal.BAD_PROOF
    assert isinstance(authority.answer(enrol_request(line, Role.USER, key)), Issued)


def test_an_unknown_code_is_unknown(authority: CertificateAuthority) -> None:
    """An id that was never given out."""
    request = EnrolRequest(id="0" * 64, role=Role.USER, csr=make_csr(new_key()), proof="0" * 64)
    assert refused(authority.answer(request)) == Refusal.CODE_UNKNOWN


@pytest.mark.parametrize(("after", "good"), [(DAY - 1, True), (DAY, False), (DAY + 1, False)])
def test_a_code_lives_a_day(
    organisation: Organisation, authority: CertificateAuthority, after: float, good: bool
) -> None:
    """To the second."""
    line = organisation.line()
    organisation.clock.advance(after)
    answer = authority.answer(enrol_request(line, Role.USER, new_key()))
    assert isinstance(answer, Issued) if good else refused(answer) == Refusal.CODE_EXPIRED


def test_an_expired_code_is_still_told_from_an_unknown_one(
    organisation: Organisation, authority: CertificateAuthority
) -> None:
    """Also after its secret was forgotten; and a used one from an expired one."""
    line, used = organisation.line(name="Anna"), organisation.line(name="Ben")
    authority.answer(enrol_request(used, Role.USER, new_key()))
    organisation.clock.advance(DAY)
    organisation.ca.registrar.tidy()
    assert refused(authority.answer(enrol_request(line, Role.USER, new_key()))) == Refusal.CODE_EXPIRED
    assert refused(authority.answer(enrol_request(used, Role.USER, new_key()))) == Refusal.CODE_USED
    organisation.clock.advance(91 * DAY)
    organisation.ca.registrar.tidy()
    assert refused(authority.answer(enrol_request(line, Role.USER, new_key()))) == Refusal.CODE_UNKNOWN


@pytest.mark.parametrize("csr", [b"x", make_csr(new_key())[:-3]])
def test_a_request_that_is_none_is_malformed(
    organisation: Organisation, authority: CertificateAuthority, csr: bytes
) -> None:
    """In every kind of request; the code stays good."""
    line, key = organisation.line(), new_key()
    good = enrol_request(line, Role.USER, key)
    old = organisation.person(name="Ben")
    for request in (
        msgspec.structs.replace(good, csr=csr),
        RenewRequest(csr=csr, chain=list(old.chain), signature=b"x"),
        RelayCertificateRequest(csr=csr),
    ):
        assert refused(authority.answer(request)) == Refusal.MALFORMED
    assert isinstance(authority.answer(good), Issued)


def test_two_at_once_with_one_code(organisation: Organisation, authority: CertificateAuthority) -> None:
    """Exactly one wins, each time."""
    for turn in range(10):
        line = organisation.line(name=f"Anna {turn}")
        requests = [enrol_request(line, Role.USER, new_key()) for _ in range(4)]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(authority.answer, requests))
        assert sum(isinstance(answer, Issued) for answer in answers) == 1
        assert {answer.code for answer in answers if isinstance(answer, NotIssued)} == {Refusal.CODE_USED}


# renewal


def renewed(organisation: Organisation, old: Identity) -> Identity:
    """The next certificate of `old`."""
    key = new_key()
    return identity(organisation.ca.authority.answer(renew_request(old, key)), key)


def test_a_renewal_is_the_same_person_with_another_key(organisation: Organisation) -> None:
    """URI and name stay, the life begins again."""
    old = organisation.person(Role.HELPER, "Hana")
    organisation.clock.advance(20 * DAY)
    before, after = (verify_issued(one.chain, organisation.root) for one in (old, renewed(organisation, old)))
    assert (after.uri, after.name) == (before.uri, before.name)
    assert after.spki_sha256 != before.spki_sha256
    assert after.not_after == START + timedelta(days=50)


@pytest.mark.parametrize(("days", "why"), [(30, None), (31, None), (430, None), (430.1, Refusal.TOO_OLD)])
def test_renewal_reaches_400_days_beyond_expiry(
    organisation: Organisation, authority: CertificateAuthority, days: float, why: Refusal | None
) -> None:
    """Who needs help twice a year is not locked out; who comes after two years is."""
    old = organisation.person()
    organisation.clock.advance(days * DAY)
    answer = authority.answer(renew_request(old, new_key()))
    assert isinstance(answer, Issued) if why is None else refused(answer) == why


def test_a_renewal_asked_again_gives_the_same_certificate(
    organisation: Organisation, authority: CertificateAuthority
) -> None:
    """A lost answer makes no second certificate."""
    old = organisation.person()
    request = renew_request(old, new_key())
    assert authority.answer(request) == authority.answer(request)
    assert len(list(authority.folder.all_issued())) == 2


def test_a_renewal_needs_the_old_key(organisation: Organisation, authority: CertificateAuthority) -> None:
    """A relay that swaps the request, or takes somebody else's chain, gets nothing."""
    anna, ben = organisation.person(name="Anna"), organisation.person(name="Ben")
    honest = renew_request(anna, new_key())
    swapped = msgspec.structs.replace(honest, csr=make_csr(new_key()))
    assert refused(authority.answer(swapped)) == Refusal.BAD_SIGNATURE
    stolen = msgspec.structs.replace(renew_request(ben, new_key()), chain=list(anna.chain))
    assert refused(authority.answer(stolen)) == Refusal.BAD_SIGNATURE


def test_a_strangers_chain_is_refused(
    organisation: Organisation, authority: CertificateAuthority, tmp_path: Path
) -> None:
    """Another CA's person, garbage, and the relay's own certificate are nobody here."""
    stranger = Organisation(tmp_path / "other").person()
    assert refused(authority.answer(renew_request(stranger, new_key()))) == Refusal.BAD_CERTIFICATE
    key = new_key()
    relay = identity(authority.answer(RelayCertificateRequest(csr=make_csr(key))), key)
    assert refused(authority.answer(renew_request(relay, new_key()))) == Refusal.BAD_CERTIFICATE
    request = msgspec.structs.replace(renew_request(stranger, new_key()), chain=[b"x"])
    assert refused(authority.answer(request)) == Refusal.BAD_CERTIFICATE


def test_the_revoked_are_not_renewed(organisation: Organisation, authority: CertificateAuthority) -> None:
    """Nor given the certificate again that they had before."""
    line, key = organisation.line(), new_key()
    request = enrol_request(line, Role.USER, key)
    person = identity(authority.answer(request), key)
    again = renew_request(person, new_key())
    authority.answer(again)
    organisation.revoke("Anna")
    assert refused(authority.answer(request)) == Refusal.CODE_REVOKED
    for renewal in (again, renew_request(person, new_key())):
        assert refused(authority.answer(renewal)) == Refusal.REVOKED


def test_one_revoked_certificate_is_not_given_out_again(
    organisation: Organisation, authority: CertificateAuthority
) -> None:
    """The code's answer is refused too once its certificate was revoked by its serial."""
    key = new_key()
    request = enrol_request(organisation.line(), Role.USER, key)
    issued = authority.answer(request)
    assert isinstance(issued, Issued)
    organisation.revoke(issued.serial)
    assert refused(authority.answer(request)) == Refusal.REVOKED


def test_a_renewal_works_without_the_records_of_a_lost_day(
    organisation: Organisation, authority: CertificateAuthority
) -> None:
    """A folder that came back from an older backup renews what it does not remember having signed."""
    person = organisation.person()
    for record in list(authority.folder.all_issued()):
        authority.folder.forget_issued(record)
    assert verify_issued(renewed(organisation, person).chain, organisation.root).name == "Anna"


def test_a_new_name_comes_with_the_next_renewal(organisation: Organisation) -> None:
    """The operator renames by a new code for the account; other computers follow when they renew."""
    old = organisation.person(name="Anna")
    account = verify_issued(old.chain, organisation.root).uri.account
    organisation.clock.advance(60)
    organisation.person(name="Anna Berg", account=account)
    assert verify_issued(renewed(organisation, old).chain, organisation.root).name == "Anna Berg"


def test_there_is_a_bound_per_account(
    organisation: Organisation, authority: CertificateAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stolen key cannot fill the disk."""
    monkeypatch.setattr(module, "CERTIFICATES_PER_ACCOUNT", 3)
    person = organisation.person()
    for _ in range(2):
        renewed(organisation, person)
    assert refused(authority.answer(renew_request(person, new_key()))) == Refusal.TOO_MANY


# the relay's own


def test_the_relays_hosts_are_the_settings(organisation: Organisation, authority: CertificateAuthority) -> None:
    """Never the request's: it has none that would be read."""
    answer = authority.answer(RelayCertificateRequest(csr=make_csr(new_key())))
    assert isinstance(answer, Issued)
    assert (answer.account, answer.role, answer.name) == ("", "", "")
    leaf = x509.load_der_x509_certificate(answer.chain[0])
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert list(names) == [x509.DNSName("relay.example")]
    assert answer.chain[1] == organisation.root


def test_a_relays_address_may_be_a_number(tmp_path: Path) -> None:
    """IPv4 and IPv6 addresses stand as addresses."""
    for text, address in (("127.0.0.1:8443", "127.0.0.1"), ("[::1]:8443", "::1")):
        organisation = Organisation(tmp_path / address.replace(":", "-"), relay=text)
        answer = organisation.ca.authority.answer(RelayCertificateRequest(csr=make_csr(new_key())))
        assert isinstance(answer, Issued)
        leaf = x509.load_der_x509_certificate(answer.chain[0])
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert [str(value) for value in names.get_values_for_type(x509.IPAddress)] == [address]


def test_a_fresh_relay_certificate_is_given_again(organisation: Organisation, authority: CertificateAuthority) -> None:
    """Asked twice the same; a new one when a third of its life is gone."""
    request = RelayCertificateRequest(csr=make_csr(new_key()))
    first = authority.answer(request)
    assert authority.answer(request) == first
    organisation.clock.advance(11 * DAY)
    assert authority.answer(request) != first


# lists


def test_numbers_rise_also_when_the_clock_stands_or_falls(
    organisation: Organisation, authority: CertificateAuthority
) -> None:
    """One more at least, and at least the Unix time: a restored backup does not fall behind what agents have seen."""
    first = authority.crl_number()
    organisation.crl()
    assert authority.crl_number() == first + 1
    organisation.clock.advance(1000)
    organisation.crl()
    assert authority.crl_number() == int(START.timestamp()) + 1000


def test_the_expired_leave_the_list_after_a_week(organisation: Organisation) -> None:
    """Not at once: an agent's clock may be slow."""
    organisation.person()
    organisation.revoke("Anna")
    organisation.clock.advance(36 * DAY)
    assert len(organisation.crl()) == 1
    organisation.clock.advance(2 * DAY)
    assert len(organisation.crl()) == 0


def test_a_list_is_kept_and_says_its_time(organisation: Organisation, authority: CertificateAuthority) -> None:
    """What `crl` gives is what was signed last."""
    der = authority.make_crl()
    assert authority.folder.crl() == der
    assert load_crl(der, organisation.root).next_update == START + timedelta(days=1)


def test_serials_are_positive_and_random() -> None:
    """159 bits, never negative, the same length in every file name."""
    serials = {new_serial(bytes([value]).__mul__) for value in range(256)}
    assert all(0 < serial < 1 << 159 for serial in serials)
    assert {len(f"{serial:040x}") for serial in serials} == {40}
    assert len(serials) >= 128


def test_no_leaf_outlives_its_root(tmp_path: Path) -> None:
    """In the root's last month."""
    organisation = Organisation(tmp_path)
    organisation.clock.advance(20 * 366 * DAY - DAY)
    peer = verify_issued(organisation.person().chain, organisation.root)
    assert peer.not_after == START + timedelta(days=20 * 366)


def test_a_root_is_a_ca_for_leaves_only() -> None:
    """Path length 0, and strict verifiers find its key identifier."""
    root = x509.load_der_x509_certificate(make_root(new_key(), organisation="Example", now=START, serial=1))
    assert root.extensions.get_extension_for_class(x509.BasicConstraints).value == x509.BasicConstraints(True, 0)
    assert root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
