"""Enrolment and renewal from the agent's side: what a relay in between can lie about, and what then happens: nothing."""

import asyncio
import functools
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import msgspec
import pytest

from common.agent.enrolment import enrol as module
from common.agent.enrolment.busy import EnrolmentBusyError
from common.agent.enrolment.enrol import keep_renewed, renew_expired, renewal_due
from common.agent.enrolment.wish import RESTS, RenewalWish
from common.host.errors import TasukiError
from common.host.sentences import SENTENCES
from common.net.certificates import make_csr, new_key, root_fingerprint, spki_sha256, verify_issued
from common.net.https_request import HttpAnswer
from common.protocol.certificate_requests import (
    Answer,
    CertificateRequest,
    EnrolRequest,
    Issued,
    NotIssued,
    Refusal,
    RenewRequest,
)
from common.protocol.enrolment import account_id
from common.protocol.identity import Role
from tests.support.ca import Organisation, enrol_request
from tests.support.clock import START
from tests.support.enrolment import Computer

DAY = 86400.0


@pytest.fixture
def organisation(tmp_path: Path) -> Organisation:
    """An organisation with a CA."""
    return Organisation(tmp_path / "organisation")


@pytest.fixture
def computer(organisation: Organisation, tmp_path: Path) -> Computer:
    """A user's computer, not enrolled."""
    return Computer(tmp_path / "computer", organisation)


async def refused(computer: Computer, *, renewing: bool = False) -> TasukiError:
    """The error of an attempt that must change nothing."""
    before = computer.profile.identity if computer.profile.enrolled else None
    attempt = computer.renew() if renewing else computer.enrol()
    with pytest.raises(TasukiError) as caught:
        await attempt
    computer.restart()
    after = computer.profile.identity if computer.profile.enrolled else None
    assert (before and before.chain) == (after and after.chain)
    assert caught.value.code in SENTENCES
    return caught.value


async def test_a_line_makes_an_identity(organisation: Organisation, computer: Computer) -> None:
    """Kept on disk, and the relay saw neither code nor key."""
    line = organisation.line()
    outcome = await computer.enrol(line)
    assert outcome.certificate.name == computer.profile.name == "Anna"
    assert outcome.clock_off is None
    assert computer.relay.asked[0][0] == "relay.example:8443/api/v1/enrol"
    assert line.code not in str(computer.relay.asked)
    computer.restart()
    assert (computer.profile.name, computer.profile.relay_host) == ("Anna", "relay.example")
    assert root_fingerprint(computer.profile.root) == line.root


async def test_a_lost_answer_is_made_good_by_asking_again(organisation: Organisation, computer: Computer) -> None:
    """After a restart too: the same key, the same certificate, the code not wasted."""
    line = organisation.line()
    computer.relay.lose = TasukiError("relay_lost", address="relay.example")
    with pytest.raises(TasukiError):
        await computer.enrol(line)
    computer.relay.lose = None
    computer.restart()
    await computer.enrol(line)
    first, second = (request for _, request in computer.relay.asked)
    assert isinstance(first, EnrolRequest)
    assert isinstance(second, EnrolRequest)
    assert first.proof == second.proof
    assert len(list(organisation.ca.authority.folder.all_issued())) == 1


async def test_another_organisation_needs_replace(
    organisation: Organisation, computer: Computer, tmp_path: Path
) -> None:
    """Nothing is sent without it; with it everything is the other's."""
    await computer.enrol()
    computer.relay.organisation = computer.organisation = Organisation(tmp_path / "other", name="Other")
    asked = len(computer.relay.asked)
    assert (await refused(computer)).facts == {"organisation": "Example"}
    assert len(computer.relay.asked) == asked
    await computer.enrol(computer.organisation.line(name="Ben"), replace=True)
    assert computer.profile.organisation == "Other"


async def test_a_second_line_of_the_same_organisation_is_fine(organisation: Organisation, computer: Computer) -> None:
    """After a revocation the operator simply hands over another."""
    await computer.enrol()
    organisation.revoke("Anna")
    first = computer.profile.certificate.serial
    await computer.enrol()
    assert computer.profile.certificate.serial != first


