"""Which viewer: the one that was named, by default the built-in one."""

from common.host.computer import Computer
from common.host.errors import TasukiError, UsageError
from helper_agent.viewers import novnc
from helper_agent.viewers.base import ViewerKind
from helper_agent.viewers.ssvnc import SsVncViewer
from helper_agent.viewers.tigervnc import TigerVncViewer
from helper_agent.viewers.tightvnc import TightVncViewer
from helper_agent.viewers.ultravnc import UltraVncViewer

NONE = "none"  # nothing is started: where to connect is told, for a viewer that the helper starts
KINDS: tuple[ViewerKind, ...] = (TigerVncViewer(), TightVncViewer(), SsVncViewer(), UltraVncViewer())
NAMES = (novnc.NAME, *(kind.name for kind in KINDS), NONE)


def choose(computer: Computer, wanted: str) -> ViewerKind | None:
    """The kind to start; None for the built-in one and for `none`.

    Raises UsageError `viewer_unknown`, TasukiError `no_viewer` | `viewer_page_missing`.
    """
    if wanted == NONE:
        return None
    if wanted == novnc.NAME:
        novnc.require_page()
        return None
    kind = next((kind for kind in KINDS if kind.name == wanted.lower()), None)
    if kind is None:
        raise UsageError("viewer_unknown", name=wanted, names=", ".join(NAMES))
    if not kind.present(computer):
        raise TasukiError("no_viewer", name=kind.name)
    return kind
