"""Whether QtWebEngine starts, tried for real: where it does, where it ends its process, and where it never answers."""

import asyncio
import os
import sys

import pytest

from common.agent.keeper.process_table import descendants
from helper_agent.ui import engine_trial
from helper_agent.ui.engine_trial import passed, starts

pytestmark = pytest.mark.skipif(not engine_trial.installed(), reason="the extra `webengine` is not installed")


async def nothing_left() -> None:
    """Of what was started here: the keeper has ended it, and is gone."""
    async with asyncio.timeout(10):
        while descendants(os.getpid()):  # noqa: ASYNC110 -- processes of others
            await asyncio.sleep(0.02)


async def test_it_starts_here() -> None:
    """As conftest.py lets it; another system than Linux is tried."""
    assert await passed()
    assert await starts(os.environ, "win32")
    await nothing_left()


@pytest.mark.parametrize(
    "broken",
    [
        {"QTWEBENGINEPROCESS_PATH": "/nowhere/QtWebEngineProcess"},
        {"QT_QPA_PLATFORM": "nowhere"},
        {"QTWEBENGINE_DISABLE_SANDBOX": ""},
    ],
    ids=["incomplete", "no screen", "root in a sandbox"],
)
async def test_it_ends_its_process(monkeypatch: pytest.MonkeyPatch, broken: dict[str, str]) -> None:
    """And not the agent's."""
    if "QTWEBENGINE_DISABLE_SANDBOX" in broken and os.geteuid() != 0:
        pytest.skip("only root is refused")
    for name, value in broken.items():
        monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name)
    assert not await starts(os.environ, "win32")
    await nothing_left()


async def test_it_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is ended after its time, with what it has started."""
    child = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"
    monkeypatch.setattr(engine_trial, "command", lambda: [sys.executable, "-c", child])
    assert not await passed(patience=0.5)
    await nothing_left()
