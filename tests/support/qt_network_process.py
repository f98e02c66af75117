"""Qt's word of the network, as a program of its own that can be started in a network namespace: an event a line."""

import json

from PySide6.QtCore import QCoreApplication

from common.ui.network_information import watch_network


def say(event: str) -> None:
    """One event."""
    print(json.dumps({"event": event}), flush=True)


if __name__ == "__main__":
    application = QCoreApplication([])
    watch_network(lambda: say("changed"), platform="darwin")
    say("ready")
    application.exec()
