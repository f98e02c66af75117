"""Whether QtWebEngine starts on this computer: tried once, in a process of its own.

Where it cannot start, Chromium ends the process that it is in, or holds it for ever. Linux says beforehand whether it could
(`sandbox`); other systems say nothing, and there much can be in its way: rules for programs, a guard against viruses, a system
that is no real Windows.
"""

import asyncio
import ctypes
import importlib.util
import os
import sys
from collections.abc import Mapping
from typing import Final, NoReturn

from common.agent.keeper.client import Keeper
from common.host.errors import TasukiError
from common.host.log import get_logger
from helper_agent.ui import sandbox

ARGUMENT: Final = "--try-engine"
"""What the packaged program is called with, to be that process."""
SEM_FAILCRITICALERRORS, SEM_NOGPFAULTERRORBOX = 0x0001, 0x0002
PATIENCE: Final = 30.0  # seconds: a disk that is busy with the log-in, and a guard that reads 200 MB first

log = get_logger(component="engine")


def installed() -> bool:
    """Whether QtWebEngine is here, as in the helper's packages."""
    return importlib.util.find_spec("PySide6.QtWebEngineWidgets") is not None


def is_foretold(platform: str = sys.platform) -> bool:
    """Whether this system says itself whether it starts."""
    return platform == "linux"


async def starts(environ: Mapping[str, str], platform: str = sys.platform) -> bool:
    """Whether it starts here: as the system says, else as the trial shows."""
    return sandbox.usable(environ, platform) and (is_foretold(platform) or await passed())


def command() -> list[str]:
    """What starts the process: the packaged program itself, or this Python."""
    if getattr(sys, "frozen", False):
        return [sys.executable, ARGUMENT]
    return [sys.executable, "-m", __name__]


async def passed(*, patience: float = PATIENCE) -> bool:
    """Whether a page was shown in such a process, within so many seconds. Nothing of it is left afterwards."""
    try:
        keeper = await Keeper.launch()
    except TasukiError as problem:
        log.warning("engine_not_tried", problem=problem.code)
        return False
    try:
        program = await keeper.start(command(), name="engine")
        async with asyncio.timeout(patience):
            how = await program.wait()
    except TimeoutError:
        log.warning("engine_silent", seconds=patience)
        return False
    except TasukiError as problem:
        log.warning("engine_not_tried", problem=problem.code)
        return False
    finally:
        await keeper.close()
    log.info("engine_tried", ended_with=how.code, said=how.last_line)
    return how.code == 0


def main() -> NoReturn:
    """Be that process: it ends with 0 once a page of ours has run its script. Who started it does not wait for ever."""
    from PySide6.QtWebEngineCore import QWebEnginePage, QWebEngineProfile
    from PySide6.QtWebEngineWidgets import QWebEngineView
    from PySide6.QtWidgets import QApplication

    if sys.platform == "win32":  # where it fails Windows would say so in a box, of a program that nobody has started
        ctypes.windll.kernel32.SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX)
    app = QApplication(sys.argv[:1])
    profile = QWebEngineProfile(app)  # without a name: off the record
    view = QWebEngineView()
    page = QWebEnginePage(profile, view)
    view.setPage(page)
    page.renderProcessTerminated.connect(lambda *_: os._exit(1))
    # at once, with all that Chromium has begun: it must not matter how it ends
    page.loadFinished.connect(lambda _ok: page.runJavaScript("6 * 7", lambda value: os._exit(0 if value == 42 else 1)))
    page.setHtml("<p>Tasuki")
    app.exec()
    os._exit(1)


if __name__ == "__main__":
    main()
