"""Japanese is written in one font, Latin letters within it too."""

from PySide6.QtGui import QFontDatabase, QFontInfo
from PySide6.QtWidgets import QApplication

from common.ui.fonts import JAPANESE
from common.ui.language import Speech


async def test_one_font_for_a_line(app: QApplication, speech: Speech) -> None:
    """It has Japanese letters itself; size and weight stay; back in English it is the desktop's own again."""
    speech.use("en")
    usual = app.font()
    speech.use("ja")
    family = QFontInfo(app.font()).family()
    assert JAPANESE in QFontDatabase.writingSystems(family)
    assert (app.font().pointSizeF(), app.font().weight()) == (usual.pointSizeF(), usual.weight())
    speech.use("en")
    assert app.font().families() == usual.families()
