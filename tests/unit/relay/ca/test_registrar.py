"""The operator's hand: codes, names, revocation, clearing."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from common.host.errors import TasukiError, sentence
from common.net.certificates import new_key, root_fingerprint, verify_issued
from common.protocol.certificate_requests import Issued, NotIssued, Revoked, RevokeRequest
from common.protocol.enrolment import EnrolmentLine
from common.protocol.identity import Role
from relay.ca import revoker
from relay.ca.look_index import LookIndex
from relay.ca.registrar import LineWish
from relay.ca.written_together import TogetherWritten
from tests.support.ca import Organisation, enrol_request, identity, renew_request
from tests.support.clock import START
from tests.support.opened_files import opening

DAY = 86400.0


@pytest.fixture
def organisation(tmp_path: Path) -> Organisation:
    """An organisation with a CA."""
    return Organisation(tmp_path)


def refused(organisation: Organisation, name: str, account: str | None = None) -> str:
    """The code of the error for this name."""
    with pytest.raises(TasukiError) as caught:
        organisation.line(name=name, account=account)
    return caught.value.code


def given(organisation: Organisation, name: str, account: str | None = None, *, department: str = "") -> str:
    """The name that a line for this name is made for."""
    made = organisation.ca.registrar.make_code(role=Role.USER, name=name, account=account, department=department)
    return made[1].name


def account_of(organisation: Organisation, name: str) -> str:
    """Whose name this is."""
    account = organisation.ca.authority.folder.name_owner(name)
    assert account is not None
    return account


def test_a_line_leads_to_the_relay_and_names_the_root(organisation: Organisation) -> None:
    """HOST and port from the settings, ROOT the root's fingerprint, and it parses back."""
    line = organisation.line()
    assert (line.host, line.port, line.root) == ("relay.example", 8443, root_fingerprint(organisation.root))
    assert EnrolmentLine.parse(str(line)) == line


def test_every_code_is_another(organisation: Organisation) -> None:
    """Nobody gets somebody else's."""
    assert len({organisation.line(name=f"Anna {number}").code for number in range(20)}) == 20


@pytest.mark.parametrize("name", ["anna berg", "ANNA BERG", "Anna\u3000Berg", "\uff21nna Berg"])
def test_a_name_that_looks_the_same_is_taken(organisation: Organisation, name: str) -> None:
    """Case, width and kinds of space do not make another name: who comes second gets a number; the owner may use it again."""
    organisation.person(name="Anna Berg")
    assert given(organisation, name) == f"{name} (2)"
    assert given(organisation, name) == f"{name} (3)"
    assert organisation.line(name=name, account=account_of(organisation, "Anna Berg"))


@pytest.mark.parametrize(
    ("there", "name"),
    [
        ("Coco", "\u0421\u043e\u0441\u043e"),  # all Cyrillic
        ("\u0421\u043e\u0441\u043e", "COCO"),
        ("Rosa Marn", "Rosa Mam"),
        ("Paul", "Pau1"),
        ("工藤 一", "エ藤 一"),
        ("ニ郎", "二郎"),
        ("BETA", "\u0392\u0395\u03a4\u0391"),
        ("Otto 10", "Otto lO"),
    ],
)
def test_a_name_that_looks_like_one_that_is_there_is_refused(organisation: Organisation, there: str, name: str) -> None:
    """The sentence names the other; its owner may use it; and it is free once the other has gone."""
    organisation.person(name=there)
    with pytest.raises(TasukiError) as caught:
        organisation.line(name=name)
    assert caught.value.code == "name_looks_like"
    assert (caught.value.facts["other"], caught.value.facts["account"]) == (there, account_of(organisation, there))
    assert there in str(caught.value)
    assert organisation.ca.authority.folder.name_owner(name) is None
    assert organisation.line(name=name, account=account_of(organisation, there))
    organisation.revoke(account_of(organisation, there))
    assert organisation.line(name=there)


@pytest.mark.parametrize(
    "name",
    [
        "\u0410nna",
        "Иван (IT)",
        "鈴木 花子 Hanako",
        "すずき ハナコ",
        "田中 α",
        "ニノ宮",
        "一ノ瀬 ロカ",
        "김영희 Kim",
        "محمد 2",
    ],
)
def test_scripts_are_mixed_where_nobody_is_taken_for_another(organisation: Organisation, name: str) -> None:
    """A department, a digit, a letter of another script: many honest names have them."""
    organisation.person(name="Hana Suzuki")
    assert organisation.line(name=name)


