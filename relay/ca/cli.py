"""`tasuki-ca`: make the organisation's certificate authority, run it, hand out enrolment lines, list, revoke."""

import os
import signal
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import click
import msgspec

from common.host import command as console
from common.host.errors import TasukiError
from common.host.files import FolderLock
from common.host.log import get_logger, setup
from common.host.typed import TypedName, TypedText
from common.host.words import _, ngettext
from common.protocol.identity import NAME_LIMIT, Role
from common.protocol.texts import TEXT_LIMIT, URI_LIMIT, WORD_LIMIT
from relay.ca.folder import CaFolder
from relay.ca.opening import OpenedCa, initialise, open_ca
from relay.ca.process import CaServer, utc_now
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


class _CaCommand(click.Command):
    """One that says in a sentence that the disk of the CA's folder failed."""

    def invoke(self, ctx: click.Context) -> Any:
        """Do it. What was not written whole was not written, so it can be given again."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # nobody reads what is printed
        except OSError as error:
            folder, detail = ctx.params["folder"], error.strerror or error
            raise TasukiError("ca_disk_failed", folder=folder, path=error.filename or folder, detail=detail) from error


class _CaGroup(click.Group):
    """Of such."""

    command_class = _CaCommand


@click.group(cls=_CaGroup, help=_("The organisation's certificate authority."))
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
    "--organisation",
    type=TypedName(WORD_LIMIT),
    required=True,
    help=_("The organisation's name in certificates; it can never be changed."),
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
        ca = _open(folder)
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_ignored: stop.set())
        log.info("ca_serving", folder=str(folder), organisation=ca.settings.organisation)
        CaServer(ca=ca, clock=utc_now).serve(stop)
        log.info("ca_stopped")


@main_group.command("code", help=_("Print an enrolment line to hand over. It works once, for a day."))
@_folder
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    required=True,
    help=_("What the person does with Tasuki."),
)
@click.option("--name", type=TypedName(NAME_LIMIT), required=True, help=_("The person's name as others will see it."))
@click.option("--account", type=TypedName(WORD_LIMIT), help=_("The account it is for (a UUID); without, a new one."))
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


@main_group.command("withdraw", help=_("Take back the enrolment lines of an account that nobody has used."))
@_folder
@click.argument("account", type=TypedName(WORD_LIMIT))
def withdraw_command(folder: Path, account: str) -> None:
    """As if they had never been made."""
    count = _open(folder).registrar.withdraw(account)
    click.echo(
        ngettext("{count} enrolment line is taken back.", "{count} enrolment lines are taken back.", count).format(
            count=count
        )
    )


@main_group.command("list", help=_("List certificates and open enrolment lines."))
@_folder
@click.option("--all", "everything", is_flag=True, help=_("Expired and revoked ones too."))
@_json
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
@_folder
@click.argument("what", type=TypedName(URI_LIMIT))
@click.option("--reason", type=TypedText(TEXT_LIMIT), default="", help=_("A note for the records."))
def revoke_command(folder: Path, what: str, reason: str) -> None:
    """Revoke, and publish a new list at once. Then say what is damaged, where something is."""
    ca = _open(folder)
    damaged: list[TasukiError] = []
    revoked = ca.registrar.revoke(what, reason=reason, damaged=damaged.append)
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


def _open(folder: Path) -> OpenedCa:
    return open_ca(folder, clock=utc_now, random=os.urandom)


def _moment(when: float) -> str:
    return f"{datetime.fromtimestamp(when, UTC):%Y-%m-%d %H:%M} UTC"


def main() -> NoReturn:
    """The console script."""
    console.run(main_group)


if __name__ == "__main__":
    main()
