"""`tasuki-relay init`: an empty folder becomes a relay, with the organisation's CA beside it unless that lives elsewhere.

The CA is made and asked by its own program, in a process of its own: its key is never in the relay's memory, not even now.
Nothing made here has a password or a code: what the relay needs to be trusted is a certificate, and people get
enrolment lines one by one.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from common.host.clock import utc_now
from common.host.errors import TasukiError, UsageError
from common.host.files import private_folder, write_atomic
from common.net.certificates import CertificateError, chain_to_pem
from common.protocol.certificate_requests import Issued
from common.protocol.enrolment import InvalidEnrolmentError, host_name
from common.protocol.identity import InvalidIdentityError, check_organisation
from relay.ca.client import AuthorityClient, AuthorityRefusedError
from relay.ca.renewal import RelayCertificate
from relay.folder import RelayFolder, open_folder
from relay.settings import DeskSection, RelayLimits, RelaySettings, RelayTiming

_CA = (sys.executable, "-P", "-m", "relay.ca.cli")  # -P: a folder named relay where one stands is not ours


def initialise(
    folder: Path, *, organisation: str, host: str, port: int, mailbox: Path | None, display_name: str = ""
) -> RelayFolder:
    """Make the relay's folder, and the CA in it; with `mailbox`, the CA is elsewhere and that folder leads to it.

    relay.toml is written last but for the certificate: a killed `init` is simply called again. Raises TasukiError
    (relay_exists, ca_…, relay_certificate_refused, folder_unusable), UsageError.
    """
    if (folder / "relay.toml").exists():
        raise TasukiError("relay_exists", folder=folder)
    host = _check(organisation, host)
    private_folder(folder)
    if mailbox is None and not (folder / "ca" / "ca.toml").exists():
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        run_ca(
            "init", "--folder", folder / "ca", "--mailbox", folder / "mailbox",
            "--organisation", organisation, "--display-name", display_name, "--relay", address,
        )  # fmt: skip
    text = settings_text(organisation=organisation, host=host, port=port, mailbox=mailbox)
    if mailbox is None:
        _certify(folder, organisation=organisation, host=host)
    write_atomic(folder / "relay.toml", text.encode(), mode=0o640)
    return open_folder(folder)


def run_ca(*arguments: str | Path) -> str:
    """What `tasuki-ca` prints. Raises TasukiError (ca_command_failed) with what it says."""
    done = subprocess.run(
        [*_CA, *arguments],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        process_group=0,  # what is typed at the terminal, such as Ctrl+C, is for this process, which knows what is half done
    )
    if done.returncode:
        raise TasukiError("ca_command_failed", detail=(done.stderr or done.stdout).strip() or done.returncode)
    return done.stdout


def _check(organisation: str, host: str) -> str:
    """The host as agents compare it."""
    try:
        check_organisation(organisation)
    except InvalidIdentityError as error:
        raise UsageError("ca_bad_organisation", name=organisation) from error
    try:
        return host_name(host)
    except InvalidEnrolmentError as error:
        raise UsageError("ca_bad_host", host=host) from error


def _certify(folder: Path, *, organisation: str, host: str) -> None:
    """Root and certificate, by the CA's own `serve`, which runs for this moment only."""
    made = RelayFolder(path=folder, settings=RelaySettings(organisation=organisation, host=host))
    authority = AuthorityClient(folder=made.mailbox, random=os.urandom, deadline=30.0)
    own = RelayCertificate(certificate=made.certificate, key=made.key, clock=utc_now)

    async def ask() -> tuple[Issued, bytes]:
        return await authority.submit(own.request()), await authority.root()

    with _ca_serving(folder / "ca"):
        try:
            issued, root = asyncio.run(ask())
            own.put(issued)
        except (AuthorityRefusedError, CertificateError) as error:
            raise TasukiError("relay_certificate_refused", detail=error) from error
    write_atomic(made.root, chain_to_pem([root]))


@contextmanager
def _ca_serving(folder: Path) -> Iterator[None]:
    process = subprocess.Popen(
        [*_CA, "serve", "--folder", str(folder), "--level", "error"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def settings_text(*, organisation: str, host: str, port: int, mailbox: Path | None) -> str:
    """A new relay.toml. Numbers stay at their defaults, and are named in comments for whoever wants to change one."""
    store = "" if mailbox is None else f"\n[store]\nmailbox = {_toml(str(mailbox.absolute()))}\n"
    return (
        "# Tasuki relay. Every key and its bounds: docs/operating.md. Changes count from the next start.\n\n"
        f"organisation = {_toml(organisation)}\n"
        "# The relay's name, one of those that the CA signs (tasuki-ca hosts): what agents sign when they come in.\n"
        f"host = {_toml(host)}\n"
        "# Its other names, while it moves from one to another.\n"
        "# other_hosts = []\n"
        "# Where agents reach legs, best first, when that is not the host above with both ports below.\n"
        f"# legs = [{_toml(f'{host}:{port}')}]\n\n"
        "[listen]\n"
        "# Both ports speak TLS and answer everything.\n"
        f"matching_port = {port}\n"
        "# vnc_port = 80\n"
        f"{store}\n"
        "# What users read of the help desk where nobody is there, and wherever something fails.\n"
        f"# [desk]\n{_defaults(DeskSection())}\n"
        f"# [limits]\n{_defaults(RelayLimits())}\n"
        f"# [timing]  # seconds\n{_defaults(RelayTiming())}"
    )


def _defaults(section: Any) -> str:
    return "".join(f"# {name} = {_toml(getattr(section, name))}\n" for name in section.__struct_fields__)


def _toml(value: object) -> str:
    return msgspec.json.encode(value).decode()  # JSON's strings and numbers are TOML's too
