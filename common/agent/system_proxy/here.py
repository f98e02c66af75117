"""Who is asked for this computer's proxy: Windows, macOS, the desktop. None where nobody can be."""

import asyncio
import subprocess
import sys
from collections.abc import Mapping
from typing import Final

from common.agent.system_proxy import desktop, windows
from common.host.log import get_logger
from common.protocol.system_proxies import SystemProxy, of_scutil

PATIENCE: Final = 5.0  # seconds for the system to answer
SCUTIL: Final = "/usr/sbin/scutil"

log = get_logger(component="proxy")


async def system_proxy(environ: Mapping[str, str], host: str, port: int) -> SystemProxy | None:
    """What is set for that host of the relay's. Raises nothing that a system may do wrong."""
    try:
        async with asyncio.timeout(PATIENCE):
            if sys.platform == "win32":
                return await asyncio.to_thread(windows.system_proxy, host, port)
            if sys.platform == "darwin":
                return await asyncio.to_thread(_of_macos)
            return await desktop.system_proxy(environ, host, port)
    except (OSError, subprocess.SubprocessError) as error:  # a TimeoutError too
        log.info("system_proxy_unknown", why=type(error).__name__)
        return None


def _of_macos() -> SystemProxy:
    done = subprocess.run([SCUTIL, "--proxy"], capture_output=True, check=True, timeout=PATIENCE, encoding="utf-8")
    return of_scutil(done.stdout)
