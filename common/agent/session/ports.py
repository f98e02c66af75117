"""A session as the rest of an agent sees it: its local side, and what it needs of matching.

The **local side** is what stands between the channel and the VNC program on this PC: the user's broker, the helper's
viewer front. It lives so:

    attached(link, mode)      once, when both HELLOs were exchanged
    stream_started(n)         user: the helper's viewer wants stream n: drop the old connection to the VNC server, open
                              a new one, log in, then link.stream_ready(n), then link.send_rfb(ServerInit…)
                              helper: stream n begins, after link.start_stream() gave n: rfb_received starts at ServerInit
    stream_over()             helper: the present stream cannot go on; what is wished for is another, for a viewer that is
                              opened again
    rfb_received(data)        bytes of the present stream; link.consumed(count) once the VNC program has taken them
                              (a filter that drops bytes has consumed them too)
    pause_reading/resume_reading   stop, or go on, reading the VNC program: the window is full; link.send_rfb of what
                              was already read is still allowed; a new stream starts unpaused
    mode_changed, pause_changed, question_open   what the filter must do from now on
    interrupted()             the connection is lost, and it is tried to come back: what is held is let go, the stream is over,
                              and link.start_stream() must wait. The VNC server runs on; the viewer keeps its picture
    resumed(mode)             it is back: helper: a viewer that is there gets another stream, link.start_stream()
    type_text(text)           user: the helper wants this typed at the desktop; like keys, it may be dropped
    close()                   once, at the end (also when it was never attached): drop every connection at once
"""

from collections.abc import Callable
from typing import Protocol

from common.agent.matching.ports import MatchingEvent, MatchingProfile
from common.protocol.channel import Places
from common.protocol.messages import FromAgent, Mode
from common.protocol.reasons import Why


class LocalLink(Protocol):
    """What a local side may ask of its session. Every call is ignored after the end."""

    def send_rfb(self, data: bytes) -> None:
        """Bytes of the present stream, towards the peer. Any number; 16 KiB and more at once cost least."""

    def consumed(self, count: int) -> None:
        """So many bytes out of `rfb_received` were taken, or dropped by the filter."""

    def start_stream(self) -> int:
        """Helper's side: a viewer has connected (again). The number of the stream that was asked for."""

    def stream_ready(self, n: int) -> None:
        """User's side: the VNC server is logged in to, and what is sent next starts at ServerInit."""

    def stream_over(self) -> None:
        """User's side: the present stream cannot go on; the helper's side opens its viewer again."""

    def pointer(self, x: int, y: int) -> None:
        """Helper's side, while only looking or pointing: the pointer is here. User's side: show it (the filter saw it)."""

    def draw(self, points: Places, *, begins: bool) -> None:
        """Helper's side: a stroke of the pen begins, or goes on, through these places (at most DRAW_POINTS)."""

    def screen(self, width: int, height: int, name: str = "") -> None:
        """User's side: the framebuffer's size, at ServerInit and when it changes."""

    def unpressed(self, character: str, keysym: int) -> None:
        """User's side: what the helper pressed cannot be pressed here: this character ("" for a key), this X11 keysym."""

    def failed(self, why: Why, detail: str = "") -> None:
        """End the session: SERVER_GONE, VIEWER_GONE, UNFILTERABLE, PROTOCOL or FAILED. `detail` is for the log."""


class LocalSide(Protocol):
    """The broker (user) or the viewer front (helper). The module's docstring says how it lives."""

    @property
    def features(self) -> tuple[str, ...]:
        """What this side can take, for its HELLO (common.protocol.channel). Asked once, before `attached`."""

    def attached(self, link: LocalLink, mode: Mode) -> None:
        """The session is connected; `mode` holds."""

    def stream_started(self, n: int) -> None:
        """Stream `n`: see the module's docstring."""

    def stream_over(self) -> None:
        """The viewer must be opened again. Never called on a user's side."""

    def rfb_received(self, data: bytes) -> None:
        """Bytes of the present stream, from the peer. Raises nothing: a violation is link.failed(…)."""

    def pause_reading(self) -> None:
        """Stop reading the VNC program."""

    def resume_reading(self) -> None:
        """Read it again."""

    def mode_changed(self, mode: Mode) -> None:
        """The user's agent has decided: this mode from now on."""

    def pause_changed(self, on: bool) -> None:
        """The user has paused, or goes on. User's side: no input, and nothing of the screen. Helper's side: may show it."""

    def question_open(self, on: bool) -> None:
        """User's side: a question to the person is on the screen, so input is dropped. Never called on a helper's."""

    def type_text(self, text: str) -> None:
        """User's side, where `features` has `type`, in control mode: type it as the helper's keys are. Never called on a helper's."""

    def cut_off(self) -> None:
        """The other side is reached no more; why, the relay may still say. User's side: what the helper holds is let go."""

    def interrupted(self) -> None:
        """The connection is lost, and comes back or not: see the module's docstring."""

    def resumed(self, mode: Mode) -> None:
        """It is back; `mode` holds."""

    def close(self) -> None:
        """The session is over."""


class SessionMatching(Protocol):
    """What a session needs of common.agent.matching.matching.Matching."""

    profile: MatchingProfile

    @property
    def clock_skew(self) -> float:
        """Seconds that this computer's clock is ahead of the relay's; only for a sentence."""

    @property
    def resumes(self) -> bool:
        """Whether the relay keeps a session whose legs are lost."""

    def subscribe(self, listener: Callable[[MatchingEvent], None]) -> Callable[[], None]:
        """Hear what the relay says."""

    async def online(self, deadline: float) -> None:
        """Wait for the connection. Raises TasukiError."""

    def probe(self) -> None:
        """Perhaps the connection is dead: find out soon; where it is known to be, try now."""

    def send(self, message: FromAgent) -> bool:
        """Say something, if online."""

    def mode_now(self, session: str, mode: Mode) -> None:
        """User: which mode holds, for the record."""

    def active(self, session: str) -> None:
        """Both HELLOs were exchanged."""

    def interrupted(self, session: str) -> None:
        """The connection is lost, and tried again: until `active` is said once more."""

    def end(self, session: str, why: Why) -> None:
        """The session is over."""
