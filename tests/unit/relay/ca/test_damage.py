"""Damaged records of the CA: what they are about fails or stays revoked, everything else goes on, and the file is named."""

import json
import os
import pwd
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from common.host.errors import TasukiError
from common.host.words import set_language
from common.net.certificates import new_key, verify_issued
from common.net.revocation import CRL_LIMIT, load_crl
from common.protocol.certificate_requests import Issued, NotIssued
from common.protocol.identity import Role
from relay.ca.cli import main_group
from relay.ca.issuing import Issuer, serial_text
from relay.ca.process import CaServer, utc_now
from tests.support.ca import Organisation, enrol_request, renew_request

DAMAGE = (b"", b"{", b"[]", b"\xff\xfe", b"[" * 60_000, b'{"serial":1}')


@pytest.fixture(autouse=True)
def english() -> None:
    """The words are compared here."""
    set_language("en")


@pytest.fixture
def organisation(tmp_path: Path) -> Organisation:
    """An organisation with a CA that lives now."""
    return Organisation(tmp_path, now=utc_now)


def run(organisation: Organisation, command: str, *arguments: str) -> Result:
    """One command on its folder."""
    return CliRunner().invoke(main_group, [command, "--folder", str(organisation.folder), *arguments])


def code(result: Result) -> str:
    """Of the sentence that the command ended with."""
    assert isinstance(result.exception, TasukiError), result.exception
    assert result.exception.exit_code == 1
    return result.exception.code


def only(organisation: Organisation, part: str) -> Path:
    """The one record in this part of the folder."""
    (path,) = (organisation.folder / part).rglob("*.json")
    return path


def serials(organisation: Organisation) -> set[str]:
    """On the list that is published."""
    crl = load_crl(organisation.ca.mailbox.crl() or b"", organisation.root)
    known = {path.stem for path in organisation.folder.glob("issued/*/*.json")}
    return {one for one in known if crl.is_revoked(int(one, 16))}


@pytest.mark.parametrize("content", DAMAGE)
def test_a_damaged_revocation_revokes(organisation: Organisation, content: bytes) -> None:
    """On every list from then on, and for renewal; nobody is let in again because a disk failed."""
    anna = organisation.person(name="Anna")
    serial = serial_text(verify_issued(anna.chain, organisation.root).serial)
    organisation.revoke("Anna")
    path = only(organisation, "revoked")
    path.write_bytes(content)
    only(organisation, "blocked").write_bytes(content)
    organisation.person(name="Ben")
    assert run(organisation, "revoke", "Ben").exit_code == 0
    assert len(load_crl(organisation.ca.mailbox.crl() or b"", organisation.root)) == 2
    assert serial in serials(organisation)
    answer = organisation.ca.authority.answer(renew_request(anna, new_key()))
    assert answer == NotIssued(code="revoked")
    organisation.ca.registrar.tidy()
    assert path.exists()


@pytest.mark.parametrize("content", DAMAGE)
def test_a_damaged_certificate_is_revoked_with_its_account(organisation: Organisation, content: bytes) -> None:
    """By name, by UUID and by its serial; the others on the list too, and the file is named at the end."""
    anna = organisation.person(name="Anna")
    certificate = verify_issued(anna.chain, organisation.root)
    serial = serial_text(certificate.serial)
    organisation.person(name="Ben")
    path = organisation.folder / "issued" / certificate.uri.account / f"{serial}.json"
    path.write_bytes(content)
    result = run(organisation, "revoke", "Ben")
    assert code(result) == "ca_record_damaged"
    assert result.stdout.startswith("1 certificate is revoked.")
    assert str(path) in str(result.exception)
    for what in (serial, "Anna", certificate.uri.account):
        for left in (organisation.folder / "revoked").iterdir():
            left.unlink()
        result = run(organisation, "revoke", what)
        assert code(result) == "ca_record_damaged"
        assert result.stdout.startswith("1 certificate is revoked.")
        assert serial in serials(organisation)


@pytest.mark.parametrize("content", DAMAGE)
def test_what_is_not_damaged_is_listed(organisation: Organisation, content: bytes) -> None:
    """Then the sentence, and exit code 1."""
    organisation.person(name="Anna")
    only(organisation, "issued").write_bytes(content)
    only(organisation, "codes").write_bytes(content)
    organisation.person(name="Ben")
    result = run(organisation, "list", "--json")
    assert code(result) == "ca_record_damaged"
    assert [json.loads(row)["name"] for row in result.stdout.splitlines()] == ["Ben"]


@pytest.mark.parametrize("content", DAMAGE)
def test_a_damaged_code_or_name_or_certificate_hinders_only_its_own(organisation: Organisation, content: bytes) -> None:
    """A code that may have been used makes nothing; a name that may be somebody's is given to nobody; the rest works."""
    box = organisation.ca.mailbox
    used = organisation.line(name="Anna")
    assert isinstance(organisation.ca.authority.answer(enrol_request(used, Role.USER, new_key())), Issued)
    only(organisation, "issued").write_bytes(content)
    only(organisation, "names").write_bytes(content)
    open_one = organisation.line(name="Ben")
    codes = {path: path.read_bytes() for path in (organisation.folder / "codes").iterdir()}
    server = CaServer(ca=organisation.ca, clock=organisation.now)
    for number, line in enumerate((used, open_one)):
        box.submit(f"{number:032x}", enrol_request(line, Role.USER, new_key()))
    assert server.turn() == 2
    assert box.fetch(f"{0:032x}") == NotIssued(code="unavailable")
    assert isinstance(box.fetch(f"{1:032x}"), Issued)
    assert code(run(organisation, "code", "--role", "user", "--name", "Anna")) == "ca_record_damaged"
    for path in codes:
        path.write_bytes(content)
    box.submit(f"{2:032x}", enrol_request(organisation.line(name="Cleo"), Role.USER, new_key()))
    box.submit(f"{3:032x}", enrol_request(open_one, Role.USER, new_key()))
    assert server.turn() == 2
    assert isinstance(box.fetch(f"{2:032x}"), Issued)
    assert box.fetch(f"{3:032x}") == NotIssued(code="unavailable")


