"""How a helper hears of new requests."""

import dataclasses
from collections.abc import Sequence

from common.agent.notice import DEFAULT
from common.agent.settings import AgentSettings, HelperSection, WindowSection
from common.protocol.messages import Status
from common.ui.language import Speech
from common.ui.notices import Notices
from helper_agent.ui.notifications import KEY, LATER, TAKE, HelperNotifications
from helper_agent.ui.reminders import LATER as PUT_OFF
from helper_agent.views import HelperView
from tests.support.waiting import queue, request_id, view, waiting, without


class WrittenDown(Notices):
    """Writes down what it would show, and keeps what stands."""

    def __init__(self) -> None:
        super().__init__(None)
        self.told: list[tuple[str, ...]] = []
        self.standing: dict[str, tuple[tuple[str, str], ...]] = {}
        self.counts: list[int] = []

    def show(
        self, title: str, text: str, *, key: str = "", actions: Sequence[tuple[str, str]] = (), stays: bool = False
    ) -> None:
        """A notice."""
        assert stays
        self.told.append((title, text))
        self.standing[key] = tuple(actions)

    def withdraw(self, key: str) -> None:
        """It is past."""
        self.standing.pop(key, None)

    def stands(self, key: str) -> bool:
        """Whether it is there."""
        return key in self.standing

    def count(self, number: int) -> None:
        """On the icon."""
        self.counts.append(number)

    def sound(self) -> None:
        """The tone."""
        self.told.append(("sound",))


class Scene:
    """A helper who looks elsewhere, a clock, and what is told."""

    def __init__(self, settings: AgentSettings | None = None) -> None:
        self.notices = WrittenDown()
        self.looking = False
        self.now = 0.0
        self.notifications = HelperNotifications(
            notices=self.notices,
            settings=settings or AgentSettings(),
            looking=lambda: self.looking,
            now=lambda: self.now,
        )
        self.taken: list[str] = []
        self.wanted: list[str] = []
        self.notifications.taken.connect(self.taken.append)
        self.notifications.wanted.connect(self.wanted.append)

    def render(self, shown: HelperView) -> list[tuple[str, ...]]:
        """This is so now: what is told of it."""
        before = len(self.notices.told)
        self.notifications.render(shown)
        return self.notices.told[before:]

    def wait(self, seconds: int) -> int:
        """So many seconds pass: how often the tone came."""
        before = len(self.notices.told)
        for _ in range(seconds):
            self.now += 1
            self.notifications.tick()
        return self.notices.told[before:].count(("sound",))


async def test_one_and_several(speech: Speech) -> None:
    """Each tone once; all who wait are one notice, whose button takes who waits longest, by name where there are more."""
    scene = Scene()
    assert scene.render(view(waiting(6, "Ken\nji", topic="No\nsound"))) == [
        ("sound",),
        ("Ken ji asks for help", "No sound"),
    ]
    assert scene.notices.standing[KEY] == (
        (DEFAULT, "Show"),
        (TAKE + request_id(6), "Take it"),
        (LATER, "Later"),
    )
    assert scene.render(queue())[1:] == [
        ("5 people ask for help", "Hanako Suzuki waits longest.\nThe printer does not print"),
    ]
    assert scene.notices.standing[KEY][1] == (TAKE + request_id(1), "Take Hanako Suzuki")
    assert scene.notices.counts == [1, 5]


async def test_who_was_taken_is_no_longer_told_of(speech: Speech) -> None:
    """By somebody else, or accepted here: the notice says who is left without a tone, and goes with the last."""
    scene = Scene()
    scene.render(queue())
    assert scene.render(without(queue(), 1)) == [
        ("4 people ask for help", "山田美咲 waits longest.\nExcel が開きません")
    ]
    accepted = waiting(2, accepted=True)
    assert scene.render(view(accepted)) == []
    assert scene.notices.standing == {}
    assert scene.render(view(accepted)) == []


async def test_what_the_helper_put_away_stays_away(speech: Speech) -> None:
    """Until somebody new comes."""
    scene = Scene()
    scene.render(queue())
    scene.notices.withdraw(KEY)
    assert scene.render(without(queue(), 1)) == []
    assert [one[0] for one in scene.render(view(*queue().requests, waiting(6)))] == ["sound", "6 people ask for help"]


async def test_its_buttons(speech: Speech) -> None:
    """Take, look, later; those of other notices are none of ours."""
    scene = Scene()
    scene.render(queue())
    scene.notices.acted.emit("chat", DEFAULT)
    scene.notices.acted.emit(KEY, TAKE + request_id(3))
    scene.notices.acted.emit(KEY, DEFAULT)
    assert (scene.taken, scene.wanted) == ([request_id(3)], [request_id(1)])
    scene.notices.acted.emit(KEY, LATER)
    assert scene.notices.standing == {}
    assert scene.wait(int(PUT_OFF) - 1) == 0
    assert scene.wait(1) == 1
    assert KEY in scene.notices.standing


async def test_the_tone_comes_again_while_nobody_answers(speech: Speech) -> None:
    """As often as the settings say; not while the helper is busy, away, or looks here."""
    scene = Scene(AgentSettings(helper=HelperSection(tone_again=10, tone_times=3)))
    shown = view(waiting(1))
    scene.render(shown)
    assert scene.wait(9) == 0
    assert scene.wait(1) == 1
    for status in (Status.BUSY, Status.AWAY):
        scene.render(dataclasses.replace(shown, matching=dataclasses.replace(shown.matching, status=status)))
        assert scene.wait(20) == 0
    scene.render(shown)
    scene.looking = True
    assert scene.wait(20) == 0
    assert scene.notices.standing == {}  # it is seen
    scene.looking = False
    assert scene.wait(100) == 2
    scene.render(view())
    scene.render(view(waiting(2)))
    scene.notifications.follow(AgentSettings(helper=HelperSection(tone_again=0)))
    assert scene.wait(100) == 0


async def test_as_the_settings_say(speech: Speech) -> None:
    """No sound, no notice, and no notice over the window that is looked at."""
    scene = Scene(AgentSettings(window=WindowSection(sound=False)))
    scene.looking = True
    assert scene.render(view(waiting(1))) == []
    scene.looking = False
    scene.notifications.follow(AgentSettings(window=WindowSection(sound=True, notices=False)))
    assert scene.render(view(waiting(2))) == [("sound",)]


async def test_who_is_away_is_left_in_peace(speech: Speech) -> None:
    """And not told later of what came meanwhile."""
    scene = Scene()
    assert scene.render(view(waiting(1), status=Status.AWAY)) == []
    assert scene.render(view(waiting(1))) == []
    assert scene.wait(1000) == 0
