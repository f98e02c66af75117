"""Who may ask whom, and take what."""

from dataclasses import replace

import pytest

from common.protocol.messages import Code, Mode, Request, To, ToAnyone, ToGroup, ToHelper
from relay.core import requests
from relay.core.permissions import check_target, may_take, named
from relay.core.records import AccountRecord, RequestRecord
from tests.support.clock import START
from tests.support.people import ANNA, HANA, HIRO, HUGO, directory, participant, uri


def asked(to: To) -> RequestRecord:
    """A request of that target."""
    message = Request(request="a" * 32, to=to, mode=Mode.VIEW)
    return requests.ask(user=participant(ANNA), message=message, now=START).life.request


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
    assert check_target(to, directory()) is code


def test_disabled_helper() -> None:
    """A disabled helper cannot be asked, and takes nothing."""
    people = directory()
    people.put(replace(HANA, disabled_at=START))
    assert check_target(ToHelper(uri=uri(HANA)), people) is Code.NO_SUCH_HELPER
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
