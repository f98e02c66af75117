"""The compiled Japanese texts, for tests that start programs with a Japanese environment."""

import os

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from common.host.words import LOCALE_FOLDER, _catalogue


def compile_texts() -> None:
    """Compile them as `make` does, where they are missing or old."""
    source = LOCALE_FOLDER / "ja" / "LC_MESSAGES" / "tasuki.po"
    target = source.with_suffix(".mo")
    if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
        return
    with source.open("rb") as file:
        texts = read_po(file, locale="ja")
    partial = target.with_suffix(f".{os.getpid()}")
    with partial.open("wb") as file:
        write_mo(file, texts)
    partial.replace(target)
    _catalogue.cache_clear()


@pytest.fixture(scope="session")
def japanese() -> None:
    """Japanese can be had, here and in every program that is started."""
    compile_texts()
