"""One channel, told as transcripts: what comes in, what must go out."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.protocol import channel as c
from common.protocol import channel_frames as f
from common.protocol.channel_clip import ClipKind
from common.protocol.channel_effects import (
    ChannelEffect,
    ChannelEnded,
    ClipboardCame,
    Connected,
    ControlReceived,
    PauseRfb,
    ResumeRfb,
    RfbReceived,
    SendBytes,
    Silent,
    StreamOver,
    StreamStarted,
)
from common.protocol.channel_flow import ACK_EVERY, CONTROLS, DRAWINGS, DRAWN, POINTERS
from common.protocol.channel_resume import Resumption
from common.protocol.channel_session import ChannelSession
from common.protocol.identity import Role
from common.protocol.messages import Mode
from common.protocol.reasons import Why
from common.protocol.session_timing import SessionTiming

HELLO = c.ChannelHello(session="a" * 32, request="b" * 32, mode=Mode.VIEW)
F = f.FrameType
TIMING = SessionTiming()


class Pair:
    """Both ends, joined: what one sends the other gets, at once and in order, `step` bytes at a time."""

    def __init__(
        self, *, user_hello: c.ChannelHello = HELLO, helper_hello: c.ChannelHello = HELLO, step: int = 1 << 30
    ) -> None:
        self.ends = {
            Role.USER: ChannelSession(role=Role.USER, hello=user_hello, timing=TIMING),
            Role.HELPER: ChannelSession(role=Role.HELPER, hello=helper_hello, timing=TIMING),
        }
        self.user, self.helper = self.ends[Role.USER], self.ends[Role.HELPER]
        self.seen: dict[Role, list[ChannelEffect]] = {Role.USER: [], Role.HELPER: []}
        self.now = 0.0
        self.step = step

    def do(self, role: Role, effects: list[ChannelEffect]) -> None:
        """Carry the effects of one end out."""
        for effect in effects:
            if isinstance(effect, SendBytes):
                for at in range(0, len(effect.data), self.step):
                    chunk = effect.data[at : at + self.step]
                    self.do(role.other, self.ends[role.other].bytes_received(chunk, self.now))
            else:
                self.seen[role].append(effect)

    def take(self, role: Role) -> list[ChannelEffect]:
        """What an end's driver was told since the last look."""
        seen, self.seen[role] = self.seen[role], []
        return seen

    def open(self) -> None:
        """TLS is up at both ends."""
        self.do(Role.USER, self.user.opened(self.now))
        self.do(Role.HELPER, self.helper.opened(self.now))

    def connect(self) -> None:
        """Both HELLOs; what was seen is forgotten."""
        self.open()
        self.do(Role.HELPER, self.helper.greet())
        self.do(Role.USER, self.user.greet())
        assert self.take(Role.USER) == self.take(Role.HELPER) == [Connected(Mode.VIEW)]

    def start_stream(self) -> int:
        """A running RFB stream; what was seen is forgotten."""
        n, effects = self.helper.start_stream()
        self.do(Role.HELPER, effects)
        assert self.take(Role.USER)[-1] == StreamStarted(n)
        self.do(Role.USER, self.user.stream_ready(n))
        assert self.take(Role.HELPER)[-1] == StreamStarted(n)
        return n


def rfb(data: bytes) -> bytes:
    """An RFB frame."""
    return f.encode(F.RFB, data)


def control(value: c.Control) -> bytes:
    """A CONTROL frame."""
    return c.encode_json(F.CONTROL, value)


def bye(by: Role, why: Why) -> bytes:
    """A BYE frame."""
    return c.encode_json(F.BYE, c.Bye(by=by, why=why))


def violated(effects: list[ChannelEffect]) -> bool:
    """Whether the last effect ends the channel for a broken rule."""
    return isinstance(effects[-1], ChannelEnded) and effects[-1].why is Why.PROTOCOL


@pytest.fixture
def pair() -> Pair:
    """Two ends, not yet open."""
    return Pair()


@pytest.mark.parametrize("step", [1, 7, 1 << 30])
def test_both_hellos_connect(step: int) -> None:
    """However the bytes are cut."""
    pair = Pair(step=step)
    pair.connect()
    assert pair.user.connected
    assert pair.helper.connected


def test_a_helper_is_connected_only_after_the_users_hello(pair: Pair) -> None:
    """While the user is asked, the helper waits."""
    pair.open()
    pair.do(Role.HELPER, pair.helper.greet())
    assert not pair.helper.connected
    assert pair.take(Role.USER) == []
    pair.do(Role.USER, pair.user.greet())
    assert pair.helper.connected


@pytest.mark.parametrize(
    "hello",
    [
        c.ChannelHello(session="c" * 32, request="b" * 32, mode=Mode.VIEW),
        c.ChannelHello(session="a" * 32, request="c" * 32, mode=Mode.VIEW),
        c.ChannelHello(session="a" * 32, request="b" * 32, mode=Mode.CONTROL),
    ],
)
@pytest.mark.parametrize("first", [Role.USER, Role.HELPER])
def test_different_hellos_are_tampering(hello: c.ChannelHello, first: Role) -> None:
    """Whoever speaks first: both ends stop with the same reason, and neither was connected."""
    pair = Pair(helper_hello=hello)
    pair.open()
    pair.do(first, pair.ends[first].greet())
    pair.do(first.other, pair.ends[first.other].greet())
    assert pair.take(first.other) == [ChannelEnded(Why.TAMPERED, first.other, "the two HELLOs differ")]
    assert pair.take(first) == [ChannelEnded(Why.TAMPERED, first.other)]