@pytest.mark.parametrize(
    "name", ["An\u200bna", "An\u00adna", "\u202eAnna", "Anna\ufe0f", "Anna\u034f", "Anna\u3164", "Anna\u180b"]
)
def test_what_cannot_be_seen_makes_no_other_name(organisation: Organisation, name: str) -> None:
    """Skeletons would ignore it; nobody may have it."""
    organisation.person(name="Anna")
    assert refused(organisation, name) == "name_wrong"


@pytest.mark.parametrize("name", ["reIay.example", "Relay.examp1e"])
def test_nobody_looks_like_the_relay(organisation: Organisation, name: str) -> None:
    """A person reads it, too."""
    assert refused(organisation, name) == "name_looks_like"


def test_the_sentence_says_where_the_two_differ(organisation: Organisation) -> None:
    """They look the same on the screen; in both languages."""
    organisation.person(name="Anna")
    with pytest.raises(TasukiError) as caught:
        organisation.line(name="Ann\u0430")
    for language in ("en", "ja"):
        told = sentence(caught.value, language)
        assert account_of(organisation, "Anna") in told
        assert "\u0430 (CYRILLIC SMALL LETTER A)" in told
        assert "a (LATIN SMALL LETTER A)" in told


def test_an_account_that_has_expired_holds_no_looks(organisation: Organisation) -> None:
    """As with the name itself: as long as a certificate can be renewed, and no longer."""
    organisation.person(name="Coco")
    organisation.clock.advance(429 * DAY)
    assert refused(organisation, "\u0421\u043e\u0441\u043e") == "name_looks_like"
    organisation.clock.advance(2 * DAY)
    assert organisation.line(name="\u0421\u043e\u0441\u043e")


def test_names_that_looked_alike_before_this_rule_stay(organisation: Organisation) -> None:
    """Both may have further computers, and renew; a third is refused; who was revoked a day ago does not come back beside the other."""
    folder = organisation.ca.authority.folder
    cyrillic = "\u0421\u043e\u0441\u043e"
    one = organisation.person(name="Coco")
    other = organisation.person(name="Another")
    with folder.changing():
        folder.put_name(cyrillic, account_of(organisation, "Another"))
    for record in (organisation.folder / "people").iterdir():
        record.unlink()  # an older folder knows nothing of people
    for name in ("Coco", cyrillic):
        organisation.person(name=name, account=account_of(organisation, name))
    for old in (one, other):
        key = new_key()
        assert isinstance(organisation.ca.authority.answer(renew_request(old, key)), Issued)
    organisation.revoke(account_of(organisation, cyrillic))
    organisation.clock.advance(DAY)
    assert refused(organisation, "C\u043eco") == "name_looks_like"
    assert refused(organisation, cyrillic, account_of(organisation, cyrillic)) == "name_looks_like"


def test_somebody_who_looks_like_another_now_has_the_place(organisation: Organisation) -> None:
    """A day after a revocation the look-alike was free, was given away, and the first one comes back."""
    organisation.person(name="Coco")
    first = account_of(organisation, "Coco")
    organisation.revoke(first)
    assert refused(organisation, "\u0421\u043e\u0441\u043e") == "name_looks_like"
    organisation.clock.advance(DAY)
    organisation.person(name="\u0421\u043e\u0441\u043e")
    assert refused(organisation, "Coco", first) == "name_looks_like"
    assert organisation.line(name="Coco 2", account=first)


def test_names_of_an_older_folder_are_looked_through(organisation: Organisation) -> None:
    """And when the tables have changed, and when some of the index is damaged."""
    organisation.person(name="Coco")
    index = organisation.folder / "looks"
    shutil.rmtree(index)
    assert refused(organisation, "\u0421\u043e\u0441\u043e") == "name_looks_like"
    assert organisation.line(name="Somebody")
    for path in index.glob("*.json"):
        path.unlink()
    (index / "of-tables").write_text("older")
    assert refused(organisation, "\u0421\u043e\u0441\u043e") == "name_looks_like"
    for path in index.glob("*.json"):
        path.write_text("{")
    assert refused(organisation, "S\u043emebody") == "name_looks_like"


