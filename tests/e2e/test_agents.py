"""Both agents as real processes at a real relay: every order, every question, and what happens when something is lost."""

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from common.agent.keeper.process_table import descendants
from deploy.demo.check import TERMINAL
from deploy.demo.organisation import EnrolledPerson
from deploy.demo.programs import Program, ProgramError, until
from tests.support.organisation import BACK, Stage, connected


async def failed(stage: Stage, *arguments: str, screen: bool = True) -> tuple[int, str]:
    """Run `tasuki-user` with these arguments to its end: its exit code and what it said on stderr."""
    environ = stage.desktop.environ if screen else {}
    program = await stage.run.start("failed", "tasuki-user", *arguments, environ=environ)
    before = program.log.read_text(encoding="utf-8")
    code = await program.ended(within=60)
    return code, program.log.read_text(encoding="utf-8")[len(before) :].strip()


@asynccontextmanager
async def session(stage: Stage, *, mode: str = "view", viewer: str = "none") -> AsyncIterator[tuple[Program, Program]]:
    """A user and a helper, connected."""
    async with stage.helping("--viewer", viewer) as helper, stage.asking(mode=mode) as user:
        await connected(user, helper)
        yield user, helper


async def over(user: Program, code: int = 0) -> dict[str, Any]:
    """The request's end, and the program's with this exit code."""
    event = await user.event("over")
    assert await user.ended() == code
    return event


async def gone(pids: set[int]) -> bool:
    """Whether all these processes have ended within 10 s (promised: 2)."""
    return await until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), within=10)


def folder(person: EnrolledPerson) -> tuple[str, str]:
    """The option for this person's agent."""
    return "--folder", str(person.folder)


async def test_calling_it_wrongly_is_2(stage: Stage) -> None:
    """Whom, mode, addresses: exit code 2 and a sentence."""
    ask = ("ask", *folder(stage.user))
    for arguments in (
        (*ask, "--mode", "view"),
        (*ask, "--mode", "view", "--anyone", "--group", "x"),
        (*ask, "--anyone"),
        (*ask, "--anyone", "--mode", "all"),
        (*ask, "--anyone", "--mode", "view", "--server", "nowhere"),
        (*ask, "--anyone", "--mode", "view", "--password-file", "x"),
        ("enrol", "no-line", *folder(stage.user)),
    ):
        code, said = await failed(stage, *arguments)
        assert code == 2, (arguments, said)
        assert said
    assert (await failed(stage, "ask", "--mode", "view", "--anyone", "--proxy", "ftp://x", *folder(stage.user)))[0] == 1


async def test_failing_is_1_with_one_sentence(stage: Stage) -> None:
    """Not enrolled, no screen, nobody of that name, no such server, no such settings key: before or instead of asking."""
    ask = ("ask", "--mode", "view", *folder(stage.user))
    nobody = stage.run.folder / "nobody"
    for arguments, screen, words in (
        (("ask", "--mode", "view", "--anyone", "--folder", str(nobody)), True, "not enrolled"),
        ((*ask, "--anyone"), False, "no screen"),
        ((*ask, "--to", "Nobody"), True, "no helper named Nobody"),
        ((*ask, "--group", "Nobody"), True, "no group named Nobody"),
        ((*ask, "--anyone", "--server", "127.0.0.1:1", "--password-file", "/absent"), True, "/absent"),
    ):
        code, said = await failed(stage, *arguments, screen=screen)
        assert (code, words in said) == (1, True), (code, said)
        assert len(said.splitlines()) == 1
    settings = stage.user.folder / "agent.toml"
    settings.write_text('[programs]\nservr = "x11vnc"\n')
    try:
        code, said = await failed(stage, *ask, "--anyone")
        assert (code, "programs.server" in said) == (1, True), said
    finally:
        settings.unlink()


