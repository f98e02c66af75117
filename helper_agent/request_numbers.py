"""What a helper's agent remembers of requests while they wait or run: the short number of each, and how it stood in the queue."""

from collections.abc import Iterable

from common.protocol.messages import RequestEntry


class RequestNumbers:
    """Numbers count up from 1 and are never used again."""

    def __init__(self) -> None:
        self._count = 0
        self._numbers: dict[str, int] = {}
        self._entries: dict[str, RequestEntry] = {}

    def __contains__(self, request: str) -> bool:
        return request in self._numbers

    def seen(self, entries: Iterable[RequestEntry]) -> None:
        """These wait."""
        for entry in entries:
            self.number(entry.request)
            self._entries[entry.request] = entry

    def number(self, request: str) -> int:
        """Its number, a new one where it has none yet."""
        if request not in self._numbers:
            self._count += 1
            self._numbers[request] = self._count
        return self._numbers[request]

    def entry(self, request: str) -> RequestEntry | None:
        """How it stood in the queue when it was last seen there."""
        return self._entries.get(request)

    def keep(self, requests: set[str]) -> None:
        """Forget all but these."""
        for request in self._numbers.keys() - requests:
            del self._numbers[request]
            self._entries.pop(request, None)
