"""`tasuki-ca`: make the organisation's certificate authority, run it, hand out enrolment lines, list, revoke."""

import os
import signal
import threading
from pathlib import Path
from typing import Any, NoReturn

import click
import msgspec

from common.host import command as console
from common.host.errors import TasukiError, UsageError, sentence
from common.host.files import FolderLock
from common.host.log import get_logger, setup
from common.host.table_file import ENCODINGS
from common.host.typed import TypedName, TypedText
from common.host.words import _, ngettext
from common.protocol.identity import NAME_LIMIT, Role
from common.protocol.texts import TEXT_LIMIT, URI_LIMIT, WORD_LIMIT
from relay.ca.erasing_commands import erase_command
from relay.ca.heads_commands import accept_head_command
from relay.ca.hosts_commands import hosts_group
from relay.ca.keeping_commands import backup_command, restore_command
from relay.ca.listing import ListedRow
from relay.ca.naming_commands import namesake, rename_command, withdrawn
from relay.ca.opening import initialise
from relay.ca.operators import OperatorsSocket
from relay.ca.options import CaGroup, CaPlace, folder_option, json_option, moment, open_here, place_option
from relay.ca.orders import MANY_LIMIT, CaJoin, CaLine, CaList, CaManyLine, CaRevoke, CaWithdraw
from relay.ca.process import CaServer, utc_now
from relay.ca.settings import load_settings
from relay.ca.waiting_commands import close_command, no_command, waiting_command, yes_command

log = get_logger()


def _row_text(row: ListedRow) -> str:
    """For a person."""
    until = moment(row.until)
    return f"{row.kind:<11}  {row.state:<7}  {row.role:<6}  {until}  {row.account}  {row.name}  {row.serial}".rstrip()


@click.group(cls=CaGroup, help=_("The organisation's certificate authority."))
def main_group() -> None:
    """The group that the subcommands hang on."""


@main_group.command("init", help=_("Make a new certificate authority in an empty folder."))
@folder_option
@click.option(
    "--mailbox",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help=_("The folder shared with the relay."),
)
@click.option(
    "--organisation",
    type=TypedName(WORD_LIMIT),
    required=True,
    help=_("The organisation's name in certificates; it can never be changed."),
)
@click.option(
    "--display-name",
    type=TypedName(NAME_LIMIT),
    default="",
    help=_("What people read instead of it, in any script."),
)
@click.option(
    "--relay",
    "hosts",
    type=TypedName(URI_LIMIT),
    multiple=True,
    required=True,
    metavar="HOST[:PORT]",
    help=_("The relay's address; again for further ones."),
)
def init_command(folder: Path, mailbox: Path, organisation: str, display_name: str, hosts: tuple[str, ...]) -> None:
    """Make everything that the folder needs."""
    initialise(
        folder,
        mailbox=mailbox,
        organisation=organisation,
        display_name=display_name,
        relay=hosts,
        clock=utc_now,
        random=os.urandom,
    )
    click.echo(
        _(
            "The certificate authority of {organisation} is ready in {folder}. Keep a backup of that folder in a safe place."
        ).format(organisation=organisation, folder=folder)
    )


@main_group.command("serve", help=_("Answer the relay's requests until stopped."))
@folder_option
@click.option("--json", "as_json", is_flag=True, help=_("Write the log as JSON."))
@click.option(
    "--level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="info",
    help=_("What is worth a line in the log."),
)
def serve_command(folder: Path, as_json: bool, level: str) -> None:
    """Run until SIGINT or SIGTERM. One process serves a folder."""
    setup(json=as_json, level=level)
    load_settings(folder)  # before the lock: a folder that is none gets the sentence that says so
    with FolderLock(folder):
        ca = open_here(folder)
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_ignored: stop.set())
        operators = OperatorsSocket(
            path=folder / ca.settings.operators.socket,
            group=ca.settings.operators.group,
            opened=lambda: open_here(folder),
        )
        operators.start()
        log.info("ca_serving", folder=str(folder), organisation=ca.settings.organisation)
        try:
            CaServer(ca=ca, clock=utc_now).serve(stop)
        finally:
            operators.stop()
        log.info("ca_stopped")


