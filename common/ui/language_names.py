"""What people's languages are called, where they say which they speak."""

from PySide6.QtCore import QLocale

from common.host.words import one_line


def language_name(code: str) -> str:
    """A language as those who speak it call it, where `code` is a language's; else as it was written."""
    locale = QLocale(code)
    if len(code) > 3 or locale.language() in {QLocale.Language.C, QLocale.Language.AnyLanguage}:
        return one_line(code)
    name = locale.nativeLanguageName()
    return "English" if code == "en" else name[:1].upper() + name[1:]
