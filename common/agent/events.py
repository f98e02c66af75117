"""What a command line tells of an agent's life: the difference of two views, as events with a sentence each. Pure.

Names of events and their facts are documented in docs/agents.md; scripts rely on them: never rename one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from common.agent.desk import telephone_text
from common.agent.matching.problems import is_hopeless
from common.agent.views import (
    ChatDelivered,
    ChatLeftOut,
    ChatReceived,
    ClipboardLeftOut,
    ClipboardReceived,
    ControlBeyondMost,
    ControlRefused,
    Drawn,
    InputLost,
    KeysUnpressed,
    MatchingView,
    ModeRecorded,
    PointerShown,
    ScreenChanged,
    ScreenWished,
    SessionEvent,
    SessionView,
)
from common.host.errors import TasukiError, plain, sentence
from common.host.words import _, one_line, plain_reason, reason_sentence, sentences
from common.protocol.channel import ALL_SCREENS, MOST, NO_SCREENS, PauseWhy
from common.protocol.identity import Role
from common.protocol.matching_client import MatchingPhase
from common.protocol.messages import Mode, RequestEntry, To, ToGroup, ToHelper
from common.protocol.reasons import Why
from common.protocol.session_life import SessionPhase


@dataclass(frozen=True, kw_only=True)
class AgentEvent:
    """One event: its name, its sentence (empty: only scripts hear of it), its facts."""

    name: str
    text: str = ""
    facts: dict[str, object] = field(default_factory=dict)


def matching_events(before: MatchingView, after: MatchingView) -> Iterator[AgentEvent]:
    """The connection to the relay."""
    if after.phase is not before.phase and after.phase is MatchingPhase.ONLINE:
        facts: dict[str, object] = {"account": after.account, "name": after.name, "organisation": after.organisation}
        yield AgentEvent(
            name="online", text=_("Connected to the relay as {name}.").format(name=after.name), facts=facts
        )
    if after.phase is MatchingPhase.REPLACED and before.phase is not MatchingPhase.REPLACED:
        yield AgentEvent(
            name="replaced", text=_("Tasuki was started a second time with this certificate, and that one goes on.")
        )
    problem = after.problem
    if after.phase is MatchingPhase.RETRYING and problem is not None and problem is not before.problem:
        facts = {"code": getattr(problem, "code", "failed"), "text": problem_text(problem), "since": after.lost}
        parts = [problem_text(problem), telephone_text(after.desk)]
        if after.lost is not None and not is_hopeless(after):
            parts.append(_("Trying again since {time}.").format(time=time_text(after.lost)))
        text = sentences(*parts)
        yield AgentEvent(name="offline", text=text, facts=facts)
    if after.desk is not None and after.desk != before.desk:
        desk = after.desk
        facts = {"telephone": desk.telephone, "open": desk.open, "call_back": desk.call_back}
        yield AgentEvent(name="desk", facts=facts)


def request_event(entry: RequestEntry, *, number: int) -> AgentEvent:
    """A request in a helper's list."""
    kind = _("wants to show and be controlled") if entry.mode is Mode.CONTROL else _("wants to show")
    text = _("[{number}] {name} asks for help ({kind}): {topic}").format(
        number=number, name=one_line(entry.user.name), kind=kind, topic=one_line(entry.topic) or "–"
    )
    if entry.call_back:
        here = _("call back") if entry.here else _("call back, not connected now")
        text += f" ({here})"
    if entry.note:
        text += "\n    " + _("Note from the colleague: {note}").format(note=one_line(entry.note))
    facts: dict[str, object] = {
        "request": entry.request,
        "number": number,
        "user": {"name": entry.user.name, "uri": entry.user.uri},
        "to": to_facts(entry.to),
        "mode": entry.mode.value,
        "topic": entry.topic,
        "inventory": dict(entry.inventory),
        "since": entry.since,
        "note": entry.note,
        "call_back": entry.call_back,
        "here": entry.here,
    }
    return AgentEvent(name="request", text=text, facts=facts)


def to_facts(to: To) -> dict[str, str]:
    """Who was asked, for scripts."""
    if isinstance(to, ToHelper):
        return {"kind": "helper", "uri": to.uri}
    if isinstance(to, ToGroup):
        return {"kind": "group", "group": to.group}
    return {"kind": "anyone"}


