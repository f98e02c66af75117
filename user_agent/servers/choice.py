"""Which VNC server: the one that was named, or the first of this platform's that can show the screen."""

from dataclasses import dataclass

from common.host.computer import Computer
from common.host.errors import TasukiError, UsageError
from common.host.screen import is_wayland
from user_agent.servers.base import ScreenChoice, ServerKind
from user_agent.servers.display import x_problem
from user_agent.servers.macos import ScreenSharing
from user_agent.servers.tightvnc import TightVncServer
from user_agent.servers.ultravnc import UltraVncServer
from user_agent.servers.wayvnc import WayVnc
from user_agent.servers.x0vncserver import X0vncserver
from user_agent.servers.x11vnc import X11vnc

KINDS: tuple[ServerKind, ...] = (X11vnc(), X0vncserver(), WayVnc(), UltraVncServer(), TightVncServer(), ScreenSharing())

NONE_HERE = {"win32": "no_vnc_server_windows", "darwin": "no_vnc_server_macos"}


@dataclass(frozen=True, kw_only=True)
class KnownServer:
    """A kind of VNC server as a settings window shows it; `problem` says why it cannot be used here and now."""

    name: str
    one_screen: bool
    problem: TasukiError | None


def known(computer: Computer) -> tuple[KnownServer, ...]:
    """All the kinds of this platform. It may take a moment: not on the loop."""
    return tuple(
        KnownServer(name=kind.name, one_screen=kind.one_screen, problem=kind.why_absent(computer))
        for kind in KINDS
        if kind.platform == computer.platform
    )


def choose(computer: Computer, *, wanted: str = "", screen: ScreenChoice | None = None) -> ServerKind:
    """The kind to start; nothing is started yet. On Wayland the compositor is asked, which may take a moment.

    One that can show `screen` alone goes before those that cannot.

    Raises TasukiError: why the wanted one cannot be used, or why none can (what the person has to close first |
    `no_vnc_server…` | `no_screen` | `screen_is_wayland…`), UsageError `vnc_server_unknown`.
    """
    if wanted:
        kind = next((kind for kind in KINDS if kind.name.lower() == wanted.lower()), None)
        if kind is None:
            raise UsageError("vnc_server_unknown", name=wanted, names=", ".join(kind.name for kind in KINDS))
        if (problem := kind.why_absent(computer) or kind.why_busy(computer)) is not None:
            raise problem
        return kind
    able = [kind for kind in KINDS if kind.why_absent(computer) is None and kind.why_busy(computer) is None]
    if screen is not None:
        able.sort(key=lambda kind: not kind.shows_alone(computer, screen))
    if able:
        return able[0]
    raise _why_none(computer)


def why_none(computer: Computer, *, wanted: str = "") -> TasukiError | None:
    """What `choose` raises, or why there is nothing that the chosen one could show; None where there is. It may wait."""
    try:
        kind = choose(computer, wanted=wanted)
    except TasukiError as error:
        return error
    return kind.why_no_picture(computer)


def _why_none(computer: Computer) -> TasukiError:
    """What to tell where no kind can be used: the screen's reason goes before that of any program."""
    if computer.platform in NONE_HERE:
        here = [kind for kind in KINDS if kind.present(computer)]
        busy = [kind.why_busy(computer) for kind in here if kind.why_absent(computer) is None]
        return next(
            filter(None, busy + [kind.why_absent(computer) for kind in here]), TasukiError(NONE_HERE[computer.platform])
        )
    problem = WayVnc().why_absent(computer) if is_wayland(computer.environ) else x_problem(computer)
    return problem or TasukiError("no_vnc_server")
