"""The process that fetches a PAC file and runs it. One question comes in on stdin, one answer goes out on stdout, as JSON.

Nothing of an agent's is here: no key, no setting. Who starts it ends it after a deadline.
"""

import json
import ssl
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

SECONDS: Final = 5  # of processor time, and for each wait while fetching
LARGEST: Final = 1024 * 1024  # bytes of a file
MEMORY: Final = 1 << 30


def main() -> None:
    """The whole life."""
    _bound()
    asked = json.loads(sys.stdin.read())
    try:
        said = {"answer": run(fetch(asked["pac"]), asked["url"], asked["host"])}
    except (OSError, ValueError) as error:
        said = {"problem": words_of(error)}
    except Exception:  # noqa: BLE001  # what an interpreter raises for a program that is none
        said = {"problem": "it cannot be run"}
    sys.stdout.write(json.dumps(said))


def words_of(error: Exception) -> str:
    """Why it cannot be had."""
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(error, urllib.error.HTTPError):
        return f"HTTP {error.code}"
    if isinstance(reason, TimeoutError):
        return "no answer in time"
    if isinstance(reason, OSError) and reason.strerror and not isinstance(reason, ssl.SSLError):
        return str(reason.strerror)
    return "it cannot be fetched"


class NeverLessSafe(urllib.request.HTTPRedirectHandler):
    """What was asked for by TLS comes by TLS, wherever it lies by now: whoever stands in between names no proxies."""

    def redirect_request(  # noqa: PLR0917  (urllib's)
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Any:
        """The request that follows a redirection. Raises HTTPError."""
        if req.full_url.lower().startswith("https:") and not newurl.lower().startswith("https:"):
            raise urllib.error.HTTPError(newurl, code, msg, headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def fetch(place: str) -> str:
    """The file at an address (http, https, file), without any proxy. Raises OSError, ValueError."""
    parts = urlsplit(place)
    if parts.scheme == "file":
        with Path(url2pathname(parts.path)).open("rb") as file:
            return _decoded(file.read(LARGEST + 1))
    if parts.scheme not in {"http", "https"}:
        raise ValueError("no address of a file")
    context = ssl.create_default_context() if parts.scheme == "https" else None
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}),
        NeverLessSafe(),
        *([urllib.request.HTTPSHandler(context=context)] if context else []),
    )
    with opener.open(place, timeout=SECONDS) as answer:
        return _decoded(answer.read(LARGEST + 1))


def run(script: str, url: str, host: str) -> str:
    """What it answers for a URL. Raises whatever pacparser does."""
    import pacparser

    pacparser.init()
    try:
        pacparser.parse_pac_string(script)
        return str(pacparser.find_proxy(url, host))
    finally:
        pacparser.cleanup()


def _decoded(data: bytes) -> str:
    if len(data) > LARGEST:
        raise ValueError("too large")
    return data.decode("utf-8-sig", errors="replace")


def _bound() -> None:
    """What the system itself sees to, where it can."""
    if sys.platform != "win32":
        import resource

        limits: list[tuple[Any, int]] = [(resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_CORE, 0)]
        if sys.platform == "linux":
            limits.append((resource.RLIMIT_AS, MEMORY))
        for limit, most in limits:
            resource.setrlimit(limit, (most, most))


if __name__ == "__main__":
    main()
