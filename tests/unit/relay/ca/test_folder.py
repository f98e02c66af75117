"""The folder: a kill between any two writes leaves the state before or the state after, and nothing in between."""

import contextlib
import stat
import threading
from pathlib import Path

import pytest

from common.host import files
from common.host.errors import TasukiError
from common.net.certificates import PrivateKey, new_key
from common.protocol.certificate_requests import Issued
from common.protocol.enrolment import EnrolmentLine
from common.protocol.identity import Role
from relay.ca import folder as folder_module
from relay.ca import look_index, written_together
from relay.ca.folder import CaFolder
from relay.ca.opening import open_ca
from relay.ca.records import CodeRecord
from relay.ca.registrar import LineWish
from tests.support.ca import Organisation, enrol_request, renew_request


class KilledError(BaseException):
    """Stands for kill -9: nothing in the program catches it."""


class Killer:
    """Kills at the n-th write, before or after it took place."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left: int | None = None
        self.after = False
        self.writes = 0
        for module in (folder_module, look_index, written_together):
            monkeypatch.setattr(module, "write_private", self.write)

    def write(self, path: Path, data: bytes) -> None:
        """In place of files.write_private."""
        self.writes += 1
        if self.left is not None:
            self.left -= 1
            if self.left == 0 and not self.after:
                path.with_name(f".{path.name}.dead").write_bytes(data[: len(data) // 2])
                raise KilledError
        files.write_private(path, data)
        if self.left == 0:
            raise KilledError


@pytest.fixture
def killer(monkeypatch: pytest.MonkeyPatch) -> Killer:
    """Nobody is killed until `left` is set."""
    return Killer(monkeypatch)


MOMENTS = [(number, after) for number in range(1, 8) for after in (False, True)]
"""Every write of a step with at most seven, before and after."""


@pytest.fixture
def organisation(tmp_path: Path) -> Organisation:
    """An organisation with a CA."""
    return Organisation(tmp_path)


def reopened(organisation: Organisation) -> None:
    """The process comes back."""
    organisation.ca = open_ca(organisation.folder, clock=organisation.now, random=lambda count: b"r" * count)
    organisation.ca.registrar.tidy()


def enrol(organisation: Organisation, line: EnrolmentLine, key: PrivateKey) -> object:
    """One enrolment."""
    return organisation.ca.authority.answer(enrol_request(line, Role.USER, key))


@pytest.mark.parametrize(("number", "after"), MOMENTS)
def test_killed_in_an_enrolment(organisation: Organisation, killer: Killer, number: int, after: bool) -> None:
    """Asked again, the same key has its certificate, another never; exactly one was issued."""
    line, key = organisation.line(), new_key()
    killer.left, killer.after = number, after
    with contextlib.suppress(KilledError):
        enrol(organisation, line, key)
    killer.left = None
    reopened(organisation)
    assert isinstance(enrol(organisation, line, key), Issued)
    assert getattr(enrol(organisation, line, new_key()), "code", "") == "code_used"
    assert len(list(organisation.ca.authority.folder.all_issued())) == 1


@pytest.mark.parametrize(("number", "after"), MOMENTS)
def test_killed_in_making_a_code(organisation: Organisation, killer: Killer, number: int, after: bool) -> None:
    """The command is simply given again; a code that nobody saw holds no name for ever."""
    killer.left, killer.after = number, after
    with contextlib.suppress(KilledError):
        organisation.line(name="Anna")
    killer.left = None
    reopened(organisation)
    if not list(organisation.ca.authority.folder.codes()):
        assert organisation.line(name="Anna")
    organisation.clock.advance(86400)
    assert organisation.line(name="Anna")


@pytest.mark.parametrize(("number", "after"), MOMENTS)
def test_killed_in_revoking(organisation: Organisation, killer: Killer, number: int, after: bool) -> None:
    """Given again, everything is revoked; half of it never opened a way back in."""
    person = organisation.person(name="Anna")
    account = organisation.ca.authority.folder.name_owner("Anna")
    spare = organisation.line(name="Anna", account=account)
    killer.left, killer.after = number, after
    with contextlib.suppress(KilledError):
        organisation.ca.registrar.revoker.revoke("Anna")
    killer.left = None
    reopened(organisation)
    if number > 1 or after:
        renewal = organisation.ca.authority.answer(renew_request(person, new_key()))
        assert getattr(renewal, "code", "") == "revoked"
    organisation.ca.registrar.revoker.revoke("Anna")
    assert len(organisation.crl()) == 1
    assert getattr(enrol(organisation, spare, new_key()), "code", "") == "code_revoked"


@pytest.mark.parametrize(("number", "after"), [(1, False), (1, True)])
def test_killed_in_signing_a_list(organisation: Organisation, killer: Killer, number: int, after: bool) -> None:
    """The number never falls."""
    before = organisation.crl().number
    killer.left, killer.after = number, after
    with pytest.raises(KilledError):
        organisation.crl()
    killer.left = None
    reopened(organisation)
    assert organisation.crl().number > before


def test_halves_are_swept_and_wholes_stay(organisation: Organisation, killer: Killer) -> None:
    """What a killed write left beside its file goes at the next start."""
    organisation.person()
    killer.left = 1
    with pytest.raises(KilledError):
        organisation.line(name="Ben")
    assert list(organisation.folder.glob("looks/.*"))
    reopened(organisation)
    assert not list(organisation.folder.rglob(".*"))
    assert len(list(organisation.ca.authority.folder.all_issued())) == 1


def test_everything_is_for_the_owner_alone(organisation: Organisation) -> None:
    """0600 and 0700, but for root.pem and ca.toml, which hold nothing secret."""
    organisation.person()
    organisation.revoke("Anna")
    for path in organisation.folder.rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        public = path.name in {"root.pem", "ca.toml"}
        assert mode == (0o644 if public else 0o700 if path.is_dir() else 0o600), path


def test_a_damaged_record_is_named(organisation: Organisation) -> None:
    """Which file, so that it can be put back from the backup."""
    organisation.line()
    path = next((organisation.folder / "codes").iterdir())
    path.write_bytes(b"{")
    with pytest.raises(TasukiError) as caught:
        list(organisation.ca.authority.folder.codes())
    assert (caught.value.code, caught.value.facts["path"]) == ("ca_record_damaged", path)


@pytest.mark.parametrize("name", ["", "../root-key", "g" * 64, "a" * 65, "A" * 64])
def test_an_id_is_never_a_path(tmp_path: Path, name: str) -> None:
    """What comes from the relay is looked up only where it is hex."""
    folder = CaFolder(tmp_path)
    folder.create()
    (tmp_path / "codes" / f"{'A' * 64}.json").write_bytes(b"{}")
    assert folder.code(name) is None
    assert folder.revoked(name) is None


def test_changing_waits_for_the_other(tmp_path: Path) -> None:
    """Two that change at once take turns, in one process and between two."""
    folder = CaFolder(tmp_path)
    folder.create()
    entered = threading.Event()

    def other() -> None:
        with CaFolder(tmp_path).changing():
            entered.set()

    with folder.changing():
        thread = threading.Thread(target=other)
        thread.start()
        assert not entered.wait(0.1)
    thread.join(5)
    assert entered.is_set()


def test_an_empty_folder_holds_nothing_and_a_missing_one_says_so(tmp_path: Path) -> None:
    """A part that is lost is never taken for one with nothing in it: a list would be signed on which nobody is."""
    folder = CaFolder(tmp_path / "new")
    folder.create()
    assert folder.crl() is None
    assert not any((list(folder.codes()), list(folder.all_issued()), list(folder.all_revoked())))
    for part in ("codes", "issued", "revoked"):
        (tmp_path / "new" / part).rmdir()
    for read in (folder.codes, folder.all_issued, folder.all_revoked):
        with pytest.raises(TasukiError) as caught:
            list(read())
        assert caught.value.code == "ca_record_damaged"
    folder = CaFolder(tmp_path / "none")
    with pytest.raises(TasukiError) as caught, folder.changing():
        pass
    assert caught.value.code == "folder_unusable"


def test_a_code_record_shows_no_code_by_accident() -> None:
    """The log prints records by repr."""
    record = CodeRecord(id="0" * 64, code="SECRET", account="a", role=Role.USER, name="n", expires=1.0)
    assert "SECRET" not in repr(record)


def test_lines_for_many_are_all_or_none(organisation: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fails before the renames, or a name that cannot be, leaves nothing; then all are there, and each enrols."""
    registrar = organisation.ca.registrar
    organisation.line(name="Somebody")
    before = sorted(organisation.folder.rglob("*"))
    accounts = [f"00000000-0000-4000-8000-{number:012x}" for number in range(4)]
    wishes = [LineWish(role=Role.USER, name="Anna", account=account, department="IT") for account in accounts]
    with monkeypatch.context() as patch:
        patch.setattr(files, "_sync_disks", _full)
        with pytest.raises(OSError, match="full"):
            registrar.make_codes(wishes, life=60.0)
    assert sorted(organisation.folder.rglob("*")) == before
    wrong = LineWish(role=Role.USER, name="An\u200bna", account=accounts[0])
    made, refused = registrar.make_codes([*wishes, wrong], life=60.0)
    assert (made, [(place, error.code) for place, error in refused]) == ([], [(4, "name_wrong")])
    assert registrar.make_codes(wishes, life=60.0, try_only=True) == ([], [])
    assert sorted(organisation.folder.rglob("*")) == before
    made, refused = registrar.make_codes(wishes, life=60.0)
    assert refused == []
    assert [record.name for _, record in made] == ["Anna", "Anna (IT)", "Anna (2)", "Anna (3)"]
    for line, record in made:
        answer = organisation.ca.authority.answer(enrol_request(line, Role.USER, new_key()))
        assert isinstance(answer, Issued)
        assert answer.name == record.name


def _full() -> None:
    raise OSError(28, "full")
