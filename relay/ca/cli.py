"""`tasuki-ca`: make the organisation's certificate authority, run it, hand out enrolment lines, list, revoke."""

import os
import signal
import threading
from pathlib import Path
from typing import NoReturn

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
from relay.ca.folder import CaFolder
from relay.ca.hosts_commands import hosts_group
from relay.ca.keeping_commands import backup_command, restore_command
from relay.ca.opening import initialise
from relay.ca.options import CaGroup, folder_option, json_option, moment, open_here
from relay.ca.process import CaServer, utc_now
from relay.ca.settings import load_settings

log = get_logger()


class _Row(msgspec.Struct, frozen=True):
    """A line of `list`. `until` is Unix seconds."""

    kind: str
    state: str
    role: str
    account: str
    name: str
    until: float
    serial: str = ""

    def text(self) -> str:
        """For a person."""
        until = moment(self.until)
        return f"{self.kind:<11}  {self.state:<7}  {self.role:<6}  {until}  {self.account}  {self.name}  {self.serial}".rstrip()


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
        log.info("ca_serving", folder=str(folder), organisation=ca.settings.organisation)
        CaServer(ca=ca, clock=utc_now).serve(stop)
        log.info("ca_stopped")


@main_group.command("code", help=_("Print an enrolment line to hand over. It works once, for a day."))
@folder_option
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    help=_("What the person does with Tasuki."),
)
@click.option("--name", type=TypedName(NAME_LIMIT), help=_("The person's name as others will see it."))
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
    folder: Path,
    role: str | None,
    name: str | None,
    account: str | None,
    person: str | None,
    department: str,
    table: Path | None,
    days: int,
    form: str,
    out: Path | None,
    encoding: str,
    as_json: bool,
) -> None:
    """Make a code. The line is on stdout alone, so that it can be piped; what is said about it goes to stderr."""
    if table is not None:
        _codes(folder, table, days=days, form=form, out=out, encoding=encoding)
        return
    if role is None or name is None:
        raise UsageError("code_for_whom")
    line, record = open_here(folder).registrar.make_code(
        role=Role(role), name=name, account=account, person=person, department=department
    )
    if as_json:
        told = {"line": str(line), "account": record.account, "role": role, "name": record.name}
        click.echo(msgspec.json.encode({**told, "wanted": name, "expires": record.expires}))
        return
    click.echo(str(line))
    if record.name != name:
        click.echo(namesake(name, record.name), err=True)
    click.echo(
        _("For {name} ({role}), account {account}. It works once, until {time}.").format(
            name=record.name, role=role, account=record.account, time=moment(record.expires)
        ),
        err=True,
    )


def _codes(folder: Path, table: Path, *, days: int, form: str, out: Path | None, encoding: str) -> None:
    from relay.ca import many  # what one line does not need

    if form != "csv" and out is None:
        raise UsageError("codes_no_folder")
    lines, wrong = many.make_for_many(open_here(folder).registrar, table, days=days, encoding=encoding)
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
        if made.record.name != made.wanted:
            click.echo(namesake(made.wanted, made.record.name), err=True)
    click.echo(
        ngettext("{count} enrolment line is made.", "{count} enrolment lines are made.", len(lines)).format(
            count=len(lines)
        ),
        err=True,
    )


@main_group.command(
    "join", help=_("Two accounts are of the same person: they share one name from the next certificate on.")
)
@folder_option
@click.argument("person", type=TypedName(WORD_LIMIT))
@click.argument("account", metavar="OTHER", type=TypedName(WORD_LIMIT))
def join_command(folder: Path, person: str, account: str) -> None:
    """Both are UUIDs; the first one's name stays."""
    open_here(folder).registrar.join(person, account)
    click.echo(_("{other} is the same person as {person} from now on.").format(person=person, other=account))


@main_group.command("withdraw", help=_("Take back the enrolment lines of an account that nobody has used."))
@folder_option
@click.argument("account", type=TypedName(WORD_LIMIT))
def withdraw_command(folder: Path, account: str) -> None:
    """As if they had never been made."""
    count = open_here(folder).registrar.withdraw(account)
    click.echo(
        ngettext("{count} enrolment line is taken back.", "{count} enrolment lines are taken back.", count).format(
            count=count
        )
    )


@main_group.command("list", help=_("List certificates and open enrolment lines."))
@folder_option
@click.option("--all", "everything", is_flag=True, help=_("Expired and revoked ones too."))
@json_option
def list_command(folder: Path, everything: bool, as_json: bool) -> None:
    """Print a line per certificate and per open code. Never a code itself."""
    load_settings(folder)
    facts = CaFolder(folder)
    now = utc_now().timestamp()
    used = set()
    rows = []
    damaged: list[TasukiError] = []

    def skip(_part: str, _name: str, error: TasukiError) -> None:
        damaged.append(error)

    for one in facts.all_issued(skip):
        used.add(one.code)
        revoked = facts.revoked(one.serial) is not None
        state = "revoked" if revoked else "expired" if now > one.not_after else "valid"
        rows.append(_Row("certificate", state, one.role, one.account, one.name, one.not_after, one.serial))
    for code in facts.codes(skip):
        if code.id not in used:
            state = "revoked" if code.revoked else "expired" if now >= code.expires else "open"
            rows.append(_Row("code", state, code.role.value, code.account, code.name, code.expires))
    for row in rows:
        if everything or row.state in {"valid", "open"}:
            click.echo(msgspec.json.encode(row) if as_json else row.text())
    if damaged:
        raise damaged[0]


@main_group.command(
    "revoke", help=_("Revoke a certificate (its serial), or all of an account (its UUID or the person's name).")
)
@folder_option
@click.argument("what", type=TypedName(URI_LIMIT))
@click.option("--reason", type=TypedText(TEXT_LIMIT), default="", help=_("A note for the records."))
def revoke_command(folder: Path, what: str, reason: str) -> None:
    """Revoke, and publish a new list at once. Then say what is damaged, where something is."""
    ca = open_here(folder)
    damaged: list[TasukiError] = []
    revoked = ca.registrar.revoker.revoke(what, reason=reason, damaged=damaged.append)
    try:
        ca.publish_new_crl()
    except TasukiError as error:
        if error.code != "ca_mailbox":
            raise
        raise TasukiError("ca_revoked_unpublished", what=what, **error.facts) from error
    click.echo(
        ngettext(
            "{count} certificate is revoked. The relay has the new list.",
            "{count} certificates are revoked. The relay has the new list.",
            len(revoked),
        ).format(count=len(revoked))
    )
    if damaged:
        raise damaged[0]


def namesake(wanted: str, name: str) -> str:
    """That somebody else has the name."""
    return _("Somebody else is called {wanted}, so the name is {name}.").format(wanted=wanted, name=name)


for command in (hosts_group, backup_command, restore_command, erase_command):
    main_group.add_command(command)


def main() -> NoReturn:
    """The console script."""
    console.run(main_group)


if __name__ == "__main__":
    main()
