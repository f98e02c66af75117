"""The user's settings."""

from PySide6.QtWidgets import QCheckBox, QRadioButton
from pytestqt.qtbot import QtBot

from common.agent.settings import AgentSettings, HotkeySection, InventorySection, ProgramsSection
from common.host.errors import TasukiError
from common.ui.language import Speech
from common.ui.settings_cards import Choice
from common.ui.theme import Theme
from tests.gui.scenes.settings import user
from tests.support.parts import part
from user_agent.servers.choice import KnownServer
from user_agent.ui.settings import LONGEST, UserSettings, elided, programs


async def test_the_file_is_read() -> None:
    """Every field of the user's own."""
    settings = AgentSettings(
        programs=ProgramsSection(server="x11vnc"),
        hotkey=HotkeySection(stop="F5"),
        inventory=InventorySection(withheld=("disk",)),
    )
    assert UserSettings.of(settings, autostart=False) == UserSettings(server="x11vnc", stop="F5", withheld=("disk",))


async def test_each_choice_is_saved_under_its_key(qtbot: QtBot, speech: Speech, theme: Theme) -> None:
    """What is withheld and not known here stays withheld."""
    dialog = user(UserSettings(withheld=("disk",)))
    qtbot.addWidget(dialog)
    saved: list[object] = []
    dialog.saved.connect(saved.append)
    part(dialog, QRadioButton, "program-x11vnc").click()
    part(dialog, Choice, "stop-keys").choose("Ctrl+F9")
    part(dialog, QCheckBox, "detail-memory").click()
    dialog.save.click()
    assert saved == [{"programs.server": "x11vnc", "hotkey.stop": "Ctrl+F9", "inventory.withheld": ["disk", "memory"]}]


async def test_what_the_file_says_by_hand_stays(qtbot: QtBot, speech: Speech, theme: Theme) -> None:
    """Keys and programs that the dialog does not offer."""
    dialog = user(UserSettings(stop="ctrl+shift+f3", server="X11VNC", withheld=("memory", "disk")))
    qtbot.addWidget(dialog)
    saved: list[object] = []
    dialog.saved.connect(saved.append)
    part(dialog, QCheckBox, "sound").click()
    dialog.save.click()
    assert saved == [{"window.sound": False}]


def test_known_servers_become_choices() -> None:
    """With the reason of those that cannot be used."""
    problem = TasukiError("no_screen")
    found = programs([KnownServer(name="x11vnc", one_screen=True, problem=problem)])
    assert [(one.name, one.problem) for one in found] == [("x11vnc", problem)]


def test_a_long_value_ends_in_an_ellipsis() -> None:
    """A line has room for so much."""
    assert elided("x" * LONGEST) == "x" * LONGEST
    assert elided("x" * (LONGEST + 1)) == "x" * (LONGEST - 1) + "…"
