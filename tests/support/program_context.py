"""What windows are made with besides an agent, for tests that run no program."""

from pathlib import Path

from PySide6.QtWidgets import QApplication

from common.agent.autostart import Autostart
from common.host.computer import Computer
from common.protocol.identity import Role
from common.ui.language import Speech
from common.ui.program import ProgramContext
from common.ui.theme import Theme


def program_context(folder: Path, speech: Speech, theme: Theme, *, role: Role, path: str = "") -> ProgramContext:
    """A Linux computer without a display, whose programs are in `path` (`folder` unless it is said), and whose home is `folder`."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    environ = {"HOME": str(folder), "PATH": path or str(folder)}
    return ProgramContext(
        app=app,
        computer=Computer(environ=environ, platform="linux"),
        autostart=Autostart(role, "linux", environ, [f"tasuki-{role.value}"]),
        speech=speech,
        theme=theme,
    )
