"""The processes that a benchmark runs: ends, and the relays that are compared (HAProxy, OpenSSH, ours), each ended by its own id."""

import getpass
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from deploy.demo.ports import free_port

ROOT = Path(__file__).resolve().parents[2]


class Worker:
    """A Python process that takes orders as lines of JSON."""

    def __init__(self, module: str, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.stdin is not None:
            self.process.stdin.close()
        stop(self.process)

    def order(self, **order: Any) -> None:
        """Give an order; `outcome` waits for what came of it."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()

    def outcome(self) -> dict[str, Any]:
        """The next line it prints."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.process.args!r} ended with {self.process.wait()}")
        return dict(json.loads(line))

    def do(self, **order: Any) -> dict[str, Any]:
        """Give an order and wait."""
        self.order(**order)
        return self.outcome()


def stop(process: subprocess.Popen[Any]) -> None:
    """End one process, politely, then not."""
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()


def end() -> Worker:
    """One end of a way."""
    return Worker("tests.bench.ends")


class HaProxy:
    """HAProxy with one thread: `port` is TLS in and TLS out to `target`; on `page` it answers a request itself."""

    def __init__(self, folder: Path, *, certificate: Path, target: int) -> None:
        self.port, self.page = free_port(), free_port()
        (folder / "haproxy.cfg").write_text(
            f"""global
  nbthread 1
  ssl-default-bind-options ssl-min-ver TLSv1.3 no-tls-tickets
defaults
  mode tcp
  timeout connect 10s
  timeout client 600s
  timeout server 600s
  timeout http-request 10s
frontend in
  bind 127.0.0.1:{self.port} ssl crt {certificate} alpn http/1.1
  default_backend out
frontend page
  mode http
  bind 127.0.0.1:{self.page} ssl crt {certificate} alpn http/1.1
  http-request return status 200
backend out
  server sink 127.0.0.1:{target} ssl verify none
""",
            encoding="utf-8",
        )
        self.process = subprocess.Popen([_program("haproxy"), "-db", "-q", "-f", str(folder / "haproxy.cfg")])
        _accepting(self.port)
        _accepting(self.page)

    def stop(self) -> None:
        """End it."""
        stop(self.process)


class OpenSsh:
    """sshd as the relay: one client forwards the far end in (-R), the other forwards it out (-L)."""

    def __init__(self, folder: Path, *, target: int) -> None:
        self.port = free_port()
        server, meeting = free_port(), free_port()
        for name in ("host", "client"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
        shutil.copy(folder / "client.pub", folder / "authorized_keys")
        Path("/run/sshd").mkdir(exist_ok=True)  # privilege separation wants it
        configuration = folder / "sshd_config"
        configuration.write_text(
            f"ListenAddress 127.0.0.1:{server}\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized_keys\n"
            f"PidFile {folder}/sshd.pid\nStrictModes no\nPermitRootLogin yes\nUsePAM no\nPasswordAuthentication no\n",
            encoding="utf-8",
        )
        client = [
            "ssh", "-N", "-p", str(server), "-i", str(folder / "client"), "-F", "none",
            "-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={folder}/known", "-o", "ExitOnForwardFailure=yes",
            "-o", "LogLevel=ERROR", f"{getpass.getuser()}@127.0.0.1",
        ]  # fmt: skip
        self.server = subprocess.Popen([_program("sshd"), "-D", "-f", str(configuration)])
        _accepting(server)
        self.clients = [subprocess.Popen([*client, "-R", f"127.0.0.1:{meeting}:127.0.0.1:{target}"])]
        _accepting(meeting)
        self.clients.append(subprocess.Popen([*client, "-L", f"127.0.0.1:{self.port}:127.0.0.1:{meeting}"]))
        _accepting(self.port)

    def stop(self) -> None:
        """End all three."""
        for process in (*self.clients, self.server):
            stop(process)


def _program(name: str) -> str:
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
    if found is None:
        raise FileNotFoundError(f"{name} is not installed; `make bench` installs it")
    return found


def _accepting(port: int, *, seconds: float = 20.0) -> None:
    """Wait until something listens there (without connecting, as /proc/net/tcp says: a tunnel would carry it through)."""
    wanted = f"0100007F:{port:04X}"
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        rows = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
        if any(row.split()[1] == wanted and row.split()[3] == "0A" for row in rows):
            return
        time.sleep(0.02)
    raise TimeoutError(f"nothing listens on {port}")
