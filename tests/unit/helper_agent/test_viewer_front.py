"""The viewer front: who gets in, what a viewer sees and says, and what is left when it goes."""

import asyncio
from pathlib import Path

import pytest

from common.agent.pipe import HIGH_WATER
from common.protocol.channel import DRAW_POINTS
from common.protocol.messages import Mode
from common.protocol.reasons import Why
from common.protocol.rfb.filter import ClientFilter
from common.protocol.rfb.passage import HELD
from common.protocol.rfb.state import StreamState
from helper_agent import viewer_front
from helper_agent.viewer_front import MAX_GREETED, MAX_TRIES, ViewerFront
from tests.support.marks import needs
from tests.support.rfb import (
    BELL,
    END_OF_CONTINUOUS,
    client_cut,
    continuous,
    key,
    pointer,
    rectangle,
    request,
    server_cut,
    server_init,
    set_encodings,
    update,
)
from tests.support.rfb_link import turns
from tests.support.started_front import started

A = 0x61
FAILED = b"\0\0\0\1"


async def test_a_password_of_eight_characters_that_is_new_each_time() -> None:
    """From the random bytes, and not shown where the offer is printed."""
    async with started() as session:
        first, second = await session.front.offer(), await session.front.offer()
        assert len(first.password) == len(second.password) == 8
        assert first.password != second.password
        assert first.password not in repr(first)
        fixed = ViewerFront(random=bytes)
        assert (await fixed.offer()).password == "aaaaaaaa"
        fixed.close()


async def test_a_viewer_is_let_in_once_the_users_side_is_ready() -> None:
    """Not before: it would be told of a failure in its login."""
    async with started() as session:
        offer = await session.front.offer()
        viewer = await session.connect(offer)
        await viewer.answer(offer.password)
        await session.link.until("start", 1)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(viewer.reader.read(1), 0.02)
        assert session.seen == []
        session.front.stream_started(1)
        await viewer.hears(b"\0\0\0\0")
        assert session.seen == [True]


async def test_server_init_waits_for_client_init() -> None:
    """And is consumed only then."""
    async with started() as session:
        offer = await session.front.offer()
        viewer = await session.connect(offer)
        await viewer.answer(offer.password)
        await session.link.until("start", 1)
        session.front.stream_started(1)
        session.front.rfb_received(server_init())
        await viewer.hears(b"\0\0\0\0")
        assert session.link.acknowledged == 0
        viewer.say(b"\0" + request())
        await viewer.hears(server_init())
        await session.link.until_sent(request())
        assert session.link.acknowledged == len(server_init())


async def test_client_init_may_come_early_and_nothing_else() -> None:
    """Some viewers do not wait for SecurityResult; none has more to say before ServerInit."""
    async with started() as session:
        offer = await session.front.offer()
        viewer = await session.connect(offer)
        await viewer.answer(offer.password)
        await session.link.until("start", 1)
        viewer.say(b"\1")
        await turns()
        session.front.stream_started(1)
        session.front.rfb_received(server_init())
        await viewer.hears(b"\0\0\0\0" + server_init())
        offer = await session.front.offer()
        viewer = await session.connect(offer)
        await viewer.answer(offer.password)
        await session.link.until("start", 2)
        viewer.say(b"\1" + request())
        assert await viewer.hung_up_on() == b""
        assert session.link.failures == []


async def test_a_viewer_before_the_session_is_connected() -> None:
    """It waits in its login."""
    async with started(attach=False) as session:
        offer = await session.front.offer()
        viewer = await session.connect(offer)
        await viewer.answer(offer.password)
        await turns(20)
        while session.front._viewer is None:
            await turns(1)
        session.front.attached(session.link, Mode.VIEW)
        await session.link.until("start", 1)
        session.front.stream_started(1)
        await viewer.hears(b"\0\0\0\0")


async def test_a_stream_that_cannot_go_on() -> None:
    """The viewer that is there keeps its picture until the one that is opened next is in; without a viewer nobody is told."""
    async with started() as session:
        session.front.stream_over()
        assert session.over == []
        viewer = await session.viewer()
        session.front.stream_over()
        assert session.over == [True]
        assert session.seen == [True]
        offer = await session.front.offer()
        other = await session.connect(offer)
        await other.answer(offer.password)
        assert await viewer.hung_up_on() == b""
        await session.link.until("start", 2)


