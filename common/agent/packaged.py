"""What is different where Tasuki runs as a packaged program: there is no python beside it, and its libraries are its own.

Standard library only: a packaged program begins here, and its keeper needs no more.
"""

import ctypes
import os
import sys
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from pathlib import Path
from types import MappingProxyType

from common.agent.keeper import main as keeper

# What PyInstaller points at our own libraries and plugins. What is started from here (a VNC server, a browser) must not load them.
PATHS = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "QT_PLUGIN_PATH", "QML2_IMPORT_PATH")
SCRIPT = "--proxy-script"  # common.agent.system_proxy.script
# Held on Windows while a packaged program runs: the uninstaller looks for it (deploy/packages/windows.iss).
MUTEX = "Tasuki-6E0B5C52-6B3F-4E1E-9B52-57C1A0F2D5B7"


def begin(
    argv: Sequence[str],
    environ: MutableMapping[str, str] = os.environ,
    *,
    others: Mapping[str, Callable[[], None]] = MappingProxyType({}),
) -> None:
    """The first call of a packaged program: its environment is the person's again. Called as a keeper, it ends here.

    So it does called with one of the arguments of `others`, alone: what this program is then.
    """
    own_environment(environ, folder=getattr(sys, "_MEIPASS", ""))
    if sys.platform == "win32":
        ctypes.windll.kernel32.SetDllDirectoryW(None)
        ctypes.windll.kernel32.CreateMutexW(None, False, MUTEX)  # never closed: it goes with the process
    parts = {keeper.ARGUMENT: keeper.main, SCRIPT: _run_script, **others}
    if len(argv) == 2 and argv[1] in parts:
        parts[argv[1]]()
        raise SystemExit(0)


def _run_script() -> None:
    """Be the process that runs a PAC file."""
    from common.agent.system_proxy import script_process

    script_process.main()


def windowed(program: Path) -> Path:
    """The same program without a console beside its windows: NAMEw.exe, as Python has pythonw.exe. Itself where there is none.

    For shortcuts and the start with the desktop; commands are the other's.
    """
    twin = program.with_name(f"{program.stem}w{program.suffix}")
    return twin if program.suffix.lower() == ".exe" and twin.is_file() else program


def own_environment(environ: MutableMapping[str, str], *, folder: str) -> None:
    """Take out of the search paths what lies in `folder`, the program's own; the person's entries stay."""
    for name in PATHS:
        before = environ.pop(f"{name}_ORIG", environ.get(name, ""))
        kept = [entry for entry in before.split(os.pathsep) if entry and not (folder and entry.startswith(folder))]
        if kept:
            environ[name] = os.pathsep.join(kept)
        else:
            environ.pop(name, None)
