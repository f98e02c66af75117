"""The one clipboard of an agent: who hears what."""

from common.agent.clipboard.clipboard import Clipboard, Copied, Copy, Listener, NotCopied
from common.protocol.channel_clip import ClipKind, ClipWhy

TEXT = ClipKind.TEXT
A, B = Copied(TEXT, b"a"), Copied(TEXT, b"b")


class Paper:
    """A desktop's clipboard on paper."""

    def __init__(self) -> None:
        self.told: list[object] = []
        self.copied: Listener = lambda _: None

    def start(self, copied: Listener) -> None:
        self.copied = copied

    def watch(self, on: bool) -> None:
        self.told.append(("watch", on))

    def look(self) -> None:
        self.told.append("look")

    def own(self, kind: ClipKind, data: bytes) -> None:
        self.told.append(("own", kind, data))

    def close(self) -> None:
        self.told.append("close")


def test_what_is_copied_goes_to_all_who_watch() -> None:
    """It is looked at only while somebody watches; what is there already is read where that is wished for."""
    paper = Paper()
    clipboard = Clipboard(paper)
    one: list[Copy] = []
    two: list[Copy] = []
    first, second = clipboard.watch(one.append, now=False), clipboard.watch(two.append, now=True)
    assert paper.told == [("watch", True), ("watch", True), "look"]
    paper.copied(A)
    first()
    paper.copied(NotCopied(ClipWhy.KIND))
    assert (one, two) == ([A], [A, NotCopied(ClipWhy.KIND)])
    second()
    clipboard.close()
    assert paper.told[2:] == ["look", ("watch", False), "close"]


def test_what_came_goes_nowhere_else() -> None:
    """Not where a manager of clipboards offers it as its own; after something else was copied it is news again."""
    paper = Paper()
    clipboard = Clipboard(paper)
    heard: list[Copy] = []
    clipboard.watch(heard.append, now=False)
    clipboard.put(*(TEXT, b"a"))
    assert paper.told[-1] == ("own", TEXT, b"a")
    assert clipboard.received == A
    paper.copied(A)
    assert heard == []
    paper.copied(B)
    paper.copied(A)
    assert heard == [B, A]


def test_by_hand() -> None:
    """An order copies: on the desktop too, where there is one; else it is kept for whoever comes."""
    paper = Paper()
    heard: list[Copy] = []
    beside = Clipboard(paper)
    beside.watch(heard.append, now=False)
    beside.copy(TEXT, b"a")
    assert paper.told[-1] == ("own", TEXT, b"a")
    alone = Clipboard()
    alone.copy(TEXT, b"b")
    unwatch = alone.watch(heard.append, now=True)
    alone.copy(TEXT, b"a")
    unwatch()
    assert heard == [A, B, A]
    alone.put(TEXT, b"theirs")
    alone.watch(heard.append, now=True)
    alone.watch(heard.append, now=False)
    assert heard == [A, B, A]
    alone.close()
