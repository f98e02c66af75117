"""The helper's status follows what happens."""

from common.protocol.messages import Status
from helper_agent.status_rules import Rules
from helper_agent.ui.own_status import OwnStatus
from tests.support.waiting import running, view


class Place:
    """A computer whose clock and idle time the test sets."""

    def __init__(self, rules: Rules) -> None:
        self.now = 1000.0
        self.idle: float | None = 0.0
        self.told: list[Status] = []
        self.presence = OwnStatus(
            rules=rules, set_status=self.told.append, idle=lambda: self.idle, now=lambda: self.now
        )


async def test_away_without_input_and_back() -> None:
    """As long as nothing was touched; told once."""
    place = Place(Rules(away_after=60))
    place.now, place.idle = 1100.0, 61.0
    place.presence.look()
    place.presence.look()
    place.now, place.idle = 1101.0, 0.5
    place.presence.look()
    assert place.told == [Status.AWAY, Status.AVAILABLE]


async def test_where_input_cannot_be_known_nobody_is_away() -> None:
    """Better wrong this way than the other."""
    place = Place(Rules(away_after=60))
    place.now, place.idle = 2000.0, None
    place.presence.look()
    assert place.told == []


async def test_busy_with_sessions() -> None:
    """And available when they are over."""
    place = Place(Rules(busy_in=1))
    place.presence.render(view(sessions=(running(),)))
    place.presence.render(view(sessions=(running(),)))
    place.presence.render(view())
    assert place.told == [Status.BUSY, Status.AVAILABLE]


async def test_what_is_chosen_by_hand_is_told() -> None:
    """At once; other rules take nothing of it away."""
    place = Place(Rules())
    place.presence.choose(Status.AWAY)
    place.presence.follow(Rules(busy_in=3))
    assert place.told == [Status.AWAY]
