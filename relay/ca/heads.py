"""Heads of the relay's audit log, signed with a key and a certificate of their own: never one that is lower than the last, nor another of the same number.

    audit-key.pem (0600), audit.pem   the key, and its certificate, which is made anew before it expires
    audit-head.json                   the last head that was signed

The folder remembers the last one alone. So a relay that was put back, or whose log was cut and written anew, is found out by the
first head that it asks for. One that was broken into could ask for a number that no log ever reaches, and nothing would be signed after it:
so numbers go up no faster than a relay can write rows, and who runs the CA can set them back (`accept`).
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec

from common.host.errors import TasukiError
from common.host.files import write_atomic, write_private
from common.host.log import get_logger
from common.net.audit_head import USAGE
from common.net.certificates import (
    CertificateError,
    Identity,
    PrivateKey,
    chain_from_pem,
    chain_to_pem,
    key_from_pem,
    key_to_pem,
    new_key,
    public_key,
    spki_sha256,
    valid_from,
    valid_until,
)
from common.protocol.audit_heads import AuditHead, SignedHead, encode_head, encode_signed, head_challenge
from common.protocol.certificate_requests import HeadSigned, NotIssued, Refusal, SignHeadRequest
from relay.ca.folder import CaFolder
from relay.ca.issuing import Issuer, new_serial
from relay.ca.settings import CaSettings

log = get_logger()

KEY: Final = "audit-key.pem"
CERTIFICATE: Final = "audit.pem"
LAST: Final = "audit-head.json"


ROWS_PER_SECOND: Final = 1000
"""More than a relay ever writes for long."""
AT_ONCE: Final = 1_000_000
"""Rows that may have come in one go: of an organisation's list of people, of an import."""
KEPT: Final = 100
"""Numbers that were accepted by hand and are remembered."""


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """That somebody set the number back or forth: when (Unix seconds), to which, and what had been signed last."""

    at: float
    number: int
    last: int
    digest: str


class LastHead(msgspec.Struct, frozen=True, kw_only=True):
    """What was signed last, at `at` (Unix seconds). `digest` is empty where any of that number is good: it was accepted by hand."""

    number: int
    digest: str
    at: float = 0.0
    accepted: tuple[Accepted, ...] = ()


class HeadSigner:
    """`key` and `root` (DER) are the CA's. Each method is one step under the folder's lock."""

    def __init__(
        self,
        *,
        folder: CaFolder,
        settings: CaSettings,
        key: PrivateKey,
        root: bytes,
        clock: Callable[[], datetime],
        random: Callable[[int], bytes],
    ) -> None:
        self._folder = folder
        self._settings = settings
        self._issuer = Issuer(key=key, root=root)
        self._clock = clock
        self._random = random
        self._begun = valid_from(root).timestamp()

    def sign(self, request: SignHeadRequest) -> HeadSigned | NotIssued:
        """The head, signed; the same again is signed again. Raises TasukiError (ca_record_damaged), OSError."""
        with self._folder.changing():
            last = self.last()
            if last is not None and request.number < last.number:
                log.error("head_refused", why="lower", number=request.number, last=last.number)
                return NotIssued(code=Refusal.HEAD_LOWER)
            if last is not None and request.number == last.number and last.digest not in {"", request.digest}:
                log.error("head_refused", why="differs", number=request.number)
                return NotIssued(code=Refusal.HEAD_DIFFERS)
            now = self._clock()
            if request.number > self._most(last, now.timestamp()):
                log.error("head_refused", why="too far", number=request.number, last=last.number if last else 0)
                return NotIssued(code=Refusal.HEAD_FAR)
            own = self._identity(now)
            head = AuditHead(
                organisation=self._settings.organisation,
                number=request.number,
                digest=request.digest,
                at=now.timestamp(),
            )
            encoded = encode_head(head)
            document = encode_signed(
                SignedHead(head=encoded, certificate=own.leaf, signature=own.sign(head_challenge(encoded)))
            )
            # First: a head that nobody remembers having signed could be followed by another of its number.
            accepted = () if last is None else last.accepted
            kept = LastHead(number=request.number, digest=request.digest, at=now.timestamp(), accepted=accepted)
            write_private(self._folder.path / LAST, msgspec.json.encode(kept))
            return HeadSigned(document=document)

    def last(self) -> LastHead | None:
        """What was signed last; None before the first. Raises TasukiError (ca_record_damaged)."""
        return last_head(self._folder)

    def _most(self, last: LastHead | None, now: float) -> float:
        """The highest number that the log can have reached by now: since the last head, or since there is a CA."""
        number, since = (last.number, last.at or now) if last is not None else (0, self._begun)
        return number + AT_ONCE + ROWS_PER_SECOND * max(now - since, 0.0)

    def _identity(self, now: datetime) -> Identity:
        """Key and certificate, made anew where there are none that will do for a third of their time still."""
        folder = self._folder.path
        life = self._settings.timing.certificate
        try:
            key = key_from_pem((folder / KEY).read_bytes())
            certificate = chain_from_pem((folder / CERTIFICATE).read_bytes())[0]
            left = (valid_until(certificate) - now).total_seconds()
            if spki_sha256(public_key(certificate)) == spki_sha256(key) and left > life / 3:
                return Identity(key=key, chain=(certificate,))
        except (FileNotFoundError, CertificateError, IndexError):
            pass
        key = new_key()
        certificate = self._issuer.auditor(
            key.public_key(),
            organisation=self._settings.organisation,
            serial=new_serial(self._random),
            not_before=now,
            life=life,
            usage=USAGE,
        )
        write_private(folder / KEY, key_to_pem(key))
        write_atomic(folder / CERTIFICATE, chain_to_pem([certificate]))
        log.info("audit_certificate_made")
        return Identity(key=key, chain=(certificate,))


def last_head(folder: CaFolder) -> LastHead | None:
    """What was signed last; None before the first. Raises TasukiError (ca_record_damaged)."""
    path = folder.path / LAST
    try:
        return msgspec.json.decode(path.read_bytes(), type=LastHead)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise TasukiError("ca_record_damaged", path=path, detail=error) from error


def accept(folder: CaFolder, number: int, *, clock: Callable[[], datetime]) -> LastHead | None:
    """Sign heads from this number on, whatever was signed before, which is returned and stays written down. Raises TasukiError (ca_record_damaged), OSError."""
    with folder.changing():
        last = last_head(folder)
        at = clock().timestamp()
        before = (0, "") if last is None else (last.number, last.digest)
        entry = Accepted(at=at, number=number, last=before[0], digest=before[1])
        accepted = (*(() if last is None else last.accepted), entry)[-KEPT:]
        kept = LastHead(number=number, digest="", at=at, accepted=accepted)
        write_private(folder.path / LAST, msgspec.json.encode(kept))
    log.warning("head_accepted", number=number, last=before[0], digest=before[1])
    return last
