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
    ENDED = "ended"  # by the other side's BYE, says the one who heard it: who and why is for the other to say
    TAKEN = "taken"  # another helper was first
    REPLACED = "replaced"  # a newer request or session took its place
    RENAMED = "renamed"  # the helper who was asked by name has another name by now

    # ended by a clock
    EXPIRED = "expired"  # waited its whole time
    GRANT_EXPIRED = "grant_expired"  # granted, but no session came of it in time
    NO_ANSWER = "no_answer"  # the person did not allow in time
    SILENT = "silent"  # nothing was heard from the other side for too long
    NEVER_JOINED = "never_joined"  # a leg waited for a partner that did not come
    USER_NOT_OPENED = "user_not_opened"  # the user's program could not open its end, or waited for it in vain
    HELPER_NOT_OPENED = "helper_not_opened"  # the helper's program, likewise
    NOT_HERE = "not_here"  # a helper wanted the request, and the agent of who asked did not answer: it left the lists
    NOT_BACK = "not_back"  # the session was interrupted, and did not come up again in the time for that
    USER_NOT_BACK = "user_not_back"  # likewise, and the user's side never came back
    HELPER_NOT_BACK = "helper_not_back"  # likewise, the helper's side

    # ended by a loss
    USER_GONE = "user_gone"
    HELPER_GONE = "helper_gone"
    CUT = "cut"  # the stream ended without a BYE
    USER_RESTARTED = "user_restarted"  # the user's program was started anew, and knows nothing of the session
    HELPER_RESTARTED = "helper_restarted"  # the helper's program, likewise
    RELAY_RESTARTED = "relay_restarted"
    RELAY_STOPPED = "relay_stopped"
    SERVER_GONE = "server_gone"  # the VNC server
    VIEWER_GONE = "viewer_gone"

    # refused, or ended because a rule was broken
    REFUSED = "refused"  # the person said no to this helper
    WRONG_PEER = "wrong_peer"  # the certificate is not that of the person chosen
    UNVERIFIED = "unverified"  # one side could not find the other's certificate good
    CLOCKS = "clocks"  # by one side's clock the other's certificate, or the list of revoked ones, is not valid now
    NOT_ACCEPTED = "not_accepted"  # the other side did not accept our certificate: why is for the other to say
    TAMPERED = "tampered"  # the two sides were told different things
    PROTOCOL = "protocol"  # a peer sent what its protocol does not allow
    UNFILTERABLE = "unfilterable"  # an RFB message whose length cannot be known
    DISABLED = "disabled"  # the account
    REVOKED = "revoked"  # the certificate
    FAILED = "failed"  # an error of our own; the log has it


PUT_BACK: Final = frozenset({
    Why.NO_ANSWER, Why.REFUSED, Why.HELPER_ENDED, Why.ENDED, Why.CUT, Why.SILENT, Why.NEVER_JOINED, Why.GRANT_EXPIRED,
    Why.USER_NOT_OPENED, Why.HELPER_NOT_OPENED, Why.HELPER_GONE, Why.VIEWER_GONE, Why.RELAY_RESTARTED, Why.RELAY_STOPPED,
    Why.USER_RESTARTED, Why.HELPER_RESTARTED,
})  # fmt: skip
"""Of a call back that was taken and never became a session: it waits again. (*Not now* is `refused`.)"""

NOT_NOW: Final = frozenset({Why.NO_ANSWER, Why.REFUSED})
"""Of these its user did not want that helper now, or was not there to say so: that helper does not ask again at once."""

VAGUE: Final = frozenset({Why.ENDED, Why.CUT, Why.SILENT})
"""Of these the relay, or the other side, knows more: it is waited for a moment before one of them is taken."""

_EITHER: Final = VAGUE | {
    *(Why.NEVER_JOINED, Why.NOT_BACK, Why.WRONG_PEER, Why.UNVERIFIED, Why.CLOCKS, Why.NOT_ACCEPTED, Why.REVOKED),
    *(Why.TAMPERED, Why.PROTOCOL, Why.UNFILTERABLE, Why.FAILED),
}
USERS_MAY_SAY: Final = _EITHER | {
    *(Why.USER_ENDED, Why.USER_NOT_OPENED, Why.USER_RESTARTED, Why.NO_ANSWER, Why.REFUSED, Why.SERVER_GONE),
}
"""Reasons that a user's agent may give for a session's end, to the relay or to the other agent: what it knows of itself."""
HELPERS_MAY_SAY: Final = _EITHER | {Why.HELPER_ENDED, Why.HELPER_NOT_OPENED, Why.HELPER_RESTARTED, Why.VIEWER_GONE}
"""A helper's agent, likewise. The rest are the relay's."""
