"""What the matching connection's troubles are called where a person reads them."""

from datetime import datetime, timedelta
from typing import Final, Protocol

from common.agent.views import MatchingView
from common.host.errors import TasukiError
from common.host.words import _
from common.protocol.enrolment import format_address
from common.protocol.identity import IdentityUri, InvalidIdentityError, check_display_name
from common.protocol.matching_client import HOPELESS, MatchingClient, MatchingPhase, Trouble
from common.protocol.messages import Code, To, ToAnyone, ToGroup, ToHelper

# Not among them CERTIFICATE_EXPIRED: where our clock does not know it, the next try begins with a renewal (composition).
_REFUSALS = {
    Code.CERTIFICATE_REVOKED: "certificate_revoked",
    Code.ACCOUNT_DISABLED: "account_disabled",
    Code.NO_ACCOUNT: "account_unknown",
    Code.VERSION: "relay_version",
}
FINAL: Final = {"certificate_revoked", "certificate_expired", "account_disabled"}
"""What no repetition changes."""
CLOCK_TOLERANCE: Final = timedelta(minutes=5)
"""Clocks that differ by less are not worth a word."""
CLOCK_LIMIT: Final = timedelta(hours=24)
"""Beyond this a session cannot come about: lists of revoked certificates hold for a day, and certificates begin a day back."""
SIGNING_IN: Final = 10.0
"""Seconds between two tries while a network wants the person to sign in first."""
_BY_DATES = {Code.CERTIFICATE_EXPIRED, Code.BAD_CERTIFICATE}
"""Refusals that a wrong clock explains: ours says that the certificate is good, the relay's that it is not."""


def is_wrong(skew: float) -> bool:
    """Whether a clock that is so many seconds ahead of the relay's is worth a word."""
    return abs(skew) > CLOCK_TOLERANCE.total_seconds()


def clocks_differ(skew: float, now: datetime) -> TasukiError:
    """The sentence about this computer's clock, which says `now` (aware) and is so many seconds ahead of the relay's.

    Which of the two is wrong nobody can know here: it says both, and what to do in either case.
    """
    here, relay = (f"{moment:%Y-%m-%d %H:%M}" for moment in (now, now - timedelta(seconds=skew)))
    return TasukiError("clocks_differ", here=here, relay=relay, difference=timedelta(seconds=skew))


def check_clock(skew: float, now: datetime) -> None:
    """Before anybody is asked: no session comes about by a clock that is so wrong, and the other side could not know why.

    Raises TasukiError (`clocks_differ`), to the person whose computer it is.
    """
    if abs(skew) > CLOCK_LIMIT.total_seconds():
        raise clocks_differ(skew, now)


def wait_before_next(seconds: float, unreached: TasukiError | None) -> float:
    """`seconds` until the next try, or less while a network wants the person to sign in first: that takes a moment."""
    at_sign_in = unreached is not None and unreached.code == "captive_portal"
    return min(seconds, SIGNING_IN) if at_sign_in else seconds


class RelayAddress(Protocol):
    """Where the relay is, as a profile says."""

    @property
    def relay_host(self) -> str: ...
    @property
    def relay_port(self) -> int: ...


def is_hopeless(view: MatchingView) -> bool:
    """Whether another try, a moment later, will not change that we are not online."""
    if view.phase is not MatchingPhase.RETRYING:
        return view.phase is MatchingPhase.REPLACED
    return view.refused in HOPELESS or (isinstance(view.problem, TasukiError) and view.problem.code in FINAL)


def problem_of(
    client: MatchingClient, relay: RelayAddress, unreached: TasukiError | None, *, now: datetime
) -> TasukiError:
    """Why the connection is not online. `unreached` is what the last dialling raised; `now` by this computer's clock."""
    address = format_address(relay.relay_host, relay.relay_port)
    match client.trouble:
        case Trouble.UNREACHED if unreached is not None:
            return unreached
        case Trouble.REFUSED if client.refused in _BY_DATES and is_wrong(client.skew):
            return clocks_differ(client.skew, now)
        case Trouble.REFUSED if client.refused in _REFUSALS:
            return TasukiError(_REFUSALS[client.refused])
        case Trouble.REFUSED:
            return TasukiError("relay_refused", detail=str(client.refused))
        case Trouble.WRONG_RELAY | Trouble.PROTOCOL:
            return TasukiError("relay_not_ours", address=address)
        case Trouble.REPLACED:
            return TasukiError("connected_elsewhere")
        case Trouble.LOST:
            return TasukiError("relay_lost", address=address)
        case _:
            return TasukiError("relay_unreachable", address=address, detail=_("no answer in time"))


def possible(to: To) -> To:
    """Whom something is meant for. Raises TasukiError (`group_unknown`, `helper_unknown`) where nobody can be called so."""
    try:
        match to:
            case ToGroup(group=name):
                check_display_name(name)
            case ToHelper(uri=name):
                IdentityUri.parse(name)
            case ToAnyone():
                pass
    except InvalidIdentityError:
        raise TasukiError("group_unknown" if isinstance(to, ToGroup) else "helper_unknown", name=name) from None
    return to
