"""What a person typed or pasted, as it is sent: cleaned, and refused with a sentence where it is too long or no text at all."""

from typing import NoReturn

import click

from common.host.errors import TasukiError, sentence
from common.protocol.texts import clean


def typed(text: str, *, limit: int) -> str:
    """The text as it may go over the wire. Raises TasukiError `text_not_utf8`, or `text_too_long` above `limit` characters."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise TasukiError("text_not_utf8")
    cleaned = clean(text)
    if len(cleaned) > limit:
        raise TasukiError("text_too_long", length=len(cleaned), limit=limit)
    return cleaned


class TypedText(click.ParamType[str]):
    """For click: an option or argument whose text others will read."""

    name = "text"

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """See `typed`; what is refused is a wrong usage, and names the option."""
        try:
            return typed(value, limit=self.limit)
        except TasukiError as error:
            self._refuse(error, param, ctx)

    def _refuse(self, error: TasukiError, param: click.Parameter | None, ctx: click.Context | None) -> NoReturn:
        self.fail(sentence(error), param, ctx)
