"""Somebody is erased from the CA's folder."""

from datetime import timedelta
from pathlib import Path

import pytest

from common.host.byte_search import file_has, files_below, forms
from common.host.errors import TasukiError, sentence
from common.net.certificates import new_key
from common.net.revocation import load_crl
from common.protocol.certificate_requests import NotIssued, RevokeRequest
from common.protocol.identity import Role
from relay.ca.erasing import Eraser
from relay.ca.folder import CaFolder
from relay.ca.records import MemberRecord, PersonNameRecord
from relay.core.erased import ErasedPerson, decode_erased
from tests.support.ca import Organisation, renew_request

NAME = "Hanako Ölmüller"


@pytest.fixture
def organisation(tmp_path: Path) -> Organisation:
    """One with several people of similar names."""
    made = Organisation(tmp_path)
    made.person(name="Somebody else")
    return made


def eraser(organisation: Organisation) -> Eraser:
    """For its folder."""
    ca = organisation.ca
    return Eraser(folder=ca.authority.folder, settings=ca.settings, clock=organisation.clock.now)


def with_name(organisation: Organisation) -> list[str]:
    """Files of the CA's that have the name, also inside a certificate."""
    folder = organisation.ca.authority.folder.path
    import base64

    inside = [base64.b64encode(b"\0" * lead + NAME.encode())[4:-4] for lead in (0, 1, 2)]
    return [path.name for path in files_below(folder) if file_has(path, [*forms(NAME), *inside])]


def refused(organisation: Organisation, person: str, *accounts: str) -> str:
    """Why not."""
    with pytest.raises(TasukiError) as caught:
        eraser(organisation).erase(person, accounts)
    assert sentence(caught.value)
    return caught.value.code


def test_nothing_of_the_name_stays(organisation: Organisation) -> None:
    """A day after the list tells of it: then no file has it, the revocation still counts, and others may be called so."""
    hanako = organisation.person(name=NAME)
    folder = organisation.ca.authority.folder
    person = folder.name_owner(NAME)
    assert person is not None
    organisation.ca.registrar.make_code(role=Role.USER, name=NAME, account=person)
    assert len(with_name(organisation)) >= 4
    assert refused(organisation, person) == "ca_erase_too_soon"
    organisation.ca.registrar.revoker.revoke(person, reason=f"{NAME} has left")
    assert refused(organisation, person) == "ca_erase_too_soon"
    organisation.ca.authority.make_crl()
    organisation.clock.advance(timedelta(hours=23).total_seconds())
    assert refused(organisation, person) == "ca_erase_too_soon"
    organisation.clock.advance(timedelta(hours=2).total_seconds())
    assert eraser(organisation).erase(person) >= 4
    assert with_name(organisation) == []
    assert folder.name_owner(NAME) is None
    assert folder.name_owner("Somebody else") is not None
    [one] = decode_erased(folder.erased() or b"")
    assert (one.person, one.accounts) == (person, (person,))
    assert len(load_crl(organisation.ca.authority.make_crl(), organisation.root)) == 1
    answer = organisation.ca.authority.answer(renew_request(hanako, new_key()))
    assert answer == NotIssued(code="revoked")
    assert organisation.ca.registrar.make_code(role=Role.USER, name=NAME)[1].name == NAME
    assert eraser(organisation).erase(person) == 0


def test_whose_accounts_they_are(organisation: Organisation) -> None:
    """Another's account is not erased along, nor what is no account."""
    organisation.person(name=NAME)
    folder = organisation.ca.authority.folder
    person, other = folder.name_owner(NAME), folder.name_owner("Somebody else")
    assert person is not None
    assert other is not None
    assert refused(organisation, "Hanako") == "account_wrong"
    assert refused(organisation, person, "no account") == "account_wrong"
    assert refused(organisation, person, other) == "ca_erase_not_joined"
    assert len(with_name(organisation)) > 0


def gone_for_a_day(organisation: Organisation, *accounts: str) -> None:
    """All of these are revoked, and the list has told of it for longer than a day."""
    for account in accounts:
        organisation.ca.registrar.revoker.revoke(account)
    organisation.ca.authority.make_crl()
    organisation.clock.advance(timedelta(hours=25).total_seconds())


