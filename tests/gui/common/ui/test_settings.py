"""The settings dialog, as far as both agents share it: what changes, what is refused, and that nothing typed is lost."""

import asyncio
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QCheckBox, QLineEdit
from pytestqt.qtbot import QtBot

from common.host.errors import TasukiError, sentence
from common.ui.language import Speech
from common.ui.program_card import ProgramCard
from common.ui.settings import SettingsDialog
from common.ui.settings_cards import Choice, ClipboardCard, ProxyCard
from common.ui.settings_values import ProgramOption, ProxyWay, SettingsValues
from common.ui.theme import Theme
from tests.support.parts import part


class Heard:
    """What a dialog emitted."""

    def __init__(self, dialog: SettingsDialog) -> None:
        self.saved: list[dict[str, Any]] = []
        self.languages: list[str] = []
        self.themes: list[str] = []
        self.large: list[bool] = []
        dialog.saved.connect(self.saved.append)
        dialog.language_chosen.connect(self.languages.append)
        dialog.theme_chosen.connect(self.themes.append)
        dialog.large_chosen.connect(self.large.append)


@pytest.fixture
def proxy(speech: Speech, theme: Theme) -> ProxyCard:
    """The card that the dialog of `dialog` has."""
    return ProxyCard()


@pytest.fixture
def dialog(proxy: ProxyCard, qtbot: QtBot) -> SettingsDialog:
    """An open dialog with a proxy and clipboards."""
    made = SettingsDialog(SettingsValues(), [proxy, ClipboardCard(helper=False)])
    qtbot.addWidget(made)
    made.open()
    return made


def choose(choice: Choice, value: str) -> None:
    """As a person does."""
    choice.choose(value)
    choice.activated.emit(choice.currentIndex())


async def test_nothing_changed_closes_and_saves_nothing(dialog: SettingsDialog) -> None:
    """Save without a change is no change."""
    heard = Heard(dialog)
    dialog.save.click()
    assert heard.saved == []
    assert not dialog.isVisible()


async def test_large_letters_are_at_once_and_go_with_cancel(dialog: SettingsDialog) -> None:
    """The person sees them before they decide; Cancel takes them back, and Save keeps them."""
    heard = Heard(dialog)
    part(dialog, QCheckBox, "large-letters").click()
    assert heard.large == [True]
    dialog.cancel.click()
    assert heard.large == [True, False]
    dialog.open()
    part(dialog, QCheckBox, "large-letters").click()
    dialog.save.click()
    assert heard.large == [True, False, True]
    assert heard.saved == [{"window.large_letters": True}]


async def test_what_changed_is_saved_and_waits_for_the_program(dialog: SettingsDialog) -> None:
    """Only what differs; closed once the program has written it."""
    heard = Heard(dialog)
    part(dialog, QCheckBox, "autostart").click()
    part(dialog, QCheckBox, "clipboard-to-user").click()
    dialog.save.click()
    assert heard.saved == [{"autostart": True, "clipboard.to_user": False}]
    assert dialog.isVisible()
    assert not dialog.save.isEnabled()
    dialog.finish()
    assert not dialog.isVisible()
    assert dialog._values == SettingsValues(autostart=True, to_user=False)


async def test_what_cannot_be_written_keeps_everything_as_it_was_typed(
    dialog: SettingsDialog, proxy: ProxyCard
) -> None:
    """And it can be tried again at once."""
    heard = Heard(dialog)
    proxy.ways[ProxyWay.PROXY].click()
    proxy.address.setText("socks5h://proxy:1080")
    dialog.save.click()
    dialog.refuse("No space left")
    assert dialog.isVisible()
    assert proxy.address.text() == "socks5h://proxy:1080"
    dialog.save.click()
    assert heard.saved == [{"network.proxy": "socks5h://proxy:1080"}] * 2


async def test_language_and_looks_switch_at_once_and_back(dialog: SettingsDialog) -> None:
    """Cancel takes both back."""
    heard = Heard(dialog)
    choose(part(dialog, Choice, "language"), "ja")
    choose(part(dialog, Choice, "theme"), "dark")
    assert (heard.languages, heard.themes) == (["ja"], ["dark"])
    dialog.cancel.click()
    assert (heard.languages, heard.themes) == (["ja", ""], ["dark", "system"])
    assert heard.saved == []


async def test_escape_cancels(dialog: SettingsDialog, qtbot: QtBot) -> None:
    """By the keyboard as by the button."""
    heard = Heard(dialog)
    choose(part(dialog, Choice, "language"), "ja")
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert heard.languages == ["ja", ""]
    assert not dialog.isVisible()


