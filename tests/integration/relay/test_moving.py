"""The relay moves to another name, and nobody needs a new enrolment line. With a hundred agents: `make soak ARGS="--move 100"`."""

import json
from pathlib import Path

from deploy.demo.organisation import organisation
from deploy.demo.programs import Run, until
from tests.support.moving import NEW, hosts, move


async def test_a_relay_moves(tmp_path: Path) -> None:
    """Agents learn the new name, come back under it, and dial the old one no more, also after a start."""
    async with organisation(Run.new(tmp_path)) as office:
        await move(office, 3)
        log = office.relay.log.read_text(
            encoding="utf-8"
        )  # the last one's, with the old name still on the list at first
        assert "listed_names_not_ours" in log
        assert "relay_name_not_listed" not in log
        await hosts(office, "set", "nowhere.example")
        assert await until(lambda: "relay_name_not_listed" in office.relay.log.read_text(encoding="utf-8"), within=30)
        await hosts(office, "set", f"{NEW}:{office.ports[0]}")
        listed = json.loads(await hosts(office, "list", "--json"))
        assert listed["hosts"] == [f"{NEW}:{office.ports[0]}"]
        line = await office.account("user", "Berta")
        assert line.endswith(f":{NEW}:{office.ports[0]}")
