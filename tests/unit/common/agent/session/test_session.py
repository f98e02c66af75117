"""A session's life at both agents: over legs in memory, with real end-to-end TLS."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from common.agent.session.session_control import LINES
from common.agent.views import (
    ChatDelivered,
    ChatLeftOut,
    ChatReceived,
    ControlBeyondMost,
    ControlRefused,
    KeysUnpressed,
    ModeRecorded,
    PointerShown,
    ScreenChanged,
    ScreenWished,
    SessionView,
)
from common.host.clock import LoopClock
from common.host.errors import TasukiError
from common.protocol.channel import NO_SCREENS, Chat
from common.protocol.channel_frames import WINDOW
from common.protocol.identity import Role
from common.protocol.messages import Code, Ended, Error, Mode, Over, Ticket
from common.protocol.reasons import Why
from common.protocol.session_life import SessionPhase
from common.protocol.session_timing import SessionTiming
from common.protocol.texts import CHAT_LIMIT
from tests.support.running import TWO_SCREENS
from tests.support.sessions import NAMES, REQUEST, SESSION, Side, Two


@asynccontextmanager
async def two(folder: Path, **settings: Any) -> AsyncIterator[Two]:
    """Both agents; whatever still runs at the end is stopped."""
    pair = Two(folder, **settings)
    try:
        yield pair
    finally:
        await pair.stop()


async def both_end(pair: Two, why: Why, by: Role | None) -> None:
    """Both sessions end with this reason."""
    for side in pair.sides.values():
        view = await side.end()
        assert (view.phase, view.why, view.by) == (SessionPhase.ENDED, why, by), side.role
        assert side.local.told[-1] == ("close",)


async def test_a_chosen_helper_comes_in_without_a_question(tmp_path: Path) -> None:
    """Every phase, the verified names, and `active` from the user's side alone."""
    async with two(tmp_path, mode=Mode.CONTROL) as pair:
        await pair.connect()
        for side in pair.sides.values():
            phases = list(dict.fromkeys(view.phase for view in side.views))
            assert phases == [
                SessionPhase.JOINING,
                SessionPhase.SECURING,
                SessionPhase.GREETING,
                SessionPhase.CONNECTED,
            ]
            view = side.session.view
            assert (view.peer_name, view.mode) == (NAMES[side.role.other], Mode.CONTROL)
            assert view.since is not None
            assert side.local.told == [("attached", Mode.CONTROL)]
        assert pair.user.matching.activated == [SESSION]
        assert pair.helper.matching.activated == []


@pytest.mark.parametrize("role", list(Role))
async def test_either_side_ends_it_and_both_know_who(tmp_path: Path, role: Role) -> None:
    """BYE is told apart from a cut, and the relay hears of it."""
    async with two(tmp_path) as pair:
        await pair.connect()
        pair.sides[role].session.stop()
        why = Why.USER_ENDED if role is Role.USER else Why.HELPER_ENDED
        await both_end(pair, why, role)
        assert pair.sides[role].matching.ended == [(SESSION, why)]
        assert pair.sides[role.other].matching.ended == [(SESSION, Why.ENDED)]  # who, and why, is for the other to say


async def test_a_cancelled_session_says_goodbye(tmp_path: Path) -> None:
    """The program ends: the other side hears who ended it."""
    async with two(tmp_path) as pair:
        await pair.connect()
        assert pair.user.running is not None
        pair.user.running.cancel()
        view = await pair.helper.end()
        assert (view.why, view.by) == (Why.USER_ENDED, Role.USER)
        with pytest.raises(asyncio.CancelledError):
            await pair.user.running
        pair.user.running = None


async def test_a_cut_leg_is_a_cut(tmp_path: Path) -> None:
    """Nobody said BYE: both say so, after giving the relay a moment to know better."""
    async with two(tmp_path) as pair:
        await pair.connect()
        pair.relay.legs[Role.USER].abort()
        await both_end(pair, Why.CUT, None)
        assert [told for told in pair.user.local.told if told in {("cut off",), ("close",)}] == [
            ("cut off",),
            ("close",),
        ]


