"""Whose work is done in this turn of the loop: sessions first, strangers last and in small portions.

A stranger is a connection that has not shown who it is. What it wants done (a step of its TLS handshake, a request's
head, a few frames) waits here, at most so many steps are done in one turn of the loop, and addresses take it in turns:
however many connections and bytes strangers send, a session waits for these few steps and no more. To wait costs a
stranger nothing and takes nobody's place. What there is little of are handshakes that were begun and are not finished,
so many for an address: where others wait for a place, the oldest one whose peer keeps us waiting is given up.
"""

from collections import OrderedDict, deque
from collections.abc import Callable

from common.protocol.clock import Clock

__all__ = ["Turn", "Turns"]


class _Group:
    """Connections of one address."""

    __slots__ = ("alarm", "begun", "key", "members", "outside", "waiting")

    def __init__(self, key: str) -> None:
        self.key = key
        self.members = 0
        self.waiting: deque[Turn] = deque()  # for a step
        self.outside: deque[Turn] = deque()  # for a handshake's place, and then for a step
        self.begun: dict[
            Turn, float | None
        ] = {}  # handshakes under way, oldest first, and when the first step was made
        self.alarm = False  # somebody will look whether one of them can be given up


class Turn:
    """One connection's place in the order. `Turns.join` makes it; its owner leaves when the connection is gone, or known."""

    __slots__ = ("_group", "_turns", "call", "give_up")

    def __init__(self, turns: "Turns", group: _Group, give_up: Callable[[], None]) -> None:
        self._turns = turns
        self._group: _Group | None = group
        self.give_up = give_up
        self.call: Callable[[], None] | None = None

    @property
    def known(self) -> bool:
        """Whether it waits for nobody any more."""
        return self._group is None

    def begin(self, call: Callable[[], None]) -> None:
        """Have the first step of a handshake made, once this address has a place for it and the turn has come."""
        self._turns.begin(self, self._group, call)

    def step(self, call: Callable[[], None]) -> None:
        """Have one step made: when its turn has come, or at once where it is known who this is. One at a time."""
        self._turns.step(self, self._group, call)

    def finished(self) -> None:
        """The handshake is done: its place is for the next of this address."""
        if self._group is not None:
            self._turns.free(self, self._group)

    def leave(self) -> None:
        """Wait for nobody from now on; what was waited for is not made. Twice does no harm."""
        group, self._group, self.call = self._group, None, None
        if group is not None:
            self._turns.leave(self, group)


class Turns:
    """The order of strangers.

    `steps` are done in one turn, `unfinished` handshakes of one address are under way at once, and `patience` is for how
    many seconds a peer may keep one of these waiting while others of its address wait for a place.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        steps: int,
        unfinished: int,
        patience: float,
    ) -> None:
        self._clock = clock
        self._steps = steps
        self._unfinished = unfinished
        self._patience = patience
        self._groups: dict[str, _Group] = {}
        self._rota: OrderedDict[_Group, None] = OrderedDict()  # where somebody waits for a step, in the order of turns
        self._due = False
        self._stepping: Turn | None = None
        self._again: list[tuple[Turn, _Group]] = []  # who wants a further step, having had one in this turn
        self.given_up = 0  # handshakes, since the start

    def join(self, group: str, *, give_up: Callable[[], None]) -> Turn:
        """A place for a new connection of this group of addresses; `give_up` cuts it, which must make it leave."""
        found = self._groups.get(group)
        if found is None:
            found = self._groups[group] = _Group(group)
        found.members += 1
        return Turn(self, found, give_up)

    def waiting(self) -> int:
        """How many wait for a step, or for a handshake's place."""
        return sum(len(group.waiting) + len(group.outside) for group in self._groups.values())

    # for Turn

    def begin(self, turn: Turn, group: _Group | None, call: Callable[[], None]) -> None:
        """`Turn.begin`."""
        if group is None or len(group.begun) < self._unfinished:
            if group is not None:
                group.begun[turn] = None
            self.step(turn, group, call)
            return
        turn.call = call
        group.outside.append(turn)
        if len(group.outside) > 2 * group.members:
            group.outside = deque(one for one in group.outside if one.call is not None)
        self._relieve(group)

    def step(self, turn: Turn, group: _Group | None, call: Callable[[], None]) -> None:
        """`Turn.step`."""
        if group is None:
            call()
            return
        if turn.call is not None:
            raise RuntimeError("a connection waits for one step at a time")
        turn.call = call
        self._queue(turn, group)

    def _queue(self, turn: Turn, group: _Group) -> None:
        if turn is self._stepping:
            self._again.append((turn, group))  # one step of a connection in a turn
            return
        group.waiting.append(turn)
        self._rota.setdefault(group)
        if not self._due:
            self._due = True
            self._clock.call_later(0, self._do_steps)

    def free(self, turn: Turn, group: _Group) -> None:
        """`Turn.finished`."""
        if turn not in group.begun:
            return
        del group.begun[turn]
        while group.outside and len(group.begun) < self._unfinished:
            following = group.outside.popleft()
            if following.call is not None:
                group.begun[following] = None
                self._queue(following, group)

    def leave(self, turn: Turn, group: _Group) -> None:
        """`Turn.leave`."""
        group.members -= 1
        self.free(turn, group)
        if not group.members:
            self._rota.pop(group, None)
            del self._groups[group.key]

    # in the loop

    def _do_steps(self) -> None:
        """The steps of this turn, one of each address in their order; then the loop looks after everybody else."""
        try:
            left = self._steps
            while left and self._rota:
                group, _ = self._rota.popitem(last=False)
                self._stepping = turn = self._next_of(group)
                if turn is not None and turn.call is not None:
                    call, turn.call = turn.call, None
                    left -= 1
                    if turn in group.begun and group.begun[turn] is None:
                        group.begun[turn] = self._clock.monotonic()
                    call()
        finally:
            self._stepping = None
            again, self._again = self._again, []
            for turn, group in again:
                if turn.call is not None:
                    self._queue(turn, group)
            self._due = bool(self._rota)
            if self._due:
                self._clock.call_later(0, self._do_steps)

    def _next_of(self, group: _Group) -> Turn | None:
        """Who is the next to go on, if anybody of this group still waits."""
        while group.waiting:
            turn = group.waiting.popleft()
            if turn.call is not None:
                if group.waiting:
                    self._rota[group] = None
                return turn
        return None

    def _relieve(self, group: _Group) -> None:
        """Others wait for a place: give up the oldest handshake whose peer has kept us waiting for too long, else look again."""
        if group.alarm:
            return
        now = self._clock.monotonic()
        due = None
        for turn, began in list(group.begun.items()):
            if not any(one.call is not None for one in group.outside):
                return
            if turn.call is not None or began is None:
                continue  # it waits for us
            if now - began >= self._patience:
                self.given_up += 1
                turn.give_up()
                self.free(turn, group)
            else:
                due = began + self._patience
                break
        if any(one.call is not None for one in group.outside):
            group.alarm = True
            self._clock.call_later(max(0.0, (due or now + self._patience) - now), lambda: self._look_again(group))

    def _look_again(self, group: _Group) -> None:
        group.alarm = False
        self._relieve(group)
