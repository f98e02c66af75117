"""kill -9 of the user's program with its windows, in the middle of a session: nobody sees the screen any longer, nothing is lost."""

import time
from pathlib import Path

import pytest

from common.agent.history import History
from common.agent.keeper.process_table import descendants
from deploy.demo.programs import until
from tests.support.watched import HELPER, watched

LONGEST = 5 * 2.0  # seconds: two are meant, and a busy machine may take five times as long


@pytest.mark.timeout(180)
async def test_nothing_shows_the_screen_after_a_crash_and_nothing_is_lost(tmp_path: Path) -> None:
    """The VNC server, the bar and the frame go; the next start has the sessions, what was being written, and one window only."""
    async with watched(tmp_path) as place:
        person = place.person
        viewer = await place.session()
        await person.press("Pause")
        await place.is_over(time.monotonic())
        await viewer.close()
        await place.home()

        viewer = await place.session()
        await person.click("bar_chat")
        await person.click("chat_field")
        await person.type("Could you al")
        await person.sees("chat_field", name="Could you al")
        drafts = place.asker.folder / "drafts.json"
        assert await until(lambda: drafts.exists() and "Could you al" in drafts.read_text("utf-8"), within=10)

        theirs = descendants(place.user.pid)
        assert theirs
        began = time.monotonic()
        place.user.kill()
        await place.user.ended()
        assert await until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in theirs), within=LONGEST)
        took = time.monotonic() - began
        await person.sees_no("session_bar")
        await person.sees_no("frame_strip")
        titles = (await person.hands("search", "--onlyvisible", "--name", ".+", "getwindowname", "%@")).splitlines()
        assert set(titles) == {"Clock", "Type here"}
        print(f"all {len(theirs)} processes of the session gone after {took:.2f} s")
        await place.helper.event("ended", within=60)
        await viewer.close()

        await place.open_user()
        history = History(place.asker.folder)
        assert await until(lambda: len(history.records()) == 2, within=10)
        assert [(one.peer_name, one.complete) for one in history.records()] == [(HELPER, False), (HELPER, True)]
        await person.click("menu")
        await person.press("Down", "Return")  # recent sessions
        await person.sees("sessions", so=lambda one: one.is_in("history"))
        await person.sees(name=HELPER, so=lambda one: one.is_in("history"))
        await person.hands("search", "--name", "Recent", "windowminimize")
        viewer = await place.session()
        await person.click("bar_chat")
        await person.sees("chat_field", name="Could you al")
