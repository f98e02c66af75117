"""The Japanese catalogue is whole, and every error that the source raises has its sentence."""

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

from common.host.sentences import REASONS, SENTENCES
from common.protocol.reasons import Why

HOUSE = Path(__file__).parents[4]
ROOMS = ("common", "relay", "user_agent", "helper_agent", "deploy")
METHODS = [("**.py", "python")]


def first(message: str | tuple[str, ...] | list[str]) -> str:
    """A message's key: the singular where there is a plural."""
    return message if isinstance(message, str) else message[0]


def source_messages() -> dict[str, str]:
    """Every msgid in the source, and where it is."""
    found = {}
    for room in ROOMS:
        for name, line, message, _comments, _context in extract_from_dir(
            HOUSE / room, METHODS, keywords={**DEFAULT_KEYWORDS, "marked": None, "marked_plural": (1, 2)}
        ):
            if first(message):
                found[first(message)] = f"{room}/{name}:{line}"
    return found


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    """The Japanese catalogue."""
    with (HOUSE / "common/host/locale/ja/LC_MESSAGES/tasuki.po").open("rb") as file:
        return read_po(file, locale="ja", abort_invalid=True)


def placeholders(text: str) -> set[str]:
    """The names in braces."""
    return {name for _literal, name, _spec, _conversion in string.Formatter().parse(text) if name is not None}


def translations(message: Message | None) -> list[str]:
    """The translated text, or texts where the original has a plural."""
    if message is None or not message.string:
        return []
    return [message.string] if isinstance(message.string, str) else list(message.string)


def test_every_text_is_translated(catalogue: Catalog) -> None:
    """No msgid of the source is absent, empty or marked fuzzy in the Japanese catalogue (`make catalogue` adds them)."""
    missing = []
    for text, where in source_messages().items():
        message = catalogue.get(text)
        strings = translations(message)
        if message is None or message.fuzzy or not strings or not all(strings):
            missing.append(f"{where}: {text}")
    assert missing == []


def test_placeholders_are_equal(catalogue: Catalog) -> None:
    """A translation uses exactly the placeholders of its original, so that none is lost and none fails."""
    different = []
    for message in catalogue:
        original = message.id if isinstance(message.id, str) else message.id[-1]
        wanted = placeholders(original)
        different += [original for text in translations(message) if original and placeholders(text) != wanted]
    assert different == []


def test_nothing_old_is_kept(catalogue: Catalog) -> None:
    """What the source no longer says is not in the catalogue."""
    known = source_messages()
    assert [message.id for message in catalogue if message.id and first(message.id) not in known] == []


def raised() -> Iterator[tuple[str, str, set[str] | None]]:
    """(where, code, names of facts or None where they cannot be read off) of every TasukiError the source makes."""
    for room in ROOMS:
        for path in sorted((HOUSE / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args):
                    continue
                if node.func.id in {"OrderError", "TasukiError", "UsageError"} and isinstance(
                    node.args[0], ast.Constant
                ):
                    names = {keyword.arg for keyword in node.keywords if keyword.arg is not None}
                    open_ended = any(keyword.arg is None for keyword in node.keywords)
                    where = f"{path.relative_to(HOUSE)}:{node.lineno}"
                    yield where, str(node.args[0].value), None if open_ended else names


def test_every_error_has_its_sentence_and_gives_it_what_it_needs() -> None:
    """A code that is raised is in the table, and each placeholder of its sentence is among the facts."""
    wrong = []
    for where, code, names in raised():
        if code not in SENTENCES:
            wrong.append(f"{where}: {code} has no sentence")
        elif names is not None and not placeholders(SENTENCES[code]) <= names:
            wrong.append(f"{where}: {code} lacks {placeholders(SENTENCES[code]) - names}")
    assert wrong == []


def test_every_reason_is_in_the_table() -> None:
    """A new reason cannot be forgotten."""
    assert set(REASONS) == set(Why)
