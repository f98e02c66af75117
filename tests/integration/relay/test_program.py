"""tasuki-relay as people run it: init, serve, orders to a running relay and to a folder, reload, stop, kill."""

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from common.protocol.certificate_requests import Issued
from relay.ca.opening import open_ca
from relay.ca.process import utc_now
from relay.ca.renewal import RelayCertificate
from tests.support.relay_program import LOOPBACK, get, run, secured, serving, until


def test_what_init_makes(made: Path) -> None:
    """Private keys are 0600, the folder is nobody else's, and no word of it is a password."""
    assert (made.stat().st_mode & 0o777) == 0o700
    for key in (made / "relay-key.pem", made / "ca" / "root-key.pem"):
        assert (key.stat().st_mode & 0o777) == 0o600
    assert "password" not in (made / "relay.toml").read_text(encoding="utf-8").lower()
    again = run(made, "init", "--organisation", "example", "--host", LOOPBACK, code=1)
    assert again.stderr.count("\n") == 1


@pytest.mark.parametrize("words", [("--organisation", "a b", "--host", "h"), ("--organisation", "x", "--host", "h h")])
def test_init_with_what_cannot_be(tmp_path: Path, words: tuple[str, ...]) -> None:
    """Usage, one line, nothing left behind."""
    done = run(tmp_path / "relay", "init", *words, code=2)
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "relay").exists()


@pytest.mark.parametrize(("host", "told"), [("help.example.org", True), ("10.1.2.3", False), ("relay", False)])
def test_init_says_which_certificate_the_internet_wants(tmp_path: Path, host: str, *, told: bool) -> None:
    """A public authority's; where nobody comes over the Internet the organisation's own is good."""
    said = run(tmp_path / "relay", "init", "--organisation", "example", "--host", host).stdout
    assert ("a public authority under [tls]" in said) is told
    said = run(tmp_path / "other", "init", "--organisation", "example", "--host", host, LC_ALL="ja_JP.UTF-8").stdout
    assert ("公的な認証局" in said) is told


def test_serve_and_orders(folder: Path) -> None:
    """Accounts and groups by the control socket; the audit log says who did it, and holds together after the end."""
    with serving(folder) as relay:
        line = run(folder, "person", "add", "--role", "helper", "--name", "Hana", "--enrol").stdout
        assert re.fullmatch(r"tasuki-enrol:1:[A-Z2-7]{26}:[\w-]{43}:127\.0\.0\.1:8443\n", line)
        run(folder, "person", "add", "--role", "user", "--name", "Anna")
        run(folder, "group", "add", "Desk")
        run(folder, "group", "join", "Desk", "Hana")
        assert run(folder, "group", "list").stdout == "Desk: Hana\n"
        accounts = [json.loads(row) for row in run(folder, "person", "list", "--json").stdout.splitlines()]
        assert [(one["accounts"][0]["role"], one["name"]) for one in accounts] == [("helper", "Hana"), ("user", "Anna")]
        run(folder, "person", "disable", "Anna")
        assert "disabled" in run(folder, "person", "list").stdout
        run(folder, "person", "enable", accounts[1]["identifier"])
        run(folder, "group", "leave", "Desk", "Hana")
        run(folder, "group", "remove", "Desk")
        assert run(folder, "sessions", "list", "--all").stdout == ""
        assert run(folder, "requests", "list", "--all").stdout == ""
        for words in (
            ("person", "disable", "Nobody"),
            ("group", "join", "Nothing", "Hana"),
            ("sessions", "end", "5" * 32),
            ("requests", "end", "5" * 32),
            ("person", "add", "--role", "helper", "--name", "H\u202ea"),
        ):
            assert run(folder, *words, code=1).stderr.count("\n") == 1
        in_use = run(folder, "serve", code=1)
        assert "is used by another" in in_use.stderr
        log = relay.end()
    assert "relay_stopped" in log
    assert line.split(":")[2] not in log
    rows = [json.loads(row) for row in run(folder, "audit", "show", "--json").stdout.splitlines()]
    assert rows[0]["actor"].startswith("operator:")
    assert [row["number"] for row in rows] == list(range(1, len(rows) + 1))
    shown = run(folder, "audit", "show", "--after", "2", "--limit", "3").stdout
    assert [row.split()[0] for row in shown.splitlines()] == ["3", "4", "5"]
    assert "holds together" in run(folder, "audit", "verify").stdout


def test_orders_without_a_running_relay(folder: Path) -> None:
    """The same, on the folder; also when a killed relay left its socket."""
    line = run(folder, "person", "add", "--role", "user", "--name", "Anna", "--enrol").stdout
    assert line.startswith("tasuki-enrol:1:")
    with serving(folder) as relay:
        relay.end(signal.SIGKILL)
    assert (folder / "control.sock").exists()
    assert "Anna" in run(folder, "person", "list").stdout
    again = run(folder, "person", "enrol", "Anna").stdout
    assert again.startswith("tasuki-enrol:1:")
    assert again != line


