"""Carrying out what a session's channel decides, and its timer."""

from collections.abc import Callable
from typing import TypeAlias, assert_never

from common.agent.session.ports import LocalSide
from common.agent.session.presenter import Presenter
from common.protocol import channel_effects as channel
from common.protocol.channel_session import ChannelSession

Happened: TypeAlias = (
    channel.ControlReceived
    | channel.ClipboardCame
    | channel.ClipboardRefused
    | channel.TextLeftOut
    | channel.Connected
    | channel.ChannelEnded
)


class ChannelDriver:
    """One session's. `write` sends bytes, `happened` hears what is for the rest of the session; what fails in them goes to `bug`."""

    def __init__(
        self,
        *,
        channel: ChannelSession,
        local: LocalSide,
        presenter: Presenter,
        write: Callable[[bytes], None],
        happened: Callable[[Happened], None],
        bug: Callable[[Exception], None],
    ) -> None:
        self._channel = channel
        self._local = local
        self._presenter = presenter
        self._write = write
        self._happened = happened
        self._bug = bug
        self._due: float | None = None  # when the timer rings

    def now(self) -> float:
        """The clock that the channel goes by."""
        return self._presenter.clock.monotonic()

    def carry(self, effects: list[channel.ChannelEffect]) -> None:
        """Do it. A bug, here or in the local side, ends this one session."""
        try:
            for effect in effects:
                self._do(effect)
            self._arm()
        except Exception as error:  # noqa: BLE001  # see above
            self._bug(error)

    def _do(self, effect: channel.ChannelEffect) -> None:
        match effect:
            case channel.SendBytes(data):
                self._write(data)
                self._channel.said(self.now())
            case channel.RfbReceived(data):
                self._local.rfb_received(data)
            case channel.PauseRfb():
                self._local.pause_reading()
            case channel.ResumeRfb():
                self._local.resume_reading()
            case channel.StreamStarted(n):
                self._local.stream_started(n)
            case channel.StreamOver():
                self._local.stream_over()
            case channel.Silent(on):
                self._presenter.show(silent=on)
            case (
                channel.ControlReceived()
                | channel.ClipboardCame()
                | channel.ClipboardRefused()
                | channel.TextLeftOut()
                | channel.Connected()
                | channel.ChannelEnded()
            ):
                self._happened(effect)
            case _:
                assert_never(effect)

    def _arm(self) -> None:
        """The timer rings at the channel's deadline, or before: then it looks again."""
        deadline = self._channel.deadline
        if deadline is not None and (self._due is None or deadline < self._due):
            self._due = deadline
            self._presenter.set_timer("channel", max(0.0, deadline - self.now()), self._tick)

    def _tick(self) -> None:
        self._due = None
        self.carry(self._channel.tick(self.now()))
