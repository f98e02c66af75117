"""Enrolment and renewal over a real relay and a real CA: processes, outer TLS, the mailbox between them, and kills."""

import asyncio
import re
import ssl
from collections.abc import Awaitable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from common.agent.enrolment.enrol import enrol, organisation_by, renew
from common.agent.enrolment.profile import Profile
from common.host.errors import TasukiError
from common.net.certificates import make_csr, new_key
from common.net.dial import DialError
from common.net.https_request import HttpAnswer, post_json
from common.net.revocation import load_crl
from common.net.tls import OuterTrust
from common.protocol.certificate_requests import EnrolRequest, Root
from common.protocol.enrolment import EnrolmentLine, account_id
from common.protocol.identity import Role
from deploy.demo.organisation import Organisation, change_settings, organisation
from deploy.demo.programs import Program, Run, until
from tests.support import ca
from tests.support.organisation import office_fixture
from tests.support.servers import serving


def now() -> datetime:
    """The real clock."""
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Organisation]:
    """The organisation of this module. Everybody in it has a name of their own."""
    yield from office_fixture(tmp_path_factory.mktemp("run"))


def issued_to(place: Organisation, name: str) -> int:
    """How many certificates the CA has made for this person."""
    records = (path.read_bytes() for path in (place.folder / "ca" / "issued").glob("*/*.json"))
    return sum(msgspec.json.decode(record)["name"] == name for record in records)


async def kill(program: Program) -> None:
    """kill -9."""
    program.process.kill()
    await program.process.wait()


async def letters(place: Organisation, box: str, count: int) -> None:
    """Wait until so many lie in this part of the mailbox."""
    folder = place.folder / "mailbox" / box
    assert await until(lambda: len(list(folder.glob("[0-9a-f]*.json"))) >= count, within=10, every=0.02)


async def line_of(place: Organisation, name: str, role: Role = Role.USER) -> EnrolmentLine:
    """An enrolment line for a new account."""
    return EnrolmentLine.parse(await place.account(role.value, name))


def computer(folder: Path, name: str = "computer", role: Role = Role.USER) -> Profile:
    """An agent's profile."""
    return Profile.open(role=role, folder=folder / name)


async def error_of(attempt: Awaitable[object]) -> TasukiError:
    """The error that an attempt ends in."""
    with pytest.raises(TasukiError) as caught:
        await attempt
    return caught.value


async def test_from_the_line_to_a_revocation(place: Organisation, tmp_path: Path) -> None:
    """Enrolled once by one line, renewed with a new key, then everything revoked by name and renewed no more."""
    line = await line_of(place, "Anna")
    profile = computer(tmp_path)
    assert (await enrol(profile, line, clock=now)).clock_off is None
    assert (profile.name, profile.organisation, profile.relay_port) == ("Anna", "example", place.ports[0])
    second = await error_of(enrol(computer(tmp_path, "second"), line, clock=now))
    assert second.code == "enrolment_code_used"
    serial = profile.certificate.serial
    await renew(profile, clock=now)
    assert profile.certificate.serial != serial
    crl = load_crl((place.folder / "mailbox" / "crl.der").read_bytes(), profile.root)
    assert not crl.is_revoked(profile.certificate.serial)
    await place.run.command("tasuki-ca", "revoke", "--folder", place.folder / "ca", "Anna")
    crl = load_crl((place.folder / "mailbox" / "crl.der").read_bytes(), profile.root)
    assert crl.is_revoked(serial)
    assert crl.is_revoked(profile.certificate.serial)
    assert (await error_of(renew(profile, clock=now))).code in {"certificate_revoked", "account_disabled"}


async def test_a_disabled_account_is_not_renewed(place: Organisation, tmp_path: Path) -> None:
    """The relay's operator says so; the CA is not even asked."""
    profile = computer(tmp_path)
    await enrol(profile, await line_of(place, "Dora"), clock=now)
    await place.command("person", "disable", profile.uri.account)
    assert (await error_of(renew(profile, clock=now))).code == "account_disabled"


async def test_the_ca_dies_while_people_enrol(place: Organisation, tmp_path: Path) -> None:
    """Who asks meanwhile waits and is served when it comes back; nobody's line is wasted."""
    lines = [await line_of(place, f"Ella {number}") for number in range(4)]
    profiles = [computer(tmp_path, f"computer-{number}") for number in range(4)]
    await kill(place.ca)
    enrolling = asyncio.gather(
        *(enrol(profile, line, clock=now) for profile, line in zip(profiles, lines, strict=True))
    )
    await letters(place, "requests", 4)
    await place.start_ca()
    assert sorted(one.certificate.name for one in await enrolling) == [f"Ella {number}" for number in range(4)]


async def test_the_relay_dies_with_the_answer(place: Organisation, tmp_path: Path) -> None:
    """The agent asks again with the same line and has the certificate that was made."""
    line, profile = await line_of(place, "Lena"), computer(tmp_path)
    await kill(place.ca)
    enrolling = asyncio.create_task(error_of(enrol(profile, line, clock=now)))
    await letters(place, "requests", 1)
    await kill(place.relay)
    assert isinstance(await enrolling, DialError)
    await place.start_ca()
    await letters(place, "answers", 1)
    await place.start_relay()
    await enrol(computer(tmp_path), line, clock=now)
    assert issued_to(place, "Lena") == 1


