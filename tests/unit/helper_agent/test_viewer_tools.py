"""What the helper's tools put into a viewer's stream, byte for byte, and that nothing of it touches while the helper only looks."""

import pytest

from common.protocol.messages import Mode
from helper_agent.viewers.tools import CHORDS, Chord, Quality, encodings_for, pressed
from tests.support.rfb import (
    VIEW_ENCODINGS,
    client_cut,
    fence,
    key,
    pointer,
    qemu_key,
    request,
    set_encodings,
    set_pixel_format,
)
from tests.support.started_front import Started, started

A, CONTROL, ALT, DELETE = 0x61, 0xFFE3, 0xFFE9, 0xFFFF
CTRL_ALT_DEL = key(CONTROL) + key(ALT) + key(DELETE) + key(DELETE, 0) + key(ALT, 0) + key(CONTROL, 0)
SYNC_NEXT = 0x80000004
PROOF = request(1, 2, 3, 4)  # goes on in every mode: what came before it has been dealt with


async def sends(session: Started, data: bytes) -> None:
    """This, and nothing else, goes to the user since the last time."""
    await session.link.until_sent(data)
    assert session.link.sent == data
    session.link.sent = b""


@pytest.mark.parametrize("chord", list(Chord))
def test_every_chord_lets_go_of_what_it_presses(chord: Chord) -> None:
    """In the opposite order; none of them is one of the keys that stop a session."""
    events = [pressed(chord)[at : at + 8] for at in range(0, 16 * len(CHORDS[chord]), 8)]
    half = len(CHORDS[chord])
    assert events[:half] == [key(keysym) for keysym in CHORDS[chord]]
    assert events[half:] == [key(keysym, 0) for keysym in reversed(CHORDS[chord])]
    assert not {0xFF13, 0xFF6B} & set(CHORDS[chord])


def test_what_quality_makes_of_encodings() -> None:
    """Auto leaves them; fast puts Tight first and adds poor JPEG; sharp takes JPEG away; nothing is asked of a viewer without Tight."""
    wished = (16, 7, -24, -251, -312)
    assert encodings_for(Quality.AUTO, wished) == wished
    assert encodings_for(Quality.FAST, wished) == (7, 16, -312, -30, -250)
    assert encodings_for(Quality.SHARP, (*wished, -420)) == (16, 7, -312, -255)
    assert encodings_for(Quality.FAST, (16, 0)) == (16, 0, -250)


async def test_special_keys_in_control_mode() -> None:
    """They go as they are, and what the viewer held is let go first."""
    async with started() as session:
        viewer = await session.viewer()
        assert session.front.press(Chord.CTRL_ALT_DEL)
        await sends(session, CTRL_ALT_DEL)
        viewer.say(key(A), pointer(5, 6, 1), PROOF)
        await sends(session, key(A) + pointer(5, 6, 1) + PROOF)
        assert session.front.press(Chord.SUPER)
        await sends(session, key(A, 0) + pointer(5, 6) + key(0xFFEB) + key(0xFFEB, 0))


async def test_no_special_keys_without_the_right_to() -> None:
    """Not while looking, not while pointing, not without a viewer."""
    async with started(Mode.VIEW) as session:
        assert not session.front.press(Chord.CTRL_ALT_DEL)
        await session.viewer()
        assert not session.front.press(Chord.CTRL_ALT_DEL)
        session.front.mode_changed(Mode.CONTROL)
        session.front.point(True)
        assert not session.front.press(Chord.CTRL_ALT_DEL)
        session.front.point(False)
        assert session.front.press(Chord.CTRL_ALT_DEL)
        await sends(session, CTRL_ALT_DEL)


