"""The bus of a relay that is one process: a dictionary of subscribers."""

from collections.abc import Callable

import structlog

log = structlog.get_logger()


class InProcessBus:
    """relay.core.ports.Bus for one node."""

    def __init__(self) -> None:
        self._subscribers: dict[str, list[Callable[[bytes], None]]] = {}

    def publish(self, topic: str, payload: bytes) -> None:
        """Every subscriber of now is called, in the order they came; one that fails is logged and keeps nobody from hearing it."""
        for receive in tuple(self._subscribers.get(topic, ())):
            try:
                receive(payload)
            except Exception:
                log.exception("bus_subscriber_failed", topic=topic)

    def subscribe(self, topic: str, receive: Callable[[bytes], None]) -> Callable[[], None]:
        """From now on `receive` gets what is published; the returned function, which may be called twice, ends that."""
        receivers = self._subscribers.setdefault(topic, [])
        receivers.append(receive)

        def leave() -> None:
            if receive in receivers:
                receivers.remove(receive)

        return leave
