"""Which language the windows speak: Qt Linguist's for windows, gettext's for the agents' sentences, switched together while they are open."""

import os
from pathlib import Path

from PySide6.QtCore import QLibraryInfo, QLocale, QObject, QTranslator
from PySide6.QtWidgets import QApplication

from common.host.words import LANGUAGES, Language, language_from_environment, set_language
from common.ui.fonts import Fonts

FOLDER = Path(__file__).parent / "locale"

NATIVE_NAMES: dict[Language, str] = {"en": "English", "ja": "日本語"}  # each in its own language, whatever is chosen


class Speech(QObject):
    """The application's language. Every open window is told of another one (QEvent.LanguageChange)."""

    def __init__(self, app: QApplication, wanted: str = "") -> None:
        """`wanted`: "en" or "ja"; empty: as LC_ALL, LC_MESSAGES and LANG say."""
        super().__init__(app)
        self._app = app
        self._translators: list[QTranslator] = []
        self._fonts = Fonts(app)
        self.use(wanted)

    def use(self, wanted: str) -> None:
        """Speak `wanted` ("en", "ja") from now on; empty: as the environment says."""
        chosen = next((one for one in LANGUAGES if one == wanted), None) or language_from_environment(os.environ)
        set_language(chosen)
        self._fonts.use(chosen)
        QLocale.setDefault(QLocale(QLocale.Language.Japanese if chosen == "ja" else QLocale.Language.English))
        for old in self._translators:
            self._app.removeTranslator(old)
            old.deleteLater()
        qt = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        self._translators = []
        for name, folder in ((f"qtbase_{chosen}", qt), (f"tasuki_{chosen}", str(FOLDER))):
            translator = QTranslator(self)
            if translator.load(name, folder):
                self._app.installTranslator(translator)
                self._translators.append(translator)
            else:
                translator.deleteLater()
