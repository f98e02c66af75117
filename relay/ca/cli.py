"""`tasuki-ca`: make the organisation's certificate authority, run it, hand out enrolment lines, list, revoke."""

import os
import signal
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import click
import msgspec

from common.host import command as console
from common.host.files import FolderLock
from common.host.log import get_logger, setup
from common.host.words import _, ngettext
from common.protocol.identity import Role
from relay.ca.folder import Folder
from relay.ca.process import Office, Server, initialise, open_office, utc_now
from relay.ca.settings import load_settings

log = get_logger()

_folder = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="TASUKI_CA_FOLDER",
    required=True,
    help=_("The CA's own folder."),
)
_json = click.option("--json", "as_json", is_flag=True, help=_("Print JSON for scripts."))


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
        until = _moment(self.until)
        return f"{self.kind:<11}  {self.state:<7}  {self.role:<6}  {until}  {self.account}  {self.name}  {self.serial}".rstrip()


@click.group(help=_("The organisation's certificate authority."))
def main_group() -> None:
    """The group that the subcommands hang on."""


@main_group.command("init", help=_("Make a new certificate authority in an empty folder."))
@_folder
@click.option(
    "--mailbox",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help=_("The folder shared with the relay."),
)
@click.option(
    "--organisation", required=True, help=_("The organisation's name in certificates; it can never be changed.")
)
@click.option(
    "--relay",
    "hosts",
    multiple=True,
    required=True,
    metavar="HOST[:PORT]",
    help=_("The relay's address; again for further ones."),
)
def init_command(folder: Path, mailbox: Path, organisation: str, hosts: tuple[str, ...]) -> None:
    """Make everything that the folder needs."""
    initialise(folder, mailbox=mailbox, organisation=organisation, relay=hosts, clock=utc_now, random=os.urandom)
    click.echo(
        _(
            "The certificate authority of {organisation} is ready in {folder}. Keep a backup of that folder in a safe place."
        ).format(organisation=organisation, folder=folder)
    )


@main_group.command("serve", help=_("Answer the relay's requests until stopped."))
@_folder
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
        office = _open(folder)
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_ignored: stop.set())
        log.info("ca_serving", folder=str(folder), organisation=office.settings.organisation)
        Server(office=office, clock=utc_now).serve(stop)
        log.info("ca_stopped")


@main_group.command("code", help=_("Print an enrolment line to hand over. It works once, for a day."))
@_folder
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    required=True,
    help=_("What the person does with Tasuki."),
)
@click.option("--name", required=True, help=_("The person's name as others will see it."))
@click.option("--account", help=_("The account it is for (a UUID); without, a new one."))
@_json
def code_command(folder: Path, role: str, name: str, account: str | None, as_json: bool) -> None:
    """Make a code. The line is on stdout alone, so that it can be piped; what is said about it goes to stderr."""
    line, record = _open(folder).registrar.make_code(role=Role(role), name=name, account=account)
    if as_json:
        click.echo(
            msgspec.json.encode(
                {"line": str(line), "account": record.account, "role": role, "name": name, "expires": record.expires}
            )
        )
        return
    click.echo(str(line))
    click.echo(
        _("For {name} ({role}), account {account}. It works once, until {time}.").format(
            name=name, role=role, account=record.account, time=_moment(record.expires)
        ),
        err=True,
    )


@main_group.command("list", help=_("List certificates and open enrolment lines."))
@_folder
@click.option("--all", "everything", is_flag=True, help=_("Expired and revoked ones too."))
@_json
def list_command(folder: Path, everything: bool, as_json: bool) -> None:
    """Print a line per certificate and per open code. Never a code itself."""
    load_settings(folder)
    facts = Folder(folder)
    now = utc_now().timestamp()
    used = set()
    rows = []
    for one in facts.all_issued():
        used.add(one.code)
        revoked = facts.revoked(one.serial) is not None
        state = "revoked" if revoked else "expired" if now > one.not_after else "valid"
        rows.append(_Row("certificate", state, one.role, one.account, one.name, one.not_after, one.serial))
    for code in facts.codes():
        if code.id not in used:
            state = "revoked" if code.revoked else "expired" if now >= code.expires else "open"
            rows.append(_Row("code", state, code.role.value, code.account, code.name, code.expires))
    for row in rows:
        if everything or row.state in {"valid", "open"}:
            click.echo(msgspec.json.encode(row) if as_json else row.text())


@main_group.command(
    "revoke", help=_("Revoke a certificate (its serial), or all of an account (its UUID or the person's name).")
)
@_folder
@click.argument("what")
@click.option("--reason", default="", help=_("A note for the records."))
def revoke_command(folder: Path, what: str, reason: str) -> None:
    """Revoke, and publish a new list at once."""
    office = _open(folder)
    revoked = office.registrar.revoke(what, reason=reason)
    office.publish_new_crl()
    click.echo(
        ngettext(
            "{count} certificate is revoked. The relay has the new list.",
            "{count} certificates are revoked. The relay has the new list.",
            len(revoked),
        ).format(count=len(revoked))
    )


def _open(folder: Path) -> Office:
    return open_office(folder, clock=utc_now, random=os.urandom)


def _moment(when: float) -> str:
    return f"{datetime.fromtimestamp(when, UTC):%Y-%m-%d %H:%M} UTC"


def main() -> NoReturn:
    """The console script."""
    console.run(main_group)


if __name__ == "__main__":
    main()