async def test_status_and_helpers(stage: Stage) -> None:
    """Who we are, that the relay answers, and who can be asked; a helper that serves is not disturbed by status."""
    async with stage.helping("--viewer", "none") as helper:
        status = await stage.helper.start("status", program="status")
        event = await status.event("status")
        assert (event["name"], event["reachable"], await status.ended()) == ("Taro Yamada", True, 0)
        listing = await stage.user.start("helpers", program="helpers")
        (entry,) = (await listing.event("helpers"))["helpers"]
        assert (entry["name"], entry["status"]) == ("Taro Yamada", "available")
        assert await listing.ended() == 0
        await helper.tell("away")
        assert (await helper.event("status"))["status"] == "away"
        await helper.tell("available")
        await helper.event("status", status="available")
        second = await stage.helper.start("serve", program="second")
        assert await second.ended() == 1
        await helper.tell("list")
        assert (await helper.event("list"))["requests"] == []
        await helper.tell("quit")
        assert await helper.ended() == 0


async def test_check_goes_every_step(stage: Stage) -> None:
    """All good here, to the VNC server that starts and answers; a helper's own step is the viewer. Nobody is disturbed by it."""
    async with stage.helping("--viewer", "none") as helper:
        check = await stage.user.start("check", program="check", environ=stage.desktop.environ)
        assert await check.ended() == 0
        steps = {event["key"]: event for event in check.events if event["event"] == "step"}
        assert {"server", "screens", "start"} <= set(steps)
        assert {event["state"] for event in steps.values()} <= {"good", "skipped"}
        assert steps["server"]["text"] == "x11vnc"
        assert "×" in steps["screens"]["text"]
        beside = await stage.helper.start("check", program="check")
        await beside.event("step", key="viewer")
        await beside.ended()
        await helper.tell("list")
        await helper.event("list")


async def test_check_says_which_step_fails(stage: Stage) -> None:
    """Without a screen there is nothing to show; the way to the relay is good all the same."""
    check = await stage.user.start("check", program="check", environ={"DISPLAY": ""})
    assert await check.ended() == 1
    bad = [event for event in check.events if event["event"] == "step" and event["state"] == "bad"]
    assert {event["key"] for event in bad} == {"server", "start"}
    assert all(event["text"] for event in bad)


async def test_screens_are_listed(stage: Stage) -> None:
    """By the keys that --screen takes; none where there is no desktop."""
    listing = await stage.user.start("screens", program="screens", environ=stage.desktop.environ)
    (screen,) = (await listing.event("screens"))["screens"]
    assert screen["key"] == f"{screen['width']}x{screen['height']}+{screen['x']}+{screen['y']}"
    assert await listing.ended() == 0
    nothing = await stage.user.start("screens", program="screens", environ={"DISPLAY": ""})
    assert (await nothing.event("screens"))["screens"] == []


async def test_details_of_the_computer_are_shown_before_they_are_sent(stage: Stage) -> None:
    """The helper has exactly what was printed, without what the settings withhold."""
    settings = stage.user.folder / "agent.toml"
    settings.write_text('[inventory]\nwithheld = ["computer"]\n', encoding="utf-8")
    try:
        async with stage.helping("--viewer", "none") as helper, stage.asking("--computer-details") as user:
            details = (await user.event("computer_details"))["details"]
            assert details
            assert "computer" not in details
            offered = await helper.event("request")
            assert offered["inventory"] == details
    finally:
        settings.unlink()


async def test_waiting_and_taking_it_back(stage: Stage) -> None:
    """The place in the queue is told; stop takes the request back and the helper sees it go."""
    async with stage.helping("--viewer", "none") as helper, stage.asking() as user:
        assert (await user.event("waiting"))["position"] == 1
        offered = await helper.event("request")
        assert (offered["user"]["name"], offered["topic"], offered["mode"]) == (stage.user.name, "Printer", "view")
        await user.tell("chat too early")
        await user.event("not_now", order="chat")
        await user.tell("nonsense")
        await user.event("order_unknown")
        await user.tell("stop")
        assert (await helper.event("request_gone"))["request"] == offered["request"]
        assert (await over(user))["why"] == "cancelled"


async def test_declined_with_words(stage: Stage) -> None:
    """The named helper's no ends it, and what the helper said is told."""
    async with stage.helping("--viewer", "none") as helper, stage.asking() as user:
        await helper.event("request")
        await helper.tell("decline Please ask tomorrow")
        event = await over(user, 1)
        assert (event["why"], event["note"], event["lost"]) == ("declined", "Please ask tomorrow", False)


