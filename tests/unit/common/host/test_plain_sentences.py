"""What a window says of a failure is said in words that a beginner knows."""

import re
import string
from typing import Final

import pytest

from common.host.errors import TasukiError, plain, sentence
from common.host.plain_sentences import PLAIN, PLAIN_REASONS
from common.host.sentences import DETAILS, REASONS, SENTENCES
from common.host.words import _, plain_reason, set_language
from tests.support.beginners import unknown_words

# What only who operates a relay or an authority ever reads, who gives commands, or who has opened a settings file by hand.
OPERATORS: Final = re.compile(
    r"(ca|order|settings|audit|name|password|display|audit)_|.*_line_wrong|account_(wrong|unsure)|revoke_|tls_files|line_left"
    r"|nothing_added|relay_(exists|not_initialised|certificate|root|cannot|store|does)|(text_not_utf8|screen_with_server)$"
    r"|backup_program|table_|line_(not|too|cells|no|twice|bad|groups)|codes?_(for_whom|no_folder|none_made)|import_"
    r"|helper_ambiguous|ask_whom|windows_missing|not_enrolled|already_enrolled"
)
KNOWN: Final = {code: text for code, text in SENTENCES.items() if code == "name_differs" or not OPERATORS.match(code)}


def names(text: str) -> set[str]:
    """Placeholders."""
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name is not None}


def test_it_knows_no_code_of_its_own() -> None:
    """Each is one of the exact sentences, with no other facts."""
    assert PLAIN.keys() <= SENTENCES.keys()
    assert PLAIN_REASONS.keys() <= REASONS.keys()
    assert {code for code, text in PLAIN.items() if not names(text) <= names(SENTENCES[code])} == set()


@pytest.mark.parametrize("language", ["en", "ja"])
def test_no_word_that_a_beginner_does_not_know(language: str) -> None:
    """Of every sentence that can come up in a window, also where no other was written for it."""
    set_language("ja" if language == "ja" else "en")
    try:
        said = {code: _(PLAIN.get(code) or text) for code, text in KNOWN.items()}
        said |= {str(why): plain_reason(why) for why in REASONS}
    finally:
        set_language(None)
    assert {code: found for code, text in said.items() if (found := unknown_words(text))} == {}


def test_the_list_would_find_one() -> None:
    """The exact sentences have such words: that the list is silent above is no accident."""
    exact = {code for code, text in SENTENCES.items() if unknown_words(text)}
    assert len(exact & PLAIN.keys()) > 40
    assert unknown_words("中継サーバーの証明書") == {"サーバー", "証明書"}
    assert unknown_words("サポート") == unknown_words("“VNC” x11vnc (*.csv)") == set()


def test_facts_are_filled_in() -> None:
    """As in the exact one, and what only an operator knows is not added."""
    error = TasukiError("vnc_server_failed", program="x11vnc", detail=DETAILS[0])
    assert "x11vnc" in plain(error, "en")
    assert DETAILS[0] not in plain(error, "en")
    assert DETAILS[0] in sentence(error, "en")
