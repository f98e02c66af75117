"""The whole of it in Japanese, on the smallest screens that there are, by real clicks: from a wrapped line in a mail to the summary."""

import asyncio
import subprocess
import textwrap
from pathlib import Path

import pytest

from common.agent.history import History
from common.protocol.messages import Mode
from deploy.demo.programs import Program
from tests.e2e.gui.test_notices import in_a_notice, shown_by_the_desktop
from tests.support.at_screen import Person, Seen
from tests.support.two_screens import TwoScreens, bring, two_screens

SMALL = (1024, 600)
USER, HELPER, COLLEAGUE = "鈴木 花子", "山田 太郎", "佐藤 次郎"
QUEUE = "Tasuki – 依頼"
PATIENCE = 30.0


@pytest.mark.timeout(300)
async def test_from_a_mail_to_the_summary(tmp_path: Path) -> None:
    """First start, nobody there, noticed behind another window, control from both ends, the bar, a pause, handed over, stopped."""
    names = ("ほか だれか", HELPER)
    async with two_screens(tmp_path, sizes=(SMALL, SMALL), language="ja_JP.UTF-8", names=names) as place:
        await whole_story(place)


async def whole_story(place: TwoScreens) -> None:
    """On two screens whose people read Japanese."""
    asker = place.newcomer("user", await place.office.account("user", USER))
    colleague = await place.office.enrol("helper", COLLEAGUE)
    async with place.opened(asker) as user:
        await first_start(place, user, asker.line)
        await nobody_there(place, user)
        async with (
            shown_by_the_desktop(place.run, place.taro),
            place.helping() as helper,
        ):
            await noticed(place, user, helper)
            await control_from_both_ends(place, user, helper)
            await bar_and_pause(place, user, helper)
            async with place.helping(colleague) as second:
                await handed_over(place, user, helper, second)
                await stopped(place, user, second)
    records = History(asker.folder).records()
    assert [record.peer_name for record in records] == [COLLEAGUE, HELPER]
    assert [mode for _at, mode in records[1].modes] == [Mode.VIEW, Mode.CONTROL, Mode.VIEW, Mode.CONTROL]
    [record] = History(colleague.folder).records()
    assert (record.peer_name, record.topic, record.complete) == (USER, "プリンター", True)


async def first_start(place: TwoScreens, user: Program, line: str) -> None:
    """The line stands in a mail, quoted and wrapped; all of that is pasted."""
    hanako = place.hanako
    quoted = "\n".join(f"> {part}" for part in textwrap.wrap(line, 50, break_on_hyphens=False))
    await copied(hanako, f"鈴木さん\n\n次の行を貼り付けてください。\n{quoted}\n\n情報システム部")
    await hanako.sees(name="Tasuki へようこそ")
    await hanako.click("enrolment_line")
    await hanako.press("ctrl+v")
    await hanako.click("enrolment_continue")
    await hanako.sees("enrolment_organisation", name="example")
    await hanako.click("enrolment_confirm")
    await hanako.sees("enrolment_result", name="example")
    await hanako.click("enrolment_finish")
    await user.event("online", within=PATIENCE)


async def copied(person: Person, text: str) -> None:
    """As out of a mail program, which keeps it until something else is copied."""
    await asyncio.to_thread(
        subprocess.run,
        ["xclip", "-selection", "clipboard", "-in"],
        input=text.encode(),
        env={"PATH": "/usr/bin:/bin", **person.environ},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )


async def nobody_there(place: TwoScreens, user: Program) -> None:
    """Whoever is free first; nobody is connected, and no place in the queue is promised."""
    hanako = place.hanako
    await hanako.click(name="最初に手の空いた人", role="list item")
    await hanako.click("topic")
    await copied(hanako, "プリンター")
    await hanako.press("ctrl+v")
    await hanako.click("get_help")
    await hanako.click("ask_now")
    waiting = await user.event("waiting", there="nobody", within=PATIENCE)
    assert not waiting["available"]
    await hanako.sees("place", name="サポート担当者は今、誰もいません")
    await hanako.sees("call_back")
    await hanako.click("cancel_request")
    await user.event("over", within=PATIENCE)


