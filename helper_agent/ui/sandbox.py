"""Whether Chromium, which shows the page in the window, can shut itself in. Where it cannot, it ends the whole process: so we look before.

Linux alone has such systems: its sandbox is made of name spaces, which a kernel's setting, or AppArmor's, can deny.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

PROC = Path("/proc")
WITHOUT = "QTWEBENGINE_DISABLE_SANDBOX"  # the person, or a test, has said that it may do without


def usable(environ: Mapping[str, str], platform: str = sys.platform, *, proc: Path = PROC) -> bool:
    """Whether it can be started at all."""
    if environ.get(WITHOUT) == "1" or platform == "win32":
        return True
    return not _is_root() and _gives_name_spaces(proc)  # a system that says nothing of name spaces needs none


def _gives_name_spaces(proc: Path) -> bool:
    """Whether somebody who is not root gets a name space of users here."""
    settings = proc / "sys"
    if _said(settings / "user/max_user_namespaces") == "0":
        return False
    if _said(settings / "kernel/unprivileged_userns_clone") == "0":  # Debian's own
        return False
    # Ubuntu 23.10 and later: only what a profile names, which says `NAME (unconfined)`
    restricted = _said(settings / "kernel/apparmor_restrict_unprivileged_userns") == "1"
    return not restricted or _said(proc / "self/attr/current") != "unconfined"


def _said(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip("\0\n ")
    except OSError:
        return ""


def _is_root() -> bool:
    if sys.platform == "win32":
        return False
    return os.geteuid() == 0
