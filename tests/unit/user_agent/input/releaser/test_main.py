"""What the releaser makes of what it is told, without X."""

import json
import socket
import threading
from collections.abc import Iterable

import msgspec
import pytest

from user_agent.input.keymap import MapKey
from user_agent.input.ports import HeldKeys, LentKey
from user_agent.input.releaser import main
from user_agent.input.releaser.main import LET_GO, LIVES, READY, Releasing, Undoing, held_of

LENT = (
    LentKey(247, MapKey((0, 0, 0, 0), 0, 0, ()), (0x1006F22, 0x1006F22)),
    LentKey(246, MapKey((1, 2, 0, 0), 2, 2, (0, 0, 0, 0)), (0x6C1, 0x6E1)),
)
HELD = HeldKeys((37, 50, 24), (1, 8), LENT, ((2, True), (16, False)), 1)


class _Hands(Undoing):
    """Notes what it is to do. `persons`: keys that the person holds, at each look."""

    def __init__(self, persons: Iterable[set[int]] = ()) -> None:
        self.done: list[object] = []
        self._persons = iter(persons)
        self._display = socket.socketpair()

    def fileno(self) -> int:
        return self._display[0].fileno()

    def drain(self) -> None:
        if not self._display[0].recv(1):
            raise ConnectionError

    def gone(self) -> None:
        """The X server has ended."""
        self._display[1].close()

    def let_go(self, held: HeldKeys) -> set[int]:
        self.done.append(held)
        return next(self._persons, set())

    def give_back(self, lent: Iterable[LentKey]) -> None:
        self.done.append(tuple(lent))

    def close(self) -> None:
        for end in self._display:
            end.close()


class Told:
    """A releaser that runs in a thread, and what it said and did."""

    def __init__(self, persons: Iterable[set[int]] = ()) -> None:
        self.hands, self.opened = _Hands(persons), list[str]()
        self.said: list[str] = []
        self._read, self._write = socket.socketpair()
        self._thread = threading.Thread(target=Releasing(self._read, self.said.append, open_hands=self._open).run)
        self._thread.start()

    def _open(self, name: str) -> Undoing:
        self.opened.append(name)
        return self.hands

    def tell(self, *lines: object) -> None:
        for line in lines:
            self._write.sendall(msgspec.json.encode(line) + b"\n")

    def bytes(self, data: bytes) -> None:
        for at in range(len(data)):
            self._write.sendall(data[at : at + 1])

    def over(self, *, hang_up: bool = True) -> list[object]:
        """Its end, and all that it did."""
        if hang_up:
            self._write.close()
        self._thread.join(20)
        assert not self._thread.is_alive()
        self._write.close()
        self._read.close()
        self.hands.close()
        return self.hands.done


def test_what_is_told_is_what_is_heard() -> None:
    """The agent's bytes are the same value again."""
    for held in (HeldKeys(), HeldKeys((37,)), HELD):
        assert held_of(json.loads(msgspec.json.encode(held))) == held
    with pytest.raises((ValueError, TypeError)):
        held_of([1])


def test_the_last_that_was_told_is_let_go() -> None:
    """More than once, since X may do late what the agent sent it; then what was lent is given back."""
    told = Told()
    told.tell(":7", HeldKeys((37,)), HELD)
    assert told.over() == [HELD] * len(main.AGAIN) + [LENT]
    assert told.opened == [":7"]
    assert told.said == [READY]


def test_byte_by_byte() -> None:
    """However it comes."""
    told = Told()
    told.bytes(b'":7"\nnull\n' + msgspec.json.encode(HELD) + b"\n")
    assert told.over()[0] == HELD
    assert told.said == [READY, LIVES]


def test_nothing_held_is_nothing_done() -> None:
    """The clean end; and an end before the display was named."""
    told = Told()
    told.tell(":7", HELD, HeldKeys())
    assert told.over() == []
    told = Told()
    assert told.over() == []
    assert told.opened == []


def test_half_a_line_counts_for_nothing() -> None:
    """The agent died while it wrote: what it had told before is let go."""
    told = Told()
    told.tell(":7", HeldKeys((37,)))
    told.bytes(b"[[37,")
    assert told.over()[0] == HeldKeys((37,))


def test_a_line_without_an_end_is_the_end() -> None:
    """So what is kept has a bound."""
    told = Told()
    told.tell(":7", HeldKeys((37,)))
    for _ in range(main.LONGEST // 4096 + 1):
        told._write.sendall(b" " * 4096)
    assert told.over(hang_up=False)[0] == HeldKeys((37,))


def test_silence_while_something_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is let go once, and said; what is lent stays, for an agent that hangs may go on."""
    monkeypatch.setattr(main, "HANGS_AFTER", 0.2)
    told = Told()
    told.tell(":7", HELD)
    while LET_GO not in told.said:
        pass
    assert told.hands.done == [HELD]
    told.tell(HeldKeys((50,)))
    assert told.over() == [HELD] + [HeldKeys((50,))] * len(main.AGAIN)


def test_a_key_that_the_person_holds_too() -> None:
    """It is let go once the person has let go of it."""
    again = [{50}] * (len(main.AGAIN) + 2)
    told = Told(again)
    told.tell(":7", HeldKeys((37, 50)))
    done = told.over()
    assert done[: len(main.AGAIN)] == [HeldKeys((37, 50))] * len(main.AGAIN)
    assert done[len(main.AGAIN) :] == [HeldKeys((50,))] * 3


def test_the_display_has_gone() -> None:
    """Then nothing is held there any more: it ends by itself, whatever it was told, and quietly."""
    told = Told()
    told.tell(":7", HELD)
    while READY not in told.said:
        pass
    told.hands.gone()
    assert told.over(hang_up=False) == []
