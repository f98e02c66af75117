"""What the matching connection's troubles are called where a person reads them."""

from typing import Protocol

from common.host.errors import TasukiError
from common.protocol.enrolment import format_address
from common.protocol.matching_client import MatchingClient, Trouble
from common.protocol.messages import Code

_REFUSALS = {
    Code.CERTIFICATE_EXPIRED: "certificate_expired",
    Code.CERTIFICATE_REVOKED: "certificate_revoked",
    Code.ACCOUNT_DISABLED: "account_disabled",
}


class RelayAddress(Protocol):
    """Where the relay is, as a profile says."""

    @property
    def relay_host(self) -> str: ...
    @property
    def relay_port(self) -> int: ...


def problem_of(client: MatchingClient, relay: RelayAddress, unreached: TasukiError | None) -> TasukiError:
    """Why the connection is not online. `unreached` is what the last dialling raised."""
    address = format_address(relay.relay_host, relay.relay_port)
    match client.trouble:
        case Trouble.UNREACHED if unreached is not None:
            return unreached
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
            return TasukiError("relay_unreachable", address=address, detail="no answer in time")
