"""The queue as it is shown: waiting requests to the helpers who may take them, and their positions to the users who wait.

In batches, at most one a second to a connection; the first change after a quiet second goes out at once, for a helper's
answer is what a user waits for.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import msgspec

from common.protocol.clock import Clock, Timer
from common.protocol.messages import Gone, Peer, RequestEntry, Requests, Waiting
from common.protocol.reasons import Why
from relay.core.queue import Line, Queue, standing_in
from relay.core.records import Participant, RequestRecord
from relay.matching.ports import ListWatcher

_FRAME = 200  # bytes of a message beside its entries
_BESIDE = 80  # and of an entry beside itself: a comma, or what a Gone is beside its reason


def entry_of(record: RequestRecord, *, here: bool = True) -> RequestEntry:
    """A waiting request as helpers see it. `here`: its user is connected; who does not call back need not know."""
    return RequestEntry(
        request=record.identifier,
        user=Peer(uri=record.user.uri, name=record.user.name),
        to=record.to,
        mode=record.mode,
        topic=record.topic,
        inventory=record.inventory,
        since=record.asked_at.timestamp(),
        note=record.note,
        call_back=record.call_back_until is not None,
        here=here or record.call_back_until is None,
    )


@dataclass(eq=False, slots=True)
class _QueueView:
    """What one helper was shown, and what has changed since."""

    on: bool = True
    reset: bool = True
    next_at: float = 0.0
    shown: set[str] = field(default_factory=set)
    pending: dict[str, RequestEntry | Why] = field(default_factory=dict)

    @property
    def behind(self) -> bool:
        return self.on and (self.reset or bool(self.pending))


class QueueList:
    """The helpers' lists. `list_every` in seconds, `list_batch` entries, `agent_message` bytes: see the settings.

    `here(request)`: whether its user is connected.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        list_every: float,
        list_batch: int,
        agent_message: int,
        here: Callable[[str], bool] = lambda _request: True,
    ) -> None:
        self._here = here
        self._clock = clock
        self._list_every = list_every
        self._list_batch = list_batch
        self._agent_message = agent_message
        self._views: dict[ListWatcher, _QueueView] = {}
        self._timer: Timer | None = None

    def watch(self, watcher: ListWatcher, records: Iterable[RequestRecord]) -> None:
        """From the beginning: these are what it may see now."""
        view = self._views.setdefault(watcher, _QueueView())
        view.on = view.reset = True
        view.shown.clear()
        view.pending = {record.identifier: self._entry(record) for record in records}
        self.flush()

    def pause(self, watcher: ListWatcher) -> None:
        """It watches no longer."""
        view = self._views.get(watcher)
        if view is not None:
            view.on = False
            view.pending.clear()

    def leave(self, watcher: ListWatcher) -> None:
        """The connection is gone."""
        self._views.pop(watcher, None)

    def show(self, watcher: ListWatcher, record: RequestRecord) -> None:
        """The request waits, and this helper may take it. Nothing happens where it does not watch."""
        view = self._views.get(watcher)
        if view is not None:
            view.pending[record.identifier] = self._entry(record)

    def _entry(self, record: RequestRecord) -> RequestEntry:
        return entry_of(record, here=self._here(record.identifier))

    def hide(self, watcher: ListWatcher, request: str, why: Why) -> None:
        """It is not for this helper any more. Nothing happens where it was never shown."""
        view = self._views.get(watcher)
        if view is None:
            return
        view.pending.pop(request, None)
        if request in view.shown:
            view.pending[request] = why

    def stop(self) -> None:
        """No more messages."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def flush(self) -> None:
        """After some `show` and `hide`, or when somebody takes messages again: send what may be sent now."""
        now = self._clock.monotonic()
        next_at: float | None = None
        for watcher, view in self._views.items():
            if view.behind and not watcher.full:
                if now >= view.next_at:
                    self._send(watcher, view)
                    view.next_at = now + self._list_every
                if view.behind:
                    next_at = view.next_at if next_at is None else min(next_at, view.next_at)
        if next_at is not None and self._timer is None:
            self._timer = self._clock.call_later(next_at - now, self._turn)

    def _turn(self) -> None:
        self._timer = None
        self.flush()

    def _send(self, watcher: ListWatcher, view: _QueueView) -> None:
        part = self._part(view)
        message = Requests(
            reset=view.reset,
            set=[entry for entry in part.values() if isinstance(entry, RequestEntry)],
            gone=[Gone(request=key, why=why) for key, why in part.items() if isinstance(why, Why)],
        )
        view.reset = False
        for key, value in part.items():
            del view.pending[key]
            if isinstance(value, Why):
                view.shown.discard(key)
            else:
                view.shown.add(key)
        watcher.send(message)

    def _part(self, view: _QueueView) -> dict[str, RequestEntry | Why]:
        """As much of what is pending as one message holds: an entry can be 64 KiB, what its user's message was."""
        part: dict[str, RequestEntry | Why] = {}
        left = self._agent_message - _FRAME
        for key, value in view.pending.items():
            left -= len(msgspec.json.encode(value)) + _BESIDE
            if part and (left < 0 or len(part) == self._list_batch):
                break
            part[key] = value
        return part


class QueuePositions:
    """Tells waiting users their position when it has changed, a line at a time, at most once in `list_every` seconds."""

    def __init__(
        self,
        *,
        clock: Clock,
        list_every: float,
        queue: Queue,
        record: Callable[[str], RequestRecord | None],
        send: Callable[[Participant, Waiting], object],
    ) -> None:
        self._clock = clock
        self._list_every = list_every
        self._queue = queue
        self._record = record
        self._send = send
        self._sent: dict[str, int] = {}
        self._changed: set[Line] = set()
        self._timer: Timer | None = None

    def send(self, record: RequestRecord) -> None:
        """Send it to this one now."""
        position = self._queue.position(record.identifier)
        if position is not None:
            self._sent[record.identifier] = position
            until = record.call_back_until.timestamp() if record.call_back_until is not None else None
            waiting = Waiting(request=record.identifier, position=position, to=record.to, note=record.note, until=until)
            self._send(record.user, waiting)

    def changed(self, line: Line) -> None:
        """Somebody has left this line, or has come into its middle."""
        self._changed.add(line)
        if self._timer is None:
            self._timer = self._clock.call_later(self._list_every, self._turn)

    def forget(self, record: RequestRecord) -> None:
        """It waits no longer."""
        self._sent.pop(record.identifier, None)
        self.changed(standing_in(record))

    def stop(self) -> None:
        """No more messages."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _turn(self) -> None:
        self._timer = None
        lines, self._changed = self._changed, set()
        for line in lines:
            for position, request in enumerate(self._queue.line(line), start=1):
                record = self._record(request)
                if record is not None and self._sent.get(request) != position:
                    self.send(record)
