"""The clipboards of one session, told as transcripts: what comes in, what must go out."""

from collections import deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.protocol import channel as c
from common.protocol import channel_frames as f
from common.protocol.channel_clip import CLIP_WINDOW, CLIPBOARD_LIMIT, PNG_BEGINS, Clipboards, ClipKind, ClipWhy
from common.protocol.channel_effects import ChannelEffect, ClipboardCame, ClipboardRefused, SendBytes
from common.protocol.identity import Role
from common.protocol.reading import ByteStream, Parse, ProtocolViolationError

TEXT, PNG = ClipKind.TEXT, ClipKind.PNG
JAPANESE = "日本語のテキスト😀é€✓ line\r\n".encode()


def frames(effects: list[ChannelEffect]) -> list[f.Frame]:
    """What goes out, frame by frame."""
    stream = ByteStream()
    stream.feed(b"".join(effect.data for effect in effects if isinstance(effect, SendBytes)))
    found = []
    while len(stream):
        parse: Parse[f.Frame] = Parse(f.read_frame(stream))
        assert parse.step()
        found.append(parse.result)
    return found


def said(effects: list[ChannelEffect]) -> list[object]:
    """The CONTROLs among it, and beside them the types of the other frames."""
    return [
        c.decode_control(frame.payload) if frame.type is f.FrameType.CONTROL else frame.type
        for frame in frames(effects)
    ]


def clip(number: int, data: bytes, *, last: bool) -> bytes:
    """A CLIP frame's payload."""
    return number.to_bytes(4, "big") + bytes([last]) + data


def ack(number: int, total: int) -> bytes:
    """A CLIP_ACK's payload."""
    return number.to_bytes(4, "big") + total.to_bytes(4, "big")


def one(role: Role = Role.USER, *, send: bool = True, receive: bool = True) -> Clipboards:
    """One end that may do this."""
    made = Clipboards(role)
    assert made.permit(send=send, receive=receive) == []
    return made


class Pair:
    """Both ends, joined; what is under way can be looked at."""

    def __init__(self) -> None:
        self.ends = {role: one(role) for role in Role}
        self.way: deque[tuple[Role, f.Frame]] = deque()  # to whom
        self.seen: dict[Role, list[ChannelEffect]] = {role: [] for role in Role}
        self.most = 0  # bytes of CLIP frames under way at once

    def do(self, role: Role, effects: list[ChannelEffect]) -> None:
        """Send what this end wants to send."""
        self.seen[role] += [effect for effect in effects if not isinstance(effect, SendBytes)]
        self.way += [(role.other, frame) for frame in frames(effects)]
        out = sum(len(frame.payload) - 5 for _, frame in self.way if frame.type is f.FrameType.CLIP)
        self.most = max(self.most, out)

    def step(self) -> bool:
        """One frame arrives. Whether there was one."""
        if not self.way:
            return False
        role, frame = self.way.popleft()
        end = self.ends[role]
        if frame.type is f.FrameType.CONTROL:
            control = c.decode_control(frame.payload)
            assert isinstance(control, c.ClipOffer | c.ClipWant | c.ClipRefused)
            self.do(role, end.control(control))
        else:
            self.do(role, (end.frame if frame.type is f.FrameType.CLIP else end.ack)(frame.payload))
        return True

    def settle(self) -> None:
        """Everything arrives."""
        while self.step():
            pass


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(
    ("kind", "data"),
    [(TEXT, b"a"), (TEXT, JAPANESE), (PNG, PNG_BEGINS + bytes(range(256)) * 3000), (TEXT, b"x" * (f.CLIP_LIMIT - 5))],
)
def test_it_crosses_whole(role: Role, kind: ClipKind, data: bytes) -> None:
    """Both ways, and no more than a window is ever under way."""
    pair = Pair()
    pair.do(role, pair.ends[role].offer(kind, data))
    pair.settle()
    assert pair.seen == {role: [], role.other: [ClipboardCame(kind.value, data)]}
    assert pair.most <= CLIP_WINDOW


