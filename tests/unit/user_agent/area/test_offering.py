"""What was agreed to, and what can be seen of it."""

from dataclasses import replace

from common.protocol.channel import NO_SCREENS, SCREENS_LIMIT
from user_agent.area.offering import Agreement, ScreensNow, places
from user_agent.servers.base import ScreenChoice

ONE = ScreenChoice(name="DP-1", x=0, y=0, width=800, height=600, mark="a")
TWO = replace(ONE, name="DP-2", x=800)
THREE = replace(ONE, name="DP\n3", x=1600)
ALL = (ONE, TWO, THREE)


def test_only_what_is_as_it_was_may_be_seen() -> None:
    """Another monitor at the same place is another; none was named: all may."""
    agreed = Agreement(screens=(ONE, THREE))
    assert agreed.among(ALL) == (ONE, THREE)
    assert agreed.among((replace(ONE, mark="b"), TWO, replace(THREE, x=0))) == ()
    assert Agreement().among(ALL) == ALL


def test_each_has_the_number_that_its_owner_calls_it() -> None:
    """Also where those before it may not be seen; the name stands on one line."""
    told = ScreensNow(numbered=ALL, alone=(TWO, THREE)).told(THREE)
    assert [(one.number, one.name) for one in told.screens] == [(2, "DP-2"), (3, "DP 3")]
    assert told.one is told.screens[1]
    assert (told.has(ONE.key), told.has(TWO.key), told.has("")) == (False, True, False)
    assert [told.key(text) for text in ("1", "2", "3", "DP-2", THREE.key, "all", "")] == [
        None, TWO.key, THREE.key, TWO.key, THREE.key, None, None,
    ]  # fmt: skip


def test_one_after_the_other() -> None:
    """Round and round; all at once is one of them where it may be."""
    assert ScreensNow(numbered=ALL, alone=(TWO, THREE)).told(THREE).after() == TWO.key
    whole = ScreensNow(numbered=ALL, alone=ALL, whole=True)
    assert [whole.told(one).after() for one in (None, ONE, THREE)] == [ONE.key, TWO.key, ""]
    assert whole.told(None).key("ALL") == ""
    assert whole.told(None).one is None


def test_without_a_choice_nothing_is_told() -> None:
    """One monitor, or one that may be seen."""
    for offer in (
        ScreensNow(),
        ScreensNow(numbered=(ONE,), alone=(ONE,), whole=True),
        ScreensNow(numbered=ALL, alone=(ONE,)),
    ):
        assert offer.told(ONE) == NO_SCREENS


def test_no_more_than_fit_into_a_message() -> None:
    """However many monitors there are."""
    many = tuple(replace(ONE, x=at) for at in range(SCREENS_LIMIT + 3))
    assert len(ScreensNow(numbered=many, alone=many, whole=True).told(None).screens) == SCREENS_LIMIT


def test_what_shows_the_same_is_one_place() -> None:
    """A mirrored monitor."""
    assert places((ONE, replace(ONE, name="copy"), TWO)) == (ONE, TWO)
