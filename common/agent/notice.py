"""A notice of the desktop as a value, and as org.freedesktop.Notifications is told of it. Pure."""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

DEFAULT: Final = "default"  # the action of a click on the notice itself
NEVER, AS_USUAL = 0, -1  # when a notice goes by itself


@dataclass(frozen=True, kw_only=True)
class Picture:
    """An icon: RGBA, 8 bits each, rows without gaps."""

    width: int
    height: int
    data: bytes


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Plain texts. `actions`: what comes back, and what its button says; `stays`: until it is withdrawn or put away."""

    key: str
    title: str
    text: str
    actions: tuple[tuple[str, str], ...] = ()
    stays: bool = False


def arguments(
    notice: Notice,
    *,
    name: str,
    entry: str,
    picture: Picture | None,
    can: frozenset[str],
    replaces: int,
) -> tuple[Any, ...]:
    """What Notify is called with, as the specification has it. Titles are never markup; texts are where `can` says so."""
    text = html.escape(notice.text, quote=False) if "body-markup" in can else notice.text
    actions = [word for action in notice.actions for word in action] if "actions" in can else []
    hints: Mapping[str, tuple[str, Any]] = {
        "desktop-entry": ("s", entry),
        "urgency": ("y", 1),
        "suppress-sound": ("b", True),  # there is a tone of our own
    }
    if picture is not None:
        size, row = (picture.width, picture.height), picture.width * 4
        hints = {**hints, "image-data": ("(iiibiiay)", (*size, row, True, 8, 4, picture.data))}
    return name, replaces, "", notice.title, text, actions, hints, NEVER if notice.stays else AS_USUAL
