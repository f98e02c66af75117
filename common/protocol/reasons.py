"""Why a thing ended: one enum, used in the message on the wire, the audit row, the metric label and the sentence a person reads."""

from enum import StrEnum
from typing import Final


class Why(StrEnum):
    """The reason a request, a session or an offer ended. Values are on the wire and in the audit log: never rename one."""

    # ended by somebody, as wished
    USER_ENDED = "user_ended"
    HELPER_ENDED = "helper_ended"
    OPERATOR_ENDED = "operator_ended"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    TRANSFERRED = "transferred"
    TAKEN = "taken"  # another helper was first
    REPLACED = "replaced"  # a newer request or session took its place

    # ended by a clock
    EXPIRED = "expired"  # waited its whole time
    GRANT_EXPIRED = "grant_expired"  # granted, but no session came of it in time
    NO_ANSWER = "no_answer"  # the person did not allow in time
    SILENT = "silent"  # nothing was heard from the other side for too long
    NEVER_JOINED = "never_joined"  # a leg waited for a partner that did not come

    # ended by a loss
    USER_GONE = "user_gone"
    HELPER_GONE = "helper_gone"
    CUT = "cut"  # the stream ended without a BYE
    RELAY_RESTARTED = "relay_restarted"
    RELAY_STOPPED = "relay_stopped"
    SERVER_GONE = "server_gone"  # the VNC server
    VIEWER_GONE = "viewer_gone"

    # refused, or ended because a rule was broken
    REFUSED = "refused"  # the person said no to this helper
    WRONG_PEER = "wrong_peer"  # the certificate is not that of the person chosen
    TAMPERED = "tampered"  # the two sides were told different things
    PROTOCOL = "protocol"  # a peer sent what its protocol does not allow
    UNFILTERABLE = "unfilterable"  # an RFB message whose length cannot be known
    DISABLED = "disabled"  # the account
    REVOKED = "revoked"  # the certificate
    FAILED = "failed"  # an error of our own; the log has it


VAGUE: Final = frozenset({Why.CUT, Why.SILENT, Why.USER_GONE, Why.HELPER_GONE})
"""Said after a cut, these tell nothing that the relay has not seen better."""

AGENTS_MAY_SAY: Final = VAGUE | {
    *(Why.USER_ENDED, Why.HELPER_ENDED, Why.NEVER_JOINED, Why.SERVER_GONE, Why.VIEWER_GONE, Why.NO_ANSWER),
    *(Why.REFUSED, Why.WRONG_PEER, Why.TAMPERED, Why.PROTOCOL, Why.UNFILTERABLE, Why.REVOKED, Why.FAILED),
}
"""Reasons that an agent may give for a session's end, to the relay or to the other agent. The rest are the relay's."""
