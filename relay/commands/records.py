"""`sessions …`, `requests …` and `audit …`: what happens, what happened, and whether that was tampered with."""

from datetime import date
from pathlib import Path
from typing import Any, Final

import click

from common.host.errors import TasukiError
from common.host.typed import TypedName
from common.host.words import _, ngettext
from common.protocol.texts import WORD_LIMIT
from relay.admin.orders import EndRequest, EndSession, ListRequests, ListSessions
from relay.commands.asked import Day, history_options, span_options
from relay.commands.shared import (
    add_command,
    carry_out,
    everything_option,
    folder_option,
    json_option,
    moment,
    name_of,
    print_json,
    print_row,
    session_line,
)
from relay.commands.tables import csv_option

LINES_NAMED: Final = 20
"""Lines of a file of heads that are no head, of which so many are named."""

# sessions and requests


@click.group("sessions", help=_("Sessions."))
def sessions_group() -> None:
    """Sessions."""


@sessions_group.command("list", help=_("List live sessions, or with any option what was: newest first, in pages."))
@folder_option
@everything_option
@history_options
@csv_option
@json_option
def sessions_list(*, folder: Path, everything: bool, as_json: bool, table: Path | None, **asked: Any) -> None:
    """A line each. What was is read by this process, beside the relay."""
    if everything or table is not None or any(value is not None for value in asked.values()):
        from relay.commands.history import list_sessions

        list_sessions(folder, table=table, as_json=as_json, **asked)
        return
    for one in carry_out(folder, ListSessions()):
        print_row(one, session_line(one), as_json=as_json)


add_command(
    sessions_group,
    "end",
    help=_("End a session."),
    order=EndSession,
    done=_("The session {session} is over."),
    arguments=[click.argument("session", type=TypedName(WORD_LIMIT))],
)


@click.group("requests", help=_("Requests for help."))
def requests_group() -> None:
    """Requests."""


@requests_group.command("list", help=_("List open requests in the order of the queue."))
@folder_option
@everything_option
@json_option
def requests_list(folder: Path, everything: bool, as_json: bool) -> None:
    """A line each."""
    for one in carry_out(folder, ListRequests(all=everything)):
        to = one["to"]
        text = (
            f"{one['identifier']}  {moment(one['asked_at'])}  {one['why'] or one['state']}  {one['mode']}  "
            f"{name_of(one['user'])} → {to.get('uri') or to.get('group') or to['kind']}  {one['topic']}"
        )
        print_row(one, text, as_json=as_json)


add_command(
    requests_group,
    "end",
    help=_("End a request, and its session."),
    order=EndRequest,
    done=_("The request {request} is over."),
    arguments=[click.argument("request", type=TypedName(WORD_LIMIT))],
)


# audit


@click.group("audit", help=_("The audit log."))
def audit_group() -> None:
    """The audit log."""


@audit_group.command("show", help=_("Print the audit log, or so much of it."))
@folder_option
@click.option("--after", type=click.IntRange(0), default=0, help=_("Only rows behind this number."))
@click.option("--limit", type=click.IntRange(1), help=_("At most so many rows."))
@span_options
@csv_option
@json_option
def audit_show(*, folder: Path, as_json: bool, table: Path | None, **asked: Any) -> None:
    """A line each. It is read by this process, beside the relay."""
    from relay.commands.history import show_audit

    show_audit(folder, table=table, as_json=as_json, **asked)


@audit_group.command("verify", help=_("Check that nothing in the audit log was changed or taken out."))
@folder_option
@click.option(
    "--heads",
    "kept",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help=_("Also hold it against the signed heads in this file, kept where nobody can change them."),
)
@click.option(
    "--segment",
    "segments",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    multiple=True,
    help=_("Check this file of audit archive instead, by itself; again for those that follow it."),
)
@json_option
def audit_verify(folder: Path, kept: Path | None, segments: tuple[Path, ...], as_json: bool) -> int:
    """Exit code 1 where the chain is broken. It is read by this process, beside the relay."""
    if segments:
        from relay.commands import archiving
        from relay.folder import open_folder

        found = archiving.verify(open_folder(folder), segments)
        if as_json:
            for one in found:
                print_json({"first": one.first, "last": one.last, "previous": one.previous, "digest": one.digest})
        else:
            archiving.tell(found)
        return 0
    from relay.commands.history import verify_audit

    verdict = verify_audit(folder, kept=kept)
    if as_json:
        print_json(
            {
                **{name: getattr(verdict, name) for name in ("rows", "holds", "broken_at", "erased", "false_names")},
                **{name: getattr(verdict, name) for name in ("names", "names_gone", "signed", "false_head")},
                **{name: getattr(verdict, name) for name in ("heads_waiting", "heads_refused", "archived")},
                "head": verdict.head.hex(),
            }
        )
        return 0 if verdict.holds else 1
    if verdict.broken_at is not None:
        raise TasukiError("audit_broken", number=verdict.broken_at)
    if verdict.false_head is not None:
        raise TasukiError("audit_head_differs", number=verdict.false_head)
    if verdict.false_names:
        raise TasukiError("audit_names_changed", account=verdict.false_names[0], count=len(verdict.false_names))
    click.echo(
        ngettext(
            "The audit log holds together: {count} row, head {head}.",
            "The audit log holds together: {count} rows, head {head}.",
            verdict.rows,
        ).format(count=verdict.rows, head=verdict.head.hex())
    )
    click.echo(
        _("Names beside it: {known} known, {gone} erased. Rows that say nothing any more: {rows}.").format(
            known=verdict.names, gone=verdict.names_gone, rows=verdict.erased
        )
    )
    click.echo(_("Signed by the CA: up to row {number}.").format(number=verdict.signed))
    if verdict.archived:
        click.echo(_("Archived, and no longer here: up to row {number}.").format(number=verdict.archived))
    if verdict.broken_lines:
        lines = ", ".join(map(str, verdict.broken_lines[:LINES_NAMED]))
        more = "…" if len(verdict.broken_lines) > LINES_NAMED else ""
        text = _(
            "Lines of that file that are no signed head, and were passed by: {lines}. A disk that was full may have cut them off."
        )
        click.echo(text.format(lines=lines + more), err=True)
    if verdict.heads_waiting or verdict.heads_refused:
        click.echo(
            _("Heads that wait for its signature: {waiting}; that it refused: {refused}.").format(
                waiting=verdict.heads_waiting, refused=verdict.heads_refused
            ),
            err=True,
        )
    return 0


@audit_group.command(
    "archive", help=_("Put the oldest rows, up to a signed head, into a new FILE that verifies by itself.")
)
@folder_option
@click.option("--until", type=Day(), help=_("Only what was signed on this day, or before it."))
@click.option("--remove", is_flag=True, help=_("Then remove these rows from the records."))
@click.argument("target", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@json_option
def audit_archive(folder: Path, until: date | None, remove: bool, target: Path, as_json: bool) -> None:
    """Nothing goes that the file does not have."""
    from relay.commands.archiving import archive

    archive(folder, target, until=until, remove=remove, as_json=as_json)
