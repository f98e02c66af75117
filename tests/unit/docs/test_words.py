"""The guides call what is in a window as the window calls it: words in *italics*, in Japanese between 「 and 」."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import pytest

HOUSE = Path(__file__).parents[3]
CATALOGUE = HOUSE / "common" / "ui" / "locale" / "tasuki_ja.ts"
ITALIC: Final = re.compile(r"(?<![\w*])\*(?![\s*])([^*]+?)(?<![\s*])\*(?![\w*])")
QUOTED: Final = re.compile(r"「([^「」]+)」")
CODE: Final = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
PLACE: Final = re.compile(r"\\?\{\w+\\?\}|%n")  # what stands for something, also once escaped
LETTERS: Final = 3  # besides; fewer match anything
# Italics that stress a word, and what somebody else's window says.
STRESSED: Final = {"docs/using.md": {"you"}, "docs/using.ja.md": set(), "README.md": set(), "README.ja.md": set()}


def bare(text: str) -> str:
    """Without what keyboards and sentences add: the letter to press, dots at the end, placeholders' braces stay."""
    text = re.sub(r"\(&\w\)", "", text).replace("&", "")
    return re.sub(r"[….:：。、]+$", "", " ".join(text.split())).replace("’", "'")


def texts(language: str) -> Iterator[str]:
    """All of the windows'."""
    for message in ET.parse(CATALOGUE).getroot().iter("message"):
        if language == "en":
            yield message.findtext("source", "")
        else:
            yield message.findtext("translation", "")
            yield from (form.text or "" for form in message.iter("numerusform"))


@pytest.mark.parametrize("name", STRESSED)
def test_words_of_windows_are_theirs(name: str) -> None:
    """Each stands so in a catalogue of that language; a name or a number in its place is a name or a number."""
    japanese = name.endswith(".ja.md")
    known = [bare(text) for text in texts("ja" if japanese else "en") if text]
    patterns = [re.compile(PLACE.sub(".+", re.escape(one))) for one in known if len(PLACE.sub("", one)) > LETTERS]
    page = CODE.sub("", (HOUSE / name).read_text(encoding="utf-8"))
    said = {bare(word) for word in (QUOTED if japanese else ITALIC).findall(page)} - STRESSED[name]
    assert said, "the page names none"
    unknown = {word for word in said if not any(one.fullmatch(word) for one in patterns)} - set(known)
    assert sorted(unknown) == []
