"""Who would be asked, and whether any of them is there; in words, and in what order all of them are listed."""

import itertools
from collections.abc import Iterator

import pytest

from common.agent.desk import relay_time
from common.agent.views import MatchingView
from common.host.words import set_language
from common.protocol.desk import Desk
from common.protocol.matching_memory import Listed
from common.protocol.messages import GroupEntry, HelperEntry, Status, To, ToAnyone, ToGroup, ToHelper
from user_agent.listing import listing_event
from user_agent.presence import Presence, asked_of, sorted_listed

HANA = ToHelper(uri="tasuki://x/helper/1")
DESK = ToGroup(group="Desk")


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    set_language("en")
    yield
    set_language(None)


def helper(number: int = 1, status: Status = Status.AVAILABLE, name: str = "Hana") -> HelperEntry:
    """One in the list."""
    return HelperEntry(uri=f"tasuki://x/helper/{number}", name=name, status=status)


def group(available: int = 0, busy: int | None = 0, away: int | None = 0) -> GroupEntry:
    """The desk."""
    return GroupEntry(group="Desk", available=available, busy=busy, away=away)


AVAILABLE, BUSY, AWAY = Status.AVAILABLE, Status.BUSY, Status.AWAY


@pytest.mark.parametrize(
    ("to", "listed", "presence", "text"),
    [
        (HANA, (helper(),), Presence.AVAILABLE, "Hana is there."),
        (HANA, (helper(status=BUSY),), Presence.BUSY, "Hana is busy just now."),
        (HANA, (helper(status=AWAY),), Presence.AWAY, "Hana is away just now."),
        (HANA, (helper(2),), Presence.NOBODY, "Hana H. is not here now."),
        (DESK, (group(2, 1, 1),), Presence.AVAILABLE, "2 helpers of the group Desk are there."),
        (DESK, (group(1),), Presence.AVAILABLE, "1 helper of the group Desk is there."),
        (DESK, (group(0, 1, 1),), Presence.BUSY, "The helpers of the group Desk are busy just now."),
        (DESK, (group(0, 0, 1),), Presence.AWAY, "The helpers of the group Desk are away just now."),
        (DESK, (group(), helper()), Presence.NOBODY, "Nobody of the group Desk is here now."),
        (DESK, (helper(),), Presence.NOBODY, "Nobody of the group Desk is here now."),
        (DESK, (group(0, None, None),), Presence.UNKNOWN, ""),
        (ToAnyone(), (helper(1), helper(2), helper(3, BUSY)), Presence.AVAILABLE, "2 helpers are there."),
        (ToAnyone(), (helper(1, AWAY), helper(2, BUSY)), Presence.BUSY, "All helpers are busy just now."),
        (ToAnyone(), (helper(1, AWAY), group(1)), Presence.AWAY, "All helpers are away just now."),
        (ToAnyone(), (), Presence.NOBODY, "No helper is here now."),
    ],
)
def test_who_is_there(to: To, listed: tuple[Listed, ...], presence: Presence, text: str) -> None:
    """The best that can be said of them; of a relay that does not tell it, nothing. Only who is there makes a place a promise."""
    who = asked_of(to, MatchingView(helpers=listed, listed=True), name="Hana H.")
    assert (who.presence, who.text) == (presence, text)
    assert who.comes is (presence in {Presence.AVAILABLE, Presence.BUSY})
    assert who.nobody is (presence in {Presence.AWAY, Presence.NOBODY})


def test_the_list_has_not_come() -> None:
    """Whoever is in it already is there; of all others nothing is known."""
    part = MatchingView(helpers=(helper(1, BUSY),))
    assert asked_of(HANA, part).presence is Presence.BUSY
    assert asked_of(ToAnyone(), part).presence is Presence.UNKNOWN
    assert asked_of(DESK, part).presence is Presence.UNKNOWN
    assert asked_of(ToHelper(uri="other"), part, name="Taro").text == ""
    assert asked_of(ToAnyone(), MatchingView(helpers=(helper(),))).presence is Presence.AVAILABLE


def test_the_order() -> None:
    """Groups by name; helpers: who is available first, then by name. However it came."""
    groups = [GroupEntry(group="accounts"), GroupEntry(group="Desk")]
    helpers = [helper(4, AVAILABLE, "Zoe"), helper(3, BUSY, "anna"), helper(2, AWAY, "Bo"), helper(1, AWAY, "Cy")]
    expected: tuple[Listed, ...] = (*groups, *helpers)
    for mixed in itertools.islice(itertools.permutations(expected), 0, 720, 37):
        assert sorted_listed(mixed) == expected


def test_the_command_lines_list() -> None:
    """Sorted as the window's; where nobody is available, when somebody is, and whom to call."""
    desk = Desk(telephone="03-1234", open=[(4e9, 4e9 + 60)])
    view = MatchingView(helpers=(helper(2, AWAY, "Bo"), helper(1, AVAILABLE, "Zoe"), group(1)), listed=True, desk=desk)
    event = listing_event(view, relay_time(0))
    assert event.text.splitlines() == [
        "Whoever is free first: 1 available",
        "Group Desk: 1 available",
        "Zoe  (available)",
        "Bo  (away)",
    ]
    assert [one["name"] for one in event.facts["helpers"]] == ["Zoe", "Bo"]  # type: ignore[attr-defined]
    assert (event.facts["there"], event.facts["telephone"]) == ("available", "03-1234")
    nobody = listing_event(MatchingView(listed=True, desk=desk), relay_time(0)).text.splitlines()
    assert nobody[0] == "No helper is here now."
    assert nobody[1].startswith("The help desk is closed now.")
    assert nobody[2] == "You can also call: 03-1234"
