"""The user's command line: views become events, lines become intents."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Final, assert_never

from common.agent.desk import relay_time, telephone_text
from common.agent.events import AgentEvent, happened_event, matching_events, problem_event, session_events, time_text
from common.agent.terminal import Terminal
from common.agent.views import SessionEvent, SessionView
from common.host.command import Events
from common.host.errors import TasukiError
from common.host.words import _, sentences
from common.protocol.matching_client import MatchingPhase
from common.protocol.messages import Mode
from user_agent.app import UserApp
from user_agent.area.question import ScreenQuestion
from user_agent.call_back import call_back_text, can_be_left, missed_text
from user_agent.consent import Question, QuestionKind
from user_agent.orders import UserOrder, UserVerb, parse
from user_agent.presence import Asked, asked_now
from user_agent.servers.base import ScreenChoice
from user_agent.views import RequestEnding, RequestStage, SharedScreen, UserView


def waiting_text(view: UserView, who: Asked, now: float) -> str:
    """Who would be asked and whether anybody is there; the place in the queue only where somebody is. `now`: for the desk's hours."""
    matching, request = view.matching, view.matching.request
    if request is not None and request.call_back:
        return sentences(call_back_text(request.until), missed_text(view.missed))
    if who.nobody:
        parts = [who.text, _("You can wait, or stop and ask somebody else.") if not who.is_group and who.name else ""]
        if matching.waits is not None:
            most = max(1, round(matching.waits / 60))
            parts.append(_("The request waits for {minutes} min at most.").format(minutes=most))
        parts += [who.hours_text(matching.desk, now), telephone_text(matching.desk)]
        if can_be_left(view):
            parts.append(_("Type callback to be asked here when somebody is free."))
        return sentences(*parts)
    if view.position is None or not who.comes:
        return sentences(_("Waiting for a helper."), who.text)
    text = _("Waiting for a helper: number {position} in the queue.").format(position=view.position)
    return sentences(text, who.text)


def _left(view: UserView) -> tuple[bool, float | None]:
    """Whether the request is a call back, and how long it stays then."""
    request = view.matching.request
    return (False, None) if request is None else (request.call_back, request.until if request.call_back else None)


def offer_event(offer: SharedScreen) -> AgentEvent:
    """What can be shown, as it was seen before somebody was asked."""
    screens = [{"key": one.key, "name": one.name} for one in (offer.screen, *offer.others) if one is not None]
    facts: dict[str, object] = {
        "server": offer.server,
        "screen": screens[0] if screens else None,
        "others": screens[1:],
    }
    return AgentEvent(name="offer", text=offer.text, facts=facts)


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


ANSWERS: Final = "yes / no"  # what can be typed
READ: Final = 1.5  # seconds; a `yes` that comes sooner was typed for what was asked before


def _key(question: Question) -> tuple[QuestionKind, str]:
    return question.kind, question.session


