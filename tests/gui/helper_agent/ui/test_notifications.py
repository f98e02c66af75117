"""How a helper hears of new requests."""

from common.agent.settings import WindowSection
from common.protocol.messages import Status
from common.ui.language import Speech
from common.ui.notices import Notices
from helper_agent.ui.notifications import HelperNotifications
from tests.support.waiting import queue, request_id, view, waiting


class WrittenDown(Notices):
    """Writes down what it would show."""

    def __init__(self) -> None:
        super().__init__(None)
        self.told: list[tuple[str, ...]] = []

    def show(self, title: str, text: str, *, key: str = "") -> None:
        """A notice."""
        self.told.append((title, text, key))

    def sound(self) -> None:
        """The tone."""
        self.told.append(("sound",))


async def test_one_and_several(speech: Speech) -> None:
    """Each once; a list that comes at the start is one notice."""
    notices = WrittenDown()
    notifications = HelperNotifications(notices=notices, settings=WindowSection(), looking=lambda: False)
    notifications.render(queue())
    notifications.render(queue())
    notifications.render(view(*queue().requests, waiting(6, "Ken\nji", topic="No\nsound")))
    assert notices.told == [
        ("sound",),
        ("5 new requests for help", "Hanako Suzuki waits longest.", request_id(1)),
        ("sound",),
        ("Ken ji asks for help", "No sound", request_id(6)),
    ]


async def test_as_the_settings_say(speech: Speech) -> None:
    """No sound, no notice, and no notice over the window that is looked at."""
    notices = WrittenDown()
    looking = [True]
    notifications = HelperNotifications(
        notices=notices, settings=WindowSection(sound=False), looking=lambda: looking[0]
    )
    notifications.render(view(waiting(1)))
    looking[0] = False
    notifications.follow(WindowSection(sound=True, notices=False))
    notifications.render(view(waiting(2)))
    assert notices.told == [("sound",)]


async def test_who_is_away_is_left_in_peace(speech: Speech) -> None:
    """And not told later of what came meanwhile."""
    notices = WrittenDown()
    notifications = HelperNotifications(notices=notices, settings=WindowSection(), looking=lambda: False)
    notifications.render(view(waiting(1), status=Status.AWAY))
    notifications.render(view(waiting(1)))
    assert notices.told == []
