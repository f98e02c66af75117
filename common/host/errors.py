"""Expected failures that a person sees. A code and facts travel; the words are found where they are shown.

A bug is never one of these: it keeps its own exception and ends in the log.
"""

import sys
from typing import TYPE_CHECKING, NoReturn

from common.host.words import harmless, one_line, sentence

if TYPE_CHECKING:
    from common.host.words import Language


class TasukiError(Exception):
    """An expected failure: `code` is a key of `common.host.sentences.SENTENCES`, `facts` fill its placeholders.

    Facts are shown to people and written to logs: never put a ticket, an enrolment code or a password into one.
    """

    exit_code = 1

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts

    def more(self, language: "Language | None" = None) -> str:  # noqa: ARG002 -- for those that have more
        """What follows the sentence, of facts that not every error of this code has. Empty here."""
        return ""

    def __str__(self) -> str:
        return sentence(self, "en")

    def __repr__(self) -> str:
        facts = "".join(f", {name}={value!r}" for name, value in self.facts.items())
        return f"{type(self).__name__}({self.code!r}{facts})"


class UsageError(TasukiError):
    """The command was called in a way that can never work."""

    exit_code = 2


def exit_with(error: TasukiError) -> NoReturn:
    """Say in one line on stderr, in the person's language, what happened; exit 1, or 2 for a UsageError."""
    print(harmless(one_line(sentence(error))), file=sys.stderr)
    sys.exit(error.exit_code)
