"""Words in the person's language: gettext with the English text as the key, English where nothing was compiled.

Here is how words are found, never what they say: that stands where it is said, and in `sentences.py` for errors.
"""

import functools
import gettext as _gettext
import os
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from common.host.plain_sentences import PLAIN_REASONS
from common.host.sentences import REASONS
from common.protocol.reasons import Why

Language = Literal["en", "ja"]
LANGUAGES: tuple[Language, ...] = ("en", "ja")
LOCALE_FOLDER = Path(__file__).parent / "locale"

_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # Unicode's UAX #9
_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs"})
_QUOTING = frozenset('"“”„‟«»‹›「」『』﹁﹂﹃﹄｢｣〝〞〟＂❝❞')
_MARK = "'"
QUOTED = 200
"""Characters of other people's words within ours."""

_chosen: list[Language] = []  # empty: the environment decides


def set_language(language: Language | None) -> None:
    """What `_` speaks from now on; None gives the choice back to the environment."""
    _chosen[:] = [] if language is None else [language]


def language_from_environment(environ: Mapping[str, str]) -> Language:
    """The first of LC_ALL, LC_MESSAGES and LANG that is set decides, read as text.

    Never by `locale.setlocale`: a fresh Debian knows only C.utf8, and a person with LANG=ja_JP.UTF-8 still reads Japanese.
    """
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = environ.get(name, "")
        if value:
            return "ja" if value.partition(".")[0].partition("_")[0].lower() == "ja" else "en"
    return "en"


def current_language() -> Language:
    """What `_` speaks now."""
    return _chosen[0] if _chosen else language_from_environment(os.environ)


@functools.cache
def _catalogue(language: Language) -> _gettext.NullTranslations:
    if language == "en":
        return _gettext.NullTranslations()
    return _gettext.translation("tasuki", LOCALE_FOLDER, languages=[language], fallback=True)


def _(text: str, language: Language | None = None) -> str:
    """`text`, which is English, in the person's language (or in `language`)."""
    return _catalogue(language or current_language()).gettext(text)


def ngettext(singular: str, plural: str, count: int, language: Language | None = None) -> str:
    """One or several, as the person's language counts."""
    return _catalogue(language or current_language()).ngettext(singular, plural, count)


_FULL_WIDTH_ENDS = frozenset("。！？）」』")


def sentences(*parts: str) -> str:
    """Sentences behind each other, those that are empty left out. Japanese puts no space behind its full stop."""
    text = ""
    for part in (part.strip() for part in parts if part.strip()):
        text += part if not text or text[-1] in _FULL_WIDTH_ENDS else f" {part}"
    return text


def one_line(text: str) -> str:
    """What somebody else wrote, as part of a sentence: on one line, so that it cannot look like a sentence of ours."""
    return " ".join(text.splitlines())


def quotable(text: str, limit: int = QUOTED) -> str:
    """What somebody else wrote, as it may stand between quotation marks of ours: it cannot end them, nor hide anything.

    On one line without gaps, of `limit` characters at most; no quotation marks but one that ends none of ours; nothing that
    cannot be seen or turns the direction of writing.
    """
    seen = "".join(one for one in text if unicodedata.category(one) not in _UNSEEN or one.isspace())
    line = " ".join("".join(_MARK if one in _QUOTING else one for one in seen).split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def harmless(text: str) -> str:
    """What goes to a terminal: nothing in it moves the cursor, changes the terminal or turns the direction of writing."""
    return "".join("\ufffd" if _commands_terminal(character) else character for character in text)


def turns_writing(text: str) -> bool:
    """Whether something in it turns the direction of writing, so that it is not read as it stands there."""
    return not _TURNING.isdisjoint(text)


def _commands_terminal(character: str) -> bool:
    return (unicodedata.category(character) == "Cc" and character != "\n") or character in _TURNING


def reason_sentence(why: Why, language: Language | None = None) -> str:
    """Why a request or a session ended, as a person reads it."""
    return _(REASONS[why], language)


def plain_reason(why: Why) -> str:
    """The same for a window: without what only an operator knows."""
    return _(PLAIN_REASONS.get(why) or REASONS[why])