async def test_only_one_viewer_gets_in() -> None:
    """With the right password the offer is over, for those who were in the middle of their login too."""
    async with started() as session:
        offer = await session.front.offer()
        other = await session.connect(offer)
        await other.hears(b"RFB 003.008\n")
        viewer = await session.connect(offer)
        await viewer.answer(offer.password)
        await session.link.until("start", 1)
        assert await other.hung_up_on() == b""
        with pytest.raises(ConnectionRefusedError):
            await session.connect(offer)


async def test_wrong_passwords() -> None:
    """Told so; five of them end the offer, fewer do not."""
    async with started() as session:
        offer = await session.front.offer()
        for _ in range(MAX_TRIES - 1):
            viewer = await session.connect(offer)
            await viewer.answer("wrong")
            assert (await viewer.hung_up_on()).startswith(FAILED)
        viewer = await session.connect(offer)
        await viewer.answer(offer.password)
        await session.link.until("start", 1)
        offer = await session.front.offer()
        for _ in range(MAX_TRIES):
            viewer = await session.connect(offer)
            await viewer.answer("wrong")
            await viewer.hung_up_on()
        with pytest.raises(ConnectionRefusedError):
            await session.connect(offer)


async def test_other_users_of_this_pc_are_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before a byte is said to them, and the offer stands."""
    async with started() as session:
        answers = iter([False, True])
        monkeypatch.setattr(viewer_front, "peer_is_own_user", lambda _: next(answers))
        offer = await session.front.offer()
        stranger = await session.connect(offer)
        assert await stranger.hung_up_on() == b""
        viewer = await session.connect(offer)
        await viewer.hears(b"RFB 003.008\n")


async def test_a_peer_that_is_gone_before_it_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Is nobody's."""

    def gone(_: object) -> bool:
        raise OSError("not connected")

    async with started() as session:
        monkeypatch.setattr(viewer_front, "peer_is_own_user", gone)
        stranger = await session.connect(await session.front.offer())
        assert await stranger.hung_up_on() == b""


async def test_connections_that_do_not_log_in_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """In number and in time."""
    monkeypatch.setattr(viewer_front, "peer_is_own_user", lambda _: True)  # to ask takes longer than this on Wine
    async with started(patience=0.2) as session:
        offer = await session.front.offer()
        idle = [await session.connect(offer) for _ in range(MAX_GREETED)]
        for viewer in idle:
            await viewer.hears(b"RFB 003.008\n")
        assert await (await session.connect(offer)).hung_up_on() == b""
        for viewer in idle:
            assert await viewer.hung_up_on() == b""
        await (await session.connect(offer)).hears(b"RFB 003.008\n")


async def test_what_is_not_a_viewer() -> None:
    """A browser, or another security type: hung up on, no session harmed."""
    async with started() as session:
        offer = await session.front.offer()
        for said in (b"GET / HTTP/1.1\r\n", b"RFB 003.008\n\1"):
            stranger = await session.connect(offer)
            stranger.say(said)
            await stranger.hung_up_on()
        assert session.link.failures == []
        assert session.seen == []


@needs("socket.AF_UNIX")
async def test_a_unix_socket(tmp_path: Path) -> None:
    """Where the viewer can take one; it is removed with the offer."""
    path = tmp_path / "viewer"
    async with started() as session:
        offer = await session.front.offer(path=str(path))
        assert (offer.port, offer.path) == (0, str(path))
        viewer = await session.connect(offer)
        await viewer.answer(offer.password)
        await session.link.until("start", 1)
        assert not path.exists()
        with pytest.raises(OSError, match="No such file"):
            await session.front.offer(path=str(tmp_path / "nowhere" / "viewer"))


async def test_both_directions_are_filtered() -> None:
    """By the mode as the user has decided it."""
    async with started(Mode.VIEW) as session:
        viewer = await session.viewer()
        viewer.say(key(A), client_cut(b"x"), request())
        await session.link.until_sent(request())
        assert session.link.sent == request()
        session.front.rfb_received(server_cut(b"no") + BELL)
        await viewer.hears(BELL)
        session.front.mode_changed(Mode.CONTROL)
        viewer.say(key(A))
        await session.link.until_sent(request() + key(A))
        viewer.say(client_cut(b"x" * 1_500_000), request())
        await session.link.until_sent(request() + key(A) + request())
        session.front.rfb_received(server_cut(b"no" * 750_000) + BELL)
        await viewer.hears(BELL)


