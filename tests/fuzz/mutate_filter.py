"""Mutation testing of the filter: take away or turn around each branch, and see that a unit test fails.

    python -m tests.fuzz.mutate_filter [--jobs N] [--only MODULE]

For each module below every mutant is made from its syntax tree, one change at a time: conditions negated, made always true
and always false, parts of `and` and `or` left out, comparisons shifted by one or turned around, cases and their guards
removed, statements removed, entries of tables removed. The module's unit tests run against each, in a forked process.
A mutant that no test notices is printed as a survivor; exit code 1 if there is any.
"""

import argparse
import ast
import contextlib
import copy
import importlib.abc
import importlib.machinery
import importlib.util
import io
import os
import signal
import sys
import time
import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

HOUSE = Path(__file__).parents[2]
TESTS = "tests/unit/common/protocol/rfb"
PACKAGE = "common.protocol.rfb"
TARGETS = {
    "filter": ("test_filter.py", "test_input_way.py"),
    "input_way": ("test_filter.py", "test_input_way.py"),
    "server_filter": ("test_server_filter.py",),
    "client_messages": ("test_client_messages.py",),
    "server_messages": ("test_server_filter.py",),
    "rectangles": ("test_server_filter.py",),
    "state": ("test_state.py",),
    "encodings": ("test_encodings.py",),
    "passage": ("test_passage.py",),
}
PATIENCE = 6  # times as long as without a change: a mutant that runs longer hangs, and a hanging test is a failing one

# Changes that change nothing, with the reason. Text of the changed node, as `describe` prints it.
EQUIVALENT: dict[tuple[str, str], str] = {
    ("input_way", "removed: return None"): "what a function without it returns",
}

SHIFTED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}


@dataclass(frozen=True)
class Mutant:
    """One change: where, what, and the tree that has it."""

    module: str
    line: int
    what: str
    tree: ast.Module

    def __str__(self) -> str:
        return f"{self.module}.py:{self.line}: {self.what}"


Change = tuple[str, Callable[[ast.AST], None]]


def changes(node: ast.AST) -> Iterator[Change]:
    """Every change of this very node: what it is, and a function that makes it in a copy of the node."""
    if isinstance(node, ast.If | ast.While | ast.IfExp) and not isinstance(node.test, ast.Constant):
        text = ast.unparse(node.test)
        yield f"not ({text})", _negate
        yield f"always: {text}", partial(_set, name="test", value=ast.Constant(value=True))
        yield f"never: {text}", partial(_set, name="test", value=ast.Constant(value=False))
    if isinstance(node, ast.BoolOp):
        for index, value in enumerate(node.values):
            yield f"left out of a condition: {ast.unparse(value)}", partial(_remove, name="values", index=index)
    if isinstance(node, ast.Compare):
        for index, operator in enumerate(node.ops):
            for other in SHIFTED[type(operator)]:
                what = f"{other.__name__} instead: {ast.unparse(node)}"
                yield what, partial(_replace, name="ops", index=index, new=other())
    if isinstance(node, ast.Match):
        for index, case in enumerate(node.cases):
            if not isinstance(case.pattern, ast.MatchAs):
                yield f"case removed: {ast.unparse(case.pattern)}", partial(_remove, name="cases", index=index)
    if isinstance(node, ast.match_case) and node.guard is not None:
        yield f"guard removed: {ast.unparse(node.guard)}", partial(_set, name="guard", value=None)
    if isinstance(node, ast.FunctionDef | ast.If | ast.For | ast.While | ast.match_case):
        for name in ("body", "orelse"):
            for index, statement in enumerate(getattr(node, name, [])):
                if _is_removable(statement):
                    what = f"removed: {ast.unparse(statement)}"
                    yield what, partial(_replace, name=name, index=index, new=ast.Pass())
    if isinstance(node, ast.Dict):
        for index, key in enumerate(node.keys):
            yield f"entry removed: {ast.unparse(key) if key else '**'}", partial(_without_entry, index=index)
    if isinstance(node, ast.Set) and len(node.elts) > 1:
        for index, element in enumerate(node.elts):
            yield f"element removed: {ast.unparse(element)}", partial(_remove, name="elts", index=index)


def _is_removable(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Expr):  # not a docstring
        return not isinstance(statement.value, ast.Constant)
    return isinstance(statement, ast.Assign | ast.AugAssign | ast.Return | ast.Raise | ast.Break | ast.Delete)


def _negate(node: ast.AST) -> None:
    if isinstance(node, ast.If | ast.While | ast.IfExp):
        node.test = ast.UnaryOp(ast.Not(), node.test)


def _set(node: ast.AST, *, name: str, value: object) -> None:
    setattr(node, name, value)


