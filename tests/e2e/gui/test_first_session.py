"""From the operator's line to both summaries: the real programs on two screens, led by mouse and keyboard alone."""

from pathlib import Path

from common.agent.history import History
from common.protocol.messages import Mode
from common.protocol.reasons import Why
from deploy.demo.programs import Program, until
from tests.support.at_screen import Person
from tests.support.two_screens import MAGENTA, TERMINAL, TIGERVNC, TwoScreens, Viewer

USER, HELPER = "Aoi Mori", "Sora Ueda"
IN_VIEW, REFUSED, IN_CONTROL = "while looking", "after a no", "in control"


async def confirms(person: Person, program: Program, place: TwoScreens, name: str) -> None:
    """Whom the line names is shown, and confirmed; then the person is welcome."""
    await person.sees("enrolment_organisation", name="example")
    await person.sees("enrolment_organisation", name="example")
    await person.click("enrolment_confirm")
    await person.sees(name=f"Welcome, {name}")
    await person.sees("enrolment_result", name="example")
    await person.click("enrolment_finish")
    await program.event("online")


async def test_from_the_first_start_to_the_summaries(place: TwoScreens) -> None:
    """Enrol, ask by name, be seen; point, ask for control (no, then yes), type; stopped by the hotkey; both told what was."""
    downloads = Path(place.run.environ["HOME"]) / "Downloads"
    downloads.mkdir()
    (downloads / "tasuki-enrol.txt").write_text(await place.office.account("helper", HELPER) + "\n", encoding="utf-8")
    supporter = place.newcomer("helper", "")
    async with place.opened(supporter, settings=TIGERVNC) as helper:
        await place.taro.sees(name="tasuki-enrol.txt")
        await place.taro.click("enrolment_use_found")
        await confirms(place.taro, helper, place, HELPER)
        (downloads / "tasuki-enrol.txt").unlink()
        asker = place.newcomer("user", await place.office.account("user", USER))
        async with place.opened(asker, settings={"timing": {"want_again": 0.5}}) as user:
            await place.hanako.click("enrolment_line")
            await place.hanako.type(asker.line)
            await place.hanako.click("enrolment_continue")
            await confirms(place.hanako, user, place, USER)
            session = await begins(place, user, helper)
            await helped(place, user, helper)
            await over(place, user, helper)
            for folder, name in ((asker.folder, HELPER), (supporter.folder, USER)):
                (record,) = History(folder).records()
                assert (record.session, record.peer_name, record.organisation) == (session, name, "example")
                assert [mode for _at, mode in record.modes] == [Mode.VIEW, Mode.CONTROL]
                assert (record.why, record.topic) == (Why.USER_ENDED, "Letters")
                assert 0 < record.seconds < 120


async def begins(place: TwoScreens, user: Program, helper: Program) -> str:
    """Asked by name, taken by the keyboard; the session's id."""
    await place.ask(HELPER, topic="Letters")
    await user.event("waiting", position=1)
    await place.hanako.sees("waiting_for", name=HELPER)
    await helper.event("request", topic="Letters", mode="view")
    await place.take()
    connected = await user.event("connected", mode="view")
    assert connected["peer"]["name"] == HELPER
    assert (await helper.event("connected"))["peer"]["name"] == USER
    return str(connected["session"])


async def helped(place: TwoScreens, user: Program, helper: Program) -> None:
    """The picture, the pointer, the wish for control, the keys."""
    hanako, taro = place.hanako, place.taro
    await helper.event("viewer_shows", on=True)
    viewer = await Viewer.of(place, user=USER)
    await viewer.shows()
    await viewer.point(500, 200)
    await user.event("pointer", x=500, y=200)
    assert await until(lambda: place.hanakos.picture().getpixel((504, 212)) == MAGENTA, within=10)
    await viewer.click(*TERMINAL)
    await viewer.type(f"{IN_VIEW}\n")

    await taro.click("control")
    await user.event("question", kind="control")
    await hanako.sees("question_name", name=HELPER)
    await hanako.sees("question_text", name="asks to control")
    await hanako.click("question_no")
    await helper.event("control_refused")
    await viewer.click(*TERMINAL)
    await viewer.type(f"{REFUSED}\n")

    await taro.click("control")
    await user.event("question", kind="control")
    await hanako.click("question_yes")
    await helper.event("mode", mode="control")
    await hanako.sees("bar_mode", name="controls")
    await viewer.click(*TERMINAL)
    await viewer.type(f"{IN_CONTROL}\n")
    assert await place.hanakos.has_typed(f"{IN_CONTROL}\n") == f"{IN_CONTROL}\n"


async def over(place: TwoScreens, user: Program, helper: Program) -> None:
    """The hotkey, and what both people read then."""
    await place.hanako.press("Pause")
    assert (await user.event("ended", within=5))["why"] == "user_ended"
    assert (await helper.event("ended", within=5))["why"] == "user_ended"
    await place.taro.sees("last_text", name=f"The session with {USER} is over.")
    await place.taro.sees_no("session_window")  # there is nothing to close
    await place.taro.click("last_history")
    for person, other in ((place.hanako, HELPER), (place.taro, USER)):
        await person.sees(name=f"With: {other}")
        await person.sees(name="What was the matter: Letters")
        modes = (await person.sees(name="Modes: ")).name
        assert modes.index("Look only") < modes.index("Look and control")
        await person.click("close", so=lambda one: one.is_in("summary") or one.is_in("history"))
    await place.hanako.sees("get_help")
