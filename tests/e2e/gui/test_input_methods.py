"""Japanese is composed in the fields of both programs: with fcitx5, for which Qt's wheel has no plugin, and with IBus."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from deploy.demo.programs import Program
from tests.support.at_screen import PATIENCE, Person, Seen
from tests.support.input_method import InputMethod, fcitx, ibus
from tests.support.two_screens import QUEUE, TwoScreens, bring, from_menu

HELPER = "Taro Yamada"
NIHONGO = "日本語"
NEAR = 40  # pixels
SLOWLY = ("key", "--delay", "60")
Starts = Callable[[Mapping[str, str], Path], AbstractContextManager[InputMethod]]


class Writer:
    """A person who writes Japanese."""

    def __init__(self, person: Person, method: InputMethod) -> None:
        self.person = person
        self._method = method

    async def write(
        self, identifier: str, *, so: Callable[[Seen], bool] = lambda _: True, escape: bool = False
    ) -> None:
        """Into this field, by way of the candidates, which lie beside it. The Enter that takes one does nothing else.

        `escape`: something else is begun first and given up: that Escape goes to the input method alone, too.
        """
        field = await self.person.click(identifier, so=so)
        before = (await self.person.sees(identifier, so=so)).text
        await asyncio.to_thread(self._method.switch, on=True)
        try:
            if escape:
                await self.person.hands(*SLOWLY, *"ka", "Escape")
            await self.person.hands(*SLOWLY, *"nihongo")
            await self.person.hands(*SLOWLY, "space", "space")
            await self._sees_candidates(field)
            assert (await self.person.sees(identifier, so=so)).text == before, "composed, and not in the text yet"
            await self.person.hands(*SLOWLY, "Up", "Return")
            await self.person.sees(identifier, so=lambda one: so(one) and one.text == before + NIHONGO)
        finally:
            await asyncio.to_thread(self._method.switch, on=False)

    async def _sees_candidates(self, field: Seen) -> None:
        """Their window is beside the field, where the text is: below the line, or above it where there is no room."""
        left, top, width, height = field.box
        seen: list[tuple[int, int, int, int]] = []
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while True:
                    seen = await self._windows()
                    for x, y, _wide, high in seen:
                        below, above = top <= y <= top + height + NEAR, top - NEAR <= y + high <= top + height
                        if left - NEAR <= x <= left + width and (below or above):
                            return
                    await asyncio.sleep(0.1)
        raise AssertionError(f"no candidates beside {field.identifier} {field.box}, but {seen}")

    async def _windows(self) -> list[tuple[int, int, int, int]]:
        """Where the input method's windows are: x, y, width, height."""
        found: list[tuple[int, int, int, int]] = []
        with contextlib.suppress(Exception):
            for one in (await self.person.hands("search", "--onlyvisible", *self._method.window)).split():
                told = await self.person.hands("getwindowgeometry", "--shell", one)
                place = dict(line.split("=") for line in told.split())
                found.append((int(place["X"]), int(place["Y"]), int(place["WIDTH"]), int(place["HEIGHT"])))
        return found


@contextlib.asynccontextmanager
async def composing(place: TwoScreens, person: Person, starts: Starts, folder: Path) -> AsyncIterator[Writer]:
    """The input method runs in the person's session, and programs that are started there are told of it as desktops do."""
    before = person.environ
    with starts({**place.run.environ, **before}, folder) as method:
        person.environ = {**before, **{key: method.environ[key] for key in ("QT_IM_MODULE", "XMODIFIERS")}}
        try:
            yield Writer(person, method)
        finally:
            person.environ = before


def inside(window: str) -> Callable[[Seen], bool]:
    """What is in this window."""
    return lambda one: one.is_in(window)


@pytest.mark.parametrize("starts", [fcitx, ibus])
@pytest.mark.timeout(300)
async def test_the_users_fields(place: TwoScreens, starts: Starts, tmp_path: Path) -> None:
    """The line of the first start, what it is about, the settings, what it is about once more while waiting, the chat."""
    hanako = place.hanako
    async with composing(place, hanako, starts, tmp_path / "method") as writer:
        async with place.opened(place.newcomer("user", "")):
            await writer.write("enrolment_line")
        async with place.helping() as helper, place.asking() as user:
            await writer.write("topic", escape=True)
            await hanako.sees_no("ask_now")
            await from_menu(hanako, user, "s")
            await hanako.click("proxy-proxy")
            await writer.write("proxy-username", so=inside("user-settings"), escape=True)
            await hanako.press("Escape")
            await hanako.sees_no("user-settings")
            await place.choose(HELPER)
            await hanako.click("get_help")
            await hanako.sees("ask_now")
            await hanako.click("ask_now")
            await helper.event("request")
            await writer.write("sent_topic")
            await hanako.click("change_topic")
            await place.take()
            await user.event("connected")
            await hanako.click("bar_chat")
            await writer.write("chat_field")
            await hanako.sees("chat_field", name=NIHONGO)
            await hanako.press("Return")
            assert (await helper.event("chat"))["text"] == NIHONGO
            await hanako.click("bar_stop")
            await user.event("ended")


@pytest.mark.parametrize("starts", [fcitx, ibus])
@pytest.mark.timeout(300)
async def test_the_helpers_fields(place: TwoScreens, starts: Starts, tmp_path: Path) -> None:
    """The search, a reason of one's own, the chat and the note of a session, handing over."""
    taro = place.taro
    async with composing(place, taro, starts, tmp_path / "method") as writer, place.helping() as helper:
        await bring(taro, QUEUE)
        await writer.write("search")
        await taro.press("ctrl+a", "BackSpace")
        user = await place.user.start("ask", "--to", HELPER, "--mode", "view", "--yes", environ=place.hanakos.environ)
        try:
            await helper.event("request")
            await taro.press("ctrl+l", "Delete")
            await writer.write("own", so=inside("decline"), escape=True)
            await taro.press("Escape")
            await taro.sees_no("own")
            await place.take()
            await user.event("connected")
            await taro.click("chat", so=inside("session_window"))
            await writer.write("chat_field", so=inside("session_window"))
            assert not _said(user)
            await taro.press("Return")
            assert (await user.event("chat"))["text"] == NIHONGO
            await taro.click("note", so=inside("session_window"))
            await writer.write("note_field", so=inside("session_window"))
            await taro.click("transfer", so=inside("session_window"))
            await writer.write("search", so=inside("transfer"))
            await writer.write("note", so=inside("transfer"), escape=True)
            await taro.press("Escape")
            await taro.sees_no("targets")
        finally:
            await user.end()
        await helper.event("ended")


def _said(program: Program) -> list[object]:
    return [event["text"] for event in program.events if event["event"] == "chat"]
