"""What holds for every window and dialog: see tests/support/looks.py for how one is added."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QLineEdit, QPlainTextEdit, QPushButton, QWidget

from common.ui.chat import ChatPanel
from common.ui.fitted import Fitted
from common.ui.language import FOLDER, Speech
from common.ui.text_limit import TextLimit
from common.ui.theme import Scheme, Theme
from common.ui.window import Card
from tests.support.looking import complaints, words_shown
from tests.support.looks import Scene, load
from tests.support.offscreen import environment

HOUSE = Path(__file__).parents[2]
LANGUAGES = ("en", "ja")
SCHEMES = (Scheme.LIGHT, Scheme.DARK, Scheme.CONTRAST)
LARGER = 1.5  # a person's own choice of letters
LATIN = set("tasuki enrol vnc wayland http https socks url csv tls".split())  # noqa: SIM905 -- a list is no easier to read
LATIN |= {"ctrl", "alt", "shift", "del", "esc", "win", "enter", "delete", "pause"}  # what stands on keys

# Fields whose text goes to nobody, or is judged whole when it is used; and one that counts itself, letter by letter.
OF_THEIR_OWN = {"search", "enrolment_line", "proxy-address", "proxy-username", "proxy-password", "qt_spinbox_lineedit"}
OF_THEIR_OWN |= {"own-answers"}  # held against the file's bounds
OF_THEIR_OWN |= {"username", "password"}  # the proxy's
COUNTS_ITSELF = {("helper hand over", "note")}

every_scene = pytest.mark.parametrize("scene", load(), ids=lambda scene: scene.name)


async def laid_out() -> None:
    """Layouts inside layouts pass on what changed, a turn each."""
    for _ in range(8):
        await asyncio.sleep(0)


@asynccontextmanager
async def shown(scene: Scene) -> AsyncIterator[QWidget]:
    """The scene's window, laid out and painted, gone afterwards."""
    window = scene.build()
    window.show()
    await laid_out()
    try:
        yield window
    finally:
        window.close()
        window.deleteLater()
        await asyncio.sleep(0)


def assert_none(found: list[str]) -> None:
    """A line for each."""
    assert not found, "\n".join(["", *found])


@every_scene
@pytest.mark.parametrize("language", LANGUAGES)
async def test_nothing_is_clipped_overlaps_or_lacks_a_name(
    scene: Scene, language: str, speech: Speech, theme: Theme
) -> None:
    """In every language all text fits, nothing lies on something else, and all can be worked by keyboard and screen reader."""
    speech.use(language)
    async with shown(scene) as window:
        assert_none(complaints(window))


@every_scene
async def test_whatever_is_sent_says_how_long_it_may_be(scene: Scene, speech: Speech, theme: Theme) -> None:
    """Each field in which somebody writes to others has its limit under it."""
    speech.use("en")
    async with shown(scene) as window:
        limits = window.findChildren(TextLimit)
        kinds: tuple[type[QLineEdit | QPlainTextEdit], ...] = (QLineEdit, QPlainTextEdit)
        fields = [field for kind in kinds for field in window.findChildren(kind) if not field.isReadOnly()]
        unsaid = {field.objectName() for field in fields if not any(limit.watches(field) for limit in limits)}
        assert (
            unsaid - OF_THEIR_OWN - {name for begins, name in COUNTS_ITSELF if scene.name.startswith(begins)} == set()
        )


@every_scene
async def test_larger_letters_fit(scene: Scene, app: QApplication, speech: Speech, theme: Theme) -> None:
    """Who has chosen larger letters for the desktop reads all the same."""
    usual = app.font()
    larger = app.font()
    larger.setPointSizeF(usual.pointSizeF() * LARGER)
    app.setFont(larger)
    try:
        async with shown(scene) as window:
            assert_none(complaints(window))
    finally:
        app.setFont(usual)


@every_scene
async def test_the_language_can_change_while_it_is_open(scene: Scene, speech: Speech, theme: Theme) -> None:
    """All that stands there after a change and back is what stood there before, and it fits in between."""
    async with shown(scene) as window:
        before = list(words_shown(window))
        speech.use("ja")
        await laid_out()
        assert_none(complaints(window))
        speech.use("en")
        await laid_out()
        assert list(words_shown(window)) == before


