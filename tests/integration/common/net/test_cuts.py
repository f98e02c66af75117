"""A relay, or a proxy before it, that cuts anywhere on the way: every dial ends in a result or in a sentence."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.ca import Organisation
from tests.support.enrolment import Computer
from tests.support.pki import Root

HOUSE = Path(__file__).parents[4]
KINDS = {"matching", "leg", "organisation", "enrol", "renew", "diagnosis"}
STRICT = ("-X", "dev", "-W", "error")


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("way", "loop", "times"),
    [
        ("direct", "uvloop", 2),
        ("direct", "selector", 1),
        ("http", "uvloop", 1),
        ("socks5", "uvloop", 1),
        ("https", "uvloop", 1),
        ("https", "selector", 1),
    ],
)
async def test_every_dial_ends_in_a_result_or_a_sentence(way: str, loop: str, times: int, tmp_path: Path) -> None:
    """Cut at each write, with FIN and RST: nothing else escapes, is logged, or stays open."""
    root = Root(tmp_path)
    files = root.server("localhost")
    sha256 = tmp_path / "root.sha256"
    sha256.write_bytes(root.sha256)
    computer = Computer(tmp_path / "agent", Organisation(tmp_path / "organisation"))
    await computer.enrol()
    process = subprocess.run(  # noqa: ASYNC221  # nothing else runs here
        [
            *(sys.executable, *(STRICT if way != "https" else ())),  # uvloop's TLS leaves sockets to the collector
            *("-m", "tests.support.cut_dials_process", loop, way),
            *(computer.folder, files.certificate, files.key, sha256, str(times)),
        ],
        cwd=HOUSE,
        env=os.environ | {"SSL_CERT_FILE": str(root.pem)},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    for words in ("Traceback", "Unhandled", "never retrieved", "ResourceWarning", "Fatal error"):
        assert words not in process.stdout + process.stderr, (process.stdout + process.stderr)[-3000:]
    assert process.returncode == 0, process.stderr[-3000:]
    told = json.loads(process.stdout.splitlines()[-1])
    assert told["escaped"] == []
    assert told["outcomes"].keys() == KINDS | {"whole"}
    assert sum(sum(counts.values()) for name, counts in told["outcomes"].items() if name != "whole") == told["cuts"]
    assert told["cuts"] >= times * len(KINDS) * 40
    assert told["outcomes"]["leg"]["result"] > 0
    assert told["left_open"] == 0
    assert told["descriptors"][0] == told["descriptors"][1]
    assert told["gone_at_once"] >= times * 2, "the race was not met"
