"""The proxy of a Linux desktop, by what its programs print."""

import sys
from pathlib import Path

import pytest

from common.agent.system_proxy.desktop import system_proxy
from common.protocol.proxies import ProxyUrl

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="not on Windows: sh")

A = ProxyUrl.parse("http://a:3128")
SETTINGS = "org.gnome.system.proxy mode 'manual'\norg.gnome.system.proxy.https host 'a'\norg.gnome.system.proxy.https port 3128\n"


def gsettings(folder: Path, text: str) -> None:
    """A program of that name."""
    program = folder / "gsettings"
    program.write_text(f"#!/bin/sh\necho \"bus $DBUS_SESSION_BUS_ADDRESS\" > '{folder}/bus'\n{text}")
    program.chmod(0o755)


def environ(folder: Path, desktop: str) -> dict[str, str]:
    """A person's, without a bus."""
    return {"XDG_CURRENT_DESKTOP": desktop, "PATH": f"{folder}:/usr/bin:/bin", "HOME": str(folder)}


@pytest.mark.parametrize("desktop", ["GNOME", "ubuntu:GNOME", "X-Cinnamon", "XFCE"])
async def test_gnomes_settings_and_those_of_its_kin(tmp_path: Path, desktop: str) -> None:
    """And no bus is started for it."""
    gsettings(tmp_path, f"cat <<X\n{SETTINGS}X\n")
    found = await system_proxy(environ(tmp_path, desktop), "relay", 443)
    assert found is not None
    assert (found.routes, found.source) == ((A,), "GNOME")
    assert (tmp_path / "bus").read_text() == "bus disabled:\n"


async def test_kdes_settings(tmp_path: Path) -> None:
    """In its own file."""
    (tmp_path / ".config").mkdir()
    assert await system_proxy(environ(tmp_path, "KDE"), "relay", 443) is None
    (tmp_path / ".config" / "kioslaverc").write_text("[Proxy Settings]\nProxyType=1\nhttpsProxy=http://a 3128\n")
    found = await system_proxy(environ(tmp_path, "KDE"), "relay", 443)
    assert found is not None
    assert (found.routes, found.source) == ((A,), "KDE")


@pytest.mark.parametrize("text", ["exit 1\n", "printf '\\377'\n"])
async def test_a_program_that_fails_says_nothing(tmp_path: Path, text: str) -> None:
    """Nor is it an error."""
    gsettings(tmp_path, text)
    assert await system_proxy(environ(tmp_path, "GNOME"), "relay", 443) is None


async def test_without_a_desktop_nobody_is_asked(tmp_path: Path) -> None:
    """As on a server."""
    gsettings(tmp_path, "exit 0\n")
    assert await system_proxy(environ(tmp_path, ""), "relay", 443) is None
    assert not (tmp_path / "bus").exists()
