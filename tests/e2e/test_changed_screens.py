"""One screen is shown alone, by real programs at a real relay, and it is unplugged: both sides are told, the user chooses, the viewer goes on."""

import asyncio
from pathlib import Path

from tests.support.monitors import BOX, KEY, OFFERED, OTHER, OTHER_KEY, declared
from tests.support.odd_viewer import TRUE_32, Colour, OddViewer
from tests.support.organisation import Stage, connected

WITHIN = 30.0  # seconds for each step, on a busy machine


def offered() -> Colour:
    """What is painted on what may be seen."""
    red, green, blue = bytes.fromhex(OFFERED[1:])
    return red, green, blue


async def test_unplugged_and_chosen_anew(stage: Stage, tmp_path: Path) -> None:
    """Nothing answers the question but the person; the viewer that stayed shows the other screen afterwards."""
    with declared(tmp_path) as rig:
        environ = {"DISPLAY": rig.display}
        async with (
            stage.helping("--viewer", "none") as helper,
            stage.asking("--screen", KEY, environ=environ) as user,
        ):
            await connected(user, helper)
            place = await helper.event("viewer")
            password = Path(place["password_file"]).read_text(encoding="ascii").strip()
            async with asyncio.timeout(4 * WITHIN):
                viewer = await OddViewer.login(place["port"], password, version=b"RFB 003.008\n")
                viewer.show_in(TRUE_32)
                await viewer.look()
                assert viewer.size == (BOX[2], BOX[3])
                assert viewer.colour(BOX[2] - 1, 400) == offered()
                await asyncio.to_thread(rig.change, "unplugged")
                for program in (user, helper):
                    paused = await program.event("paused", on=True, within=WITHIN)
                    assert paused["why"] == "screens"
                question = await user.event("question", kind="screen", within=WITHIN)
                assert question["was"]["key"] == KEY
                await user.tell("screen 9")
                await user.event("not_now", within=WITHIN)
                await asyncio.to_thread(rig.paint, OTHER)
                await user.tell("screen 1")
                for program in (user, helper):
                    await program.event("paused", on=False, within=WITHIN)
                await viewer.sees((OTHER[2], OTHER[3]))
                assert viewer.colour(OTHER[2] - 1, 400) == offered()
                await helper.event("screen", width=OTHER[2], height=OTHER[3], within=WITHIN)
                await viewer.close()
            await user.tell("stop")
            await helper.event("ended", within=WITHIN)


async def test_the_helper_goes_from_one_to_the_other(stage: Stage, tmp_path: Path) -> None:
    """Both were allowed: by the helper's word and by the user's; the viewer that stayed shows the other screen each time, and all at once is not had."""
    with declared(tmp_path) as rig:
        async with (
            stage.helping("--viewer", "none") as helper,
            stage.asking("--screen", KEY, "--screen", OTHER_KEY, environ={"DISPLAY": rig.display}) as user,
        ):
            await connected(user, helper)
            place = await helper.event("viewer")
            password = Path(place["password_file"]).read_text(encoding="ascii").strip()
            async with asyncio.timeout(4 * WITHIN):
                told = await helper.event("screens_seen", seen=KEY, within=WITHIN)
                numbers = {one["key"]: one["number"] for one in told["screens"]}  # this X has its output as a third
                assert list(numbers) == [OTHER_KEY, KEY]
                viewer = await OddViewer.login(place["port"], password, version=b"RFB 003.008\n")
                viewer.show_in(TRUE_32)
                await viewer.look()
                assert viewer.size == (BOX[2], BOX[3])
                await asyncio.to_thread(rig.paint, OTHER, BOX)
                await helper.tell("screen all")
                await helper.event("not_now", within=WITHIN)
                for program, order, box in (
                    (helper, f"screen {numbers[OTHER_KEY]}", OTHER),
                    (user, f"screen {numbers[KEY]}", BOX),
                ):
                    await program.tell(order)
                    for one in (user, helper):
                        await one.event("screens_seen", seen=f"{box[2]}x{box[3]}+{box[0]}+{box[1]}", within=WITHIN)
                    await viewer.sees((box[2], box[3]))
                    assert viewer.colour(box[2] - 1, 400) == offered()
                await viewer.close()
            await user.tell("stop")
            await helper.event("ended", within=WITHIN)


async def test_unplugged_while_the_request_waits(stage: Stage, tmp_path: Path) -> None:
    """What was agreed to is not there when the helper comes: the user is asked before anything is seen."""
    with declared(tmp_path) as rig:
        async with (
            stage.helping("--viewer", "none") as helper,
            stage.asking("--screen", KEY, environ={"DISPLAY": rig.display}) as user,
        ):
            await helper.event("request", within=WITHIN)
            await asyncio.to_thread(rig.change, "unplugged")
            await helper.tell("accept 1")
            question = await user.event("question", kind="screen", within=WITHIN)
            await helper.event("paused", on=True, within=WITHIN)
            assert [one["key"] for one in question["screens"]] == ["640x480+0+0"]
            await user.tell("stop")
            await helper.event("ended", within=WITHIN)
