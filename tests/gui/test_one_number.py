"""What a person may write in a window is what the wire takes: one character more is refused where it is written."""

from collections.abc import Callable

import pytest
from msgspec import inspect
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from common.agent.views import MatchingView
from common.protocol import channel, messages
from common.protocol.matching_client import MatchingPhase
from common.ui.chat import ChatPanel
from common.ui.language import Speech
from common.ui.theme import LIGHT
from helper_agent.ui.decline import REASONS, DeclineDialog
from helper_agent.ui.transfer import TransferDialog
from helper_agent.ui.typing import TypePanel
from tests.support import wire_types
from user_agent.ui.home import HomePage
from user_agent.ui.topic import SentTopic
from user_agent.views import UserView


def wire(message: type, field: str) -> int:
    """How many characters the wire takes there."""
    [kind] = [kind for where, kind in wire_types.texts(inspect.type_info(message)) if where.endswith(f".{field}")]
    assert kind.max_length is not None
    return kind.max_length


def chat() -> ChatPanel:
    """During a session."""
    made = ChatPanel()
    made.set_enabled(True)
    return made


def decline() -> DeclineDialog:
    """With the helper's own words."""
    made = DeclineDialog(request="a" * 32, name="Hanako")
    made._reasons[REASONS].setChecked(True)
    return made


def transfer() -> TransferDialog:
    """To whoever is free first."""
    made = TransferDialog(session="5" * 32, name="Hanako", own_uri="")
    made._list.setCurrentRow(0)
    return made


def asking() -> HomePage:
    """Connected, and whoever is free first is chosen."""
    made = HomePage(colours=lambda: LIGHT)
    made.render(UserView(matching=MatchingView(phase=MatchingPhase.ONLINE)))
    return made


WINDOWS: dict[str, tuple[Callable[[], QWidget], str, str, int]] = {
    "topic": (asking, "topic", "get_help", wire(messages.Request, "topic")),
    "another topic": (SentTopic, "sent_topic", "change_topic", wire(messages.Request, "topic")),
    "reason": (decline, "own", "ok", wire(messages.Decline, "why")),
    "note": (transfer, "note", "ok", wire(messages.Transfer, "note")),
    "type this": (TypePanel, "type_field", "type_send", wire(channel.Type, "text")),
    "chat": (chat, "chat_field", "chat_send", wire(channel.Chat, "text")),
}


@pytest.mark.parametrize("name", WINDOWS)
async def test_as_many_characters_as_the_wire_takes(qtbot: QtBot, speech: Speech, name: str) -> None:
    """With as many it can be sent, with one more it cannot; also of characters that Qt counts twice."""
    make, field_name, button_name, limit = WINDOWS[name]
    window = make()
    qtbot.addWidget(window)
    window.show()
    field = window.findChild(QWidget, field_name)
    button = window.findChild(QWidget, button_name)
    assert isinstance(field, QLineEdit | QPlainTextEdit)
    assert button is not None
    write = field.setText if isinstance(field, QLineEdit) else field.setPlainText
    for letter in ("x", "\U0001f600"):
        write(letter * limit)
        assert button.isEnabled()
        write(letter * (limit + 1))
        assert not button.isEnabled()
        assert len(field.text() if isinstance(field, QLineEdit) else field.toPlainText()) == limit + 1
