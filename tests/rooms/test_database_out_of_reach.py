"""A relay on PostgreSQL whose way to the database is cut: another takes over, and the first ends once it can see that."""

import contextlib
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.support.postgresql import LOOPBACK, postgresql
from tests.support.relay_program import run, serving, stored_at
from tests.support.rooms.network import ip, namespace, remove_leftovers

SERVER, RELAY = "192.0.2.1", "192.0.2.2"
NOTICED = 11.0  # seconds until the server gives the owner's connection up
PROMISED = 5.0  # seconds within which one that lost the database ends; a busy machine has five times both


def within(network: str) -> Callable[..., list[str]]:
    """Makes of a command line one that runs there."""
    return lambda *words: ["ip", "netns", "exec", network, *words]


def filtered(network: str, rules: str) -> None:
    """Load nftables rules."""
    subprocess.run(["ip", "netns", "exec", network, "nft", "-f", "-"], input=rules, text=True, check=True)


def test_a_cut_network(tmp_path: Path) -> None:
    """Not one relay more than one at any time; what was kept is kept, and nothing of the first comes after the second began."""
    first, second = tmp_path / "first", tmp_path / "second"
    run(first, "init", "--organisation", "example", "--host", LOOPBACK, "--port", "8443")
    settings = (first / "relay.toml").read_text(encoding="utf-8")
    wanted = 'matching_port = 0\nvnc_port = 0\nmetrics_port = -1\naddresses = ["127.0.0.1"]\n'
    (first / "relay.toml").write_text(settings.replace("matching_port = 8443\n", wanted), encoding="utf-8")
    shutil.copytree(first, second, ignore=shutil.ignore_patterns("lock"))
    remove_leftovers()
    with contextlib.ExitStack() as stack:
        there, here = (stack.enter_context(namespace(name)) for name in ("database", "relay"))
        ip(f"link add wire netns {there} type veth peer name wire netns {here}")
        for network, address in ((there, SERVER), (here, RELAY)):
            ip(f"-n {network} addr add {address}/24 dev wire")
            ip(f"-n {network} link set wire up")
        server = stack.enter_context(postgresql(within=within(there)(), address=SERVER))
        stored_at(first, server.relays_url.replace(LOOPBACK, SERVER))
        stored_at(second, server.relays_url)
        assert run_in(there, second, "migrate", "--url", server.url).returncode == 0
        lost = stack.enter_context(serving(first, within=within(here)))
        run(first, "group", "add", "Desk")
        for network in (there, here):
            filtered(network, "table inet cut { chain in { type filter hook input priority 0; iifname wire drop; }; }")
        cut = time.monotonic()
        refused = run_in(there, second, "group", "list")
        assert "Another relay or command works on the same database" in refused.stderr
        while (done := run_in(there, second, "group", "list")).returncode:
            assert time.monotonic() - cut < 5 * NOTICED, done.stderr
            time.sleep(0.5)
        assert done.stdout == "Desk:\n"
        relay = stack.enter_context(serving(second, within=within(there)))
        assert lost.process.poll() is None  # it cannot know
        assert run(first, "group", "add", "Attic", code=1).stderr  # and keeps nothing
        for network in (there, here):
            filtered(network, "delete table inet cut")
        _, log = lost.process.communicate(timeout=5 * PROMISED)
        assert lost.process.returncode == 1
        assert "Another relay has taken over the database" in log.splitlines()[-1]
        assert run(second, "group", "list").stdout == "Desk:\n"
        assert "holds together" in run_in(there, second, "audit", "verify").stdout  # it reads the database itself
        relay.end()


def run_in(network: str, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A `tasuki-relay` command in that network."""
    command = within(network)(sys.executable, "-m", "relay.cli", *words, "--folder", str(folder))
    return subprocess.run(command, capture_output=True, text=True, check=False)
