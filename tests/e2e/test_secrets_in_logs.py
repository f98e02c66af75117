"""The search for secrets in the logs of real processes, which every module of these tests ends with: it can fail.

A session that uses every kind of secret leaves none in any log; the same logs with one of them planted are found out.
"""

import base64
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.protocol.tickets import new_ticket
from deploy.demo.programs import Run
from tests.support.organisation import Stage, connected
from tests.support.rfb_viewer import TestViewer
from tests.support.secrets_in_logs import leaks, leaks_of, private_keys

PROXY_PASSWORD = "p@ss/word:9"


def planted(stage: Stage, folder: Path, line: str) -> list[str]:
    """What is found in a copy of the logs with this line in the relay's."""
    run = Run.new(folder)
    shutil.copytree(stage.run.folder / "logs", run.folder / "logs", dirs_exist_ok=True)
    with (run.folder / "logs" / "relay.log").open("a", encoding="utf-8") as log:
        log.write(f"2026-01-01T00:00:00Z [info] something_happened what={line} number=1\n")
    return leaks_of(run, stage.known())


@pytest.fixture
def folders(tmp_path: Path) -> Iterator[Path]:
    """New folders, as many as are wanted."""

    def made() -> Iterator[Path]:
        for number in range(1000):
            folder = tmp_path / str(number)
            folder.mkdir()
            yield folder

    return made()


async def test_every_kind_of_secret(stage: Stage, folders: Iterator[Path]) -> None:
    """Codes, tickets, both VNC passwords, a page's token, private keys, a proxy's password: none is there, each would be found."""
    stage.secrets.append(PROXY_PASSWORD)
    async with stage.helping("--no-open") as helper, stage.asking() as user:
        await connected(user, helper)
        token = (await helper.event("viewer"))["address"].partition("#")[2]
        await user.tell("stop")
        await helper.event("ended")
    async with stage.helping("--viewer", "none") as helper, stage.asking() as user:
        await connected(user, helper)
        opened = await helper.event("viewer")
        password = Path(opened["password_file"]).read_text(encoding="ascii").strip()
        viewer = await TestViewer.login(opened["port"], password)
        await helper.event("viewer_shows", on=True)
        await viewer.close()
        await user.tell("stop")
        await helper.event("ended")
    known = stage.known()
    assert {token, password, PROXY_PASSWORD, stage.user.line.split(":")[2], stage.helper.line.split(":")[2]} <= {*known}
    passwords = stage.servers_passwords()
    assert passwords
    keys = {path.name for path in stage.run.folder.rglob("*.pem") if "PRIVATE KEY" in path.read_text(encoding="utf-8")}
    assert {"root-key.pem", "relay-key.pem"} <= keys
    assert len(keys) >= 4  # the CA's, the relay's, and each agent's
    logs = {path.name.partition(".")[0].partition("-")[0] for path in (stage.run.folder / "logs").glob("*.log")}
    assert {"ca", "relay", "user", "helper", "commands", "desktop"} <= logs
    assert leaks_of(stage.run, known) == []
    assert planted(stage, next(folders), "nothing") == []
    url = "http://anna:p%40ss%2Fword%3A9@proxy:3128"
    basic = base64.b64encode(f"anna:{PROXY_PASSWORD}".encode()).decode()
    for secret in (
        *(token, password, passwords[0], PROXY_PASSWORD, url, f"Basic {basic}", password.encode().hex()),
        *(stage.user.line, stage.helper.line.split(":")[2], *list(private_keys(stage.run.folder))[:3]),
    ):
        found = planted(stage, next(folders), secret)
        assert any(one.startswith("relay.log, line ") and one.endswith("a known secret") for one in found), (
            secret,
            found,
        )
        assert not any(secret in one for one in found)


def test_what_nobody_knew_is_found_by_its_shape() -> None:
    """Tickets, codes and keys that no test ever saw; ordinary words, ids and hashes are none."""
    tickets = [new_ticket(random.Random(number).randbytes) for number in range(200)]
    for line in ("leg_taken ticket={}", '{{"ticket": "{}"}}', "Authorization: Bearer {}", "{} was shown"):
        assert sum(bool(list(leaks(line.format(ticket)))) for ticket in tickets) >= 199, line
    assert list(leaks("line=tasuki-enrol:1:Q4GO7DBYM4UIGLHIQWUHV3PFKE:root:host"))
    assert list(leaks("-----BEGIN PRIVATE KEY-----"))
    for ordinary in (
        "2026-01-01T10:00:00.000000Z [info     ] session_over  session=03ee65e2d97a1b1f8ccfca4b9895bfca why=user_ended",
        "tasuki://example/user/00000000-0000-4000-8000-000000000001 Hanako Suzuki",
        "GET /api/v1/root 200 internationalisation_x",
        "sha256=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ):
        assert list(leaks(ordinary)) == []
