"""Every kind of VNC server: is it here, what command, what settings, what does its exit mean."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from common.agent.keeper.client import Exit, KeptProgram
from common.agent.keeper.journal import Value
from common.agent.passwords import _FIXED_KEY, ini_struct, obfuscated, one_time
from common.host.computer import Computer
from common.host.errors import TasukiError, UsageError, for_operators, sentence
from common.host.sentences import FOR_OPERATORS, SENTENCES
from common.host.windows import Version, Windows
from common.host.windows_monitors import Monitor
from common.host.words import Language
from common.protocol.rfb.vncauth import response
from tests.support.programs import program
from user_agent.servers import starting, tightvnc, ultravnc
from user_agent.servers.base import ScreenChoice, ServerPlan, TcpAddress, UnixAddress
from user_agent.servers.choice import KINDS, choose, why_none
from user_agent.servers.foreign import parse_address, read_password
from user_agent.servers.monitors import find, named
from user_agent.servers.starting import REG_BINARY, REG_DWORD, change_settings, put_back_settings
from user_agent.servers.x0vncserver import X0vncserver
from user_agent.servers.x11vnc import X11vnc

FOLDER = Path("/private")
SOCKET, SECRET = str(FOLDER / "rfb"), str(FOLDER / "passwd")


def linux(**environ: str) -> Computer:
    """A Linux desktop with nothing on its search path unless told."""
    return Computer(environ={"DISPLAY": ":7", "PATH": "", **environ}, platform="linux")


def test_one_time_passwords() -> None:
    """Eight characters out of 64, so every bit pattern of six bits has its own."""
    every = iter(bytes(range(256)))
    letters = {letter for _ in range(32) for letter in one_time(lambda n: bytes(next(every) for _ in range(n)))}
    assert len(letters) == 64
    assert len(one_time(bytes)) == 8


def test_obfuscated_is_what_vncpasswd_writes() -> None:
    """The password file of `tightvncpasswd -f` for "password", as its bytes are known."""
    assert obfuscated("password").hex() == "dbd83cfd727a1458"
    assert obfuscated("longer than eight") == obfuscated("longer t")
    assert obfuscated("password") == response(_FIXED_KEY, b"password" + bytes(8))[:8]


def test_ini_struct_has_its_checksum() -> None:
    """WritePrivateProfileStruct adds the low byte of the sum."""
    assert ini_struct(b"\x01\xff\x03") == "01FF0303"


def test_x11vnc_opens_no_tcp_port() -> None:
    """Unix socket only, IPv6 off, password by a file that it removes, no remote control of itself."""
    plan = X11vnc().plan(
        linux(WAYLAND_DISPLAY="w", XDG_SESSION_TYPE="x11", LD_PRELOAD="evil"),
        folder=FOLDER,
        port=1,
        password="secret12",
    )
    command = " ".join(plan.argv)
    assert "-display :7" in command
    assert f"-unixsock {SOCKET} -rfbport 0 -rfbportv6 0 -no6 -noipv6" in command
    assert "-localhost" not in command
    assert f"-passwdfile rm:{SECRET}" in command
    assert "-noremote" in command
    assert plan.files == {SECRET: b"secret12\n"}
    assert plan.address == UnixAddress(path=SOCKET)
    assert "secret12" not in command
    assert plan.env is not None
    assert set(plan.env) == {"DISPLAY", "PATH"}


def test_x0vncserver_opens_no_tcp_port() -> None:
    """Unix socket of mode 0600 only, VncAuth only, password by file."""
    plan = X0vncserver().plan(linux(), folder=FOLDER, port=1, password="secret12")
    command = " ".join(plan.argv)
    assert f"-rfbport=-1 -rfbunixpath {SOCKET} -rfbunixmode=0600" in command
    assert "-SecurityTypes VncAuth" in command
    assert plan.files == {SECRET: obfuscated("secret12")}
    assert plan.address == UnixAddress(path=SOCKET)


def test_one_monitor_is_shown_alone() -> None:
    """By its place on the desktop, which is what names it."""
    screen = ScreenChoice(name="HDMI-1", x=1024, y=0, width=800, height=600)
    assert screen.key == "800x600+1024+0"
    for kind, option in ((X11vnc(), "-clip 800x600+1024+0"), (X0vncserver(), "-Geometry 800x600+1024+0")):
        assert kind.one_screen
        plan = kind.plan(linux(), folder=FOLDER, port=1, password="x", screen=screen)
        assert option in " ".join(plan.argv)
        assert option.split()[0] not in kind.plan(linux(), folder=FOLDER, port=1, password="x").argv


def test_what_names_a_monitor() -> None:
    """A key is read strictly; nothing means all of them; where monitors cannot be known, the key is believed."""
    nowhere = Computer(environ={}, platform="win32")
    assert named(nowhere, "") is None
    assert named(nowhere, "800x600+1024+0") == ScreenChoice(name="", x=1024, y=0, width=800, height=600)
    left = ScreenChoice(name="", x=-800, y=0, width=800, height=600)
    assert (left.key, named(nowhere, left.key)) == ("800x600-800+0", left)
    for wrong in (
        "800x600",
        "0x600+0+0",
        "800x600 1+0",
        "800x600+-1+0",
        "800x600+0+0;rm",
        "800x600+0+0\n",
        "999999x1+0+0",
    ):
        with pytest.raises(TasukiError) as caught:
            named(nowhere, wrong)
        assert caught.value.code == "screen_unknown"


def test_no_server_without_a_password_on_a_port() -> None:
    """Any local process could come to it."""
    with pytest.raises(ValueError, match="Unix socket"):
        ServerPlan(argv=("x",), address=TcpAddress(host="127.0.0.1", port=1), password=False)


def test_settings_are_written_down_before_they_are_changed(tmp_path: Path) -> None:
    """TightVNC's values for the session, and the person's back; a registry that refuses is a sentence."""
    plan = tightvnc.TightVncServer().plan(
        Computer(environ={}, platform="win32"), folder=FOLDER, port=5999, password="abcdefgh"
    )
    journal = tmp_path / "journal"
    mine = {(plan.registry_key, "RfbPort"): Value(5900, REG_DWORD)}
    held: dict[tuple[str, str], Value] = dict(mine)
    registry = FakeRegistry(held, journal)
    change_settings(plan, journal, owner="me", registry=registry)
    assert held[plan.registry_key, "RfbPort"] == Value(5999, REG_DWORD)
    assert held[plan.registry_key, "Password"] == Value(obfuscated("abcdefgh"), REG_BINARY)
    put_back_settings(journal, owner="somebody else", registry=registry)
    assert held != mine
    registry.refuses = True
    problem = put_back_settings(journal, owner="me", registry=registry)
    assert problem is not None
    assert problem.code == "vnc_settings_not_put_back"
    assert journal.exists()
    with pytest.raises(TasukiError) as caught:
        change_settings(plan, journal, owner="me", registry=registry)
    assert caught.value.code == "vnc_settings_refused"
    registry.refuses = False
    assert put_back_settings(journal, registry=registry) is None
    assert held == mine
    assert put_back_settings(journal, registry=registry) is None
    journal.write_text("{", encoding="utf-8")
    problem = put_back_settings(journal, registry=registry)
    assert problem is not None
    assert (problem.code, held) == ("vnc_settings_lost", mine)
    assert Path(str(problem.facts["aside"])).read_text(encoding="utf-8") == "{"
    change_settings(plan, journal, owner="me")
    put_back_settings(journal)
    assert not journal.exists()


class FakeRegistry:
    """A registry in memory that is never written to without a journal on the disk."""

    def __init__(self, held: dict[tuple[str, str], Value], journal: Path) -> None:
        self._held = held
        self._journal = journal
        self.refuses = False
        self.written: list[str] = []

    def read(self, key: str, name: str) -> Value | None:
        """The value, or None."""
        return self._held.get((key, name))

    def write(self, key: str, name: str, value: Value) -> None:
        """Set it."""
        assert self._journal.exists()
        if self.refuses:
            raise PermissionError(13, "Access is denied")
        self.written.append(name)
        self._held[key, name] = value

    def delete(self, key: str, name: str) -> None:
        """Remove it."""
        self._held.pop((key, name), None)


@pytest.mark.parametrize(
    ("environ", "code"),
    [
        ({"DISPLAY": ""}, "no_screen"),
        ({"XDG_SESSION_TYPE": "wayland", "WAYLAND_DISPLAY": "wayland-0"}, "screen_is_wayland"),
    ],
)
def test_no_screen(environ: dict[str, str], code: str) -> None:
    """No display, or one that X programs cannot show, is said before anything starts."""
    with pytest.raises(TasukiError) as caught:
        X11vnc().plan(linux(**environ), folder=FOLDER, port=1, password="x")
    assert caught.value.code == code
    assert "{" not in str(caught.value)


def test_choice(tmp_path: Path) -> None:
    """The first that is here; the one named; clear errors where there is none."""
    with pytest.raises(TasukiError) as caught:
        choose(linux())
    assert caught.value.code == "no_vnc_server"
    for name in ("X0tigervnc", "x11vnc"):
        program(tmp_path, name)
    here = linux(PATH=str(tmp_path))
    assert choose(here).name == "x11vnc"
    assert choose(here, wanted="X0VNCSERVER").name == "x0vncserver"
    with pytest.raises(TasukiError) as caught:
        choose(here, wanted="UltraVNC")
    assert caught.value.code == "vnc_server_not_here"
    with pytest.raises(UsageError):
        choose(here, wanted="telepathy")
    with pytest.raises(TasukiError) as caught:
        choose(linux(PATH=str(tmp_path), DISPLAY=""))
    assert caught.value.code == "no_screen"
    assert len({kind.name for kind in KINDS}) == len(KINDS)


def test_ultravnc_settings() -> None:
    """The session's INI: loopback only, VncAuth, our port; both passwords are the one-time one."""
    text = ultravnc.ini(port=5999, password="password")
    struct = ini_struct(bytes.fromhex("dbd83cfd727a1458"))
    assert text.startswith(f"[UltraVNC]\r\npasswd={struct}\r\npasswd2={struct}\r\n[admin]\r\nPortNumber=5999\r\n")
    for line in (
        *("LoopbackOnly=1", "AllowLoopback=1", "AuthRequired=1", "FileTransferEnabled=0", "MSLogonRequired=0"),
        *("AuthHosts=-:+127.0.0.1", "LockSetting=0", "LocalInputsDisabled=0", "UseRegistry=0", "secondary=1"),
    ):
        assert f"\r\n{line}\r\n" in text


