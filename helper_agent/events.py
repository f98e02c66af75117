"""What the helper's command line tells besides sessions: requests that come and go, viewers. Pure."""

from collections.abc import Iterator

from common.agent.events import AgentEvent, problem_text, request_event
from common.agent.views import SessionView
from common.host.errors import TasukiError
from common.host.words import _, one_line
from common.protocol.messages import Gone
from common.protocol.reasons import Why
from helper_agent.views import HelperView, NumberedRequest, RunningSession


def queue_events(before: HelperView, after: HelperView) -> Iterator[AgentEvent]:
    """Requests that came, and that went; a call back anew when it became one, and when its user comes or goes."""
    old = {numbered.entry.request for numbered in before.requests}
    seen = {_standing(numbered) for numbered in before.requests}
    now = {numbered.entry.request for numbered in after.requests}
    for numbered in after.requests:
        if numbered.entry.request not in old or _standing(numbered) not in seen:
            yield request_event(numbered.entry, number=numbered.number)
    taken = {running.view.request for running in after.sessions}
    for numbered in before.requests:
        if numbered.entry.request not in now:
            ours = numbered.accepted or numbered.entry.request in taken
            text = _("[{number}] {name} is no longer waiting.").format(
                number=numbered.number, name=numbered.entry.user.name
            )
            facts: dict[str, object] = {"request": numbered.entry.request, "number": numbered.number, "ours": ours}
            yield AgentEvent(name="request_gone", text="" if ours else text, facts=facts)


def _standing(numbered: NumberedRequest) -> tuple[str, bool, bool]:
    return numbered.entry.request, numbered.entry.call_back, numbered.entry.here


def missed_event(gone: Gone, name: str, number: int) -> AgentEvent:
    """Somebody else was faster, or the user did not wait."""
    taken = gone.why is Why.TAKEN
    text = _("{name} was taken by another helper.") if taken else _("{name} is no longer waiting.")
    facts: dict[str, object] = {"request": gone.request, "number": number, "why": gone.why.value}
    return AgentEvent(name="missed", text=text.format(name=one_line(name)), facts=facts)


def numbered_event(event: AgentEvent, number: int) -> AgentEvent:
    """The same, with the number of the session that it is about."""
    text = f"[{number}] {event.text}" if event.text else ""
    return AgentEvent(name=event.name, text=text, facts={**event.facts, "number": number})


def viewer_event(view: SessionView, event: str, facts: dict[str, object]) -> AgentEvent:
    """`viewer`, `viewer_closed` or `problem`, of one session."""
    ids: dict[str, object] = {"session": view.session, "request": view.request}
    problem = facts.pop("problem", None)
    text = ""
    if isinstance(problem, TasukiError):
        text = problem_text(problem)
        facts = {**facts, "code": problem.code, "text": text}
    elif event == "viewer_closed":
        text = _("The viewer was closed. The session goes on; type viewer to open it again, or end.")
    elif "address" in facts:
        text = _("The viewer is this page: {address}").format(address=facts["address"])
    elif "port" in facts:
        text = _("A viewer may connect to {host}::{port}; its password is in {file}.").format(
            host=facts["host"], port=facts["port"], file=facts["password_file"]
        )
    return AgentEvent(name=event, text=text, facts={**ids, **facts})


def viewer_shown_events(before: RunningSession | None, after: RunningSession) -> Iterator[AgentEvent]:
    """Whether the viewer shows the desktop."""
    if before is not None and before.shown != after.shown:
        facts: dict[str, object] = {"session": after.view.session, "request": after.view.request, "on": after.shown}
        yield AgentEvent(name="viewer_shows", facts=facts)
