"""The command line as the helper's face: views become events, lines become intents."""

from collections.abc import AsyncIterator

from common.agent.telling import Told, matching_told, request_told, session_told
from common.host.command import Events
from common.host.words import _
from common.protocol.messages import HelperEntry, Status, ToHelper
from common.protocol.session_life import Phase
from helper_agent.app import HelperApp
from helper_agent.orders import Order, Verb, parse
from helper_agent.telling import numbered_told, requests_told, shown_told
from helper_agent.views import HelperView


def help_text() -> str:
    """What can be typed."""
    return _(
        "Type: accept [N], decline [N] [WHY], transfer anyone|group NAME|helper NAME [| NOTE], note TEXT, want-control, chat TEXT, "
        "viewer, end, use N, away, available, list, quit."
    )


class Face:
    """Tells changes, and takes orders."""

    def __init__(self, events: Events) -> None:
        self._events = events
        self._view = HelperView()
        self._current = 0  # the session's number that orders without one mean
        self.app: HelperApp | None = None

    # what is told

    def changed(self, view: HelperView) -> None:
        """The app's `on_change`."""
        before, self._view = self._view, view
        for told in matching_told(before.matching, view.matching):
            self.tell(told)
        if view.matching.status is not before.matching.status:
            self._events.tell("status", _status_text(view.matching.status), status=view.matching.status.value)
        for told in requests_told(before, view):
            self.tell(told)
        old = {running.view.session: running for running in before.sessions}
        for running in view.sessions:
            was = old.get(running.view.session)
            for told in session_told(was.view if was is not None else None, running.view):
                self.tell(numbered_told(told, running.number))
            for told in shown_told(was, running):
                self.tell(numbered_told(told, running.number))
            if was is None:
                self._current = running.number

    def tell(self, told: Told) -> None:
        """The app's `tell`."""
        self._events.tell(told.event, told.text, **told.facts)

    # what is ordered

    async def listen(self, lines: AsyncIterator[str]) -> bool:
        """Carry out every line until `quit` (True) or there are no more (False)."""
        async for line in lines:
            if self.order(line):
                return True
        return False

    def order(self, line: str) -> bool:
        """Carry out one line; True at `quit`."""
        order = parse(line)
        if order is None:
            if line.strip():
                self._events.tell("order_unknown", help_text(), line=line.strip()[:100])
        elif order.verb is Verb.QUIT:
            return True
        elif not self._do(order):
            self._events.tell("not_now", _("That is not possible now."), order=order.verb.value)
        return False

    def _do(self, order: Order) -> bool:
        app = self.app
        if app is None:
            return False
        match order.verb:
            case Verb.ACCEPT:
                return (request := self._request(order.which)) != "" and app.accept(request)
            case Verb.DECLINE:
                return (request := self._request(order.which)) != "" and app.decline(request, order.text)
            case Verb.AWAY | Verb.AVAILABLE | Verb.BUSY:
                return app.set_status(Status(order.verb.value))
            case Verb.LIST:
                self._list()
                return True
            case Verb.HELP:
                self._events.tell("help", help_text())
                return True
            case Verb.USE:
                known = int(order.which) in {running.number for running in self._view.sessions}
                self._current = int(order.which) if known else self._current
                return known
            case _:
                return (session := self._session(order.which)) != "" and self._do_in(app, order, session)

    def _do_in(self, app: HelperApp, order: Order, session: str) -> bool:
        """Orders within a session."""
        match order.verb:
            case Verb.TRANSFER:
                to = order.to or self._colleague(order.name)
                return to is not None and app.transfer(session, to, order.text)
            case Verb.NOTE:
                return app.note(session, order.text)
            case Verb.WANT_CONTROL:
                return app.want_control(session)
            case Verb.CHAT:
                return app.chat(session, order.text)
            case Verb.VIEWER:
                return app.open_viewer(session)
            case Verb.END:
                return app.end(session)
            case _:
                return False

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
        alive = [running for running in self._view.sessions if running.view.phase is not Phase.ENDED]
        wanted = which or str(self._current)
        for running in alive:
            if wanted in {str(running.number), running.view.request, running.view.session}:
                return running.view.session
        return alive[0].view.session if len(alive) == 1 and not which else ""

    def _list(self) -> None:
        lines = [request_told(numbered.entry, number=numbered.number).text for numbered in self._view.requests]
        lines += [
            _("[{number}] In a session with {name}.").format(number=running.number, name=running.user)
            for running in self._view.sessions
        ]
        self._events.tell(
            "list",
            "\n".join(lines) or _("Nobody is waiting."),
            requests=[request_told(entry.entry, number=entry.number).facts for entry in self._view.requests],
            sessions=[
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
        )


def _status_text(status: Status) -> str:
    words = {
        Status.AVAILABLE: _("You are available."),
        Status.BUSY: _("You are busy."),
        Status.AWAY: _("You are away: nobody asks for you by name."),
    }
    return words[status]