def test_what_the_sides_can_take_may_differ() -> None:
    """Each learns the other's; of a version that lists none it is nothing."""
    pair = Pair(helper_hello=msgspec.structs.replace(HELLO, features=("clip", "type")))
    pair.connect()
    assert pair.user.peer_features == {"clip", "type"}
    assert pair.helper.peer_features == frozenset()
    older = Pair()
    older.open()
    said = msgspec.json.encode({"session": "a" * 32, "request": "b" * 32, "mode": "view"})
    older.user.bytes_received(f.encode(F.HELLO, said), 0.0)
    older.user.greet()
    assert older.user.connected
    assert older.user.peer_features == frozenset()


TYPES = msgspec.structs.replace(HELLO, features=(c.CAN_TYPE,))


def in_control(*, user: c.ChannelHello, helper: c.ChannelHello) -> Pair:
    """Connected, and the user has given control."""
    pair = Pair(user_hello=user, helper_hello=helper)
    pair.connect()
    pair.do(Role.USER, pair.user.send_control(c.SetMode(mode=Mode.CONTROL)))
    pair.take(Role.HELPER)
    return pair


def test_text_to_be_typed_goes_to_the_user_alone() -> None:
    """In control mode, once the user's side has said that it can; a user who sends it breaks a rule."""
    pair = in_control(user=TYPES, helper=HELLO)
    assert pair.helper.types
    assert pair.user.types
    pair.do(Role.HELPER, pair.helper.send_control(c.Type(text="漢字\n")))
    assert pair.take(Role.USER) == [ControlReceived(c.Type(text="漢字\n"))]
    with pytest.raises(ValueError, match="Type"):
        pair.user.send_control(c.Type(text="x"))
    pair.helper.bytes_received(control(c.Type(text="x")), 0.0)
    assert pair.helper.ended == ChannelEnded(Why.PROTOCOL, Role.HELPER, "a user does not send Type")


def test_text_that_comes_when_nothing_is_typed_is_dropped() -> None:
    """In view mode, since it was on its way when the person took control back; and where this side has no hands. Nothing ends."""
    pair = in_control(user=TYPES, helper=HELLO)
    pair.user.send_control(c.SetMode(mode=Mode.VIEW))
    assert pair.user.bytes_received(control(c.Type(text="x")), 0.0) == []
    pair.user.send_control(c.SetMode(mode=Mode.CONTROL))
    assert pair.user.bytes_received(control(c.Type(text="x")), 0.0) == [ControlReceived(c.Type(text="x"))]
    without = in_control(user=HELLO, helper=TYPES)
    assert not without.helper.types
    assert not without.user.types
    assert without.user.bytes_received(control(c.Type(text="x")), 0.0) == []
    assert pair.user.ended is None
    assert without.user.ended is None


@pytest.mark.parametrize(
    "frame", [rfb(b"x"), f.encode(F.ACK, bytes(8)), control(c.Chat(text="x")), control(c.Rfb(n=1))]
)
@pytest.mark.parametrize("heard", [False, True])
def test_nothing_but_hello_before_both_hellos(frame: bytes, heard: bool) -> None:
    """Not one RFB byte: also from a helper whose HELLO came, while the user is still asked."""
    user = ChannelSession(role=Role.USER, hello=HELLO, timing=TIMING)
    user.opened(0)
    if heard:
        assert user.bytes_received(c.encode_json(F.HELLO, HELLO), 0) == []
    assert violated(user.bytes_received(frame, 0))


@pytest.mark.parametrize("greeted", [False, True])
def test_a_second_hello_is_a_violation(greeted: bool) -> None:
    """There is one."""
    user = ChannelSession(role=Role.USER, hello=HELLO, timing=TIMING)
    user.opened(0)
    hello = c.encode_json(F.HELLO, HELLO)
    user.bytes_received(hello, 0)
    if greeted:
        user.greet()
    assert violated(user.bytes_received(hello, 0))


def test_ping_is_answered_before_any_hello(pair: Pair) -> None:
    """So that a long question to the person is not taken for a dead line."""
    pair.open()
    assert pair.user.bytes_received(f.encode(F.PING, b"12345678"), 1) == [SendBytes(f.encode(F.PONG, b"12345678"))]
    assert pair.user.bytes_received(f.encode(F.PONG), 1) == []


