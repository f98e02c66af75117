"""The channel of one session, for either role: told what happened, it returns what to do.

HELLO and its comparison, RFB with its window, stream numbers, CONTROL, PING and PONG, BYE. The user's side alone decides
the mode. No clock: every input that depends on time carries `now` (seconds of any steady clock).

The order of a channel's life: `opened` (TLS is done) → `greet` (this side has verified the peer: its HELLO goes out) →
both HELLOs equal → `Connected` → … → `ChannelEnded`, once, after which every input is ignored. Where the connection was lost
(`cut`), and the session may be taken up again (`resumes`), `resume` begins anew over the next one.
"""

from typing import assert_never

import msgspec

from common.protocol.channel import (
    CAN_CLIP,
    CAN_DRAW,
    CAN_RESUME,
    CAN_TYPE,
    Bye,
    ChannelHello,
    Chat,
    ChatArrived,
    ClipOffer,
    ClipRefused,
    ClipWant,
    Control,
    Draw,
    ModeRefused,
    ModeWanted,
    Pause,
    Pointer,
    Rfb,
    Screen,
    Screens,
    ScreenWanted,
    SetMode,
    Type,
    UnfitText,
    Unpressed,
    decode_bye,
    decode_control,
    decode_hello,
    encode_json,
    may_send,
)
from common.protocol.channel_clip import Clipboards
from common.protocol.channel_effects import (
    ChannelEffect,
    ChannelEnded,
    ControlReceived,
    PauseRfb,
    ResumeRfb,
    RfbReceived,
    SendBytes,
    Silent,
    StreamOver,
    StreamStarted,
    TextLeftOut,
)
from common.protocol.channel_flow import Incoming, Outgoing, Pace
from common.protocol.channel_frames import WINDOW, Frame, FrameType, encode, read_frame
from common.protocol.channel_greeting import GreetingCore, new_greeting
from common.protocol.channel_resume import Resumption
from common.protocol.identity import Role
from common.protocol.messages import Mode
from common.protocol.reading import ByteStream, Parse, ProtocolViolationError
from common.protocol.reasons import Why
from common.protocol.sayers import MAY_SAY
from common.protocol.session_timing import SessionTiming
from common.protocol.signs_of_life import SignsOfLife


