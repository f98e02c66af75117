"""The user's command line: views become events, lines become intents."""

import asyncio
from collections.abc import AsyncIterator
from typing import assert_never

from common.agent.events import AgentEvent, happened_event, matching_events, problem_event, session_events, time_text
from common.agent.terminal import Terminal
from common.agent.views import SessionEvent, SessionView
from common.host.command import Events
from common.host.errors import TasukiError
from common.host.words import _, one_line
from common.protocol.matching_client import MatchingPhase
from common.protocol.messages import Mode
from user_agent.app import UserApp
from user_agent.area.question import ScreenQuestion
from user_agent.consent import QuestionKind
from user_agent.orders import UserOrder, UserVerb, parse
from user_agent.servers.base import ScreenChoice
from user_agent.views import RequestEnding, RequestStage, SharedScreen, UserView


def _away(view: UserView) -> str:
    """The name of the helper who was asked, while that one is not there."""
    request = view.matching.request
    return request.name or "" if request is not None and request.away else ""


def away_text(name: str, waits: float | None) -> str:
    """What to do where the helper is not there. `waits`: how many seconds the request waits at most, if that is known."""
    text = _("{name} is not here now. You can wait, or stop and ask somebody else.").format(name=one_line(name))
    if waits is None:
        return text
    return text + " " + _("The request waits for {minutes} min at most.").format(minutes=max(1, round(waits / 60)))


def offer_event(offer: SharedScreen) -> AgentEvent:
    """What can be shown, as it was seen before somebody was asked."""
    screen = None if offer.screen is None else {"key": offer.screen.key, "name": offer.screen.name}
    return AgentEvent(name="offer", text=offer.text, facts={"server": offer.server, "screen": screen})


def screen_question_event(question: ScreenQuestion, session: SessionView | None) -> AgentEvent:
    """Which screen may be shown now? Nothing new is seen before it is answered, and nothing answers it by itself."""
    text = "\n".join([f"{question.text} [screen NUMBER]", *question.lines()])
    facts: dict[str, object] = {
        "kind": "screen",
        "session": None if session is None else session.session,
        "was": screen_facts(question.was),
        "screens": [screen_facts(one) for one in question.screens],
    }
    return AgentEvent(name="question", text=text, facts=facts)


def screen_facts(screen: ScreenChoice) -> dict[str, object]:
    """A screen, for scripts."""
    return {
        "key": screen.key,
        "name": screen.name,
        "x": screen.x,
        "y": screen.y,
        "width": screen.width,
        "height": screen.height,
    }


ANSWERS = {QuestionKind.ALLOW: "allow / deny", QuestionKind.CONTROL: "grant / refuse"}  # what can be typed