def test_something_goes_out_every_2_s(pair: Pair) -> None:
    """PING where nothing else did, by the told clock. Without the other side's HELLO 60 s of silence end it."""
    user = pair.user
    assert user.deadline is None
    assert user.tick(99) == []
    user.opened(100)
    assert user.deadline == 102
    assert user.tick(101.9) == []
    assert user.tick(102) == [SendBytes(f.encode(F.PING))]
    assert user.deadline == 104
    user.said(103)
    assert user.deadline == 105
    assert user.tick(104) == []
    user.bytes_received(f.encode(F.PONG), 120)
    assert user.tick(179.9) == [SendBytes(f.encode(F.PING))]
    assert user.deadline == 180
    assert user.tick(180) == [
        SendBytes(bye(Role.USER, Why.SILENT)),
        ChannelEnded(Why.SILENT, Role.USER, "nothing was heard"),
    ]
    assert user.deadline is None
    assert user.tick(999) == []


COMES_BACK = c.ChannelHello(session="a" * 32, request="b" * 32, mode=Mode.CONTROL, features=(c.CAN_RESUME,))
AGAIN = Resumption(secret=b"s" * 32, exporter=b"e" * 32)


def both_come_back() -> Pair:
    """Two ends that take a session up again, connected."""
    pair = Pair(user_hello=COMES_BACK, helper_hello=COMES_BACK)
    pair.open()
    pair.do(Role.HELPER, pair.helper.greet())
    pair.do(Role.USER, pair.user.greet())
    assert pair.take(Role.USER) == pair.take(Role.HELPER) == [Connected(Mode.CONTROL)]
    return pair


def test_silence_is_told_after_5_s_and_acted_on_after_15() -> None:
    """Without a BYE: who comes back was not sent away. Anything heard ends it."""
    user = both_come_back().user
    assert user.tick(4.9) == [SendBytes(f.encode(F.PING))]
    assert user.deadline == 5
    assert user.tick(5) == [Silent(True)]
    assert user.tick(6) == []
    assert user.bytes_received(f.encode(F.PONG), 7) == [Silent(False)]
    assert user.bytes_received(f.encode(F.PONG), 8) == []
    assert user.tick(13) == [Silent(True), SendBytes(f.encode(F.PING))]
    assert user.tick(22.9) == [SendBytes(f.encode(F.PING))]
    assert user.deadline == 23
    assert user.tick(23) == [ChannelEnded(Why.SILENT, None, "nothing was heard")]


def test_an_older_agent_may_be_silent_for_a_minute(pair: Pair) -> None:
    """It says something every 15 s only."""
    pair.connect()
    assert pair.user.tick(14) == [SendBytes(f.encode(F.PING))]
    assert pair.user.tick(59.9) == [SendBytes(f.encode(F.PING))]
    assert not pair.user.ended
    assert pair.user.tick(60)[-1] == ChannelEnded(Why.SILENT, Role.USER, "nothing was heard")
    assert pair.user.probe(60) == pair.helper.probe(3) == []


def test_a_probe_wants_its_answer_soon() -> None:
    """A PING at once, and three seconds; asked twice it waits no longer."""
    pair = both_come_back()
    assert pair.user.probe(1) == [SendBytes(f.encode(F.PING))]
    assert pair.user.probe(2) == []
    assert pair.user.bytes_received(f.encode(F.PONG), 2.5) == []
    assert pair.user.tick(4) == [SendBytes(f.encode(F.PING))]
    assert pair.user.probe(5) == [SendBytes(f.encode(F.PING))]
    assert pair.user.tick(7.9) == [Silent(True), SendBytes(f.encode(F.PING))]
    assert pair.user.tick(8) == [ChannelEnded(Why.SILENT, None, "nothing was heard")]


def test_what_was_taken_is_acknowledged_within_a_second() -> None:
    """On a slow line, too, the other side hears how far it got."""
    pair = both_come_back()
    pair.start_stream()
    pair.do(Role.USER, pair.user.rfb_to_send(b"x" * 100))
    assert pair.helper.rfb_consumed(60, 3) == pair.helper.rfb_consumed(40, 3.5) == []
    pair.helper.said(3.9)
    assert pair.helper.deadline == 4
    assert pair.helper.tick(4) == [SendBytes(f.encode(F.ACK, (100).to_bytes(8, "big")))]
    assert pair.helper.tick(4.5) == []


def begin_again(pair: Pair, user: Mode, helper: Mode, *, forged: Resumption = AGAIN) -> None:
    """The next connection of both; the helper's proof is `forged`."""
    for end, resumption, mode in ((pair.user, AGAIN, user), (pair.helper, forged, helper)):
        end.cut()
        end.resume(resumption, mode)
        assert not end.connected
    pair.open()


def test_silence_while_it_is_taken_up_again_sends_nobody_away() -> None:
    """Neither the long one before HELLO nor a probe: the next try may find the way."""
    pair = both_come_back()
    begin_again(pair, Mode.VIEW, Mode.VIEW)
    assert pair.user.probe(1) == [SendBytes(f.encode(F.PING))]
    assert pair.user.tick(4) == [ChannelEnded(Why.SILENT, None, "nothing was heard")]
    assert pair.helper.tick(60) == [ChannelEnded(Why.SILENT, None, "nothing was heard")]


