"""What a person, or a window in a person's name, may ask of a session that lives. Each is ignored where it makes no sense."""

from common.agent.session.session_clipboard import SessionClipboard
from common.agent.session.session_control import SessionControl
from common.agent.settings import ClipboardSection
from common.protocol.channel import Screens
from common.protocol.messages import Mode


class PersonsCalls:
    """A session's, which has both parts."""

    _control: SessionControl
    _clipboard: SessionClipboard

    def set_mode(self, mode: Mode) -> None:
        """User: this mode from now on (also the answer to `control_wanted`, and to ASKING beside `allow`)."""
        self._control.set_mode(mode)

    def refuse_control(self) -> None:
        """User: no to `control_wanted`."""
        self._control.refuse_control()

    def want_control(self) -> None:
        """Helper: may I control?"""
        self._control.want_control()

    def pause(self, on: bool) -> None:
        """User: show nothing and take no input, or go on."""
        self._control.pause(on)

    def screens_changed(self, on: bool) -> None:
        """User: the picture is stopped because the screens have changed, or that is settled."""
        self._control.screens_changed(on)

    def offer_screens(self, screens: Screens) -> None:
        """User: these of the screens may be seen one by one, and this one is."""
        self._control.offer_screens(screens)

    def want_screen(self, key: str) -> bool:
        """Helper: show me this one of them ("": all at once). False where that may not be seen, or is seen already."""
        return self._control.want_screen(key)

    def chat(self, text: str, number: int = 0) -> bool:
        """Either: send a line, at most 4000 characters; with a number, upwards from 1, `ChatDelivered` tells of it. False where it was not sent: not connected, or too many at once."""
        return self._control.chat(text, number)

    def type_text(self, text: str) -> bool:
        """Helper, in control: type it at the user's desktop, at most 4000 characters. False where it was not sent."""
        return self._control.type_text(text)

    def question(self, on: bool) -> None:
        """User: some other question of the agent is on the screen; input is dropped meanwhile."""
        self._control.question(on)
        self._clipboard.question(on)

    def switch_clipboard(self, switches: ClipboardSection) -> None:
        """Either: which way clipboards may cross in control mode, from now on."""
        self._clipboard.switch(switches)