@pytest.mark.parametrize("code", list(Refusal))
async def test_every_refusal_is_a_sentence(computer: Computer, code: Refusal) -> None:
    """What the CA or the relay says no with."""
    computer.relay.change_answer = lambda _: NotIssued(code=code)
    error = await refused(computer)
    assert "{" not in str(error)
    assert "…" not in str(error)


async def test_a_refusal_of_a_later_version_is_a_sentence_too(computer: Computer) -> None:
    """With its code, for the operator."""
    computer.relay.change_answer = lambda _: NotIssued(code="moon_phase")
    error = await refused(computer)
    assert (error.code, error.facts["detail"]) == ("enrolment_refused", "moon_phase")


async def test_a_used_an_expired_and_an_unknown_line(organisation: Organisation, computer: Computer) -> None:
    """Each is told from the others."""
    folder = organisation.ca.authority.folder
    used, late, strange = (organisation.line(name=name) for name in ("Anna", "Ben", "Cy"))
    organisation.ca.authority.answer(enrol_request(used, Role.USER, new_key()))
    folder.forget_code(account_id(strange.code))
    organisation.clock.advance(DAY)
    for line, code in ((used, "used"), (late, "expired"), (strange, "unknown")):
        with pytest.raises(TasukiError) as caught:
            await computer.enrol(line)
        assert caught.value.code == f"enrolment_code_{code}"


async def test_a_line_for_the_other_role(organisation: Organisation, computer: Computer) -> None:
    """Says for whom it is."""
    line = organisation.line(Role.HELPER)
    with pytest.raises(TasukiError) as caught:
        await computer.enrol(line)
    assert (caught.value.code, caught.value.facts["role"]) == ("enrolment_wrong_role", "helper")


# a relay that lies


def swap_csr(request: CertificateRequest) -> CertificateRequest:
    """The relay's own key in place of the agent's."""
    assert isinstance(request, EnrolRequest | RenewRequest)
    return msgspec.structs.replace(request, csr=make_csr(new_key()))


async def test_a_swapped_request_gets_no_certificate(organisation: Organisation, computer: Computer) -> None:
    """The CA refuses it, the code stays good, and the agent says that something was changed on the way."""
    line = organisation.line()
    computer.relay.change_request = swap_csr
    with pytest.raises(TasukiError) as caught:
        await computer.enrol(line)
    assert caught.value.code == "enrolment_tampered"
    assert not list(organisation.ca.authority.folder.all_issued())
    computer.relay.change_request = lambda request: request
    await computer.enrol(line)


async def test_a_swapped_renewal_gets_none_either(computer: Computer) -> None:
    """The old key signed another request."""
    await computer.enrol()
    computer.relay.change_request = swap_csr
    assert (await refused(computer, renewing=True)).code == "enrolment_tampered"


async def test_anothers_certificate_is_not_taken(organisation: Organisation, computer: Computer) -> None:
    """Right root, right role, another key."""
    mallory = organisation.person(Role.USER, "Mallory")
    computer.relay.change_answer = lambda _: Issued(chain=list(mallory.chain), serial="0", not_after=0.0)
    assert (await refused(computer)).code == "enrolment_answer_wrong"


async def test_another_roots_certificate_is_not_taken(
    organisation: Organisation, computer: Computer, tmp_path: Path
) -> None:
    """A relay with a CA of its own, that signs our key; in every way it can put the chain together."""
    evil = Organisation(tmp_path / "evil")

    def chain_of(form: int, answer: Answer) -> Answer:
        assert isinstance(answer, Issued)
        request = computer.relay.asked[-1][1]
        assert isinstance(request, EnrolRequest)
        line = evil.line(name=f"Anna {form}")
        key = computer.profile.pending_key(f"enrol:{request.id}")
        forged = evil.ca.authority.answer(enrol_request(line, Role.USER, key))
        assert isinstance(forged, Issued)
        chains = [
            forged.chain,
            [forged.chain[0], organisation.root],
            [forged.chain[0], evil.root, organisation.root],
            [forged.chain[0]],
            [],
            [organisation.root],
            [answer.chain[0], evil.root],
        ]
        return msgspec.structs.replace(answer, chain=chains[form])

    for form in range(7):
        computer.relay.change_answer = functools.partial(chain_of, form)
        with pytest.raises(TasukiError) as caught:
            await computer.enrol(organisation.line(name=f"Anna {form}"))
        assert caught.value.code in {"enrolment_wrong_root", "enrolment_answer_wrong"}
        assert not computer.profile.enrolled


