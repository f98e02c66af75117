"""`tasuki-ca hosts …`: by which names agents reach the relay. Ordered here, where the list is signed, and nowhere else."""

import click
import msgspec

from common.host.typed import TypedName
from common.host.words import _
from common.protocol.texts import URI_LIMIT
from relay.ca.options import CaGroup, CaPlace, json_option, place_option
from relay.ca.orders import CaHosts, HostsChange

_hosts = click.argument("hosts", type=TypedName(URI_LIMIT), nargs=-1, required=True, metavar="HOST[:PORT]...")


@click.group(
    "hosts", cls=CaGroup, help=_("The names by which agents reach the relay, in the order in which they are tried.")
)
def hosts_group() -> None:
    """The group that the subcommands hang on."""


@hosts_group.command("list", help=_("List them."))
@place_option
@json_option
def list_command(*, place: CaPlace, as_json: bool) -> None:
    """One a line, the one of enrolment lines first."""
    told = place.order(CaHosts())
    if as_json:
        click.echo(msgspec.json.encode({"number": told["number"], "hosts": told["hosts"]}))
        return
    for line in told["hosts"]:
        click.echo(line)
    if not told["number"]:
        click.echo(_("They are those of ca.toml, and no list is signed yet."), err=True)


@hosts_group.command("set", help=_("Put these in the place of all that there are, and sign the new list."))
@place_option
@_hosts
def set_command(*, place: CaPlace, hosts: tuple[str, ...]) -> None:
    """The first stands in enrolment lines."""
    _change(place, HostsChange.SET, hosts)


@hosts_group.command("add", help=_("Add further ones behind those that there are, and sign the new list."))
@place_option
@_hosts
def add_command(*, place: CaPlace, hosts: tuple[str, ...]) -> None:
    """One that is there stays where it is."""
    _change(place, HostsChange.ADD, hosts)


@hosts_group.command("remove", help=_("Withdraw some: agents that hold the new list dial them no more."))
@place_option
@_hosts
def remove_command(*, place: CaPlace, hosts: tuple[str, ...]) -> None:
    """The last one cannot go. Raises TasukiError (ca_host_unknown)."""
    _change(place, HostsChange.REMOVE, hosts)


def _change(place: CaPlace, change: HostsChange, hosts: tuple[str, ...]) -> None:
    """Sign the new list, and publish it at once. What the relay needs to know of it stands in its own settings."""
    told = place.order(CaHosts(change=change, hosts=list(hosts)))
    shown = ", ".join(told["hosts"])
    click.echo(_("Agents try {hosts}. The relay has the new list, and hands it on.").format(hosts=shown))
    click.echo(_("The relay answers to those of them that are `host` or `other_hosts` in its relay.toml."), err=True)
    if told["of_settings"]:
        click.echo(_("`relay` and `port` in ca.toml count no more; take them out."), err=True)
