"""The encodings that may be agreed: those whose length is cheap to know, and harmless pseudo-encodings.

The same list holds in view and control mode, else a change of mode would need SetEncodings sent again. What is absent is
absent for a reason: CoRRE, Hextile and TRLE need every pixel run parsed; -259 (QEMU audio) listens to the room; -305 (gii),
-309 (xvp: shut down, reboot) and -316 (wider pointer events) unlock or change client messages; -260 lets Tight carry PNG;
0xC0A1E5CE (extended clipboard) turns lengths negative; UltraVNC's 0xFFFF8000-8007 scale, cache and chat.

Zlib and ZRLE compress through a whole connection, and nothing in them can begin anew: a stream with such a rectangle
cannot go on over another connection to the server (docs/decisions/0020). So they stand behind Tight, which can, and which
nearly every server knows.
"""

from collections.abc import Iterable
from typing import Final

RAW: Final = 0
COPY_RECT: Final = 1
RRE: Final = 2
ZLIB: Final = 6
TIGHT: Final = 7
ZRLE: Final = 16
DESKTOP_SIZE: Final = -223
LAST_RECT: Final = -224
POINTER_POSITION: Final = -232
CURSOR: Final = -239
X_CURSOR: Final = -240
QEMU_KEY: Final = -258
DESKTOP_NAME: Final = -307
EXTENDED_DESKTOP_SIZE: Final = -308
FENCE: Final = -312
CONTINUOUS_UPDATES: Final = -313
CURSOR_WITH_ALPHA: Final = -314

ALLOWED: Final = frozenset(
    {
        RAW,
        COPY_RECT,
        RRE,
        ZLIB,
        TIGHT,
        ZRLE,
        DESKTOP_SIZE,
        LAST_RECT,
        POINTER_POSITION,
        CURSOR,
        X_CURSOR,
        QEMU_KEY,
        DESKTOP_NAME,
        EXTENDED_DESKTOP_SIZE,
        FENCE,
        CONTINUOUS_UPDATES,
        CURSOR_WITH_ALPHA,
        *range(-32, -22),  # JPEG quality, TightVNC's
        *range(-512, -411),  # JPEG quality, fine-grained
        *range(-256, -246),  # compression level
    }
)


_THROUGHOUT: Final = (ZLIB, ZRLE)


def allowed(wanted: Iterable[int]) -> tuple[int, ...]:
    """What of `wanted` may be agreed, each once, in the viewer's order of preference, but Zlib and ZRLE behind Tight."""
    agreed = list(dict.fromkeys(encoding for encoding in wanted if encoding in ALLOWED))
    if TIGHT in agreed:
        early = [encoding for encoding in agreed[: agreed.index(TIGHT)] if encoding in _THROUGHOUT]
        agreed = [encoding for encoding in agreed if encoding not in early]
        behind = agreed.index(TIGHT) + 1
        agreed[behind:behind] = early
    return tuple(agreed)
