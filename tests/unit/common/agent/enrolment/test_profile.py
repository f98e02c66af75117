"""An agent's profile: what is on disk after a restart, what is refused, and lists that never go back."""

from pathlib import Path

import msgspec
import pytest

from common.agent.enrolment.folder import OF_ONE_ORGANISATION
from common.agent.enrolment.keys import FileKeys, KeyringKeys
from common.agent.enrolment.profile import Profile
from common.host.errors import TasukiError
from common.host.words import set_language
from common.net.certificates import CertificateError, Fault, Identity, key_to_pem, spki_sha256
from common.protocol.identity import Role
from tests.support.ca import Organisation
from tests.support.keyrings import Memory
from tests.support.private_files import is_private


@pytest.fixture
def organisation(tmp_path: Path) -> Organisation:
    """An organisation with a CA."""
    return Organisation(tmp_path)


def save(profile: Profile, person: Identity) -> None:
    """Put somebody's identity in place."""
    profile.save(key=person.key, chain=person.chain, relay="relay.example", port=8443)


def open_in(folder: Path, role: Role = Role.USER) -> Profile:
    """The profile in this folder."""
    return Profile.open(role=role, folder=folder)


def test_everything_is_there_after_a_restart(organisation: Organisation, tmp_path: Path) -> None:
    """Identity, root, relay, names."""
    person = organisation.person()
    save(open_in(tmp_path / "p"), person)
    profile = open_in(tmp_path / "p")
    assert profile.enrolled
    assert (profile.name, profile.organisation, profile.uri.role) == ("Anna", "Example", Role.USER)
    assert (profile.relay_host, profile.relay_port) == ("relay.example", 8443)
    assert (profile.root, profile.identity.chain) == (organisation.root, person.chain)
    assert spki_sha256(profile.identity.key) == spki_sha256(person.key)
    assert profile.not_after == profile.certificate.not_after


def test_ports_that_a_relay_told_are_kept(organisation: Organisation, tmp_path: Path) -> None:
    """Over a restart and a renewal; the line's comes first; another relay's do not count."""
    person = organisation.person()
    save(open_in(tmp_path / "p"), person)
    profile = open_in(tmp_path / "p")
    assert profile.relay_addresses == [("relay.example", 8443)]
    profile.learn_ports([443, 8443])
    profile = open_in(tmp_path / "p")
    assert profile.relay_addresses == [("relay.example", 8443), ("relay.example", 443)]
    save(profile, person)
    assert open_in(tmp_path / "p").relay_addresses == [("relay.example", 8443), ("relay.example", 443)]
    profile.save(key=person.key, chain=person.chain, relay="other.example", port=443)
    assert open_in(tmp_path / "p").relay_addresses == [("other.example", 443), ("other.example", 80)]


def test_nobody_yet(tmp_path: Path) -> None:
    """Every fact says so, and nothing is written by looking."""
    profile = open_in(tmp_path / "p")
    assert not profile.enrolled
    assert profile.crl is None
    for read in (
        lambda: profile.identity,
        lambda: profile.name,
        lambda: profile.root,
        lambda: profile.relay_port,
        lambda: profile.key_place,
    ):
        with pytest.raises(TasukiError) as caught:
            read()
        assert caught.value.code == "not_enrolled"
    assert not (tmp_path / "p").exists()


def test_the_files_are_for_the_owner_alone(organisation: Organisation, tmp_path: Path) -> None:
    """Folder 0700, files 0600, and the sentence says where the key lies."""
    set_language("en")
    profile = open_in(tmp_path / "p")
    save(profile, organisation.person())
    assert is_private(tmp_path / "p")
    assert {is_private(path) for path in (tmp_path / "p").iterdir()} == {True}
    (key,) = (tmp_path / "p").glob("key-*.pem")
    assert str(key) in profile.key_place


def test_a_new_identity_takes_the_place_of_the_old(organisation: Organisation, tmp_path: Path) -> None:
    """The old key is forgotten."""
    profile = open_in(tmp_path / "p")
    save(profile, organisation.person(name="Anna"))
    save(profile, organisation.person(name="Ben"))
    assert (profile.name, open_in(tmp_path / "p").name) == ("Ben", "Ben")
    assert len(list((tmp_path / "p").glob("key-*.pem"))) == 1


