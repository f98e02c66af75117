"""Parts of a window by their object name, for tests that work with it as a person does."""

from typing import TypeVar

from PySide6.QtWidgets import QWidget

W = TypeVar("W", bound=QWidget)


def find(window: QWidget, kind: type[W], name: str) -> W:
    """The one part of this kind and object name. Fails where there is none, or more than one."""
    found = window.findChildren(kind, name)
    assert len(found) == 1, f"{len(found)} parts named {name}"
    return found[0]
