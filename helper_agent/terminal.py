"""The helper's command line: views become events, lines become intents."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal, assert_never

from common.agent.events import AgentEvent, matching_events, request_event, session_events
from common.agent.terminal import Terminal
from common.host.command import Events
from common.host.words import _
from common.protocol.messages import HelperEntry, Status, ToHelper
from common.protocol.session_life import SessionPhase
from helper_agent.app import HelperApp
from helper_agent.events import numbered_event, queue_events, viewer_shown_events
from helper_agent.orders import HelperOrder, HelperVerb, parse
from helper_agent.views import HelperView

_InSession = Literal[
    HelperVerb.TRANSFER,
    HelperVerb.NOTE,
    HelperVerb.WANT_CONTROL,
    HelperVerb.CHAT,
    HelperVerb.TYPE,
    HelperVerb.SCREEN,
    HelperVerb.VIEWER,
    HelperVerb.END,
]


class HelperTerminal(Terminal[HelperOrder]):
    """Tells changes, and takes orders."""

    def __init__(self, events: Events | None) -> None:
        super().__init__(events)
        self._view = HelperView()
        self._current = 0  # the session's number that orders without one mean
        self.app: HelperApp | None = None

    # what is told

    def changed(self, view: HelperView) -> None:
        """The app's `on_change`."""
        before, self._view = self._view, view
        for event in matching_events(before.matching, view.matching):
            self.tell(event)
        if view.matching.status is not before.matching.status:
            status = view.matching.status
            self.tell(AgentEvent(name="status", text=_status_text(status), facts={"status": status.value}))
        for event in queue_events(before, view):
            self.tell(event)
        old = {running.view.session: running for running in before.sessions}
        for running in view.sessions:
            was = old.get(running.view.session)
            for event in session_events(was.view if was is not None else None, running.view):
                self.tell(numbered_event(event, running.number))
            for event in viewer_shown_events(was, running):
                self.tell(numbered_event(event, running.number))
            if was is None:
                self._current = running.number

    # what is ordered

    async def listen(self, lines: AsyncIterator[str]) -> bool:
        """Carry out every line until `quit` (True) or there are no more (False)."""
        async for line in lines:
            order = self.order(line)
            if order is not None and order.verb is HelperVerb.QUIT:
                return True
        return False

    def help(self) -> str:
        """What can be typed."""
        return _(
            "Type: accept [N], next, decline [N] [WHY], transfer anyone|group NAME|helper NAME [| NOTE], note TEXT, want-control, chat TEXT, type TEXT, "
            "screen NUMBER, copy FILE, paste FILE, viewer, end, use N, away, available, list, quit."
        )

    def parse(self, line: str) -> HelperOrder | None:
        """As helper_agent.orders has it."""
        return parse(line)

    def carry_out(self, order: HelperOrder) -> bool:
        """By the app; `quit` is for whoever listens."""
        app = self.app
        if app is None:
            return order.verb is HelperVerb.QUIT
        match order.verb:
            case HelperVerb.ACCEPT:
                return (request := self._request(order.which)) != "" and app.accept(request)
            case HelperVerb.NEXT:
                return app.next()
            case HelperVerb.DECLINE:
                return (request := self._request(order.which)) != "" and app.decline(request, order.text)
            case HelperVerb.AWAY | HelperVerb.AVAILABLE | HelperVerb.BUSY:
                return app.set_status(Status(order.verb.value))
            case HelperVerb.LIST:
                self._list()
                return True
            case HelperVerb.HELP:
                self.tell(AgentEvent(name="help", text=self.help()))
                return True
            case HelperVerb.USE:
                known = int(order.which) in {running.number for running in self._view.sessions}
                self._current = int(order.which) if known else self._current
                return known
            case HelperVerb.COPY:
                return app.sessions.copy(Path(order.text))
            case HelperVerb.PASTE:
                return app.sessions.paste(Path(order.text))
            case HelperVerb.QUIT:
                return True
            case (
                HelperVerb.TRANSFER
                | HelperVerb.NOTE
                | HelperVerb.WANT_CONTROL
                | HelperVerb.CHAT
                | HelperVerb.TYPE
                | HelperVerb.SCREEN
                | HelperVerb.VIEWER
                | HelperVerb.END
            ) as verb:
                return (session := self._session(order.which)) != "" and self._carry_out_in(app, session, verb, order)
            case _:
                assert_never(order.verb)

    def _carry_out_in(self, app: HelperApp, session: str, verb: _InSession, order: HelperOrder) -> bool:
        match verb:
            case HelperVerb.TRANSFER:
                to = order.to or self._colleague(order.name)
                return to is not None and app.transfer(session, to, order.text)
            case HelperVerb.NOTE:
                return app.sessions.note(session, order.text)
            case HelperVerb.WANT_CONTROL:
                return app.sessions.want_control(session)
            case HelperVerb.CHAT:
                return app.sessions.chat(session, order.text)
            case HelperVerb.TYPE:
                return app.sessions.type_text(session, order.text)
            case HelperVerb.SCREEN:
                return app.sessions.want_screen(session, order.text)
            case HelperVerb.VIEWER:
                return app.sessions.open_viewer(session)
            case HelperVerb.END:
                return app.sessions.end(session)
            case _:
                assert_never(verb)

    def _colleague(self, name: str) -> ToHelper | None:
        """Whom a name means in the list of helpers; None where nobody has it."""
        listed = (one for one in self._view.matching.helpers if isinstance(one, HelperEntry))
        return next((ToHelper(uri=one.uri) for one in listed if one.name == name), None)

    def _request(self, which: str) -> str:
        """The request's id by number or id; without either the one that waits longest."""
        for numbered in self._view.requests:
            if which in {"", str(numbered.number), numbered.entry.request}:
                return numbered.entry.request
        return ""

    def _session(self, which: str) -> str:
        """The session's id by number, or its request's; without either the current one, else the only one."""
        alive = [running for running in self._view.sessions if running.view.phase is not SessionPhase.ENDED]
        wanted = which or str(self._current)
        for running in alive:
            if wanted in {str(running.number), running.view.request, running.view.session}:
                return running.view.session
        return alive[0].view.session if len(alive) == 1 and not which else ""

    def _list(self) -> None:
        lines = [request_event(numbered.entry, number=numbered.number).text for numbered in self._view.requests]
        lines += [
            _("[{number}] In a session with {name}.").format(number=running.number, name=running.user)
            for running in self._view.sessions
        ]
        facts: dict[str, object] = {
            "requests": [request_event(entry.entry, number=entry.number).facts for entry in self._view.requests],
            "sessions": [
                {
                    "session": running.view.session,
                    "request": running.view.request,
                    "number": running.number,
                    "phase": running.view.phase.value,
                    "mode": running.view.mode.value,
                    "user": running.user,
                }
                for running in self._view.sessions
            ],
        }
        self.tell(AgentEvent(name="list", text="\n".join(lines) or _("Nobody is waiting."), facts=facts))


def _status_text(status: Status) -> str:
    words = {
        Status.AVAILABLE: _("You are available."),
        Status.BUSY: _("You are busy."),
        Status.AWAY: _("You are away: nobody asks for you by name."),
    }
    return words[status]