def test_a_pending_key_is_kept_until_it_is_used(organisation: Organisation, tmp_path: Path) -> None:
    """The same for the same purpose, over restarts; another purpose makes another and forgets the first."""
    profile = open_in(tmp_path / "p")
    first = profile.pending_key("enrol:1")
    again = open_in(tmp_path / "p").pending_key("enrol:1")
    assert spki_sha256(first) == spki_sha256(again)
    profile = open_in(tmp_path / "p")
    assert spki_sha256(profile.pending_key("enrol:2")) != spki_sha256(first)
    assert len(list((tmp_path / "p").glob("key-*.pem"))) == 1
    assert not open_in(tmp_path / "p").enrolled
    save(profile, organisation.person())
    assert len(list((tmp_path / "p").glob("key-*.pem"))) == 1


def test_a_pending_key_that_was_lost_is_made_again(tmp_path: Path) -> None:
    """Rather than an agent that can never enrol."""
    profile = open_in(tmp_path / "p")
    first = profile.pending_key("enrol:1")
    for path in (tmp_path / "p").glob("key-*.pem"):
        path.unlink()
    assert spki_sha256(profile.pending_key("enrol:1")) != spki_sha256(first)


def test_a_pending_key_does_not_touch_the_identity(organisation: Organisation, tmp_path: Path) -> None:
    """A renewal that fails leaves everything as it was."""
    profile = open_in(tmp_path / "p")
    save(profile, organisation.person())
    profile.pending_key("renew:1")
    assert open_in(tmp_path / "p").name == "Anna"


@pytest.mark.parametrize("damage", [b"", b"{", b"{}", b'{"role":"helper"}', b'{"role":"user","version":2}'])
def test_a_damaged_profile_is_said(tmp_path: Path, damage: bytes) -> None:
    """Which file; never an agent that quietly enrols anew. Another role's profile is not ours either."""
    (tmp_path / "profile.json").write_bytes(damage)
    with pytest.raises(TasukiError) as caught:
        open_in(tmp_path)
    assert caught.value.code == "profile_damaged"


def test_a_key_that_is_gone_or_anothers_is_said(organisation: Organisation, tmp_path: Path) -> None:
    """Before anything is tried with it."""
    profile = open_in(tmp_path / "p")
    save(profile, organisation.person())
    (path,) = (tmp_path / "p").glob("key-*.pem")
    path.write_bytes(key_to_pem(organisation.person(name="Ben").key))
    with pytest.raises(TasukiError) as caught:
        open_in(tmp_path / "p")
    assert caught.value.code == "profile_damaged"
    path.write_bytes(b"x")
    with pytest.raises(TasukiError) as caught:
        open_in(tmp_path / "p")
    assert caught.value.code == "profile_damaged"
    path.unlink()
    with pytest.raises(TasukiError) as caught:
        open_in(tmp_path / "p")
    assert caught.value.code == "key_missing"


def test_lists_only_get_newer(organisation: Organisation, tmp_path: Path) -> None:
    """Also over a restart: an older one is refused, and the newer stays."""
    save(open_in(tmp_path / "p"), organisation.person())
    old = organisation.crl()
    new = organisation.crl()
    profile = open_in(tmp_path / "p")
    assert profile.accept_crl(old.der).number == old.number
    assert profile.accept_crl(new.der).number == new.number
    assert profile.accept_crl(new.der) is profile.crl
    for one in (profile, open_in(tmp_path / "p")):
        with pytest.raises(CertificateError) as caught:
            one.accept_crl(old.der)
        assert caught.value.code is Fault.CRL_ROLLED_BACK
        assert one.crl is not None
        assert one.crl.number == new.number


def test_anothers_list_is_refused(organisation: Organisation, tmp_path: Path) -> None:
    """And not kept."""
    profile = open_in(tmp_path / "p")
    save(profile, organisation.person())
    with pytest.raises(CertificateError):
        profile.accept_crl(Organisation(tmp_path / "other").crl().der)
    assert profile.crl is None


def test_another_organisation_starts_with_lists_of_its_own(organisation: Organisation, tmp_path: Path) -> None:
    """Its numbers may be lower."""
    profile = open_in(tmp_path / "p")
    save(profile, organisation.person())
    organisation.clock.advance(1000)
    profile.accept_crl(organisation.crl().der)
    other = Organisation(tmp_path / "other")
    save(profile, other.person())
    assert profile.crl is None
    assert profile.accept_crl(other.crl().der)


