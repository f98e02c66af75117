"""Real X servers: that one answers, and which cookie lets in."""

import os
import struct
from pathlib import Path

import pytest

from common.host.screen import has_screen
from common.host.x11 import open_display
from tests.support.display import virtual_display

WILD, LOCAL = 0xFFFF, 256
COOKIE, OTHER = b"0123456789abcdef", b"fedcba9876543210"


def cookie(family: int, host: bytes, number: bytes, secret: bytes) -> bytes:
    """One entry of an Xauthority file."""
    parts = (host, number, b"MIT-MAGIC-COOKIE-1", secret)
    return struct.pack(">H", family) + b"".join(struct.pack(">H", len(part)) + part for part in parts)


@pytest.mark.parametrize("number", ["", "own"])
def test_a_cookie_for_any_host_lets_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: str) -> None:
    """For any display too; one for another host or another display is passed over."""
    server, client = tmp_path / "server", tmp_path / "client"
    server.write_bytes(cookie(WILD, b"", b"", COOKIE))
    with virtual_display(cookies=server) as display:
        own = display.removeprefix(":").encode() if number else b""
        client.write_bytes(
            cookie(LOCAL, b"elsewhere", own, OTHER) + cookie(WILD, b"", b"9999", OTHER) + cookie(WILD, b"", own, COOKIE)
        )
        monkeypatch.setenv("XAUTHORITY", os.fspath(client))
        opened = open_display(display)
        assert opened.screen().width_in_pixels == 800
        opened.close()


def test_an_x_server_that_answers() -> None:
    """Is a screen."""
    with virtual_display() as display:
        assert has_screen({"DISPLAY": display}, platform="linux")
