"""The list of helpers and groups that users watch.

In batches, at most one a second to a connection, and only while it watches and takes what it is sent. Nothing is sent
and no timer runs while nothing changes, however many watch. Where many are sent something, sessions get their turns in
between.
"""

from collections import deque
from dataclasses import dataclass
from typing import Protocol

from common.protocol.messages import FromRelay, GroupEntry, HelperEntry, Helpers, encode
from relay.core.changes import ChangeLog
from relay.core.ports import Clock, Timer

PORTION = 100
"""So many connections are sent their batch in one go; everybody else's bytes wait meanwhile (100: about 10 ms)."""


class Watcher(Protocol):
    """A connection, as lists see it."""

    @property
    def full(self) -> bool:
        """Whether what it was sent waits unread: it gets no lists meanwhile."""

    def send(self, message: FromRelay) -> None:
        """Send it."""

    def send_text(self, text: str) -> None:
        """Send a message that was encoded already."""


@dataclass(eq=False, slots=True)
class _View:
    """Whether one connection watches, how far it has seen the list, and when it may get more (monotonic seconds)."""

    on: bool = True
    cursor: int = 0
    next_at: float = 0.0


class HelperBoard:
    """One list for all users. `interval` in seconds, `batch` entries."""

    def __init__(self, *, clock: Clock, interval: float, batch: int) -> None:
        self._clock = clock
        self._interval = interval
        self._batch = batch
        self._log: ChangeLog[str, HelperEntry | GroupEntry] = ChangeLog()
        self._views: dict[Watcher, _View] = {}
        self._timer: Timer | None = None

    def put(self, entry: HelperEntry | GroupEntry) -> None:
        """The helper or group is in the list, like this."""
        self._log.set(entry.uri if isinstance(entry, HelperEntry) else entry.group, entry)
        self._arm()

    def remove(self, key: str) -> None:
        """The helper with this URI, or the group of this name, is not in the list any more."""
        self._log.remove(key)
        self._arm()

    def watch(self, watcher: Watcher, on: bool) -> None:
        """From the beginning, or no longer."""
        view = self._views.setdefault(watcher, _View())
        view.on, view.cursor = on, 0
        if on and self._clock.monotonic() >= view.next_at:
            self._send(watcher, view, {})
        self._arm_for(watcher, view)

    def leave(self, watcher: Watcher) -> None:
        """The connection is gone."""
        self._views.pop(watcher, None)

    def resumed(self, watcher: Watcher) -> None:
        """It takes again what it is sent."""
        view = self._views.get(watcher)
        if view is not None:
            self._arm_for(watcher, view)

    def stop(self) -> None:
        """No more messages."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        """One turn for all of them is due within the interval, where somebody is behind."""
        if self._timer is None and any(self._behind(watcher, view) for watcher, view in self._views.items()):
            self._timer = self._clock.call_later(self._interval, self._turn)

    def _arm_for(self, watcher: Watcher, view: _View) -> None:
        """The same where only this one may have fallen behind: nobody else is looked at."""
        if self._timer is None and self._behind(watcher, view):
            self._timer = self._clock.call_later(self._interval, self._turn)

    def _behind(self, watcher: Watcher, view: _View) -> bool:
        return view.on and view.cursor < self._log.version and not watcher.full

    def _turn(self) -> None:
        self._portion(deque(watcher for watcher, view in self._views.items() if self._behind(watcher, view)), {})

    def _portion(self, waiting: deque[Watcher], texts: dict[int, tuple[str, int]]) -> None:
        """The next of those who wait in this turn; `texts` holds the messages made in it, by cursor."""
        now = self._clock.monotonic()
        portion = [waiting.popleft() for _ in range(min(PORTION, len(waiting)))]
        self._timer = self._clock.call_later(0, lambda: self._portion(waiting, texts)) if waiting else None
        for watcher in portion:
            view = self._views.get(watcher)
            if view is not None and now >= view.next_at and self._behind(watcher, view):
                self._send(watcher, view, texts)
        self._arm()

    def _send(self, watcher: Watcher, view: _View, texts: dict[int, tuple[str, int]]) -> None:
        """The next batch. Many stand at the same place, so that it is made once for all of them."""
        made = texts.get(view.cursor)
        if made is None:
            batch = self._log.batch(view.cursor, self._batch)
            message = Helpers(reset=batch.reset, set=list(batch.set), gone=list(batch.gone))
            made = texts[view.cursor] = (encode(message), batch.cursor)
        text, view.cursor = made
        view.next_at = self._clock.monotonic() + self._interval
        watcher.send_text(text)