def test_ultravnc_is_found_and_planned(tmp_path: Path) -> None:
    """`-run` is the last argument; the program is looked for where installers put it."""
    computer = Computer(environ={"ProgramFiles": str(tmp_path)}, platform="win32")
    kind = ultravnc.UltraVncServer()
    assert not kind.present(computer)
    plan = kind.plan(computer, folder=tmp_path, port=5999, password="x")
    assert plan.argv[1:] == ("-multi", "-config", str(tmp_path / "session.ini"), "-run")
    assert plan.address == TcpAddress(host="127.0.0.1", port=5999)
    assert plan.own_child


ULTRAVNC = r"C:\Program Files\uvnc bvba\UltraVNC\winvnc.exe"


@pytest.mark.parametrize("version", [(1, 2, 2, 4), (1, 4, 3, 6)])
def test_an_old_ultravnc_is_copied_to_where_its_settings_are(version: Version) -> None:
    """It reads the file beside itself, and no other before it has begun; the libraries that look at the screen come with it."""
    library = ULTRAVNC.replace("winvnc.exe", "ddengine64.dll")
    computer = windows(ULTRAVNC, library, version=version)
    assert choose(computer).name == "UltraVNC"
    plan = ultravnc.UltraVncServer().plan(computer, folder=FOLDER, port=5999, password="password")
    assert plan.argv == (str(FOLDER / "winvnc.exe"), "-multi", "-run")
    assert plan.files == {str(FOLDER / "ultravnc.ini"): ultravnc.ini(port=5999, password="password").encode()}
    assert plan.copies == {
        str(FOLDER / "winvnc.exe"): ULTRAVNC,
        str(FOLDER / "ddengine64.dll"): library,
    }


