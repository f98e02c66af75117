"""Whom a person can ask, as rows of a list that changes while it is looked at: whoever is free first, groups, helpers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import groupby
from typing import Any, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from common.host.words import one_line
from common.protocol.matching_memory import Listed
from common.protocol.messages import GroupEntry, HelperEntry, Mode, Status, To, ToAnyone, ToGroup, ToHelper
from common.ui.language_names import language_name
from user_agent.presence import sorted_listed
from user_agent.views import Wish

FEW: Final = 100  # rows that come or go one by one; more at once, and the list is built anew


@dataclass(frozen=True, kw_only=True)
class PeopleRow:
    """Somebody who can be asked. `entry` None: whoever is free first, out of so many helpers, where that is known."""

    entry: Listed | None = None
    available: int = 0
    busy: int = 0
    known: bool = True

    @property
    def key(self) -> str:
        """What stays the same while the rest changes."""
        if isinstance(self.entry, GroupEntry):
            return f"group {self.entry.group}"
        return self.entry.uri if self.entry is not None else ""

    @property
    def name(self) -> str:
        """The helper's or the group's; empty for whoever is free."""
        if isinstance(self.entry, GroupEntry):
            return one_line(self.entry.group)
        return one_line(self.entry.name) if self.entry is not None else ""

    @property
    def most(self) -> Mode:
        """What may be allowed who is asked so; of whoever is free that is not known before."""
        return Mode.CONTROL if self.entry is None else self.entry.most

    @property
    def is_group(self) -> bool:
        """Whether anybody of a group is asked."""
        return isinstance(self.entry, GroupEntry)

    @property
    def to(self) -> To:
        """As it is asked."""
        if isinstance(self.entry, GroupEntry):
            return ToGroup(group=self.entry.group)
        return ToHelper(uri=self.entry.uri) if self.entry is not None else ToAnyone()

    def wish(self, *, mode: Mode, topic: str = "") -> Wish:
        """To ask this one."""
        if isinstance(self.entry, GroupEntry):
            return Wish(group=self.entry.group, mode=mode, topic=topic)
        if self.entry is not None:
            return Wish(helper=self.entry.uri, mode=mode, topic=topic)
        return Wish(anyone=True, mode=mode, topic=topic)

    def matches(self, words: Sequence[str]) -> bool:
        """Whether every one of these words, in lower case, is found in it."""
        if not words:
            return True
        if self.entry is None:
            return False
        known = [self.name]
        if isinstance(self.entry, HelperEntry):
            known += [*self.entry.languages, *map(language_name, self.entry.languages), *self.entry.skills]
        text = " ".join(known).casefold()
        return all(word in text for word in words)


def rows(listed: Sequence[Listed], *, known: bool = True) -> tuple[PeopleRow, ...]:
    """Whoever is free, groups by name, helpers: who is available first, then by name. `known`: these are all."""
    there = Counter(one.status for one in listed if isinstance(one, HelperEntry))
    anyone = PeopleRow(available=there[Status.AVAILABLE], busy=there[Status.BUSY], known=known)
    return (anyone, *(PeopleRow(entry=one) for one in sorted_listed(listed)))


@dataclass(frozen=True, kw_only=True)
class RowTexts:
    """A row in words. `tone` colours `status`, which says the same."""

    title: str
    detail: str
    status: str
    tone: str
    waiting: str

    @property
    def all(self) -> str:
        """For a screen reader."""
        return ", ".join(text for text in (self.title, self.status, self.detail, self.waiting) if text)


class PeopleRole(IntEnum):
    """What the model knows of an index besides Qt's roles."""

    ROW = Qt.ItemDataRole.UserRole
    TEXTS = Qt.ItemDataRole.UserRole + 1