@pytest.mark.parametrize("first", list(Role))
@pytest.mark.parametrize(("user", "helper", "holds"), [
    (Mode.CONTROL, Mode.CONTROL, Mode.CONTROL), (Mode.VIEW, Mode.CONTROL, Mode.VIEW),
    (Mode.CONTROL, Mode.VIEW, Mode.VIEW), (Mode.VIEW, Mode.VIEW, Mode.VIEW),
])  # fmt: skip
def test_a_session_is_taken_up_again(user: Mode, helper: Mode, holds: Mode, first: Role) -> None:
    """The mode is the user's, at most what both had; streams are asked for anew, with numbers that go on."""
    pair = both_come_back()
    n = pair.start_stream()
    begin_again(pair, user, helper)
    for role in (first, first.other):
        pair.do(role, pair.ends[role].greet())
    assert pair.take(Role.USER) == pair.take(Role.HELPER) == [Connected(holds)]
    assert pair.user.mode is pair.helper.mode is holds
    assert pair.user.rfb_to_send(b"of the stream before") == []
    assert pair.start_stream() == n + 1


@pytest.mark.parametrize("forged", [
    Resumption(secret=b"S" * 32, exporter=b"e" * 32), Resumption(secret=b"s" * 32, exporter=b"E" * 32),
])  # fmt: skip
def test_a_wrong_proof_ends_it(forged: Resumption) -> None:
    """Another secret, or the proof of another handshake: tampered, and nothing else goes out."""
    pair = both_come_back()
    begin_again(pair, Mode.CONTROL, Mode.CONTROL, forged=forged)
    pair.do(Role.HELPER, pair.helper.greet())
    assert pair.take(Role.USER) == [ChannelEnded(Why.TAMPERED, Role.USER, "the two HELLOs differ")]
    assert pair.take(Role.HELPER) == [ChannelEnded(Why.TAMPERED, Role.USER)]


def test_a_proof_is_one_sides_and_one_sessions() -> None:
    """A mirror proves nothing, nor does what was said in another session."""
    proof = AGAIN.proof("a" * 32, Role.USER)
    assert AGAIN.proves(proof, "a" * 32, Role.USER)
    assert not AGAIN.proves(proof, "a" * 32, Role.HELPER)
    assert not AGAIN.proves(proof, "c" * 32, Role.USER)
    assert not AGAIN.proves(b"", "a" * 32, Role.USER)


@pytest.mark.parametrize("said", [
    msgspec.structs.replace(COMES_BACK, proof=b""), COMES_BACK,
    msgspec.structs.replace(COMES_BACK, proof=AGAIN.proof("a" * 32, Role.USER)),
    msgspec.structs.replace(COMES_BACK, session="c" * 32, proof=AGAIN.proof("c" * 32, Role.HELPER)),
])  # fmt: skip
def test_without_the_right_proof_nobody_comes_back(said: c.ChannelHello) -> None:
    """None at all, the user's own mirrored, another session's."""
    user = both_come_back().user
    user.cut()
    user.resume(AGAIN, Mode.CONTROL)
    user.opened(0)
    user.greet()
    effects = user.bytes_received(c.encode_json(F.HELLO, said), 1)
    assert effects == [
        SendBytes(bye(Role.USER, Why.TAMPERED)),
        ChannelEnded(Why.TAMPERED, Role.USER, "the two HELLOs differ"),
    ]


def test_a_proof_in_a_first_hello_fits_nothing() -> None:
    """The one side begins, the other goes on: they were told different things."""
    user = ChannelSession(role=Role.USER, hello=COMES_BACK, timing=TIMING)
    user.opened(0)
    hello = msgspec.structs.replace(COMES_BACK, proof=AGAIN.proof("a" * 32, Role.HELPER))
    assert user.bytes_received(c.encode_json(F.HELLO, hello), 1)[-1] == ChannelEnded(
        Why.TAMPERED, Role.USER, "the two HELLOs differ"
    )


def test_timing_can_be_shortened() -> None:
    """For tests and settings."""
    user = ChannelSession(role=Role.USER, hello=HELLO, timing=SessionTiming(ping=1, silence=4))
    user.opened(0)
    assert user.deadline == 1


def test_bye_says_who_and_why(pair: Pair) -> None:
    """Both ends know it; later inputs are ignored."""
    pair.connect()
    pair.do(Role.HELPER, pair.helper.bye(Why.HELPER_ENDED))
    assert pair.take(Role.USER) == pair.take(Role.HELPER) == [ChannelEnded(Why.HELPER_ENDED, Role.HELPER)]
    for end in (pair.user, pair.helper):
        assert not end.connected
        assert end.bye(Why.FAILED) == end.cut() == end.greet() == end.bytes_received(b"\xff", 1) == []
        assert end.rfb_to_send(b"x") == end.rfb_consumed(1, 0) == end.hold_rfb(True) == []
        assert end.send_control(c.Chat(text="late")) == []
    assert pair.helper.start_stream() == (0, [])
    assert pair.user.stream_ready(1) == []


def test_bye_is_possible_at_any_moment(pair: Pair) -> None:
    """Before HELLO it goes out; before TLS there is nobody to tell."""
    assert ChannelSession(role=Role.USER, hello=HELLO, timing=TIMING).bye(Why.USER_ENDED) == [
        ChannelEnded(Why.USER_ENDED, Role.USER)
    ]
    pair.open()
    pair.do(Role.USER, pair.user.bye(Why.REFUSED))
    assert pair.take(Role.HELPER) == [ChannelEnded(Why.REFUSED, Role.USER)]