async def test_nothing_comes_between_a_fence_and_its_message() -> None:
    """The server would take our key for the message that the fence parts."""
    async with started() as session:
        viewer = await session.viewer()
        viewer.say(set_encodings(*VIEW_ENCODINGS))
        session.front.rfb_received(fence(0))  # announced
        await viewer.hears(fence(0))
        viewer.say(fence(SYNC_NEXT, b"f"))
        await sends(session, set_encodings(*VIEW_ENCODINGS) + fence(SYNC_NEXT, b"f"))
        assert session.front.press(Chord.PRINT)
        session.front.set_quality(Quality.SHARP)
        assert not session.link.sent
        viewer.say(set_pixel_format())
        sharp = set_encodings(*VIEW_ENCODINGS, -255)
        await sends(session, set_pixel_format() + key(0xFF61) + key(0xFF61, 0) + sharp + request(incremental=0))


async def test_keys_that_waited_are_dropped_when_the_user_takes_control_back() -> None:
    """They were pressed while it was allowed, but arrive when it is not."""
    async with started() as session:
        viewer = await session.viewer()
        viewer.say(set_encodings(*VIEW_ENCODINGS))
        session.front.rfb_received(fence(0))
        await viewer.hears(fence(0))
        viewer.say(fence(SYNC_NEXT, b"f"))
        await sends(session, set_encodings(*VIEW_ENCODINGS) + fence(SYNC_NEXT, b"f"))
        assert session.front.press(Chord.PRINT)
        session.front.mode_changed(Mode.VIEW)
        viewer.say(set_pixel_format(), PROOF)
        await sends(session, set_pixel_format() + PROOF)


async def test_pointing_in_control_mode() -> None:
    """Where the pointer is goes as a place to show; neither keys nor buttons nor the clipboard go; what was held is let go."""
    async with started() as session:
        viewer = await session.viewer()
        viewer.say(set_encodings(*VIEW_ENCODINGS), key(A), pointer(7, 8, 1))
        held = set_encodings(*VIEW_ENCODINGS) + key(A) + pointer(7, 8, 1)
        await sends(session, held)
        session.front.point(True)
        viewer.say(pointer(20, 30, 1), key(0x62), qemu_key(0x62, 0x30), client_cut(b"clip"), PROOF)
        await sends(session, key(A, 0) + pointer(7, 8) + PROOF)
        await session.link.until("pointer", (20, 30))
        session.front.point(False)
        viewer.say(pointer(21, 31), key(0x62))
        await sends(session, pointer(21, 31) + key(0x62))


async def test_pointing_holds_for_the_next_viewer_and_through_changes_of_mode() -> None:
    """It is the helper's choice, not a viewer's."""
    async with started() as session:
        session.front.point(True)
        viewer = await session.viewer()
        session.front.mode_changed(Mode.VIEW)
        session.front.mode_changed(Mode.CONTROL)
        viewer.say(pointer(20, 30, 1), key(A), PROOF)
        await sends(session, PROOF)
        await session.link.until("pointer", (20, 30))


async def test_quality_before_and_while_a_viewer_is_there() -> None:
    """The first SetEncodings is made to serve it; a change asks the server anew, for everything at once."""
    async with started(Mode.VIEW) as session:
        session.front.set_quality(Quality.FAST)
        viewer = await session.viewer()
        assert not session.link.sent
        viewer.say(set_encodings(16, 7, -24), PROOF)
        await sends(session, set_encodings(7, 16, -30, -250) + PROOF)
        session.front.set_quality(Quality.FAST)
        session.front.set_quality(Quality.AUTO)
        await sends(session, set_encodings(7, 16, -24) + request(incremental=0))
        session.front.set_quality(Quality.SHARP)
        await sends(session, set_encodings(7, 16, -255) + request(incremental=0))


async def test_while_looking_nothing_but_the_pointer_leaves() -> None:
    """Whatever the tools and the viewer try, in view mode only what asks for the picture goes to the server."""
    async with started(Mode.VIEW) as session:
        viewer = await session.viewer()
        viewer.say(set_encodings(7), key(A), pointer(1, 1, 1), client_cut(b"x"))
        for chord in Chord:
            session.front.press(chord)
        session.front.point(True)
        session.front.set_quality(Quality.SHARP)
        session.front.point(False)
        viewer.say(key(A), pointer(2, 2, 4), PROOF)
        await session.link.until("pointer", (2, 2))
        await sends(session, set_encodings(7, -255) + PROOF)
