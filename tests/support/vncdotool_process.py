"""vncdotool as a process of its own, led by lines on stdin: `["keyPress", "a"]` calls that method of its client.

Run as a program: HOST PORT PASSWORD_FILE. It prints events as the agents do: `ready`, `done` after each line, and
`copied{text}` when the server's clipboard came. It ends with stdin or with the connection.
"""

import json
import os
import sys
from pathlib import Path

from twisted.python.failure import Failure
from vncdotool import api
from vncdotool.client import VNCDoToolClient, VNCDoToolFactory

PATIENCE = 30.0  # seconds for one order


def tell(event: str, **facts: str) -> None:
    """Print an event."""
    print(json.dumps({"event": event, **facts}), flush=True)


class Client(VNCDoToolClient):  # type: ignore[misc]
    """Tells of the server's clipboard."""

    def connectionLost(self, reason: Failure) -> None:
        """The server has hung up: there is nothing left to do."""
        super().connectionLost(reason)
        os._exit(0)

    def copy_text(self, text: str) -> None:
        """It came."""
        tell("copied", text=text)


class Factory(VNCDoToolFactory):  # type: ignore[misc]
    """Makes such clients."""

    protocol = Client


def main(host: str, port: str, password_file: str) -> None:
    """Connect, obey until stdin ends, disconnect."""
    password = Path(password_file).read_text(encoding="ascii").strip()
    client = api.connect(f"{host}::{port}", password=password, factory_class=Factory, timeout=PATIENCE)
    client.refreshScreen()
    tell("ready")
    for line in sys.stdin:
        method, *arguments = json.loads(line)
        getattr(client, method)(*arguments)
        tell("done")
    client.disconnect()
    api.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
