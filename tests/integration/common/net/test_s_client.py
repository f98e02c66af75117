"""The relay's TLS against the system's `openssl s_client`: which versions and ciphers come in, and what the others are told."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet import reactor
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory, Protocol

from common.host.clock import LoopClock
from common.net.server_tls import RelayTls
from common.net.serving import ServedConnection
from tests.support.pki import Root
from tests.support.strangers import everybody

HOST = "localhost"


class Hello(Protocol):
    """Answers the first line with `hello` and closes."""

    def dataReceived(self, data: bytes) -> None:
        if self.transport is not None:
            self.transport.write(b"hello " + data)
            self.transport.loseConnection()


@contextlib.asynccontextmanager
async def relay(folder: Path) -> AsyncIterator[tuple[int, Path]]:
    """A listening relay's TLS, and its root's file."""
    root = Root(folder)
    files = root.server(HOST)
    tls = RelayTls(certificate=files.certificate, key=files.key)

    class Connections(Factory):
        noisy = False

        def buildProtocol(self, addr: IAddress | None) -> Protocol:
            return ServedConnection(tls=tls.connection, app=Hello(), turns=everybody(), clock=LoopClock(), drain=10)

    port: Any = reactor.listenTCP(0, Connections(), interface="127.0.0.1")  # type: ignore[arg-type]
    try:
        yield port.getHost().port, root.pem
    finally:
        port.stopListening()


async def s_client(port: int, root: Path, *options: str, typed: bytes = b"line\n") -> tuple[int, str]:
    """Exit code, and everything that s_client says when this is typed."""
    arguments = ["s_client", "-connect", f"127.0.0.1:{port}", "-servername", HOST, "-CAfile", str(root)]
    process = await asyncio.create_subprocess_exec(
        "openssl",
        *arguments,
        "-verify_return_error",
        *options,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(30):
        said, _ = await process.communicate(typed)
    assert process.returncode is not None
    return process.returncode, said.decode(errors="replace")


@pytest.mark.parametrize(
    ("options", "version"),
    [
        (["-tls1_3"], "TLSv1.3"),
        (["-tls1_3", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"], "TLSv1.3"),
        (["-tls1_2"], "TLSv1.2"),
        (["-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"], "TLSv1.2"),
        (["-alpn", "h2,http/1.1"], "ALPN protocol: http/1.1"),
        (["-alpn", "h2"], "No ALPN negotiated"),
    ],
)
async def test_what_comes_in(tmp_path: Path, options: list[str], version: str) -> None:
    """TLS 1.3, and 1.2 with AEAD; http/1.1 is chosen where it is offered, and nothing where it is not."""
    async with relay(tmp_path) as (port, root):
        code, said = await s_client(port, root, "-ign_eof", *options)
    assert code == 0, said
    assert version in said
    assert "hello line" in said
    assert "Verification: OK" in said


@pytest.mark.parametrize(
    "options",
    [
        ["-tls1", "-cipher", "ALL:@SECLEVEL=0"],
        ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
        ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256:@SECLEVEL=0"],
        ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-SHA:@SECLEVEL=0"],
    ],
)
async def test_what_stays_outside(tmp_path: Path, options: list[str]) -> None:
    """Below 1.2, and 1.2 without AEAD: an alert says why, and not a byte of the application's passes."""
    async with relay(tmp_path) as (port, root):
        code, said = await s_client(port, root, "-ign_eof", *options)
    assert code != 0
    assert "alert protocol version" in said or "alert handshake failure" in said, said
    assert "hello" not in said


async def test_no_client_certificate_is_asked_for(tmp_path: Path) -> None:
    """Inspecting proxies could not pass one on."""
    async with relay(tmp_path) as (port, root):
        _, said = await s_client(port, root, "-ign_eof")
    assert "No client certificate CA names sent" in said
    assert "Requested Signature Algorithms" not in said


async def test_renegotiation_is_refused(tmp_path: Path) -> None:
    """With TLS 1.2 `R` asks for one; it must not cost the relay a handshake each time."""
    async with relay(tmp_path) as (port, root):
        _, said = await s_client(port, root, "-tls1_2", typed=b"R\n")
    assert "RENEGOTIATING" in said
    assert "no renegotiation" in said
