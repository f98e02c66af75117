"""When a user who looks elsewhere should look here."""

import dataclasses
from collections.abc import Sequence

from PySide6.QtCore import QObject

from common.agent.notice import DEFAULT
from common.agent.settings import WindowSection
from common.agent.views import ChatLeftOut, ChatReceived, ClipboardLeftOut, InputLost, SessionView
from common.host.errors import TasukiError
from common.protocol.channel_clip import ClipWhy
from common.protocol.identity import Role
from common.protocol.messages import Mode
from common.protocol.reasons import Why
from common.protocol.session_life import SessionPhase
from common.ui.language import Speech
from common.ui.notices import Notices
from tests.support.records import LOOKED
from user_agent.consent import Question, QuestionKind
from user_agent.ui.notifications import UserNotifications
from user_agent.views import RequestEnding, RequestStage, UserView

SESSION = SessionView(
    session="1" * 32,
    request="a" * 32,
    role=Role.USER,
    phase=SessionPhase.CONNECTED,
    mode=Mode.VIEW,
    peer_name="Taro\nYamada",
)
IDLE = UserView()
HELPED = UserView(stage=RequestStage.SESSION, session=SESSION)


class Told(Notices):
    """Writes down what it would show."""

    def __init__(self) -> None:
        super().__init__(None)
        self.told: list[tuple[str, ...]] = []
        self.withdrawn: list[str] = []

    def show(
        self, title: str, text: str, *, key: str = "", actions: Sequence[tuple[str, str]] = (), stays: bool = False
    ) -> None:
        """A notice. It has no button that does more than open what it is about."""
        assert [action for action, _ in actions] == [DEFAULT]
        self.told.append((key, title, text))

    def withdraw(self, key: str) -> None:
        """It is past."""
        self.withdrawn.append(key)

    def sound(self) -> None:
        """The tone."""
        self.told.append(("sound",))


def of(settings: WindowSection | None = None, *, here: bool = False) -> tuple[UserNotifications, Told]:
    """One, and what it tells. `here`: the person looks at a window of ours."""
    told = Told()
    return UserNotifications(notices=told, settings=settings or WindowSection(), looks_here=lambda: here), told


def asked(kind: QuestionKind) -> UserView:
    """This question is open."""
    question = Question(kind=kind, session="1" * 32, name="Taro\nYamada", uri="tasuki://x/helper/1", deadline=None)
    return dataclasses.replace(HELPED, questions=(question,))


async def test_a_question_calls_once(speech: Speech) -> None:
    """Also a person who looks here: the question is in a window of its own."""
    for kind, word in ((QuestionKind.ALLOW, "help you"), (QuestionKind.CONTROL, "control")):
        notifications, told = of(here=True)
        notifications.changed(HELPED, asked(kind))
        notifications.changed(asked(kind), asked(kind))
        (key, title, _), sound = told.told
        assert (key, sound) == ("question", ("sound",))
        notifications.changed(asked(kind), HELPED)
        assert told.withdrawn == ["question"]
        assert title.startswith("Taro Yamada")
        assert word in title


async def test_the_session_comes_and_goes(speech: Speech) -> None:
    """With a tone at its beginning; its end is told of, too."""
    notifications, told = of()
    notifications.changed(IDLE, HELPED)
    notifications.changed(HELPED, dataclasses.replace(HELPED, session=dataclasses.replace(SESSION, mode=Mode.CONTROL)))
    ended = UserView(
        stage=RequestStage.ENDED, record=LOOKED, ending=RequestEnding(why=Why.HELPER_ENDED, connected=True)
    )
    notifications.changed(HELPED, ended)
    assert [one[0] for one in told.told] == ["session", "sound", "main"]
    assert "session" in told.withdrawn
    assert "Hanako Sato" in told.told[-1][1]


async def test_a_request_that_came_to_nothing(speech: Speech) -> None:
    """Only where the person does not see it anyhow."""
    waiting = UserView(stage=RequestStage.WAITING)
    declined = UserView(stage=RequestStage.ENDED, ending=RequestEnding(why=Why.DECLINED, words="Tomorrow"))
    for here, count in ((True, 0), (False, 1)):
        notifications, told = of(here=here)
        notifications.changed(waiting, declined)
        assert len(told.told) == count
    assert "Tomorrow" in told.told[0][2]


async def test_chat_is_told_of_to_who_looks_elsewhere(speech: Speech) -> None:
    """On one line."""
    notifications, told = of(here=True)
    notifications.happened(ChatReceived("Hello"), SESSION)
    assert told.told == []
    notifications, told = of()
    notifications.happened(ChatReceived("Hello\nthere"), SESSION)
    assert told.told == [("chat", "Taro Yamada", "Hello there"), ("sound",)]


async def test_what_did_not_cross_is_told_of(speech: Speech) -> None:
    """Also to whoever looks here: a clipboard that was too long, a message that cannot be shown."""
    attention, told = of(here=True)
    attention.happened(ClipboardLeftOut(ClipWhy.TOO_LARGE, 9 << 20), SESSION)
    attention.happened(ChatLeftOut(), SESSION)
    attention.happened(InputLost(TasukiError("input_overrun")), SESSION)
    assert [one[:2] for one in told.told[2:]] == [("session", "The helper only looks now")]
    assert [one[0] for one in told.told] == ["clipboard", "chat", "session"]
    assert "9.0 MB" in told.told[0][2]
    assert told.told[1][1] == "Taro Yamada"


async def test_who_looks_here_needs_no_notice(speech: Speech) -> None:
    """Those that stand go; a click on one tells which it was."""
    notifications, told = of()
    notifications.looked(None)
    assert told.withdrawn == []
    notifications.looked(QObject())
    assert {"question", "session", "chat", "main"} <= set(told.withdrawn)
    opened: list[str] = []
    notifications.opened.connect(opened.append)
    told.acted.emit("chat", DEFAULT)
    assert opened == ["chat"]


async def test_as_the_settings_say(speech: Speech) -> None:
    """No notices, no tone; that the program goes on is said all the same."""
    notifications, told = of(WindowSection(notices=False, sound=False))
    notifications.changed(IDLE, HELPED)
    notifications.happened(ChatReceived("Hello"), SESSION)
    assert told.told == []
    notifications.stays()
    assert [one[0] for one in told.told] == ["main"]
