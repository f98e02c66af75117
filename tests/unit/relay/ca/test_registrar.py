"""The operator's hand: codes, names, revocation, clearing."""

from datetime import timedelta
from pathlib import Path

import pytest

from common.host.errors import TasukiError
from common.net.certificates import new_key, root_fingerprint, verify_issued
from common.protocol.certificate_requests import Issued
from common.protocol.enrolment import EnrolmentLine
from common.protocol.identity import Role
from tests.support.ca import Organisation, enrol_request, identity, renew_request
from tests.support.clock import START

DAY = 86400.0


@pytest.fixture
def organisation(tmp_path: Path) -> Organisation:
    """An organisation with a CA."""
    return Organisation(tmp_path)


def refused(organisation: Organisation, name: str, account: str | None = None) -> str:
    """The code of the error for this name."""
    with pytest.raises(TasukiError) as caught:
        organisation.line(name=name, account=account)
    return caught.value.code


def account_of(organisation: Organisation, name: str) -> str:
    """Whose name this is."""
    account = organisation.office.authority.folder.name_owner(name)
    assert account is not None
    return account


def test_a_line_leads_to_the_relay_and_names_the_root(organisation: Organisation) -> None:
    """HOST and port from the settings, ROOT the root's fingerprint, and it parses back."""
    line = organisation.line()
    assert (line.host, line.port, line.root) == ("relay.example", 8443, root_fingerprint(organisation.root))
    assert EnrolmentLine.parse(str(line)) == line


def test_every_code_is_another(organisation: Organisation) -> None:
    """Nobody gets somebody else's."""
    assert len({organisation.line(name=f"Anna {number}").code for number in range(20)}) == 20


@pytest.mark.parametrize("name", ["anna berg", "ANNA BERG", "Anna\u3000Berg", "\uff21nna Berg"])
def test_a_name_that_looks_the_same_is_taken(organisation: Organisation, name: str) -> None:
    """Case, width and kinds of space do not make another name; the owner may use it again."""
    organisation.person(name="Anna Berg")
    assert refused(organisation, name) == "name_taken"
    assert organisation.line(name=name, account=account_of(organisation, "Anna Berg"))


def test_an_open_code_holds_its_name_and_an_expired_one_does_not(organisation: Organisation) -> None:
    """A name that was promised to nobody who came is free after a day."""
    organisation.line(name="Anna")
    assert refused(organisation, "Anna") == "name_taken"
    organisation.clock.advance(DAY)
    assert organisation.line(name="Anna")


def test_a_used_code_holds_the_name_as_long_as_renewal_reaches(organisation: Organisation) -> None:
    """430 days after enrolment, the certificate's life included."""
    organisation.person(name="Anna")
    organisation.clock.advance(430 * DAY - 1)
    assert refused(organisation, "Anna") == "name_taken"
    organisation.clock.advance(2)
    assert organisation.line(name="Anna")


def test_a_revoked_accounts_name_is_free_and_does_not_come_back(organisation: Organisation) -> None:
    """The successor may have it; the old account may not take it again."""
    organisation.person(name="Anna")
    old = account_of(organisation, "Anna")
    organisation.revoke("Anna")
    organisation.person(name="Anna")
    assert account_of(organisation, "Anna") != old
    assert refused(organisation, "Anna", old) == "name_taken"


def test_a_code_whose_name_went_to_another_is_refused(organisation: Organisation) -> None:
    """Even if it came back to life by a changed clock."""
    line = organisation.line(name="Anna")
    organisation.office.authority.folder.put_name("Anna", "00000000-0000-4000-8000-000000000001")
    answer = organisation.office.authority.answer(enrol_request(line, Role.USER, new_key()))
    assert getattr(answer, "code", None) == "name_taken"


@pytest.mark.parametrize("name", ["", " Anna", "An\u202ena", "A\u0308nna", "x" * 101])
def test_a_name_must_be_readable(organisation: Organisation, name: str) -> None:
    """The rules of identity."""
    assert refused(organisation, name) == "name_wrong"


def test_a_name_must_fit_a_certificate(organisation: Organisation) -> None:
    """64 bytes of UTF-8."""
    assert organisation.person(name="襷" * 21)
    assert refused(organisation, "襷" * 22) == "name_too_long"


def test_nobody_is_called_like_the_relay(organisation: Organisation) -> None:
    """A verifier that looks at common names must not take a user for the relay."""
    assert refused(organisation, "Relay.Example") == "name_taken"


@pytest.mark.parametrize("account", ["x", "../../root-key", "00000000-0000-4000-8000-00000000000A", ""])
def test_an_account_is_a_uuid(organisation: Organisation, account: str) -> None:
    """And never a path."""
    assert refused(organisation, "Anna", account) == "account_wrong"


