"""What a relay may be called: whatever DNS and people make of a name, both are enrolled, and the picture comes."""

import contextlib
from pathlib import Path

import pytest

from tests.rooms.conftest import a_world
from tests.support.rooms import gateways
from tests.support.rooms.network import RELAY
from tests.support.squid_settings import ALLOWED

NAMES = {
    "HELP.Example.ORG": "help.example.org",
    "help.example.org.": "help.example.org",
    "hilfe-büro.example.org": "xn--hilfe-bro-w9a.example.org",
    "help_desk.example.org": "help_desk.example.org",
    "relay": "relay",
    RELAY: "",
}


@pytest.mark.long
@pytest.mark.parametrize("host", NAMES)
async def test_a_session_comes_up(tmp_path: Path, host: str) -> None:
    """Directly, and through a proxy that looks the name up itself."""
    known = (f"--address=/{NAMES[host]}/{RELAY}",) if NAMES[host] else ("--address=/nobody.example/127.0.0.1",)
    async with a_world(tmp_path, host) as world:
        for proxied in (False, True):
            async with world.room(*known) as room, contextlib.AsyncExitStack() as stack:
                for site in room.sites if proxied else ():
                    await stack.enter_async_context(gateways.squid(site, *ALLOWED))
                await room.enrol()
                async with room.session():
                    print("through a proxy:" if proxied else "directly:", room.row())
