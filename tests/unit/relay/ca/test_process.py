"""The loop of `serve`: letters are answered, the list is fresh, and nothing that lies about stops it."""

import contextlib
import dataclasses
import os
import threading
from pathlib import Path

import msgspec
import pytest

from common.host.deadline_thread import DeadlineThread
from common.host.errors import TasukiError
from common.net.certificates import make_csr, new_key
from common.net.revocation import load_crl
from common.protocol.certificate_requests import (
    Answer,
    CertificateRequest,
    Issued,
    NotIssued,
    RelayCertificateRequest,
)
from common.protocol.identity import Role
from relay.ca.mailbox import ANSWERS, REQUESTS, Letter
from relay.ca.opening import initialise, open_ca
from relay.ca.process import CaServer, utc_now
from tests.support.ca import Organisation, enrol_request
from tests.support.clock import START
from tests.support.hostile_files import HOSTILE, put_hostile

ID = "0123456789abcdef" * 2
DAY = 86400.0


@pytest.fixture
def organisation(tmp_path: Path) -> Organisation:
    """An organisation with a CA."""
    return Organisation(tmp_path)


@pytest.fixture
def server(organisation: Organisation) -> CaServer:
    """Its process, which turns when it is told to."""
    return CaServer(ca=organisation.ca, clock=organisation.now)


def published(organisation: Organisation) -> int:
    """The number of the list in the mailbox."""
    der = organisation.ca.mailbox.crl()
    assert der is not None
    return load_crl(der, organisation.root).number


def test_letters_are_answered(organisation: Organisation, server: CaServer) -> None:
    """Good ones, refused ones, and those that cannot be read, in one turn."""
    box = organisation.ca.mailbox
    requests: list[CertificateRequest] = [
        enrol_request(organisation.line(), Role.USER, new_key()),
        RelayCertificateRequest(csr=b"x"),
    ]
    for number, request in enumerate(requests):
        box.submit(f"{number:032x}", request)
    (box.path / REQUESTS / f"{ID}.json").write_text("garbage")
    assert server.turn() == 3
    assert isinstance(box.fetch(f"{0:032x}"), Issued)
    assert box.fetch(f"{1:032x}") == NotIssued(code="malformed")
    assert box.fetch(ID) == NotIssued(code="malformed")
    assert server.turn() == 0


def test_a_letter_from_before_the_start_is_answered(organisation: Organisation) -> None:
    """The relay put it there while the CA was dead."""
    organisation.ca.mailbox.submit(ID, RelayCertificateRequest(csr=make_csr(new_key())))
    ca = open_ca(organisation.folder, clock=organisation.now, random=lambda count: b"r" * count)
    assert CaServer(ca=ca, clock=organisation.now).turn() == 1
    assert isinstance(ca.mailbox.fetch(ID), Issued)


