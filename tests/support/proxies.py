"""Real proxies on loopback: squid, tinyproxy and microsocks, each with a port, a folder and a process of its own.

Start one for a module of tests (`with squid(...) as proxy:` in a fixture of scope "module"). What was started is ended by
its own process id, and nothing else.
"""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from common.protocol.proxies import ProxyUrl
from deploy.demo.ports import free_port
from tests.support import squid_settings
from tests.support.squid_settings import USER

LOOPBACK = "127.0.0.1"
PASSWORD = "s3cret:pass wört"
PLAIN_PASSWORD = "s3cretpass"  # for tinyproxy, whose configuration knows no quoting
READY = 15.0  # seconds a proxy may take until it accepts


@dataclass(frozen=True)
class RunningProxy:
    """A proxy that accepts connections; `login` says whether it wants USER and PASSWORD."""

    scheme: str
    port: int
    login: bool
    password: str = PASSWORD
    log: Path | None = None  # what passed through, a line each, where the proxy tells

    def logged(self) -> list[str]:
        """The lines of its log."""
        return [] if self.log is None else self.log.read_text(encoding="utf-8", errors="replace").splitlines()

    def environ_url(self) -> str:
        """Its URL as it stands in an environment or a settings file, with user and password."""
        login = f"{USER}:{quote(self.password, safe='')}@" if self.login else ""
        return f"{self.scheme}://{login}{LOOPBACK}:{self.port}"

    def url(self, *, password: str | None = None) -> ProxyUrl:
        """Its URL with what it wants, or with another password."""
        if not self.login and password is None:
            return ProxyUrl(scheme=self.scheme, host=LOOPBACK, port=self.port)
        return ProxyUrl(
            scheme=self.scheme,
            host=LOOPBACK,
            port=self.port,
            username=USER,
            password=self.password if password is None else password,
        )

    @property
    def without_login(self) -> ProxyUrl:
        """Its URL without user and password."""
        return ProxyUrl(scheme=self.scheme, host=LOOPBACK, port=self.port)


@contextlib.contextmanager
def squid(
    *, ports: Sequence[int], login: bool = False, schemes: Sequence[str] = ("basic",), keytab: Path | None = None
) -> Iterator[RunningProxy]:
    """squid as offices run it: CONNECT to `ports` only, and nothing but CONNECT.

    With `login` by one of `schemes`. NTLM's helper believes everybody; Negotiate's is Kerberos' own, and has its key in `keytab`.
    """
    program = _program("squid", "/usr/sbin/squid")
    with proxy_folder() as folder:
        port = free_port()
        lines = [
            *squid_settings.base(folder, f"{LOOPBACK}:{port}"),
            f"acl relay_ports port {' '.join(map(str, ports))}",
            "http_access deny !CONNECT",
            "http_access deny CONNECT !relay_ports",
        ]
        if login:
            for scheme in schemes:
                lines += squid_settings.login(scheme, folder, PASSWORD)
            lines += squid_settings.KNOWN
        else:
            lines += squid_settings.ALLOWED
        config = folder / "squid.conf"
        config.write_text("\n".join(lines) + "\n", encoding="utf-8")
        config.chmod(0o644)
        environ = (
            {} if keytab is None else {"KRB5_KTNAME": str(keytab), "KRB5_CONFIG": str(keytab.parent / "krb5.conf")}
        )
        with running_proxy([program, "-N", "-n", f"t{port}", "-f", str(config)], port, folder, environ):
            yield RunningProxy("http", port, login, log=folder / "access.log")


@contextlib.contextmanager
def tinyproxy(*, login: bool = False) -> Iterator[RunningProxy]:
    """tinyproxy, which answers a missing password with 407 and a wrong one with 401."""
    program = _program("tinyproxy")
    with proxy_folder() as folder:
        port = free_port()
        lines = [f"Port {port}", f"Listen {LOOPBACK}", "Timeout 60", "MaxClients 50", f'LogFile "{folder}/log"']
        if login:
            lines.append(f"BasicAuth {USER} {PLAIN_PASSWORD}")
        config = folder / "tinyproxy.conf"
        config.write_text("\n".join(lines) + "\n", encoding="utf-8")
        with running_proxy([program, "-d", "-c", str(config)], port, folder):
            yield RunningProxy("http", port, login, PLAIN_PASSWORD)


@contextlib.contextmanager
def microsocks(*, login: bool = False) -> Iterator[RunningProxy]:
    """microsocks: SOCKS5, names looked up by the proxy."""
    program = _program("microsocks")
    with proxy_folder() as folder:
        port = free_port()
        arguments = [program, "-i", LOOPBACK, "-p", str(port)]
        if login:
            arguments += ["-u", USER, "-P", PASSWORD]
        with running_proxy(arguments, port, folder):
            yield RunningProxy("socks5h", port, login, log=folder / "output")


def _program(name: str, path: str | None = None) -> str:
    found = shutil.which(path or name)
    if found is None:
        raise FileNotFoundError(f"{name} is not installed; `make test` installs it")
    return found


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@contextlib.contextmanager
def proxy_folder() -> Iterator[Path]:
    """A folder that a proxy may write to, which as root gives itself another user."""
    with tempfile.TemporaryDirectory(prefix="tasuki-proxy-") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            with contextlib.suppress(KeyError):
                os.chown(folder, pwd.getpwnam("proxy").pw_uid, -1)
        folder.chmod(0o755)
        yield folder


@contextlib.contextmanager
def running_proxy(
    command: list[str], port: int, folder: Path, environ: Mapping[str, str] | None = None
) -> Iterator[None]:
    said = {**os.environ, **(environ or {})}
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=said)
    try:
        _wait_until_accepting(process, port, folder)
        yield
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_accepting(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    end = time.monotonic() + READY
    while True:
        with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=1):
            return
        if process.poll() is not None or time.monotonic() > end:
            said = "".join(path.read_text(errors="replace") for path in folder.iterdir() if path.suffix in {"", ".log"})
            raise RuntimeError(f"{process.args!r} does not accept on {port}: {said[-2000:]}")
        time.sleep(0.01)  # nothing tells when a port opens