async def test_the_relay_knows_why_it_was_cut(tmp_path: Path) -> None:
    """Its word comes a moment after the cut; it is not told what it has said itself."""
    async with two(tmp_path, timing=SessionTiming(reason=10, bye=1)) as pair:
        await pair.connect()
        pair.relay.legs[Role.USER].abort()
        await asyncio.sleep(0)
        for side in pair.sides.values():
            side.matching.say(Ended(session=SESSION, why=Why.OPERATOR_ENDED))
        await both_end(pair, Why.OPERATOR_ENDED, None)
        assert pair.user.matching.ended == []


async def test_an_end_told_by_the_relay_ends_it_at_once(tmp_path: Path) -> None:
    """Also one for the request alone; those for others do nothing."""
    async with two(tmp_path) as pair:
        await pair.connect()
        pair.user.matching.say(Ended(session="0" * 32, why=Why.OPERATOR_ENDED))
        pair.user.matching.say(Over(request="0" * 32, why=Why.CANCELLED))
        assert pair.user.session.view.phase is SessionPhase.CONNECTED
        pair.user.matching.say(Ended(session=SESSION, why=Why.HELPER_ENDED))
        view = await pair.user.end()
        assert (view.why, view.by) == (Why.HELPER_ENDED, Role.HELPER)
        pair.helper.matching.say(Over(request=REQUEST, why=Why.GRANT_EXPIRED))
        assert (await pair.helper.end()).why in {Why.GRANT_EXPIRED, Why.CUT}


async def test_an_unchosen_helper_waits_for_the_persons_answer(tmp_path: Path) -> None:
    """The name in the certificate is shown; nothing is attached before the answer is yes."""
    async with two(tmp_path, chosen=False) as pair:
        pair.start()
        await pair.user.phase(SessionPhase.ASKING)
        await pair.helper.phase(SessionPhase.GREETING)
        view = pair.user.session.view
        assert view.peer_name == NAMES[Role.HELPER]
        assert view.deadline is not None
        assert pair.helper.local.told == pair.user.local.told == []
        pair.user.session.allow()
        for side in pair.sides.values():
            await side.phase(SessionPhase.CONNECTED)
        assert pair.user.session.view.deadline is None


async def test_the_person_says_no(tmp_path: Path) -> None:
    """Both know that it was refused."""
    async with two(tmp_path, chosen=False) as pair:
        pair.start()
        await pair.user.phase(SessionPhase.ASKING)
        pair.user.session.allow(False)
        await both_end(pair, Why.REFUSED, Role.USER)


async def test_silence_is_no(tmp_path: Path) -> None:
    """After the time for an answer."""
    async with two(tmp_path, chosen=False, timing=SessionTiming(allow=0.05, bye=1)) as pair:
        pair.start()
        await both_end(pair, Why.NO_ANSWER, Role.USER)


async def test_an_answer_nobody_waits_for_is_ignored(tmp_path: Path) -> None:
    """A late click does nothing."""
    async with two(tmp_path) as pair:
        pair.user.session.allow(False)
        await pair.connect()
        pair.user.session.allow(False)
        assert pair.user.session.view.phase is SessionPhase.CONNECTED


async def test_a_helper_with_another_name_is_refused(tmp_path: Path) -> None:
    """URI and display name both: nothing is attached, both know why."""
    async with two(tmp_path, chosen_name="Hanako") as pair:
        pair.start()
        await both_end(pair, Why.WRONG_PEER, Role.USER)
        assert pair.user.local.told == [("close",)]
        assert pair.user.session.view.peer_name == ""
        problem = pair.user.session.view.problem
        assert isinstance(problem, TasukiError)
        assert (problem.code, problem.facts) == ("name_differs", {"chosen": "Hanako", "found": "Hana"})


async def test_different_modes_are_tampering(tmp_path: Path) -> None:
    """The relay told the helper another mode than the person chose."""
    async with two(tmp_path, mode=Mode.VIEW, helper_mode=Mode.CONTROL) as pair:
        pair.start()
        for side in pair.sides.values():
            view = await side.end()
            assert view.why is Why.TAMPERED
            assert side.local.told == [("close",)]


async def test_a_revoked_peer_never_gets_in(tmp_path: Path) -> None:
    """The user's side has a newer list: its reason and sentence, and the helper is told that it was refused."""
    async with two(tmp_path) as pair:
        uri = pair.helper.session._plan.expectation.uri
        assert uri is not None
        profile: Any = pair.user.matching.profile
        profile.crl = pair.organisation.revoke(NAMES[Role.HELPER])
        pair.start()
        view = await pair.user.end()
        assert view.why is Why.REVOKED
        assert isinstance(view.problem, TasukiError)
        assert (await pair.helper.end()).why in {Why.NOT_ACCEPTED, Why.CUT}
        assert pair.helper.local.told == [("close",)]


