"""Who may ask whom, and take what."""

from dataclasses import replace

import pytest

from common.protocol.messages import Code, Mode, Request, To, ToAnyone, ToGroup, ToHelper
from relay.core import requests
from relay.core.accounts import Directory
from relay.core.permissions import check_target, may_take, most_of, named
from relay.core.records import AccountRecord, GroupRecord, RequestRecord
from tests.support.clock import START
from tests.support.people import ANNA, BEN, DESK, HANA, HIRO, HUGO, directory, participant, uri


def asked(to: To, user: AccountRecord = ANNA) -> RequestRecord:
    """A request of that target."""
    message = Request(request="a" * 32, to=to, mode=Mode.VIEW)
    return requests.ask(user=participant(user), message=message, now=START).life.request


@pytest.mark.parametrize(
    ("to", "code"),
    [
        (ToHelper(uri=uri(HANA)), None),
        (ToHelper(uri=uri(ANNA)), Code.NO_SUCH_HELPER),
        (ToHelper(uri="tasuki://Other/helper/" + HANA.identifier), Code.NO_SUCH_HELPER),
        (ToHelper(uri="tasuki://Example/helper/00000000-0000-4000-8000-000000000099"), Code.NO_SUCH_HELPER),
        (ToHelper(uri="nonsense"), Code.NO_SUCH_HELPER),
        (ToGroup(group="Desk"), None),
        (ToGroup(group="Nobody"), Code.NO_SUCH_GROUP),
        (ToAnyone(), None),
    ],
)
def test_targets(to: To, code: Code | None) -> None:
    """Only helpers and groups that there are can be asked."""
    assert check_target(to, ANNA.identifier, directory()) is code


def test_disabled_helper() -> None:
    """A disabled helper cannot be asked, and takes nothing."""
    people = directory()
    people.put(replace(HANA, disabled_at=START))
    assert check_target(ToHelper(uri=uri(HANA)), ANNA.identifier, people) is Code.NO_SUCH_HELPER
    assert not may_take(HANA, asked(ToAnyone()), people)


@pytest.mark.parametrize(
    ("to", "takers"),
    [
        (ToHelper(uri=uri(HANA)), {"Hana"}),
        (ToGroup(group="Desk"), {"Hana", "Hiro"}),
        (ToGroup(group="Gone"), set()),
        (ToAnyone(), {"Hana", "Hiro", "Hugo"}),
    ],
)
def test_takers(to: To, takers: set[str]) -> None:
    """By name only that helper, by group its members, else anyone; never a user."""
    people: list[AccountRecord] = [ANNA, HANA, HIRO, HUGO]
    assert {one.name for one in people if may_take(one, asked(to), directory())} == takers
    assert named(asked(to)) == isinstance(to, ToHelper)


def test_declined_is_declined() -> None:
    """Who said no is not asked again."""
    request = replace(asked(ToAnyone()), declined=frozenset({HANA.identifier}))
    assert not may_take(HANA, request, directory())
    assert may_take(HIRO, request, directory())


def payroll() -> Directory:
    """Hana answers for Payroll alone, which only Anna may ask; Hiro for it and for the desk, which everybody may; Hugo for nothing."""
    people = directory()
    people.put_group(replace(DESK, members=frozenset({HIRO.identifier})))
    people.put_group(
        GroupRecord(
            name="Payroll",
            created_at=START,
            members=frozenset({HANA.identifier, HIRO.identifier}),
            restricted=True,
            askers=frozenset({ANNA.identifier}),
            most=Mode.VIEW,
        )
    )
    return people


@pytest.mark.parametrize(
    ("to", "of_anna", "of_ben"),
    [
        (ToGroup(group="Payroll"), {"Hana", "Hiro"}, None),
        (ToGroup(group="Desk"), {"Hiro"}, {"Hiro"}),
        (ToHelper(uri=uri(HANA)), {"Hana"}, None),
        (ToHelper(uri=uri(HIRO)), {"Hiro"}, {"Hiro"}),
        (ToHelper(uri=uri(HUGO)), {"Hugo"}, {"Hugo"}),
        (ToAnyone(), {"Hana", "Hiro", "Hugo"}, {"Hiro", "Hugo"}),
    ],
)
def test_a_restricted_group(to: To, of_anna: set[str], of_ben: set[str] | None) -> None:
    """Who may not ask it can neither ask its helpers by name, unless they answer for another, nor is helped by one as by anyone."""
    people = payroll()
    helpers = (HANA, HIRO, HUGO)
    assert check_target(to, ANNA.identifier, people) is None
    assert {one.name for one in helpers if may_take(one, asked(to), people)} == of_anna
    assert check_target(to, BEN.identifier, people) is (Code.NOT_ALLOWED if of_ben is None else None)
    assert {one.name for one in helpers if may_take(one, asked(to, BEN), people)} == (of_ben or set())


def test_a_group_whose_last_asker_goes_is_nobodys() -> None:
    """It does not become everybody's by that."""
    people = payroll()
    group = people.group("Payroll")
    assert group is not None
    people.put_group(replace(group, askers=frozenset()))
    assert check_target(ToGroup(group="Payroll"), ANNA.identifier, people) is Code.NOT_ALLOWED
    people.put_group(replace(group, askers=frozenset(), restricted=False))
    assert check_target(ToGroup(group="Payroll"), BEN.identifier, people) is None


@pytest.mark.parametrize(
    ("to", "helper", "most"),
    [
        (ToGroup(group="Payroll"), HIRO, Mode.VIEW),
        (ToGroup(group="Desk"), HIRO, Mode.CONTROL),
        (ToGroup(group="Gone"), HIRO, Mode.CONTROL),
        (ToHelper(uri=uri(HIRO)), HIRO, Mode.VIEW),
        (ToAnyone(), HANA, Mode.VIEW),
        (ToAnyone(), HUGO, Mode.CONTROL),
    ],
)
def test_the_most_that_a_helper_may_be_allowed(to: To, helper: AccountRecord, most: Mode) -> None:
    """Through a group what that one says; by name, or as anyone, what the strictest of the helper's groups says."""
    assert most_of(to, helper.identifier, payroll()) is most
