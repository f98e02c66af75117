"""An interrupted session at one agent: what it keeps for that, and what waits meanwhile.

How the way back is found is decided in common.protocol.session_comeback; that the other side is the one from before, in
common.protocol.channel_resume.
"""

from collections.abc import Callable
from typing import Final

from common.agent.session.ports import LocalSide
from common.agent.session.presenter import Presenter
from common.agent.session.session_clipboard import SessionClipboard
from common.agent.session.session_control import SessionControl
from common.host.errors import TasukiError
from common.host.log import get_logger
from common.net.e2e import EndToEnd
from common.protocol.channel_resume import Resumption
from common.protocol.channel_session import ChannelSession
from common.protocol.session_life import SessionPhase

TIMER: Final = "interruption"


class Interruption:
    """One session's, however often it is interrupted. The secret leaves neither this object nor, but for a proof, this computer.

    `gave_up(problem)` is called when the time is over.
    """

    def __init__(
        self,
        *,
        channel: ChannelSession,
        local: LocalSide,
        control: SessionControl,
        clipboard: SessionClipboard,
        presenter: Presenter,
        gave_up: Callable[[Exception], None],
    ) -> None:
        self._channel = channel
        self._local = local
        self._control = control
        self._clipboard = clipboard
        self._presenter = presenter
        self._gave_up = gave_up
        self._secret = b""

    def secured(self, e2e: EndToEnd) -> None:
        """A handshake is done: the session's first, or one that takes it up again."""
        exporter = e2e.exporter
        if not self._secret:
            self._secret = exporter
        else:
            self._channel.resume(Resumption(secret=self._secret, exporter=exporter), self._control.at_most)

    def begin(self, seconds: float) -> None:
        """The connection is lost; it is tried so long. Nothing is waited for from the one before, also where it has not ended yet."""
        self._channel.cut()
        get_logger(component="session", session=self._presenter.view.session).info("session_interrupted")
        self._control.interrupted()
        self._local.interrupted()
        now = self._presenter.now()
        self._presenter.show(phase=SessionPhase.INTERRUPTED, lost=now, tried_until=now + seconds, silent=False)
        self._presenter.set_timer(TIMER, seconds, lambda: self._gave_up(TasukiError("other_not_back")))

    def end(self) -> None:
        """It is back."""
        self._presenter.set_timer(TIMER, None)
        view = self._presenter.view
        gone = self._presenter.now() - view.lost if view.lost is not None else 0.0
        log = get_logger(component="session", session=view.session)
        log.info("session_resumed", seconds=round(gone, 1), mode=str(self._channel.mode))
        mode = self._control.resumed()
        features = self._channel.peer_features
        self._presenter.show(phase=SessionPhase.CONNECTED, lost=None, tried_until=None, peer_features=features)
        self._local.resumed(mode)
        self._clipboard.attached()
