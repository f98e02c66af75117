"""Getting a certificate by the operator's line, and a new one before, or long after, it expires.

The relay in between is not trusted: what it answers counts only if it is a certificate for our key and role that ends
in the ROOT of the line (or, renewing, in the root we have, with our own URI).
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

import msgspec

from common.agent.enrolment.busy import EnrolmentBusyError, EnrolmentWaitsError
from common.agent.enrolment.profile import Profile
from common.agent.enrolment.wish import RenewalWish
from common.agent.matching.problems import CLOCK_TOLERANCE, FINAL, clocks_differ
from common.host.computer_details import about_this_computer
from common.host.errors import TasukiError
from common.host.log import get_logger
from common.host.login import login_and_name
from common.host.version import VERSION
from common.net.addresses import Claim, first_address
from common.net.certificates import (
    CertificateError,
    PrivateKey,
    VerifiedPeer,
    make_csr,
    organisation_of,
    root_fingerprint,
    spki_sha256,
    verify_issued,
)
from common.net.https_request import REQUEST_DEADLINE, HttpAnswer, get_json, post_json
from common.net.proxy_routes import DIRECT, ProxyRoutes
from common.net.tls import OuterTrust
from common.protocol.certificate_requests import (
    Answer,
    Claims,
    EnrolRequest,
    Issued,
    NotIssued,
    Refusal,
    RenewRequest,
    Root,
    renewal_challenge,
)
from common.protocol.clock import WallClock
from common.protocol.enrolment import EnrolmentLine, account_id, claims_proof, format_address, proof
from common.protocol.fingerprint_words import fingerprint_words
from common.protocol.identity import IdentityUri
from common.protocol.reading import UNDECODABLE

log = get_logger()

_SENTENCES: Final[dict[str, str]] = {
    Refusal.CODE_UNKNOWN: "enrolment_code_unknown",
    Refusal.CODE_USED: "enrolment_code_used",
    Refusal.CODE_EXPIRED: "enrolment_code_expired",
    Refusal.CODE_REVOKED: "enrolment_code_revoked",
    Refusal.BAD_PROOF: "enrolment_tampered",
    Refusal.BAD_SIGNATURE: "enrolment_tampered",
    Refusal.WRONG_ROLE: "enrolment_wrong_role",
    Refusal.NAME_TAKEN: "enrolment_name_taken",
    Refusal.REVOKED: "certificate_revoked",
    Refusal.TOO_OLD: "certificate_expired",
    Refusal.ACCOUNT_DISABLED: "account_disabled",
    Refusal.UNAVAILABLE: "authority_unavailable",
    Refusal.SAID_NO: "enrolment_said_no",
    Refusal.LINE_FULL: "enrolment_line_full",
    Refusal.ADDRESS_FULL: "enrolment_address_full",
    Refusal.TOO_MANY: "enrolment_too_many",
}

Poster = Callable[..., Awaitable[HttpAnswer]]


@dataclass(frozen=True, kw_only=True)
class EnrolmentOutcome:
    """A certificate that is in place. `clock_off` is how much this computer's clock is ahead of the relay's, None if little."""

    certificate: VerifiedPeer
    clock_off: timedelta | None


async def enrol(
    profile: Profile,
    line: EnrolmentLine,
    *,
    clock: WallClock,
    routes: ProxyRoutes = DIRECT,
    replace: bool = False,
    deadline: float = REQUEST_DEADLINE,
    post: Poster = post_json,
) -> EnrolmentOutcome:
    """Make a key, have it certified, and keep both in `profile`.

    Called again with the same line it finishes what a lost answer left open. Another organisation's line is refused
    without `replace`; another one of the same organisation is fine. Raises TasukiError (DialError where the relay was
    not reached, EnrolmentBusyError where it is to be asked again): already_enrolled, enrolment_…, clocks_differ, certificate_dates_….
    """
    if profile.enrolled and not replace and root_fingerprint(profile.root) != line.root:
        raise TasukiError("already_enrolled", organisation=profile.organisation)
    identifier = account_id(line.code)
    key = await asyncio.to_thread(profile.pending_key, f"enrol:{identifier}")
    spki, computer = spki_sha256(key), await asyncio.to_thread(about_this_computer, VERSION)
    claims = None
    proven = proof(line.code, profile.role, spki)
    if line.many:
        login, name = await asyncio.to_thread(login_and_name)
        claims = Claims(name=name, login=login)
        proven = claims_proof(line.code, profile.role, spki, (name, login, computer.name))
    request = EnrolRequest(
        id=identifier, role=profile.role, csr=make_csr(key), proof=proven.hex(), computer=computer, claims=claims
    )
    answer = await _ask(
        post,
        line.addresses,
        target="/api/v1/enrol",
        body=msgspec.json.encode(request),
        trust=OuterTrust(root_sha256=line.root),
        routes=routes,
        deadline=deadline,
    )
    address = format_address(line.host, line.port)
    waits = _waits(answer)
    if waits is not None and claims is not None:
        words = fingerprint_words(spki)
        after = waits.retry_after
        raise EnrolmentWaitsError(
            address=address, retry_after=after, now=clock(), words=words, name=claims.name, login=claims.login
        )
    issued, off = _read(answer, profile, address=address, now=clock())
    if not issued.chain or root_fingerprint(issued.chain[-1]) != line.root:
        raise TasukiError("enrolment_wrong_root", address=address)
    own = _check(issued, issued.chain[-1], key, profile, address=address)
    _check_dates(own, clock(), off, dated=_date(answer.date) is not None)
    await asyncio.to_thread(profile.save, key=key, chain=tuple(issued.chain), relay=line.host, port=line.port)
    return EnrolmentOutcome(certificate=own, clock_off=off)


def _waits(answer: HttpAnswer) -> NotIssued | None:
    """What was answered, where an operator has to say yes first."""
    try:
        said = msgspec.json.decode(answer.body, type=Answer)
    except UNDECODABLE:
        return None
    return said if isinstance(said, NotIssued) and said.code == Refusal.WAITS else None


async def organisation_by(
    line: EnrolmentLine, *, routes: ProxyRoutes = DIRECT, deadline: float = REQUEST_DEADLINE, get: Poster = get_json
) -> str:
    """The name of the organisation that the line belongs to, before enrolling: of the root that hashes to the line's ROOT.

    Raises TasukiError (DialError where the relay was not reached): enrolment_wrong_root, where the relay has none such.
    """
    trust = OuterTrust(root_sha256=line.root)
    answer = await _ask(get, line.addresses, target="/api/v1/root", trust=trust, routes=routes, deadline=deadline)
    try:
        root = msgspec.json.decode(answer.body, type=Root).root
        if root_fingerprint(root) == line.root:
            return organisation_of(root)
    except (*UNDECODABLE, CertificateError):
        log.warning("root_undecodable", status=answer.status)
    raise TasukiError("enrolment_wrong_root", address=format_address(line.host, line.port))


async def renew(
    profile: Profile,
    *,
    clock: WallClock,
    routes: ProxyRoutes = DIRECT,
    deadline: float = REQUEST_DEADLINE,
    post: Poster = post_json,
) -> EnrolmentOutcome:
    """Have a new key certified for the certificate we have, also an expired one. Raises TasukiError."""
    async with profile.renewing:
        return await _renew(profile, clock=clock, routes=routes, deadline=deadline, post=post)


async def renew_expired(
    profile: Profile,
    *,
    clock: WallClock,
    routes: ProxyRoutes = DIRECT,
    deadline: float = REQUEST_DEADLINE,
    post: Poster = post_json,
) -> None:
    """Renew now if our certificate has expired: before anything shows it, for it is accepted nowhere else. Raises TasukiError."""
    if clock() <= profile.not_after:
        return
    async with profile.renewing:
        if clock() > profile.not_after:  # nobody else did it meanwhile
            await _renew(profile, clock=clock, routes=routes, deadline=deadline, post=post)


async def _renew(
    profile: Profile, *, clock: WallClock, routes: ProxyRoutes, deadline: float, post: Poster
) -> EnrolmentOutcome:
    old = profile.identity
    key = await asyncio.to_thread(profile.pending_key, f"renew:{profile.certificate.serial:x}")
    csr = make_csr(key)
    request = RenewRequest(csr=csr, chain=list(old.chain), signature=old.sign(renewal_challenge(csr)))
    asked: list[tuple[str, int]] = []
    try:
        answer = await _ask(
            post,
            profile.relay_addresses,
            asked=asked,
            target="/api/v1/renew",
            body=msgspec.json.encode(request),
            trust=OuterTrust(root_der=profile.root),
            routes=routes,
            deadline=deadline,
        )
        address = format_address(*(asked or profile.relay_addresses)[0])
        issued, off = _read(answer, profile, address=address, now=clock())
        own = _check(issued, profile.root, key, profile, address=address, uri=profile.uri)
    except TasukiError:
        for host, _port in asked:  # perhaps somebody else has the name by now
            profile.pass_over(host)
        raise
    _check_dates(own, clock(), off, dated=_date(answer.date) is not None)
    await asyncio.to_thread(profile.save, key=key, chain=(own.leaf, profile.root))
    return EnrolmentOutcome(certificate=own, clock_off=off)


def renewal_due(certificate: VerifiedPeer) -> datetime:
    """When a third of the certificate's life is left: from then on it is renewed."""
    return certificate.not_after - (certificate.not_after - certificate.not_before) / 3