def test_what_one_organisation_was_told_stays_with_it(organisation: Organisation, tmp_path: Path) -> None:
    """Another one's relay hears of no request that was left, nor does its user read the telephone of the one before."""
    profile = open_in(tmp_path / "p")
    save(profile, organisation.person())
    for name in OF_ONE_ORGANISATION:
        (tmp_path / "p" / name).write_text("{}")
    before = profile.owner
    save(profile, organisation.person(name="Hana"))  # renewed, or another line of the same organisation
    assert all((tmp_path / "p" / name).exists() for name in OF_ONE_ORGANISATION)
    (tmp_path / "other").mkdir()
    save(profile, Organisation(tmp_path / "other").person())
    assert not any((tmp_path / "p" / name).exists() for name in OF_ONE_ORGANISATION)
    assert profile.owner.partition(" ")[0] != before.partition(" ")[0]


def test_a_list_that_cannot_be_kept_or_read_counts_in_memory(organisation: Organisation, tmp_path: Path) -> None:
    """A full disk does not make the revoked good."""
    profile = open_in(tmp_path / "p")
    save(profile, organisation.person())
    path = profile._crl_path()
    path.mkdir()
    crl = organisation.crl()
    assert profile.accept_crl(crl.der).number == crl.number
    assert profile.crl is not None
    path.rmdir()
    path.write_bytes(b"x")
    assert open_in(tmp_path / "p").crl is None


def with_keyring(folder: Path, memory: Memory) -> Profile:
    """A profile on a computer with a keyring."""
    profile = Profile(
        role=Role.USER,
        folder=folder,
        stores={"file": FileKeys(folder), "keyring": KeyringKeys(memory)},
        prefer="keyring",
    )
    profile.load()
    return profile


def test_with_a_keyring_the_key_is_in_it(organisation: Organisation, tmp_path: Path) -> None:
    """No key in the folder, the sentence says so, and the old one is forgotten."""
    set_language("en")
    memory = Memory()
    profile = with_keyring(tmp_path / "p", memory)
    save(profile, organisation.person())
    assert "keyring" in profile.key_place
    assert not list((tmp_path / "p").glob("*.pem"))
    save(profile, organisation.person(name="Ben"))
    assert len(memory.kept) == 1
    assert with_keyring(tmp_path / "p", memory).name == "Ben"


def test_a_keyring_that_fails_gives_way_to_a_file(organisation: Organisation, tmp_path: Path) -> None:
    """Enrolment goes on; a profile whose keyring is gone later says that the key is missing."""
    memory = Memory()
    memory.forgets = True
    profile = with_keyring(tmp_path / "p", memory)
    save(profile, organisation.person())
    assert str(tmp_path) in profile.key_place
    assert open_in(tmp_path / "p").name == "Anna"
    memory.forgets = False
    save(profile, organisation.person(name="Ben"))
    with pytest.raises(TasukiError) as caught:
        open_in(tmp_path / "p")
    assert caught.value.code == "key_missing"


def test_the_persons_own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a folder it is platformdirs' one, a folder for each role; with one the key stays in it."""
    for name in ("XDG_CONFIG_HOME", "WIN_PD_OVERRIDE_LOCAL_APPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setattr("common.agent.enrolment.profile.system_keyring", lambda: None)
    folders = {Profile.open(role=role).folder for role in Role}
    assert folders == {tmp_path / "tasuki" / "user", tmp_path / "tasuki" / "helper"}
    monkeypatch.setattr("common.agent.enrolment.profile.system_keyring", lambda: KeyringKeys(Memory()))
    named = Profile.open(role=Role.USER, folder=tmp_path / "named")
    named.pending_key("enrol:1")
    assert list((tmp_path / "named").glob("key-*.pem"))
    own = Profile.open(role=Role.USER)
    own.pending_key("enrol:1")
    assert not list(own.folder.glob("key-*.pem"))


def test_a_folder_that_cannot_be_written(organisation: Organisation, tmp_path: Path) -> None:
    """A sentence, and the profile in memory stays as it was."""
    good = open_in(tmp_path / "p")
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "profile.json").mkdir()
    with pytest.raises(TasukiError) as caught:
        save(good, organisation.person())
    assert caught.value.code == "folder_unusable"
    assert not good.enrolled


def test_the_file_is_json_with_a_version(organisation: Organisation, tmp_path: Path) -> None:
    """So that a later program can read it."""
    save(open_in(tmp_path / "p"), organisation.person())
    told = msgspec.json.decode((tmp_path / "p" / "profile.json").read_bytes())
    assert (told["version"], told["role"]) == (1, "user")
    assert "PRIVATE" not in str(told)