async def test_a_wrong_proxy_is_said_beside_the_field(dialog: SettingsDialog, proxy: ProxyCard, speech: Speech) -> None:
    """Nothing is saved, the dialog stays, what was typed stays, and the words follow the language."""
    heard = Heard(dialog)
    proxy.ways[ProxyWay.PROXY].click()
    proxy.address.setText("http://proxy:99999")
    proxy.username.setText("me")
    proxy.password.setText("S3cret")
    dialog.save.click()
    assert heard.saved == []
    assert dialog.isVisible()
    assert "1 to 65535" in proxy.problem.text()
    assert proxy.address.accessibleDescription() == proxy.problem.text()
    assert (proxy.username.text(), proxy.password.text()) == ("me", "S3cret")
    assert "S3cret" not in proxy.problem.text()
    speech.use("ja")
    await asyncio.sleep(0)
    assert "プロキシ" in proxy.problem.text()
    speech.use("en")
    proxy.address.setText("http://proxy:9999")
    dialog.save.click()
    assert heard.saved == [{"network.proxy": "http://me:S3cret@proxy:9999"}]
    assert proxy.problem.isHidden()


async def test_a_password_is_never_shown(dialog: SettingsDialog, proxy: ProxyCard) -> None:
    """A whole URL that is pasted is taken apart: its password goes where it is hidden."""
    proxy.ways[ProxyWay.PROXY].click()
    proxy.address.setText("http://me:S3cret@proxy:3128")
    proxy.address.editingFinished.emit()
    assert proxy.address.text() == "http://proxy:3128"
    assert (proxy.username.text(), proxy.password.text()) == ("me", "S3cret")
    assert proxy.password.echoMode() is QLineEdit.EchoMode.Password
    assert "S3cret" not in repr(dialog._values)


async def test_a_proxy_that_was_not_touched_stays_as_it_is_written(qtbot: QtBot, speech: Speech, theme: Theme) -> None:
    """Also one that another program would write differently."""
    card = ProxyCard()
    dialog = SettingsDialog(SettingsValues(proxy="Proxy"), [card])
    qtbot.addWidget(dialog)
    heard = Heard(dialog)
    dialog.open()
    dialog.save.click()
    assert heard.saved == []
    card.ways[ProxyWay.DIRECT].click()
    assert card.chosen() == {"proxy": "direct"}
    card.ways[ProxyWay.SYSTEM].click()
    assert card.chosen() == {"proxy": ""}


async def test_the_wheel_scrolls_and_changes_nothing(dialog: SettingsDialog) -> None:
    """A list that the pointer passes while the person scrolls keeps what is chosen."""
    theme = part(dialog, Choice, "theme")
    theme.choose("dark")
    dialog.save.setFocus()
    no = QPoint(0, 0)
    turn = QWheelEvent(
        QPointF(5, 5), QPointF(5, 5), no, QPoint(0, -120),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    theme.wheelEvent(turn)
    assert theme.value == "dark"
    assert not turn.isAccepted()


async def test_programs_that_cannot_be_used_are_greyed_with_the_reason(
    qtbot: QtBot, speech: Speech, theme: Theme
) -> None:
    """One that the file names stays chosen all the same, until the person chooses another."""

    class Values(SettingsValues):
        sound = "unknown-one"  # type: ignore[assignment]

    problem = TasukiError("vnc_server_not_here", name="x11vnc")
    card = ProgramCard(
        [ProgramOption(name=""), ProgramOption(name="x11vnc", problem=problem)], field="sound", unknown="viewer_unknown"
    )
    qtbot.addWidget(card)
    card.retranslate()
    assert not card.choices["x11vnc"].isEnabled()
    assert "not installed" in card.choices["x11vnc"].accessibleDescription()
    card.fill(Values(sound="unknown-one"))  # type: ignore[arg-type]
    assert card.chosen() == {"sound": "unknown-one"}
    card.choices["x11vnc"].click()
    assert card.chosen() == {"sound": "unknown-one"}
    card.choices[""].click()
    assert card.chosen() == {"sound": ""}


@pytest.mark.parametrize("helper", [True, False])
def test_clipboards_that_do_not_cross_now(qtbot: QtBot, speech: Speech, helper: bool) -> None:
    """Both switches are grey, and a sentence says why."""
    problem = TasukiError("clipboard_not_there")
    card = ClipboardCard(helper=helper, problem=problem)
    qtbot.addWidget(card)
    assert [one.isEnabled() for one in (card.to_user, card.to_helper)] == [False, False]
    assert card.hindrance.text() == sentence(problem)
    assert card.hindrance.isVisibleTo(card)
    card = ClipboardCard(helper=helper)
    qtbot.addWidget(card)
    assert card.to_user.isEnabled()
    assert not card.hindrance.isVisibleTo(card)