def session_events(before: SessionView | None, after: SessionView) -> Iterator[AgentEvent]:
    """One session's changes, in the order a person wants to read them."""
    ids: dict[str, object] = {"session": after.session, "request": after.request}
    was = before.phase if before is not None else None
    if after.phase is not was:
        yield AgentEvent(name="session", facts={**ids, "phase": after.phase.value})
        if after.phase is SessionPhase.INTERRUPTED:
            yield AgentEvent(
                name="interrupted", text=_interrupted_text(after), facts={**ids, "until": after.tried_until}
            )
        elif after.phase is SessionPhase.CONNECTED and was is SessionPhase.INTERRUPTED:
            text = _("The connection is back. {mode}").format(mode=mode_text(after))
            yield AgentEvent(name="resumed", text=text, facts={**ids, "mode": after.mode.value})
        elif after.phase is SessionPhase.CONNECTED:
            yield _connected(after, ids)
            if after.clipboard is not None:
                facts = {**ids, "code": after.clipboard.code}
                yield AgentEvent(name="no_clipboard", text=sentence(after.clipboard), facts=facts)
    if before is not None and after.phase is SessionPhase.CONNECTED and after.silent is not before.silent:
        text = (
            _("Nothing is heard from the other computer just now.")
            if after.silent
            else _("The other computer is heard again.")
        )
        yield AgentEvent(name="silent", text=text, facts={**ids, "on": after.silent})
    if before is not None and after.running and before.running:
        if after.mode is not before.mode:
            yield AgentEvent(name="mode", text=mode_text(after), facts={**ids, "mode": after.mode.value})
        if (after.paused, after.screens_changed) != (before.paused, before.screens_changed):
            stopped = after.paused or after.screens_changed
            text = _paused_text(after) if stopped else _("The session goes on.")
            why = PauseWhy.USER if after.paused else PauseWhy.SCREENS if after.screens_changed else None
            yield AgentEvent(name="paused", text=text, facts={**ids, "on": stopped, "why": why and why.value})
    if after.screens != (before.screens if before is not None else NO_SCREENS):
        yield _screens_event(after, ids)
    if after.phase is SessionPhase.ENDED and was is not SessionPhase.ENDED:
        yield ended_event(after)


def _interrupted_text(view: SessionView) -> str:
    if view.lost is None or view.tried_until is None:
        return _("Connection lost, trying again…")
    text = _("Connection lost at {time}, trying again until {until} at most…")
    return text.format(time=time_text(view.lost), until=time_text(view.tried_until))


def _connected(view: SessionView, ids: dict[str, object]) -> AgentEvent:
    facts = {**ids, "peer": {"name": view.peer_name, "uri": view.peer_uri}, "mode": view.mode.value}
    text = _("Connected with {name}. {mode}").format(name=view.peer_name, mode=mode_text(view))
    return AgentEvent(name="connected", text=text, facts=facts)


def _screens_event(view: SessionView, ids: dict[str, object]) -> AgentEvent:
    """Which of the screens that may be seen one by one is seen now."""
    told = view.screens
    screens = [
        {"key": one.key, "number": one.number, "name": one.name, "width": one.width, "height": one.height}
        for one in told.screens
    ]
    facts = {**ids, "seen": told.seen if told.screens else None, "whole": told.whole, "screens": screens}
    return AgentEvent(name="screens_seen", text=_screens_text(view), facts=facts)


def _screens_text(view: SessionView) -> str:
    told = view.screens
    if not told.screens:
        return ""
    names = [str(one.number) for one in told.screens] + ([ALL_SCREENS] if told.whole else [])
    facts = {
        "name": view.peer_name,
        "number": told.one.number if told.one is not None else 0,
        "choices": ", ".join(f"screen {one}" for one in names),
    }
    if view.role is Role.USER and told.one is None:
        text = _("{name} sees all your screens. To show one of them, type: {choices}.")
    elif view.role is Role.USER:
        text = _("{name} sees your screen {number}. To show another one that you allowed, type: {choices}.")
    elif told.one is None:
        text = _("You see all screens of the user. To see one of them, type: {choices}.")
    else:
        text = _("You see the user's screen {number}. To see another one, type: {choices}.")
    return text.format(**facts)


def _paused_text(view: SessionView) -> str:
    if not view.paused and view.role is Role.USER:
        text = _("Stopped: the screens have changed. {name} sees a still picture, and can do nothing.")
        return text.format(name=view.peer_name)
    if not view.paused:
        return _(
            "Stopped: the user's screens have changed. You see a still picture until it is settled what may be shown."
        )
    if view.role is Role.USER:
        text = _(
            "Paused: {name} sees a still picture from the moment you paused, and nothing new until you go on, and can do nothing."
        )
        return text.format(name=view.peer_name)
    return _(
        "Paused: you see a still picture from the moment the user paused, and nothing new until the user goes on. You can do nothing."
    )


def mode_text(view: SessionView) -> str:
    """The mode, as the side that reads it understands it."""
    if view.role is Role.USER:
        return _("The helper may look and control.") if view.mode is Mode.CONTROL else _("The helper may only look.")
    return _("You may look and control.") if view.mode is Mode.CONTROL else _("You may only look.")


