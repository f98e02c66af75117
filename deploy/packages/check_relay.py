"""Whether the relay's package works, in a root where it was installed: units, users, folders, and both programs as the units run them.

    python -m deploy.packages.check_relay ROOT        as root, in a network of its own (deploy/tools/relay_in_root.sh)

What systemd alone does is only looked at by systemd-analyze: system calls, devices, what of /proc is seen. Users, groups, masks,
capabilities, a user name space that knows the unit's user alone (PrivateUsers=), a file system that can be written in two
places and nowhere else (ProtectSystem=strict), sockets that are handed over and the word that it is ready are real.
"""

import json
import os
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

HOST: Final = "127.0.0.1"
UNITS: Final = ("tasuki-ca.service", "tasuki-relay.service", "tasuki-relay.socket")
EXPOSURE: Final = 2.0
"""The most that `systemd-analyze security` may say of a service, of 10."""
FOLDERS: Final = {
    "/var/lib/tasuki-relay": "tasuki-relay:tasuki-relay 700",
    "/var/lib/tasuki-ca": "tasuki-ca:tasuki-ca 700",
    "/var/lib/tasuki-mailbox": "tasuki-ca:tasuki-mailbox 2770",
    "/var/lib/tasuki-mailbox/requests": "tasuki-ca:tasuki-mailbox 2770",
    "/var/lib/tasuki-mailbox/answers": "tasuki-ca:tasuki-mailbox 2770",
}
MAILBOX_FILES: Final = {
    "/var/lib/tasuki-mailbox/crl.der": "tasuki-ca:tasuki-mailbox 640",
    "/var/lib/tasuki-mailbox/root.pem": "tasuki-ca:tasuki-mailbox 640",
}
NO_ENTRY: Final = {
    "tasuki-relay": ("/var/lib/tasuki-ca",),
    "tasuki-ca": ("/var/lib/tasuki-relay",),
    "nobody": tuple(FOLDERS),
}


def main() -> None:
    """Everything, in order; raises AssertionError at the first thing that is wrong."""
    root = InRoot(Path(sys.argv[1]))
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    units(root)
    owners(root, FOLDERS)
    print("folders: " + "; ".join(f"{path} {told}" for path, told in FOLDERS.items()))
    whole(root)
    print("the package works")


_ENTER: Final = """
mount --rbind "$1" "$1"
cd "$1"
shift
pivot_root . mnt
umount --lazy /mnt
for folder in $1; do mount --bind "$folder" "$folder"; done
test -z "$1" || mount -o remount,bind,ro /
shift
exec "$@"
"""
"""Not chroot: the kernel gives nobody a user name space in there. First the root, then what may be written, of all there is, if anything."""


