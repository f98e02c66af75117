"""A network that wants somebody to sign in first, as hotels' do."""

import contextlib
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass

from tests.support.rooms.gateways import folder_for
from tests.support.rooms.network import Site, nft

PORTAL = """
import http.server, ssl, sys, threading
class Portal(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(302)
        self.send_header("Location", "https://portal.hotel.example/login")
        self.send_header("Content-Length", "0")
        self.end_headers()
    do_POST = do_PUT = do_HEAD = do_GET
    def log_message(self, *words):
        pass
plain = http.server.ThreadingHTTPServer(("0.0.0.0", 8080), Portal)
threading.Thread(target=plain.serve_forever, daemon=True).start()
secure = http.server.ThreadingHTTPServer(("0.0.0.0", 8443), Portal)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
secure.socket = context.wrap_socket(secure.socket, server_side=True)
secure.serve_forever()
"""


@dataclass(frozen=True)
class Portal:
    """A hotel's network."""

    site: Site

    def signed_in(self) -> None:
        """The person has said yes to all of it: nothing is in the way any more."""
        for table in ("ip portal", "inet only"):
            nft(self.site.gateway, f"delete table {table}")


@contextlib.asynccontextmanager
async def portal(site: Site, *, resets: bool) -> AsyncIterator[Portal]:
    """A hotel's network before the sign-in: names resolve, port 80 is answered by the portal, and 443 is reset or answered by it."""
    folder = folder_for(site, "portal")
    (folder / "portal.py").write_text(PORTAL, encoding="utf-8")
    subject = ("-subj", "/CN=portal.hotel.example", "-addext", "subjectAltName=DNS:portal.hotel.example")
    asked = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", *subject)
    await site.run.command(*asked, "-keyout", folder / "key", "-out", folder / "crt")
    argv = (sys.executable, folder / "portal.py", folder / "crt", folder / "key")
    async with site.on_gateway("portal", *argv, port=8443):
        secure = "" if resets else 'iifname "lan" tcp dport 443 redirect to :8443'
        site.filter(
            "table ip portal { chain before { type nat hook prerouting priority -100;\n"
            f'iifname "lan" tcp dport 80 redirect to :8080\n{secure}\n}}\n}}\n'
        )
        refused = ("tcp dport 443 reject with tcp reset",) if resets else ()
        site.forward_only("udp dport 53 accept", *refused)
        yield Portal(site)
