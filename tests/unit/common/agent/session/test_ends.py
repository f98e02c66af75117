"""What a session's failures are called."""

from datetime import timedelta

import pytest

from common.agent.session.ends import ending_of_dial, ending_of_loss, ending_of_relay, ending_of_stranger
from common.host.errors import TasukiError
from common.net.certificates import Fault
from common.net.e2e import Lost
from common.protocol.identity import Role
from common.protocol.reasons import Why
from tests.support.clock import START


@pytest.mark.parametrize(
    ("how", "detail", "why", "by", "code"),
    [
        (Lost.ENDED, "", Why.CUT, None, None),
        (Lost.CUT, "", Why.CUT, None, None),
        (Lost.UNVERIFIED, "revoked", Why.REVOKED, Role.USER, "peer_unverified"),
        (Lost.UNVERIFIED, "crl_stale", Why.UNVERIFIED, Role.USER, "revocations_unknown"),
        (Lost.UNVERIFIED, "no_crl", Why.UNVERIFIED, Role.USER, "revocations_unknown"),
        (Lost.UNVERIFIED, "wrong_root", Why.UNVERIFIED, Role.USER, "peer_unverified"),
        (Lost.UNVERIFIED, "not_yet_valid", Why.CLOCKS, Role.USER, "peer_unverified"),
        (Lost.UNVERIFIED, "expired", Why.CLOCKS, Role.USER, "peer_unverified"),
        (Lost.REFUSED, "alert", Why.NOT_ACCEPTED, None, "peer_refused_us"),
        (Lost.PROTOCOL, "alpn", Why.PROTOCOL, Role.USER, None),
    ],
)
def test_how_the_inner_tls_was_lost(how: Lost, detail: str, why: Why, by: Role | None, code: str | None) -> None:
    """Reason, side, and the sentence besides."""
    ending = ending_of_loss(how, detail, Role.USER, now=START)
    assert (ending.why, ending.by) == (why, by)
    problem = ending.problem
    assert (problem.code if isinstance(problem, TasukiError) else None) == code


@pytest.mark.parametrize(
    ("fault", "skew", "code"),
    [
        ("expired", 301.0, "clocks_differ"),
        ("not_yet_valid", -86400.0, "clocks_differ"),
        ("crl_stale", 86400.0, "clocks_differ"),
        ("expired", 299.0, "peer_unverified"),
        ("revoked", 86400.0, "peer_unverified"),
    ],
)
def test_two_clocks_that_differ_explain_a_peers_dates(fault: str, skew: float, code: str) -> None:
    """Then the sentence is about them, whichever is wrong: the peer's certificate is probably good."""
    ending = ending_of_loss(Lost.UNVERIFIED, fault, Role.USER, now=START, skew=skew)
    problem = ending.problem
    assert isinstance(problem, TasukiError)
    assert problem.code == code
    if code == "clocks_differ":
        assert ending.why is Why.CLOCKS
        assert problem.facts["here"] == f"{START:%Y-%m-%d %H:%M}"
        assert problem.facts["relay"] == f"{START - timedelta(seconds=skew):%Y-%m-%d %H:%M}"
        assert problem.facts["difference"] == timedelta(seconds=skew)


def test_a_fault_is_said_in_words() -> None:
    """Each has its own; what OpenSSL alone has seen keeps OpenSSL's."""
    for fault in Fault:
        problem = ending_of_loss(Lost.UNVERIFIED, fault.value, Role.USER, now=START).problem
        assert fault.value not in str(problem).split("(")[1].split() or fault is Fault.REVOKED
    assert "unhappy" in str(ending_of_loss(Lost.UNVERIFIED, "unhappy", Role.USER, now=START).problem)


def test_a_leg_that_did_not_come_about() -> None:
    """An expected failure has its sentence, a bug only the log."""
    error = TasukiError("relay_lost", address="x")
    for role, why in ((Role.USER, Why.USER_NOT_OPENED), (Role.HELPER, Why.HELPER_NOT_OPENED)):
        ending = ending_of_dial(error, role)
        assert (ending.why, ending.problem) == (why, error)
    bug = ending_of_dial(KeyError("x"), Role.USER)
    assert (bug.why, bug.problem) == (Why.FAILED, None)
    assert "KeyError" in bug.detail


def test_the_relays_word() -> None:
    """Says by whom where the reason does."""
    assert ending_of_relay(Why.USER_ENDED, now=START).by is Role.USER
    assert ending_of_relay(Why.HELPER_ENDED, now=START).by is Role.HELPER
    assert ending_of_relay(Why.DISABLED, now=START).by is None


@pytest.mark.parametrize(("skew", "code"), [(0.0, "other_clock"), (299.0, "other_clock"), (7200.0, "clocks_differ")])
def test_whose_clock_it_may_be_is_what_this_side_can_know(skew: float, code: str) -> None:
    """Whom the other side refused by its clock is told to look at his own only where his differs from the relay's."""
    problem = ending_of_relay(Why.CLOCKS, now=START, skew=skew).problem
    assert isinstance(problem, TasukiError)
    assert problem.code == code
    assert ending_of_relay(Why.CUT, now=START, skew=skew).problem is None


def test_somebody_else_than_the_one_chosen() -> None:
    """Both names are said; where they are the same, or nobody was chosen, there is only the reason."""
    ending = ending_of_stranger(chosen="Taro", found="Jiro", uri="tasuki://o/helper/x", role=Role.USER)
    assert (ending.why, ending.by) == (Why.WRONG_PEER, Role.USER)
    assert isinstance(ending.problem, TasukiError)
    assert "Taro" in str(ending.problem)
    assert "Jiro" in str(ending.problem)
    for chosen in ("Taro", None):
        assert ending_of_stranger(chosen=chosen, found="Taro", uri="", role=Role.USER).problem is None