async def test_a_renewal_is_for_the_same_account(organisation: Organisation, computer: Computer) -> None:
    """Our key certified as somebody else: the CA's doing or not, it is not taken."""
    await computer.enrol()
    other = organisation.line(name="Ben")

    def as_ben(_: Answer) -> Answer:
        key = computer.profile.pending_key(f"renew:{computer.profile.certificate.serial:x}")
        return organisation.ca.authority.answer(enrol_request(other, Role.USER, key))

    computer.relay.change_answer = as_ben
    error = await refused(computer, renewing=True)
    assert (error.code, error.facts["detail"]) == ("enrolment_answer_wrong", "account")


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"kind":"issued"}', b'{"kind":"refused","code":5}', b"[]"])
async def test_what_is_no_answer_names_the_status(computer: Computer, body: bytes) -> None:
    """A proxy's page, for one."""
    computer.relay.raw = HttpAnswer(status=502, date="", body=body)
    error = await refused(computer)
    assert (error.code, error.facts["status"]) == ("enrolment_http_failed", 502)


# clocks


@pytest.mark.parametrize("seconds", [-DAY + 60, -240, 0, 240, 30 * DAY - 60])
async def test_a_clock_that_is_off_within_the_certificates_life_enrols(
    organisation: Organisation, computer: Computer, seconds: float
) -> None:
    """And more than five minutes are told, ahead or behind."""
    off = timedelta(seconds=seconds)
    outcome = await module.enrol(
        computer.profile,
        organisation.line(),
        clock=lambda: organisation.now() + off,
        post=computer.relay.post,
    )
    assert outcome.clock_off == (off if abs(seconds) > 300 else None)


@pytest.mark.parametrize(
    "off", [timedelta(days=-1, minutes=-2), timedelta(days=31), timedelta(days=-400, hours=-3, minutes=-4)]
)
async def test_a_clock_that_is_further_off_is_said(
    organisation: Organisation, computer: Computer, off: timedelta
) -> None:
    """By how much; the code is not wasted: with the clock set the same line works."""
    line = organisation.line()
    with pytest.raises(TasukiError) as caught:
        await module.enrol(computer.profile, line, clock=lambda: organisation.now() + off, post=computer.relay.post)
    here, relay = (f"{moment:%Y-%m-%d %H:%M}" for moment in (organisation.now() + off, organisation.now()))
    assert caught.value.code == "clocks_differ"
    assert caught.value.facts == {"here": here, "relay": relay, "difference": off}
    assert not computer.profile.enrolled
    assert (await computer.enrol(line)).certificate.name == "Anna"


@pytest.mark.parametrize("date", ["", "yesterday", "Sun, 01 Mar 2026 09:00:00 -0000", "Sun, 99 Mar 99999 09:00:00 GMT"])
async def test_a_date_that_is_none_does_no_harm(organisation: Organisation, computer: Computer, date: str) -> None:
    """It only feeds a sentence."""
    computer.relay.date = date
    assert (await computer.enrol()).clock_off is None


@pytest.mark.parametrize(
    ("off", "difference"), [(timedelta(days=40), timedelta(days=10)), (timedelta(days=-2), timedelta(days=-1))]
)
async def test_without_a_date_a_wrong_clock_is_still_said(
    organisation: Organisation, computer: Computer, off: timedelta, difference: timedelta
) -> None:
    """By the certificate that was just made: its dates, and how far outside the nearer of them our clock is."""
    computer.relay.date = ""
    with pytest.raises(TasukiError) as caught:
        await module.enrol(
            computer.profile, organisation.line(), clock=lambda: organisation.now() + off, post=computer.relay.post
        )
    assert (caught.value.code, caught.value.facts["difference"]) == ("certificate_dates_wrong", difference)


