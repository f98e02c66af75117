"""Lines that the person (or a script) types while a request waits or a session runs: text in, an order out. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class UserVerb(StrEnum):
    """What can be ordered."""

    ALLOW = "allow"
    DENY = "deny"
    VIEW = "view"
    CONTROL = "control"
    PAUSE = "pause"
    RESUME = "resume"
    GRANT = "grant"
    REFUSE = "refuse"
    CHAT = "chat"
    STOP = "stop"
    AGAIN = "again"
    QUIT = "quit"
    HELP = "help"


@dataclass(frozen=True, kw_only=True)
class UserOrder:
    """One order; `text` for chat."""

    verb: UserVerb
    text: str = ""


_SAME = {
    "yes": UserVerb.ALLOW,
    "no": UserVerb.DENY,
    "mode view": UserVerb.VIEW,
    "mode control": UserVerb.CONTROL,
    "pause on": UserVerb.PAUSE,
    "pause off": UserVerb.RESUME,
    "end": UserVerb.STOP,
    "cancel": UserVerb.STOP,
    "exit": UserVerb.QUIT,
    "?": UserVerb.HELP,
}


def parse(line: str) -> UserOrder | None:
    """The order in `line`; None where there is none."""
    words = line.split()
    if not words:
        return None
    if words[0].lower() == "chat":
        text = line.strip()[4:].strip()
        return UserOrder(verb=UserVerb.CHAT, text=text) if text else None
    plain = " ".join(words).lower()
    if plain in _SAME:
        return UserOrder(verb=_SAME[plain])
    try:
        return UserOrder(verb=UserVerb(plain))
    except ValueError:
        return None
