"""A real PostgreSQL on loopback: a cluster, a port and a process of its own, run by a user who is not root.

It can be stopped, killed, frozen and started again in the middle of a test. What was started is ended by its own process
id, and nothing else.
"""

import contextlib
import os
import pwd
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from deploy.demo.ports import free_port

LOOPBACK = "127.0.0.1"
READY = 30.0  # seconds it may take until it accepts
NAME = "tasuki"  # of its superuser and of the database
ROLE = "relay"  # one that may log in, and nothing else


class PostgreSQL:
    """A server in `folder`, which belongs to `user` (None: whoever runs the tests)."""

    def __init__(
        self,
        folder: Path,
        user: str | None,
        *,
        within: Sequence[str] = (),
        address: str = "",
        standby_of: "PostgreSQL | None" = None,
    ) -> None:
        """`within`: what a command line begins with that runs in the server's network; `address`: there, besides loopback.

        `standby_of`: a server that runs, which this one follows from its start on, until it is promoted.
        """
        self._programs = _programs()
        self._folder = folder
        self._addresses = [LOOPBACK, *filter(None, [address])]
        self._as = [*within, "setpriv", "--pdeathsig=INT"]  # it ends with the tests, however they end
        if user is not None:
            self._as += [f"--reuid={user}", f"--regid={user}", "--clear-groups"]
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        if standby_of is not None:
            followed = f"host={LOOPBACK} port={standby_of.port} user={NAME} application_name=standby"
            words = ("-D", self._data, "-d", followed, "-R", "-X", "stream", "-c", "fast", "--no-sync")
            self._run("pg_basebackup", *words)
            return
        self._run("initdb", "-D", self._data, "-U", NAME, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        if address:
            with Path(self._data, "pg_hba.conf").open("a", encoding="utf-8") as rules:
                rules.write(f"host all all {address}/24 trust\n")

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    @property
    def url(self) -> str:
        """As who may do everything."""
        return f"postgresql+asyncpg://{NAME}@{LOOPBACK}:{self.port}/{NAME}"

    @property
    def relays_url(self) -> str:
        """As it stands in relay.toml: as a role that may do what it is given."""
        return self.url.replace(f"://{NAME}@", f"://{ROLE}@")

    def start(self) -> None:
        """Accept connections from now on."""
        settings = {"listen_addresses": ",".join(self._addresses), "port": self.port, "unix_socket_directories": ""}
        settings |= {"shared_buffers": "8MB", "max_connections": 20, "autovacuum": "off"}
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with (self._folder / "output").open("ab") as output:
            self._process = subprocess.Popen(
                [*self._as, "--", self._programs / "postgres", "-D", self._data, *words],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
            )
        end = time.monotonic() + READY
        while self._asks("pg_isready") != 0:
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError((self._folder / "output").read_text(errors="replace")[-2000:])
            time.sleep(0.02)  # nothing tells when it is ready

    def create_database(self) -> None:
        """An empty one of the usual name, in place of the one before; the relay's role is as it was in the beginning."""
        self.run_sql(
            f"ALTER ROLE {ROLE} LOGIN CONNECTION LIMIT -1", f"ALTER ROLE {ROLE} RESET ALL", database="postgres"
        )
        self.run_sql(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)", f"CREATE DATABASE {NAME}", database="postgres")

    def run_sql(self, *statements: str, database: str = NAME) -> str:
        """Each in a transaction of its own, as the superuser; what the last ones printed."""
        words = [word for statement in statements for word in ("-c", statement)]
        address = f"host={LOOPBACK} port={self.port} user={NAME} dbname={database}"
        return self._run("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", address, *words)

    def stop(self, number: int = signal.SIGINT) -> None:
        """End it: sessions are cut (SIGINT, a fast shutdown), or as by a power cut (SIGQUIT)."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(number)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def promote(self, port: int) -> None:
        """The standby takes the place of the server that it followed, which is gone, under its address. It starts for that."""
        self.stop()
        self.port = port
        self.start()
        self._run("pg_ctl", "promote", "-D", self._data, "-w")

    def freeze(self) -> None:
        """Nothing of it moves; connections stay open."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        """To the server and to its processes, which serve a connection each."""
        if self._process is None:
            return
        tasks = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        for pid in (self._process.pid, *map(int, tasks.read_text().split())):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def _asks(self, program: str) -> int:
        words = [
            *self._as,
            "--",
            str(self._programs / program),
            "-q",
            "-h",
            LOOPBACK,
            "-p",
            str(self.port),
            "-d",
            "postgres",
        ]
        return subprocess.run(words, check=False).returncode

    def _run(self, program: str, *words: str) -> str:
        command = [*self._as, "--", str(self._programs / program), *words]
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=self._folder)
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr}")
        return done.stdout


@contextlib.contextmanager
def postgresql(*, within: Sequence[str] = (), address: str = "") -> Iterator[PostgreSQL]:
    """A running server with an empty database; `within` and `address` as PostgreSQL has them."""
    with _folder() as (folder, user):
        server = PostgreSQL(folder, user, within=within, address=address)
        try:
            server.start()
            server.run_sql(f"CREATE ROLE {ROLE} LOGIN", database="postgres")
            server.create_database()
            yield server
        finally:
            server.stop()


@contextlib.contextmanager
def standby(server: PostgreSQL) -> Iterator[PostgreSQL]:
    """One that follows `server`, started."""
    with _folder() as (folder, user):
        follower = PostgreSQL(folder, user, standby_of=server)
        try:
            follower.start()
            yield follower
        finally:
            follower.stop()


@contextlib.contextmanager
def _folder() -> Iterator[tuple[Path, str | None]]:
    """A new one, and the user whose it is."""
    user = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root
    with tempfile.TemporaryDirectory(prefix="tasuki-postgresql-") as name:
        folder = Path(name)
        if user is not None:
            os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
        yield folder, user


def _programs() -> Path:
    """Debian keeps the server's programs out of the path, by version."""
    found: Sequence[Path] = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda one: one.parts[4])
    if not found:
        raise FileNotFoundError("PostgreSQL is not installed; `make test` installs it")
    return found[-1].parent
