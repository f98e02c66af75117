"""Which keys arrive at a display, whoever takes them there: a window manager's own are among them."""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from Xlib import XK, X
from Xlib.display import Display
from Xlib.ext import record
from Xlib.protocol import rq

RANGE = {
    "core_requests": (0, 0),
    "core_replies": (0, 0),
    "ext_requests": (0, 0, 0, 0),
    "ext_replies": (0, 0, 0, 0),
    "delivered_events": (0, 0),
    "device_events": (X.KeyPress, X.KeyPress),
    "errors": (0, 0),
    "client_started": False,
    "client_died": False,
}


@contextlib.contextmanager
def heard_keys(display: str) -> Iterator[list[str]]:
    """The names of the keys that are pressed there, as they come, by the layout's first column."""
    told: list[str] = []
    asks, hears = Display(display), Display(display)
    names = {getattr(XK, name): name.removeprefix("XK_") for name in dir(XK) if name.startswith("XK_")}
    context = hears.record_create_context(0, [record.AllClients], [RANGE])

    def hear(reply: Any) -> None:
        data = reply.data
        while reply.category == record.FromServer and len(data):
            event, data = rq.EventField(None).parse_binary_value(data, hears.display, None, None)
            if event.type == X.KeyPress:
                keysym = asks.keycode_to_keysym(event.detail, 0)
                told.append(names.get(keysym, hex(keysym)))

    listening = threading.Thread(target=hears.record_enable_context, args=(context, hear), daemon=True)
    listening.start()
    try:
        yield told
    finally:
        asks.record_disable_context(context)
        asks.flush()
        listening.join(10)
        hears.record_free_context(context)
        hears.close()
        asks.close()
