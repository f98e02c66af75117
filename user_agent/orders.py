"""Lines that the person (or a script) types while a request waits or a session runs: text in, an order out. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class UserVerb(StrEnum):
    """What can be ordered."""

    YES = "yes"
    NO = "no"
    ALLOW = "allow"
    DENY = "deny"
    VIEW = "view"
    CONTROL = "control"
    PAUSE = "pause"
    RESUME = "resume"
    GRANT = "grant"
    REFUSE = "refuse"
    CHAT = "chat"
    SCREEN = "screen"
    CALL_BACK = "callback"
    STOP = "stop"
    AGAIN = "again"
    QUIT = "quit"
    HELP = "help"


@dataclass(frozen=True, kw_only=True)
class UserOrder:
    """One order; `text` for chat, and for screen: which."""

    verb: UserVerb
    text: str = ""


_SAME = {
    "mode view": UserVerb.VIEW,
    "mode control": UserVerb.CONTROL,
    "pause on": UserVerb.PAUSE,
    "pause off": UserVerb.RESUME,
    "call back": UserVerb.CALL_BACK,
    "end": UserVerb.STOP,
    "cancel": UserVerb.STOP,
    "exit": UserVerb.QUIT,
    "?": UserVerb.HELP,
}


_WITH_TEXT = {verb.value: verb for verb in (UserVerb.CHAT, UserVerb.SCREEN)}


def parse(line: str) -> UserOrder | None:
    """The order in `line`; None where there is none."""
    words = line.split()
    if not words:
        return None
    if (verb := words[0].lower()) in _WITH_TEXT:
        text = line.strip()[len(verb) :].strip()
        return UserOrder(verb=_WITH_TEXT[verb], text=text) if text else None
    plain = " ".join(words).lower()
    if plain in _SAME:
        return UserOrder(verb=_SAME[plain])
    try:
        return UserOrder(verb=UserVerb(plain))
    except ValueError:
        return None
