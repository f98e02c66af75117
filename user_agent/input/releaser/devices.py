"""Which keys the person's own keyboards hold. XTEST's is another one, but the server forgets who holds a key when either lets go.

Requests of the X Input Extension: version 2's list of devices, and version 1's state of one, which python-xlib has not.
"""

import struct
from typing import Any

from Xlib import error
from Xlib.ext import xinput
from Xlib.protocol import rq

from user_agent.input.pressed import keys_of

EXTENSION = "XInputExtension"
_XTEST = "XTEST keyboard"  # the end of the name of what presses for programs


class _QueryDeviceState(rq.ReplyRequest):  # type: ignore[misc]
    """See The X Input Extension, 2.19: the reply is taken as it comes."""

    _request = rq.Struct(rq.Card8("opcode"), rq.Opcode(30), rq.RequestLength(), rq.Card8("device"), rq.Pad(3))
    _reply = None
    raw = b""

    def _parse_response(self, data: bytes) -> None:
        self.raw = bytes(data)
        self._response_lock.acquire()
        self._data = {"sequence_number": struct.unpack_from("<H", self.raw, 2)[0]}
        self._response_lock.release()


def held_by_person(display: Any) -> set[int]:
    """Keycodes. Empty where the server does not tell."""
    found = display.query_extension(EXTENSION)
    if found is None or not found.present:
        return set()
    held: set[int] = set()
    try:
        for device in xinput.query_device(display, xinput.AllDevices).devices:
            if device.use == xinput.SlaveKeyboard and not device.name.endswith(_XTEST):
                asked = _QueryDeviceState(display=display.display, opcode=found.major_opcode, device=device.deviceid)
                held |= keys_of(asked.raw)
    except error.XError:  # one was just unplugged
        pass
    return held
