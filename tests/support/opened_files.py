"""What a program opens and lists below a folder, counted by Python's own audit events."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_watched: list[tuple[str, list[str]]] = []
_hooked = False


@contextmanager
def opening(folder: Path) -> Iterator[list[str]]:
    """Paths that are opened while this lasts, and "list PATH" for folders whose entries are read."""
    _hook_once()
    found: list[str] = []
    _watched.append((f"{folder}{os.sep}", found))
    try:
        yield found
    finally:
        _watched.pop()


def _hook_once() -> None:
    """An audit hook stays for ever, so there is one for all."""
    global _hooked  # noqa: PLW0603 -- as the hook itself belongs to the process
    if not _hooked:
        sys.addaudithook(_note)
        _hooked = True


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if event in {"open", "os.listdir", "os.scandir"}:
        path = arguments[0]
        for below, found in _watched:
            if isinstance(path, str | os.PathLike) and os.fspath(path).startswith(below):
                found.append(f"{'' if event == 'open' else 'list '}{path}")
