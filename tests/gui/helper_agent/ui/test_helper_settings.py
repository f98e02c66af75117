"""The helper's settings."""

from PySide6.QtWidgets import QCheckBox, QLabel, QRadioButton, QSpinBox
from pytestqt.qtbot import QtBot

from common.agent.settings import AgentSettings, HelperSection, ProgramsSection
from common.host.computer import Computer
from common.ui.language import Speech
from common.ui.theme import Theme
from helper_agent.ui.settings import HelperSettings, PublicProfile, PublicProfileCard, programs
from helper_agent.viewers.choice import NAMES
from tests.gui.scenes.settings import helper
from tests.support.parts import part


async def test_the_file_is_read() -> None:
    """Every field of the helper's own."""
    settings = AgentSettings(
        programs=ProgramsSection(viewer="none"), helper=HelperSection(away_after=3, busy_in=0, back=False)
    )
    expected = HelperSettings(viewer="none", away_after=3, busy_in=0, back=False)
    assert HelperSettings.of(settings, autostart=False) == expected
    assert HelperSettings.of(AgentSettings(), autostart=False) == HelperSettings()


async def test_each_choice_is_saved_under_its_key(qtbot: QtBot, speech: Speech, theme: Theme) -> None:
    """Viewer and status rules."""
    dialog = helper()
    qtbot.addWidget(dialog)
    saved: list[object] = []
    dialog.saved.connect(saved.append)
    part(dialog, QRadioButton, "program-tigervnc").click()
    part(dialog, QSpinBox, "away-after").setValue(0)
    part(dialog, QSpinBox, "busy-in").setValue(3)
    part(dialog, QCheckBox, "back").click()
    part(dialog, QSpinBox, "tone-again").setValue(0)
    part(dialog, QSpinBox, "tone-times").setValue(9)
    dialog.save.click()
    expected = {
        "programs.viewer": "tigervnc",
        "helper.away_after": 0,
        "helper.busy_in": 3,
        "helper.back": False,
        "helper.tone_again": 0,
        "helper.tone_times": 9,
    }
    assert saved == [expected]


async def test_what_the_organisation_says_is_only_shown(qtbot: QtBot, speech: Speech, theme: Theme) -> None:
    """On one line, and honest where nothing is known."""
    card = PublicProfileCard(PublicProfile(name="A\nB", organisation="O", languages=None, skills=()))
    qtbot.addWidget(card)
    assert card.name.text() == "A B"
    assert "Not known" in card.languages.text()
    assert card.skills.text() == "None"
    assert isinstance(card.name, QLabel)


def test_every_viewer_is_a_choice() -> None:
    """Those that are not here with the reason; to start one oneself is possible always."""
    found = {one.name: one.problem for one in programs(Computer(environ={"PATH": ""}, platform="linux"))}
    assert tuple(found) == NAMES
    assert found["none"] is None
    problem = found["ultravnc"]
    assert problem is not None
    assert problem.code == "no_viewer"
