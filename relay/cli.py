"""`tasuki-relay`: make a relay, run it, and give it orders.

Orders go to the running relay through its control socket; where none runs, they are carried out on its folder, whose
lock is held meanwhile. Only `serve` and such an offline order load the relay itself.
"""

from pathlib import Path
from typing import Any, NoReturn

import click

from common.host import command as console
from common.host.log import setup
from common.host.typed import TypedName
from common.host.words import _
from common.protocol.texts import HOST_LIMIT, WORD_LIMIT
from relay.commands.people import account_group, group_group
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
    "--host", type=TypedName(HOST_LIMIT), required=True, help=_("The name or address by which agents reach the relay.")
)
@click.option("--port", type=click.IntRange(1, 65535), default=443, show_default=True, help=_("The matching port."))
@click.option(
    "--mailbox",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help=_("The CA is elsewhere already, and this is the folder shared with it."),
)
def init_command(folder: Path, organisation: str, host: str, port: int, mailbox: Path | None) -> None:
    """Make everything, then say what to do next."""
    from relay.initialise import initialise

    initialise(folder, organisation=organisation, host=host, port=port, mailbox=mailbox)
    click.echo(_("The relay of {organisation} is ready in {folder}.").format(organisation=organisation, folder=folder))
    if mailbox is None:
        click.echo(
            _("Start the certificate authority:  {command}").format(command=f"tasuki-ca serve --folder {folder / 'ca'}")
        )
    click.echo(_("Start the relay:  {command}").format(command=f"tasuki-relay serve --folder {folder}"))
    click.echo(
        _("Then add people:  {command}").format(
            command=f"tasuki-relay account add --folder {folder} --role helper --name NAME --enrol"
        )
    )
    if mailbox is None:
        click.echo(_("Keep a backup of {folder} in a safe place.").format(folder=folder / "ca"))


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


@main_group.command("check-config", help=_("Check relay.toml and what it names."))
@folder_option
def check_command(folder: Path) -> None:
    """Read the settings; load the certificate where there is one."""
    from common.net.server_tls import RelayTls
    from relay.folder import open_folder

    relay_folder = open_folder(folder)
    if relay_folder.certificate.exists() or not relay_folder.settings.tls.renew:
        RelayTls(certificate=relay_folder.certificate, key=relay_folder.key)
    click.echo(_("{path} is good.").format(path=folder / "relay.toml"))


for group in (account_group, group_group, sessions_group, requests_group, audit_group):
    main_group.add_command(group)


def main() -> NoReturn:
    """The console script."""
    console.run(main_group)


if __name__ == "__main__":
    main()