async def keep_renewed(
    profile: Profile,
    *,
    clock: WallClock,
    routes: ProxyRoutes = DIRECT,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    look_every: float = 3600.0,
    retry_after: float = 300.0,
    post: Poster = post_json,
    wish: RenewalWish | None = None,
) -> TasukiError:
    """Renew whenever it is due, for as long as the agent runs; also at once where it has expired.

    Also at once where somebody has a `wish` for it. Looks every `look_every` seconds rather than sleeping to the day (a computer sleeps too, and its clock is set).
    After a failure it waits `retry_after`, twice as long each time up to `look_every`; where the relay is busy, as long as
    that says. Returns the error that ends it
    for good: revoked, disabled, or expired beyond renewal.
    """
    wait = retry_after
    wish = wish or RenewalWish()
    while True:
        if clock() < renewal_due(profile.certificate) and not wish.ripe:
            await wish.wait(sleep(look_every))
            continue
        try:
            async with profile.renewing:
                if clock() < renewal_due(profile.certificate) and not wish.ripe:
                    continue
                await _renew(profile, clock=clock, routes=routes, deadline=REQUEST_DEADLINE, post=post)
        except EnrolmentBusyError as error:
            log.info("renewal_waits", seconds=error.wait)
            await sleep(error.wait)
        except TasukiError as error:
            log.warning("renewal_failed", error=str(error))
            if error.code in FINAL:
                return error
            await sleep(wait)
            wait = min(wait * 2, look_every)
        else:
            wait = retry_after
            wish.granted()
            log.info("renewed", until=profile.not_after.isoformat())


