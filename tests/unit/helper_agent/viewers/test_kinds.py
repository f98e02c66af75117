"""Every kind of viewer: is it here, what command, what does its exit mean."""

from pathlib import Path

import pytest

from common.agent.keeper.client import Exit
from common.agent.passwords import obfuscated
from common.host.computer import Computer
from common.host.errors import TasukiError, UsageError
from helper_agent.viewers import novnc
from helper_agent.viewers.choice import KINDS, choose
from helper_agent.viewers.page_server import PagePlace, redirect
from helper_agent.viewers.ssvnc import SsVncViewer
from helper_agent.viewers.tigervnc import TigerVncViewer
from helper_agent.viewers.tightvnc import TightVncViewer
from helper_agent.viewers.ultravnc import UltraVncViewer
from tests.support.marks import needs
from tests.support.private_files import is_private
from tests.support.programs import program

FOLDER = Path("/private")
LINUX = Computer(environ={"PATH": ""}, platform="linux")
WINDOWS = Computer(environ={}, platform="win32")
SECRET = {str(FOLDER / "passwd"): obfuscated("secret12")}


@pytest.mark.parametrize("kind", [TigerVncViewer(), TightVncViewer(), SsVncViewer()], ids=lambda kind: kind.name)
def test_on_x_the_password_goes_by_a_file(kind: TigerVncViewer | TightVncViewer | SsVncViewer) -> None:
    """Not in the command; the file holds it as viewers read it."""
    plan = kind.plan(LINUX, folder=FOLDER, port=5999, password="secret12", title="t")
    assert plan.files == SECRET
    assert plan.argv[-1] == "127.0.0.1::5999"
    assert "secret12" not in " ".join(plan.argv)
    assert not kind.present(LINUX)


def test_tigervnc_never_waits_in_a_dialog() -> None:
    """Neither on errors nor to reconnect."""
    argv = TigerVncViewer().plan(LINUX, folder=FOLDER, port=1, password="x", title="t").argv
    assert {"-AlertOnFatalError=0", "-ReconnectOnError=0"} <= set(argv)


@needs("os.symlink")
def test_vncviewer_may_be_any_viewer(tmp_path: Path) -> None:
    """A file of that name is TigerVNC's; a link counts only where it leads to TigerVNC's."""
    here = Computer(environ={"PATH": str(tmp_path)}, platform="linux")
    program(tmp_path, "xtightvncviewer")
    (tmp_path / "vncviewer").symlink_to(tmp_path / "xtightvncviewer")
    assert not TigerVncViewer().present(here)
    (tmp_path / "vncviewer").unlink()
    program(tmp_path, "vncviewer")
    assert TigerVncViewer().present(here)


def test_on_windows(tmp_path: Path) -> None:
    """Commands as documented, to loopback and our port."""
    tight = TightVncViewer().plan(WINDOWS, folder=FOLDER, port=5999, password="x", title="t")
    assert tight.argv == ("tvnviewer.exe", "-host=127.0.0.1", "-port=5999", "-password=x")
    ultra = UltraVncViewer().plan(WINDOWS, folder=FOLDER, port=5999, password="x", title="t")
    assert ultra.argv == ("vncviewer.exe", "127.0.0.1::5999", "-password", "x", "-shared", "-nostatus")
    assert not UltraVncViewer().present(WINDOWS)
    assert not UltraVncViewer().present(LINUX)
    assert not TigerVncViewer().present(Computer(environ={"ProgramFiles": str(tmp_path)}, platform="win32"))


def test_choice(tmp_path: Path) -> None:
    """By name; what is not here or not known is said."""
    program(tmp_path, "ssvncviewer")
    here = Computer(environ={"PATH": str(tmp_path)}, platform="linux")
    kind = choose(here, "ssvnc")
    assert kind is not None
    assert kind.name == "ssvnc"
    assert choose(here, "none") is None
    with pytest.raises(TasukiError) as caught:
        choose(here, "tigervnc")
    assert caught.value.code == "no_viewer"
    with pytest.raises(UsageError):
        choose(here, "telescope")


def test_the_page_must_be_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without noVNC the built-in viewer says what to do."""
    monkeypatch.setattr(novnc, "PAGE", tmp_path)
    with pytest.raises(TasukiError) as caught:
        choose(LINUX, "builtin")
    assert caught.value.code == "viewer_page_missing"
    (tmp_path / "novnc" / "core").mkdir(parents=True)
    (tmp_path / "novnc" / "core" / "rfb.js").touch()
    assert choose(LINUX, "builtin") is None


def test_exits() -> None:
    """Closed by the person, or by the other side, is no problem; a failure is one, in words."""
    for kind in KINDS:
        assert kind.explain(Exit(code=0)) is None
        assert kind.explain(Exit(code=None, signal=15)) is None
        problem = kind.explain(Exit(code=1, output="no way\n"))
        assert problem is not None
        assert "no way" in str(problem)
    assert TightVncViewer().explain(Exit(code=1, output="VNC server closed connection\n")) is None
    assert TigerVncViewer().explain(Exit(code=0, output="Can't open display: :9\n")) is not None


def test_the_redirect_leads_to_the_address() -> None:
    """The address is quoted, and no referrer is sent."""
    page = redirect('http://127.0.0.1:1/#a"b').decode()
    assert 'url=http://127.0.0.1:1/#a&quot;b"' in page
    assert "no-referrer" in page


def test_whether_there_is_a_screen() -> None:
    """On X and Wayland by the environment, elsewhere always."""
    assert not novnc.has_screen(LINUX)
    assert novnc.has_screen(Computer(environ={"WAYLAND_DISPLAY": "w"}, platform="linux"))
    assert novnc.has_screen(WINDOWS)


async def test_show_writes_a_private_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the browser is started with shows no token, and nobody else may read the file."""
    opened: list[str] = []

    def browser(url: str) -> bool:
        opened.append(url)
        return True

    monkeypatch.setattr("webbrowser.open", browser)

    class Page:
        def address_for(self, place: PagePlace) -> str:
            return f"http://127.0.0.1:1/#token&{place}"

    assert await novnc.show(Page(), folder=tmp_path, place=PagePlace.WINDOW)  # type: ignore[arg-type]
    file = tmp_path / "viewer.html"
    assert opened == [file.as_uri()]
    assert is_private(file)
    assert "#token&amp;window" in file.read_text()
