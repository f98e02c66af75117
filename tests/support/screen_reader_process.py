"""Reads the windows of one session bus as a screen reader does (AT-SPI), for tests: run by the system's Python, which has its bindings.

A line on stdin asks for everything that is shown; a line on stdout answers with JSON: a list of what `describe` gives.
"""

import json
import sys
from typing import Any

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi  # noqa: E402 -- the version must be said before

DEPTH = 40
STATES = ("CHECKED", "ENABLED", "EXPANDED", "FOCUSED", "FOCUSABLE", "SELECTED", "SHOWING", "VISIBLE")


def describe(node: Any, program: str) -> dict[str, Any]:
    """One node: whose, what it is, what it is called, where on the screen, in which states, and its text."""
    states = node.get_state_set()
    component, text = node.get_component_iface(), node.get_text_iface()
    box = component.get_extents(Atspi.CoordType.SCREEN) if component is not None else None
    return {
        "program": program,
        "pid": node.get_process_id(),
        "identifier": node.get_accessible_id() or "",
        "role": node.get_role_name(),
        "name": node.get_name() or "",
        "description": node.get_description() or "",
        "box": [box.x, box.y, box.width, box.height] if box is not None else [0, 0, 0, 0],
        "states": [name.lower() for name in STATES if states.contains(getattr(Atspi.StateType, name))],
        "text": Atspi.Text.get_text(text, 0, -1) if text is not None else "",
    }


def walk(node: Any, program: str, found: list[dict[str, Any]], depth: int) -> None:
    """Everything under `node`. What is gone while we look is left out."""
    if node is None or depth > DEPTH:
        return
    try:
        node.clear_cache()
        found.append(describe(node, program))
        if depth and "showing" not in found[-1]["states"]:
            return  # Qt calls rows of a list shown that is not
        children = [node.get_child_at_index(at) for at in range(min(node.get_child_count(), 500))]
    except gi.repository.GLib.GError:
        return
    for child in children:
        walk(child, program, found, depth + 1)


def main() -> None:
    """Answer until stdin ends."""
    Atspi.init()
    for _ in sys.stdin:
        desktop = Atspi.get_desktop(0)
        desktop.clear_cache()
        found: list[dict[str, Any]] = []
        for at in range(desktop.get_child_count()):
            program = desktop.get_child_at_index(at)
            if program is not None:
                walk(program, program.get_name() or "", found, 0)
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
