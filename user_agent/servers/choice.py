"""Which VNC server: the one that was named, or the first of this platform's that is here."""

from common.host.errors import TasukiError, UsageError
from user_agent.servers.base import Host, ServerKind
from user_agent.servers.macos import ScreenSharing
from user_agent.servers.screen import x_display
from user_agent.servers.tightvnc import TightVnc
from user_agent.servers.ultravnc import UltraVnc
from user_agent.servers.x0vncserver import X0vncserver
from user_agent.servers.x11vnc import X11vnc

KINDS: tuple[ServerKind, ...] = (X11vnc(), X0vncserver(), UltraVnc(), TightVnc(), ScreenSharing())


def choose(host: Host, *, wanted: str = "") -> ServerKind:
    """The kind to start; nothing is started yet.

    Raises TasukiError `no_vnc_server` | `vnc_server_not_here` | `no_screen` | `screen_is_wayland`, UsageError `vnc_server_unknown`.
    """
    if wanted:
        kind = next((kind for kind in KINDS if kind.name.lower() == wanted.lower()), None)
        if kind is None:
            raise UsageError("vnc_server_unknown", name=wanted, names=", ".join(kind.name for kind in KINDS))
        if not kind.present(host):
            raise TasukiError("vnc_server_not_here", name=kind.name)
    else:
        kind = next((kind for kind in KINDS if kind.present(host)), None)
        if kind is None:
            raise TasukiError("no_vnc_server")
    if host.platform == "linux":
        x_display(host)
    return kind
