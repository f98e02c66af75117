"""A CA for the agents' tests on Windows, where no relay runs: its mailbox needs folders that are opened by descriptor."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from common.net.certificates import new_key
from common.protocol.clock import WallClock
from common.protocol.enrolment import parse_address
from relay.ca.authority import CertificateAuthority
from relay.ca.folder import CaFolder
from relay.ca.hosts import OrderedNames
from relay.ca.issuing import make_root, new_serial
from relay.ca.registrar import Registrar
from relay.ca.settings import CaSettings


@dataclass(frozen=True, kw_only=True)
class CaWithoutMailbox:
    """The two parts of an opened CA that issue and revoke."""

    authority: CertificateAuthority
    registrar: Registrar


def initialise(
    folder: Path,
    *,
    mailbox: Path,
    organisation: str,
    display_name: str = "",
    relay: Sequence[str],
    clock: WallClock,
    random: Callable[[int], bytes],
) -> CaWithoutMailbox:
    """As `relay.ca.opening.initialise`; nothing is written to `mailbox`."""
    host, port = parse_address(relay[0])
    settings = CaSettings(organisation=organisation, display_name=display_name, mailbox=str(mailbox))
    facts = CaFolder(folder)
    facts.create()
    key = new_key()
    root = make_root(key, organisation=organisation, now=clock(), serial=new_serial(random), display_name=display_name)
    names = OrderedNames(folder=facts, settings=settings, root=root, clock=clock)
    names.sign([(host, port)], key)
    authority = CertificateAuthority(
        folder=facts, settings=settings, names=names, key=key, root=root, clock=clock, random=random
    )
    authority.make_crl()
    registrar = Registrar(folder=facts, settings=settings, names=names, root=root, clock=clock, random=random)
    return CaWithoutMailbox(authority=authority, registrar=registrar)
