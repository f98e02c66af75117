"""What the channel's frames carry, in JSON: HELLO, BYE and the kinds of CONTROL, both directions alike.

Who may send what, and when, is in channel_session.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final, TypeAlias, TypeVar, Union, assert_never, get_args

import msgspec

from common.protocol.channel_frames import FrameType, encode
from common.protocol.identity import Role
from common.protocol.messages import HexId, Mode
from common.protocol.reading import UNDECODABLE, ProtocolViolationError
from common.protocol.reasons import Why
from common.protocol.texts import (
    TEXT_PATTERN,
    WORD_LIMIT,
    WORD_PATTERN,
    WORDS_LIMIT,
    ChatText,
    ComputerName,
    MaybeName,
    TypeText,
    Word,
)

T = TypeVar("T")


Features: TypeAlias = Annotated[tuple[Word, ...], msgspec.Meta(max_length=WORDS_LIMIT)]
Proof: TypeAlias = Annotated[bytes, msgspec.Meta(max_length=64)]
CAN_CLIP: Final = "clip"
"""Either side: it has a clipboard, and takes `clip_…` and CLIP."""
CAN_TYPE: Final = "type"
"""The user's side: it presses keys in the desktop itself, and takes `type`."""
CAN_DRAW: Final = "draw"
"""The user's side: it shows on the screen what the helper draws, and takes `draw`."""


CAN_RESUME: Final = "resume"
"""Either side: it says something at least every 2 s, and comes back to the session after a break."""


class ChannelHello(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """HELLO: what this side was told, or decided. Both sides' must be equal, but for `features`: what this side can take.

    In a session that is taken up again there is a `proof` (channel_resume), and `mode` is what this side had, or wishes, at most.
    """

    session: HexId
    request: HexId
    mode: Mode
    features: Features = ()
    proof: Proof = b""


class Bye(msgspec.Struct, frozen=True, kw_only=True):
    """BYE: which side ended the session, and why."""

    by: Role
    why: Why


Coordinate: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=65535)]
StreamNumber: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=2**32 - 1)]
ClipId: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=2**32 - 1)]
UNPRESSED_TEXT: Final = 64
"""Characters in one word of what could not be pressed."""
UNPRESSED_KEYS: Final = 16
UnpressedText: TypeAlias = Annotated[str, msgspec.Meta(max_length=UNPRESSED_TEXT, pattern=TEXT_PATTERN)]
Keysym: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)]
ClipSize: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]


class _Control(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """A CONTROL payload."""


class SetMode(_Control, frozen=True, kw_only=True, tag="mode"):
    """From the user's side alone: this holds from now on."""

    mode: Mode


class ModeWanted(_Control, frozen=True, kw_only=True, tag="mode_wanted"):
    """From the helper: may I control? Silence means no."""


class ModeRefused(_Control, frozen=True, kw_only=True, tag="mode_refused"):
    """From the user: no. `why` is MOST where it is not the person who says so: this helper may not be allowed more."""

    why: Word = ""


MOST: Final = "most"
"""`ModeRefused.why`: nobody was asked, for it may not be allowed."""


class PauseWhy(StrEnum):
    """Why nothing of the screen is sent."""

    USER = "user"  # the person wishes so
    SCREENS = "screens"  # the screens have changed, and the person is asked what may be seen


class Pause(_Control, frozen=True, kw_only=True, tag="pause"):
    """From the user: nothing of the screen is sent and no input is taken, until `on` is false again.

    Said again where another reason is the one to tell; a helper's agent that knows no reasons shows it as a pause.
    """

    on: bool
    why: Word = str(PauseWhy.USER)  # a PauseWhy, or what a later version knows


class Chat(_Control, frozen=True, kw_only=True, tag="chat"):
    """From either side: a line of text. `n` numbers those whose arrival is to be told, upwards; 0: it need not be."""

    text: ChatText
    n: Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)] = 0


class ChatArrived(_Control, frozen=True, kw_only=True, tag="chat_arrived"):
    """The answer: every line up to this number has reached the other side's agent. At most one a second."""

    n: Annotated[int, msgspec.Meta(ge=1, le=2**32 - 1)]