def test_an_account_of_a_living_person(organisation: Organisation) -> None:
    """It is not taken along though the person has left: certificate, name and line of the other stay."""
    organisation.person(name=NAME)
    folder = organisation.ca.authority.folder
    person, other = folder.name_owner(NAME), folder.name_owner("Somebody else")
    assert person is not None
    assert other is not None
    gone_for_a_day(organisation, person)
    assert refused(organisation, person, other) == "ca_erase_not_joined"
    assert len(folder.issued(other)) == 1
    assert folder.name_owner("Somebody else") == other
    assert not folder.blocked(other)
    assert eraser(organisation).known() == ()


def test_what_was_joined(organisation: Organisation) -> None:
    """All names go that an account had before it was joined, once it was; before, it is refused and nothing goes."""
    organisation.person(name=NAME)
    organisation.person(name=f"{NAME} as helper")
    folder = organisation.ca.authority.folder
    person, other = folder.name_owner(NAME), folder.name_owner(f"{NAME} as helper")
    assert person is not None
    assert other is not None
    gone_for_a_day(organisation, person, other)
    before = with_name(organisation)
    assert refused(organisation, person, other) == "ca_erase_not_joined"
    assert with_name(organisation) == before
    organisation.ca.registrar.join(person, other)
    assert eraser(organisation).erase(person, (other,)) > 0
    assert with_name(organisation) == []
    assert folder.person(other) is None


def test_a_joined_account_that_is_good(organisation: Organisation) -> None:
    """A certificate that is neither revoked nor over is never forgotten, whatever the index of accounts says."""
    organisation.person(name=NAME)
    folder = organisation.ca.authority.folder
    person, other = folder.name_owner(NAME), folder.name_owner("Somebody else")
    assert person is not None
    assert other is not None
    gone_for_a_day(organisation, person)
    folder.put_member(MemberRecord(account=other, person=person))  # and nothing in the person's own record
    assert refused(organisation, person) == "ca_erase_too_soon"
    assert len(folder.issued(other)) == 1


def test_joined_since_the_backup(organisation: Organisation) -> None:
    """An older folder knows the account as somebody else: who it was is erased there as well, and others are not."""
    organisation.person(name=NAME)
    organisation.person(name=f"{NAME} as helper")
    folder = organisation.ca.authority.folder
    person, other, owner = (folder.name_owner(one) for one in (NAME, f"{NAME} as helper", "Somebody else"))
    assert person is not None
    assert other is not None
    assert owner is not None
    folder.put_member(MemberRecord(account=other, person=(whose := "0" * 8 + other[8:])))
    folder.put_person(PersonNameRecord(person=whose, name=f"{NAME} before", wanted=NAME, accounts=[other]))
    [serial] = [one.serial for one in folder.issued(other)]
    (folder.path / "issued" / other / f"{serial}.json").write_text("damaged")
    assert eraser(organisation).apply([ErasedPerson(person=person, accounts=(person, other), at=1.0)]) > 0
    assert with_name(organisation) == []
    assert folder.blocked(other)
    assert folder.revoked(serial) is not None
    assert not folder.blocked(owner)
    assert len(folder.issued(owner)) == 1


def test_a_kill_in_between(organisation: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines go before certificates: none can be used again whose certificate is forgotten. The same again does the rest."""
    organisation.person(name=NAME)
    folder = organisation.ca.authority.folder
    person = folder.name_owner(NAME)
    assert person is not None
    gone_for_a_day(organisation, person)

    def killed(_self: CaFolder, _account: str) -> int:
        raise OSError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(CaFolder, "forget_account", killed)
        with pytest.raises(OSError, match="killed"):
            eraser(organisation).erase(person)
    assert not [one for one in folder.codes() if one.account == person]
    assert folder.issued(person)
    assert eraser(organisation).erase(person) > 0
    assert with_name(organisation) == []


def test_an_older_backup(organisation: Organisation) -> None:
    """Who was erased since has no name in it, and can do nothing, whatever the folder says."""
    organisation.person(name=NAME)
    folder = organisation.ca.authority.folder
    person = folder.name_owner(NAME)
    assert person is not None
    one = ErasedPerson(person=person, accounts=(person,), at=1.0)
    assert eraser(organisation).apply([one]) > 0
    assert with_name(organisation) == []
    assert folder.blocked(person)
    assert len(load_crl(organisation.ca.authority.make_crl(), organisation.root)) == 1
    assert eraser(organisation).apply([]) == 0
    assert eraser(organisation).known() == (one,)
    revoked = organisation.ca.registrar.revoker.revoke_for_relay(RevokeRequest(account=person))
    assert not isinstance(revoked, NotIssued)
    folder.put_erased(b"[{}]")
    with pytest.raises(TasukiError, match=r"erased\.json"):
        eraser(organisation).known()
