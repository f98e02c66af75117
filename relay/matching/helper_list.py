"""The list of helpers and groups that users watch.

In batches, at most one a second to a connection, and only while it watches and takes what it is sent. Nothing is sent
and no timer runs while nothing changes, however many watch. Where many are sent something, sessions get their turns in
between.
"""

from collections import deque
from dataclasses import dataclass

from common.protocol.clock import Clock, Timer
from common.protocol.messages import GroupEntry, HelperEntry, Helpers, encode
from relay.core.changes import ChangeLog
from relay.matching.ports import ListWatcher

PORTION = 100
"""So many connections are sent their batch in one go; everybody else's bytes wait meanwhile (100: about 10 ms)."""


@dataclass(eq=False, slots=True)
class _Subscription:
    """Whether one connection watches, how far it has seen the list, and when it may get more (monotonic seconds)."""

    on: bool = True
    cursor: int = 0
    next_at: float = 0.0


class HelperList:
    """One list for all users. `list_every` in seconds, `list_batch` entries: see the settings."""

    def __init__(self, *, clock: Clock, list_every: float, list_batch: int) -> None:
        self._clock = clock
        self._list_every = list_every
        self._list_batch = list_batch
        self._log: ChangeLog[str, HelperEntry | GroupEntry] = ChangeLog()
        self._subscriptions: dict[ListWatcher, _Subscription] = {}
        self._timer: Timer | None = None

    def put(self, entry: HelperEntry | GroupEntry) -> None:
        """The helper or group is in the list, like this."""
        self._log.set(entry.uri if isinstance(entry, HelperEntry) else entry.group, entry)
        self._arm()

    def remove(self, key: str) -> None:
        """The helper with this URI, or the group of this name, is not in the list any more."""
        self._log.remove(key)
        self._arm()

    def watch(self, watcher: ListWatcher, on: bool) -> None:
        """From the beginning, or no longer."""
        subscription = self._subscriptions.setdefault(watcher, _Subscription())
        subscription.on, subscription.cursor = on, 0
        if on and self._clock.monotonic() >= subscription.next_at:
            self._send(watcher, subscription, {})
        self._arm_for(watcher, subscription)

    def leave(self, watcher: ListWatcher) -> None:
        """The connection is gone."""
        self._subscriptions.pop(watcher, None)

    def resumed(self, watcher: ListWatcher) -> None:
        """It takes again what it is sent."""
        subscription = self._subscriptions.get(watcher)
        if subscription is not None:
            self._arm_for(watcher, subscription)

    def stop(self) -> None:
        """No more messages."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        """One turn for all of them is due within the interval, where somebody is behind."""
        if self._timer is None and any(
            self._behind(watcher, subscription) for watcher, subscription in self._subscriptions.items()
        ):
            self._timer = self._clock.call_later(self._list_every, self._turn)

    def _arm_for(self, watcher: ListWatcher, subscription: _Subscription) -> None:
        """The same where only this one may have fallen behind: nobody else is looked at."""
        if self._timer is None and self._behind(watcher, subscription):
            self._timer = self._clock.call_later(self._list_every, self._turn)

    def _behind(self, watcher: ListWatcher, subscription: _Subscription) -> bool:
        return subscription.on and subscription.cursor < self._log.version and not watcher.full

    def _turn(self) -> None:
        self._portion(
            deque(
                watcher for watcher, subscription in self._subscriptions.items() if self._behind(watcher, subscription)
            ),
            {},
        )

    def _portion(self, waiting: deque[ListWatcher], texts: dict[int, tuple[str, int]]) -> None:
        """The next of those who wait in this turn; `texts` holds the messages made in it, by cursor."""
        now = self._clock.monotonic()
        portion = [waiting.popleft() for _ in range(min(PORTION, len(waiting)))]
        self._timer = self._clock.call_later(0, lambda: self._portion(waiting, texts)) if waiting else None
        for watcher in portion:
            subscription = self._subscriptions.get(watcher)
            if subscription is not None and now >= subscription.next_at and self._behind(watcher, subscription):
                self._send(watcher, subscription, texts)
        self._arm()

    def _send(self, watcher: ListWatcher, subscription: _Subscription, texts: dict[int, tuple[str, int]]) -> None:
        """The next batch. Many stand at the same place, so that it is made once for all of them."""
        made = texts.get(subscription.cursor)
        if made is None:
            batch = self._log.batch(subscription.cursor, self._list_batch)
            message = Helpers(reset=batch.reset, set=list(batch.set), gone=list(batch.gone))
            made = texts[subscription.cursor] = (encode(message), batch.cursor)
        text, subscription.cursor = made
        subscription.next_at = self._clock.monotonic() + self._list_every
        watcher.send_text(text)
