"""The clipboard of the desktop that the user shows, one session after the other."""

from common.agent.clipboard.choice import x11_desktop
from common.agent.clipboard.clipboard import Clipboard, DesktopClipboard
from common.agent.session.session_clipboard import SharedClipboard
from common.agent.settings import ClipboardSection
from common.host.computer import Computer
from user_agent.input.ports import ShownDesktop
from user_agent.servers.base import ServerKind


class UserClipboard:
    """`desktop` is one that windows bring along; `switches` are which way it crosses, from the next session on."""

    def __init__(self, *, computer: Computer, desktop: DesktopClipboard | None, switches: ClipboardSection) -> None:
        self._computer = computer
        self._desktop = desktop
        self.switches = switches
        self._clipboard: Clipboard | None = None

    async def shared(self, kind: ServerKind | None, shown: ShownDesktop | None) -> SharedClipboard:
        """What a session gets that shows this kind of server, or this X display.

        Which desktop another's server shows nobody knows, if it is not said and proved: then it is none.
        """
        if kind is None and shown is None:
            return SharedClipboard(clipboard=None, switches=self.switches)
        if self._clipboard is None:
            desktop = self._desktop if shown is None else await x11_desktop(self._computer)
            if desktop is not None:
                self._clipboard = Clipboard(desktop)
        return SharedClipboard(clipboard=self._clipboard, switches=self.switches)

    def close(self) -> None:
        """The program ends."""
        if self._clipboard is not None:
            self._clipboard.close()
