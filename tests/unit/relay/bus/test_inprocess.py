"""The bus of one process."""

import structlog

from relay.bus.inprocess import InProcessBus


def test_everyone_hears_what_they_asked_for() -> None:
    """In order, by topic, until they leave; leaving twice is fine."""
    bus = InProcessBus()
    heard: list[tuple[str, bytes]] = []
    leave = bus.subscribe("a", lambda payload: heard.append(("first", payload)))
    bus.subscribe("a", lambda payload: heard.append(("second", payload)))
    bus.subscribe("b", lambda payload: heard.append(("b", payload)))
    bus.publish("a", b"1")
    leave()
    leave()
    bus.publish("a", b"2")
    bus.publish("nobody", b"3")
    assert heard == [("first", b"1"), ("second", b"1"), ("second", b"2")]


def test_a_failing_subscriber_keeps_nobody_from_hearing() -> None:
    """It is logged, and the next one is told."""
    bus = InProcessBus()
    heard: list[bytes] = []

    def fail(_: bytes) -> None:
        raise LookupError

    bus.subscribe("a", fail)
    bus.subscribe("a", heard.append)
    with structlog.testing.capture_logs() as logs:
        bus.publish("a", b"1")
    assert heard == [b"1"]
    assert [one["event"] for one in logs] == ["bus_subscriber_failed"]
