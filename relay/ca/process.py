"""`tasuki-ca serve`: answers what lies in the mailbox, and keeps a fresh revocation list there.

Also where a CA is made (`initialise`) and opened (`open_authority`). One process serves a folder; `code`, `list` and
`revoke` work beside it.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from common.host.errors import TasukiError
from common.host.files import write_atomic, write_private
from common.host.log import get_logger
from common.net.certificates import (
    CertificateError,
    chain_from_pem,
    chain_to_pem,
    key_from_pem,
    key_to_pem,
    new_key,
)
from common.protocol.certificate_requests import Answer, Issued, Refusal, Refused
from common.protocol.enrolment import InvalidEnrolmentError, parse_address
from common.protocol.identity import InvalidIdentityError, check_organisation
from relay.ca.authority import Authority
from relay.ca.folder import Folder
from relay.ca.issuing import make_root, new_serial
from relay.ca.mailbox import Letter, Mailbox
from relay.ca.registrar import Registrar
from relay.ca.settings import Settings, format_settings, load_settings

log = get_logger()

_TIDY = 3600.0  # seconds between two clearings
_LOOK = 1.0  # seconds between two looks whether the list is still in the mailbox

Clock = Callable[[], datetime]
Random = Callable[[int], bytes]


def utc_now() -> datetime:
    """The clock of the command line."""
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Office:
    """An opened CA: everything that its folder is worked with."""

    settings: Settings
    authority: Authority
    registrar: Registrar
    mailbox: Mailbox

    def publish_new_crl(self) -> None:
        """Sign a new list and put it in the mailbox. Raises TasukiError (ca_mailbox)."""
        crl = self.authority.make_crl()
        self._publish(crl)

    def publish_crl(self) -> None:
        """Put the list that there is in the mailbox, or a new one where there is none."""
        crl = self.authority.folder.crl()
        self._publish(self.authority.make_crl() if crl is None else crl)

    def _publish(self, crl: bytes) -> None:
        try:
            self.mailbox.publish(crl=crl, root=self.authority.root)
        except OSError as error:
            raise TasukiError("ca_mailbox", folder=self.mailbox.path) from error


def initialise(
    folder: Path,
    *,
    mailbox: Path,
    organisation: str,
    relay: Sequence[str],
    clock: Clock,
    random: Random,
) -> Office:
    """Make a new CA in `folder` and its mailbox, with a first revocation list, and open it.

    `relay` are HOST[:PORT], the first with the port that stands in enrolment lines. ca.toml is written last: without it
    there is no CA yet, and a killed `initialise` is simply called again.
    Raises TasukiError: ca_exists, ca_bad_organisation, ca_bad_host, folder_unusable.
    """
    if (folder / "ca.toml").exists():
        raise TasukiError("ca_exists", folder=folder)
    try:
        check_organisation(organisation)
    except InvalidIdentityError as error:
        raise TasukiError("ca_bad_organisation", name=organisation) from error
    addresses = []
    for text in relay:
        try:
            addresses.append(parse_address(text))
        except InvalidEnrolmentError as error:
            raise TasukiError("ca_bad_host", host=text) from error
    settings = Settings(
        organisation=organisation,
        relay=[host for host, _ in addresses],
        port=addresses[0][1],
        mailbox=str(mailbox.absolute()),
    )
    Folder(folder).create()
    Mailbox(mailbox).create()
    key = new_key()
    root = make_root(key, organisation=organisation, now=clock(), serial=new_serial(random))
    write_private(folder / "root-key.pem", key_to_pem(key))
    write_atomic(folder / "root.pem", chain_to_pem([root]))
    write_atomic(folder / "ca.toml", format_settings(settings).encode())
    office = open_office(folder, clock=clock, random=random)
    office.publish_new_crl()
    return office


def open_office(folder: Path, *, clock: Clock, random: Random) -> Office:
    """Open the CA in `folder`. Raises TasukiError: ca_not_initialised, ca_key_unusable, settings_…."""
    settings = load_settings(folder)
    try:
        key = key_from_pem((folder / "root-key.pem").read_bytes())
        root = chain_from_pem((folder / "root.pem").read_bytes())[0]
    except (OSError, CertificateError) as error:
        raise TasukiError("ca_key_unusable", folder=folder, detail=error) from error
    facts = Folder(folder)
    return Office(
        settings=settings,
        authority=Authority(folder=facts, settings=settings, key=key, root=root, clock=clock, random=random),
        registrar=Registrar(folder=facts, settings=settings, root=root, clock=clock, random=random),
        mailbox=Mailbox(folder / settings.mailbox, request_limit=settings.limits.request),
    )


class Server:
    """The loop of `serve`, a turn at a time."""

    def __init__(self, *, office: Office, clock: Clock) -> None:
        self._office = office
        self._clock = clock
        self._revocations = -1  # when the folder of revocations had last changed as the last list was signed
        self._signed = 0.0  # when that was; Unix seconds
        self._next_look = 0.0
        self._next_tidy = 0.0

    def serve(self, stop: threading.Event) -> None:
        """Turn until `stop` is set. A full disk or a missing mailbox is logged and tried again, never fatal."""
        pause = self._office.settings.timing.poll
        failed = False
        while not stop.is_set():
            try:
                self.turn()
            except (OSError, TasukiError) as error:
                if not failed:
                    log.warning("ca_turn_failed", error=str(error))
                failed = True
                stop.wait(1.0)
            else:
                failed = False
                stop.wait(pause)

    def turn(self) -> int:
        """Answer what waits, and see to the list; returns how many were answered. Raises OSError, TasukiError."""
        office = self._office
        office.mailbox.check()
        now = self._clock().timestamp()
        self._see_to_crl(now)
        answered = 0
        for letter in office.mailbox.letters(at_most=office.settings.limits.at_once):
            office.mailbox.reply(letter, self._answer(letter))
            answered += 1
        if not 0 <= self._next_tidy - now <= _TIDY:
            self._next_tidy = now + min(_TIDY, office.settings.timing.stale)
            office.mailbox.clean(before=now - office.settings.timing.stale)
            office.registrar.tidy()
        return answered

    def _answer(self, letter: Letter) -> Answer:
        try:
            answer = (
                Refused(code=Refusal.MALFORMED)
                if letter.request is None
                else self._office.authority.answer(letter.request)
            )
        except OSError:
            raise  # the disk: the letter stays and is tried again
        except Exception:
            # A bug, or a damaged record, that one letter meets must not keep the others waiting for ever.
            log.exception("certificate_failed", letter=letter.id)
            return Refused(code=Refusal.UNAVAILABLE)
        if isinstance(answer, Issued):
            log.info("certificate_issued", serial=answer.serial, account=answer.account, role=answer.role)
        else:
            log.info("certificate_refused", error_code=answer.code)
        return answer

    def _see_to_crl(self, now: float) -> None:
        """A new list at the start, every hour, and as soon as something was revoked; published again where it is missing."""
        office = self._office
        revocations = (office.authority.folder.path / "revoked").stat().st_mtime_ns
        if revocations != self._revocations or not 0 <= now - self._signed < office.settings.timing.crl_every:
            office.publish_new_crl()
            # As it was before signing: what was revoked meanwhile makes the next turn sign again.
            self._revocations, self._signed = revocations, now
            log.info("crl_published", number=office.authority.crl_number())
        elif not 0 <= self._next_look - now <= _LOOK:
            self._next_look = now + _LOOK
            if office.mailbox.crl() != office.authority.folder.crl():
                office.publish_crl()
