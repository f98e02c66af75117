"""A window for each session, from its beginning to its summary."""

import dataclasses
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel, QPlainTextEdit
from pytestqt.qtbot import QtBot

from common.agent.drafts import Drafts
from common.agent.views import ChatReceived
from common.host.errors import TasukiError, sentence
from common.protocol.channel import CAN_TYPE
from common.protocol.messages import Mode
from common.protocol.reasons import Why
from common.protocol.session_life import SessionPhase
from common.ui.language import Speech
from common.ui.theme import Theme
from helper_agent.ui.session_windows import SessionWindows
from helper_agent.viewers.tools import Chord, Quality, Scaling
from tests.support.finding import find
from tests.support.waiting import NOW, running, view


class App:
    """Writes down what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    def __getattr__(self, name: str) -> Any:
        def intent(*values: Any) -> bool:
            self.asked.append((name, *values))
            return True

        return intent


class Opened:
    """The windows of an agent that writes down."""

    def __init__(self, folder: Path) -> None:
        self.app = App()
        self.folder = folder
        self.drafts = Drafts(folder)
        self.spawned: list[Coroutine[Any, Any, None]] = []
        self.windows = SessionWindows(
            intents=self.app,
            drafts=self.drafts,
            now=lambda: NOW,
            embed=lambda: False,
            spawn=self.spawned.append,
        )


@pytest.fixture
def opened(tmp_path: Path, qtbot: QtBot, speech: Speech, theme: Theme) -> Opened:
    """No session yet."""
    return Opened(tmp_path)


async def test_every_session_has_one_window_and_its_intents_arrive(opened: Opened) -> None:
    """Each with the session's id; words of the wire become values."""
    one, two = running(1), running(2, "Jonas Weber")
    opened.windows.render(view(sessions=(one,)))
    opened.windows.render(view(sessions=(one, two)))
    key = one.view.session
    assert set(opened.windows._windows) == {key, two.view.session}
    window = opened.windows._windows[key]
    window.control_wanted.emit(key)
    window.pointing.emit(key, True)
    window.said.emit(key, "hello", 1)
    window.keys.emit(key, "super")
    window.quality.emit(key, "fast")
    window.scaling.emit(key, "actual")
    window.viewer_wanted.emit(key)
    window.note.emit(key, "done")
    window.ended.emit(key)
    assert opened.app.asked == [
        ("want_control", key),
        ("point", key, True),
        ("chat", key, "hello", 1),
        ("press", key, Chord.SUPER),
        ("set_quality", key, Quality.FAST),
        ("set_scaling", key, Scaling.ACTUAL),
        ("open_viewer", key),
        ("note", key, "done"),
        ("end", key),
    ]
    opened.windows.close()


async def test_text_to_be_typed_is_sent_or_stays_with_the_reason(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was sent is gone from the field; what was not stands there still, and nothing of either is kept as a draft."""
    one = running(1)
    controls = dataclasses.replace(one.view, mode=Mode.CONTROL, peer_features=frozenset({CAN_TYPE}))
    key = one.view.session
    opened.windows.render(view(sessions=(dataclasses.replace(one, view=controls, shown=True),)))
    window = opened.windows._windows[key]
    field, hint = find(window, QPlainTextEdit, "type_field"), find(window, QLabel, "type_hint")
    field.setPlainText("secret")
    window.typed.emit(key, "secret")
    assert opened.app.asked == [("type_text", key, "secret")]
    assert field.toPlainText() == ""
    assert hint.text().startswith("Sent.")

    def refuse(*_: object) -> bool:
        raise TasukiError("typing_too_fast")

    monkeypatch.setattr(opened.app, "type_text", refuse, raising=False)
    field.setPlainText("again")
    window.typed.emit(key, "again")
    assert field.toPlainText() == "again"
    assert hint.text() == sentence(TasukiError("typing_too_fast"))
    await opened.drafts.flush()
    assert not [file for file in opened.folder.rglob("*") if file.is_file() and b"secret" in file.read_bytes()]
    opened.windows.close()


async def test_what_was_typed_goes_on_in_the_next_session_with_the_same_person(opened: Opened) -> None:
    """A crash ends the session, and with it its id."""
    one = running(1)
    opened.windows.render(view(sessions=(one,)))
    window = opened.windows._windows[one.view.session]
    window.chat_draft.emit(one.view.session, "Have you tr")
    assert opened.drafts.get("chat:tasuki://example/user/1") == "Have you tr"
    opened.windows.close()
    await opened.drafts.flush()


async def test_at_the_end_nothing_is_left_to_close(opened: Opened) -> None:
    """The session's window goes as soon as it has heard of the end, with the note that was written there, and does not come again."""
    one = running(1)
    key = one.view.session
    opened.windows.render(view(sessions=(one,)))
    noted: list[tuple[str, str]] = []
    failed: list[tuple[str, str]] = []
    opened.windows.noted.connect(lambda *told: noted.append(told))
    opened.windows.failed.connect(lambda *told: failed.append(told))
    opened.windows._windows[key]._note._field.setPlainText("The tray was empty")
    ended = dataclasses.replace(one, view=dataclasses.replace(one.view, phase=SessionPhase.ENDED, why=Why.USER_ENDED))
    opened.windows.render(view(sessions=(ended,)))
    assert opened.windows._windows == {}
    assert noted == [(key, "The tray was empty")]
    opened.windows.render(view(sessions=(ended,)))
    opened.windows.render(view())
    assert opened.windows._windows == {}
    assert failed == []
    opened.windows.close()


async def test_a_session_that_never_began_is_told_to_the_queue(opened: Opened) -> None:
    """The history has nothing of it, and its window goes too."""
    one = running(1)
    before = dataclasses.replace(one, view=dataclasses.replace(one.view, phase=SessionPhase.GREETING, since=None))
    opened.windows.render(view(sessions=(before,)))
    failed: list[tuple[str, str]] = []
    opened.windows.failed.connect(lambda *told: failed.append(told))
    over = dataclasses.replace(before.view, phase=SessionPhase.ENDED, why=Why.USER_NOT_OPENED)
    opened.windows.render(view(sessions=(dataclasses.replace(before, view=over),)))
    assert opened.windows._windows == {}
    [(name, why)] = failed
    assert name == one.view.peer_name
    assert why
    opened.windows.close()


async def test_what_is_about_no_window_is_for_the_queue(opened: Opened) -> None:
    """A problem before the first window, a word after the last."""
    assert not opened.windows.problem("5" * 32, "The viewer did not start.")
    opened.windows.happened("5" * 32, ChatReceived("hello"))
    opened.windows.show("5" * 32)
    one = running(1)
    opened.windows.render(view(sessions=(one,)))
    assert opened.windows.problem(one.view.session, "The viewer did not start.")
    opened.windows.close()
