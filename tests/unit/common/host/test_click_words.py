"""click speaks the person's language."""

import gettext
from collections.abc import Iterator

import click
import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from click.testing import CliRunner

from common.host import click_words, words
from common.host.click_layout import JapaneseFormatter
from common.host.click_words import PLURALS, TEXTS, teach


@pytest.fixture(autouse=True)
def _given_back() -> Iterator[None]:
    """The language is the environment's, whatever an earlier test has set; leave gettext and click as they were."""
    words.set_language(None)
    domain, formatter = gettext.textdomain(), click.Context.formatter_class
    yield
    gettext.textdomain(domain)
    click.Context.formatter_class = formatter


@pytest.fixture
def catalogue(tmp_path, monkeypatch: pytest.MonkeyPatch) -> Catalog:  # type: ignore[no-untyped-def]
    """Our Japanese texts, compiled to where they are looked for."""
    source = words.LOCALE_FOLDER / "ja" / "LC_MESSAGES" / "tasuki.po"
    with source.open("rb") as file:
        texts = read_po(file, locale="ja")
    target = tmp_path / "ja" / "LC_MESSAGES"
    target.mkdir(parents=True)
    with (target / "tasuki.mo").open("wb") as file:
        write_mo(file, texts)
    monkeypatch.setattr(click_words, "LOCALE_FOLDER", tmp_path)
    return texts


def told(*arguments: str) -> str:
    """What a command with one option says."""

    @click.command()
    @click.option("--number", type=click.IntRange(1, 3), required=True)
    def command(number: int) -> None:
        del number

    teach(command)
    return CliRunner().invoke(command, arguments).output


@pytest.mark.usefixtures("catalogue")
def test_in_japanese(monkeypatch: pytest.MonkeyPatch) -> None:
    """Help and errors of usage, the language being in the environment."""
    monkeypatch.delenv("LANGUAGE", raising=False)
    monkeypatch.setenv("LC_ALL", "ja_JP.UTF-8")
    said = told("--help")
    for text in ("使い方:", "オプション:", "必須", "この説明を表示して終了します。"):
        assert text in said
    assert click.Context.formatter_class is JapaneseFormatter
    assert "'--wrong' というオプションはありません。" in told("--wrong")
    assert "'x' は integer" in told("--number", "x").replace("integer range", "integer")
    assert "オプションを指定してください" in told()


@pytest.mark.usefixtures("catalogue")
def test_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing changes."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.delenv("LANGUAGE", raising=False)
    assert "Show this message and exit." in told("--help")
    assert click.Context.formatter_class is not JapaneseFormatter


def test_the_texts_are_clicks(catalogue: Catalog) -> None:
    """Each is in the catalogue as click asks for it."""
    assert all(catalogue.get(text) for text in (*TEXTS, *PLURALS))
