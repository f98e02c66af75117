"""The proxy of a Linux desktop: what its portal answers, else what GNOME's or KDE's settings hold.

A portal that says *direct* may only lack the library that knows better, so the settings are looked at too.
"""

import asyncio
import contextlib
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from common.host.session_bus import launch_none, socket_path
from common.protocol.enrolment import format_address
from common.protocol.system_proxies import SystemProxy, of_gsettings, of_kde, of_portal, told_apart

PATIENCE: Final = 3.0  # seconds for the portal, and for gsettings
SCHEMA: Final = "org.gnome.system.proxy"
_LARGEST: Final = 256 * 1024  # bytes of kioslaverc


async def system_proxy(environ: Mapping[str, str], host: str, port: int) -> SystemProxy | None:
    """What is set for that host. None without a desktop."""
    desktops = {name.lower() for name in environ.get("XDG_CURRENT_DESKTOP", "").split(":") if name}
    if not desktops:
        return None
    found = await _of_portal(environ, host, port)
    by_hand = await asyncio.to_thread(_of_kde if "kde" in desktops else _of_gsettings, environ)
    if found is None or not found.says_something:
        return by_hand
    return told_apart(found, () if by_hand is None else by_hand.routes)


async def _of_portal(environ: Mapping[str, str], host: str, port: int) -> SystemProxy | None:
    if (path := socket_path(environ)) is None:
        return None
    from jeepney import DBusAddress

    from common.net.session_bus import BusError, SessionBus

    portal = DBusAddress(
        "/org/freedesktop/portal/desktop",
        bus_name="org.freedesktop.portal.Desktop",
        interface="org.freedesktop.portal.ProxyResolver",
    )
    bus: Any = None
    try:
        async with asyncio.timeout(PATIENCE):
            bus = await SessionBus.open(path, on_signal=lambda _member, _body: None, on_closed=lambda: None)
            (addresses,) = await bus.ask(portal, "Lookup", "s", f"https://{format_address(host, port)}/")
        return of_portal([str(address) for address in addresses])
    except (BusError, TimeoutError, ValueError, TypeError):
        return None
    finally:
        if bus is not None:
            await bus.close()


def _of_gsettings(environ: Mapping[str, str]) -> SystemProxy | None:
    if (program := shutil.which("gsettings", path=environ.get("PATH"))) is None:
        return None
    said = dict(environ)
    launch_none(said)  # it must not start a bus that outlives us
    with contextlib.suppress(OSError, subprocess.SubprocessError, UnicodeDecodeError):
        done = subprocess.run(
            [program, "list-recursively", SCHEMA],
            capture_output=True,
            check=True,
            timeout=PATIENCE,
            encoding="utf-8",
            env=said,
            stdin=subprocess.DEVNULL,
        )
        return of_gsettings(done.stdout)
    return None


def _of_kde(environ: Mapping[str, str]) -> SystemProxy | None:
    config = environ.get("XDG_CONFIG_HOME") or (f"{environ['HOME']}/.config" if environ.get("HOME") else "")
    with contextlib.suppress(OSError), Path(config, "kioslaverc").open("rb") as file:
        return of_kde(file.read(_LARGEST).decode("utf-8", errors="replace"))
    return None
