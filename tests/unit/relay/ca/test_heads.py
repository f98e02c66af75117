"""The CA signs heads of the audit log, and remembers the last one."""

from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from common.host.errors import TasukiError
from common.net.audit_head import load_head
from common.net.certificates import chain_from_pem
from common.protocol.certificate_requests import HeadSigned, NotIssued, Refusal, SignHeadRequest
from relay.ca.heads import AT_ONCE, CERTIFICATE, KEY, LAST, ROWS_PER_SECOND, accept
from relay.ca.heads_commands import accept_head_command
from relay.ca.opening import open_ca
from tests.support.ca import Organisation

ONE, TWO = "ab" * 32, "cd" * 32


@pytest.fixture
def organisation(tmp_path: Path) -> Organisation:
    """An organisation with a CA."""
    return Organisation(tmp_path)


def sign(organisation: Organisation, number: int, digest: str = ONE) -> str:
    """What comes of it: "signed", or why not. Each time by a CA that was opened anew."""
    folder = organisation.ca.authority.folder.path
    ca = open_ca(folder, clock=organisation.clock.now, random=lambda count: b"\1" * count)
    answer = ca.heads.sign(SignHeadRequest(number=number, digest=digest))
    if isinstance(answer, NotIssued):
        return answer.code
    assert isinstance(answer, HeadSigned)
    head = load_head(answer.document, organisation.root)
    assert (head.number, head.digest.hex()) == (number, digest)
    return "signed"


def test_never_back(organisation: Organisation) -> None:
    """A lower number, or another head of the last one's, is refused for ever; the same is signed again."""
    assert [sign(organisation, number) for number in (5, 5, 9)] == ["signed"] * 3
    assert sign(organisation, 8) == Refusal.HEAD_LOWER
    assert sign(organisation, 9, TWO) == Refusal.HEAD_DIFFERS
    assert sign(organisation, 9) == "signed"
    assert sign(organisation, 10, TWO) == "signed"
    assert sign(organisation, 9) == Refusal.HEAD_LOWER


def test_a_key_of_its_own(organisation: Organisation) -> None:
    """For its owner alone, and a new one well before its certificate expires."""
    folder = organisation.ca.authority.folder.path
    assert sign(organisation, 1) == "signed"
    assert (folder / KEY).stat().st_mode & 0o777 == 0o600
    assert (folder / KEY).read_bytes() != (folder / "root-key.pem").read_bytes()
    first = chain_from_pem((folder / CERTIFICATE).read_bytes())
    organisation.clock.advance(timedelta(days=19).total_seconds())
    assert sign(organisation, 2) == "signed"
    assert chain_from_pem((folder / CERTIFICATE).read_bytes()) == first
    organisation.clock.advance(timedelta(days=2).total_seconds())
    assert sign(organisation, 3) == "signed"
    assert chain_from_pem((folder / CERTIFICATE).read_bytes()) != first
    (folder / KEY).write_bytes(b"no key")
    assert sign(organisation, 4) == "signed"


def test_what_is_damaged(organisation: Organisation) -> None:
    """Where the last one cannot be read nothing is signed: it may have been any."""
    assert sign(organisation, 1) == "signed"
    (organisation.ca.authority.folder.path / LAST).write_bytes(b"{")
    with pytest.raises(TasukiError, match="audit-head"):
        sign(organisation, 2)


def test_no_number_that_no_log_has_reached(organisation: Organisation) -> None:
    """Neither as the first nor later: what a relay that was broken into asks for ends nothing. With time further ones are good."""
    assert sign(organisation, 2**53 - 1) == Refusal.HEAD_FAR
    assert sign(organisation, AT_ONCE + 10**12) == Refusal.HEAD_FAR
    assert sign(organisation, 5) == "signed"
    assert sign(organisation, 2**53 - 1) == Refusal.HEAD_FAR
    assert sign(organisation, 5 + AT_ONCE + 1) == Refusal.HEAD_FAR
    assert sign(organisation, 5 + AT_ONCE) == "signed"
    assert sign(organisation, 5 + 2 * AT_ONCE + 60 * ROWS_PER_SECOND) == Refusal.HEAD_FAR
    organisation.clock.advance(60)
    assert sign(organisation, 5 + 2 * AT_ONCE + 60 * ROWS_PER_SECOND) == "signed"


def test_accepted_by_hand(organisation: Organisation) -> None:
    """From that number on, whatever its digest is; what was before stays written down."""
    folder = organisation.ca.authority.folder
    assert accept(folder, 3, clock=organisation.clock.now) is None
    assert sign(organisation, 2) == Refusal.HEAD_LOWER
    assert sign(organisation, 500_000) == "signed"
    before = accept(folder, 7, clock=organisation.clock.now)
    assert before is not None
    assert (before.number, before.digest) == (500_000, ONE)
    assert sign(organisation, 6) == Refusal.HEAD_LOWER
    assert sign(organisation, 7, TWO) == "signed"
    assert sign(organisation, 7, ONE) == Refusal.HEAD_DIFFERS
    last = organisation.ca.heads.last()
    assert last is not None
    assert [(one.number, one.last, one.digest) for one in last.accepted] == [(3, 0, ""), (7, 500_000, ONE)]


def test_the_command(organisation: Organisation) -> None:
    """It says what was signed last."""
    assert sign(organisation, 9) == "signed"
    folder = str(organisation.ca.authority.folder.path)
    told = CliRunner().invoke(accept_head_command, ["--folder", folder, "4"])
    assert told.exit_code == 0, told.output
    assert "row 9" in told.output
    assert sign(organisation, 4) == "signed"
    assert CliRunner().invoke(accept_head_command, ["--folder", folder, "0"]).exit_code != 0
