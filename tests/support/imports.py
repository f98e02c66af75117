"""What the tree's modules import, read from their text."""

import ast
from collections.abc import Container, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.support.platform_branches import answer_on, asks_of_system

HOUSE: Final = Path(__file__).parents[2]
ROOMS: Final = ("common", "relay", "user_agent", "helper_agent", "deploy", "tests")
Import = ast.Import | ast.ImportFrom


def modules() -> dict[str, Path]:
    """Every module of the tree by its name; a package by the name of its folder."""
    return {name_of(path): path for room in ROOMS for path in (HOUSE / room).rglob("*.py")}


def name_of(path: Path) -> str:
    """Of the module in this file of the tree."""
    parts = path.relative_to(HOUSE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def every_import(tree: ast.Module) -> Iterator[Import]:
    """Wherever it stands."""
    return (node for node in ast.walk(tree) if isinstance(node, Import))


def imports_on(system: str, body: Sequence[ast.stmt]) -> Iterator[Import]:
    """Those that run, and must succeed, when a module with this body is imported on a system, by its name in sys.platform."""
    for statement in body:
        if isinstance(statement, Import):
            yield statement
        elif isinstance(statement, ast.If):
            runs = _runs(statement.test, system)
            yield from imports_on(system, statement.body if runs is not False else [])
            yield from imports_on(system, statement.orelse if runs is not True else [])
        elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)) or _does_without(statement):
            continue
        else:
            for part in ("body", "orelse", "finalbody"):
                yield from imports_on(system, getattr(statement, part, []))


def _runs(test: ast.expr, system: str) -> bool | None:
    """None: who knows."""
    if ast.unparse(test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}:
        return False
    return answer_on(test, system) if isinstance(test, ast.Compare) and asks_of_system(test) else None


def _does_without(statement: ast.stmt) -> bool:
    """Whether it goes on where a module is missing."""
    if isinstance(statement, ast.Try):
        caught = [handler.type for handler in statement.handlers]
    elif isinstance(statement, ast.With):
        caught = [one.context_expr for one in statement.items]
    else:
        return False
    names = {node.id for one in caught if one is not None for node in ast.walk(one) if isinstance(node, ast.Name)}
    return bool(names & {"ImportError", "ModuleNotFoundError"})


def ours(statement: Import, importer: str, known: Container[str], *, package: bool) -> Iterator[str]:
    """The modules of the tree that it names. `package`: whether the importer is one."""
    if isinstance(statement, ast.Import):
        yield from (alias.name for alias in statement.names if alias.name in known)
        return
    above = importer.split(".") if package else importer.split(".")[:-1]
    above = above[: len(above) - statement.level + 1] if statement.level else []
    base = ".".join([*above, *([statement.module] if statement.module else [])])
    for alias in statement.names:
        whole = f"{base}.{alias.name}"
        if whole in known:
            yield whole
        elif base in known:
            yield base


def others(statement: Import) -> Iterator[str]:
    """The first parts of the names of all other modules that it names."""
    if isinstance(statement, ast.Import):
        names = [alias.name for alias in statement.names]
    else:
        names = [] if statement.level else [statement.module or ""]
    yield from (first for first in (name.partition(".")[0] for name in names) if first not in ROOMS)


def with_packages(name: str) -> Iterator[str]:
    """A module's name, and those of the packages that are imported before it."""
    parts = name.split(".")
    yield from (".".join(parts[: count + 1]) for count in range(len(parts)))


def ways(edges: Mapping[str, set[str]], ends: Mapping[str, set[str]]) -> dict[str, list[str]]:
    """From each module that leads to one of its own or another's `ends`: a shortest way there, over `edges`."""
    importers: dict[str, list[str]] = {}
    for importer, imported in sorted(edges.items()):
        for name in imported:
            importers.setdefault(name, []).append(importer)
    found = {name: [name, min(there)] for name, there in sorted(ends.items()) if there}
    left = list(found)
    for name in left:
        for importer in importers.get(name, []):
            if importer not in found:
                found[importer] = [importer, *found[name]]
                left.append(importer)
    return found