async def test_who_was_not_chosen_is_asked_about(stage: Stage) -> None:
    """With --anyone and without --yes the certificate's name is shown: deny ends it, allow lets in."""
    ask = ("ask", "--anyone", "--mode", "view")
    async with stage.helping("--viewer", "none") as helper:
        for answer in ("deny", "allow"):
            user = await stage.user.start(*ask, environ=stage.desktop.environ)
            offered = await helper.event("request")
            await helper.tell(f"accept {offered['number']}")
            question = await user.event("question", kind="allow")
            assert question["peer"]["name"] == stage.helper.name
            await user.tell(answer)
            if answer == "deny":
                assert (await helper.event("ended"))["why"] == "refused"
                assert (await user.event("over"))["why"] == "refused"
                assert await user.ended() == 1
                continue
            await user.event("connected")
            await helper.event("connected")
            await helper.tell("end")
            assert (await over(user))["why"] == "helper_ended"


async def test_talk(stage: Stage) -> None:
    """Wishes for control refused and granted, chat both ways, pause and resume, view again."""
    async with session(stage) as (user, helper):
        await helper.tell("want-control")
        await user.event("question", kind="control")
        await user.tell("refuse")
        await helper.event("control_refused")
        await user.tell("grant")
        await user.event("not_now", order="grant")
        await user.tell("control")
        assert (await user.event("question", kind="control"))["own"]
        await user.tell("no")
        await user.tell("yes")
        await user.event("not_now", order="yes")
        await user.tell("mode control")
        await user.tell("yes")
        await helper.event("mode", mode="control")
        await user.tell("view")
        await helper.event("mode", mode="view")
        await user.tell("chat こんにちは")
        assert (await helper.event("chat"))["text"] == "こんにちは"
        await helper.tell("chat Hello there")
        assert (await user.event("chat"))["text"] == "Hello there"
        await user.tell("chat " + "x" * 10_000)
        too_long = await user.event("problem", code="text_too_long")
        assert "10000" in too_long["text"]
        await helper.tell("chat " + "x" * 4000)
        assert (await user.event("chat"))["text"] == "x" * 4000
        await user.tell("pause")
        await helper.event("paused", on=True)
        await user.tell("resume")
        await helper.event("paused", on=False)
        await helper.tell("end")
        assert (await user.event("ended"))["why"] == "helper_ended"
        await over(user)


async def test_transferred(stage: Stage) -> None:
    """Handed on with a note: the user waits again, is asked about the new helper, and is helped in view mode."""
    colleague = await stage.office.enrol("helper", "Jiro Sato")
    async with stage.helping("--viewer", "none") as helper:
        second = await colleague.start("serve", "--viewer", "none")
        try:
            await second.event("online")
            asked = ("ask", "--to", stage.helper.name, "--mode", "control", "--topic", "Printer")
            user = await stage.user.start(*asked, environ=stage.desktop.environ)
            await connected(user, helper)
            await helper.tell("transfer anyone | It is the tray")
            assert (await helper.event("ended"))["why"] == "transferred"
            offered = await second.event("request")
            assert offered["note"] == "It is the tray"
            await second.tell("next")
            assert (await user.event("question", kind="allow"))["peer"]["name"] == "Jiro Sato"
            await user.tell("allow")
            assert (await user.event("connected"))["mode"] == "view"
            await second.event("connected")
            await second.tell("next")
            await second.event("problem", code="nobody_waits")
            await user.tell("stop")
            await second.event("ended")
            assert (await over(user))["why"] == "user_ended"
        finally:
            await second.end()


async def test_two_users_at_once(stage: Stage) -> None:
    """One helper, two sessions: orders go to the one that is meant, and the end of one leaves the other."""
    other = await stage.office.enrol("user", "Ken Ito")
    async with session(stage) as (user, helper):
        ask = ("ask", "--to", stage.helper.name, "--mode", "view")
        second = await other.start(*ask, environ=stage.desktop.environ, program="second-user")
        offered = await helper.event("request")
        await helper.tell("accept")
        await second.event("connected")
        await helper.event("connected", number=offered["number"])
        await helper.tell("chat to the second")
        assert (await second.event("chat"))["text"] == "to the second"
        await helper.tell(f"use {offered['number'] - 1}")
        await helper.tell("chat to the first")
        assert (await user.event("chat"))["text"] == "to the first"
        await helper.tell(f"end {offered['number']}")
        assert (await over(second))["why"] == "helper_ended"
        await helper.tell("chat still here")
        await user.event("chat", text="still here")
        await user.tell("stop")
        await over(user)


