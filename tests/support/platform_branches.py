"""Where the agents' code asks which system it runs on, and what of it runs on Windows and on macOS alone."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

HOUSE: Final = Path(__file__).parents[2]
ROOMS: Final = ("common", "user_agent", "helper_agent")
SYSTEMS: Final = ("win32", "darwin")
_SAYS: Final = {"win32": {"win32", "nt"}, "darwin": {"darwin", "posix"}}
_SCOPES: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True, kw_only=True, order=True)
class Branch:
    """What one question about the system leads to on another system than Linux."""

    module: str  # as in common/host/files.py
    where: str  # a function's name, with its class; empty for the module itself
    system: str  # of SYSTEMS
    line: int  # the first of what runs there

    @property
    def name(self) -> str:
        """As tables and docs name it."""
        return f"{self.module}::{self.where}" if self.where else self.module


def branches(house: Path = HOUSE, rooms: Sequence[str] = ROOMS) -> list[Branch]:
    """All of them, in the order of the code."""
    return [
        branch
        for room in rooms
        for path in sorted((house / room).rglob("*.py"))
        for branch in branches_of(path.relative_to(house).as_posix(), path.read_text(encoding="utf-8"))
    ]


def branches_of(module: str, source: str) -> Iterator[Branch]:
    """Those of one module."""
    yield from _in_body(module, (), ast.parse(source).body, SYSTEMS)


def _in_body(module: str, where: tuple[str, ...], body: Sequence[ast.stmt], systems: Sequence[str]) -> Iterator[Branch]:
    """`systems`: those on which the body runs at all."""
    for number, statement in enumerate(body):
        behind = body[number + 1].lineno if number + 1 < len(body) else statement.lineno
        inside = (*where, statement.name) if isinstance(statement, _SCOPES) else where
        answers: dict[str, bool] = {}  # to what the statement is an `if` of
        for question in _questions(statement):
            for system in systems:
                answer = answer_on(question, system)
                line = statement.lineno
                if isinstance(statement, ast.If) and statement.test is question:
                    answers[system] = answer
                    left = statement.orelse[0].lineno if statement.orelse else behind
                    line = statement.body[0].lineno if answer else left
                if _concerns(question, system):
                    yield Branch(module=module, where=".".join(inside), system=system, line=line)
        for field, part in _bodies(statement):
            there = [one for one in systems if answers.get(one) is not (field != "body")]
            yield from _in_body(module, inside, part, there)
        if isinstance(statement, ast.If) and isinstance(statement.body[-1], (ast.Return, ast.Raise)):
            systems = [one for one in systems if not answers.get(one)]


def _bodies(statement: ast.stmt) -> Iterator[tuple[str, list[ast.stmt]]]:
    for field in ("body", "orelse", "finalbody"):
        yield field, getattr(statement, field, [])
    for several in ("handlers", "cases"):
        for one in getattr(statement, several, []):
            yield several, one.body


def _questions(statement: ast.stmt) -> Iterator[ast.Compare]:
    """Comparisons with the name of a system in the statement itself, not in what lies in it."""
    left: list[ast.AST] = [statement]
    while left:
        for child in ast.iter_child_nodes(left.pop()):
            if isinstance(child, (ast.stmt, ast.ExceptHandler, ast.match_case)):
                continue
            if isinstance(child, ast.Compare) and asks_of_system(child):
                yield child
            left.append(child)


def asks_of_system(question: ast.Compare) -> bool:
    """Whether it compares the system's name."""
    asked = question.left
    if isinstance(asked, ast.Attribute):
        return asked.attr == "platform" or ast.unparse(asked) == "os.name"
    return isinstance(asked, ast.Name) and asked.id == "platform"


def _named(question: ast.Compare) -> set[object]:
    return {one.value for one in ast.walk(question.comparators[0]) if isinstance(one, ast.Constant)}


def _concerns(question: ast.Compare, system: str) -> bool:
    """Whether it is about this system, or about Linux alone and so about this one too."""
    return bool(_named(question) & (_SAYS[system] | {"linux"}))


def answer_on(question: ast.Compare, system: str) -> bool:
    """What such a question is answered there."""
    among = bool(_named(question) & _SAYS[system])
    return among if isinstance(question.ops[0], (ast.Eq, ast.In)) else not among
