"""Options by which it is said what of the records is wanted."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar

import click

from common.host.typed import TypedName
from common.host.words import _
from common.protocol.identity import NAME_LIMIT
from common.protocol.reasons import Why
from common.protocol.texts import URI_LIMIT
from relay.core.history import Cursor, Span

_Command = TypeVar("_Command", bound=Callable[..., Any])

PAGE = 100
"""Rows, where nothing else is said."""


class Day(click.ParamType[date]):
    """A day of the calendar, as 2026-10-31."""

    name = "date"

    def convert(self, value: str | date, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Only this way of writing it."""
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007  (a day has no zone)
        except ValueError:
            self.fail(_("{value} is no day. Write it as 2026-10-31.").format(value=value), param, ctx)


class Place(click.ParamType[Cursor]):
    """Where a page ended."""

    name = "cursor"

    def convert(self, value: str | Cursor, param: click.Parameter | None, ctx: click.Context | None) -> Cursor:
        """What the page before has said."""
        if isinstance(value, Cursor):
            return value
        try:
            return Cursor.parse(value)
        except ValueError:
            self.fail(_("{value} is not what a page before has said.").format(value=value), param, ctx)


def span_options(command: _Command) -> _Command:
    """`--from` and `--to`, handed over as `since` and `until`."""
    command = click.option("--to", "until", type=Day(), help=_("To the end of this day, by the clocks here."))(command)
    return click.option(
        "--from", "since", type=Day(), help=_("From the beginning of this day (2026-10-31), by the clocks here.")
    )(command)


def span(since: date | None, until: date | None) -> Span:
    """Whole days by this computer's clocks, the last one included, summer time as it was then. A day beyond the calendar is its end."""
    return Span(
        begin=None if since is None else _midnight(since),
        end=None if until is None or until == date.max else _midnight(until + timedelta(days=1)),
    )


def _midnight(day: date) -> datetime:
    try:
        return datetime.combine(day, time.min).astimezone().astimezone(UTC)
    except (OverflowError, ValueError, OSError):
        return datetime.combine(day, time.min, UTC)


def history_options(command: _Command) -> _Command:
    """What of the sessions that were."""
    for option in (
        click.option("--after", type=Place(), help=_("The page behind this one: what it has said as its next.")),
        click.option("--page", type=click.IntRange(1, 10_000), help=_("So many at a time (100).")),
        click.option(
            "--ended",
            type=click.Choice([why.value for why in Why]),
            callback=lambda _context, _option, value: None if value is None else Why(value),
            help=_("Only those that ended so."),
        ),
        click.option(
            "--group",
            type=TypedName(NAME_LIMIT),
            help=_("Only those asked of this group, or helped by one who is in it now."),
        ),
        click.option(
            "--person", "who", type=TypedName(URI_LIMIT), help=_("Only those of this person, as user or as helper.")
        ),
    ):
        command = option(command)
    return span_options(command)
