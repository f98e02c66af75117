"""`tasuki-ca hosts …`: by which names agents reach the relay. Ordered here, where the list is signed, and nowhere else."""

from collections.abc import Callable, Sequence
from pathlib import Path

import click
import msgspec

from common.host.errors import TasukiError
from common.host.typed import TypedName
from common.host.words import _
from common.protocol.enrolment import format_address
from common.protocol.relay_hosts import Address
from common.protocol.texts import URI_LIMIT
from relay.ca.hosts import parse_hosts
from relay.ca.options import CaGroup, folder_option, json_option, open_here

_hosts = click.argument("hosts", type=TypedName(URI_LIMIT), nargs=-1, required=True, metavar="HOST[:PORT]...")


@click.group(
    "hosts", cls=CaGroup, help=_("The names by which agents reach the relay, in the order in which they are tried.")
)
def hosts_group() -> None:
    """The group that the subcommands hang on."""


@hosts_group.command("list", help=_("List them."))
@folder_option
@json_option
def list_command(folder: Path, as_json: bool) -> None:
    """One a line, the one of enrolment lines first."""
    names = open_here(folder).authority.names
    signed, addresses = names.signed(), names.addresses()
    shown = [format_address(host, port) for host, port in addresses]
    if as_json:
        click.echo(msgspec.json.encode({"number": 0 if signed is None else signed.number, "hosts": shown}))
        return
    for line in shown:
        click.echo(line)
    if signed is None:
        click.echo(_("They are those of ca.toml, and no list is signed yet."), err=True)


@hosts_group.command("set", help=_("Put these in the place of all that there are, and sign the new list."))
@folder_option
@_hosts
def set_command(folder: Path, hosts: tuple[str, ...]) -> None:
    """The first stands in enrolment lines."""
    wanted = parse_hosts(hosts)
    _change(folder, lambda _before: wanted, new=wanted)


@hosts_group.command("add", help=_("Add further ones behind those that there are, and sign the new list."))
@folder_option
@_hosts
def add_command(folder: Path, hosts: tuple[str, ...]) -> None:
    """One that is there stays where it is."""
    wanted = parse_hosts(hosts)

    def add(before: tuple[Address, ...]) -> Sequence[Address]:
        return parse_hosts([format_address(host, port) for host, port in (*before, *wanted)])

    _change(folder, add, new=wanted)


@hosts_group.command("remove", help=_("Withdraw some: agents that hold the new list dial them no more."))
@folder_option
@_hosts
def remove_command(folder: Path, hosts: tuple[str, ...]) -> None:
    """The last one cannot go. Raises TasukiError (ca_host_unknown)."""
    unwanted = parse_hosts(hosts)

    def remove(before: tuple[Address, ...]) -> Sequence[Address]:
        for host, port in unwanted:
            if (host, port) not in before:
                raise TasukiError("ca_host_unknown", host=format_address(host, port))
        return [one for one in before if one not in unwanted]

    _change(folder, remove)


def _change(
    folder: Path, change: Callable[[tuple[Address, ...]], Sequence[Address]], *, new: Sequence[Address] = ()
) -> None:
    """Sign the new list, and publish it at once. What the relay needs to know of it stands in its own settings."""
    ca = open_here(folder)
    for host, _port in new:
        ca.registrar.check_host(host)
    before = ca.authority.names.signed()
    made = ca.authority.put_names(change)
    shown = ", ".join(format_address(host, port) for host, port in made.addresses)
    try:
        ca.publish()
    except TasukiError as error:
        if error.code != "ca_mailbox":
            raise
        raise TasukiError("ca_hosts_unpublished", hosts=shown, **error.facts) from error
    click.echo(_("Agents try {hosts}. The relay has the new list, and hands it on.").format(hosts=shown))
    click.echo(_("The relay answers to those of them that are `host` or `other_hosts` in its relay.toml."), err=True)
    if before is None and ca.settings.relay:
        click.echo(_("`relay` and `port` in ca.toml count no more; take them out."), err=True)