def recorded_text(mode: Mode, view: SessionView) -> str:
    """That the organisation's record says so now, as the side that reads it understands it."""
    if view.role is Role.USER:
        if mode is Mode.CONTROL:
            return _("It is recorded that {name} may look and control.").format(name=view.peer_name)
        return _("It is recorded that {name} may only look.").format(name=view.peer_name)
    return (
        _("It is recorded that you may look and control.")
        if mode is Mode.CONTROL
        else _("It is recorded that you may only look.")
    )


def ended_event(view: SessionView) -> AgentEvent:
    """The end, and why."""
    why = view.why or Why.FAILED
    text = reason_sentence(why)
    if isinstance(view.problem, TasukiError):
        text = problem_text(view.problem)
    facts: dict[str, object] = {
        "session": view.session,
        "request": view.request,
        "why": why.value,
        "by": view.by.value if view.by is not None else None,
        "text": text,
    }
    if view.problem is not None:
        facts["code"] = getattr(view.problem, "code", "failed")
    return AgentEvent(name="ended", text=_("The session has ended. {why}").format(why=text), facts=facts)


def happened_event(event: SessionEvent, view: SessionView) -> AgentEvent:
    """What happened in a session besides its view's changes."""
    ids: dict[str, object] = {"session": view.session, "request": view.request}
    match event:
        case ChatReceived(text=text):
            said = _("{name}: {text}").format(name=view.peer_name, text=one_line(text))
            return AgentEvent(name="chat", text=said, facts={**ids, "text": text})
        case ChatDelivered(number=number):
            return AgentEvent(name="chat_delivered", facts={**ids, "number": number})
        case ChatLeftOut():
            text = _("{name} wrote something that cannot be shown here. Ask for it in other words.")
            return AgentEvent(name="chat_left_out", text=text.format(name=view.peer_name), facts=ids)
        case ClipboardLeftOut(why=why, size=size):
            facts = {**ids, "why": why.value, "size": size}
            return AgentEvent(name="clipboard_left_out", text=sentence(event.problem), facts=facts)
        case ClipboardReceived(content=content, size=size):
            return AgentEvent(name="clipboard", facts={**ids, "content": content, "size": size})
        case PointerShown(x=x, y=y):
            return AgentEvent(name="pointer", facts={**ids, "x": x, "y": y})
        case Drawn(points=points, begins=begins):
            return AgentEvent(name="draw", facts={**ids, "points": [list(one) for one in points], "begins": begins})
        case ScreenChanged(width=width, height=height, name=name):
            return AgentEvent(name="screen", facts={**ids, "width": width, "height": height, "name": name})
        case ScreenWished(key=key):
            return AgentEvent(name="screen_wanted", facts={**ids, "screen": key})
        case KeysUnpressed(text=characters, keys=keys, more=more):
            facts = {**ids, "text": characters, "keys": list(keys), "more": more}
            return AgentEvent(name="keys_unpressed", text=sentence(event.problem), facts=facts)
        case ModeRecorded(mode=mode):
            return AgentEvent(name="mode_recorded", text=recorded_text(mode, view), facts={**ids, "mode": mode.value})
        case InputLost(problem=problem):
            return AgentEvent(name="input_lost", text=sentence(problem), facts={**ids, "code": problem.code})
        case ControlBeyondMost():
            text = sentence(TasukiError("control_asked_beyond_most", name=view.peer_name))
            return AgentEvent(name="control_beyond_most", text=text, facts=ids)
        case ControlRefused(beyond_most=True):
            text = sentence(TasukiError("helper_beyond_most"))
            return AgentEvent(name="control_refused", text=text, facts={**ids, "why": MOST})
        case ControlRefused():
            return AgentEvent(name="control_refused", text=_("The user does not give control now."), facts=ids)


def problem_event(problem: TasukiError, **facts: object) -> AgentEvent:
    """Something that the person has to be told, and what there is to say of it beside the sentence."""
    text = sentence(problem)
    return AgentEvent(name="problem", text=text, facts={"code": problem.code, **facts, "text": text})


def problem_text(problem: BaseException) -> str:
    """The sentence for a person; for a bug, that there was one."""
    return sentence(problem) if isinstance(problem, TasukiError) else reason_sentence(Why.FAILED)


def plain_text(problem: BaseException) -> str:
    """The same for a window: without what only an operator knows."""
    return plain(problem) if isinstance(problem, TasukiError) else plain_reason(Why.FAILED)


def time_text(seconds: float) -> str:
    """Unix seconds as local time, for a person."""
    return datetime.fromtimestamp(seconds, UTC).astimezone().strftime("%H:%M:%S")