@pytest.mark.parametrize("version", [(1, 5, 0, 0), (1, 6, 4, 0), None])
def test_a_new_ultravnc_is_told_where_its_settings_are(version: Version | None) -> None:
    """Also one whose file does not say its version."""
    plan = ultravnc.UltraVncServer().plan(
        windows(ULTRAVNC, version=version), folder=FOLDER, port=5999, password="password"
    )
    assert plan.argv == (ULTRAVNC, "-multi", "-config", str(FOLDER / "session.ini"), "-run")
    assert not plan.copies


@pytest.mark.parametrize("version", [(1, 0, 9, 6), (1, 4, 4, 0)])
def test_an_ultravnc_that_takes_no_settings_is_not_started(version: Version) -> None:
    """The sentence says which it is, and which is needed; where it is named, too."""
    for wanted in ("", "UltraVNC"):
        with pytest.raises(TasukiError) as caught:
            choose(windows(ULTRAVNC, version=version), wanted=wanted)
        assert caught.value.code == "ultravnc_too_old"
        assert ".".join(map(str, version)) in str(caught.value)
        assert "1.5.0" in str(caught.value)
    assert choose(windows(ULTRAVNC, TIGHTVNC, version=version)).name == "TightVNC"


def test_one_monitor_of_windows() -> None:
    """They are listed from left to right; UltraVNC shows the primary one alone, TightVNC any, at the console."""
    both = windows(TIGHTVNC, ULTRAVNC)
    left, first = find(both)
    assert (left.key, left.name, first.key) == ("1280x1024-1280+40", "DELL U2720Q", "1920x1080+0+0")
    assert named(both, left.key) == left
    assert choose(both, screen=first).name == "UltraVNC"
    assert choose(both, screen=left).name == "TightVNC"
    ultra, tight = ultravnc.UltraVncServer(), tightvnc.TightVncServer()
    assert [ultra.shows_alone(both, screen) for screen in (left, first)] == [False, True]
    assert [tight.shows_alone(both, screen) for screen in (left, first)] == [True, True]
    assert not tight.shows_alone(windows(TIGHTVNC, console=False), left)
    alone = ultra.plan(both, folder=FOLDER, port=1, password="x", screen=first)
    assert b"\r\nsecondary=0\r\n" in alone.files[str(FOLDER / "session.ini")]
    assert alone.size == (1920, 1080)
    ordered = tight.plan(both, folder=FOLDER, port=1, password="x", screen=left)
    assert (ordered.order[1:], ordered.size) == (("-controlapp", "-sharedisplay", "2"), (1280, 1024))
    gone = replace(left, width=1)
    assert not tight.shows_alone(both, gone)
    for kind in (ultra, tight):
        with pytest.raises(TasukiError) as caught:
            kind.plan(both, folder=FOLDER, port=1, password="x", screen=gone)
        assert caught.value.code == "screen_unknown"
    whole = tight.plan(both, folder=FOLDER, port=1, password="x")
    assert (whole.order, whole.size) == ((), None)


