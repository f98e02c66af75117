"""What a helper can ask of a viewer besides looking: special keys, how fine the picture is, how large it is shown. Pure.

Keys and quality are made in the viewer front, so they work with every viewer.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from common.protocol.rfb import encodings
from common.protocol.rfb.client_messages import KeyEvent

_CONTROL, _ALT, _SHIFT, _SUPER = 0xFFE3, 0xFFE9, 0xFFE1, 0xFFEB
_TAB, _ESCAPE, _DELETE, _PRINT, _F4, _F11 = 0xFF09, 0xFF1B, 0xFFFF, 0xFF61, 0xFFC1, 0xFFC8

_LOSSY = frozenset({*range(-32, -22), *range(-512, -411)})
_COMPRESSION = frozenset(range(-256, -246))
_QUALITY_2: Final = -30  # of -32 (0) to -23 (9)
_LEVEL_1, _LEVEL_6 = -255, -250  # of -256 (0) to -247 (9)


class Chord(StrEnum):
    """Keys pressed together that a viewer's own desktop would keep for itself."""

    CTRL_ALT_DEL = "ctrl-alt-del"
    SUPER = "super"
    ALT_TAB = "alt-tab"
    ALT_F4 = "alt-f4"
    CTRL_ESC = "ctrl-esc"
    CTRL_SHIFT_ESC = "ctrl-shift-esc"
    PRINT = "print"
    F11 = "f11"


CHORDS: Final[dict[Chord, tuple[int, ...]]] = {
    Chord.CTRL_ALT_DEL: (_CONTROL, _ALT, _DELETE),
    Chord.SUPER: (_SUPER,),
    Chord.ALT_TAB: (_ALT, _TAB),
    Chord.ALT_F4: (_ALT, _F4),
    Chord.CTRL_ESC: (_CONTROL, _ESCAPE),
    Chord.CTRL_SHIFT_ESC: (_CONTROL, _SHIFT, _ESCAPE),
    Chord.PRINT: (_PRINT,),
    Chord.F11: (_F11,),
}


class Quality(StrEnum):
    """How fine the picture is. `AUTO`: as the viewer wishes."""

    AUTO = "auto"
    FAST = "fast"  # as little as can be read
    SHARP = "sharp"  # every pixel as it is


class Scaling(StrEnum):
    """How large the built-in viewer shows the screen."""

    FIT = "fit"
    ACTUAL = "actual"  # a pixel of it is a pixel here


def pressed(chord: Chord) -> bytes:
    """Down in order, up in the opposite one."""
    keys = CHORDS[chord]
    events = [KeyEvent(True, key) for key in keys] + [KeyEvent(False, key) for key in reversed(keys)]
    return b"".join(event.encode() for event in events)


def encodings_for(quality: Quality, wished: Iterable[int]) -> tuple[int, ...]:
    """The viewer's encodings, made to serve `quality`. Only what is on the allow-list is added.

    JPEG comes only to viewers of Tight, which are all able to show it; without any JPEG quality a server sends none.
    """
    wished = tuple(wished)
    if quality is Quality.AUTO:
        return wished
    kept = tuple(one for one in wished if one not in _LOSSY and one not in _COMPRESSION)
    if quality is Quality.SHARP:
        return (*kept, _LEVEL_1)
    if encodings.TIGHT not in kept:
        return (*kept, _LEVEL_6)
    return (encodings.TIGHT, *(one for one in kept if one != encodings.TIGHT), _QUALITY_2, _LEVEL_6)
