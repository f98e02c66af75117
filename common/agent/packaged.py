"""What is different where Tasuki runs as a packaged program: there is no python beside it, and its libraries are its own.

Standard library only: a packaged program begins here, and its keeper needs no more.
"""

import contextlib
import ctypes
import os
import sys
from collections.abc import MutableMapping, Sequence

from common.agent import keeper

# Where the programs' own libraries lie. What is started from here (a VNC server, a browser) must not load them.
LIBRARY_PATHS = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


def begin(argv: Sequence[str], environ: MutableMapping[str, str] = os.environ) -> None:
    """The first call of a packaged program: its environment is the person's again. Called as a keeper, it ends here."""
    own_environment(environ)
    if sys.platform == "win32":
        ctypes.windll.kernel32.SetDllDirectoryW(None)
    if list(argv[1:]) == [keeper.ARGUMENT]:
        keeper.main()
        raise SystemExit(0)


def own_environment(environ: MutableMapping[str, str]) -> None:
    """Take back what PyInstaller's start has set; it has kept what was there before under another name."""
    for name in LIBRARY_PATHS:
        before = environ.pop(f"{name}_ORIG", None)
        environ.pop(name, None)
        if before is not None:
            environ[name] = before
    for name in [name for name in environ if name.startswith("_PYI_")]:
        with contextlib.suppress(KeyError):
            del environ[name]
