"""PAC files, run in a process of their own."""

import asyncio
import http.server
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.agent.system_proxy import script_process
from common.agent.system_proxy.script import run_script
from common.host.errors import TasukiError
from common.protocol.proxies import ProxyUrl

PAC = """function FindProxyForURL(url, host) {
  if (dnsDomainIs(host, ".corp") || isPlainHostName(host)) return "DIRECT";
  if (isInNet(host, "10.0.0.0", "255.0.0.0")) return "SOCKS5 s:1080";
  return url.substring(0, 6) == "https:" ? "PROXY p:3128; DIRECT" : "PROXY wrong:1";
}"""


@pytest.fixture
def server() -> Iterator[str]:
    """The network's own, with a PAC file, and an address that says nothing for long."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/proxy.pac" else 404)
            self.end_headers()
            self.wfile.write(b"\xef\xbb\xbf" + PAC.encode())

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


async def failure(url: str, patience: float = 20.0) -> TasukiError:
    """Why it cannot be used."""
    with pytest.raises(TasukiError) as raised:
        await run_script(url, "relay.example", 443, patience=patience)
    assert raised.value.code == "proxy_script_failed"
    return raised.value


async def test_it_is_fetched_and_run_for_the_relay(server: str) -> None:
    """Over HTTP, and never through a proxy."""
    url = f"{server}/proxy.pac"
    assert await run_script(url, "relay.example", 443) == (ProxyUrl.parse("p:3128"), None)
    missing = await failure(f"{server}/missing")
    assert "HTTP 404" in str(missing)
    assert f"{server}/missing" in str(missing)


def test_the_standards_functions_are_there(tmp_path: Path) -> None:
    """Mozilla's, in pacparser; a file of this computer's is one too."""
    path = tmp_path / "proxy é.pac"
    path.write_text(PAC, encoding="utf-8")
    script = script_process.fetch(path.as_uri())
    for host, answer in (("x.corp", "DIRECT"), ("relay", "DIRECT"), ("10.1.2.3", "SOCKS5 s:1080")):
        assert script_process.run(script, f"https://{host}/", host) == answer


async def test_one_that_never_ends_is_ended(tmp_path: Path) -> None:
    """By the clock."""
    path = tmp_path / "loop.pac"
    path.write_text("function FindProxyForURL(u, h) { while (true); }")
    began = time.monotonic()
    error = await failure(path.as_uri(), patience=1.0)
    assert error.facts["detail"] == "no answer in time"
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("text", ["this is no program {", "", "function Other() {}"])
async def test_one_that_is_no_program_is_said(tmp_path: Path, text: str) -> None:
    """And brings nothing down but itself."""
    path = tmp_path / "bad.pac"
    path.write_text(text)
    assert (await failure(path.as_uri())).facts["detail"] == "it cannot be run"


async def test_one_that_is_not_there_or_too_large(tmp_path: Path) -> None:
    """Says why."""
    assert "No such file" in str(await failure((tmp_path / "none").as_uri()))
    path = tmp_path / "large.pac"
    path.write_bytes(b" " * (script_process.LARGEST + 1))
    with pytest.raises(ValueError, match="large"):
        script_process.fetch(path.as_uri())
    with pytest.raises(ValueError, match="address"):
        script_process.fetch("ftp://x/y")


async def test_the_loop_goes_on_meanwhile(tmp_path: Path) -> None:
    """Whatever it does."""
    path = tmp_path / "loop.pac"
    path.write_text("function FindProxyForURL(u, h) { while (true); }")
    running = asyncio.ensure_future(failure(path.as_uri(), patience=0.5))
    turns = 0
    while not running.done():
        await asyncio.sleep(0.01)
        turns += 1
    assert turns > 5


@pytest.mark.parametrize(
    ("asked", "there", "followed"),
    [
        ("https://conf/p.pac", "http://conf/p.pac", False),
        ("HTTPS://conf/p.pac", "https://other/p.pac", True),
        ("http://conf/p.pac", "https://conf/p.pac", True),
    ],
)
def test_what_comes_by_tls_is_not_fetched_without(asked: str, there: str, followed: bool) -> None:
    """Else whoever stands in between would name proxies that count as if somebody here had."""
    redirect = script_process.NeverLessSafe().redirect_request
    try:
        request = redirect(urllib.request.Request(asked), None, 302, "Found", {}, there)
    except urllib.error.HTTPError:
        request = None
    assert (request is not None) is followed
