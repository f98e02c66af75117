"""Traps in the mailbox, as whoever broke into one side sets them for the other: relay, `serve` and `revoke` as real processes."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from common.net.certificates import chain_from_pem
from common.net.revocation import CRL_LIMIT, load_crl
from tests.support.hostile_files import HOSTILE, put_hostile
from tests.support.relay_program import get, run, serving, until

pytestmark = pytest.mark.timeout(120)

KINDS = ("a pipe", "a link to a file of ours", "a folder with something in it")
SLACK = 64 * 1024  # KiB of memory that a process may have taken more at any time


def ca(folder: Path, *words: str) -> list[str]:
    """A command of tasuki-ca."""
    return [sys.executable, "-m", "relay.ca.cli", *words, "--folder", str(folder / "ca")]


@contextmanager
def serving_authority(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """`tasuki-ca serve`, ready."""
    process = subprocess.Popen(ca(folder, "serve"), stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert "ca_serving" in process.stderr.readline()
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=20)


def peak(pid: int) -> int:
    """The most memory that the process ever had, in KiB."""
    (line,) = [row for row in Path(f"/proc/{pid}/status").read_text().splitlines() if row.startswith("VmHWM")]
    return int(line.split()[1])


def number(folder: Path) -> int:
    """Of the list in the mailbox; 0 where there is none to be read."""
    path = folder / "mailbox" / "crl.der"
    if not path.is_file() or path.is_symlink() or path.stat().st_size > CRL_LIMIT:
        return 0
    return load_crl(path.read_bytes(), chain_from_pem((folder / "root.pem").read_bytes())[0]).number


def trap(folder: Path, kind: str) -> None:
    """In place of everything that lies in the mailbox."""
    ours = folder.parent / "ours"
    ours.touch()
    if kind == "a link to a file of ours":
        with ours.open("r+b") as file:
            file.truncate(3 << 30)
    for name in ("crl.der", "root.pem"):
        path = folder / "mailbox" / name
        path.unlink(missing_ok=True)
        put_hostile(kind, path, ours)


@pytest.mark.parametrize("kind", KINDS)
def test_revocation_and_relay_go_on(folder: Path, kind: str) -> None:
    """`revoke` returns and its list reaches the relay's folder; the relay answers all along, and neither takes memory for it."""
    assert kind in HOSTILE
    run(folder, "person", "add", "--role", "user", "--name", "Anna", "--enrol")
    with serving_authority(folder) as authority, serving(folder) as relay:
        until(lambda: get(relay.port, "/healthz", folder / "root.pem")[0] == 200)
        before = (peak(relay.process.pid), peak(authority.pid))
        last = number(folder)
        authority.send_signal(signal.SIGSTOP)  # the relay meets the traps before they are mended
        trap(folder, kind)
        for _ in range(3):
            assert get(relay.port, "/healthz", folder / "root.pem")[0] == 200
        done = subprocess.run(ca(folder, "revoke", "Anna"), capture_output=True, text=True, timeout=20, check=False)
        assert done.returncode == 0, done.stderr
        assert number(folder) > last
        trap(folder, kind)
        authority.send_signal(signal.SIGCONT)
        until(lambda: number(folder) > last)
        assert get(relay.port, "/healthz", folder / "root.pem")[0] == 200
        assert peak(relay.process.pid) < before[0] + SLACK
        assert peak(authority.pid) < before[1] + SLACK
        relay.end()


@pytest.mark.parametrize("kind", KINDS[:2])
def test_a_relay_that_finds_traps_at_its_start_serves(folder: Path, kind: str) -> None:
    """It knows the root since it was made, says in its log what is wrong, and takes the list when there is one; orders work too."""
    trap(folder, kind)
    assert run(folder, "person", "list").stdout == ""
    with serving(folder) as relay:
        assert get(relay.port, "/healthz", folder / "root.pem")[0] == 503  # without a list no session can begin
        with serving_authority(folder):
            until(lambda: get(relay.port, "/healthz", folder / "root.pem")[0] == 200)
        log = relay.end()
    trap(folder, kind)
    assert "mailbox_unusable" in log
    assert "crl_refused" in log
    (folder / "root.pem").unlink()
    done = run(folder, "serve", code=1)
    assert "mailbox" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_a_certificate_that_is_a_pipe_stops_no_relay(folder: Path) -> None:
    """Whoever fetches certificates may be another user: the old one stays in use, and the log says why."""
    certificate = folder / "relay-cert.pem"
    with serving(folder) as relay:
        _, before = get(relay.port, "/healthz", folder / "root.pem")
        certificate.unlink()
        put_hostile("a pipe", certificate, certificate)
        until(lambda: get(relay.port, "/healthz", folder / "root.pem")[0] == 200)
        relay.process.send_signal(signal.SIGHUP)
        for _ in range(5):
            assert get(relay.port, "/healthz", folder / "root.pem") == (200, before)
        assert "certificate_not_reloaded" in relay.end()
