"""Words: the language is chosen from the environment's text, and English needs no catalogue."""

from collections.abc import Iterator

import pytest

from common.host import words
from common.host.errors import TasukiError, UsageError, exit_with, sentence
from common.host.words import (
    _,
    harmless,
    language_from_environment,
    ngettext,
    one_line,
    reason_sentence,
    sentences,
    set_language,
)
from common.protocol.reasons import Why


@pytest.fixture(autouse=True)
def _given_back() -> Iterator[None]:
    """Leave the language to the environment again, and forget catalogues."""
    yield
    set_language(None)
    words._catalogue.cache_clear()


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "en"),
        ({"LANG": "ja_JP.UTF-8"}, "ja"),
        ({"LANG": "ja"}, "ja"),
        ({"LANG": "ja.UTF-8"}, "ja"),
        ({"LC_ALL": "C.UTF-8", "LANG": "ja_JP.UTF-8"}, "en"),
        ({"LC_ALL": "", "LC_MESSAGES": "ja_JP.UTF-8", "LANG": "en_GB.UTF-8"}, "ja"),
        ({"LANG": "jam_JM"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
    ],
)
def test_the_first_variable_that_is_set_decides(environ: dict[str, str], language: str) -> None:
    """LC_ALL before LC_MESSAGES before LANG, as text, whatever locales the machine has."""
    assert language_from_environment(environ) == language


def test_english_needs_no_catalogue(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    """Where nothing was compiled, both languages give the English text."""
    monkeypatch.setattr(words, "LOCALE_FOLDER", tmp_path)
    for language in words.LANGUAGES:
        set_language(language)
        assert _("Nobody took the request in time. Ask again.") == "Nobody took the request in time. Ask again."
    assert ngettext("one", "many", 1) == "one"
    assert ngettext("one", "many", 2) == "many"


def test_the_environment_decides_until_a_language_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """set_language wins over the environment and None gives it back."""
    monkeypatch.setenv("LC_ALL", "ja_JP.UTF-8")
    assert words.current_language() == "ja"
    set_language("en")
    assert words.current_language() == "en"
    set_language(None)
    assert words.current_language() == "ja"


def test_a_sentence_carries_the_facts() -> None:
    """The error's facts stand in its sentence."""
    error = TasukiError("relay_name_unknown", host="relay.example")
    assert sentence(error, "en").startswith("The relay's name relay.example could not be found.")
    assert str(error) == sentence(error, "en")
    assert repr(error) == "TasukiError('relay_name_unknown', host='relay.example')"


def test_saying_what_failed_never_fails() -> None:
    """A missing fact or an unknown code still gives a text."""
    assert "…" in sentence(TasukiError("relay_name_unknown"), "en")
    assert sentence(TasukiError("nobody_wrote_this", one=1)) == "nobody_wrote_this (one: 1)"
    assert sentence(TasukiError("nobody_wrote_this")) == "nobody_wrote_this"


def test_every_reason_has_a_sentence() -> None:
    """Whatever ended something can be told to a person."""
    assert all(reason_sentence(why, "en") for why in Why)


@pytest.mark.parametrize(("kind", "status"), [(TasukiError, 1), (UsageError, 2)])
def test_exit_with_prints_one_line(kind: type[TasukiError], status: int, capsys: pytest.CaptureFixture[str]) -> None:
    """One line on stderr, and 1 for a failure, 2 for a wrong call."""
    with pytest.raises(SystemExit) as ended:
        exit_with(kind("folder_in_use", folder="/a\nb"))
    assert ended.value.code == status
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1


def test_what_others_wrote_stays_on_its_line() -> None:
    """No line end of any kind, so that it cannot be taken for a line of ours."""
    assert one_line("a\nb\r\nc\u2028d\x85e") == "a b c d e"


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        ((), ""),
        (("One.", "", " ", " Two."), "One. Two."),
        (("誰もいません。", "明日開きます。"), "誰もいません。明日開きます。"),
        (("頼んでください。", "「昼休みです」", "電話でも。"), "頼んでください。「昼休みです」電話でも。"),
        (("03-1234-5678", "Call us."), "03-1234-5678 Call us."),
    ],
)
def test_sentences_follow_each_other_as_their_script_has_it(parts: tuple[str, ...], whole: str) -> None:
    """A space in English, none behind a Japanese full stop."""
    assert sentences(*parts) == whole


def test_a_terminal_is_not_commanded() -> None:
    """Escape sequences and marks that turn the writing are shown as what they are; ordinary text of any script is not touched."""
    assert harmless("\x1b]0;x\x07 \x9b2J \u202egnp.exe") == "\ufffd]0;x\ufffd \ufffd2J \ufffdgnp.exe"
    for text in ("花子　鈴木さん\nHello", "e\u0301 👩\u200d🔧 नमस्ते"):
        assert harmless(text) == text


def test_what_the_system_says_is_said_in_the_persons_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fact `detail` is looked up like any text; other facts, such as names, never are."""
    known = {"Connection refused": "拒否", "name": "名前"}
    monkeypatch.setattr(words, "_catalogue", lambda _language: _Known(known))
    refused = TasukiError("relay_unreachable", address="name", detail="Connection refused")
    assert "name" in sentence(refused, "ja")
    assert "拒否" in sentence(refused, "ja")
    assert "()" in sentence(TasukiError("relay_unreachable", address="x", detail=""), "ja")


class _Known:
    """A catalogue of a few texts."""

    def __init__(self, texts: dict[str, str]) -> None:
        self._texts = texts

    def gettext(self, text: str) -> str:
        """As gettext."""
        return self._texts.get(text, text)
