"""People who are renamed, from the command line, while their real agents run: in the middle of a session, and beside none."""

import json
from typing import Any

from deploy.demo.programs import until
from tests.support.organisation import Stage, connected


async def certificates(stage: Stage) -> list[dict[str, Any]]:
    """All that the CA has ever issued to people."""
    told = await stage.run.command("tasuki-ca", "list", "--all", "--json", "--folder", stage.office.folder / "ca")
    rows: list[dict[str, Any]] = [json.loads(row) for row in told.splitlines()]
    return [row for row in rows if row["kind"] == "certificate" and row["role"] != "relay"]


async def states(stage: Stage) -> dict[str, list[str]]:
    """By name: the states of the certificates that carry it."""
    found: dict[str, list[str]] = {}
    for row in await certificates(stage):
        found.setdefault(row["name"], []).append(row["state"])
    return found


async def test_a_rename_in_mid_session(stage: Stage) -> None:
    """The session goes on by the old certificates; after it the helper's agent has the new name by itself, and the old one is revoked."""
    accounts = {row["account"] for row in await certificates(stage)}
    async with stage.helping("--viewer", "none") as helper:
        async with stage.asking() as user:
            await connected(user, helper)
            for old, new in (("Taro Yamada", "山田 太郎"), ("Hanako Suzuki", "Hanako Berg")):
                told = await stage.office.command("person", "rename", old, new)
                assert f"{old} is called {new} from now on." in told
            await user.tell("chat still here")
            assert (await helper.event("chat"))["text"] == "still here"
            assert not await until(lambda: any(one["event"] in {"over", "ended"} for one in user.events), within=4)
            assert await states(stage) == {"Taro Yamada": ["valid"], "Hanako Suzuki": ["valid"]}
            await helper.tell("chat and so am I")
            assert (await user.event("chat"))["text"] == "and so am I"
            await user.tell("end")
            await user.event("over")
        renewed = False
        for _ in range(100):
            now = await states(stage)
            renewed = now.get("山田 太郎") == ["valid"] and now.get("Taro Yamada") == ["revoked"]
            if renewed:
                break
        assert renewed, now
        assert not [one for one in helper.events if one["event"] == "problem"]
        # The user's next request is made with the old name; the certificate follows when that is over.
        async with stage.asking(to=("--to", "山田 太郎")) as user:
            event = await connected(user, helper)
            assert event["peer"]["name"] == "山田 太郎", event
            await user.tell("end")
            await user.event("over")
    assert {row["account"] for row in await certificates(stage)} == accounts
