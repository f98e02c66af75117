"""Where the relay is dialled: by the line, then by the list alone; a name that another has answered comes last."""

from pathlib import Path

import pytest

from common.agent.enrolment.profile import Profile
from common.agent.enrolment.relay_names import RelayNames
from common.net.certificates import CertificateError, Fault, Identity
from common.protocol.identity import Role
from tests.support.ca import Organisation

LINE = ("line.example", 8443)


@pytest.fixture
def organisation(tmp_path: Path) -> Organisation:
    """Whose list it is."""
    return Organisation(tmp_path)


def hosts(profile: Profile) -> list[str]:
    """The names in the order in which they are dialled."""
    return list(dict.fromkeys(host for host, _ in profile.relay_addresses))


def enrolled(folder: Path, person: Identity, host: str = LINE[0]) -> Profile:
    """Enrolled by a line with this host."""
    profile = Profile.open(role=Role.USER, folder=folder)
    profile.save(key=person.key, chain=person.chain, relay=host, port=LINE[1])
    return profile


def test_each_name_by_its_own_port_first(organisation: Organisation) -> None:
    """Then the ports that the relay told: a name that answers nobody costs two seconds, not two for each port."""
    names = RelayNames()
    names.held = organisation.hosts("a.example", "b.example:8443")
    assert names.addresses(LINE, by_line=False, told=[443, 80]) == [
        ("a.example", 443), ("b.example", 8443), ("a.example", 80), ("b.example", 443), ("b.example", 80),
    ]  # fmt: skip
    names.held = None
    assert names.addresses(("a.example", 443), by_line=False, told=[]) == [("a.example", 443), ("a.example", 80)]


def test_a_name_that_another_answers_comes_last(organisation: Organisation) -> None:
    """Each in turn, so that none is left out; with another list all begin anew."""
    names = RelayNames()
    names.held = organisation.hosts("a.example", "b.example", "c.example")

    def order() -> str:
        return "".join(host[0] for host, port in names.addresses(LINE, by_line=False, told=[]) if port == 443)

    assert order() == "abc"
    names.pass_over("a.example")
    assert order() == "bca"
    names.pass_over("b.example")
    assert order() == "cab"
    names.pass_over("a.example")
    assert order() == "cba"


def test_the_line_counts_until_a_list_is_held(organisation: Organisation, tmp_path: Path) -> None:
    """Then the list alone, over restarts too: a name that is withdrawn is dialled no more."""
    profile = enrolled(tmp_path / "p", organisation.person())
    assert profile.relay_addresses == [LINE]
    profile.accept_hosts(organisation.hosts("line.example:8443", "new.example").document)
    assert hosts(profile) == ["line.example", "new.example"]
    profile.accept_hosts(organisation.hosts("new.example").document)
    for one in (profile, Profile.open(role=Role.USER, folder=tmp_path / "p")):
        assert hosts(one) == ["new.example"]
        assert (one.relay_host, one.relay_port) == ("new.example", 443)


def test_an_older_or_foreign_list_changes_nothing(organisation: Organisation, tmp_path: Path) -> None:
    """Also after a restart."""
    old, new = organisation.hosts("old.example"), organisation.hosts("new.example")
    foreign = Organisation(tmp_path / "other").hosts("evil.example")
    profile = enrolled(tmp_path / "p", organisation.person())
    profile.accept_hosts(new.document)
    for one in (profile, Profile.open(role=Role.USER, folder=tmp_path / "p")):
        for refused, fault in ((old, Fault.HOSTS_ROLLED_BACK), (foreign, Fault.BAD_SIGNATURE)):
            with pytest.raises(CertificateError) as caught:
                one.accept_hosts(refused.document)
            assert caught.value.code is fault
        assert hosts(one) == ["new.example"]


def test_a_later_line_counts_beside_the_list_until_the_relay_has_told_one(
    organisation: Organisation, tmp_path: Path
) -> None:
    """A computer that was off while the relay moved holds an old list: the operator's new line leads it back."""
    profile = enrolled(tmp_path / "p", organisation.person())
    old = organisation.hosts("old.example")
    profile.accept_hosts(old.document)
    person = organisation.person(name="Berta")
    profile.save(key=person.key, chain=person.chain, relay="moved.example", port=443)
    assert hosts(profile) == ["moved.example", "old.example"]
    assert hosts(Profile.open(role=Role.USER, folder=tmp_path / "p")) == ["moved.example", "old.example"]
    profile.accept_hosts(old.document)  # the newest there is: the line was no newer
    assert hosts(profile) == ["old.example"]
    assert hosts(Profile.open(role=Role.USER, folder=tmp_path / "p")) == ["old.example"]


def test_a_renewal_keeps_what_is_known(organisation: Organisation, tmp_path: Path) -> None:
    """The line's address, the list, and which of the two counts."""
    profile = enrolled(tmp_path / "p", organisation.person())
    renewed = organisation.person(name="Berta")
    profile.save(key=renewed.key, chain=renewed.chain)
    assert profile.relay_addresses == [LINE]
    profile.accept_hosts(organisation.hosts("new.example").document)
    renewed = organisation.person(name="Carla")
    profile.save(key=renewed.key, chain=renewed.chain)
    assert hosts(profile) == ["new.example"]


def test_a_list_that_cannot_be_read_or_kept(organisation: Organisation, tmp_path: Path) -> None:
    """A damaged one is none, and then it is the line; one that the disk does not take counts in memory."""
    profile = enrolled(tmp_path / "p", organisation.person())
    profile.accept_hosts(organisation.hosts("new.example").document)
    path = profile._hosts_path()
    path.write_bytes(b"x")
    again = Profile.open(role=Role.USER, folder=tmp_path / "p")
    assert hosts(again) == ["line.example"]
    path.unlink()
    path.mkdir()
    again.accept_hosts(organisation.hosts("next.example").document)
    assert hosts(again) == ["next.example"]


def test_another_organisations_list_is_not_this_ones(organisation: Organisation, tmp_path: Path) -> None:
    """Where the computer is enrolled elsewhere."""
    profile = enrolled(tmp_path / "p", organisation.person())
    profile.accept_hosts(organisation.hosts("new.example").document)
    other = Organisation(tmp_path / "other")
    person = other.person()
    profile.save(key=person.key, chain=person.chain, relay="other.example", port=443)
    assert profile.hosts is None
    assert hosts(profile) == ["other.example"]