def test_an_index_without_its_name_counts_for_nothing(organisation: Organisation) -> None:
    """Killed before the name itself was written down; also where the name went to somebody else."""
    with organisation.ca.authority.folder.changing():
        LookIndex(organisation.folder / "looks", TogetherWritten()).make(["Coco"])
    assert organisation.line(name="\u0421\u043e\u0441\u043e")


def test_the_work_for_a_line_does_not_grow_with_the_names(organisation: Organisation) -> None:
    """Counted: the same files are opened among 10 names and among 100, also where one looks alike; names are never listed."""

    def steps(number: int) -> tuple[int, int]:
        with opening(organisation.folder) as good:
            organisation.line(name=f"Zoe {number}")
        with opening(organisation.folder) as bad:
            refused(organisation, f"N\u0430me {number}")
        listed = {Path(one.removeprefix("list ")).name for one in (*good, *bad) if one.startswith("list ")} - {""}
        assert listed <= {account_of(organisation, "Name 9"), account_of(organisation, f"Name {number}")}
        return len(good), len(bad)

    for number in range(10):
        organisation.person(name=f"Name {number}")
    among_ten = steps(1)
    for number in range(10, 100):
        with organisation.ca.authority.folder.changing():
            organisation.ca.authority.folder.put_name(f"Name {number}", account_of(organisation, "Name 9"))
    assert steps(2) == among_ten


def test_a_line_that_nobody_used_is_withdrawn(organisation: Organisation) -> None:
    """As if it had never been made: its name is free, and a code that was used stays used."""
    line = organisation.line(name="Anna")
    account = account_of(organisation, "Anna")
    assert organisation.ca.registrar.withdraw(account) == 1
    assert organisation.ca.registrar.withdraw(account) == 0
    answer = organisation.ca.authority.answer(enrol_request(line, Role.USER, new_key()))
    assert getattr(answer, "code", None) == "code_unknown"
    organisation.person(name="Anna")
    assert account_of(organisation, "Anna") != account
    assert organisation.ca.registrar.withdraw(account_of(organisation, "Anna")) == 0
    with pytest.raises(TasukiError, match="not an account"):
        organisation.ca.registrar.withdraw("Anna")


def test_an_open_code_holds_its_name_and_an_expired_one_does_not(organisation: Organisation) -> None:
    """A name that was promised to nobody who came is free after a day."""
    organisation.line(name="Anna")
    assert given(organisation, "Anna") == "Anna (2)"
    organisation.clock.advance(DAY)
    assert given(organisation, "Anna") == "Anna"


def test_a_used_code_holds_the_name_as_long_as_renewal_reaches(organisation: Organisation) -> None:
    """430 days after enrolment, the certificate's life included."""
    organisation.person(name="Anna")
    organisation.clock.advance(430 * DAY - 1)
    assert given(organisation, "Anna") == "Anna (2)"
    organisation.clock.advance(2)
    assert given(organisation, "Anna") == "Anna"


def test_a_revoked_accounts_name_is_free_for_others_after_a_day_on_the_list(organisation: Organisation) -> None:
    """Not before a list tells of it, not a second early; then the successor has it, and the old account may not take it again."""
    organisation.person(name="Anna")
    old = account_of(organisation, "Anna")
    organisation.ca.registrar.revoker.revoke("Anna")
    organisation.clock.advance(2 * DAY)
    assert given(organisation, "Anna") == "Anna (2)"  # the CA has signed no list since
    organisation.crl()
    organisation.clock.advance(DAY - 1)
    organisation.crl()  # a later list tells of it too, and nothing begins anew
    assert given(organisation, "Anna") == "Anna (3)"
    organisation.clock.advance(1)
    organisation.person(name="Anna")
    assert account_of(organisation, "Anna") != old
    assert given(organisation, "Anna", old) == "Anna (2)"  # that line was used by nobody, and its day is over


def test_who_was_revoked_has_the_name_back_at_once(organisation: Organisation) -> None:
    """The wait is for others only."""
    organisation.person(name="Anna")
    old = account_of(organisation, "Anna")
    organisation.revoke("Anna")
    assert given(organisation, "Anna", old) == "Anna"


