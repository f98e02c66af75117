"""What a person typed or pasted, as it is sent: cleaned, and refused with a sentence where it is too long or no text at all."""

import re
from typing import Final, NoReturn

import click

from common.host.errors import TasukiError, sentence
from common.protocol.texts import clean

ORDER_LIMIT: Final = 4096
"""Characters of what no text field is: an address with user name and password, an enrolment line or the file that holds it."""

_HALVES: Final = re.compile("[\ud800-\udfff]")


def is_utf8(text: str) -> bool:
    """Whether what came by the command line or stdin was UTF-8: Python keeps other bytes as halves of surrogate pairs."""
    return _HALVES.search(text) is None


def typed(text: str, *, limit: int) -> str:
    """The text as it may go over the wire. Raises TasukiError `text_not_utf8`, or `text_too_long` above `limit` characters."""
    return bounded(clean(text) if is_utf8(text) else text, limit=limit)


def bounded(text: str, *, limit: int) -> str:
    """The text as it is: what names something is looked for, not read. Raises what `typed` raises."""
    if not is_utf8(text):
        raise TasukiError("text_not_utf8")
    if len(text) > limit:
        raise TasukiError("text_too_long", length=len(text), limit=limit)
    return text


class TypedText(click.ParamType[str]):
    """For click: an option or argument whose text others will read."""

    name = "text"

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """See `typed`; what is refused is a wrong usage, and names the option."""
        try:
            return self.taken(value)
        except TasukiError as error:
            self._refuse(error, param, ctx)

    def taken(self, value: str) -> str:
        """The value that the command gets. Raises TasukiError."""
        return typed(value, limit=self.limit)

    def _refuse(self, error: TasukiError, param: click.Parameter | None, ctx: click.Context | None) -> NoReturn:
        self.fail(sentence(error), param, ctx)


class TypedName(TypedText):
    """The same for what names something: a person, a group, an address, a certificate. See `bounded`."""

    def taken(self, value: str) -> str:
        """The value as it was typed."""
        return bounded(value, limit=self.limit)
