"""The desktop's session bus (D-Bus). Where there is none, no library may start one: it would outlive the program."""

import os
import stat
import sys
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Final
from urllib.parse import unquote

VARIABLE: Final = "DBUS_SESSION_BUS_ADDRESS"
NONE: Final = "disabled:"  # an address of no known kind, which every library gives up at once


def launch_none(environ: MutableMapping[str, str], *, platform: str = sys.platform) -> None:
    """See to it in `environ` that nobody who asks for a session bus starts one. A bus that is there stays what it is.

    libdbus, which Qt asks, starts `dbus-launch` where no address is named and Debian's dbus-x11 is installed: a process
    and a daemon that end with the X server at the earliest. To be called before anything may ask.
    """
    if platform in {"win32", "darwin"}:
        return
    named = [part for part in environ.get(VARIABLE, "").split(";") if part]
    kept = [part for part in named if not part.startswith("autolaunch:")]
    if kept:
        environ[VARIABLE] = ";".join(kept)
    elif not _is_bus(environ.get("XDG_RUNTIME_DIR", "")):
        environ[VARIABLE] = NONE
    else:
        environ.pop(VARIABLE, None)


def socket_path(environ: Mapping[str, str], *, platform: str = sys.platform) -> str | None:
    """The socket of the session bus (a NUL first: an abstract one), as libdbus finds it; None where there is none to be had."""
    if platform in {"win32", "darwin"}:
        return None
    for address in environ.get(VARIABLE, "").split(";"):
        kind, _, rest = address.partition(":")
        named = dict(part.partition("=")[::2] for part in rest.split(","))
        if kind == "unix" and (path := named.get("path", "")):
            return unquote(path)
        if kind == "unix" and (name := named.get("abstract", "")):
            return f"\0{unquote(name)}"
    runtime = environ.get("XDG_RUNTIME_DIR", "")
    return str(Path(runtime, "bus")) if not environ.get(VARIABLE) and _is_bus(runtime) else None


def _is_bus(runtime: str) -> bool:
    """Whether the person's runtime folder holds a bus, as libdbus looks for it where no address is named."""
    if sys.platform == "win32" or not runtime:
        return False
    try:
        found = Path(runtime, "bus").lstat()
    except OSError:
        return False
    return stat.S_ISSOCK(found.st_mode) and found.st_uid == os.getuid()