def test_the_last_certificate_counts(organisation: Organisation) -> None:
    """Of two computers one is revoked: the name stays; the other is, too: a day from then."""
    organisation.person(name="Anna")
    anna = account_of(organisation, "Anna")
    organisation.person(name="Anna", account=anna)
    first, second = organisation.ca.authority.folder.issued(anna)
    organisation.revoke(first.serial)
    organisation.clock.advance(5 * DAY)
    assert given(organisation, "Anna") == "Anna (2)"
    organisation.revoke(second.serial)
    organisation.clock.advance(DAY - 1)
    assert given(organisation, "Anna") == "Anna (3)"
    organisation.clock.advance(1)
    assert given(organisation, "Anna") == "Anna"


def test_a_revoked_certificate_that_expired_holds_no_name_beyond_a_day(organisation: Organisation) -> None:
    """Also one that no list has ever told of: nobody takes it for good."""
    organisation.person(name="Anna")
    organisation.ca.registrar.revoker.revoke("Anna")
    organisation.clock.advance(31 * DAY - 1)
    assert given(organisation, "Anna") == "Anna (2)"
    organisation.clock.advance(1)
    assert given(organisation, "Anna") == "Anna"


def test_what_is_known_of_the_list_is_damaged(organisation: Organisation) -> None:
    """Nobody gets the name early by that; the next list writes nothing anew in its place, for the name waits for the expiry."""
    organisation.person(name="Anna")
    organisation.revoke("Anna")
    for path in (organisation.folder / "listed").iterdir():
        path.write_bytes(b"{")
    organisation.clock.advance(DAY)
    organisation.crl()
    assert given(organisation, "Anna") == "Anna (2)"


def test_a_code_whose_name_went_to_another_is_refused(organisation: Organisation) -> None:
    """Even if it came back to life by a changed clock."""
    line = organisation.line(name="Anna")
    organisation.ca.authority.folder.put_name("Anna", "00000000-0000-4000-8000-000000000001")
    answer = organisation.ca.authority.answer(enrol_request(line, Role.USER, new_key()))
    assert getattr(answer, "code", None) == "name_taken"


@pytest.mark.parametrize("name", ["", " Anna", "An\u202ena", "A\u0308nna", "x" * 101])
def test_a_name_must_be_readable(organisation: Organisation, name: str) -> None:
    """The rules of identity."""
    assert refused(organisation, name) == "name_wrong"


def test_a_name_must_fit_a_certificate(organisation: Organisation) -> None:
    """64 bytes of UTF-8."""
    assert organisation.person(name="襷" * 21)
    assert refused(organisation, "襷" * 22) == "name_too_long"


def test_nobody_is_called_like_the_relay(organisation: Organisation) -> None:
    """A verifier that looks at common names must not take a user for the relay."""
    assert refused(organisation, "Relay.Example") == "name_taken"


@pytest.mark.parametrize("account", ["x", "../../root-key", "00000000-0000-4000-8000-00000000000A", ""])
def test_an_account_is_a_uuid(organisation: Organisation, account: str) -> None:
    """And never a path."""
    assert refused(organisation, "Anna", account) == "account_wrong"


def test_revoking_an_account_takes_everything_from_it(organisation: Organisation) -> None:
    """All computers, and the codes that are still open; another account keeps its own."""
    organisation.person(name="Anna")
    account = account_of(organisation, "Anna")
    organisation.person(Role.HELPER, name="Anna", account=account)
    spare = organisation.line(name="Anna", account=account)
    organisation.person(name="Ben")
    revoked = organisation.ca.registrar.revoker.revoke(account, reason="left")
    assert {one.role for one in revoked} == {"user", "helper"}
    assert len(organisation.crl()) == 2
    answer = organisation.ca.authority.answer(enrol_request(spare, Role.USER, new_key()))
    assert getattr(answer, "code", None) == "code_revoked"
    assert organisation.ca.registrar.revoker.revoke(account) == revoked


def test_a_new_code_lifts_the_block(organisation: Organisation) -> None:
    """Who comes back gets a new line; what was revoked stays revoked."""
    old = organisation.person(name="Anna")
    account = account_of(organisation, "Anna")
    organisation.revoke("Anna")
    new = organisation.person(name="Anna", account=account)
    crl = organisation.crl()
    assert crl.is_revoked(verify_issued(old.chain, organisation.root).serial)
    assert not crl.is_revoked(verify_issued(new.chain, organisation.root).serial)
    assert isinstance(organisation.ca.authority.answer(renew_request(new, new_key())), Issued)


