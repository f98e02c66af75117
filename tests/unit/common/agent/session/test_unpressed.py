"""What could not be pressed is told at once, and bounded."""

from common.agent.session.presenter import Presenter
from common.agent.session.unpressed import INTERVAL, UnpressedKeys
from common.agent.views import SessionView
from common.protocol.channel import UNPRESSED_KEYS, UNPRESSED_TEXT, Unpressed, decode_control, encode_json
from common.protocol.channel_frames import FrameType
from common.protocol.identity import Role
from common.protocol.messages import Mode
from common.protocol.session_life import SessionPhase
from tests.support.clock import FakeClock

VIEW = SessionView(session="s", request="r", role=Role.USER, phase=SessionPhase.CONNECTED, mode=Mode.CONTROL)


def telling() -> tuple[UnpressedKeys, FakeClock, list[Unpressed]]:
    clock, sent = FakeClock(), list[Unpressed]()
    presenter = Presenter(view=VIEW, on_change=lambda _: None, on_event=lambda _: None, clock=clock)
    return UnpressedKeys(presenter=presenter, send=sent.append), clock, sent


def test_the_first_is_told_at_once_and_the_rest_together() -> None:
    """Each once, in order: characters as they are, keys by their keysyms."""
    told, clock, sent = telling()
    told.add("あ", 0x1003042)
    assert sent == [Unpressed(text="あ")]
    for character, keysym in (("é", 0xE9), ("", 0), ("é", 0xE9), ("\x01", 1), ("い", 0x1003044)):
        told.add(character, keysym)
    assert len(sent) == 1
    clock.advance(INTERVAL)
    assert sent[1:] == [Unpressed(text="éい", keys=(0, 1))]
    clock.advance(INTERVAL)
    told.add("", 5)
    assert sent[2:] == [Unpressed(keys=(5,))]


def test_there_are_never_too_many() -> None:
    """However much a helper presses: a word a second, of a size that the wire takes, and how many more there were."""
    told, clock, sent = telling()
    told.add("x", 0x78)
    for number in range(100_000):
        told.add(chr(0x4E00 + number % 20_000), 0)
        told.add("", number)
    clock.advance(INTERVAL)
    assert len(sent) == 2
    assert (len(sent[1].text), len(sent[1].keys)) == (UNPRESSED_TEXT, UNPRESSED_KEYS)
    again = 4 * UNPRESSED_TEXT  # the same characters come round five times
    assert sent[1].more == 200_000 - UNPRESSED_TEXT - UNPRESSED_KEYS - again
    assert decode_control(encode_json(FrameType.CONTROL, sent[1])[4:]) == sent[1]
