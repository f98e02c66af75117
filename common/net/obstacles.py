"""What stands between a computer and its relay, found out where every route has failed: what could not be known on the way."""

from typing import Final

from common.net.captive_portal import find_portal
from common.net.dial import DialError

_CUT_OR_ANSWERED: Final = {
    "relay_unreachable",
    "relay_tls_failed",
    "relay_swallowed",
    "relay_not_ours",
    "relay_inspected",
}
"""What becomes of a connection that a page to sign in stands before."""
_SERVER_ERRORS: Final = 500  # and above: a relay that cannot work, or somebody who could not reach it


async def explain(error: DialError, host: str) -> DialError:
    """The same failure, by its true cause where that can be found: its stage, its story and its route stay."""
    if error.via is None and error.code in _CUT_OR_ANSWERED:
        portal = await find_portal(host)
        if portal is not None:
            return error.called("captive_portal", host=host, url=portal)
    status = error.facts.get("status")
    if error.authority and isinstance(status, int) and status >= _SERVER_ERRORS:
        return error.called("relay_answered_for", host=host, status=status, issuer=error.authority)
    return error