async def test_an_address_that_fails_has_not_seen_the_ticket(tmp_path: Path) -> None:
    """The next one gets the same ticket; each ticket is shown once."""
    async with two(tmp_path) as pair:
        pair.relay.unreachable.add("relay.example:443")
        await pair.connect()
        assert pair.relay.shown == ["ticket-1", "ticket-2"]
        assert ("relay.example", 80) in pair.relay.dialled


async def test_no_address_at_all(tmp_path: Path) -> None:
    """The last problem is what the person reads."""
    async with two(tmp_path) as pair:
        pair.relay.unreachable |= {"relay.example:443", "relay.example:80"}
        pair.user.start()
        view = await pair.user.end()
        assert view.why is Why.USER_NOT_OPENED
        assert isinstance(view.problem, TasukiError)
        assert view.problem.code == "relay_unreachable"
        assert pair.relay.shown == []


async def test_a_spent_ticket_gets_a_new_one(tmp_path: Path) -> None:
    """Over matching, at most three times."""
    async with two(tmp_path) as pair:
        pair.relay.refusing = 2
        pair.user.start()
        await pair.user.phase(SessionPhase.JOINING)
        assert pair.user.matching.sent == [Ticket(session=SESSION)] * 2
        pair.helper.start()
        await pair.helper.phase(SessionPhase.CONNECTED)
        await pair.user.phase(SessionPhase.CONNECTED)


async def test_after_three_new_tickets_it_is_over(tmp_path: Path) -> None:
    """Four tickets in all."""
    async with two(tmp_path) as pair:
        pair.relay.refusing = 99
        pair.user.start()
        view = await pair.user.end()
        assert view.why is Why.USER_NOT_OPENED
        assert len(pair.relay.shown) == 4
        assert len(set(pair.relay.shown)) == 4


async def test_a_lonely_leg_that_is_lost_is_opened_again(tmp_path: Path) -> None:
    """Before `ready` only."""
    async with two(tmp_path) as pair:
        pair.user.start()
        await pair.user.phase(SessionPhase.JOINING)
        pair.relay.legs.pop(Role.USER).abort()
        await pair.user.until(lambda: len(pair.relay.shown) == 2)
        pair.helper.start()
        await pair.user.phase(SessionPhase.CONNECTED)


async def test_no_new_ticket_ends_it(tmp_path: Path) -> None:
    """The relay says no, or cannot be asked."""
    async with two(tmp_path) as pair:
        pair.relay.refusing = 1
        pair.user.matching.problem = TasukiError("relay_lost", address="x")
        pair.user.start()
        view = await pair.user.end()
        assert view.problem is pair.user.matching.problem
        pair.helper.session._do(pair.helper.session._life.start())
        pair.helper.session._from_relay(Error(about="ticket", code=Code.NO_SUCH_SESSION))
        assert pair.helper.session.view.why is Why.HELPER_NOT_OPENED


async def test_waits_have_their_deadlines(tmp_path: Path) -> None:
    """A partner that never comes, and one that never says HELLO."""
    async with two(tmp_path, timing=SessionTiming(join=0.05)) as pair:
        pair.user.start()
        assert (await pair.user.end()).why is Why.NEVER_JOINED


async def test_a_helper_waits_only_so_long_for_the_users_hello(tmp_path: Path) -> None:
    """Whether the user was asked, and by what the answer was held up, it cannot know: it says that it waited in vain."""
    async with two(tmp_path, chosen=False, timing=SessionTiming(greet=0.3, allow=30)) as pair:
        pair.start()
        view = await pair.helper.end()
        assert view.why is Why.HELPER_NOT_OPENED


async def test_something_else_than_ready_is_a_breach(tmp_path: Path) -> None:
    """A relay that speaks before both legs are there."""
    async with two(tmp_path) as pair:
        pair.user.start()
        await pair.user.phase(SessionPhase.JOINING)
        pair.relay.legs[Role.USER].deliver(b"early")
        assert (await pair.user.end()).why is Why.PROTOCOL


