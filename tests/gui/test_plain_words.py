"""No main window says a word that a beginner does not know: in the catalogues, and in every scene as it is shown."""

from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree as ET

import pytest

from common.ui.language import FOLDER, Speech
from common.ui.theme import Theme
from tests.gui.test_every_window import shown
from tests.support.beginners import unknown_words
from tests.support.looking import words_shown
from tests.support.looks import Scene, load

# Where somebody who looks after networks or programs reads: why can't I connect?, and the settings of the network.
ELSEWHERE: Final = {"DiagnosisWindow", "ProxyCard", "StartupErrorWindow"}
SCENES_ELSEWHERE: Final = ("why can't I connect", "startup error", "settings", "user settings", "helper settings")


def texts() -> Iterator[tuple[str, str]]:
    """Each text of each class of the main windows, in both languages."""
    for context in ET.parse(FOLDER / "tasuki_ja.ts").getroot().iter("context"):
        name = context.findtext("name", "")
        for message in context.iter("message"):
            if name not in ELSEWHERE:
                yield name, message.findtext("source", "")
                yield name, message.findtext("translation", "")
                yield from ((name, form.text or "") for form in message.iter("numerusform"))


def test_no_text_of_a_main_window_has_one() -> None:
    """Held against the list, context by context."""
    found = {(name, text): words for name, text in texts() if (words := unknown_words(text))}
    assert found == {}
    assert sum(1 for _ in texts()) > 800


@pytest.mark.parametrize(
    "scene", [scene for scene in load() if not scene.name.startswith(SCENES_ELSEWHERE)], ids=lambda scene: scene.name
)
@pytest.mark.parametrize("language", ["en", "ja"])
async def test_no_main_window_shows_one(scene: Scene, language: str, speech: Speech, theme: Theme) -> None:
    """As it stands there: with the sentences of failures, and whatever was put together."""
    speech.use(language)
    async with shown(scene) as window:
        own = set(scene.values.lower().split())  # people's own words, and what a computer says of itself
        found = {text: unknown_words(text) for text in words_shown(window)}
    assert {text: words for text, words in found.items() if {word.lower() for word in words} - own} == {}
