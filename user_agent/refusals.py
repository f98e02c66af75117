"""Why the relay refuses a request for help, or a change of one, as a person reads it."""

from common.host.errors import TasukiError
from common.protocol.messages import Code
from user_agent.views import Wish

_CODES: dict[str, str] = {
    Code.NO_SUCH_HELPER: "helper_unknown",
    Code.NO_SUCH_GROUP: "group_unknown",
    Code.NOT_ALLOWED: "not_allowed",
    Code.TOO_MANY: "too_many_requests",
    Code.BUSY: "relay_busy",
    Code.OPEN_REQUEST: "request_open",
    Code.MALFORMED: "relay_version",  # it counts otherwise, or knows other characters: what we send is checked
}


def refusal(code: str, wish: Wish | None) -> TasukiError:
    """Of this wish, by the relay's code; one that is not known is named."""
    name = "" if wish is None else wish.helper or wish.group
    return TasukiError(_CODES.get(code, "relay_refused"), detail=code, name=name)
