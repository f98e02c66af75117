"""How a session's failures are called: the reason that is shared and recorded, and what a person reads besides."""

from datetime import datetime

from common.agent.matching.problems import clocks_differ, is_wrong
from common.host.errors import TasukiError
from common.host.sentences import marked
from common.host.words import _
from common.net.certificates import Fault
from common.net.e2e import Lost
from common.protocol.identity import Role
from common.protocol.reasons import Why
from common.protocol.sayers import NOT_OPENED
from common.protocol.session_effects import Ending

_BY_DATES = {Fault.EXPIRED, Fault.NOT_YET_VALID}
_UNKNOWN = {Fault.NO_CRL, Fault.CRL_STALE}
_FAULTS: dict[str, str] = {
    Fault.MALFORMED: marked("the certificate cannot be read"),
    Fault.TOO_LONG: marked("there are too many certificates"),
    Fault.WRONG_ROOT: marked("the certificate comes from an unknown authority"),
    Fault.WRONG_KEY: marked("the certificate's key is of the wrong kind"),
    Fault.WRONG_ROLE: marked("the certificate is for the other role"),
    Fault.WRONG_ORGANISATION: marked("the certificate is of another organisation"),
    Fault.EXPIRED: marked("the certificate has expired"),
    Fault.NOT_YET_VALID: marked("the certificate is not valid yet"),
    Fault.REVOKED: marked("the certificate was revoked"),
    Fault.BAD_SIGNATURE: marked("the signature is wrong"),
    Fault.NO_CRL: marked("there is no list"),
    Fault.CRL_STALE: marked("the list is too old"),
    Fault.HOSTS_ROLLED_BACK: marked("the list is older than one seen before"),
    Fault.CRL_ROLLED_BACK: marked("the list is older than one seen before"),
}


def ending_of_dial(error: Exception, role: Role) -> Ending:
    """No leg came about. `role` is our own."""
    if isinstance(error, TasukiError):
        return Ending(why=NOT_OPENED[role], problem=error, detail=error.code)
    return Ending(why=Why.FAILED, detail=f"{type(error).__name__}: {error}")


def ending_of_stranger(*, chosen: str | None, found: str, uri: str, role: Role) -> Ending:
    """The peer's certificate is good, but not that of the one expected: `chosen` by name, and by an address of course."""
    differs = chosen is not None and chosen != found
    problem = TasukiError("name_differs", chosen=chosen, found=found) if differs else None
    return Ending(why=Why.WRONG_PEER, by=role, detail=f"the peer is {uri}", problem=problem)


def ending_of_loss(how: Lost, detail: str, role: Role, *, now: datetime, skew: float = 0.0) -> Ending:
    """The end-to-end TLS ended. `now` by this computer's clock, which is `skew` seconds ahead of the relay's."""
    match how:
        case Lost.ENDED | Lost.CUT:
            return Ending(why=Why.CUT, detail=detail)
        case Lost.UNVERIFIED:
            why, problem = _unverified(detail, now, skew)
            return Ending(why=why, by=role, detail=detail, problem=problem)
        case Lost.REFUSED:
            return Ending(why=Why.NOT_ACCEPTED, detail=detail, problem=TasukiError("peer_refused_us", detail=detail))
        case Lost.PROTOCOL:
            return Ending(why=Why.PROTOCOL, by=role, detail=detail)


def _unverified(fault: str, now: datetime, skew: float) -> tuple[Why, TasukiError]:
    by_clock = fault in _BY_DATES or (fault == Fault.CRL_STALE and is_wrong(skew))
    why = Why.CLOCKS if by_clock else Why.REVOKED if fault == Fault.REVOKED else Why.UNVERIFIED
    if by_clock and is_wrong(skew):
        return why, clocks_differ(skew, now)
    detail = _(_FAULTS[fault]) if fault in _FAULTS else fault
    return why, TasukiError("revocations_unknown" if fault in _UNKNOWN else "peer_unverified", detail=detail)


def ending_of_relay(why: Why, *, now: datetime, skew: float = 0.0) -> Ending:
    """The relay says that it is over. `now` and `skew` as above: whose clock it may be is what this side can know."""
    by = {Why.USER_ENDED: Role.USER, Why.HELPER_ENDED: Role.HELPER}.get(why)
    problem = None
    if why is Why.CLOCKS:
        problem = clocks_differ(skew, now) if is_wrong(skew) else TasukiError("other_clock")
    return Ending(why=why, by=by, detail="told by the relay", problem=problem)
