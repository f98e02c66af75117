"""A window's parts, found as tests do: by their object names."""

from typing import TypeVar

from PySide6.QtCore import QObject

Kind = TypeVar("Kind", bound=QObject)


def part(window: QObject, kind: type[Kind], name: str = "") -> Kind:
    """The one of this name; of any, where none is given. Fails where there is none."""
    found = window.findChild(kind, name)
    assert found is not None, f"no {kind.__name__} is named {name}"
    return found
