"""New requests reach a helper who looks elsewhere: a notice of the desktop, a tone."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject

from common.agent.settings import WindowSection
from common.host.words import one_line
from common.protocol.messages import Status
from common.ui.notices import Notices
from helper_agent.ui.arrivals import Arrivals
from helper_agent.views import HelperView, NumberedRequest


class HelperNotifications(QObject):
    """`render` every view. A helper who is away is left in peace."""

    def __init__(
        self, *, notices: Notices, settings: WindowSection, looking: Callable[[], bool], parent: QObject | None = None
    ) -> None:
        """`looking()`: whether the person has the window before them, so that no notice is needed."""
        super().__init__(parent)
        self._notices = notices
        self._settings = settings
        self._looking = looking
        self._arrivals = Arrivals()

    def follow(self, settings: WindowSection) -> None:
        """Other settings from now on."""
        self._settings = settings

    def render(self, view: HelperView) -> None:
        """Tell of what is new."""
        came = self._arrivals.of(view)
        if not came or view.matching.status is Status.AWAY:
            return
        if self._settings.sound:
            self._notices.sound()
        if self._settings.notices and not self._looking():
            self._show(came)

    def _show(self, came: Sequence[NumberedRequest]) -> None:
        first = came[0].entry
        name = one_line(first.user.name)
        if len(came) == 1:
            title = self.tr("{name} asks for help").format(name=name)
            self._notices.show(title, one_line(first.topic), key=first.request)
        else:
            title = self.tr("%n new requests for help", "", len(came))
            self._notices.show(title, self.tr("{name} waits longest.").format(name=name), key=first.request)
