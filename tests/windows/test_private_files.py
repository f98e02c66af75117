"""Who may read what Tasuki writes on Windows, asked of Windows."""

import json

import pytest

from tests.support.private_files import EVERYBODY
from tests.support.wine import WESTERN, Windows, on_windows

ASKS = r"""
import json, sys
from pathlib import Path
from common.host.files import private_folder, write_atomic, write_private
from tests.support.private_files import rule

base = Path(sys.argv[1])
folder = private_folder(base / "deep" / "ours")
write_atomic(folder / "inherits", b"x")
write_private(base / "secret", b"x")
write_atomic(base / "public", b"x")
private_folder(folder)
(base / "secret").read_bytes(), (folder / "inherits").read_bytes()
print(json.dumps({"folder": rule(folder), "inherits": rule(folder / "inherits"), "secret": rule(base / "secret"), "public": rule(base / "public")}))
"""


@pytest.mark.parametrize("windows", [WESTERN], indirect=True)
def test_only_the_person_and_the_system(windows: Windows) -> None:
    """Folders, what lies in them, and secrets anywhere. (Wine keeps no more of a list than Linux' rights can say.)"""
    base = windows.prefix / "drive_c" / "tasuki"
    base.mkdir()
    told = json.loads(windows.printed("-c", ASKS, on_windows(base)))
    for name in ("folder", "secret"):
        assert EVERYBODY not in told[name]
        assert ";FA;;;S-1-5-21-" in told[name]
    assert EVERYBODY in told["public"]
    for name in ("deep/ours", "secret"):
        assert (base / name).stat().st_mode & 0o007 == 0