PROGRAMS_OF = {
    "linux": ("x11vnc", "TigerVNC", "x0vncserver", "wayvnc"),
    "win32": ("UltraVNC", "TightVNC", "uvnc"),
    "darwin": ("Screen Sharing", "kickstart"),
}
NOWHERE = {
    "X11": linux(),
    "no screen": linux(DISPLAY=""),
    "Wayland": linux(XDG_SESSION_TYPE="wayland", WAYLAND_DISPLAY="w", XDG_CURRENT_DESKTOP="sway"),
    "GNOME": linux(XDG_SESSION_TYPE="wayland", WAYLAND_DISPLAY="w", XDG_CURRENT_DESKTOP="GNOME"),
    "Windows": Computer(environ={}, platform="win32"),
    "macOS": Computer(environ={}, platform="darwin"),
}


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("computer", NOWHERE.values(), ids=NOWHERE)
def test_advice_names_no_program_of_another_system(computer: Computer, language: Language) -> None:
    """Nor does what an operator reads; what is missing is a sentence, with what to install."""
    problem = why_none(computer)
    assert problem is not None
    text = for_operators(problem, language)
    others = [name for system, names in PROGRAMS_OF.items() if system != computer.platform for name in names]
    assert [name for name in others if name in text] == []
    assert text != problem.code
    if computer.platform == "win32":
        assert "https://uvnc.com" in sentence(problem, language)
        assert "/VNC=FILE" in text
        assert "/VNC=FILE" not in sentence(problem, language)


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_no_sentence_gives_advice_of_two_systems(code: str) -> None:
    """A sentence that names what to install is of one system."""
    text = SENTENCES[code] + FOR_OPERATORS.get(code, "")
    assert sum(any(name in text for name in names) for names in PROGRAMS_OF.values()) <= 1


