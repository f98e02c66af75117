"""`accept-loss`: an operator's word that what is missing from the database is lost."""

import asyncio
from pathlib import Path

import click

from common.host.words import _
from relay.commands.shared import folder_option


@click.command(
    "accept-loss",
    help=_("Go on with a database on PostgreSQL that lacks what this relay had written: what is missing is lost."),
)
@folder_option
def accept_loss_command(folder: Path) -> None:
    """While no relay runs. The audit log says who did it, and what was missing."""
    import os

    from relay.app import accept_loss
    from relay.folder import open_folder
    from relay.unix_socket import operator

    lost = asyncio.run(accept_loss(open_folder(folder), by=operator(os.getuid())))
    if lost is None:
        click.echo(_("Nothing that this relay has written is missing from the database."))
        return
    click.echo(
        _(
            "Row {row} of the audit log was written, and row {found} was the last one there. What came between is lost; the audit log says that you have accepted it. Now start the relay, and disable and revoke again who was since."
        ).format(row=lost.row, found=lost.found)
    )
