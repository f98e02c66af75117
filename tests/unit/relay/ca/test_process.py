"""The loop of `serve`: letters are answered, the list is fresh, and nothing that lies about stops it."""

import os
import threading
from pathlib import Path

import msgspec
import pytest

from common.host.errors import TasukiError
from common.net.certificates import make_csr, new_key
from common.net.revocation import load_crl
from common.protocol.certificate_requests import (
    CertificateRequest,
    Issued,
    Refused,
    RelayCertificateRequest,
)
from common.protocol.identity import Role
from relay.ca.process import Server, initialise, open_office, utc_now
from tests.support.ca import Organisation, enrol_request
from tests.support.clock import START

ID = "0123456789abcdef" * 2
DAY = 86400.0


@pytest.fixture
def organisation(tmp_path: Path) -> Organisation:
    """An organisation with a CA."""
    return Organisation(tmp_path)


@pytest.fixture
def server(organisation: Organisation) -> Server:
    """Its process, which turns when it is told to."""
    return Server(office=organisation.office, clock=organisation.now)


def published(organisation: Organisation) -> int:
    """The number of the list in the mailbox."""
    der = organisation.office.mailbox.crl()
    assert der is not None
    return load_crl(der, organisation.root).number


def test_letters_are_answered(organisation: Organisation, server: Server) -> None:
    """Good ones, refused ones, and those that cannot be read, in one turn."""
    box = organisation.office.mailbox
    requests: list[CertificateRequest] = [
        enrol_request(organisation.line(), Role.USER, new_key()),
        RelayCertificateRequest(csr=b"x"),
    ]
    for number, request in enumerate(requests):
        box.submit(f"{number:032x}", request)
    (box.requests / f"{ID}.json").write_text("garbage")
    assert server.turn() == 3
    assert isinstance(box.fetch(f"{0:032x}"), Issued)
    assert box.fetch(f"{1:032x}") == Refused(code="malformed")
    assert box.fetch(ID) == Refused(code="malformed")
    assert server.turn() == 0


def test_a_letter_from_before_the_start_is_answered(organisation: Organisation) -> None:
    """The relay put it there while the CA was dead."""
    organisation.office.mailbox.submit(ID, RelayCertificateRequest(csr=make_csr(new_key())))
    office = open_office(organisation.folder, clock=organisation.now, random=lambda count: b"r" * count)
    assert Server(office=office, clock=organisation.now).turn() == 1
    assert isinstance(office.mailbox.fetch(ID), Issued)