async def test_garbage_after_ready_is_a_breach(tmp_path: Path) -> None:
    """No TLS, no session."""
    async with two(tmp_path) as pair:
        pair.user.start()
        await pair.user.phase(SessionPhase.JOINING)
        pair.relay.legs[Role.USER].deliver("ready")
        pair.relay.legs[Role.USER].deliver(b"GET / HTTP/1.1\r\n\r\n")
        assert (await pair.user.end()).why is Why.PROTOCOL


async def test_rfb_goes_both_ways(tmp_path: Path) -> None:
    """Megabytes, in order, through window and TLS; and again after the viewer was opened anew."""
    async with two(tmp_path) as pair:
        await pair.connect()
        for n in (1, 2):
            assert await pair.stream() == n
            pair.helper.local.data.clear()
            screen = bytes(range(256)) * (3 * WINDOW // 256) + bytes([n])
            assert pair.user.local.link is not None
            assert pair.helper.local.link is not None
            pair.user.local.link.send_rfb(screen)
            await pair.helper.until(lambda: len(pair.helper.local.data) == 3 * WINDOW + 1)
            assert pair.helper.local.data == screen
        assert pair.helper.local.link is not None
        pair.helper.local.link.send_rfb(b"keys")
        await pair.user.until(lambda: pair.user.local.data == b"keys")


async def test_a_stream_that_cannot_go_on_is_told(tmp_path: Path) -> None:
    """The helper's side hears it, and asks for the next one."""
    async with two(tmp_path) as pair:
        await pair.connect()
        await pair.stream()
        assert pair.user.local.link is not None
        pair.user.local.link.stream_over()
        await pair.helper.until(lambda: ("over",) in pair.helper.local.told)
        assert await pair.stream() == 2


async def test_a_viewer_that_takes_nothing_stops_the_server(tmp_path: Path) -> None:
    """At a window of bytes; chat and the end still pass."""
    async with two(tmp_path) as pair:
        await pair.connect()
        await pair.stream()
        pair.helper.local.consume = False
        assert pair.user.local.link is not None
        pair.user.local.link.send_rfb(bytes(2 * WINDOW))
        assert pair.user.local.told[-1] == ("pause_reading",)
        await pair.helper.until(lambda: len(pair.helper.local.data) == WINDOW)
        pair.user.session.chat("still there?")
        await pair.helper.until(lambda: pair.helper.events == [ChatReceived("still there?")])
        assert pair.helper.local.link is not None
        pair.helper.local.link.consumed(WINDOW)
        await pair.helper.until(lambda: len(pair.helper.local.data) == 2 * WINDOW)
        pair.helper.local.link.consumed(WINDOW)
        await pair.user.until(lambda: pair.user.local.told[-1] == ("resume_reading",))


async def test_a_full_leg_holds_rfb_back(tmp_path: Path) -> None:
    """Chat written later goes out earlier."""
    async with two(tmp_path) as pair:
        await pair.connect()
        await pair.stream()
        assert pair.user.local.link is not None
        pair.user.session.paused()
        pair.user.local.link.send_rfb(b"screen")
        pair.user.session.chat("first")
        await pair.helper.until(lambda: pair.helper.events)
        assert pair.helper.local.data == b""
        pair.user.session.resumed()
        await pair.helper.until(lambda: pair.helper.local.data == b"screen")


async def test_talk(tmp_path: Path) -> None:
    """Chat both ways, pointing, the screen's size, pausing."""
    async with two(tmp_path) as pair:
        await pair.connect()
        user, helper = pair.user, pair.helper
        assert user.local.link is not None
        assert helper.local.link is not None
        helper.session.chat("hello")
        helper.session.chat("")
        helper.local.link.pointer(3, 4)
        user.local.link.pointer(5, 6)
        user.local.link.screen(800, 600, "pc" * 200)
        with pytest.raises(TasukiError, match="5000"):
            user.session.chat("x" * 5000)
        user.session.chat("x" * 3999 + "\r\n\0")
        user.local.link.unpressed("あ", 0x1003042)
        user.session.pause(True)
        user.session.pause(True)
        await user.until(lambda: len(user.events) == 3)
        await helper.until(lambda: helper.session.view.paused)
        assert set(user.events) == {PointerShown(5, 6), ChatReceived("hello"), PointerShown(3, 4)}
        assert helper.events == [
            ScreenChanged(800, 600, ("pc" * 200)[:200]),
            ChatReceived("x" * 3999 + "\n"),
            KeysUnpressed("あ"),
        ]
        assert user.local.told[-1] == helper.local.told[-1] == ("pause", True)
        user.session.pause(False)
        await helper.until(lambda: not helper.session.view.paused)


def stopped(view: SessionView) -> tuple[bool, bool]:
    """For which reasons."""
    return view.paused, view.screens_changed


async def test_both_sides_know_why_the_picture_is_stopped(tmp_path: Path) -> None:
    """The helper hears of one reason at a time, and of an end only when there is none."""
    async with two(tmp_path) as pair:
        await pair.connect()
        user, helper = pair.user, pair.helper
        for call, own, theirs in (
            (partial(user.session.screens_changed, True), (False, True), (False, True)),
            (partial(user.session.pause, True), (True, True), (True, False)),
            (partial(user.session.pause, False), (False, True), (False, True)),
            (partial(user.session.pause, True), (True, True), (True, False)),
            (partial(user.session.screens_changed, False), (True, False), (True, False)),
            (partial(user.session.pause, False), (False, False), (False, False)),
        ):
            call()
            assert stopped(user.session.view) == own
            await helper.until(lambda: stopped(helper.session.view) == theirs)  # noqa: B023 -- called before the next
            assert helper.local.told[-1] == ("pause", any(theirs))
        assert [told for told in user.local.told if told[0] == "pause"] == [("pause", on) for on in (True, False) * 2]
        helper.session.screens_changed(True)
        assert not helper.session.view.stopped


async def test_screens_that_changed_before_both_were_connected(tmp_path: Path) -> None:
    """The helper hears of it as soon as there is a channel."""
    async with two(tmp_path) as pair:
        pair.user.session.screens_changed(True)
        await pair.connect()
        assert pair.user.session.view.screens_changed
        await pair.helper.until(lambda: pair.helper.session.view.screens_changed)


async def test_another_screen_is_wanted_and_told(tmp_path: Path) -> None:
    """The user's side says which are offered, and hears of a wish for one of them alone; in a pause of none."""
    async with two(tmp_path) as pair:
        pair.user.session.offer_screens(TWO_SCREENS)
        await pair.connect()
        user, helper = pair.user, pair.helper
        await helper.until(lambda: helper.session.view.screens == TWO_SCREENS)
        assert user.session.view.screens == TWO_SCREENS
        first = TWO_SCREENS.screens[0].key
        assert not helper.session.want_screen(TWO_SCREENS.seen)
        assert not helper.session.want_screen("1x1+0+0")
        assert not user.session.want_screen(first)
        assert helper.session.want_screen(first)
        assert helper.session.want_screen("")
        await user.until(lambda: ScreenWished("") in user.events)
        assert user.events == [ScreenWished(first), ScreenWished("")]
        user.session.pause(True)
        await helper.until(lambda: helper.session.view.paused)
        assert not helper.session.want_screen(first)
        user.session.pause(False)
        user.session.offer_screens(NO_SCREENS)
        await helper.until(lambda: helper.session.view.screens == NO_SCREENS)
        assert not helper.session.want_screen(first)


async def wish(pair: Two) -> None:
    """The helper asks for control, and the user's side shows it."""
    pair.helper.session.want_control()
    pair.helper.session.want_control()
    assert pair.helper.session.view.control_wanted
    await pair.user.until(lambda: pair.user.session.view.control_wanted)
    assert pair.user.local.told[-1] == ("question", True)


async def test_control_is_asked_for_and_given(tmp_path: Path) -> None:
    """Input is dropped while the question is open; then the mode holds at both ends."""
    async with two(tmp_path) as pair:
        await pair.connect()
        await wish(pair)
        pair.user.session.set_mode(Mode.CONTROL)
        await pair.helper.until(lambda: pair.helper.session.view.mode is Mode.CONTROL)
        for side in pair.sides.values():
            assert not side.session.view.control_wanted
            assert side.session.view.deadline is None
            assert ("mode", Mode.CONTROL) in side.local.told
        assert pair.user.local.told[-1] == ("question", False)
        pair.helper.session.want_control()
        assert not pair.helper.session.view.control_wanted
        pair.user.session.set_mode(Mode.VIEW)
        await pair.helper.until(lambda: pair.helper.session.view.mode is Mode.VIEW)


@pytest.mark.parametrize(
    "no", [lambda side: side.session.refuse_control(), lambda side: side.session.set_mode(Mode.VIEW)]
)
async def test_control_is_refused(tmp_path: Path, no: Callable[[Side], None]) -> None:
    """The helper is told; another wish at once is refused without a question."""
    async with two(tmp_path) as pair:
        await pair.connect()
        await wish(pair)
        no(pair.user)
        await pair.helper.until(lambda: pair.helper.events == [ControlRefused()])
        pair.user.session.refuse_control()
        pair.helper.session.want_control()
        await pair.helper.until(lambda: pair.helper.events == [ControlRefused()] * 2)
        assert not pair.user.session.view.control_wanted
        assert pair.user.session.view.mode is Mode.VIEW


async def test_control_that_may_not_be_allowed(tmp_path: Path) -> None:
    """Nobody is asked: the helper's wish is refused with the reason, the person hears of it once, and cannot grant it either."""
    async with two(tmp_path, most=Mode.VIEW) as pair:
        pair.user.session.set_mode(Mode.CONTROL)  # said before both are connected
        await pair.connect()
        refused = ControlRefused(beyond_most=True)
        pair.helper.session.want_control()
        await pair.helper.until(lambda: pair.helper.events == [refused])
        pair.helper.session.want_control()
        await pair.helper.until(lambda: pair.helper.events == [refused] * 2)
        assert pair.user.events == [ControlBeyondMost()]
        pair.user.session.set_mode(Mode.CONTROL)
        assert pair.user.session.view.no_control is not None
        for side in pair.sides.values():
            assert side.session.view.mode is Mode.VIEW
            assert ("mode", Mode.CONTROL) not in side.local.told


async def test_silence_about_control_is_no(tmp_path: Path) -> None:
    """By the user's own clock."""
    async with two(tmp_path, timing=SessionTiming(want=0.05, bye=1)) as pair:
        await pair.connect()
        pair.helper.session.want_control()
        await pair.helper.until(lambda: pair.helper.events == [ControlRefused()])


async def test_a_mode_chosen_before_both_are_connected_holds_from_the_start(tmp_path: Path) -> None:
    """The person allows the helper in, but only to look: no moment of control."""
    async with two(tmp_path, mode=Mode.CONTROL, chosen=False) as pair:
        pair.start()
        await pair.user.phase(SessionPhase.ASKING)
        pair.user.session.set_mode(Mode.VIEW)
        pair.user.session.allow()
        await pair.helper.until(lambda: pair.helper.session.view.mode is Mode.VIEW)
        assert pair.user.local.told == [("attached", Mode.VIEW)]


async def test_a_question_that_was_open_before_the_session_is_heard_of(tmp_path: Path) -> None:
    """The local side drops input from the first moment on."""
    async with two(tmp_path) as pair:
        pair.user.session.question(True)
        await pair.connect()
        assert pair.user.local.told == [("attached", Mode.VIEW), ("question", True)]


async def test_what_arrived_is_told(tmp_path: Path) -> None:
    """To whoever numbers lines, the last number, and once a second at most: what is told counts as what is said."""
    async with two(tmp_path) as pair:
        await pair.connect()
        user, helper = pair.user, pair.helper
        for number in range(1, 51):
            assert helper.session.chat("x", number)
        helper.session.chat("nobody asks")
        await user.until(lambda: len(user.events) == 51)
        await helper.until(lambda: ChatDelivered(50) in helper.events)
        assert ChatDelivered(1) in helper.events
        assert len(helper.events) <= 3
        assert all(isinstance(event, ChatReceived) for event in user.events)


async def test_a_script_that_writes_without_end_ends_nothing(tmp_path: Path) -> None:
    """Neither lines nor a screen that changes its size all the time: what is too much is not sent, the last size is."""
    async with two(tmp_path) as pair:
        assert not pair.user.session.chat("too early")
        await pair.connect()
        assert [pair.user.session.chat("x") for _ in range(300)].count(True) == LINES[0]
        assert not pair.user.session.chat("")
        link = pair.user.local.link
        assert link is not None
        for width in range(1, 301):
            link.screen(width, 1)
        await pair.helper.until(lambda: ScreenChanged(300, 1, "") in pair.helper.events)
        assert pair.helper.events.count(ChatReceived("x")) == LINES[0]
        assert sum(isinstance(event, ScreenChanged) for event in pair.helper.events) == 2
        for side in pair.sides.values():
            assert side.session.view.phase is SessionPhase.CONNECTED


async def test_a_chat_line_that_cannot_be_one(tmp_path: Path) -> None:
    """From a program that is not ours: the person hears that something came, and the session goes on."""
    async with two(tmp_path) as pair:
        await pair.connect()
        channel = pair.helper.session._channel
        for text in ("x" * (CHAT_LIMIT + 1), "a\0b"):
            pair.helper.session._carry(channel.send_control(Chat(text=text)))
        pair.helper.session.chat("after it")
        await pair.user.until(lambda: ChatReceived("after it") in pair.user.events)
        assert pair.user.events == [ChatLeftOut(), ChatLeftOut(), ChatReceived("after it")]
        assert pair.user.session.view.phase is SessionPhase.CONNECTED


async def test_only_the_user_decides(tmp_path: Path) -> None:
    """A helper's calls for the user's decisions do nothing, and the other way round."""
    async with two(tmp_path) as pair:
        pair.user.session.want_control()
        pair.helper.session.want_control()
        await pair.connect()
        pair.helper.session.set_mode(Mode.CONTROL)
        pair.helper.session.pause(True)
        pair.helper.session.refuse_control()
        pair.user.session.want_control()
        pair.user.session.question(True)
        assert pair.user.local.told[-1] == ("question", True)
        for side in pair.sides.values():
            assert side.session.view.mode is Mode.VIEW
            assert not side.session.view.paused


async def test_a_failing_local_side_ends_the_session(tmp_path: Path) -> None:
    """With its own reason, at both ends."""
    async with two(tmp_path) as pair:
        await pair.connect()
        assert pair.user.local.link is not None
        pair.user.local.link.failed(Why.SERVER_GONE, "exit 1")
        await both_end(pair, Why.SERVER_GONE, Role.USER)
        pair.user.local.link.send_rfb(b"late")
        pair.user.local.link.failed(Why.FAILED)
        assert pair.user.session.view.why is Why.SERVER_GONE


async def test_a_dead_line_is_noticed(tmp_path: Path) -> None:
    """Pings unanswered: silent, and the leg that closes for nobody is cut."""
    async with two(tmp_path, timing=SessionTiming(ping=0.05, silence=0.3, bye=0.05)) as pair:
        await pair.connect()
        for leg in pair.relay.legs.values():
            leg.stuck = True
        for side in pair.sides.values():
            view = await side.end()
            assert view.why is Why.SILENT


async def test_pings_keep_it_alive(tmp_path: Path) -> None:
    """Longer than the silence that would end it."""
    async with two(tmp_path, timing=SessionTiming(ping=0.05, silence=0.4, bye=1)) as pair:
        await pair.connect()
        start = len(pair.relay.legs[Role.USER].sent)
        await pair.user.until(lambda: len(pair.relay.legs[Role.USER].sent) > start + 16)
        assert pair.user.session.view.phase is SessionPhase.CONNECTED


async def test_stopped_before_it_ran(tmp_path: Path) -> None:
    """It ends without dialling."""
    async with two(tmp_path) as pair:
        pair.user.session.stop()
        pair.user.start()
        assert (await pair.user.end()).why is Why.USER_ENDED
        assert pair.relay.dialled == []


async def test_bugs_in_a_window_do_not_reach_the_session(tmp_path: Path) -> None:
    """They are logged."""
    async with two(tmp_path) as pair:

        def broken(_: object) -> None:
            raise RuntimeError("window")

        pair.user.session._presenter._on_change = broken
        pair.user.session._presenter._on_event = broken
        pair.start()
        await pair.helper.phase(SessionPhase.CONNECTED)
        pair.helper.session.chat("hi")
        pair.helper.session.stop()
        assert (await pair.user.end()).why is Why.HELPER_ENDED


async def test_a_bug_in_the_local_side_ends_this_session(tmp_path: Path) -> None:
    """As failed, and the other side hears of it."""
    async with two(tmp_path) as pair:
        await pair.connect()
        await pair.stream()

        def broken(data: bytes) -> None:
            raise RuntimeError("local")

        pair.user.local.rfb_received = broken  # type: ignore[method-assign]
        assert pair.helper.local.link is not None
        pair.helper.local.link.send_rfb(b"x")
        await both_end(pair, Why.FAILED, Role.USER)


async def test_a_bug_at_the_very_end_still_ends_it(tmp_path: Path) -> None:
    """Not even closing works: `run` returns all the same."""
    async with two(tmp_path, timing=SessionTiming(bye=0.05)) as pair:
        await pair.connect()

        def broken() -> None:
            raise RuntimeError("close")

        pair.user.local.close = broken  # type: ignore[method-assign]
        pair.user.session.stop()
        assert (await pair.user.end()).why is Why.USER_ENDED


async def test_a_leg_lost_between_ready_and_tls(tmp_path: Path) -> None:
    """Is a cut, not another ticket."""
    async with two(tmp_path) as pair:
        pair.user.start()
        await pair.user.phase(SessionPhase.JOINING)
        pair.user.session._life.ready()
        pair.user.session.leg_closed()
        assert (await pair.user.end()).why is Why.CUT


class FastClock(LoopClock):
    """Ahead of everybody else's."""

    def __init__(self, off: timedelta) -> None:
        self._off = off

    def now(self) -> datetime:
        return super().now() + self._off


@pytest.mark.parametrize("wrong", list(Role))
async def test_a_wrong_clock_is_looked_for_where_it_is(tmp_path: Path, wrong: Role) -> None:
    """Whose clock does not fit refuses the other, and hears of his own; whoever was refused is not told to check his."""
    off = timedelta(days=60)
    async with two(tmp_path, timing=SessionTiming(reason=10, bye=1)) as pair:
        pair.sides[wrong].session._clock = FastClock(off)
        pair.sides[wrong].matching.clock_skew = off.total_seconds()
        refusing, refused = pair.sides[wrong], pair.sides[wrong.other]
        pair.start()
        view = await refusing.end()
        assert (view.why, refusing.matching.ended) == (Why.CLOCKS, [(SESSION, Why.CLOCKS)])
        assert isinstance(view.problem, TasukiError)
        assert (view.problem.code, view.problem.facts["difference"]) == ("clocks_differ", off)
        refused.matching.say(Ended(session=SESSION, why=Why.CLOCKS))
        view = await refused.end()
        assert (view.why, refused.matching.ended) == (Why.CLOCKS, [])
        assert isinstance(view.problem, TasukiError)
        assert view.problem.code == "other_clock"
        assert all(side.local.told == [("close",)] for side in pair.sides.values())


async def test_whoever_was_refused_says_that_and_no_more(tmp_path: Path) -> None:
    """Where neither the relay nor the other side says why."""
    async with two(tmp_path, timing=SessionTiming(reason=0.05, bye=1)) as pair:
        profile: Any = pair.user.matching.profile
        profile.crl = pair.organisation.revoke(NAMES[Role.HELPER])
        pair.start()
        await pair.user.end()
        view = await pair.helper.end()
        assert (view.why, view.by) in {(Why.NOT_ACCEPTED, None), (Why.CUT, None)}
        assert pair.helper.matching.ended == [(SESSION, view.why)]


async def test_the_mode_reaches_the_record(tmp_path: Path) -> None:
    """The user's agent says each that holds, the first one too; both people are told of each once, and see that it is recorded."""
    async with two(tmp_path, mode=Mode.VIEW) as pair:
        pair.relay.records = True
        await pair.connect()
        for side in pair.sides.values():
            await side.until(lambda side=side: side.session.view.mode_recorded)  # type: ignore[misc]
        pair.user.session.set_mode(Mode.CONTROL)
        for side in pair.sides.values():
            await side.until(
                lambda side=side: side.session.view.mode is Mode.CONTROL and side.session.view.mode_recorded  # type: ignore[misc]
            )
            assert [one for one in side.events if isinstance(one, ModeRecorded)] == [
                ModeRecorded(Mode.VIEW),
                ModeRecorded(Mode.CONTROL),
            ]
        assert pair.user.matching.modes == [Mode.VIEW, Mode.CONTROL]
        assert pair.helper.matching.modes == []


async def test_a_record_that_could_not_be_made_is_tried_again(tmp_path: Path) -> None:
    """The relay said no to it: the mode that holds then is said a little later."""
    async with two(tmp_path, mode=Mode.VIEW) as pair:
        await pair.connect()
        pair.user.matching.say(Error(about="mode_now", code=Code.TOO_MANY, session=SESSION))
        assert pair.user.matching.modes == [Mode.VIEW]
        pair.user.session._control.tell_mode()  # as its timer does
        assert pair.user.matching.modes == [Mode.VIEW] * 2
        assert not pair.user.session.view.mode_recorded