def test_revoking_one_computer_takes_its_older_and_newer_certificates(organisation: Organisation) -> None:
    """A thief of one key may hold the others; the account's other computer goes on."""
    first = organisation.person(name="Anna")
    account = account_of(organisation, "Anna")
    family = [first]
    for _ in range(2):
        key = new_key()
        family.append(identity(organisation.ca.authority.answer(renew_request(family[-1], key)), key))
    branch = new_key()
    family.append(identity(organisation.ca.authority.answer(renew_request(first, branch)), branch))
    other = organisation.person(name="Anna", account=account)
    serial = verify_issued(family[1].chain, organisation.root).serial
    crl = organisation.revoke(f"{serial:040X}")
    assert all(crl.is_revoked(verify_issued(one.chain, organisation.root).serial) for one in family)
    assert not crl.is_revoked(verify_issued(other.chain, organisation.root).serial)


def test_revoking_what_is_not_there_says_so(organisation: Organisation) -> None:
    """A mistyped name revokes nothing."""
    for what in ("Nobody", "0" * 40, "../root-key", "relay", ""):
        with pytest.raises(TasukiError) as caught:
            organisation.ca.registrar.revoker.revoke(what)
        assert caught.value.code == "revoke_unknown"


def test_an_account_that_was_forgotten_is_blocked_all_the_same(organisation: Organisation) -> None:
    """After an old backup was put back its certificates are unknown here, but not renewed."""
    person = organisation.person(name="Anna")
    account = account_of(organisation, "Anna")
    folder = organisation.ca.authority.folder
    for record in list(folder.all_issued()):
        folder.forget_issued(record)
    for code in list(folder.codes()):
        folder.forget_code(code.id)
    assert organisation.ca.registrar.revoker.revoke(account) == []
    answer = organisation.ca.authority.answer(renew_request(person, new_key()))
    assert getattr(answer, "code", None) == "revoked"


def test_the_secret_of_a_spent_code_is_forgotten(organisation: Organisation) -> None:
    """Expired or revoked; an open one keeps it."""
    folder = organisation.ca.authority.folder
    organisation.line(name="Anna")
    organisation.ca.registrar.revoker.revoke("Anna")
    assert [record.code for record in folder.codes()] == [""]
    organisation.clock.advance(DAY / 2)
    organisation.line(name="Ben")
    organisation.ca.registrar.tidy()
    assert sorted(bool(record.code) for record in folder.codes()) == [False, True]
    organisation.clock.advance(DAY)
    organisation.ca.registrar.tidy()
    assert not any(record.code for record in folder.codes())


def test_records_that_matter_to_nobody_are_cleared(organisation: Organisation) -> None:
    """90 days after the last possible renewal, not a day before."""
    organisation.person(name="Anna")
    organisation.revoke("Anna")
    folder = organisation.ca.authority.folder
    organisation.clock.advance((START + timedelta(days=30 + 400 + 90) - START).total_seconds() - 1)
    organisation.ca.registrar.tidy()
    assert len(list(folder.all_issued())) == len(list(folder.all_revoked())) == 1
    organisation.clock.advance(2)
    organisation.ca.registrar.tidy()
    assert not list(folder.all_issued())
    assert not list(folder.all_revoked())
    assert not list((organisation.folder / "listed").iterdir())


def test_a_namesake_has_the_department_behind_the_name(organisation: Organisation) -> None:
    """Where that is taken too, or longer than a certificate takes, a number; a further line for the person keeps the name."""
    assert given(organisation, "山田 太郎", department="営業部") == "山田 太郎"
    assert given(organisation, "山田 太郎", department="営業部") == "山田 太郎 (営業部)"
    assert given(organisation, "山田 太郎", department="営業部") == "山田 太郎 (2)"
    assert given(organisation, "山田 太郎", department="営" * 20) == "山田 太郎 (3)"
    second = account_of(organisation, "山田 太郎 (営業部)")
    assert given(organisation, "山田 太郎", second) == "山田 太郎 (営業部)"
    assert given(organisation, "山田 太郎 (営業部)", second) == "山田 太郎 (営業部)"


def state(organisation: Organisation, line: EnrolmentLine) -> str:
    """What somebody is told who comes with it."""
    answer = organisation.ca.authority.answer(enrol_request(line, Role.USER, new_key()))
    return "enrolled" if isinstance(answer, Issued) else str(answer.code)


