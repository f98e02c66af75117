"""The desktop portal's ProxyResolver, asked over a real bus. The portal itself is a stand-in that answers one question."""

import asyncio
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from jeepney import new_method_return
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection

from common.agent.system_proxy.desktop import system_proxy
from common.protocol.proxies import ProxyUrl
from tests.support.session_bus import bus_in

NAME = "org.freedesktop.portal.Desktop"


@pytest.fixture
def environ(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A desktop's, with a bus; gsettings is not found."""
    command, address = bus_in(tmp_path)
    bus = subprocess.Popen([*command, "--print-address"], stdout=subprocess.PIPE)
    try:
        assert bus.stdout is not None
        assert bus.stdout.readline()
        yield {"XDG_CURRENT_DESKTOP": "GNOME", "DBUS_SESSION_BUS_ADDRESS": address, "PATH": str(tmp_path)}
    finally:
        bus.terminate()
        bus.wait()
        assert bus.stdout is not None
        bus.stdout.close()


def portal(address: str, answer: list[str], ready: threading.Event, asked: list[object]) -> None:
    """Take the name, answer one question."""
    with open_dbus_connection(bus=address) as connection:
        connection.send_and_get_reply(message_bus.RequestName(NAME), timeout=10)
        ready.set()
        while True:
            message = connection.receive(timeout=10)
            if message.header.message_type.name == "method_call":
                asked.append(message.body)
                connection.send(new_method_return(message, "as", (answer,)))
                return


@pytest.mark.parametrize(
    ("answer", "routes"),
    [
        (["http://a:3128", "direct://"], (replace(ProxyUrl.parse("a:3128"), by_network=True), None)),
        (["socks5://b:1080"], (replace(ProxyUrl.parse("socks5h://b:1080"), by_network=True),)),
        (["direct://"], None),
    ],
)
async def test_the_portals_answer(
    environ: dict[str, str], answer: list[str], routes: tuple[ProxyUrl | None, ...] | None
) -> None:
    """For the relay's own address; where it only knows *directly*, others are asked."""
    ready, asked = threading.Event(), list[object]()
    thread = threading.Thread(target=portal, args=(environ["DBUS_SESSION_BUS_ADDRESS"], answer, ready, asked))
    thread.start()
    assert await asyncio.to_thread(ready.wait, 10)
    found = await system_proxy(environ, "relay.example", 8443)
    await asyncio.to_thread(thread.join)
    assert asked == [("https://relay.example:8443/",)]
    assert (None if found is None else found.routes) == routes


async def test_a_bus_without_a_portal(environ: dict[str, str]) -> None:
    """Says no at once."""
    assert await system_proxy(environ, "relay.example", 443) is None


async def test_a_bus_that_is_not_there(tmp_path: Path) -> None:
    """Nor is that an error."""
    environ = {"XDG_CURRENT_DESKTOP": "GNOME", "DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path}/none", "PATH": ""}
    assert await system_proxy(environ, "relay.example", 443) is None
