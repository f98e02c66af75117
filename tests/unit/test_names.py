"""A class's name means one thing in the whole tree."""

import ast
from collections import defaultdict
from pathlib import Path

HOUSE = Path(__file__).parents[2]
ROOMS = ("common", "relay", "user_agent", "helper_agent", "deploy")
MOST = 15

# Names that stand for two classes, and why they may.
TWICE = {
    "_Commands": "the keeper's orders to the system, a module each for POSIX and Windows; one of them is imported",
}


def defined(rooms: tuple[str, ...] = ROOMS, house: Path = HOUSE) -> dict[str, list[str]]:
    """Every class's name, with the modules in which it is defined, nested ones too."""
    found: dict[str, list[str]] = defaultdict(list)
    for room in rooms:
        for path in sorted((house / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef):
                    found[node.name].append(path.relative_to(house).as_posix())
    return found


def test_no_class_name_means_two_things() -> None:
    """Whoever reads a name need not ask which: rename the newer one to what it is of."""
    twice = {name: modules for name, modules in defined().items() if len(modules) > 1 and name not in TWICE}
    assert twice == {}


def test_what_is_allowed_is_still_needed() -> None:
    """A reason for each, few of them, and none for a name that has come to mean one thing."""
    names = defined()
    assert [name for name in TWICE if len(names[name]) < 2] == []
    assert all(TWICE.values())
    assert len(TWICE) <= MOST


def test_nested_classes_are_seen(tmp_path: Path) -> None:
    """A class in a function or in another class has a name too."""
    (tmp_path / "room").mkdir()
    (tmp_path / "room" / "one.py").write_text("class A:\n    class B: ...\n", encoding="utf-8")
    (tmp_path / "room" / "two.py").write_text("def f():\n    class B: ...\n", encoding="utf-8")
    assert defined(("room",), tmp_path) == {"A": ["room/one.py"], "B": ["room/one.py", "room/two.py"]}


def test_each_step_of_the_tables_has_a_number_of_its_own() -> None:
    """One behind the other: of two steps with one number a database would have taken one, and called itself up to date."""
    names = sorted(path.name for path in (HOUSE / "relay/store/migrations/versions").glob("m*.py"))
    assert [int(name[1:5]) for name in names] == list(range(1, len(names) + 1))
    for number, name in enumerate(names, start=1):
        text = (HOUSE / "relay/store/migrations/versions" / name).read_text(encoding="utf-8")
        before = f'"{number - 1:04}"' if number > 1 else "None"
        assert f'\nrevision = "{number:04}"\ndown_revision = {before}\n' in text
