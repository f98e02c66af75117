"""`tasuki-ca erase`: a person's name goes from the CA's folder."""

from pathlib import Path

import click

from common.host.errors import TasukiError
from common.host.typed import TypedName
from common.host.words import _, ngettext
from common.protocol.texts import WORD_LIMIT
from relay.ca.erasing import Eraser
from relay.ca.folder import CaFolder
from relay.ca.options import CaCommand, folder_option
from relay.ca.process import utc_now
from relay.ca.settings import load_settings


def eraser(folder: Path) -> Eraser:
    """For the CA in this folder. Raises TasukiError (ca_not_initialised, …)."""
    return Eraser(folder=CaFolder(folder), settings=load_settings(folder), clock=utc_now)


@click.command(
    "erase",
    cls=CaCommand,
    help=_("Remove everything that has the name of a PERSON (a UUID) who has left, and of their ACCOUNTS."),
)
@folder_option
@click.option("--yes", "confirmed", is_flag=True, help=_("Do not ask whether it is meant."))
@click.argument("person", type=TypedName(WORD_LIMIT))
@click.argument("accounts", metavar="[ACCOUNT]...", type=TypedName(WORD_LIMIT), nargs=-1)
def erase_command(folder: Path, confirmed: bool, person: str, accounts: tuple[str, ...]) -> None:
    """Certificates that were revoked stay on the list by their serial numbers."""
    opened = eraser(folder)
    if not confirmed:
        question = _("Erase {person} for good? Nobody can bring the name back.")
        if not click.confirm(question.format(person=person), err=True):
            raise TasukiError("erase_not_meant")
    count = opened.erase(person, accounts)
    click.echo(
        ngettext(
            "Person {person} is erased here: {count} file is gone.",
            "Person {person} is erased here: {count} files are gone.",
            count,
        ).format(person=person, count=count)
    )
