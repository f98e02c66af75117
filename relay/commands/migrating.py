"""`migrate`: the database's tables are brought up to date by a role that may, which a relay on PostgreSQL need not."""

import asyncio
from pathlib import Path

import click

from common.host.typed import ORDER_LIMIT, TypedName
from common.host.words import _
from relay.commands.shared import folder_option


@click.command("migrate", help=_("Bring the database's tables up to date."))
@folder_option
@click.option(
    "--url",
    type=TypedName(ORDER_LIMIT),
    envvar="TASUKI_MIGRATE_URL",
    help=_(
        "On PostgreSQL: the database's address, as a role that may change tables. The relay's own is then given what it needs."
    ),
)
def migrate_command(folder: Path, url: str | None) -> None:
    """No relay runs on it meanwhile, and who opened it before has lost it."""
    from relay.app import migrate
    from relay.deep_check import may_too_much
    from relay.folder import open_folder

    opened = open_folder(folder)
    role = asyncio.run(migrate(opened, url))
    click.echo(_("The tables are up to date."))
    if role:
        click.echo(_("The role {role} reads and writes them, and cannot change them.").format(role=role))
    elif opened.settings.store.url.startswith("postgresql"):
        click.echo(may_too_much(), err=True)