def test_the_most_that_may_cross_crosses() -> None:
    """8 MiB, to the byte; one more is the caller's mistake, and nothing is."""
    pair, data = Pair(), b"y" * CLIPBOARD_LIMIT
    pair.do(Role.USER, pair.ends[Role.USER].offer(TEXT, data))
    pair.settle()
    assert pair.seen[Role.HELPER] == [ClipboardCame("text", data)]
    for wrong in (b"", data + b"y"):
        with pytest.raises(ValueError, match="a clipboard of"):
            pair.ends[Role.USER].offer(TEXT, wrong)


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("copy"), st.sampled_from(list(Role)), st.integers(1, 200_000)),
            st.tuples(st.just("permit"), st.sampled_from(list(Role)), st.integers(0, 3)),
            st.tuples(st.just("hold"), st.sampled_from(list(Role)), st.integers(0, 1)),
            st.tuples(st.just("steps"), st.just(Role.USER), st.integers(1, 12)),
        ),
        max_size=30,
    )
)
@settings(max_examples=150, deadline=None)
def test_whatever_happens_neither_breaks_the_others_rules(story: list[tuple[str, Role, int]]) -> None:
    """Copies, switches and a full connection at any time: no violation, the window holds, and then it still works."""
    pair = Pair()
    for what, role, number in story:
        end = pair.ends[role]
        if what == "copy":
            pair.do(role, end.offer(TEXT, b"z" * number))
        elif what == "permit":
            pair.do(role, end.permit(send=bool(number & 1), receive=bool(number & 2)))
        elif what == "hold":
            pair.do(role, end.hold(bool(number)))
        else:
            for _ in range(number):
                pair.step()
    for role, end in pair.ends.items():
        pair.do(role, end.hold(False))
        pair.do(role, end.permit(send=True, receive=True))
    pair.settle()
    assert pair.most <= 2 * CLIP_WINDOW * (1 + len(story))
    for role in Role:
        pair.seen[role.other].clear()
        pair.do(role, pair.ends[role].offer(TEXT, JAPANESE))
        pair.settle()
        assert pair.seen[role.other] == [ClipboardCame("text", JAPANESE)]


def test_where_nothing_may_go_nothing_is_offered() -> None:
    """The switch, or no control."""
    assert one(send=False).offer(TEXT, b"a") == []


def test_an_offer_that_may_not_come_is_refused() -> None:
    """Each for its reason; none of them is wanted, and none ends the session."""
    end = one(receive=False)
    assert said(end.control(c.ClipOffer(id=2, content="text", bytes=1))) == [c.ClipRefused(id=2, why="not_now")]
    end.permit(send=True, receive=True)
    assert said(end.control(c.ClipOffer(id=4, content="html", bytes=1))) == [c.ClipRefused(id=4, why="kind")]
    too_much = c.ClipOffer(id=6, content="png", bytes=CLIPBOARD_LIMIT + 1)
    assert said(end.control(too_much)) == [c.ClipRefused(id=6, why="too_large")]
    assert said(end.control(c.ClipOffer(id=8, content="png", bytes=CLIPBOARD_LIMIT))) == [c.ClipWant(id=8)]


def test_a_refusal_is_told() -> None:
    """With what was refused; of an offer that is void by now nothing is."""
    end = one()
    end.offer(TEXT, b"abc")
    assert end.control(c.ClipRefused(id=1, why="broken")) == [ClipboardRefused("text", 3, "broken")]
    assert end.control(c.ClipRefused(id=1, why="broken")) == []
    end.offer(TEXT, b"abc")
    end.offer(TEXT, b"abcd")
    assert end.control(c.ClipRefused(id=3, why="kind")) == []
    assert end.control(c.ClipWant(id=3)) == []
    assert frames(end.control(c.ClipWant(id=5))) == [f.Frame(f.FrameType.CLIP, clip(5, b"abcd", last=True))]


@pytest.mark.parametrize(("kind", "data"), [(TEXT, b"\xff\xfe"), (TEXT, "é".encode("latin-1")), (PNG, b"GIF89a")])
def test_what_is_not_what_it_says_is_refused(kind: ClipKind, data: bytes) -> None:
    """No text that is none, no picture that is another; the session lives."""
    pair = Pair()
    pair.do(Role.HELPER, pair.ends[Role.HELPER].offer(kind, data))
    pair.settle()
    assert pair.seen == {Role.USER: [], Role.HELPER: [ClipboardRefused(kind.value, len(data), ClipWhy.BROKEN.value)]}


def test_a_change_in_the_midst_ends_the_transfer() -> None:
    """On either side: what is under way is dropped, both know, and nothing more comes."""
    for sender in (True, False):
        pair = Pair()
        pair.do(Role.HELPER, pair.ends[Role.HELPER].offer(TEXT, b"q" * 500_000))
        for _ in range(8):
            pair.step()
        role = Role.HELPER if sender else Role.USER
        pair.do(role, pair.ends[role].permit(send=False, receive=False))
        pair.settle()
        assert pair.seen[Role.USER] == []
        assert pair.seen[Role.HELPER] == ([] if sender else [ClipboardRefused("text", 500_000, "not_now")])


def test_a_later_copy_overtakes() -> None:
    """What is copied while the one before crosses: that one is never seen, this one is."""
    pair = Pair()
    pair.do(Role.USER, pair.ends[Role.USER].offer(TEXT, b"q" * 500_000))
    for _ in range(8):
        pair.step()
    pair.do(Role.USER, pair.ends[Role.USER].offer(TEXT, b"later"))
    pair.settle()
    assert pair.seen == {Role.USER: [], Role.HELPER: [ClipboardCame("text", b"later")]}


