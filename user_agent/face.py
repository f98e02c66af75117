"""The command line as the user's face: views become events, lines become intents."""

import asyncio
from collections.abc import AsyncIterator

from common.agent.telling import Told, event_told, matching_told, problem_text, session_told, time_text
from common.agent.views import SessionEvent, SessionView
from common.host.command import Events
from common.host.errors import TasukiError
from common.host.words import _, one_line
from common.protocol.matching_client import Phase
from common.protocol.messages import Mode
from user_agent.app import UserApp
from user_agent.consent import Kind
from user_agent.orders import Order, Verb, parse
from user_agent.views import Ending, Stage, UserView


def help_text() -> str:
    """What can be typed."""
    return _("Type: allow, deny, view, control, pause, resume, grant, refuse, chat TEXT, stop.")


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


class Face:
    """Tells changes, and takes orders. `again` and `quit` after a loss are for who asked (`decided`)."""

    def __init__(self, events: Events) -> None:
        self._events = events
        self._view = UserView()
        self._decisions: asyncio.Queue[bool] = asyncio.Queue()
        self.app: UserApp | None = None

    # what is told

    def changed(self, view: UserView) -> None:
        """The app's `on_change`."""
        before, self._view = self._view, view
        for told in matching_told(before.matching, view.matching):
            self._tell(told)
        news = (view.position, view.stage, _away(view)) != (before.position, before.stage, _away(before))
        if view.stage is Stage.WAITING and news and view.matching.phase is Phase.ONLINE:
            self._waiting(view)
        if view.session is not None and view.session is not before.session:
            same = before.session is not None and before.session.session == view.session.session
            for told in session_told(before.session if same else None, view.session):
                self._tell(told)
        for question in view.questions:
            if not any(question.kind is old.kind and question.session == old.session for old in before.questions):
                answers = "allow / deny" if question.kind is Kind.ALLOW else "grant / refuse"
                text = f"{question.text} [{answers}]"
                if question.deadline is not None:
                    until = _("Without an answer until {time} it is no.").format(time=time_text(question.deadline))
                    text = f"{text} {until}"
                self._events.tell(
                    "question",
                    text,
                    kind=question.kind.value,
                    session=question.session,
                    peer={"name": question.name, "uri": question.uri},
                    deadline=question.deadline,
                )

    def _waiting(self, view: UserView) -> None:
        request = view.matching.request.request if view.matching.request is not None else ""
        text = _("Waiting for a helper.")
        if view.position is not None:
            text = _("Waiting for a helper: number {position} in the queue.").format(position=view.position)
        if away := _away(view):
            text = f"{text} {away_text(away, view.matching.waits)}"
        self._events.tell("waiting", text, request=request, position=view.position, away=bool(away))

    def happened(self, event: SessionEvent, view: SessionView) -> None:
        """The app's `on_event`."""
        self._tell(event_told(event, view))

    def problem(self, problem: TasukiError) -> None:
        """The app's `on_problem`."""
        self._events.tell("problem", problem_text(problem), code=problem.code, text=problem_text(problem))

    def over(self, ending: Ending) -> None:
        """The request is over."""
        again = _(" Type again to ask again, or quit.") if ending.lost else ""
        text = again.strip() if ending.connected else ending.text + again
        code = ending.problem.code if ending.problem is not None else None
        self._events.tell(
            "over", text, why=ending.why.value, text=ending.text, note=ending.words, code=code, lost=ending.lost
        )

    def _tell(self, told: Told) -> None:
        self._events.tell(told.event, told.text, **told.facts)

    # what is ordered

    async def listen(self, lines: AsyncIterator[str]) -> None:
        """Carry out every line until there are no more."""
        async for line in lines:
            order = parse(line)
            if order is None:
                if line.strip():
                    self._events.tell("order_unknown", help_text(), line=line.strip()[:100])
            elif not self._do(order):
                text = _("That is not possible now.")
                self._events.tell("not_now", text, order=order.verb.value)
        self._decisions.put_nowait(False)

    def _do(self, order: Order) -> bool:
        app = self.app
        if app is None:
            return False
        match order.verb:
            case Verb.ALLOW | Verb.DENY:
                return app.allow(order.verb is Verb.ALLOW) or app.grant(order.verb is Verb.ALLOW)
            case Verb.GRANT | Verb.REFUSE:
                return app.grant(order.verb is Verb.GRANT)
            case Verb.VIEW | Verb.CONTROL:
                return app.set_mode(Mode(order.verb.value))
            case Verb.PAUSE | Verb.RESUME:
                return app.pause(order.verb is Verb.PAUSE)
            case Verb.CHAT:
                return app.chat(order.text)
            case Verb.STOP | Verb.QUIT | Verb.AGAIN:
                if app.view.stage is Stage.ENDED:
                    self._decisions.put_nowait(order.verb is Verb.AGAIN)
                    return True
                return order.verb is not Verb.AGAIN and app.stop()
            case Verb.HELP:
                self._events.tell("help", help_text())
                return True

    async def decided(self) -> bool:
        """After a loss: whether the person wants to ask again."""
        return await self._decisions.get()