async def test_a_certificate_that_ran_out_on_its_way_is_no_wrong_clock(
    organisation: Organisation, computer: Computer
) -> None:
    """The relay's clock agrees with ours: what is told is what the operator has to look at, and no offset."""
    late = organisation.now() + timedelta(days=31)
    computer.relay.date = format_datetime(late, usegmt=True)
    with pytest.raises(TasukiError) as caught:
        await module.enrol(computer.profile, organisation.line(), clock=lambda: late, post=computer.relay.post)
    assert caught.value.code == "certificate_dates_odd"
    assert f"{late:%Y-%m-%d %H:%M:%S}" in str(caught.value)
    assert "operator" in str(caught.value)


# renewal


async def test_a_renewal_changes_key_and_certificate(organisation: Organisation, computer: Computer) -> None:
    """Not the person; the old key is gone from the disk."""
    await computer.enrol()
    old, uri = computer.profile.identity, computer.profile.uri
    organisation.clock.advance(25 * DAY)
    await computer.renew()
    assert computer.relay.asked[-1][0] == "relay.example:8443/api/v1/renew"
    assert computer.profile.uri == uri
    assert spki_sha256(computer.profile.identity.key) != spki_sha256(old.key)
    assert computer.profile.not_after == START + timedelta(days=55)
    assert len(list(computer.folder.glob("key-*.pem"))) == 1


@pytest.mark.parametrize("days", [31, 200, 429])
async def test_an_expired_certificate_is_renewed(organisation: Organisation, computer: Computer, days: float) -> None:
    """Who needs help twice a year."""
    await computer.enrol()
    organisation.clock.advance(days * DAY)
    computer.restart()
    await computer.renew()
    assert computer.profile.not_after == START + timedelta(days=days + 30)


async def test_a_renewal_whose_answer_was_lost(organisation: Organisation, computer: Computer) -> None:
    """Asked again it is the same certificate."""
    await computer.enrol()
    computer.relay.lose = TasukiError("relay_lost", address="x")
    with pytest.raises(TasukiError):
        await computer.renew()
    computer.relay.lose = None
    computer.restart()
    await computer.renew()
    assert len(list(organisation.ca.authority.folder.all_issued())) == 2


async def test_who_is_not_enrolled_renews_nothing(computer: Computer) -> None:
    """The sentence says what to do."""
    assert (await refused(computer, renewing=True)).code == "not_enrolled"


def test_due_when_a_third_of_life_is_left(organisation: Organisation) -> None:
    """31 days, the day back included."""
    peer = verify_issued(organisation.person().chain, organisation.root)
    assert renewal_due(peer) == peer.not_after - timedelta(days=31) / 3


class Sleeper:
    """Sleeping moves the organisation's clock; ends the loop after `most` times."""

    def __init__(self, organisation: Organisation, most: int) -> None:
        self.slept: list[float] = []
        self._organisation = organisation
        self._most = most

    async def sleep(self, seconds: float) -> None:
        """In place of asyncio.sleep."""
        self.slept.append(seconds)
        if len(self.slept) > self._most:
            raise asyncio.CancelledError
        self._organisation.clock.advance(seconds)


async def keep(computer: Computer, most: int) -> tuple[TasukiError | None, list[float]]:
    """Run keep_renewed until it gives up or has slept that often."""
    sleeper = Sleeper(computer.organisation, most)
    try:
        error = await keep_renewed(
            computer.profile, clock=computer.organisation.now, sleep=sleeper.sleep, post=computer.relay.post
        )
    except asyncio.CancelledError:
        return None, sleeper.slept
    return error, sleeper.slept


async def test_an_agent_that_runs_on_renews_itself(organisation: Organisation, computer: Computer) -> None:
    """Hour by hour it looks; after 19 days and 16 hours it renews, once."""
    await computer.enrol()
    error, slept = await keep(computer, 24 * 25)
    assert error is None
    assert set(slept) == {3600.0}
    assert [address.rpartition("/")[2] for address, _ in computer.relay.asked] == ["enrol", "renew"]


