"""A list that many watch: one log of changes, and a cursor for each who watches.

What every watcher of the same place in the log gets is the same, so it is made once. A change costs the same however
many watch.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from itertools import takewhile
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

KEPT_GONE = 1000
"""So many entries that are gone are remembered; who is further behind gets the whole list again."""


@dataclass(frozen=True, kw_only=True)
class Batch(Generic[K, V]):
    """What one who watches gets next. `cursor` is where that leaves them: behind the log's version where there is more."""

    reset: bool
    set: tuple[V, ...]
    gone: tuple[K, ...]
    cursor: int


class ChangeLog(Generic[K, V]):
    """The list: keys and values, the last changed last. Cursors are numbers of changes; 0 has seen nothing."""

    def __init__(self) -> None:
        self._entries: dict[K, tuple[int, V | None]] = {}
        self._gone = 0
        self._version = 1
        self._floor = 0  # below this cursor, changes were forgotten
        self._batch: tuple[tuple[int, int, int], Batch[K, V]] | None = None

    @property
    def version(self) -> int:
        """The cursor of one who has seen everything."""
        return self._version

    def set(self, key: K, value: V) -> None:
        """It is there, with this value. Nothing happens where it is so already."""
        old = self._entries.get(key)
        if old is not None and old[1] == value:
            return
        self._put(key, value)

    def remove(self, key: K) -> None:
        """It is not there any more. Nothing happens where it was not."""
        old = self._entries.get(key)
        if old is not None and old[1] is not None:
            self._put(key, None)
            self._gone += 1
            if self._gone > KEPT_GONE:
                self._forget()

    def batch(self, cursor: int, limit: int) -> Batch[K, V]:
        """At most `limit` changes after `cursor`. The first for cursor 0, or for one too far behind, is a reset."""
        wanted = (cursor, limit, self._version)
        if self._batch is None or self._batch[0] != wanted:
            self._batch = (wanted, self._make(cursor, limit))
        return self._batch[1]

    def _make(self, cursor: int, limit: int) -> Batch[K, V]:
        reset = cursor == 0 or cursor < self._floor
        start = 0 if reset else cursor
        newer = [
            (key, version, value)
            for key, (version, value) in takewhile(lambda item: item[1][0] > start, reversed(self._entries.items()))
            if value is not None or not reset
        ]
        newer.reverse()
        part = newer[:limit]
        more = len(newer) > limit
        return Batch(
            reset=reset,
            set=tuple(value for _, _, value in part if value is not None),
            gone=tuple(key for key, _, value in part if value is None),
            cursor=part[-1][1] if more else self._version,
        )

    def _put(self, key: K, value: V | None) -> None:
        self._version += 1
        old = self._entries.pop(key, None)
        if old is not None and old[1] is None:
            self._gone -= 1
        self._entries[key] = (self._version, value)

    def _forget(self) -> None:
        """Drop the older half of what is gone."""
        drop = [key for key, (_, value) in self._entries.items() if value is None][: KEPT_GONE // 2]
        for key in drop:
            self._floor = self._entries.pop(key)[0]
        self._gone -= len(drop)
