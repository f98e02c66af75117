"""What a session's failures are called."""

import pytest

from common.agent.session_ends import ending_of_dial, ending_of_loss, ending_of_relay, ending_of_stranger
from common.host.errors import TasukiError
from common.net.certificates import Fault
from common.net.e2e import Lost
from common.protocol.identity import Role
from common.protocol.reasons import Why


@pytest.mark.parametrize(
    ("how", "detail", "why", "by", "code"),
    [
        (Lost.ENDED, "", Why.CUT, None, None),
        (Lost.CUT, "", Why.CUT, None, None),
        (Lost.UNVERIFIED, "revoked", Why.REVOKED, Role.USER, "peer_unverified"),
        (Lost.UNVERIFIED, "crl_stale", Why.WRONG_PEER, Role.USER, "revocations_unknown"),
        (Lost.UNVERIFIED, "no_crl", Why.WRONG_PEER, Role.USER, "revocations_unknown"),
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


@pytest.mark.parametrize(
    ("fault", "skew", "code"),
    [
        ("expired", 301.0, "clock_wrong"),
        ("not_yet_valid", -86400.0, "clock_wrong"),
        ("crl_stale", 86400.0, "clock_wrong"),
        ("expired", 299.0, "peer_unverified"),
        ("revoked", 86400.0, "peer_unverified"),
    ],
)
def test_a_wrong_clock_of_ours_explains_a_peers_dates(fault: str, skew: float, code: str) -> None:
    """Then the sentence is about the clock: the peer's certificate is probably good."""
    problem = ending_of_loss(Lost.UNVERIFIED, fault, Role.USER, skew=skew).problem
    assert isinstance(problem, TasukiError)
    assert problem.code == code
    if code == "clock_wrong":
        assert str(problem.facts["difference"]).startswith("+" if skew > 0 else "-")


def test_a_fault_is_said_in_words() -> None:
    """Each has its own; what OpenSSL alone has seen keeps OpenSSL's."""
    for fault in Fault:
        problem = ending_of_loss(Lost.UNVERIFIED, fault.value, Role.USER).problem
        assert fault.value not in str(problem).split("(")[1].split() or fault is Fault.REVOKED
    assert "unhappy" in str(ending_of_loss(Lost.UNVERIFIED, "unhappy", Role.USER).problem)


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


def test_somebody_else_than_the_one_chosen() -> None:
    """Both names are said; where they are the same, or nobody was chosen, there is only the reason."""
    ending = ending_of_stranger(chosen="Taro", found="Jiro", uri="tasuki://o/helper/x", role=Role.USER)
    assert (ending.why, ending.by) == (Why.WRONG_PEER, Role.USER)
    assert isinstance(ending.problem, TasukiError)
    assert "Taro" in str(ending.problem)
    assert "Jiro" in str(ending.problem)
    for chosen in ("Taro", None):
        assert ending_of_stranger(chosen=chosen, found="Taro", uri="", role=Role.USER).problem is None
