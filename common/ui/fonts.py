"""One font for a whole line: where Japanese is spoken, one that has Latin letters and Japanese ones, if the desktop's has not."""

from typing import Final

from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication

from common.host.words import Language

JAPANESE: Final = QFontDatabase.WritingSystem.Japanese
PREFERRED: Final = (
    "Noto Sans CJK JP", "Noto Sans JP", "IPAexGothic", "IPAPGothic", "VL PGothic", "TakaoPGothic", "Yu Gothic UI", "Meiryo UI",
    "Hiragino Sans",
)  # fmt: skip


class Fonts:
    """The application's font by language; its size and weight stay whatever they are."""

    def __init__(self, app: QApplication) -> None:
        self._app = app
        self._usual = app.font().families()

    def use(self, language: Language) -> None:
        """The font that this language is written in from now on."""
        families = [*_japanese(self._usual), *self._usual] if language == "ja" else self._usual
        font = self._app.font()
        if font.families() != families:
            font.setFamilies(families)
            self._app.setFont(font)


def _japanese(usual: list[str]) -> list[str]:
    """What goes before the usual ones: nothing, where the first of them has Japanese letters itself."""
    here = QFontDatabase.families(JAPANESE)
    if usual and usual[0] in here:
        return []
    known: list[str] = [family for family in PREFERRED if family in here]
    return known[:1] or here[:1]
