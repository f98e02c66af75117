"""Connections to an X server by python-xlib, let in by the same cookies as every other program.

Python-xlib wants a cookie to name this host. Xlib also takes one that fits any host, or any display: display managers
and containers write such cookies, and they go on working when the computer is given another name.

Python-xlib keeps one table of events and errors for the whole process. Two X servers number those of their extensions each
in its own way, so every connection gets its own tables here.
"""

from typing import Any

from Xlib import display, error, xauth
from Xlib.display import Display
from Xlib.protocol import event

_WILD = 0xFFFF  # the address family of a cookie that fits any host


class _Cookies(xauth.Xauthority):  # type: ignore[misc]
    def get_best_auth(
        self, family: int, address: bytes, dispno: int, types: tuple[bytes, ...] = (b"MIT-MAGIC-COOKIE-1",)
    ) -> Any:
        """The first that fits. Raises XNoAuthError."""
        for kind, host, number, name, cookie in self.entries:
            anywhere = kind == _WILD or (kind == family and host == bytes(address))
            if anywhere and number in {b"", str(dispno).encode()} and name in types:
                return name, cookie
        raise error.XNoAuthError((family, address, dispno))


class _OwnTables(display._BaseDisplay):  # type: ignore[misc]  # noqa: SLF001 -- what every connection is made of
    def __init__(self, *arguments: Any, **named: Any) -> None:
        self.event_classes = event.event_class.copy()
        self.error_classes = error.xerror_class.copy()
        super().__init__(*arguments, **named)


# Python-xlib takes neither a cookie nor who looks for one, and no other tables.
xauth.Xauthority = _Cookies
display._BaseDisplay = _OwnTables  # noqa: SLF001


def open_display(name: str) -> Any:
    """A connection. Raises Xlib.error.DisplayError and OSError."""
    return Display(name)