def test_revoking_an_account_takes_everything_from_it(organisation: Organisation) -> None:
    """All computers, and the codes that are still open; another account keeps its own."""
    organisation.person(name="Anna")
    account = account_of(organisation, "Anna")
    organisation.person(Role.HELPER, name="Anna", account=account)
    spare = organisation.line(name="Anna", account=account)
    organisation.person(name="Ben")
    revoked = organisation.office.registrar.revoke(account, reason="left")
    assert {one.role for one in revoked} == {"user", "helper"}
    assert len(organisation.crl()) == 2
    answer = organisation.office.authority.answer(enrol_request(spare, Role.USER, new_key()))
    assert getattr(answer, "code", None) == "code_revoked"
    assert organisation.office.registrar.revoke(account) == revoked


def test_a_new_code_lifts_the_block(organisation: Organisation) -> None:
    """Who comes back gets a new line; what was revoked stays revoked."""
    old = organisation.person(name="Anna")
    account = account_of(organisation, "Anna")
    organisation.revoke("Anna")
    new = organisation.person(name="Anna", account=account)
    crl = organisation.crl()
    assert crl.is_revoked(verify_issued(old.chain, organisation.root).serial)
    assert not crl.is_revoked(verify_issued(new.chain, organisation.root).serial)
    assert isinstance(organisation.office.authority.answer(renew_request(new, new_key())), Issued)


def test_revoking_one_computer_takes_its_older_and_newer_certificates(organisation: Organisation) -> None:
    """A thief of one key may hold the others; the account's other computer goes on."""
    first = organisation.person(name="Anna")
    account = account_of(organisation, "Anna")
    family = [first]
    for _ in range(2):
        key = new_key()
        family.append(identity(organisation.office.authority.answer(renew_request(family[-1], key)), key))
    branch = new_key()
    family.append(identity(organisation.office.authority.answer(renew_request(first, branch)), branch))
    other = organisation.person(name="Anna", account=account)
    serial = verify_issued(family[1].chain, organisation.root).serial
    crl = organisation.revoke(f"{serial:040X}")
    assert all(crl.is_revoked(verify_issued(one.chain, organisation.root).serial) for one in family)
    assert not crl.is_revoked(verify_issued(other.chain, organisation.root).serial)


def test_revoking_what_is_not_there_says_so(organisation: Organisation) -> None:
    """A mistyped name revokes nothing."""
    for what in ("Nobody", "0" * 40, "../root-key", "relay", ""):
        with pytest.raises(TasukiError) as caught:
            organisation.office.registrar.revoke(what)
        assert caught.value.code == "revoke_unknown"


def test_an_account_that_was_forgotten_is_blocked_all_the_same(organisation: Organisation) -> None:
    """After an old backup was put back its certificates are unknown here, but not renewed."""
    person = organisation.person(name="Anna")
    account = account_of(organisation, "Anna")
    folder = organisation.office.authority.folder
    for record in list(folder.all_issued()):
        folder.forget_issued(record)
    for code in list(folder.codes()):
        folder.forget_code(code.id)
    assert organisation.office.registrar.revoke(account) == []
    answer = organisation.office.authority.answer(renew_request(person, new_key()))
    assert getattr(answer, "code", None) == "revoked"


def test_the_secret_of_a_spent_code_is_forgotten(organisation: Organisation) -> None:
    """Expired or revoked; an open one keeps it."""
    folder = organisation.office.authority.folder
    organisation.line(name="Anna")
    organisation.office.registrar.revoke("Anna")
    assert [record.code for record in folder.codes()] == [""]
    organisation.clock.advance(DAY / 2)
    organisation.line(name="Ben")
    organisation.office.registrar.tidy()
    assert sorted(bool(record.code) for record in folder.codes()) == [False, True]
    organisation.clock.advance(DAY)
    organisation.office.registrar.tidy()
    assert not any(record.code for record in folder.codes())


def test_records_that_matter_to_nobody_are_cleared(organisation: Organisation) -> None:
    """90 days after the last possible renewal, not a day before."""
    organisation.person(name="Anna")
    organisation.revoke("Anna")
    folder = organisation.office.authority.folder
    organisation.clock.advance((START + timedelta(days=30 + 400 + 90) - START).total_seconds() - 1)
    organisation.office.registrar.tidy()
    assert len(list(folder.all_issued())) == len(list(folder.all_revoked())) == 1
    organisation.clock.advance(2)
    organisation.office.registrar.tidy()
    assert not list(folder.all_issued())
    assert not list(folder.all_revoked())