def _remove(node: ast.AST, *, name: str, index: int) -> None:
    del getattr(node, name)[index]


def _replace(node: ast.AST, *, name: str, index: int, new: ast.AST) -> None:
    getattr(node, name)[index] = new


def _without_entry(node: ast.AST, *, index: int) -> None:
    _remove(node, name="keys", index=index)
    _remove(node, name="values", index=index)


def mutants(module: str) -> Iterator[Mutant]:
    """Every mutant of a module, one change each."""
    source = (HOUSE / PACKAGE.replace(".", "/") / f"{module}.py").read_text(encoding="utf-8")
    tree = ast.parse(source)
    for number, node in enumerate(ast.walk(tree)):
        for what, change in changes(node):
            if (module, what) in EQUIVALENT:
                continue
            copied = copy.deepcopy(tree)
            change(list(ast.walk(copied))[number])
            line = getattr(node, "lineno", 0)
            yield Mutant(module, line, what, ast.fix_missing_locations(copied))


class MutantFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports the mutant in the module's place."""

    def __init__(self, mutant: Mutant) -> None:
        self._name = f"{PACKAGE}.{mutant.module}"
        self._code = compile(mutant.tree, f"<mutant of {mutant.module}>", "exec")

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """For the one module only."""
        del path, target
        return importlib.util.spec_from_loader(fullname, self) if fullname == self._name else None

    def exec_module(self, module: types.ModuleType) -> None:
        """Run the mutant's code as the module's."""
        exec(self._code, module.__dict__)


def survives(mutant: Mutant | None, tests: Sequence[str]) -> bool:
    """Run the tests in this process, which must be a fresh one, against the mutant (None: the code as it is)."""
    import hypothesis
    import pytest

    if mutant is not None:
        sys.meta_path.insert(0, MutantFinder(mutant))
    hypothesis.settings.register_profile("mutation", deadline=None, max_examples=15, database=None)
    arguments = ["-x", "-q", "--assert=plain", "-p", "no:cacheprovider"]
    arguments += ["--hypothesis-profile=mutation", "--hypothesis-seed=1"]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return pytest.main([*arguments, *(f"{TESTS}/{name}" for name in tests)]) == pytest.ExitCode.OK


def start(mutant: Mutant | None, tests: Sequence[str], seconds: float = 0) -> int:
    """Fork a process for it, ended after so many `seconds`: exit code 1 where it survives. Returns the process id."""
    pid = os.fork()
    if pid:
        return pid
    code = 2
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        code = 1 if survives(mutant, tests) else 0
    except BaseException:  # noqa: BLE001  # a mutant that cannot even be imported has been noticed
        code = 0
    finally:
        os._exit(code)


def preload() -> None:
    """Import what every mutant's tests need, but nothing of ours: the forks then begin faster."""
    import cryptography.hazmat.decrepit.ciphers.algorithms
    import hypothesis.strategies
    import msgspec
    import pytest
    import twisted.internet.asyncioreactor  # noqa: F401

    del cryptography, hypothesis, msgspec, pytest


def run(modules: Sequence[str], jobs: int, seconds: dict[tuple[str, ...], float]) -> tuple[int, int, list[Mutant]]:
    """How many mutants were tried, how many hung, and which survived. `seconds` is how long the tests may take."""
    waiting = [mutant for module in modules for mutant in mutants(module)]
    count = len(waiting)
    running: dict[int, Mutant] = {}
    survivors = []
    hung = 0
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.pop()
            tests = TARGETS[mutant.module]
            running[start(mutant, tests, seconds[tests])] = mutant
        pid, status = os.wait()
        mutant = running.pop(pid)
        hung += os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) == 1:
            survivors.append(mutant)
    return count, hung, sorted(survivors, key=lambda mutant: (mutant.module, mutant.line))


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description="Mutation testing of the filter.")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", choices=sorted(TARGETS), action="append")
    arguments = parser.parse_args()
    os.chdir(HOUSE)
    preload()
    began = time.perf_counter()
    modules = arguments.only or list(TARGETS)
    seconds: dict[tuple[str, ...], float] = {}
    for tests in {TARGETS[module] for module in modules}:
        first = time.perf_counter()
        _, status = os.waitpid(start(None, tests), 0)
        if os.waitstatus_to_exitcode(status) != 1:
            print(f"the tests fail without any change: {', '.join(tests)}")
            return 2
        seconds[tests] = 2 + PATIENCE * (time.perf_counter() - first)
    count, hung, survivors = run(modules, arguments.jobs, seconds)
    for mutant in survivors:
        print(f"survived: {mutant}")
    print(
        f"{count} mutants, {hung} made the tests hang, {len(survivors)} survived, {time.perf_counter() - began:.0f} s"
    )
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
