"""The list of helpers and groups that users watch, as each of them may see it.

What one user sees differs from what another does only by the restricted groups that they may ask (`Sees`): all who may ask the
same ones are a class, which has one log of changes, and one text of each message. A class is there while somebody watches it.

In batches, at most one a second to a connection, and only while it watches and takes what it is sent. Nothing is sent
and no timer runs while nothing changes, however many watch. Where many are sent something, sessions get their turns in
between.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import TypeAlias

from common.protocol.clock import Clock, Timer
from common.protocol.messages import GroupEntry, HelperEntry, Helpers, encode
from relay.core.changes import ChangeLog
from relay.matching.ports import ListWatcher

PORTION = 100
"""So many connections are sent their batch in one go; everybody else's bytes wait meanwhile (100: about 10 ms)."""

Sees: TypeAlias = frozenset[str] | None
"""The restricted groups that one who watches may ask; None: a helper, who sees everybody."""

Entry: TypeAlias = HelperEntry | GroupEntry


@dataclass(eq=False, slots=True)
class _Class:
    """What all see who may ask these groups, and how many of them watch."""

    sees: Sees
    log: ChangeLog[str, Entry] = field(default_factory=ChangeLog)
    watchers: int = 0

    def put(self, key: str, entry: Entry, audience: frozenset[str] | None) -> None:
        """The entry as it is now, or no more: `audience` are the groups whose askers see it (None: everybody)."""
        if audience is None or self.sees is None or not audience.isdisjoint(self.sees):
            self.log.set(key, entry)
        else:
            self.log.remove(key)


@dataclass(eq=False, slots=True)
class _Subscription:
    """Whether one connection watches, how far it has seen the list, and when it may get more (monotonic seconds)."""

    of: _Class
    on: bool = True
    cursor: int = 0
    next_at: float = 0.0

    @property
    def behind(self) -> bool:
        return self.on and self.cursor < self.of.log.version


class HelperList:
    """One relay's. `list_every` in seconds, `list_batch` entries: see the settings. `encoded` counts messages that were made."""

    def __init__(self, *, clock: Clock, list_every: float, list_batch: int) -> None:
        self._clock = clock
        self._list_every = list_every
        self._list_batch = list_batch
        self._entries: dict[str, tuple[Entry, frozenset[str] | None]] = {}
        self._classes: dict[Sees, _Class] = {}
        self._subscriptions: dict[ListWatcher, _Subscription] = {}
        self._timer: Timer | None = None
        self.encoded = 0

    def put(self, entry: Entry, audience: frozenset[str] | None = None) -> None:
        """The helper or group is in the list, like this, of those who may ask one of the groups of `audience` (None: of everybody)."""
        key = entry.uri if isinstance(entry, HelperEntry) else entry.group
        if self._entries.get(key) == (entry, audience):
            return
        self._entries.pop(key, None)  # the last changed is the last
        self._entries[key] = entry, audience
        for one in self._classes.values():
            one.put(key, entry, audience)
        self._arm()

    def remove(self, key: str) -> None:
        """The helper with this URI, or the group of this name, is not in the list any more."""
        if self._entries.pop(key, None) is not None:
            for one in self._classes.values():
                one.log.remove(key)
            self._arm()

    def watch(self, watcher: ListWatcher, on: bool, sees: Sees = None) -> None:
        """From the beginning, or no longer: what one sees who may ask the restricted groups `sees` (None: everything)."""
        subscription = self._subscriptions.get(watcher)
        next_at = 0.0 if subscription is None else subscription.next_at
        self.leave(watcher)
        subscription = _Subscription(self._class(sees), on=on, next_at=next_at)
        subscription.of.watchers += 1
        self._subscriptions[watcher] = subscription
        if on and self._clock.monotonic() >= subscription.next_at:
            self._send(watcher, subscription, {})
        self._arm_for(watcher, subscription)

    def sees_now(self, watcher: ListWatcher, sees: Sees) -> None:
        """What it may see may be other than before: then it gets all of it anew. Nothing happens where it does not watch."""
        subscription = self._subscriptions.get(watcher)
        if subscription is not None and subscription.of.sees != sees:
            self.watch(watcher, subscription.on, sees)

    def leave(self, watcher: ListWatcher) -> None:
        """The connection is gone."""
        subscription = self._subscriptions.pop(watcher, None)
        if subscription is not None:
            subscription.of.watchers -= 1
            if not subscription.of.watchers:
                del self._classes[subscription.of.sees]

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

    def _class(self, sees: Sees) -> _Class:
        found = self._classes.get(sees)
        if found is None:
            found = self._classes[sees] = _Class(sees)
            for key, (entry, audience) in self._entries.items():
                found.put(key, entry, audience)
        return found

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

    @staticmethod
    def _behind(watcher: ListWatcher, subscription: _Subscription) -> bool:
        return subscription.behind and not watcher.full

    def _turn(self) -> None:
        self._portion(
            deque(
                watcher for watcher, subscription in self._subscriptions.items() if self._behind(watcher, subscription)
            ),
            {},
        )

    def _portion(self, waiting: deque[ListWatcher], texts: dict[tuple[_Class, int], tuple[str, int]]) -> None:
        """The next of those who wait in this turn; `texts` holds the messages made in it, by class and cursor."""
        now = self._clock.monotonic()
        portion = [waiting.popleft() for _ in range(min(PORTION, len(waiting)))]
        self._timer = self._clock.call_later(0, lambda: self._portion(waiting, texts)) if waiting else None
        for watcher in portion:
            subscription = self._subscriptions.get(watcher)
            if subscription is not None and now >= subscription.next_at and self._behind(watcher, subscription):
                self._send(watcher, subscription, texts)
        self._arm()

    def _send(
        self, watcher: ListWatcher, subscription: _Subscription, texts: dict[tuple[_Class, int], tuple[str, int]]
    ) -> None:
        """The next batch. Many stand at the same place, so that it is made once for all of them."""
        log = subscription.of.log
        made = texts.get((subscription.of, subscription.cursor))
        if made is None:
            batch = log.batch(subscription.cursor, self._list_batch)
            more = batch.cursor < log.version
            message = Helpers(reset=batch.reset, set=list(batch.set), gone=list(batch.gone), more=more)
            self.encoded += 1
            made = texts[subscription.of, subscription.cursor] = (encode(message), batch.cursor)
        text, subscription.cursor = made
        subscription.next_at = self._clock.monotonic() + self._list_every
        watcher.send_text(text)
