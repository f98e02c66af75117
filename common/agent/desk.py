"""The help desk as the relay last told of it: remembered on the disk, for when the relay is not reached, and put into words.

Hours come as moments, so they are told in the person's own time, and in days as people name them: today, tomorrow, Monday.
"""

import time as clock
from collections.abc import Callable
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Final

import msgspec

from common.agent.enrolment.folder import DESK
from common.host.files import write_private
from common.host.log import get_logger
from common.host.times import local_time
from common.host.untrusted_files import read_untrusted
from common.host.words import _, one_line, sentences
from common.protocol.desk import Desk, Openings
from common.protocol.reading import UNDECODABLE

FILE_LIMIT: Final = 16 * 1024
ALWAYS: Final = 6 * 86400.0
"""Seconds. What is open for longer than this has no end that anybody wants to read."""


class KnownDesk:
    """The file. One that cannot be read, or written, is as good as none: the relay tells it again."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / DESK
        self._log = get_logger(component="desk")

    def read(self) -> Desk | None:
        """What was told last; None where nothing was."""
        try:
            return msgspec.json.decode(read_untrusted(self._path, limit=FILE_LIMIT), type=Desk)
        except FileNotFoundError:
            return None
        except (OSError, *UNDECODABLE) as error:
            self._log.warning("desk_unreadable", error=str(error))
            return None

    def remember(self, desk: Desk | None) -> None:
        """It was told: this, or that there is nothing to tell."""
        try:
            if desk is None:
                self._path.unlink(missing_ok=True)
            elif desk != self.read():
                write_private(self._path, msgspec.json.encode(desk))
        except OSError as error:
            self._log.warning("desk_not_written", error=str(error))


def telephone_text(desk: Desk | None) -> str:
    """How the desk is called; empty where no telephone is known."""
    if desk is None or not desk.telephone.strip():
        return ""
    return _("You can also call: {telephone}").format(telephone=one_line(desk.telephone).strip())


def call_text(desk: Desk | None, now: float, zone: tzinfo | None = None) -> str:
    """When somebody is there, and the telephone; empty where none is known. `now`, `zone`: as for `hours_text`."""
    telephone = telephone_text(desk)
    return sentences(hours_text(desk, now, zone), telephone) if telephone else ""


def relay_time(skew: float) -> float:
    """Now (Unix seconds) by the relay's clock: ours is `skew` seconds ahead of it."""
    return clock.time() - skew


def hours_text(desk: Desk | None, now: float, zone: tzinfo | None = None) -> str:
    """Whether the desk is open, and until when, or from when on; empty where that is not known. `now` is Unix seconds.

    Told as clocks show it in `zone`, else on this computer.
    """
    if desk is None or desk.open is None:
        return ""
    return _hours(
        desk.open, now, zone, always=_("The help desk is open day and night."), is_open=_open_text, closed=_closed_text
    )


def group_hours_text(group: str, openings: Openings | None, now: float, zone: tzinfo | None = None) -> str:
    """The same of a group, by its hours."""
    if openings is None:
        return ""

    def is_open(end: datetime, today: datetime) -> str:
        return _group_open_text(group, end, today)

    def closed(begin: datetime, today: datetime) -> str:
        return _group_closed_text(group, begin, today)

    always = _("The group {group} is there day and night.").format(group=group)
    return _hours(openings, now, zone, always=always, is_open=is_open, closed=closed)


def _hours(
    openings: Openings,
    now: float,
    zone: tzinfo | None,
    *,
    always: str,
    is_open: Callable[[datetime, datetime], str],
    closed: Callable[[datetime, datetime], str],
) -> str:
    for begins, ends in openings:
        if ends <= now:
            continue
        if begins <= now and ends - now > ALWAYS:
            return always
        today = local_time(now, zone)
        return is_open(local_time(ends, zone), today) if begins <= now else closed(local_time(begins, zone), today)
    return ""


def _group_open_text(group: str, end: datetime, now: datetime) -> str:
    time, day, days = clock_time(end), day_name(end), (end.date() - now.date()).days
    if days == 0:
        return _("The group {group} is there today until {time}.").format(group=group, time=time)
    if days == 1:
        return _("The group {group} is there until tomorrow at {time}.").format(group=group, time=time)
    return _("The group {group} is there until {day} at {time}.").format(group=group, day=day, time=time)


def _group_closed_text(group: str, begin: datetime, now: datetime) -> str:
    time, day, days = clock_time(begin), day_name(begin), (begin.date() - now.date()).days
    if days == 0:
        return _("The group {group} opens today at {time}.").format(group=group, time=time)
    if days == 1:
        return _("The group {group} opens tomorrow ({day}) at {time}.").format(group=group, day=day, time=time)
    if days < 7:
        return _("The group {group} opens on {day} at {time}.").format(group=group, day=day, time=time)
    text = _("The group {group} opens on {day} ({date}) at {time}.")
    return text.format(group=group, day=day, date=f"{begin:%Y-%m-%d}", time=time)


def _open_text(end: datetime, now: datetime) -> str:
    time, days = clock_time(end), (end.date() - now.date()).days
    if days == 0:
        return _("The help desk is open today until {time}.").format(time=time)
    if days == 1:
        return _("The help desk is open until tomorrow at {time}.").format(time=time)
    return _("The help desk is open until {day} at {time}.").format(day=day_name(end), time=time)


def _closed_text(begin: datetime, now: datetime) -> str:
    time, day, days = clock_time(begin), day_name(begin), (begin.date() - now.date()).days
    if days == 0:
        return _("The help desk is closed now. It opens today at {time}.").format(time=time)
    if days == 1:
        return _("The help desk is closed now. It opens tomorrow ({day}) at {time}.").format(day=day, time=time)
    if days < 7:
        return _("The help desk is closed now. It opens on {day} at {time}.").format(day=day, time=time)
    text = _("The help desk is closed now. It opens on {day} ({date}) at {time}.")
    return text.format(day=day, date=f"{begin:%Y-%m-%d}", time=time)


def clock_time(moment: datetime) -> str:
    """`9:05`."""
    return f"{moment.hour}:{moment.minute:02}"


def day_name(moment: datetime) -> str:
    """Of the week."""
    names = (
        _("Monday"),
        _("Tuesday"),
        _("Wednesday"),
        _("Thursday"),
        _("Friday"),
        _("Saturday"),
        _("Sunday"),
    )
    return names[moment.weekday()]
