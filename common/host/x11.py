"""Connections to an X server by python-xlib, let in by the same cookies as every other program.

Python-xlib wants a cookie to name this host. Xlib also takes one that fits any host, or any display: display managers
and containers write such cookies, and they go on working when the computer is given another name.
"""

from typing import Any

from Xlib import error, xauth
from Xlib.display import Display

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


xauth.Xauthority = _Cookies  # python-xlib takes neither a cookie nor who looks for one


def open_display(name: str) -> Any:
    """A connection. Raises Xlib.error.DisplayError and OSError."""
    return Display(name)