def test_a_stream_without_bye_was_cut(pair: Pair) -> None:
    """Not ended by anybody."""
    pair.connect()
    assert pair.user.cut() == [ChannelEnded(Why.CUT, None)]


@pytest.mark.parametrize(
    "frame",
    [
        bye(Role.USER, Why.USER_ENDED),
        bye(Role.HELPER, Why.USER_ENDED),
        bye(Role.HELPER, Why.TRANSFERRED),
        bye(Role.HELPER, Why.OPERATOR_ENDED),
        f.encode(F.BYE, b"{}"),
        f.encode(F.CONTROL, b"{}"),
        f.encode(F.HELLO, b"{}"),
        b"\xff\x00\x00\x00",
        control(c.SetMode(mode=Mode.CONTROL)),
        control(c.Pause(on=True)),
        control(c.ModeRefused()),
        control(c.Screen(width=1, height=1)),
        control(c.Unpressed(text="a")),
    ],
)
def test_what_a_helper_may_not_say_ends_the_channel(pair: Pair, frame: bytes) -> None:
    """The user's side alone decides the mode; nobody ends in the other's name, or says what only the relay can know."""
    pair.connect()
    effects = pair.user.bytes_received(frame, 0)
    assert effects[0] == SendBytes(bye(Role.USER, Why.PROTOCOL))
    assert violated(effects)
    assert pair.user.mode is Mode.VIEW


@pytest.mark.parametrize("value", [c.ModeWanted(), c.Pointer(x=1, y=1), c.Draw(points=((1, 1),))])
def test_what_a_user_may_not_say(pair: Pair, value: c.Control) -> None:
    """Neither as sender nor as receiver."""
    pair.connect()
    assert violated(pair.helper.bytes_received(control(value), 0))
    with pytest.raises(ValueError, match="user"):
        pair.user.send_control(value)


def test_controls_pass_both_ways(pair: Pair) -> None:
    """In order, and a mode takes effect at both ends."""
    pair.connect()
    pair.do(Role.HELPER, pair.helper.send_control(c.ModeWanted()))
    pair.do(Role.USER, pair.user.send_control(c.SetMode(mode=Mode.CONTROL)))
    assert pair.take(Role.USER) == [ControlReceived(c.ModeWanted())]
    assert pair.take(Role.HELPER) == [ControlReceived(c.SetMode(mode=Mode.CONTROL))]
    assert pair.user.mode is pair.helper.mode is Mode.CONTROL
    pair.do(Role.USER, pair.user.send_control(c.Chat(text="hello")))
    assert pair.take(Role.HELPER) == [ControlReceived(c.Chat(text="hello"))]


def test_rfb_numbers_are_the_channels_own(pair: Pair) -> None:
    """Nobody sends one by hand, and nothing goes out before both HELLOs."""
    with pytest.raises(ValueError, match="Rfb"):
        pair.helper.send_control(c.Rfb(n=1))
    assert pair.helper.send_control(c.Chat(text="early")) == []


def test_later_kinds_are_ignored(pair: Pair) -> None:
    """A newer peer may say more."""
    pair.connect()
    assert pair.user.bytes_received(f.encode(F.CONTROL, b'{"kind":"hologram"}'), 0) == []


def test_an_rfb_stream_starts_on_the_helpers_wish(pair: Pair) -> None:
    """Asked, answered, and then bytes both ways."""
    pair.connect()
    assert pair.start_stream() == 1
    pair.do(Role.USER, pair.user.rfb_to_send(b"ServerInit"))
    pair.do(Role.HELPER, pair.helper.rfb_to_send(b"SetEncodings"))
    assert pair.take(Role.HELPER) == [RfbReceived(b"ServerInit")]
    assert pair.take(Role.USER) == [RfbReceived(b"SetEncodings")]


def test_no_rfb_goes_out_before_the_stream_begins(pair: Pair) -> None:
    """On either side."""
    pair.connect()
    assert pair.user.rfb_to_send(b"early") == pair.helper.rfb_to_send(b"early") == []
    _, effects = pair.helper.start_stream()
    pair.do(Role.HELPER, effects)
    assert pair.user.rfb_to_send(b"early") == pair.helper.rfb_to_send(b"early") == []
    assert pair.user.stream_ready(7) == []


def test_only_the_right_side_starts_and_answers(pair: Pair) -> None:
    """A mistake of the driver is an error, not a frame."""
    with pytest.raises(ValueError, match="connected"):
        pair.helper.start_stream()
    pair.connect()
    with pytest.raises(ValueError, match="helper"):
        pair.user.start_stream()
    with pytest.raises(ValueError, match="user"):
        pair.helper.stream_ready(1)
    assert pair.user.stream_ready(0) == []