class Pointer(_Control, frozen=True, kw_only=True, tag="pointer"):
    """From a helper who only looks, or shows something without touching it: where the pointer is, in framebuffer pixels."""

    x: Coordinate
    y: Coordinate


DRAW_POINTS: Final = 64
"""Places in one `draw`: more than a mouse passes between two of them."""
Place: TypeAlias = tuple[Coordinate, Coordinate]
Places: TypeAlias = Annotated[tuple[Place, ...], msgspec.Meta(min_length=1, max_length=DRAW_POINTS)]


class Draw(_Control, frozen=True, kw_only=True, tag="draw"):
    """From a helper with the pen: these places, one after the other, in framebuffer pixels. A stroke of one place is a ring around it.

    Only where the user's HELLO said `draw`; shown for some seconds, and no input to anything.
    """

    points: Places
    begins: bool = False  # a stroke; else the one before goes on


class Type(_Control, frozen=True, kw_only=True, tag="type"):
    """From a helper in control: type this where the desktop's keyboard is. In control mode alone; else it is dropped."""

    text: TypeText


class Rfb(_Control, frozen=True, kw_only=True, tag="rfb"):
    """From the helper: start RFB stream `n`. From the user's side: stream `n` begins with the next RFB frame."""

    n: StreamNumber


class Screen(_Control, frozen=True, kw_only=True, tag="screen"):
    """From the user's side: the framebuffer as it is now, and the computer's name."""

    width: Coordinate
    height: Coordinate
    name: ComputerName = ""


ALL_SCREENS: Final = "all"
"""What a person types for all of them at once."""
SCREENS_LIMIT: Final = 16
"""Screens in one `screens`: more than anybody has. What is over is not offered one by one."""


class OneScreen(msgspec.Struct, frozen=True, kw_only=True):
    """One of the user's screens that may be seen: `number` is what its owner calls it, `key` names it in a wish."""

    key: Annotated[str, msgspec.Meta(min_length=1, max_length=WORD_LIMIT, pattern=WORD_PATTERN)]
    number: Annotated[int, msgspec.Meta(ge=1, le=65535)]
    width: Coordinate
    height: Coordinate
    name: MaybeName = ""


class Screens(_Control, frozen=True, kw_only=True, tag="screens"):
    """From the user's side: which screens may be seen one by one, and which of them is (its key; "": all there are, at once).

    `whole`: all at once may be seen, too. Said at each change, before anything is seen of another one; two or more, or none.
    """

    screens: Annotated[tuple[OneScreen, ...], msgspec.Meta(max_length=SCREENS_LIMIT)] = ()
    seen: Word = ""
    whole: bool = False

    @property
    def one(self) -> OneScreen | None:
        """The one that is seen, if there is a choice; else None."""
        return next((one for one in self.screens if one.key == self.seen), None)

    def has(self, key: str) -> bool:
        """Whether this may be seen."""
        return any(one.key == key for one in self.screens) or (not key and self.whole and bool(self.screens))

    def key(self, which: str) -> str | None:
        """What is meant by a number, a key, a name, or "all": the key to wish for; None where that may not be seen."""
        if which.lower() == ALL_SCREENS:
            return "" if self.has("") else None
        named = [one.key for one in self.screens if which in {str(one.number), one.key}]
        named = named or [one.key for one in self.screens if one.name and which == one.name]
        return named[0] if len(named) == 1 else None

    def after(self) -> str | None:
        """What comes after that which is seen, round and round; None where there is nothing else."""
        keys = [*([""] if self.whole else []), *(one.key for one in self.screens)]
        return keys[(keys.index(self.seen) + 1) % len(keys)] if len(keys) > 1 and self.seen in keys else None


NO_SCREENS: Final = Screens()
"""No choice."""


class ScreenWanted(_Control, frozen=True, kw_only=True, tag="screen_wanted"):
    """From the helper: show me this one of `screens` ("": all at once). What is not offered, or no longer, is no wish."""

    key: Word


class ClipOffer(_Control, frozen=True, kw_only=True, tag="clip_offer"):
    """From either side: this is on its clipboard now. The offer before it is void. (What it is cannot be called `kind` here.)"""

    id: ClipId
    content: Word  # a ClipKind, or what a later version knows
    bytes: ClipSize