async def test_too_many_at_once_is_said_and_tried_again(tmp_path: Path) -> None:
    """The program says when it tries again, and does: whoever started it has nothing to do, and no line is wasted."""
    run = Run.new(tmp_path)
    settings = {"limits": {"enrolment_tries": 1}, "timing": {"enrolments": 10.0}}
    async with organisation(run, settings=settings) as busy:
        line = await line_of(busy, "Bea")
        key = new_key()
        wrong = EnrolRequest(id=account_id(line.code), role=Role.USER, csr=make_csr(key), proof="0" * 64)
        trust = OuterTrust(root_sha256=line.root)
        body = msgspec.json.encode(wrong)
        refused = await post_json(line.host, line.port, target="/api/v1/enrol", body=body, trust=trust, deadline=10)
        assert refused.status == 403
        folder = tmp_path / "bea"
        program = await run.start("bea", "tasuki-user", "enrol", str(line), "--folder", folder, "--json")
        problem = await program.event("problem")
        assert problem["code"] == "enrolment_busy"
        assert "tried again by itself at" in problem["text"]
        assert (await program.event("enrolled", within=60))["name"] == "Bea"
        assert await program.ended() == 0


async def test_a_relay_that_does_not_end_in_the_lines_root(place: Organisation, tmp_path: Path) -> None:
    """Outer TLS ends it: nothing of the request is sent, and the code is not wasted."""
    line = await line_of(place, "Rosa")
    astray = EnrolmentLine(code=line.code, root=bytes(32), host=line.host, port=line.port)
    error = await error_of(enrol(computer(tmp_path), astray, clock=now))
    assert isinstance(error, DialError)
    assert error.stage == "tls"
    await enrol(computer(tmp_path), line, clock=now)


async def test_whose_line_it_is_can_be_told_before_enrolling(place: Organisation, tmp_path: Path) -> None:
    """The organisation's name comes from the root that the line names, and from no other."""
    line = await line_of(place, "Timo")
    assert await organisation_by(line) == "example"
    for body in (
        b"{}",
        b"no",
        msgspec.json.encode(Root(root=b"x" * 100)),
        msgspec.json.encode(Root(root=ca.Organisation(tmp_path / "other").root)),
    ):

        async def answer(*_: object, body: bytes = body, **__: object) -> HttpAnswer:
            return HttpAnswer(status=200, date="", body=body)

        error = await error_of(organisation_by(line, get=answer))
        assert error.code == "enrolment_wrong_root"


async def test_a_relay_with_the_right_certificate_that_swaps_the_request(place: Organisation, tmp_path: Path) -> None:
    """It holds the relay's key and reads everything: it gets no certificate, and neither code nor key of the agent."""
    seen: list[bytes] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(place.folder / "relay-cert.pem", place.folder / "relay-key.pem")

    async def hostile(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        measure = re.compile(rb"(?i)(?<=content-length: )(\d+)")
        body = await reader.readexactly(int(measure.findall(head)[0]))
        seen.append(body)
        request = msgspec.json.decode(body, type=EnrolRequest)
        swapped = msgspec.json.encode(msgspec.structs.replace(request, csr=make_csr(new_key())))
        trusting = ssl.create_default_context(cafile=str(place.folder / "root.pem"))
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", place.ports[0], ssl=trusting)
        far_writer.write(measure.sub(b"%d" % len(swapped), head) + swapped)
        writer.write(await far_reader.read())
        far_writer.close()

    line, profile = await line_of(place, "Mona"), computer(tmp_path)
    async with serving(hostile, tls=context) as port:
        detour = EnrolmentLine(code=line.code, root=line.root, host=line.host, port=port)
        error = await error_of(enrol(profile, detour, clock=now))
    assert error.code == "enrolment_tampered"
    assert issued_to(place, "Mona") == 0
    assert line.code.encode() not in b"".join(seen)
    await enrol(profile, line, clock=now)


async def test_a_clock_that_is_wrong_is_said_by_how_much(place: Organisation, tmp_path: Path) -> None:
    """The line still works when the clock was set."""
    line, profile = await line_of(place, "Carl"), computer(tmp_path)
    error = await error_of(enrol(profile, line, clock=lambda: now() + timedelta(days=40, seconds=30)))
    assert error.code == "clocks_differ"
    assert "40 days ahead" in str(error)
    assert await enrol(profile, line, clock=now)


async def test_helpers_enrol_too_and_nobody_in_the_other_role(place: Organisation, tmp_path: Path) -> None:
    """The line's role is the certificate's."""
    line = await line_of(place, "Hana", Role.HELPER)
    error = await error_of(enrol(computer(tmp_path), line, clock=now))
    assert (error.code, error.facts["role"]) == ("enrolment_wrong_role", "helper")
    profile = computer(tmp_path, "helper", Role.HELPER)
    await enrol(profile, line, clock=now)
    assert profile.uri.role is Role.HELPER


async def test_a_computer_that_was_off_too_long_comes_online(place: Organisation, tmp_path: Path) -> None:
    """The agent's program renews its expired certificate first, then is welcome at matching as ever."""
    # Whole seconds, and not too few: the agent refuses a certificate that has expired before it comes.
    change_settings(place.folder / "ca" / "ca.toml", {"timing": {"certificate": 6.0}})
    await kill(place.ca)
    await place.start_ca()
    helper = await place.enrol("helper", "Olga")
    change_settings(place.folder / "ca" / "ca.toml", {"timing": {"certificate": 86400.0}})
    await kill(place.ca)
    await place.start_ca()
    profile = Profile.open(role=Role.HELPER, folder=helper.folder)
    assert await until(lambda: now() > profile.not_after, within=30)
    program = await helper.start("serve")
    try:
        await program.event("online")
    finally:
        await program.end()
    profile.load()
    assert profile.not_after > now()
