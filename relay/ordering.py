"""How an order of the command line gets where it is carried out: to the running relay, else by this process on the folder."""

import asyncio
from pathlib import Path
from typing import Any

from common.host.errors import TasukiError
from common.host.log import setup
from common.host.sentences import SENTENCES


def carry_out(folder: Path, order: str, arguments: dict[str, Any], *, what: str = "") -> Any:
    """Have it done: its result, in JSON's types. Raises TasukiError, whose sentence names `what`."""
    from relay.control import OrderError

    try:
        return _by_running_relay(folder, order, arguments)
    except (ConnectionError, FileNotFoundError):
        pass  # no relay runs: below
    except OrderError as error:
        raise _failure(error, what) from error
    except (OSError, ValueError, TimeoutError) as error:
        raise TasukiError("relay_does_not_answer", folder=folder, detail=error) from error
    try:
        return _by_ourselves(folder, order, arguments)
    except OrderError as error:
        raise _failure(error, what) from error


def _failure(error: Any, what: str) -> TasukiError:
    known = f"order_{error.code}"
    if known in SENTENCES and what:
        return TasukiError(known, what=what)
    return TasukiError("order_failed", detail=error)


def _by_running_relay(folder: Path, order: str, arguments: dict[str, Any]) -> Any:
    from relay.control import ask
    from relay.place import control_socket

    path = control_socket(folder)
    if not path.exists():
        raise FileNotFoundError(path)
    return asyncio.run(ask(path, order, arguments))


def _by_ourselves(folder: Path, order: str, arguments: dict[str, Any]) -> Any:
    """The relay is loaded only now: most orders go to one that runs."""
    from relay.app import carry_out_offline
    from relay.place import open_place

    place = open_place(folder)
    setup(json=False, level="error")
    return asyncio.run(carry_out_offline(place, order, arguments))
