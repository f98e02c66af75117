"""A Wayland compositor is asked what it offers and where its outputs lie, and one that answers oddly is no desktop to show."""

import socket
import struct
import threading
from pathlib import Path

import pytest

from common.host.computer import Computer
from tests.support.compositor import Output, compositor, event
from tests.support.marks import needs
from user_agent.servers import monitors, wayland
from user_agent.servers.base import ScreenChoice
from user_agent.servers.choice import choose, known
from user_agent.servers.wayvnc import WayVnc

WLROOTS = ("wl_compositor", *sorted(wayland.NEEDED), "zxdg_output_manager_v1")
pytestmark = needs("socket.AF_UNIX")
TWO = (
    Output(name="DP-1", place=(1080, 0), mode=(1920, 1200)),
    Output(name="HDMI-A-1", place=(0, 0), mode=(1920, 1080), transform=1),
)


def computer(environ: dict[str, str], **more: str) -> Computer:
    """A program on that desktop, with nothing on its search path."""
    return Computer(environ={"PATH": "", "DISPLAY": ":7", **environ, **more}, platform="linux")


@pytest.mark.parametrize("piece", [65536, 1])
def test_outputs_are_told_with_place_and_name(tmp_path: Path, piece: int) -> None:
    """From left to right, a turned one with its sides exchanged; also where the answer comes a byte at a time."""
    with compositor(tmp_path, globals_=WLROOTS, outputs=TWO, piece=piece) as environ:
        here = computer(environ)
        assert wayland.shows(here)
        assert monitors.find(here) == (
            ScreenChoice(name="HDMI-A-1", x=0, y=0, width=1080, height=1920),
            ScreenChoice(name="DP-1", x=1080, y=0, width=1920, height=1200),
        )
        chosen = monitors.named(here, "1920x1200+1080+0")
        assert chosen is not None
        assert chosen.name == "DP-1"
        plan = WayVnc().plan(here, folder=tmp_path, port=1, password="x", screen=chosen)
        assert "--output DP-1" in " ".join(plan.argv)


@pytest.mark.parametrize(
    ("globals_", "desktop", "code"),
    [
        (WLROOTS, "sway", "wayvnc_not_here"),
        (("wl_compositor",), "ubuntu:GNOME", "screen_is_wayland_with_xorg"),
        (("wl_compositor",), "KDE", "screen_is_wayland_with_xorg"),
        (WLROOTS[1:2], "COSMIC", "screen_is_wayland"),
        ((), "", "screen_is_wayland"),
    ],
)
def test_the_sentence_fits_the_desktop(tmp_path: Path, globals_: tuple[str, ...], desktop: str, code: str) -> None:
    """wayvnc where it would work, another session at login where not; the desktop is named."""
    with compositor(tmp_path, globals_=globals_) as environ:
        here = computer(environ, XDG_CURRENT_DESKTOP=desktop)
        with pytest.raises(Exception, match=desktop.rpartition(":")[2] or "Wayland") as caught:
            choose(here)
    assert getattr(caught.value, "code", "") == code
    assert "{" not in str(caught.value)


def test_wayvnc_is_chosen_where_it_can_show(tmp_path: Path) -> None:
    """It is there, and the compositor lets it: no X program is asked; on a Unix socket without a password and without a port."""
    (tmp_path / "wayvnc").write_text("#!/bin/sh\n")
    (tmp_path / "wayvnc").chmod(0o755)
    with compositor(tmp_path, globals_=WLROOTS) as environ:
        here = computer(environ, PATH=str(tmp_path), LD_PRELOAD="evil")
        assert choose(here).name == "wayvnc"
        assert {kind.name: kind.problem is None for kind in known(here)} == {
            "x11vnc": False,
            "x0vncserver": False,
            "wayvnc": True,
        }
        plan = WayVnc().plan(here, folder=Path("/private"), port=1, password="secret12")
        assert not plan.password
        assert plan.env is not None
        assert plan.env["WAYLAND_DISPLAY"] == str(tmp_path / "wayland-7")
        assert plan.env["XDG_RUNTIME_DIR"] == "/private"
        assert "LD_PRELOAD" not in plan.env
    on_x = computer({}, PATH=str(tmp_path))
    problem = WayVnc().why_absent(on_x)
    assert problem is not None
    assert problem.code == "screen_not_wayland"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        struct.pack("=II", 2, 4 << 16),
        event(2, 0, b"\0" * 4),
        event(2, 0, struct.pack("=II", 1, 0xFFFFFFFF)),
        b"x" * (wayland.MOST + 1),
    ],
)
def test_nonsense_is_no_desktop_to_show(tmp_path: Path, answer: bytes) -> None:
    """A socket that hangs up, or speaks another protocol, or without end."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "w"))
        listening.listen()

        def serve() -> None:
            for _ in range(2):
                sock, _address = listening.accept()
                with sock:
                    sock.recv(64)
                    sock.settimeout(5)
                    try:
                        sock.sendall(answer)
                        sock.shutdown(socket.SHUT_WR)
                    except OSError:
                        pass

        thread = threading.Thread(target=serve)
        thread.start()
        here = computer({"WAYLAND_DISPLAY": str(tmp_path / "w")})
        assert not wayland.shows(here)
        assert monitors.find(here) == ()
        thread.join()
    assert not wayland.shows(computer({"WAYLAND_DISPLAY": str(tmp_path / "absent")}))
