"""The clipboards of one session: what is offered, wanted and handed over, each way, in a window of its own.

The side where something was copied offers it (`clip_offer`), the other wants it (`clip_want`) or not (`clip_refused`), and it
comes in CLIP frames: `id u32, last u8, bytes`. Of those at most 64 KiB are out that were not acknowledged (CLIP_ACK: `id u32,
total u32`), so that what else a channel carries never waits behind a picture. The user's ids are odd, the helper's even, each
higher than the one before. One offer a direction is outstanding: the next makes it void, wherever it stands.

What may cross, and when, is decided by whoever calls `permit`; a direction that is forbidden in the midst of a transfer
loses it.
"""

import struct
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, assert_never

from common.protocol.channel import Clip, ClipOffer, ClipRefused, ClipWant, encode_json
from common.protocol.channel_effects import ChannelEffect, ClipboardCame, ClipboardRefused, SendBytes
from common.protocol.channel_frames import CLIP_LIMIT, FrameType, encode
from common.protocol.identity import Role
from common.protocol.reading import ProtocolViolationError

CLIPBOARD_LIMIT: Final = 8 * 1024 * 1024
"""Bytes of a clipboard's text, in UTF-8, or picture."""
CLIP_WINDOW: Final = 64 * 1024
PNG_BEGINS: Final = b"\x89PNG\r\n\x1a\n"

_HEAD: Final = struct.Struct(">IB")
_ACK: Final = struct.Struct(">II")
_PIECE: Final = CLIP_LIMIT - _HEAD.size


class ClipKind(StrEnum):
    """What can cross."""

    TEXT = "text"  # UTF-8; ends of lines as they are
    PNG = "png"


class ClipWhy(StrEnum):
    """Why it does not."""

    TOO_LARGE = "too_large"
    KIND = "kind"  # neither text nor a picture
    BROKEN = "broken"  # not what it was said to be
    NOT_NOW = "not_now"  # the other side's switch, or no control any more


def is_whole(kind: ClipKind, data: bytes) -> bool:
    """Whether it is what it is said to be: UTF-8, or something that begins as a PNG."""
    if kind is ClipKind.PNG:
        return data.startswith(PNG_BEGINS)
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


@dataclass
class _Leaving:
    """What this side offered last, until the other has all of it or wants none of it."""

    id: int
    kind: ClipKind
    data: bytes
    wanted: bool = False
    sent: int = 0
    acknowledged: int = 0


@dataclass
class _Coming:
    """What this side wanted last, until it is here."""

    id: int
    kind: ClipKind
    size: int
    data: bytearray = field(default_factory=bytearray)
    acknowledged: int = 0


