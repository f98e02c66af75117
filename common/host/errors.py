"""Expected failures that a person sees. A code and facts travel; the words are found where it is shown: `sentence`.

A bug is never one of these: it keeps its own exception and ends in the log.
"""

import sys
from datetime import timedelta
from typing import NoReturn

from common.host.plain_sentences import PLAIN
from common.host.sentences import FOR_OPERATORS, SENTENCES
from common.host.streams import show_instead
from common.host.times import format_difference
from common.host.words import Language, _, harmless, one_line, sentences


class TasukiError(Exception):
    """An expected failure: `code` is a key of `common.host.sentences.SENTENCES`, `facts` fill its placeholders.

    A timedelta among them is how far a clock is off, and is said in words.

    Facts are shown to people and written to logs: never put a ticket, an enrolment code or a password into one.
    """

    exit_code = 1

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts
        self.besides = ""  # another way to help, which a command line says after the sentence

    def more(self, language: Language | None = None) -> str:  # noqa: ARG002 -- for those that have more
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


class _Facts(dict[str, object]):
    """Facts for a sentence: one that was not given shows as an ellipsis, so that saying what failed never fails itself."""

    def __missing__(self, name: str) -> str:
        return "…"


def sentence(error: TasukiError, language: Language | None = None) -> str:
    """What happened, why, and what to do next, in the person's language (or in `language`)."""
    return sentences(_filled(SENTENCES.get(error.code), error, language), error.more(language))


def plain(error: TasukiError, language: Language | None = None) -> str:
    """The same for a window: without what only an operator knows."""
    return _filled(PLAIN.get(error.code) or SENTENCES.get(error.code), error, language)


def _filled(text: str | None, error: TasukiError, language: Language | None) -> str:
    if text is None:
        told = ", ".join(f"{name}: {value}" for name, value in error.facts.items())
        return f"{error.code} ({told})" if told else error.code
    facts = _Facts(error.facts)
    for name, value in error.facts.items():
        if isinstance(value, timedelta):
            facts[name] = format_difference(value, language)
    if isinstance(detail := facts.get("detail"), str) and detail:
        facts["detail"] = _(detail, language)
    return _(text, language).format_map(facts)


def for_operators(error: TasukiError, language: Language | None = None) -> str:
    """The sentence, and what an operator has to know besides, where there is more."""
    more = FOR_OPERATORS.get(error.code)
    text = sentence(error, language)
    return text if more is None else sentences(text, _(more, language))


def exit_with(error: TasukiError) -> NoReturn:
    """Say in one line on stderr, in the person's language, what happened; exit 1, or 2 for a UsageError."""
    text = harmless(one_line(sentences(sentence(error), error.besides)))
    print(text, file=sys.stderr)
    show_instead(text)
    sys.exit(error.exit_code)
