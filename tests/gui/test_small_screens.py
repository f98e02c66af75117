"""Every window and dialog on screens as small as there are: see tests/support/fitting.py for what must hold."""

import asyncio
import importlib
import os
import pkgutil
import sys
import time
from pathlib import Path

import pytest

import common.ui
import helper_agent.ui
import user_agent.ui
from common.ui.fitted import Fitted
from common.ui.language import Speech
from common.ui.theme import Theme
from tests.support.fitting import kinds
from tests.support.looks import load
from tests.support.offscreen import environment

HOUSE = Path(__file__).parents[2]
SCREENS = (  # pixels across and down, per cent, and the scheme of usual letters: large ones have the other
    (1024, 600, 100, "light"),
    (1366, 768, 100, "dark"),
    (1366, 768, 125, "light"),
    (1366, 768, 150, "both"),  # with the least room
    (1920, 1080, 200, "dark"),
)
WAYS = {"light": 4, "dark": 4, "both": 8}  # two languages, usual and large letters, one scheme or both
ELSEWHERE = ("locked_page", "hotkey")  # what needs QtWebEngine, or another system; there is no window in them


@pytest.mark.parametrize(("width", "height", "percent", "scheme"), SCREENS, ids=str)
async def test_everything_is_in_sight(width: int, height: int, percent: int, scheme: str, tmp_path: Path) -> None:
    """Inside the screen, its buttons seen, nothing cut, each list that drops down whole; in both languages, light and dark, with large letters too."""
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.look_at_all",
        "--fit",
        scheme,
        cwd=HOUSE,
        env={**os.environ, **environment(tmp_path, percent, (width, height))},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    *found, count = out.decode().splitlines()
    print(f"{count} looks at {width}×{height}, {percent} %, in {time.monotonic() - began:.0f} s")
    assert not found, "\n".join(["", *found])
    assert int(count) == len(load()) * WAYS[scheme]


async def test_the_bar_never_lies_over_what_is_asked(tmp_path: Path) -> None:
    """It goes elsewhere, or is a tab where there is no room; in both languages, with usual and large letters, for long names too."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.bar_and_question",
        cwd=HOUSE,
        env={**os.environ, **environment(tmp_path, 100, (1024, 600))},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    *found, count = out.decode().splitlines()
    assert not found, "\n".join(["", *found])
    assert int(count) == 2 * 2 * 2 * 3 * 3


ROOMS = (common.ui, user_agent.ui, helper_agent.ui)
PACKAGES = tuple(f"{room.__name__}." for room in ROOMS)  # not the windows that tests make


def test_every_window_has_a_scene(speech: Speech, theme: Theme) -> None:
    """A new window or dialog is looked at like the others, or this fails."""
    for package in ROOMS:
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not any(name in module.name for name in ELSEWHERE):
                importlib.import_module(module.name)
    seen: set[type] = set()
    for scene in load():
        window = scene.build()
        seen |= kinds(window)
        window.deleteLater()
    ours = {
        kind for kind in _derived(Fitted) if kind.__module__.startswith(PACKAGES) and not kind.__name__.startswith("_")
    }
    assert {kind.__name__ for kind in ours if not any(issubclass(one, kind) for one in seen)} == set()


def _derived(kind: type) -> set[type]:
    direct: list[type] = kind.__subclasses__()
    return {*direct, *(one for below in direct for one in _derived(below))}