class ClipWant(_Control, frozen=True, kw_only=True, tag="clip_want"):
    """The answer: send it, in CLIP frames."""

    id: ClipId


class ClipRefused(_Control, frozen=True, kw_only=True, tag="clip_refused"):
    """The other answer: no. From the side that offered it: it is void."""

    id: ClipId
    why: Word  # a ClipWhy, or what a later version knows


class Unpressed(_Control, frozen=True, kw_only=True, tag="unpressed"):
    """From the user's side: what the helper pressed or typed, and this computer has no way to press. The rest was pressed."""

    text: UnpressedText = ""  # the characters, each once
    keys: Annotated[tuple[Keysym, ...], msgspec.Meta(max_length=UNPRESSED_KEYS)] = ()  # what is no character
    more: Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)] = 0  # how many besides


@dataclass(frozen=True)
class UnfitText:
    """In place of a CONTROL whose text is too long, or has what no text has. Nothing of it is kept, and nothing ends by it."""

    kind: str


Clip: TypeAlias = ClipOffer | ClipWant | ClipRefused
Control: TypeAlias = (
    SetMode
    | ModeWanted
    | ModeRefused
    | Pause
    | Chat
    | ChatArrived
    | Pointer
    | Draw
    | Type
    | Rfb
    | Screen
    | Screens
    | ScreenWanted
    | Clip
    | Unpressed
)


def may_send(role: Role, control: Control) -> bool:
    """Who may say what."""
    match control:
        case SetMode() | ModeRefused() | Pause() | Screen() | Screens() | Unpressed():
            return role is Role.USER
        case ModeWanted() | Pointer() | Draw() | Type() | ScreenWanted():
            return role is Role.HELPER
        case Chat() | ChatArrived() | Rfb() | ClipOffer() | ClipWant() | ClipRefused():
            return True
        case _:
            assert_never(control)


def _with_any_text(control: type[_Control]) -> type[msgspec.Struct]:
    """The same CONTROL, but for what its texts may be."""
    fields = [
        (one.name, str if get_args(one.type)[:1] == (str,) else one.type) for one in msgspec.structs.fields(control)
    ]
    return msgspec.defstruct(control.__name__, fields, tag_field="kind", tag=control.__struct_config__.tag)


class _Kind(msgspec.Struct):
    kind: str


KINDS: Final = frozenset(str(one.__struct_config__.tag) for one in get_args(Control))

_encoder = msgspec.json.Encoder()
_control: msgspec.json.Decoder[Control] = msgspec.json.Decoder(Control)
_any_text: msgspec.json.Decoder[object] = msgspec.json.Decoder(Union[tuple(map(_with_any_text, get_args(Control)))])  # noqa: UP007  (made of what is known at run time only)
_kind = msgspec.json.Decoder(_Kind)
_hello = msgspec.json.Decoder(ChannelHello)
_bye = msgspec.json.Decoder(Bye)


def encode_json(type: FrameType, value: ChannelHello | Bye | Control) -> bytes:  # noqa: A002
    """A whole frame that carries JSON."""
    return encode(type, _encoder.encode(value))


def decode_hello(payload: bytes) -> ChannelHello:
    """A HELLO's value. Raises ProtocolViolationError."""
    return _decode(_hello, payload, "HELLO")


def decode_bye(payload: bytes) -> Bye:
    """A BYE's value. Raises ProtocolViolationError."""
    return _decode(_bye, payload, "BYE")


def decode_control(payload: bytes) -> Control | UnfitText | None:
    """A CONTROL's value, None for a kind of a later version. Raises ProtocolViolationError."""
    kind = _decode(_kind, payload, "CONTROL").kind
    if kind not in KINDS:
        return None
    try:
        return _control.decode(payload)
    except UNDECODABLE:
        _decode(_any_text, payload, "CONTROL")
        return UnfitText(kind)


def _decode(decoder: "msgspec.json.Decoder[T]", payload: bytes, what: str) -> T:
    try:
        return decoder.decode(payload)
    except UNDECODABLE:
        raise ProtocolViolationError(f"{what} whose JSON is not one") from None