def test_a_further_line_takes_back_the_older_ones(organisation: Organisation) -> None:
    """Which nobody has used: whoever finds one that was lost comes too late. Another's, and those that are to be kept, stay."""
    make = organisation.ca.registrar.make_code
    first, record = make(role=Role.USER, name="Anna")
    other, _ = make(role=Role.USER, name="Ben")
    kept, _ = make(role=Role.USER, name="Anna", account=record.account, keep=True)
    assert organisation.ca.registrar.open_lines(record.account) == 2
    assert state(organisation, kept) == "enrolled"
    second, _ = make(role=Role.USER, name="Anna", account=record.account)
    assert organisation.ca.registrar.open_lines(record.account) == 1
    assert state(organisation, first) == "code_revoked"
    assert state(organisation, kept) == "code_used"
    assert [state(organisation, line) for line in (second, other)] == ["enrolled", "enrolled"]


def test_further_lines_for_many_take_back_the_older_ones(organisation: Organisation) -> None:
    """Also where somebody stands in the table twice: the last one is good."""
    registrar = organisation.ca.registrar
    wishes = [
        LineWish(role=Role.USER, name=f"Anna {n}", account=f"00000000-0000-4000-8000-00000000000{n}") for n in (1, 2)
    ]
    before, _ = registrar.make_codes(wishes, life=60.0)
    registrar.make_codes(wishes, life=60.0, try_only=True)
    kept, _ = registrar.make_codes(wishes[:1], life=60.0, keep=True)
    after, _ = registrar.make_codes([wishes[1], wishes[1]], life=60.0)
    assert [state(organisation, line) for line, _ in (*before, *kept, *after)] == [
        "enrolled",
        "code_revoked",
        "enrolled",
        "code_revoked",
        "enrolled",
    ]


def test_a_person_has_one_name_in_both_roles(organisation: Organisation) -> None:
    """A helper who is a user: two accounts, one name, and a third account of somebody else does not get it."""
    registrar, authority = organisation.ca.registrar, organisation.ca.authority
    organisation.person(Role.USER, "Hana")
    hana = account_of(organisation, "Hana")
    helper = "00000000-0000-5000-8000-000000000001"
    line, made = registrar.make_code(role=Role.HELPER, name="Hana", account=helper, person=hana)
    assert (made.name, authority.folder.person_of(helper)) == ("Hana", hana)
    key = new_key()
    peer = verify_issued(
        identity(authority.answer(enrol_request(line, Role.HELPER, key)), key).chain, organisation.root
    )
    assert (peer.name, peer.uri.account, peer.role) == ("Hana", helper, Role.HELPER)
    assert given(organisation, "Hana") == "Hana (2)"
    other = account_of(organisation, "Hana (2)")
    with pytest.raises(TasukiError) as caught:
        registrar.make_code(role=Role.HELPER, name="Hana", account=helper, person=other)
    assert caught.value.code == "account_of_another"
    assert len(registrar.revoker.revoke("Hana")) == 2
    assert authority.folder.blocked(helper)


def test_two_become_one_person(organisation: Organisation) -> None:
    """Who had an account for each role has one name from the next certificate on: that of the person who stays."""
    registrar, authority = organisation.ca.registrar, organisation.ca.authority
    organisation.person(Role.USER, "Hana")
    helper = organisation.person(Role.HELPER, "Hana (IT)")
    stays, goes = account_of(organisation, "Hana"), account_of(organisation, "Hana (IT)")
    registrar.join(stays, goes)
    key = new_key()
    renewed = identity(authority.answer(renew_request(helper, key)), key)
    peer = verify_issued(renewed.chain, organisation.root)
    assert (peer.name, peer.uri.account) == ("Hana", goes)
    assert authority.folder.accounts_of(stays) == [stays, goes]
    assert authority.folder.accounts_of(goes) == []
    with pytest.raises(TasukiError, match="not an account"):
        registrar.join(stays, "Hana")


def test_a_folder_from_before_there_were_people(organisation: Organisation) -> None:
    """It has neither part: names are whose they were, renewals keep them, and the parts come with the next line."""
    old = organisation.person(name="Anna")
    shutil.rmtree(organisation.folder / "people")
    shutil.rmtree(organisation.folder / "members")
    key = new_key()
    renewed = identity(organisation.ca.authority.answer(renew_request(old, key)), key)
    assert verify_issued(renewed.chain, organisation.root).name == "Anna"
    assert given(organisation, "Anna") == "Anna (2)"
    assert given(organisation, "Anna", account_of(organisation, "Anna")) == "Anna"


