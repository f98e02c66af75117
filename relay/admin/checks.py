"""What may stand in an order about people."""

from collections.abc import Sequence
from uuid import UUID

from common.protocol.identity import InvalidIdentityError, check_display_name
from common.protocol.texts import WORDS_LIMIT
from relay.admin.orders import ABOUT_LIMIT, OrderError


def checked_identifier(identifier: str) -> str:
    """A UUID in its one spelling. Raises OrderError (account_wrong)."""
    try:
        if str(UUID(identifier)) == identifier:
            return identifier
    except ValueError:
        pass
    raise OrderError("account_wrong", account=identifier)


def checked_name(name: str) -> str:
    """A name, or what is written as one. Raises OrderError (order_bad_name)."""
    try:
        return check_display_name(name)
    except InvalidIdentityError:
        raise OrderError("order_bad_name", what=name) from None


def checked_text(text: str) -> str:
    """An address or a note: one line that can be shown. Raises OrderError (order_bad_text)."""
    if len(text) > ABOUT_LIMIT or not text.isprintable():
        raise OrderError("order_bad_text", limit=ABOUT_LIMIT)
    return text


def checked_words(words: Sequence[str]) -> tuple[str, ...]:
    """Languages or skills: what goes into every list that shows a helper. Raises OrderError (order_bad_name, order_too_many_words)."""
    if len(words) > WORDS_LIMIT:
        raise OrderError("order_too_many_words", limit=WORDS_LIMIT)
    return tuple(checked_name(word) for word in words)
