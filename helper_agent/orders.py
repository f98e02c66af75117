"""Lines that the helper (or a script) types: text in, an order out. Pure.

accept [N|REQUEST]    next    decline [N|REQUEST] [WHY]    transfer [N] anyone|group NAME|helper NAME [| NOTE]
note [N] TEXT         copy FILE                    paste FILE
want-control [N]      chat TEXT    type TEXT       viewer [N]    end [N]    use N
screen NUMBER|all
away, available, busy list                         help          quit
"""

from dataclasses import dataclass
from enum import StrEnum

from common.protocol.messages import To, ToAnyone, ToGroup, ToHelper


class HelperVerb(StrEnum):
    """What can be ordered."""

    ACCEPT = "accept"
    NEXT = "next"
    DECLINE = "decline"
    TRANSFER = "transfer"
    NOTE = "note"
    WANT_CONTROL = "want-control"
    CHAT = "chat"
    TYPE = "type"
    COPY = "copy"
    PASTE = "paste"
    SCREEN = "screen"
    VIEWER = "viewer"
    END = "end"
    USE = "use"
    AWAY = "away"
    AVAILABLE = "available"
    BUSY = "busy"
    LIST = "list"
    HELP = "help"
    QUIT = "quit"


@dataclass(frozen=True, kw_only=True)
class HelperOrder:
    """One order. `which` is a number or a request's id, empty for the obvious one; `text` is a reason, a note, chat, what is typed, a screen, or a
    file's path.

    A transfer has `to`, or the `name` of the helper whom the list is to find.
    """

    verb: HelperVerb
    which: str = ""
    text: str = ""
    to: To | None = None
    name: str = ""


_PLAIN = frozenset(
    {
        HelperVerb.NEXT,
        HelperVerb.AWAY,
        HelperVerb.AVAILABLE,
        HelperVerb.BUSY,
        HelperVerb.LIST,
        HelperVerb.HELP,
        HelperVerb.QUIT,
    }
)
_SAME = {"exit": HelperVerb.QUIT, "?": HelperVerb.HELP, "want_control": HelperVerb.WANT_CONTROL, "stop": HelperVerb.END}


def parse(line: str) -> HelperOrder | None:
    """The order in `line`; None where there is none."""
    word, _, rest = line.strip().partition(" ")
    rest = rest.strip()
    try:
        verb = _SAME.get(word.lower()) or HelperVerb(word.lower())
    except ValueError:
        return None
    if verb in _PLAIN:
        return None if rest else HelperOrder(verb=verb)
    if verb in {HelperVerb.CHAT, HelperVerb.TYPE, HelperVerb.SCREEN, HelperVerb.COPY, HelperVerb.PASTE}:
        return HelperOrder(verb=verb, text=rest) if rest else None
    if verb is HelperVerb.TRANSFER:
        return _transfer(rest)
    which, _, text = rest.partition(" ")
    if verb is HelperVerb.DECLINE:
        return (
            HelperOrder(verb=verb, which=which, text=text.strip())
            if _is_which(which)
            else HelperOrder(verb=verb, text=rest)
        )
    if verb is HelperVerb.NOTE:
        order = (
            HelperOrder(verb=verb, which=which, text=text.strip())
            if _is_which(which)
            else HelperOrder(verb=verb, text=rest)
        )
        return order if order.text else None
    if text or (which and not _is_which(which)) or (verb is HelperVerb.USE and not which):
        return None
    return HelperOrder(verb=verb, which=which)


def _is_which(text: str) -> bool:
    return text.isdecimal() or (len(text) == 32 and all(digit in "0123456789abcdef" for digit in text))


def _transfer(rest: str) -> HelperOrder | None:
    which, _, behind = rest.partition(" ")
    which, rest = (which, behind) if _is_which(which) else ("", rest)
    whom, _, note = rest.partition("|")
    kind, _, name = whom.strip().partition(" ")
    name = name.strip()
    to: To
    if kind == "anyone" and not name:
        to = ToAnyone()
    elif kind == "group" and name:
        to = ToGroup(group=name)
    elif kind == "helper" and name.startswith("tasuki://"):
        to = ToHelper(uri=name)
    elif kind == "helper" and name:
        return HelperOrder(verb=HelperVerb.TRANSFER, which=which, name=name, text=note.strip())
    else:
        return None
    return HelperOrder(verb=HelperVerb.TRANSFER, which=which, to=to, text=note.strip())