async def test_signals_say_goodbye(stage: Stage) -> None:
    """SIGINT and SIGTERM end a session as the person's stop does, with exit code 0 and nothing left."""
    for number in (signal.SIGINT, signal.SIGTERM):
        async with session(stage) as (user, helper):
            kept = descendants(user.pid)
            assert kept
            user.process.send_signal(number)
            assert (await helper.event("ended"))["why"] == "user_ended"
            assert await user.ended() == 0
            assert await gone(kept)


async def test_kill_of_the_users_agent(stage: Stage) -> None:
    """kill -9: no program is left within 2 s (measured), and the helper says it: at once, and that it is over once nobody comes back."""
    async with session(stage) as (user, helper):
        kept = descendants(user.pid)
        user.kill()
        await helper.event("interrupted", within=5)
        event = await helper.event("ended", within=BACK + 5)
        assert event["why"] == "user_not_back"
        assert await gone(kept)


async def test_kill_of_the_vnc_server(stage: Stage) -> None:
    """Both sides say so; the user can ask again, and is helped again."""
    async with session(stage) as (user, helper):
        server = await until_server(user)
        os.kill(server, signal.SIGKILL)
        assert (await user.event("problem"))["code"] == "vnc_server_ended"
        assert (await user.event("ended"))["why"] == "server_gone"
        assert (await helper.event("ended"))["why"] == "server_gone"
        assert (await user.event("over"))["lost"]
        await user.tell("again")
        await connected(user, helper)
        await user.tell("stop")
        assert (await over(user))["why"] == "user_ended"


async def until_server(user: Program) -> int:
    """The VNC server's process id, once it runs."""
    found: list[int] = []

    def look() -> bool:
        for pid in descendants(user.pid):
            try:
                if Path(f"/proc/{pid}/comm").read_text().strip() == "x11vnc":
                    found.append(pid)
            except OSError:
                continue
        return bool(found)

    if not await until(look, within=10):
        raise ProgramError("no VNC server")
    return found[0]


async def test_kill_of_the_helpers_agent(stage: Stage) -> None:
    """The user reads it within 5 s, and that nobody comes back; quit after the loss exits with 1."""
    async with session(stage) as (user, helper):
        helper.kill()
        await user.event("interrupted", within=5)
        assert (await user.event("ended", within=BACK + 5))["why"] == "helper_not_back"
        assert (await user.event("over"))["lost"]
        await user.tell("quit")
        assert await user.ended() == 1


async def test_a_server_that_runs_already(stage: Stage) -> None:
    """--server with a wrong password is a sentence, and nobody is asked; with the right one the helper is let look."""
    secret = stage.run.folder / "vnc-password"
    secret.write_text("rightone\n")
    socket = stage.run.folder / "runtime" / "vnc"
    server = ("x11vnc", "-display", stage.desktop.display, "-rfbport", "0", "-rfbportv6", "0", "-no6", "-noipv6")
    options = ("-unixsock", str(socket), "-passwdfile", str(secret), "-forever", "-shared", "-q")
    async with (
        stage.run.program("running", *server, *options, environ=stage.desktop.environ),
        stage.helping("--no-open") as helper,
    ):
        assert await until(socket.exists, within=10)
        wrong = stage.run.folder / "wrong-password"
        wrong.write_text("wrongone\n")
        ask = ("ask", "--mode", "view", "--anyone", "--server", str(socket), "--password-file", str(wrong))
        code, said = await failed(stage, *ask, *folder(stage.user), screen=True)
        assert (code, "did not accept the password" in said) == (1, True), said
        await helper.tell("list")
        assert (await helper.event("list"))["requests"] == []
        async with stage.asking("--server", str(socket), "--password-file", str(secret)) as user:
            await connected(user, helper)
            address = (await helper.event("viewer"))["address"]
            async with stage_page(stage, address) as page:
                await page.shows(stage.desktop)
                await helper.event("viewer_shows", on=True)
                await user.tell("stop")
                await over(user)