def test_a_viewer_opened_again_gets_a_new_stream(pair: Pair) -> None:
    """What was under way of the old one is dropped at both ends, and counting starts anew."""
    pair.connect()
    pair.start_stream()
    old_screen = pair.user.rfb_to_send(bytes(100))
    pair.do(Role.HELPER, pair.helper.rfb_to_send(bytes(ACK_EVERY)))
    old_ack = pair.user.rfb_consumed(ACK_EVERY, 0)
    n, asked = pair.helper.start_stream()
    assert n == 2
    pair.do(Role.USER, old_screen)
    pair.do(Role.USER, old_ack)
    assert pair.take(Role.HELPER) == []
    pair.take(Role.USER)
    pair.do(Role.HELPER, asked)
    assert pair.take(Role.USER) == [StreamStarted(2)]
    assert pair.user.bytes_received(rfb(b"late"), 0) == []
    assert pair.user.rfb_consumed(100, 0) == []
    pair.do(Role.USER, pair.user.stream_ready(2))
    pair.do(Role.USER, pair.user.rfb_to_send(b"new"))
    assert pair.take(Role.HELPER) == [StreamStarted(2), RfbReceived(b"new")]


def test_a_viewer_opened_twice_quickly(pair: Pair) -> None:
    """The first answer is too late and is ignored; the user's side answers only the newest."""
    pair.connect()
    _, first = pair.helper.start_stream()
    _, second = pair.helper.start_stream()
    pair.do(Role.HELPER, first)
    answer = pair.user.stream_ready(1)
    pair.do(Role.HELPER, second)
    assert pair.take(Role.USER) == [StreamStarted(1), StreamStarted(2)]
    pair.do(Role.USER, answer)
    assert pair.take(Role.HELPER) == []
    assert pair.user.stream_ready(1) == []
    pair.do(Role.USER, pair.user.stream_ready(2))
    assert pair.take(Role.HELPER) == [StreamStarted(2)]


def test_streams_that_nobody_asked_for(pair: Pair) -> None:
    """The helper notices an answer out of nowhere, the user's side a number that does not go up."""
    pair.connect()
    pair.start_stream()
    assert violated(pair.helper.bytes_received(control(c.Rfb(n=2)), 0))
    assert violated(pair.user.bytes_received(control(c.Rfb(n=1)), 0))


def test_a_stream_that_cannot_go_on(pair: Pair) -> None:
    """Its number said again ends it at both ends; nothing of it passes any more, and the next one begins as ever."""
    pair.connect()
    pair.start_stream()
    pair.do(Role.USER, pair.user.rfb_to_send(bytes(f.WINDOW)))
    pair.take(Role.USER)
    pair.take(Role.HELPER)
    under_way = pair.helper.rfb_to_send(b"under way")
    pair.do(Role.USER, pair.user.stream_over())
    assert pair.take(Role.USER) == [ResumeRfb()]
    assert pair.take(Role.HELPER) == [StreamOver()]
    pair.do(Role.HELPER, under_way)
    assert pair.take(Role.USER) == []
    assert pair.user.rfb_to_send(b"x") == pair.helper.rfb_to_send(b"x") == []
    assert pair.user.rfb_consumed(ACK_EVERY, 0) == pair.helper.rfb_consumed(ACK_EVERY, 0) == []
    assert pair.user.stream_over() == []
    assert pair.user.stream_ready(1) == []
    assert pair.start_stream() == 2
    pair.do(Role.USER, pair.user.rfb_to_send(b"new"))
    assert pair.take(Role.HELPER) == [RfbReceived(b"new")]


def test_a_stream_ends_once(pair: Pair) -> None:
    """Its number a third time is an answer out of nowhere."""
    pair.connect()
    pair.start_stream()
    pair.do(Role.USER, pair.user.stream_over())
    assert violated(pair.helper.bytes_received(control(c.Rfb(n=1)), 0))


def test_no_stream_to_end(pair: Pair) -> None:
    """Before the first, after the session, and on the helper's side there is none."""
    pair.connect()
    assert pair.user.stream_over() == []
    with pytest.raises(ValueError, match="user"):
        pair.helper.stream_over()
    pair.start_stream()
    pair.do(Role.USER, pair.user.bye(Why.USER_ENDED))
    assert pair.user.stream_over() == []


def test_the_end_of_an_old_stream_comes_too_late(pair: Pair) -> None:
    """The viewer was opened again meanwhile."""
    pair.connect()
    pair.start_stream()
    over = pair.user.stream_over()
    _, asked = pair.helper.start_stream()
    pair.do(Role.USER, over)
    assert pair.take(Role.HELPER) == []
    pair.do(Role.HELPER, asked)
    assert StreamStarted(2) in pair.take(Role.USER)
    pair.do(Role.USER, pair.user.stream_ready(2))
    assert pair.take(Role.HELPER) == [StreamStarted(2)]


