"""`tasuki-ca waiting`, `yes` and `no`: who has come with a line for many. Ordered here, where certificates are made, and nowhere else."""

from pathlib import Path

import click
import msgspec

from common.host.errors import UsageError
from common.host.typed import TypedName
from common.host.words import _, ngettext
from common.protocol.texts import URI_LIMIT, WORD_LIMIT
from relay.ca.options import CaCommand, folder_option, json_option, moment, open_here
from relay.ca.waiting import SomebodyWaiting, networks_of

_network = click.option(
    "--network",
    "networks",
    type=TypedName(WORD_LIMIT),
    multiple=True,
    help=_("Only who comes from this network, as 192.0.2.0/24; again for further ones."),
)
_words = click.argument("words", type=TypedName(URI_LIMIT), nargs=-1)


@click.command("waiting", cls=CaCommand, help=_("List who has come with a line for many, and waits for a yes."))
@folder_option
@json_option
def waiting_command(folder: Path, as_json: bool) -> None:
    """A line each. What they say of themselves is only said."""
    for one in open_here(folder).waiting_room.waiting():
        if as_json:
            record = msgspec.structs.asdict(one.record)
            told = {name: record[name] for name in ("name", "login", "computer", "address", "since", "line")}
            click.echo(msgspec.json.encode({"words": one.words, **told, "twice": one.twice, "enrolled": one.enrolled}))
        else:
            click.echo(line_of(one))


@click.command(
    "yes",
    cls=CaCommand,
    help=_("Let in who waits: the one whose six WORDS these are, or with --all everybody from a network."),
)
@folder_option
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
    *, folder: Path, words: tuple[str, ...], account: str | None, everybody: bool, networks: tuple[str, ...]
) -> None:
    """Compare the words with those on the person's screen first."""
    room = open_here(folder).waiting_room
    if everybody == bool(words) or everybody != bool(networks):
        raise UsageError("yes_to_whom")
    if not everybody:
        record = room.yes(" ".join(words), account=account)
        click.echo(_("{name} is let in, account {account}.").format(name=record.name, account=record.account))
        return
    made, left = room.yes_to_all(networks_of(networks))
    click.echo(ngettext("{count} is let in.", "{count} are let in.", len(made)).format(count=len(made)))
    for one in left:
        click.echo(_("Not let in: {who}").format(who=line_of(one)), err=True)


@click.command("no", cls=CaCommand, help=_("Refuse the one who waits whose six WORDS these are."))
@folder_option
@_words
def no_command(folder: Path, words: tuple[str, ...]) -> None:
    """For good, with this key."""
    one = open_here(folder).waiting_room.no(" ".join(words))
    click.echo(_("{name} is refused.").format(name=one.record.name))


@click.command(
    "close",
    cls=CaCommand,
    help=_("Nobody comes with this line for many any more, and who waits with it is refused."),
)
@folder_option
@click.argument("code_id", metavar="ID", type=TypedName(WORD_LIMIT))
def close_command(folder: Path, code_id: str) -> None:
    """By the first digits of its number, as `code --many` and `waiting --json` say it."""
    open_here(folder).waiting_room.close_line(code_id)
    click.echo(_("The line is closed. Who was let in with it stays."))


def line_of(one: SomebodyWaiting) -> str:
    """Somebody who waits, for people."""
    record = one.record
    doubts = [
        _("login claimed twice") if one.twice else "",
        _("somebody with this login was let in before") if one.enrolled else "",
    ]
    parts = [one.words, record.name, record.login, record.computer, record.address, moment(record.since), *doubts]
    return "  ".join(part for part in parts if part)
