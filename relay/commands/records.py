"""`sessions …`, `requests …` and `audit …`: what happens, what happened, and whether that was tampered with."""

from pathlib import Path

import click

from common.host.errors import TasukiError
from common.host.typed import TypedName
from common.host.words import _, ngettext
from common.protocol.texts import WORD_LIMIT
from relay.admin.orders import EndRequest, EndSession, ListRequests, ListSessions, ShowAudit, VerifyAudit
from relay.commands.shared import (
    add_command,
    byte_count,
    carry_out,
    everything_option,
    folder_option,
    json_option,
    moment,
    print_json,
    print_row,
)

# sessions and requests


@click.group("sessions", help=_("Sessions."))
def sessions_group() -> None:
    """Sessions."""


@sessions_group.command("list", help=_("List live sessions."))
@folder_option
@everything_option
@json_option
def sessions_list(folder: Path, everything: bool, as_json: bool) -> None:
    """A line each."""
    for one in carry_out(folder, ListSessions(all=everything)):
        state = one["why"] or ("active" if one["active_at"] else "granted")
        text = (
            f"{one['identifier']}  {moment(one['granted_at'])}  {state}  {one['mode']}  "
            f"{one['user']['name']} – {one['helper']['name']}  {byte_count(one['up'])}/{byte_count(one['down'])}"
        )
        print_row(one, text, as_json=as_json)


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
            f"{one['user']['name']} → {to.get('uri') or to.get('group') or to['kind']}  {one['topic']}"
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


@audit_group.command("show", help=_("Print the audit log."))
@folder_option
@click.option("--after", type=click.IntRange(0), default=0, help=_("Only rows behind this number."))
@click.option("--limit", type=click.IntRange(1), help=_("At most so many rows."))
@json_option
def audit_show(folder: Path, after: int, limit: int | None, as_json: bool) -> None:
    """A line each, as many at a time as an order gives."""
    left = limit
    while left is None or left > 0:
        rows = carry_out(folder, ShowAudit(after=after) if left is None else ShowAudit(after=after, limit=left))
        if not rows:
            return
        for row in rows:
            facts = " ".join(f"{name}={value}" for name, value in row["facts"].items())
            text = f"{row['number']}  {moment(row['at'])}  {row['actor']}  {row['event']}  {row['subject']}  {facts}"
            print_row(row, text.rstrip(), as_json=as_json)
        after = rows[-1]["number"]
        left = None if left is None else left - len(rows)


@audit_group.command("verify", help=_("Check that nothing in the audit log was changed or taken out."))
@folder_option
@json_option
def audit_verify(folder: Path, as_json: bool) -> int:
    """Exit code 1 where the chain is broken."""
    verdict = carry_out(folder, VerifyAudit())
    if as_json:
        print_json(verdict)
        return 0 if verdict["holds"] else 1
    if not verdict["holds"]:
        raise TasukiError("audit_broken", number=verdict["broken_at"])
    click.echo(
        ngettext(
            "The audit log holds together: {count} row, head {head}.",
            "The audit log holds together: {count} rows, head {head}.",
            verdict["rows"],
        ).format(count=verdict["rows"], head=verdict["head"])
    )
    return 0
