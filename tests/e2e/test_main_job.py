"""The main job through real processes: a user asks, a helper accepts and sees the user's screen through the relay."""

import time

from deploy.demo.check import TERMINAL, viewer_page
from deploy.demo.desktop import difference
from tests.support.organisation import Stage, connected


async def test_a_user_is_helped(stage: Stage) -> None:
    """The picture arrives; keys arrive in control mode and none in view mode; stop ends both sides; all is on record."""
    async with stage.helping("--no-open") as helper, stage.asking() as user:
        told = await connected(user, helper)
        assert (told["mode"], told["peer"]["name"]) == ("view", stage.helper.name)
        address = (await helper.event("viewer"))["address"]
        stage.secrets.append(address.partition("#")[2])
        async with viewer_page(stage.run, address) as page:
            await page.shows(stage.desktop)
            await page.click(*TERMINAL)
            await page.type("while looking")
            await user.tell("control")
            await user.tell("yes")
            await helper.event("mode", mode="control")
            await page.click(*TERMINAL)
            await page.type("in control")
            assert await stage.desktop.has_typed("in control\n") == "in control\n"
            assert difference(await page.picture(), stage.desktop.picture()) <= 20
            began = time.monotonic()
            await user.tell("stop")
            assert (await user.event("ended"))["why"] == "user_ended"
            assert (await helper.event("ended"))["why"] == "user_ended"
            took = time.monotonic() - began
        print(f"stop took {took:.2f} s")
        assert took < 10
        assert await user.ended() == 0
    assert "user_ended" in await stage.office.command("sessions", "list", "--all", "--json")
    await stage.office.command("audit", "verify")
