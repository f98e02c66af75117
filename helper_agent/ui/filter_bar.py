"""Above the list: how many wait, which of them are shown."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from common.host.words import one_line
from common.ui.drop_down import DropDown
from common.ui.widgets import FIELD_EDGE, label
from common.ui.window import Part
from helper_agent.ui.queue_filter import Audience, QueueFilter, groups
from helper_agent.views import NumberedRequest

PAUSE = 120  # milliseconds without a key until the list follows


class FilterBar(Part):
    """`changed(QueueFilter)`; `left`: the person is through with the search, and goes to the list."""

    changed = Signal(object)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._groups: list[str] = []
        self._counts = (0, 0)
        self._told = QueueFilter()
        self._title = label(rank="heading", wrap=False)
        self._title.setObjectName("count")
        self._whom = DropDown()
        self._whom.setObjectName("whom")
        self._whom.currentIndexChanged.connect(lambda _: self._tell())
        self._search = QLineEdit()
        self._search.setObjectName("search")
        self._search.setClearButtonEnabled(True)
        self._search.installEventFilter(self)
        self._pause = QTimer(self, singleShot=True, interval=PAUSE)
        self._pause.timeout.connect(self._tell)
        self._search.textChanged.connect(lambda _: self._pause.start())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._title)
        row.addStretch(1)
        row.addWidget(self._whom)
        row.addWidget(self._search, 1)
        self._fill()
        self.begin_words()

    def render(self, requests: Sequence[NumberedRequest]) -> None:  # type: ignore[override]
        """Which groups there are. One that is chosen stays, also while nobody asks for it."""
        present = set(groups(requests))
        if self._told.group:
            present.add(self._told.group)
        wanted = sorted(present)
        if wanted != self._groups:
            self._groups = wanted
            self._fill()

    def count(self, shown: int, waiting: int) -> None:
        """How many wait, and how many of them are shown."""
        self._counts = (shown, waiting)
        if shown == waiting:
            self._title.setText(self.tr("Waiting: {count}").format(count=waiting))
        else:
            self._title.setText(self.tr("Waiting: {shown} of {count}").format(shown=shown, count=waiting))

    def focus_search(self) -> None:
        """For the keyboard."""
        self._search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._search.selectAll()

    def retranslate(self) -> None:
        """Words."""
        self._whom.setAccessibleName(self.tr("Whose requests are shown"))
        self._search.setPlaceholderText(self.tr("Search"))
        self._search.setMinimumWidth(self.fontMetrics().horizontalAdvance(f"  {self.tr('Search')}  ") + FIELD_EDGE)
        self._search.setAccessibleName(self.tr("Search the requests"))
        for row, text in enumerate((self.tr("All requests"), self.tr("For me by name"), self.tr("For anyone"))):
            self._whom.setItemText(row, text)
        for row, group in enumerate(self._groups, start=3):
            self._whom.setItemText(row, self.tr("Group {name}").format(name=one_line(group)))
        self.count(*self._counts)

    def changeEvent(self, event: QEvent) -> None:
        """Other letters need another width."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange and self._worded:
            self.retranslate()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """From the search: Down and Enter go to the list, Escape empties it first."""
        if watched is self._search and isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape:
                self._search.clear()
                self._leave()
                return True
            if event.key() in {Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                self._leave()
                return True
        return super().eventFilter(watched, event)

    def _leave(self) -> None:
        self._pause.stop()
        self._tell()
        self.left.emit()

    def _fill(self) -> None:
        self._whom.blockSignals(True)
        self._whom.clear()
        for value in (Audience.EVERY, Audience.ME, Audience.ANYONE):
            self._whom.addItem("", (value, ""))
        for group in self._groups:
            self._whom.addItem("", (Audience.GROUP, group))
        row = 3 + self._groups.index(self._told.group) if self._told.group else list(Audience).index(self._told.whom)
        self._whom.setCurrentIndex(row)
        self._whom.blockSignals(False)
        if self._worded:
            self.retranslate()

    def _tell(self) -> None:
        whom, group = self._whom.currentData()
        chosen = QueueFilter(whom=Audience(whom), group=group, text=self._search.text())
        if chosen != self._told:
            self._told = chosen
            self.changed.emit(chosen)
