"""What the commands share: how an order is carried out, options, and printing."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from common.host.errors import TasukiError, UsageError
from common.host.words import _
from common.protocol.identity import Role
from relay.admin.orders import AdminOrder, encode_order

folder_option = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="TASUKI_RELAY_FOLDER",
    required=True,
    help=_("The relay's folder."),
)
json_option = click.option("--json", "as_json", is_flag=True, help=_("Print JSON for scripts."))


def role_choice(*, required: bool = False, help: str) -> Callable[[Any], Any]:  # noqa: A002 -- click's own word
    """`--role`, which gives a Role."""
    return click.option(
        "--role",
        type=click.Choice([role.value for role in Role]),
        callback=lambda _context, _option, value: None if value is None else Role(value),
        required=required,
        help=help,
    )


role_option = role_choice(help=_("Which role's account."))
everything_option = click.option("--all", "everything", is_flag=True, help=_("Also what is over."))


def carry_out(folder: Path, order: AdminOrder) -> Any:
    """Have the relay that runs on this folder do it, else do it here: the result, in JSON's types. Raises TasukiError."""
    from relay.admin.client import NoRelayError, ask
    from relay.folder import control_socket

    try:
        encode_order(order)
    except UnicodeEncodeError:
        raise UsageError("text_not_utf8") from None
    try:
        return asyncio.run(ask(control_socket(folder), order))
    except NoRelayError:
        pass
    except (OSError, ValueError, TimeoutError) as error:
        raise TasukiError("relay_does_not_answer", folder=folder, detail=error) from error
    from relay.commands.offline import carry_out_offline

    return carry_out_offline(folder, order)


def add_command(
    group: click.Group,
    name: str,
    *,
    help: str,  # noqa: A002 -- click's own word
    order: Callable[..., AdminOrder],
    done: str,
    arguments: Iterable[Callable[[Any], Any]],
) -> None:
    """A command that gives one order and says in a sentence that it was carried out.

    `arguments` are click's, named as the order's own; `done` may use them, and the members of the order's result.
    """

    def run(folder: Path, **given: Any) -> None:
        result = carry_out(folder, order(**given)) or {}
        said = {key: ", ".join(value) if isinstance(value, tuple) else value for key, value in given.items()}
        click.echo(done.format(**{**result, **said}))

    for decorate in (*reversed(tuple(arguments)), folder_option):
        run = decorate(run)
    group.command(name, help=help)(run)


def print_row(value: Any, text: str, *, as_json: bool) -> None:
    """One row of a list: for scripts the value, for people the text."""
    if as_json:
        print_json(value)
    else:
        click.echo(text.rstrip())


def name_of(participant: Any) -> str:
    """Who it was, in JSON's types, for people."""
    return participant["name"] or _("(erased)")


def session_line(one: Any) -> str:
    """A session, in JSON's types, as a line."""
    running = "interrupted" if one["interrupted_at"] else "active" if one["active_at"] else "granted"
    state = one["why"] or running
    mode = one["mode"] if one["last_mode"] in {None, one["mode"]} else f"{one['mode']} → {one['last_mode']}"
    return (
        f"{one['identifier']}  {moment(one['granted_at'])}  {state}  {mode}  "
        f"{name_of(one['user'])} – {name_of(one['helper'])}  {byte_count(one['up'])}/{byte_count(one['down'])}"
    )


def print_json(value: Any) -> None:
    """One JSON value a line."""
    click.echo(msgspec.json.encode(value))


def moment(text: str) -> str:
    """An ISO time, to the second, as clocks show it here."""
    return f"{datetime.fromisoformat(text).astimezone():%Y-%m-%d %H:%M:%S}"


def byte_count(count: int | None) -> str:
    """A count that may not be known."""
    return "–" if count is None else str(count)
