"""Starting with the desktop, on each system."""

import plistlib
import shlex
import sys
from pathlib import Path

import pytest

from common.agent.autostart import Autostart, command_of
from common.agent.packaged import windowed
from common.host.errors import TasukiError
from common.protocol.identity import Role

ARGV = ("/opt/My Tasuki/tasuki-user", "--folder", "/home/a $b/%x", "--tray")


class FakeRunKey:
    """A registry."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def get(self, name: str) -> str | None:
        """The value."""
        return self.values.get(name)

    def set(self, name: str, value: str | None) -> None:
        """Write it, or take it away."""
        self.values.pop(name, None)
        if value is not None:
            self.values[name] = value


def linux(tmp_path: Path, **environ: str) -> Autostart:
    """A user's program on Linux."""
    return Autostart(Role.USER, "linux", {"HOME": str(tmp_path), **environ}, ARGV)


def test_on_and_off_on_linux(tmp_path: Path) -> None:
    """One file in the person's own folder, gone again."""
    autostart = linux(tmp_path)
    assert not autostart.enabled
    autostart.set(True)
    path = tmp_path / ".config/autostart/tasuki-user.desktop"
    assert autostart.enabled
    assert path.read_text(encoding="utf-8").startswith("[Desktop Entry]\nType=Application\nName=Tasuki")
    autostart.set(False)
    autostart.set(False)
    assert not path.exists()
    assert not autostart.enabled


def test_the_command_survives_the_desktop_entry(tmp_path: Path) -> None:
    """Spaces, dollars and per cents come back as they were: the file's escapes undone, then the quoting, then the codes."""
    linux(tmp_path, XDG_CONFIG_HOME=str(tmp_path / "c")).set(True)
    content = (tmp_path / "c/autostart/tasuki-user.desktop").read_text(encoding="utf-8")
    command = next(line for line in content.splitlines() if line.startswith("Exec=")).removeprefix("Exec=")
    words = shlex.split(command.replace("\\\\", "\\").replace("\\$", "$"))  # a shell's "\$", which shlex leaves alone
    assert tuple(word.replace("%%", "%") for word in words) == ARGV


@pytest.mark.parametrize("line", ["Hidden=true", "X-GNOME-Autostart-enabled=false"])
def test_switched_off_by_the_desktop_itself(tmp_path: Path, line: str) -> None:
    """Desktops leave the file and write that it does not count; set again, it does."""
    autostart = linux(tmp_path)
    autostart.set(True)
    path = tmp_path / ".config/autostart/tasuki-user.desktop"
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    assert not autostart.enabled
    autostart.set(True)
    assert autostart.enabled


def test_a_launch_agent(tmp_path: Path) -> None:
    """On macOS a property list with the command as it is."""
    autostart = Autostart(Role.HELPER, "darwin", {"HOME": str(tmp_path)}, ARGV)
    autostart.set(True)
    content = plistlib.loads((tmp_path / "Library/LaunchAgents/org.tasuki.helper.plist").read_bytes())
    assert content == {
        "Label": "org.tasuki.helper",
        "ProgramArguments": list(ARGV),
        "RunAtLoad": True,
        "ProcessType": "Interactive",  # launchd.plist(5): every other kind is throttled
    }


def test_the_run_key() -> None:
    """On Windows a value with a command line."""
    key = FakeRunKey()
    autostart = Autostart(Role.USER, "win32", {}, (r"C:\Program Files\Tasuki\tasuki-user.exe", "--tray"), run_key=key)
    autostart.set(True)
    assert autostart.enabled
    assert key.values == {"tasuki-user": r'"C:\Program Files\Tasuki\tasuki-user.exe" --tray'}
    autostart.set(False)
    assert not autostart.enabled


def test_nowhere() -> None:
    """Without a home there is no place."""
    autostart = Autostart(Role.USER, "linux", {}, ARGV, run_key=None)
    autostart.set(True)
    assert not autostart.enabled


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    """A sentence says so."""
    (tmp_path / ".config").write_text("a file", encoding="utf-8")
    with pytest.raises(TasukiError, match="could not be written"):
        linux(tmp_path).set(True)


def test_the_command_of_this_program(tmp_path: Path) -> None:
    """A script that can be run is run, but on Windows; else Python runs the package, whatever lies in the folder where it starts."""
    program = tmp_path / "tasuki-user"
    program.write_text("", encoding="utf-8")
    by_python = (str(windowed(Path(sys.executable))), "-P", "-m", "user_agent", "--tray")
    assert command_of(Role.USER, program, ("--tray",)) == by_python
    program.chmod(0o700)
    by_itself = (str(program), "--tray")
    assert command_of(Role.USER, program, ("--tray",)) == (by_python if sys.platform == "win32" else by_itself)
    program = tmp_path / "__main__.py"
    program.touch(0o700)
    assert command_of(Role.USER, program, ("--tray",)) == by_python


def test_without_a_console_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a packaged program on Windows it is the windowed one that starts with the desktop."""
    monkeypatch.setattr("sys.frozen", True, raising=False)
    for name in ("tasuki-user.exe", "tasuki-userw.exe"):
        (tmp_path / name).touch()
    assert command_of(Role.USER, tmp_path / "tasuki-user.exe", ("--hidden",)) == (
        str(tmp_path / "tasuki-userw.exe"),
        "--hidden",
    )