@main_group.command("code", help=_("Print an enrolment line to hand over. It works once, for a day."))
@place_option
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    help=_("What the person does with Tasuki."),
)
@click.option("--name", type=TypedName(NAME_LIMIT), help=_("The person's name as others will see it."))
@click.option(
    "--many",
    is_flag=True,
    help=_("One line for many users instead, who wait for tasuki-ca yes; --count says for how many, --days how long."),
)
@click.option("--count", type=click.IntRange(1, MANY_LIMIT), help=_("How many may come with a line for many."))
@click.option("--account", type=TypedName(WORD_LIMIT), help=_("The account it is for (a UUID); without, a new one."))
@click.option(
    "--person", type=TypedName(WORD_LIMIT), help=_("Whose account it is (a UUID), where another role has one already.")
)
@click.option(
    "--department",
    type=TypedName(NAME_LIMIT),
    default="",
    help=_("What stands behind the name where somebody else has the same; without, a number."),
)
@click.option("--keep", is_flag=True, help=_("Older lines of the account that nobody has used stay good."))
@click.option(
    "--from",
    "table",
    type=click.Path(path_type=Path, dir_okay=False),
    help=_("Lines for everybody in this file instead, as tasuki-relay person export writes it."),
)
@click.option("--days", type=click.IntRange(1, 31), default=1, help=_("How long the lines in it are good."))
@click.option(
    "--as",
    "form",
    type=click.Choice(["csv", "files", "qr"]),
    default="csv",
    help=_("One table, a file for each line, or a picture with a QR code for each."),
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help=_("Where to: a file for csv, else a folder. A table goes to stdout without."),
)
@click.option(
    "--encoding", type=click.Choice(ENCODINGS), default="utf-8", help=_("In which letters the file is written.")
)
@json_option
def code_command(
    *,
    place: CaPlace,
    role: str | None,
    name: str | None,
    account: str | None,
    person: str | None,
    department: str,
    keep: bool,
    many: bool,
    count: int | None,
    table: Path | None,
    days: int,
    form: str,
    out: Path | None,
    encoding: str,
    as_json: bool,
) -> None:
    """Make a code. The line is on stdout alone, so that it can be piped; what is said about it goes to stderr."""
    if table is not None:
        _codes(place, table, days=days, keep=keep, form=form, out=out, encoding=encoding)
        return
    if many:
        _line_for_many(place, count=count, days=days, as_json=as_json)
        return
    if role is None or name is None:
        raise UsageError("code_for_whom")
    told = place.order(
        CaLine(role=Role(role), name=name, account=account, person=person, department=department, keep=keep)
    )
    if as_json:
        click.echo(msgspec.json.encode(told))
        return
    click.echo(told["line"])
    if told["name"] != name:
        click.echo(namesake(name, told["name"]), err=True)
    click.echo(
        _("For {name} ({role}), account {account}. It works once, until {time}.").format(
            name=told["name"], role=role, account=told["account"], time=moment(told["expires"])
        ),
        err=True,
    )
    if told["withdrawn"]:
        click.echo(withdrawn(told["withdrawn"]), err=True)


def _line_for_many(place: CaPlace, *, count: int | None, days: int, as_json: bool) -> None:
    if count is None:
        raise UsageError("many_how_many")
    told = place.order(CaManyLine(count=count, days=days))
    if as_json:
        click.echo(msgspec.json.encode({**told, "count": count}))
        return
    click.echo(told["line"])
    click.echo(
        _(
            "For {count} users, until {time}. Who enrols with it waits: look at tasuki-ca waiting, and say tasuki-ca yes. To close it: tasuki-ca close {id}"
        ).format(count=count, time=moment(told["expires"]), id=told["id"][:12]),
        err=True,
    )


