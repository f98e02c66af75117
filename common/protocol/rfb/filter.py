"""The filter: what of a helper's messages goes on, and where to. (The other direction is server_filter.py.)

What asks for the picture goes to the VNC server, as bytes. Keys and pointer go there too, or as events into the desktop where
the agent puts them in by itself (input_way); every rule here holds for both ways.

In view mode keys, pointer and everything that would change the server are dropped whole; cut texts always are: clipboards
cross by the channel's own frames. Input also ends
here while a question to the user is open, while the picture is stopped, and where it would press a button over Tasuki's own
bar, or type into one of its windows; the stop hotkey's last key ends here always. Whatever is let through is made anew from
the parsed value.

While the picture is stopped there is no connection to the server: nothing goes on, and what the viewer wishes is noted for
the next one, which hears its last wishes and is asked for a whole picture.

A change takes effect at a message boundary, in the safe direction: a message that began in view mode is dropped even if it
ends in control mode, and one that began in control mode is dropped if it ends in view mode. Before input stops, what is
held down is let go.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from common.protocol.messages import Mode
from common.protocol.reading import ByteStream, Reading
from common.protocol.rfb import encodings
from common.protocol.rfb.client_messages import (
    ClientFence,
    ClientMessage,
    EnableContinuousUpdates,
    FramebufferUpdateRequest,
    KeyEvent,
    PointerEvent,
    QemuKeyEvent,
    SetEncodings,
    SetPixelFormat,
    read_body,
)
from common.protocol.rfb.input_way import InputWay, Passed, ToDesktop, ToServer
from common.protocol.rfb.pixels import PixelFormat
from common.protocol.rfb.state import FENCE_REQUEST, StreamState

LEFT: Final = 1  # the button
STOP_CONTINUOUS: Final = EnableContinuousUpdates(False, 0, 0, 0, 0).encode()


class PointerMoved(NamedTuple):
    """The helper, who only looks, points here: framebuffer pixels. `pressed`: with the left button down."""

    x: int
    y: int
    pressed: bool = False


class Box(NamedTuple):
    """A rectangle of the framebuffer, in its pixels."""

    x: int
    y: int
    width: int
    height: int

    def holds(self, x: int, y: int) -> bool:
        """Whether the pixel lies in it."""
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height

    def contains(self, other: "Box") -> bool:
        """Whether all of the other lies in it."""
        right, bottom = other.x + other.width - 1, other.y + other.height - 1
        return self.holds(other.x, other.y) and self.holds(right, bottom)


class Pointed(NamedTuple):
    """Where the helper who controls has the pointer, in framebuffer pixels. `moves` grows with each message about it."""

    x: int
    y: int
    moves: int


class StopKey(NamedTuple):
    """The last key of the hotkey that stops a session, by all the names that a viewer has for it."""

    keysyms: frozenset[int] = frozenset()
    keycodes: frozenset[int] = frozenset()  # XT scan codes as QEMU writes them

    def is_pressed_by(self, event: KeyEvent | QemuKeyEvent) -> bool:
        """Whether this event is about that key."""
        return event.keysym in self.keysyms or (isinstance(event, QemuKeyEvent) and event.keycode in self.keycodes)


PAUSE_KEY: Final = StopKey(frozenset({0xFF13, 0xFF6B}), frozenset({0xC6}))  # Pause, and Break on the same key
NO_STOP_KEY: Final = StopKey()


class ClientFilter:
    """The viewer's direction. Fed bytes from right behind ClientInit; raises ProtocolViolationError, which ends the session.

    `to_desktop`: the agent puts input into the desktop; the server gets none of it.
    """

    def __init__(
        self, *, state: StreamState, mode: Mode, stop_key: StopKey = PAUSE_KEY, to_desktop: bool = False
    ) -> None:
        self._state = state
        self._mode = mode
        self._stop_key = stop_key
        self._question = False
        self.stopped = False  # the picture is, and with it everything
        self._cover: tuple[Box, ...] = ()
        self._keyboard_covered = False
        self._way: InputWay = ToDesktop() if to_desktop else ToServer()
        self._pointer = PointerEvent(0, 0, 0)  # as it was passed on
        self._moves = 0  # messages about the pointer that were passed on
        self._swallowed = 0  # held at the viewer, not passed on until let go there
        self._whole_next = False  # of this connection nothing was asked for: the first request asks for everything
        self._format: PixelFormat | None = None  # the viewer's last wishes
        self._encodings: SetEncodings | None = None
        self._continuous: EnableContinuousUpdates | None = None
        self._stream = ByteStream()
        self._out: list[Passed | PointerMoved] = []
        self._reading = self._run()

    def feed(self, data: bytes) -> list[Passed | PointerMoved]:
        """What comes of the viewer's bytes: what is passed on, and where a helper who only looks points."""
        self._stream.feed(data)
        next(self._reading)
        out, self._out = self._out, []
        return out

    def set_mode(self, mode: Mode) -> list[Passed]:
        """The mode from now on. Returns what must be passed on at once: going to view lets go of what is held."""
        self._mode = mode
        return self._let_go()

    def question_open(self, on: bool) -> list[Passed]:
        """A question to the user is on the screen, or no longer. Returns what must be passed on at once."""
        self._question = on
        return self._let_go()

    def stop(self) -> list[Passed]:
        """The picture is stopped, and with it everything. Returns what must be passed on before the connection is closed."""
        self.stopped = True
        return self._release()

    def go_on(self) -> bytes:
        """Another connection is there, behind its ServerInit. Returns what its server must hear first.

        A viewer that waits for a picture gets a whole one. One that does not wait may be about to change its pixel format,
        and would take what it did not ask for by the wrong one: its next request asks for everything. In continuous
        updates nothing is asked for, and a change of format has its own mark.
        """
        self.stopped = False
        state = self._state
        out = SetPixelFormat(self._format or state.format).encode()
        if self._encodings is not None:
            out += self._encodings.encode()
        self._whole_next = not (state.waits or self._continuous)
        return out if self._whole_next else out + self._everything()

    @property
    def all_announced(self) -> bool:
        """Whether the other server, too, has announced all that the viewer counts on: before, nothing of it may go on."""
        state = self._state
        fences = state.fence_announced or not (state.fence_known and encodings.FENCE in state.listed)
        counted_on = state.continuous_known and encodings.CONTINUOUS_UPDATES in state.listed
        return fences and (state.continuous_announced or not counted_on)

    def joined(self) -> bytes:
        """It has. Returns what it must get before what the viewer says now: continuous updates, a fence that is half said."""
        continuous = b"" if self._continuous is None else self._continuous.encode()
        half = self._state.in_step
        return continuous if half is None else continuous + ClientFence(*half).encode()

    def viewer_gone(self) -> list[Passed]:
        """The viewer has closed. Returns what must be passed on: what is held is let go, nothing is sent unasked."""
        out = self._release()
        if self._continuous is not None and not self.stopped:
            out.append(STOP_CONTINUOUS)
        self._continuous = None
        return out

    def cover(self, boxes: Iterable[Box]) -> list[Passed]:
        """Where Tasuki's own windows lie on the user's screen: nothing is pressed there. Returns what must be passed on at once.

        Where a place is covered that was not, and what was passed on before may still wait, that ends: it was not asked about
        this place. (A bar that folds where it was covers nothing new: whoever drags something beside it goes on.)
        """
        before, self._cover = self._cover, tuple(boxes)
        new = any(not any(old.contains(box) for old in before) for box in self._cover)
        return self._release() if self._way.waits and new else []

    def cover_keyboard(self, on: bool) -> list[Passed]:
        """One of Tasuki's own windows has the keyboard, or none any more: nothing is typed there. Returns what must be passed on."""
        self._keyboard_covered = on
        if not on:
            return []
        released = self._way.release_keys()
        return self._release() if released is None else released

    @property
    def pointed(self) -> Pointed | None:
        """Where the helper has put the pointer; None where that was not possible yet, or is not now."""
        return Pointed(self._pointer.x, self._pointer.y, self._moves) if self._moves and self._input_allowed else None

    @property
    def types(self) -> bool:
        """Whether the helper may type now."""
        return self._input_allowed and not self._keyboard_covered

    @property
    def _input_allowed(self) -> bool:
        return self._mode is Mode.CONTROL and not self._question and not self.stopped

    def _run(self) -> Reading[None]:
        while True:
            (kind,) = yield from self._stream.read_exactly(1)
            allowed = self._input_allowed
            message = yield from read_body(kind, self._stream)
            self._decide(message, allowed and self._input_allowed)

    def _decide(self, message: ClientMessage, allowed: bool) -> None:
        match message:
            case KeyEvent() | QemuKeyEvent() if allowed:
                self._key(message)
            case PointerEvent() if allowed:
                self._point(message)
            case PointerEvent():
                self._swallowed = message.buttons
                if self._mode is Mode.VIEW and not self._question and not self.stopped:
                    self._out.append(PointerMoved(message.x, message.y, bool(message.buttons & LEFT)))
            case FramebufferUpdateRequest():
                self._request(message)
            case SetPixelFormat():
                self._state.format_asked(message.format)
                self._format = message.format
                self._send(message)
            case SetEncodings():
                self._encodings = SetEncodings(encodings.allowed(message.encodings))
                self._state.listed = frozenset(self._encodings.encodings)
                self._send(self._encodings)
            case EnableContinuousUpdates() if self._agreed(encodings.CONTINUOUS_UPDATES, self._continuous_announced):
                self._continue(message)
            case ClientFence():
                self._fence(message)
            case _:
                pass  # dropped whole: input that is not allowed, and what never goes on

    def _send(self, message: SetPixelFormat | SetEncodings | EnableContinuousUpdates) -> None:
        self._emit(message.encode())

    def _emit(self, data: bytes) -> None:
        self._state.message_sent()
        if not self.stopped:
            self._out.append(data)

    @property
    def _fence_announced(self) -> bool:
        return self._state.fence_known if self.stopped else self._state.fence_announced

    @property
    def _continuous_announced(self) -> bool:
        return self._state.continuous_known if self.stopped else self._state.continuous_announced

    def _agreed(self, encoding: int, announced: bool) -> bool:
        """Listed by the viewer and announced by the server: else the server may read it by another length, or hang up."""
        return announced and encoding in self._state.listed

    def _key(self, event: KeyEvent | QemuKeyEvent) -> None:
        if self._keyboard_covered or self._stop_key.is_pressed_by(event):
            return
        agreed = self._agreed(encodings.QEMU_KEY, self._state.qemu_key_announced)
        if self._way.takes(event, agreed=agreed):
            self._put_in(self._way.key(event))

    def _point(self, event: PointerEvent) -> None:
        self._moves += 1
        self._swallowed &= event.buttons
        if any(box.holds(event.x, event.y) for box in self._cover):
            self._swallowed |= event.buttons & ~self._pointer.buttons
        self._pointer = PointerEvent(event.buttons & ~self._swallowed, event.x, event.y)
        self._put_in(self._way.pointer(self._pointer))

    def _put_in(self, passed: list[Passed]) -> None:
        for one in passed:
            if isinstance(one, bytes):
                self._emit(one)
            else:
                self._out.append(one)

    def _let_go(self) -> list[Passed]:
        """Where input is not allowed (any more): what lets go of what is held."""
        return [] if self._input_allowed else self._release()

    def _release(self) -> list[Passed]:
        held, self._pointer = self._pointer, PointerEvent(0, self._pointer.x, self._pointer.y)
        self._swallowed |= held.buttons
        return self._way.release(held)

    def _request(self, message: FramebufferUpdateRequest) -> None:
        self._state.waits = True
        if self._whole_next:
            self._ask_for_everything()
        else:
            self._emit(message.encode())

    def _ask_for_everything(self) -> None:
        self._whole_next = False
        self._emit(self._everything())

    def _everything(self) -> bytes:
        return FramebufferUpdateRequest(False, 0, 0, self._state.width, self._state.height).encode()

    def _continue(self, message: EnableContinuousUpdates) -> None:
        self._continuous = message if message.on else None
        self._state.waits = False  # for what it asked for before
        if not message.on:
            self._state.end_asked()
        self._send(message)
        if message.on and self._whole_next:  # no request will come
            self._ask_for_everything()

    def _fence(self, message: ClientFence) -> None:
        asks = bool(message.flags & FENCE_REQUEST)
        wanted = asks or self._state.fence_answered()
        if wanted and self._agreed(encodings.FENCE, self._fence_announced):
            self._emit(message.encode())
            self._state.fence_sent(message.flags, message.payload)
