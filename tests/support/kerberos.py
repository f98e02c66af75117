"""A Kerberos realm on loopback for tests: MIT's key distribution centre, with one person and the key of a proxy's service.

What was started is ended by its own process id, and nothing else.
"""

import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.demo.ports import free_port

REALM = "TASUKI.TEST"
PERSON, PASSWORD = "anna", "s3cret:ticket"
READY = 15.0  # seconds the centre may take until it gives a ticket


@dataclass(frozen=True)
class Realm:
    """Its files. `environ` is what programs of a person in it have."""

    folder: Path

    @property
    def centre(self) -> dict[str, str]:
        """What the centre, and who administers it, has."""
        return {"KRB5_CONFIG": f"{self.folder}/krb5.conf", "KRB5_KDC_PROFILE": f"{self.folder}/kdc.conf"}

    @property
    def keytab(self) -> Path:
        """The key of HTTP/localhost."""
        return self.folder / "keytab"

    @property
    def environ(self) -> dict[str, str]:
        """Where the realm is, and where a ticket is kept."""
        return {"KRB5_CONFIG": f"{self.folder}/krb5.conf", "KRB5CCNAME": f"FILE:{self.folder}/ticket"}

    def log_in(self) -> None:
        """Get the person's ticket; waits until the centre is up."""
        end = time.monotonic() + READY
        while True:
            done = subprocess.run(
                ["kinit", PERSON],
                input=PASSWORD.encode(),
                capture_output=True,
                check=False,
                env={**os.environ, **self.environ},
            )
            if done.returncode == 0:
                return
            if time.monotonic() > end:
                raise RuntimeError(done.stderr.decode(errors="replace"))
            time.sleep(0.05)  # nothing tells when it is up

    def log_out(self) -> None:
        """No ticket any more."""
        (self.folder / "ticket").unlink(missing_ok=True)


@contextlib.contextmanager
def realm() -> Iterator[Realm]:
    """A realm whose centre runs."""
    with tempfile.TemporaryDirectory(prefix="tasuki-realm-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        made = prepare(folder, port=free_port())
        environ = {**os.environ, **made.centre}
        with (folder / "output").open("wb") as output:
            process = subprocess.Popen(
                [_found("krb5kdc"), "-n"], stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environ
            )
        try:
            yield made
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def prepare(folder: Path, *, port: int, address: str = "127.0.0.1", host: str = "localhost") -> Realm:
    """A realm's files: its centre is to listen there, `host` is the proxy's. The person's own key lies in `person`."""
    made = Realm(folder)
    _write(folder, address, port, host)
    environ = {**os.environ, **made.centre}
    _run(["kdb5_util", "create", "-s", "-P", "master", "-r", REALM], environ)
    for order in (
        f"addprinc -pw {PASSWORD} +requires_preauth {PERSON}",
        f"addprinc -randkey HTTP/{host}",
        f"ktadd -k {made.keytab} HTTP/{host}",
        f"ktadd -norandkey -k {folder}/person {PERSON}",
    ):
        _run(["kadmin.local", "-q", order], environ)
    made.keytab.chmod(0o644)
    return made


def _write(folder: Path, address: str, port: int, host: str) -> None:
    (folder / "krb5.conf").write_text(
        f"""[libdefaults]
 default_realm = {REALM}
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
[realms]
 {REALM} = {{
  kdc = {address}:{port}
 }}
[domain_realm]
 {host} = {REALM}
"""
    )
    (folder / "kdc.conf").write_text(
        f"""[kdcdefaults]
 kdc_listen = {address}:{port}
 kdc_tcp_listen = {address}:{port}
[realms]
 {REALM} = {{
  database_name = {folder}/principal
  key_stash_file = {folder}/stash
  acl_file = {folder}/acl
  max_life = 1h
 }}
[logging]
 kdc = FILE:{folder}/kdc.log
"""
    )


def _found(name: str) -> str:
    for place in ("/usr/sbin", "/usr/bin"):
        if Path(place, name).exists():
            return f"{place}/{name}"
    raise FileNotFoundError(f"{name} is not installed; `make test` installs it")


def _run(command: list[str], environ: dict[str, str]) -> None:
    subprocess.run([_found(command[0]), *command[1:]], check=True, capture_output=True, env=environ)