class UserTerminal(Terminal[UserOrder]):
    """Tells changes, and takes orders. `again` and `quit` after a loss are for whoever asked (`decided`)."""

    def __init__(self, events: Events | None) -> None:
        super().__init__(events)
        self._view = UserView()
        self._decisions: asyncio.Queue[bool] = asyncio.Queue()
        self.app: UserApp | None = None

    # what is told

    def changed(self, view: UserView) -> None:
        """The app's `on_change`."""
        before, self._view = self._view, view
        for event in matching_events(before.matching, view.matching):
            self.tell(event)
        news = (view.position, view.stage, _away(view)) != (before.position, before.stage, _away(before))
        if view.offer is not None and view.offer != before.offer:
            self.tell(offer_event(view.offer))
        if view.stage is RequestStage.WAITING and news and view.matching.phase is MatchingPhase.ONLINE:
            self._waiting(view)
        if view.session is not None and view.session is not before.session:
            same = before.session is not None and before.session.session == view.session.session
            for event in session_events(before.session if same else None, view.session):
                self.tell(event)
        for question in view.questions:
            if not any(question.kind is old.kind and question.session == old.session for old in before.questions):
                text = f"{question.text} [{ANSWERS[question.kind]}]"
                if question.deadline is not None:
                    until = _("Without an answer until {time} it is no.").format(time=time_text(question.deadline))
                    text = f"{text} {until}"
                facts: dict[str, object] = {
                    "kind": question.kind.value,
                    "session": question.session,
                    "peer": {"name": question.name, "uri": question.uri},
                    "deadline": question.deadline,
                }
                self.tell(AgentEvent(name="question", text=text, facts=facts))

        if view.area.question is not None and view.area.question != before.area.question:
            self.tell(screen_question_event(view.area.question, view.session))

    def _waiting(self, view: UserView) -> None:
        request = view.matching.request.request if view.matching.request is not None else ""
        text = _("Waiting for a helper.")
        if view.position is not None:
            text = _("Waiting for a helper: number {position} in the queue.").format(position=view.position)
        if away := _away(view):
            text = f"{text} {away_text(away, view.matching.waits)}"
        facts: dict[str, object] = {"request": request, "position": view.position, "away": bool(away)}
        self.tell(AgentEvent(name="waiting", text=text, facts=facts))

    def happened(self, event: SessionEvent, view: SessionView) -> None:
        """The app's `on_event`."""
        self.tell(happened_event(event, view))

    def problem(self, problem: TasukiError) -> None:
        """The app's `on_problem`."""
        self.tell(problem_event(problem))

    def over(self, ending: RequestEnding) -> None:
        """The request is over."""
        again = _(" Type again to ask again, or quit.") if ending.lost else ""
        text = again.strip() if ending.connected else ending.text + again
        code = ending.problem.code if ending.problem is not None else None
        facts: dict[str, object] = {
            "why": ending.why.value,
            "text": ending.text,
            "note": ending.words,
            "code": code,
            "lost": ending.lost,
        }
        self.tell(AgentEvent(name="over", text=text, facts=facts))

    # what is ordered

    async def listen(self, lines: AsyncIterator[str]) -> None:
        """Carry out every line until there are no more."""
        async for line in lines:
            self.order(line)
        self._decisions.put_nowait(False)

    def help(self) -> str:
        """What can be typed."""
        return _("Type: allow, deny, view, control, pause, resume, grant, refuse, chat TEXT, screen NUMBER, stop.")

    def parse(self, line: str) -> UserOrder | None:
        """As user_agent.orders has it."""
        return parse(line)

    def carry_out(self, order: UserOrder) -> bool:
        """By the app. Once it is over, `again` and `stop` are decisions."""
        app = self.app
        if app is None:
            return False
        match order.verb:
            case UserVerb.ALLOW | UserVerb.DENY:
                return app.allow(order.verb is UserVerb.ALLOW) or app.grant(order.verb is UserVerb.ALLOW)
            case UserVerb.GRANT | UserVerb.REFUSE:
                return app.grant(order.verb is UserVerb.GRANT)
            case UserVerb.VIEW | UserVerb.CONTROL:
                return app.set_mode(Mode(order.verb.value))
            case UserVerb.PAUSE | UserVerb.RESUME:
                return app.pause(order.verb is UserVerb.PAUSE)
            case UserVerb.CHAT:
                return app.chat(order.text)
            case UserVerb.SCREEN:
                question = app.view.area.question
                key = None if question is None else question.choice(order.text)
                return key is not None and app.choose_screen(key)
            case UserVerb.STOP | UserVerb.QUIT | UserVerb.AGAIN:
                if app.view.stage is RequestStage.ENDED:
                    self._decisions.put_nowait(order.verb is UserVerb.AGAIN)
                    return True
                return order.verb is not UserVerb.AGAIN and app.stop()
            case UserVerb.HELP:
                self.tell(AgentEvent(name="help", text=self.help()))
                return True
            case _:
                assert_never(order.verb)

    async def decided(self) -> bool:
        """After a loss: whether the person wants to ask again."""
        return await self._decisions.get()