async def test_a_server_whose_display_is_named(stage: Stage) -> None:
    """Keys and clipboard are the agent's own there, also where the server takes none; another display is a sentence."""
    socket = stage.run.folder / "runtime" / "vnc-of-a-display"
    server = ("x11vnc", "-display", stage.desktop.display, "-rfbport", "0", "-rfbportv6", "0", "-no6", "-noipv6")
    options = ("-unixsock", str(socket), "-nopw", "-forever", "-shared", "-viewonly", "-nosel", "-q")
    async with (
        stage.run.program("display-server", *server, *options, environ=stage.desktop.environ),
        stage.helping("--no-open") as helper,
    ):
        assert await until(socket.exists, within=10)
        ask = ("ask", "--mode", "view", "--anyone", *folder(stage.user))
        code, said = await failed(stage, *ask, "--server", str(socket), "--display", ":4711")
        assert (code, ":4711" in said) == (1, True), said
        code, said = await failed(stage, *ask, "--display", stage.desktop.display)
        assert (code, "--server" in said) == (2, True), said
        async with stage.asking("--server", str(socket), "--display", stage.desktop.display) as user:
            await connected(user, helper)
            address = (await helper.event("viewer"))["address"]
            async with stage_page(stage, address) as page:
                await page.shows(stage.desktop)
                await user.tell("control")
                await user.tell("yes")
                await helper.event("mode", mode="control")
                await page.click(*TERMINAL)
                await page.type("past the server")
                assert await stage.desktop.has_typed("past the server\n") == "past the server\n"
                copied = stage.run.folder / "copied"
                copied.write_text("日本語", encoding="utf-8")
                await helper.tell(f"copy {copied}")
                await user.event("clipboard", size=9)
                await user.tell("stop")
                await over(user)


@asynccontextmanager
async def stage_page(stage: Stage, address: str) -> AsyncIterator[Any]:
    """The viewer page in a browser."""
    from deploy.demo.check import viewer_page

    stage.secrets.append(address.partition("#")[2])
    async with viewer_page(stage.run, address) as page:
        yield page


async def test_a_waiting_request_outlives_the_relay(stage: Stage) -> None:
    """The relay is killed and comes back: the same request waits again, and is accepted."""
    async with stage.helping("--viewer", "none") as helper, stage.asking() as user:
        request = (await user.event("waiting"))["request"]
        await helper.event("request", request=request)
        stage.office.relay.kill()
        await user.event("offline", within=10)
        await helper.event("offline", within=10)
        await stage.office.relay.ended()
        await stage.office.start_relay()
        await helper.event("online", within=60)
        await user.event("online", within=60)
        assert (await user.event("waiting", within=60))["request"] == request
        await until_listed(helper, request)
        await helper.tell(f"accept {request}")
        await helper.event("connected")
        await user.event("connected")
        await user.tell("stop")
        await over(user)


async def until_listed(helper: Program, request: str) -> None:
    """Ask for the list until the request is in it."""
    for _ in range(100):
        await helper.tell("list")
        if any(entry["request"] == request for entry in (await helper.event("list"))["requests"]):
            return
    raise ProgramError("the request does not come back")


async def test_again_by_itself(stage: Stage) -> None:
    """With --again 1 a lost session is asked for again without a word, and the helper is waited for."""
    async with stage.helping("--viewer", "none") as first, stage.asking("--again", "1") as user:
        await connected(user, first)
        first.kill()
        assert (await user.event("ended", within=BACK + 10))["why"] == "helper_not_back"
        async with stage.helping("--viewer", "none") as helper:
            await connected(user, helper, within=60)
            await user.tell("stop")
            assert (await user.event("ended"))["why"] == "user_ended"
            assert await user.ended() == 0


async def test_leaving_takes_the_request_back(stage: Stage) -> None:
    """Ctrl-C while waiting: the helper sees the request go at once, also after a restart of the relay."""
    async with stage.helping("--viewer", "none") as helper:
        for restarted in (False, True):
            async with stage.asking() as user:
                request = (await user.event("waiting"))["request"]
                await helper.event("request", request=request)
                if restarted:
                    stage.office.relay.kill()
                    await user.event("offline", within=10)
                    await stage.office.relay.ended()
                    await stage.office.start_relay()
                    await helper.event("online", within=60)
                    await user.event("waiting", within=60)
                    await until_listed(helper, request)
                user.process.send_signal(signal.SIGINT)
                assert await user.ended() == 0
            assert (await helper.event("request_gone"))["request"] == request
