"""PAC files: programs of the network's, fetched and run in a process of their own, which ends after a deadline whatever they do."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Final

from common.host.errors import TasukiError
from common.host.log import get_logger
from common.protocol.enrolment import format_address
from common.protocol.proxies import ProxyRoute
from common.protocol.system_proxies import DETECT, WPAD_URL, pac_answer

ARGUMENT: Final = "--proxy-script"
"""What a packaged program is called with, to be that process."""
PATIENCE: Final = 8.0  # seconds for fetching and running it
_LONGEST: Final = 64 * 1024  # bytes of an answer

log = get_logger(component="proxy")


def command() -> list[str]:
    """What starts the process: this Python with its file, or the packaged program itself."""
    if getattr(sys, "frozen", False):
        return [sys.executable, ARGUMENT]
    return [sys.executable, "-I", str(Path(__file__).with_name("script_process.py"))]


async def run_script(url: str, host: str, port: int, *, patience: float = PATIENCE) -> tuple[ProxyRoute, ...]:
    """The routes that the file at `url` (or DETECT) names for a host. Raises TasukiError `proxy_script_failed`."""
    place = WPAD_URL if url == DETECT else url
    asked = {"pac": place, "url": f"https://{format_address(host, port)}/", "host": host}
    said = await asyncio.to_thread(_ask, place, json.dumps(asked), patience)
    if problem := str(said.get("problem", "")):
        raise TasukiError("proxy_script_failed", place=place, detail=problem)
    log.info("proxy_script_answered")
    return pac_answer(str(said.get("answer", "")))


def _ask(place: str, asked: str, patience: float) -> dict[str, object]:
    """In a thread: a loop of Windows that waits for sockets cannot wait for processes."""
    try:
        done = subprocess.run(
            command(),
            input=asked.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=patience,
            check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        said = json.loads(done.stdout[:_LONGEST])
    except subprocess.TimeoutExpired as error:
        raise TasukiError("proxy_script_failed", place=place, detail="no answer in time") from error
    except OSError as error:
        raise TasukiError("proxy_script_failed", place=place, detail=error.strerror) from error
    except ValueError as error:
        raise TasukiError("proxy_script_failed", place=place, detail="it cannot be run") from error
    return said if isinstance(said, dict) else {"problem": "it cannot be run"}
