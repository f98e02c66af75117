"""The stop hotkey's names, and that the filter knows the same key."""

import pytest

from common.protocol.rfb.client_messages import KeyEvent, QemuKeyEvent
from common.protocol.rfb.filter import PAUSE_KEY
from user_agent.stop_keys import CHOICES, KEYS, Modifier, chosen, parse


@pytest.mark.parametrize("text", CHOICES)
def test_choices_read_back_as_they_are_written(text: str) -> None:
    """Settings, the bar and the file use one name."""
    found = parse(text)
    assert found is not None
    assert found.name == text


def test_case_and_spaces_do_not_matter() -> None:
    """A person writes it by hand."""
    found = parse("shift + CTRL + f11")
    assert found is not None
    assert found.name == "Ctrl+Shift+F11"
    assert found.modifiers == Modifier.CTRL | Modifier.SHIFT


@pytest.mark.parametrize("text", ["", "A", "Super+Pause", "Pause+Ctrl", "F12", "F13", "+", "Ctrl+"])
def test_what_is_no_hotkey_is_none(text: str) -> None:
    """Letters would take typing away; F12 cannot be had on Windows."""
    assert parse(text) is None


def test_the_usual_one_where_nothing_or_nonsense_is_set() -> None:
    """A typing error in a file never leaves a person without the key."""
    assert chosen("", "linux").name == "Pause"
    assert chosen("nonsense", "win32").name == "Pause"
    assert chosen("", "darwin").name == "Ctrl+F9"
    assert chosen("ScrollLock", "darwin").name == "ScrollLock"


def test_pause_is_what_the_filter_swallows_by_itself() -> None:
    """One truth about Pause."""
    assert KEYS["Pause"].filtered == PAUSE_KEY


@pytest.mark.parametrize(("name", "scan_code"), [("F1", 0x3B), ("F9", 0x43), ("F10", 0x44), ("F11", 0x57)])
def test_function_keys_have_their_scan_codes(name: str, scan_code: int) -> None:
    """A viewer that sends scan codes cannot press it either."""
    key = KEYS[name]
    assert key.filtered.is_pressed_by(KeyEvent(True, key.keysym))
    assert key.filtered.is_pressed_by(QemuKeyEvent(True, 0, scan_code))
    assert not key.filtered.is_pressed_by(QemuKeyEvent(True, 0, scan_code + 1))
