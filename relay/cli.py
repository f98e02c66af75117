"""`tasuki-relay`: make a relay, run it, and give it orders.

Orders go to the running relay through its control socket; where none runs, they are carried out on its folder, whose
lock is held meanwhile. Only `serve` and such an offline order load the relay itself.
"""

import ipaddress
from pathlib import Path
from typing import Any, NoReturn

import click

from common.host import command as console
from common.host.log import setup
from common.host.typed import TypedName
from common.host.words import _
from common.protocol.identity import NAME_LIMIT
from common.protocol.texts import HOST_LIMIT, WORD_LIMIT
from relay.commands.accepting import accept_loss_command
from relay.commands.checking import check_command
from relay.commands.computers import computer_group
from relay.commands.groups import group_group
from relay.commands.keeping import backup_command, restore_command
from relay.commands.lists import export_command, import_command
from relay.commands.migrating import migrate_command
from relay.commands.people import person_group
from relay.commands.records import audit_group, requests_group, sessions_group
from relay.commands.shared import folder_option


@click.group(help=_("The relay of Tasuki, remote support through a relay that cannot read it."))
def main_group() -> None:
    """The group that the subcommands hang on."""


@main_group.command("init", help=_("Make a relay, its certificate and the organisation's CA in an empty folder."))
@folder_option
@click.option(
    "--organisation",
    type=TypedName(WORD_LIMIT),
    required=True,
    help=_("The organisation's name in certificates; it never changes."),
)
@click.option(
    "--display-name",
    type=TypedName(NAME_LIMIT),
    default="",
    help=_("What people read instead of it, in any script; only where the CA is made here too."),
)
@click.option(
    "--host", type=TypedName(HOST_LIMIT), required=True, help=_("The name or address by which agents reach the relay.")
)
@click.option("--port", type=click.IntRange(1, 65535), default=443, show_default=True, help=_("The matching port."))
@click.option(
    "--mailbox",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help=_("The CA is elsewhere already, and this is the folder shared with it."),
)
def init_command(  # noqa: PLR0917 -- click hands them over by name
    folder: Path, organisation: str, display_name: str, host: str, port: int, mailbox: Path | None
) -> None:
    """Make everything, then say what to do next."""
    from relay.initialise import initialise

    made = initialise(
        folder, organisation=organisation, display_name=display_name, host=host, port=port, mailbox=mailbox
    )
    click.echo(_("The relay of {organisation} is ready in {folder}.").format(organisation=organisation, folder=folder))
    if made.settings.host != host:
        click.echo(_("On the network its name is written {host}.").format(host=made.settings.host))
    if mailbox is None:
        click.echo(
            _("Start the certificate authority:  {command}").format(command=f"tasuki-ca serve --folder {folder / 'ca'}")
        )
    if mailbox is None and not _is_private(made.settings.host):
        click.echo(
            _(
                "Its certificate is the organisation's own, which is enough in a network of yours. Where agents come over the Internet, name one of a public authority under [tls] in {file}: gateways that look into secure connections let nobody through to a relay whose authority they do not know."
            ).format(file=folder / "relay.toml")
        )
    click.echo(_("Start the relay:  {command}").format(command=f"tasuki-relay serve --folder {folder}"))
    click.echo(
        _("Then add people:  {command}").format(
            command=f"tasuki-relay person add --folder {folder} --role helper --name NAME --enrol"
        )
    )
    if mailbox is None:
        click.echo(_("Keep a backup of {folder} in a safe place.").format(folder=folder / "ca"))


def _is_private(host: str) -> bool:
    """Whether nobody comes there over the Internet, and no public authority certifies it."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host


@main_group.command("serve", help=_("Run the relay until it is stopped."))
@folder_option
@click.option("--json", "as_json", is_flag=True, help=_("Print events and write the log as JSON."))
def serve_command(folder: Path, as_json: bool) -> int:
    """Run until SIGINT or SIGTERM."""
    from common.net.loop import install, run

    install()
    from relay.app import serve
    from relay.folder import open_folder

    relay_folder = open_folder(folder)
    logs = relay_folder.settings.logs
    setup(json=as_json or logs.json, level=logs.level)
    events = console.Events(json=as_json)

    def announce(serving: dict[str, Any]) -> None:
        where = ", ".join(serving["listening"])
        events.tell("serving", _("The relay listens on {where}.").format(where=where), **serving)

    return run(lambda: serve(relay_folder, announce=announce))


for command in (import_command, export_command):
    person_group.add_command(command)
for command in (
    person_group,
    computer_group,
    group_group,
    sessions_group,
    requests_group,
    audit_group,
    check_command,
    migrate_command,
    accept_loss_command,
    backup_command,
    restore_command,
):
    main_group.add_command(command)


def main() -> NoReturn:
    """The console script."""
    console.run(main_group)


if __name__ == "__main__":
    main()
