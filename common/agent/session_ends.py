"""How a session's failures are called: the reason that is shared and recorded, and what a person reads besides."""

from common.host.errors import TasukiError
from common.net.certificates import Fault
from common.net.e2e import Lost
from common.protocol.identity import Role
from common.protocol.reasons import Why
from common.protocol.session_life import Ending


def ending_of_dial(error: Exception) -> Ending:
    """No leg came about."""
    if isinstance(error, TasukiError):
        return Ending(why=Why.FAILED, problem=error, detail=error.code)
    return Ending(why=Why.FAILED, detail=f"{type(error).__name__}: {error}")


def ending_of_loss(how: Lost, detail: str, role: Role) -> Ending:
    """The end-to-end TLS ended."""
    match how:
        case Lost.ENDED | Lost.CUT:
            return Ending(why=Why.CUT, detail=detail)
        case Lost.UNVERIFIED:
            why = Why.REVOKED if detail == Fault.REVOKED else Why.WRONG_PEER
            return Ending(why=why, by=role, detail=detail, problem=TasukiError("peer_unverified", detail=detail))
        case Lost.REFUSED:
            problem = TasukiError("peer_refused_us", detail=detail)
            return Ending(why=Why.WRONG_PEER, by=role.other, detail=detail, problem=problem)
        case Lost.PROTOCOL:
            return Ending(why=Why.PROTOCOL, by=role, detail=detail)


def ending_of_relay(why: Why) -> Ending:
    """The relay says that it is over."""
    by = {Why.USER_ENDED: Role.USER, Why.HELPER_ENDED: Role.HELPER}.get(why)
    return Ending(why=why, by=by, detail="told by the relay")