async def noticed(place: TwoScreens, user: Program, helper: Program) -> None:
    """The helper works in another window when Hanako asks again; what is clicked is the desktop's notice. She reads who it is, and lets him in."""
    await bring(place.taro, "Type here")
    await place.hanako.click("get_help")
    await place.hanako.click("ask_now")
    await helper.event("request", within=PATIENCE)
    await place.taro.sees(name=f"{USER} さんからの依頼です", so=in_a_notice)
    await place.taro.sees(name="プリンター", so=in_a_notice)
    await asyncio.sleep(1)  # a click that comes at once was meant for what was there before
    await place.taro.click(name="受ける", so=in_a_notice)
    await answers(place, user, HELPER, "question_name")
    await user.event("connected", within=PATIENCE)
    await place.hanako.sees("bar_mode", name="あなたの画面を見ています")


async def answers(place: TwoScreens, user: Program, name: str, part: str) -> None:
    """Hanako reads this name in the question, and says yes."""
    await user.event("question", within=PATIENCE)
    await place.hanako.sees(part, name=name)
    await place.hanako.click("question_yes")


async def control_from_both_ends(place: TwoScreens, user: Program, helper: Program) -> None:
    """Asked for by the helper; taken back; given by Hanako herself: the same question each time."""
    await place.taro.click("control", so=in_session)
    await answers(place, user, "マウスとキーボード", "question_text")
    await helper.event("mode", mode="control", within=PATIENCE)
    await place.hanako.click("bar_look")
    await helper.event("mode", mode="view", within=PATIENCE)
    await place.hanako.click("bar_control")
    await answers(place, user, HELPER, "question_text")
    await helper.event("mode", mode="control", within=PATIENCE)


def in_session(one: Seen) -> bool:
    """In the window of a helper's session."""
    return one.is_in("session_window")


async def bar_and_pause(place: TwoScreens, user: Program, helper: Program) -> None:
    """Folded to its tab, and open again; a pause is said at both ends, and ends."""
    hanako, taro = place.hanako, place.taro
    await hanako.click("bar_fold")
    await hanako.sees("bar_tab", name="操作")
    await hanako.sees_no("bar_pause")
    await hanako.click("bar_tab")
    await hanako.click("bar_pause")
    await helper.event("paused", on=True, within=PATIENCE)
    await taro.sees("status", name="一時停止中", so=in_session)
    await hanako.sees("bar_mode", name="静止画")
    await hanako.click("bar_pause")
    await helper.event("paused", on=False, within=PATIENCE)


async def handed_over(place: TwoScreens, user: Program, helper: Program, second: Program) -> None:
    """To a colleague at the same desk, with a note; Hanako reads from whom, to whom and why before the colleague is let in."""
    hanako, taro = place.hanako, place.taro
    await bring(taro, f"{USER} さん – Tasuki", of=helper)
    await taro.click("transfer", so=in_session)
    await taro.sees(name=COLLEAGUE, role="list item", so=lambda one: one.is_in("transfer"))
    await copied(taro, COLLEAGUE)
    await taro.press("ctrl+v", "Down")  # the keyboard is in the search; the button's tip may lie over the list
    await taro.click("note", so=lambda one: one.is_in("transfer"))
    await copied(taro, "給紙トレイです")
    await taro.press("ctrl+v", "ctrl+Return")
    assert (await helper.event("ended", within=PATIENCE))["why"] == "transferred"
    assert (await second.event("request", within=PATIENCE))["note"] == "給紙トレイです"
    await bring(taro, QUEUE, of=second)
    await taro.press("ctrl+l", "Return")
    told = await hanako.sees("question_text", name=f"{HELPER} さんから {COLLEAGUE} さんへの引き継ぎです")
    assert "給紙トレイです" in told.text or "給紙トレイです" in told.name
    await user.event("question", kind="allow")
    await hanako.click("question_yes")
    assert (await user.event("connected", within=PATIENCE))["peer"]["name"] == COLLEAGUE


async def stopped(place: TwoScreens, user: Program, second: Program) -> None:
    """By the bar's button; nothing is left to close but the summary, and the helper reads a line in the queue."""
    hanako, taro = place.hanako, place.taro
    await taro.sees("session_window", so=lambda one: one.pid == second.pid)
    await hanako.click("bar_stop")
    await user.event("ended", why="user_ended", within=PATIENCE)
    assert (await second.event("ended", within=PATIENCE))["why"] == "user_ended"
    await hanako.sees(name=COLLEAGUE, so=lambda one: one.is_in("summary"))
    await hanako.click("close", so=lambda one: one.is_in("summary"))
    await hanako.sees("get_help")
    await taro.sees("last_text", name=f"{USER} さんとのセッションは終わりました", so=lambda one: one.pid == second.pid)
    await taro.sees_no("session_window")