async def test_the_users_side_hears_of_the_release_that_view_mode_drops() -> None:
    """Else its filter would go on swallowing the button, and with it the first click when control comes again."""
    async with started() as session:
        viewer = await session.viewer()
        held = pointer(5, 7, 1) + key(A)
        viewer.say(held)
        await session.link.until_sent(held)
        session.front.mode_changed(Mode.VIEW)
        told = held + key(A, 0) + pointer(5, 7)
        assert session.link.sent == told
        viewer.say(pointer(5, 7), key(A, 0), request())
        await session.link.until_sent(told + request())
        users = ClientFilter(state=StreamState(), mode=Mode.CONTROL)
        users.feed(held)
        users.set_mode(Mode.VIEW)
        users.feed(session.link.sent.removeprefix(held))
        users.set_mode(Mode.CONTROL)
        assert users.feed(pointer(5, 7, 1)) == [pointer(5, 7, 1)]


async def test_the_users_stop_key_is_the_users_business() -> None:
    """The front lets it through; the user's filter swallows it."""
    async with started() as session:
        viewer = await session.viewer()
        viewer.say(key(0xFF13))
        await session.link.until_sent(key(0xFF13))


async def test_where_a_helper_who_looks_points() -> None:
    """The first place at once, the last always, not all between."""
    async with started(Mode.VIEW) as session:
        viewer = await session.viewer()
        viewer.say(*(pointer(x, 7) for x in range(500)))
        await session.link.until("pointer", (499, 7))
        assert session.link.points[0] == (0, 7)
        assert len(session.link.points) < 50
        assert session.link.sent == b""


@pytest.mark.parametrize("mode", list(Mode))
async def test_a_helper_with_the_pen_draws(mode: Mode) -> None:
    """Every place of a stroke, in order, in few messages; nothing is touched, and what follows is pointed at again."""
    async with started(mode) as session:
        viewer = await session.viewer()
        session.front.draw(True)
        viewer.say(pointer(5, 5), *(pointer(x, 7, 1) for x in range(40)), pointer(40, 7))
        await session.link.until("pointer", (40, 7))
        viewer.say(pointer(9, 9, 1), pointer(9, 9))
        await session.link.until("pointer", (9, 9))
        drawn = list(session.link.drawn)
        strokes: list[list[tuple[int, int]]] = []
        for points, begins in drawn:
            if begins:
                strokes.append([])
            strokes[-1] += points
        assert strokes == [[(x, 7) for x in range(40)], [(9, 9)]]
        assert len(drawn) < 10
        assert session.link.sent == b""
        session.front.draw(False)
        viewer.say(pointer(3, 3, 1), pointer(3, 3))
        if mode is Mode.CONTROL:
            await session.link.until_sent(pointer(3, 3))
        else:
            await session.link.until("pointer", (3, 3))
        assert session.link.drawn == drawn


async def test_a_pen_that_is_no_hands_draws_bounded_messages() -> None:
    """However fast the pointer flies, one message holds no more than the channel takes."""
    async with started(Mode.VIEW) as session:
        viewer = await session.viewer()
        session.front.draw(True)
        viewer.say(*(pointer(x, 7, 1) for x in range(2000)), pointer(1, 1))
        await session.link.until("pointer", (1, 1))
        assert all(0 < len(points) <= DRAW_POINTS for points, _ in session.link.drawn)
        assert session.link.drawn[-1][0][-1] == (1999, 7)


async def test_a_viewer_that_goes_leaves_nothing_held() -> None:
    """Keys are let go, continuous updates ended; the session goes on, and what still comes is taken and dropped."""
    async with started() as session:
        viewer = await session.viewer()
        session.front.rfb_received(END_OF_CONTINUOUS)
        await viewer.hears(END_OF_CONTINUOUS)
        viewer.say(set_encodings(-313), key(A), continuous(1))
        await session.link.until_sent(continuous(1))
        viewer.writer.close()
        await session.link.until_sent(key(A, 0) + continuous(0, 0, 0, 0, 0))
        assert session.seen == [True, False]
        before = session.link.acknowledged
        session.front.rfb_received(BELL * 5)
        assert session.link.acknowledged == before + 5
        assert session.link.failures == []