async def test_what_a_plan_copies_is_there_before_it_starts(tmp_path: Path) -> None:
    """Of the same content, and a source that is not there is a sentence."""
    source = tmp_path / "program"
    source.write_bytes(b"\0program")
    plan = ServerPlan(
        argv=("x",),
        address=TcpAddress(host="127.0.0.1", port=1),
        copies={str(tmp_path / "copy"): str(source)},
    )
    starting.write_files(plan)
    assert (tmp_path / "copy").read_bytes() == b"\0program"
    source.unlink()
    with pytest.raises(OSError, match="No such file"):
        starting.write_files(plan)


def test_tightvnc_settings() -> None:
    """The registry's values: loopback only, VncAuth, and a view-only password that is another one."""
    values = tightvnc.values(port=5999, password="abcdefgh")
    assert (values["RfbPort"], values["LoopbackOnly"], values["AllowLoopback"]) == (5999, 1, 1)
    assert values["EnableFileTransfers"] == 0
    assert values["Password"] == obfuscated("abcdefgh")
    assert values["PasswordViewOnly"] != values["Password"]
    plan = tightvnc.TightVncServer().plan(
        Computer(environ={}, platform="win32"), folder=FOLDER, port=5999, password="abcdefgh"
    )
    assert plan.registry_key == r"Software\TightVNC\Server"
    assert plan.argv[1:] == ("-run",)
    settings = dict(plan.registry)
    assert (settings["ExtraPorts"], settings["DisconnectAction"], settings["BlockLocalInput"]) == ("", 0, 0)
    assert settings["IpAccessControl"] == "127.0.0.1-127.0.0.1:0,0.0.0.0-255.255.255.255:1"
    assert settings["UseControlAuthentication"] == 1
    assert len({settings["Password"], settings["PasswordViewOnly"], settings["ControlPassword"]}) == 3


LEFT = Monitor("DELL U2720Q", -1280, 40, 1280, 1024, False)
FIRST = Monitor("Generic PnP Monitor", 0, 0, 1920, 1080, True)


class Told(Windows):
    """A Windows that has these: mutexes, keys under HKEY_LOCAL_MACHINE, and files, which are all of one version."""

    def __init__(self, *has: str, version: Version | None, console: bool = True) -> None:
        self._has = has
        self._version = version
        self._console = console

    def monitors(self) -> tuple[Monitor, ...]:
        """Two."""
        return FIRST, LEFT

    def at_console(self) -> bool:
        """As was said."""
        return self._console

    def file_version(self, path: str) -> Version | None:
        """What was given."""
        return self._version if path in self._has else None

    def is_file(self, path: str) -> bool:
        """Whether it was given."""
        return path in self._has

    def holds_mutex(self, name: str) -> bool:
        """Whether it was given."""
        return name in self._has

    def machine_has_key(self, key: str) -> bool:
        """Whether it was given."""
        return key in self._has


TIGHTVNC = r"C:\Program Files\TightVNC\tvnserver.exe"


def windows(*has: str, version: Version | None = None, console: bool = True) -> Computer:
    """A Windows with its usual folder for programs."""
    told = Told(*has, version=version, console=console)
    return Computer(environ={"ProgramFiles": r"C:\Program Files"}, platform="win32", windows=told)


def test_the_persons_own_tightvnc_is_seen() -> None:
    """By its mutex, before anything is chosen; where another kind is there, that one is used."""
    for wanted in ("", "TightVNC"):
        with pytest.raises(TasukiError) as caught:
            choose(windows(TIGHTVNC, tightvnc.INSTANCE), wanted=wanted)
        assert caught.value.code == "tightvnc_running"
    assert choose(windows(TIGHTVNC)).name == "TightVNC"
    both = windows(TIGHTVNC, tightvnc.INSTANCE, r"C:\Program Files\uvnc bvba\UltraVNC\winvnc.exe")
    assert choose(both).name == "UltraVNC"
    with pytest.raises(TasukiError) as caught:
        choose(windows(TIGHTVNC, tightvnc.SERVICE_ONLY), wanted="TightVNC")
    assert caught.value.code == "tightvnc_service_only"


