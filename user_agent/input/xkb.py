"""The requests of the X Keyboard Extension that python-xlib has not. Bytes and X alone: what they are for is not known here.

Numbers and layouts: The X Keyboard Extension, Protocol Specification, 16.3. Raises what python-xlib raises.
"""

import struct
from collections.abc import Sequence
from typing import Any

from Xlib.protocol import rq

from user_agent.input.keymap import MapKey

EXTENSION = "XKEYBOARD"
CORE_KEYBOARD = 0x100  # XkbUseCoreKbd
_TYPES_SYMBOLS_MODIFIERS = 1 | 2 | 4  # XkbKeyTypesMask, XkbKeySymsMask, XkbModifierMapMask
_SYMBOLS = 2
_NEW_KEYBOARD_AND_MAP = 1 | 2  # XkbNewKeyboardNotifyMask, XkbMapNotifyMask


class _Reply(rq.ReplyRequest):  # type: ignore[misc]
    """A request whose reply is taken as it comes."""

    _reply = None
    raw = b""

    def _parse_response(self, data: bytes) -> None:
        self.raw = bytes(data)
        self._response_lock.acquire()  # python-xlib's may be one without a context
        self._data = {"sequence_number": struct.unpack_from("<H", self.raw, 2)[0]}
        self._response_lock.release()


def _head(minor: int) -> tuple[Any, ...]:
    return rq.Card8("opcode"), rq.Opcode(minor), rq.RequestLength()


class _UseExtension(_Reply):
    _request = rq.Struct(*_head(0), rq.Card16("major"), rq.Card16("minor"))


class _SelectEvents(rq.Request):  # type: ignore[misc]
    _request = rq.Struct(
        *_head(1),
        *(rq.Card16("device"), rq.Card16("which"), rq.Card16("clear"), rq.Card16("all")),
        *(rq.Card16("affect_map"), rq.Card16("map")),
    )


class _GetState(_Reply):
    _request = rq.Struct(*_head(4), rq.Card16("device"), rq.Pad(2))


class _LatchLockState(rq.Request):  # type: ignore[misc]
    _request = rq.Struct(
        *_head(5),
        *(rq.Card16("device"), rq.Card8("affect"), rq.Card8("locks"), rq.Card8("lock_group"), rq.Card8("group")),
        rq.Pad(6),
    )


class _GetControls(_Reply):
    _request = rq.Struct(*_head(6), rq.Card16("device"), rq.Pad(2))


class _GetMap(_Reply):
    _request = rq.Struct(*_head(8), rq.Card16("device"), rq.Card16("full"), rq.Pad(20))


class _SetMap(rq.Request):  # type: ignore[misc]
    _request = rq.Struct(
        *_head(9),
        *(rq.Card16("device"), rq.Card16("present"), rq.Pad(2), rq.Card8("lowest"), rq.Card8("highest")),
        *(rq.Pad(2), rq.Card8("first"), rq.Card8("count"), rq.Card16("keysyms"), rq.Pad(18), rq.Binary("map")),
    )


class _XkbEvent(rq.Event):  # type: ignore[misc]
    _code = None
    _fields = rq.Struct(rq.Card8("type"), rq.Card8("kind"), rq.Card16("sequence_number"), rq.FixedBinary("rest", 28))


class Xkb:
    """The core keyboard of a display, by this extension."""

    def __init__(self, display: Any) -> None:
        self._display = display.display
        found = display.query_extension(EXTENSION)
        if found is None or not found.present:
            raise OSError("this X server has no XKEYBOARD extension")
        self._opcode = found.major_opcode
        self.event = int(found.first_event)
        """What is pending is a change of the map where its type is this."""
        self._ask(_UseExtension, major=1, minor=0)
        display.extension_add_event(self.event, _XkbEvent)
        self._send(
            _SelectEvents,
            which=_NEW_KEYBOARD_AND_MAP,
            clear=0,
            all=_NEW_KEYBOARD_AND_MAP,
            affect_map=0,
            map=0,
            device=CORE_KEYBOARD,
        )

    def map(self) -> bytes:
        """The reply of XkbGetMap: types, keysyms and modifier map, in full."""
        return self._ask(_GetMap, device=CORE_KEYBOARD, full=_TYPES_SYMBOLS_MODIFIERS)

    def state(self) -> tuple[int, int, int]:
        """The modifiers and the group that count, and the group that is locked."""
        reply = self._ask(_GetState, device=CORE_KEYBOARD)
        return reply[8], reply[12], reply[13]

    def controls(self) -> bytes:
        """The reply of XkbGetControls from its ninth byte on: key repeat is part of it."""
        return self._ask(_GetControls, device=CORE_KEYBOARD)[8:]

    def repeat_delay(self) -> float:
        """Seconds after which the server repeats a key that is held."""
        return int(struct.unpack_from("<H", self.controls(), 12)[0]) / 1000

    def lock(self, modifiers: int, *, on: bool) -> None:
        """Switch locks."""
        locks = modifiers if on else 0
        self._send(_LatchLockState, device=CORE_KEYBOARD, affect=modifiers, locks=locks, lock_group=0, group=0)

    def lock_group(self, group: int) -> None:
        """Change the group that is locked."""
        self._send(_LatchLockState, device=CORE_KEYBOARD, affect=0, locks=0, lock_group=1, group=group)

    def set_keys(self, first: int, keys: Sequence[MapKey], lowest: int, highest: int) -> None:
        """Give keysyms to keycodes in a row, by one request: programs are told once."""
        rows = b"".join(
            struct.pack("<6BH", *key.types, key.group_info, key.width, len(key.keysyms))
            + struct.pack(f"<{len(key.keysyms)}I", *key.keysyms)
            for key in keys
        )
        self._send(
            _SetMap,
            device=CORE_KEYBOARD,
            present=_SYMBOLS,
            lowest=lowest,
            highest=highest,
            first=first,
            count=len(keys),
            keysyms=sum(len(key.keysyms) for key in keys),
            map=rows,
        )

    def _ask(self, request: type[_Reply], **fields: int) -> bytes:
        return request(display=self._display, opcode=self._opcode, **fields).raw

    def _send(self, request: Any, **fields: Any) -> None:
        request(display=self._display, opcode=self._opcode, **fields)
