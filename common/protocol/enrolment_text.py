"""An enrolment line in any text that holds it: a mail, quoted or wrapped, a page, what a Japanese keyboard made of it.

What stands between the line's characters and means nothing is left out; nothing is ever guessed or put in. The code and the
root have fixed lengths, so whatever breaks them is known for a break. The relay's name has none: it ends where the text says
so, and goes on over the end of a line only where that line was plainly cut.

Windows look while somebody pastes, so whatever the text is, the work grows only as its length does: beginnings, the lines of a
name and its length have limits, and a text that goes beyond is refused, never cut.
"""

import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from common.protocol.enrolment import (
    CODE_LENGTH,
    PREFIX,
    ROOT_LENGTH,
    VERSIONS,
    EnrolmentLine,
    InvalidEnrolmentError,
    NewerLineError,
    SeveralLinesError,
)

TEXT_LIMIT: Final = 256 * 1024
"""Characters that are looked at: a long mail with all that it quotes."""
CUT_FROM: Final = 20
"""Characters of the shortest lines that a program cuts a long word into."""
BEGINNINGS: Final = 64
"""So often a text may say how a line begins."""
WORD_LIMIT: Final = 320
"""Characters of a relay's name with its port (259), and of marks behind them."""
CONTINUED: Final = 16
"""Lines that such a name goes on over, where it is cut into the shortest."""

_NO_LETTER: Final = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9A-Fa-f]{8,});?")
_WITHIN: Final = re.compile(r"</?(?:a|b|code|em|font|i|span|strong|tt|u|wbr)(?:\s[^<>]{0,500})?/?>", re.IGNORECASE)
_APART: Final = re.compile(r"</?(?:body|br|div|li|p|pre|td|tr)(?:\s[^<>]{0,500})?/?>", re.IGNORECASE)
_FULL_WIDTH: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_HYPHENS: Final = dict.fromkeys(map(ord, "\u2010\u2011"), "-")
_DASHES: Final = _HYPHENS | dict.fromkeys(map(ord, "\u2012\u2013\u2014\u2212\u30fc\uff70"), "-")
_QUOTE: Final = re.compile(r"[\s>|]*")
_HYPHEN: Final = f"[-{''.join(map(chr, _DASHES))}]"
_BEGIN: Final = re.compile(
    r"(?<![A-Za-z0-9])" + r"\s*".join(_HYPHEN if one == "-" else one for one in PREFIX) + r"\s*:\s*", re.IGNORECASE
)
_VERSION: Final = re.compile(r"[0-9]{1,3}(?=\s*:)")
_HOST: Final = re.compile(r"\[[0-9A-Fa-f:.]*\]|[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?")
_PORT: Final = re.compile(r":[0-9]+")
_BEFORE_DIGITS: Final = re.compile(r":[0-9]{0,4}$")
_REMNANT: Final = re.compile(r"[A-Za-z0-9._:\[\]-]+")


def find_line(text: str) -> EnrolmentLine:
    """The line that `text` holds. Raises InvalidEnrolmentError: what is wrong with it, or that there is none or several."""
    found: dict[EnrolmentLine, None] = {}
    wrong: InvalidEnrolmentError | None = None
    for plain in _readings(text[:TEXT_LIMIT]):
        for count, begin in enumerate(_BEGIN.finditer(plain.text)):
            if count == BEGINNINGS:
                raise SeveralLinesError("an enrolment line begins too often in this text")
            try:
                found[_read(plain, begin.end())] = None
            except InvalidEnrolmentError as error:
                wrong = error if wrong is None or isinstance(error, NewerLineError) else wrong
        if found:
            break
    if len(found) > 1:
        raise SeveralLinesError("there is more than one enrolment line in this text")
    for line in found:
        return line
    raise wrong or InvalidEnrolmentError(f"an enrolment line starts with {PREFIX}:")


class _Plain:
    """A text without what means nothing, and how long its lines were before: by that one sees where lines were cut."""

    def __init__(self, text: str) -> None:
        self._starts: list[int] = []
        self._widths: list[int] = []
        self._alike: list[int] = []  # for each line the first of those before it that have its width
        kept: list[str] = []
        at = 0
        for line in text.splitlines():
            bare = line[_matched(_QUOTE, line) :].rstrip()
            # A mail in quoted-printable cuts its lines with "=", which no line of ours has.
            bare = bare[:-1] if bare.endswith("=") else f"{bare}\n"
            width, before = len(line.rstrip()), len(self._widths)
            same = before > 0 and self._widths[-1] == width
            self._alike.append(self._alike[-1] if same else before)
            self._starts.append(at)
            self._widths.append(width)
            kept.append(bare)
            at += len(bare)
        self.text = "".join(kept)

    def cut_before(self, end: int, begin: int) -> bool:
        """Whether the line that ends at `end` was cut there by a program: as long as those before it, back to where ours begins."""
        first, last = self._line(begin), self._line(end)
        return first < last and self._widths[last] >= CUT_FROM and self._alike[last] <= first

    def _line(self, at: int) -> int:
        return bisect_right(self._starts, at) - 1