async def test_a_viewer_that_goes_before_its_stream_is_there() -> None:
    """Nobody gets that stream; the next viewer gets its own."""
    async with started() as session:
        offer = await session.front.offer()
        viewer = await session.connect(offer)
        await viewer.answer(offer.password)
        await session.link.until("start", 1)
        viewer.writer.close()
        while session.front._viewer is not None:
            await turns(1)
        session.front.stream_started(1)
        assert session.seen == []
        await session.viewer()
        assert session.seen == [True]


async def test_opened_again_while_the_old_one_is_there() -> None:
    """The old viewer stays until the new one has logged in."""
    async with started() as session:
        old = await session.viewer()
        offer = await session.front.offer()
        session.front.rfb_received(BELL)
        await old.hears(BELL)
        new = await session.connect(offer)
        await new.answer(offer.password)
        assert await old.hung_up_on() == b""
        assert session.seen == [True, False]
        session.front.rfb_received(BELL)  # of the old stream: nobody's any more
        session.front.stream_started(2)
        await new.hears(b"\0\0\0\0")


async def test_a_viewer_that_takes_nothing_stops_the_acknowledgements() -> None:
    """What the front holds for it is bounded by the window of the channel."""
    async with started() as session:
        viewer = await session.viewer()
        head = update(rectangle(-223, width=8000, height=8000), rectangle(0, width=8000, height=8000)) + bytes(HELD)
        session.front.rfb_received(head)
        await viewer.hears(head)
        sent = start = session.link.acknowledged
        while session.link.acknowledged == sent:  # the kernel takes some megabytes
            session.front.rfb_received(bytes(65536))
            sent += 65536
            await turns(1)
        assert sent - session.link.acknowledged <= 2 * 65536 + HIGH_WATER
        await viewer.hears(bytes(sent - start))
        await session.link.until_acknowledged(sent)


async def test_a_full_window_stops_the_reading() -> None:
    """The viewer is read again when there is room."""
    async with started() as session:
        viewer = await session.viewer()
        session.front.pause_reading()
        viewer.say(request())
        await turns(20)
        assert session.link.sent == b""
        session.front.resume_reading()
        await session.link.until_sent(request())


async def test_a_viewer_that_cannot_be_filtered() -> None:
    """UNFILTERABLE, and it is hung up on."""
    async with started() as session:
        viewer = await session.viewer()
        viewer.say(b"\x07")
        assert await viewer.hung_up_on() == b""
        assert [why for why, _ in session.link.failures] == [Why.UNFILTERABLE]
        assert session.seen == [True, False]


async def test_a_users_side_that_means_harm() -> None:
    """PROTOCOL, and not a byte of it reaches the viewer."""
    async with started() as session:
        viewer = await session.viewer()
        session.front.rfb_received(b"\x07")
        assert await viewer.hung_up_on() == b""
        assert [why for why, _ in session.link.failures] == [Why.PROTOCOL]


async def test_a_users_side_that_means_harm_from_the_start() -> None:
    """PROTOCOL once, whatever was waiting behind it on either side."""
    async with started() as session:
        offer = await session.front.offer()
        viewer = await session.connect(offer)
        await viewer.answer(offer.password)
        await session.link.until("start", 1)
        session.front.stream_started(1)
        session.front.pause_reading()
        await viewer.hears(b"\0\0\0\0")
        session.front.rfb_received(server_init(pixels=bytes(16)))
        session.front.rfb_received(server_init())
        viewer.say(b"\1" + request())
        assert await viewer.hung_up_on() == b""
        assert [why for why, _ in session.link.failures] == [Why.PROTOCOL]
        assert session.link.sent == b""


async def test_the_end_of_a_session() -> None:
    """A viewer that waits in its login is told, one that sees is hung up on, the offer is withdrawn."""
    async with started() as session:
        offer = await session.front.offer()
        viewer = await session.connect(offer)
        await viewer.answer(offer.password)
        await session.link.until("start", 1)
        session.front.close()
        assert (await viewer.hung_up_on()).endswith(b"The session is over.")
    async with started() as session:
        viewer = await session.viewer()
        offer = await session.front.offer()
        session.front.close()
        assert await viewer.hung_up_on() == b""
        assert session.seen == [True, False]
        with pytest.raises(ConnectionRefusedError):
            await session.connect(offer)
        session.front.pause_changed(True)
        session.front.question_open(True)
        session.front.rfb_received(b"x")
        session.front.close()
