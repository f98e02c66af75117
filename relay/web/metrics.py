"""Metrics for Prometheus, in clear, on a listener of their own that only loopback reaches.

Counts are read where they are kept, at the moment they are asked for; nothing here counts anything.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from twisted.internet import protocol
from twisted.internet.interfaces import IAddress
from twisted.python.failure import Failure

from common.net.http_head import Head, HeadError, read_head
from common.protocol.clock import Clock, Timer
from common.protocol.reading import ByteStream, Parse
from relay.web.responses import HttpResponse, closing, text_response

Labelled: TypeAlias = Mapping[tuple[str, ...], float]
"""Numbers by the values of their labels."""

_CONTENT = "text/plain; version=0.0.4; charset=utf-8"


class MetricSources(Collector):
    """A collector over functions. Each function gives one number, or numbers by label."""

    def __init__(self) -> None:
        self._gauges: list[tuple[str, str, Sequence[str], Callable[[], Labelled]]] = []
        self._counters: list[tuple[str, str, str, Callable[[], dict[str, float]]]] = []

    def gauge(self, name: str, text: str, read: Callable[[], float | None]) -> None:
        """A number that goes up and down; it is left out where it is None."""

        def number() -> Labelled:
            found = read()
            return {} if found is None else {(): found}

        self.gauges(name, text, (), number)

    def gauges(self, name: str, text: str, labels: Sequence[str], read: Callable[[], Labelled]) -> None:
        """Numbers that go up and down, by the values of `labels`."""
        self._gauges.append((f"tasuki_{name}", text, labels, read))

    def counter(self, name: str, text: str, read: Callable[[], float]) -> None:
        """A number that only goes up."""
        self.counters(name, text, "", lambda: {"": read()})

    def counters(self, name: str, text: str, label: str, read: Callable[[], dict[str, float]]) -> None:
        """Numbers that only go up, one for each value of `label`."""
        self._counters.append((f"tasuki_{name}", text, label, read))

    def collect(self) -> Iterable[Metric]:
        """For prometheus_client."""
        for name, text, labels, read in self._gauges:
            gauge = GaugeMetricFamily(name, text, labels=labels)
            for values, number in sorted(read().items()):
                gauge.add_metric(values, number)
            yield gauge
        for name, text, label, read_all in self._counters:
            family = CounterMetricFamily(name, text, labels=[label] if label else [])
            for value, number in sorted(read_all().items()):
                family.add_metric([value] if label else [], number)
            yield family


def registry(sources: MetricSources) -> CollectorRegistry:
    """What is shown: the sources, and what prometheus_client knows of the process."""
    made = CollectorRegistry()
    made.register(sources)
    ProcessCollector(registry=made)
    PlatformCollector(registry=made)
    GCCollector(registry=made)
    return made


class MetricsFactory(protocol.Factory):
    """For `reactor.listenTCP` on loopback."""

    noisy = False

    def __init__(self, *, sources: MetricSources, clock: Clock, deadline: float = 10.0) -> None:
        """`deadline`: seconds for the request, and again for the answer to be taken."""
        self.registry = registry(sources)
        self.clock = clock
        self.deadline = deadline

    def buildProtocol(self, addr: IAddress | None) -> "MetricsConnection":  # noqa: ARG002 — whoever reaches loopback may read
        """One request, one answer."""
        return MetricsConnection(self)


class MetricsConnection(protocol.Protocol):
    """Answers GET /metrics, once."""

    def __init__(self, factory: MetricsFactory) -> None:
        self._factory = factory
        self._stream = ByteStream()
        self._parse: Parse[Head] = Parse(read_head(self._stream))
        self._timer: Timer | None = None

    def connectionMade(self) -> None:
        """It has so long to ask, and as long again to take the answer."""
        self._timer = self._factory.clock.call_later(2 * self._factory.deadline, self._cut)

    def dataReceived(self, data: bytes) -> None:
        """The request."""
        if self._parse.done:
            return
        self._stream.feed(data)
        try:
            if self._parse.step():
                self._answer(self._parse.result)
        except HeadError as error:
            self._say(text_response(error.status, error.detail))

    def connectionLost(self, reason: Failure | None = None) -> None:  # noqa: ARG002
        """Done."""
        if self._timer is not None:
            self._timer.cancel()

    def _answer(self, head: Head) -> None:
        if head.path != "/metrics" or head.method != "GET":
            raise HeadError(404, "only GET /metrics is here")
        text = generate_latest(self._factory.registry)
        self._say(HttpResponse(status=200, headers=(("Content-Type", _CONTENT),), body=text))

    def _say(self, response: HttpResponse) -> None:
        if self.transport is not None:
            self.transport.write(closing(response, now=self._factory.clock.now()))
            self.transport.loseConnection()

    def _cut(self) -> None:
        self._timer = None
        tcp: Any = self.transport
        tcp.abortConnection()