@pytest.mark.parametrize("content", [b"", b"x", b"\x30\x82"])
def test_a_damaged_list_is_signed_anew(organisation: Organisation, content: bytes) -> None:
    """With a higher number, for that follows the clock."""
    organisation.person(name="Anna")
    before = organisation.revoke("Anna")
    server = CaServer(ca=organisation.ca, clock=organisation.now)
    server.turn()
    (organisation.folder / "crl.der").write_bytes(content)
    organisation.ca.publish()
    crl = load_crl(organisation.ca.mailbox.crl() or b"", organisation.root)
    assert len(crl) == 1
    assert crl.number >= before.number
    assert run(organisation, "revoke", "Anna").exit_code == 0


@pytest.mark.parametrize("part", ["codes", "issued", "revoked"])
def test_a_part_that_is_lost_is_said_and_no_list_is_signed(organisation: Organisation, part: str) -> None:
    """By each command that needs it."""
    organisation.person(name="Anna")
    organisation.revoke("Anna")
    organisation.ca.publish()
    before = organisation.ca.mailbox.crl()
    (organisation.folder / part).rename(organisation.folder.parent / "lost")
    commands = {"codes": ("list", "revoke"), "issued": ("list", "revoke"), "revoked": ("revoke",)}
    for command in commands[part]:
        result = run(organisation, command, *(["Anna"] if command == "revoke" else []))
        assert code(result) in {"ca_record_damaged", "ca_disk_failed"}
        assert part in str(result.exception)
    server = CaServer(ca=organisation.ca, clock=organisation.now)
    if part == "revoked":
        with pytest.raises((TasukiError, OSError)):
            server.turn()
        assert organisation.ca.mailbox.crl() == before


@pytest.mark.skipif(os.geteuid() != 0, reason="gives folders away")
def test_another_user_is_sent_away(organisation: Organisation) -> None:
    """Root too: what it writes there, `serve` could not read, and no list could be signed any more."""
    organisation.person(name="Anna")
    os.chown(organisation.folder, 65534, -1)
    for command in (("code", "--role", "user", "--name", "Ben"), ("revoke", "Anna"), ("list",), ("serve",)):
        result = run(organisation, *command)
        assert code(result) == "ca_other_user"
        assert pwd.getpwuid(65534).pw_name in str(result.exception)
    os.chown(organisation.folder, 0, -1)
    assert not list((organisation.folder / "revoked").iterdir())


def test_a_record_that_may_not_be_read_is_a_damaged_one(organisation: Organisation) -> None:
    """As root left it, before it was sent away: the revocation counts."""
    organisation.person(name="Anna")
    organisation.revoke("Anna")
    path = only(organisation, "revoked")
    before = os.geteuid()
    path.chmod(0)
    for part in (*organisation.folder.rglob("*"), organisation.folder, organisation.mailbox):
        os.chown(part, 65534 if before == 0 and part != path else -1, -1)
    for part in organisation.folder.parents:
        if part == Path(tempfile.gettempdir()):
            break
        part.chmod(0o755)
    try:
        if before == 0:
            os.seteuid(65534)
        assert len(load_crl(organisation.ca.authority.make_crl(), organisation.root)) == 1
    finally:
        os.seteuid(before)


def test_a_key_of_another_root_is_no_key(organisation: Organisation, tmp_path: Path) -> None:
    """Two backups were mixed: every certificate would be one that nobody believes."""
    other = Organisation(tmp_path / "other")
    (organisation.folder / "root.pem").write_bytes((other.folder / "root.pem").read_bytes())
    assert code(run(organisation, "revoke", "Anna")) == "ca_key_unusable"


@pytest.mark.parametrize(("name", "expected"), [("root-key.pem", "ca_key_unusable"), ("ca.toml", "settings_syntax")])
def test_damaged_keys_and_settings_are_said(organisation: Organisation, name: str, expected: str) -> None:
    """By every command."""
    (organisation.folder / name).write_bytes(b"\xff\xfe")
    for command in (("code", "--role", "user", "--name", "Anna"), ("revoke", "Anna"), ("serve",)):
        assert code(run(organisation, *command)) == expected


def test_a_list_may_be_as_long_as_agents_take(organisation: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    """One byte more is said, and the list before it stays in the mailbox."""
    monkeypatch.setattr(Issuer, "crl", lambda *_arguments, **_named: bytes(CRL_LIMIT))
    assert organisation.ca.authority.make_crl() == bytes(CRL_LIMIT)
    monkeypatch.setattr(Issuer, "crl", lambda *_arguments, **_named: bytes(CRL_LIMIT + 1))
    organisation.person(name="Anna")
    assert code(run(organisation, "revoke", "Anna")) == "ca_crl_too_long"
    assert organisation.ca.authority.folder.crl() == bytes(CRL_LIMIT)
