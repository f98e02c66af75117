"""Broker and viewer front joined by the real channel core, in memory: no relay, no TLS, everything else as in a session."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import assert_never

from common.agent.session.ports import LocalSide
from common.protocol.channel import (
    CAN_RESUME,
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
    Places,
    Pointer,
    Rfb,
    Screen,
    Screens,
    ScreenWanted,
    SetMode,
    Type,
    Unpressed,
)
from common.protocol.channel_effects import (
    ChannelEffect,
    ChannelEnded,
    ClipboardCame,
    ClipboardRefused,
    Connected,
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
from common.protocol.channel_resume import Resumption
from common.protocol.channel_session import ChannelSession
from common.protocol.identity import Role
from common.protocol.messages import Mode
from common.protocol.reasons import Why
from common.protocol.session_timing import SessionTiming


@dataclass
class End:
    """One end: the link that its local side gets, and what came of it."""

    role: Role
    local: LocalSide
    mode: Mode
    points: list[tuple[int, int]] = field(default_factory=list)
    drawn: list[tuple[Places, bool]] = field(default_factory=list)
    unpressed_keys: list[tuple[str | int, ...]] = field(default_factory=list)
    screens: list[tuple[int, int, str]] = field(default_factory=list)
    failures: list[tuple[Why, str]] = field(default_factory=list)
    streams: list[int] = field(default_factory=list)
    received: int = 0
    interrupted: bool = False
    partner: "End | None" = None
    rate: float = 0.0  # bytes a second towards the partner; 0: as fast as can be
    _free: float = 0.0  # when the line has taken all that was sent
    _on_the_line: deque[bytes] = field(default_factory=deque)

    def __post_init__(self) -> None:
        hello = ChannelHello(session="5" * 32, request="7" * 32, mode=self.mode, features=(CAN_RESUME,))
        self.core = ChannelSession(role=self.role, hello=hello, timing=SessionTiming())

    # LocalLink

    def send_rfb(self, data: bytes) -> None:
        self.apply(self.core.rfb_to_send(data))

    def consumed(self, count: int) -> None:
        self.apply(self.core.rfb_consumed(count, 0.0))

    def start_stream(self) -> int:
        number, effects = self.core.start_stream()
        self.apply(effects)
        return number

    def stream_ready(self, n: int) -> None:
        self.apply(self.core.stream_ready(n))

    def stream_over(self) -> None:
        self.apply(self.core.stream_over())

    def pointer(self, x: int, y: int) -> None:
        if self.role is Role.HELPER:
            self.send(Pointer(x=x, y=y))
        else:
            self.points.append((x, y))

    def draw(self, points: Places, *, begins: bool) -> None:
        self.send(Draw(points=points, begins=begins))

    def screen(self, width: int, height: int, name: str = "") -> None:
        self.screens.append((width, height, name))
        self.send(Screen(width=width, height=height, name=name))

    def unpressed(self, character: str, keysym: int) -> None:
        self.unpressed_keys.append((character, keysym))
        self.send(Unpressed(text=character, keys=() if character else (keysym,)))

    def failed(self, why: Why, detail: str = "") -> None:
        self.failures.append((why, detail))
        self.apply(self.core.bye(why))

    # the rest of a session

    def send(self, control: Control) -> None:
        self.apply(self.core.send_control(control))

    def apply(self, effects: list[ChannelEffect]) -> None:
        for effect in effects:
            match effect:
                case SendBytes(data):
                    self._carry(data)
                case Connected(mode) if not self.interrupted:
                    self.local.attached(self, mode)
                case Connected(mode):
                    self.interrupted = False
                    self.local.resumed(mode)
                case StreamStarted(n):
                    self.streams.append(n)
                    self.local.stream_started(n)
                case StreamOver():
                    self.local.stream_over()
                case RfbReceived(data):
                    self.received += len(data)
                    self.local.rfb_received(data)
                case PauseRfb():
                    self.local.pause_reading()
                case ResumeRfb():
                    self.local.resume_reading()
                case ControlReceived(control):
                    self.control(control)
                case TextLeftOut() | ClipboardCame() | ClipboardRefused() | Silent():
                    pass
                case ChannelEnded():
                    self.local.close()

    def _carry(self, data: bytes) -> None:
        """In order, also where the rate has just changed: a timer of asyncio may overtake another."""
        loop = asyncio.get_running_loop()
        self._free = max(self._free, loop.time()) + (len(data) / self.rate if self.rate else 0)
        self._on_the_line.append(data)
        if self._free > loop.time():
            loop.call_at(self._free, self._arrive)
        else:
            loop.call_soon(self._arrive)

    def _arrive(self) -> None:
        assert self.partner is not None
        if self._on_the_line:  # else it was cut
            self.partner.receive(self._on_the_line.popleft())

    def control(self, control: Control) -> None:
        match control:
            case SetMode(mode=mode):
                self.local.mode_changed(mode)
            case Pause(on=on):
                self.local.pause_changed(on)
            case Pointer(x=x, y=y):
                self.points.append((x, y))
            case Draw(points=points, begins=begins):
                self.drawn.append((points, begins))
            case Screen(width=width, height=height, name=name):
                self.screens.append((width, height, name))
            case Unpressed(text=text, keys=keys):
                self.unpressed_keys.append((text, *keys))
            case Type(text=text):
                self.local.type_text(text)
            case (
                ModeWanted()
                | ModeRefused()
                | Chat()
                | ChatArrived()
                | Rfb()
                | ClipOffer()
                | ClipWant()
                | ClipRefused()
                | Screens()
                | ScreenWanted()
            ):
                pass
            case _:
                assert_never(control)

    def receive(self, data: bytes) -> None:
        self.apply(self.core.bytes_received(data, 0))

    def interrupt(self) -> None:
        """The connection is gone, and with it all that is under way."""
        self._on_the_line.clear()
        self._free = 0.0
        self.core.cut()
        self.interrupted = True
        self.local.interrupted()

    def resume(self) -> None:
        """Another one is there."""
        self.core.resume(Resumption(secret=b"s" * 32, exporter=b"e" * 32), self.core.mode)
        self.apply(self.core.opened(0))
        self.apply(self.core.greet())


class JoinedSession:
    """A session that runs between two local sides."""

    def __init__(self, *, user: LocalSide, helper: LocalSide, mode: Mode) -> None:
        self.user = End(Role.USER, user, mode)
        self.helper = End(Role.HELPER, helper, mode)
        self.user.partner, self.helper.partner = self.helper, self.user
        for end in (self.user, self.helper):
            end.apply(end.core.opened(0))
            end.apply(end.core.greet())

    def set_mode(self, mode: Mode) -> None:
        """What Session.set_mode does on the user's side."""
        self.user.local.mode_changed(mode)
        self.user.send(SetMode(mode=mode))

    def pause(self, on: bool) -> None:
        """What Session.pause does on the user's side."""
        self.user.local.pause_changed(on)
        self.user.send(Pause(on=on))

    def interrupt(self) -> None:
        """The connection between both breaks, what is under way with it."""
        for end in (self.user, self.helper):
            end.interrupt()

    def resume(self) -> None:
        """And is back."""
        for end in (self.user, self.helper):
            end.resume()

    def close(self) -> None:
        """End both."""
        self.user.local.close()
        self.helper.local.close()
