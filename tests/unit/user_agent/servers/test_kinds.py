"""Every kind of VNC server: is it here, what command, what settings, what does its exit mean."""

from pathlib import Path

import pytest

from common.agent.keeper_client import Exit
from common.agent.keeper_journal import Value
from common.agent.passwords import _FIXED_KEY, ini_struct, obfuscated, one_time
from common.host.errors import TasukiError, UsageError
from common.protocol.rfb.vncauth import response
from user_agent.servers import macos, tightvnc, ultravnc
from user_agent.servers.base import Host, Plan, ScreenChoice, TcpAddress, UnixAddress
from user_agent.servers.choice import KINDS, choose
from user_agent.servers.running import parse_address, read_password
from user_agent.servers.screens import named
from user_agent.servers.starting import REG_BINARY, REG_DWORD, change_settings, put_back_settings
from user_agent.servers.x0vncserver import X0vncserver
from user_agent.servers.x11vnc import X11vnc, last_line

FOLDER = Path("/private")


def linux(**environ: str) -> Host:
    """A Linux desktop with nothing on its search path unless told."""
    return Host(environ={"DISPLAY": ":7", "PATH": "", **environ}, platform="linux")


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
    assert "-unixsock /private/rfb -rfbport 0 -rfbportv6 0 -no6 -noipv6" in command
    assert "-localhost" not in command
    assert "-passwdfile rm:/private/passwd" in command
    assert "-noremote" in command
    assert plan.files == {"/private/passwd": b"secret12\n"}
    assert plan.address == UnixAddress(path="/private/rfb")
    assert "secret12" not in command
    assert plan.env is not None
    assert set(plan.env) == {"DISPLAY", "PATH"}


def test_x0vncserver_opens_no_tcp_port() -> None:
    """Unix socket of mode 0600 only, VncAuth only, password by file."""
    plan = X0vncserver().plan(linux(), folder=FOLDER, port=1, password="secret12")
    command = " ".join(plan.argv)
    assert "-rfbport=-1 -rfbunixpath /private/rfb -rfbunixmode=0600" in command
    assert "-SecurityTypes VncAuth" in command
    assert plan.files == {"/private/passwd": obfuscated("secret12")}
    assert plan.address == UnixAddress(path="/private/rfb")


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
    nowhere = Host(environ={}, platform="win32")
    assert named(nowhere, "") is None
    assert named(nowhere, "800x600+1024+0") == ScreenChoice(name="", x=1024, y=0, width=800, height=600)
    for wrong in ("800x600", "0x600+0+0", "800x600-1+0", "800x600+0+0;rm", "800x600+0+0\n", "999999x1+0+0"):
        with pytest.raises(TasukiError) as caught:
            named(nowhere, wrong)
        assert caught.value.code == "screen_unknown"


def test_no_server_without_a_password_on_a_port() -> None:
    """Any local process could come to it."""
    with pytest.raises(ValueError, match="Unix socket"):
        Plan(argv=("x",), address=TcpAddress(host="127.0.0.1", port=1), password=False)


def test_settings_are_written_down_before_they_are_changed(tmp_path: Path) -> None:
    """TightVNC's values for the session, and the person's back; a registry that refuses is a sentence."""
    plan = tightvnc.TightVnc().plan(Host(environ={}, platform="win32"), folder=FOLDER, port=5999, password="abcdefgh")
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
    put_back_settings(journal, owner="me", registry=registry)
    assert journal.exists()
    with pytest.raises(TasukiError) as caught:
        change_settings(plan, journal, owner="me", registry=registry)
    assert caught.value.code == "vnc_settings_refused"
    registry.refuses = False
    put_back_settings(journal, registry=registry)
    assert held == mine
    change_settings(plan, journal, owner="me")
    put_back_settings(journal)
    assert not journal.exists()


class FakeRegistry:
    """A registry in memory that is never written to without a journal on the disk."""

    def __init__(self, held: dict[tuple[str, str], Value], journal: Path) -> None:
        self._held = held
        self._journal = journal
        self.refuses = False

    def read(self, key: str, name: str) -> Value | None:
        """The value, or None."""
        return self._held.get((key, name))

    def write(self, key: str, name: str, value: Value) -> None:
        """Set it."""
        assert self._journal.exists()
        if self.refuses:
            raise PermissionError(13, "Access is denied")
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
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
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
    for line in ("LoopbackOnly=1", "AllowLoopback=1", "AuthRequired=1", "FileTransferEnabled=0", "MSLogonRequired=0"):
        assert f"\r\n{line}\r\n" in text


def test_ultravnc_is_found_and_planned(tmp_path: Path) -> None:
    """`-run` is the last argument; the program is looked for where installers put it."""
    host = Host(environ={"ProgramFiles": str(tmp_path)}, platform="win32")
    kind = ultravnc.UltraVnc()
    assert not kind.present(host)
    plan = kind.plan(host, folder=tmp_path, port=5999, password="x")
    assert plan.argv[1:] == ("-multi", "-config", str(tmp_path / "session.ini"), "-run")
    assert plan.address == TcpAddress(host="127.0.0.1", port=5999)
    assert plan.own_child


def test_tightvnc_settings() -> None:
    """The registry's values: loopback only, VncAuth, and a view-only password that is another one."""
    values = tightvnc.values(port=5999, password="abcdefgh")
    assert (values["RfbPort"], values["LoopbackOnly"], values["AllowLoopback"]) == (5999, 1, 1)
    assert values["EnableFileTransfers"] == 0
    assert values["Password"] == obfuscated("abcdefgh")
    assert values["PasswordViewOnly"] != values["Password"]
    plan = tightvnc.TightVnc().plan(Host(environ={}, platform="win32"), folder=FOLDER, port=5999, password="abcdefgh")
    assert plan.registry_key == r"Software\TightVNC\Server"
    assert plan.argv[1:] == ("-run",)
    assert plan.stop[1:] == ("-controlapp", "-shutdown")


def test_screen_sharing_is_switched_off_when_the_folder_goes() -> None:
    """Root's shell takes the password out of a file, waits for the folder to go, and switches off however it ends."""
    command = macos.shell(folder=Path("/tmp/a b"))
    assert command.startswith("password=$(cat '/tmp/a b/passwd'); rm -f '/tmp/a b/passwd'; trap ")
    assert command.endswith("while [ -d '/tmp/a b' ]; do sleep 1; done")
    assert "-deactivate" in command
    script = macos.apple_script('echo "a\\b"')
    assert script == 'do shell script "echo \\"a\\\\b\\"" with administrator privileges'
    kind = macos.ScreenSharing()
    plan = kind.plan(Host(environ={}, platform="darwin"), folder=FOLDER, port=1, password="secret12")
    assert not plan.own_child
    assert "secret12" not in " ".join(plan.argv)
    assert kind.explain(Exit(code=1, output="execution error: User canceled. (-128)")).code == "screen_sharing_refused"


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


def test_last_line() -> None:
    """The last thing it printed, else how it ended."""
    assert last_line(Exit(code=1, output="one\ntwo\n\n")) == "two"
    assert last_line(Exit(code=3)) == "exit code 3"
    assert last_line(Exit(code=None, signal=9)) == "signal 9"


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
