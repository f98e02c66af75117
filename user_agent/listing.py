"""Who can be asked, as the command line lists them: in the order of the window's list, with what it says. Pure."""

from common.agent.desk import group_hours_text, hours_text, telephone_text
from common.agent.events import AgentEvent
from common.agent.views import MatchingView
from common.host.words import _, one_line
from common.protocol.messages import GroupEntry, HelperEntry, Mode, ToAnyone
from user_agent.presence import Presence, asked_of, sorted_listed


def listing_event(view: MatchingView, now: float) -> AgentEvent:
    """One list. `now`: for the desk's hours, which are told where nobody is available."""
    listed = sorted_listed(view.helpers)
    helpers = [entry for entry in listed if isinstance(entry, HelperEntry)]
    groups = [entry for entry in listed if isinstance(entry, GroupEntry)]
    anyone = asked_of(ToAnyone(), view)
    lines = [
        _("Whoever is free first: {count} available").format(count=anyone.available),
        *(_group_text(entry, now) for entry in groups),
        *(f"{one_line(entry.name)}  ({_status_text(entry)})" for entry in helpers),
    ]
    if anyone.presence is not Presence.AVAILABLE:
        lines[0] = anyone.text or _("Nobody can be asked now. Try again later.")
        lines += [text for text in (hours_text(view.desk, now), telephone_text(view.desk)) if text]
    facts: dict[str, object] = {
        "helpers": [
            {
                "uri": entry.uri,
                "name": entry.name,
                "status": entry.status.value,
                "languages": entry.languages,
                "skills": entry.skills,
                "waiting": entry.waiting,
                "most": entry.most.value,
            }
            for entry in helpers
        ],
        "groups": [
            {
                "group": entry.group,
                "available": entry.available,
                "busy": entry.busy,
                "away": entry.away,
                "waiting": entry.waiting,
                "most": entry.most.value,
                "open": entry.open,
            }
            for entry in groups
        ],
        "there": anyone.presence.value,
        "telephone": view.desk.telephone if view.desk is not None else "",
        "open": view.desk.open if view.desk is not None else None,
    }
    return AgentEvent(name="helpers", text="\n".join(lines), facts=facts)


def _group_text(entry: GroupEntry, now: float) -> str:
    group = one_line(entry.group)
    text = _("Group {group}: {count} available").format(group=group, count=entry.available)
    text = f"{text}; {_('may only look')}" if entry.most is Mode.VIEW else text
    hours = group_hours_text(group, entry.open, now)
    return f"{text}. {hours}" if hours else text


def _status_text(entry: HelperEntry) -> str:
    words = {"available": _("available"), "busy": _("busy"), "away": _("away")}
    only = [_("may only look")] if entry.most is Mode.VIEW else []
    known = ", ".join([*entry.languages, *entry.skills, *only])
    return f"{words[entry.status.value]}; {known}" if known else words[entry.status.value]