def test_a_changed_audit_log_is_found(folder: Path) -> None:
    """Somebody edits the database: exit code 1, and the row is named."""
    run(folder, "person", "add", "--role", "user", "--name", "Anna")
    run(folder, "person", "add", "--role", "user", "--name", "Ben")
    with sqlite3.connect(folder / "relay.db") as database:
        for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {trigger}")
        database.execute("UPDATE audit SET actor = 'nobody' WHERE number = 1")
    database.close()
    assert "row 1" in run(folder, "audit", "verify", code=1).stderr


def test_a_new_certificate_is_taken_up(folder: Path) -> None:
    """The file changes: the next connection sees the new one, one that is open goes on; a broken file changes nothing."""
    root, certificate = folder / "root.pem", folder / "relay-cert.pem"
    ca = open_ca(folder / "ca", clock=utc_now, random=os.urandom)
    own = RelayCertificate(certificate=certificate, key=folder / "relay-key.pem", clock=utc_now)
    with serving(folder) as relay:
        until(lambda: get(relay.port, "/healthz", root)[0] == 200)
        _, before = get(relay.port, "/healthz", root)
        with secured(ssl.create_default_context(cafile=str(root)), relay.port) as open_one:
            certificate.write_text("nonsense", encoding="ascii")
            relay.process.send_signal(signal.SIGHUP)
            assert get(relay.port, "/healthz", root)[1] == before
            issued = ca.authority.answer(own.request())
            assert isinstance(issued, Issued)
            own.put(issued)
            relay.process.send_signal(signal.SIGHUP)
            until(lambda: get(relay.port, "/healthz", root)[1] == issued.chain[0])
            open_one.sendall(b"GET /healthz HTTP/1.1\r\nHost: r\r\n\r\n")
            assert open_one.recv(4096).startswith(b"HTTP/1.1 200")
        log = relay.end()
    assert "certificate_not_reloaded" in log
    assert "certificate_reloaded" in log


def test_a_relay_whose_certificate_is_lost_asks_for_another(folder: Path) -> None:
    """At its start, from the CA; while the CA does not answer it says so."""
    (folder / "relay-cert.pem").unlink()
    ca = subprocess.Popen(
        [sys.executable, "-m", "relay.ca.cli", "serve", "--folder", str(folder / "ca")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with serving(folder) as relay:
            until(lambda: get(relay.port, "/healthz", folder / "root.pem")[0] == 200)
            relay.end()
    finally:
        ca.terminate()
        ca.wait()


def test_sockets_from_systemd(folder: Path) -> None:
    """LISTEN_FDS: the relay serves what it was handed, and opens nothing itself."""
    with socket.create_server((LOOPBACK, 0)) as one:
        port = one.getsockname()[1]
        os.set_inheritable(one.fileno(), True)
        script = (
            "import os, sys; os.dup2(int(sys.argv[1]), 3); os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()));"
            "os.execv(sys.executable, [sys.executable, '-m', 'relay.cli', 'serve', '--json', '--folder', sys.argv[2]])"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(one.fileno()), str(folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            pass_fds=[one.fileno()],
        )
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["listening"] == [f"{LOOPBACK}:{port}"]
    assert get(port, "/nothing", folder / "root.pem")[0] == 404
    process.terminate()
    process.communicate(timeout=20)
    assert process.returncode == 0


def test_systemd_is_told(folder: Path, tmp_path: Path) -> None:
    """READY when it listens, STOPPING when it ends."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "n"))
        listener.settimeout(10)
        with serving(folder, NOTIFY_SOCKET=str(tmp_path / "n")) as relay:
            assert listener.recv(100) == b"READY=1"
            relay.end()
            assert listener.recv(100) == b"STOPPING=1"


def test_ports_that_are_taken(folder: Path) -> None:
    """One line that names the address."""
    with socket.create_server((LOOPBACK, 0)) as one:
        port = one.getsockname()[1]
        settings = (folder / "relay.toml").read_text(encoding="utf-8")
        (folder / "relay.toml").write_text(
            settings.replace("matching_port = 0", f"matching_port = {port}"), encoding="utf-8"
        )
        told = run(folder, "serve", code=1).stderr.splitlines()[-1]
    assert f"127.0.0.1:{port}" in told


def test_another_authority_is_refused(folder: Path, tmp_path: Path) -> None:
    """Whoever writes to the mailbox cannot change whose certificates the relay believes."""
    other = tmp_path / "other"
    run(other, "init", "--organisation", "example", "--host", LOOPBACK)
    shutil.copy(other / "root.pem", folder / "mailbox" / "root.pem")
    told = run(folder, "serve", code=1).stderr.splitlines()[-1]
    assert "is not the one that this relay knows" in told


def test_check_config(folder: Path) -> None:
    """Good; then a key that is none, in both languages."""
    assert "is good" in run(folder, "check-config").stdout
    with (folder / "relay.toml").open("a", encoding="utf-8") as file:
        file.write("\n[timing]\nsilnt = 3\n")
    assert "timing.silent" in run(folder, "check-config", code=1).stderr
    assert "timing.silent" in run(folder, "check-config", code=1, LC_ALL="ja_JP.UTF-8").stderr


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    """Every command says so in a line."""
    for words in (("serve",), ("person", "list"), ("check-config",)):
        told = run(tmp_path, *words, code=1).stderr
        assert "tasuki-relay init" in told
        assert told.count("\n") == 1