def test_the_window_stops_and_restarts_the_sender(pair: Pair) -> None:
    """At 1 MiB unacknowledged it stops; it goes on when half is free, and everything arrives in order."""
    pair.connect()
    pair.start_stream()
    data = bytes(range(256)) * (f.WINDOW // 256) + b"the rest"
    pair.do(Role.USER, pair.user.rfb_to_send(data))
    assert pair.take(Role.USER) == [PauseRfb()]
    got = b"".join(effect.data for effect in pair.take(Role.HELPER) if isinstance(effect, RfbReceived))
    assert len(got) == f.WINDOW
    pair.do(Role.HELPER, pair.helper.rfb_consumed(ACK_EVERY, 0))
    assert pair.take(Role.USER) == []
    got += b"".join(effect.data for effect in pair.take(Role.HELPER) if isinstance(effect, RfbReceived))
    assert got == data
    pair.do(Role.HELPER, pair.helper.rfb_consumed(f.WINDOW // 2, 0))
    assert pair.take(Role.USER) == [ResumeRfb()]


def test_controls_overtake_waiting_rfb(pair: Pair) -> None:
    """While the connection below takes no more, RFB waits, and stop and chat pass."""
    pair.connect()
    pair.start_stream()
    assert pair.user.hold_rfb(True) == []
    assert pair.user.rfb_to_send(b"screen") == [PauseRfb()]
    pair.do(Role.USER, pair.user.send_control(c.Chat(text="hi")))
    assert pair.take(Role.HELPER) == [ControlReceived(c.Chat(text="hi"))]
    pair.do(Role.USER, pair.user.hold_rfb(False))
    assert pair.take(Role.HELPER) == [RfbReceived(b"screen")]
    assert pair.take(Role.USER) == [ResumeRfb()]


def test_a_peer_that_pings_and_does_not_read_costs_no_memory(pair: Pair) -> None:
    """While the connection below is full only the newest PING is answered, later."""
    pair.connect()
    pair.user.hold_rfb(True)
    for number in range(1000):
        assert pair.user.bytes_received(f.encode(F.PING, number.to_bytes(8, "big")), 0) == []
    assert pair.user.hold_rfb(True) == []
    assert pair.user.hold_rfb(False) == [SendBytes(f.encode(F.PONG, (999).to_bytes(8, "big")))]
    assert pair.user.hold_rfb(False) == []


@pytest.mark.parametrize("frame", [control(c.Chat(text="x")), f.encode(F.CONTROL, b'{"kind":"hologram"}')])
def test_a_peer_that_never_stops_talking(pair: Pair, frame: bytes) -> None:
    """So many in ten seconds are fine, one more is not."""
    pair.connect()
    count, window = CONTROLS
    pair.helper.bytes_received(frame * count, 0)
    assert pair.helper.connected
    pair.helper.bytes_received(frame * count, window)
    assert pair.helper.connected
    assert violated(pair.helper.bytes_received(frame, window))


def test_pointing_without_end_is_thinned_out(pair: Pair) -> None:
    """It is dropped, and nothing worse happens."""
    pair.connect()
    effects = pair.user.bytes_received(control(c.Pointer(x=1, y=2)) * (POINTERS[0] + 5), 0)
    assert len(effects) == POINTERS[0]
    assert pair.user.connected


DRAWS = msgspec.structs.replace(HELLO, features=(c.CAN_DRAW,))


def test_drawing_goes_to_a_user_who_shows_it() -> None:
    """In either mode; a user draws nothing, and a side that did not say that it can is sent nothing that it would show."""
    pair = Pair(user_hello=DRAWS, helper_hello=HELLO)
    pair.connect()
    assert pair.helper.draws
    assert pair.user.draws
    drawn = c.Draw(points=((1, 2), (3, 4)), begins=True)
    pair.do(Role.HELPER, pair.helper.send_control(drawn))
    assert pair.take(Role.USER) == [ControlReceived(drawn)]
    with pytest.raises(ValueError, match="Draw"):
        pair.user.send_control(drawn)
    older = Pair(user_hello=HELLO, helper_hello=DRAWS)
    older.connect()
    assert not older.helper.draws
    assert older.user.bytes_received(control(drawn), 0) == []
    assert older.user.connected


def test_drawing_without_end_is_thinned_out() -> None:
    """By its places and by its messages, and nothing worse happens; so many places in one message are no drawing."""
    pair = Pair(user_hello=DRAWS, helper_hello=HELLO)
    pair.connect()
    many = c.Draw(points=((1, 2),) * c.DRAW_POINTS)
    effects = pair.user.bytes_received(control(many) * (DRAWN[0] // c.DRAW_POINTS + 5), 0)
    assert len(effects) == DRAWN[0] // c.DRAW_POINTS
    assert pair.user.connected
    few = control(c.Draw(points=((1, 2),)))
    assert len(pair.user.bytes_received(few * DRAWN[0], DRAWN[1])) == DRAWINGS[0]
    assert len(pair.user.bytes_received(few, DRAWN[1] + DRAWINGS[1])) == 1
    assert pair.user.connected
    for points in ((), ((1, 2),) * (c.DRAW_POINTS + 1), ((-1, 2),), ((1, 65536),)):
        frame = control(c.Draw(points=points))
        pair = Pair(user_hello=DRAWS, helper_hello=HELLO)
        pair.connect()
        assert violated(pair.user.bytes_received(frame, 0))


def test_a_new_stream_takes_the_pause_back(pair: Pair) -> None:
    """The new connection to the VNC server starts unpaused."""
    pair.connect()
    pair.start_stream()
    pair.do(Role.USER, pair.user.rfb_to_send(bytes(f.WINDOW)))
    pair.take(Role.USER)
    _, asked = pair.helper.start_stream()
    pair.do(Role.HELPER, asked)
    assert pair.take(Role.USER) == [ResumeRfb(), StreamStarted(2)]


@pytest.mark.parametrize("payload", [b"", bytes(7), b"\xff" * 8])
def test_a_broken_ack_is_a_violation(pair: Pair, payload: bytes) -> None:
    """Its size, and what it counts."""
    pair.connect()
    pair.start_stream()
    assert violated(pair.user.bytes_received(f.encode(F.ACK, payload), 0))


def test_effects_before_a_violation_are_kept(pair: Pair) -> None:
    """What came whole before it is still delivered."""
    pair.connect()
    effects = pair.user.bytes_received(control(c.Chat(text="a")) + b"\xff\x00\x00\x00", 0)
    assert effects[0] == ControlReceived(c.Chat(text="a"))
    assert violated(effects)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from(["send", "consume"]), st.integers(1, 400_000)), max_size=30),
    st.integers(1, 99_999),
)
def test_bytes_arrive_whole_whatever_the_pace(actions: list[tuple[str, int]], step: int) -> None:
    """Any mix of sending and consuming keeps order and window; in the end everything passes."""
    pair = Pair(step=step)
    pair.connect()
    pair.start_stream()
    sent, got, consumed = bytearray(), bytearray(), 0

    def collect() -> None:
        for effect in pair.take(Role.HELPER):
            assert isinstance(effect, RfbReceived)
            got.extend(effect.data)

    for what, count in actions:
        if what == "send":
            data = len(sent).to_bytes(4, "big") * (count // 4)
            sent += data
            pair.do(Role.USER, pair.user.rfb_to_send(data))
        else:
            count = min(count, len(got) - consumed)  # noqa: PLW2901  # no more than there is
            consumed += count
            pair.do(Role.HELPER, pair.helper.rfb_consumed(count, 0))
        collect()
        assert len(got) - consumed <= f.WINDOW
    while len(got) < len(sent):
        pair.do(Role.HELPER, pair.helper.rfb_consumed(len(got) - consumed, 0))
        consumed = len(got)
        collect()
    assert got == sent


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_end_in_effects(data: bytes, connected: bool) -> None:
    """A hostile peer raises nothing in here."""
    user = ChannelSession(role=Role.USER, hello=HELLO, timing=TIMING)
    user.opened(0)
    if connected:
        user.greet()
        user.bytes_received(c.encode_json(F.HELLO, HELLO), 0)
    user.bytes_received(data, 0)


# clipboards

CLIPS = c.ChannelHello(session="a" * 32, request="b" * 32, mode=Mode.VIEW, features=(c.CAN_CLIP,))


def test_clipboards_cross_where_both_have_one() -> None:
    """Offered, wanted, sent, acknowledged; and a full connection holds it."""
    pair = Pair(user_hello=CLIPS, helper_hello=CLIPS)
    assert not pair.user.clips
    pair.connect()
    assert pair.user.clips
    assert pair.helper.clips
    for end in pair.ends.values():
        end.clipboards.permit(send=True, receive=True)
    pair.do(Role.USER, pair.user.hold_rfb(True))
    pair.do(Role.USER, pair.user.clipboards.offer(ClipKind.TEXT, b"abc"))
    assert pair.take(Role.HELPER) == []
    pair.do(Role.USER, pair.user.hold_rfb(False))
    assert pair.take(Role.HELPER) == [ClipboardCame("text", b"abc")]
    pair.do(Role.USER, pair.user.bye(Why.USER_ENDED))
    assert not pair.user.clips


@pytest.mark.parametrize(
    "data",
    [
        c.encode_json(F.CONTROL, c.ClipOffer(id=1, content="text", bytes=1)),
        c.encode_json(F.CONTROL, c.ClipWant(id=2)),
        c.encode_json(F.CONTROL, c.ClipRefused(id=2, why="kind")),
        f.encode(F.CLIP, b"\0\0\0\1\1a"),
        f.encode(F.CLIP_ACK, bytes(8)),
    ],
)
def test_without_a_clipboard_nothing_of_it_may_come(data: bytes) -> None:
    """From a side that does not list it, or to one: the session ends."""
    for user, helper in ((CLIPS, HELLO), (HELLO, CLIPS), (HELLO, HELLO)):
        pair = Pair(user_hello=user, helper_hello=helper)
        pair.connect()
        pair.do(Role.HELPER, pair.helper.bytes_received(data, 0.0))
        [ended] = pair.take(Role.HELPER)
        assert isinstance(ended, ChannelEnded)
        assert ended.why is Why.PROTOCOL


@pytest.mark.parametrize("control", [c.ClipWant(id=1), c.ClipRefused(id=1, why="kind")])
def test_the_channel_alone_says_these(control: c.Clip) -> None:
    """As it does of streams."""
    pair = Pair(user_hello=CLIPS, helper_hello=CLIPS)
    pair.connect()
    with pytest.raises(ValueError, match="does not send"):
        pair.user.send_control(control)