def test_a_full_connection_holds_both_ends() -> None:
    """No frame and no acknowledgement goes into it; when it takes again, it goes on."""
    end = one()
    end.offer(TEXT, b"abc")
    assert end.hold(True) == []
    assert end.control(c.ClipWant(id=1)) == []
    end.control(c.ClipOffer(id=2, content="text", bytes=5))
    assert end.frame(clip(2, b"ab", last=False)) == []
    assert said(end.hold(False)) == [f.FrameType.CLIP_ACK, f.FrameType.CLIP]
    assert end.hold(False) == []


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        clip(2, b"", last=True),  # nothing in it
        b"\0\0\0\2\2abc",  # last is 0 or 1
        clip(2, b"abc", last=False),  # all of it, and not the last
        clip(2, b"ab", last=True),  # not all of it
        clip(2, b"abcd", last=True),  # more than was offered
        clip(4, b"abc", last=True),  # not offered
        clip(1, b"abc", last=True),  # ours
    ],
)
def test_a_wrong_frame_ends_the_session(payload: bytes) -> None:
    """The sizes and numbers are checked to the byte."""
    end = one()
    end.control(c.ClipOffer(id=2, content="text", bytes=3))
    with pytest.raises(ProtocolViolationError):
        end.frame(payload)


def test_the_window_is_checked() -> None:
    """Who sends on without being acknowledged ends the session."""
    end = one()
    end.control(c.ClipOffer(id=2, content="text", bytes=CLIPBOARD_LIMIT))
    end.hold(True)
    for _ in range(CLIP_WINDOW // 16_000):
        end.frame(clip(2, bytes(16_000), last=False))
    with pytest.raises(ProtocolViolationError):
        end.frame(clip(2, bytes(16_000), last=False))


def test_what_was_given_up_comes_at_most_for_a_window() -> None:
    """Frames that were under way are dropped; whoever goes on breaks the rules."""
    end = one()
    end.control(c.ClipOffer(id=2, content="text", bytes=CLIPBOARD_LIMIT))
    assert said(end.permit(send=True, receive=False)) == [c.ClipRefused(id=2, why="not_now")]
    for _ in range(CLIP_WINDOW // 16_000):
        assert end.frame(clip(2, bytes(16_000), last=False)) == []
    with pytest.raises(ProtocolViolationError):
        end.frame(clip(2, bytes(16_000), last=False))


@pytest.mark.parametrize("payload", [b"", ack(1, 0), ack(1, 4), ack(3, 1), ack(2, 1)])
def test_a_wrong_acknowledgement_ends_the_session(payload: bytes) -> None:
    """Of what was not sent, or not offered, or twice."""
    end = one()
    end.offer(TEXT, b"abc")
    end.control(c.ClipWant(id=1))
    with pytest.raises(ProtocolViolationError):
        end.ack(payload)


def test_an_acknowledgement_of_what_is_void_says_nothing() -> None:
    """It was under way."""
    end = one()
    end.offer(TEXT, b"abc")
    end.control(c.ClipWant(id=1))
    end.offer(TEXT, b"def")
    assert end.ack(ack(1, 3)) == []


@pytest.mark.parametrize(
    "control",
    [
        c.ClipOffer(id=3, content="text", bytes=1),  # ours
        c.ClipOffer(id=2, content="text", bytes=1),  # not higher
        c.ClipWant(id=1),  # twice
        c.ClipWant(id=3),  # not offered
        c.ClipWant(id=2),  # theirs
        c.ClipRefused(id=3, why="kind"),
        c.ClipRefused(id=4, why="kind"),
    ],
)
def test_a_wrong_order_ends_the_session(control: c.Clip) -> None:
    """Numbers go up, and belong to a side."""
    end = one()
    end.offer(TEXT, b"abc")
    end.control(c.ClipWant(id=1))
    end.control(c.ClipOffer(id=2, content="text", bytes=1))
    with pytest.raises(ProtocolViolationError):
        end.control(control)


def test_a_void_offer_is_void() -> None:
    """The other side takes back what it offered; of an older one it changes nothing."""
    end = one()
    end.control(c.ClipOffer(id=2, content="text", bytes=3))
    end.control(c.ClipOffer(id=4, content="text", bytes=3))
    assert end.control(c.ClipRefused(id=2, why="not_now")) == []
    assert end.frame(clip(4, b"ab", last=False))
    assert end.control(c.ClipRefused(id=4, why="not_now")) == []
    assert end.frame(clip(4, b"c", last=True)) == []
