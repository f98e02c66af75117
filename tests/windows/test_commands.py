"""The user's commands on Windows, under two code pages, with names that these lack; the relay and the helper are Linux'."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.demo.organisation import Organisation
from tests.support.names import NAMES
from tests.support.organisation import office_fixture
from tests.support.wine import WESTERN, Windows, on_windows


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Organisation]:
    """CA and relay."""
    yield from office_fixture(tmp_path_factory.mktemp("run"))


def tasuki(windows: Windows, *argv: str | Path, stdin: str = "") -> tuple[int, str, str]:
    """`tasuki-user ARGV…` there: its exit code, and what it printed."""
    done = windows.run("-c", "from user_agent.cli import main; main()", *argv, stdin=stdin.encode(), within=120)
    out, told = (text.decode().replace("\r\n", "\n") for text in (done.stdout, done.stderr))
    return done.returncode, out, told


@pytest.mark.timeout(400)  # a start takes some seconds on Wine
async def test_enrolled_with_every_name(windows: Windows, place: Organisation, tmp_path: Path) -> None:
    """By a line on stdin, into a folder of the same name; and what it is enrolled as is told as it is."""
    for number, name in enumerate(NAMES[:3] if windows.locale == WESTERN else NAMES[3:]):
        folder = tmp_path / name
        line = await place.account("user", name)
        code, _, told = await asyncio.to_thread(tasuki, windows, "enrol", "-", "--folder", folder, stdin=f"{line}\n")
        assert (code, "Traceback" in told) == (0, False), told
        scripts = ["--json"] if number else []
        code, out, told = await asyncio.to_thread(tasuki, windows, "status", "--folder", folder, *scripts)
        assert code == 0, told
        assert name in (str(json.loads(out.splitlines()[0])) if scripts else out)


async def test_what_is_wrong_is_said(windows: Windows, tmp_path: Path) -> None:
    """In the system's language, with a path in kanji and a word of the file's in it."""
    folder = tmp_path / "相談"
    folder.mkdir()
    (folder / "agent.toml").write_text("[timing]\nonlien = 3.0\n")
    code, out, told = await asyncio.to_thread(tasuki, windows, "helpers", "--folder", folder)
    assert (code, out) == (1, "")
    assert "Traceback" not in told
    assert on_windows(folder / "agent.toml") in told
    assert "timing.onlien" in told
    assert ("設定" in told) is (windows.locale != WESTERN)