def _codes(place: CaPlace, table: Path, *, days: int, keep: bool, form: str, out: Path | None, encoding: str) -> None:
    from relay.ca import many  # what one line does not need

    if form != "csv" and out is None:
        raise UsageError("codes_no_folder")
    lines, wrong = many.make_for_many(place.order, table, days=days, keep=keep, encoding=encoding)
    for one in wrong:
        click.echo(_("Line {line}: {reason}").format(line=one.line, reason=sentence(one.error)), err=True)
    if wrong:
        raise TasukiError("codes_none_made", count=len(wrong))
    if form != "csv" and out is not None:
        many.write_each(lines, out, qr=form == "qr")
    elif out is not None:
        many.write_table(lines, out)
    else:
        click.echo(many.as_table(lines), nl=False)
    for made in lines:
        if made.name != made.wanted:
            click.echo(namesake(made.wanted, made.name), err=True)
    click.echo(
        ngettext("{count} enrolment line is made.", "{count} enrolment lines are made.", len(lines)).format(
            count=len(lines)
        ),
        err=True,
    )


@main_group.command(
    "join", help=_("Two accounts are of the same person: they share one name from the next certificate on.")
)
@place_option
@click.argument("person", type=TypedName(WORD_LIMIT))
@click.argument("account", metavar="OTHER", type=TypedName(WORD_LIMIT))
def join_command(*, place: CaPlace, person: str, account: str) -> None:
    """Both are UUIDs; the first one's name stays."""
    place.order(CaJoin(person=person, other=account))
    click.echo(_("{other} is the same person as {person} from now on.").format(person=person, other=account))


@main_group.command("withdraw", help=_("Take back the enrolment lines of an account that nobody has used."))
@place_option
@click.argument("account", type=TypedName(WORD_LIMIT))
def withdraw_command(*, place: CaPlace, account: str) -> None:
    """As if they had never been made."""
    count: int = place.order(CaWithdraw(account=account))
    click.echo(
        ngettext("{count} enrolment line is taken back.", "{count} enrolment lines are taken back.", count).format(
            count=count
        )
    )


@main_group.command("list", help=_("List certificates and open enrolment lines."))
@place_option
@click.option("--all", "everything", is_flag=True, help=_("Expired and revoked ones too."))
@json_option
def list_command(*, place: CaPlace, everything: bool, as_json: bool) -> None:
    """Print a line per certificate and per open code. Never a code itself."""
    told = place.order(CaList())
    for row in msgspec.convert(told["rows"], list[ListedRow]):
        if everything or row.state in {"valid", "open"}:
            click.echo(msgspec.json.encode(row) if as_json else _row_text(row))
    _say_damaged(told)


@main_group.command(
    "revoke", help=_("Revoke a certificate (its serial), or all of an account (its UUID or the person's name).")
)
@place_option
@click.argument("what", type=TypedName(URI_LIMIT))
@click.option("--reason", type=TypedText(TEXT_LIMIT), default="", help=_("A note for the records."))
def revoke_command(*, place: CaPlace, what: str, reason: str) -> None:
    """Revoke, and publish a new list at once. Then say what is damaged, where something is."""
    told = place.order(CaRevoke(what=what, reason=reason))
    click.echo(
        ngettext(
            "{count} certificate is revoked. The relay has the new list.",
            "{count} certificates are revoked. The relay has the new list.",
            told["count"],
        ).format(count=told["count"])
    )
    _say_damaged(told)


def _say_damaged(told: dict[str, Any]) -> None:
    """Raises TasukiError: the first record that could not be read."""
    if told["damaged"]:
        first = told["damaged"][0]
        raise TasukiError(first["code"], **first["facts"])


for command in (
    rename_command,
    hosts_group,
    waiting_command,
    yes_command,
    no_command,
    close_command,
    backup_command,
    restore_command,
    erase_command,
    accept_head_command,
):
    main_group.add_command(command)


def main() -> NoReturn:
    """The console script."""
    console.run(main_group)


if __name__ == "__main__":
    main()