def test_a_letter_that_meets_a_bug_does_not_stop_the_others(
    organisation: Organisation, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It gets `unavailable`, the next gets its certificate."""
    box = organisation.office.mailbox
    good = organisation.office.authority.answer

    def answer(request: CertificateRequest) -> object:
        if not isinstance(request, RelayCertificateRequest):
            return good(request)
        raise RuntimeError

    monkeypatch.setattr(organisation.office.authority, "answer", answer)
    box.submit(f"{0:032x}", RelayCertificateRequest(csr=b"x"))
    box.submit(f"{1:032x}", enrol_request(organisation.line(), Role.USER, new_key()))
    assert server.turn() == 2
    assert box.fetch(f"{0:032x}") == Refused(code="unavailable")
    assert isinstance(box.fetch(f"{1:032x}"), Issued)


def test_a_full_disk_keeps_the_letter(
    organisation: Organisation, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is answered when there is room again."""
    box = organisation.office.mailbox
    server.turn()
    box.submit(ID, enrol_request(organisation.line(), Role.USER, new_key()))

    def full(_record: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(organisation.office.authority.folder, "put_issued", full)
        with pytest.raises(OSError, match="No space"):
            server.turn()
    assert server.turn() == 1
    assert isinstance(box.fetch(ID), Issued)


def test_the_list_is_signed_every_hour(organisation: Organisation, server: Server) -> None:
    """At the start, then after an hour, and when the clock was set back."""
    before = published(organisation)
    server.turn()
    first = published(organisation)
    assert first > before
    organisation.clock.advance(3599)
    server.turn()
    assert published(organisation) == first
    organisation.clock.advance(1)
    server.turn()
    second = published(organisation)
    assert second > first
    organisation.clock.advance(-7200)
    server.turn()
    assert published(organisation) > second


def test_a_revocation_is_on_the_list_at_once(organisation: Organisation, server: Server) -> None:
    """Though another process revoked, and was killed before it signed a list."""
    organisation.person()
    server.turn()
    first = published(organisation)
    organisation.office.registrar.revoke("Anna")
    server.turn()
    der = organisation.office.mailbox.crl()
    assert der is not None
    assert len(load_crl(der, organisation.root)) == 1
    assert published(organisation) > first
    again = published(organisation)
    server.turn()
    assert published(organisation) == again


def test_a_list_that_was_taken_away_is_put_back(organisation: Organisation, server: Server) -> None:
    """And one that was swapped."""
    server.turn()
    path = organisation.mailbox / "crl.der"
    for content in (None, b"x"):
        path.unlink()
        if content is not None:
            path.write_bytes(content)
        organisation.clock.advance(2)
        server.turn()
        assert published(organisation)


def test_what_nobody_fetched_is_cleaned(organisation: Organisation) -> None:
    """After ten minutes by the file's time."""
    box = organisation.office.mailbox
    server = Server(office=organisation.office, clock=utc_now)
    (box.answers / f"{ID}.json").write_text("{}")
    server.turn()
    assert (box.answers / f"{ID}.json").exists()
    os.utime(box.answers / f"{ID}.json", (1, 1))
    Server(office=organisation.office, clock=utc_now).turn()
    assert not (box.answers / f"{ID}.json").exists()


def test_serve_goes_on_when_the_mailbox_comes_back(organisation: Organisation) -> None:
    """A folder that is not mounted yet is no reason to die; it stops when told."""
    settings = msgspec.structs.replace(organisation.office.settings)
    assert settings.timing.poll <= 0.1
    box = organisation.office.mailbox
    box.answers.rmdir()
    stop = threading.Event()
    waits: list[float] = []

    class Stop(threading.Event):
        """Counts the pauses, mends the mailbox at the second, ends at the fourth."""

        def wait(self, timeout: float | None = None) -> bool:
            waits.append(timeout or 0.0)
            if len(waits) == 2:
                box.create()
            if len(waits) == 4:
                stop.set()
                self.set()
            return self.is_set()

    Server(office=organisation.office, clock=organisation.now).serve(Stop())
    assert waits == [1.0, 1.0, settings.timing.poll, settings.timing.poll]
    assert stop.is_set()


def test_there_is_one_ca_in_a_folder(organisation: Organisation) -> None:
    """`init` over one is refused; the root stays."""
    root = organisation.root
    with pytest.raises(TasukiError) as caught:
        Organisation(organisation.folder.parent)
    assert caught.value.code == "ca_exists"
    assert open_office(organisation.folder, clock=utc_now, random=bytes).authority.root == root


def test_an_init_that_was_killed_is_given_again(tmp_path: Path) -> None:
    """Without ca.toml there is no CA yet."""
    (tmp_path / "ca").mkdir()
    (tmp_path / "ca" / "root-key.pem").write_text("half")
    assert Organisation(tmp_path).person()


@pytest.mark.parametrize(
    ("organisation_name", "relay", "code"),
    [
        ("Ex ample", "relay.example", "ca_bad_organisation"),
        ("", "relay.example", "ca_bad_organisation"),
        ("Example", "relay example", "ca_bad_host"),
        ("Example", "relay.example:0", "ca_bad_host"),
        ("Example", "", "ca_bad_host"),
    ],
)
def test_init_refuses_what_cannot_stand_in_a_certificate(
    tmp_path: Path, organisation_name: str, relay: str, code: str
) -> None:
    """Before anything is written."""
    with pytest.raises(TasukiError) as caught:
        Organisation(tmp_path, name=organisation_name, relay=relay)
    assert caught.value.code == code
    assert not list(tmp_path.iterdir())


def test_a_folder_without_a_ca_and_one_without_its_key_say_so(organisation: Organisation, tmp_path: Path) -> None:
    """What is missing, and where."""
    for folder, code in ((tmp_path / "none", "ca_not_initialised"), (organisation.folder, "ca_key_unusable")):
        (organisation.folder / "root-key.pem").unlink(missing_ok=True)
        with pytest.raises(TasukiError) as caught:
            open_office(folder, clock=utc_now, random=bytes)
        assert caught.value.code == code


def test_a_mailbox_that_cannot_be_written_is_said(organisation: Organisation) -> None:
    """By `revoke` too, which has revoked all the same."""
    organisation.person()
    organisation.office.registrar.revoke("Anna")
    (organisation.mailbox / "crl.der").unlink()
    (organisation.mailbox / "crl.der").mkdir()
    with pytest.raises(TasukiError) as caught:
        organisation.office.publish_new_crl()
    assert caught.value.code == "ca_mailbox"
    assert len(load_crl(organisation.office.authority.folder.crl() or b"", organisation.root)) == 1


def test_several_hosts(tmp_path: Path) -> None:
    """The first stands in enrolment lines."""
    office = initialise(
        tmp_path / "ca",
        mailbox=tmp_path / "mailbox",
        organisation="Example",
        relay=["Relay.Example", "10.0.0.1:8443"],
        clock=lambda: START,
        random=lambda count: b"r" * count,
    )
    assert (office.settings.relay, office.settings.port) == (["relay.example", "10.0.0.1"], 443)
