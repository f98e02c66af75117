"""Everything that can go wrong for a person, for real and in both languages: what happened, why, what to do."""

import asyncio
import contextlib
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from common.agent.enrolment.enrol import enrol
from common.agent.enrolment.profile import Profile
from common.host.errors import TasukiError
from common.host.words import reason_sentence
from common.protocol.enrolment import EnrolmentLine
from common.protocol.identity import NAME_LIMIT, Role
from common.protocol.messages import Mode, ToHelper
from common.protocol.reasons import Why
from common.protocol.session_life import SessionPhase
from common.protocol.session_timing import SessionTiming
from common.protocol.texts import TEXT_LIMIT
from deploy.demo.organisation import EnrolledPerson, Organisation, change_settings
from deploy.demo.ports import HOST, free_port
from deploy.demo.programs import Program, until
from tests.support.agents import Agent
from tests.support.meeting_errors import Said, both, fails
from tests.support.organisation import office_fixture, run_now
from tests.support.pki import DAY, Root
from tests.support.proxies import RunningProxy, microsocks, squid
from tests.support.servers import answering, forward, read_head, saying, serving
from tests.support.sessions import real_now
from tests.support.vnc_door import VncDoor

TIMING = SessionTiming(bye=3.0, reason=3.0)
NOWHERE = Path("/nowhere/at-all")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Organisation]:
    """CA and relay as processes. Everybody in it has a name of their own."""
    yield from office_fixture(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def anna(place: Organisation) -> EnrolledPerson:
    """A user whom nothing has happened to, and who gives up soon."""
    person = run_now(place.enrol("user", "Anna"))
    (person.folder / "agent.toml").write_text("[timing]\nonline = 2.0\nlist = 0.3\n")
    return person


@pytest.fixture(scope="module")
def office_proxy(place: Organisation) -> Iterator[RunningProxy]:
    """squid that wants a password, and lets nobody but to the relay."""
    with squid(ports=place.ports[:1], login=True) as proxy:
        yield proxy


@pytest.fixture
def root(tmp_path: Path) -> Root:
    """An organisation that only has certificates."""
    return Root(tmp_path)


async def enrolling(place: Organisation, folder: Path, line: EnrolmentLine, *arguments: str) -> Said:
    """What `tasuki-user enrol` says of this line."""
    return await fails(place.run, "tasuki-user", "enrol", line.format(), "--folder", folder / "new", *arguments)


def line_to(port: int, root: Root, host: str = HOST) -> EnrolmentLine:
    """A line whose relay is there."""
    return EnrolmentLine(code="A" * 26, root=root.sha256, host=host, port=port)


async def status(person: EnrolledPerson, *arguments: str) -> Said:
    """What `tasuki-user helpers` says, which goes all the way."""
    return await fails(person.run, "tasuki-user", "helpers", "--folder", person.folder, *arguments)


@contextlib.asynccontextmanager
async def ca_with(place: Organisation, **timing: float) -> AsyncIterator[None]:
    """The CA with other spans of time; with its own again afterwards, also where a test fails meanwhile."""
    settings = place.folder / "ca" / "ca.toml"
    own = settings.read_bytes()
    change_settings(settings, {"timing": timing})
    try:
        await place.ca.end()
        await place.start_ca()
        yield
    finally:
        settings.write_bytes(own)
        await place.ca.end()
        await place.start_ca()


# the way to the relay


async def test_a_relay_whose_name_nobody_knows(place: Organisation, tmp_path: Path, root: Root) -> None:
    """Its name, and that it is the network."""
    said = await enrolling(place, tmp_path, line_to(443, root, "relay.invalid"))
    said.holds("relay.invalid")
    assert "network" in said.en
    assert "ネットワーク" in said.ja


async def test_a_relay_that_is_not_there(place: Organisation, tmp_path: Path, root: Root) -> None:
    """Address, reason, and that names were no trouble."""
    port = free_port()
    said = await enrolling(place, tmp_path, line_to(port, root))
    said.holds(f"{HOST}:{port}", "TCP")
    assert "Connection refused" in said.en
    assert "接続を拒否されました" in said.ja


async def test_a_proxy_that_is_not_there(place: Organisation, anna: EnrolledPerson) -> None:
    """The proxy is named, not the relay: by `status`, which a person asks first."""
    port = free_port()
    said = await fails(
        anna.run, "tasuki-user", "enrol", anna.line, "--folder", anna.folder, "--proxy", f"http://{HOST}:{port}"
    )
    said.holds(f"http://{HOST}:{port}")
    assert f"{HOST}:{place.ports[0]}" not in said.en


async def test_a_proxy_that_wants_a_password(
    place: Organisation, anna: EnrolledPerson, office_proxy: RunningProxy, tmp_path: Path
) -> None:
    """None given, a wrong one, and an address that is none: three sentences, and no password in any."""
    line = EnrolmentLine.parse(await place.account("user", "Paula"))
    none = await enrolling(place, tmp_path, line, "--proxy", str(office_proxy.without_login))
    none.holds(f"http://{HOST}:{office_proxy.port}", "--proxy-login")
    wrong = await enrolling(place, tmp_path, line, "--proxy", f"http://anna:canary@{HOST}:{office_proxy.port}")
    wrong.holds(f"http://{HOST}:{office_proxy.port}")
    assert none.en != wrong.en
    assert "canary" not in wrong.en + wrong.ja
    odd = await status(anna, "--proxy", "ftp://proxy")
    odd.holds("socks5h://host:port")


async def test_a_proxy_that_does_not_let_through(
    place: Organisation, office_proxy: RunningProxy, tmp_path: Path, root: Root
) -> None:
    """What it said to CONNECT, and to where."""
    port = free_port()
    said = await enrolling(place, tmp_path, line_to(port, root), "--proxy", office_proxy.environ_url())
    said.holds("403 Forbidden", f"{HOST}:{port}", f"http://{HOST}:{office_proxy.port}", "CONNECT")
    with microsocks() as proxy:
        said = await enrolling(place, tmp_path, line_to(port, root), "--proxy", proxy.environ_url())
    said.holds(f"socks5h://{HOST}:{proxy.port}", f"{HOST}:{port}", "CONNECT")


async def test_something_else_answers_behind_a_proxy(place: Organisation, tmp_path: Path, root: Root) -> None:
    """How far it got: CONNECT worked, TLS did not, and by which proxy the way led."""

    async def another(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-hello\r\n")
        await reader.read()

    async with serving(another) as port, serving(forward) as proxy:
        said = await enrolling(place, tmp_path, line_to(port, root), "--proxy", f"http://{HOST}:{proxy}")
    said.holds(f"{HOST}:{port}", f"http://{HOST}:{proxy}", "CONNECT (200 Go on)", "TLS")


async def test_a_stranger_in_the_relays_place(place: Organisation, tmp_path: Path, root: Root) -> None:
    """Nothing was sent to it."""
    tls = Root(tmp_path).server(HOST).context()
    async with serving(answering(b""), tls=tls) as port:
        said = await enrolling(place, tmp_path, line_to(port, root))
    said.holds(f"{HOST}:{port}")
    assert "Nothing was sent" in said.en
    assert "何も送っていません" in said.ja


async def test_http_that_is_not_the_relays(
    place: Organisation, anna: EnrolledPerson, tmp_path: Path, root: Root
) -> None:
    """A page instead of a certificate; a status instead of an upgrade. Each with its number."""
    page = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 6\r\n\r\n<html>"
    async with serving(answering(page), tls=root.server(HOST).context()) as port:
        said = await enrolling(place, tmp_path, line_to(port, root))
    said.holds("502", f"{HOST}:{port}")
    assert "opening the connection" not in said.en

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(b"HTTP/1.1 503 Away\r\nContent-Length: 0\r\n\r\n")
        await reader.read()

    async with serving(refuse, tls=root.server(HOST).context()) as port:
        moved = tmp_path / "moved"
        shutil.copytree(anna.folder, moved)
        moved_to(moved, port)
        said = await fails(
            place.run,
            *("tasuki-user", "helpers", "--folder", moved),
            environ={"SSL_CERT_FILE": str(root.pem)},
        )
    said.holds("503", f"{HOST}:{port}", "HTTP")


def moved_to(folder: Path, port: int) -> None:
    """Let an enrolment say that the relay is at another port."""
    path = folder / "profile.json"
    facts = msgspec.json.decode(path.read_bytes())
    facts["enrolled"]["port"] = port
    path.write_bytes(msgspec.json.encode(facts))


@pytest.mark.parametrize(
    ("before", "after", "off"), [(-2 * DAY, 4 * DAY, "2 days behind"), (4 * DAY, -2 * DAY, "2 days ahead")]
)
async def test_a_clock_that_does_not_fit_the_relays_certificate(
    place: Organisation, tmp_path: Path, root: Root, before: timedelta, after: timedelta, off: str
) -> None:
    """Both dates, what the clock says, and by how much that is outside: slow and fast."""
    async with serving(answering(b""), tls=root.server(HOST, before=before, after=after).context()) as port:
        said = await enrolling(place, tmp_path, line_to(port, root))
    now = real_now()
    assert off in said.en
    said.holds(f"{HOST}:{port}", f"{now - before:%Y-%m-%d}", f"{now + after:%Y-%m-%d}", f"{now:%Y-%m-%d}")


# enrolment, certificates, accounts


async def test_a_clock_that_does_not_fit_ones_own_certificate(place: Organisation, tmp_path: Path) -> None:
    """Seen at enrolment, by the relay's own clock."""
    line = EnrolmentLine.parse(await place.account("user", "Carla"))
    profile = Profile.open(role=Role.USER, folder=tmp_path)
    with pytest.raises(TasukiError) as caught:
        await enrol(profile, line, clock=lambda: real_now() + timedelta(days=40, seconds=30))
    said = both(caught.value)
    assert "40 days ahead" in said.en
    assert "40" in said.ja
    assert "進んでいます" in said.ja


async def test_lines_that_do_not_enrol(place: Organisation, anna: EnrolledPerson, tmp_path: Path) -> None:
    """Used up, for the other program, unknown, cut short, expired, or on a computer that is enrolled elsewhere."""
    used = await enrolling(place, tmp_path, EnrolmentLine.parse(anna.line))
    assert "used already" in used.en
    helpers = EnrolmentLine.parse(await place.account("helper", "Hedda"))
    (await enrolling(place, tmp_path, helpers)).holds("tasuki-helper")
    made_up = EnrolmentLine(code="A" * len(helpers.code), root=helpers.root, host=helpers.host, port=helpers.port)
    assert "does not know" in (await enrolling(place, tmp_path, made_up)).en
    short = await fails(place.run, "tasuki-user", "enrol", anna.line[:40], "--folder", tmp_path / "new", code=2)
    short.holds("tasuki-enrol")
    elsewhere = EnrolmentLine(code=helpers.code, root=bytes(32), host=helpers.host, port=helpers.port)
    there = await fails(place.run, "tasuki-user", "enrol", elsewhere.format(), "--folder", anna.folder)
    there.holds("example", "--replace")
    (await fails(place.run, "tasuki-user", "helpers", "--folder", tmp_path / "empty")).holds("enrol")
    async with ca_with(place, code=1.0):
        late = EnrolmentLine.parse(await place.account("user", "Lotte"))
        await asyncio.sleep(1.1)  # a line's life is told by the CA's clock alone
        assert "expired" in (await enrolling(place, tmp_path, late)).en


async def test_certificates_that_are_good_no_more(place: Organisation) -> None:
    """Revoked, of a disabled account, expired beyond renewal: each has its own sentence, and the operator is named."""
    rita, dora = await place.enrol("user", "Rita"), await place.enrol("user", "Dora")
    # Long enough to be good when it arrives on a slow machine, and no longer: its end is waited for.
    async with ca_with(place, certificate=6.0, renew_after_expiry=0.0):
        olga = await place.enrol("user", "Olga")
        expires = Profile.open(role=Role.USER, folder=olga.folder).not_after
        await place.run.command("tasuki-ca", "revoke", "--folder", place.folder / "ca", "Rita")
        await place.command("person", "disable", "Dora")
        revoked, disabled = await status(rita), await status(dora)
        assert "certificate" in revoked.en
        assert "revoked" in revoked.en
        assert "disabled" in disabled.en
        assert await until(lambda: real_now() > expires, within=30)
        assert "has expired" in (await status(olga)).en


# asking, and being helped


async def test_a_name_that_is_not_the_one_chosen(place: Organisation) -> None:
    """Both names; and in the session that did not come about nothing was shown."""
    persons = [await place.enrol("user", "Nina"), await place.enrol("helper", "Hana")]
    user, helper = (Agent.of(person, TIMING) for person in persons)
    try:
        await user.online()
        await helper.online()
        uri = (await user.entry("Hana")).uri
        helper.matching.accept(
            await helper.offered(user.matching.request(to=ToHelper(uri=uri), mode=Mode.VIEW, name="Hanako"))
        )
        view = await user.ended()
        both(view.problem).holds("Hanako", "Hana")
        assert view.why is Why.WRONG_PEER
        assert user.locals[0].data == b""
    finally:
        await user.close()
        await helper.close()


async def test_a_helper_who_is_gone(place: Organisation) -> None:
    """Killed in a session, and started anew: the user reads that, and may ask again."""
    nora, hugo = await place.enrol("user", "Nora"), await place.enrol("helper", "Hugo")
    user = Agent.of(nora, TIMING)
    helper: Program = await hugo.start("serve", "--viewer", "none")
    try:
        await helper.event("online")
        await user.online()
        uri = (await user.entry("Hugo")).uri
        request = user.matching.request(to=ToHelper(uri=uri), mode=Mode.VIEW, name="Hugo")
        await helper.tell(f"accept {request}")
        await helper.event("request", request=request)
        await helper.tell(f"accept {request}")
        await user.session(SessionPhase.CONNECTED)
        helper.kill()
        await helper.ended()
        helper = await hugo.start("serve", "--viewer", "none")
        await helper.event("online")  # it knows nothing of the session, and says so where it is to take it up again
        view = await user.ended()
    finally:
        await helper.end()
        await user.close()
    assert view.why is Why.HELPER_RESTARTED
    assert reason_sentence(view.why, "en").endswith("Ask again.")
    assert "もう一度頼んでください" in reason_sentence(view.why, "ja")


async def test_nobody_of_that_name(anna: EnrolledPerson) -> None:
    """The name as it was typed, and to look at the list."""
    async with VncDoor() as door:
        asking = ("tasuki-user", "ask", "--folder", anna.folder, "--mode", "view", "--to", "Nobody Known")
        (await fails(anna.run, *asking, *door.options)).holds("Nobody Known")


async def test_words_that_cannot_be_sent(anna: EnrolledPerson) -> None:
    """One letter too many, bytes of another encoding: a wrong usage that names the option, and nothing was asked."""
    asking = ("tasuki-user", "ask", "--folder", anna.folder, "--anyone", "--mode", "view", "--topic")
    (await fails(anna.run, *asking, "日" * (TEXT_LIMIT + 1), code=2)).holds("--topic", TEXT_LIMIT, TEXT_LIMIT + 1)
    (await fails(anna.run, *asking, "caf\udce9", code=2)).holds("--topic", "UTF-8")
    to_group = ("tasuki-user", "ask", "--folder", anna.folder, "--mode", "view", "--group")
    (await fails(anna.run, *to_group, "x" * (NAME_LIMIT + 1), code=2)).holds("--group", NAME_LIMIT)


async def test_nothing_to_show(anna: EnrolledPerson, tmp_path: Path) -> None:
    """No VNC server, no screen, Wayland, a server that was named and is not there: before anybody is asked."""
    asking = ("tasuki-user", "ask", "--folder", str(anna.folder), "--mode", "view", "--anyone")
    programs = Path(sys.executable).parent
    bare = await fails(anna.run, *asking, environ={"PATH": str(programs), "DISPLAY": ":9"})
    bare.holds("x11vnc", "x0vncserver")
    (await fails(anna.run, *asking)).holds("DISPLAY")
    wayland = {"WAYLAND_DISPLAY": "wayland-0", "XDG_SESSION_TYPE": "wayland", "DISPLAY": ":9"}
    (await fails(anna.run, *asking, environ=wayland)).holds("Wayland", "X11")
    (await fails(anna.run, *asking, "--server", "What", code=2)).holds("127.0.0.1:5900")
    missing = tmp_path / "password"
    said = await fails(anna.run, *asking, "--server", "127.0.0.1:5999", "--password-file", missing)
    said.holds(missing)
    assert "ファイルかフォルダーがありません" in said.ja
    (await fails(anna.run, *asking[:-1], code=2)).holds("--to", "--group", "--anyone")


async def test_a_server_that_is_not_there(anna: EnrolledPerson, place: Organisation) -> None:
    """A closed port, a program that is no VNC server, no X server: said when asking, and no helper hears of it."""
    asking = ("tasuki-user", "ask", "--folder", str(anna.folder), "--mode", "view", "--anyone")
    watcher = Agent.of(await place.enrol("helper", "Wakako"), TIMING)
    try:
        await watcher.online()
        closed = f"{HOST}:{free_port()}"
        (await fails(anna.run, *asking, "--server", closed)).holds(closed)
        async with serving(saying(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")) as port:
            (await fails(anna.run, *asking, "--server", f"{HOST}:{port}")).holds(f"{HOST}:{port}")
        (await fails(anna.run, *asking, environ={"DISPLAY": ":987654"})).holds(":987654")
        assert watcher.matching.view.requests == ()
        # what is there is asked for, and said
        async with VncDoor() as door:
            helping = await anna.start("ask", "--mode", "view", "--anyone", *door.options)
            try:
                assert (await helping.event("offer"))["server"] == door.address
                await watcher.offered()
            finally:
                await helping.end()
            assert (door.came, door.entered) == (1, 0)
    finally:
        await watcher.close()


async def test_a_check_of_a_server_that_runs_already(anna: EnrolledPerson) -> None:
    """`check --server` logs in to it; a wrong one is told in the step's words."""
    async with VncDoor() as door:
        for address, state in ((door.address, "good"), (f"{HOST}:{free_port()}", "bad")):
            checking = await anna.start("check", "--server", address)
            try:
                assert address in (await checking.event("step", key="server", state="good"))["text"]
                await checking.event("step", key="start", state=state)
            finally:
                await checking.end()
        assert (door.came, door.entered) == (1, 0)


# folders and settings


async def test_folders_that_cannot_be_used(place: Organisation, anna: EnrolledPerson, tmp_path: Path) -> None:
    """No relay in it, one already, another program in it; and an agent's."""
    (await fails(place.run, "tasuki-relay", "serve", "--folder", tmp_path)).holds(tmp_path, "tasuki-relay init")
    (await fails(place.run, "tasuki-relay", "serve", "--folder", place.folder)).holds(place.folder)
    init = ("tasuki-relay", "init", "--organisation", "o", "--host", "h", "--folder")
    (await fails(place.run, *init, place.folder)).holds(place.folder)
    (await fails(place.run, "tasuki-ca", "serve", "--folder", tmp_path)).holds(tmp_path, "tasuki-ca init")
    async with VncDoor() as door:
        helping = await anna.start("ask", "--mode", "view", "--anyone", *door.options)
        try:
            await helping.event("online")
            (await status(anna)).holds(anna.folder)
        finally:
            await helping.end()


async def test_a_damaged_history_is_kept_and_said(anna: EnrolledPerson) -> None:
    """By every command that looks at it, in both languages, and the program goes on."""
    history = anna.folder / "history.json"
    for locale, word in (("C.UTF-8", "past sessions"), ("ja_JP.UTF-8", "これまでのセッション")):
        history.write_bytes(b'{"records":[')
        async with VncDoor() as door:
            arguments = ("ask", "--mode", "view", "--anyone", *door.options)
            asking = await anna.start(*arguments, environ={"LC_ALL": locale})
            try:
                said = await asking.event("problem")
                await asking.event("waiting")
            finally:
                await asking.end()
        (aside,) = anna.folder.glob("history.json.damaged-*")
        assert aside.read_bytes() == b'{"records":['
        assert word in said["text"]
        assert aside.name in said["text"]
        aside.unlink()


async def test_settings_with_a_slip(place: Organisation, anna: EnrolledPerson, tmp_path: Path) -> None:
    """The nearest key, the wrong value's key, the line of bad TOML."""
    folder = tmp_path / "agent"
    shutil.copytree(anna.folder, folder)
    for text, facts in (
        ("[timing]\nonlien = 3.0\n", ("timing.onlien", "timing.online")),
        ("[timing]\nonline = 0.001\n", ("timing.online",)),
        ("[timing\n", ("TOML",)),
    ):
        (folder / "agent.toml").write_text(text)
        said = await fails(place.run, "tasuki-user", "helpers", "--folder", folder)
        said.holds(folder / "agent.toml", *facts)
    copy = tmp_path / "relay"
    copy.mkdir()
    for name in ("relay.toml", "relay-key.pem", "relay-cert.pem", "root.pem"):
        shutil.copy(place.folder / name, copy / name)
    change_settings(copy / "relay.toml", {"timing": {"slient": 3.0}})
    said = await fails(place.run, "tasuki-relay", "check-config", "--folder", copy)
    said.holds("timing.slient", "timing.silent", copy / "relay.toml")
