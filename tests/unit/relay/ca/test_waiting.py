"""Lines for many: nobody is let in by one alone, and what is claimed counts for nothing until somebody says yes."""

from pathlib import Path

import msgspec
import pytest

from common.host.errors import TasukiError
from common.net.certificates import PrivateKey, make_csr, new_key, spki_sha256
from common.protocol.certificate_requests import Answer, Claims, Issued, NotIssued, Refusal
from common.protocol.computer_claim import ComputerClaim
from common.protocol.enrolment_text import find_line
from common.protocol.fingerprint_words import fingerprint_words
from common.protocol.identity import Role
from relay.ca.erasing import Eraser
from relay.ca.folder import CaFolder
from relay.ca.settings import DAY
from relay.ca.waiting import KEEP_WAITING, networks_of
from tests.support.ca import Organisation, many_request


def refusal(answer: Answer) -> str:
    """Why there is no certificate."""
    assert isinstance(answer, NotIssued)
    return answer.code


def words(key: PrivateKey) -> str:
    """As both see them."""
    return fingerprint_words(spki_sha256(key))


def test_who_comes_waits_until_somebody_says_yes(tmp_path: Path) -> None:
    """The words are those of the key; after the yes there is one certificate, the same again; nobody else's."""
    office = Organisation(tmp_path)
    room, answer = office.ca.waiting_room, office.ca.authority.answer
    line, _ = room.make_line(count=2, days=1)
    assert find_line(str(line)) == line
    key, other = new_key(), new_key()
    first = answer(many_request(line, key))
    assert (refusal(first), isinstance(first, NotIssued) and first.retry_after > 0) == (Refusal.WAITS, True)
    assert refusal(answer(many_request(line, key))) == Refusal.WAITS
    [one] = room.waiting()
    assert (one.words, one.record.name, one.record.login, one.record.computer, one.record.address) == (
        words(key), "Anna", "anna", "PC", "192.0.2.7",
    )  # fmt: skip
    assert len(one.words.split()) == 6
    code = room.yes(one.words.upper().replace(" ", "-"))
    issued = answer(many_request(line, key))
    assert isinstance(issued, Issued)
    assert (issued.name, issued.role, issued.account) == ("Anna", "user", code.account)
    assert answer(many_request(line, key)) == issued
    assert refusal(answer(many_request(line, other, login="ben"))) == Refusal.WAITS
    assert refusal(answer(many_request(line, new_key(), login="eve"))) == Refusal.LINE_FULL
    assert office.ca.waiting_room.no(words(other)).record.login == "ben"
    assert refusal(answer(many_request(line, other, login="ben"))) == Refusal.SAID_NO
    with pytest.raises(TasukiError, match="Nobody waits"):
        room.yes(words(other))


def test_the_proof_covers_every_claim(tmp_path: Path) -> None:
    """A relay in between changes none of them, and no other key takes the place."""
    office = Organisation(tmp_path)
    line, _ = office.ca.waiting_room.make_line(count=9, days=1)
    key = new_key()
    good = many_request(line, key)
    assert good.claims is not None
    for changed in (
        msgspec.structs.replace(good, claims=Claims(name="Eve", login="anna")),
        msgspec.structs.replace(good, claims=Claims(name="Anna", login="eve")),
        msgspec.structs.replace(good, computer=ComputerClaim(name="PD")),
        msgspec.structs.replace(good, csr=make_csr(new_key())),
        msgspec.structs.replace(good, claims=Claims(name="Annaa", login="nna")),
    ):
        assert refusal(office.ca.authority.answer(changed)) == Refusal.BAD_PROOF
    assert refusal(office.ca.authority.answer(many_request(line, key, role=Role.HELPER))) == Refusal.WRONG_ROLE
    assert isinstance(office.ca.authority.answer(msgspec.structs.replace(good, claims=None)), NotIssued)
    assert office.ca.waiting_room.waiting() == []


def test_a_yes_to_all_takes_only_who_is_beyond_doubt(tmp_path: Path) -> None:
    """Claimed once, not let in before, from the network that was named; who is left is told."""
    office = Organisation(tmp_path)
    room, answer = office.ca.waiting_room, office.ca.authority.answer
    line, _ = room.make_line(count=9, days=1)
    people = [("anna", "192.0.2.7"), ("ben", "192.0.2.8"), ("BEN", "192.0.2.9"), ("eve", "198.51.100.1")]
    keys = {login: new_key() for login, _ in people}
    for login, address in people:
        answer(many_request(line, keys[login], name=login.title(), login=login, address=address))
    made, left = room.yes_to_all(networks_of(["192.0.2.0/24", "2001:db8::/32"]))
    assert [one.name for one in made] == ["Anna"]
    assert {(one.record.login, one.twice) for one in left} == {("ben", True), ("BEN", True)}
    assert {one.record.login for one in room.waiting()} == {"ben", "BEN", "eve"}
    again = new_key()
    answer(many_request(line, again, login="anna", address="192.0.2.7"))
    made, left = room.yes_to_all(networks_of(["192.0.2.0/24"]))
    assert (made, [one.enrolled for one in left if one.record.login == "anna"]) == ([], [True])
    assert room.yes(words(again)).name == "Anna (2)"
    with pytest.raises(TasukiError, match="no network"):
        networks_of(["here"])


def test_bounds_and_ends(tmp_path: Path) -> None:
    """Of one address, in time, and by a closed line; who was let in in time still comes; what is over is forgotten."""
    office = Organisation(tmp_path)
    object.__setattr__(office.ca.authority, "settings", msgspec.structs.replace(
        office.ca.settings, limits=msgspec.structs.replace(office.ca.settings.limits, waiting_per_address=1)
    ))  # fmt: skip
    room, answer = office.ca.waiting_room, office.ca.authority.answer
    line, record = room.make_line(count=9, days=1)
    first, late = new_key(), new_key()
    assert refusal(answer(many_request(line, first))) == Refusal.WAITS
    assert refusal(answer(many_request(line, new_key(), login="ben"))) == Refusal.ADDRESS_FULL
    assert refusal(answer(many_request(line, late, login="ben", address="192.0.2.8"))) == Refusal.WAITS
    office.clock.advance(DAY + 1)
    assert refusal(answer(many_request(line, new_key(), login="eve", address="192.0.2.9"))) == Refusal.CODE_EXPIRED
    room.yes(words(first))
    assert isinstance(answer(many_request(line, first)), Issued)
    office.clock.advance(KEEP_WAITING)
    room.tidy()
    assert room.waiting() == []
    room.close_line(record.id[:12])
    assert refusal(answer(many_request(line, late, login="ben", address="192.0.2.8"))) == Refusal.CODE_REVOKED
    with pytest.raises(TasukiError, match="no line for many"):
        room.close_line("0" * 12)


def test_who_is_erased_has_never_waited(tmp_path: Path) -> None:
    """What they claimed goes with all else of them."""
    office = Organisation(tmp_path)
    room = office.ca.waiting_room
    line, _ = room.make_line(count=2, days=1)
    key = new_key()
    office.ca.authority.answer(many_request(line, key, name="Anna Abe", login="aabe"))
    account = room.yes(words(key)).account
    office.clock.advance(40 * DAY)
    Eraser(folder=CaFolder(office.folder), settings=office.ca.settings, clock=office.now).erase(account)
    assert not [path for path in office.folder.rglob("*") if path.is_file() and b"aabe" in path.read_bytes()]
