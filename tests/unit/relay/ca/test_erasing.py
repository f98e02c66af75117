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
    assert refused(organisation, person, other) == "ca_erase_too_soon"
    assert len(with_name(organisation)) > 0


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