def test_a_relay_cannot_make_the_list_too_long(organisation: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    """What this folder does not know is revoked by its word up to a limit; what it knows always is."""
    monkeypatch.setattr(revoker, "UNKNOWN_LIMIT", 2)
    organisation.person(name="Anna")
    anna, ask = account_of(organisation, "Anna"), organisation.ca.registrar.revoker.revoke_for_relay
    strangers = [f"00000000-0000-4000-8000-00000000000{number}" for number in range(3)]
    serials = [ask(RevokeRequest(account=strangers[0], serial=f"{number:x}")) for number in (31, 32, 32, 33)]
    assert serials == [Revoked(count=1), Revoked(count=1), Revoked(count=0), NotIssued(code="too_many")]
    accounts = [ask(RevokeRequest(account=one)) for one in (*strangers, strangers[0])]
    assert accounts == [Revoked(count=0), Revoked(count=0), NotIssued(code="too_many"), Revoked(count=0)]
    assert not organisation.ca.authority.folder.blocked(strangers[2])
    assert ask(RevokeRequest(account=anna)) == Revoked(count=1)


def test_a_name_that_certificates_carry_stays_with_whoever_they_were_joined_to(organisation: Organisation) -> None:
    """Until they are renewed nobody else gets it; and what is revoked by it is theirs."""
    registrar = organisation.ca.registrar
    organisation.person(Role.USER, "Anna")
    organisation.person(Role.HELPER, "Anna Berg")
    anna, berg = (account_of(organisation, name) for name in ("Anna", "Anna Berg"))
    registrar.join(anna, berg)
    folder = organisation.ca.authority.folder
    assert folder.name_owner("Anna Berg") == folder.name_owner("Anna") == anna
    organisation.line(name="Anna Berg")  # for somebody else: a number behind it
    assert folder.name_owner("Anna Berg") == anna
    assert len(registrar.revoker.revoke("Anna Berg")) == 2


def test_what_the_relay_asks_to_be_revoked(organisation: Organisation) -> None:
    """All of an account, with its lines; one computer's; what a newer certificate has replaced. Asked again it changes nothing."""
    registrar, authority = organisation.ca.registrar, organisation.ca.authority
    first = organisation.person(name="Anna")
    anna = account_of(organisation, "Anna")
    key = new_key()
    second = identity(authority.answer(renew_request(first, key)), key)
    other = organisation.person(name="Anna", account=anna)
    numbers = [verify_issued(one.chain, organisation.root).serial for one in (first, second, other)]

    def revoked() -> list[bool]:
        return [organisation.crl().is_revoked(number) for number in numbers]

    ask = RevokeRequest(account=anna, serial=f"{numbers[0]:x}", superseded=True)
    assert [registrar.revoker.revoke_for_relay(ask) for _ in range(2)] == [Revoked(count=1), Revoked(count=0)]
    assert revoked() == [True, False, False]
    assert registrar.revoker.revoke_for_relay(RevokeRequest(account=anna, serial=f"{numbers[1]:x}")) == Revoked(count=1)
    assert revoked() == [True, True, False]
    line = organisation.line(name="Anna", account=anna)
    assert registrar.revoker.revoke_for_relay(RevokeRequest(account=anna)) == Revoked(count=1)
    assert revoked() == [True, True, True]
    assert authority.folder.blocked(anna)
    assert getattr(authority.answer(enrol_request(line, Role.USER, new_key())), "code", None) == "code_revoked"
    unknown = "00000000-0000-4000-8000-00000000000a"
    assert registrar.revoker.revoke_for_relay(RevokeRequest(account=unknown, serial="1f")) == Revoked(count=1)
    assert organisation.crl().is_revoked(0x1F)
    assert registrar.revoker.revoke_for_relay(RevokeRequest(account="relay")) == NotIssued(code="malformed")
    assert registrar.revoker.revoke_for_relay(RevokeRequest(account=anna, serial="no number")) == NotIssued(
        code="malformed"
    )


def names_of(organisation: Organisation, account: str) -> list[str]:
    """In the certificates of this account, oldest first."""
    return [one.name for one in organisation.ca.authority.folder.issued(account)]


def test_a_rename_keeps_identity_and_old_name(organisation: Organisation) -> None:
    """The next certificate has the new name and the same URI; nobody else gets the old one before a day after its last is listed."""
    registrar, authority = organisation.ca.registrar, organisation.ca.authority
    old = organisation.person(name="Anna")
    anna = account_of(organisation, "Anna")
    made = registrar.rename("Anna", "Anna Berg")
    assert (made.person, made.before, made.name) == (anna, "Anna", "Anna Berg")
    assert given(organisation, "Anna Berg") == "Anna Berg (2)"
    key = new_key()
    new = verify_issued(identity(authority.answer(renew_request(old, key)), key).chain, organisation.root)
    before = verify_issued(old.chain, organisation.root)
    assert (new.name, str(new.uri)) == ("Anna Berg", str(before.uri))
    assert given(organisation, "Anna") == "Anna (2)"
    assert registrar.revoker.revoke_for_relay(RevokeRequest(account=anna, serial=f"{before.serial:x}", superseded=True))
    organisation.crl()
    organisation.clock.advance(DAY - 1)
    assert given(organisation, "Anna") == "Anna (3)"
    organisation.clock.advance(1)
    assert given(organisation, "Anna") == "Anna"
    assert not organisation.crl().is_revoked(new.serial)


def test_a_name_is_had_back(organisation: Organisation) -> None:
    """At once, for who gave it up; by UUID, by either role, or by the present name; not by the one before."""
    organisation.person(name="Anna")
    anna = account_of(organisation, "Anna")
    registrar = organisation.ca.registrar
    registrar.rename(anna, "Berta")
    with pytest.raises(TasukiError) as caught:
        registrar.rename("Anna", "Cleo")
    assert caught.value.code == "ca_rename_unknown"
    assert registrar.rename("Berta", "Anna").name == "Anna"
    assert organisation.ca.authority.folder.name_owner("Anna") == anna


def test_a_rename_to_a_namesakes_name(organisation: Organisation) -> None:
    """Department or number behind it; once the other has gone, the name alone; what looks like another's is refused."""
    registrar = organisation.ca.registrar
    organisation.person(name="山田 太郎")
    organisation.person(name="Hana")
    hana = account_of(organisation, "Hana")
    assert registrar.rename(hana, "山田 太郎", department="営業").name == "山田 太郎 (営業)"
    assert registrar.rename(hana, "山田 太郎").name == "山田 太郎 (2)"
    organisation.revoke(account_of(organisation, "山田 太郎"))
    organisation.clock.advance(DAY)
    assert registrar.rename(hana, "山田 太郎").name == "山田 太郎"
    organisation.person(name="Coco")
    with pytest.raises(TasukiError) as caught:
        registrar.rename(hana, "\u0421\u043e\u0441\u043e")
    assert caught.value.code == "name_looks_like"
    for wrong, code in (("relay.example", "name_taken"), ("x" * 65, "name_too_long"), ("", "name_wrong")):
        with pytest.raises(TasukiError) as caught:
            registrar.rename(hana, wrong)
        assert caught.value.code == code


def test_a_line_that_was_made_before_a_rename(organisation: Organisation) -> None:
    """Whoever uses it has the new name."""
    line = organisation.line(name="Anna")
    anna = account_of(organisation, "Anna")
    organisation.ca.registrar.rename("Anna", "Anna Berg")
    organisation.ca.authority.answer(enrol_request(line, Role.USER, new_key()))
    assert names_of(organisation, anna) == ["Anna Berg"]


def test_both_roles_are_renamed(organisation: Organisation) -> None:
    """They are one person."""
    registrar = organisation.ca.registrar
    organisation.person(Role.USER, "Anna")
    anna = account_of(organisation, "Anna")
    helper = "00000000-0000-4000-8000-000000000001"
    line, _ = registrar.make_code(role=Role.HELPER, name="Anna", account=helper, person=anna)
    key = new_key()
    old = identity(organisation.ca.authority.answer(enrol_request(line, Role.HELPER, key)), key)
    assert registrar.rename(helper, "Berta").person == anna
    organisation.ca.authority.answer(renew_request(old, new_key()))
    assert sorted(names_of(organisation, helper)) == ["Anna", "Berta"]
