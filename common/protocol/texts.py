"""Texts on the wire: which characters they have, and how many. One number for the wire, the commands and the windows.

A text has the characters of XML 1.0, but for CR and the controls of Latin-1: of all controls only newline and tab, no half
of a surrogate pair, neither U+FFFE nor U+FFFF. So nothing can come that a database refuses, or that commands a terminal. Marks
of direction stay in texts, which Arabic and Hebrew need; in names, which stand within sentences and lists of others, they are
refused, as are ends of lines. Lengths are counted in code points.
"""

import re
from typing import Annotated, Final, TypeAlias

import msgspec

from common.protocol.identity import NAME_LIMIT

TEXT_LIMIT: Final = 500
"""What a request is about, a note to a colleague, a reason, a detail of a computer."""
CHAT_LIMIT: Final = 4000
"""One message of the chat."""
TYPE_LIMIT: Final = 4000
"""A text that is typed at the user's desktop, character by character, at once. What is longer goes over by the clipboard."""
COMPUTER_NAME_LIMIT: Final = 200
"""What a VNC server calls its desktop."""
WORD_LIMIT: Final = 64
"""What programs say to each other: codes, features, names of details."""
URI_LIMIT: Final = 300
HOST_LIMIT: Final = 253
DETAILS_LIMIT: Final = 24
"""How many details of a computer go with a request: with four bytes for each character they fit into a message to the relay."""
WORDS_LIMIT: Final = 20
"""How many languages, skills or features somebody has: fifty such entries of a list fit into a message to an agent."""

TEXT_PATTERN: Final = r"\A[\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*\Z"
NAME_PATTERN: Final = (
    r"\A[\x20-\x7e\xa0-\u061b\u061d-\u200d\u2010-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*\Z"
)
WORD_PATTERN: Final = r"\A[!-~]*\Z"

Text: TypeAlias = Annotated[str, msgspec.Meta(max_length=TEXT_LIMIT, pattern=TEXT_PATTERN)]
ChatText: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=CHAT_LIMIT, pattern=TEXT_PATTERN)]
TypeText: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=TYPE_LIMIT, pattern=TEXT_PATTERN)]
Name: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_LIMIT, pattern=NAME_PATTERN)]
MaybeName: TypeAlias = Annotated[str, msgspec.Meta(max_length=NAME_LIMIT, pattern=NAME_PATTERN)]
ComputerName: TypeAlias = Annotated[str, msgspec.Meta(max_length=COMPUTER_NAME_LIMIT, pattern=NAME_PATTERN)]
Word: TypeAlias = Annotated[str, msgspec.Meta(max_length=WORD_LIMIT, pattern=WORD_PATTERN)]
Uri: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=URI_LIMIT, pattern=WORD_PATTERN)]
UriOrName: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=URI_LIMIT, pattern=NAME_PATTERN)]
Host: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=HOST_LIMIT, pattern=WORD_PATTERN)]
Details: TypeAlias = Annotated[
    dict[Annotated[str, msgspec.Meta(min_length=1, max_length=WORD_LIMIT, pattern=WORD_PATTERN)], Text],
    msgspec.Meta(max_length=DETAILS_LIMIT),
]

_ENDS_OF_LINES: Final = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_HALVES: Final = re.compile("[\ud800-\udfff]")
_NO_TEXT: Final = re.compile("[^\t\n\x20-\x7e\xa0-\ufffd\U00010000-\U0010ffff]")
_NO_NAME: Final = re.compile("[\t\n\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_WORD: Final = re.compile(WORD_PATTERN)


def clean(text: str) -> str:
    """What somebody typed or pasted, as it may be sent: every end of a line is a newline, and what no text has is gone."""
    return _NO_TEXT.sub("", _HALVES.sub("\ufffd", _ENDS_OF_LINES.sub("\n", text)))


def clean_name(text: str, *, limit: int) -> str:
    """A name that a program found, as it may be sent: on one line, cut where it is too long."""
    return _NO_NAME.sub(" ", clean(text))[:limit]


def is_word(text: str) -> bool:
    """Whether it is a Word."""
    return len(text) <= WORD_LIMIT and _WORD.match(text) is not None