class Clipboards:
    """Both directions of one session. Every method returns what to do, in order."""

    def __init__(self, role: Role) -> None:
        self._odd = role is Role.USER
        self._offered = -1 if self._odd else 0  # the last id of ours
        self._heard = 0  # the last of theirs
        self._send = self._receive = False
        self._leaving: _Leaving | None = None
        self._coming: _Coming | None = None
        self._late = 0  # bytes that may still come of what was given up while it was under way
        self._held = False

    def permit(self, *, send: bool, receive: bool) -> list[ChannelEffect]:
        """Which way clipboards may cross from now on."""
        self._send, self._receive = send, receive
        effects: list[ChannelEffect] = []
        if not send and self._leaving is not None:
            effects.append(_refusal(self._leaving.id, ClipWhy.NOT_NOW))
            self._leaving = None
        if not receive and self._coming is not None:
            effects.append(_refusal(self._coming.id, ClipWhy.NOT_NOW))
            self._give_up()
        return effects

    def offer(self, kind: ClipKind, data: bytes) -> list[ChannelEffect]:
        """What was copied here. Raises ValueError where it is nothing, or too much: the caller's mistake."""
        if not 0 < len(data) <= CLIPBOARD_LIMIT:
            raise ValueError(f"a clipboard of {len(data)} bytes")
        if not self._send:
            return []
        self._offered += 2
        self._leaving = _Leaving(self._offered, kind, data)
        return [_say(ClipOffer(id=self._offered, content=kind.value, bytes=len(data)))]

    def hold(self, on: bool) -> list[ChannelEffect]:
        """The connection below takes no more just now (`on`), or takes again."""
        self._held = on
        return [] if on else [*self._acknowledge(), *self._flush()]

    def control(self, control: Clip) -> list[ChannelEffect]:
        """The other side said this. Raises ProtocolViolationError."""
        match control:
            case ClipOffer():
                return self._offer_came(control)
            case ClipWant(id=number):
                return self._wanted(number)
            case ClipRefused(id=number, why=why):
                return self._refused(number, why)
            case _:
                assert_never(control)

    def frame(self, payload: bytes) -> list[ChannelEffect]:
        """A CLIP frame came. Raises ProtocolViolationError."""
        if len(payload) <= _HEAD.size or payload[_HEAD.size - 1] > 1:
            raise ProtocolViolationError("a CLIP frame that is none")
        number, last = _HEAD.unpack_from(payload)
        data = payload[_HEAD.size :]
        coming = self._coming
        if coming is None or number != coming.id:
            self._late -= len(data)
            if self._is_ours(number) or self._late < 0:
                raise ProtocolViolationError("a clipboard that nobody asked for")
            return []
        coming.data += data
        here = len(coming.data)
        if here > coming.size or bool(last) is not (here == coming.size):
            raise ProtocolViolationError("a clipboard of another size than was offered")
        if here - coming.acknowledged > CLIP_WINDOW:
            raise ProtocolViolationError("more of a clipboard than its window holds")
        if not last:
            return self._acknowledge()
        whole = bytes(coming.data)
        if not is_whole(coming.kind, whole):
            self._coming = None
            return [_refusal(number, ClipWhy.BROKEN)]
        self._coming = None
        return [_acknowledgement(number, here), ClipboardCame(coming.kind.value, whole)]

    def ack(self, payload: bytes) -> list[ChannelEffect]:
        """A CLIP_ACK came. Raises ProtocolViolationError."""
        if len(payload) != _ACK.size:
            raise ProtocolViolationError("a CLIP_ACK has 8 bytes")
        number, total = _ACK.unpack(payload)
        self._check_ours(number)
        leaving = self._leaving
        if leaving is None or number != leaving.id:
            return []  # of one that is void by now
        if not leaving.acknowledged < total <= leaving.sent:
            raise ProtocolViolationError("a CLIP_ACK of bytes that were not sent")
        leaving.acknowledged = total
        if total == len(leaving.data):
            self._leaving = None
        return self._flush()

    def _offer_came(self, offer: ClipOffer) -> list[ChannelEffect]:
        if self._is_ours(offer.id) or offer.id <= self._heard:
            raise ProtocolViolationError("the number of an offer goes up")
        self._heard = offer.id
        self._give_up()
        if not self._receive:
            return [_refusal(offer.id, ClipWhy.NOT_NOW)]
        try:
            kind = ClipKind(offer.content)
        except ValueError:
            return [_refusal(offer.id, ClipWhy.KIND)]
        if offer.bytes > CLIPBOARD_LIMIT:
            return [_refusal(offer.id, ClipWhy.TOO_LARGE)]
        self._coming = _Coming(offer.id, kind, offer.bytes)
        return [_say(ClipWant(id=offer.id))]

    def _wanted(self, number: int) -> list[ChannelEffect]:
        self._check_ours(number)
        leaving = self._leaving
        if leaving is None or number != leaving.id:
            return []  # it became void meanwhile
        if leaving.wanted:
            raise ProtocolViolationError("a clipboard is wanted twice")
        leaving.wanted = True
        return self._flush()

    def _refused(self, number: int, why: str) -> list[ChannelEffect]:
        if not self._is_ours(number):
            if number > self._heard:
                raise ProtocolViolationError("an offer is void that was not made")
            if self._coming is not None and number == self._coming.id:
                self._give_up()
            return []
        self._check_ours(number)
        leaving = self._leaving
        if leaving is None or number != leaving.id:
            return []
        self._leaving = None
        return [ClipboardRefused(leaving.kind.value, len(leaving.data), why)]

    def _is_ours(self, number: int) -> bool:
        return number % 2 == self._odd

    def _check_ours(self, number: int) -> None:
        if not self._is_ours(number) or number > self._offered:
            raise ProtocolViolationError("an answer to an offer that was not made")

    def _give_up(self) -> None:
        """What is coming: as much of it as its window has room for may be under way."""
        if self._coming is not None:
            self._late += CLIP_WINDOW - (len(self._coming.data) - self._coming.acknowledged)
            self._coming = None

    def _acknowledge(self) -> list[ChannelEffect]:
        coming = self._coming
        if self._held or coming is None or len(coming.data) == coming.acknowledged:
            return []
        coming.acknowledged = len(coming.data)
        return [_acknowledgement(coming.id, coming.acknowledged)]

    def _flush(self) -> list[ChannelEffect]:
        """As many frames as there is room for."""
        leaving = self._leaving
        if self._held or leaving is None or not leaving.wanted:
            return []
        out = bytearray()
        while leaving.sent < len(leaving.data):
            piece = leaving.data[leaving.sent : leaving.sent + _PIECE]
            if leaving.sent + len(piece) - leaving.acknowledged > CLIP_WINDOW:
                break
            leaving.sent += len(piece)
            last = leaving.sent == len(leaving.data)
            out += encode(FrameType.CLIP, _HEAD.pack(leaving.id, last) + piece)
        return [SendBytes(bytes(out))] if out else []


def _say(control: Clip) -> SendBytes:
    return SendBytes(encode_json(FrameType.CONTROL, control))


def _refusal(number: int, why: ClipWhy) -> SendBytes:
    return _say(ClipRefused(id=number, why=why.value))


def _acknowledgement(number: int, total: int) -> SendBytes:
    return SendBytes(encode(FrameType.CLIP_ACK, _ACK.pack(number, total)))
