"""Options and printing that several orders share."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from common.host.words import _
from common.protocol.identity import Role

folder_option = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="TASUKI_RELAY_FOLDER",
    required=True,
    help=_("The relay's folder."),
)
json_option = click.option("--json", "as_json", is_flag=True, help=_("Print JSON for scripts."))
role_option = click.option("--role", type=click.Choice([role.value for role in Role]), help=_("Which role's account."))
everything_option = click.option("--all", "everything", is_flag=True, help=_("Also what is over."))
PAGE = 1000


def print_row(value: Any, text: str, *, as_json: bool) -> None:
    """One row of a list: for scripts the value, for people the text."""
    if as_json:
        print_json(value)
    else:
        click.echo(text.rstrip())


def print_json(value: Any) -> None:
    """One JSON value a line."""
    click.echo(msgspec.json.encode(value))


def moment(text: str) -> str:
    """An ISO time, to the second."""
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S}"


def byte_count(count: int | None) -> str:
    """A count that may not be known."""
    return "–" if count is None else str(count)