async def _ask(
    ask: Poster,
    addresses: list[tuple[str, int]],
    *,
    deadline: float,
    asked: list[tuple[str, int]] | None = None,
    **what: Any,
) -> HttpAnswer:
    """One request, on the first of the relay's addresses that can be reached, which is told in `asked`."""

    def attempt(host: str, port: int, claim: Claim, seconds: float) -> Awaitable[HttpAnswer]:
        def claimed() -> None:
            claim()
            if asked is not None:
                asked.append((host, port))

        return ask(host, port, claim=claimed, deadline=seconds, **what)

    return await first_address(addresses, attempt, deadline=deadline)


def _read(answer: HttpAnswer, profile: Profile, *, address: str, now: datetime) -> tuple[Issued, timedelta | None]:
    """The answer, and how wrong our clock is if it is. Raises TasukiError for a refusal."""
    try:
        what = msgspec.json.decode(answer.body, type=Answer)
    except UNDECODABLE:
        raise TasukiError("enrolment_http_failed", address=address, status=answer.status) from None
    off = _clock_off(answer.date, now)
    if isinstance(what, NotIssued) and what.code == Refusal.BUSY:
        raise EnrolmentBusyError(address=address, retry_after=what.retry_after, now=now)
    if isinstance(what, NotIssued):
        code = _SENTENCES.get(what.code, "enrolment_refused")
        raise TasukiError(
            code,
            address=address,
            role=profile.role.other.value,
            program=f"tasuki-{profile.role.other.value}",
            detail=what.code,
        )
    return what, off


def _check(
    issued: Issued, root: bytes, key: PrivateKey, profile: Profile, *, address: str, uri: IdentityUri | None = None
) -> VerifiedPeer:
    """The certificate must be ours: this root, this key, this role, and this URI where we have one. Dates come after."""
    try:
        own = verify_issued(issued.chain, root)
    except CertificateError as error:
        raise TasukiError("enrolment_answer_wrong", address=address, detail=error.code.value) from error
    if own.spki_sha256 != spki_sha256(key) or own.role is not profile.role:
        raise TasukiError("enrolment_answer_wrong", address=address, detail="key, role")
    if uri is not None and own.uri != uri:
        raise TasukiError("enrolment_answer_wrong", address=address, detail="account")
    return own


def _check_dates(own: VerifiedPeer, now: datetime, off: timedelta | None, *, dated: bool) -> None:
    """A certificate made just now must be valid now. The Date header (`dated`: there was one) only chooses the sentence."""
    if own.not_before <= now <= own.not_after:
        return
    if off is not None:
        raise clocks_differ(off.total_seconds(), now)
    since, until, here = (f"{moment:%Y-%m-%d %H:%M:%S}" for moment in (own.not_before, own.not_after, now))
    if dated:  # two clocks agree: it is the third one, or a certificate that ran out on its way here
        raise TasukiError("certificate_dates_odd", since=since, until=until, here=here)
    outside = now - (own.not_before if now < own.not_before else own.not_after)
    raise TasukiError("certificate_dates_wrong", since=since, until=until, here=here, difference=outside)


def _date(date: str) -> datetime | None:
    """The relay's clock, as its Date header tells it."""
    try:
        theirs = parsedate_to_datetime(date)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return theirs.replace(tzinfo=UTC) if theirs.tzinfo is None else theirs


def _clock_off(date: str, now: datetime) -> timedelta | None:
    theirs = _date(date)
    off = now - theirs if theirs is not None else timedelta(0)
    return off if abs(off) > CLOCK_TOLERANCE else None
