"""The directory."""

from dataclasses import replace

from common.protocol.identity import Role
from tests.support.clock import START
from tests.support.people import ANNA, DESK, HANA, HIRO, account, directory, uri


def test_accounts() -> None:
    """By identifier, by name as a person reads it, in the order they were made."""
    people = directory()
    assert people.account(ANNA.identifier) == ANNA
    assert people.account("?") is None
    assert [one.name for one in people.accounts()] == ["Anna", "Ben", "Hana", "Hiro", "Hugo"]
    assert people.named("anna") == [ANNA]
    assert people.named("anna", Role.HELPER) == []
    twin = account(20, Role.HELPER, "Anna")
    people.put(twin)
    assert people.named("Anna") == [ANNA, twin]
    assert people.uri(ANNA) == uri(ANNA)


def test_groups() -> None:
    """A group is its name and its members."""
    people = directory()
    assert people.group("Desk") == DESK
    assert people.groups_of(HANA.identifier) == ["Desk"]
    people.put_group(replace(DESK, name="Attic", members=frozenset({HIRO.identifier})))
    assert [group.name for group in people.groups()] == ["Attic", "Desk"]
    people.remove_group("Desk")
    people.remove_group("Desk")
    assert people.groups_of(HANA.identifier) == []


def test_enabled() -> None:
    """An account is enabled until it is disabled."""
    assert ANNA.enabled
    assert not replace(ANNA, disabled_at=START).enabled
