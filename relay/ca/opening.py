"""Making a CA (`initialise`) and opening one (`open_ca`): everything that its folder is worked with, put together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from common.host.deadline_thread import DeadlineThread
from common.host.errors import TasukiError
from common.host.files import write_atomic, write_private
from common.host.words import one_line
from common.net.certificates import (
    CertificateError,
    Fault,
    PrivateKey,
    chain_from_pem,
    chain_to_pem,
    key_from_pem,
    key_to_pem,
    new_key,
    public_key,
    spki_sha256,
)
from common.protocol.clock import WallClock
from common.protocol.identity import InvalidIdentityError, check_display_name, check_organisation
from relay.ca.authority import CertificateAuthority
from relay.ca.folder import CaFolder
from relay.ca.heads import HeadSigner
from relay.ca.hosts import OrderedNames, parse_hosts
from relay.ca.issuing import make_root, new_serial
from relay.ca.mailbox import Mailbox
from relay.ca.notices import NoticeBoard
from relay.ca.registrar import Registrar
from relay.ca.settings import CaSettings, format_settings, load_settings
from relay.ca.waiting import WaitingRoom

RandomBytes = Callable[[int], bytes]


@dataclass(frozen=True, kw_only=True)
class OpenedCa:
    """An opened CA: everything that its folder is worked with."""

    settings: CaSettings
    authority: CertificateAuthority
    registrar: Registrar
    heads: HeadSigner
    notices: NoticeBoard
    waiting_room: WaitingRoom
    mailbox: Mailbox
    mailbox_thread: DeadlineThread
    """Where all that is done with the mailbox is done."""

    def publish_new_crl(self) -> None:
        """Sign a new list and put it in the mailbox. Raises as `publish` does."""
        self.authority.make_crl()
        self.publish()

    def publish(self) -> None:
        """See to it that the newest lists and notices are in the mailbox. Raises TasukiError (ca_mailbox), OSError (the CA's own folder)."""
        crl = self.authority.crl()
        der = self.authority.make_crl() if crl is None else crl.der
        hosts, notices = self.authority.names.document(), self.notices.document()
        try:
            self.mailbox_thread.call(
                self.mailbox.publish, crl=der, root=self.authority.root, hosts=hosts, notices=notices
            )
        except OSError as error:
            raise TasukiError("ca_mailbox", folder=self.mailbox.path, detail=error) from error


def initialise(
    folder: Path,
    *,
    mailbox: Path,
    organisation: str,
    display_name: str = "",
    relay: Sequence[str],
    clock: WallClock,
    random: RandomBytes,
) -> OpenedCa:
    """Make a new CA in `folder` and its mailbox, with a first revocation list, and open it.

    `relay` are HOST[:PORT], the first the one that stands in enrolment lines. ca.toml is written last: without it
    there is no CA yet, and a killed `initialise` is simply called again.
    Raises TasukiError: ca_exists, ca_bad_organisation, name_wrong, ca_bad_host, ca_hosts_many, folder_unusable.
    """
    if (folder / "ca.toml").exists():
        raise TasukiError("ca_exists", folder=folder)
    try:
        check_organisation(organisation)
    except InvalidIdentityError as error:
        raise TasukiError("ca_bad_organisation", name=organisation) from error
    display_name = display_name.strip()
    try:
        if display_name:
            check_display_name(display_name)
    except InvalidIdentityError as error:
        raise TasukiError("name_wrong", name=one_line(display_name), detail=str(error)) from error
    addresses = parse_hosts(relay)
    settings = CaSettings(organisation=organisation, display_name=display_name, mailbox=_mailbox(folder, mailbox))
    facts = CaFolder(folder)
    facts.create()
    Mailbox(mailbox).create()
    key = new_key()
    root = make_root(key, organisation=organisation, now=clock(), serial=new_serial(random), display_name=display_name)
    write_private(folder / "root-key.pem", key_to_pem(key))
    write_atomic(folder / "root.pem", chain_to_pem([root]))
    OrderedNames(folder=facts, settings=settings, root=root, clock=clock).sign(addresses, key)
    write_atomic(folder / "ca.toml", format_settings(settings).encode())
    ca = open_ca(folder, clock=clock, random=random)
    ca.publish_new_crl()
    return ca


def open_ca(folder: Path, *, clock: WallClock, random: RandomBytes) -> OpenedCa:
    """Open the CA in `folder`. Raises TasukiError: ca_not_initialised, ca_key_unusable, settings_…."""
    settings = load_settings(folder)
    try:
        key, root = _root(folder)
    except (OSError, CertificateError) as error:
        raise TasukiError("ca_key_unusable", folder=folder, detail=error) from error
    facts = CaFolder(folder)
    names = OrderedNames(folder=facts, settings=settings, root=root, clock=clock)
    registrar = Registrar(folder=facts, settings=settings, names=names, root=root, clock=clock, random=random)
    return OpenedCa(
        settings=settings,
        authority=CertificateAuthority(
            folder=facts, settings=settings, names=names, key=key, root=root, clock=clock, random=random
        ),
        registrar=registrar,
        heads=HeadSigner(folder=facts, settings=settings, key=key, root=root, clock=clock, random=random),
        notices=NoticeBoard(folder=facts, clock=clock),
        waiting_room=WaitingRoom(folder=facts, registrar=registrar, names=names, root=root, clock=clock, random=random),
        mailbox=Mailbox(folder / settings.mailbox, request_limit=settings.limits.request),
        mailbox_thread=DeadlineThread(deadline=settings.timing.mailbox_step, name="mailbox"),
    )


def _mailbox(folder: Path, mailbox: Path) -> str:
    """As ca.toml has it: relative where both lie in one folder, so that this can be moved."""
    ours, theirs = folder.absolute(), mailbox.absolute()
    return f"../{theirs.name}" if ours.parent == theirs.parent else str(theirs)


def _root(folder: Path) -> tuple[PrivateKey, bytes]:
    """The root's key, and the root, DER. Raises OSError, CertificateError."""
    key = key_from_pem((folder / "root-key.pem").read_bytes())
    root = chain_from_pem((folder / "root.pem").read_bytes())[0]
    if spki_sha256(public_key(root)) != spki_sha256(key):
        raise CertificateError(Fault.WRONG_KEY, "root.pem is of another key")
    return key, root