class ChannelSession:
    """One end of a channel. Every method returns what to do, in order."""

    def __init__(self, *, role: Role, hello: ChannelHello, timing: SessionTiming) -> None:
        self.role = role
        self.peer_features: frozenset[str] = frozenset()  # what the other side can take, from its HELLO
        self._timing = timing
        self._n = 0  # the present RFB stream; 0: none yet
        self._begin(hello)

    def _begin(self, hello: ChannelHello, resumption: Resumption | None = None) -> None:
        """All that belongs to one connection."""
        self.mode = hello.mode
        self.ended: ChannelEnded | None = None
        self.clipboards = Clipboards(self.role)  # to be used where `clips` says so
        self._hello = hello
        self._core = GreetingCore(hello, resumption)
        self._greeting = new_greeting(self._core)
        self._stream = ByteStream()
        self._parse: Parse[Frame] = Parse(read_frame(self._stream))
        self._signs = SignsOfLife(self._timing)
        self._now = 0.0  # when something was heard last
        self._live = False  # whether the stream began: until then the other stream's last frames are dropped
        self._over = False  # whether it has ended, though no other was asked for
        self._outgoing = Outgoing()
        self._incoming = Incoming()
        self._held = False
        self._paused = False
        self._pong: bytes | None = (
            None  # held back with RFB, the newest only: a peer that does not read costs no memory
        )
        self._pace = Pace()

    @property
    def connected(self) -> bool:
        """Both HELLOs were exchanged, and nothing has ended it."""
        return self._core.connected and self.ended is None

    @property
    def resumes(self) -> bool:
        """Whether both sides take the session up again after a break."""
        return CAN_RESUME in self._hello.features and CAN_RESUME in self.peer_features

    @property
    def clips(self) -> bool:
        """Whether clipboards can cross: both sides have one, and nothing has ended it."""
        return self.connected and CAN_CLIP in self._hello.features and CAN_CLIP in self.peer_features

    @property
    def types(self) -> bool:
        """Whether text can be typed at the user's desktop: the user's side says so, and nothing has ended it."""
        features = self._hello.features if self.role is Role.USER else self.peer_features
        return self.connected and CAN_TYPE in features

    @property
    def draws(self) -> bool:
        """Whether the user's side shows what the helper draws, and nothing has ended it."""
        features = self._hello.features if self.role is Role.USER else self.peer_features
        return self.connected and CAN_DRAW in features

    def opened(self, now: float) -> list[ChannelEffect]:
        """The end-to-end TLS is up; PING and the clock of silence start. Still no HELLO."""
        self._now = now
        self._signs.begin(now)
        return self._greeting.opened()

    def resume(self, resumption: Resumption, mode: Mode) -> None:
        """Another connection follows; the HELLO in it proves that we are who was there before. `mode`: at most this one."""
        proof = resumption.proof(self._hello.session, self.role)
        self._begin(msgspec.structs.replace(self._hello, mode=mode, proof=proof), resumption)

    def greet(self) -> list[ChannelEffect]:
        """Our side accepts its peer: HELLO goes out."""
        return [] if self.ended else self._greeting.greet()

    def bytes_received(self, data: bytes, now: float) -> list[ChannelEffect]:
        """Bytes came out of the end-to-end TLS."""
        if self.ended:
            return []
        self._now = now
        effects: list[ChannelEffect] = [Silent(False)] if self._signs.heard(now) else []
        self._stream.feed(data)
        try:
            while self.ended is None and self._parse.step():
                frame = self._parse.result
                self._parse = Parse(read_frame(self._stream))
                effects += self._frame(frame)
        except ProtocolViolationError as error:
            effects += self._bye(Why.PROTOCOL, str(error))
        return effects

    def cut(self) -> list[ChannelEffect]:
        """The connection is gone. Without a BYE that is a cut."""
        return [] if self.ended else self._end(ChannelEnded(Why.CUT, None))

    def tick(self, now: float) -> list[ChannelEffect]:
        """Time passed: call it at `deadline` at the latest."""
        if self.ended or not self._signs.begun:
            return []
        if self._signs.is_dead(now):
            if self.resumes and (self.connected or self._core.resumption is not None):
                # without a BYE: who may come back is not sent away
                return self._end(ChannelEnded(Why.SILENT, None, "nothing was heard"))
            return self._bye(Why.SILENT, "nothing was heard")
        effects: list[ChannelEffect] = [Silent(True)] if self.connected and self._signs.falls_silent(now) else []
        if self._incoming.since is not None and now >= self._incoming.since + self._timing.ack:
            effects.append(SendBytes(self._incoming.acknowledge()))
        elif self._signs.speaks_up(now):
            effects.append(SendBytes(encode(FrameType.PING)))
        return effects

    def probe(self, now: float) -> list[ChannelEffect]:
        """Something has happened that may have cut the line: a sign of life is wanted within `timing.probe` seconds."""
        if self.ended or not self.resumes or not self._signs.probe(now):
            return []
        return [SendBytes(encode(FrameType.PING))]

    def said(self, now: float) -> None:
        """What `SendBytes` holds went out."""
        self._signs.said(now)

    @property
    def deadline(self) -> float | None:
        """When `tick` has something to do next; None before `opened` and after the end."""
        due = None if self.ended else self._signs.deadline
        if due is None or self._incoming.since is None:
            return due
        return min(due, self._incoming.since + self._timing.ack)

    def start_stream(self) -> tuple[int, list[ChannelEffect]]:
        """Helper's side, once connected: a viewer is there and wants a stream. Its number, which `StreamStarted` will name."""
        if self.ended:
            return self._n, []
        if self.role is not Role.HELPER or not self.connected:
            raise ValueError("a stream is asked for by a helper that is connected")
        effects = self._new_stream(self._n + 1)
        return self._n, [*effects, SendBytes(encode_json(FrameType.CONTROL, Rfb(n=self._n)))]

    def stream_ready(self, n: int) -> list[ChannelEffect]:
        """User's side: the VNC server is logged in to; the next `rfb_to_send` is ServerInit. An old `n` is ignored."""
        if self.role is not Role.USER:
            raise ValueError("the user's side answers")
        if self.ended or n != self._n or self._live or self._over or not n:
            return []
        self._live = True
        return [SendBytes(encode_json(FrameType.CONTROL, Rfb(n=n)))]

    def stream_over(self) -> list[ChannelEffect]:
        """User's side: the present stream cannot go on; its number, said a second time, tells the helper's side so."""
        if self.role is not Role.USER:
            raise ValueError("the user's side knows")
        if self.ended or not self._live:
            return []
        return [*self._end_stream(), SendBytes(encode_json(FrameType.CONTROL, Rfb(n=self._n)))]

    def rfb_to_send(self, data: bytes) -> list[ChannelEffect]:
        """Bytes of the present stream from our VNC program, any number: what is over the window waits here."""
        if self.ended or not self._live:
            return []
        self._outgoing.waiting += data
        return self._flush()

    def hold_rfb(self, on: bool) -> list[ChannelEffect]:
        """The connection below takes no more just now (`on`), or takes again: RFB waits here (and a PONG), the rest goes out."""
        self._held = on
        if self.ended:
            return []
        pong, self._pong = (self._pong, None) if not on else (None, self._pong)
        effects = [*self._flush(), *self.clipboards.hold(on)]
        return [SendBytes(encode(FrameType.PONG, pong)), *effects] if pong is not None else effects

    def rfb_consumed(self, count: int, now: float) -> list[ChannelEffect]:
        """So many received bytes of the present stream were taken: by the VNC program, or dropped by a filter."""
        if self.ended or not self._live or (ack := self._incoming.consume(count, now)) is None:
            return []
        return [SendBytes(ack)]

    def send_control(self, control: Control) -> list[ChannelEffect]:
        """Send a CONTROL, once connected. A `SetMode` also sets `mode`. Raises ValueError where the role may not send it."""
        if isinstance(control, Rfb | ClipOffer | ClipWant | ClipRefused) or not may_send(self.role, control):
            raise ValueError(f"a {self.role} does not send {type(control).__name__}")
        if not self.connected:
            return []
        if isinstance(control, SetMode):
            self.mode = control.mode
        return [SendBytes(encode_json(FrameType.CONTROL, control))]

    def bye(self, why: Why) -> list[ChannelEffect]:
        """Our side ends the session."""
        return [] if self.ended else self._bye(why, "")

    def _bye(self, why: Why, detail: str) -> list[ChannelEffect]:
        said: list[ChannelEffect] = []
        if self._signs.begun:
            said.append(SendBytes(encode_json(FrameType.BYE, Bye(by=self.role, why=why))))
        return said + self._end(ChannelEnded(why, self.role, detail))

    def _end(self, ended: ChannelEnded) -> list[ChannelEffect]:
        self.ended = ended
        return [*self._greeting.over(), ended]

    def _frame(self, frame: Frame) -> list[ChannelEffect]:
        match frame.type:
            case FrameType.PING:
                if self._held:
                    self._pong = frame.payload
                    return []
                return [SendBytes(encode(FrameType.PONG, frame.payload))]
            case FrameType.PONG:
                return []
            case FrameType.BYE:
                return self._bye_received(decode_bye(frame.payload))
            case FrameType.HELLO:
                theirs = decode_hello(frame.payload)
                if not self._core.agrees(self.role, theirs):
                    return self._bye(Why.TAMPERED, "the two HELLOs differ")
                self.mode = self._core.mode
                self.peer_features = frozenset(theirs.features)
                self._signs.speaks = self.resumes
                return self._greeting.agreed()
            case FrameType.CONTROL | FrameType.RFB | FrameType.ACK | FrameType.CLIP | FrameType.CLIP_ACK if (
                not self.connected
            ):
                raise ProtocolViolationError(f"{frame.type.name} before both HELLOs")
            case FrameType.CONTROL:
                return self._control_received(decode_control(frame.payload))
            case FrameType.RFB | FrameType.ACK if not self._live:
                return []  # of the stream before: its last frames were under way when the new one was asked for
            case FrameType.RFB:
                self._incoming.receive(len(frame.payload))
                return [RfbReceived(frame.payload)]
            case FrameType.ACK:
                if len(frame.payload) != 8:
                    raise ProtocolViolationError("an ACK has 8 bytes")
                self._outgoing.acknowledge(int.from_bytes(frame.payload, "big"))
                return self._flush()
            case FrameType.CLIP | FrameType.CLIP_ACK if not self.clips:
                raise ProtocolViolationError(f"{frame.type.name} without a clipboard")
            case FrameType.CLIP:
                return self.clipboards.frame(frame.payload)
            case FrameType.CLIP_ACK:
                return self.clipboards.ack(frame.payload)
            case _:
                assert_never(frame.type)

    def _bye_received(self, bye: Bye) -> list[ChannelEffect]:
        if bye.by is self.role or bye.why not in MAY_SAY[bye.by]:
            raise ProtocolViolationError("a BYE in somebody else's name")
        return self._end(ChannelEnded(bye.why, bye.by))

    def _control_received(self, control: Control | UnfitText | None) -> list[ChannelEffect]:
        if isinstance(control, Pointer) and self.role is Role.USER:
            return [ControlReceived(control)] if self._pace.points(self._now) else []
        if isinstance(control, Draw) and self.role is Role.USER:
            return [ControlReceived(control)] if self.draws and self._pace.draws(self._now, len(control.points)) else []
        if not self._pace.says(self._now):
            raise ProtocolViolationError("more CONTROL frames than anybody needs")
        if control is None:
            return []
        if isinstance(control, UnfitText):
            return [TextLeftOut(control.kind)]
        if not may_send(self.role.other, control):
            raise ProtocolViolationError(f"a {self.role.other} does not send {type(control).__name__}")
        match control:
            case Rfb(n=n):
                return self._stream_asked(n) if self.role is Role.USER else self._stream_answered(n)
            case SetMode(mode=mode):
                self.mode = mode
            case ClipOffer() | ClipWant() | ClipRefused() if not self.clips:
                raise ProtocolViolationError("a clipboard without one")
            case ClipOffer() | ClipWant() | ClipRefused():
                return self.clipboards.control(control)
            case Type() if not self.types or self.mode is not Mode.CONTROL:
                return []  # it was on its way when the person took control back
            case ModeWanted() | ModeRefused() | Pause() | Chat() | ChatArrived() | Pointer() | Type() | Screen():
                pass
            case Draw() | Unpressed() | Screens() | ScreenWanted():
                pass
            case _:
                assert_never(control)
        return [ControlReceived(control)]

    def _stream_asked(self, n: int) -> list[ChannelEffect]:
        if n <= self._n:
            raise ProtocolViolationError("the number of an RFB stream goes up")
        return [*self._new_stream(n), StreamStarted(n)]

    def _stream_answered(self, n: int) -> list[ChannelEffect]:
        if n > self._n or (n == self._n and self._over):
            raise ProtocolViolationError("an RFB stream that was not asked for")
        if n < self._n:
            return []  # the viewer was opened again before the answer came
        if self._live:
            return [*self._end_stream(), StreamOver()]
        self._live = True
        return [StreamStarted(n)]

    def _end_stream(self) -> list[ChannelEffect]:
        self._live = False
        self._over = True
        self._outgoing = Outgoing()
        self._incoming = Incoming()
        return self._set_paused(False)

    def _new_stream(self, n: int) -> list[ChannelEffect]:
        effects = self._end_stream()
        self._n = n
        self._over = False
        return effects

    def _flush(self) -> list[ChannelEffect]:
        frames = b"" if self._held else self._outgoing.frames()
        effects: list[ChannelEffect] = [SendBytes(frames)] if frames else []
        if self._outgoing.waiting or not self._outgoing.room:
            return effects + self._set_paused(True)
        if self._outgoing.room >= WINDOW // 2:
            return effects + self._set_paused(False)
        return effects

    def _set_paused(self, on: bool) -> list[ChannelEffect]:
        if on == self._paused:
            return []
        self._paused = on
        return [PauseRfb() if on else ResumeRfb()]
