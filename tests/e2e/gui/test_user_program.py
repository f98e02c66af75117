"""`tasuki-user` as a person has it: the real program on a real desktop, at a real relay, worked by keys alone."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.demo.organisation import EnrolledPerson, Organisation, organisation
from deploy.demo.programs import Program, Run
from tests.support.desktops import bare_desktop, happens, xdotool


@dataclass(kw_only=True)
class Room:
    """A user's desktop, and a helper who answers from elsewhere."""

    run: Run
    office: Organisation
    display: str
    helper: Program
    helper_person: EnrolledPerson
    folder: Path

    async def start(self, *arguments: str, name: str = "user") -> Program:
        """The user's program."""
        argv = ("tasuki-user", "--folder", str(self.folder), "--json", *arguments)
        return await self.run.start(name, *argv, environ={"DISPLAY": self.display})

    def titles(self) -> list[str]:
        """Of the windows that can be seen."""
        seen = xdotool(self.display, "search", "--onlyvisible", "--name", ".+").split()
        return [xdotool(self.display, "getwindowname", one) for one in seen]

    async def window(self, title: str) -> None:
        """Wait for it, and give it the keys."""
        await happens(title, lambda: any(title in one for one in self.titles()))

        def active() -> bool:
            xdotool(self.display, "search", "--onlyvisible", "--name", title, "windowactivate")
            return title in xdotool(self.display, "getactivewindow", "getwindowname")

        await happens(f"{title} has the keys", active)

    async def gone(self, title: str) -> None:
        """Wait until it can be seen no longer."""
        await happens(f"{title} is gone", lambda: all(title not in one for one in self.titles()))

    def press(self, *keys: str) -> None:
        """One after the other."""
        xdotool(self.display, "key", *keys)

    async def enrolled(self) -> Program:
        """The program, past its first start."""
        line = await self.office.account("user", "Hanako Suzuki")
        user = await self.start("--enrol", line)
        await self.window("first start")

        async def joined() -> None:
            while "profile.json" not in {one.name for one in self.folder.iterdir()}:
                await asyncio.sleep(2)
                self.press("Return")  # yes, join

        await asyncio.wait_for(joined(), 60)
        await self.until_main(user, lambda: self.press("Return"))
        return user

    async def until_main(self, user: Program, press: Callable[[], None]) -> None:
        """Press until the main window is there and it is online."""

        def there() -> bool:
            if any("get help" in one for one in self.titles()):
                return True
            press()
            return False

        await happens("the main window", there)
        await user.event("online")
        await self.window("get help")

    async def choose_helper(self) -> None:
        """Down to the only helper, and into the dialog."""

        def dialog() -> bool:
            if "Get help" in self.titles():
                return True
            self.press("Down", "Return")
            return False

        await happens("the dialog", dialog)
        await self.window("Get help")


@contextlib.asynccontextmanager
async def room(folder: Path) -> AsyncIterator[Room]:
    """Everything up; at the end nothing is left."""
    run = Run.new(folder)
    async with organisation(run) as office:
        with bare_desktop(folder) as display:
            person = await office.enrol("helper", "Taro Yamada")
            helper = await person.start("serve", "--no-open")
            await helper.event("online")
            try:
                yield Room(
                    run=run, office=office, display=display, helper=helper, helper_person=person, folder=folder / "user"
                )
            finally:
                await helper.end()
    assert not run.survivors()


@pytest.mark.timeout(180)
async def test_from_the_first_start_to_the_summary(tmp_path: Path) -> None:
    """Enter joins, chooses, asks; the helper comes in view mode; the window makes room and comes back with the summary."""
    async with room(tmp_path) as place:
        user = await place.enrolled()
        try:
            await place.choose_helper()
            place.press("Return")
            await user.event("waiting")
            request = await place.helper.event("request")
            assert request["mode"] == "view"
            assert request["inventory"] == {}
            await place.helper.tell("accept")
            connected = await user.event("connected")
            assert connected["peer"]["name"] == "Taro Yamada"
            await place.helper.tell("end")
            await user.event("over", why="helper_ended")
            await place.window("Summary")
            assert any("get help" in title for title in place.titles())
        finally:
            assert await user.end() == 0


@pytest.mark.timeout(180)
async def test_a_second_start_raises_the_first(tmp_path: Path) -> None:
    """It ends at once; without a tray, closing the window at rest ends the program."""
    async with room(tmp_path) as place:
        user = await place.enrolled()
        try:
            xdotool(place.display, "getactivewindow", "windowminimize")
            await place.gone("get help")
            second = await place.start(name="second")
            assert await second.ended() == 0
            await place.window("get help")
            place.press("alt+F4")
            assert await user.ended() == 0
        finally:
            await user.end()


@pytest.mark.timeout(180)
async def test_declined_then_the_relay_is_gone_and_back(tmp_path: Path) -> None:
    """Why the helper said no is told; a request that waits keeps its place while the relay is started anew."""
    async with room(tmp_path) as place:
        user = await place.enrolled()
        try:
            await place.choose_helper()
            place.press("Return")
            request = await place.helper.event("request")
            await place.helper.tell(f"decline {request['request']} At lunch")
            over = await user.event("over", why="declined")
            assert over["note"] == "At lunch"
            await place.window("get help")
            place.press("Return")  # ask somebody else: back to the list
            await place.choose_helper()
            place.press("Return")
            offered = await place.helper.event("request")
            assert offered["request"] != request["request"]
            await user.event("waiting", request=offered["request"])
            await place.office.relay.end()
            await user.event("offline")
            await place.office.start_relay()
            await user.event("waiting", within=60, request=offered["request"])
        finally:
            assert await user.end() == 0


@pytest.mark.timeout(60)
async def test_what_cannot_start_is_said_in_a_window(tmp_path: Path) -> None:
    """A wrong setting, in words; once it is put right, trying again goes on."""
    async with room(tmp_path) as place:
        place.folder.mkdir(mode=0o700)
        (place.folder / "agent.toml").write_text("[netwrok]\n", encoding="utf-8")
        user = await place.start()
        try:
            await place.window("cannot start")
            (place.folder / "agent.toml").unlink()
            place.press("Return")
            await place.window("first start")
        finally:
            assert await user.end() == 0