class UserTerminal(Terminal[UserOrder]):
    """Tells changes, and takes orders. `again` and `quit` after a loss are for whoever asked (`decided`)."""

    def __init__(self, events: Events | None, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(events)
        self._clock = clock
        self._told: dict[tuple[QuestionKind, str], float] = {}  # when each open question was told last
        self._view = UserView()
        self._decisions: asyncio.Queue[bool] = asyncio.Queue()
        self._deciding = False
        self.app: UserApp | None = None

    # what is told

    def changed(self, view: UserView) -> None:
        """The app's `on_change`."""
        before, self._view = self._view, view
        for event in matching_events(before.matching, view.matching):
            self.tell(event)
        who, was = asked_now(view.matching), asked_now(before.matching)
        left, had = ((one.missed, *_left(one)) for one in (view, before))
        news = (view.position, view.stage, who, left) != (before.position, before.stage, was, had)
        if view.offer is not None and view.offer != before.offer:
            self.tell(offer_event(view.offer))
        waits = view.stage is RequestStage.WAITING and view.matching.phase is MatchingPhase.ONLINE
        if waits and news and who is not None:
            self._waiting(view, who)
        if view.session is not None and view.session is not before.session:
            same = before.session is not None and before.session.session == view.session.session
            for event in session_events(before.session if same else None, view.session):
                self.tell(event)
        self._told = {key: at for key, at in self._told.items() if any(key == _key(one) for one in view.questions)}
        for question in view.questions:
            if _key(question) not in self._told:
                self._told[_key(question)] = self._clock()
                text = f"{question.text} [{ANSWERS}]"
                if question.deadline is not None:
                    until = _("Without an answer until {time} it is no.").format(time=time_text(question.deadline))
                    text = f"{text} {until}"
                facts: dict[str, object] = {
                    "kind": question.kind.value,
                    "session": question.session,
                    "peer": {"name": question.name, "uri": question.uri},
                    "deadline": question.deadline,
                    "own": question.own,
                }
                if question.handover is not None:
                    facts["handover"] = {"by": question.handover.by, "note": question.handover.note}
                self.tell(AgentEvent(name="question", text=text, facts=facts))

        if view.area.question is not None and view.area.question != before.area.question:
            self.tell(screen_question_event(view.area.question, view.session))

    def _waiting(self, view: UserView, who: Asked) -> None:
        facts: dict[str, object] = {
            "request": view.matching.request.request if view.matching.request is not None else "",
            "position": view.position,
            "away": who.nobody and bool(who.name) and not who.is_group,
            "there": who.presence.value,
            "available": who.available,
            "call_back": _left(view)[0],
            "until": _left(view)[1],
            "missed": view.missed.name if view.missed is not None else None,
        }
        text = waiting_text(view, who, relay_time(view.matching.clock_skew))
        self.tell(AgentEvent(name="waiting", text=text, facts=facts))

    def happened(self, event: SessionEvent, view: SessionView) -> None:
        """The app's `on_event`."""
        self.tell(happened_event(event, view))

    def problem(self, problem: TasukiError) -> None:
        """The app's `on_problem`."""
        self.tell(problem_event(problem))

    def not_asked(self, problem: TasukiError) -> None:
        """Asking again was not possible just now; the person may try once more (`decided`)."""
        told = problem_event(problem)
        self.tell(replace(told, text=told.text + _(" Type again to ask again, or quit.")))

    def over(self, ending: RequestEnding) -> None:
        """The request is over."""
        again = _("Type again to ask again, or quit.") if ending.lost else ""
        text = again if ending.connected else sentences(ending.text, again)
        if not ending.as_asked and (telephone := telephone_text(self._view.matching.desk)):
            text = sentences(text, telephone)
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
        return _("Type: yes, no, view, control, pause, resume, chat TEXT, screen NUMBER, callback, stop.")

    def parse(self, line: str) -> UserOrder | None:
        """As user_agent.orders has it."""
        return parse(line)

    def carry_out(self, order: UserOrder) -> bool:
        """By the app. Once it is over, `again` and `stop` are decisions."""
        app = self.app
        if app is None:
            return False
        match order.verb:
            case UserVerb.YES:
                return self._too_soon() or app.allow() or app.grant()
            case UserVerb.NO | UserVerb.DENY:
                return app.allow(False) or app.grant(False)
            case UserVerb.ALLOW:
                return app.allow()
            case UserVerb.GRANT | UserVerb.REFUSE:
                return app.grant(order.verb is UserVerb.GRANT)
            case UserVerb.VIEW | UserVerb.CONTROL:
                session = app.view.session
                if order.verb is UserVerb.CONTROL and session is not None and (why := session.no_control) is not None:
                    raise why
                return app.set_mode(Mode(order.verb.value))
            case UserVerb.PAUSE | UserVerb.RESUME:
                return app.pause(order.verb is UserVerb.PAUSE)
            case UserVerb.CALL_BACK:
                return app.leave_as_call_back()
            case UserVerb.CHAT:
                return app.chat(order.text)
            case UserVerb.SCREEN:
                area = app.view.area
                asked = area.question
                key = area.offered.key(order.text) if asked is None else asked.choice(order.text)
                return key is not None and (app.want_screen if asked is None else app.choose_screen)(key)
            case UserVerb.STOP | UserVerb.QUIT | UserVerb.AGAIN:
                if self._deciding or app.view.stage is RequestStage.ENDED:
                    self._decisions.put_nowait(order.verb is UserVerb.AGAIN)
                    return True
                return order.verb is not UserVerb.AGAIN and app.stop()
            case UserVerb.HELP:
                self.tell(AgentEvent(name="help", text=self.help()))
                return True
            case _:
                assert_never(order.verb)

    def _too_soon(self) -> bool:
        """Whether the question that a `yes` would answer had only just come; then it is told again, with that.

        `yes` says not what it answers: typed twice to *Allow?* it would give control to a helper who asks for that at
        once. The question whether a helper may come in at first needs no such time, nor one that the person has begun.
        """
        now = self._clock()
        for question in self._view.questions:
            follows = question.handover is not None or (question.kind is QuestionKind.CONTROL and not question.own)
            if follows and now - self._told[_key(question)] < READ:
                self._told[_key(question)] = now
                text = _("That was not taken as the answer, since this was asked only now:")
                facts: dict[str, object] = {"order": UserVerb.YES.value}
                self.tell(AgentEvent(name="not_now", text=f"{text} {question.text} [{ANSWERS}]", facts=facts))
                return True
        return False

    async def decided(self) -> bool:
        """After a loss: whether the person wants to ask again."""
        self._deciding = True
        try:
            return await self._decisions.get()
        finally:
            self._deciding = False
