"""The four small answers of the public port: health, the organisation's root, enrolment and renewal.

A certificate request passes through to the CA as it came; the relay adds nothing and can change nothing that the CA or
the agent would not notice. The bodies are those of `common.protocol.certificate_requests`.
"""

import math
from collections import Counter
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias, TypeVar

import msgspec

from common.host.log import get_logger
from common.net.certificates import (
    CertificateError,
    VerifiedPeer,
    check_signature,
    read_csr,
    spki_sha256,
    verify_issued,
)
from common.protocol.certificate_requests import (
    CertificateRequest,
    Claims,
    EnrolRequest,
    Issued,
    NotIssued,
    Refusal,
    RenewRequest,
    Root,
    renewal_challenge,
)
from common.protocol.clock import Clock
from common.protocol.computer_claim import NOT_SAID, ComputerClaim
from common.protocol.reading import UNDECODABLE
from relay.core.admission import Quota, group_of
from relay.core.ports import EnrolmentError, NotKept
from relay.web.responses import HttpResponse, json_response
from relay.web.routes import HttpRequest, Routes

log = get_logger()

_SOONEST: Final = 10  # seconds until who waits for an operator's yes asks again, at least
_CA_BUSY: Final = 5.0  # seconds until the CA has got through with what it has
_LARGEST_ENROL: Final = 32 * 1024  # bytes of JSON, in which a CSR of 16 KiB takes 22
_LARGEST_RENEW: Final = 128 * 1024  # and four certificates 88
_NEVER_STORED: Final = (("Cache-Control", "no-store"),)

_NOT_KEPT: Final[dict[NotKept, tuple[Refusal, int]]] = {
    NotKept.NO_ACCOUNT: (Refusal.ACCOUNT_DISABLED, 403),
    NotKept.ACCOUNT_DISABLED: (Refusal.ACCOUNT_DISABLED, 403),
    NotKept.BAD_CERTIFICATE: (Refusal.BAD_CERTIFICATE, 403),
    NotKept.UNWRITABLE: (Refusal.UNAVAILABLE, 503),
    NotKept.REFUSED: (Refusal.BAD_CERTIFICATE, 403),
}
"""Why a certificate was not kept, and what the agent hears then."""


