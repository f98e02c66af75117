"""A stolen laptop, by one command, while the CA does not run: its session is over, and it never comes in again."""

import json
import platform
import time
from typing import Any

from common.host.version import VERSION
from tests.support.organisation import Stage, connected

PROMISED = 2.0  # seconds


async def computers(stage: Stage, *words: str) -> list[dict[str, Any]]:
    """As `computer list` has them."""
    told = await stage.office.command("computer", "list", "--json", *words)
    return [json.loads(line) for line in told.splitlines()]


async def test_out_within_two_seconds(stage: Stage) -> None:
    """Named by the computer's name; its person is still here, on another computer, and the CA is owed until it is back."""
    desk = await stage.office.enrol("helper", "Jiro Ito")
    async with stage.helping("--viewer", "none") as helper, stage.asking() as user:
        await connected(user, helper)
        [laptop] = await computers(stage, "--person", stage.user.name)
        assert (laptop["name"], laptop["version"], laptop["connected"]) == (platform.node(), VERSION, True)
        assert laptop["system"].endswith(f"({platform.release()})")
        assert await computers(stage, "--old-version") == []
        await stage.office.ca.end()
        began = time.monotonic()
        told = await stage.office.command("computer", "revoke", f"#{laptop['number']}")
        assert laptop["name"] in told
        ended = await helper.event("ended", within=5 * PROMISED)
        took = time.monotonic() - began
        print(f"revoked, and the session over, after {took:.2f} s")
        assert took < 5 * PROMISED
        assert ended["why"] == "revoked"
        assert await user.ended() != 0
    again = await stage.user.start("helpers", program="stolen")
    assert await again.ended() == 1
    assert "revoked" in again.log.read_text(encoding="utf-8")
    assert [one["person_name"] for one in await computers(stage)] == [stage.helper.name, desk.name]
    [gone] = await computers(stage, "--all", "--person", stage.user.name)
    assert gone["state"] == "revocation owed"
    await stage.office.start_ca()

    async def revoked() -> bool:
        [one] = await computers(stage, "--all", "--person", stage.user.name)
        return bool(one["state"] == "revoked")

    deadline = time.monotonic() + 30
    while not await revoked():
        assert time.monotonic() < deadline
    assert list((stage.office.folder / "ca" / "revoked").iterdir())
