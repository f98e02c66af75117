"""A program of Windows' without a console, as a shortcut starts it: there is nowhere to say anything."""

import json
from pathlib import Path

import pytest

from tests.support.wine import WESTERN, Windows, on_windows

STARTS = """
import subprocess, sys
from pathlib import Path
pythonw = Path(sys.executable).with_name("pythonw.exe")
print(subprocess.run([pythonw, *sys.argv[1:]], creationflags=subprocess.DETACHED_PROCESS, close_fds=True).returncode)
"""
RUNS = """
import ctypes, json, sys
from pathlib import Path
from types import SimpleNamespace

streams = [stream is None for stream in (sys.stdin, sys.stdout, sys.stderr)]
shown = []
ctypes.windll.user32 = SimpleNamespace(MessageBoxW=lambda _window, text, _title, _kind: shown.append(text))
from user_agent.cli import main
try:
    main()
except SystemExit as ended:
    Path(sys.argv[-1]).write_text(json.dumps({"none": streams, "code": ended.code, "shown": shown}), encoding="utf-8")
"""


@pytest.mark.parametrize("windows", [WESTERN], indirect=True)
@pytest.mark.parametrize(
    ("argv", "code", "says"),
    [
        (["--help"], 0, None),
        (["status", "--json", "--folder", "{folder}"], 1, "enrol"),
        (["helpers", "--wrong", "--folder", "{folder}"], 2, "--wrong"),
    ],
)
def test_what_is_wrong_is_shown(windows: Windows, argv: list[str], code: int, says: str | None, tmp_path: Path) -> None:
    """In a box: an error of ours, and a wrong option. What is only printed goes nowhere, and stops nothing."""
    script, outcome = tmp_path / "runs.py", tmp_path / "outcome.json"
    script.write_text(RUNS.replace("sys.argv[-1]", repr(on_windows(outcome))), encoding="utf-8")
    given = [one.format(folder=on_windows(tmp_path / "agent")) for one in argv]
    assert windows.printed("-c", STARTS, script, *given).strip() == "0"
    told = json.loads(outcome.read_text(encoding="utf-8"))
    assert told["none"] == [True, True, True]
    assert told["code"] == code
    assert len(told["shown"]) == (says is not None)
    assert says is None or says in told["shown"][0]