class _Null:
    """A keeper that never ends what it has started, as far as it tells."""

    token = "me"

    def __init__(self) -> None:
        self.discarded: list[Path] = []

    async def put_back_at_end(self, journal: Path) -> None:
        """Heard."""

    async def start(self, argv: Sequence[str], **_: object) -> KeptProgram:
        """It never exits."""
        return KeptProgram(name=argv[0], pid=1, exited=asyncio.get_running_loop().create_future(), stop=lambda: None)

    async def temporary_folder(self) -> Path:
        """One that nobody looks into."""
        return FOLDER

    async def discard(self, path: Path) -> None:
        """Heard."""
        self.discarded.append(path)


async def test_settings_come_back_though_the_server_does_not_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the start nor the stop waits for ever, and what the person had is back."""
    held: dict[tuple[str, str], Value] = {(tightvnc.KEY, "RfbPort"): Value(5900, REG_DWORD)}
    before = dict(held)
    registry = FakeRegistry(held, tmp_path / "journal")
    monkeypatch.setattr(starting, "windows_registry", lambda: registry)
    monkeypatch.setattr(starting, "STOP_TIMEOUT", 0.05)
    keeper = _Null()
    with pytest.raises(TasukiError) as caught:
        await starting.start(
            Hurried(),
            computer=windows(TIGHTVNC),
            keeper=keeper,  # type: ignore[arg-type]  # the part of it that is used
            random=os.urandom,
            journal=tmp_path / "journal",
        )
    assert caught.value.code == "vnc_server_failed"
    assert registry.written
    assert (held, keeper.discarded) == (before, [FOLDER])


async def test_nothing_is_changed_where_the_persons_own_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may have been started since the kind was chosen."""
    registry = FakeRegistry({}, tmp_path / "journal")
    monkeypatch.setattr(starting, "windows_registry", lambda: registry)
    with pytest.raises(TasukiError) as caught:
        await starting.start(
            tightvnc.TightVncServer(),
            computer=windows(TIGHTVNC, tightvnc.INSTANCE),
            keeper=_Null(),  # type: ignore[arg-type]  # nothing of it is used
            random=os.urandom,
            journal=tmp_path / "journal",
        )
    assert (caught.value.code, registry.written) == ("tightvnc_running", [])


class Hurried(tightvnc.TightVncServer):
    """It is waited for no longer than a test may take."""

    def plan(
        self, computer: Computer, *, folder: Path, port: int, password: str, screen: ScreenChoice | None = None
    ) -> ServerPlan:
        """The same, but for that."""
        return replace(
            super().plan(computer, folder=folder, port=port, password=password, screen=screen), patience=0.05
        )


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_exit_is_a_sentence(kind: object) -> None:
    """Whatever a server printed, the person reads a whole sentence."""
    for how in (
        Exit(code=1, output=""),
        Exit(code=None, signal=9),
        Exit(code=1, output="a\n unable to open display \n"),
    ):
        error = kind.explain(how)  # type: ignore[attr-defined]
        assert str(error).endswith(".")
        assert "{" not in str(error)


def test_addresses_of_running_servers() -> None:
    """Names, IPv4, bracketed IPv6 and Unix paths; everything else is a usage error."""
    assert parse_address("localhost:5901") == TcpAddress(host="localhost", port=5901)
    assert parse_address("[::1]:5901") == TcpAddress(host="::1", port=5901)
    assert parse_address("/run/vnc") == UnixAddress(path="/run/vnc")
    for wrong in ("localhost", "::1:5901", "host:0", "host:65536", "host:5900x", "", ":5900"):
        with pytest.raises(UsageError):
            parse_address(wrong)


def test_password_files(tmp_path: Path) -> None:
    """The first line counts; a file that cannot be read is an error for a person."""
    file = tmp_path / "password"
    file.write_text("secret12\nview\n")
    assert read_password(file) == "secret12"
    file.write_text("")
    assert read_password(file) == ""
    assert read_password(None) == ""
    with pytest.raises(TasukiError) as caught:
        read_password(tmp_path / "absent")
    assert caught.value.code == "password_file_unreadable"
