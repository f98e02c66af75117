"""`tasuki-ca accept-head`: from which row on heads of the audit log are signed again."""

from pathlib import Path

import click

from common.host.words import _
from relay.ca.folder import CaFolder
from relay.ca.heads import accept
from relay.ca.options import CaCommand, folder_option
from relay.ca.process import utc_now
from relay.ca.settings import load_settings

HIGHEST = 2**53 - 1


@click.command(
    "accept-head",
    cls=CaCommand,
    help=_("Sign heads of the audit log from row NUMBER on again, whatever was signed before."),
)
@folder_option
@click.argument("number", type=click.IntRange(1, HIGHEST))
def accept_head_command(folder: Path, number: int) -> None:
    """For a log that is shorter than what was signed: from a backup, or after a relay that was broken into."""
    load_settings(folder)  # who is not the folder's user hears that first
    before = accept(CaFolder(folder), number, clock=utc_now)
    if before is None:
        click.echo(_("Heads are signed from row {number} on. None was signed before.").format(number=number))
        return
    text = _("Heads are signed from row {number} on. The last one before was of row {last}: {digest}")
    click.echo(text.format(number=number, last=before.number, digest=before.digest or "–"))
