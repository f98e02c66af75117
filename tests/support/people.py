"""Accounts, groups and persons for the relay's tests."""

from common.protocol.identity import IdentityUri, Role
from relay.core.accounts import Directory
from relay.core.records import AccountRecord, GroupRecord, Participant, PersonRecord
from relay.core.storing import Unit
from tests.support.clock import START

ORGANISATION = "Example"


def account(number: int, role: Role, name: str) -> AccountRecord:
    """An account whose UUID ends in `number`."""
    identifier = f"00000000-0000-4000-8000-{number:012x}"
    return AccountRecord(identifier=identifier, person=identifier, role=role, name=name, created_at=START)


ANNA = account(1, Role.USER, "Anna")
BEN = account(2, Role.USER, "Ben")
HANA = account(11, Role.HELPER, "Hana")
HIRO = account(12, Role.HELPER, "Hiro")
HUGO = account(13, Role.HELPER, "Hugo")
DESK = GroupRecord(name="Desk", created_at=START, members=frozenset({HANA.identifier, HIRO.identifier}))


def uri(one: AccountRecord) -> str:
    """The URI of this account's certificates."""
    return str(IdentityUri(organisation=ORGANISATION, role=one.role, account=one.identifier))


def participant(one: AccountRecord, certificate: str = "") -> Participant:
    """This account's person, with a certificate of that fingerprint."""
    return Participant(
        account=one.identifier, certificate=certificate or f"cert-{one.name}", uri=uri(one), name=one.name
    )


def directory() -> Directory:
    """Everybody above."""
    return Directory(organisation=ORGANISATION, accounts=(ANNA, BEN, HANA, HIRO, HUGO), groups=(DESK,))


def put_account(unit: Unit, one: AccountRecord) -> None:
    """The account, and whose it is."""
    unit.put_person(PersonRecord(identifier=one.person, name=one.name, created_at=one.created_at))
    unit.put_account(one)
