"""Lines that the person (or a script) types while a request waits or a session runs: text in, an order out. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Verb(StrEnum):
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
class Order:
    """One order; `text` for chat."""

    verb: Verb
    text: str = ""


_SAME = {
    "yes": Verb.ALLOW,
    "no": Verb.DENY,
    "mode view": Verb.VIEW,
    "mode control": Verb.CONTROL,
    "pause on": Verb.PAUSE,
    "pause off": Verb.RESUME,
    "end": Verb.STOP,
    "cancel": Verb.STOP,
    "exit": Verb.QUIT,
    "?": Verb.HELP,
}


def parse(line: str) -> Order | None:
    """The order in `line`; None where there is none."""
    words = line.split()
    if not words:
        return None
    if words[0].lower() == "chat":
        text = line.strip()[4:].strip()
        return Order(verb=Verb.CHAT, text=text) if text else None
    plain = " ".join(words).lower()
    if plain in _SAME:
        return Order(verb=_SAME[plain])
    try:
        return Order(verb=Verb(plain))
    except ValueError:
        return None
