"""Who may come in while nobody is known yet: caps on connections that have not shown who they are.

Per address (per /64 for IPv6, which is what one household gets) and in all. From `early_drop` of a cap on, newcomers are
turned away at random, the more the fuller it gets, so that a flood cannot simply hold every place: honest newcomers
who try again get in.
"""

import ipaddress
from collections import Counter
from collections.abc import Callable, Hashable
from functools import lru_cache


@lru_cache(maxsize=4096)
def group_of(address: str) -> str:
    """What connections are counted by: an IPv4 address, or an IPv6 /64 (an IPv4 one written as IPv6 is IPv4)."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address  # a Unix socket's peer, or a test's
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return str(ip.ipv4_mapped)
        return str(ipaddress.IPv6Network((ip, 64), strict=False))
    return str(ip)


class Pass:
    """One connection's place among those that are not known yet."""

    def __init__(self, gate: "Gate", group: str) -> None:
        self._gate: Gate | None = gate
        self._group = group

    def release(self) -> None:
        """The connection has shown who it is, or is gone. Twice does no harm."""
        gate, self._gate = self._gate, None
        if gate is not None:
            gate._leave(self._group)  # noqa: SLF001 — the other half of one thing


class Gate:
    """Counts connections that are not known yet. `random` gives floats from 0 up to 1."""

    def __init__(self, *, per_address: int, total: int, early_drop: float, random: Callable[[], float]) -> None:
        self._per_address = per_address
        self._total = total
        self._early_drop = early_drop
        self._random = random
        self._counts: Counter[str] = Counter()
        self._inside = 0
        self.turned_away = 0

    @property
    def inside(self) -> int:
        """How many are in and not known."""
        return self._inside

    def admit(self, address: str) -> Pass | None:
        """A place for a new connection from `address`, or None: close it."""
        group = group_of(address)
        if self._full(self._inside, self._total) or self._full(self._counts[group], self._per_address):
            if not self._counts[group]:
                del self._counts[group]
            self.turned_away += 1
            return None
        self._counts[group] += 1
        self._inside += 1
        return Pass(self, group)

    def _full(self, count: int, cap: int) -> bool:
        """Whether to turn one away with `count` of `cap` places taken."""
        start = cap * self._early_drop
        if count >= cap:
            return True
        return count >= start and self._random() < (count - start) / (cap - start)

    def _leave(self, group: str) -> None:
        self._inside -= 1
        self._counts[group] -= 1
        if not self._counts[group]:
            del self._counts[group]


class Quota:
    """At most `count` of something in `window` seconds, for each key. What is asked about and what is counted need not be the same.

    Holds at most `keys` keys: in a flood of them the one that began first is forgiven.
    """

    def __init__(self, *, count: int, window: float, keys: int = 100_000) -> None:
        self._count = count
        self._window = window
        self._keys = keys
        self._used: dict[Hashable, tuple[float, int]] = {}  # when the window began, and how many; the oldest first

    def wait(self, key: Hashable, now: float) -> float:
        """Seconds (monotonic ones, as `now`) until `key` has some left; 0 where it has."""
        began, used = self._used.get(key, (now, 0))
        return max(0.0, began + self._window - now) if used >= self._count else 0.0

    def use(self, key: Hashable, now: float) -> None:
        """Count one. The first one after a window is over begins the next."""
        self._forget(now)
        began, used = self._used.get(key, (now, 0))
        self._used[key] = (began, used + 1)
        if len(self._used) > self._keys:
            del self._used[next(iter(self._used))]

    def _forget(self, now: float) -> None:
        """Windows that are over; in order, because none began before those that stand before it."""
        while self._used:
            oldest = next(iter(self._used))
            if now - self._used[oldest][0] < self._window:
                return
            del self._used[oldest]
