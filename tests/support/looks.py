"""Scenes: every window and dialog in every state worth seeing, built from values, for tests that hold for all and for pictures.

A module of tests/gui/scenes adds its own:

    @scene("user main window, a helper chosen", values="Hanako Sato")
    def chosen() -> QWidget: ...

What it gives back is not shown yet; language and scheme hold already when it is built.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import QWidget

FOLDER = Path(__file__).parents[1] / "gui" / "scenes"


@dataclass(frozen=True)
class Scene:
    """One window in one state. `build` gives a top-level widget that nobody else holds.

    `values`: the Latin words in it that are people's own (names, topics, addresses), and so stay in Japanese.
    """

    name: str
    build: Callable[[], QWidget]
    values: str = ""


SCENES: list[Scene] = []


def scene(name: str, *, values: str = "") -> Callable[[Callable[[], QWidget]], Callable[[], QWidget]]:
    """Add what is decorated to SCENES. Raises ValueError where the name is taken."""

    def add(build: Callable[[], QWidget]) -> Callable[[], QWidget]:
        if any(one.name == name for one in SCENES):
            raise ValueError(f"there is a scene {name!r} already")
        SCENES.append(Scene(name, build, values))
        return build

    return add


def load() -> list[Scene]:
    """All scenes, in the order of their modules."""
    for path in sorted(FOLDER.glob("*.py")):
        importlib.import_module(f"tests.gui.scenes.{path.stem}")
    return SCENES