class NotIssuedError(Exception):
    """There is no certificate: `code` for the body, `status` for the answer; `retry_after` seconds, where that helps."""

    def __init__(self, code: str, status: int, *, retry_after: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.retry_after = retry_after


class EnrolmentPort(Protocol):
    """Who may have a certificate, and who keeps it."""

    def may_renew(self, account: str) -> bool:
        """Whether this account is known and enabled."""

    def is_barred(self, leaf: bytes) -> bool:
        """Whether this certificate (DER) is as good as revoked."""

    async def enrolled(
        self,
        leaf: bytes,
        *,
        renews: bytes | None = None,
        computer: ComputerClaim = NOT_SAID,
        claims: Claims | None = None,
    ) -> None:
        """Keep this certificate (DER), which is new, or renews another; with `claims` also of somebody new. Raises EnrolmentError."""


@dataclass
class CertificateCounts:
    """Counts since the start, for metrics."""

    issued: int = 0
    refused: Counter[str] = field(default_factory=Counter)  # by code


@dataclass(frozen=True, kw_only=True)
class EnrolmentLimits:
    """How many in a window."""

    window: float = 60.0  # seconds
    tries: int  # of one enrolment line from one address
    failures: int  # of enrolments from one address that the CA was asked for
    renewals: int  # of one certificate


Submit: TypeAlias = Callable[[CertificateRequest], Awaitable[Issued]]
"""The way to the CA: hand the request in and wait for the certificate. Raises NotIssuedError."""


class EnrolmentHandlers:
    """What each of the four paths answers.

    An enrolment's measure is the line's and the address's: how often one line is tried from one address, and how many
    lines from one address the CA refuses. Whom the CA gives a certificate is not counted, so that an office behind one
    address enrols as fast as it can. A renewal's measure is the certificate's, counted once its signature was verified,
    so that nobody uses up another's. What never gets to the CA costs no more than any request, and is not counted.
    """

    def __init__(
        self,
        *,
        not_ready: Callable[[], str | None],
        enrolment: EnrolmentPort,
        submit: Submit,
        root: bytes,
        limits: EnrolmentLimits,
        clock: Clock,
        random: Callable[[], float],
        counts: CertificateCounts,
    ) -> None:
        """`not_ready`: why no new work can be taken, in one word, None where it can; `root`: the organisation's, DER.

        `random` gives floats from 0 up to 1.
        """
        self._not_ready = not_ready
        self._enrolment = enrolment
        self._submit = submit
        self._root = root
        self._tries = Quota(count=limits.tries, window=limits.window)
        self._failures = Quota(count=limits.failures, window=limits.window)
        self._renewals = Quota(count=limits.renewals, window=limits.window)
        self._clock = clock
        self._random = random
        self._counts = counts

    def routes(self) -> Routes:
        """The whole table of the public port."""
        return {
            "/healthz": {"GET": self.health},
            "/api/v1/root": {"GET": self.root},
            "/api/v1/enrol": {"POST": self.enrol},
            "/api/v1/renew": {"POST": self.renew},
        }

    async def health(self, _: HttpRequest) -> HttpResponse:
        """Whether the relay can take work."""
        why = self._not_ready()
        return json_response(200 if why is None else 503, {"status": why or "ok"}, headers=_NEVER_STORED)

    async def root(self, _: HttpRequest) -> HttpResponse:
        """The organisation's root certificate, for whoever holds an enrolment line."""
        return json_response(200, Root(root=self._root), headers=_NEVER_STORED)

    async def enrol(self, request: HttpRequest) -> HttpResponse:
        """A first certificate, by the code of an enrolment line."""
        return await self._answer(self._enrolled(request))

    async def renew(self, request: HttpRequest) -> HttpResponse:
        """The next certificate, by the key of the last."""
        return await self._answer(self._renewed(request))

    async def _answer(self, issuing: Awaitable[Issued]) -> HttpResponse:
        try:
            issued = await issuing
        except NotIssuedError as error:
            self._counts.refused[error.code] += 1
            answer = NotIssued(code=error.code, retry_after=error.retry_after)
            after = (("Retry-After", str(error.retry_after)),) if error.retry_after else ()
            return json_response(error.status, answer, headers=(*_NEVER_STORED, *after))
        self._counts.issued += 1
        return json_response(200, issued, headers=_NEVER_STORED)

    async def _enrolled(self, request: HttpRequest) -> Issued:
        asked = _decode(await request.body(_LARGEST_ENROL), EnrolRequest)
        asked = msgspec.structs.replace(asked, address=request.address)
        address = group_of(request.address)
        self._check(self._failures, address)
        # Of a line for many each key is tried for itself: a whole office comes with it from one address.
        tried = (asked.id, address, _key_of(asked) if asked.claims is not None else b"")
        self._check(self._tries, tried)
        self._tries.use(tried, self._clock.monotonic())
        try:
            return await self._certified(asked, computer=asked.computer, claims=asked.claims)
        except NotIssuedError as error:
            if error.status < 500 and error.code != Refusal.WAITS:  # else it is not whoever asks that failed
                self._failures.use(address, self._clock.monotonic())
            raise

    async def _renewed(self, request: HttpRequest) -> Issued:
        asked = _decode(await request.body(_LARGEST_RENEW), RenewRequest)
        old = self._verified(asked)
        if not self._enrolment.may_renew(old.uri.account):
            raise NotIssuedError(Refusal.ACCOUNT_DISABLED, 403)
        if self._enrolment.is_barred(old.leaf):
            raise NotIssuedError(Refusal.REVOKED, 403)
        self._check(self._renewals, old.serial)
        self._renewals.use(old.serial, self._clock.monotonic())
        return await self._certified(asked, renews=old.leaf)

    def _verified(self, asked: RenewRequest) -> VerifiedPeer:
        """Whose request this is. The CA looks again, and whether it is revoked or too old."""
        try:
            old = verify_issued(asked.chain, self._root)
        except CertificateError:
            raise NotIssuedError(Refusal.BAD_CERTIFICATE, 403) from None
        try:
            check_signature(old.leaf, asked.signature, renewal_challenge(asked.csr))
        except CertificateError:
            raise NotIssuedError(Refusal.BAD_SIGNATURE, 403) from None
        return old

    def _check(self, quota: Quota, key: Hashable) -> None:
        wait = quota.wait(key, self._clock.monotonic())
        if wait > 0:
            raise self._busy(wait, 429)

    def _busy(self, wait: float, status: int) -> NotIssuedError:
        """Whoever is told at one time does not come again at one time."""
        return NotIssuedError(Refusal.BUSY, status, retry_after=math.ceil(wait * (1 + self._random() / 2)))

    async def _certified(
        self,
        asked: EnrolRequest | RenewRequest,
        *,
        renews: bytes | None = None,
        computer: ComputerClaim = NOT_SAID,
        claims: Claims | None = None,
    ) -> Issued:
        """The CA's answer, kept."""
        try:
            issued = await self._submit(asked)
            await self._keep(issued, renews=renews, computer=computer, claims=claims)
        except NotIssuedError as error:
            log.info("certificate_not_given", renewal=renews is not None, refusal=error.code)
            if error.code == Refusal.WAITS:
                after = math.ceil(max(error.retry_after, _SOONEST) * (1 + self._random() / 2))
                raise NotIssuedError(error.code, error.status, retry_after=after) from error
            if error.code == Refusal.BUSY:
                raise self._busy(_CA_BUSY, error.status) from error
            raise
        log.info("certificate_given", account=issued.account, role=issued.role, serial=issued.serial)
        return issued

    async def _keep(
        self, issued: Issued, *, renews: bytes | None, computer: ComputerClaim, claims: Claims | None
    ) -> None:
        try:
            await self._enrolment.enrolled(issued.chain[0], renews=renews, computer=computer, claims=claims)
        except EnrolmentError as error:
            log.warning("certificate_not_kept", account=issued.account, refusal=error.code.value, detail=str(error))
            raise NotIssuedError(*_NOT_KEPT[error.code]) from error
        except Exception as error:
            log.exception("certificate_not_kept", account=issued.account)
            raise NotIssuedError(Refusal.UNAVAILABLE, 503) from error


_T = TypeVar("_T", EnrolRequest, RenewRequest)


def _key_of(asked: EnrolRequest) -> bytes:
    """The hash of the key that a certificate is asked for."""
    try:
        return spki_sha256(read_csr(asked.csr))
    except CertificateError:
        raise NotIssuedError(Refusal.MALFORMED, 400) from None


def _decode(body: bytes, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(body, type=kind)
    except UNDECODABLE:
        raise NotIssuedError(Refusal.MALFORMED, 400) from None