class InRoot:
    """What is run in the root, as whom."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def words(self, *words: str, user: str = "root", mask: str = "022") -> list[str]:
        """A command line; for another user than root as the units run it."""
        writable = f"/var/lib/{user} /var/lib/tasuki-mailbox" if user in NO_ENTRY and user != "nobody" else ""
        command = ["unshare", "--mount", "sh", "-euc", _ENTER, "sh", str(self.path), writable]
        if user != "root":
            command += ["setpriv", f"--reuid={user}", f"--regid={self._group(user)}", "--init-groups"]
            command += ["--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]
            command += ["unshare", "--user", "--map-current-user"]
        shell = f'umask {mask}; exec "$@"'
        return [*command, "/usr/bin/env", "-C", "/", "sh", "-c", shell, "sh", *words]

    def run(self, *words: str, user: str = "root", code: int = 0) -> str:
        """What it printed; it ends with `code`."""
        done = subprocess.run(
            self.words(*words, user=user), capture_output=True, text=True, check=False, env=_environ()
        )
        assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
        return done.stdout + done.stderr

    def _group(self, user: str) -> str:
        return "nogroup" if user == "nobody" else user


def _environ(**more: str) -> dict[str, str]:
    return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "PYTHONSAFEPATH": "1", **more}


def units(root: InRoot) -> None:
    """Systemd has nothing to say against them, and finds them hardened."""
    for unit in UNITS:
        told = root.run("systemd-analyze", "verify", f"/usr/lib/systemd/system/{unit}")
        assert not told.strip(), told
    for unit in UNITS[:2]:
        told = root.run("systemd-analyze", "--no-pager", "security", "--offline=yes", f"/usr/lib/systemd/system/{unit}")
        found = re.search(r"exposure level for \S+: ([\d.]+) (\w+)", told)
        assert found is not None, told
        print(f"{unit}: exposure {found[1]} ({found[2]})")
        assert float(found[1]) <= EXPOSURE, told


def owners(root: InRoot, expected: dict[str, str]) -> None:
    """Whose they are, and who may enter."""
    for path, told in expected.items():
        assert root.run("stat", "--format=%U:%G %a", path).strip() == told, (path, told)


def whole(root: InRoot) -> None:
    """Folders made, both programs up, somebody enrolled; nobody gets in where only the other may."""
    mailbox = ("--mailbox", "/var/lib/tasuki-mailbox", "--organisation", "example")
    ca, relay = ("--folder", "/var/lib/tasuki-ca"), ("--folder", "/var/lib/tasuki-relay")
    root.run("tasuki-ca", "init", *ca, *mailbox, "--relay", HOST, user="tasuki-ca")
    root.run("tasuki-relay", "init", *relay, *mailbox, "--host", HOST, user="tasuki-relay")
    with serving(root), tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        assert health(root) == (200, "ok")
        print(f"https://{HOST}/healthz: 200 after {time.monotonic() - began:.1f} s")
        told = root.run(
            "tasuki-relay", "person", "add", *relay, "--role", "user", "--name", "Anna", "--json", user="tasuki-relay"
        )
        account = json.loads(told.splitlines()[-1])["accounts"][0]["identifier"]
        said = root.run(
            "tasuki-ca", "code", *ca, "--role", "user", "--name", "Anna", "--account", account, user="tasuki-ca"
        )
        line = next(word for word in said.split() if word.startswith("tasuki-enrol:"))
        enrol = [str(Path(sys.executable).parent / "tasuki-user"), "enrol", line, "--folder", folder]
        subprocess.run(enrol, check=True, env={**os.environ, "HOME": folder}, stdout=subprocess.DEVNULL)
        assert "Anna" in root.run("tasuki-ca", "list", *ca, user="tasuki-ca")
        print("somebody was enrolled through the mailbox of the two users")
        owners(root, {**FOLDERS, **MAILBOX_FILES})
    for user, folders in NO_ENTRY.items():
        for path in folders:
            assert "Permission denied" in root.run("ls", path, user=user, code=2), (user, path)
        assert re.search("Permission denied|Read-only", root.run("touch", "/opt/tasuki-relay/x", user=user, code=1))
    print("nobody enters another's folder, or writes where the programs are")


@contextmanager
def serving(root: InRoot) -> Iterator[None]:
    """CA and relay run as their units have it: the relay with its two sockets from outside, ready when it says so."""
    ready = root.path / "tmp" / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.bind(str(ready))
        ready.chmod(0o666)
        told.settimeout(60)
        ca = root.words("tasuki-ca", "serve", "--folder", "/var/lib/tasuki-ca", "--json", user="tasuki-ca", mask="007")
        activate = [
            "systemd-socket-activate",
            *(f"--listen={HOST}:{port}" for port in (443, 80)),
            "-E",
            "NOTIFY_SOCKET",
        ]
        relay = root.words(
            "tasuki-relay", "serve", "--folder", "/var/lib/tasuki-relay", "--json", user="tasuki-relay", mask="027"
        )
        with (
            program(ca),
            program([*activate, "-E", "PYTHONSAFEPATH", "-E", "LC_ALL", *relay], NOTIFY_SOCKET="/tmp/notify"),
        ):
            with connected():  # the first one starts it
                word = told.recv(100)
            assert word == b"READY=1", word
            print("the relay has the sockets of its unit, and says that it is ready")
            yield


def connected() -> socket.socket:
    """A connection, as soon as somebody listens."""
    end = time.monotonic() + 60
    while True:
        try:
            return socket.create_connection((HOST, 443), timeout=30)
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


@contextmanager
def program(words: list[str], **environ: str) -> Iterator[None]:
    """One that is ended in any case."""
    with subprocess.Popen(
        words, env=_environ(**environ), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    ) as running:
        try:
            yield
        finally:
            running.terminate()
            running.wait(30)


def health(root: InRoot) -> tuple[int, str]:
    """What /healthz says, to one who trusts the organisation's root alone."""
    trust = ssl.create_default_context(cafile=str(root.path / "var/lib/tasuki-mailbox/root.pem"))
    plain = connected()
    with trust.wrap_socket(plain, server_hostname=HOST) as tls:
        tls.sendall(b"GET /healthz HTTP/1.1\r\nHost: r\r\nConnection: close\r\n\r\n")
        head, _, body = b"".join(iter(lambda: tls.recv(4096), b"")).partition(b"\r\n\r\n")
        return int(head.split(b" ")[1]), json.loads(body)["status"]


if __name__ == "__main__":
    main()
