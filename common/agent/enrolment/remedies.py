"""What can help where enrolling failed: the same once more, or only something else. One table, by the kind of error."""

from typing import Final

from common.host.errors import TasukiError

REPEATED: Final[dict[str, bool]] = {
    # the way to the relay: networks come and go, and settings of them are mended meanwhile
    "relay_name_unknown": True,
    "relay_unreachable": True,
    "relay_tls_failed": True,
    "relay_http_failed": True,
    "relay_answer_broken": True,
    "relay_not_ours": True,
    "relay_swallowed": True,
    "relay_dates_wrong": True,
    "captive_portal": True,
    "relay_inspected": True,
    "relay_answered_for": True,
    "proxy_name_unknown": True,
    "proxy_unreachable": True,
    "proxy_refused": True,
    "proxy_wants_password": True,
    "proxy_password_wrong": True,
    "proxy_login_unknown": True,
    "proxy_ticket_missing": True,
    "proxy_looks_up": False,
    "proxy_certificate_bad": True,
    "proxy_without_tls": False,
    "proxy_hung_up": True,
    "proxy_script_failed": True,
    "proxy_login_too_long": False,
    "proxy_address_wrong": False,
    # what answered
    "enrolment_http_failed": True,
    "enrolment_answer_wrong": False,
    "enrolment_wrong_root": True,  # a page of the network's to log in may have answered in its place
    "authority_unavailable": True,
    "enrolment_busy": True,
    # the line: it stays what it is
    "enrolment_code_unknown": False,
    "enrolment_code_used": False,
    "enrolment_code_expired": False,
    "enrolment_code_revoked": False,
    "enrolment_wrong_role": False,
    "enrolment_name_taken": False,
    "enrolment_tampered": False,
    "enrolment_refused": False,
    "enrolment_too_many": False,
    "enrolment_said_no": False,
    "enrolment_line_full": False,
    "enrolment_address_full": True,  # once the operator has let some in
    "already_enrolled": False,
    "account_disabled": False,
    "certificate_revoked": False,
    "certificate_expired": False,
    # this computer: a clock is set, a disk gets room, a keyring is unlocked
    "clocks_differ": True,
    "certificate_dates_wrong": True,
    "certificate_dates_odd": False,
    "folder_unusable": True,
    "folder_not_private": False,
    "key_not_saved": True,
    "key_missing": True,
    "profile_damaged": False,
}


def can_be_repeated(error: TasukiError) -> bool:
    """Whether trying the same again can help. What is not known here may pass."""
    return REPEATED.get(error.code, True)