def test_a_letter_that_meets_a_bug_does_not_stop_the_others(
    organisation: Organisation, server: CaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It gets `unavailable`, the next gets its certificate."""
    box = organisation.ca.mailbox
    good = organisation.ca.authority.answer

    def answer(request: CertificateRequest) -> object:
        if not isinstance(request, RelayCertificateRequest):
            return good(request)
        raise RuntimeError

    monkeypatch.setattr(organisation.ca.authority, "answer", answer)
    box.submit(f"{0:032x}", RelayCertificateRequest(csr=b"x"))
    box.submit(f"{1:032x}", enrol_request(organisation.line(), Role.USER, new_key()))
    assert server.turn() == 2
    assert box.fetch(f"{0:032x}") == NotIssued(code="unavailable")
    assert isinstance(box.fetch(f"{1:032x}"), Issued)


def test_a_full_disk_keeps_the_letter(
    organisation: Organisation, server: CaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is answered when there is room again."""
    box = organisation.ca.mailbox
    server.turn()
    box.submit(ID, enrol_request(organisation.line(), Role.USER, new_key()))

    def full(_record: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(organisation.ca.authority.folder, "put_issued", full)
        with pytest.raises(OSError, match="No space"):
            server.turn()
    assert server.turn() == 1
    assert isinstance(box.fetch(ID), Issued)


def test_the_list_is_signed_every_hour(organisation: Organisation, server: CaServer) -> None:
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


def test_a_revocation_is_on_the_list_at_once(organisation: Organisation, server: CaServer) -> None:
    """Though another process revoked, and was killed before it signed a list."""
    organisation.person()
    server.turn()
    first = published(organisation)
    organisation.ca.registrar.revoker.revoke("Anna")
    server.turn()
    der = organisation.ca.mailbox.crl()
    assert der is not None
    assert len(load_crl(der, organisation.root)) == 1
    assert published(organisation) > first
    again = published(organisation)
    server.turn()
    assert published(organisation) == again


def test_a_list_that_was_taken_away_is_put_back(organisation: Organisation, server: CaServer) -> None:
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
    box = organisation.ca.mailbox
    server = CaServer(ca=organisation.ca, clock=utc_now)
    (box.path / ANSWERS / f"{ID}.json").write_text("{}")
    server.turn()
    assert (box.path / ANSWERS / f"{ID}.json").exists()
    os.utime(box.path / ANSWERS / f"{ID}.json", (1, 1))
    CaServer(ca=organisation.ca, clock=utc_now).turn()
    assert not (box.path / ANSWERS / f"{ID}.json").exists()


@pytest.mark.timeout(30)
@pytest.mark.parametrize("kind", HOSTILE)
def test_a_mailbox_full_of_traps_stops_nothing(organisation: Organisation, server: CaServer, kind: str) -> None:
    """In place of list, root and answers, and beside the requests: lists are published, honest requests answered."""
    box, ours = organisation.ca.mailbox, organisation.folder.parent / "ours"
    ours.write_text("ours")
    organisation.person()
    for name in ("crl.der", "root.pem", f"{REQUESTS}/{1:032x}.json", f"{ANSWERS}/{ID}.json"):
        (box.path / name).unlink(missing_ok=True)
        put_hostile(kind, box.path / name, ours)
    organisation.ca.registrar.revoker.revoke("Anna")
    box.submit(ID, enrol_request(organisation.line(name="Ben"), Role.USER, new_key()))
    server.turn()
    assert isinstance(box.fetch(ID), Issued)
    crl = load_crl(box.crl() or b"", organisation.root)
    assert len(crl) == 1
    assert box.root() == organisation.root
    assert ours.read_text() == "ours"


def test_an_answer_that_cannot_be_put_keeps_only_its_own_request_waiting(
    organisation: Organisation, server: CaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next has its certificate in the same turn; the trouble is said."""
    box = organisation.ca.mailbox
    for number in range(2):
        box.submit(f"{number:032x}", enrol_request(organisation.line(name=f"Anna {number}"), Role.USER, new_key()))
    good = box.reply

    def reply(letter: Letter, answer: Answer) -> None:
        if letter.id == f"{0:032x}":
            raise PermissionError(13, "Permission denied")
        good(letter, answer)

    with monkeypatch.context() as patch:
        patch.setattr(box, "reply", reply)
        with pytest.raises(PermissionError):
            server.turn()
    assert box.fetch(f"{0:032x}") is None
    assert isinstance(box.fetch(f"{1:032x}"), Issued)
    assert server.turn() == 1
    assert isinstance(box.fetch(f"{0:032x}"), Issued)


@pytest.mark.timeout(30)
def test_a_mailbox_that_hangs_stops_no_list(organisation: Organisation) -> None:
    """As a network's disk does: turns end after the deadline, revocations are signed meanwhile, and published when it is back."""
    disk = threading.Event()
    box = organisation.ca.mailbox
    thread = DeadlineThread(deadline=0.1, name="mailbox")
    ca = dataclasses.replace(organisation.ca, mailbox_thread=thread)
    server = CaServer(ca=ca, clock=organisation.now)
    server.turn()
    organisation.person()
    thread.post(disk.wait)
    try:
        organisation.ca.registrar.revoker.revoke("Anna")
        before = published(organisation)
        for _ in range(3):
            organisation.clock.advance(2)
            with pytest.raises((TasukiError, TimeoutError)):
                server.turn()
        signed = load_crl(ca.authority.folder.crl() or b"", organisation.root)
        assert len(signed) == 1
        assert published(organisation) == before
        with pytest.raises(TasukiError, match="no answer within"):
            ca.publish_new_crl()
    finally:
        disk.set()
    box.submit(ID, enrol_request(organisation.line(name="Ben"), Role.USER, new_key()))
    answered = 0
    while not answered:
        organisation.clock.advance(2)
        with contextlib.suppress(TasukiError, TimeoutError):
            answered = server.turn()
    assert isinstance(box.fetch(ID), Issued)
    assert published(organisation) > before


def test_serve_goes_on_when_the_mailbox_comes_back(organisation: Organisation) -> None:
    """A folder that is not mounted yet is no reason to die; it stops when told."""
    settings = msgspec.structs.replace(organisation.ca.settings)
    assert settings.timing.poll <= 0.1
    box = organisation.ca.mailbox
    (box.path / ANSWERS).rmdir()
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

    CaServer(ca=organisation.ca, clock=organisation.now).serve(Stop())
    assert waits == [1.0, 1.0, settings.timing.poll, settings.timing.poll]
    assert stop.is_set()


def test_there_is_one_ca_in_a_folder(organisation: Organisation) -> None:
    """`init` over one is refused; the root stays."""
    root = organisation.root
    with pytest.raises(TasukiError) as caught:
        Organisation(organisation.folder.parent)
    assert caught.value.code == "ca_exists"
    assert open_ca(organisation.folder, clock=utc_now, random=bytes).authority.root == root


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
            open_ca(folder, clock=utc_now, random=bytes)
        assert caught.value.code == code


def test_a_mailbox_that_cannot_be_written_is_said(organisation: Organisation) -> None:
    """By `revoke` too, which has revoked all the same."""
    organisation.person()
    organisation.ca.registrar.revoker.revoke("Anna")
    organisation.mailbox.rename(organisation.mailbox.with_name("elsewhere"))
    with pytest.raises(TasukiError) as caught:
        organisation.ca.publish_new_crl()
    assert caught.value.code == "ca_mailbox"
    assert len(load_crl(organisation.ca.authority.folder.crl() or b"", organisation.root)) == 1


def test_several_hosts(tmp_path: Path) -> None:
    """The first stands in enrolment lines."""
    ca = initialise(
        tmp_path / "ca",
        mailbox=tmp_path / "mailbox",
        organisation="Example",
        relay=["Relay.Example", "10.0.0.1:8443"],
        clock=lambda: START,
        random=lambda count: b"r" * count,
    )
    assert ca.authority.names.addresses() == (("relay.example", 443), ("10.0.0.1", 8443))
