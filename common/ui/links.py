"""Addresses of pages in what somebody else wrote: shown as they are, in full, and opened by a click and by nothing else."""

import re
from collections.abc import Iterator
from typing import Final

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QColor, QDesktopServices, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QTextBrowser, QWidget

from common.host.words import turns_writing

SCHEMES: Final = ("https", "http", "mailto")
LONGEST: Final = 2000  # characters of one, as browsers take them
_LINK: Final = re.compile(r"(?<![\w.+-])(?:https?://|mailto:)[!#-;=?-~]+", re.IGNORECASE | re.ASCII)
_BEFORE_HOST: Final = re.compile(r"\w+:/*[^/?#]*@", re.ASCII)
_AFTER: Final = ".,;:!?'*)]}|~"  # of the sentence around it, not of the address
_PAIRS: Final = {")": "(", "]": "[", "}": "{"}


def parts(text: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces, and whether each is a link.

    A link is what is read: letters of ASCII alone (an address in others is written xn--), in a text without characters
    that turn the direction of writing, by which one address looks like another.
    """
    at = 0
    for found in _LINK.finditer(text) if not turns_writing(text) else ():
        link = _trimmed(found.group())
        goes_on = text[found.end() : found.end() + 1].isalnum()  # in a letter that no address has
        if not is_link(link) or (goes_on and not QUrl(link).path()):
            continue
        yield text[at : found.start()], False
        yield link, True
        at = found.start() + len(link)
    yield text[at:], False


def is_link(text: str) -> bool:
    """Whether it may be opened: of a kind that goes to the browser or the mail program, whole, and for a page with a host."""
    url = QUrl(text, QUrl.ParsingMode.StrictMode)
    good = url.isValid() and url.scheme().lower() in SCHEMES and len(text) <= LONGEST
    if not good or url.scheme().lower() == "mailto":
        return good and bool(url.path())
    # what stands before an @ is no place, and looks like one: https://bank.example@evil.example/
    return bool(url.host()) and not _BEFORE_HOST.match(text)


def _trimmed(link: str) -> str:
    """Without what ends the sentence; a bracket stays where the address opened it."""
    while link and link[-1] in _AFTER:
        opening = _PAIRS.get(link[-1])
        if opening is not None and link.count(opening) >= link.count(link[-1]):
            break
        link = link[:-1]
    return link


def insert_with_links(cursor: QTextCursor, text: str, plain: QTextCharFormat, *, link: QColor) -> None:
    """The text at the cursor, as text: never as HTML."""
    linked = QTextCharFormat(plain)
    linked.setForeground(link)
    linked.setFontUnderline(True)
    linked.setAnchor(True)
    for part, is_one in parts(text):
        if is_one:
            linked.setAnchorHref(part)
        cursor.insertText(part, linked if is_one else plain)


class LinkedText(QTextBrowser):
    """Text to read, to select and to copy, with such links in it. It loads nothing and goes nowhere by itself."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setOpenLinks(False)
        self.setTabChangesFocus(True)
        self.setUndoRedoEnabled(False)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextBrowserInteraction | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.anchorClicked.connect(self._open)

    def loadResource(self, _type: int, _name: QUrl | str) -> None:
        """Nothing: there are no pictures and no pages in it."""

    def _open(self, url: QUrl) -> None:
        if is_link(url.toString(QUrl.ComponentFormattingOption.FullyEncoded)):
            QDesktopServices.openUrl(url)
