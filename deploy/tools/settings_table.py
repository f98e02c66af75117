"""Write the table of the relay's settings into docs/operating.md: a row for every key, with its default and its bounds."""

import ast
import inspect
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from relay import settings as module

PAGE = Path(__file__).resolve().parents[2] / "docs" / "operating.md"
BEGIN, END = "<!-- settings: make catalogue writes this -->", "<!-- end of settings -->"


def main() -> int:
    """Put the table between its marks."""
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


def with_table(text: str) -> str:
    """The page's text with the table as it is now."""
    before, _, rest = text.partition(BEGIN)
    head = "| key | default | bounds | |\n|---|---|---|---|\n"
    return before + BEGIN + "\n\n" + head + "\n".join(rows()) + "\n\n" + END + rest.partition(END)[2]


def rows() -> Iterator[str]:
    """Section headings and rows, in the order of the source."""
    texts = docstrings()
    for section in msgspec.structs.fields(module.RelaySettings):
        if isinstance(section.type, type) and issubclass(section.type, msgspec.Struct):
            yield f"| **`[{section.encode_name}]`** | | | {texts[section.type.__name__, '']} |"
            for field in msgspec.structs.fields(section.type):
                text = texts.get((section.type.__name__, field.name), "")
                yield f"| `{field.encode_name}` | {default_of(field)} | {bounds_of(field.type)} | {text} |"


def docstrings() -> dict[tuple[str, str], str]:
    """(class, field) to the string under the field; (class, "") to the class's own, which may be empty."""
    found: dict[tuple[str, str], str] = {}
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.ClassDef):
            found[node.name, ""] = " ".join((ast.get_docstring(node) or "").split())
            for field, text in itertools.pairwise(node.body):
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                    said = (
                        text.value.value if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) else ""
                    )
                    found[node.name, field.target.id] = " ".join(str(said).split())
    return found


def default_of(field: msgspec.structs.FieldInfo) -> str:
    """The default as TOML has it, numbers with commas between thousands."""
    value = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | list):
        return f"`{value}`".replace("'", '"')
    return f"{value:,g}" if isinstance(value, float) else f"{value:,}"


def bounds_of(kind: object) -> str:
    """`least–most`, where there are any."""
    what = msgspec.inspect.type_info(kind)
    if isinstance(what, msgspec.inspect.IntType | msgspec.inspect.FloatType):
        least = what.ge if what.ge is not None else f"over {what.gt:,g}" if what.gt is not None else ""
        most = what.le if what.le is not None else f"under {what.lt:g}" if what.lt is not None else ""
        return f"{shown(least)}–{shown(most)}"
    return ""


def shown(bound: float | str) -> str:
    """A bound as it is read."""
    return bound if isinstance(bound, str) else f"{bound:,.15g}"


if __name__ == "__main__":
    sys.exit(main())