async def test_a_wish_is_granted_at_once(organisation: Organisation, computer: Computer) -> None:
    """Long before it is due; the next one rests for ten minutes, and a failure loses none."""
    await computer.enrol()
    shown, seconds = [], 0.0

    def now() -> float:
        return seconds

    wish = RenewalWish(seconds=now)
    wish.then = lambda: shown.append(computer.profile.certificate.serial)
    first = computer.profile.certificate.serial
    asleep, wake = asyncio.Event(), asyncio.Event()

    async def sleep(_: float) -> None:
        asleep.set()
        await wake.wait()
        wake.clear()

    keeping = asyncio.ensure_future(
        keep_renewed(computer.profile, clock=organisation.now, sleep=sleep, post=computer.relay.post, wish=wish)
    )
    await asleep.wait()
    computer.relay.lose = TasukiError("relay_lost", address="x")
    asleep.clear()
    wish.make()
    await asyncio.wait_for(asleep.wait(), 5)  # after the failure
    assert not shown
    computer.relay.lose = None
    wake.set()
    async with asyncio.timeout(5):
        while not shown:  # noqa: ASYNC110  (in turns of the loop)
            await asyncio.sleep(0.01)
    assert shown == [computer.profile.certificate.serial] != [first]
    wish.make()
    assert not wish.ripe
    seconds = RESTS
    assert wish.ripe
    keeping.cancel()


async def test_a_relay_that_is_away_is_asked_again(organisation: Organisation, computer: Computer) -> None:
    """Sooner at first, then every hour; when it is back the certificate comes."""
    await computer.enrol()
    organisation.clock.advance(25 * DAY)
    computer.relay.lose = TasukiError("relay_lost", address="x")
    _, slept = await keep(computer, 6)
    assert slept == [300.0, 600.0, 1200.0, 2400.0, 3600.0, 3600.0, 3600.0]
    computer.relay.lose = None
    await keep(computer, 1)
    assert renewal_due(computer.profile.certificate) > organisation.now()


async def test_a_busy_relay_is_asked_again_when_it_said(organisation: Organisation, computer: Computer) -> None:
    """However often; no failure makes the time between two tries longer."""
    await computer.enrol()
    organisation.clock.advance(25 * DAY)
    computer.relay.change_answer = lambda _: NotIssued(code=Refusal.BUSY, retry_after=40)
    _, slept = await keep(computer, 3)
    assert slept == [40.0] * 4


async def test_a_busy_relay_is_not_blamed_on_the_authority(computer: Computer) -> None:
    """Who is told that too many come at once hears that, and when it is tried again."""
    computer.relay.change_answer = lambda _: NotIssued(code=Refusal.BUSY, retry_after=40)
    error = await refused(computer)
    assert isinstance(error, EnrolmentBusyError)
    assert error.wait == 40


async def test_too_many_certificates_are_no_matter_of_waiting(computer: Computer) -> None:
    """The account is full: only the operator can change that."""
    computer.relay.change_answer = lambda _: NotIssued(code=Refusal.TOO_MANY)
    assert (await refused(computer)).code == "enrolment_too_many"


@pytest.mark.parametrize("code", [Refusal.REVOKED, Refusal.ACCOUNT_DISABLED, Refusal.TOO_OLD])
async def test_what_no_repetition_changes_ends_it(
    organisation: Organisation, computer: Computer, code: Refusal
) -> None:
    """The agent tells the person instead of asking for ever."""
    await computer.enrol()
    organisation.clock.advance(25 * DAY)
    computer.relay.change_answer = lambda _: NotIssued(code=code)
    error, slept = await keep(computer, 1)
    assert error is not None
    assert slept == []


async def expired(computer: Computer) -> None:
    """What matching does before it connects."""
    await renew_expired(computer.profile, clock=computer.organisation.now, post=computer.relay.post)


async def test_an_expired_certificate_is_renewed_before_it_is_shown(
    organisation: Organisation, computer: Computer
) -> None:
    """Only then: a valid one is left alone, however little is left of it."""
    await computer.enrol()
    organisation.clock.advance(30 * DAY)
    await expired(computer)
    assert len(computer.relay.asked) == 1
    organisation.clock.advance(1)
    await expired(computer)
    assert computer.profile.not_after > organisation.now()


async def test_nobody_renews_twice_at_once(organisation: Organisation, computer: Computer) -> None:
    """Matching and the one who looks every hour ask at the same moment: one request, one certificate."""
    await computer.enrol()
    organisation.clock.advance(31 * DAY)
    await asyncio.gather(expired(computer), expired(computer), keep(computer, 0))
    assert [address.rpartition("/")[2] for address, _ in computer.relay.asked] == ["enrol", "renew"]