@every_scene
async def test_every_scheme_paints_it(scene: Scene, speech: Speech, theme: Theme) -> None:
    """It is painted in every scheme, also in one that is chosen while it is open, and each looks different."""
    async with shown(scene) as window:
        pictures = []
        for scheme in SCHEMES:
            theme.use(scheme)
            await asyncio.sleep(0)
            pictures.append(window.grab().toImage())
        assert pictures[0] != pictures[1]
        assert pictures[1] != pictures[2]


# What is no dialog, or one whose pages go on and back: their buttons stand where they belong in it.
NO_DIALOGS = {"Bar", "MainWindow", "QueueWindow", "SessionWindow", "EnrolmentWindow", "ChatWindow"}


@every_scene
async def test_buttons_stand_in_the_platforms_order(scene: Scene, speech: Speech, theme: Theme) -> None:
    """Under a dialog, or a window that is like one: Qt puts them as this desktop's other programs do."""
    async with shown(scene) as window:
        if not isinstance(window, Fitted) or type(window).__name__ in NO_DIALOGS:
            return
        loose = [one for one in window.findChildren(QPushButton) if one.isVisible() and not _is_placed(one)]
    assert [one.objectName() for one in loose] == []


def _is_placed(button: QPushButton) -> bool:
    """By a QDialogButtonBox; or it belongs to what it stands beside: on a card, in the chat, in a list."""
    above = button.parentWidget()
    while above is not None and not above.isWindow():
        if isinstance(above, QDialogButtonBox | Card | ChatPanel):
            return True
        above = above.parentWidget()
    return False


@pytest.mark.parametrize("percent", [200, 300])
async def test_nothing_is_clipped_at_scale(percent: int, tmp_path: Path) -> None:
    """The same on screens where everything is drawn two or three times as large."""
    environ = {**os.environ, **environment(tmp_path, percent)}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.look_at_all",
        cwd=HOUSE,
        env=environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    *found, count = out.decode().splitlines()
    assert_none(found)
    assert int(count) == len(load()) * len(LANGUAGES)


def messages(language: str) -> Iterator[tuple[str, str, ET.Element]]:
    """Each text of a language's file: its class, its source, its element."""
    for context in ET.parse(FOLDER / f"tasuki_{language}.ts").getroot().iter("context"):
        for message in context.iter("message"):
            yield context.findtext("name", ""), message.findtext("source", ""), message


def translations(message: ET.Element) -> list[str]:
    """All forms of one, without those that are empty yet."""
    forms = [form.text or "" for form in message.iter("numerusform")] or [message.findtext("translation", "")]
    return [form for form in forms if form]


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_of_translations_equal_the_sources(language: str) -> None:
    """A translation has exactly the source's placeholders (a singular may leave the number out), and a mnemonic where it has one."""
    wrong = []
    for context, source, message in messages(language):
        for form in translations(message):
            names = sorted(re.findall(r"\{\w*\}", source)) == sorted(re.findall(r"\{\w*\}", form))
            number = ("%n" in form) <= ("%n" in source) and (language == "en" or ("%n" in form) == ("%n" in source))
            mnemonic = len(re.findall(r"&\w", source)) == len(re.findall(r"&\w", form))
            if not (names and number and mnemonic):
                wrong.append(f"{context}: {source} → {form}")
    assert wrong == []


@every_scene
async def test_nothing_is_untranslated(scene: Scene, speech: Speech, theme: Theme) -> None:
    """In Japanese no Latin word is left but people's own words and a few names."""
    speech.use("ja")
    allowed = LATIN | {word.lower() for word in re.findall(r"[A-Za-z]{2,}", scene.values)}
    async with shown(scene) as window:
        left = {word for text in words_shown(window) for word in re.findall(r"[A-Za-z]{2,}", text)}
    assert {word for word in left if word.lower() not in allowed} == set()
