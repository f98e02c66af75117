"""The proxy that Windows is set to, and which network this is, by Windows' own calls."""

import contextlib
import http.server
import re
import struct
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from common.agent.system_proxy import here, script_process
from common.agent.system_proxy.windows import system_proxy
from common.host.network import _windows_table_v6, network_here, of_windows_v6
from common.net.proxy_tokens import of_login, of_the_person
from common.protocol.proxies import ProxyUrl
from common.protocol.proxy_login import NEGOTIATE, NTLM, Login

KEY, NAME = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings\Connections", "DefaultConnectionSettings"
DIRECTLY, BY_PROXY, BY_SCRIPT = 1, 2, 4
A = ProxyUrl.parse("http://a:3128")


@contextlib.contextmanager
def settings(*, proxy: str = "", bypass: str = "", pac: str = "") -> Iterator[None]:
    """The person's, as Windows' own dialog writes them; and then as they were."""
    if sys.platform != "win32":
        raise NotImplementedError
    import winreg

    flags = DIRECTLY | (BY_PROXY if proxy else 0) | (BY_SCRIPT if pac else 0)
    block = struct.pack("<III", 0x46, 1, flags)
    for text in (proxy, bypass, pac):
        block += struct.pack("<I", len(text)) + text.encode()
    with winreg.CreateKey(winreg.HKEY_CURRENT_USER, KEY) as key:
        before = None
        with contextlib.suppress(OSError):
            before = winreg.QueryValueEx(key, NAME)[0]
        winreg.SetValueEx(key, NAME, 0, winreg.REG_BINARY, block + bytes(32))
        try:
            yield
        finally:
            if before is None:
                winreg.DeleteValue(key, NAME)
            else:
                winreg.SetValueEx(key, NAME, 0, winreg.REG_BINARY, before)


@pytest.fixture
def pac_server() -> Iterator[str]:
    """A PAC file's address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/x-ns-proxy-autoconfig")
            self.end_headers()
            self.wfile.write(b'function FindProxyForURL(u, h) { return "PROXY a:3128; DIRECT"; }')

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}/proxy.pac"
        running.shutdown()
        thread.join()


def test_nothing_is_set() -> None:
    """Or only that it should look in the network, where nothing is."""
    found = system_proxy("relay.example", 443)
    assert found is None or not found.routes


async def test_whoever_asks_for_this_computers_proxy_asks_windows() -> None:
    """Under a deadline."""
    with settings(proxy="a:3128"):
        found = await here.system_proxy({}, "relay.example", 443)
    assert found is not None
    assert found.routes == (A,)


def test_a_scripts_process_is_bounded_where_the_system_can() -> None:
    """Windows has no such limits; that is no error."""
    script_process._bound()


def test_a_proxy_by_hand() -> None:
    """In Windows' form; hosts that are left out."""
    with settings(proxy="http=x:1;https=a:3128", bypass="*.corp;<local>"):
        found = system_proxy("relay.example", 443)
    assert found is not None
    assert (found.routes, found.source) == ((A,), "Windows")
    assert found.bypass.matches("relay.corp", 443)


def test_a_pac_file_is_named() -> None:
    """Windows runs it, where it can be had; where not, we are told its address."""
    with settings(pac="http://127.0.0.1:1/p.pac"):
        found = system_proxy("relay.example", 443)
    assert found is not None
    assert found.pac == "http://127.0.0.1:1/p.pac"


def test_a_pac_file_is_run_by_windows(pac_server: str) -> None:
    """And only its answer is told."""
    with settings(pac=pac_server):
        found = system_proxy("relay.example", 443)
    assert found is not None
    assert (found.routes, found.pac) == ((replace(A, by_network=True),), "")


def test_which_network_this_is() -> None:
    """By Windows' tables of routes: a gateway, where there is one, else prefixes; IPv6's is one that can be read."""
    v4, v6 = r"[0-9.]+( [0-9.]+/[0-9.]+)?", r"[0-9a-f:]+( [0-9a-f:]+/[0-9]+)?"
    assert re.fullmatch(rf"({v4}|{v6}|([0-9.]+/[0-9.]+ ?)+)?", network_here())
    assert re.fullmatch(rf"({v6})?", of_windows_v6(_windows_table_v6()))


def test_windows_is_asked_for_tokens_before_anybody_else() -> None:
    """By the logon in both ways; with a login once more by pyspnego's own code, where a policy keeps NTLM from programs."""
    for scheme in (NTLM, NEGOTIATE):
        assert len(of_the_person(scheme, "proxy.example")) == 1
        assert len(of_login(scheme, "proxy.example", Login(username="anna", password="x"))) == 2
