"""Which VNC server: the one that was named, or the first of this platform's that can show the screen."""

from dataclasses import dataclass

from common.host.errors import TasukiError, UsageError
from common.host.screen import is_wayland
from user_agent.servers.base import Host, ServerKind
from user_agent.servers.macos import ScreenSharing
from user_agent.servers.screen import x_problem
from user_agent.servers.tightvnc import TightVnc
from user_agent.servers.ultravnc import UltraVnc
from user_agent.servers.wayvnc import WayVnc
from user_agent.servers.x0vncserver import X0vncserver
from user_agent.servers.x11vnc import X11vnc

KINDS: tuple[ServerKind, ...] = (X11vnc(), X0vncserver(), WayVnc(), UltraVnc(), TightVnc(), ScreenSharing())


@dataclass(frozen=True, kw_only=True)
class Known:
    """A kind of VNC server as a settings window shows it; `problem` says why it cannot be used here and now."""

    name: str
    one_screen: bool
    problem: TasukiError | None


def known(host: Host) -> tuple[Known, ...]:
    """All the kinds of this platform. It may take a moment: not on the loop."""
    return tuple(
        Known(name=kind.name, one_screen=kind.one_screen, problem=kind.why_absent(host))
        for kind in KINDS
        if kind.platform == host.platform
    )


def choose(host: Host, *, wanted: str = "") -> ServerKind:
    """The kind to start; nothing is started yet. On Wayland the compositor is asked, which may take a moment.

    Raises TasukiError: why the wanted one cannot be used, or why none can (`no_vnc_server` | `no_screen` |
    `screen_is_wayland…`), UsageError `vnc_server_unknown`.
    """
    if wanted:
        kind = next((kind for kind in KINDS if kind.name.lower() == wanted.lower()), None)
        if kind is None:
            raise UsageError("vnc_server_unknown", name=wanted, names=", ".join(kind.name for kind in KINDS))
        if (problem := kind.why_absent(host)) is not None:
            raise problem
        return kind
    for kind in KINDS:
        if kind.why_absent(host) is None:
            return kind
    raise _why_none(host)


def _why_none(host: Host) -> TasukiError:
    """What to tell where no kind can be used: the screen's reason goes before that of any program."""
    if host.platform != "linux":
        return TasukiError("no_vnc_server")
    problem = WayVnc().why_absent(host) if is_wayland(host.environ) else x_problem(host)
    return problem or TasukiError("no_vnc_server")