def _readings(text: str) -> Iterator[_Plain]:
    """As a page or a mail in HTML means it, where it is one; as it stands; and with its entities read."""
    page = _APART.sub("\n", _WITHIN.sub("", text))
    if page != text:
        yield _Plain(_folded(_unescaped(page)))
    yield _Plain(_folded(text))
    if page == text and (meant := _unescaped(text)) != text:
        yield _Plain(_folded(meant))


def _unescaped(text: str) -> str:
    """Entities read. A number that no letter has is none: Python would fail at one of thousands of digits."""
    return html.unescape(_NO_LETTER.sub("\ufffd", text))


def _folded(text: str) -> str:
    """Full-width letters in their usual width; nothing that cannot be seen."""
    text = text.translate(_FULL_WIDTH)
    return "".join(one for one in text if unicodedata.category(one) != "Cf" and not "\ufe00" <= one <= "\ufe0f")


def _matched(pattern: re.Pattern[str], text: str) -> int:
    found = pattern.match(text)
    return found.end() if found is not None else 0


def _read(plain: _Plain, at: int) -> EnrolmentLine:
    begin = at
    text = plain.text
    version = _VERSION.match(text, at)
    if version is None:
        raise InvalidEnrolmentError("an enrolment line goes on with its version")
    if version.group() not in VERSIONS:
        raise NewerLineError("this enrolment line is for a newer version of Tasuki")
    at = _colon(text, version.end())
    code, at = _taken(text, at, CODE_LENGTH)
    at = _colon(text, at)
    root, at = _taken(text, at, ROOT_LENGTH)
    at = _colon(text, at)
    address = _address(plain, at, begin)
    return EnrolmentLine.parse(f"{PREFIX}:{version.group()}:{code}:{root.translate(_DASHES)}:{address}")


def _colon(text: str, at: int) -> int:
    """Behind the colon, and what is blank around it."""
    at = _skip(text, at)
    if text[at : at + 1] != ":":
        raise InvalidEnrolmentError("a part of the enrolment line is too long, too short or missing")
    return _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _taken(text: str, at: int, count: int) -> tuple[str, int]:
    """So many characters that are not blank, and where they end."""
    taken: list[str] = []
    while len(taken) < count and (at := _skip(text, at)) < len(text):
        taken.append(text[at])
        at += 1
    return "".join(taken), at


def _address(plain: _Plain, at: int, begin: int) -> str:
    """`HOST[:PORT]`, as far as it goes."""
    word, end = _to_the_end(plain.text, at)
    lines = 0
    while plain.text[end : end + 1] == "\n":
        rest, after = _to_the_end(plain.text, end + 1)
        cut = plain.cut_before(end, begin) and _REMNANT.fullmatch(rest)
        alone = plain.text[after : after + 1] in {"\n", ""}
        if not cut and not (alone and rest.isdecimal() and _BEFORE_DIGITS.search(word)):
            break
        word, end, lines = word + rest, after, lines + 1
        if lines > CONTINUED or len(word) > WORD_LIMIT:
            raise InvalidEnrolmentError("the relay's name is too long")
    if _REMNANT.fullmatch(word.translate(_HYPHENS)):
        word = word.translate(_HYPHENS)
    host = _HOST.match(word)
    if host is None:
        raise InvalidEnrolmentError("the relay's name is missing or has characters that no name has")
    port = _PORT.match(word, host.end())
    found = port.end() if port is not None else host.end()
    _check_end(word, found)
    return word[:found]


def _to_the_end(text: str, at: int) -> tuple[str, int]:
    """What stands there without a blank, as much of it as matters (WORD_LIMIT), and where that ends."""
    end, limit = at, min(len(text), at + WORD_LIMIT)
    while end < limit and not text[end].isspace():
        end += 1
    return text[at:end], end


def _check_end(word: str, at: int) -> None:
    """A name ends with the word or at a mark. What goes on in letters of other kinds is another name than what was read."""
    marks = at
    while marks < len(word) and (word[marks] in ".-_:" or ord(word[marks]) in _DASHES):
        marks += 1
    after = word[marks : marks + 1]
    if not after:
        if len(word) >= WORD_LIMIT:  # what follows was not looked at
            raise InvalidEnrolmentError("the relay's name is too long")
        return
    if after in "/@%\\+=&#$^~" or (unicodedata.category(after)[0] in "LNM" and (marks > at or not _is_eastern(after))):
        raise InvalidEnrolmentError("the relay's name goes on with characters that no name has")


def _is_eastern(letter: str) -> bool:
    """Kana or an ideograph: in Japanese a sentence goes on without a space."""
    return "\u3040" <= letter <= "\u30ff" or "\u3400" <= letter <= "\u9fff"
