"""The page's tools are called as the window's are, in both languages: a helper who changes between them finds each again."""

import re
from xml.etree import ElementTree as ET

import pytest

from helper_agent.viewers.page_server import PAGE

LOCALE = PAGE.parents[2] / "common" / "ui" / "locale"
# The page's tool, and what the window's words for it are in the source.
SAME = {
    "want": "Ask for &control",
    "again": "Sho&w the screen again",
    "full": "F&ull screen (F11)",
    "end": "&End session",
    "keys": "Ctrl+Alt+&Del",
    "shot": "Screensh&ot",
    "copied": "The screenshot is on your clipboard.",
    "fit": "&Fit to the window",
    "one": "&Screen {number}",
    "all": "All &screens",
    "actual": "&Actual size (1:1)",
    "wanted": "You asked for control. The user decides.",
    "paused": (
        "Paused: you see a still picture from the moment the user paused, and nothing new until the user goes on. "
        "You can do nothing."
    ),
    "changed": (
        "Stopped: the user's screens have changed. You see a still picture until it is settled what may be shown."
    ),
    "refused": "The user does not give control now.",
}
CONTEXTS = {"Toolbar", "SessionWindow", "SessionHead"}


def page_words() -> dict[str, dict[str, str]]:
    """By language, then by the page's name for each."""
    text = (PAGE / "page.js").read_text(encoding="utf-8")
    table = text.partition("const TEXTS = {\n")[2].partition("\n};")[0]
    parts = re.split(r"^  (en|ja): \{$", table, flags=re.MULTILINE)[1:]
    return {
        language: dict(re.findall(r'^    (\w+): "(.*)",$', words, re.MULTILINE))
        for language, words in zip(parts[::2], parts[1::2], strict=True)
    }


def window_words() -> dict[str, str]:
    """What the source says, in Japanese."""
    root = ET.parse(LOCALE / "tasuki_ja.ts").getroot()
    return {
        message.findtext("source", ""): message.findtext("translation", "")
        for context in root.iter("context")
        if context.findtext("name") in CONTEXTS
        for message in context.iter("message")
    }


def bare(text: str) -> str:
    """Without the letter of the keyboard."""
    return re.sub(r"\(&\w\)$", "", text).replace("&", "")


def test_both_languages_have_every_word() -> None:
    """The same names."""
    words = page_words()
    assert words["en"].keys() == words["ja"].keys() > SAME.keys()


@pytest.mark.parametrize("name", SAME)
def test_one_set_of_words(name: str) -> None:
    """In English and in Japanese."""
    words, windows = page_words(), window_words()
    assert words["en"][name] == bare(SAME[name])
    assert words["ja"][name] == bare(windows[SAME[name]])
