"""What a session's failures are called."""

import pytest

from common.agent.session_ends import ending_of_dial, ending_of_loss, ending_of_relay
from common.host.errors import TasukiError
from common.net.e2e import Lost
from common.protocol.identity import Role
from common.protocol.reasons import Why


@pytest.mark.parametrize(
    ("how", "detail", "why", "by", "code"),
    [
        (Lost.ENDED, "", Why.CUT, None, None),
        (Lost.CUT, "", Why.CUT, None, None),
        (Lost.UNVERIFIED, "revoked", Why.REVOKED, Role.USER, "peer_unverified"),
        (Lost.UNVERIFIED, "expired", Why.WRONG_PEER, Role.USER, "peer_unverified"),
        (Lost.REFUSED, "alert", Why.WRONG_PEER, Role.HELPER, "peer_refused_us"),
        (Lost.PROTOCOL, "alpn", Why.PROTOCOL, Role.USER, None),
    ],
)
def test_how_the_inner_tls_was_lost(how: Lost, detail: str, why: Why, by: Role | None, code: str | None) -> None:
    """Reason, side, and the sentence besides."""
    ending = ending_of_loss(how, detail, Role.USER)
    assert (ending.why, ending.by) == (why, by)
    problem = ending.problem
    assert (problem.code if isinstance(problem, TasukiError) else None) == code


def test_a_leg_that_did_not_come_about() -> None:
    """An expected failure has its sentence, a bug only the log."""
    error = TasukiError("relay_lost", address="x")
    assert ending_of_dial(error).problem is error
    bug = ending_of_dial(KeyError("x"))
    assert (bug.why, bug.problem) == (Why.FAILED, None)
    assert "KeyError" in bug.detail


def test_the_relays_word() -> None:
    """Says by whom where the reason does."""
    assert ending_of_relay(Why.USER_ENDED).by is Role.USER
    assert ending_of_relay(Why.HELPER_ENDED).by is Role.HELPER
    assert ending_of_relay(Why.DISABLED).by is None
