"""No module leads back to itself by what it imports: neither at import time, nor for types alone, nor inside a function."""

import ast
from collections.abc import Container, Iterator, Mapping
from functools import cache

import pytest

from tests.support.imports import every_import, modules, ours

EXCEPTED: Mapping[tuple[str, str], str] = {}
"""Imports inside a function that may close a circle: (module, what it imports) → why it must be so."""


def imported(name: str, tree: ast.Module, known: Container[str], *, package: bool) -> Iterator[str]:
    """The modules of ours that this one names in an import, wherever in it that stands."""
    for statement in every_import(tree):
        yield from ours(statement, name, known, package=package)


@cache
def graph() -> dict[str, set[str]]:
    """Who imports whom."""
    known = modules()
    return {
        name: {
            other
            for other in imported(
                name, ast.parse(path.read_bytes(), str(path)), known, package=path.name == "__init__.py"
            )
            if (name, other) not in EXCEPTED
        }
        for name, path in known.items()
    }


def circle(edges: Mapping[str, set[str]]) -> list[str]:
    """The modules of one circle, in the order of its imports; empty where there is none."""
    done: set[str] = set()
    for start in edges:
        way: list[str] = []
        left: list[Iterator[str]] = [iter([start])]
        while left:
            here = next(left[-1], None)
            if here is None:
                left.pop()
                if way:
                    done.add(way.pop())
            elif here in way:
                return [*way[way.index(here) :], here]
            elif here not in done:
                way.append(here)
                left.append(iter(sorted(edges[here])))
    return []


def test_no_module_leads_back_to_itself() -> None:
    """In the whole tree, tests and tools included."""
    edges = graph()
    assert len(edges) > 500
    assert "common.host.words" in edges["common.host.errors"]
    assert " → ".join(circle(edges)) == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import a.b", {"a.b"}),
        ("from a import b, c", {"a.b", "a"}),
        ("from .b import x", {"a.b"}),
        ("from . import b", {"a.b"}),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from a.b import x", {"a.b"}),
        ("def late():\n    import a.b", {"a.b"}),
        ("import os", set[str]()),
    ],
)
def test_every_kind_of_import_counts(text: str, expected: set[str]) -> None:
    """Under TYPE_CHECKING and inside a function too."""
    known = {"a": None, "a.b": None, "a.d": None}
    assert set(imported("a.d", ast.parse(text), known, package=False)) == expected


def test_a_circle_is_found() -> None:
    """Of two, of more, and of a module with itself; two ways to the same place are none."""
    assert circle({"a": {"b"}, "b": {"a"}}) == ["a", "b", "a"]
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"d"}, "d": {"b"}}) == ["b", "c", "d", "b"]
    assert circle({"a": {"a"}}) == ["a", "a"]
    assert circle({"a": {"b", "c"}, "b": {"d"}, "c": {"d"}, "d": set()}) == []


def test_exceptions_are_still_needed() -> None:
    """One that closes no circle any more goes."""
    edges = graph()
    for (name, other), why in EXCEPTED.items():
        assert why
        assert circle({**edges, name: edges[name] | {other}})
