"""What the commands of `tasuki-ca` share: options, how the folder is opened, and what is said of a disk that fails."""

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any

import click
import msgspec

from common.host.errors import TasukiError, UsageError
from common.host.words import _
from relay.ca.opening import OpenedCa, open_ca
from relay.ca.operators import HEARD_WITHIN, CaSilentError, NoCaServesError, order_by_socket
from relay.ca.orders import CaOrder, carry_out_at_ca
from relay.ca.process import utc_now
from relay.ca.settings import load_settings

folder_option = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="TASUKI_CA_FOLDER",
    required=True,
    help=_("The CA's own folder."),
)
socket_option = click.option(
    "--socket",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="TASUKI_CA_SOCKET",
    help=_("Instead of the folder: the operators' socket of a CA that runs."),
)
_folder_or_none = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="TASUKI_CA_FOLDER",
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
            folder, detail = ctx.params.get("folder") or "–", error.strerror or error
            raise TasukiError("ca_disk_failed", folder=folder, path=error.filename or folder, detail=detail) from error


class CaGroup(click.Group):
    """Of such."""

    command_class = CaCommand


@dataclass(frozen=True, kw_only=True)
class CaPlace:
    """Where orders go: to the CA of this folder, or to the one that hears them on this socket."""

    folder: Path | None
    socket: Path | None

    def order(self, order: CaOrder) -> Any:
        """Have the CA that runs there do it, else do it here, also where that CA hangs: the result, in JSON's types. Raises TasukiError, UsageError, OSError."""
        if self.socket is not None:
            try:
                return order_by_socket(self.socket, order)
            except CaSilentError as error:
                raise TasukiError("ca_not_ready", path=self.socket) from error
            except NoCaServesError as error:
                raise TasukiError("ca_not_serving", path=self.socket) from error
        if self.folder is None:
            raise UsageError("ca_place_missing")
        with contextlib.suppress(NoCaServesError):
            path = self.folder / load_settings(self.folder).operators.socket
            return order_by_socket(path, order, heard_within=HEARD_WITHIN)
        return msgspec.to_builtins(carry_out_at_ca(open_here(self.folder), order))


def place_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--folder` or `--socket`, handed over as `place`."""

    @wraps(command)
    def run(*, folder: Path | None, socket: Path | None, **given: Any) -> Any:
        return command(place=CaPlace(folder=folder, socket=socket), **given)

    return _folder_or_none(socket_option(run))


def open_here(folder: Path) -> OpenedCa:
    """The CA in this folder. Raises TasukiError as `open_ca` does."""
    return open_ca(folder, clock=utc_now, random=os.urandom)


def moment(when: float) -> str:
    """Unix seconds, for people."""
    return f"{datetime.fromtimestamp(when, UTC):%Y-%m-%d %H:%M} UTC"
