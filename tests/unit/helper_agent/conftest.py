"""What Wine does not know and Windows does."""

import os
import sys

import pytest

from common.agent.keeper import socket_owner


@pytest.fixture(autouse=True)
def own_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wine names a socket's process only once that has sent or received; here every end is this process's own."""
    if sys.platform == "win32":
        rows = socket_owner.windows_rows
        monkeypatch.setattr(socket_owner, "windows_rows", lambda: [(*row[:3], row[3] or os.getpid()) for row in rows()])
