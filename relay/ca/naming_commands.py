"""`tasuki-ca rename`: what a person is called in certificates. Ordered here, where they are made, and nowhere else."""

import click
import msgspec

from common.host.errors import TasukiError
from common.host.typed import TypedName
from common.host.words import _, ngettext
from common.protocol.identity import NAME_LIMIT
from common.protocol.texts import URI_LIMIT
from relay.ca.options import CaCommand, CaPlace, json_option, place_option
from relay.ca.orders import CaRename


def namesake(wanted: str, name: str) -> str:
    """That somebody else has the name."""
    return _("Somebody else is called {wanted}, so the name is {name}.").format(wanted=wanted, name=name)


def withdrawn(count: int) -> str:
    """That older lines are no longer good."""
    return ngettext(
        "An older line that nobody has used is no longer good (--keep keeps it).",
        "{count} older lines that nobody has used are no longer good (--keep keeps them).",
        count,
    ).format(count=count)


@click.command(
    "rename",
    cls=CaCommand,
    help=_("Rename a person: the same accounts, with another name in each certificate from its next renewal on."),
)
@place_option
@click.argument("who", type=TypedName(URI_LIMIT))
@click.argument("name", type=TypedName(NAME_LIMIT))
@click.option(
    "--department",
    type=TypedName(NAME_LIMIT),
    default="",
    help=_("What stands behind the name where somebody else has the same; without, a number."),
)
@click.option(
    "--if-known",
    is_flag=True,
    help=_("Say nothing where nobody here is meant: who was never enrolled has no name here."),
)
@json_option
def rename_command(*, place: CaPlace, who: str, name: str, department: str, if_known: bool, as_json: bool) -> None:
    """WHO is an account, a person (UUIDs), or the present name. The relay hears at once, and has the agents renew."""
    try:
        told = place.order(CaRename(who=who, name=name, department=department))
    except TasukiError as error:
        if error.code == "ca_rename_unknown" and if_known:
            return
        raise
    if as_json:
        click.echo(msgspec.json.encode({**told, "wanted": name}))
        return
    if told["name"] != name:
        click.echo(namesake(name, told["name"]), err=True)
    click.echo(_("{before} is called {name} from now on.").format(before=told["before"], name=told["name"]))
    click.echo(
        _("Computers that are on take the new name at once, or when what was asked under the old one is over."),
        err=True,
    )
