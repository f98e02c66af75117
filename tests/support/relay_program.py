"""`tasuki-relay` as people run it: commands on a folder, and a relay that serves it."""

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

LOOPBACK = "127.0.0.1"


def run(folder: Path, *words: str, code: int = 0, **environ: str) -> subprocess.CompletedProcess[str]:
    """A `tasuki-relay` command on this folder, which ends with `code`."""
    done = subprocess.run(
        [sys.executable, "-m", "relay.cli", *words, "--folder", str(folder)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8", **environ},
    )
    assert done.returncode == code, (words, done.stdout, done.stderr)
    return done


def stored_at(folder: Path, url: str, *, store_probe: float = 1.0) -> None:
    """Its records lie there, and while they cannot be written it tries again every `store_probe` seconds."""
    path = folder / "relay.toml"
    settings = path.read_text(encoding="utf-8")
    assert "\n[store]" not in settings
    assert "\n[timing]" not in settings
    path.write_text(f'{settings}\n[store]\nurl = "{url}"\n\n[timing]\nstore_probe = {store_probe}\n', encoding="utf-8")


class Serving:
    """A running relay. `within`: makes of its command line one that runs it elsewhere."""

    def __init__(
        self, folder: Path, *, within: Callable[..., list[str]] = lambda *words: list(words), **environ: str
    ) -> None:
        self.process = subprocess.Popen(
            within(sys.executable, "-m", "relay.cli", "serve", "--folder", str(folder), "--json"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "LC_ALL": "C.UTF-8", **environ},
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(self.process.communicate()[1])
        self.event: dict[str, Any] = json.loads(line)
        assert self.event["event"] == "serving"
        self.port = int(self.event["listening"][0].rpartition(":")[2])

    def end(self, number: int = signal.SIGTERM) -> str:
        """Send the signal: what it logged."""
        self.process.send_signal(number)
        _, log = self.process.communicate(timeout=20)
        return log


@contextmanager
def serving(
    folder: Path, *, within: Callable[..., list[str]] = lambda *words: list(words), **environ: str
) -> Iterator[Serving]:
    """A relay that is ended in any case."""
    relay = Serving(folder, within=within, **environ)
    try:
        yield relay
    finally:
        if relay.process.poll() is None:
            relay.process.kill()
            relay.process.communicate()


def health(port: int, root: Path) -> tuple[int, str]:
    """What /healthz says: the status, and its one word."""
    with secured(ssl.create_default_context(cafile=str(root)), port) as tls:
        tls.sendall(b"GET /healthz HTTP/1.1\r\nHost: r\r\nConnection: close\r\n\r\n")
        head, _, body = b"".join(iter(lambda: tls.recv(4096), b"")).partition(b"\r\n\r\n")
        return int(head.split(b" ")[1]), json.loads(body)["status"]


def get(port: int, path: str, root: Path) -> tuple[int, bytes]:
    """GET by Python's ssl, which trusts this root only: status, and the certificate's DER."""
    status, _, certificate = _get(port, path, root)
    return status, certificate


def answer(port: int, path: str, root: Path) -> tuple[int, bytes]:
    """The same: status and body."""
    status, body, _ = _get(port, path, root)
    return status, body


def _get(port: int, path: str, root: Path) -> tuple[int, bytes, bytes]:
    context = ssl.create_default_context(cafile=str(root))
    with secured(context, port) as tls:
        tls.sendall(f"GET {path} HTTP/1.1\r\nHost: r\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: tls.recv(4096), b""))
        head, _, body = answer.partition(b"\r\n\r\n")
        return int(head.split(b" ")[1]), body, tls.getpeercert(binary_form=True) or b""


def secured(context: ssl.SSLContext, port: int) -> ssl.SSLSocket:
    """A connection to the relay."""
    plain = socket.create_connection((LOOPBACK, port), timeout=10)
    plain.setsockopt(
        socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
    )  # else what is asked waits 40 ms behind the handshake's end
    return context.wrap_socket(plain, server_hostname=LOOPBACK)


def until(true: Callable[[], bool]) -> None:
    """Wait, 10 s at most."""
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)
