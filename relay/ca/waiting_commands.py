"""`tasuki-ca waiting`, `yes` and `no`: who has come with a line for many. Ordered here, where certificates are made, and nowhere else."""

from collections.abc import Mapping
from typing import Any

import click
import msgspec

from common.host.errors import UsageError
from common.host.typed import TypedName
from common.host.words import _, ngettext
from common.protocol.texts import URI_LIMIT, WORD_LIMIT
from relay.ca.options import CaCommand, CaPlace, json_option, moment, place_option
from relay.ca.orders import CaManyClose, CaNo, CaWaiting, CaYes, CaYesToAll

_network = click.option(
    "--network",
    "networks",
    type=TypedName(WORD_LIMIT),
    multiple=True,
    help=_("Only who comes from this network, as 192.0.2.0/24; again for further ones."),
)
_words = click.argument("words", type=TypedName(URI_LIMIT), nargs=-1)


@click.command("waiting", cls=CaCommand, help=_("List who has come with a line for many, and waits for a yes."))
@place_option
@json_option
def waiting_command(*, place: CaPlace, as_json: bool) -> None:
    """A line each. What they say of themselves is only said."""
    for one in place.order(CaWaiting()):
        click.echo(msgspec.json.encode(one) if as_json else line_of(one))


@click.command(
    "yes",
    cls=CaCommand,
    help=_("Let in who waits: the one whose six WORDS these are, or with --all everybody from a network."),
)
@place_option
@_words
@click.option("--account", type=TypedName(WORD_LIMIT), help=_("One more computer of this account (a UUID)."))
@click.option(
    "--all",
    "everybody",
    is_flag=True,
    help=_("Everybody from the networks given whose login is claimed once and was not let in before."),
)
@_network
def yes_command(
    *, place: CaPlace, words: tuple[str, ...], account: str | None, everybody: bool, networks: tuple[str, ...]
) -> None:
    """Compare the words with those on the person's screen first."""
    if everybody == bool(words) or everybody != bool(networks):
        raise UsageError("yes_to_whom")
    if not everybody:
        told = place.order(CaYes(words=" ".join(words), account=account))
        click.echo(_("{name} is let in, account {account}.").format(name=told["name"], account=told["account"]))
        return
    told = place.order(CaYesToAll(networks=list(networks)))
    click.echo(ngettext("{count} is let in.", "{count} are let in.", told["count"]).format(count=told["count"]))
    for one in told["left"]:
        click.echo(_("Not let in: {who}").format(who=line_of(one)), err=True)


@click.command("no", cls=CaCommand, help=_("Refuse the one who waits whose six WORDS these are."))
@place_option
@_words
def no_command(*, place: CaPlace, words: tuple[str, ...]) -> None:
    """For good, with this key."""
    told = place.order(CaNo(words=" ".join(words)))
    click.echo(_("{name} is refused.").format(name=told["name"]))


@click.command(
    "close",
    cls=CaCommand,
    help=_("Nobody comes with this line for many any more, and who waits with it is refused."),
)
@place_option
@click.argument("code_id", metavar="ID", type=TypedName(WORD_LIMIT))
def close_command(*, place: CaPlace, code_id: str) -> None:
    """By the first digits of its number, as `code --many` and `waiting --json` say it."""
    place.order(CaManyClose(line=code_id))
    click.echo(_("The line is closed. Who was let in with it stays."))


def line_of(one: Mapping[str, Any]) -> str:
    """Somebody who waits, as CaWaiting tells of them, for people."""
    doubts = [
        _("login claimed twice") if one["twice"] else "",
        _("somebody with this login was let in before") if one["enrolled"] else "",
    ]
    said = [one[key] for key in ("words", "name", "login", "computer", "address")]
    parts = [*said, moment(one["since"]), *doubts]
    return "  ".join(part for part in parts if part)
