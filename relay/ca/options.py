"""What the commands of `tasuki-ca` share: options, how the folder is opened, and what is said of a disk that fails."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from common.host.errors import TasukiError
from common.host.words import _
from relay.ca.opening import OpenedCa, open_ca
from relay.ca.process import utc_now

folder_option = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="TASUKI_CA_FOLDER",
    required=True,
    help=_("The CA's own folder."),
)
json_option = click.option("--json", "as_json", is_flag=True, help=_("Print JSON for scripts."))


class CaCommand(click.Command):
    """One that says in a sentence that the disk of the CA's folder failed."""

    def invoke(self, ctx: click.Context) -> Any:
        """Do it. What was not written whole was not written, so it can be given again."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # nobody reads what is printed
        except OSError as error:
            folder, detail = ctx.params["folder"], error.strerror or error
            raise TasukiError("ca_disk_failed", folder=folder, path=error.filename or folder, detail=detail) from error


class CaGroup(click.Group):
    """Of such."""

    command_class = CaCommand


def open_here(folder: Path) -> OpenedCa:
    """The CA in this folder. Raises TasukiError as `open_ca` does."""
    return open_ca(folder, clock=utc_now, random=os.urandom)


def moment(when: float) -> str:
    """Unix seconds, for people."""
    return f"{datetime.fromtimestamp(when, UTC):%Y-%m-%d %H:%M} UTC"
