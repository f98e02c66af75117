"""A session's clipboards: when they may cross, and what a person hears of them. How they cross: common.protocol.channel_clip.

In control mode alone, each way by a switch of its own on either side, and not while the user has paused or a question is open. What
the helper had copied before goes over when control begins, since that is what the helper means to paste; of the user's side only
what is copied from then on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, assert_never

from common.agent.clipboard.clipboard import Clipboard, Copied, Copy, NotCopied
from common.agent.session.presenter import Presenter
from common.agent.settings import ClipboardSection
from common.agent.views import ClipboardLeftOut, ClipboardReceived, SessionView
from common.host.errors import TasukiError
from common.protocol.channel import CAN_CLIP
from common.protocol.channel_clip import ClipKind, ClipWhy
from common.protocol.channel_effects import ChannelEffect, ClipboardCame, ClipboardRefused
from common.protocol.channel_session import ChannelSession
from common.protocol.identity import Role
from common.protocol.messages import Mode
from common.protocol.session_life import SessionPhase

REST: Final = 0.5  # seconds between two offers: a program that copies all the time stays far from what ends a session


_BOTH: Final = ClipboardSection()


@dataclass(frozen=True, kw_only=True)
class SharedClipboard:
    """What a session gets of its agent's clipboard: `clipboard` is None where this computer has none."""

    clipboard: Clipboard | None = None
    switches: ClipboardSection = _BOTH

    @property
    def features(self) -> tuple[str, ...]:
        """For the HELLO."""
        return (CAN_CLIP,) if self.clipboard is not None else ()


class SessionClipboard:
    """One session's."""

    def __init__(
        self,
        *,
        role: Role,
        channel: ChannelSession,
        shared: SharedClipboard,
        presenter: Presenter,
        carry: Callable[[list[ChannelEffect]], None],
    ) -> None:
        self._role = role
        self._channel = channel
        self._clipboard = shared.clipboard
        self._switches = shared.switches
        self._presenter = presenter
        self._carry = carry
        self._question = False
        self._allowed = (False, False)  # to send, to receive
        self._unwatch: Callable[[], None] | None = None
        self._next: Copy | None = None  # what waits for its offer
        self._resting = False

    def attached(self) -> None:
        """Both are connected: why nothing will cross is known now."""
        if self._clipboard is None:
            self._presenter.show(clipboard=TasukiError("clipboard_not_here"))
        elif not self._channel.clips:
            self._presenter.show(clipboard=TasukiError("clipboard_not_there"))

    def look(self, view: SessionView) -> None:
        """The session is so now."""
        live = self._channel.clips and view.phase is SessionPhase.CONNECTED
        control = live and view.mode is Mode.CONTROL and not (view.stopped or self._question)
        to_user, to_helper = control and self._switches.to_user, control and self._switches.to_helper
        allowed = (to_user, to_helper) if self._role is Role.HELPER else (to_helper, to_user)
        if allowed == self._allowed:
            return
        self._allowed = send, receive = allowed
        if self._channel.clips:
            self._carry(self._channel.clipboards.permit(send=send, receive=receive))
        self._watch(send)

    def question(self, on: bool) -> None:
        """User: a question is on the screen, so nothing crosses."""
        self._question = on
        self.look(self._presenter.view)

    def switch(self, switches: ClipboardSection) -> None:
        """The person has chosen otherwise."""
        self._switches = switches
        self.look(self._presenter.view)

    def happened(self, effect: ClipboardCame | ClipboardRefused) -> None:
        """The channel brought it, or the other side does not take ours."""
        match effect:
            case ClipboardCame(content=content, data=data):
                if self._clipboard is not None:
                    self._clipboard.put(ClipKind(content), data)
                    self._presenter.tell(ClipboardReceived(content, len(data)))
            case ClipboardRefused(size=size, why=why):
                if why != ClipWhy.NOT_NOW:
                    self._presenter.tell(ClipboardLeftOut(known(why), size))
            case _:
                assert_never(effect)

    def _watch(self, on: bool) -> None:
        if self._clipboard is None or on is (self._unwatch is not None):
            return
        if self._unwatch is not None:
            self._next = None
            self._unwatch()
            self._unwatch = None
        else:
            self._unwatch = self._clipboard.watch(self._copied, now=self._role is Role.HELPER)

    def _copied(self, copy: Copy) -> None:
        """Of what comes faster than it is offered the last counts."""
        self._next = copy
        if not self._resting:
            self._offer()

    def _offer(self) -> None:
        copy, self._next = self._next, None
        self._resting = copy is not None
        if copy is None:
            return
        self._presenter.set_timer("clipboard", REST, self._offer)
        match copy:
            case Copied(kind=kind, data=data):
                self._carry(self._channel.clipboards.offer(kind, data))
            case NotCopied(why=why, size=size):
                self._presenter.tell(ClipboardLeftOut(why, size))
            case _:
                assert_never(copy)


def known(why: str) -> ClipWhy:
    """A later version's reason is one of its kinds."""
    return ClipWhy(why) if why in set(ClipWhy) else ClipWhy.KIND
