"""The lines of chat of one session: each way they are shown once, in their order, also where the connection broke meanwhile.

On the wire every line has a number, upwards from 1; whoever wrote it may have given it another, or none.
"""

from typing import Final

from common.protocol.channel import Chat

KEPT: Final = 160
"""Lines that have not arrived, at most: all of them go at once when the connection is back, below what ends a session."""


class ChatLines:
    """`written` and `arrived` for our own, `came` for the other side's."""

    def __init__(self) -> None:
        self._number = 0
        self._kept: dict[int, tuple[str, int]] = {}  # ours, on the wire's number: what was not acknowledged
        self._came = 0

    @property
    def full(self) -> bool:
        """Whether too many have not arrived yet."""
        return len(self._kept) >= KEPT

    def written(self, text: str, number: int, *, keep: bool) -> Chat:
        """A line of ours, to be sent. `keep`: the other side takes the session up again after a break."""
        self._number += 1
        if keep or number:
            self._kept[self._number] = (text, number)
        while len(self._kept) > KEPT:  # an older agent's, which need not tell
            del self._kept[min(self._kept)]
        return Chat(text=text, n=self._number)

    def arrived(self, n: int) -> int:
        """All of ours up to `n` have arrived: the highest number that their writer gave them, 0 for none."""
        done = [one for one in self._kept if one <= n]
        return max([self._kept.pop(one)[1] for one in done], default=0)

    def again(self) -> list[Chat]:
        """What has not arrived, in order."""
        return [Chat(text=text, n=n) for n, (text, _) in sorted(self._kept.items())]

    def came(self, n: int) -> bool:
        """A line of the other side's with this number. Whether it is a new one."""
        if n and n <= self._came:
            return False
        self._came = max(n, self._came)
        return True

    @property
    def last_came(self) -> int:
        """The highest number that came."""
        return self._came