class PeopleModel(QAbstractListModel):
    """The rows that are shown. While they change, whoever is selected stays selected."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: tuple[PeopleRow, ...] = ()
        self._words: tuple[str, ...] = ()
        self._shown: list[PeopleRow] = []

    @property
    def total(self) -> int:
        """How many there are, shown or not."""
        return len(self._all)

    def show(self, new: tuple[PeopleRow, ...]) -> None:
        """These from now on."""
        if new != self._all:
            self._all = new
            self._update()

    def search(self, text: str) -> None:
        """Show only those in whom every word of `text` is found."""
        words = tuple(text.casefold().split())
        if words != self._words:
            self._words = words
            self._update()

    def retranslate(self) -> None:
        """The words of all rows have changed."""
        if self._shown:
            self.dataChanged.emit(self.index(0), self.index(len(self._shown) - 1))

    def index_of(self, key: str) -> QModelIndex:
        """Where this one is; an invalid index where it is not shown."""
        at = next((at for at, row in enumerate(self._shown) if row.key == key), None)
        return self.index(at) if at is not None else QModelIndex()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        """How many are shown."""
        return 0 if parent is not None and parent.isValid() else len(self._shown)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A row's name, its words, itself."""
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        row = self._shown[index.row()]
        if role == PeopleRole.ROW:
            return row
        if role == PeopleRole.TEXTS:
            return self.texts(row)
        if role == Qt.ItemDataRole.DisplayRole:
            return self.title(row)
        if role in {Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole}:
            return self.texts(row).all
        return None

    # words

    def title(self, row: PeopleRow) -> str:
        """Who it is."""
        if row.entry is None:
            return self.tr("Whoever is free first")
        return self.tr("Group: {name}").format(name=row.name) if isinstance(row.entry, GroupEntry) else row.name

    def texts(self, row: PeopleRow) -> RowTexts:
        """A row in words."""
        entry, detail, waiting = row.entry, "", 0
        if isinstance(entry, HelperEntry):
            status, tone = self._status(entry.status)
            detail = " · ".join([*map(language_name, entry.languages), *map(one_line, entry.skills)])
            waiting = entry.waiting
        else:
            available = entry.available if entry is not None else row.available
            busy = entry.busy if entry is not None else row.busy
            if available:
                status = self.tr("%n available", "", available)
            elif entry is None and not row.known:
                status = ""
            else:
                status = self.tr("All busy now") if busy else self.tr("Nobody available now")
            tone = "good" if available else "warn"
            waiting = entry.waiting if entry is not None else 0
            if entry is None:
                detail = self.tr("The quickest way to get help")
        told = self.tr("%n waiting", "", waiting) if waiting else ""
        return RowTexts(title=self.title(row), detail=detail, status=status, tone=tone, waiting=told)

    def _status(self, status: Status) -> tuple[str, str]:
        return {
            Status.AVAILABLE: (self.tr("Available"), "good"),
            Status.BUSY: (self.tr("Busy"), "warn"),
            Status.AWAY: (self.tr("Away"), "muted"),
        }[status]

    # changes

    def _update(self) -> None:
        new = [row for row in self._all if row.matches(self._words)]
        old = self._shown
        before, after = {row.key for row in old}, {row.key for row in new}
        if len(before ^ after) > FEW:
            self.beginResetModel()
            self._shown = new
            self.endResetModel()
            return
        for start, end in reversed(runs([at for at, row in enumerate(old) if row.key not in after])):
            self.beginRemoveRows(QModelIndex(), start, end)
            del old[start : end + 1]
            self.endRemoveRows()
        self._reorder([row for row in new if row.key in before])
        for start, end in runs([at for at, row in enumerate(new) if row.key not in before]):
            self.beginInsertRows(QModelIndex(), start, end)
            self._shown[start:start] = new[start : end + 1]
            self.endInsertRows()

    def _reorder(self, new: list[PeopleRow]) -> None:
        """The same rows as are shown, changed or in another order."""
        old = self._shown
        if [row.key for row in old] == [row.key for row in new]:
            changed = [at for at, (was, now) in enumerate(zip(old, new, strict=True)) if was != now]
            self._shown = new
            for start, end in runs(changed):
                self.dataChanged.emit(self.index(start), self.index(end))
            return
        self.layoutAboutToBeChanged.emit()
        places = {row.key: at for at, row in enumerate(new)}
        kept = self.persistentIndexList()
        moved = [self.index(places[old[index.row()].key]) for index in kept]
        self._shown = new
        self.changePersistentIndexList(kept, moved)
        self.layoutChanged.emit()


def runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Ascending numbers as the first and last of each unbroken run."""
    found = []
    for _, group in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        members = [number for _, number in group]
        found.append((members[0], members[-1]))
    return found
