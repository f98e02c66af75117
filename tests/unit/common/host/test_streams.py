"""What a command says and hears, under code pages that lack half of it, and to readers that go."""

import ctypes
import errno
import io
import os
import subprocess
import sys
from types import SimpleNamespace

import click
import pytest

from common.host import command, streams
from tests.support.names import NAMES

ECHO = """
import click, sys
from common.host.command import Events, run

@click.command()
def command():
    for line in sys.stdin:
        click.echo(line.rstrip())
        print(line.rstrip(), file=sys.stderr)
        Events(json=False).tell("name", line.rstrip())
        Events(json=True).tell("name", "", name=line.rstrip())

run(command)
"""


def echo(encoding: str, given: bytes) -> subprocess.CompletedProcess[bytes]:
    """A command of ours where Python would take this encoding for its streams."""
    environ = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    return subprocess.run([sys.executable, "-c", ECHO], input=given, capture_output=True, check=False, env=environ)


@pytest.mark.parametrize("encoding", ["cp1252", "cp932", "ascii", "utf-8"])
def test_every_name_as_it_is(encoding: str) -> None:
    """In and out, also for scripts."""
    done = echo(encoding, "".join(f"{name}\n" for name in NAMES).encode())
    assert done.returncode == 0, done.stderr
    assert done.stderr.decode().splitlines() == list(NAMES)
    expected = [line for name in NAMES for line in (name, name, f'{{"event":"name","name":"{name}"}}')]
    assert done.stdout.decode().splitlines() == expected


def test_bytes_that_are_no_text() -> None:
    """Are read as what stands for something unknown, and do not stop it."""
    done = echo("cp1252", b"caf\xe9\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode().splitlines()[0] == "caf\ufffd"


def test_a_name_of_other_bytes() -> None:
    """A path that Linux allows and UTF-8 does not: its number is shown."""
    source = "import sys; from common.host.streams import use_utf8; use_utf8(); print('caf\\udce9')"
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, check=True)
    assert done.stdout.splitlines() == [b"caf\\udce9"]


def test_a_reader_that_goes() -> None:
    """The command ends, with no word about it."""
    source = "import click\nfrom common.host.command import run\n@click.command()\ndef command():\n  for _ in range(10**6): click.echo('x' * 1000)\nrun(command)"
    with subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 1


def test_what_click_leaves_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends at EPIPE, and its flush at the exit is told EINVAL by Windows: nobody hears of that."""

    class Gone(io.StringIO):
        def flush(self) -> None:
            raise OSError(errno.EINVAL, "Invalid argument")

    @click.command()
    def ends() -> None:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    let_go: list[object] = []
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(sys, "argv", ["ends"])
    monkeypatch.setattr(sys, "stdout", Gone())
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    monkeypatch.setattr(command, "write_nowhere", let_go.append)
    with pytest.raises(SystemExit) as caught:
        command.run(ends)
    assert caught.value.code == 1
    assert let_go == [sys.stdout]


@pytest.mark.parametrize(
    ("platform", "error", "gone"),
    [
        ("linux", BrokenPipeError(errno.EPIPE, ""), True),
        ("win32", BrokenPipeError(errno.EPIPE, ""), True),
        ("win32", OSError(errno.EINVAL, ""), True),
        ("linux", OSError(errno.EINVAL, ""), False),
        ("linux", OSError(errno.ENOSPC, ""), False),
        ("win32", OSError(errno.ENOSPC, ""), False),
    ],
)
def test_whether_the_reader_is_gone(platform: str, error: OSError, gone: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is none of it."""
    monkeypatch.setattr(sys, "platform", platform)
    assert streams.reader_is_gone(error) is gone


NONE = """
import sys
sys.stdin = sys.stdout = sys.stderr = None
import click
from common.host.command import Events, run
from common.host.errors import TasukiError
from common.host.log import get_logger, setup

@click.command()
@click.option("--fail", is_flag=True)
def command(fail):
    setup(json=False)
    get_logger().warning("heard_by_nobody")
    print("nothing"), click.echo("nothing"), print("nothing", file=sys.stderr)
    Events(json=False).tell("nothing", "nothing")
    assert sys.stdin.read() == ""
    if fail:
        raise TasukiError("no_windows")

run(command)
"""


@pytest.mark.parametrize(("argv", "code"), [((), 0), (("--fail",), 1), (("--wrong",), 2), (("--help",), 0)])
def test_no_streams_at_all(argv: tuple[str, ...], code: int) -> None:
    """As in a program of Windows' without a console: all the same but what is heard and said."""
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", NONE, *argv], check=False).returncode == code


@pytest.mark.parametrize(
    ("platform", "stderr", "shown"), [("win32", None, ["why"]), ("win32", sys.stderr, []), ("linux", None, [])]
)
def test_a_box_where_there_is_no_stderr(
    platform: str, stderr: object, shown: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Windows, and there alone; a console is told on the console."""
    told: list[str] = []
    boxes = SimpleNamespace(MessageBoxW=lambda _window, text, _title, _kind: told.append(text))
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(user32=boxes), raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(sys, "__stderr__", stderr)
    streams.show_instead("why")
    assert told == shown
