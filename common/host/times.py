"""Moments and spans of time as a person reads them."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from common.host.words import Language, _, ngettext

_FIRST: Final = 2 * 86400.0
_LAST: Final = 250_000_000_000.0
"""What this computer's calendar surely has in any zone: 1970 (Windows has nothing before), the year 9892."""


def local_time(moment: float, zone: tzinfo | None = None) -> datetime:
    """Unix seconds as clocks show them here (or in `zone`) at that moment: each by itself, for in summer they may differ.

    What lies beyond all calendars is told as the end of ours.
    """
    return datetime.fromtimestamp(max(_FIRST, min(moment, _LAST)), UTC).astimezone(zone)


def format_difference(off: timedelta, language: Language | None = None) -> str:
    """`1 day 2 hours behind`: how far a clock is off, in its largest units; with a minus it is behind."""
    minutes = round(abs(off).total_seconds() / 60)
    if minutes >= 1440:  # whoever is days off is not helped by minutes
        minutes = round(minutes / 60) * 60
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = []
    if days:
        parts.append(ngettext("{count} day", "{count} days", days, language).format(count=days))
    if hours:
        parts.append(ngettext("{count} hour", "{count} hours", hours, language).format(count=hours))
    if minutes or not parts:
        parts.append(ngettext("{count} minute", "{count} minutes", minutes, language).format(count=minutes))
    text = _("{span} behind", language) if off < timedelta(0) else _("{span} ahead", language)
    return text.format(span=" ".join(parts))
